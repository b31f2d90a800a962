package dialer

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/history"
)

// past is what the history has, the oldest first.
func (r *rig) past() []history.PastCall {
	var all []history.PastCall
	for e, err := range r.engine.history.All(context.Background(), history.Query{Campaign: rigCampaign}) {
		if err != nil {
			r.fault("history: %v", err)
			break
		}
		all = append(all, e)
	}
	return all
}

// auditHistory looks that the history has each attempt and each call once, and their times in order.
func (r *rig) auditHistory() {
	type key struct {
		call    string
		attempt int
	}
	seen, last, dialed := map[key]bool{}, map[string]bool{}, map[string]bool{}
	for _, e := range r.past() {
		k := key{e.Call, e.Attempt}
		if seen[k] || e.Last && last[e.Call] {
			r.fault("history: call %s, attempt %d is there twice", e.Call, e.Attempt)
		}
		seen[k], last[e.Call] = true, last[e.Call] || e.Last
		if e.Attempt > 0 {
			dialed[e.Call] = true
			if !e.Result.Valid() || e.Number == "" || e.HangUp == "" && e.Result != call.Answered {
				r.fault("history: attempt %+v", e)
			}
		}
		before := e.Created
		for _, at := range []time.Time{e.Dialed, e.Rang, e.Answered, e.Joined} {
			if at.IsZero() {
				continue
			}
			if at.Before(before) {
				r.fault("history: times of %+v are not in order", e)
			}
			before = at
		}
		if e.Ended.Before(before) && e.Attempt > 0 {
			r.fault("history: %+v ended before it was over", e)
		}
	}
	for k := range seen {
		if !last[k.call] {
			r.fault("history: call %s has no last entry", k.call)
		}
	}
	r.ledger.mu.Lock()
	defer r.ledger.mu.Unlock()
	for id := range r.ledger.attempts {
		if !dialed[id] {
			r.fault("history: the attempt of call %s is missing", id)
		}
	}
	if len(dialed) != len(r.ledger.attempts) {
		r.fault("history: %d calls that dialed, want %d", len(dialed), len(r.ledger.attempts))
	}
}

// mortal is a store whose process is killed when it closes the next record: just before, or just after.
type mortal struct {
	campaign.Store
	die  string // before, after; "" to live
	dead chan struct{}
}

func (m *mortal) Close(ctx context.Context, id, record string, token campaign.Token, o campaign.Outcome) error {
	switch m.die {
	case "":
		return m.Store.Close(ctx, id, record, token, o)
	case "after":
		if err := m.Store.Close(ctx, id, record, token, o); err != nil {
			return err
		}
	}
	m.die = ""
	close(m.dead)
	<-ctx.Done()
	return ctx.Err()
}

func TestACrashAtTheEndOfACallLosesAndDoublesNoHistory(t *testing.T) {
	t.Parallel()
	for name, die := range map[string]string{
		"before the record is closed": "before", "after the record is closed": "after", "and the record is handed to somebody else": "lost",
	} {
		t.Run(name, func(t *testing.T) {
			addr := newRedis(t)
			synctest.Test(t, func(t *testing.T) {
				r := newRigWith(t, addr, true, nil)
				r.arrive("hanako")
				m := &mortal{Store: r.ledger.Store, dead: make(chan struct{})}
				r.ledger.Store = m
				defer r.stop()
				for _, line := range []string{"hanako record", "hanako accept", "wait 15s", "hanako end"} {
					r.perform(line)
					synctest.Wait()
				}
				if n := len(r.past()); n != 0 || r.broken() {
					t.Fatalf("%d entries before the call's end; %v\n%s", n, r.wrong, r.log)
				}
				m.die = die
				go r.perform("hanako done")
				select {
				case <-m.dead:
				case <-time.After(time.Minute):
					t.Fatalf("the record is not closed: %v\n%s", r.wrong, r.log)
				}
				synctest.Wait()
				r.ledger.Store = m.Store // of the next process
				if die == "lost" {
					rdb := redis.NewClient(&redis.Options{Addr: addr, Protocol: 2, DisableIdentity: true})
					if err := errors.Join(rdb.Del(t.Context(), "hs:{c:"+rigCampaign+"}:lease").Err(), rdb.Close()); err != nil {
						t.Fatal(err)
					}
				}
				r.restart()
				time.Sleep(time.Minute)
				synctest.Wait()
				past := r.past()
				if len(past) != 1 {
					t.Fatalf("%d entries, want 1: %+v\n%s", len(past), past, r.log)
				}
				e := past[0]
				if e.Result != call.Answered || !e.Last || e.Attempt != 1 || e.Agent != "hanako" || e.HangUp != history.ByAgent || e.Ending != "closed" ||
					e.Mode != "preview" || e.Talk() < 10*time.Second || e.Rang.IsZero() || len(e.Hands) != 1 || e.Hands[0].Talk() != e.Talk() {
					t.Errorf("%+v", e)
				}
			})
		})
	}
}
