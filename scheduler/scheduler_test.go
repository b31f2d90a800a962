package scheduler_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/hasshin/hasshin/scheduler"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is a Redis within the process, whose clock the test sets.
type house struct {
	*miniredis.Miniredis
	t   testing.TB
	rdb *redis.Client
	now time.Time
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{Miniredis: miniredis.RunT(t), t: t, now: time.UnixMilli(1_790_000_000_000)}
	h.rdb = redis.NewClient(&redis.Options{Addr: h.Addr()})
	t.Cleanup(func() { must(t, h.rdb.Close()) })
	h.SetTime(h.now)
	return h
}

func (h *house) pass(d time.Duration) {
	h.now = h.now.Add(d)
	h.SetTime(h.now)
}

func (h *house) scheduler(change ...func(*scheduler.Config)) *scheduler.Scheduler {
	h.t.Helper()
	return newScheduler(h.t, h.rdb, change...)
}

func newScheduler(t testing.TB, rdb redis.UniversalClient, change ...func(*scheduler.Config)) *scheduler.Scheduler {
	t.Helper()
	cfg := scheduler.Config{Redis: rdb, Name: "test", Shards: 4}
	for _, c := range change {
		c(&cfg)
	}
	s, err := scheduler.New(cfg)
	must(t, err)
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantError(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("%s: error %v; expected %v", what, err, want)
	}
}

// claimAll claims from all shards until nothing is due.
func claimAll(t testing.TB, s *scheduler.Scheduler) (jobs []*scheduler.Job) {
	t.Helper()
	for shard := range s.Shards() {
		for {
			got, err := s.Claim(t.Context(), shard, 2)
			must(t, err)
			if len(got) == 0 {
				break
			}
			jobs = append(jobs, got...)
		}
	}
	return jobs
}

func claimOne(t testing.TB, s *scheduler.Scheduler, id string) *scheduler.Job {
	t.Helper()
	jobs := claimAll(t, s)
	if len(jobs) != 1 || jobs[0].ID != id {
		t.Fatalf("claimed %s; expected only %s", ids(jobs), id)
	}
	return jobs[0]
}

func wantNone(t testing.TB, what string, s *scheduler.Scheduler) {
	t.Helper()
	if jobs := claimAll(t, s); len(jobs) > 0 {
		t.Fatalf("%s: claimed %s; expected nothing", what, ids(jobs))
	}
}

func ids(jobs []*scheduler.Job) []string {
	var all []string
	for _, j := range jobs {
		all = append(all, j.ID)
	}
	return all
}

func TestAnEntryIsClaimedWhenItIsDueAndNotAMillisecondBefore(t *testing.T) {
	h := newHouse(t)
	s := h.scheduler()
	due := h.now.Add(1500*time.Millisecond + 300*time.Microsecond)
	must(t, s.Create(t.Context(), scheduler.Entry{ID: "a", Due: due, Priority: 7}))
	h.pass(1500 * time.Millisecond)
	wantNone(t, "0.3 ms before it is due", s)
	h.pass(time.Millisecond)
	j := claimOne(t, s, "a")
	if want := h.now; !j.Due.Equal(want) || !j.Seen.Equal(want) || j.Attempt != 1 || j.Priority != 7 {
		t.Errorf("job %+v; expected due and seen at %s, attempt 1, priority 7", j, want)
	}
	wantNone(t, "claimed already", s)
	must(t, j.Ack(t.Context()))
	h.pass(time.Hour)
	wantNone(t, "acknowledged", s)
	wantError(t, "acknowledged twice", j.Ack(t.Context()), scheduler.ErrGone)
}

func TestAClaimWhoseLeaseEndedIsMadeAgainWithAHigherToken(t *testing.T) {
	h := newHouse(t)
	s := h.scheduler()
	must(t, s.Create(t.Context(), scheduler.Entry{ID: "a", Due: h.now, Priority: -3}))
	first := claimOne(t, s, "a")
	h.pass(9 * time.Second)
	must(t, first.Renew(t.Context(), 10*time.Second))
	h.pass(9 * time.Second)
	wantNone(t, "renewed", s)
	h.pass(time.Second)
	second := claimOne(t, s, "a")
	if second.Token <= first.Token || second.Attempt != 2 || !second.Due.Equal(first.Due) || second.Priority != -3 {
		t.Errorf("second claim %+v after %+v; expected a higher token, attempt 2 and the same due time and priority", second, first)
	}
	wantError(t, "ack by the first holder", first.Ack(t.Context()), scheduler.ErrLost)
	wantError(t, "snooze by the first holder", first.Snooze(t.Context(), h.now.Add(time.Hour)), scheduler.ErrLost)
	wantError(t, "renewal by the first holder", first.Renew(t.Context(), time.Hour), scheduler.ErrLost)
	must(t, second.Ack(t.Context()))
	wantError(t, "renewal of what is gone", first.Renew(t.Context(), time.Hour), scheduler.ErrGone)
}

