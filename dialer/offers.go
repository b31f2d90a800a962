package dialer

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/floor"
)

// Who is offered a callback that is due. It waits in a queue in Redis, from where agents take it under a lease: one agent at a time, whatever the
// number of processes. So it is enough to let the right agent look there at once. An agent at another process is sent word; if that is lost, each
// process looks through what is due every dueEvery.

// Words between processes.
const (
	wordOffer  = "offer"  // an agent may have a callback
	wordSoon   = "soon"   // the agent has a callback next
	wordSwitch = "switch" // a campaign was started or stopped
)

// sit tells other processes what an agent is doing.
func (a *agentActor) sit() {
	if a.e.floor == nil {
		return
	}
	seat := floor.Seat{
		Gone: a.state == agent.SignedOut, There: a.state == agent.Ready || a.state.Busy(), Campaigns: a.cfg.Campaigns,
	}
	if since := a.readySince.Load(); since != 0 {
		seat.Idle = time.Unix(0, since)
	}
	a.e.floor.Set(a.id, seat)
}

// told is called when all processes can find an agent who is ready. What came due before that, but after the agent has looked, is found now.
func (e *Engine) told(agentID string) {
	if a := e.agents[agentID]; a != nil {
		a.post(a.seekCallback)
	}
}

// hear takes a word of another process.
func (e *Engine) hear(w floor.Word) {
	switch a := e.agents[w.Agent]; {
	case w.Kind == wordSwitch && e.switches[w.Campaign] != nil:
		e.aside(func() {
			if err := e.lookAtSwitch(context.Background(), w.Campaign); err != nil {
				e.log.Warn().Err(err).Str("campaign", w.Campaign).Msg("another process has switched the campaign; it is looked at again soon")
			}
		})
	case w.Kind == wordSoon && a != nil:
		a.tellSoon()
	case w.Kind == wordOffer && a != nil && e.switches[w.Campaign] != nil:
		e.aside(func() {
			ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
			defer cancel()
			a.seekNow(ctx)
			e.offerDue(ctx, w.Campaign, w.Callback, w.Tried)
		})
	}
}

// send sends word to another process, or with "" to all.
func (e *Engine) send(process string, w floor.Word) {
	if e.floor == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	if err := e.floor.Send(ctx, process, w); err != nil {
		e.log.Warn().Err(err).Str("word", w.Kind).Msg("another process was not told; it finds out by itself, a little later")
	}
}

// there tells whether an agent is at work, at this process or another: ready, or in a call.
func (e *Engine) there(ctx context.Context, agentID string) (bool, error) {
	if a := e.agents[agentID]; a != nil && a.there() {
		return true, nil
	}
	place, err := e.placeOf(ctx, agentID)
	return place.There, err
}

// placeOf finds an agent who is at another process.
func (e *Engine) placeOf(ctx context.Context, agentID string) (floor.Place, error) {
	if e.floor == nil || agentID == "" {
		return floor.Place{}, nil
	}
	found, err := e.floor.Find(ctx, agentID)
	return found[agentID], err
}

// tellHolder lets a busy owner hear that a callback has come due: it is the next thing after this call.
func (e *Engine) tellHolder(ctx context.Context, p *callback.Promise) {
	owner := e.agents[p.Owner]
	if owner == nil {
		return
	}
	if owner.there() {
		owner.tellSoon()
		return
	}
	if place, err := e.placeOf(ctx, p.Owner); err == nil && place.There && place.Idle.IsZero() {
		e.send(place.Process, floor.Word{Kind: wordSoon, Agent: p.Owner})
	}
}

func (a *agentActor) tellSoon() {
	a.post(func() {
		if a.state.Busy() {
			a.playTone("callback-due-soon")
		}
	})
}

