package stats

import (
	"math"
	"testing"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
)

var nine = time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)

func after(d time.Duration) time.Time { return nine.Add(d) }

// shift is an hour of two agents: hanako is ready for 30 s and in a call for 90 s, time and again; taro has a break all the time.
func shift() *Board {
	b := NewBoard(nine)
	b.Agent(nine, "hanako", agent.NotReady, []string{"spring"})
	b.Agent(nine, "taro", agent.NotReady, []string{"spring", "autumn"})
	for at := time.Duration(0); at < time.Hour; at += 2 * time.Minute {
		b.Agent(after(at), "hanako", agent.Ready, []string{"spring"})
		b.Agent(after(at+30*time.Second), "hanako", agent.OnCall, []string{"spring"})
		b.Agent(after(at+110*time.Second), "hanako", agent.WrapUp, []string{"spring"})
		b.Attempt(after(at+110*time.Second), "spring", "hanako", call.Answered, true)
		b.Attempt(after(at+111*time.Second), "spring", "", call.Busy, false)
	}
	return b
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9 {
		t.Errorf("%s is %g, want %g", what, got, want)
	}
}

func TestAnAgentsFiguresAreOfTheTimeSinceSigningIn(t *testing.T) {
	b := shift()
	f, ok := b.AgentAt(after(time.Hour), "hanako")
	if !ok || !f.Since.Equal(nine) || f.Calls != 30 || f.Wait.Times != 30 || f.Wait.All != 15*time.Minute || f.Wait.How.Count() != 30 {
		t.Errorf("%+v, %v", f, ok)
	}
	if f.In[agent.OnCall] != 40*time.Minute || f.In[agent.WrapUp] != 5*time.Minute || f.In[agent.Ready] != 15*time.Minute {
		t.Errorf("time in the states: %v", f.In)
	}
	if f.Results[call.Answered] != 30 || len(f.Results) != 1 || f.HitRatio() != 1 {
		t.Errorf("attempts of the agent: %v, hit ratio %g", f.Results, f.HitRatio())
	}
	near(t, "utilisation", f.Utilisation(), 0.75)

	f, _ = b.AgentAt(after(time.Hour), "taro")
	near(t, "utilisation of an agent who never was ready", f.Utilisation(), 0)

	b.Agent(after(time.Hour), "hanako", agent.SignedOut, nil)
	if _, ok := b.AgentAt(after(time.Hour), "hanako"); ok {
		t.Error("an agent who has signed out has figures")
	}
	b.Agent(after(2*time.Hour), "hanako", agent.NotReady, nil)
	if f, _ := b.AgentAt(after(2*time.Hour), "hanako"); f.Calls != 0 || !f.Since.Equal(after(2*time.Hour)) {
		t.Errorf("after signing in again: %+v", f)
	}
}

func TestACampaignsFiguresAreOfTheLastHalfHour(t *testing.T) {
	b := shift()
	f := b.CampaignAt(after(time.Hour), "spring")
	if !f.From.Equal(after(30*time.Minute+slice)) || f.Agents[agent.WrapUp] != 1 || f.Agents[agent.NotReady] != 1 {
		t.Errorf("%+v", f)
	}
	if f.Results[call.Answered] != 15 || f.Results[call.Busy] != 15 || f.Attempts() != 30 || f.Answered != 15 {
		t.Errorf("attempts: %v", f.Results)
	}
	near(t, "hit ratio", f.HitRatio(), 0.5)
	if f.AgentWait.Times != 15 || f.AgentWait.Mean() != 30*time.Second || f.AgentWait.Worst != 30*time.Second {
		t.Errorf("agents' waits: %+v", f.AgentWait)
	}
	if f.In[agent.Ready] != 15*30*time.Second-slice || f.In[agent.OnCall] != 15*80*time.Second || f.In[agent.WrapUp] != 15*10*time.Second {
		t.Errorf("hanako's time in the window is %v", f.In)
	}
	near(t, "utilisation", f.Utilisation(), 1350./1790)

	if later := b.CampaignAt(after(90*time.Minute), "spring"); later.Attempts() != 0 || later.In[agent.WrapUp] != Window-slice {
		t.Errorf("half an hour later: %v, %v", later.Results, later.In)
	}
	if other := b.CampaignAt(after(time.Hour), "autumn"); other.Attempts() != 0 || other.Agents[agent.NotReady] != 1 || len(other.Agents) != 1 {
		t.Errorf("the other campaign: %+v", other)
	}
}

