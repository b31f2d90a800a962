package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hasshin/hasshin/bench/report"
	"github.com/hasshin/hasshin/bench/stack"
	"github.com/hasshin/hasshin/scheduler"
)

const clients = 4

func (b *bench) claimsPart(ctx context.Context) ([]report.Figure, error) {
	claimed, ofCPU, err := b.claimOurs(ctx, b.claims, clients)
	if err != nil {
		return nil, err
	}
	n := min(b.claims, 100_000)
	handled, err := b.handleOurs(ctx, n, clients)
	if err != nil {
		return nil, err
	}
	theirs, err := b.handleAsynq(ctx, n, clients)
	if err != nil {
		return nil, err
	}
	return []report.Figure{
		figure("claims with 4 clients", claimed, "claims/s", nil, "≥ 100000"),
		figure("claims with 4 clients, for each second of processor's time of Redis", ofCPU, "claims/s", nil, ""),
		figure("claimed, handled and acknowledged by 4 processes", handled, "entries/s", report.Than(theirs), ""),
	}, nil
}

// moment is one entry of the herd, or new work beside it, when it came to its handler.
type moment struct {
	priority int
	late     time.Duration
	seen     time.Time
	fresh    bool
}

// herdPart lets a herd of three priorities come due at the same millisecond, and new work one by one while it drains.
func (b *bench) herdPart(ctx context.Context) ([]report.Figure, error) {
	if err := b.forget(ctx); err != nil {
		return nil, err
	}
	s, end, err := b.scheduler(nil)
	if err != nil {
		return nil, err
	}
	defer end()
	priorities := []int{-10, 0, 10}
	at := time.Now().Truncate(time.Second).Add(time.Duration(10+b.herd/10_000) * time.Second)
	const fresh = 400 // one each 5 ms from the herd's time on
	if err := createAll(ctx, s, b.herd, func(i int) scheduler.Entry {
		return scheduler.Entry{ID: "herd" + rand.Text()[:20], Due: at, Priority: priorities[i%len(priorities)]}
	}); err != nil {
		return nil, err
	}
	if err := createAll(ctx, s, fresh, func(i int) scheduler.Entry {
		return scheduler.Entry{ID: "new" + rand.Text()[:20], Due: at.Add(time.Duration(i+1) * 5 * time.Millisecond)}
	}); err != nil {
		return nil, err
	}
	if time.Now().After(at) {
		return nil, fmt.Errorf("the herd was written %s too late", time.Since(at))
	}
	var mu sync.Mutex
	var all []moment
	c := newCounter(b.herd + fresh)
	if err := runOurs(ctx, []*scheduler.Scheduler{s}, func(_ context.Context, j *scheduler.Job) error {
		mu.Lock()
		all = append(all, moment{j.Priority, j.Seen.Sub(j.Due), j.Seen, strings.HasPrefix(j.ID, "new")})
		mu.Unlock()
		c.one()
		return nil
	}, c.done); err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b moment) int { return a.seen.Compare(b.seen) })
	drained, worst, overtaken, early := time.Duration(0), time.Duration(0), 0, 0
	lowest := slices.Max(priorities)
	for _, m := range all {
		if m.late < 0 {
			early++
		}
		if m.fresh {
			worst = max(worst, m.late)
			continue
		}
		drained = max(drained, m.late)
		if m.priority > lowest {
			overtaken++
		}
		lowest = min(lowest, m.priority)
	}
	theirs, err := b.herdAsynq(ctx)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("herd of %d: ", b.herd)
	return []report.Figure{
		figure(name+"drained after", drained.Seconds(), "s", report.Than(theirs.Seconds()), ""),
		figure(name+"overtaken by a lower priority", float64(overtaken), "entries", nil, ""),
		figure(name+"latest new work beside it", float64(worst.Microseconds())/1000, "ms", nil, "not starved"),
		figure(name+"early", float64(early), "entries", nil, "0"),
	}, nil
}

