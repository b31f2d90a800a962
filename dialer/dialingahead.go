package dialer

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/pacing"
)

// Which callbacks the agents of a campaign that dials by itself will be given, of any campaign that they work in. The pacing is told, so that nobody is
// dialed for an agent who will be in another call when somebody answers.

const (
	// aheadEvery is how often Redis is asked for them.
	aheadEvery = time.Second
	// aheadOf is how much earlier than the pacing wants to know of them they are looked for.
	aheadOf = 10 * time.Second
)

// ahead is what a pacer knows of them.
type ahead struct {
	known   bool // Redis has been asked
	asking  bool // Redis is being asked
	failing bool
	asked   time.Time
	latest  []comingCallback // of the last time
	passed  []comingCallback // of the time before, and not any more

	anybodys []time.Time          // what the pacing was told
	own      map[string]time.Time // by agent
}

// comingCallback is a callback that one of the campaign's agents will be given.
type comingCallback struct {
	id  string
	due time.Time
	who []*agentActor // who may be given it
}

// lookAhead asks Redis from time to time.
func (d *pacer) lookAhead() {
	if d.e.scheduler == nil {
		d.ahead.known = true
		return
	}
	now := time.Now()
	if d.ahead.asking || now.Sub(d.ahead.asked) < aheadEvery {
		return
	}
	d.ahead.asking, d.ahead.asked = true, now
	d.e.aside(func() {
		ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
		defer cancel()
		coming, err := d.coming(ctx)
		d.post(func() { d.looked(coming, err) })
	})
}

// looked takes the answer. What is not there any more holds until the next time: who took it may not have said so yet, and counts as ready until then.
func (d *pacer) looked(coming []comingCallback, err error) {
	d.ahead.asking = false
	if err != nil {
		if !d.ahead.failing && !errors.Is(err, context.Canceled) {
			d.log.Warn().Err(err).Msg("which callbacks are due soon cannot be read; calls are placed by what was known last")
		}
		d.ahead.failing = true
		return
	}
	there := map[string]bool{}
	for _, c := range coming {
		there[c.id] = true
	}
	d.ahead.passed = slices.DeleteFunc(d.ahead.latest, func(c comingCallback) bool { return there[c.id] })
	d.ahead.latest, d.ahead.known, d.ahead.failing = coming, true, false
	d.tellAhead()
	d.checkLines()
}

// coming asks Redis for the callbacks that this campaign's agents will be given.
func (d *pacer) coming(ctx context.Context) ([]comingCallback, error) {
	var staff []*agentActor
	campaigns := map[string]bool{}
	for _, id := range sortedKeys(d.e.agents) {
		if a := d.e.agents[id]; slices.Contains(a.cfg.Campaigns, d.id) {
			staff = append(staff, a)
			for _, of := range a.cfg.Campaigns {
				campaigns[of] = true
			}
		}
	}
	var all []comingCallback
	for _, id := range slices.Sorted(maps.Keys(campaigns)) {
		if !d.e.delivers(id) {
			continue
		}
		found, err := d.comingOf(ctx, id, staff)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// comingOf asks for those of one campaign.
func (d *pacer) comingOf(ctx context.Context, campaignID string, staff []*agentActor) ([]comingCallback, error) {
	by := map[callback.Queue][]*agentActor{}
	for _, a := range staff {
		if slices.Contains(a.cfg.Campaigns, campaignID) {
			for _, q := range a.queues() {
				by[q] = append(by[q], a)
			}
		}
	}
	within := d.cfg.RingTimeout + aheadOf
	found, err := d.e.store.Promises().Ahead(ctx, campaignID, slices.Sorted(maps.Keys(by)), within, len(staff))
	if err != nil {
		return nil, err
	}
	all := make([]comingCallback, 0, len(found))
	for _, f := range found {
		who := by[f.Queue]
		if len(f.Refused) > 0 {
			who = slices.DeleteFunc(slices.Clone(who), func(a *agentActor) bool { return slices.Contains(f.Refused, a.id) })
		}
		all = append(all, comingCallback{alarmID(campaignID, f.ID), f.Due, who})
	}
	return all, nil
}

// tellAhead tells the pacing which callbacks the agents who are there will be given. One that anybody of them may have is anybody's; one that only some may
// have is that agent's who will probably be ready for it first.
func (d *pacer) tellAhead() {
	there := 0
	for _, m := range d.members {
		if m.kind() != pacing.AgentAway {
			there++
		}
	}
	coming := slices.Concat(d.ahead.latest, d.ahead.passed)
	slices.SortStableFunc(coming, func(a, b comingCallback) int { return a.due.Compare(b.due) })
	var anybodys []time.Time
	own := map[string]time.Time{}
	for _, c := range coming {
		may, first := d.whoMay(c, own)
		switch {
		case may == there && may > 0:
			if len(anybodys) < there {
				anybodys = append(anybodys, c.due)
			}
		case first != nil:
			own[first.id] = c.due
		}
	}
	if !slices.EqualFunc(anybodys, d.ahead.anybodys, time.Time.Equal) {
		d.ahead.anybodys = anybodys
		d.feed(pacing.Event{Kind: pacing.Callbacks, Due: anybodys})
	}
	was := d.ahead.own
	d.ahead.own = own
	for _, id := range sortedKeys(was) {
		if _, still := own[id]; !still {
			d.feed(pacing.Event{Kind: pacing.Callbacks, Agent: id})
		}
	}
	for _, id := range sortedKeys(own) {
		if due := own[id]; !was[id].Equal(due) {
			d.feed(pacing.Event{Kind: pacing.Callbacks, Agent: id, Due: []time.Time{due}})
		}
	}
}

// whoMay tells how many of the agents who are there may be given a callback, and who of those without one of their own will probably be ready for it first.
func (d *pacer) whoMay(c comingCallback, own map[string]time.Time) (may int, first *agentActor) {
	rank := map[pacing.Kind]int{pacing.AgentReady: 0, pacing.AgentWrapUp: 1, pacing.AgentTalking: 2}
	var best *member
	for _, a := range c.who {
		m := d.members[a]
		if m == nil || m.kind() == pacing.AgentAway {
			continue
		}
		may++
		if _, has := own[a.id]; has {
			continue
		}
		if best == nil || cmp.Or(cmp.Compare(rank[m.kind()], rank[best.kind()]), m.since.Compare(best.since)) < 0 {
			best, first = m, a
		}
	}
	return may, first
}
