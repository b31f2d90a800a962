package scheduler_test

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"pgregory.net/rapid"

	"github.com/hasshin/hasshin/scheduler"
)

// state is what an entry has to be like.
type state struct {
	due      int64 // ms
	priority int
	token    int64 // of the claim, 0 for none
	lease    int64 // its end, ms
	attempts int
}

// at is the time it is sorted by.
func (s state) at() int64 {
	if s.token != 0 {
		return s.lease
	}
	return s.due
}

// world is a Redis with a replica that lags behind, and what has to be in both. What a create, or a new due time, has returned for is on
// the replica too, as with Replicas: 1; of all else the replica may not have heard.
type world struct {
	*rapid.T
	server *miniredis.Miniredis
	rdb    *redis.Client
	s      *scheduler.Scheduler
	now    time.Time
	last   time.Time // of the latest claim
	floor  time.Time // the clock is not set back behind claims that a failover has lost: doc.go says so

	entries, replica map[string]state
	shards           []shardCopy // the replica's
	held             [3][]*scheduler.Job
	tokens           map[string]int64 // the last one of each entry, whatever became of it
	acted            map[string]int
	confirmed        map[string]bool // created since the world began
	cancelled        map[string]bool // by somebody, so that it need not be acted on
}

type shardCopy struct {
	due        []redis.Z
	held, meta map[string]string
}

const propertyShards = 2

func newWorld(t *rapid.T, server *miniredis.Miniredis, rdb *redis.Client) *world {
	server.FlushAll()
	s, err := scheduler.New(scheduler.Config{Redis: rdb, Name: "test", Shards: propertyShards, FreshEvery: -1})
	w := &world{T: t, server: server, rdb: rdb, s: s, now: time.UnixMicro(1_790_000_000_000_123),
		entries: map[string]state{}, replica: map[string]state{}, tokens: map[string]int64{},
		acted: map[string]int{}, confirmed: map[string]bool{}, cancelled: map[string]bool{}}
	w.must(err)
	server.SetTime(w.now)
	w.replicate()
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) want(what string, err, want error) {
	w.Helper()
	if want == nil && err != nil || want != nil && !errors.Is(err, want) {
		w.Fatalf("%s: error %v; expected %v", what, err, want)
	}
}

func keysIn(shard int) (due, held, meta string) {
	prefix := fmt.Sprintf("hs:sched:{test:%02d}:", shard)
	return prefix + "due", prefix + "held", prefix + "meta"
}

// replicate lets the replica catch up.
func (w *world) replicate() {
	w.replica, w.shards = maps.Clone(w.entries), nil
	for shard := range propertyShards {
		due, held, meta := keysIn(shard)
		var x shardCopy
		var err error
		x.due, err = w.rdb.ZRangeWithScores(w.Context(), due, 0, -1).Result()
		w.must(err)
		x.held, err = w.rdb.HGetAll(w.Context(), held).Result()
		w.must(err)
		x.meta, err = w.rdb.HGetAll(w.Context(), meta).Result()
		w.must(err)
		w.shards = append(w.shards, x)
	}
}

// failover makes the replica the master. It does not know the scripts.
func (w *world) failover() {
	w.floor = w.last.Add(time.Millisecond) // a failover takes a moment
	w.setTime(w.now)
	w.entries = maps.Clone(w.replica)
	w.must(w.rdb.ScriptFlush(w.Context()).Err())
	for shard, x := range w.shards {
		due, held, meta := keysIn(shard)
		w.must(w.rdb.Del(w.Context(), due, held, meta).Err())
		if len(x.due) > 0 {
			w.must(w.rdb.ZAdd(w.Context(), due, x.due...).Err())
		}
		for key, fields := range map[string]map[string]string{held: x.held, meta: x.meta} {
			if len(fields) > 0 {
				w.must(w.rdb.HSet(w.Context(), key, fields).Err())
			}
		}
	}
}

func (w *world) drawEntry() scheduler.Entry {
	return scheduler.Entry{
		ID:       "e" + strconv.Itoa(rapid.IntRange(0, 9).Draw(w.T, "id")),
		Due:      w.drawDue(),
		Priority: rapid.SampledFrom([]int{-100, 0, 0, 1, 100}).Draw(w.T, "priority"),
	}
}

func (w *world) drawDue() time.Time {
	ms := rapid.OneOf(rapid.IntRange(-20, 20), rapid.IntRange(-2_000, 30_000)).Draw(w.T, "due in ms")
	return time.UnixMilli(w.now.UnixMilli() + int64(ms))
}

