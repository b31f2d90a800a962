package campaign

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/hours"
	"github.com/hasshin/hasshin/dialer/treatment"
)

// treatedConfig is the configuration of the campaign whose records addRecords makes.
func treatedConfig() Config {
	c := Defaults()
	c.Trunk, c.List.Region, c.List.Columns, c.Hours.Profile = "carrier", "JP", Columns{ID: "id", Name: "name"}, hours.ProfileUnrestricted
	return c
}

func policyOf(t testing.TB, c Config) *treatment.Policy {
	t.Helper()
	p, err := c.Policy()
	must(t, err)
	return p
}

// dialed is the outcome of one attempt at the first number.
func dialed(r *Record, result call.Result) Outcome {
	now := time.Now()
	return Outcome{Attempts: []Attempt{{Number: r.Numbers[0].E164, Call: "x", Dialed: now, Ended: now, Result: result}}}
}

// A record is handed out again when its time has come, at its old place, and not before; in between it is counted as waiting, and nobody gets it.
func testWaitingRecord(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb)
	addRecords(t, rdb, demo, 3)
	wait := func(r *Record, token Token, d time.Duration) time.Time {
		o, due := dialed(r, call.Busy), time.Now().Add(d)
		o.Next = &Place{Filing: treatment.Filing{Due: due, Class: "*", At: due}}
		must(t, s.Close(t.Context(), demo, r.ID, token, o))
		must(t, s.Close(t.Context(), demo, r.ID, token, o)) // the answer was lost
		return due
	}
	first, token := take(t, s, "hanako")
	due := wait(first, token, time.Hour)
	got, err := s.Get(t.Context(), demo, first.ID)
	must(t, err)
	if got.State != Waiting || got.Class != "*" || got.DueAt.Sub(due).Abs() > time.Minute || len(got.Attempts()) != 1 {
		t.Errorf("record is %s in class %q until %s with %d attempts; want waiting in * until %s with one", got.State, got.Class, got.DueAt, len(got.Attempts()), due)
	}
	c, err := s.Counts(t.Context(), demo)
	must(t, err)
	if c.Ready != 2 || c.Waiting != 1 || c.Closed != 0 || c.Results[string(call.Busy)] != 1 {
		t.Errorf("%+v, want two ready, one waiting, one busy", c)
	}
	second, token := take(t, s, "hanako")
	if second.ID == first.ID {
		t.Fatalf("%s is handed out before its time", first.ID)
	}
	wait(second, token, 30*time.Millisecond)
	eventually(t, "the second record is counted as ready", func() bool {
		c, err := s.Counts(t.Context(), demo)
		must(t, err)
		return c.Ready == 2 && c.Waiting == 1
	})
	if again, _ := take(t, s, "taro"); again.ID != second.ID {
		t.Errorf("got %s, want %s at its old place", again.ID, second.ID)
	}
	if third, _ := take(t, s, "taro"); third.ID == first.ID {
		t.Errorf("%s is handed out before its time", first.ID)
	}
	wantNoRecord(t, s, "taro")
}

// What is filed, returned, or out when its lease ends is back in its class, and those of a closed class are not handed out.
func testClassesOfRecords(t *testing.T, rdb redis.UniversalClient) {
	s, other := NewRedisStore(rdb), NewRedisStore(rdb)
	addRecords(t, rdb, demo, 2)
	open := map[string]bool{"Asia/Tokyo": true}
	isOpen := func(class string) bool { return open[class] }
	next := func(s Store) (*Record, Token, error) {
		return s.TakeOpen(t.Context(), demo, "hanako", time.Minute, isOpen)
	}
	if _, _, err := next(other); err != nil { // the other process has seen the list without classes
		t.Fatal(err)
	}
	r, token, err := next(s)
	must(t, err)
	now := time.Now()
	must(t, s.File(t.Context(), demo, r.ID, token, Place{Filing: treatment.Filing{Due: now, Class: "Asia/Tokyo", At: now}}))
	if err := s.File(t.Context(), demo, r.ID, token, Place{}); !errors.Is(err, ErrLeaseLost) {
		t.Errorf("filing a record that is not out: %v, want that the lease is lost", err)
	}
	for _, s := range []Store{other, s} {
		open["Asia/Tokyo"] = false
		if got, _, err := next(s); !errors.Is(err, ErrNoRecord) {
			t.Errorf("got %v, %v from a closed class", got, err)
		}
		open["Asia/Tokyo"] = true
		got, token, err := next(s)
		must(t, err)
		if got.ID != r.ID {
			t.Errorf("got %s, want %s", got.ID, r.ID)
		}
		must(t, s.Return(t.Context(), demo, got.ID, token, EndedReleased, ""))
		if back, err := s.Get(t.Context(), demo, r.ID); err != nil || back.State != Ready || back.Class != "Asia/Tokyo" {
			t.Errorf("%+v, %v; want it ready in its class", back, err)
		}
	}
	_, _, err = s.TakeOpen(t.Context(), demo, "hanako", time.Millisecond, isOpen)
	must(t, err)
	eventually(t, "the lease has ended", func() bool {
		swept, err := s.SweepExpired(t.Context(), demo)
		must(t, err)
		return slices.Contains(swept, r.ID)
	})
	if back, err := s.Get(t.Context(), demo, r.ID); err != nil || back.State != Ready || back.Class != "Asia/Tokyo" {
		t.Errorf("after its lease: %+v, %v; want it ready in its class", back, err)
	}
}

func testRecycle(t *testing.T, rdb redis.UniversalClient) {
	s, c := NewRedisStore(rdb), treatedConfig()
	addRecords(t, rdb, demo, 4)
	for _, o := range []struct {
		result      call.Result
		disposition string
	}{{call.NoAnswer, ""}, {call.Answered, "sale"}, {call.NoAnswer, ""}} {
		r, token := take(t, s, "hanako")
		outcome := dialed(r, o.result)
		outcome.Disposition = o.disposition
		must(t, s.Close(t.Context(), demo, r.ID, token, outcome))
	}
	out, _ := take(t, s, "hanako")
	blocked, err := s.Get(t.Context(), demo, "c3")
	must(t, err)
	_, err = s.DoNotCall().Add(t.Context(), []string{blocked.Numbers[0].E164}, "test", "")
	must(t, err)

	q := Recycling{Results: []call.Result{call.NoAnswer}, By: "night"}
	for _, want := range []int{1, 0} { // c1; not the sale, not the one on the list, not the one that is out; and once
		n, err := s.Recycle(t.Context(), demo, c, policyOf(t, c), q)
		must(t, err)
		if n != want {
			t.Errorf("%d records begin anew, want %d", n, want)
		}
	}
	wantCounts(t, s, 1, 1, 2)
	r, _ := take(t, s, "taro")
	if last := r.History[len(r.History)-1]; r.ID != "c1" || last.Ending != EndedRecycled || last.Agent != "night" || len(c.Treated(r).Attempts) != 0 {
		t.Errorf("got %s with last %+v and %d attempts that count; want c1, recycled, none (out is %s)", r.ID, last, len(c.Treated(r).Attempts), out.ID)
	}
}
