//go:build integration

package scheduler_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/internal/redisconn/redistest"
	"github.com/hasshin/hasshin/scheduler"
)

func connect(t testing.TB, addr string) *redis.Client {
	t.Helper()
	rdb := redis.NewClient(&redis.Options{Addr: addr, ContextTimeoutEnabled: true})
	t.Cleanup(func() { must(t, rdb.Close()) })
	return rdb
}

func TestOnARealRedisEveryEntryIsHandledOnceOnTimeAndNoneEarly(t *testing.T) {
	rdb := connect(t, redistest.Run(t))
	s := newScheduler(t, rdb, func(c *scheduler.Config) { c.Shards = 64 })
	const n = 3000
	now, err := s.Now(t.Context())
	must(t, err)
	var entries []scheduler.Entry
	for i := range n {
		entries = append(entries, scheduler.Entry{ID: fmt.Sprint(i), Due: now.Add(3*time.Second + time.Duration(i)*time.Millisecond)})
	}
	must(t, s.CreateAll(t.Context(), entries))
	if now, err = s.Now(t.Context()); err != nil || now.After(entries[0].Due) {
		t.Fatalf("the entries were written after the first was due: %v, %v", now, err)
	}
	var mu sync.Mutex
	handled := map[string]int{}
	var worst time.Duration
	done := make(chan struct{})
	start(t, s, func(_ context.Context, j *scheduler.Job) error {
		mu.Lock()
		defer mu.Unlock()
		late := j.Seen.Sub(j.Due)
		if late < 0 {
			t.Errorf("%s is %s early", j.ID, -late)
		}
		worst = max(worst, late)
		handled[j.ID]++
		if len(handled) == n {
			close(done)
		}
		return nil
	})
	receive(t, "all are handled", done)
	eventually(t, "all are acknowledged", func() bool {
		st, err := s.Stats(t.Context())
		must(t, err)
		return st.Entries == 0
	})
	for id, times := range handled {
		if times != 1 {
			t.Errorf("%s was handled %d times", id, times)
		}
	}
	t.Logf("latest: %s", worst)
}

func TestCreateSucceedsWhenTheDiskHasIt(t *testing.T) {
	rdb := connect(t, redistest.Run(t))
	s := newScheduler(t, rdb, func(c *scheduler.Config) { c.RequireDurable = true })
	for i := range 2 {
		began := time.Now()
		must(t, s.Create(t.Context(), scheduler.Entry{ID: fmt.Sprint(i), Due: time.Now().Add(time.Hour)}))
		t.Logf("created in %s", time.Since(began))
	}
	// A disk that takes longer than one waits for is no success, and the same again is one once it is quick.
	must(t, rdb.ConfigSet(t.Context(), "appendfsync", "no").Err())
	hasty := newScheduler(t, rdb, func(c *scheduler.Config) { c.ConfirmTimeout = 100 * time.Millisecond })
	e := scheduler.Entry{ID: "slow", Due: time.Now().Add(time.Hour)}
	began := time.Now()
	wantError(t, "create on a disk that does not answer", hasty.Create(t.Context(), e), scheduler.ErrUnconfirmed)
	wantError(t, "and again: nothing is written by it, yet it is not confirmed", hasty.Create(t.Context(), e), scheduler.ErrUnconfirmed)
	if took := time.Since(began); took > time.Second {
		t.Errorf("two waits of 100 ms took %s", took)
	}
	must(t, rdb.ConfigSet(t.Context(), "appendfsync", "everysec").Err())
	must(t, s.Create(t.Context(), e))

	must(t, rdb.ConfigSet(t.Context(), "appendonly", "no").Err())
	e.ID = "memory"
	wantError(t, "create without a disk where it is required", s.Create(t.Context(), e), scheduler.ErrNotDurable)
	must(t, hasty.Create(t.Context(), e))
}

func TestManyCreateAtOnce(t *testing.T) {
	rdb := redis.NewClient(&redis.Options{Addr: redistest.Run(t), PoolSize: 12})
	t.Cleanup(func() { must(t, rdb.Close()) })
	s := newScheduler(t, rdb)
	began := time.Now()
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			if err := s.Create(t.Context(), scheduler.Entry{ID: fmt.Sprint(i), Due: time.Now().Add(time.Hour)}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	took := time.Since(began)
	if st, err := s.Stats(t.Context()); err != nil || st.Entries != 200 || took > 4*time.Second {
		t.Errorf("%d entries in %s, %v; expected 200 in 4 s", st.Entries, took, err)
	}
	t.Logf("200 entries in %s", took)
}
