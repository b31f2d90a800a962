package dialer

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/hasshin/hasshin/ari"
)

// heldLegs gives up legs that have been hung up and that Asterisk keeps all the same: one to which a sound begins in the moment in which its phone
// hangs up stays Up for ten minutes and takes no command (docs/asterisk.md). The agent's phone is rung again meanwhile, as after any other end.
type heldLegs struct {
	n *node

	mu     sync.Mutex
	ending map[string]*time.Timer // legs that have been hung up and are not gone
	given  map[string]bool        // legs that were given up, until they are gone
}

// heldAfter is longer than a leg takes to end once it has been hung up.
const heldAfter = 2 * time.Second

func newHeldLegs(n *node) *heldLegs {
	return &heldLegs{n: n, ending: map[string]*time.Timer{}, given: map[string]bool{}}
}

// hungUp takes that a leg was hung up, from either side.
func (h *heldLegs) hungUp(ev *ari.ChannelHangupRequest) {
	if prefix, _ := owner(ev.Channel.ID); prefix != prefixAgent && prefix != prefixCall {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ending[ev.Channel.ID] == nil && !h.given[ev.Channel.ID] {
		h.ending[ev.Channel.ID] = time.AfterFunc(heldAfter, func() { h.n.aside(func(ctx context.Context) { h.look(ctx, ev) }) })
	}
}

// look gives a leg up that is there still.
func (h *heldLegs) look(ctx context.Context, ev *ari.ChannelHangupRequest) {
	id := ev.Channel.ID
	_, err := h.n.ari.Channels.Get(ctx, id)
	h.mu.Lock()
	_, ending := h.ending[id]
	delete(h.ending, id)
	held := ending && err == nil
	if held {
		h.given[id] = true
	}
	h.mu.Unlock()
	switch {
	case held:
		h.n.e.metrics.held.WithLabelValues(h.n.cfg.Name).Inc()
		h.n.log.Warn().Str("channel", id).Msg("Asterisk holds a leg that has been hung up; it is given up")
		h.n.ended(&ari.ChannelDestroyed{
			EventHeader: ev.EventHeader, Channel: ev.Channel, Cause: ev.Cause, TechCause: ev.TechCause, CauseText: "Hung up, and held by Asterisk",
		})
	case err != nil && !errors.Is(err, ari.ErrNotFound):
		h.n.log.Warn().Err(err).Str("channel", id).Msg("cannot see whether Asterisk holds a leg that has been hung up")
	}
}

// gone takes the end of a leg. It answers whether that was told before, when the leg was given up.
func (h *heldLegs) gone(id string) (before bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if timer := h.ending[id]; timer != nil {
		timer.Stop()
		delete(h.ending, id)
	}
	before = h.given[id]
	delete(h.given, id)
	return before
}

// stop ends all looking.
func (h *heldLegs) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, timer := range h.ending {
		timer.Stop()
	}
	clear(h.ending)
}

// reconcile forgets what ended while nobody listened.
func (h *heldLegs) reconcile(present map[string]ari.Channel) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for id, timer := range h.ending {
		if _, there := present[id]; !there {
			timer.Stop()
			delete(h.ending, id)
		}
	}
	for id := range h.given {
		if _, there := present[id]; !there {
			delete(h.given, id)
		}
	}
}