// herdAsynq is how long asynq takes for as many tasks due at the same time.
func (b *bench) herdAsynq(ctx context.Context) (time.Duration, error) {
	if err := b.forget(ctx); err != nil {
		return 0, err
	}
	at := time.Now().Truncate(time.Second).Add(time.Duration(10+b.herd/4_000) * time.Second)
	if err := b.enqueue(ctx, b.herd, func(int) time.Time { return at }); err != nil {
		return 0, err
	}
	if time.Now().After(at) {
		return 0, fmt.Errorf("asynq's herd was written %s too late", time.Since(at))
	}
	c := newCounter(b.herd)
	err := b.runAsynq(ctx, 1, 100*time.Millisecond, func(time.Time) { c.one() }, c.done)
	return c.to.Sub(at), err
}

// latenesses are from due to the handler, or to the claim.
type latenesses []time.Duration

func (l latenesses) at(share float64) *float64 {
	slices.Sort(l)
	return report.Than(float64(l[min(int(share*float64(len(l))), len(l)-1)].Microseconds()) / 1000)
}

func (l latenesses) early() *float64 {
	n := 0.
	for _, d := range l {
		if d < 0 {
			n++
		}
	}
	return &n
}

// latenessPart has a million wait in a year from now, and a thousand a second come due.
func (b *bench) latenessPart(ctx context.Context) ([]report.Figure, error) {
	bytes, claimed, handled, machine, err := b.latenessOurs(ctx)
	if err != nil {
		return nil, err
	}
	theirBytes, quick, usual, err := b.latenessAsynq(ctx)
	if err != nil {
		return nil, err
	}
	at := fmt.Sprintf("lateness at %d/s with %d waiting, ", b.rate, b.waiting)
	if b.theirs != b.waiting {
		at += fmt.Sprintf("(asynq %d), ", b.theirs)
	}
	return []report.Figure{
		figure(at+"due to claim, p50, beside a timer and a PING", *claimed.at(.5), "ms", machine.at(.5), ""),
		figure(at+"due to claim, p99, beside a timer and a PING", *claimed.at(.99), "ms", machine.at(.99), "≤ 3"),
		figure(at+"due to claim, max, beside a timer and a PING", *claimed.at(1), "ms", machine.at(1), ""),
		figure(at+"due to handler, p50, beside asynq looking each 10 ms", *handled.at(.5), "ms", quick.at(.5), ""),
		figure(at+"due to handler, p99, beside asynq looking each 10 ms", *handled.at(.99), "ms", quick.at(.99), ""),
		figure(at+"due to handler, max, beside asynq looking each 10 ms", *handled.at(1), "ms", quick.at(1), ""),
		figure(at+"due to handler, p99, beside asynq as it comes", *handled.at(.99), "ms", usual.at(.99), ""),
		figure("early, beside asynq looking each 10 ms", *handled.early()+*claimed.early(), "entries", quick.early(), "0"),
		figure("early, beside asynq as it comes", *handled.early()+*claimed.early(), "entries", usual.early(), "0"),
		figure("memory for one that waits", bytes, "bytes", &theirBytes, "≤ 150"),
	}, nil
}

