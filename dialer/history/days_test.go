package history

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/stats"
)

// anyCall is a call of one or two attempts that was over shortly before a time.
func anyCall(r *rand.Rand, id string, over time.Time, zone *time.Location) Batch {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	for1 := func(most int) time.Duration { return time.Duration(r.IntN(most)) * time.Millisecond }
	var all []PastCall
	for i := range 1 + r.IntN(2) {
		e := PastCall{Call: id, Campaign: spring, Record: "r1", Attempt: i + 1, Mode: pick("preview", "predictive"), Ending: "closed", Agent: pick("", "hanako", "taro")}
		e.Result = call.Result(pick("answered", "busy", "no-answer", "abandoned"))
		e.Abandoned = e.Result == call.Abandoned
		e.Ended = over.Add(-for1(9000)).UTC()
		if e.Result == call.Answered {
			e.Answered = e.Ended.Add(-time.Minute - for1(60000))
			e.Joined = e.Answered.Add(for1(1500))
		}
		if e.Abandoned {
			e.Answered = e.Ended.Add(-2*time.Second - for1(6000))
			e.GaveUp = pick2(r, e.Answered.Add(2*time.Second), time.Time{})
		}
		all = append(all, e)
	}
	last := &all[len(all)-1]
	last.Last, last.Done, last.Disposition = true, over.UTC(), pick("", "sale", "no interest")
	last.Callback, last.Promised = pick("", "cb1"), pick("", "cb2")
	for _, agent := range []string{"hanako", "taro"}[:r.IntN(3)] {
		from := over.Add(-2*time.Minute - for1(60000)).UTC()
		until := from.Add(for1(60000))
		last.Hands = append(last.Hands, Hand{Agent: agent, Wait: for1(20000), From: from, Until: until, Done: until.Add(for1(20000))})
	}
	return Batch{Entries: all, Most: 100000, Zone: zone}
}

func pick2(r *rand.Rand, of ...time.Time) time.Time { return of[r.IntN(len(of))] }

