package dialer

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// now is how an agent, the phone and the call are.
func (r *rig) now(t *testing.T, who string) (AgentView, CallView) {
	t.Helper()
	synctest.Wait()
	a, err := r.engine.Agent(context.Background(), who)
	if err != nil {
		t.Error(err)
	}
	if a.CallID == "" {
		return a, CallView{}
	}
	c, err := r.engine.Call(context.Background(), who, a.CallID)
	if err != nil {
		t.Error(err)
	}
	return a, c
}

// finds asserts the state of an agent's phone and call.
func (r *rig) finds(t *testing.T, who string, phone agent.PhoneState, state call.State) CallView {
	t.Helper()
	a, c := r.now(t, who)
	if a.Phone.State != string(phone) || c.State != string(state) {
		t.Errorf("%s: phone %s, call %q (%s); want %s, %q\n%s", who, a.Phone.State, c.State, c.Problem, phone, state, r.log)
	}
	return c
}

func TestAPhoneWithoutANailedUpLegIsRungAtEachCall(t *testing.T) {
	scene(t, newRedis(t), []string{"per-call hanako", "phone hanako slow"}, func(r *rig, _ string) {
		for range 2 {
			r.finds(t, "hanako", agent.PhoneDisconnected, "")
			r.perform("hanako record")
			r.perform("hanako accept")
			time.Sleep(2 * time.Second)
			if v := r.finds(t, "hanako", agent.PhoneRinging, call.Summoning); v.Number == "" || len(r.callLegs()) > 0 {
				t.Errorf("before the agent is there: number %q, legs %v; want the number and no legs", v.Number, r.callLegs())
			}
			time.Sleep(3 * time.Second)
			r.finds(t, "hanako", agent.PhoneConnected, call.Talking)
			r.perform("hanako end")
			time.Sleep(5 * time.Second) // the tone that tells of the end is played to its end
			r.finds(t, "hanako", agent.PhoneDisconnected, call.WrapUp)
			r.perform("hanako done-and-stop")
		}
	})
}

