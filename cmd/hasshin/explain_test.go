package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/config"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// wantSaid looks that a command ended as it should and said all that.
func wantSaid(t *testing.T, s said, code int, words ...string) {
	t.Helper()
	if s.code != code {
		t.Errorf("exit code %d, want %d\n%s%s", s.code, code, s.out, s.err)
	}
	for _, w := range words {
		if !strings.Contains(s.out+s.err, w) {
			t.Errorf("does not say %q:\n%s%s", w, s.out, s.err)
		}
	}
}

// What is said of a record that waits, is closed, begins anew, and is on a do-not-call list.
func TestExplainRecycleAndDoNotCall(t *testing.T) {
	server := miniredis.RunT(t)
	file := importHouse(t, server.Addr())
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), "region: JP,", "region: JP, time_zone: Asia/Tokyo,", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(t.TempDir(), "list.csv")
	if err := os.WriteFile(list, []byte("id,phone,name\na,090-1234-0001,佐藤\nb,090-1234-0002,鈴木\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantSaid(t, hasshin(t, "", "import", "--config", file, "--campaign", "demo", list), exitOK)
	tells := func(args []string, words ...string) {
		t.Helper()
		wantSaid(t, hasshin(t, "", append([]string{args[0], "--config", file, "--campaign", "demo"}, args[1:]...)...), exitOK, words...)
	}
	tells([]string{"explain"}, "busy", "10m, 30m, 2h", "a record is dialed 20× in all and 6× a day", "profile jp")
	noon := "2026-11-24T12:00:00+09:00"
	tells([]string{"explain", "--record", "+819012340001", "--from", noon}, "record a of campaign demo: ready", "it may be dialed now, at +819012340001")
	tells([]string{"explain", "--record", "a", "--from", "2026-11-24T22:00:00+09:00"}, "not before Wed 2026-11-25 09:00:00 JST, because of outside-hours")

	// a was busy at noon, b was not wanted.
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer rdb.Close()
	store := campaign.NewRedisStore(rdb).For(cfg.Dialer.Campaigns)
	policy, _, _, err := dialer.Policies(cfg.Dialer, "demo")
	if err != nil {
		t.Fatal(err)
	}
	c := cfg.Dialer.Campaigns["demo"]
	at, err := time.Parse(time.RFC3339, noon)
	if err != nil {
		t.Fatal(err)
	}
	for _, result := range []call.Result{call.Busy, call.Answered} {
		r, token, err := store.Take(t.Context(), "demo", "hanako", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		o := campaign.Outcome{Attempts: []campaign.Attempt{{Number: r.Numbers[0].E164, Call: "x", Agent: "hanako", Dialed: at, Ended: at, Result: result}}}
		facts, _, err := c.Facts(t.Context(), store, "demo", r, false)
		if err != nil {
			t.Fatal(err)
		}
		if d := policy.Decide(c.Treated(r.With(o)), at, facts); d.Filing.Due.IsZero() {
			o.Reason = d.Why
		} else {
			place := c.PlaceOf(r, d)
			place.Due, place.At = time.Now().Add(time.Hour), time.Now().Add(time.Hour) // the list's clock is not the test's
			o.Next = place
		}
		if err := store.Close(t.Context(), "demo", r.ID, token, o); err != nil {
			t.Fatal(err)
		}
	}
	tells([]string{"explain", "--record", "a", "--from", "2026-11-24T12:04:00+09:00"},
		"record a of campaign demo: waiting", "busy", "hanako", "not before Tue 2026-11-24 12:10:00 JST, because of retry-later: 10m after busy (the 1st)")
	tells([]string{"explain", "--record", "a", "--plan", "--results", "busy,no-answer", "--from", "2026-11-24T12:04:00+09:00"}, "2026-11-24 12:10:00", "numbers-used-up")
	tells([]string{"explain", "--record", "b", "--from", noon}, "record b of campaign demo: closed", "never: it was closed", "handled")

	tells([]string{"recycle", "--results", "answered"}, "1 records of demo begin anew")
	tells([]string{"explain", "--record", "b", "--from", noon}, "it may be dialed now")
	tells([]string{"do-not-call", "--why", "asked", "id:b"}, "1 of 1 are new on the do-not-call list of campaign demo")
	tells([]string{"explain", "--record", "b", "--from", noon}, "never, because of customer-do-not-call")

	dnc := filepath.Join(t.TempDir(), "dnc.csv")
	if err := os.WriteFile(dnc, []byte("number,until,why\n090-1234-0001,2999-01-31T12:00:00+09:00,holiday\nnonsense\nid:b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantSaid(t, hasshin(t, "", "do-not-call", "--config", file, "--campaign", "demo", "--file", dnc), exitFailure, "1 of 2 are new", "dnc.csv:3: ")
	tells([]string{"explain", "--record", "a", "--from", noon}, "because of do-not-call")
	tells([]string{"do-not-call", "--remove", "+819012340001"}, "1 of 1 taken off")
	tells([]string{"do-not-call", "--check", "+819012340001", "id:b"}, "+819012340001  is on no list", "id:b  on the list for good")
}
