package dialer

import (
	"context"
	"errors"
	"time"

	"github.com/hasshin/hasshin/scheduler"
)

// redisScheduler is the Scheduler of package scheduler.
type redisScheduler struct{ s *scheduler.Scheduler }

// NewScheduler lets callbacks be woken by s, which any number of processes may run.
func NewScheduler(s *scheduler.Scheduler) Scheduler { return redisScheduler{s} }

// Set implements Scheduler.
func (r redisScheduler) Set(ctx context.Context, id string, at time.Time) error {
	return r.s.Put(ctx, scheduler.Entry{ID: id, Due: at})
}

// Run implements Scheduler.
func (r redisScheduler) Run(ctx context.Context, wake func(ctx context.Context, id string) (time.Time, error)) error {
	return r.s.Run(ctx, func(ctx context.Context, job *scheduler.Job) error {
		next, err := wake(ctx, job.ID)
		switch {
		case err != nil:
			return err
		case next.IsZero():
			err = job.Ack(ctx)
		default:
			err = job.Snooze(ctx, next)
		}
		if errors.Is(err, scheduler.ErrLost) || errors.Is(err, scheduler.ErrGone) {
			return nil // it was moved or cancelled while it was being seen to
		}
		return err
	})
}