// The end of the tone is told while the connection is away; the phone does not wait until no tone can last any longer.
func TestAPhoneRestsAlsoWhenTheEndOfItsToneWasMissed(t *testing.T) {
	scene(t, newRedis(t), []string{"per-call hanako", "hanako record", "hanako accept"}, func(r *rig, _ string) {
		time.Sleep(2 * time.Second)
		r.finds(t, "hanako", agent.PhoneConnected, call.Talking)
		r.perform("hanako end")
		time.Sleep(10 * time.Millisecond)
		if !r.engine.nodes[0].tone.sounding("hanako") {
			t.Errorf("no tone tells of the end")
		}
		r.asterisk.Boot(false)
		r.perform("drop")
		time.Sleep(time.Second)
		r.asterisk.Boot(true)
		for !r.engine.nodes[0].connected() {
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(100 * time.Millisecond)
		r.finds(t, "hanako", agent.PhoneDisconnected, call.WrapUp)
		r.perform("hanako done-and-stop")
	})
}

func TestAPhoneThatDoesNotAnswerLosesNothing(t *testing.T) {
	redis := newRedis(t)
	for how, problem := range map[string]string{"silent": "the phone was not answered", "busy": "the phone is busy", "offline": "is not registered"} {
		scene(t, redis, []string{"per-call hanako", "phone hanako " + how, "hanako record"}, func(r *rig, id string) {
			r.perform("hanako accept")
			time.Sleep(25 * time.Second)
			v := r.finds(t, "hanako", agent.PhoneDisconnected, call.Previewing)
			if !strings.Contains(v.Problem, problem) || v.ID != id || v.Result != "" {
				t.Errorf("%s: problem %q, result %q; want %q and none", how, v.Problem, v.Result, problem)
			}
			r.perform("phone hanako answers")
			r.perform("hanako accept")
			time.Sleep(2 * time.Second)
			if v := r.finds(t, "hanako", agent.PhoneConnected, call.Talking); v.Problem != "" {
				t.Errorf("problem %q of the first try", v.Problem)
			}
		})
	}
}

func TestARingingPhoneCanBeGivenUp(t *testing.T) {
	redis := newRedis(t)
	for command, left := range map[string]call.State{"end": call.Previewing, "cancel": "", "reject": call.Previewing} {
		scene(t, redis, ways[call.Summoning], func(r *rig, _ string) {
			r.perform("hanako " + command)
			time.Sleep(10 * time.Second)
			v := r.finds(t, "hanako", agent.PhoneDisconnected, left)
			if v.Problem != "" || len(r.callLegs()) > 0 {
				t.Errorf("%s: problem %q, legs %v; want none", command, v.Problem, r.callLegs())
			}
		})
	}
}

func TestANumberThatComesOntoTheListWhileThePhoneRingsIsNotDialed(t *testing.T) {
	scene(t, newRedis(t), ways[call.Summoning], func(r *rig, id string) {
		v := r.finds(t, "hanako", agent.PhoneRinging, call.Summoning)
		if _, err := r.ledger.DoNotCall().Add(context.Background(), []string{v.Number}, "taro", "asked"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		v = r.finds(t, "hanako", agent.PhoneDisconnected, call.Previewing)
		if !strings.Contains(v.Problem, "do-not-call") || !v.Record.Numbers[0].DoNotCall {
			t.Errorf("problem %q, numbers %+v; want the list named, the number marked", v.Problem, v.Record.Numbers)
		}
	})
}

func TestAPhoneHungUpInTheCallIsRungAgain(t *testing.T) {
	lines := append([]string{"per-call hanako"}, ways[call.Talking]...)
	scene(t, newRedis(t), lines, func(r *rig, _ string) {
		r.perform("phone hanako slow")
		r.perform("hangup hanako phone")
		time.Sleep(time.Second)
		r.finds(t, "hanako", agent.PhoneRinging, call.Rescuing)
		time.Sleep(3 * time.Second)
		r.finds(t, "hanako", agent.PhoneConnected, call.Talking)
		r.perform("phone hanako silent")
		r.perform("hangup hanako phone")
		time.Sleep(time.Minute)
		if v := r.finds(t, "hanako", agent.PhoneDisconnected, call.WrapUp); v.Result != "answered" {
			t.Errorf("result %s, want answered", v.Result)
		}
		r.perform("hanako done-and-stop")
		if a, _ := r.now(t, "hanako"); a.State != string(agent.Ready) {
			t.Errorf("after the call the agent is %s, want ready: the phone is not needed before the next", a.State)
		}
	})
}

func TestAColleagueIsRungToTakeUpAnOffer(t *testing.T) {
	redis := newRedis(t)
	lines := append([]string{"per-call taro"}, ways[call.Reaching]...)
	scene(t, redis, lines, func(r *rig, _ string) {
		r.perform("phone taro slow")
		r.perform("taro accept")
		time.Sleep(time.Second)
		v := r.finds(t, "taro", agent.PhoneRinging, call.State(roleSummon))
		if !slices.Equal(v.Allowed, []string{"reject"}) {
			t.Errorf("while the phone rings %v are possible, want reject", v.Allowed)
		}
		time.Sleep(3 * time.Second)
		r.finds(t, "taro", agent.PhoneConnected, call.State(roleJoined))
		r.finds(t, "hanako", agent.PhoneConnected, call.Consulting)
		r.perform("hangup taro phone") // is how one leaves who has no other button
		time.Sleep(time.Second)
		r.finds(t, "taro", agent.PhoneDisconnected, "")
		r.finds(t, "hanako", agent.PhoneConnected, call.Held)
	})
	scene(t, redis, lines, func(r *rig, _ string) {
		r.perform("phone taro silent")
		r.perform("taro accept")
		time.Sleep(25 * time.Second)
		a, _ := r.now(t, "taro")
		v := r.finds(t, "hanako", agent.PhoneConnected, call.Held)
		if a.State != string(agent.Ready) || v.Problem != "taro cannot be reached: the phone was not answered" {
			t.Errorf("taro is %s, problem %q; want ready, and the phone named", a.State, v.Problem)
		}
	})
	scene(t, redis, append([]string{"per-call taro"}, ways[call.Transferring]...), func(r *rig, _ string) {
		r.perform("phone taro slow")
		r.perform("taro accept")
		time.Sleep(5 * time.Second)
		r.finds(t, "taro", agent.PhoneConnected, call.Talking)
		if a, _ := r.now(t, "hanako"); a.State != string(agent.WrapUp) {
			t.Errorf("who handed the call over is %s, want wrap-up", a.State)
		}
	})
}

func TestAnotherProcessGoesOnRingingThePhone(t *testing.T) {
	redis := newRedis(t)
	for phone, want := range map[string]call.State{"slow": call.Talking, "silent": call.Previewing} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, redis, true, "hanako")
			r.arrive(rigAgents[:3]...)
			for _, line := range []string{"phone hanako " + phone, "hanako record", "hanako accept", "wait 1s", "restart", "wait 30s"} {
				r.perform(line)
			}
			if _, v := r.now(t, "hanako"); v.State != string(want) {
				t.Errorf("a %s phone: the call is %q (%s), want %q\n%s", phone, v.State, v.Problem, want, r.log)
			}
			r.finish()
			for _, w := range r.wrong {
				t.Error(w)
			}
		})
	}
}

func TestACampaignThatDialsAheadWantsNailedUpLegs(t *testing.T) {
	cfg := Defaults()
	k := campaign.Defaults()
	k.Mode = "predictive"
	a := agent.Defaults()
	a.Campaigns, a.Phone.Leg = []string{"fast"}, agent.LegPerCall
	cfg.Campaigns, cfg.Agents = map[string]campaign.Config{"fast": k}, map[string]agent.Config{"hanako": a}
	if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), "agents.hanako.phone.leg: per-call is too slow for campaign fast") {
		t.Errorf("%v, want the leg refused", err)
	}
	a.Phone.Leg = agent.LegNailedUp
	cfg.Agents["hanako"] = a
	if err := cfg.Validate(); strings.Contains(err.Error(), "phone.leg") {
		t.Errorf("%v, want no word about the leg", err)
	}
}
