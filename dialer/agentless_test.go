package dialer

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hasshin/hasshin/ari/aritest"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/hours"
)

// announces lets the rig's campaign play an announcement.
func announces(calls int) func(*Config) {
	return func(c *Config) {
		dialsBy(campaign.ModeAgentless)(c)
		k := c.Campaigns[rigCampaign]
		k.Agentless.Calls, k.Agentless.Announcement, k.Agentless.AgentDigit, k.Agentless.DoNotCallDigit = calls, "sound:demo-congrats", "1", "9"
		c.Campaigns[rigCampaign] = k
		boss := c.Agents["yuki"]
		boss.Role = agent.RoleSupervisor
		c.Agents["yuki"] = boss
	}
}

// agentlessScene plays a story in which everybody answers after three seconds.
func agentlessScene(t *testing.T, survives bool, configure func(*Config), story func(t *testing.T, r *rig)) {
	t.Helper()
	redis := newRedis(t)
	synctest.Test(t, func(t *testing.T) {
		r := newRigWith(t, redis, survives, configure)
		r.numbersAre(aritest.Answer(3 * time.Second))
		story(t, r)
		if _, err := r.engine.StopCampaign(t.Context(), "yuki", rigCampaign, "", false); err != nil { // it would dial on for ever
			t.Error(err)
		}
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		r.judge(t)
	})
}

func TestAnnouncementsArePlayedWithoutAnAgent(t *testing.T) {
	t.Parallel()
	agentlessScene(t, false, announces(3), func(t *testing.T, r *rig) {
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if legs := r.callLegs(); len(legs) != 3 {
			t.Errorf("%v is on the line, want three calls at once", legs)
		}
		most := 0
		for range 300 {
			time.Sleep(time.Second)
			synctest.Wait()
			most = max(most, len(r.callLegs()))
		}
		if most != 3 {
			t.Errorf("%d calls at once, want three", most)
		}
		if !r.played("demo-congrats") {
			t.Error("nothing was announced")
		}
		if got := r.results(t); got["answered"] != 12 || len(got) != 1 {
			t.Errorf("results %v, want twelve answered", got)
		}
		if sums := r.answers(t); sums != (campaign.Answers{}) {
			t.Errorf("the measuring period has %+v: nobody wanted an agent", sums)
		}
	})
}

func TestADigitBringsAnAgentOrNoMoreCalls(t *testing.T) {
	t.Parallel()
	for _, when := range []time.Duration{500 * time.Millisecond, 3 * time.Second} { // into the announcement, and after it
		t.Run(fmt.Sprint(when), func(t *testing.T) {
			t.Parallel()
			agentlessScene(t, false, announces(1), func(t *testing.T, r *rig) {
				press := func(digit string) {
					time.Sleep(3*time.Second + when)
					synctest.Wait()
					if err := r.asterisk.Press(r.callLegs()[0], digit); err != nil {
						t.Error(err)
					}
					time.Sleep(300 * time.Millisecond)
					synctest.Wait()
				}
				r.arrive("hanako")
				for len(r.callLegs()) == 0 {
					time.Sleep(time.Millisecond)
					synctest.Wait()
				}
				press("51") // five is for nothing
				v := r.hasCall(t, "hanako", 100*time.Millisecond)
				r.perform("hanako end")
				r.perform("hanako done-and-stop")
				for len(r.callLegs()) == 0 {
					time.Sleep(time.Millisecond)
					synctest.Wait()
				}
				press("9")
				time.Sleep(2 * time.Second)
				synctest.Wait()
				past := r.past()
				if len(past) < 2 || past[0].Agent != "hanako" || past[0].Call != v.ID || past[1].Agent != "" || past[1].Result != "answered" {
					t.Fatalf("the history has %+v, want hanako's call and one without an agent", past)
				}
				blocked, err := r.engine.store.DoNotCall().Look(t.Context(), rigCampaign, "", []string{past[0].Number, past[1].Number})
				if _, on := blocked.Numbers[past[1].Number]; err != nil || !on || len(blocked.Numbers) != 1 {
					t.Errorf("on the do-not-call list: %v, %v; want %s alone", blocked.Numbers, err, past[1].Number)
				}
			})
		})
	}
}

func TestWhoWantsAnAgentAndGetsNoneIsAbandoned(t *testing.T) {
	t.Parallel()
	agentlessScene(t, false, announces(1), func(t *testing.T, r *rig) {
		for len(r.callLegs()) == 0 {
			time.Sleep(time.Millisecond)
			synctest.Wait()
		}
		time.Sleep(3500 * time.Millisecond)
		synctest.Wait()
		if err := r.asterisk.Press(r.callLegs()[0], "1"); err != nil {
			t.Error(err)
		}
		time.Sleep(1900 * time.Millisecond)
		synctest.Wait()
		if r.played("hello-world") {
			t.Error("abandoned before the connect limit has passed")
		}
		time.Sleep(200 * time.Millisecond)
		synctest.Wait()
		if !r.played("hello-world") {
			t.Error("the contact is not told who called")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if sums := r.answers(t); sums != (campaign.Answers{Live: 1, Abandoned: 1}) {
			t.Errorf("the measuring period has %+v, want one abandoned", sums)
		}
	})
}

// What bounds other modes bounds this one: the trunk's channels, the calling hours, the campaign's stop.
func TestAnnouncementsKeepTheLimits(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]struct {
		configure func(*Config)
		most      int
	}{
		"channels of the trunk": {func(c *Config) {
			tr := c.Trunks["carrier"]
			tr.Limits.Channels = 2
			c.Trunks["carrier"] = tr
		}, 2},
		"calling hours": {func(c *Config) { // the rig's clock begins at midnight UTC, nine in the morning in Japan
			k := c.Campaigns[rigCampaign]
			k.Hours.Profile, k.Hours.Open = hours.ProfileUnrestricted, hours.MustWeek("daily 22:00-23:00")
			c.Campaigns[rigCampaign] = k
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			agentlessScene(t, false, func(c *Config) { announces(5)(c); limit.configure(c) }, func(t *testing.T, r *rig) {
				most := 0
				for range 300 {
					time.Sleep(100 * time.Millisecond)
					synctest.Wait()
					most = max(most, len(r.callLegs()))
				}
				if most != limit.most {
					t.Errorf("%d calls at once, want %d", most, limit.most)
				}
			})
		})
	}
}

func TestAnnouncementsOutliveTheProcess(t *testing.T) {
	t.Parallel()
	agentlessScene(t, true, announces(2), func(t *testing.T, r *rig) {
		time.Sleep(4 * time.Second)
		synctest.Wait()
		r.perform("restart")
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if got := r.results(t); got["answered"] != 12 {
			t.Errorf("results %v, want twelve answered", got)
		}
	})
}
