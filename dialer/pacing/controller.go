package pacing

import (
	"math"
	"time"
)

// Controller paces one campaign. It does no I/O, has no clock and no randomness: what it decides depends on its configuration and
// the events it was told, in their order. It is not for concurrent use.
type Controller struct {
	cfg   Config
	mode  Mode
	epoch time.Time
	now   float64 // seconds since epoch

	calls    []call
	callAt   map[string]int
	agents   []agent
	agentAt  map[string]int
	promised callbacks
	ordered  int // calls asked for by decisions and not yet placed
	free     int // calls that the trunks still take; negative: any number

	answers  *answers
	handling *handling
	settled  float64 // when what was learned last began to count
	budget   budget
	outlook  outlook // as believed
	worse    outlook // if people answered as usual, and not less
	steps    []int   // of the horizon, for calls that ring
	scratch  struct {
		ages   [ageSteps / 2]int // by whole seconds
		talk   [talkBins]int
		wrap   [wrapBins]int
		answer [horizons]float64
		fresh  [horizons]float64
		usual  [horizons]float64
	}
}

type call struct {
	id       string
	placed   float64
	answered float64 // when detection began to listen; 0 before
	live     float64 // when a person was there; 0 before
	checked  int     // the last age at which it was evidence
}

type phase uint8

const (
	ready phase = iota
	talking
	wrapping
)

type agent struct {
	id    string
	phase phase
	since float64
}

// settleEvery is how often, in seconds, what was learned is made to count.
const settleEvery = 20

// New returns a controller for one campaign, without history. The configuration must be valid.
func New(cfg Config) *Controller {
	c := &Controller{
		cfg: cfg, mode: cfg.Mode,
		callAt: map[string]int{}, agentAt: map[string]int{},
		free:     -1,
		promised: newCallbacks(cfg.RingTimeout),
		answers:  newAnswers(cfg.RingTimeout.Seconds()),
		handling: newHandling(horizon, cfg.ConnectLimit.Seconds()),
		budget:   newBudget(cfg.AbandonLimit),
		steps:    make([]int, horizons),
	}
	return c
}

// Handle takes note of an event and says how many calls to place now. Each of them is to be answered with Dialed or NotDialed.
func (c *Controller) Handle(e Event) Decision {
	c.note(e)
	return c.decide()
}

func (c *Controller) note(e Event) {
	if c.epoch.IsZero() {
		c.epoch = e.At.Add(-time.Second) // no moment is zero
		c.settled = 1
	}
	c.now = max(c.now, e.At.Sub(c.epoch).Seconds())
	switch e.Kind {
	case AgentReady:
		c.agentIs(e.Agent, ready)
	case AgentTalking:
		c.agentIs(e.Agent, talking)
	case AgentWrapUp:
		c.agentIs(e.Agent, wrapping)
	case AgentAway:
		c.agentLeft(e.Agent)
	case Dialed:
		c.ordered = max(c.ordered-1, 0)
		if c.free > 0 {
			c.free-- // until Lines says how many there are
		}
		if _, known := c.callAt[e.Call]; !known {
			c.callAt[e.Call] = len(c.calls)
			c.calls = append(c.calls, call{id: e.Call, placed: c.now})
		}
	case NotDialed:
		c.ordered = max(c.ordered-1, 0)
	case Answered:
		if i, known := c.callAt[e.Call]; known && c.calls[i].answered == 0 {
			c.calls[i].answered = c.now
		}
	case Live:
		c.callIsLive(e.Call)
	case Connected:
		c.callIsOver(e.Call)
		c.agentIs(e.Agent, talking)
	case Abandoned:
		c.callIsOver(e.Call)
		c.budget.abandoned++
	case Ended:
		c.callIsOver(e.Call)
	case Period:
		c.budget.begin(e.LiveCount, e.AbandonedCount)
	case Lines:
		c.free = e.Free
	case Switch:
		c.mode = e.Mode
	case Callbacks:
		c.promised.are(e.Agent, e.Due, c.epoch, c.now)
	}
	c.learnFromRinging()
	if c.now-c.settled >= settleEvery {
		c.settled = c.now
		c.answers.settle()
		c.handling.settle()
	}
}

