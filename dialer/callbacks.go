package dialer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// How promised callbacks come to agents. The scheduler wakes each at its time; woken, it goes into the queue of those who may have it, and an
// agent who is ready takes it from there as it takes a record from the calling list. A promise whose alarm could not be set when it was made
// is in the campaign's list of alarms, from where it gets one as soon as the scheduler answers.

// Scheduler wakes things at their time, in this process or in another. Package scheduler has one.
type Scheduler interface {
	// Set lets id be woken at a time, and no longer at another.
	Set(ctx context.Context, id string, at time.Time) error
	// Run wakes what is due until ctx ends. What wake answers is when to wake the same again, zero for never; on an error it is tried again.
	Run(ctx context.Context, wake func(ctx context.Context, id string) (next time.Time, err error)) error
}

const (
	// ownerBusyAgain is how long a callback waits before it looks again whether its owner, who is in a call, is still there.
	ownerBusyAgain = 10 * time.Second
	// unknownCampaignAgain is the same for a callback of a campaign that is not configured any more.
	unknownCampaignAgain = time.Hour
	// dueEvery is how often due callbacks that nobody has taken are offered to those who are ready, in case a word was missed.
	dueEvery = time.Second
	// alarmsEvery is how often promises without an alarm get theirs.
	alarmsEvery = 5 * time.Second
	// alarmsAtOnce is how many the scheduler is given together.
	alarmsAtOnce = 256
	// alarmTimeout is longer than Redis may take to have an alarm on its disk.
	alarmTimeout = 2 * campaign.DurableWithin
)

// alarmID names a promise to the scheduler.
func alarmID(campaignID, promise string) string { return campaignID + "/" + promise }

// runCallbacks delivers callbacks until ctx ends.
func (e *Engine) runCallbacks(ctx context.Context) {
	if e.scheduler == nil {
		return
	}
	var running sync.WaitGroup
	running.Go(func() {
		if err := e.scheduler.Run(ctx, e.wakePromise); err != nil && !errors.Is(err, context.Canceled) {
			e.log.Error().Err(err).Msg("the scheduler has stopped; callbacks are not woken any more")
		}
	})
	running.Go(func() { e.every(ctx, alarmsEvery, e.setAlarms) })
	running.Go(func() { e.every(ctx, e.lookEvery, e.offerOverdue) })
	running.Wait()
}