func TestAYoungProcessSaysSinceWhenItsFiguresAre(t *testing.T) {
	b := NewBoard(nine)
	b.Agent(nine, "hanako", agent.Ready, []string{"spring"})
	b.Connected(after(time.Minute), "spring", 120*time.Millisecond)
	b.Connected(after(time.Minute), "spring", 80*time.Millisecond)
	b.Attempt(after(time.Minute), "spring", "", call.Abandoned, true)
	b.Attempt(after(time.Minute), "spring", "", call.Answered, true)
	f := b.CampaignAt(after(5*time.Minute), "spring")
	if !f.From.Equal(nine) || f.In[agent.Ready] != 5*time.Minute {
		t.Errorf("%+v", f)
	}
	if f.ContactWait.Mean() != 100*time.Millisecond || f.ContactWait.Worst != 120*time.Millisecond {
		t.Errorf("contacts' waits: %+v", f.ContactWait)
	}
	if got := f.ContactWait.How.Quantile(1); math.Abs(got.Seconds()-0.12) > 0.12*Accuracy {
		t.Errorf("the longest of two waits is %s", got)
	}
	near(t, "abandon rate", f.AbandonRate(), 0.5)
}

func TestWhoWaitedInVainIsAmongThoseWhoWaitedAlone(t *testing.T) {
	b := NewBoard(nine)
	b.Connected(nine, "spring", 100*time.Millisecond)
	b.Unserved(nine, "spring", 2*time.Second)
	f := b.CampaignAt(after(time.Minute), "spring")
	if f.ContactWait.Times != 1 || f.QueueWait.Times != 2 || f.QueueWait.Worst != 2*time.Second || f.QueueWait.How.Count() != 2 {
		t.Errorf("contacts with an agent waited %+v, all %+v", f.ContactWait, f.QueueWait)
	}
}

// What comes late, from another goroutine, does not push out what is newer.
func TestWordOutOfOrderChangesNothingElse(t *testing.T) {
	b := NewBoard(nine)
	b.Attempt(after(Window), "spring", "", call.Busy, false)
	b.Attempt(nine, "spring", "", call.NoAnswer, false)
	if f := b.CampaignAt(after(Window), "spring"); f.Attempts() != 1 || f.Results[call.Busy] != 1 {
		t.Errorf("%v", f.Results)
	}
}

func TestACourseIsTheWindowStepByStep(t *testing.T) {
	b := shift()
	steps := b.CourseAt(after(time.Hour), "spring")
	if len(steps) != 31 || !steps[0].From.Equal(after(30*time.Minute)) || !steps[30].From.Equal(after(time.Hour)) {
		t.Fatalf("%d steps from %v", len(steps), steps[0].From)
	}
	// Of two minutes the first has 30 s of being ready and 30 s of the call; the second 50 s of the call, 10 s of wrap-up and what ended.
	even, odd := steps[2], steps[3]
	near(t, "utilisation of an even minute", even.Utilisation(), 0.5)
	near(t, "utilisation of an odd minute", odd.Utilisation(), 1)
	if even.AgentWait.Times != 1 || even.AgentWait.Mean() != 30*time.Second || even.Attempts() != 0 {
		t.Errorf("even minute: %+v", even)
	}
	if odd.Attempts() != 2 || odd.AgentWait.Times != 0 || odd.In[agent.NotReady] != time.Minute {
		t.Errorf("odd minute: %+v", odd)
	}
	whole, all := 0, b.CampaignAt(after(time.Hour), "spring")
	for _, s := range steps {
		whole += s.Attempts()
	}
	if whole != all.Attempts() {
		t.Errorf("the steps have %d attempts, the window %d", whole, all.Attempts())
	}
	if young := NewBoard(nine).CourseAt(after(90*time.Second), "spring"); len(young) != 2 || !young[0].From.Equal(nine) {
		t.Errorf("a young process: %+v", young)
	}
}
