package scheduler

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Handler acts on a job. The scheduler renews its lease meanwhile; ctx ends when the claim is lost, and when Run's time to drain is over.
//
// If the handler has not settled the job itself, by Ack, Cancel, Snooze, Retry or Release, its result does: nil acknowledges it, [ErrHold] leaves
// it to whom the handler has given it to, and any other error lets it be due again after the Config's Backoff.
type Handler func(ctx context.Context, job *Job) error

// SetConcurrency changes how many jobs Run has in its handler at once; 0 stops claiming. Set it to the number of those who can take one now, and
// what nobody could take stays with Redis, for other processes too.
func (s *Scheduler) SetConcurrency(n int) {
	s.concurrency.Store(int64(max(n, 0)))
	notify(s.resized)
}

func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Run claims what is due and calls handler for each, in a goroutine of its own, until ctx ends. Then it claims no more, gives its shards to the
// others, waits for the handlers and returns nil. It outlives outages of Redis. One Run at a time in a Scheduler.
func (s *Scheduler) Run(ctx context.Context, handler Handler) error {
	if !s.running.CompareAndSwap(false, true) {
		return fmt.Errorf("scheduler %s: it runs already", s.cfg.Name)
	}
	defer s.running.Store(false)
	for err := s.checkShards(ctx); err != nil; err = s.checkShards(ctx) {
		if errors.Is(err, ErrShards) || ctx.Err() == nil && !isPassing(err) {
			return fmt.Errorf("scheduler %s: %w", s.cfg.Name, err)
		}
		if ctx.Err() != nil {
			return nil
		}
		s.log.Warn().Err(err).Msg("waiting for redis")
	}
	newRunner(s, handler).run(ctx)
	return nil
}

// runner is one Run. Its loop owns everything below shards; the rest is for the goroutines around it.
type runner struct {
	s       *Scheduler
	handler Handler
	shares  chan []int    // shards of this process
	reshare chan struct{} // shards may have become free
	wakes   chan wake
	results chan result
	ended   chan struct{} // a handler has
	jobs    jobs

	shards   []shardState
	planner  planner
	cluster  bool
	inFlight int // rounds
	claiming int // rounds that are not just looking
	reserved int // entries that rounds in flight may bring
	complain time.Time
}

// shardState is what is known of a shard.
type shardState struct {
	owned, busy bool
	head, young float64
	woken       float64 // earliest head there was word of while a round was on its way; its answer may be from before
	clock       clock
	looked      time.Time
	notBefore   time.Time // after an error
	pause       time.Duration
}

func newRunner(s *Scheduler, handler Handler) *runner {
	r := &runner{
		s: s, handler: handler,
		shares: make(chan []int), reshare: make(chan struct{}, 1), wakes: make(chan wake, 1024),
		results: make(chan result), ended: make(chan struct{}, 1),
		shards: make([]shardState, s.cfg.Shards), planner: planner{freshEvery: s.cfg.FreshEvery},
	}
	_, r.cluster = s.rdb.(*redis.ClusterClient)
	base := time.Now()
	for i := range r.shards {
		r.shards[i] = shardState{head: math.Inf(1), young: math.Inf(-1), clock: clock{base: base}}
	}
	return r
}

func (r *runner) run(ctx context.Context) {
	var around sync.WaitGroup
	around.Go(func() { r.keepShare(ctx) })
	around.Go(func() { r.listen(ctx) })
	handlers, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	r.jobs.init(r, handlers)
	stopRenewing := r.jobs.startRenewing()
	r.loop(ctx)
	around.Wait()
	r.drain(cancel)
	stopRenewing()
	r.s.metrics.shards.Set(0)
}

// loop claims until ctx ends.
func (r *runner) loop(ctx context.Context) {
	poll := time.NewTicker(r.s.cfg.PollInterval)
	defer poll.Stop()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for ctx.Err() == nil {
		now := time.Now()
		next := r.claimDue(now)
		timer.Reset(max(next.Sub(now), 0))
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-r.ended:
		case <-r.s.resized:
		case shards := <-r.shares:
			r.own(shards)
		case w := <-r.wakes:
			st := &r.shards[w.shard]
			st.head, st.woken = min(st.head, w.head), min(st.woken, w.head)
		case done := <-r.results:
			r.take(done)
		case now := <-poll.C:
			r.lookAround(now)
		}
	}
}

// free is how many entries may be claimed now.
func (r *runner) free() int {
	return int(r.s.concurrency.Load()) - r.jobs.running() - r.reserved
}

// claimDue starts rounds for what is due and returns when something will be, or a long time from now.
func (r *runner) claimDue(now time.Time) (next time.Time) {
	next = now.Add(time.Hour)
	free := r.free()
	if free < 1 {
		return next // the end of a handler wakes the loop
	}
	if r.cluster {
		free = (free + 1) / 2 // a server that does not answer must not have all places
	} else if r.claiming > 0 {
		return next // one at a time keeps the order and makes for large rounds; its end wakes the loop
	}
	var due []dueShard
	latest := 0. // reading of a server's clock
	for i := range r.shards {
		st := &r.shards[i]
		if !st.owned || st.busy || !st.clock.known || math.IsInf(st.head, 1) {
			continue
		}
		at := st.clock.when(math.Floor(st.head))
		if st.notBefore.After(at) {
			at = st.notBefore
		}
		if at.After(now) {
			if at.Before(next) {
				next = at
			}
			continue
		}
		due = append(due, dueShard{i, st.head, st.young})
		latest = max(latest, st.clock.reads(now))
	}
	r.start(r.planner.plan(due, free, latest))
	return next // what is left over is for the next round: the end of this one wakes the loop
}

// own takes over the shards that became this process's and forgets those that are not any more.
func (r *runner) own(shards []int) {
	is := make(map[int]bool, len(shards))
	for _, shard := range shards {
		is[shard] = true
	}
	var fresh []request
	for i := range r.shards {
		st := &r.shards[i]
		if is[i] && !st.owned && !st.busy {
			fresh = append(fresh, request{shard: i, which: "old"})
		}
		st.owned = is[i]
	}
	r.start(fresh)
	r.s.metrics.shards.Set(float64(len(shards)))
}

// lookAround looks at shards that were not heard of for a while.
func (r *runner) lookAround(now time.Time) {
	var looks []request
	for i := range r.shards {
		st := &r.shards[i]
		if st.owned && !st.busy && now.Sub(st.looked) >= r.s.cfg.PollInterval/2 && !st.notBefore.After(now) {
			looks = append(looks, request{shard: i, which: "old"})
		}
	}
	r.start(looks)
}

// drain waits for rounds and handlers; what rounds bring now is given back at once.
func (r *runner) drain(cancel context.CancelCauseFunc) {
	if _, err := r.s.share(context.Background(), 0); err != nil {
		r.s.log.Warn().Err(err).Msg("shards not given up; the others take them when the membership ends")
	}
	for r.inFlight > 0 {
		done := <-r.results
		r.inFlight--
		for _, part := range done.parts {
			for _, j := range part.got.jobs {
				ctx, stop := r.jobs.settling()
				if err := j.Release(ctx); err != nil && !isOver(err) {
					r.s.log.Warn().Err(err).Msg("a claim was not given back; it is claimed again when its lease ends")
				}
				stop()
			}
		}
	}
	late := time.AfterFunc(r.s.cfg.Drain, func() { cancel(errDrained) })
	defer late.Stop()
	r.jobs.wait()
}

// errDrained is the cause of a handler's cancelled context.
var errDrained = errors.New("the scheduler has waited long enough for its handlers to end")
