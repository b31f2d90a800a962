package scheduler_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/scheduler"
)

// The tests in this file run against the clock of the machine.

func liveRedis(t testing.TB) (*miniredis.Miniredis, *redis.Client) {
	t.Helper()
	server := miniredis.RunT(t)
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1, DialerRetries: 1})
	t.Cleanup(func() { must(t, rdb.Close()) })
	return server, rdb
}

func receive[T any](t testing.TB, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(10 * time.Second):
		t.Fatalf("%s: not within 10 s", what)
		panic("unreachable")
	}
}

func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(15 * time.Second)
	for !is() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s: not within 15 s", what)
		}
	}
}

func TestRunHandsOverWhatIsDueAndSettlesItByTheResult(t *testing.T) {
	_, rdb := liveRedis(t)
	s := newScheduler(t, rdb, func(c *scheduler.Config) {
		c.PollInterval = time.Minute // what is heard of is heard of by the messages
		c.Backoff = func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	})
	type seen struct {
		id      string
		attempt int
		early   bool
	}
	got := make(chan seen, 100)
	ready := make(chan struct{})
	held := make(chan *scheduler.Job, 1)
	start(t, s, func(ctx context.Context, j *scheduler.Job) error {
		if j.ID == "first" {
			close(ready)
			return nil
		}
		got <- seen{j.ID, j.Attempt, time.Now().Before(j.Due)}
		switch {
		case j.ID == "fails" && j.Attempt < 3:
			return errors.New("not today")
		case j.ID == "snoozed" && j.Due.Before(time.UnixMilli(1_000_000)):
			return j.Snooze(ctx, time.UnixMilli(2_000_000))
		case j.ID == "held":
			held <- j
			return scheduler.ErrHold
		}
		return nil
	})
	must(t, s.Create(t.Context(), scheduler.Entry{ID: "first", Due: time.UnixMilli(1)}))
	receive(t, "the first entry", ready)
	for id, due := range map[string]time.Time{
		"soon": time.Now().Add(30 * time.Millisecond), "now": time.Now(), "fails": time.Now(),
		"snoozed": time.UnixMilli(1), "held": time.UnixMilli(1),
	} {
		must(t, s.Create(t.Context(), scheduler.Entry{ID: id, Due: due}))
	}
	counts := map[string]int{}
	for range 8 {
		v := receive(t, "an entry", got)
		counts[v.id]++
		if v.early {
			t.Errorf("%s is early", v.id)
		}
		if v.id == "fails" && v.attempt != counts[v.id] {
			t.Errorf("attempt %d of %s; expected %d", v.attempt, v.id, counts[v.id])
		}
	}
	if want := map[string]int{"soon": 1, "now": 1, "fails": 3, "snoozed": 2, "held": 1}; fmt.Sprint(counts) != fmt.Sprint(want) {
		t.Errorf("handled %v; expected %v", counts, want)
	}
	j := receive(t, "the held job", held)
	eventually(t, "only the held one is left", func() bool {
		st, err := s.Stats(t.Context())
		must(t, err)
		return st.Entries == 1
	})
	must(t, j.Ack(t.Context()))
}

func TestRunClaimsNoMoreThanItsHandlersTake(t *testing.T) {
	_, rdb := liveRedis(t)
	s := newScheduler(t, rdb, func(c *scheduler.Config) { c.Concurrency = 3 })
	var entries []scheduler.Entry
	for i := range 20 {
		entries = append(entries, scheduler.Entry{ID: fmt.Sprint(i), Due: time.UnixMilli(1)})
	}
	must(t, s.CreateAll(t.Context(), entries))
	var in, most atomic.Int64
	began, goOn := make(chan struct{}, 20), make(chan struct{})
	start(t, s, func(context.Context, *scheduler.Job) error {
		n := in.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		began <- struct{}{}
		<-goOn
		in.Add(-1)
		return nil
	})
	overdue := func(want int64) {
		t.Helper()
		st, err := s.Stats(t.Context())
		must(t, err)
		if st.Overdue != want {
			t.Errorf("%d entries wait to be claimed; expected %d", st.Overdue, want)
		}
	}
	for range 3 {
		receive(t, "a handler begins", began)
	}
	overdue(17)
	s.SetConcurrency(5)
	for range 2 {
		receive(t, "a handler begins", began)
	}
	overdue(15)
	s.SetConcurrency(0)
	for range 5 {
		goOn <- struct{}{}
	}
	eventually(t, "all handlers have ended", func() bool { return in.Load() == 0 })
	overdue(15)
	s.SetConcurrency(2)
	close(goOn)
	for range 15 {
		receive(t, "a handler begins", began)
	}
	if most.Load() != 5 {
		t.Errorf("%d handlers at once; expected 5 at most", most.Load())
	}
}