// offerDue lets the agent who has been ready for longest take a callback that is due, of those who may have it and were not tried before; then the
// next, until somebody has it. An agent at another process is told, and that process goes on from there.
func (e *Engine) offerDue(ctx context.Context, campaignID, promiseID string, tried []string) {
	for !e.stopping() {
		p, err := e.store.Promises().Get(ctx, campaignID, promiseID)
		if err != nil || p.State != callback.Due || p.Queue == callback.QueueSupervisor {
			return // on an error the next look through what is due finds it
		}
		if !e.delivers(campaignID) {
			if err := e.escalateStopped(ctx, campaignID); err != nil {
				e.log.Warn().Err(err).Str("campaign", campaignID).Msg("a supervisor does not have the callbacks yet; it is tried again")
			}
			return
		}
		ready, err := e.readyFor(ctx, campaignID, p.Queue)
		if err != nil {
			e.log.Warn().Err(err).Str("campaign", campaignID).Msg("agents at other processes cannot be found now")
		}
		ready = slices.DeleteFunc(ready, func(at floor.Place) bool { return slices.Contains(tried, at.Agent) })
		if len(ready) == 0 {
			return
		}
		next := ready[0]
		tried = append(slices.Clone(tried), next.Agent)
		if next.Process != "" {
			e.send(next.Process, floor.Word{Kind: wordOffer, Campaign: campaignID, Callback: promiseID, Agent: next.Agent, Tried: tried})
			return
		}
		e.agents[next.Agent].seekNow(ctx)
	}
}

// offerAgain offers a callback that an agent gave back.
func (e *Engine) offerAgain(p *callback.Promise) {
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	e.offerDue(ctx, p.Campaign, p.ID, nil)
}

// offerSwept offers the callbacks among records whose holder died.
func (e *Engine) offerSwept(ctx context.Context, campaignID string, records []string) {
	for _, id := range records {
		ctx, cancel := context.WithTimeout(ctx, storeTimeout)
		if r, err := e.store.Get(ctx, campaignID, id); err == nil && r.State == campaign.Promised { // on an error the next look finds it
			e.offerDue(ctx, campaignID, r.Promise, nil)
		}
		cancel()
	}
}

// mostLooked is how many ready agents of all processes are looked at for one who may have a callback.
const mostLooked = 64

// readyFor lists the ready agents of all processes who may have what is in a queue, the longest-idle first. Process is "" for this one. With an error
// it has those of this process.
func (e *Engine) readyFor(ctx context.Context, campaignID string, queue callback.Queue) ([]floor.Place, error) {
	fits := func(a *agentActor) bool {
		return a != nil && slices.Contains(a.cfg.Campaigns, campaignID) && slices.Contains(a.queues(), queue)
	}
	var ready []floor.Place
	for _, a := range e.idle(fits) {
		if since := a.readySince.Load(); since != 0 {
			ready = append(ready, floor.Place{Agent: a.id, There: true, Idle: time.Unix(0, since)})
		}
	}
	elsewhere, err := e.readyElsewhere(ctx, campaignID, queue)
	for _, at := range elsewhere {
		if fits(e.agents[at.Agent]) && !at.Idle.IsZero() && at.Process != e.floor.Process() {
			ready = append(ready, at)
		}
	}
	slices.SortStableFunc(ready, func(x, y floor.Place) int { return cmp.Compare(x.Idle.UnixMilli(), y.Idle.UnixMilli()) })
	return ready, err
}

func (e *Engine) readyElsewhere(ctx context.Context, campaignID string, queue callback.Queue) ([]floor.Place, error) {
	if e.floor == nil {
		return nil, nil
	}
	var who []string
	switch agentID, group := queue.Agent(), queue.Group(); {
	case agentID != "":
		who = []string{agentID}
	case group != "":
		who = e.cfg.Groups[group]
	default:
		return e.floor.Ready(ctx, campaignID, mostLooked)
	}
	found, err := e.floor.Find(ctx, who...)
	var all []floor.Place
	for _, at := range found {
		all = append(all, at)
	}
	return all, err
}

// seekNow lets an agent look for a callback, and waits for what comes of it.
func (a *agentActor) seekNow(ctx context.Context) {
	done := make(chan struct{})
	if !a.post(func() {
		if a.seekCallback(); !a.seeking {
			close(done)
			return
		}
		a.asked = append(a.asked, func(*callActor) { close(done) })
	}) {
		return
	}
	select {
	case <-done:
	case <-ctx.Done():
	case <-a.e.closing:
	}
}
