package dialer

import (
	"testing"
	"time"

	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// undoable is a shift in which there is time enough to take things back.
func undoable(t *testing.T, limit time.Duration) *shift {
	return newShift(t, func(cfg *Config) { cfg.UndoTime = limit })
}

func (s *shift) agentIs(id, state, callID string) {
	s.t.Helper()
	s.eventually(id+" is "+state, func() bool {
		a, err := s.engine.Agent(s.ctx(), id)
		s.must(err)
		return a.State == state && (callID == "" || a.CallID == callID)
	})
}

func (s *shift) record(id string) *campaign.Record {
	s.t.Helper()
	r, err := s.store.Get(s.ctx(), rigCampaign, id)
	s.must(err)
	return r
}

func TestDoneIsTakenBackAndTheNextPreviewMakesRoom(t *testing.T) {
	s := undoable(t, time.Minute)
	s.arrive("hanako")
	v := s.talk("hanako")
	done, err := s.engine.Done(s.ctx(), "hanako", v.ID, DoneOptions{Disposition: "sale", Note: "agreed", Undo: true})
	s.must(err)
	if done.State != "closing" || done.Undo == nil || done.Undo.What != "done" || time.Until(done.Undo.Until) < 30*time.Second {
		t.Fatalf("done: state %s, undo %+v", done.State, done.Undo)
	}
	s.agentIs("hanako", "preview", "")
	me, err := s.engine.Agent(s.ctx(), "hanako")
	s.must(err)
	next, err := s.engine.Call(s.ctx(), "hanako", me.CallID)
	s.must(err)
	if next.ID == v.ID || next.State != "previewing" {
		t.Fatalf("after done: call %s, %s", next.ID, next.State)
	}
	if r := s.record(v.Record.ID); len(r.History) != 0 || r.State != campaign.Out {
		t.Errorf("the record was written before the time was over: %s, %+v", r.State, r.History)
	}

	back, err := s.engine.Undo(s.ctx(), "hanako", v.ID)
	s.must(err)
	if back.State != "wrap-up" || back.Disposition != "sale" || back.Note != "agreed" || back.Undo != nil {
		t.Errorf("taken back: %s, %q, %q, %+v", back.State, back.Disposition, back.Note, back.Undo)
	}
	s.agentIs("hanako", "wrap-up", v.ID)
	s.eventually("the next record is back in its list", func() bool { return s.record(next.Record.ID).State != campaign.Out })
	if _, err := s.engine.Undo(s.ctx(), "hanako", v.ID); codeOf(err) != CodeWrongState {
		t.Errorf("a second undo: %v", err)
	}

	_, err = s.engine.Done(s.ctx(), "hanako", v.ID, DoneOptions{})
	s.must(err)
	if r := s.record(v.Record.ID); r.State != campaign.Closed || len(r.History) != 1 || r.History[0].Disposition != "sale" {
		t.Errorf("done without undo: %s, %+v", r.State, r.History)
	}
	s.agentIs("hanako", "preview", "") // the next preview follows as it would have
}

func TestADoneThatNobodyTakesBackIsWritten(t *testing.T) {
	s := undoable(t, 50*time.Millisecond)
	s.arrive("hanako")
	v := s.talk("hanako")
	_, err := s.engine.SetCallback(s.ctx(), "hanako", v.ID, in(time.Hour, callback.Personal))
	s.must(err)
	_, err = s.engine.Done(s.ctx(), "hanako", v.ID, DoneOptions{Disposition: "later", Stop: true, Undo: true})
	s.must(err)
	s.agentIs("hanako", "ready", "")
	s.eventually("the call is over", func() bool {
		_, err := s.engine.Call(s.ctx(), "hanako", v.ID)
		return codeOf(err) == CodeUnknownCall
	})
	if p := s.only(); p.Call != v.ID {
		t.Errorf("promised in call %s, want %s", p.Call, v.ID)
	}
	if _, err := s.engine.Undo(s.ctx(), "hanako", v.ID); codeOf(err) != CodeUnknownCall {
		t.Errorf("undo when the time is over: %v", err)
	}
}

func TestADoneThatIsHeldBackOutlivesTheProcess(t *testing.T) {
	s := undoable(t, 3*time.Second)
	s.arrive("hanako")
	v := s.talk("hanako")
	_, err := s.engine.SetCallback(s.ctx(), "hanako", v.ID, in(time.Hour, callback.Personal))
	s.must(err)
	_, err = s.engine.Done(s.ctx(), "hanako", v.ID, DoneOptions{Disposition: "later", Undo: true})
	s.must(err)
	s.agentIs("hanako", "preview", "")
	me, err := s.engine.Agent(s.ctx(), "hanako")
	s.must(err)
	s.stop()
	s.start()
	s.agentIs("hanako", "preview", me.CallID) // the one that came after
	s.eventually("the record is closed", func() bool { return len(s.record(v.Record.ID).History) == 1 })
	if r := s.record(v.Record.ID); r.History[0].Disposition != "later" {
		t.Errorf("written: %+v", r.History)
	}
	if p := s.only(); p.Call != v.ID {
		t.Errorf("promised in call %s, want %s", p.Call, v.ID)
	}
}

func TestDoneCannotBeTakenBackInAnotherConversation(t *testing.T) {
	s := undoable(t, time.Minute)
	s.arrive("hanako")
	v := s.talk("hanako")
	_, err := s.engine.Done(s.ctx(), "hanako", v.ID, DoneOptions{Disposition: "sale", Undo: true})
	s.must(err)
	s.agentIs("hanako", "preview", "")
	me, err := s.engine.Agent(s.ctx(), "hanako")
	s.must(err)
	_, err = s.engine.Accept(s.ctx(), "hanako", me.CallID, "")
	s.must(err)
	s.agentIs("hanako", "on-call", me.CallID)
	if _, err := s.engine.Undo(s.ctx(), "hanako", v.ID); codeOf(err) != CodeWrongState {
		t.Errorf("undo in another call: %v", err)
	}
	s.agentIs("hanako", "on-call", me.CallID)
	if still, err := s.engine.Call(s.ctx(), "hanako", v.ID); err != nil || still.State != "closing" || still.Undo == nil {
		t.Errorf("the call that was done: %s, %+v, %v", still.State, still.Undo, err)
	}
}

func TestACancelledPreviewIsTakenBack(t *testing.T) {
	s := undoable(t, time.Minute)
	s.arrive("hanako")
	v, err := s.engine.GetRecord(s.ctx(), "hanako", rigCampaign)
	s.must(err)
	cancelled, err := s.engine.CancelUndoable(s.ctx(), "hanako", v.ID)
	s.must(err)
	if cancelled.Undo == nil || cancelled.Undo.What != "cancel" {
		t.Fatalf("cancelled: %+v", cancelled.Undo)
	}
	s.agentIs("hanako", "ready", "")
	if state := s.record(v.Record.ID).State; state != campaign.Out {
		t.Errorf("the record is %s", state)
	}
	back, err := s.engine.Undo(s.ctx(), "hanako", v.ID)
	s.must(err)
	if back.State != "previewing" {
		t.Errorf("taken back: %s", back.State)
	}
	s.agentIs("hanako", "preview", v.ID)
	s.dial("hanako", back)
}

func TestDoNotCallIsTakenBackForWhatItAdded(t *testing.T) {
	s := undoable(t, time.Minute)
	s.arrive("hanako")
	v := s.talk("hanako")
	blocked, err := s.engine.DoNotCall(s.ctx(), "hanako", v.ID, DoNotCallNumber)
	s.must(err)
	if blocked.Undo == nil || blocked.Undo.What != "do-not-call" || !blocked.Record.Numbers[0].DoNotCall {
		t.Fatalf("do not call: %+v, %+v", blocked.Undo, blocked.Record.Numbers)
	}
	listed := func() bool {
		on, err := s.store.DoNotCall().Check(s.ctx(), []string{v.Number})
		s.must(err)
		return len(on) == 1
	}
	if !listed() {
		t.Error("it does not hold at once")
	}
	back, err := s.engine.Undo(s.ctx(), "hanako", v.ID)
	s.must(err)
	if back.Undo != nil || back.Record.Numbers[0].DoNotCall || listed() {
		t.Errorf("taken back: %+v, %+v, on the list: %v", back.Undo, back.Record.Numbers, listed())
	}

	if _, err := s.store.DoNotCall().Add(s.ctx(), []string{v.Number}, "somebody", "before"); err != nil {
		t.Fatal(err)
	}
	again, err := s.engine.DoNotCall(s.ctx(), "hanako", v.ID, DoNotCallNumber)
	s.must(err)
	if again.Undo != nil {
		t.Errorf("what had been on the list before can be taken back: %+v", again.Undo)
	}
	if _, err := s.engine.Undo(s.ctx(), "hanako", v.ID); codeOf(err) != CodeWrongState || !listed() {
		t.Errorf("undo: %v, on the list: %v", err, listed())
	}
}

func TestWhatOneProcessHeldBackTheNextOneTakesBack(t *testing.T) {
	s := undoable(t, time.Minute)
	s.arrive("hanako")
	v := s.talk("hanako")
	_, err := s.engine.Done(s.ctx(), "hanako", v.ID, DoneOptions{Disposition: "sale", Stop: true, Undo: true})
	s.must(err)
	s.agentIs("hanako", "ready", "")
	s.stop()
	s.start()
	back, err := s.engine.Undo(s.ctx(), "hanako", v.ID)
	s.must(err)
	if back.State != "wrap-up" || back.Disposition != "sale" {
		t.Errorf("taken back: %s, %q", back.State, back.Disposition)
	}
	s.agentIs("hanako", "wrap-up", v.ID)
	_, err = s.engine.Done(s.ctx(), "hanako", v.ID, DoneOptions{Stop: true})
	s.must(err)
	if r := s.record(v.Record.ID); len(r.History) != 1 {
		t.Errorf("written %d times", len(r.History))
	}
}