func TestCreateIsIdempotentAndDoesNotMoveWhatIsThere(t *testing.T) {
	h := newHouse(t)
	s := h.scheduler()
	e := scheduler.Entry{ID: "a", Due: h.now.Add(time.Second)}
	later := scheduler.Entry{ID: "a", Due: h.now.Add(time.Minute)}
	wantError(t, "reschedule of nothing", s.Reschedule(t.Context(), e), scheduler.ErrNotFound)
	must(t, s.Create(t.Context(), e))
	must(t, s.Create(t.Context(), e))
	wantError(t, "create with another time", s.Create(t.Context(), later), scheduler.ErrExists)
	h.pass(time.Second)
	j := claimOne(t, s, "a")
	must(t, s.Create(t.Context(), e)) // the reply to the first may have been lost
	wantNone(t, "created again while claimed", s)
	wantError(t, "create with another time while claimed", s.Create(t.Context(), later), scheduler.ErrExists)
	must(t, s.Reschedule(t.Context(), later))
	wantError(t, "ack of what was rescheduled", j.Ack(t.Context()), scheduler.ErrLost)
	h.pass(58 * time.Second)
	wantNone(t, "rescheduled", s)
	h.pass(time.Second)
	if j := claimOne(t, s, "a"); j.Attempt != 1 {
		t.Errorf("attempt %d after a new time; expected 1", j.Attempt)
	}
	must(t, s.Put(t.Context(), scheduler.Entry{ID: "b", Due: h.now}))
	must(t, s.Put(t.Context(), scheduler.Entry{ID: "b", Due: h.now.Add(time.Second)}))
	wantNone(t, "put off", s)
	for _, e := range []scheduler.Entry{{}, {ID: "x", Priority: 101, Due: h.now}, {ID: "x"}, {ID: "x", Due: h.now.AddDate(9000, 0, 0)}} {
		if err := s.Create(t.Context(), e); err == nil {
			t.Errorf("entry %+v was created", e)
		}
	}
}

func TestACancelledEntryIsNeverClaimedAndItsHolderLearnsOfIt(t *testing.T) {
	h := newHouse(t)
	s := h.scheduler()
	for _, id := range []string{"waits", "claimed"} {
		must(t, s.Create(t.Context(), scheduler.Entry{ID: id, Due: h.now.Add(time.Second)}))
	}
	cancelled := func(id string, want bool) {
		t.Helper()
		if existed, err := s.Cancel(t.Context(), id); err != nil || existed != want {
			t.Fatalf("cancel %s: %v, %v; expected %v", id, existed, err, want)
		}
	}
	cancelled("waits", true)
	cancelled("waits", false)
	h.pass(time.Second)
	j := claimOne(t, s, "claimed")
	cancelled("claimed", true)
	wantError(t, "ack", j.Ack(t.Context()), scheduler.ErrGone)
	wantError(t, "retry", j.Retry(t.Context(), 0), scheduler.ErrGone)
	h.pass(time.Hour)
	wantNone(t, "cancelled", s)
}

func TestSnoozeRetryAndRelease(t *testing.T) {
	h := newHouse(t)
	s := h.scheduler()
	must(t, s.Create(t.Context(), scheduler.Entry{ID: "a", Due: h.now, Priority: 100}))
	j := claimOne(t, s, "a")
	must(t, j.Retry(t.Context(), 1500*time.Millisecond))
	h.pass(1499 * time.Millisecond)
	wantNone(t, "retry after 1.5 s", s)
	h.pass(time.Millisecond)
	j = claimOne(t, s, "a")
	if j.Attempt != 2 || !j.Due.Equal(h.now) || j.Priority != 100 {
		t.Errorf("after a retry: %+v; expected attempt 2, due now, priority 100", j)
	}
	must(t, j.Release(t.Context()))
	j = claimOne(t, s, "a")
	if j.Attempt != 2 || !j.Due.Equal(h.now) {
		t.Errorf("after a release: %+v; expected attempt 2 again and the same due time", j)
	}
	until := h.now.Add(time.Hour)
	must(t, j.Snooze(t.Context(), until))
	must(t, j.Snooze(t.Context(), until)) // the reply to the first may have been lost
	wantError(t, "snooze to another time", j.Snooze(t.Context(), until.Add(1)), scheduler.ErrLost)
	f, err := s.Find(t.Context(), "a")
	must(t, err)
	if !f.Due.Equal(until) || f.Claimed || f.Attempt != 0 || f.Priority != 100 {
		t.Errorf("found %+v; expected it due at %s, not claimed", f, until)
	}
	h.pass(time.Hour)
	j = claimOne(t, s, "a")
	if j.Attempt != 1 {
		t.Errorf("attempt %d after a snooze; expected 1", j.Attempt)
	}
	f, err = s.Find(t.Context(), "a")
	must(t, err)
	if !f.Claimed || !f.Due.Equal(until) || !f.Lease.Equal(h.now.Add(10*time.Second)) {
		t.Errorf("found %+v; expected it claimed, due at %s", f, until)
	}
	must(t, j.Cancel(t.Context()))
	_, err = s.Find(t.Context(), "a")
	wantError(t, "find what is gone", err, scheduler.ErrNotFound)
}