func TestRunRenewsTheLeaseWhileTheHandlerRunsAndTellsItWhenTheClaimIsLost(t *testing.T) {
	_, rdb := liveRedis(t)
	s := newScheduler(t, rdb, func(c *scheduler.Config) { c.Lease = 150 * time.Millisecond })
	jobs := make(chan *scheduler.Job, 10)
	lost := make(chan error, 10)
	start(t, s, func(ctx context.Context, j *scheduler.Job) error {
		jobs <- j
		<-ctx.Done()
		lost <- context.Cause(ctx)
		return ctx.Err()
	})
	must(t, s.Create(t.Context(), scheduler.Entry{ID: "a", Due: time.UnixMilli(1)}))
	j := receive(t, "the job", jobs)
	// Longer than the lease: nobody else may get it.
	deadline := time.Now().Add(500 * time.Millisecond)
	eventually(t, "half a second", func() bool { return time.Now().After(deadline) })
	f, err := s.Find(t.Context(), "a")
	must(t, err)
	if !f.Claimed || f.Attempt != 1 || !f.Lease.After(time.Now()) || len(jobs) > 0 {
		t.Errorf("after three times the lease: %+v; expected it to be claimed once and still", f)
	}
	must(t, s.Reschedule(t.Context(), scheduler.Entry{ID: "a", Due: time.Now().Add(time.Hour)}))
	wantError(t, "the handler's context", receive(t, "the handler learns of it", lost), scheduler.ErrLost)
	wantError(t, "ack", j.Ack(t.Context()), scheduler.ErrLost)
}

func TestRunDrains(t *testing.T) {
	_, rdb := liveRedis(t)
	s := newScheduler(t, rdb, func(c *scheduler.Config) { c.Concurrency, c.Drain = 2, 100*time.Millisecond })
	for _, id := range []string{"ends", "hangs", "waits"} {
		must(t, s.Create(t.Context(), scheduler.Entry{ID: id, Due: time.UnixMilli(int64(id[0]))}))
	}
	began, end := make(chan string, 3), make(chan struct{})
	r := start(t, s, func(ctx context.Context, j *scheduler.Job) error {
		began <- j.ID
		if j.ID == "ends" {
			<-end
			return ctx.Err() // not cancelled yet: there is time to drain
		}
		<-ctx.Done()
		return ctx.Err()
	})
	receive(t, "first", began)
	receive(t, "second", began)
	r.stop()
	close(end)
	r.end()
	if len(began) > 0 {
		t.Errorf("%s was begun after the stop", <-began)
	}
	for id, want := range map[string]bool{"hangs": false, "waits": false} {
		f, err := s.Find(t.Context(), id)
		must(t, err)
		if f.Claimed != want || f.Attempt != 0 {
			t.Errorf("%s: %+v; expected it to be given back as it was", id, f)
		}
	}
	_, err := s.Find(t.Context(), "ends")
	wantError(t, "find what was acted on", err, scheduler.ErrNotFound)
	if owners, err := rdb.HLen(t.Context(), "hs:sched:{test}:owners").Result(); err != nil || owners != 0 {
		t.Errorf("%d shards still owned (%v); expected none", owners, err)
	}
}

