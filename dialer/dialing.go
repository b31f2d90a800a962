package dialer

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/hours"
	"github.com/hasshin/hasshin/dialer/pacing"
)

// pacer is one campaign that dials by itself: it owns the campaign's calls until an agent has them, and what paces them. When to place a call
// is decided by package pacing, which it tells everything that happens.
type pacer struct {
	actor
	e      *Engine
	id     string
	cfg    campaign.Config
	limits hours.Limits
	log    zerolog.Logger

	pace    *pacing.Controller
	last    pacing.Decision
	change  campaign.ModeChange // of the mode, the latest; the zero value for none
	mode    atomic.Value        // campaign.Mode in effect, for other goroutines
	lines   int                 // how many more calls may be placed, as pace was told last; -1 for any number
	calls   map[string]*placed
	waiting []*placed // contacts who answered and have no agent, who answered first first
	members map[*agentActor]*member
	looking int // records being looked for

	until    time.Time // nothing is placed before
	failures int       // of the network or ours, in a row
	paused   time.Time // when the latest pause because of one began
	ending   bool      // nothing is placed any more

	ahead ahead // callbacks that agents will be given

	open       atomic.Bool // there is something to dial: agents of several campaigns may count for it
	emptyUntil time.Time   // the list had nothing to dial; it is looked at again then

	period   campaign.Period
	sums     campaign.Answers // of the period, of all processes, as Redis had them last
	uncounts campaign.Answers // counted here and not yet in Redis
	counting bool             // Redis is being told
	counted  time.Time        // when Redis was last asked

	mistaken float64 // people among those taken for machines who are not counted yet

	began time.Time

	behind atomic.Bool // a tick has not been worked off

	decisions decisions
}

// member is an agent of the campaign, as the agent said last.
type member struct {
	state    agent.State
	since    time.Time
	node     *node
	promised bool // a contact is being put to the agent
	counts   bool // the agent counts for this campaign now, and not for another one
}

func newPacer(e *Engine, id string, cfg campaign.Config) *pacer {
	d := &pacer{
		actor: newActor(), e: e, id: id, cfg: cfg, limits: cfg.Limits(), log: e.log.With().Str("campaign", id).Logger(),
		pace: pacing.New(cfg.Pacing()), lines: -1, calls: map[string]*placed{}, members: map[*agentActor]*member{},
	}
	d.mode.Store(cfg.Mode)
	d.open.Store(true) // until it is known better
	return d
}

// startDialing lets the campaigns dial. What it answers ends that, once the engine is stopping.
func (e *Engine) startDialing(ctx context.Context) (stop func()) {
	var running, ticking, logging sync.WaitGroup
	ctx, cancel := context.WithCancel(ctx)
	for _, d := range e.pacers {
		running.Go(d.run)
		if d.decisions.log != nil {
			logging.Go(d.decisions.log.Run)
		}
		d.post(d.begin)
		ticking.Go(func() { d.tick(ctx) })
	}
	return func() {
		cancel()
		ticking.Wait()
		for _, d := range e.pacers {
			d.post(d.stop)
		}
		running.Wait()
		for _, d := range e.pacers {
			if d.decisions.log != nil {
				d.decisions.log.Close()
			}
		}
		logging.Wait()
	}
}

func (d *pacer) tick(ctx context.Context) {
	every := time.NewTicker(pacing.MaxInterval)
	defer every.Stop()
	for {
		select {
		case <-every.C:
			if d.behind.CompareAndSwap(false, true) {
				d.post(d.onTick)
			}
		case <-ctx.Done():
			return
		}
	}
}

// begin asks everybody how they are. What is known of the measuring period comes first: until then nothing is placed. Nor is it before
// it is known which callbacks agents will be given.
func (d *pacer) begin() {
	d.began = time.Now()
	d.checkLines()
	d.measure()
	d.lookAhead()
	for _, a := range d.e.agents {
		a.post(a.tellDialing)
	}
}

func (d *pacer) onTick() {
	d.behind.Store(false)
	d.measure()
	d.lookAhead()
	d.checkLines()
	d.feed(pacing.Event{Kind: pacing.Tick})
	d.logOn()
}

// feed tells the pacing what happened, and places the calls that it wants.
func (d *pacer) feed(e pacing.Event) {
	e.At = d.decisions.now()
	if e.Kind == pacing.Dialed && d.lines > 0 {
		d.lines-- // as the pacing counts it
	}
	if d.cfg.Mode == campaign.ModeAgentless {
		d.last = d.fillUp()
	} else {
		d.last = d.pace.Handle(e)
		d.decisions.keep(e, d.last)
	}
	for range d.last.Dial {
		d.place()
	}
}

// checkLines tells the pacing when calls cannot be placed for a while, and when they can again.
func (d *pacer) checkLines() {
	d.checkOpen()
	lines := -1
	if d.ending || d.e.stopping() || !d.e.running(d.id) || d.period.Name == "" || !d.ahead.known || time.Now().Before(d.until) || d.inherits() {
		lines = 0
	} else if free := d.e.freeChannels(d.cfg.Trunk); free >= 0 {
		lines = free + d.looking // a channel was taken for these
	}
	if lines != d.lines {
		d.lines = lines
		d.feed(pacing.Event{Kind: pacing.Lines, Free: lines})
	}
}

// inheritLimit is how long nothing is placed at first because of a node that is not there.
const inheritLimit = 10 * time.Second

// inherits tells whether there are calls of the last process that were not yet taken up: the pacing does not know of them.
func (d *pacer) inherits() bool {
	for _, p := range d.calls {
		if p.revived && (p.node.connected() || time.Since(d.began) < inheritLimit) {
			return true
		}
	}
	return false
}

