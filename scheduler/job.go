package scheduler

import (
	"context"
	"sync/atomic"
	"time"
)

// Job is an entry that has been claimed. Its methods may be called by any goroutine, also after the handler has returned ErrHold.
type Job struct {
	Entry

	// Token is the claim's fencing token: higher than that of every earlier claim of this entry.
	Token int64
	// Seen is when it was claimed, by the clock of the Redis server. Seen − Due is its lateness, never negative.
	Seen time.Time
	// Attempt counts the claims since the entry was given its due time, from 1. Above 1 an earlier holder died, or its handler failed.
	Attempt int

	s       *Scheduler
	shard   int
	until   time.Time // by this process's clock: when the lease ended at the earliest, as claimed
	settled atomic.Bool
}

// Ack removes the entry: it has been acted on.
//
// Errors: ErrLost (somebody else has claimed it since, or it was given another time), ErrGone (acknowledged in an earlier try, or cancelled).
func (j *Job) Ack(ctx context.Context) error { return j.remove(ctx, "ack") }

// Cancel removes the entry like Ack; in the metrics it counts as cancelled and not as done. Errors as of Ack.
func (j *Job) Cancel(ctx context.Context) error { return j.remove(ctx, "cancel") }

// Snooze lets the entry go and makes it due at another time, which starts its attempts anew. It may be earlier than the first one.
// Errors as of Ack.
func (j *Job) Snooze(ctx context.Context, due time.Time) error {
	e := j.Entry
	e.Due = due
	if err := e.check(); err != nil {
		return j.s.failed("snooze", j.ID, err)
	}
	return j.snooze(ctx, "snooze", millis(due), "at", "new")
}

// Retry lets the entry go and makes it due after a while by the server's clock; its attempts go on to be counted. Errors as of Ack.
func (j *Job) Retry(ctx context.Context, after time.Duration) error {
	return j.snooze(ctx, "retry", max(after.Milliseconds(), 0), "in", "keep")
}

// Release gives the entry back as it was before it was claimed. Errors as of Ack.
func (j *Job) Release(ctx context.Context) error { return j.snooze(ctx, "release", 0, "back", "keep") }

// Renew lets the lease end that long from now. Run does so for a job in its handler. Errors as of Ack.
func (j *Job) Renew(ctx context.Context, lease time.Duration) error {
	code, err := j.s.run(ctx, call{renewScript, j.s.keys[j.shard].two(), []any{j.ID, j.Token, lease.Milliseconds()}}).Int64()
	return j.s.failed("renew", j.ID, outcome(code, err))
}

func (j *Job) remove(ctx context.Context, how string) error {
	var err error
	j.s.again(ctx, func(ctx context.Context) error {
		err = j.s.acker.ack(ctx, j)
		if isOver(err) {
			return nil
		}
		return err
	})
	return j.settle(how, err)
}

func (j *Job) snooze(ctx context.Context, how string, ms int64, from, attempts string) error {
	code, err := j.s.run(ctx, call{snoozeScript, j.s.keys[j.shard].two(),
		[]any{j.ID, j.Token, ms, from, attempts, j.s.channel, j.shard}}).Int64()
	return j.settle(how, outcome(code, err))
}

// settle notes that there is nothing left to do about the job, if so.
func (j *Job) settle(how string, err error) error {
	if err == nil || isOver(err) {
		j.settled.Store(true)
		j.s.metrics.settle(how, err)
	}
	return j.s.failed(how, j.ID, err)
}

// outcome turns a script's answer into an error.
func outcome(code int64, err error) error {
	switch {
	case err != nil:
		return err
	case code == 0:
		return ErrLost
	case code < 0:
		return ErrGone
	}
	return nil
}
