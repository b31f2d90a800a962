package trunk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// exchange is a Redis whose clock the test sets.
type exchange struct {
	t      *testing.T
	server *miniredis.Miniredis
	rdb    *redis.Client
	now    time.Time
	log    bytes.Buffer
	limits Limits
	since  map[string]time.Time // leg → when it got its channel
}

func newExchange(t *testing.T, limits Limits) *exchange {
	t.Helper()
	x := &exchange{t: t, server: miniredis.RunT(t), now: time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC), limits: limits, since: map[string]time.Time{}}
	x.rdb = redis.NewClient(&redis.Options{Addr: x.server.Addr()})
	t.Cleanup(func() { x.rdb.Close() })
	x.server.SetTime(x.now)
	return x
}

func (x *exchange) passes(d time.Duration) {
	x.now = x.now.Add(d)
	x.server.SetTime(x.now)
}

func (x *exchange) process(r prometheus.Registerer) *Limiter {
	x.t.Helper()
	l, err := New(Options{Redis: x.rdb, Trunks: map[string]Limits{"carrier": x.limits}, Registerer: r, Logger: zerolog.New(&x.log)})
	if err != nil {
		x.t.Fatal(err)
	}
	x.t.Cleanup(l.end)
	return l
}

// takes asks once, and answers how long the call is put off.
func (x *exchange) takes(l *Limiter, leg string, agent bool, want Reason) time.Duration {
	x.t.Helper()
	horizon := dialHorizon
	if agent {
		horizon = x.limits.AgentWait
	}
	wait, err := l.take(x.t.Context(), "carrier", leg, agent, horizon)
	var refused *Refusal
	errors.As(err, &refused)
	switch {
	case want == "" && err != nil:
		x.t.Errorf("%s: %v, want a channel", leg, err)
	case want != "" && (refused == nil || refused.Why != want):
		x.t.Errorf("%s: %v, want it refused: %s", leg, err, want)
	case want == "":
		x.since[leg] = x.now
	}
	return wait
}

// gives lets a leg end that had its channel for a while.
func (x *exchange) gives(l *Limiter, leg string, how Ending) {
	l.mu.Lock()
	l.legs[leg].taken = time.Now().Add(x.since[leg].Sub(x.now))
	l.mu.Unlock()
	l.Give(leg, how)
	l.giving.Wait()
}

func (x *exchange) keeps(l *Limiter, legs ...string) {
	x.t.Helper()
	if err := l.keep(x.t.Context(), "carrier", legs); err != nil {
		x.t.Fatal(err)
	}
}

func TestNeverMoreChannelsThanTheTrunkHas(t *testing.T) {
	x := newExchange(t, Limits{Channels: 5})
	processes := []*Limiter{x.process(nil), x.process(nil)}
	var used, most, got atomic.Int64
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			for try := range 3 {
				l, leg := processes[i%2], fmt.Sprint("leg", i, "-", try)
				if _, err := l.take(t.Context(), "carrier", leg, i%3 == 0, 0); err != nil {
					continue
				}
				got.Add(1)
				if n := used.Add(1); n > most.Load() {
					most.Store(n)
				}
				used.Add(-1) // before it is free for others
				l.Give(leg, Fine)
			}
		})
	}
	all.Wait()
	for _, l := range processes {
		l.giving.Wait()
	}
	if most.Load() > 5 || got.Load() < 5 {
		t.Errorf("%d channels at once of 5, %d in all", most.Load(), got.Load())
	}
	x.passes(time.Second) // wishes are over
	for i := range 5 {
		x.takes(processes[i%2], fmt.Sprint("again", i), false, "")
	}
	x.takes(processes[0], "again0", false, "") // it has one
	x.takes(processes[0], "sixth", false, Full)
	if free := processes[0].Free("carrier"); free != 0 {
		t.Errorf("%d free, want none", free)
	}
}

func TestTheChannelsOfADeadProcessAreFreeAgain(t *testing.T) {
	x := newExchange(t, Limits{Channels: 2})
	dead, alive := x.process(nil), x.process(nil)
	x.takes(dead, "a", false, "")
	x.takes(alive, "b", false, "")
	x.passes(Lease - time.Millisecond)
	x.keeps(alive, "b")
	x.takes(alive, "c", false, Full)
	x.passes(time.Millisecond)
	x.takes(alive, "c", false, "")
	// The next process takes over what is still there, though that is one too many.
	next := x.process(nil)
	if err := next.Adopt(t.Context(), "ast1", []string{"a", "another trunk's"}); err != nil {
		t.Fatal(err)
	}
	if len(next.legs) != 1 || next.legs["a"] == nil {
		t.Errorf("taken over: %v, want a", next.legs)
	}
	x.gives(alive, "b", Fine)
	x.takes(alive, "d", false, Full)
	next.Missing("ast1", func(string) bool { return false })
	next.giving.Wait()
	x.takes(alive, "d", false, "")
}

func TestAnAgentsCallComesFirst(t *testing.T) {
	x := newExchange(t, Limits{Channels: 1, AgentWait: 2 * time.Second})
	l := x.process(nil)
	x.takes(l, "placed", false, "")
	x.takes(l, "agent", true, Full)
	x.gives(l, "placed", Fine)
	x.takes(l, "placed too", false, Full) // the agent waits
	x.takes(l, "agent", true, "")
	x.gives(l, "agent", Fine)
	x.takes(l, "another agent", true, "")
	x.takes(l, "gives up", true, Full)
	x.gives(l, "another agent", Fine)
	x.passes(500 * time.Millisecond)
	x.takes(l, "placed too", false, "")
}

