package calendar_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/hasshin/hasshin/scheduler/calendar"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// office has a clock that the test sets, and processes that share a calendar.
type office struct {
	t      *testing.T
	server *miniredis.Miniredis
	rdb    *redis.Client
	now    time.Time
	did    chan calendar.Occasion
	lease  time.Duration
	last   *calendar.Calendar // of the process that was started last
}

func newOffice(t *testing.T, now string) *office {
	t.Helper()
	at, err := time.Parse(time.RFC3339, now)
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, server: miniredis.RunT(t), now: at, did: make(chan calendar.Occasion, 100)}
	o.rdb = redis.NewClient(&redis.Options{Addr: o.server.Addr()})
	t.Cleanup(func() { o.rdb.Close() })
	o.server.SetTime(at)
	return o
}

func (o *office) clock(now string) {
	o.t.Helper()
	at, err := time.Parse(time.RFC3339, now)
	if err != nil {
		o.t.Fatal(err)
	}
	o.server.SetTime(at)
}

// process runs the calendar with one work until the returned function is called.
func (o *office) process(spec string, do func(context.Context, calendar.Occasion) error) (end func()) {
	o.t.Helper()
	schedule, err := calendar.Parse(spec, zone(o.t, "Europe/Berlin"))
	if err != nil {
		o.t.Fatal(err)
	}
	c, err := calendar.New(calendar.Config{Redis: o.rdb, Name: "calendar", PollInterval: 10 * time.Millisecond, Lease: o.lease,
		Backoff: func(int) time.Duration { return time.Minute },
		Works:   []calendar.Work{{Name: "open", Schedule: schedule, Do: do}}})
	if err != nil {
		o.t.Fatal(err)
	}
	o.last = c
	ctx, stop := context.WithCancel(context.WithoutCancel(o.t.Context()))
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	var once sync.Once
	end = func() {
		once.Do(func() {
			stop()
			if err := <-done; err != nil {
				o.t.Errorf("run: %v", err)
			}
		})
	}
	o.t.Cleanup(end)
	return end
}

func (o *office) at(text string) time.Time {
	o.t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		o.t.Fatal(err)
	}
	return at
}

// status is that of the one work.
func (o *office) status() calendar.Status {
	o.t.Helper()
	all, err := o.last.Status(o.t.Context())
	if err != nil || len(all) != 1 {
		o.t.Fatalf("status %+v, %v", all, err)
	}
	return all[0]
}

func (o *office) note(_ context.Context, occasion calendar.Occasion) error {
	o.did <- occasion
	return nil
}

func (o *office) next(what string) calendar.Occasion {
	o.t.Helper()
	select {
	case occasion := <-o.did:
		return occasion
	case <-time.After(10 * time.Second):
		o.t.Fatalf("%s: not done within 10 s", what)
		panic("unreachable")
	}
}

// waits waits until the work's entry is due at that time and in nobody's hands.
func (o *office) waits(until string) {
	o.t.Helper()
	at, err := time.Parse(time.RFC3339, until)
	if err != nil {
		o.t.Fatal(err)
	}
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	var score float64
	for {
		for shard := range 4 {
			if s, err := o.server.ZScore("hs:sched:{calendar:0"+string(rune('0'+shard))+"}:due", "open"); err == nil {
				score = s
			}
		}
		if int64(score) == at.UnixMilli() {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			o.t.Fatalf("it waits until %s; expected %s", time.UnixMilli(int64(score)), at)
		}
	}
}

func wantDue(t *testing.T, o calendar.Occasion, due string, missed ...string) {
	t.Helper()
	if got := o.Due.Format(time.RFC3339); got != due {
		t.Errorf("done for %s; expected %s", got, due)
	}
	if len(o.Missed) != len(missed) || o.MissedAll != len(missed) {
		t.Fatalf("missed %v; expected %v", o.Missed, missed)
	}
	for i, at := range o.Missed {
		if got := at.Format(time.RFC3339); got != missed[i] {
			t.Errorf("missed %s; expected %s", got, missed[i])
		}
	}
}

func TestWorkIsDoneByOneOfTheProcessesEachTimeAndWhatWasMissedIsTold(t *testing.T) {
	o := newOffice(t, "2026-10-23T12:00:00+02:00")
	endA := o.process("0 9 * * *", o.note)
	endB := o.process("0 9 * * *", o.note)
	o.waits("2026-10-24T09:00:00+02:00")
	o.clock("2026-10-24T09:00:00+02:00")
	wantDue(t, o.next("first morning"), "2026-10-24T09:00:00+02:00")
	o.waits("2026-10-25T09:00:00+01:00") // 25 hours later: clocks are set back
	endA()
	endB()
	o.clock("2026-10-28T08:59:59+01:00")
	endC := o.process("0 9 * * *", o.note)
	wantDue(t, o.next("the morning after some days off"), "2026-10-27T09:00:00+01:00",
		"2026-10-25T09:00:00+01:00", "2026-10-26T09:00:00+01:00")
	o.waits("2026-10-28T09:00:00+01:00")
	endC()
	if len(o.did) > 0 {
		t.Errorf("it was done once more: %v", <-o.did)
	}
}