// rest places no calls for a while.
func (d *pacer) rest(pause time.Duration) {
	if until := time.Now().Add(pause); until.After(d.until) {
		d.until = until
	}
	d.checkLines()
}

// Agents.

// tellDialing tells the campaigns that dial by themselves how the agent is.
func (a *agentActor) tellDialing() {
	home := a.station()
	for _, id := range a.cfg.Campaigns {
		if d := a.e.pacers[id]; d != nil {
			m := member{state: a.state, since: a.since, node: a.phone.node, counts: id == home}
			d.post(func() { d.memberIs(a, m) })
		}
	}
}

// pacingOf is what an agent's state is to the pacing.
var pacingOf = map[agent.State]pacing.Kind{
	agent.SignedOut: pacing.AgentAway, agent.NotReady: pacing.AgentAway, agent.Ready: pacing.AgentReady, agent.WrapUp: pacing.AgentWrapUp,
	agent.Offered: pacing.AgentTalking, agent.Preview: pacing.AgentTalking, agent.OnCall: pacing.AgentTalking,
}

func (d *pacer) memberIs(a *agentActor, m member) {
	old := d.members[a]
	if old == nil {
		old = &member{}
		d.members[a] = old
	}
	m.promised = old.promised
	*old = m
	if m.state == agent.Ready {
		for _, p := range d.waiting { // what kept the agent from taking them may be over
			delete(p.refused, a)
		}
		d.serve()
	}
	d.tellAhead()
	d.feed(pacing.Event{Kind: m.kind(), Agent: a.id})
}

// The end of the process.

// stop ends the dialing: the calls are left to the next process or, if there will be none, hung up.
func (d *pacer) stop() {
	d.ending = true
	d.checkLines()
	if d.e.scribe.journal == nil {
		for _, p := range d.calls {
			d.cut(p)
		}
		time.AfterFunc(drainTimeout, func() { d.post(d.giveUp) })
	}
	d.maybeOver()
}

// cut hangs a call up because the process ends.
func (d *pacer) cut(p *placed) {
	switch p.stage {
	case stageDialed:
		p.verdict = call.Cancelled
	case stageWaiting:
		p.verdict = call.Abandoned
		d.count(campaign.Answers{Abandoned: 1})
	case stageAnalysing:
		p.verdict = call.Abandoned
		d.lose(p)
	case stagePutting, stageEnded: // the agent refuses it; the calling list is being told
		return
	}
	d.hangUp(p)
}

// giveUp ends the goroutine whatever is left.
func (d *pacer) giveUp() {
	if len(d.calls) > 0 {
		d.log.Error().Int("calls", len(d.calls)).Msg("placed calls did not end in time; their records return to the list when their leases end")
	}
	for _, p := range d.calls {
		p.stopTimers()
		d.e.removePlaced(p.id)
	}
	d.calls = nil
	d.inbox.Close()
}

// maybeOver ends the goroutine once the process ends and nothing is left to do for it.
func (d *pacer) maybeOver() {
	if !d.ending || d.looking > 0 || d.counting {
		return
	}
	if d.e.scribe.journal == nil {
		if len(d.calls) == 0 {
			d.inbox.Close()
		}
		return
	}
	for _, p := range d.calls {
		if p.stage == stagePutting { // an agent's answer is on its way
			return
		}
	}
	for _, p := range d.calls {
		p.stopTimers()
		d.save(p)
		d.e.removePlaced(p.id)
	}
	d.calls = nil
	d.inbox.Close()
}

// The measuring period of the abandon limit.

// count notes what became of somebody who answered.
func (d *pacer) count(add campaign.Answers) {
	d.uncounts.Live += add.Live
	d.uncounts.Abandoned += add.Abandoned
	d.tellRedis()
}

// measureEvery is how often Redis is asked for the counts, which other processes add to.
const measureEvery = 2 * time.Second

// measure asks for the counts of the present period from time to time, and at once when a new one begins.
func (d *pacer) measure() {
	now := time.Now()
	if now.Sub(d.counted) >= measureEvery || !now.Before(d.period.Ends) {
		d.tellRedis()
	}
}

// tellRedis adds what was counted here to what is in Redis.
func (d *pacer) tellRedis() {
	if d.counting {
		return
	}
	now := time.Now()
	d.counting, d.counted = true, now
	add, period := d.uncounts, d.cfg.AnswerPeriod(now)
	d.uncounts = campaign.Answers{}
	d.e.aside(func() {
		ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
		defer cancel()
		sums, err := d.e.store.CountAnswers(ctx, d.id, period, add)
		if changes, err := d.e.store.ModeChanges(ctx, d.id, 1); err == nil && len(changes) > 0 {
			d.post(func() { d.changed(changes[0]) })
		}
		d.post(func() { d.measured(period, add, sums, err) })
	})
}

func (d *pacer) measured(period campaign.Period, add, sums campaign.Answers, err error) {
	d.counting = false
	defer d.maybeOver()
	if err != nil {
		d.uncounts.Live += add.Live
		d.uncounts.Abandoned += add.Abandoned
		if !errors.Is(err, context.Canceled) {
			d.log.Warn().Err(err).Msg("the abandon limit cannot be measured; it is tried again")
		}
		return
	}
	d.period, d.sums = period, sums
	d.feed(pacing.Event{
		Kind: pacing.Period, LiveCount: int(sums.Live + d.uncounts.Live), AbandonedCount: int(sums.Abandoned + d.uncounts.Abandoned),
	})
	d.checkLines()
	if d.uncounts != (campaign.Answers{}) {
		d.tellRedis()
	}
}
