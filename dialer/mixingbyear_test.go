//go:build integration

package dialer_test

import (
	"testing"

	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/internal/phone"
)

// TestTwoAreMixedWhereTheNodeWantsIt: Asterisk says how, and both hear each other.
func TestTwoAreMixedWhereTheNodeWantsIt(t *testing.T) {
	for name, always := range map[string]bool{"softmix": true, "simple_bridge": false} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, map[string]phone.Behaviour{"0001": phone.Answer()}, func(c *dialer.Config) { c.Asterisk[0].MixAlways = always })
			agent, contact, _ := h.talking()
			phone.AssertHears(t, phone.WhoHears{agent.leg: {contact}, contact: {agent.leg}})
			booth, err := h.ari.Bridges.Get(h.ctx(), "hs.booth."+hanako)
			must(t, err)
			if booth.Technology != name {
				t.Errorf("Asterisk uses %s, want %s", booth.Technology, name)
			}
		})
	}
}