func TestNobodyBeginsWhatOneIsDoingAndTheTimesThatPassAreMissed(t *testing.T) {
	o := newOffice(t, "2026-06-01T08:30:00+02:00")
	o.lease = 4 * time.Hour // the clock jumps by hours at once, before any renewal
	finish := make(chan struct{})
	slow := func(_ context.Context, occasion calendar.Occasion) error {
		o.did <- occasion
		<-finish
		return nil
	}
	o.process("0 * * * *", slow)
	o.process("0 * * * *", slow)
	o.waits("2026-06-01T09:00:00+02:00")
	o.clock("2026-06-01T09:00:00+02:00")
	wantDue(t, o.next("nine"), "2026-06-01T09:00:00+02:00")
	o.clock("2026-06-01T11:00:00+02:00")
	finish <- struct{}{}
	// Had the other one begun at ten or eleven, this one would have missed nothing.
	wantDue(t, o.next("eleven"), "2026-06-01T11:00:00+02:00", "2026-06-01T10:00:00+02:00")
	close(finish)
	o.waits("2026-06-01T12:00:00+02:00")
	if len(o.did) > 0 {
		t.Errorf("it was done once more: %v", <-o.did)
	}
}

func TestWorkThatFailsIsDoneAgainAndItsTimeIsNotMissed(t *testing.T) {
	o := newOffice(t, "2026-06-01T08:30:00+02:00")
	fail := true
	o.process("0 9 * * *", func(ctx context.Context, occasion calendar.Occasion) error {
		o.did <- occasion
		if fail {
			fail = false
			return errors.New("not today")
		}
		return nil
	})
	o.waits("2026-06-01T09:00:00+02:00")
	o.clock("2026-06-01T09:00:00+02:00")
	wantDue(t, o.next("first try"), "2026-06-01T09:00:00+02:00")
	o.waits("2026-06-01T09:01:00+02:00")
	o.clock("2026-06-01T09:01:00+02:00")
	again := o.next("second try")
	wantDue(t, again, "2026-06-01T09:00:00+02:00")
	if again.Attempt != 2 {
		t.Errorf("attempt %d; expected 2", again.Attempt)
	}
	o.waits("2026-06-02T09:00:00+02:00")
}

func TestAChangedScheduleHoldsFromTheNextStart(t *testing.T) {
	o := newOffice(t, "2026-06-01T08:30:00+02:00")
	end := o.process("0 9 * * *", o.note)
	o.waits("2026-06-01T09:00:00+02:00")
	end()
	o.process("0 12 * * *", o.note)
	o.waits("2026-06-01T12:00:00+02:00")
}

func TestTheStatusTellsWhatWasDoneWhatFailedAndWhatWasMissed(t *testing.T) {
	o := newOffice(t, "2026-10-23T12:00:00+02:00")
	fail := true
	work := func(ctx context.Context, occasion calendar.Occasion) error {
		o.did <- occasion
		if fail {
			fail = false
			return errors.New("not today")
		}
		return nil
	}
	end := o.process("0 9 * * *", work)
	o.waits("2026-10-24T09:00:00+02:00")
	if s := o.status(); s.Last != nil || s.When.String() != "0 9 * * *" || !s.Next.Equal(o.at("2026-10-24T09:00:00+02:00")) {
		t.Errorf("before the first time: %+v", s)
	}
	end()
	o.clock("2026-10-26T10:00:00+01:00")
	o.process("0 9 * * *", work)
	o.next("what came meanwhile")
	o.waits("2026-10-26T10:01:00+01:00")
	s := o.status()
	if s.Last == nil || s.Last.Error != "not today" || s.Last.Attempt != 1 || s.Last.Missed.All != 2 || len(s.Last.Missed.Times) != 2 ||
		!s.Last.Due.Equal(o.at("2026-10-26T09:00:00+01:00")) || !s.Last.Missed.Noticed.Equal(o.at("2026-10-26T10:00:00+01:00")) {
		t.Errorf("after it failed: %+v", s.Last)
	}
	o.clock("2026-10-26T10:01:00+01:00")
	o.next("the second try")
	o.waits("2026-10-27T09:00:00+01:00")
	o.clock("2026-10-27T09:00:00+01:00")
	o.next("the next day")
	o.waits("2026-10-28T09:00:00+01:00")
	if s := o.status(); s.Last.Error != "" || !s.Last.Due.Equal(o.at("2026-10-27T09:00:00+01:00")) || s.Last.Missed.All != 2 {
		t.Errorf("after a good day: %+v; what was missed is still to be told", s.Last)
	}
}
