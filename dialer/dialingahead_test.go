package dialer

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/hasshin/hasshin/ari/aritest"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// alarmClock is a Scheduler in memory, by the clock of a bubble.
type alarmClock struct {
	mu      sync.Mutex
	at      map[string]time.Time
	changed chan struct{}
}

func newAlarmClock() *alarmClock {
	return &alarmClock{at: map[string]time.Time{}, changed: make(chan struct{}, 1)}
}

func (c *alarmClock) Set(_ context.Context, id string, at time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at[id] = at
	select {
	case c.changed <- struct{}{}:
	default:
	}
	return nil
}

// due takes what is due, and says how long it is until the next.
func (c *alarmClock) due() (ids []string, wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	wait = time.Hour
	for id, at := range c.at {
		if until := time.Until(at); until > 0 {
			wait = min(wait, until)
			continue
		}
		ids = append(ids, id)
		delete(c.at, id)
	}
	return ids, wait
}

func (c *alarmClock) Run(ctx context.Context, wake func(context.Context, string) (time.Time, error)) error {
	for ctx.Err() == nil {
		ids, wait := c.due()
		for _, id := range ids {
			next, err := wake(ctx, id)
			if err != nil {
				next = time.Now().Add(time.Second)
			}
			if !next.IsZero() {
				_ = c.Set(ctx, id, next)
			}
		}
		if len(ids) > 0 {
			continue
		}
		select {
		case <-c.changed:
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
	return nil
}

// Promises notes the records that are out for callbacks.
func (l *ledger) Promises() campaign.Promises { return ledgerPromises{l.Store.Promises(), l} }

type ledgerPromises struct {
	campaign.Promises
	l *ledger
}

func (p ledgerPromises) Take(ctx context.Context, id, agent string, queues []callback.Queue, lease time.Duration) (*campaign.Record, *callback.Promise, campaign.Token, error) {
	r, promise, token, err := p.Promises.Take(ctx, id, agent, queues, lease)
	if err == nil {
		p.l.mu.Lock()
		p.l.taken[token] = map[string]bool{}
		p.l.mu.Unlock()
	}
	return r, promise, token, err
}

func (p ledgerPromises) Postpone(ctx context.Context, id, record string, token campaign.Token, due time.Time, why string) error {
	err := p.Promises.Postpone(ctx, id, record, token, due, why)
	p.l.note(token, "postponed", nil, err)
	return err
}

// aheadScene plays a story in which the campaign dials by itself and keeps callbacks, all by the clock of the bubble.
func aheadScene(t *testing.T, mode campaign.Mode, story func(t *testing.T, r *rig)) {
	t.Helper()
	redis := miniredis.RunT(t)
	synctest.Test(t, func(t *testing.T) {
		redis.SetTime(time.Now())
		r := newRigOn(t, redis.Addr(), false, func(o *Options) {
			dialsBy(mode)(&o.Config)
			boss := o.Config.Agents["yuki"]
			boss.Role = agent.RoleSupervisor
			o.Config.Agents["yuki"] = boss
			o.Scheduler = newAlarmClock()
		})
		go func() {
			for tick := time.NewTicker(10 * time.Millisecond); t.Context().Err() == nil; {
				select {
				case <-tick.C:
					redis.SetTime(time.Now())
				case <-t.Context().Done():
					tick.Stop()
				}
			}
		}()
		r.numbersAre(aritest.Answer(10 * time.Second))
		story(t, r)
		r.judge(t)
	})
}

// promises lets an agent promise a callback in a call, due a while from now, and not be ready afterwards.
func (r *rig) promises(t *testing.T, id string, kind callback.Kind, due time.Duration) {
	t.Helper()
	at := time.Now().Add(due)
	v := r.hasCall(t, id, 30*time.Second)
	if _, err := r.engine.SetCallback(t.Context(), id, v.ID, in(time.Until(at), kind)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.engine.SetNotReady(t.Context(), id, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := r.engine.Done(t.Context(), id, v.ID, DoneOptions{Disposition: "sale", Stop: true}); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

// offeredTo waits until one of the agents has a callback, for so long at most, and says who.
func (r *rig) offeredTo(t *testing.T, within time.Duration) string {
	t.Helper()
	for limit := time.Now().Add(within); time.Now().Before(limit); time.Sleep(10 * time.Millisecond) {
		synctest.Wait()
		for _, id := range rigAgents {
			a, err := r.engine.Agent(t.Context(), id)
			if err != nil || a.CallID == "" {
				continue
			}
			if v, err := r.engine.Call(t.Context(), id, a.CallID); err == nil && v.State == "previewing" && v.Promise != nil {
				return id
			}
		}
	}
	t.Fatalf("nobody has a callback after %s\n%s", within, r.log)
	return ""
}

// wants fails when not so many contacts are being dialed or talked to.
func (r *rig) wants(t *testing.T, calls int, when string) {
	t.Helper()
	synctest.Wait()
	if legs := r.callLegs(); len(legs) != calls {
		t.Errorf("%s: %v are on the line, want %d", when, legs, calls)
	}
}

// A callback comes due while a call would ring: one of two agents is kept for it. Everybody answers after ten seconds, and nobody is abandoned.
func TestNobodyIsDialedForAnAgentWhoIsGivenACallbackMeanwhile(t *testing.T) {
	t.Parallel()
	for _, mode := range []campaign.Mode{campaign.ModeProgressive, campaign.ModePredictive} {
		for _, kind := range []callback.Kind{callback.Pool, callback.Personal} {
			t.Run(fmt.Sprint(mode, " ", kind), func(t *testing.T) {
				t.Parallel()
				aheadScene(t, mode, func(t *testing.T, r *rig) {
					due := time.Now().Add(90 * time.Second)
					r.arrive("hanako")
					r.promises(t, "hanako", kind, time.Until(due))
					time.Sleep(time.Until(due.Add(-40 * time.Second)))
					r.arrive("hanako", "taro")
					time.Sleep(time.Second)
					r.wants(t, 2, "40 s before it is due")
					for _, id := range []string{"hanako", "taro"} {
						v := r.hasCall(t, id, 15*time.Second)
						r.perform(id + " end")
						if _, err := r.engine.SetNotReady(t.Context(), id, ""); err != nil {
							t.Fatal(err)
						}
						if _, err := r.engine.Done(t.Context(), id, v.ID, DoneOptions{Disposition: "sale", Stop: true}); err != nil {
							t.Fatal(err)
						}
					}
					time.Sleep(time.Until(due.Add(-8 * time.Second)))
					r.perform("hanako ready")
					r.perform("taro ready")
					time.Sleep(5 * time.Second)
					r.wants(t, 1, "3 s before it is due")
					if v, err := r.engine.Dialing(t.Context(), "yuki", rigCampaign); err != nil || v.Kept != 1 || v.Ready != 2 {
						t.Errorf("%+v, %v: want one of two ready agents kept", v, err)
					}
					other := map[string]string{"hanako": "taro", "taro": "hanako"}[r.offeredTo(t, 5*time.Second)]
					if kind == callback.Personal && other != "taro" {
						t.Error("taro has hanako's callback")
					}
					r.hasCall(t, other, 10*time.Second)
					time.Sleep(30 * time.Second)
					r.wants(t, 1, "while one looks at the callback and the other talks")
					if sums := r.answers(t); sums != (campaign.Answers{Live: 4}) {
						t.Errorf("%+v, want four who answered and nobody abandoned", sums)
					}
				})
			})
		}
	}
}

// Callbacks have come due while nobody was there. Of three agents who come, two are given one at once; one call is placed, for the third.
func TestWhoComesToWaitingCallbacksIsNotDialedFor(t *testing.T) {
	t.Parallel()
	aheadScene(t, campaign.ModeProgressive, func(t *testing.T, r *rig) {
		due := time.Now().Add(90 * time.Second)
		for range 2 {
			r.arrive("hanako")
			r.promises(t, "hanako", callback.Pool, time.Until(due))
		}
		time.Sleep(time.Until(due.Add(30 * time.Second)))
		r.wants(t, 0, "while nobody is ready")
		r.arrive("taro", "jiro", "hanako")
		time.Sleep(20 * time.Second)
		r.wants(t, 1, "two look at callbacks, one talks")
		states := map[string]int{}
		for _, id := range []string{"taro", "jiro", "hanako"} {
			a, err := r.engine.Agent(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			states[a.State]++
		}
		if want := map[string]int{string(agent.Preview): 2, string(agent.OnCall): 1}; !maps.Equal(states, want) {
			t.Errorf("agents are %v, want %v", states, want)
		}
		if sums := r.answers(t); sums != (campaign.Answers{Live: 3}) {
			t.Errorf("%+v, want three who answered and nobody abandoned", sums)
		}
	})
}
