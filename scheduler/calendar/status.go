package calendar

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/scheduler"
)

// Run is how a work went when its time last came, in whatever process that was.
type Run struct {
	Due     time.Time `json:"due"`             // the time of the schedule that it was for
	Began   time.Time `json:"began"`           // by the clock of the Redis server
	Attempt int       `json:"attempt"`         // from 1
	Error   string    `json:"error,omitempty"` // why it failed; it is tried again then

	// Missed is what was missed the last time that something was.
	Missed Missed `json:"missed"`
}

// Missed is times of a schedule that nothing was done for.
type Missed struct {
	Noticed time.Time   `json:"noticed"` // zero: nothing has ever been missed
	Times   []time.Time `json:"times,omitempty"`
	All     int         `json:"all,omitempty"` // how many; more than there are Times of them if they are many
}

// Status is where a work is.
type Status struct {
	Work    string
	When    Schedule
	Next    time.Time // when it is due next, or when a failed one is tried again; zero before a process has entered it
	Running bool      // a process is at it, or was when it died
	Last    *Run      // nil before its time has first come
}

// noted does the work and notes how that went. That the note cannot be written does not make the work fail.
func (c *Calendar) noted(ctx context.Context, w Work, o Occasion, began time.Time, do func(context.Context, Occasion) error) error {
	before, err := c.last(ctx, w.Name)
	if err != nil {
		return err
	}
	run := Run{Due: o.Due, Began: began, Attempt: o.Attempt}
	if before != nil {
		run.Missed = before.Missed
	}
	if o.MissedAll > 0 {
		run.Missed = Missed{Noticed: began, Times: o.Missed, All: o.MissedAll}
	}
	failed := do(ctx, o)
	if failed != nil {
		run.Error = failed.Error()
		c.log.Error().Err(failed).Str("work", w.Name).Time("due", o.Due).Int("attempt", o.Attempt).Msg("work of the calendar failed; it is tried again")
	}
	text, err := json.Marshal(run)
	if err != nil {
		return errors.Join(failed, err)
	}
	if err := c.rdb.HSet(context.WithoutCancel(ctx), c.runs, w.Name, text).Err(); err != nil {
		c.log.Warn().Err(err).Str("work", w.Name).Msg("how work of the calendar went cannot be noted")
	}
	return failed
}

func (c *Calendar) last(ctx context.Context, work string) (*Run, error) {
	text, err := c.rdb.HGet(ctx, c.runs, work).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	var run Run
	if err == nil {
		err = json.Unmarshal(text, &run)
	}
	if err != nil {
		return nil, fmt.Errorf("read how work %s went last: %w", work, err)
	}
	return &run, nil
}

// Status tells where each work of this calendar is, by name.
func (c *Calendar) Status(ctx context.Context) ([]Status, error) {
	var all []Status
	for name, w := range c.works {
		s := Status{Work: name, When: w.Schedule}
		there, err := c.s.Find(ctx, name)
		switch {
		case err == nil:
			s.Next, s.Running = there.Due, there.Claimed
		case !errors.Is(err, scheduler.ErrNotFound):
			return nil, err
		}
		if s.Last, err = c.last(ctx, name); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(x, y Status) int { return cmp.Compare(x.Work, y.Work) })
	return all, nil
}