func (b *bench) latenessOurs(ctx context.Context) (bytes float64, claimed, handled, machine latenesses, err error) {
	if err := b.forget(ctx); err != nil {
		return 0, nil, nil, nil, err
	}
	s, end, err := b.scheduler(nil)
	if err != nil {
		return 0, nil, nil, nil, err
	}
	defer end()
	before, err := b.usedMemory(ctx)
	if err != nil {
		return 0, nil, nil, nil, err
	}
	far := time.Now().AddDate(1, 0, 0)
	fmt.Fprintf(os.Stderr, "  writing %d entries …\n", b.waiting)
	if err := createAll(ctx, s, b.waiting, func(i int) scheduler.Entry {
		return scheduler.Entry{ID: rand.Text(), Due: far.Add(time.Duration(i) * time.Millisecond)}
	}); err != nil {
		return 0, nil, nil, nil, err
	}
	after, err := b.usedMemory(ctx)
	if err != nil {
		return 0, nil, nil, nil, err
	}
	if err := b.settled(ctx); err != nil {
		return 0, nil, nil, nil, err
	}
	n := b.rate * b.seconds
	from := time.Now().Add(10 * time.Second)
	if err := createAll(ctx, s, n, func(i int) scheduler.Entry {
		return scheduler.Entry{ID: rand.Text(), Due: from.Add(time.Duration(i) * time.Second / time.Duration(b.rate))}
	}); err != nil {
		return 0, nil, nil, nil, err
	}
	if time.Now().After(from) {
		return 0, nil, nil, nil, fmt.Errorf("the entries were written %s too late", time.Since(from))
	}
	fmt.Fprintln(os.Stderr, "  lateness …")
	var mu sync.Mutex
	c := newCounter(n)
	pinged := make(chan latenesses, 1)
	go func() { pinged <- b.timers(ctx, from, c.done) }()
	err = runOurs(ctx, []*scheduler.Scheduler{s}, func(_ context.Context, j *scheduler.Job) error {
		now := time.Now()
		mu.Lock()
		claimed, handled = append(claimed, j.Seen.Sub(j.Due)), append(handled, now.Sub(j.Due))
		mu.Unlock()
		c.one()
		return nil
	}, c.done)
	return (after - before) / float64(b.waiting), claimed, handled, <-pinged, err
}

// timers is how late a timer and a PING after it are, 100 times a second until done: what this machine takes for the least that anybody can do.
func (b *bench) timers(ctx context.Context, from time.Time, done <-chan struct{}) latenesses {
	late := latenesses{0}
	for at := from; ; at = at.Add(10 * time.Millisecond) {
		select {
		case <-done:
			return late[min(1, len(late)-1):]
		case <-ctx.Done():
			return late
		case <-time.After(time.Until(at)):
		}
		if err := b.rdb.Ping(ctx).Err(); err == nil {
			late = append(late, time.Since(at))
		}
	}
}

// settled waits until Redis has put its append-only file in order after a million writes, which it does once and not while time matters.
func (b *bench) settled(ctx context.Context) error {
	for {
		rewriting, err := stack.RedisTells(ctx, b.rdb, "persistence", "aof_rewrite_in_progress")
		if err != nil {
			return err
		}
		scheduled, err := stack.RedisTells(ctx, b.rdb, "persistence", "aof_rewrite_scheduled")
		if err != nil || rewriting+scheduled == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (b *bench) latenessAsynq(ctx context.Context) (bytes float64, quick, usual latenesses, err error) {
	if err := b.forget(ctx); err != nil {
		return 0, nil, nil, err
	}
	before, err := b.usedMemory(ctx)
	if err != nil {
		return 0, nil, nil, err
	}
	far := time.Now().AddDate(1, 0, 0)
	fmt.Fprintf(os.Stderr, "  asynq: writing %d tasks …\n", b.theirs)
	if err := b.enqueue(ctx, b.theirs, func(i int) time.Time { return far.Add(time.Duration(i) * time.Millisecond) }); err != nil {
		return 0, nil, nil, err
	}
	after, err := b.usedMemory(ctx)
	if err != nil {
		return 0, nil, nil, err
	}
	for _, run := range []struct {
		into   *latenesses
		checks time.Duration
	}{{&quick, 10 * time.Millisecond}, {&usual, 5 * time.Second}} {
		fmt.Fprintln(os.Stderr, "  asynq: lateness …")
		if err := b.settled(ctx); err != nil {
			return 0, nil, nil, err
		}
		n := b.rate * b.seconds
		from := time.Now().Add(time.Duration(5+n/3000) * time.Second)
		if err := b.enqueue(ctx, n, func(i int) time.Time { return from.Add(time.Duration(i) * time.Second / time.Duration(b.rate)) }); err != nil {
			return 0, nil, nil, err
		}
		var mu sync.Mutex
		c := newCounter(n)
		if err := b.runAsynq(ctx, 1, run.checks, func(due time.Time) {
			now := time.Now()
			mu.Lock()
			*run.into = append(*run.into, now.Sub(due))
			mu.Unlock()
			c.one()
		}, c.done); err != nil {
			return 0, nil, nil, err
		}
	}
	return (after - before) / float64(b.theirs), quick, usual, nil
}
