package scheduler

import (
	"context"
	"errors"
	"sync"
	"time"
)

// jobs are those in the handler.
type jobs struct {
	r   *runner
	ctx context.Context // the handlers'

	mu   sync.Mutex
	idle sync.Cond
	in   map[*Job]*running
}

type running struct {
	cancel  context.CancelCauseFunc
	renewed time.Time
}

func (js *jobs) init(r *runner, ctx context.Context) {
	js.r, js.ctx, js.in = r, ctx, map[*Job]*running{}
	js.idle.L = &js.mu
}

func (js *jobs) running() int {
	js.mu.Lock()
	defer js.mu.Unlock()
	return len(js.in)
}

// start gives a job to the handler.
func (js *jobs) start(j *Job) {
	ctx, cancel := context.WithCancelCause(js.ctx)
	js.mu.Lock()
	js.in[j] = &running{cancel: cancel, renewed: j.until.Add(-js.r.s.cfg.Lease)}
	js.mu.Unlock()
	js.r.s.metrics.running.Inc()
	go func() {
		err := js.r.handler(ctx, j)
		js.settle(ctx, j, err)
		cancel(nil)
		js.mu.Lock()
		delete(js.in, j)
		if len(js.in) == 0 {
			js.idle.Broadcast()
		}
		js.mu.Unlock()
		js.r.s.metrics.running.Dec()
		notify(js.r.ended)
	}()
}

// wait waits until no handler runs.
func (js *jobs) wait() {
	js.mu.Lock()
	defer js.mu.Unlock()
	for len(js.in) > 0 {
		js.idle.Wait()
	}
}

// settling is the context for what has to be done after a handler, also when all else is told to end.
func (js *jobs) settling() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(js.ctx), js.r.s.cfg.Timeout)
}

// settle does what the handler's result says.
func (js *jobs) settle(handlers context.Context, j *Job, result error) {
	if j.settled.Load() || errors.Is(result, ErrHold) {
		return
	}
	ctx, cancel := js.settling()
	defer cancel()
	var err error
	switch {
	case result == nil:
		err = j.Ack(ctx)
	case errors.Is(context.Cause(handlers), errDrained):
		err = j.Release(ctx)
	default:
		wait := js.r.s.cfg.Backoff(j.Attempt)
		js.r.s.log.Warn().Err(result).Str("entry", j.ID).Int("attempt", j.Attempt).Dur("again", wait).Msg("the handler of a due entry failed")
		err = j.Retry(ctx, wait)
	}
	switch {
	case errors.Is(err, ErrGone):
		js.r.s.log.Debug().Err(err).Msg("a job's entry is gone")
	case err != nil:
		js.r.s.log.Warn().Err(err).Msg("a job was not settled; it is claimed again when its lease ends")
	}
}

// startRenewing renews leases of jobs in the handler until it is told to stop, then waits for its own end.
func (js *jobs) startRenewing() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		tick := time.NewTicker(js.r.s.cfg.Lease / 6)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				js.renew(ctx)
			}
		}
	})
	return func() {
		cancel()
		done.Wait()
	}
}

// renew renews the leases of which a third is over.
func (js *jobs) renew(ctx context.Context) {
	s := js.r.s
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Lease/3)
	defer cancel()
	now := time.Now()
	var old []*Job
	var calls []call
	js.mu.Lock()
	for j, in := range js.in {
		if now.Sub(in.renewed) >= s.cfg.Lease/3 && !j.settled.Load() {
			old = append(old, j)
			calls = append(calls, call{renewScript, s.keys[j.shard].two(), []any{j.ID, j.Token, s.cfg.Lease.Milliseconds()}})
		}
	}
	js.mu.Unlock()
	if len(old) == 0 {
		return
	}
	cmds := pipeline(ctx, s.rdb, calls, nil)
	js.mu.Lock()
	defer js.mu.Unlock()
	for i, j := range old {
		in := js.in[j]
		if in == nil {
			continue
		}
		code, err := cmds[i].Int64()
		switch err := outcome(code, err); {
		case err == nil:
			in.renewed = now
		case isOver(err) && !j.settled.Load():
			in.cancel(s.failed("renew", j.ID, err))
		}
	}
}
