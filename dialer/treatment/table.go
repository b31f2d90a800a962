package treatment

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hasshin/hasshin/dialer/call"
)

// DefaultRow is a shipped rule with its reason.
type DefaultRow struct {
	Result call.Result
	Rule   Rule
	Why    string
}

// DefaultRules are the rules for call results about which a campaign says nothing, in the order of reports.
func DefaultRules() []DefaultRow {
	return []DefaultRow{
		{call.Answered, Rule{PerNumber: 1, Then: ThenClose, Reason: "handled"},
			"somebody was spoken to, and the agent chose no disposition that says otherwise"},
		{call.Machine, Rule{RetryAfter: hoursOf(5), Number: NextNumber, PerNumber: 3, PerDay: 2, Then: ThenNextNumber},
			"people come home in the course of a day: another part of the day, the other numbers in between, and not a machine full of calls"},
		{call.MessageLeft, Rule{RetryAfter: hoursOf(48), Number: SameNumber, PerNumber: 2, Then: ThenNextNumber},
			"the contact knows and may call back: not again for two days, and no more than two messages at a number"},
		{call.Abandoned, Rule{RetryAfter: hoursOf(72), Number: SameNumber, PerNumber: 2, Then: ThenClose},
			"whoever got silence is left alone for three days (Ofcom's 72 hours), and after the second time for good"},
		{call.Busy, Rule{RetryAfter: []time.Duration{10 * time.Minute, 30 * time.Minute, 2 * time.Hour}, Number: SameNumber, PerNumber: 6, PerDay: 4, Then: ThenNextNumber},
			"somebody is there: the same number, soon, at growing intervals"},
		{call.NoAnswer, Rule{RetryAfter: []time.Duration{3 * time.Hour, 5 * time.Hour, 22 * time.Hour}, Number: NextNumber, PerNumber: 4, PerDay: 3, Then: ThenNextNumber},
			"nobody is there now: another number, at another time of the day, on another day"},
		{call.Rejected, Rule{RetryAfter: hoursOf(24), Number: NextNumber, PerNumber: 2, Then: ThenNextNumber},
			"the call was refused, by the contact or by a filter on the way: once more on another day, then not at this number"},
		{call.InvalidNumber, Rule{PerNumber: 1, Then: ThenNextNumber},
			"the number does not exist: never again, and the next one at once"},
		{call.Congestion, Rule{RetryAfter: []time.Duration{2 * time.Minute, 5 * time.Minute, 15 * time.Minute}, Number: SameNumber, PerNumber: 6, Then: ThenNextNumber},
			"the network had no room, which says nothing of the contact: soon again, but not at once"},
		{call.Failed, Rule{RetryAfter: []time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour}, Number: SameNumber, PerNumber: 4, Then: ThenLowerPriority},
			"something of ours is wrong: later again, and behind all others if it stays so"},
		{call.Cancelled, Rule{RetryAfter: []time.Duration{15 * time.Minute, time.Hour}, Number: SameNumber, PerNumber: 4, Then: ThenLowerPriority},
			"we gave up before anybody could answer: later again, behind all others if it happens often"},
	}
}

func hoursOf(n ...int) []time.Duration {
	all := make([]time.Duration, len(n))
	for i, h := range n {
		all[i] = time.Duration(h) * time.Hour
	}
	return all
}

// Table is the rules that are in effect. It never changes and can be used by any number of goroutines.
type Table struct {
	cfg          Config
	results      map[call.Result]Rule
	dispositions map[string]Rule // also those that end a record without a row
}

// Table puts the campaign's rules and the shipped ones together. final are the dispositions that close a record when they have no row.
func (c Config) Table(final []string) *Table {
	t := &Table{cfg: c, results: map[call.Result]Rule{}, dispositions: maps.Clone(c.Dispositions)}
	for _, d := range DefaultRules() {
		t.results[d.Result] = d.Rule
	}
	maps.Copy(t.results, c.Results)
	if t.dispositions == nil {
		t.dispositions = map[string]Rule{}
	}
	for _, code := range final {
		if _, has := t.dispositions[code]; !has {
			t.dispositions[code] = Rule{PerNumber: 1, Then: ThenClose, Reason: "handled"}
		}
	}
	return t
}

// outcome is what an attempt came to: a disposition that has a row, else its call result.
type outcome string

func (t *Table) outcome(a Attempt) (outcome, Rule) {
	if rule, ok := t.dispositions[a.Disposition]; ok && a.Disposition != "" {
		return outcome("disposition " + a.Disposition), rule
	}
	return outcome(a.Result), t.results[a.Result]
}

// Handles reports whether a disposition ends a record whatever was dialed.
func (t *Table) Handles(disposition string) bool {
	rule, ok := t.dispositions[disposition]
	return ok && disposition != "" && rule.PerNumber == 1 && rule.Then == ThenClose
}

// String is the table for people.
func (t *Table) String() string {
	rows := [][]string{{"after", "retry after", "on number", "per number", "per record", "per day", "then"}}
	add := func(name string, r Rule) {
		row := []string{name, "–", string(r.Number), times(r.PerNumber), times(r.PerRecord), times(r.PerDay), string(r.Then)}
		var after []string
		for _, d := range r.RetryAfter {
			after = append(after, short(d))
		}
		if len(after) > 0 && r.retries() {
			row[1] = strings.Join(after, ", ")
		}
		if r.Number == "" {
			row[2] = string(SameNumber)
		}
		if !r.retries() {
			row[2] = "–"
		}
		if r.Then == "" {
			row[6] = string(ThenNextNumber)
		}
		if r.PerNumber == 0 && r.PerRecord == 0 {
			row[6] = "–"
		}
		rows = append(rows, row)
	}
	for _, result := range call.Results() {
		add(string(result), t.results[result])
	}
	for _, code := range sorted(t.dispositions) {
		add("disposition "+code, t.dispositions[code])
	}
	var b strings.Builder
	b.WriteString(Grid(rows))
	fmt.Fprintf(&b, "a record is dialed %s in all and %s a day\n", orUnlimited(t.cfg.MaxAttempts), orUnlimited(t.cfg.MaxPerDay))
	if len(t.cfg.Chain) > 0 {
		fmt.Fprintf(&b, "numbers are dialed in the order %s, then all others\n", strings.Join(t.cfg.Chain, ", "))
	}
	for _, typ := range sorted(t.cfg.Types) {
		if open := t.cfg.Types[typ].Open; len(open) > 0 {
			fmt.Fprintf(&b, "numbers of type %s only %v\n", typ, open)
		}
	}
	for _, r := range t.cfg.Recycle {
		names := slices.Concat(strings.Fields(list(r.Results)), strings.Fields(list(r.Dispositions)))
		fmt.Fprintf(&b, "given up after %s: begins anew after %s, %d×\n", strings.Join(names, " "), short(r.After), max(r.Times, 1))
	}
	return b.String()
}

func times(n int) string {
	if n == 0 {
		return "–"
	}
	return fmt.Sprint(n)
}

func orUnlimited(n int) string {
	if n == 0 {
		return "as often as the rules say"
	}
	return fmt.Sprintf("%d×", n)
}

// short writes a duration without parts that are zero: 1h30m, 72h.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// Grid sets rows in columns, the first one as a header.
func Grid(rows [][]string) string {
	var width []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], len([]rune(cell)))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell)
			line.WriteString(strings.Repeat(" ", width[i]-len([]rune(cell))+2))
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
	return b.String()
}
