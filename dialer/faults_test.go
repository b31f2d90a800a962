//go:build integration

package dialer_test

import (
	"errors"
	"testing"
	"time"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/internal/phone"
)

func (h *house) talking() (*human, *phone.Call, string) {
	h.t.Helper()
	h.open("090-1234-0001")
	agent := h.arrive(hanako)
	call := agent.record()
	agent.accept(call.ID)
	contact := h.contact()
	agent.await(call.ID, "talking")
	phone.AssertHears(h.t, phone.WhoHears{agent.leg: {contact}, contact: {agent.leg}})
	return agent, contact, call.ID
}

func TestContactHearsMusicWhileALostPhoneIsRungAgain(t *testing.T) {
	h := newHouse(t, map[string]phone.Behaviour{"0001": phone.Answer()})
	agent, contact, id := h.talking()

	must(t, agent.leg.Hangup(h.ctx()))
	agent.await(id, "rescuing")
	var err error
	agent.leg, err = agent.phone.NextCall(h.ctx()) // rung again, answers by itself
	must(t, err)
	agent.await(id, "talking")
	phone.AssertHears(t, phone.WhoHears{agent.leg: {contact}, contact: {agent.leg}})
	if _, heard := contact.Ear().FirstHeard(phone.Music, time.Time{}); !heard {
		t.Error("the contact heard no music meanwhile")
	}
}

func TestARestartOfAsteriskEndsItsCallsAndRingsAgentsAgain(t *testing.T) {
	h := newHouse(t, map[string]phone.Behaviour{"0001": phone.Answer()})
	agent, _, id := h.talking()

	must(t, h.ast.Kill(h.ctx()))
	must(t, h.ast.Start(t.Context()))
	v := agent.await(id, "wrap-up")
	if v.Result != "answered" {
		t.Errorf("result %s, want answered: they had talked", v.Result)
	}
	asterisktest.Eventually(t, 20*time.Second, func() bool { return h.engine.Available() == nil }, "connected again")
	_, err := h.engine.Done(h.ctx(), hanako, id, dialer.DoneOptions{Disposition: "sale", Stop: true})
	must(t, err)
	must(t, agent.phone.Register(h.ctx()))
	asterisktest.Eventually(t, 20*time.Second, func() bool {
		v, err := h.engine.Agent(h.ctx(), hanako)
		must(t, err)
		return v.Phone.State == "connected"
	}, "the agent's phone is in the booth again")
}

func TestDoneIsRefusedWhileRedisIsAwayAndWorksAfterwards(t *testing.T) {
	h := newHouse(t, map[string]phone.Behaviour{"0001": phone.Answer()})
	agent, contact, id := h.talking()

	h.redis.SetError("LOADING Redis is loading the dataset in memory")
	phone.AssertHears(t, phone.WhoHears{agent.leg: {contact}, contact: {agent.leg}})
	_, err := h.engine.Done(h.ctx(), hanako, id, dialer.DoneOptions{Disposition: "sale", Stop: true})
	var refused *dialer.Error
	if !errors.As(err, &refused) || refused.Code != dialer.CodeStoreUnavailable {
		t.Fatalf("done without Redis: %v, want %s", err, dialer.CodeStoreUnavailable)
	}
	h.redis.SetError("")
	v, err := h.engine.Done(h.ctx(), hanako, id, dialer.DoneOptions{Stop: true})
	must(t, err)
	if v.State != "closed" || v.Disposition != "sale" {
		t.Errorf("%s with %q, want closed with sale", v.State, v.Disposition)
	}
	counts, err := h.store.Counts(h.ctx(), spring)
	must(t, err)
	if counts.Closed != 1 {
		t.Errorf("%d records closed, want 1", counts.Closed)
	}
}

func TestStoppingTheEngineLeavesNothingBehind(t *testing.T) {
	h := newHouse(t, map[string]phone.Behaviour{"0001": phone.Answer()})
	_, contact, _ := h.talking()
	h.stop()
	_, err := contact.WaitEnd(h.ctx())
	must(t, err)
	h.nothingLeft(keptHold)
	counts, err := h.store.Counts(h.ctx(), spring)
	must(t, err)
	if counts.Out != 0 {
		t.Errorf("%d records still out, want 0", counts.Out)
	}
}