func TestProcessesShareTheShardsFairlyAndTakeOverThoseOfTheDead(t *testing.T) {
	server, rdb := liveRedis(t)
	const shards = 10
	shared := func(want ...int) {
		t.Helper()
		var counts []int
		eventually(t, fmt.Sprintf("shards are shared out %v", want), func() bool {
			owners, err := rdb.HGetAll(t.Context(), "hs:sched:{test}:owners").Result()
			must(t, err)
			each := map[string]int{}
			for _, p := range owners {
				each[p]++
			}
			counts = nil
			for _, n := range each {
				counts = append(counts, n)
			}
			slices.Sort(counts)
			return slices.Equal(counts, want)
		})
	}
	var mu sync.Mutex
	handled := map[string][]string{}
	runner := func(name string, rdb *redis.Client) *running {
		s := newScheduler(t, rdb, func(c *scheduler.Config) { c.Shards, c.Process = shards, name })
		return start(t, s, func(_ context.Context, j *scheduler.Job) error {
			mu.Lock()
			defer mu.Unlock()
			handled[j.ID] = append(handled[j.ID], name)
			return nil
		})
	}
	a := runner("a", rdb)
	shared(shards)
	runner("b", rdb)
	shared(5, 5)
	// c cannot leave when it ends: its way to Redis is cut, as if it had been killed.
	cut := &cutDialer{addr: server.Addr()}
	rdbC := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1, DialerRetries: 1, Dialer: cut.dial})
	t.Cleanup(func() { must(t, rdbC.Close()) })
	runner("c", rdbC)
	shared(3, 3, 4)
	a.end()
	shared(5, 5)
	cut.cut()
	began := time.Now()
	shared(shards)
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("the shards of the dead moved after %s; expected 3 s at most", took)
	}
	s := newScheduler(t, rdb, func(c *scheduler.Config) { c.Shards = shards })
	for i := range 50 {
		must(t, s.Create(t.Context(), scheduler.Entry{ID: fmt.Sprint(i), Due: time.UnixMilli(1)}))
	}
	eventually(t, "all handled by the one that is left", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(handled) == 50
	})
	for id, by := range handled {
		if !slices.Equal(by, []string{"b"}) {
			t.Errorf("%s was handled by %v; expected b, once", id, by)
		}
	}
}

func TestRunOutlivesAnOutageOfRedis(t *testing.T) {
	server, rdb := liveRedis(t)
	cut := &cutDialer{addr: server.Addr()}
	through := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1, DialerRetries: 1, Dialer: cut.dial})
	t.Cleanup(func() { must(t, through.Close()) })
	s := newScheduler(t, through, func(c *scheduler.Config) { c.Timeout = 500 * time.Millisecond })
	got := make(chan string, 10)
	release := make(chan struct{})
	start(t, s, func(_ context.Context, j *scheduler.Job) error {
		got <- j.ID
		if j.ID == "before" {
			<-release
		}
		return nil
	})
	must(t, s.Create(t.Context(), scheduler.Entry{ID: "before", Due: time.UnixMilli(1)}))
	receive(t, "an entry before the outage", got)
	cut.cut()
	wantError(t, "create in the outage", s.Create(t.Context(), scheduler.Entry{ID: "perhaps", Due: time.Now().Add(time.Hour)}), scheduler.ErrUnconfirmed)
	other := newScheduler(t, rdb)
	must(t, other.Create(t.Context(), scheduler.Entry{ID: "meanwhile", Due: time.UnixMilli(1)}))
	cut.mend()
	if id := receive(t, "an entry after the outage", got); id != "meanwhile" {
		t.Errorf("got %s; expected the entry created meanwhile", id)
	}
	close(release)
	for _, id := range []string{"before", "meanwhile"} {
		eventually(t, id+" is acknowledged", func() bool {
			_, err := other.Find(t.Context(), id)
			return errors.Is(err, scheduler.ErrNotFound)
		})
	}
}