func (c *Controller) agentIs(id string, p phase) {
	i, known := c.agentAt[id]
	if !known {
		c.agentAt[id] = len(c.agents)
		c.agents = append(c.agents, agent{id: id, phase: p, since: c.now})
		return
	}
	a := &c.agents[i]
	if a.phase == p {
		return
	}
	c.leaves(a, true)
	a.phase, a.since = p, c.now
}

// leaves learns from an agent who changes what they do.
func (c *Controller) leaves(a *agent, stays bool) {
	switch a.phase {
	case talking:
		c.handling.talk.ended(c.now - a.since)
	case wrapping:
		c.handling.wrap.ended(c.now - a.since)
		c.handling.wrapped(stays)
	}
}

func (c *Controller) agentLeft(id string) {
	i, known := c.agentAt[id]
	if !known {
		return
	}
	c.leaves(&c.agents[i], false)
	last := len(c.agents) - 1
	c.agents[i] = c.agents[last]
	c.agentAt[c.agents[i].id] = i
	c.agents = c.agents[:last]
	delete(c.agentAt, id)
}

func (c *Controller) callIsLive(id string) {
	i, known := c.callAt[id]
	if !known || c.calls[i].live != 0 {
		return
	}
	l := &c.calls[i]
	c.outcome(l, true)
	l.live = c.now
	c.budget.answered(c.agentsWorth())
}

// outcome learns what became of a call.
func (c *Controller) outcome(l *call, live bool) {
	age := c.now - l.placed
	if l.answered != 0 {
		c.answers.verdict(c.now-l.answered, live)
		age = l.answered - l.placed
	}
	c.answers.outcome(c.now, l.checked, age, live)
}

func (c *Controller) callIsOver(id string) {
	i, known := c.callAt[id]
	if !known {
		return
	}
	if c.calls[i].live == 0 {
		c.outcome(&c.calls[i], false)
	}
	last := len(c.calls) - 1
	c.calls[i] = c.calls[last]
	c.callAt[c.calls[i].id] = i
	c.calls = c.calls[:last]
	delete(c.callAt, id)
}

func (c *Controller) learnFromRinging() {
	passed := false
	for i := range c.calls {
		l := &c.calls[i]
		if l.answered != 0 || l.live != 0 {
			continue
		}
		if check := int((c.now - l.placed) / checkEvery); check > l.checked {
			c.answers.stillRinging(l.checked, check)
			l.checked = check
			passed = true
		}
	}
	if passed {
		c.answers.moments()
	}
}

// agentsWorth is how many people the agents can talk to in an hour.
func (c *Controller) agentsWorth() float64 {
	return float64(len(c.agents)) * 3600 / c.handling.average
}

// census counts the agents and calls by what they do.
type census struct{ ready, busy, inFlight, waiting, kept int }

func (c *Controller) census() census {
	var n census
	for i := range c.agents {
		if c.agents[i].phase == ready {
			n.ready++
			if c.promised.keeps(c.agents[i].id, c.now) {
				n.kept++
			}
		} else {
			n.busy++
		}
	}
	for i := range c.calls {
		if c.calls[i].live != 0 {
			n.waiting++
		} else {
			n.inFlight++
		}
	}
	n.inFlight += c.ordered
	n.kept = min(n.kept+c.promised.soon(c.now), n.ready)
	return n
}

func (c *Controller) decide() Decision {
	n := c.census()
	d := Decision{
		Mode: c.mode, Ready: n.ready, Kept: n.kept, Busy: n.busy, InFlight: n.inFlight, Waiting: n.waiting,
		AnswerRate: c.answers.mean, Level: c.budget.level(c.agentsWorth()), Budget: c.budget.left(),
	}
	if len(c.agents) == 0 {
		d.Limit = ByNobody
		return d
	}
	most := int(math.Ceil(c.cfg.MaxPerAgent*float64(len(c.agents)))) - n.inFlight
	limit := ByGuard
	if c.free >= 0 && c.free-c.ordered < most {
		most, limit = c.free-c.ordered, ByLines
	}
	oneToOne := n.ready - n.kept - n.waiting - n.inFlight
	switch {
	case c.mode != Progressive && d.Budget < 1:
		d.Mode = Progressive
		d.Dial, d.Limit = oneToOne, ByWall
	case c.mode == Progressive:
		d.Dial, d.Limit = oneToOne, ByOneToOne
	case c.mode == Power:
		d.Dial, d.Limit = int(c.cfg.Ratio*float64(n.ready-n.kept-n.waiting))-n.inFlight, ByOneToOne
	default:
		c.predict(&d, n, oneToOne, most)
	}
	if d.Dial >= most {
		d.Dial, d.Limit = most, limit
	}
	d.Dial = max(d.Dial, 0)
	c.ordered += d.Dial
	return d
}

