// Package simulate plays shifts of a call centre in seconds: contacts who answer or do not, agents who talk and wrap up, and the
// very pacing that dials in production.
package simulate

import (
	"fmt"
	"slices"
	"time"

	"github.com/hasshin/hasshin/dialer/pacing"
)

// Pacer says how many calls to place. [pacing.Controller] is one.
type Pacer interface {
	Handle(pacing.Event) pacing.Decision
}

// Shift is what came of one simulated shift.
type Shift struct {
	Length    time.Duration
	SignedIn  time.Duration // agents' time, all together, without pauses
	Busy      time.Duration // of it talking or in wrap-up
	Talking   time.Duration // of it talking
	Calls     int           // placed
	Live      int           // answered by a person
	Abandoned int           // of these, without an agent within the connect limit
	Waits     []float64     // seconds that agents were ready before each of their calls
	Decisions int
	PeakCalls int // most in flight at once
}

// Utilisation is the share of their time in which agents talked or wrapped up.
func (s Shift) Utilisation() float64 { return s.Busy.Seconds() / s.SignedIn.Seconds() }

// AbandonRate is the share of live answers that were abandoned.
func (s Shift) AbandonRate() float64 {
	if s.Live == 0 {
		return 0
	}
	return float64(s.Abandoned) / float64(s.Live)
}

// start of all simulated shifts; any moment would do.
var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

type stage uint8

const (
	arrives stage = iota
	leaves
	talkEnds
	wrapEnds
	pauseEnds
	callAnswers
	callLive
	callEnds
	patienceEnds
)

type happening struct {
	at    float64
	order uint64 // of those at the same time, the first that was planned
	stage stage
	who   int
}

type worker struct {
	name                string
	free, talking, busy bool
	since               float64
	here                bool
	leaving             bool // as soon as the call is done
	away                bool // on a pause, which is not work
}

// span is a time in which an agent is there, in seconds since the start.
type span struct{ from, to float64 }

type leg struct {
	fate    fate
	name    string
	waiting bool
	over    bool
}

type shift struct {
	s       Scenario
	pacer   Pacer
	world   world
	observe func(pacing.Event, pacing.Decision)
	end     float64
	now     float64
	queue   []happening
	order   uint64
	agents  []worker
	idle    []int // agents, longest idle first
	calls   []leg
	waiting []int // calls, longest waiting first
	flying  int
	talks   int
	told    int // free lines that the pacer knows of
	out     Shift
}

// Run plays one shift. The same scenario, seed and pacer give the same shift. observe, if not nil, sees every event and decision.
func Run(s Scenario, seed uint64, pacer Pacer, observe func(pacing.Event, pacing.Decision)) Shift {
	spans := make([][]span, s.Agents)
	for i := range spans {
		spans[i] = []span{{s.ArriveOver.Seconds() * float64(i) / float64(s.Agents), s.Shift.Seconds()}}
	}
	return play(s, spans, newChance(s, seed), pacer, observe)
}