func TestTokensGoUpWhenTheLatestClaimsWereLostInAFailover(t *testing.T) {
	h := newHouse(t)
	s := h.scheduler()
	must(t, s.Create(t.Context(), scheduler.Entry{ID: "a", Due: h.now}))
	before := h.Dump()
	first := claimOne(t, s, "a")
	// The replica has not heard of the claim.
	k := fmt.Sprintf("hs:sched:{test:%02d}:", s.Shard("a"))
	h.Del(k + "held")
	h.Del(k + "meta")
	h.ZAdd(k+"due", float64(h.now.UnixMilli())+.5, "a")
	if h.Dump() != before {
		t.Fatalf("the replica is\n%s\nexpected\n%s", h.Dump(), before)
	}
	h.pass(time.Millisecond)
	second := claimOne(t, s, "a")
	if second.Token <= first.Token {
		t.Errorf("token %d after %d; expected a higher one", second.Token, first.Token)
	}
	wantError(t, "ack by the first holder", first.Ack(t.Context()), scheduler.ErrLost)
	// And the clock set back does not make them go down.
	must(t, second.Release(t.Context()))
	h.pass(-time.Millisecond * 500)
	wantNone(t, "clock set back", s)
	must(t, s.Reschedule(t.Context(), scheduler.Entry{ID: "a", Due: h.now}))
	if third := claimOne(t, s, "a"); third.Token <= second.Token {
		t.Errorf("token %d after %d; expected a higher one", third.Token, second.Token)
	}
}

func TestTheNumberOfShardsCannotBeChanged(t *testing.T) {
	h := newHouse(t)
	must(t, h.scheduler().Create(t.Context(), scheduler.Entry{ID: "a", Due: h.now}))
	other := h.scheduler(func(c *scheduler.Config) { c.Shards = 5 })
	wantError(t, "create", other.Create(t.Context(), scheduler.Entry{ID: "a", Due: h.now}), scheduler.ErrShards)
	wantError(t, "run", other.Run(t.Context(), nil), scheduler.ErrShards)
}

func TestIDsAreSpreadEvenlyAndForGood(t *testing.T) {
	h := newHouse(t)
	s := h.scheduler(func(c *scheduler.Config) { c.Shards = 64 })
	counts := make([]int, 64)
	for i := range 64_000 {
		counts[s.Shard(fmt.Sprintf("cb-%d", i))]++
	}
	if least, most := slices.Min(counts), slices.Max(counts); least < 850 || most > 1150 {
		t.Errorf("shards have from %d to %d entries; expected about 1000", least, most)
	}
	// Entries written by earlier versions are where this says.
	if a, b := s.Shard("cb-1"), s.Shard("01JABCDEFGHJKMNPQRSTVWXYZ0"); a != 48 || b != 15 {
		t.Errorf("shards %d and %d; the hash must never change", a, b)
	}
}

func TestConfigIsChecked(t *testing.T) {
	_, err := scheduler.New(scheduler.Config{Name: "No Name", Shards: 2000, Lease: time.Millisecond})
	for _, want := range []string{"Redis", "Name", "Shards", "Lease"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %s", err, want)
		}
	}
}

// running is a Run in the background.
type running struct {
	t    testing.TB
	stop context.CancelFunc
	done chan error
	once sync.Once
}

func start(t testing.TB, s *scheduler.Scheduler, handler scheduler.Handler) *running {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	r := &running{t: t, stop: stop, done: make(chan error, 1)}
	go func() { r.done <- s.Run(ctx, handler) }()
	t.Cleanup(r.end)
	return r
}

// end ends it and waits for it.
func (r *running) end() {
	r.once.Do(func() {
		r.stop()
		select {
		case err := <-r.done:
			if err != nil {
				r.t.Errorf("run: %v", err)
			}
		case <-time.After(30 * time.Second):
			r.t.Error("run does not end")
		}
	})
}
