package calendar

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/scheduler"
)

// Work is something to be done at times of the calendar.
type Work struct {
	// Name of the work, the same in all processes and for good.
	Name string
	// Schedule is when.
	Schedule Schedule
	// Do does it. ctx ends when the process shall end and has been waited for, or when another process may have taken the work over.
	Do func(ctx context.Context, o Occasion) error
}

// Occasion is a time that has come.
type Occasion struct {
	// Due is the latest time of the schedule that has come.
	Due time.Time
	// Missed are the times before it that nothing was done for, oldest first: the latest 100 of them.
	Missed []time.Time
	// MissedAll is how many those are; counting ends at 10000.
	MissedAll int
	// Attempt counts from 1 how often it was tried.
	Attempt int
}

// Config is what a Calendar is made of. Redis and Name are required.
type Config struct {
	// Redis stays the caller's to close.
	Redis redis.UniversalClient
	// Name keeps calendars and schedulers on one Redis apart, as in scheduler.Config.
	Name string
	// Works have different names.
	Works []Work
	// Lease is after what silence of the process that does a work another one does it. Default 10 s.
	Lease time.Duration
	// PollInterval is as in scheduler.Config. Default 250 ms.
	PollInterval time.Duration
	// Backoff is how long to wait after the n-th error of a work. Default as in scheduler.Config.
	Backoff func(n int) time.Duration
	// Logger takes what was missed and what failed. Default: none.
	Logger zerolog.Logger
	// Registerer takes the metrics. Default: none.
	Registerer prometheus.Registerer
}

// Calendar does works when their times come.
type Calendar struct {
	s      *scheduler.Scheduler
	rdb    redis.UniversalClient
	key    string
	runs   string
	works  map[string]Work
	log    zerolog.Logger
	missed *prometheus.CounterVec // work
}

// New makes a calendar. It does not speak to Redis yet.
func New(cfg Config) (*Calendar, error) {
	c := &Calendar{
		rdb: cfg.Redis, key: "hs:sched:{" + cfg.Name + "}:calendar", runs: "hs:sched:{" + cfg.Name + "}:runs", works: map[string]Work{},
		log: cfg.Logger.With().Str("calendar", cfg.Name).Logger(),
		missed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hasshin_calendar_missed_total", Help: "Times of the calendar that nothing was done for, by work.",
			ConstLabels: prometheus.Labels{"calendar": cfg.Name},
		}, []string{"work"}),
	}
	for _, w := range cfg.Works {
		switch _, twice := c.works[w.Name]; {
		case w.Name == "" || w.Do == nil || w.Schedule.cron == nil:
			return nil, fmt.Errorf("calendar %s: work %q needs a name, a schedule and something to do", cfg.Name, w.Name)
		case twice:
			return nil, fmt.Errorf("calendar %s: two works are named %q", cfg.Name, w.Name)
		}
		c.works[w.Name] = w
	}
	if cfg.Registerer != nil {
		if err := cfg.Registerer.Register(c.missed); err != nil {
			return nil, fmt.Errorf("calendar %s: metrics: %w", cfg.Name, err)
		}
	}
	var err error
	c.s, err = scheduler.New(scheduler.Config{
		Redis: cfg.Redis, Name: cfg.Name, Shards: 4, Lease: cfg.Lease, PollInterval: cfg.PollInterval, Backoff: cfg.Backoff,
		Concurrency: max(len(cfg.Works), 1), Logger: cfg.Logger, Registerer: cfg.Registerer,
	})
	return c, err
}

// Run does works until ctx ends, then waits for those that are being done. It waits for Redis if that is away.
func (c *Calendar) Run(ctx context.Context) error {
	for name, w := range c.works {
		for err := c.enter(ctx, w); err != nil; err = c.enter(ctx, w) {
			if errors.Is(err, scheduler.ErrShards) {
				return err
			}
			c.log.Warn().Err(err).Str("work", name).Msg("work cannot be entered into the calendar; trying again")
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(time.Second):
			}
		}
	}
	return c.s.Run(ctx, c.do)
}

// enter makes sure that the work's next time is in Redis. The schedule may have changed since the last process wrote it.
func (c *Calendar) enter(ctx context.Context, w Work) error {
	now, err := c.s.Now(ctx)
	if err != nil {
		return err
	}
	// What came before the work was known is not missed.
	if err := c.rdb.HSetNX(ctx, c.key, w.Name, now.UnixMilli()).Err(); err != nil {
		return err
	}
	done, err := c.done(ctx, w)
	if err != nil {
		return err
	}
	entry := scheduler.Entry{ID: w.Name, Due: w.Schedule.Next(done)}
	there, err := c.s.Find(ctx, w.Name)
	switch {
	case errors.Is(err, scheduler.ErrNotFound):
		err = c.s.Create(ctx, entry)
		if errors.Is(err, scheduler.ErrExists) {
			return nil // another process was quicker
		}
	case err == nil && !there.Claimed && there.Attempt == 0 && !there.Due.Equal(entry.Due):
		err = c.s.Reschedule(ctx, entry)
	}
	return err
}

// done is the time that the work was last done for.
func (c *Calendar) done(ctx context.Context, w Work) (time.Time, error) {
	ms, err := c.rdb.HGet(ctx, c.key, w.Name).Int64()
	if err != nil {
		return time.Time{}, fmt.Errorf("read when work %s was last done: %w", w.Name, err)
	}
	return time.UnixMilli(ms), nil
}

// do does the work of a due entry, unless it was done and only the note of its next time is missing.
func (c *Calendar) do(ctx context.Context, j *scheduler.Job) error {
	w, known := c.works[j.ID]
	if !known {
		c.log.Warn().Str("work", j.ID).Msg("the calendar has work that this process does not know; left to others for a minute")
		return j.Retry(ctx, time.Minute)
	}
	done, err := c.done(ctx, w)
	if err != nil {
		return err
	}
	o := occasion(w.Schedule, done, j.Seen)
	if !o.Due.IsZero() {
		o.Attempt = j.Attempt
		if o.MissedAll > 0 && j.Attempt == 1 {
			c.missed.WithLabelValues(w.Name).Add(float64(o.MissedAll))
			c.log.Warn().Str("work", w.Name).Int("missed", o.MissedAll).Time("since", done).Msg("nothing was done at times of the calendar; done once now")
		}
		if err := c.noted(ctx, w, o, j.Seen, w.Do); err != nil {
			return err
		}
		done = o.Due
		if err := c.rdb.HSet(ctx, c.key, w.Name, strconv.FormatInt(done.UnixMilli(), 10)).Err(); err != nil {
			return fmt.Errorf("note that work %s was done: %w", w.Name, err)
		}
	}
	return j.Snooze(ctx, w.Schedule.Next(done))
}

const (
	missedListed  = 100
	missedCounted = 10_000
)

// occasion is what has come since the work was last done.
func occasion(s Schedule, done, now time.Time) Occasion {
	var o Occasion
	for at := s.Next(done); !at.IsZero() && !at.After(now) && o.MissedAll < missedCounted; at = s.Next(at) {
		if !o.Due.IsZero() {
			o.MissedAll++
			o.Missed = append(o.Missed, o.Due)
			if len(o.Missed) > missedListed {
				o.Missed = o.Missed[1:]
			}
		}
		o.Due = at
	}
	return o
}
