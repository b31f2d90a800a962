package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"github.com/hasshin/hasshin/scheduler"
)

// scheduler makes one with a connection of its own, like another process.
func (b *bench) scheduler(change func(*scheduler.Config)) (*scheduler.Scheduler, func(), error) {
	rdb := redis.NewClient(&redis.Options{Addr: b.addr, ReadTimeout: time.Minute})
	cfg := scheduler.Config{Redis: rdb, Name: "bench", ConfirmTimeout: 30 * time.Second, Timeout: time.Minute}
	if change != nil {
		change(&cfg)
	}
	s, err := scheduler.New(cfg)
	return s, func() { rdb.Close() }, err
}

// createAll creates n entries of the kind that make gives, in parts, and waits until they are on disk.
func createAll(ctx context.Context, s *scheduler.Scheduler, n int, entry func(i int) scheduler.Entry) error {
	const part = 10_000
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for from := 0; from < n; from += part {
		g.Go(func() error {
			var entries []scheduler.Entry
			for i := from; i < min(from+part, n); i++ {
				entries = append(entries, entry(i))
			}
			return s.CreateAll(ctx, entries)
		})
	}
	return g.Wait()
}

// runOurs runs schedulers until done says so.
func runOurs(ctx context.Context, all []*scheduler.Scheduler, handler scheduler.Handler, done <-chan struct{}) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	g, running := errgroup.WithContext(ctx)
	for _, s := range all {
		g.Go(func() error { return s.Run(running, handler) })
	}
	select {
	case <-done:
	case <-running.Done():
	}
	stop()
	return g.Wait()
}

// claimOurs claims n overdue entries with so many clients, as fast as it goes, and gives claims a second, and a
// second of the time that the processor gave to Redis: on a machine shared with others the first says more of those.
func (b *bench) claimOurs(ctx context.Context, n, clients int) (rate, ofCPU float64, err error) {
	if err := b.forget(ctx); err != nil {
		return 0, 0, err
	}
	s, end, err := b.scheduler(nil)
	if err != nil {
		return 0, 0, err
	}
	defer end()
	past := time.Now().Add(-time.Hour)
	if err := createAll(ctx, s, n, func(i int) scheduler.Entry {
		return scheduler.Entry{ID: rand.Text(), Due: past.Add(time.Duration(i) * time.Millisecond / 8)}
	}); err != nil {
		return 0, 0, err
	}
	var began sync.WaitGroup
	began.Add(1)
	g, ctx := errgroup.WithContext(ctx)
	counts := make([]int, clients)
	for c := range clients {
		s, end, err := b.scheduler(func(cfg *scheduler.Config) { cfg.Lease = 10 * time.Minute })
		if err != nil {
			return 0, 0, err
		}
		defer end()
		g.Go(func() error {
			began.Wait()
			for shard := c; shard < s.Shards(); shard += clients {
				for {
					jobs, err := s.Claim(ctx, shard, scheduler.MaxBatch)
					if err != nil {
						return err
					}
					counts[c] += len(jobs)
					if len(jobs) == 0 {
						break
					}
				}
			}
			return nil
		})
	}
	before, err := b.usedCPU(ctx)
	if err != nil {
		return 0, 0, err
	}
	start := time.Now()
	began.Done()
	if err := g.Wait(); err != nil {
		return 0, 0, err
	}
	took := time.Since(start)
	after, err := b.usedCPU(context.WithoutCancel(ctx))
	if err != nil {
		return 0, 0, err
	}
	sum := 0
	for _, n := range counts {
		sum += n
	}
	if sum != n {
		return 0, 0, fmt.Errorf("%d entries were claimed; expected %d", sum, n)
	}
	return float64(n) / took.Seconds(), float64(n) / (after - before), nil
}

// handleOurs lets so many schedulers run a handler that does nothing on n overdue entries, and gives how many were handled and acknowledged a second.
func (b *bench) handleOurs(ctx context.Context, n, processes int) (float64, error) {
	if err := b.forget(ctx); err != nil {
		return 0, err
	}
	var all []*scheduler.Scheduler
	for range processes {
		s, end, err := b.scheduler(nil)
		if err != nil {
			return 0, err
		}
		defer end()
		all = append(all, s)
	}
	past := time.Now().Add(-time.Hour)
	if err := createAll(ctx, all[0], n, func(i int) scheduler.Entry {
		return scheduler.Entry{ID: rand.Text(), Due: past.Add(time.Duration(i) * time.Millisecond / 8)}
	}); err != nil {
		return 0, err
	}
	c := newCounter(n)
	err := runOurs(ctx, all, func(context.Context, *scheduler.Job) error {
		c.one()
		return nil
	}, c.done)
	return c.rate(), err
}
