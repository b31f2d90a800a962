package floor

import (
	"context"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// building has a clock that the test sets.
type building struct {
	t      *testing.T
	server *miniredis.Miniredis
	rdb    *redis.Client
	now    time.Time
}

func newBuilding(t *testing.T) *building {
	t.Helper()
	b := &building{t: t, server: miniredis.RunT(t), now: time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)}
	b.rdb = redis.NewClient(&redis.Options{Addr: b.server.Addr()})
	t.Cleanup(func() { b.rdb.Close() })
	b.server.SetTime(b.now)
	return b
}

// process is one that has given a sign of life.
func (b *building) process() *Floor {
	b.t.Helper()
	f := New(b.rdb, zerolog.Nop())
	b.sign(f)
	return f
}

func (b *building) sign(f *Floor) {
	b.t.Helper()
	if err := f.sign(b.t.Context(), Lease); err != nil {
		b.t.Fatal(err)
	}
}

// says lets a process tell of an agent.
func (b *building) says(f *Floor, agent string, seat Seat) {
	b.t.Helper()
	f.Set(agent, seat)
	if err := f.tell(b.t.Context(), func(string) {}); err != nil {
		b.t.Fatal(err)
	}
}

func (b *building) ready(f *Floor, campaign string, want ...string) {
	b.t.Helper()
	found, err := f.Ready(b.t.Context(), campaign, 10)
	if err != nil {
		b.t.Fatal(err)
	}
	var who []string
	for _, p := range found {
		who = append(who, p.Agent)
	}
	if len(who) != len(want) {
		b.t.Fatalf("ready in %s: %v, want %v", campaign, who, want)
	}
	for i := range want {
		if who[i] != want[i] {
			b.t.Errorf("ready in %s: %v, want %v", campaign, who, want)
		}
	}
}

func idle(since time.Time, campaigns ...string) Seat {
	return Seat{There: true, Idle: since, Campaigns: campaigns}
}

func TestTheLongestIdleOfAllProcessesIsFirst(t *testing.T) {
	b := newBuilding(t)
	first, second := b.process(), b.process()
	b.says(first, "hanako", idle(b.now.Add(-time.Minute), "spring"))
	b.says(second, "jiro", idle(b.now.Add(-time.Hour), "spring", "autumn"))
	b.says(second, "yuki", idle(b.now.Add(-time.Second), "spring"))
	b.ready(first, "spring", "jiro", "hanako", "yuki")
	b.ready(first, "autumn", "jiro")
	b.says(second, "jiro", Seat{There: true, Campaigns: []string{"spring", "autumn"}}) // in a call
	b.ready(first, "spring", "hanako", "yuki")
	found, err := first.Find(t.Context(), "jiro", "nobody", "hanako")
	if err != nil {
		t.Fatal(err)
	}
	if p := found["jiro"]; len(found) != 2 || !p.There || !p.Idle.IsZero() || p.Process != second.Process() {
		t.Errorf("found %+v", found)
	}
	b.says(second, "yuki", Seat{Gone: true, Campaigns: []string{"spring"}})
	b.ready(first, "spring", "hanako")
}

func TestADeadProcessHasNoAgents(t *testing.T) {
	b := newBuilding(t)
	first, second := b.process(), b.process()
	b.says(first, "hanako", idle(b.now, "spring"))
	b.says(second, "jiro", idle(b.now.Add(-time.Hour), "spring"))
	b.server.SetTime(b.now.Add(Lease + time.Millisecond))
	b.sign(first)
	b.ready(first, "spring", "hanako")
	if found, err := first.Find(t.Context(), "jiro"); err != nil || len(found) > 0 {
		t.Errorf("found %+v, %v", found, err)
	}
	b.sign(second) // it was only slow, and has not said anything anew
	b.ready(first, "spring", "hanako")
	b.says(second, "jiro", idle(b.now.Add(-time.Hour), "spring"))
	b.ready(first, "spring", "jiro", "hanako")
}

func TestWhoHasGoneToAnotherProcessIsNotGone(t *testing.T) {
	b := newBuilding(t)
	first, second := b.process(), b.process()
	b.says(first, "hanako", idle(b.now, "spring"))
	b.says(second, "hanako", idle(b.now, "spring"))
	b.says(first, "hanako", Seat{Gone: true, Campaigns: []string{"spring"}})
	b.ready(first, "spring", "hanako")
}

func TestWordsAndSeatsTravelAndThoseWhoEndAreGone(t *testing.T) {
	b := newBuilding(t)
	b.server.SetTime(time.Time{}) // the real one
	heard, told := make(chan Word, 10), make(chan string, 10)
	run := func(f *Floor) (end func()) {
		ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			f.Run(ctx, func(agent string) { told <- agent }, func(w Word) { heard <- w })
		}()
		return func() { stop(); <-ended }
	}
	first, second := New(b.rdb, zerolog.Nop()), New(b.rdb, zerolog.Nop())
	endFirst, endSecond := run(first), run(second)
	defer endFirst()
	second.Set("jiro", idle(time.Now(), "spring"))
	if who := <-told; who != "jiro" {
		t.Errorf("told of %s", who)
	}
	b.ready(first, "spring", "jiro")
	w := Word{Kind: "offer", Campaign: "spring", Agent: "jiro", Tried: []string{"hanako"}}
	deadline := time.After(10 * time.Second)
	again := time.NewTicker(20 * time.Millisecond) // a word that is sent before anybody listens is lost
	defer again.Stop()
	for got := false; !got; {
		if err := first.Send(t.Context(), second.Process(), w); err != nil {
			t.Fatal(err)
		}
		select {
		case h := <-heard:
			got = true
			if h.Agent != w.Agent || h.Kind != w.Kind || len(h.Tried) != 1 {
				t.Errorf("heard %+v", h)
			}
		case <-again.C:
		case <-deadline:
			t.Fatal("no word was heard within 10 s")
		}
	}
	endSecond()
	b.ready(first, "spring")
}
