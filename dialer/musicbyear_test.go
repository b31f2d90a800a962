//go:build integration

package dialer_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/internal/phone"
)

// prompt is how soon music is heard after the command to hold: a packet or two, and what two busy cores may take.
const prompt = 100 * time.Millisecond

// holds puts the contact on hold and answers how long after the command music was heard. Nobody else is on hold unless another lane does the same.
func (l *lane) holds(t *testing.T) time.Duration {
	t.Helper()
	began := time.Now()
	_, err := l.h.engine.Hold(within(t), l.agent.id, l.id)
	must(t, err)
	at, err := l.contact.Ear().WaitHeard(within(t), phone.Music, began)
	must(t, err)
	_, err = l.h.engine.Resume(within(t), l.agent.id, l.id)
	must(t, err)
	return at.Sub(began)
}

// TestHoldMusicIsThereAtOnce holds the very first contact of a node, then contacts of two agents in quick alternation, so that each is
// often the last to leave the music or the first to come to it; and again after the channel that keeps it playing was hung up.
func TestHoldMusicIsThereAtOnce(t *testing.T) {
	lanes := newLanes(t, 2)
	for _, l := range lanes {
		l.ready(t)
		l.talking(t)
	}
	h := lanes[0].h
	late := func(what string, took ...time.Duration) {
		t.Helper()
		slices.Sort(took)
		t.Logf("%s, hold to music of %d: p50 %v, longest %v", what, len(took), took[len(took)/2], took[len(took)-1])
		if took[len(took)/2] > prompt || took[len(took)-1] > 5*prompt {
			t.Errorf("%s: music is late: %v", what, took)
		}
	}
	late("the first", lanes[0].holds(t))
	var mu sync.Mutex
	var all []time.Duration
	var running sync.WaitGroup
	for i, l := range lanes {
		running.Go(func() {
			for n := range 12 {
				took := l.holds(t)
				mu.Lock()
				all = append(all, took)
				mu.Unlock()
				<-time.After(time.Duration((n*37+i*53)%80) * time.Millisecond) // out of step with the other
			}
		})
	}
	running.Wait()
	late("in alternation", all...)

	must(t, h.ari.Channels.Hangup(within(t), "hs.hold.ast1.listener", ari.HangupNormal))
	asterisktest.Eventually(t, patience, func() bool {
		b, err := h.ari.Bridges.Get(within(t), "hs.hold.ast1")
		must(t, err)
		return slices.Contains(b.Channels, "hs.hold.ast1.listener")
	}, "the music is listened to again")
	late("after its keeper died", lanes[1].holds(t))
	if said := h.complaints.list(); len(said) > 0 {
		t.Errorf("logged as errors: %v", said)
	}
	for _, l := range lanes {
		l.finish(t)
	}
}