func TestAnAgentIsToldWhenThereIsNoChannelInTime(t *testing.T) {
	x := newExchange(t, Limits{Channels: 1, AgentWait: 120 * time.Millisecond})
	l := x.process(nil)
	x.takes(l, "a", true, "")
	var refused *Refusal
	if err := l.TakeForAgent(t.Context(), "carrier", "b"); !errors.As(err, &refused) || refused.Error() != "trunk carrier: all channels are in use" {
		t.Errorf("%v", err)
	}
	got := make(chan error, 1)
	x.limits.AgentWait = 4 * time.Second
	patient := x.process(nil)
	go func() { got <- patient.TakeForAgent(t.Context(), "carrier", "c") }()
	for !x.waits("c") {
		time.Sleep(time.Millisecond)
	}
	x.gives(l, "a", Fine)
	if err := <-got; err != nil {
		t.Errorf("%v, want the channel that became free", err)
	}
}

// waits tells whether an agent's leg has asked in vain.
func (x *exchange) waits(leg string) bool {
	return x.rdb.ZScore(context.Background(), keysOf("carrier")[1], leg).Err() == nil
}

func TestCallsAreSpreadOverTheSecond(t *testing.T) {
	x := newExchange(t, Limits{CallsPerSecond: 10, AgentWait: 2 * time.Second})
	one, other := x.process(nil), x.process(nil)
	for i, l := range []*Limiter{one, other, one} {
		if wait, want := x.takes(l, fmt.Sprint(i), false, ""), time.Duration(i)*100*time.Millisecond; wait != want {
			t.Errorf("call %d is put off by %v, want %v", i, wait, want)
		}
	}
	x.takes(other, "3", false, Rate)
	if wait := x.takes(other, "agent", true, ""); wait != 300*time.Millisecond {
		t.Errorf("the agent's call is put off by %v, want 300ms", wait)
	}
	begun := 0
	for range 1000 {
		x.passes(10 * time.Millisecond)
		if wait, err := one.take(t.Context(), "carrier", fmt.Sprint("l", begun), false, 0); err == nil && wait == 0 {
			begun++
		}
	}
	if begun < 95 || begun > 100 {
		t.Errorf("%d calls in 10 seconds, want 10 a second", begun)
	}
}

func TestCongestionBacksOffAndRecovers(t *testing.T) {
	for name, c := range map[string]struct{ channels int }{"capped at 16": {16}, "without a cap": {0}} {
		t.Run(name, func(t *testing.T) {
			x := newExchange(t, Limits{Channels: c.channels})
			r := prometheus.NewRegistry()
			l := x.process(r)
			for i := range 10 {
				x.takes(l, fmt.Sprint(i), false, "")
			}
			x.passes(time.Second)
			for i := range 3 { // of one moment: one back-off
				x.gives(l, fmt.Sprint(i), Congestion)
			}
			x.takes(l, "a", false, Congested)
			x.passes(500 * time.Millisecond)
			x.takes(l, "a", false, Full) // 7 are in use, 5 allowed
			x.takes(l, "agent", true, "")
			for i := 3; i < 10; i++ {
				x.gives(l, fmt.Sprint(i), Fine)
			}
			x.gives(l, "agent", Unknown)
			if free := l.Free("carrier"); free != 5 {
				t.Errorf("%d free, want half of the 10 that were in use", free)
			}
			x.takes(l, "b", false, "")
			x.passes(time.Second)
			x.gives(l, "b", Congestion)
			x.passes(999 * time.Millisecond)
			x.takes(l, "c", false, Congested) // now a second
			x.passes(time.Millisecond)
			x.takes(l, "c", false, "")
			x.gives(l, "c", Fine)
			if got := figure(t, r, "hasshin_trunk_backed_off"); got != 1 {
				t.Errorf("the figure says backed off: %g", got)
			}
			for passed := time.Duration(0); l.backed(); passed += time.Second {
				if passed > 2*time.Minute {
					t.Fatal("it does not recover")
				}
				x.passes(time.Second)
				x.keeps(l)
			}
			want := c.channels
			if want == 0 {
				want = -1
			}
			if free := l.Free("carrier"); free != want {
				t.Errorf("%d free after it has recovered, want %d", free, want)
			}
			if got := figure(t, r, "hasshin_trunk_congestion_total"); got != 4 {
				t.Errorf("the figure counts %g congested calls, want 4", got)
			}
			if log := x.log.String(); strings.Count(log, "no room") != 1 || strings.Count(log, "room again") != 1 {
				t.Errorf("the log tells more or less than once:\n%s", log)
			}
		})
	}
}

// figure is what a metric tells.
func figure(t *testing.T, r *prometheus.Registry, name string) float64 {
	t.Helper()
	all, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if f.GetName() == name {
			m := f.GetMetric()[0]
			return m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	t.Fatalf("there is no figure %s", name)
	return 0
}

func (l *Limiter) backed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.trunks["carrier"].backed
}

func TestLimitsAreValidated(t *testing.T) {
	if err := Defaults().Validate(); err != nil {
		t.Error(err)
	}
	err := Limits{Channels: -1, CallsPerSecond: 0.01, AgentWait: time.Minute}.Validate()
	for _, want := range []string{"channels", "calls_per_second", "agent_wait"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}