func (w *world) created(e scheduler.Entry) {
	w.entries[e.ID] = state{due: e.Due.UnixMilli(), priority: e.Priority}
	w.confirmed[e.ID] = true
	delete(w.cancelled, e.ID)
	w.replicate()
}

func (w *world) create() {
	e := w.drawEntry()
	there, exists := w.entries[e.ID]
	err := w.s.Create(w.Context(), e)
	if !exists {
		w.want("create", err, nil)
		w.created(e)
		return
	}
	if there.due != e.Due.UnixMilli() || there.priority != e.Priority {
		w.want("create what is there", err, scheduler.ErrExists)
		return
	}
	w.want("create again", err, nil)
	w.replicate()
}

func (w *world) reschedule() {
	e := w.drawEntry()
	there, exists := w.entries[e.ID]
	err := w.s.Reschedule(w.Context(), e)
	if !exists {
		w.want("reschedule", err, scheduler.ErrNotFound)
		return
	}
	w.want("reschedule", err, nil)
	if there.due == e.Due.UnixMilli() && there.priority == e.Priority && there.token == 0 && there.attempts == 0 {
		w.replicate()
		return
	}
	w.created(e)
}

func (w *world) cancel() {
	id := w.drawEntry().ID
	_, exists := w.entries[id]
	existed, err := w.s.Cancel(w.Context(), id)
	w.must(err)
	if existed != exists {
		w.Fatalf("cancel %s: existed %v; expected %v", id, existed, exists)
	}
	delete(w.entries, id)
	w.cancelled[id] = true
}

// dueIn is what has to be claimed next from a shard.
func (w *world) dueIn(shard, limit int) []string {
	var due []string
	for id, e := range w.entries {
		if w.s.Shard(id) == shard && e.at() <= w.now.UnixMilli() {
			due = append(due, id)
		}
	}
	slices.SortFunc(due, func(a, b string) int {
		x, y := w.entries[a], w.entries[b]
		return cmp.Or(cmp.Compare(x.at(), y.at()), cmp.Compare(y.priority, x.priority), cmp.Compare(a, b))
	})
	return due[:min(limit, len(due))]
}

func (w *world) claim() {
	process := rapid.IntRange(0, len(w.held)-1).Draw(w.T, "process")
	w.claimFrom(process, rapid.IntRange(0, propertyShards-1).Draw(w.T, "shard"), rapid.IntRange(1, 4).Draw(w.T, "limit"))
}

func (w *world) claimFrom(process, shard, limit int) int {
	want := w.dueIn(shard, limit)
	jobs, err := w.s.Claim(w.Context(), shard, limit)
	w.must(err)
	if !slices.Equal(ids(jobs), want) {
		w.Fatalf("claimed %s at %s; expected %s", ids(jobs), w.now, want)
	}
	for _, j := range jobs {
		e := w.entries[j.ID]
		e.attempts++
		switch {
		case j.Due.UnixMilli() != e.due || j.Priority != e.priority || j.Attempt != e.attempts:
			w.Fatalf("claimed %+v; expected %+v", j, e)
		case j.Seen.Before(j.Due) || w.now.Before(j.Due):
			w.Fatalf("%s is %s early", j.ID, j.Due.Sub(j.Seen))
		case j.Token <= w.tokens[j.ID]:
			w.Fatalf("%s was claimed under token %d after %d", j.ID, j.Token, w.tokens[j.ID])
		}
		w.tokens[j.ID], e.token, e.lease = j.Token, j.Token, w.now.UnixMilli()+10_000
		w.entries[j.ID] = e
	}
	if len(jobs) > 0 && w.now.After(w.last) {
		w.last = w.now
	}
	w.held[process] = append(w.held[process], jobs...)
	return len(jobs)
}

