package dialer

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/callback"
)

// withBoss makes a supervisor of yuki.
func withBoss(c *Config) {
	a := c.Agents["yuki"]
	a.Role = agent.RoleSupervisor
	c.Agents["yuki"] = a
}

func whenStopped(rule callback.StoppedRule) func(*Config) {
	return func(c *Config) { c.inRig(func(k *callback.Config) { k.WhenStopped = rule }) }
}

// inRig changes what the rig's campaign does with callbacks.
func (c *Config) inRig(change func(*callback.Config)) {
	k := c.Campaigns[rigCampaign]
	change(&k.Callback)
	c.Campaigns[rigCampaign] = k
}

func (s *shift) refusal(err error) Code {
	s.t.Helper()
	var refused *Error
	if !errors.As(err, &refused) {
		s.t.Fatalf("not refused: %v", err)
	}
	return refused.Code
}

func (s *shift) switchTo(run bool) RunView {
	s.t.Helper()
	var v RunView
	var err error
	if run {
		v, err = s.engine.StartCampaign(s.ctx(), "yuki", rigCampaign, "all is well")
	} else {
		v, err = s.engine.StopCampaign(s.ctx(), "yuki", rigCampaign, "no trunk", false)
	}
	s.must(err)
	return v
}

func (s *shift) state(id string) AgentView {
	s.t.Helper()
	a, err := s.engine.Agent(s.ctx(), id)
	s.must(err)
	return a
}

func TestAStoppedCampaignGivesNothingOutAndItsCallsGoOn(t *testing.T) {
	s := newShift(t, withBoss)
	s.arrive("hanako", "taro")
	talking := s.talk("hanako")
	preview, err := s.engine.GetRecord(s.ctx(), "taro", rigCampaign)
	s.must(err)
	if _, err := s.engine.StopCampaign(s.ctx(), "hanako", rigCampaign, "", false); s.refusal(err) != CodeForbidden {
		t.Errorf("an agent stops a campaign: %v", err)
	}
	v := s.switchTo(false)
	if v.Running || v.By != "yuki" || v.Why != "no trunk" || len(v.Log) != 1 {
		t.Errorf("stopped: %+v", v)
	}
	s.eventually("taro's preview is withdrawn", func() bool { a := s.state("taro"); return a.CallID == "" && a.State == "ready" && !a.Next })
	if _, err := s.engine.Accept(s.ctx(), "taro", preview.ID, ""); s.refusal(err) != CodeUnknownCall {
		t.Errorf("what was withdrawn is accepted: %v", err)
	}
	if _, err := s.engine.GetRecord(s.ctx(), "taro", rigCampaign); s.refusal(err) != CodeCampaignStopped {
		t.Errorf("a record of a stopped campaign: %v", err)
	}
	if now, err := s.engine.Call(s.ctx(), "hanako", talking.ID); err != nil || now.State != "talking" {
		t.Errorf("who was talking is %s, %v", now.State, err)
	}
	_, err = s.engine.Done(s.ctx(), "hanako", talking.ID, DoneOptions{Disposition: "sale"})
	s.must(err)
	s.eventually("nothing follows", func() bool { a := s.state("hanako"); return a.State == "ready" && !a.Next })

	s.stop()
	s.start()
	if _, err := s.engine.GetRecord(s.ctx(), "taro", rigCampaign); s.refusal(err) != CodeCampaignStopped {
		t.Errorf("after a restart: %v", err)
	}
	all, err := s.engine.Campaigns(s.ctx(), "taro")
	s.must(err)
	if all[0].State != "stopped" {
		t.Errorf("agents see the campaign as %s", all[0].State)
	}
	if v := s.switchTo(true); !v.Running || len(v.Log) != 2 || !v.Log[0].Running || v.Log[1].Running {
		t.Errorf("started: %+v", v)
	}
	again, err := s.engine.GetRecord(s.ctx(), "taro", rigCampaign)
	s.must(err)
	if again.Record.ID != preview.Record.ID {
		t.Errorf("the next record is %s; %s went back to its place", again.Record.ID, preview.Record.ID)
	}
}

// overdue waits for the one callback to be on the board, for a reason.
func (s *shift) overdue(why string) PromiseView {
	s.t.Helper()
	var found PromiseView
	s.eventually("the board shows a callback as "+why, func() bool {
		all, err := s.engine.Callbacks(s.ctx(), "yuki", CallbackQuery{Campaign: rigCampaign, Everybodys: true, Scope: CallbacksOverdue})
		s.must(err)
		if len(all) != 1 {
			return false
		}
		found = all[0]
		return found.Why == why
	})
	return found
}

func TestDueCallbacksOfAStoppedCampaignWaitForTheStart(t *testing.T) {
	s := newShift(t, withBoss)
	s.arrive("hanako", "taro")
	s.promised("hanako", in(time.Second, callback.Pool))
	s.switchTo(false)
	late := s.overdue("campaign-stopped")
	for _, id := range []string{"hanako", "taro"} {
		if a := s.state(id); a.CallID != "" {
			t.Errorf("%s was offered it", id)
		}
	}
	s.switchTo(true)
	s.eventually("it is offered", func() bool { return s.state("hanako").CallID != "" || s.state("taro").CallID != "" })
	if p, _ := s.ledger(late.ID, callback.Offered); p.Refusals != 0 {
		t.Errorf("refused %d times", p.Refusals)
	}
}