func play(s Scenario, spans [][]span, w world, pacer Pacer, observe func(pacing.Event, pacing.Decision)) Shift {
	x := &shift{s: s, pacer: pacer, world: w, observe: observe, end: s.Shift.Seconds(), told: -1}
	x.out.Length = s.Shift
	x.agents = make([]worker, len(spans))
	for i, all := range spans {
		x.agents[i].name = fmt.Sprintf("agent-%d", i+1)
		for _, p := range all {
			x.plan(p.from, arrives, i)
			x.plan(p.to, leaves, i)
		}
	}
	x.tell(pacing.Event{Kind: pacing.Period})
	last := 0.0
	for {
		// With nothing happening, time itself does.
		if next := last + pacing.MaxInterval.Seconds(); len(x.queue) == 0 || x.queue[0].at > next {
			if next >= x.end {
				break
			}
			x.now, last = next, next
			x.tell(pacing.Event{Kind: pacing.Tick})
			continue
		}
		h := x.pop()
		if h.at >= x.end {
			break
		}
		x.now, last = h.at, h.at
		x.happens(h)
	}
	x.now = x.end
	for i := range x.agents {
		x.account(i)
	}
	return x.out
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func (x *shift) happens(h happening) {
	switch h.stage {
	case arrives:
		x.arrives(h.who)
	case leaves:
		x.leaves(h.who)
	case talkEnds:
		x.account(h.who)
		x.talks--
		a := &x.agents[h.who]
		a.talking, a.busy = false, true
		x.plan(x.now+x.world.wrap(), wrapEnds, h.who)
		x.lines()
		x.tell(pacing.Event{Kind: pacing.AgentWrapUp, Agent: a.name})
	case wrapEnds:
		x.account(h.who)
		x.agents[h.who].busy = false
		p := x.world.pause()
		if p > 0 {
			x.agents[h.who].away = true
			x.plan(x.now+p, pauseEnds, h.who)
			x.tell(pacing.Event{Kind: pacing.AgentAway, Agent: x.agents[h.who].name})
			return
		}
		x.becomesReady(h.who)
	case pauseEnds:
		x.becomesReady(h.who)
	default:
		x.callHappens(h)
	}
}

func (x *shift) callHappens(h happening) {
	c := &x.calls[h.who]
	if c.over {
		return
	}
	switch h.stage {
	case callAnswers:
		x.plan(x.now+c.fate.detect, callLive, h.who)
		x.tell(pacing.Event{Kind: pacing.Answered, Call: c.name})
	case callLive:
		if !c.fate.person {
			x.callOver(h.who)
			x.tell(pacing.Event{Kind: pacing.Ended, Call: c.name})
			return
		}
		x.out.Live++
		c.waiting = true
		x.waiting = append(x.waiting, h.who)
		x.tell(pacing.Event{Kind: pacing.Live, Call: c.name})
		if c := &x.calls[h.who]; c.waiting {
			x.connect()
		}
		if c := &x.calls[h.who]; c.waiting {
			x.plan(x.now+x.s.ConnectLimit.Seconds(), patienceEnds, h.who)
		}
	case callEnds:
		x.callOver(h.who)
		x.tell(pacing.Event{Kind: pacing.Ended, Call: c.name})
	case patienceEnds:
		if !c.waiting {
			return
		}
		x.waiting = x.waiting[1:]
		x.out.Abandoned++
		x.callOver(h.who)
		x.tell(pacing.Event{Kind: pacing.Abandoned, Call: c.name})
	}
}

func (x *shift) callOver(i int) {
	x.calls[i].over, x.calls[i].waiting = true, false
	x.flying--
	x.lines()
}

func (x *shift) arrives(i int) {
	a := &x.agents[i]
	if a.here {
		a.leaving = false // back before the call was done
		return
	}
	a.here, a.since = true, x.now
	x.becomesReady(i)
}

func (x *shift) leaves(i int) {
	a := &x.agents[i]
	if !a.free {
		a.leaving = a.here
		return
	}
	x.account(i)
	a.here, a.free = false, false
	x.idle = slices.DeleteFunc(x.idle, func(j int) bool { return j == i })
	x.tell(pacing.Event{Kind: pacing.AgentAway, Agent: a.name})
}

func (x *shift) becomesReady(i int) {
	x.account(i)
	a := &x.agents[i]
	a.away = false
	if a.leaving {
		a.here, a.leaving = false, false
		x.tell(pacing.Event{Kind: pacing.AgentAway, Agent: a.name})
		return
	}
	a.free = true
	x.idle = append(x.idle, i)
	x.tell(pacing.Event{Kind: pacing.AgentReady, Agent: a.name})
	x.connect()
}

// connect joins whoever has waited longest with the agent who has been ready longest.
func (x *shift) connect() {
	for len(x.waiting) > 0 && len(x.idle) > 0 {
		i, who := x.waiting[0], x.idle[0]
		x.waiting, x.idle = x.waiting[1:], x.idle[1:]
		a := &x.agents[who]
		x.out.Waits = append(x.out.Waits, x.now-a.since)
		x.account(who)
		a.free, a.talking, a.busy = false, true, true
		x.calls[i].over, x.calls[i].waiting = true, false
		x.flying--
		x.talks++
		x.plan(x.now+x.world.talk(), talkEnds, who)
		x.tell(pacing.Event{Kind: pacing.Connected, Call: x.calls[i].name, Agent: a.name})
	}
}

// account adds up what an agent did until now.
func (x *shift) account(i int) {
	a := &x.agents[i]
	if a.here && !a.away {
		x.out.SignedIn += seconds(x.now - a.since)
	}
	if a.busy {
		x.out.Busy += seconds(x.now - a.since)
	}
	if a.talking {
		x.out.Talking += seconds(x.now - a.since)
	}
	a.since = x.now
}

// lines tells the pacer how many channels are free, where they are limited.
func (x *shift) lines() {
	if x.s.Lines == 0 {
		return
	}
	free := max(int(x.s.Lines*float64(x.s.Agents))-x.flying-x.talks, 0)
	if free != x.told {
		x.told = free
		x.tell(pacing.Event{Kind: pacing.Lines, Free: free})
	}
}

// tell lets the pacer decide and places the calls it asks for.
func (x *shift) tell(e pacing.Event) {
	e.At = start.Add(seconds(x.now))
	d := x.pacer.Handle(e)
	x.out.Decisions++
	if x.observe != nil {
		x.observe(e, d)
	}
	for range d.Dial {
		x.dial()
	}
	if d.Dial > 0 {
		x.lines()
	}
}

func (x *shift) dial() {
	i := len(x.calls)
	f := x.world.call(x.now)
	x.calls = append(x.calls, leg{fate: f, name: fmt.Sprintf("call-%d", i+1)})
	x.flying++
	x.out.Calls++
	x.out.PeakCalls = max(x.out.PeakCalls, x.flying)
	switch at := x.now + f.after; {
	case (f.person || f.machine) && f.detect > 0:
		x.plan(at, callAnswers, i)
	case f.person:
		x.plan(at, callLive, i)
	default:
		x.plan(at, callEnds, i)
	}
	x.tell(pacing.Event{Kind: pacing.Dialed, Call: x.calls[i].name})
}

func (x *shift) plan(at float64, s stage, who int) {
	x.order++
	x.queue = append(x.queue, happening{at, x.order, s, who})
	for i := len(x.queue) - 1; i > 0; {
		up := (i - 1) / 2
		if !sooner(x.queue[i], x.queue[up]) {
			break
		}
		x.queue[i], x.queue[up] = x.queue[up], x.queue[i]
		i = up
	}
}

func sooner(a, b happening) bool { return a.at < b.at || a.at == b.at && a.order < b.order }

func (x *shift) pop() happening {
	q := x.queue
	top, last := q[0], len(q)-1
	q[0] = q[last]
	q = q[:last]
	for i := 0; ; {
		down := 2*i + 1
		if down >= last {
			break
		}
		if down+1 < last && sooner(q[down+1], q[down]) {
			down++
		}
		if !sooner(q[down], q[i]) {
			break
		}
		q[i], q[down] = q[down], q[i]
		i = down
	}
	x.queue = q
	return top
}
