//go:build integration

package dialer_test

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/hours"
	"github.com/hasshin/hasshin/internal/phone"
	"github.com/hasshin/hasshin/internal/redisconn/redistest"
	"github.com/hasshin/hasshin/scheduler"
)

// withCallbacks lets a house keep callbacks, in a real Redis.
func withCallbacks(t *testing.T) *story {
	t.Helper()
	h := newHouse(t, map[string]phone.Behaviour{"0001": phone.Answer()}, withTaro, func(c *dialer.Config) {
		k := c.Campaigns[spring]
		k.Hours.Profile = hours.ProfileUnrestricted
		k.DispositionRequired = new(bool)
		c.Campaigns[spring] = k
	})
	h.rdb = redis.NewClient(&redis.Options{Addr: redistest.Run(t)})
	t.Cleanup(func() { _ = h.rdb.Close() })
	h.store, h.journal = campaign.NewRedisStore(h.rdb), dialer.NewRedisJournal(h.rdb)
	alarms, err := scheduler.New(scheduler.Config{Redis: h.rdb, Name: "callbacks"})
	must(t, err)
	h.alarms = dialer.NewScheduler(alarms)
	s := &story{house: h}
	h.open("090-1234-0001", "090-1235-0001")
	s.agent, s.colleague = h.arrive(hanako), h.arrive(taro)
	return s
}

// promise lets hanako talk to the next contact, promise to call back in a moment, and be done.
func (s *story) promise(d callback.Draft) (call dialer.CallView, due time.Time) {
	s.t.Helper()
	call = s.agent.record()
	s.agent.accept(call.ID)
	s.contact = s.house.contact()
	s.agent.await(call.ID, "talking")
	s.hears(phone.WhoHears{s.agent.leg: {s.contact}, s.contact: {s.agent.leg}})
	at := time.Now().Add(4 * time.Second).UTC().Truncate(time.Second)
	d.When = callback.LocalTime{At: at.Format("2006-01-02T15:04:05"), Zone: "UTC"}
	_, err := s.engine.SetCallback(s.ctx(), hanako, call.ID, d)
	must(s.t, err)
	_, err = s.engine.Done(s.ctx(), hanako, call.ID, dialer.DoneOptions{Stop: true})
	must(s.t, err)
	return call, at
}

// due waits until an agent hears the offer of a callback, and gives it.
func (s *story) due(who *human, tone string, since time.Time) dialer.CallView {
	s.t.Helper()
	s.heardOffer(who, tone, since)
	a, err := s.engine.Agent(s.ctx(), who.id)
	must(s.t, err)
	v, err := s.engine.Call(s.ctx(), who.id, a.CallID)
	must(s.t, err)
	if v.State != "previewing" || v.Promise == nil {
		s.t.Fatalf("%s has %s, promise %+v; want the preview of a callback", who.id, v.State, v.Promise)
	}
	return v
}

// heardOffer waits for the tone of an offer, after tones of other events.
func (s *story) heardOffer(who *human, event string, since time.Time) {
	s.t.Helper()
	s.notice("the tone "+event, func(n dialer.Notice) (dialer.CallView, bool) {
		v, is := n.Data.(dialer.ToneView)
		return dialer.CallView{}, is && n.Agent == who.id && v.Event == event
	})
	s.ringsOut(who, event, since)
}

func (s *story) answeredBack(who *human, v dialer.CallView) {
	s.t.Helper()
	who.accept(v.ID)
	s.contact = s.house.contact()
	who.await(v.ID, "talking")
	s.hears(phone.WhoHears{who.leg: {s.contact}, s.contact: {who.leg}})
	_, err := s.engine.Done(s.ctx(), who.id, v.ID, dialer.DoneOptions{Stop: true})
	must(s.t, err)
}

// TestACallbackIsHeardWhenDueAndItsContactTalks is the whole story of a personal callback, by ear.
func TestACallbackIsHeardWhenDueAndItsContactTalks(t *testing.T) {
	s := withCallbacks(t)
	first, due := s.promise(callback.Draft{Kind: callback.Personal, Note: "about the offer", Absent: &callback.AbsenceDraft{Then: callback.ToPool}})
	v := s.due(s.agent, "personal-callback-offered", due)
	if early, heard := s.agent.leg.Ear().FirstHeard(phone.Music, due.Add(-time.Second)); heard && early.Before(due) {
		t.Errorf("the offer was heard %v before its time", due.Sub(early))
	}
	if v.Origin != "personal-callback" || v.Record.ID != first.Record.ID || v.Promise.Note != "about the offer" {
		t.Errorf("offered: %s, record %s, %+v", v.Origin, v.Record.ID, v.Promise)
	}
	s.answeredBack(s.agent, v)
	p, err := s.store.Promises().Get(s.ctx(), spring, v.Promise.ID)
	must(t, err)
	if p.State != callback.Kept {
		t.Errorf("the callback is %s, want kept", p.State)
	}
}

// TestARejectedCallbackIsHeardByAnother: one of the pool comes to one agent, and after a refusal to the other.
func TestARejectedCallbackIsHeardByAnother(t *testing.T) {
	s := withCallbacks(t)
	_, due := s.promise(callback.Draft{Kind: callback.Pool})
	v := s.due(s.colleague, "callback-offered", due) // taro has been idle for longer
	since := time.Now()
	_, err := s.engine.Reject(s.ctx(), taro, v.ID, "does not know the contract")
	must(t, err)
	again := s.due(s.agent, "callback-offered", since)
	if again.Promise.ID != v.Promise.ID || again.Origin != "callback" {
		t.Errorf("hanako is offered %+v", again.Promise)
	}
	s.answeredBack(s.agent, again)
}

// TestACallbackOfAnAbsentOwnerIsHeardByThePool follows the rule that was chosen when it was promised.
func TestACallbackOfAnAbsentOwnerIsHeardByThePool(t *testing.T) {
	s := withCallbacks(t)
	_, due := s.promise(callback.Draft{Kind: callback.Personal, Absent: &callback.AbsenceDraft{Then: callback.ToPool}})
	_, err := s.engine.SetNotReady(s.ctx(), hanako, "lunch")
	must(t, err)
	v := s.due(s.colleague, "personal-callback-offered", due)
	if v.Promise.Owner != hanako {
		t.Errorf("offered %+v", v.Promise)
	}
	s.answeredBack(s.colleague, v)
}
