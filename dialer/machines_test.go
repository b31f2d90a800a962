package dialer

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hasshin/hasshin/ari/aritest"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// machineScene plays a story in which AMD() gives the same verdict on everybody, two seconds after the answer.
func machineScene(t *testing.T, survives bool, verdict []string, machines func(*campaign.MachinesConfig), story func(t *testing.T, r *rig)) {
	t.Helper()
	redis := newRedis(t)
	synctest.Test(t, func(t *testing.T) {
		r := newRigWith(t, redis, survives, func(c *Config) {
			dialsBy(campaign.ModeProgressive)(c)
			k := c.Campaigns[rigCampaign]
			k.Machines.Detection = campaign.DetectionAsterisk
			machines(&k.Machines)
			c.Campaigns[rigCampaign] = k
		})
		r.asterisk.Dialplan(amdContext, func(_ string, vars map[string]string) (time.Duration, string, []string) {
			if got, want := vars["HASSHIN_AMD_OPTIONS"], "2500,1500,800,5000,100,50,2,256,5000"; got != want {
				t.Errorf("AMD() is told %q, want %q", got, want)
			}
			return 2 * time.Second, vars["HASSHIN_APP"], append([]string{"amd"}, verdict...)
		})
		r.numbersAre(aritest.Answer(3 * time.Second))
		story(t, r)
		r.judge(t)
	})
}

func asIs(*campaign.MachinesConfig) {}

func leavesMessage(m *campaign.MachinesConfig) { m.Message = "sound:hello-world" }

// becomes compares what became of the first call, and what counts towards the abandon limit.
func (r *rig) becomes(t *testing.T, result string, sums campaign.Answers) {
	t.Helper()
	if got := r.results(t); got[result] != 1 || len(got) != 1 {
		t.Errorf("results %v, want one %s", got, result)
	}
	if got := r.answers(t); got != sums {
		t.Errorf("the measuring period has %+v, want %+v", got, sums)
	}
}

func TestOnlyPeopleArePutToAgents(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		verdict  []string
		machines func(*campaign.MachinesConfig)
		agent    bool
		result   string
		sums     campaign.Answers
	}{
		"a person":  {[]string{"HUMAN", "HUMAN-800-800"}, asIs, true, "answered", campaign.Answers{Live: 1}},
		"a machine": {[]string{"MACHINE", "LONGGREETING-1520-1500"}, asIs, false, "machine", campaign.Answers{}},
		"a machine, some of which are people": {
			[]string{"MACHINE", "MAXWORDS-3-2"}, func(m *campaign.MachinesConfig) { m.Mistaken = 0.5; m.Unsure = campaign.UnsureMachine }, false, "machine", campaign.Answers{},
		},
		"nobody can tell":       {[]string{"NOTSURE", "TOOLONG-5000"}, asIs, true, "answered", campaign.Answers{Live: 1}},
		"who says nothing":      {[]string{"MACHINE", "INITIALSILENCE-2520-2500"}, asIs, true, "answered", campaign.Answers{Live: 1}},
		"who says nothing, cut": {[]string{"MACHINE", "INITIALSILENCE-2520-2500"}, unsureAreMachines, false, "machine", campaign.Answers{Live: 1, Abandoned: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			machineScene(t, false, row.verdict, row.machines, func(t *testing.T, r *rig) {
				r.arrive("hanako")
				time.Sleep(4900 * time.Millisecond)
				synctest.Wait()
				if a, err := r.engine.Agent(t.Context(), "hanako"); err != nil || a.CallID != "" {
					t.Errorf("hanako has call %q, %v, while the contact is being listened to", a.CallID, err)
				}
				if !row.agent { // nobody else is dialed
					time.AfterFunc(0, func() { r.perform("hanako not-ready") })
				}
				time.Sleep(2 * time.Second)
				synctest.Wait()
				a, err := r.engine.Agent(t.Context(), "hanako")
				if err != nil || (a.CallID != "") != row.agent {
					t.Errorf("hanako has call %q, %v: want one %t", a.CallID, err, row.agent)
				}
				if row.agent {
					r.perform("hanako end")
					r.perform("hanako done-and-stop")
					time.Sleep(time.Second)
					synctest.Wait()
				}
				r.becomes(t, row.result, row.sums)
			})
		})
	}
}

