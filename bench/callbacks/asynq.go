package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"time"

	"github.com/hibiken/asynq"
	"golang.org/x/sync/errgroup"
)

const taskType = "callback"

// enqueue gives asynq n tasks to do at the times that at gives, a time of zero being at once. Their payload is the time.
func (b *bench) enqueue(ctx context.Context, n int, at func(i int) time.Time) error {
	client := asynq.NewClient(asynq.RedisClientOpt{Addr: b.addr, PoolSize: 64})
	defer client.Close()
	const workers = 64
	g, ctx := errgroup.WithContext(ctx)
	for w := range workers {
		g.Go(func() error {
			for i := w; i < n; i += workers {
				due := at(i)
				task := asynq.NewTask(taskType, binary.BigEndian.AppendUint64(nil, uint64(due.UnixNano())))
				if _, err := client.EnqueueContext(ctx, task, asynq.TaskID(rand.Text()), asynq.ProcessAt(due)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// runAsynq runs so many servers of asynq until done says so. checks is how often they look for what has come due.
func (b *bench) runAsynq(ctx context.Context, processes int, checks time.Duration, handler func(due time.Time), done <-chan struct{}) error {
	var all []*asynq.Server
	defer func() {
		for _, s := range all {
			s.Shutdown()
		}
	}()
	for range processes {
		s := asynq.NewServer(asynq.RedisClientOpt{Addr: b.addr}, asynq.Config{
			Concurrency: 64, DelayedTaskCheckInterval: checks, TaskCheckInterval: min(checks, time.Second), LogLevel: asynq.FatalLevel,
			ShutdownTimeout: time.Second,
		})
		mux := asynq.NewServeMux()
		mux.HandleFunc(taskType, func(_ context.Context, t *asynq.Task) error {
			handler(time.Unix(0, int64(binary.BigEndian.Uint64(t.Payload()))))
			return nil
		})
		if err := s.Start(mux); err != nil {
			return err
		}
		all = append(all, s)
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// handleAsynq lets so many servers do n tasks that have waited, and gives how many were done a second.
func (b *bench) handleAsynq(ctx context.Context, n, processes int) (float64, error) {
	if err := b.forget(ctx); err != nil {
		return 0, err
	}
	if err := b.enqueue(ctx, n, func(int) time.Time { return time.Now().Add(-time.Second) }); err != nil {
		return 0, err
	}
	c := newCounter(n)
	err := b.runAsynq(ctx, processes, time.Second, func(time.Time) { c.one() }, c.done)
	return c.rate(), err
}
