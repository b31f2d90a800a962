package simulate

import (
	"time"

	"github.com/hasshin/hasshin/dialer/pacing"
)

// LevelMethod says how the dial level changes.
type LevelMethod string

// Dial methods of the level family, as VICIDIAL documents them (docs/PREDICTIVE.txt, 2006, and its manager manual).
const (
	FixedRatio LevelMethod = "ratio"   // the level stays as it is
	HardLimit  LevelMethod = "hard"    // level 1 as long as the drop rate is above its limit
	Tapered    LevelMethod = "tapered" // lenient in the first half of the shift, stricter towards its end
	Average    LevelMethod = "average" // above the limit the level goes down in proportion, no hard stop
)

// Levels is the adaptive level method: lines are dialed up to the number of active agents (ready or talking) times a level, and every 15 seconds the level is
// moved by how many agents waited for calls, or calls for agents, beside a target. It is here to compare with; written
// from its documentation.
type Levels struct {
	Method    LevelMethod
	Level     float64       // at the start
	MaxLevel  float64       // 3 by default
	DropLimit float64       // share of live answers, looked at once a minute
	Target    float64       // calls waiting wished for; negative: agents waiting. 0 by default
	ReadyOnly bool          // lines are counted by ready agents and calls in flight, not by active agents and all lines ("available only tally")
	Shift     time.Duration // for Tapered

	agents             map[string]pacing.Kind
	ready, talking     int
	calls              map[string]bool // in flight; true: a person waits
	waiting            int
	live, dropped      int
	drops              float64
	start              time.Time
	sampled, adapted   time.Time
	dialed, looked     time.Time
	waitedFor, samples float64
}

// How often it looks, by its documentation.
const (
	dialEvery   = 2500 * time.Millisecond
	sampleEvery = time.Second
	adaptEvery  = 15 * time.Second
	lookEvery   = time.Minute
)

// Handle takes note of an event and dials when the time has come.
func (l *Levels) Handle(e pacing.Event) pacing.Decision {
	if l.agents == nil {
		l.agents, l.calls = map[string]pacing.Kind{}, map[string]bool{}
		l.start, l.sampled, l.adapted, l.dialed, l.looked = e.At, e.At, e.At, e.At, e.At
	}
	l.note(e)
	if e.At.Sub(l.sampled) >= sampleEvery {
		l.sampled = e.At
		l.waitedFor += float64(l.ready - l.waiting)
		l.samples++
	}
	if e.At.Sub(l.looked) >= lookEvery && l.live > 0 {
		l.looked, l.drops = e.At, float64(l.dropped)/float64(l.live)
	}
	if e.At.Sub(l.adapted) >= adaptEvery {
		l.adapted = e.At
		l.adapt(e.At.Sub(l.start))
	}
	if e.At.Sub(l.dialed) < dialEvery {
		return pacing.Decision{}
	}
	l.dialed = e.At
	lines, have := l.Level*float64(l.ready+l.talking), len(l.calls)+l.talking // those in wrap-up are paused, not active
	if l.ReadyOnly {
		lines, have = l.Level*float64(l.ready), len(l.calls)
	}
	return pacing.Decision{Dial: max(int(lines)-have, 0)}
}

func (l *Levels) note(e pacing.Event) {
	switch e.Kind {
	case pacing.AgentReady, pacing.AgentWrapUp, pacing.AgentTalking:
		l.agentIs(e.Agent, e.Kind)
	case pacing.AgentAway:
		l.agentIs(e.Agent, "")
	case pacing.Dialed:
		l.calls[e.Call] = false
	case pacing.Live:
		l.calls[e.Call] = true
		l.waiting++
		l.live++
	case pacing.Connected:
		l.over(e.Call)
		l.agentIs(e.Agent, pacing.AgentTalking)
	case pacing.Abandoned:
		l.over(e.Call)
		l.dropped++
	case pacing.Ended:
		l.over(e.Call)
	}
}

func (l *Levels) over(call string) {
	if l.calls[call] {
		l.waiting--
	}
	delete(l.calls, call)
}

func (l *Levels) agentIs(id string, k pacing.Kind) {
	switch l.agents[id] {
	case pacing.AgentReady:
		l.ready--
	case pacing.AgentTalking:
		l.talking--
	}
	switch k {
	case pacing.AgentReady:
		l.ready++
	case pacing.AgentTalking:
		l.talking++
	case "":
		delete(l.agents, id)
		return
	}
	l.agents[id] = k
}

// adapt moves the level by the agents who waited in the last 15 seconds, and keeps the drop rate as the method says.
func (l *Levels) adapt(elapsed time.Duration) {
	if l.Method == FixedRatio || l.samples == 0 || len(l.agents) == 0 {
		return
	}
	difference := l.waitedFor/l.samples + l.Target
	l.waitedFor, l.samples = 0, 0
	l.Level *= 1 + difference/float64(len(l.agents))
	if l.drops > l.DropLimit {
		switch l.Method {
		case HardLimit:
			l.Level = 1
		case Tapered:
			if half := l.Shift / 2; elapsed > half {
				left := 1 - float64(elapsed-half)/float64(l.Shift-half)
				l.Level = 1 + (l.Level-1)*max(left, 0)
			}
		case Average:
			l.Level = 1 + (l.Level-1)*l.DropLimit/l.drops
		}
	}
	l.Level = min(max(l.Level, 1), l.MaxLevel)
}
