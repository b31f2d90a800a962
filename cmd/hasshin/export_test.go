package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/dialer/history"
)

// What is exported of two calls on either side of a midnight.
func TestCallsAndDaysAreExported(t *testing.T) {
	server := miniredis.RunT(t)
	file := importHouse(t, server.Addr())
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr()})
	t.Cleanup(func() {
		if err := rdb.Close(); err != nil {
			t.Error(err)
		}
	})
	midnight := time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC)
	for i, at := range []time.Time{midnight.Add(-time.Second), midnight.Add(time.Second)} {
		server.SetTime(at)
		e := history.PastCall{
			Call: fmt.Sprint("c", i), Campaign: "demo", Record: "a", Attempt: 1, Last: true, Ending: "closed", Agent: "hanako", Result: "busy", Number: "+819012340001",
			Created: at.Add(-time.Minute), Dialed: at.Add(-time.Minute), Ended: at.Add(-2 * time.Second), Done: at,
		}
		if err := history.NewStore(rdb).Append(t.Context(), "demo", history.Batch{Entries: []history.PastCall{e}, Most: 1000}); err != nil {
			t.Fatal(err)
		}
	}
	rows := func(want int, args ...string) string {
		t.Helper()
		s := hasshin(t, "", append([]string{"export", "--config", file}, args...)...)
		wantSaid(t, s, exitOK)
		if n := strings.Count(s.out, "\n"); n != want {
			t.Errorf("%q: %d lines, want %d\n%s", args, n, want, s.out)
		}
		return s.out
	}
	rows(3, "calls") // with the names
	rows(2, "--from", "2026-04-02", "calls")
	rows(5, "--from", "2026-04-01", "--to", "2026-04-03", "days")
	if out := rows(3, "--from", "2026-04-01", "days", "--to", "2026-04-02"); !strings.Contains(out, "2026-04-01,demo,,1,1,0,0,") || !strings.Contains(out, "\n2026-04-01,demo,hanako,1,0,") {
		t.Errorf("days:\n%s", out)
	}
	if out := rows(2, "--from", "2026-04-01", "--to", "2026-04-03", "--format", "jsonl", "days"); !strings.Contains(out, `"results":{"busy":1}`) {
		t.Errorf("days:\n%s", out)
	}
	for _, wrong := range [][]string{{"weeks"}, {"--from", "April", "days"}, {"--from", "2026-04-01T09:00:00Z", "days"}, {"calls", "days"}} {
		wantSaid(t, hasshin(t, "", append([]string{"export", "--config", file}, wrong...)...), exitUsage)
	}
	wantSaid(t, hasshin(t, "", "export", "--config", file, "--from", "2020-01-01", "--to", "2026-04-03", "days"), exitFailure, "at most 400 days")
}
