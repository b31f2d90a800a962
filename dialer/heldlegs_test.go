package dialer

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
)

// legOf is the channel of an agent's phone.
func (r *rig) legOf(t *testing.T, who string) string {
	t.Helper()
	for _, left := range r.asterisk.Left() {
		if id, ok := strings.CutPrefix(left, "channel:"); ok && strings.HasPrefix(id, prefixAgent+who+".") {
			return id
		}
	}
	t.Fatalf("%s's phone has no leg", who)
	return ""
}

// heldLegs is the counter of legs that were given up.
func (r *rig) heldLegs(t *testing.T) int {
	t.Helper()
	registry := prometheus.NewRegistry()
	if err := registry.Register(r.engine.metrics.held); err != nil {
		t.Fatal(err)
	}
	n := 0.
	for _, counted := range readings(t, registry) {
		n += counted
	}
	return int(n)
}

// A leg that Asterisk holds after its phone has hung up is one agent's for two seconds, not for ten minutes.
func TestAHeldLegIsGivenUp(t *testing.T) {
	scene(t, newRedis(t), ways[call.Talking], func(r *rig, _ string) {
		held := r.legOf(t, "hanako")
		if err := r.asterisk.HoldLeg(held); err != nil {
			t.Fatal(err)
		}
		r.perform("hangup hanako phone")
		time.Sleep(heldAfter - 10*time.Millisecond)
		r.finds(t, "hanako", agent.PhoneConnected, call.Talking)
		r.perform("phone hanako slow") // it answers after three seconds
		time.Sleep(2 * time.Second)
		r.finds(t, "hanako", agent.PhoneRinging, call.Rescuing)
		time.Sleep(4 * time.Second)
		r.finds(t, "hanako", agent.PhoneConnected, call.Talking)
		if !slices.Contains(r.asterisk.Left(), "channel:"+held) {
			t.Error("the leg was not held, so the test shows nothing")
		}
		if n := r.heldLegs(t); n != 1 {
			t.Errorf("%d legs are counted as held, want 1", n)
		}
		time.Sleep(10 * time.Minute) // Asterisk lets it go
		if slices.Contains(r.asterisk.Left(), "channel:"+held) {
			t.Error("the leg is held for longer than Asterisk does")
		}
		r.finds(t, "hanako", agent.PhoneConnected, call.Talking)
	})
}

// A leg that ends as it should is not looked at twice.
func TestALegThatEndsIsNotHeld(t *testing.T) {
	scene(t, newRedis(t), ways[call.Talking], func(r *rig, _ string) {
		r.perform("hangup hanako phone")
		time.Sleep(2 * heldAfter)
		r.finds(t, "hanako", agent.PhoneConnected, call.Talking)
		if n := r.heldLegs(t); n != 0 {
			t.Errorf("%d legs are counted as held", n)
		}
		if n := len(r.engine.nodes[0].held.ending); n != 0 {
			t.Errorf("%d legs are waited for", n)
		}
	})
}
