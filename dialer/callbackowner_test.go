package dialer

import (
	"slices"
	"testing"
	"time"

	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/hours"
)

func TestAPersonalCallbackComesToItsOwner(t *testing.T) {
	s := newShift(t)
	s.arrive("hanako", "taro")
	call := s.promised("hanako", in(1500*time.Millisecond, callback.Personal))
	promise := s.only()
	if promise.Owner != "hanako" || promise.Number != call.Number || promise.Note != "about the offer" || promise.Call != call.ID {
		t.Errorf("promised: %+v", promise)
	}
	s.tone("hanako", "personal-callback-offered")
	got := s.offered("hanako")
	if early := time.Until(promise.Due); early > 0 {
		t.Errorf("offered %v too early", early)
	} else if early < -time.Second {
		t.Errorf("offered %v late", -early)
	}
	if got.Origin != "personal-callback" || got.Record.ID != call.Record.ID || got.Promise.Note != "about the offer" || len(got.Record.History) != 1 {
		t.Errorf("offered: origin %s, record %s, promise %+v, history %+v", got.Origin, got.Record.ID, got.Promise, got.Record.History)
	}
	got = s.dial("hanako", got)
	if got.Number != promise.Number {
		t.Errorf("dialed %s, want %s", got.Number, promise.Number)
	}
	_, err := s.engine.Done(s.ctx(), "hanako", got.ID, DoneOptions{Disposition: "sale", Stop: true})
	s.must(err)
	_, kinds := s.ledger(promise.ID, callback.Kept)
	if want := []string{"made hanako", "due", "offered hanako", "kept hanako"}; !slices.Equal(kinds, want) {
		t.Errorf("ledger %v, want %v", kinds, want)
	}
}

func TestACallbackWhoseOwnerIsAbsentGoesWhereTheAgentSaid(t *testing.T) {
	s := newShift(t)
	s.arrive("hanako", "taro", "jiro")
	d := in(2*time.Second, callback.Personal)
	d.Absent = &callback.AbsenceDraft{Then: callback.ToGroup, Group: "sales"} // hanako is not in it
	s.promised("hanako", d)
	promise := s.only()
	_, err := s.engine.SetNotReady(s.ctx(), "hanako", "lunch")
	s.must(err)
	_, err = s.engine.SetNotReady(s.ctx(), "jiro", "lunch")
	s.must(err)
	got := s.offered("taro")
	if got.Origin != "personal-callback" || got.Promise.Owner != "hanako" {
		t.Errorf("offered %s of %s", got.Origin, got.Promise.Owner)
	}
	_, kinds := s.ledger(promise.ID, callback.Offered)
	if want := []string{"made hanako", "due", "owner-absent", "offered taro"}; !slices.Equal(kinds, want) {
		t.Errorf("ledger %v, want %v", kinds, want)
	}
}

func TestABusyOwnerHearsOfACallbackAndHasItNext(t *testing.T) {
	s := newShift(t)
	s.arrive("hanako", "taro")
	s.promised("hanako", in(3*time.Second, callback.Personal))
	promise := s.only()
	v := s.talk("hanako")
	s.tone("hanako", "callback-due-soon")
	if other, err := s.engine.GetRecord(s.ctx(), "taro", rigCampaign); err != nil || other.Promise != nil { // hanako is there
		t.Errorf("taro, who asks for work, gets %+v, %v; want a record of the list", other.Promise, err)
	}
	if p, _ := s.ledger(promise.ID, callback.Due); p.Queue != callback.QueueOf("hanako") {
		t.Errorf("it waits in %s", p.Queue)
	}
	_, err := s.engine.Done(s.ctx(), "hanako", v.ID, DoneOptions{Disposition: "sale"})
	s.must(err)
	if got := s.offered("hanako"); got.Promise.ID != promise.ID {
		t.Errorf("next was callback %s, want %s", got.Promise.ID, promise.ID)
	}
}

// No agent is given it meanwhile, though one is ready.
func TestACallbackOfAnAbsentOwnerThatNobodyElseIsToHave(t *testing.T) {
	midnight := hours.MustWeek("daily 00:00-23:59") // a shift is on now, but for a minute each day; the next begins at midnight
	for name, c := range map[string]struct {
		rule   callback.AbsenceRule
		ends   callback.State
		queue  callback.Queue
		ledger []string
		why    string
	}{
		"supervisor": {callback.ToSupervisor, callback.Due, callback.QueueSupervisor, []string{"made hanako", "due", "owner-absent"}, "supervisor"},
		"next shift": {callback.ToNextShift, callback.Waiting, "", []string{"made hanako", "due", "next-shift"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShift(t, func(cfg *Config) {
				k := cfg.Campaigns[rigCampaign]
				k.Callback.WorkingHours = midnight
				cfg.Campaigns[rigCampaign] = k
			})
			s.arrive("hanako", "taro")
			d := in(2*time.Second, callback.Personal)
			d.Absent = &callback.AbsenceDraft{Then: c.rule}
			s.promised("hanako", d)
			promise := s.only()
			_, err := s.engine.SetNotReady(s.ctx(), "hanako", "lunch")
			s.must(err)
			s.must(s.engine.SignOut(s.ctx(), "hanako"))
			s.eventually("the rule is done", func() bool {
				_, kinds := s.ledger(promise.ID, "")
				return len(kinds) > 2
			})
			p, kinds := s.ledger(promise.ID, c.ends)
			if p.Queue != c.queue || !slices.Equal(kinds, c.ledger) {
				t.Errorf("it waits in %q after %v; want %q after %v", p.Queue, kinds, c.queue, c.ledger)
			}
			if c.ends == callback.Waiting {
				begins := s.engine.cfg.Campaigns[rigCampaign].Callback.NextShift(promise.Due, s.engine.agentZone(rigCampaign))
				if !p.Due.Equal(begins) {
					t.Errorf("it is due at %v, but the next shift begins at %v", p.Due, begins)
				}
			}
			if v := s.engine.promiseView(p, "hanako"); v.Why != c.why {
				t.Errorf("the overdue board says that it waits for %q, want %q", v.Why, c.why)
			}
			if taro, err := s.engine.Agent(s.ctx(), "taro"); err != nil || taro.CallID != "" {
				t.Errorf("taro has %q, %v", taro.CallID, err)
			}
		})
	}
}
