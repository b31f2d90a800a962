package dialer

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hasshin/hasshin/ari/aritest"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// dialsBy lets the rig's campaign dial by itself.
func dialsBy(mode campaign.Mode) func(*Config) {
	return func(c *Config) {
		k := c.Campaigns[rigCampaign]
		k.Mode, k.Dialing.AbandonMessage = mode, "sound:hello-world"
		c.Campaigns[rigCampaign] = k
	}
}

// numbersAre gives every number of the list the same behaviour, by the last digits of the simulated carrier's table.
func (r *rig) numbersAre(b aritest.Behavior) {
	for i, last := range []string{"100", "000", "100", "101", "100", "110", "111", "100", "116", "115", "100", "113"} {
		r.asterisk.Endpoint(fmt.Sprintf("PJSIP/+819012%03d%s@carrier", i+1, last), b)
	}
}

// dialScene plays a story in which the campaign dials by itself, and looks that nothing is left over.
func dialScene(t *testing.T, mode campaign.Mode, survives bool, story func(t *testing.T, r *rig)) {
	t.Helper()
	redis := newRedis(t)
	synctest.Test(t, func(t *testing.T) {
		r := newRigWith(t, redis, survives, dialsBy(mode))
		story(t, r)
		r.judge(t)
	})
}

// inspectDialing looks that the campaigns that dial by themselves have come to rest.
func (r *rig) inspectDialing() {
	for id, d := range r.engine.pacers {
		on(&d.actor, func() {
			for _, p := range d.calls {
				r.fault("campaign %s still has call %s, %s, %+v", id, p.id, p.stage, p.attempt)
			}
			if len(d.waiting) > 0 || d.looking > 0 {
				r.fault("campaign %s has %d contacts waiting and looks for %d records", id, len(d.waiting), d.looking)
			}
			for a, m := range d.members {
				if m.promised {
					r.fault("campaign %s still thinks of putting a contact to %s", id, a.id)
				}
			}
		})
	}
}

// hasCall waits, for so long at most, until the agent has a contact on the line, and answers the call.
func (r *rig) hasCall(t *testing.T, id string, within time.Duration) CallView {
	t.Helper()
	for limit := time.Now().Add(within); time.Now().Before(limit); time.Sleep(10 * time.Millisecond) {
		synctest.Wait()
		a, err := r.engine.Agent(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if a.CallID == "" {
			continue
		}
		v, err := r.engine.Call(t.Context(), id, a.CallID)
		if err == nil && v.State == string(call.Talking) {
			return v
		}
	}
	t.Fatalf("%s has no contact on the line after %s\n%s", id, within, r.log)
	return CallView{}
}

// results are the call results of the campaign's attempts.
func (r *rig) results(t *testing.T) map[string]int64 {
	t.Helper()
	counts, err := r.engine.store.Counts(t.Context(), rigCampaign)
	if err != nil {
		t.Fatal(err)
	}
	return counts.Results
}

// answers are what the measuring period has.
func (r *rig) answers(t *testing.T) campaign.Answers {
	t.Helper()
	k := r.engine.cfg.Campaigns[rigCampaign]
	sums, err := r.engine.store.CountAnswers(t.Context(), rigCampaign, k.AnswerPeriod(time.Now()), campaign.Answers{})
	if err != nil {
		t.Fatal(err)
	}
	return sums
}

func TestProgressiveGivesAnsweredContactsToReadyAgents(t *testing.T) {
	t.Parallel()
	dialScene(t, campaign.ModeProgressive, false, func(t *testing.T, r *rig) {
		r.arrive("hanako", "taro")
		first := r.hasCall(t, "hanako", 30*time.Second)
		if first.Origin != "campaign" || first.AnsweredAt == nil || first.Number == "" || first.Record.ID == "" {
			t.Errorf("the call is %+v, want an answered contact of the campaign with its number and record", first)
		}
		r.inspect()
		second := r.hasCall(t, "taro", 30*time.Second)
		if first.ID == second.ID || first.Record.ID == second.Record.ID {
			t.Errorf("both agents have record %s", first.Record.ID)
		}
		r.perform("hanako hold")
		r.perform("hanako resume")
		r.perform("hanako end")
		if a, _ := r.engine.Agent(t.Context(), "hanako"); a.State != string(agent.WrapUp) {
			t.Errorf("hanako is %s after the end, want wrap-up", a.State)
		}
		time.Sleep(time.Minute)
		if calls := r.callLegs(); len(calls) != 1 {
			t.Errorf("while nobody is ready there are %v, want the other agent's contact and nobody else", calls)
		}
		r.perform("hanako done")
		if third := r.hasCall(t, "hanako", time.Minute); third.ID == first.ID {
			t.Error("done brought no new contact")
		}
	})
}

func TestAListIsWorkedOffInEveryMode(t *testing.T) {
	t.Parallel()
	for _, mode := range []campaign.Mode{campaign.ModeProgressive, campaign.ModePredictive, campaign.ModePower} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			dialScene(t, mode, false, func(t *testing.T, r *rig) {
				r.arrive(rigAgents...)
				ctx := context.Background()
				for range 1200 {
					time.Sleep(time.Second)
					synctest.Wait()
					r.inspect()
					for _, id := range rigAgents {
						if a, err := r.engine.Agent(ctx, id); err == nil && a.CallID != "" {
							_, _ = r.engine.Done(ctx, id, a.CallID, DoneOptions{Disposition: "sale"})
						}
					}
					if counts, err := r.engine.store.Counts(ctx, rigCampaign); err == nil && counts.Ready+counts.Out == 0 {
						break
					}
				}
				counts, err := r.engine.store.Counts(ctx, rigCampaign)
				got := r.results(t)
				again := got["busy"] + got["no-answer"] + got["abandoned"] // are dialed again later, as the treatment says
				if err != nil || counts.Closed != 12-again || counts.Waiting != again {
					t.Errorf("%+v, %v: want %d of 12 records waiting and all others closed", counts, err, again)
				}
				if got["busy"] != 1 || got["no-answer"] != 1 || got["invalid-number"] != 1 || got["answered"]+got["abandoned"] != 9 {
					t.Errorf("results %v, want 9 answered, and one each busy, not answered and invalid", got)
				}
				if sums := r.answers(t); sums.Live != 9 || sums.Abandoned != got["abandoned"] {
					t.Errorf("the measuring period has %+v, want 9 live and %d abandoned", sums, got["abandoned"])
				}
			})
		})
	}
}