const (
	// caution is how many standard deviations the believed share of answers is raised by: what is not known yet may be bad news.
	caution = 0.5
	// wallRisk is how likely the calls in flight may be to spend more than what is left of the budget.
	wallRisk = 0.01
)

// predict dials as long as the risk that one more answer costs an abandoned call stays within the level, and as long as the calls in
// flight would hardly spend more than the budget even if people answered as they usually do: a few calls that nobody answers can make the
// share look small that is not.
func (c *Controller) predict(d *Decision, n census, oneToOne, most int) {
	p := min(c.answers.mean+caution*c.answers.sd, 0.95)
	fresh, usual := &c.scratch.fresh, &c.scratch.usual
	c.lookAhead(&c.outlook, n, p)
	c.answers.answering(0, p, c.steps, fresh[:])
	looked := false
	for d.Dial < most {
		d.Risk = c.outlook.risk(fresh)
		if d.Dial >= oneToOne {
			if d.Risk > d.Level {
				d.Limit = ByRisk
				return
			}
			if !looked {
				looked = true
				p := max(p, c.answers.usual())
				c.lookAhead(&c.worse, n, p)
				c.answers.answering(0, p, c.steps, usual[:])
				c.worse.addCalls(usual, d.Dial)
			}
			if c.worse.losing(int(d.Budget)) > wallRisk {
				d.Limit = ByWall
				return
			}
		}
		c.outlook.addCalls(fresh, 1)
		if looked {
			c.worse.addCalls(usual, 1)
		}
		d.Dial++
	}
}

// lookAhead gathers the calls by their ages and the busy agents by how long they have been so.
func (c *Controller) lookAhead(o *outlook, n census, p float64) {
	s := &c.scratch
	clear(s.ages[:])
	clear(s.talk[:])
	clear(s.wrap[:])
	later := 0.0
	if c.answers.detecting {
		later = c.answers.detectMean
	}
	for j, t := range horizon {
		c.steps[j] = int(math.Round((t - later) / ageStep))
	}
	o.reset(n.ready-n.waiting, n.inFlight, n.busy, c.answers.sd/c.answers.mean)
	for _, due := range c.promised.anybodys {
		o.take(due - c.now)
	}
	s.ages[0] = c.ordered
	for i := range c.calls {
		l := &c.calls[i]
		switch {
		case l.live != 0:
		case l.answered != 0:
			c.answers.deciding(c.now-l.answered, horizon, s.answer[:])
			o.addCalls(&s.answer, 1)
		default:
			s.ages[min(int(c.now-l.placed+0.5), len(s.ages)-1)]++
		}
	}
	for i, times := range s.ages {
		if times > 0 {
			c.answers.answering(float64(i), p, c.steps, s.answer[:])
			o.addCalls(&s.answer, times)
		}
	}
	for i := range c.agents {
		a := &c.agents[i]
		due, own := c.promised.own[a.id]
		switch {
		case a.phase == ready && own:
			o.take(due - c.now)
		case a.phase == talking && own:
			o.addUntil(due-c.now, c.handling.freeTalk[talkBin(c.now-a.since)])
		case a.phase == wrapping && own:
			o.addUntil(due-c.now, c.handling.freeWrap[wrapBin(c.now-a.since)])
		case a.phase == talking:
			s.talk[talkBin(c.now-a.since)]++
		case a.phase == wrapping:
			s.wrap[wrapBin(c.now-a.since)]++
		}
	}
	for b, times := range s.talk {
		if times > 0 {
			o.addAgents(c.handling.freeTalk[b], times)
		}
	}
	for b, times := range s.wrap {
		if times > 0 {
			o.addAgents(c.handling.freeWrap[b], times)
		}
	}
}