// settle lets a process do something about a job it believes to have, and drop it.
func (w *world) settle() {
	process := rapid.IntRange(0, len(w.held)-1).Draw(w.T, "process")
	if len(w.held[process]) == 0 {
		w.Skip("it has none")
	}
	i := rapid.IntRange(0, len(w.held[process])-1).Draw(w.T, "job")
	j := w.held[process][i]
	e, exists := w.entries[j.ID]
	var want error
	switch {
	case !exists:
		want = scheduler.ErrGone
	case e.token != j.Token:
		want = scheduler.ErrLost
	}
	what := rapid.SampledFrom([]string{"ack", "ack", "snooze", "retry", "release", "renew", "forget"}).Draw(w.T, "what")
	switch what {
	case "ack":
		w.want(what, j.Ack(w.Context()), want)
		w.acted[j.ID]++ // also who has lost the claim may have acted
		if want == nil {
			delete(w.entries, j.ID)
		}
	case "snooze":
		due := w.drawDue()
		if want == scheduler.ErrLost && e.token == 0 && e.due == due.UnixMilli() && e.priority == j.Priority {
			want = nil
			w.want("snooze to what it is", j.Snooze(w.Context(), due), nil)
			break
		}
		w.want(what, j.Snooze(w.Context(), due), want)
		if want == nil {
			w.entries[j.ID] = state{due: due.UnixMilli(), priority: e.priority}
		}
	case "retry":
		after := rapid.Int64Range(0, 5_000).Draw(w.T, "after ms")
		w.want(what, j.Retry(w.Context(), time.Duration(after)*time.Millisecond), want)
		if want == nil {
			ceil := w.now.Add(time.Millisecond - time.Microsecond).UnixMilli()
			w.entries[j.ID] = state{due: ceil + after, priority: e.priority, attempts: e.attempts}
		}
	case "release":
		w.want(what, j.Release(w.Context()), want)
		if want == nil {
			e.token, e.lease, e.attempts = 0, 0, e.attempts-1
			w.entries[j.ID] = e
		}
	case "renew":
		lease := rapid.Int64Range(0, 20_000).Draw(w.T, "lease ms")
		w.want(what, j.Renew(w.Context(), time.Duration(lease)*time.Millisecond), want)
		if want == nil {
			e.lease = max(w.now.UnixMilli()+lease, e.due)
			w.entries[j.ID] = e
			return
		}
	}
	w.held[process] = slices.Delete(w.held[process], i, i+1)
}

func (w *world) crash() {
	w.held[rapid.IntRange(0, len(w.held)-1).Draw(w.T, "process")] = nil
}

func (w *world) setTime(now time.Time) {
	if now.Before(w.floor) {
		now = w.floor
	}
	w.now = now
	w.server.SetTime(now)
}

func (w *world) passTime() {
	w.setTime(w.now.Add(time.Duration(rapid.OneOf(rapid.IntRange(0, 5_000), rapid.IntRange(0, 5_000_000)).Draw(w.T, "µs")) * time.Microsecond))
}

func (w *world) jump() {
	w.setTime(w.now.Add(time.Duration(rapid.IntRange(-60_000, 60_000).Draw(w.T, "ms")) * time.Millisecond))
}

// end lets all that is left come due and be acted on.
func (w *world) end() {
	w.setTime(w.now.Add(time.Hour))
	for shard := range propertyShards {
		for w.claimFrom(0, shard, scheduler.MaxBatch) > 0 {
		}
	}
	for _, j := range w.held[0] {
		if err := j.Ack(w.Context()); err == nil {
			w.acted[j.ID]++
			delete(w.entries, j.ID)
		}
	}
	if len(w.entries) > 0 {
		w.Fatalf("%v is left", w.entries)
	}
	for id := range w.confirmed {
		if w.acted[id] == 0 && !w.cancelled[id] {
			w.Fatalf("%s was created and never acted on", id)
		}
	}
	st, err := w.s.Stats(w.Context())
	w.must(err)
	if st.Entries != 0 {
		w.Fatalf("%d entries are left in Redis", st.Entries)
	}
	for shard := range propertyShards {
		_, held, _ := keysIn(shard)
		if n, err := w.rdb.HLen(w.Context(), held).Result(); err != nil || n != 0 {
			w.Fatalf("%d claims are left behind in Redis (%v)", n, err)
		}
	}
}

// Whatever processes, clocks and failovers do: each entry is acted on at least once, never early, never twice under one token, in order, and
// none is lost.
func TestEachEntryIsActedOnAndNeverEarlyNorTwiceUnderOneToken(t *testing.T) {
	server, rdb := liveRedis(t)
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(rt, server, rdb)
		rt.Repeat(map[string]func(*rapid.T){
			"create":     func(*rapid.T) { w.create() },
			"create2":    func(*rapid.T) { w.create() },
			"reschedule": func(*rapid.T) { w.reschedule() },
			"cancel":     func(*rapid.T) { w.cancel() },
			"claim":      func(*rapid.T) { w.claim() },
			"claim2":     func(*rapid.T) { w.claim() },
			"claim3":     func(*rapid.T) { w.claim() },
			"settle":     func(*rapid.T) { w.settle() },
			"settle2":    func(*rapid.T) { w.settle() },
			"crash":      func(*rapid.T) { w.crash() },
			"time":       func(*rapid.T) { w.passTime() },
			"jump":       func(*rapid.T) { w.jump() },
			"replicate":  func(*rapid.T) { w.replicate() },
			"failover":   func(*rapid.T) { w.failover() },
		})
		w.end()
	})
}