// every does work for each campaign at once and then again and again.
func (e *Engine) every(ctx context.Context, pause time.Duration, work func(ctx context.Context, campaignID string) error) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	failing := map[string]bool{}
	for {
		for id := range e.cfg.Campaigns {
			err := work(ctx, id)
			if ctx.Err() != nil {
				return
			}
			if err != nil && !failing[id] { // once for each time that it begins to fail
				e.log.Warn().Err(err).Str("campaign", id).Msg("callbacks cannot be seen to; it is tried again")
			}
			failing[id] = err != nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// setAlarms gives the scheduler what it does not have yet, the soonest first. Many are given at once: each is on Redis's disk before it counts as given, and
// they share the wait for it.
func (e *Engine) setAlarms(ctx context.Context, campaignID string) error {
	for {
		alarms, err := e.alarms(ctx, campaignID)
		if err != nil {
			return err
		}
		setting, errs := sync.WaitGroup{}, make([]error, len(alarms))
		for i, a := range alarms {
			setting.Go(func() {
				ctx, cancel := context.WithTimeout(ctx, alarmTimeout)
				defer cancel()
				errs[i] = e.setAlarm(ctx, campaignID, a.Promise, a.At)
			})
		}
		setting.Wait()
		if err := cmp.Or(errs...); err != nil || len(alarms) < alarmsAtOnce {
			return err
		}
	}
}

func (e *Engine) alarms(ctx context.Context, campaignID string) ([]campaign.Alarm, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	return e.store.Promises().Alarms(ctx, campaignID, alarmsAtOnce)
}

func (e *Engine) setAlarm(ctx context.Context, campaignID, promise string, at time.Time) error {
	if err := e.scheduler.Set(ctx, alarmID(campaignID, promise), at); err != nil {
		return fmt.Errorf("set the alarm of callback %s: %w", promise, err)
	}
	return e.store.Promises().AlarmSet(ctx, campaignID, promise, at)
}

// alarmSoon sets the alarm of a promise that was just made or moved. If it cannot, setAlarms will.
func (e *Engine) alarmSoon(campaignID, promise string, at time.Time) {
	if e.scheduler == nil {
		return
	}
	e.aside(func() {
		ctx, cancel := context.WithTimeout(context.Background(), alarmTimeout)
		defer cancel()
		if err := e.setAlarm(ctx, campaignID, promise, at); err != nil {
			e.log.Warn().Err(err).Str("campaign", campaignID).Msg("the alarm of a callback is not set yet; it is tried again")
		}
	})
}

// wakePromise is called by the scheduler.
func (e *Engine) wakePromise(ctx context.Context, id string) (time.Time, error) {
	campaignID, promiseID, _ := strings.Cut(id, "/")
	cfg, known := e.cfg.Campaigns[campaignID]
	if !known {
		e.log.Error().Str("campaign", campaignID).Str("callback", promiseID).Msg("a callback is due in a campaign that is not configured")
		return time.Now().Add(unknownCampaignAgain), nil
	}
	promises := e.store.Promises()
	p, err := promises.Get(ctx, campaignID, promiseID)
	if errors.Is(err, campaign.ErrNotFound) {
		return time.Time{}, nil // its time in the ledger is over
	}
	if err != nil {
		return time.Time{}, err
	}
	wake := campaign.Wake{Again: ownerBusyAgain, NextShift: cfg.Callback.NextShift(time.Now(), e.agentZone(campaignID))}
	if wake.OwnerThere, err = e.there(ctx, p.Owner); err != nil {
		return time.Time{}, err
	}
	wake.OwnerThere = wake.OwnerThere || !e.delivers(campaignID) // nobody is absent from a campaign that is stopped
	woken, err := promises.Wake(ctx, campaignID, promiseID, wake)
	if err != nil {
		return time.Time{}, err
	}
	if woken.CameDue {
		e.metrics.due(p, woken.Late)
	}
	if woken.Changed && woken.State == callback.Due {
		e.log.Info().Str("campaign", campaignID).Str("callback", promiseID).Str("queue", string(woken.Queue)).
			Dur("late", time.Since(p.Due)).Msg("callback due")
		e.offerDue(ctx, campaignID, promiseID, nil)
		e.tellHolder(ctx, p)
	}
	return woken.Next, nil
}

// offerOverdue offers what is due and was not taken.
func (e *Engine) offerOverdue(ctx context.Context, campaignID string) error {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	if !e.delivers(campaignID) {
		return e.escalateStopped(ctx, campaignID)
	}
	if !e.anybodyIdle(campaignID) {
		return nil
	}
	any, err := e.store.Promises().AnyDue(ctx, campaignID)
	if err != nil || !any {
		return err
	}
	for _, a := range e.idleAgents(campaignID) {
		a.seekNow(ctx)
	}
	return nil
}

func (e *Engine) anybodyIdle(campaignID string) bool { return len(e.idleAgents(campaignID)) > 0 }

// idleAgents are the ready agents of a campaign, the one that has been so for longest first.
func (e *Engine) idleAgents(campaignID string) []*agentActor {
	return e.idle(func(a *agentActor) bool { return slices.Contains(a.cfg.Campaigns, campaignID) })
}

// delivers tells whether callbacks of a campaign are offered now.
func (e *Engine) delivers(campaignID string) bool {
	return e.running(campaignID) || e.cfg.Campaigns[campaignID].Callback.WhenStopped == callback.StoppedDeliver
}

// escalateStopped gives what is due in a stopped campaign to a supervisor, if the campaign's rule says so.
func (e *Engine) escalateStopped(ctx context.Context, campaignID string) error {
	if e.cfg.Campaigns[campaignID].Callback.WhenStopped != callback.StoppedSupervisor {
		return nil
	}
	n, err := e.store.Promises().Escalate(ctx, campaignID, reasonStopped)
	if n > 0 {
		e.log.Warn().Str("campaign", campaignID).Int("callbacks", n).Msg("the campaign is stopped: a supervisor has to see to its due callbacks")
	}
	return err
}

// anyPriority lets an agent who waits for work have every callback.
func anyPriority(int) bool { return true }

// source is queues of a campaign from which an agent may have callbacks, with the priority of what is in them.
type source struct {
	campaign string
	queues   []callback.Queue
	priority int
}

// sources are those of an agent, the one with the highest priority first.
func (a *agentActor) sources() []source {
	own, pool := a.ownQueues(), a.poolQueues()
	var all []source
	for _, id := range a.cfg.Campaigns {
		if a.e.delivers(id) {
			p := a.e.cfg.Campaigns[id].Callback.Priority
			all = append(all, source{id, own, p.Personal}, source{id, pool, p.Pool})
		}
	}
	slices.SortStableFunc(all, func(x, y source) int { return cmp.Compare(y.priority, x.priority) })
	return all
}

// takeCallback takes the next due callback that an agent may have, of any of its campaigns, if its priority is wanted. What may not be called now is
// passed over.
func (e *Engine) takeCallback(a *agentActor, wanted func(priority int) bool) (*found, error) {
	if e.scheduler == nil {
		return nil, campaign.ErrNoRecord
	}
	for _, from := range a.sources() {
		for wanted(from.priority) && !e.stopping() {
			f, err := e.takeCallbackOf(a, from)
			if errors.Is(err, campaign.ErrNoRecord) {
				break
			}
			if f != nil || err != nil {
				return f, err
			}
		}
	}
	return nil, campaign.ErrNoRecord
}

// takeCallbackOf takes the next one of a source; nil without an error for one that was passed over.
func (e *Engine) takeCallbackOf(a *agentActor, from source) (*found, error) {
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	campaignID := from.campaign
	record, p, token, err := e.store.Promises().Take(ctx, campaignID, a.id, from.queues, e.cfg.RecordLease)
	if err != nil {
		return nil, err
	}
	blocked, err := e.blocks(ctx, campaignID, record)
	if err != nil {
		a.giveBack(campaignID, record.ID, token)
		return nil, err
	}
	markBlocked(record, blocked)
	if _, stopped := blocked.Numbers[p.Number]; stopped || blocked.Customer != nil {
		return nil, e.closeUndialed(campaignID, record, token)
	}
	next, why := e.callableAt(campaignID, p.Number, record.TimeZone)
	if why == "" {
		return &found{campaignID, record, token, p}, nil
	}
	if err := e.store.Promises().Postpone(ctx, campaignID, record.ID, token, next, why); err != nil {
		return nil, err
	}
	e.log.Info().Str("campaign", campaignID).Str("callback", p.ID).Time("until", next).Str("why", why).Msg("callback postponed")
	e.alarmSoon(campaignID, p.ID, next)
	return nil, nil
}

// farAway is when a callback is looked at again whose contact can be called at no time that the calling hours know of.
const farAway = 24 * time.Hour

// callableAt tells why a contact may not be called now, "" if it may, and when it may be.
func (e *Engine) callableAt(campaignID, number, zone string) (next time.Time, why string) {
	now, table := time.Now(), e.hours[campaignID]
	zones, err := table.Zones(number, zone)
	if err != nil {
		return now.Add(farAway), err.Error()
	}
	if allowed, reason := table.Allowed(now, zones); !allowed {
		next, found := table.Next(now, zones)
		if !found {
			next = now.Add(farAway)
		}
		return next, reason.String()
	}
	return now, ""
}

// there tells, for other goroutines, whether the agent is at work: ready, or busy with a call.
func (a *agentActor) there() bool {
	p := a.presence.Load()
	return p != nil && (agent.State(p.State) == agent.Ready || agent.State(p.State).Busy())
}

// queues are those that the agent may have callbacks from.
func (a *agentActor) queues() []callback.Queue { return append(a.ownQueues(), a.poolQueues()...) }

// ownQueues are the agent's own and those of the agent's groups.
func (a *agentActor) ownQueues() []callback.Queue {
	all := []callback.Queue{callback.QueueOf(a.id)}
	for name, members := range a.e.cfg.Groups {
		if slices.Contains(members, a.id) {
			all = append(all, callback.QueueOfGroup(name))
		}
	}
	slices.Sort(all)
	return all
}

// poolQueues are those of what is anybody's: first what only agents with the agent's skills may have.
func (a *agentActor) poolQueues() []callback.Queue {
	var all []callback.Queue
	for _, skill := range a.cfg.Skills {
		all = append(all, callback.QueueOfSkill(skill))
	}
	return append(all, callback.QueuePool)
}

// seekCallback looks for a callback for an agent who has nothing to do.
func (a *agentActor) seekCallback() {
	if a.e.scheduler == nil || a.seeking || a.fetching || a.state != agent.Ready || a.call != nil || a.e.stopping() {
		return
	}
	if a.phone.missing() || a.phone.perCall() && a.phone.settle() != nil {
		return
	}
	a.seeking = true
	a.e.aside(func() {
		f, err := a.e.takeCallback(a, anyPriority)
		taken := a.post(func() { a.sought(f, err) })
		if !taken && err == nil {
			a.giveBack(f.campaign, f.record.ID, f.token)
		}
	})
}

// sought takes what came of the search, and lets the commands go on that waited for it.
func (a *agentActor) sought(f *found, err error) {
	a.seeking = false
	var c *callActor
	switch {
	case err == nil:
		c = a.preview(f)
	case !errors.Is(err, campaign.ErrNoRecord) && !errors.Is(err, errGone):
		a.log.Warn().Err(err).Msg("no callback can be taken")
	}
	asked := a.asked
	a.asked = nil
	for _, goOn := range asked {
		goOn(c)
	}
}