func TestAContactForWhomNobodyIsThereIsAbandoned(t *testing.T) {
	t.Parallel()
	dialScene(t, campaign.ModeProgressive, false, func(t *testing.T, r *rig) {
		r.numbersAre(aritest.Answer(3 * time.Second))
		r.arrive("hanako")
		time.Sleep(2 * time.Second)
		r.perform("hanako not-ready")
		time.Sleep(time.Second + 1900*time.Millisecond)
		synctest.Wait()
		if r.played("hello-world") {
			t.Error("the message is played before the connect limit has passed")
		}
		time.Sleep(200 * time.Millisecond)
		synctest.Wait()
		if !r.played("hello-world") {
			t.Errorf("no message is played after the connect limit\n%s", r.log)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if legs := r.callLegs(); len(legs) > 0 {
			t.Errorf("%v is still on the line after the message", legs)
		}
		if got := r.results(t); got["abandoned"] != 1 || len(got) != 1 {
			t.Errorf("results %v, want one abandoned", got)
		}
		if sums := r.answers(t); sums != (campaign.Answers{Live: 1, Abandoned: 1}) {
			t.Errorf("the measuring period has %+v, want 1 live and 1 abandoned", sums)
		}
	})
}

// played tells whether Asterisk has been asked to play a sound.
func (r *rig) played(sound string) bool {
	return strings.Contains(r.log.String(), `"media_uri":"sound:`+sound) || strings.Contains(r.log.String(), "media="+sound) || strings.Contains(r.log.String(), "sound%3A"+sound)
}

func TestAnAgentWhoBecomesReadyInTimeGetsTheContactThatWaits(t *testing.T) {
	t.Parallel()
	dialScene(t, campaign.ModeProgressive, false, func(t *testing.T, r *rig) {
		r.numbersAre(aritest.Answer(3 * time.Second))
		r.arrive("hanako", "taro")
		time.Sleep(2 * time.Second)
		r.perform("hanako not-ready")
		r.perform("taro not-ready")
		time.Sleep(2500 * time.Millisecond) // 1.5 s after the answer
		r.perform("taro ready")
		synctest.Wait()
		v := r.hasCall(t, "taro", 10*time.Millisecond)
		r.perform("hanako ready")
		synctest.Wait()
		if w := r.hasCall(t, "hanako", 10*time.Millisecond); v.Record.ID != "1" && w.Record.ID == v.Record.ID {
			t.Errorf("taro has record %s, hanako %s", v.Record.ID, w.Record.ID)
		}
		if sums := r.answers(t); sums.Abandoned != 0 {
			t.Errorf("%+v, want none abandoned", sums)
		}
	})
}

func TestRacesAtTheAnswer(t *testing.T) {
	t.Parallel()
	for _, delay := range []string{"0ms", "1ms", "2ms", "3ms"} {
		for _, what := range []string{"hangup leg 0", "hangup hanako phone", "hanako not-ready &", "hanako disconnect &", "drop", "restart", "slow 4 300ms", "refuse 1 500 addChannel"} {
			t.Run(what+" "+delay, func(t *testing.T) {
				t.Parallel()
				dialScene(t, campaign.ModeProgressive, true, func(t *testing.T, r *rig) {
					r.numbersAre(aritest.Answer(2 * time.Second))
					r.arrive("hanako", "taro")
					for limit := time.Now().Add(10 * time.Second); len(r.callLegs()) == 0 && time.Now().Before(limit); {
						time.Sleep(time.Millisecond)
						synctest.Wait()
					}
					time.Sleep(1999 * time.Millisecond)
					d, err := time.ParseDuration(delay)
					if err != nil {
						t.Fatal(err)
					}
					time.Sleep(d)
					r.perform(what)
					time.Sleep(20 * time.Second)
					synctest.Wait()
					r.inspect()
				})
			})
		}
	}
}

func TestPlacedCallsOutliveTheProcess(t *testing.T) {
	t.Parallel()
	dialScene(t, campaign.ModeProgressive, true, func(t *testing.T, r *rig) {
		r.numbersAre(aritest.Answer(5 * time.Second))
		r.arrive("hanako")
		time.Sleep(2 * time.Second)
		before := r.callLegs()
		r.perform("restart")
		if after := r.callLegs(); len(before) != 1 || !slices.Equal(before, after) {
			t.Errorf("the calls are %v after the restart, want the same as before, %v", after, before)
		}
		v := r.hasCall(t, "hanako", 5*time.Second)
		if want := callChannel(v.ID, legContact); want != before[0] {
			t.Errorf("hanako has %s, want the contact that rang before the restart, %s", want, before[0])
		}
		// One who answered, for whom nobody is ready, and who waits when the process ends.
		r.perform("hanako end")
		r.perform("hanako done")
		time.Sleep(3 * time.Second)
		r.perform("hanako not-ready")
		time.Sleep(3 * time.Second)
		r.perform("restart")
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if got := r.results(t); got["abandoned"] != 1 {
			t.Errorf("results %v, want the one who waited abandoned", got)
		}
		if sums := r.answers(t); sums != (campaign.Answers{Live: 2, Abandoned: 1}) {
			t.Errorf("the measuring period has %+v, want 2 live and 1 abandoned", sums)
		}
	})
}

// A call that was taken up after a restart, and ends while the connection to Asterisk is away, is over when that is back, and not when its time to ring
// is.
func TestAPlacedCallTakenUpEndsWithTheConnectionAway(t *testing.T) {
	t.Parallel()
	dialScene(t, campaign.ModeProgressive, true, func(t *testing.T, r *rig) {
		r.numbersAre(aritest.NoAnswer())
		r.arrive("hanako")
		time.Sleep(2 * time.Second)
		r.perform("restart")
		time.Sleep(time.Second)
		synctest.Wait()
		legs := r.callLegs()
		if len(legs) != 1 {
			t.Fatalf("%v is being dialed, want one", legs)
		}
		r.perform("hanako not-ready")
		r.asterisk.Drop()
		if err := r.asterisk.HangUp(legs[0], 16); err != nil {
			t.Error(err)
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if past := r.past(); len(past) != 1 {
			t.Errorf("the history has %+v five seconds after the connection was lost, want the call that ended then", past)
		}
	})
}

// The random fire of TestRandomFire while the campaign dials by itself. HASSHIN_SEQUENCES says how many stories.
func TestRandomFireWhileDialing(t *testing.T) {
	const workers = 2
	modes := []campaign.Mode{campaign.ModeProgressive, campaign.ModePredictive, campaign.ModePower}
	for w := range workers {
		t.Run(fmt.Sprint(w), func(t *testing.T) {
			t.Parallel()
			redis := newRedis(t)
			for n := range sequences(t) / 10 / workers {
				seed := uint64(n*workers + w)
				d := newDie(uint32(seed))
				dice := make([]uint32, shortest+d.IntN(longest-shortest))
				for i := range dice {
					dice[i] = d.Uint32()
				}
				faults := d.IntN(2) == 0
				survives := faults && d.IntN(2) == 0
				if _, err := playWith(t, redis, survives, dialsBy(modes[n%len(modes)]), throw(dice, faults, survives)); err != nil {
					t.Fatalf("story %d (faults %t, survives %t): %v", seed, faults, survives, err)
				}
			}
		})
	}
}

func TestTheModeIsChangedWhileTheCampaignDials(t *testing.T) {
	t.Parallel()
	supervised := func(c *Config) {
		dialsBy(campaign.ModeProgressive)(c)
		boss := c.Agents["yuki"]
		boss.Role = agent.RoleSupervisor
		c.Agents["yuki"] = boss
	}
	redis := newRedis(t)
	synctest.Test(t, func(t *testing.T) {
		r := newRigWith(t, redis, true, supervised)
		ctx := context.Background()
		r.numbersAre(aritest.NoAnswer())
		r.arrive("hanako", "taro")
		time.Sleep(time.Second)
		synctest.Wait()
		if legs := r.callLegs(); len(legs) != 2 {
			t.Errorf("progressive has %v in flight for two agents", legs)
		}
		if _, err := r.engine.SetDialingMode(ctx, "hanako", rigCampaign, campaign.ModePower, ""); codeOf(err) != CodeForbidden {
			t.Errorf("an agent changes the mode: %v", err)
		}
		if _, err := r.engine.SetDialingMode(ctx, "yuki", rigCampaign, campaign.ModePreview, ""); codeOf(err) != CodeUnknownMode {
			t.Errorf("to preview: %v", err)
		}
		v, err := r.engine.SetDialingMode(ctx, "yuki", rigCampaign, campaign.ModePower, "few answers")
		if err != nil || v.Mode != "power" || v.Configured != "progressive" || v.By != "yuki" || v.Since == nil {
			t.Errorf("%+v, %v", v, err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		// The abandon limit allows no power before people have answered: the wall lets it be progressive.
		if v, err = r.engine.Dialing(ctx, "yuki", rigCampaign); err != nil || v.InEffect != "progressive" || v.Limit != "wall" || v.InFlight != 2 {
			t.Errorf("%+v, %v: want progressive because of the wall", v, err)
		}
		if _, err := r.engine.store.CountAnswers(ctx, rigCampaign, r.engine.cfg.Campaigns[rigCampaign].AnswerPeriod(time.Now()), campaign.Answers{Live: 100}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if v, err = r.engine.Dialing(ctx, "yuki", rigCampaign); err != nil || v.InEffect != "power" || v.InFlight != 3 || v.Live != 100 {
			t.Errorf("%+v, %v: want 1.5 calls for each agent once the limit allows them", v, err)
		}
		r.restart()
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if v, err = r.engine.Dialing(ctx, "yuki", rigCampaign); err != nil || v.Mode != "power" || v.By != "yuki" {
			t.Errorf("after a restart %+v, %v: want power", v, err)
		}
		// A stopped campaign places no more calls; those that ring go on.
		if _, err := r.engine.StopCampaign(ctx, "yuki", rigCampaign, "", false); err != nil {
			t.Error(err)
		}
		before := r.callLegs()
		time.Sleep(time.Second)
		synctest.Wait()
		if after := r.callLegs(); len(before) != 3 || !slices.Equal(before, after) {
			t.Errorf("stopped: %v, want what rang before, %v", after, before)
		}
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if legs := r.callLegs(); len(legs) > 0 {
			t.Errorf("stopped, %v is still dialed", legs)
		}
		r.finish()
		for _, w := range r.wrong {
			t.Error(w)
		}
	})
}
