package dialer

import (
	"context"
	"fmt"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/hasshin/hasshin/dialer/recording"
)

// remove deletes a recording: its file first, so that nothing is left that nobody knows of.
func (r *recordings) remove(ctx context.Context, m recording.Meta) error {
	if err := r.withdraw(ctx, m); err != nil {
		return &Error{Code: CodeStoreUnavailable, Message: "the recording's copy in the storage cannot be deleted now: " + err.Error(), Err: err}
	}
	if m.File != "" {
		if err := r.files.Delete(m.File); err != nil {
			return fmt.Errorf("delete %s: %w", m.File, err)
		}
	}
	if err := r.store.Forget(ctx, m); err != nil {
		return &Error{Code: CodeStoreUnavailable, Message: "the recording's file is deleted, but it is still listed; delete it again", Err: err}
	}
	return nil
}

// sweepAlways deletes recordings whose time is over, when the configuration says, until ctx ends.
func (r *recordings) sweepAlways(ctx context.Context) {
	when, err := cron.ParseStandard(r.e.cfg.Recordings.Sweep)
	if err != nil {
		r.log.Error().Err(err).Msg("recordings are never swept") // the configuration was checked
		return
	}
	for {
		select {
		case <-time.After(time.Until(when.Next(time.Now()))):
			if deleted, err := r.sweep(ctx, time.Now()); err != nil {
				r.log.Error().Err(err).Int("deleted", deleted).Msg("recordings whose time is over cannot all be deleted; it is tried again next time")
			} else {
				r.log.Info().Int("deleted", deleted).Msg("recordings whose time is over are deleted")
			}
			if left, err := r.leaveToStorage(ctx, time.Now()); err != nil {
				r.log.Error().Err(err).Int("left", left).Msg("uploaded files cannot all be deleted from the disk; it is tried again next time")
			}
		case <-ctx.Done():
			return
		}
	}
}

// sweep deletes what each campaign wants kept no longer than until now.
func (r *recordings) sweep(ctx context.Context, now time.Time) (deleted int, err error) {
	for id, cfg := range r.e.cfg.Campaigns {
		if cfg.Recording.Keep == 0 {
			continue
		}
		err := r.each(ctx, recording.Query{Campaign: id, Before: now.Add(-cfg.Recording.Keep)}, func(m recording.Meta) error {
			if m.State != recording.Stored && m.State != recording.Lost {
				return nil
			}
			if err := r.remove(ctx, m); err != nil {
				return err
			}
			deleted++
			return nil
		})
		if err != nil {
			return deleted, err
		}
	}
	return deleted, nil
}

// each does something with every recording that a query finds.
func (r *recordings) each(ctx context.Context, q recording.Query, do func(recording.Meta) error) error {
	q.Limit = 1000
	for {
		found, err := r.store.List(ctx, q)
		if err != nil {
			return err
		}
		for _, m := range found {
			q.After = m.ID
			if err := do(m); err != nil {
				return err
			}
		}
		if len(found) < q.Limit {
			return nil
		}
	}
}
