package scheduler

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Priorities of entries due in the same millisecond.
const (
	MinPriority = -100
	MaxPriority = 100
)

// maxID keeps an index small that is meant for ids.
const maxID = 128

// Entry is something due.
type Entry struct {
	// ID names it, 1 to 128 bytes. It is all that is kept of it, so choose one that leads to the rest.
	ID string
	// Due is when, by the clock of the Redis server, rounded up to milliseconds. It may be past.
	Due time.Time
	// Priority decides among entries due in the same millisecond: the higher goes first. From MinPriority to MaxPriority.
	Priority int
}

func (e Entry) check() error {
	switch {
	case e.ID == "" || len(e.ID) > maxID:
		return fmt.Errorf("id %q has %d bytes; expected 1 to %d", e.ID, len(e.ID), maxID)
	case e.Priority < MinPriority || e.Priority > MaxPriority:
		return fmt.Errorf("priority %d of entry %s; expected %d to %d", e.Priority, e.ID, MinPriority, MaxPriority)
	case e.Due.Before(time.UnixMilli(0)) || e.Due.Year() > 9999:
		return fmt.Errorf("due time %s of entry %s; expected a time from 1970 to 9999", e.Due, e.ID)
	}
	return nil
}

// millis rounds up: rounded down it would be early.
func millis(t time.Time) int64 {
	ms := t.UnixMilli()
	if t.After(time.UnixMilli(ms)) {
		ms++
	}
	return ms
}

// score is the due time in ms. Its fraction, in 256ths, is the priority turned round; a double has room for it until the year 10000.
func (e Entry) score() float64 { return float64(millis(e.Due)) + float64(128-e.Priority)/256 }

func formatScore(score float64) string { return strconv.FormatFloat(score, 'f', -1, 64) }

// fromScore sets due time and priority.
func (e *Entry) fromScore(text string) error {
	score, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return fmt.Errorf("score %q of entry %s: %w", text, e.ID, err)
	}
	ms, fraction := math.Modf(score)
	e.Due, e.Priority = time.UnixMilli(int64(ms)), 128-int(fraction*256)
	return nil
}

// Create writes a new entry and returns when it is durable. If there is an entry with this id, due time and priority already, claimed or not, it
// succeeds too, so a repeated Create does no harm; after an acknowledgement or Cancel it would be a new one, however. With Redis's appendfsync
// everysec it takes up to a second; those that come at the same time share the wait.
//
// Errors: ErrExists, ErrUnconfirmed (the entry may exist: try again), ErrNotDurable.
func (s *Scheduler) Create(ctx context.Context, e Entry) error {
	written, err := s.put(ctx, "create", e)
	if err == nil && !written {
		err = ErrExists
	}
	return s.failed("create", e.ID, err)
}

// Reschedule gives an entry that is there another due time and priority, durably. Is it claimed, it is taken from its holder, who gets ErrLost.
//
// Errors: ErrNotFound, ErrUnconfirmed (try again), ErrNotDurable.
func (s *Scheduler) Reschedule(ctx context.Context, e Entry) error {
	written, err := s.put(ctx, "move", e)
	if err == nil && !written {
		err = ErrNotFound
	}
	return s.failed("reschedule", e.ID, err)
}

// Put is Reschedule if the entry is there and Create if it is not.
func (s *Scheduler) Put(ctx context.Context, e Entry) error {
	_, err := s.put(ctx, "put", e)
	return s.failed("put", e.ID, err)
}

func (s *Scheduler) put(ctx context.Context, mode string, e Entry) (written bool, err error) {
	if err := e.check(); err != nil {
		return false, err
	}
	w := s.putCommit(mode, e)
	if err := s.commit(ctx, []*commit{w}); err != nil {
		return false, err
	}
	return w.written()
}

func (s *Scheduler) putCommit(mode string, e Entry) *commit {
	shard := s.Shard(e.ID)
	return &commit{shard: shard, call: call{putScript, s.keys[shard].all(), []any{mode, e.ID, formatScore(e.score()), s.channel, shard}}}
}

func (w *commit) written() (bool, error) {
	reply, err := w.result()
	return err == nil && reply[0] != "0", err
}

// commit makes sure that the shards are what they were, and commits.
func (s *Scheduler) commit(ctx context.Context, all []*commit) error {
	if err := s.checkShards(ctx); err != nil {
		if errors.Is(err, ErrShards) {
			return err
		}
		return fmt.Errorf("%w: %w", ErrUnconfirmed, err)
	}
	began := time.Now()
	s.committer.commit(ctx, all)
	s.metrics.created.Observe(time.Since(began).Seconds())
	return nil
}

// CreateAll is Create for many, a few thousand at most: they share the wait for the disk. The error joins those of all entries; those that have
// none are there.
func (s *Scheduler) CreateAll(ctx context.Context, entries []Entry) error {
	all := make([]*commit, len(entries))
	for i, e := range entries {
		if err := e.check(); err != nil {
			return s.failed("create", e.ID, err)
		}
		all[i] = s.putCommit("create", e)
	}
	if err := s.commit(ctx, all); err != nil {
		return fmt.Errorf("scheduler %s: create %d entries: %w", s.cfg.Name, len(entries), err)
	}
	var errs []error
	for i, w := range all {
		written, err := w.written()
		if err == nil && !written {
			err = ErrExists
		}
		errs = append(errs, s.failed("create", entries[i].ID, err))
	}
	return errors.Join(errs...)
}

// Cancel removes an entry, claimed or not, and tells whether there was one. A holder of its claim gets ErrGone from then on. It returns before
// the disk has it: after a crash of Redis within that second the entry is back, which who keeps the effect has to know anyway.
func (s *Scheduler) Cancel(ctx context.Context, id string) (existed bool, err error) {
	existed, err = s.run(ctx, call{cancelScript, s.keysOf(id).two(), []any{id}}).Bool()
	return existed, s.failed("cancel", id, err)
}

// Found is an entry as it is in Redis.
type Found struct {
	Entry
	Claimed bool      // its lease may be over
	Lease   time.Time // end of the lease of a claimed one
	Attempt int       // how often it has been claimed since it was given its due time
}

// Find reads an entry. ErrNotFound when there is none.
func (s *Scheduler) Find(ctx context.Context, id string) (Found, error) {
	reply, err := s.run(ctx, call{findScript, s.keysOf(id).two(), []any{id}}).StringSlice()
	if errors.Is(err, redis.Nil) {
		err = ErrNotFound
	}
	if err != nil {
		return Found{}, s.failed("find", id, err)
	}
	f := Found{Entry: Entry{ID: id}}
	if err := f.fromScore(reply[0]); err != nil || reply[1] == "" {
		return f, err
	}
	parts := strings.Fields(reply[1])
	if len(parts) != 3 {
		return f, fmt.Errorf("find entry %s: its claim is %q; expected token, attempts and score", id, reply[1])
	}
	f.Claimed = parts[0] != "0"
	if f.Claimed {
		f.Lease = f.Due
	}
	if f.Attempt, err = strconv.Atoi(parts[1]); err != nil {
		return f, fmt.Errorf("find entry %s: attempts: %w", id, err)
	}
	return f, f.fromScore(parts[2])
}

// failed says what could not be done with which entry.
func (s *Scheduler) failed(what, id string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("scheduler %s: %s entry %s: %w", s.cfg.Name, what, id, err)
}
