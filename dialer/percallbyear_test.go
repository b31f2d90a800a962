//go:build integration

package dialer_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/internal/phone"
)

// withoutNailedUpLegs has everybody's phone rung at each call.
func withoutNailedUpLegs(c *dialer.Config) {
	for id, a := range c.Agents {
		a.Phone.Leg, a.Phone.RingTimeout = agent.LegPerCall, 3*time.Second
		c.Agents[id] = a
	}
}

// sitsDown signs an agent in whose phone is rung at each call, and answers as told.
func (h *house) sitsDown(id string, behave func(*phone.Call) phone.Behaviour) *human {
	h.t.Helper()
	_, err := h.engine.SignIn(h.ctx(), id)
	must(h.t, err)
	cred, err := h.engine.PhoneCredentials(h.ctx(), id)
	must(h.t, err)
	p, err := phone.New(phone.Config{User: cred.Username, Password: cred.Password, Server: cred.Registrar, Voice: voiceOf[id], Behave: behave})
	must(h.t, err)
	h.t.Cleanup(func() { _ = p.Close() })
	must(h.t, p.Register(h.ctx()))
	_, err = h.engine.SetReady(h.ctx(), id)
	must(h.t, err)
	return &human{h: h, id: id, phone: p}
}

// answers takes the next call to the agent's phone.
func (w *human) answers() {
	w.h.t.Helper()
	var err error
	w.leg, err = w.phone.NextCall(w.h.ctx())
	must(w.h.t, err)
}

func TestAPhoneRungAtEachCallByEar(t *testing.T) {
	h := newHouse(t, map[string]phone.Behaviour{"0001": phone.Ring(), "0002": phone.Answer()}, withoutNailedUpLegs)
	h.open("090-1234-0001", "090-1234-0002")
	var calls atomic.Int32
	agent := h.sitsDown(hanako, func(*phone.Call) phone.Behaviour {
		switch calls.Add(1) {
		case 1:
			return phone.Ring() // nobody is at the desk
		case 2:
			return phone.Refuse(486)
		}
		return phone.Answer().After(300 * time.Millisecond)
	})
	call := agent.record()

	for _, problem := range []string{"not answered", "busy"} {
		if v := agent.accept(call.ID); v.State != "agent-ringing" {
			t.Errorf("after accept the call is %s, want agent-ringing", v.State)
		}
		h.notice("the preview again, because the phone was "+problem, func(n dialer.Notice) (dialer.CallView, bool) {
			v, ok := n.Data.(dialer.CallView)
			return v, ok && v.ID == call.ID && v.State == "previewing" && strings.Contains(v.Problem, problem)
		})
	}
	if n := len(h.network.Calls()); n > 0 {
		t.Errorf("%d contacts were called for an agent who was not there", n)
	}
	for range 2 { // calls nobody took
		agent.answers()
	}

	agent.accept(call.ID)
	agent.answers()
	contact := h.contact()
	if contact.RingingAt().Before(agent.leg.AnsweredAt()) {
		t.Error("the contact was called before the agent was there")
	}
	agent.await(call.ID, "ringing")
	if err := agent.leg.Ear().WaitHears(h.ctx(), phone.Ringback); err != nil {
		t.Errorf("while it rings: %v", err)
	}
	must(t, contact.Answer(h.ctx()))
	agent.await(call.ID, "talking")
	phone.AssertHears(t, phone.WhoHears{agent.leg: {contact}, contact: {agent.leg}})

	must(t, agent.leg.Hangup(h.ctx()))
	agent.await(call.ID, "rescuing")
	if err := contact.Ear().WaitHears(h.ctx(), phone.Music); err != nil {
		t.Errorf("while the agent's phone is rung again: %v", err)
	}
	agent.answers()
	agent.await(call.ID, "talking")
	phone.AssertHears(t, phone.WhoHears{agent.leg: {contact}, contact: {agent.leg}})

	began := time.Now()
	v, err := h.engine.End(h.ctx(), hanako, call.ID)
	must(t, err)
	if v.State != "wrap-up" || v.Result != "answered" {
		t.Errorf("after end: %s, %s; want wrap-up, answered", v.State, v.Result)
	}
	end, err := agent.leg.WaitEnd(h.ctx())
	must(t, err)
	if heard, ok := agent.leg.Ear().FirstHeard(phone.Music, began); !ok || heard.After(end.At) {
		t.Error("the tone that tells of the end was not heard before the phone was released")
	}
	h.nothingLeft(keptHold, keptBooth)

	_, err = h.engine.Done(h.ctx(), hanako, call.ID, dialer.DoneOptions{Disposition: "sale"})
	must(t, err)
	next := h.notice("the next preview", func(n dialer.Notice) (dialer.CallView, bool) {
		v, ok := n.Data.(dialer.CallView)
		return v, ok && v.ID != call.ID && v.State == "previewing"
	})
	agent.accept(next.ID)
	agent.answers()
	contact = h.contact()
	agent.await(next.ID, "talking")
	phone.AssertHears(t, phone.WhoHears{agent.leg: {contact}, contact: {agent.leg}})
	_, err = h.engine.Done(h.ctx(), hanako, next.ID, dialer.DoneOptions{Disposition: "sale", Stop: true})
	must(t, err)
	must(t, h.engine.SignOut(h.ctx(), hanako))
	h.nothingLeft(keptHold)
}

