package history

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/dialer/call"
)

const spring = "spring"

var ten = time.Date(2026, 4, 1, 10, 0, 0, 0, time.UTC)

func store(t *testing.T) (*Store, *redis.Client, *miniredis.Miniredis) {
	t.Helper()
	m := miniredis.RunT(t)
	rdb := redis.NewClient(&redis.Options{Addr: m.Addr()})
	t.Cleanup(func() {
		if err := rdb.Close(); err != nil {
			t.Error(err)
		}
	})
	return NewStore(rdb), rdb, m
}

// talk is a call of two minutes and ten seconds of wrap-up.
func talk(id string, at time.Time) Batch {
	e := PastCall{
		Call: id, Campaign: spring, Record: "r-" + id, Attempt: 1, Last: true, Mode: "predictive", Ending: "closed", Number: "+815012345678", Agent: "hanako",
		Created: at, Dialed: at, Answered: at.Add(5 * time.Second), Joined: at.Add(5500 * time.Millisecond), Ended: at.Add(2 * time.Minute),
		Done: at.Add(130 * time.Second), Result: call.Answered, Disposition: "sale", HangUp: ByContact,
	}
	e.Hands = []Hand{{Agent: "hanako", Wait: 7 * time.Second, From: e.Joined, Until: e.Ended, Done: e.Done}}
	return Batch{Entries: []PastCall{e}, Most: 1000, Zone: time.UTC}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsAppendedTwiceIsThereOnce(t *testing.T) {
	s, rdb, m := store(t)
	m.SetTime(ten)
	for range 3 {
		must(t, s.Append(t.Context(), spring, talk("c1", ten)))
	}
	must(t, s.Append(t.Context(), spring, talk("c2", ten)))
	all, err := s.Page(t.Context(), Query{Campaign: spring})
	must(t, err)
	if len(all) != 2 || all[0].Call != "c2" || all[1].Talk() != 114500*time.Millisecond || all[1].Wait() != 500*time.Millisecond || all[1].WrapUp() != 10*time.Second {
		t.Errorf("%+v", all)
	}
	day, err := rdb.HGetAll(t.Context(), "hs:{c:spring}:day:2026-04-01").Result()
	must(t, err)
	for field, want := range map[string]string{
		"calls": "2", "attempts": "2", "answered": "2", "result:answered": "2", "disposition:sale": "2", "talk_ms": "229000", "wrap_up_ms": "20000",
		"agent_wait_ms": "14000", "contact_wait_ms": "1000", "agent:hanako:calls": "2", "agent:hanako:talk_ms": "229000", "abandoned": "",
	} {
		if day[field] != want {
			t.Errorf("the day's %s is %q, want %q", field, day[field], want)
		}
	}
}

func TestADayEndsAtMidnightWhereTheCampaignIsAlsoWhenClocksChange(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	must(t, err)
	for at, want := range map[string]string{
		"2026-03-28T22:59:59Z": "2026-03-28", "2026-03-28T23:00:00Z": "2026-03-29", // winter time: an hour ahead
		"2026-03-29T21:59:59Z": "2026-03-29", "2026-03-29T22:00:00Z": "2026-03-30", // a day of 23 hours: two ahead now
		"2026-10-25T21:59:59Z": "2026-10-25", "2026-10-25T22:59:59Z": "2026-10-25", "2026-10-25T23:00:00Z": "2026-10-26", // a day of 25 hours
	} {
		over, err := time.Parse(time.RFC3339, at)
		must(t, err)
		for _, d := range (Batch{Entries: []PastCall{{Ended: over}}, Zone: zone}).daysAround() {
			if over.UnixMilli() >= d.Before {
				continue
			}
			if d.Date != want {
				t.Errorf("%s is in %s, want %s", at, d.Date, want)
			}
			if days := time.Unix(d.Expire, 0).Sub(over).Hours() / 24; days < DaysKept-.1 || days > DaysKept+1.1 {
				t.Errorf("figures are kept for %.1f days", days)
			}
			break
		}
	}
}

func TestPagesAndTimesAndTrimming(t *testing.T) {
	s, _, m := store(t)
	begin := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	for i := range 1200 {
		m.SetTime(begin.Add(time.Duration(i) * time.Minute))
		must(t, s.Append(t.Context(), spring, talk(fmt.Sprint(i), begin)))
	}
	seen, q := 0, Query{Campaign: spring, Limit: 500}
	for {
		page, err := s.Page(t.Context(), q)
		must(t, err)
		for _, e := range page {
			if want := fmt.Sprint(1199 - seen); e.Call != want {
				t.Fatalf("call %s, want %s", e.Call, want)
			}
			seen++
		}
		if len(page) < q.Limit {
			break
		}
		q.After = page[len(page)-1].ID
	}
	// About so many are kept: XADD trims by whole nodes of the stream.
	if seen < 1000 || seen > 1200 {
		t.Errorf("%d entries", seen)
	}
	some, err := s.Page(t.Context(), Query{Campaign: spring, From: begin.Add(1100 * time.Minute), Before: begin.Add(1110 * time.Minute), Agent: "hanako"})
	must(t, err)
	if len(some) != 10 || some[9].Call != "1100" {
		t.Errorf("%d entries of ten minutes: %+v", len(some), some)
	}
	if none, err := s.Page(t.Context(), Query{Campaign: spring, Agent: "taro"}); err != nil || len(none) != 0 {
		t.Errorf("%v, %v", none, err)
	}
	if _, err := s.Trim(t.Context(), spring, begin.Add(1150*time.Minute), 1000); err != nil {
		t.Fatal(err)
	}
	n := 0
	for e, err := range s.All(t.Context(), Query{Campaign: spring}) {
		must(t, err)
		if want := fmt.Sprint(1150 + n); e.Call != want {
			t.Fatalf("call %s, want %s", e.Call, want)
		}
		n++
	}
	if n != 50 {
		t.Errorf("%d entries are left, want 50", n)
	}
	if _, err := s.Trim(t.Context(), spring, begin, 20); err != nil {
		t.Fatal(err)
	}
	if left, err := s.Page(t.Context(), Query{Campaign: spring}); err != nil || len(left) != 20 || left[0].Call != "1199" {
		t.Errorf("%d are left, want the latest 20: %v", len(left), err)
	}
}

func TestNothingInTheTableIsAFormula(t *testing.T) {
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	must(t, err)
	var b bytes.Buffer
	w := NewCSV(&b, tokyo)
	must(t, w.Names())
	e := talk("c1", ten).Entries[0]
	e.Record, e.Disposition, e.CallerID = `=HYPERLINK("http://x","y")`, "@SUM(1)", `-1+cmd|' /C calc'!A0`
	must(t, w.Write(e))
	must(t, w.Flush())
	rows, err := csv.NewReader(&b).ReadAll()
	must(t, err)
	row := map[string]string{}
	for i, name := range rows[0] {
		row[name] = rows[1][i]
	}
	for name, want := range map[string]string{
		"record": `'=HYPERLINK("http://x","y")`, "disposition": "'@SUM(1)", "caller_id": `'-1+cmd|' /C calc'!A0`, "number": "+815012345678",
		"dialed": "2026-04-01T19:00:00.000+09:00", "rang": "", "talk_seconds": "114.500", "wrap_up_seconds": "10.000", "last": "1", "agents": "hanako",
	} {
		if row[name] != want {
			t.Errorf("%s is %q, want %q", name, row[name], want)
		}
	}
	for cell, want := range map[string]string{"": "", "a=b": "a=b", "＝1": "'＝1", "\t=1": "'\t=1", "+1a": "'+1a", "-5": "'-5", "+": "'+"} {
		if got := Inert(cell); got != want {
			t.Errorf("%q becomes %q, want %q", cell, got, want)
		}
	}
}

func TestTheDocumentationNamesEveryColumn(t *testing.T) {
	page, err := os.ReadFile("../../docs/history.md")
	must(t, err)
	for _, c := range append(Columns(), DayColumns()...) {
		if row := fmt.Sprintf("| `%s` | %s |", c[0], c[1]); !strings.Contains(string(page), row) {
			t.Errorf("docs/history.md has not the line\n%s", row)
		}
	}
}
