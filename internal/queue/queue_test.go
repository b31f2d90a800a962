package queue_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/hasshin/hasshin/internal/queue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestNothingIsLostAndEachWriterKeepsItsOrder(t *testing.T) {
	const writers, each = 8, 20_000
	q := queue.New[[2]int]()
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				q.Put([2]int{w, i})
			}
		})
	}
	go func() { wg.Wait(); q.Close() }()
	next := [writers]int{}
	for {
		v, err := q.Next(context.Background())
		if errors.Is(err, queue.ErrClosed) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if v[1] != next[v[0]] {
			t.Fatalf("writer %d: got %d, want %d", v[0], v[1], next[v[0]])
		}
		next[v[0]]++
	}
	for w, n := range next {
		if n != each {
			t.Errorf("writer %d: %d items arrived, want %d", w, n, each)
		}
	}
}

func TestNextWaitsForAnItemOrTheEndOfItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := queue.New[string]()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		time.AfterFunc(500*time.Millisecond, func() { q.Put("late") })
		if v, err := q.Next(ctx); v != "late" || err != nil {
			t.Errorf("got %q, %v", v, err)
		}
		if _, err := q.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's end", err)
		}
	})
}

func TestCloseLetsWhatWaitsBeTakenAndDropsWhatFollows(t *testing.T) {
	q := queue.New[int]()
	q.Put(1)
	q.Close()
	q.Close()
	if n := q.Put(2); n != -1 {
		t.Errorf("put after close answered %d, want -1", n)
	}
	if v, err := q.Next(t.Context()); v != 1 || err != nil {
		t.Errorf("got %d, %v; want 1", v, err)
	}
	if _, err := q.Next(t.Context()); !errors.Is(err, queue.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
}

func TestHighWaterIsTheMostThatEverWaited(t *testing.T) {
	q := queue.New[int]()
	for i := range 5000 {
		q.Put(i)
	}
	for i := range 5000 {
		if v, ok := q.TryNext(); !ok || v != i {
			t.Fatalf("got %d, %v; want %d", v, ok, i)
		}
	}
	q.Put(0)
	if q.HighWater() != 5000 || q.Len() != 1 {
		t.Errorf("high water %d, length %d; want 5000, 1", q.HighWater(), q.Len())
	}
}

func TestWaitTakesNothingAndTellsTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := queue.New[string]()
		time.AfterFunc(time.Second, func() { q.Put("late") })
		for range 2 {
			if err := q.Wait(t.Context()); err != nil || q.Len() != 1 {
				t.Errorf("waited: %v, and %d wait", err, q.Len())
			}
		}
		q.Close()
		if err := q.Wait(t.Context()); err != nil {
			t.Errorf("waiting for what was put before the end: %v", err)
		}
		q.TryNext()
		for range 2 {
			if err := q.Wait(t.Context()); !errors.Is(err, queue.ErrClosed) {
				t.Errorf("got %v, want ErrClosed", err)
			}
		}
		open := queue.New[string]()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := open.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's end", err)
		}
	})
}
