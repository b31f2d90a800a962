package scheduler

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
)

// result is what a round brought.
type result struct {
	parts          []part
	claims         bool // it did not just look
	sent, received time.Time
}

// part is what one request brought.
type part struct {
	request
	got claimed
	err error
}

// start sends requests, those to one server in one round trip. The servers of a cluster are asked apart, so that one that does not
// answer holds nobody up but its own shards.
func (r *runner) start(requests []request) {
	if len(requests) == 0 {
		return
	}
	byServer := map[*redis.Client][]request{}
	for _, q := range requests {
		// An unknown server is asked through the cluster's client, which looks for it.
		var server *redis.Client
		if cluster, ok := r.s.rdb.(*redis.ClusterClient); ok {
			if found, err := cluster.MasterForKey(context.Background(), r.s.keys[q.shard].due); err == nil {
				server = found
			}
		}
		byServer[server] = append(byServer[server], q)
	}
	for _, part := range byServer {
		claims := false
		for _, q := range part {
			st := &r.shards[q.shard]
			st.busy, st.woken = true, math.Inf(1)
			r.reserved += q.limit
			claims = claims || q.limit > 0
		}
		r.inFlight++
		if claims {
			r.claiming++
		}
		go func() {
			done := r.round(part)
			done.claims = claims
			r.results <- done
		}()
	}
}

// round is one round trip. It outlives Run's context: a claim that was sent may have been made.
func (r *runner) round(requests []request) result {
	ctx, cancel := context.WithTimeout(context.Background(), r.s.cfg.Timeout)
	defer cancel()
	calls := make([]call, len(requests))
	for i, q := range requests {
		calls[i] = r.s.claimCall(q.shard, q.limit, q.bound, q.which)
	}
	done := result{parts: make([]part, len(requests)), sent: time.Now()}
	cmds := pipeline(ctx, r.s.rdb, calls, nil)
	done.received = time.Now()
	for i, q := range requests {
		done.parts[i].request = q
		done.parts[i].got, done.parts[i].err = r.s.claimed(cmds[i], q.shard, done.sent)
	}
	return done
}

const (
	firstPause = 50 * time.Millisecond
	lastPause  = time.Second
)

// take takes in what a round brought and hands the jobs on, in order.
func (r *runner) take(done result) {
	r.inFlight--
	if done.claims {
		r.claiming--
	}
	var jobs []*Job
	var failed error
	asked, got, truncated, more, old := 0, 0, false, false, false
	for _, p := range done.parts {
		st := &r.shards[p.shard]
		st.busy, st.looked = false, done.received
		r.reserved -= p.limit
		if p.err != nil {
			failed = p.err
			st.pause = min(max(2*st.pause, firstPause), lastPause)
			st.notBefore = done.received.Add(st.pause)
			continue
		}
		st.pause, st.notBefore = 0, time.Time{}
		st.head, st.young = min(p.got.head, st.woken), p.got.young
		st.clock.heard(done.sent, done.received, p.got.at)
		jobs = append(jobs, p.got.jobs...)
		if p.which == "young" {
			r.planner.credit += float64(p.limit - len(p.got.jobs)) // a claim owed is not paid by one in vain
		}
		if p.limit > 0 && p.which == "old" {
			old = true
			asked += p.limit
			got += len(p.got.jobs)
			truncated = truncated || len(p.got.jobs) == p.limit && p.got.head <= p.bound && !math.IsInf(p.got.young, -1)
			more = more || !math.IsInf(p.got.young, -1)
		}
	}
	if old {
		r.planner.learn(asked, got, truncated, more)
	}
	if failed != nil {
		r.trouble(failed, done.received)
	}
	slices.SortStableFunc(jobs, func(a, b *Job) int {
		switch x, y := a.score(), b.score(); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	for _, j := range jobs {
		r.jobs.start(j)
	}
}

// trouble says every few seconds that claims fail.
func (r *runner) trouble(err error, now time.Time) {
	if cluster, ok := r.s.rdb.(*redis.ClusterClient); ok {
		cluster.ReloadState(context.Background())
	}
	if errors.Is(err, redis.ErrClosed) || now.Sub(r.complain) < 5*time.Second {
		return
	}
	r.complain = now
	r.s.log.Warn().Err(err).Msg("cannot claim what is due; trying again")
}