func unsureAreMachines(m *campaign.MachinesConfig) { m.Unsure = campaign.UnsureMachine }

// Half of the machines are believed to be people: each second one counts as abandoned.
func TestPeopleTakenForMachinesCountAsAbandoned(t *testing.T) {
	t.Parallel()
	machineScene(t, false, []string{"MACHINE", "MAXWORDS-3-2"}, func(m *campaign.MachinesConfig) { m.Mistaken = 0.5 }, func(t *testing.T, r *rig) {
		r.arrive("hanako")
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if got := r.results(t); got["machine"] != 12 {
			t.Errorf("results %v, want twelve machines", got)
		}
		if sums := r.answers(t); sums != (campaign.Answers{Live: 6, Abandoned: 6}) {
			t.Errorf("the measuring period has %+v, want 6 abandoned", sums)
		}
	})
}

func TestWhoHangsUpWhileBeingListenedToIsAbandoned(t *testing.T) {
	t.Parallel()
	machineScene(t, false, []string{"HUMAN", "HUMAN-800-800"}, asIs, func(t *testing.T, r *rig) {
		r.arrive("hanako")
		time.Sleep(4 * time.Second)
		synctest.Wait()
		r.perform("hanako not-ready")
		r.perform("hangup leg 0")
		time.Sleep(time.Second)
		synctest.Wait()
		r.becomes(t, "abandoned", campaign.Answers{Live: 1, Abandoned: 1})
		if past := r.past(); len(past) != 1 || past[0].HangUp != "contact" || !past[0].Abandoned {
			t.Errorf("the history has %+v, want an abandoned call that the contact ended", past)
		}
	})
}

func TestTheMessageIsLeftWhenTheGreetingIsOver(t *testing.T) {
	t.Parallel()
	for _, silent := range []bool{false, true} {
		name := map[bool]string{false: "a greeting and a beep", true: "a machine that had said everything"}[silent]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			machineScene(t, false, []string{"MACHINE", "LONGGREETING-1520-1500"}, leavesMessage, func(t *testing.T, r *rig) {
				r.arrive("hanako")
				time.Sleep(4 * time.Second)
				r.perform("hanako not-ready")
				time.Sleep(2 * time.Second)
				synctest.Wait()
				leg := r.callLegs()[0]
				if !silent {
					for range 3 { // words, a pause, words, a pause, the beep
						if err := r.asterisk.Talk(leg, true); err != nil {
							t.Error(err)
						}
						time.Sleep(3 * time.Second)
					}
				}
				synctest.Wait()
				if r.played("hello-world") {
					t.Error("the message is played into the greeting")
				}
				if silent {
					time.Sleep(2 * time.Second)
				} else if err := r.asterisk.Talk(leg, false); err != nil {
					t.Error(err)
				}
				synctest.Wait()
				if !r.played("hello-world") {
					t.Error("no message is played after the greeting")
				}
				time.Sleep(3 * time.Second)
				synctest.Wait()
				if legs := r.callLegs(); len(legs) > 0 {
					t.Errorf("%v is still on the line after the message", legs)
				}
				r.becomes(t, "message-left", campaign.Answers{})
			})
		})
	}
}

// A machine that hangs up in the middle of the message has not heard it.
func TestAMessageCutShortIsNotLeft(t *testing.T) {
	t.Parallel()
	machineScene(t, false, []string{"MACHINE", "LONGGREETING-1520-1500"}, leavesMessage, func(t *testing.T, r *rig) {
		r.arrive("hanako")
		time.Sleep(4 * time.Second)
		r.perform("hanako not-ready")
		for range 100 {
			time.Sleep(100 * time.Millisecond)
			synctest.Wait()
			if r.played("hello-world") {
				break
			}
		}
		if legs := r.callLegs(); len(legs) != 1 || !r.played("hello-world") {
			t.Fatalf("%v is on the line, the message begun %t", legs, r.played("hello-world"))
		}
		r.perform("hangup leg 0")
		time.Sleep(time.Second)
		synctest.Wait()
		r.becomes(t, "machine", campaign.Answers{})
	})
}

