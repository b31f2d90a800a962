package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/treatment"
)

// job is what one process does: its clients choose records and give them back until the end.
type job struct {
	Addr, Campaign, Name string
	Clients              int
	Begin, End           time.Time
	Every                time.Duration // between two choices of a client; 0 for as fast as it can
	Again                time.Time     // when records are to be dialed again; zero for an hour later
	Inside               bool          // also ask Redis what choices took within it; one process alone can
}

// done is what it tells: how long choices took, and giving back, and which records it had.
type done struct {
	Chosen, Closed []time.Duration
	Records        []string
	Inside         inside
}

func work(ctx context.Context, text string, out io.Writer) error {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return err
	}
	rdb := redis.NewClient(&redis.Options{Addr: j.Addr, PoolSize: j.Clients, MinIdleConns: j.Clients})
	defer rdb.Close()
	c := calling()
	policy, err := c.Policy()
	if err != nil {
		return err
	}
	store := campaign.NewRedisStore(rdb)
	if _, err := store.Counts(ctx, j.Campaign); err != nil { // connects
		return err
	}
	if j.Inside {
		w := client{job: j, store: store, cfg: c, policy: policy, agent: j.Name}
		err := w.inside(ctx, rdb)
		return errors.Join(err, json.NewEncoder(out).Encode(w.did))
	}
	time.Sleep(time.Until(j.Begin))
	all := make([]done, j.Clients)
	errs := make([]error, j.Clients)
	var clients sync.WaitGroup
	for i := range j.Clients {
		clients.Go(func() {
			w := client{job: j, store: store, cfg: c, policy: policy, agent: fmt.Sprintf("%s.%d", j.Name, i)}
			// Clients do not begin in the same moment: nothing in a campaign makes them.
			errs[i] = w.run(ctx, j.Begin.Add(j.Every*time.Duration(i)/time.Duration(j.Clients)))
			all[i] = w.did
		})
	}
	clients.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	var sum done
	for _, d := range all {
		sum.Chosen, sum.Closed, sum.Records = append(sum.Chosen, d.Chosen...), append(sum.Closed, d.Closed...), append(sum.Records, d.Records...)
	}
	return json.NewEncoder(out).Encode(sum)
}

type client struct {
	job
	store  *campaign.RedisStore
	cfg    campaign.Config
	policy *treatment.Policy
	agent  string
	did    done
}

func (w *client) take(ctx context.Context) (*campaign.Record, campaign.Token, error) {
	open := func(class string) bool { return w.policy.Open(class, noonInTheEast) }
	return w.store.TakeOpen(ctx, w.Campaign, w.agent, time.Minute, open)
}

func (w *client) run(ctx context.Context, next time.Time) error {
	for ; next.Before(w.End) && time.Now().Before(w.End); next = next.Add(w.Every) {
		time.Sleep(time.Until(next))
		began := time.Now()
		r, token, err := w.take(ctx)
		if err != nil {
			return err
		}
		chosen := time.Now()
		if err := w.store.Close(ctx, w.Campaign, r.ID, token, w.outcome(r)); err != nil {
			return err
		}
		w.did.Chosen = append(w.did.Chosen, chosen.Sub(began))
		w.did.Closed = append(w.did.Closed, time.Since(chosen))
		w.did.Records = append(w.did.Records, r.ID)
	}
	return nil
}

// outcome is an attempt that nobody answered.
func (w *client) outcome(r *campaign.Record) campaign.Outcome {
	now := time.Now()
	again := w.Again
	if again.IsZero() {
		again = now.Add(time.Hour)
	}
	place := w.cfg.PlaceOf(r, treatment.Decision{Filing: treatment.Filing{Due: again, At: again, Class: r.Class}})
	if place.Class == "" {
		place.Class = "*"
	}
	return campaign.Outcome{
		Attempts: []campaign.Attempt{{Number: r.Numbers[0].E164, Result: call.NoAnswer, SIP: 480, Q850: 19, Agent: w.agent, Call: w.agent, Dialed: now, Ended: now}},
		Next:     place,
	}
}
