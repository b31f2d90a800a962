//go:build integration

package dialer_test

import (
	"testing"
	"time"

	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/internal/phone"
)

// reconnect asks for the agent's phone to be rung although it counts as connected, and answers the old leg.
func (a *human) reconnect(h *house, id string) (old *phone.Call) {
	h.t.Helper()
	rung := make(chan error, 1)
	go func() {
		_, err := h.engine.ReconnectPhone(h.ctx(), id)
		rung <- err
	}()
	old = a.leg
	leg, err := a.phone.NextCall(h.ctx())
	must(h.t, err)
	a.leg = leg
	must(h.t, <-rung)
	return old
}

func TestAPhoneThatLostItsEndIsRungAnewAndTheContactStays(t *testing.T) {
	h := newHouse(t, map[string]phone.Behaviour{"0001": phone.Answer()})
	agent, contact, id := h.talking()

	old := agent.reconnect(h, hanako)
	phone.AssertHears(t, phone.WhoHears{agent.leg: {contact}, contact: {agent.leg}})
	select {
	case <-old.Done():
	case <-h.ctx().Done():
		t.Fatal("the old leg is still up")
	}
	if _, heard := contact.Ear().FirstHeard(phone.Music, time.Time{}); heard {
		t.Error("the contact was on hold meanwhile")
	}
	v, err := h.engine.Call(h.ctx(), hanako, id)
	must(t, err)
	if v.State != "talking" {
		t.Errorf("the call is %s", v.State)
	}
	_, err = h.engine.End(h.ctx(), hanako, id)
	must(t, err)
	_, err = h.engine.Done(h.ctx(), hanako, id, dialer.DoneOptions{Disposition: "sale", Stop: true})
	must(t, err)

	agent.reconnect(h, hanako) // between calls it is the same
	if v, err := h.engine.Agent(h.ctx(), hanako); err != nil || v.State != "ready" || v.Phone.State != "connected" {
		t.Errorf("the agent is %s, the phone %s (%v)", v.State, v.Phone.State, err)
	}
}