func TestAnOfferedCallbackGoesBackWhenItsCampaignStops(t *testing.T) {
	s := newShift(t, withBoss)
	s.arrive("hanako")
	s.promised("hanako", in(time.Second, callback.Personal))
	offer := s.offered("hanako")
	s.switchTo(false)
	s.overdue("campaign-stopped")
	s.switchTo(true)
	if again := s.offered("hanako"); again.Promise.ID != offer.Promise.ID || again.ID == offer.ID {
		t.Errorf("offered again: %+v", again)
	}
	_, kinds := s.ledger(offer.Promise.ID, callback.Offered)
	if want := []string{"made hanako", "due", "offered hanako", "released hanako", "offered hanako"}; !slices.Equal(kinds, want) {
		t.Errorf("ledger %v, want %v", kinds, want)
	}
}

func TestDueCallbacksOfAStoppedCampaignAreDeliveredIfItSaysSo(t *testing.T) {
	s := newShift(t, withBoss, whenStopped(callback.StoppedDeliver))
	s.arrive("hanako")
	s.promised("hanako", in(time.Second, callback.Personal))
	s.switchTo(false)
	v := s.dial("hanako", s.offered("hanako"))
	_, err := s.engine.Done(s.ctx(), "hanako", v.ID, DoneOptions{Disposition: "sale"})
	s.must(err)
	s.ledger(v.Promise.ID, callback.Kept)
}

func TestDueCallbacksOfAStoppedCampaignComeToASupervisorIfItSaysSo(t *testing.T) {
	s := newShift(t, withBoss, whenStopped(callback.StoppedSupervisor))
	s.arrive("hanako")
	s.promised("hanako", in(time.Second, callback.Pool))
	s.switchTo(false)
	late := s.overdue("supervisor")
	p, kinds := s.ledger(late.ID, callback.Due)
	if want := []string{"made hanako", "due", "escalated"}; !slices.Equal(kinds, want) || p.Events[2].Text != reasonStopped {
		t.Errorf("ledger %v: %+v", kinds, p.Events)
	}
	if _, err := s.engine.ReleaseCallback(s.ctx(), "yuki", rigCampaign, late.ID); s.refusal(err) != CodeCampaignStopped {
		t.Errorf("released into a stopped campaign: %v", err)
	}
	s.switchTo(true)
	_, err := s.engine.ReleaseCallback(s.ctx(), "yuki", rigCampaign, late.ID)
	s.must(err)
	s.offered("hanako")
}

func TestRecordsThatOutrankCallbacksComeFirst(t *testing.T) {
	s := newShift(t, func(c *Config) { c.inRig(func(k *callback.Config) { k.Priority.Records = 50 }) })
	s.arrive("hanako")
	s.promised("hanako", in(2*time.Second, callback.Personal))
	id := s.only().ID
	v := s.talk("hanako")
	s.ledger(id, callback.Due)
	_, err := s.engine.Done(s.ctx(), "hanako", v.ID, DoneOptions{Disposition: "sale"})
	s.must(err)
	n := s.notice("the next preview", func(n Notice) bool {
		next, is := n.Data.(CallView)
		return is && next.ID != v.ID && next.State == "previewing"
	})
	if next := n.Data.(CallView); next.Promise != nil {
		t.Errorf("next came callback %s before the list", next.Promise.ID)
	}
}

// histogram reads how often a histogram has observed something, and the sum of it.
func histogram(t testing.TB, figures *prometheus.Registry, name, kind string) (count uint64, sum float64) {
	t.Helper()
	families, err := figures.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if f.GetName() == name && l.GetName() == "kind" && l.GetValue() == kind {
					return m.GetHistogram().GetSampleCount(), m.GetHistogram().GetSampleSum()
				}
			}
		}
	}
	return 0, 0
}

// A callback waits for its time, then for somebody: the figures tell how long for each, and a refusal is no third wait.
func TestTheFiguresTellLatenessAndTheWaitForAnAgentApart(t *testing.T) {
	s := newShift(t)
	s.arrive("hanako")
	s.promised("hanako", in(time.Second, callback.Pool))
	_, err := s.engine.SetNotReady(s.ctx(), "hanako", "lunch")
	s.must(err)
	promise, _ := s.ledger(s.only().ID, callback.Due)
	const late, wait = "hasshin_callback_wake_lateness_seconds", "hasshin_callback_agent_wait_seconds"
	var n uint64
	var sum float64
	s.eventually("the lateness is noted", func() bool { n, sum = histogram(t, s.figures, late, "pool"); return n == 1 })
	if want := promise.Seen.Sub(promise.Due).Seconds(); sum != want {
		t.Errorf("lateness %v s, want %v s", sum, want)
	}
	if n, _ := histogram(t, s.figures, wait, "pool"); n != 0 {
		t.Errorf("%d waits, but nobody was offered it", n)
	}
	s.eventually("it has waited a while", func() bool { return time.Since(promise.Seen) > 300*time.Millisecond })
	s.arrive("taro")
	first := s.offered("taro")
	if n, sum = histogram(t, s.figures, wait, "pool"); n != 1 || sum < .3 || sum > time.Since(promise.Seen).Seconds()+.01 {
		t.Errorf("%d waits of %v s together; want one of %v or a little less", n, sum, time.Since(promise.Seen))
	}
	_, err = s.engine.Reject(s.ctx(), "taro", first.ID, "no time")
	s.must(err)
	s.arrive("jiro")
	s.offered("jiro")
	if n, _ = histogram(t, s.figures, wait, "pool"); n != 1 {
		t.Errorf("%d waits after a refusal, want still one", n)
	}
	if n, _ = histogram(t, s.figures, late, "pool"); n != 1 {
		t.Errorf("%d latenesses of one callback", n)
	}
}