func TestAColleagueIsRungForAConsultationAndTakesOver(t *testing.T) {
	h := newHouse(t, map[string]phone.Behaviour{"0001": phone.Answer()}, withTaro, withoutNailedUpLegs)
	h.journal = dialer.NewRedisJournal(h.rdb)
	h.open("090-1234-0001")
	agent := h.sitsDown(hanako, phone.Always(phone.Answer()))
	var patient atomic.Bool
	patient.Store(true)
	colleague := h.sitsDown(taro, func(*phone.Call) phone.Behaviour {
		if patient.Load() {
			return phone.Ring()
		}
		return phone.Answer()
	})
	id := agent.record().ID
	agent.accept(id)
	agent.answers()
	contact := h.contact()
	agent.await(id, "talking")

	offer := func() {
		t.Helper()
		_, err := h.engine.StartConsultation(h.ctx(), hanako, id, to(dialer.TargetAgent, taro))
		must(t, err)
		v, err := h.engine.Accept(h.ctx(), taro, id, "")
		must(t, err)
		if v.State != "agent-ringing" {
			t.Errorf("for the colleague the call is %s, want agent-ringing", v.State)
		}
		colleague.answers()
	}
	offer()
	phone.AssertHears(t, phone.WhoHears{agent.leg: {}, contact: {phone.Music}})
	if v := agent.await(id, "held"); v.Problem != "taro cannot be reached: the phone was not answered" {
		t.Errorf("problem %q, want the colleague's phone", v.Problem)
	}

	patient.Store(false)
	offer()
	agent.await(id, "consulting")
	phone.AssertHears(t, phone.WhoHears{agent.leg: {colleague.leg}, colleague.leg: {agent.leg}, contact: {phone.Music}})

	// Another process goes on with legs that are not nailed up, too.
	h.stop()
	h.start()
	asterisktest.Eventually(t, patience, func() bool {
		_, err := h.engine.CompleteTransfer(h.ctx(), hanako, id)
		return err == nil
	}, "the colleague takes over")
	phone.AssertHears(t, phone.WhoHears{colleague.leg: {contact}, contact: {colleague.leg}})
	_, err := agent.leg.WaitEnd(h.ctx()) // who has handed the call over needs no phone
	must(t, err)
	_, err = h.engine.Done(h.ctx(), hanako, id, dialer.DoneOptions{Stop: true})
	must(t, err)
	_, err = h.engine.Done(h.ctx(), taro, id, dialer.DoneOptions{Disposition: "sale", Stop: true})
	must(t, err)
	_, err = contact.WaitEnd(h.ctx())
	must(t, err)
	h.nothingLeft(keptHold, keptBooth)
}