func TestAGreetingWithoutAnEndIsHungUpOn(t *testing.T) {
	t.Parallel()
	machineScene(t, false, []string{"MACHINE", "LONGGREETING-1520-1500"}, leavesMessage, func(t *testing.T, r *rig) {
		r.arrive("hanako")
		time.Sleep(4 * time.Second)
		r.perform("hanako not-ready")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if err := r.asterisk.Talk(r.callLegs()[0], true); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if legs := r.callLegs(); len(legs) > 0 || r.played("hello-world") {
			t.Errorf("%v is on the line, the message played %t: want it hung up on without", legs, r.played("hello-world"))
		}
		r.becomes(t, "machine", campaign.Answers{})
	})
}

// An Asterisk without the dialplan helper: everybody is taken for a person, and the log says what is missing.
func TestWithoutTheDialplanEverybodyIsAPerson(t *testing.T) {
	t.Parallel()
	machineScene(t, false, nil, asIs, func(t *testing.T, r *rig) {
		r.asterisk.Dialplan(amdContext, nil)
		r.arrive("hanako")
		r.hasCall(t, "hanako", 6*time.Second)
		if !strings.Contains(r.log.String(), "has no context hasshin-amd") {
			t.Error("the log does not say what is missing")
		}
	})
}

// Each of a call's stages with a machine is taken up by the next process.
func TestMachinesOutliveTheProcess(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]time.Duration{"being listened to": 4 * time.Second, "greeting": 6 * time.Second, "being left the message": 8 * time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			machineScene(t, true, []string{"MACHINE", "LONGGREETING-1520-1500"}, leavesMessage, func(t *testing.T, r *rig) {
				r.arrive("hanako")
				time.Sleep(3500 * time.Millisecond)
				r.perform("hanako not-ready")
				time.Sleep(at - 3500*time.Millisecond)
				synctest.Wait()
				r.perform("restart")
				time.Sleep(90 * time.Second)
				synctest.Wait()
				if legs := r.callLegs(); len(legs) > 0 {
					t.Errorf("%v is still on the line", legs)
				}
				if got := r.results(t); got["machine"]+got["message-left"]+got["abandoned"]+got["answered"] != 1 {
					t.Errorf("results %v, want one", got)
				}
			})
		})
	}
}

// The random fire of TestRandomFire while the campaign dials and AMD() gives all kinds of verdicts. HASSHIN_SEQUENCES says how many stories.
func TestRandomFireWhileDetecting(t *testing.T) {
	t.Parallel()
	redis := newRedis(t)
	verdicts := [][]string{{"HUMAN", "HUMAN-800-800"}, {"MACHINE", "MAXWORDS-3-2"}, {"NOTSURE", "TOOLONG-5000"}, {"MACHINE", "INITIALSILENCE-2520-2500"}}
	for n := range sequences(t) / 80 {
		d := newDie(uint32(n + 7000))
		dice := make([]uint32, shortest+d.IntN(longest-shortest))
		for i := range dice {
			dice[i] = d.Uint32()
		}
		faults := d.IntN(2) == 0
		survives := faults && d.IntN(2) == 0
		detecting := func(c *Config) {
			dialsBy([]campaign.Mode{campaign.ModeProgressive, campaign.ModePredictive, campaign.ModePower}[n%3])(c)
			k := c.Campaigns[rigCampaign]
			k.Machines.Detection, k.Machines.Message = campaign.DetectionAsterisk, []string{"", "sound:hello-world"}[n%2]
			k.Machines.Unsure = []campaign.Unsure{campaign.UnsureAgent, campaign.UnsureMachine}[n/2%2]
			c.Campaigns[rigCampaign] = k
		}
		next, asked := throw(dice, faults, survives), 0
		ready := false
		_, err := playWith(t, redis, survives, detecting, func(r *rig) string {
			if !ready {
				ready = true
				r.asterisk.Dialplan(amdContext, func(channel string, vars map[string]string) (time.Duration, string, []string) {
					asked++
					return time.Duration(asked%7) * 300 * time.Millisecond, vars["HASSHIN_APP"], append([]string{"amd"}, verdicts[asked%len(verdicts)]...)
				})
			}
			return next(r)
		})
		if err != nil {
			t.Fatalf("story %d (faults %t, survives %t): %v", n, faults, survives, err)
		}
	}
}
