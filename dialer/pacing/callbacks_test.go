package pacing

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"
)

// in are times from now on.
func (h *house) in(from ...time.Duration) []time.Time {
	var due []time.Time
	for _, d := range from {
		due = append(due, h.at.Add(d))
	}
	return due
}

// team is a house with so many agents who are ready and so many who have just begun to wrap up, and with much to spend. It has placed no calls yet.
func team(mode Mode, ready, wrapping int) *house {
	cfg := Defaults()
	cfg.Mode = mode
	h := newHouse(cfg)
	h.tell(Event{Kind: Period, LiveCount: 10000})
	h.free = 0
	h.tell(Event{Kind: Lines})
	for i := range ready + wrapping {
		kind := AgentReady
		if i >= ready {
			kind = AgentWrapUp
		}
		h.tell(Event{Kind: kind, Agent: fmt.Sprint("agent-", i)})
	}
	return h
}

// dials lets the lines be free.
func (h *house) dials() Decision {
	h.free = -1
	return h.tell(Event{Kind: Lines, Free: -1})
}

func TestAgentsAreKeptForCallbacks(t *testing.T) {
	const ring = 26 * time.Second
	for _, c := range []struct {
		what         string
		agent        string
		due          []time.Duration
		kept, dialed int // of three who are ready, one to one
	}{
		{"none", "", nil, 0, 3},
		{"one is waiting for somebody", "", []time.Duration{-time.Minute}, 1, 2},
		{"one comes while a call would ring", "", []time.Duration{ring - time.Second}, 1, 2},
		{"one comes when a call has rung out", "", []time.Duration{ring + 5*time.Second}, 0, 3},
		{"two, and one later", "", []time.Duration{time.Hour, 0, 9 * time.Second}, 2, 1},
		{"more than there are agents", "", []time.Duration{0, 0, 0, 0, 0}, 3, 0},
		{"an agent's own", "agent-1", []time.Duration{5 * time.Second}, 1, 2},
		{"several of one agent's own", "agent-1", []time.Duration{5 * time.Second, 0, 0}, 1, 2},
		{"of an agent who is not ready", "agent-3", []time.Duration{0}, 0, 3},
		{"of an agent who is not there", "agent-9", []time.Duration{0}, 0, 3},
	} {
		t.Run(c.what, func(t *testing.T) {
			h := team(Progressive, 3, 1)
			h.tell(Event{Kind: Callbacks, Agent: c.agent, Due: h.in(c.due...)})
			if d := h.dials(); d.Dial != c.dialed || d.Kept != c.kept || d.Ready != 3 {
				t.Errorf("%d kept, %d dialed of %d ready; want %d kept and %d dialed", d.Kept, d.Dial, d.Ready, c.kept, c.dialed)
			}
		})
	}
}

// What is said later holds, and time brings what was said nearer.
func TestCallbacksComeNearerAndGo(t *testing.T) {
	h := team(Progressive, 1, 0)
	h.tell(Event{Kind: Callbacks, Due: h.in(40 * time.Second)})
	if d := h.dials(); d.Dial != 1 {
		t.Fatalf("%d dialed 40 s before; want 1", d.Dial)
	}
	h.at = h.at.Add(20 * time.Second)
	if d := h.tell(Event{Kind: Ended, Call: h.ringing[0]}); d.Dial != 0 || d.Kept != 1 {
		t.Errorf("%d dialed, %d kept 20 s before; want 0 and 1", d.Dial, d.Kept)
	}
	if d := h.tell(Event{Kind: Callbacks}); d.Dial != 1 || d.Kept != 0 {
		t.Errorf("%d dialed, %d kept after it was taken back; want 1 and 0", d.Dial, d.Kept)
	}
}

// The more callbacks come due, the fewer calls are placed for those who will be ready: a wrap-up that ends within seconds brings nobody when a callback
// is there first.
func TestNobodyIsDialedForWhoWillBeGivenACallback(t *testing.T) {
	dialed := func(agent string, due ...time.Duration) int {
		h := team(Predictive, 2, 12)
		h.tell(Event{Kind: Callbacks, Agent: agent, Due: h.in(due...)})
		return h.dials().Dial
	}
	free := dialed("")
	if later := dialed("", time.Hour); later != free {
		t.Errorf("%d calls with a callback due in an hour, %d with none", later, free)
	}
	last := free
	for _, n := range []int{1, 2, 4} {
		got := dialed("", slices.Repeat([]time.Duration{0}, n)...)
		if got >= last {
			t.Errorf("%d calls with %d callbacks due, %d with fewer", got, n, last)
		}
		last = got
	}
	if last != 0 {
		t.Errorf("%d calls although the callbacks take more agents than are ready, and the others have just begun to wrap up", last)
	}
	if soon := dialed("", 15*time.Second, 15*time.Second, 15*time.Second, 15*time.Second); soon >= free {
		t.Errorf("%d calls with four callbacks due in 15 s, %d with none", soon, free)
	}
	of := func(n int) int {
		h := team(Predictive, 2, 12)
		for i := range n {
			h.tell(Event{Kind: Callbacks, Agent: fmt.Sprint("agent-", 2+i), Due: h.in(0)})
		}
		return h.dials().Dial
	}
	if none, half, all := of(0), of(6), of(12); none != free || half >= none || all >= half {
		t.Errorf("%d calls; %d when six of the twelve who wrap up have a callback next, %d when all have: want fewer each time", none, half, all)
	}
}

// A log from before there were callbacks, or without any, is decided as it was.
func TestWithoutCallbacksNothingChanges(t *testing.T) {
	a, b := team(Predictive, 3, 9), team(Predictive, 3, 9)
	b.tell(Event{Kind: Callbacks, Due: b.in(time.Hour)})
	b.tell(Event{Kind: Callbacks, Agent: "agent-1", Due: b.in(time.Hour)})
	if da, db := a.dials(), b.dials(); !reflect.DeepEqual(da, db) {
		t.Errorf("without %+v, with some far away %+v", da, db)
	}
}
