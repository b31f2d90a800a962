package simulate

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/hasshin/hasshin/dialer/pacing"
)

// Day is a recorded day: what became of its calls and when, how long people talked, when agents were there. It can be played again
// under other settings; then a call becomes what one of those did that were placed at about that time of the day.
type Day struct {
	Length time.Duration
	calls  []pastCall // by time
	talks  []float64
	wraps  []float64
	agents [][]span
}

type pastCall struct {
	at   float64
	fate fate
}

// ReadDay gathers a day from its decision log. It needs agents, and calls that ended.
func ReadDay(records []pacing.Record) (*Day, error) {
	if len(records) == 0 {
		return nil, errors.New("the log is empty")
	}
	r := dayReader{start: timeOf(records[0]), flying: map[string]*pastFlight{}, agents: map[string]*pastAgent{}}
	for i, record := range records {
		at := timeOf(record).Sub(r.start).Seconds()
		if at < r.now {
			return nil, fmt.Errorf("record %d is of %s, before the one above it", i+1, timeOf(record))
		}
		if b := record.Begin; b != nil && !b.Continues {
			r.everybodyLeaves()
		}
		r.now = at
		if record.Begin == nil {
			r.read(record.Event)
		}
	}
	d := &Day{Length: seconds(r.now), calls: r.calls, talks: r.talks, wraps: r.wraps}
	for _, id := range r.order {
		a := r.agents[id]
		if a.here {
			a.spans = append(a.spans, span{a.came, r.now})
		}
		d.agents = append(d.agents, a.spans)
	}
	slices.SortStableFunc(d.calls, func(a, b pastCall) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return 0
	})
	switch {
	case len(d.agents) == 0:
		return nil, errors.New("nobody was signed in in the whole log")
	case len(d.calls) == 0:
		return nil, errors.New("no call ended in the whole log")
	case len(d.talks) == 0 || len(d.wraps) == 0:
		return nil, errors.New("no conversation ended in the whole log")
	}
	return d, nil
}

func timeOf(r pacing.Record) time.Time {
	if r.Begin != nil {
		return r.Begin.At
	}
	return r.Event.At
}

type dayReader struct {
	start  time.Time
	now    float64
	flying map[string]*pastFlight
	agents map[string]*pastAgent
	order  []string // agents as they came
	calls  []pastCall
	talks  []float64
	wraps  []float64
}

type pastFlight struct {
	dialed, answered float64
	detected         bool
}

type pastAgent struct {
	here  bool
	came  float64
	doing pacing.Kind
	since float64
	spans []span
}

func (r *dayReader) read(e pacing.Event) {
	switch e.Kind {
	case pacing.Dialed:
		r.flying[e.Call] = &pastFlight{dialed: r.now}
	case pacing.Answered:
		if f := r.flying[e.Call]; f != nil {
			f.answered, f.detected = r.now, true
		}
	case pacing.Live:
		r.became(e.Call, true)
	case pacing.Ended:
		r.became(e.Call, false)
	case pacing.Connected:
		r.agentIs(e.Agent, pacing.AgentTalking)
	case pacing.AgentReady, pacing.AgentTalking, pacing.AgentWrapUp, pacing.AgentAway:
		r.agentIs(e.Agent, e.Kind)
	}
}

// became notes the outcome of a call, once.
func (r *dayReader) became(id string, person bool) {
	f := r.flying[id]
	if f == nil {
		return
	}
	delete(r.flying, id)
	was := fate{person: person, machine: f.detected && !person, after: r.now - f.dialed}
	if f.detected {
		was.after, was.detect = f.answered-f.dialed, r.now-f.answered
	}
	r.calls = append(r.calls, pastCall{f.dialed, was})
}

func (r *dayReader) agentIs(id string, k pacing.Kind) {
	a := r.agents[id]
	if a == nil {
		if k == pacing.AgentAway {
			return
		}
		a = &pastAgent{}
		r.agents[id] = a
		r.order = append(r.order, id)
	}
	if a.here && a.doing == k {
		return
	}
	switch a.doing {
	case pacing.AgentTalking:
		r.talks = append(r.talks, r.now-a.since)
		if k != pacing.AgentWrapUp {
			r.wraps = append(r.wraps, 0)
		}
	case pacing.AgentWrapUp:
		r.wraps = append(r.wraps, r.now-a.since)
	}
	switch {
	case k == pacing.AgentAway && a.here:
		a.spans = append(a.spans, span{a.came, r.now})
	case k != pacing.AgentAway && !a.here:
		a.came = r.now
	}
	a.here, a.doing, a.since = k != pacing.AgentAway, k, r.now
}

// everybodyLeaves notes that a process has ended: what it had begun has no known end. Who is still there is told by the next one.
func (r *dayReader) everybodyLeaves() {
	clear(r.flying)
	for _, a := range r.agents {
		if a.here {
			a.spans = append(a.spans, span{a.came, r.now})
		}
		*a = pastAgent{spans: a.spans}
	}
}

// Agents is how many were there at one time or another.
func (d *Day) Agents() int { return len(d.agents) }

// Calls is how many calls were placed and ended.
func (d *Day) Calls() int { return len(d.calls) }

// Run plays the day again with another pacer. The connect limit is that of the pacing.
func (d *Day) Run(connectLimit time.Duration, seed uint64, pacer Pacer, observe func(pacing.Event, pacing.Decision)) Shift {
	s := Scenario{Agents: len(d.agents), Shift: d.Length, ConnectLimit: connectLimit}
	return play(s, d.agents, &again{d: d, dice: rand.New(rand.NewPCG(seed, 4)), talks: rand.New(rand.NewPCG(seed, 5))}, pacer, observe)
}

// again draws from what happened.
type again struct {
	d           *Day
	dice, talks *rand.Rand
}

// nearby is how far from a time of the day a call may be taken, in seconds, and atLeast how many there have to be to choose from.
const (
	nearby  = 300
	atLeast = 20
)

func (a *again) call(at float64) fate {
	calls := a.d.calls
	from, _ := slices.BinarySearchFunc(calls, at-nearby, func(c pastCall, t float64) int { return sign(c.at - t) })
	to, _ := slices.BinarySearchFunc(calls, at+nearby, func(c pastCall, t float64) int { return sign(c.at - t) })
	if missing := atLeast - (to - from); missing > 0 {
		from, to = max(from-missing, 0), min(to+missing, len(calls))
	}
	return calls[from+a.dice.IntN(to-from)].fate
}

func sign(x float64) int {
	if x < 0 {
		return -1
	}
	return 1
}

func (a *again) talk() float64  { return a.d.talks[a.talks.IntN(len(a.d.talks))] }
func (a *again) wrap() float64  { return a.d.wraps[a.talks.IntN(len(a.d.wraps))] }
func (a *again) pause() float64 { return 0 } // away times are in the agents' presence