// first is the first time that is one.
func first(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

// recount counts a day's figures from its calls, as somebody with the exported table would.
func recount(calls []PastCall, agent string) Figures {
	f := newFigures()
	for _, e := range calls {
		mine := agent == "" || e.Agent == agent
		if mine {
			f.Attempts++
			f.Results[string(e.Result)]++
			if !e.Answered.IsZero() || e.Result == call.Abandoned {
				f.Answered++
			}
			if e.Result == call.Abandoned {
				f.Abandoned++
			}
			if !e.Joined.IsZero() && e.Mode != "preview" {
				f.ContactWaits++
				f.ContactWait += e.Joined.Sub(e.Answered).Seconds()
				if agent == "" {
					f.Waits.Contact.Add(e.Joined.Sub(e.Answered))
				}
			}
			if end := first(e.Joined, e.GaveUp, e.Ended); !e.Answered.IsZero() && e.Mode != "preview" {
				f.QueueWaits++
				f.QueueWait += end.Sub(e.Answered).Seconds()
				if agent == "" {
					f.Waits.Queue.Add(end.Sub(e.Answered))
				}
			}
		}
		if !e.Last {
			continue
		}
		if mine && e.Disposition != "" {
			f.Dispositions[e.Disposition]++
		}
		if mine && e.Callback != "" {
			f.Kept++
		}
		if mine && e.Promised != "" {
			f.Promised++
		}
		if agent == "" {
			f.Calls++
		}
		for _, h := range e.Hands {
			if agent != "" && h.Agent != agent {
				continue
			}
			if agent != "" {
				f.Calls++
			}
			f.Talk += h.Until.Sub(h.From).Seconds()
			f.WrapUp += h.Done.Sub(h.Until).Seconds()
			if h.Wait > 0 {
				f.AgentWaits++
				f.AgentWait += h.Wait.Seconds()
				if agent == "" {
					f.Waits.Agent.Add(h.Wait)
				}
			}
		}
	}
	f.derive()
	return f
}

func TestTheFiguresOfADayAreThoseOfItsCalls(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	must(t, err)
	s, _, m := store(t)
	r := rand.New(rand.NewPCG(1, 2))
	// Over the night of a change of the clocks, with writing that takes up to half a minute, and clocks that differ by as much.
	begin := time.Date(2026, 3, 27, 20, 0, 0, 0, time.UTC)
	for i := range 600 {
		now := begin.Add(time.Duration(i) * 7 * time.Minute)
		if i%50 == 0 { // close to a midnight there
			now = midnight(now.In(zone), 1).Add(time.Duration(r.IntN(60000)-30000) * time.Millisecond)
		}
		m.SetTime(now)
		must(t, s.Append(t.Context(), spring, anyCall(r, fmt.Sprint(i), now.Add(time.Duration(r.IntN(60000)-30000)*time.Millisecond), zone)))
	}
	days, err := s.Days(t.Context(), spring, "2026-03-01", "2026-04-30")
	must(t, err)
	if len(days) < 4 {
		t.Fatalf("%d days", len(days))
	}
	about := cmp.Comparer(func(a, b float64) bool { return a-b < 1e-6 && b-a < 1e-6 })
	counted := 0
	for _, day := range days {
		date, err := time.ParseInLocation(time.DateOnly, day.Date, zone)
		must(t, err)
		var calls []PastCall
		for e, err := range s.All(t.Context(), Query{Campaign: spring, From: date, Before: date.AddDate(0, 0, 1)}) {
			must(t, err)
			calls = append(calls, e)
		}
		counted += len(calls)
		if diff := cmp.Diff(recount(calls, ""), day.Figures, about); diff != "" {
			t.Errorf("%s (- its calls, + its figures):\n%s", day.Date, diff)
		}
		for _, agent := range []string{"hanako", "taro"} {
			if diff := cmp.Diff(recount(calls, agent), day.Agents[agent], about); diff != "" {
				t.Errorf("%s of %s:\n%s", day.Date, agent, diff)
			}
		}
	}
	if all, err := s.Page(t.Context(), Query{Campaign: spring, Limit: 5000}); err != nil || len(all) != counted {
		t.Errorf("the days have %d of %d entries: %v", counted, len(all), err)
	}
}

func TestADayIsKeptFor400Days(t *testing.T) {
	s, _, m := store(t)
	m.SetTime(ten)
	must(t, s.Append(t.Context(), spring, talk("c1", ten)))
	has := func() int {
		t.Helper()
		days, err := s.Days(t.Context(), spring, "2026-04-01", "2026-04-01")
		must(t, err)
		return len(days)
	}
	end, now := midnight(ten, 1), ten
	for _, at := range []struct {
		time time.Time
		want int
	}{{end, 1}, {end.AddDate(0, 0, 399), 1}, {end.AddDate(0, 0, DaysKept).Add(-time.Second), 1}, {end.AddDate(0, 0, DaysKept).Add(time.Second), 0}} {
		m.FastForward(at.time.Sub(now)) // miniredis lets keys end by this clock
		now = at.time
		if got := has(); got != at.want {
			t.Errorf("at %s there are %d days, want %d", at.time, got, at.want)
		}
	}
}

func TestOnlyARangeOfDaysIsRead(t *testing.T) {
	s, _, _ := store(t)
	for _, bad := range [][2]string{{"2026-04-02", "2026-04-01"}, {"", "2026-04-01"}, {"2026-04-01", "1 April"}, {"2024-01-01", "2026-04-01"}} {
		if _, err := s.Days(t.Context(), spring, bad[0], bad[1]); !errors.Is(err, ErrBadDate) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

func TestDaysAreExported(t *testing.T) {
	s, _, m := store(t)
	m.SetTime(ten)
	must(t, s.Append(t.Context(), spring, talk("c1", ten)))
	days, err := s.Days(t.Context(), spring, "2026-04-01", "2026-04-02")
	must(t, err)
	var table, lines bytes.Buffer
	w := NewDayCSV(&table)
	must(t, w.Names())
	must(t, w.Write(days[0]))
	must(t, w.Flush())
	rows, err := csv.NewReader(&table).ReadAll()
	must(t, err)
	if len(rows) != 3 {
		t.Fatalf("%d rows, want the names, the campaign's and hanako's: %q", len(rows), rows)
	}
	for i, agent := range map[int]string{1: "", 2: "hanako"} {
		row := map[string]string{}
		for k, name := range rows[0] {
			row[name] = rows[i][k]
		}
		want := map[string]string{
			"date": "2026-04-01", "campaign": spring, "agent": agent, "attempts": "1", "talk_seconds": "114.500", "dispositions": "sale=1", "result_answered": "1",
			"result_no_answer": "0", "contact_wait_seconds": "0.500", "contact_wait_p99_seconds": "0.503", "queue_wait_p50_seconds": "0.503", "agent_wait_p90_seconds": "7.051",
		}
		if agent != "" {
			want["contact_wait_p99_seconds"], want["queue_wait_p50_seconds"], want["agent_wait_p90_seconds"] = "", "", ""
		}
		maps.DeleteFunc(row, func(name, _ string) bool { _, asked := want[name]; return !asked })
		if diff := cmp.Diff(want, row); diff != "" {
			t.Error(diff)
		}
	}
	j := NewDayJSONL(&lines)
	must(t, j.Write(days[0]))
	var back DayFigures
	must(t, json.Unmarshal(lines.Bytes(), &back))
	days[0].Waits = WaitHistograms{} // the line has what was made of them
	if diff := cmp.Diff(days[0], back); diff != "" {
		t.Error(diff)
	}
}

// The percentiles of a month are those of all its waits, whoever counted them: not what is made of the days' percentiles.
func TestPercentilesOfDaysAndProcessesAreMerged(t *testing.T) {
	s, rdb, m := store(t)
	other := NewStore(rdb) // another process writes into the same days
	begin := time.Date(2026, 4, 1, 3, 0, 0, 0, time.UTC)
	var waits []time.Duration
	for i := range 400 {
		now := begin.Add(time.Duration(i/100) * 24 * time.Hour)
		m.SetTime(now)
		wait := time.Duration(1+i*i) * time.Millisecond
		waits = append(waits, wait)
		e := PastCall{Call: fmt.Sprint(i), Campaign: spring, Record: "r1", Attempt: 1, Last: true, Mode: "predictive", Ending: "closed", Result: call.Answered, Ended: now, Done: now}
		e.Answered = now.Add(-time.Hour)
		e.Joined = e.Answered.Add(wait)
		to := []*Store{s, other}[i%2]
		must(t, to.Append(t.Context(), spring, Batch{Entries: []PastCall{e}, Most: 1000}))
	}
	days, err := s.Days(t.Context(), spring, "2026-04-01", "2026-04-30")
	must(t, err)
	if len(days) != 4 {
		t.Fatalf("%d days", len(days))
	}
	got := MergedPercentiles(days)
	for name, p := range map[string][2]float64{"p50": {got.Contact.P50, waits[199].Seconds()}, "p90": {got.Contact.P90, waits[359].Seconds()}, "p99": {got.Contact.P99, waits[395].Seconds()}} {
		if off := math.Abs(p[0]-p[1]) / p[1]; off > stats.Accuracy {
			t.Errorf("%s of all days is %.3f s, truly %.3f s: off by %.3f", name, p[0], p[1], off)
		}
	}
	if MergedPercentiles(nil) != nil {
		t.Error("nobody waited, and there are percentiles")
	}
}
