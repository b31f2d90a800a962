package audit_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/dialer/audit"
)

func open(t *testing.T) *audit.Redis {
	t.Helper()
	rdb := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	t.Cleanup(func() { _ = rdb.Close() })
	return audit.NewRedis(rdb)
}

var noon = time.Date(2026, 4, 1, 12, 0, 0, 123_456_000, time.UTC)

func TestAnEntryEndsOnce(t *testing.T) {
	log, ctx := open(t), t.Context()
	e := audit.Entry{ID: "a1", Kind: audit.Whisper, By: "sumire", Agent: "hanako", Call: "c1", Campaign: "spring", Record: "r1", From: noon}
	must(t, log.Begin(ctx, e))
	must(t, log.Begin(ctx, audit.Entry{ID: "a1", By: "somebody else", From: noon})) // the answer to the first try was lost: nothing is overwritten
	must(t, log.End(ctx, "a1", noon.Add(time.Minute), "stopped"))
	must(t, log.End(ctx, "a1", noon.Add(time.Hour), "again"))
	must(t, log.End(ctx, "unknown", noon, ""))
	got, err := log.List(ctx, audit.Query{})
	must(t, err)
	e.To, e.Why = noon.Add(time.Minute), "stopped"
	if len(got) != 1 || got[0] != e {
		t.Errorf("the log has %+v, want %+v", got, e)
	}
}

func TestPagesLoseNothingAndRepeatNothing(t *testing.T) {
	log, ctx := open(t), t.Context()
	const entries = 700
	for i := range entries {
		must(t, log.Begin(ctx, audit.Entry{ID: fmt.Sprintf("e%04d", i), Kind: audit.Listen, By: fmt.Sprintf("s%d", i%2), From: noon.Add(time.Duration(i/3) * time.Millisecond)}))
	}
	for _, by := range []string{"", "s1"} {
		q := audit.Query{By: by, Limit: 33}
		seen := map[string]bool{}
		for {
			page, err := log.List(ctx, q)
			must(t, err)
			for _, e := range page {
				if seen[e.ID] || q.After != "" && e.ID >= q.After || by != "" && e.By != by {
					t.Fatalf("%s is wrong behind %s", e.ID, q.After)
				}
				seen[e.ID], q.After = true, e.ID
			}
			if len(page) == 0 {
				break
			}
		}
		if want := map[string]int{"": entries, "s1": entries / 2}[by]; len(seen) != want {
			t.Errorf("%d entries of %q, want %d", len(seen), by, want)
		}
	}
	got, err := log.List(ctx, audit.Query{From: noon.Add(10 * time.Millisecond), Before: noon.Add(12 * time.Millisecond)})
	must(t, err)
	if len(got) != 6 || got[0].ID != "e0035" || got[5].ID != "e0030" {
		t.Errorf("two milliseconds have %+v", got)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
