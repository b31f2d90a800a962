package treatment

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/hours"
)

const mobile, home, work = "+819012340001", "+81312340001", "+81612340001"

// chain is a record in Tokyo with three numbers.
func chain() []Number {
	return []Number{{E164: mobile, Type: "mobile"}, {E164: home, Type: "home"}, {E164: work, Type: "work"}}
}

// at is an instant in Tokyo, on and after Monday 2026-11-23.
func at(t testing.TB, wall string) time.Time {
	t.Helper()
	zone, err := hours.Zone("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	got, err := time.ParseInLocation("2006-01-02 15:04", "2026-11-"+wall, zone)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func policy(t testing.TB, c Config, profile hours.ProfileName) *Policy {
	t.Helper()
	if err := c.Validate([]string{"mobile", "home", "work"}, []string{"not-home", "sale"}); err != nil {
		t.Fatal(err)
	}
	table, err := hours.Config{Profile: profile, Zones: hours.ZonesBoth}.Table("JP")
	if err != nil {
		t.Fatal(err)
	}
	return &Policy{Table: c.Table([]string{"sale"}), Hours: table}
}

// told is a decision in short: "dial NUMBER", "wait 24 09:00 NUMBER reason", "never reason".
func told(d Decision) string {
	number := map[string]string{mobile: "mobile", home: "home", work: "work"}[d.Number.E164]
	switch d.Verb {
	case Dial:
		return "dial " + number
	case Wait:
		zone, _ := hours.Zone("Asia/Tokyo")
		return fmt.Sprintf("wait %s %s %s", d.At.In(zone).Format("02 15:04"), number, d.Reason)
	}
	return "never " + string(d.Reason)
}

func TestWhatIsDoneAfterAttempts(t *testing.T) {
	own := Config{
		MaxAttempts: 10, MaxPerDay: 5, Chain: []string{"home", "mobile"},
		Types: map[string]TypeConfig{"work": {Open: hours.MustWeek("mon-fri 10:00-17:00")}},
		Results: map[call.Result]Rule{
			call.Busy:     {RetryAfter: []time.Duration{10 * time.Minute, time.Hour}, PerNumber: 3, Then: ThenNextNumber},
			call.NoAnswer: {RetryAfter: []time.Duration{3 * time.Hour}, Number: NextNumber, PerNumber: 2, PerDay: 2, PerRecord: 5},
			call.Machine:  {RetryAfter: []time.Duration{2 * time.Hour}, Number: "work", PerNumber: 4, Then: ThenClose, Reason: "always a machine"},
			call.Failed:   {RetryAfter: []time.Duration{5 * time.Minute}, PerNumber: 1, Then: ThenLowerPriority},
		},
		Dispositions: map[string]Rule{"not-home": {RetryAfter: []time.Duration{time.Hour}, Number: "mobile", PerNumber: 3}},
	}
	recycled := own
	recycled.Recycle = []Recycle{{Results: []call.Result{call.InvalidNumber, call.NoAnswer}, After: 48 * time.Hour}}
	one := func(number string, result call.Result, wall string) Attempt {
		return Attempt{Number: number, Result: result, Ended: at(t, wall)}
	}
	with := func(a Attempt, disposition string) Attempt { a.Disposition = disposition; return a }
	for _, c := range []struct {
		name     string
		cfg      Config
		attempts []Attempt
		now      string
		want     string
		rank     int
		why      string
	}{
		{name: "a new record, in the chain's order", cfg: own, now: "23 12:00", want: "dial home"},
		{name: "a new record, in the list's order", cfg: Defaults(), now: "23 12:00", want: "dial mobile"},
		{name: "before the hours", cfg: own, now: "23 08:00", want: "wait 23 09:00 home outside-hours", why: "08:00"},
		{name: "busy: the same number, soon", cfg: own, attempts: []Attempt{one(home, call.Busy, "23 12:00")}, now: "23 12:00",
			want: "wait 23 12:10 home retry-later", why: "10m after busy (the 1st)"},
		{name: "when the interval is over", cfg: own, attempts: []Attempt{one(home, call.Busy, "23 12:00")}, now: "23 12:10", want: "dial home"},
		{name: "busy again: longer", cfg: own, attempts: []Attempt{one(home, call.Busy, "23 12:00"), one(home, call.Busy, "23 12:10")}, now: "23 12:10",
			want: "wait 23 13:10 home retry-later"},
		{name: "busy too often: the next number", cfg: own, now: "23 15:00",
			attempts: []Attempt{one(home, call.Busy, "23 12:00"), one(home, call.Busy, "23 12:10"), one(home, call.Busy, "23 13:10")}, want: "dial mobile"},
		{name: "the interval runs into the night", cfg: own, attempts: []Attempt{one(home, call.NoAnswer, "23 19:00")}, now: "23 19:00",
			want: "wait 24 09:00 mobile outside-hours"},
		{name: "no answer: the next number", cfg: own, attempts: []Attempt{one(home, call.NoAnswer, "23 10:00")}, now: "23 13:00", want: "dial mobile"},
		{name: "twice on a day: the next day, and not work, which opens later", cfg: own, now: "23 17:00",
			attempts: []Attempt{one(home, call.NoAnswer, "23 10:00"), one(mobile, call.NoAnswer, "23 13:00")}, want: "wait 24 09:00 home outside-hours"},
		{name: "the number whose turn it is", cfg: own, now: "24 11:00",
			attempts: []Attempt{one(home, call.NoAnswer, "23 10:00"), one(mobile, call.NoAnswer, "23 13:00")}, want: "dial work"},
		{name: "too often in the record", cfg: own, now: "26 12:00", attempts: []Attempt{
			one(home, call.NoAnswer, "23 10:00"), one(mobile, call.NoAnswer, "23 13:00"), one(work, call.NoAnswer, "24 10:00"),
			one(home, call.NoAnswer, "24 13:00"), one(mobile, call.NoAnswer, "25 10:00")}, want: "never rule-closes", why: "no-answer 5× in all"},
		{name: "a type of number, with hours of its own", cfg: own, attempts: []Attempt{one(home, call.Machine, "23 16:00")}, now: "23 18:00",
			want: "dial home"}, // work is closed by then, and the others are not
		{name: "a machine each time", cfg: own, now: "27 12:00", attempts: []Attempt{one(work, call.Machine, "23 10:00"), one(work, call.Machine, "24 10:00"),
			one(work, call.Machine, "25 10:00"), one(work, call.Machine, "26 10:00")}, want: "never rule-closes", why: "always a machine: machine 4×"},
		{name: "a number that does not exist", cfg: own, attempts: []Attempt{one(home, call.InvalidNumber, "23 10:00")}, now: "23 10:00", want: "dial mobile"},
		{name: "no number that exists", cfg: own, now: "23 10:00", attempts: []Attempt{one(home, call.InvalidNumber, "23 10:00"),
			one(mobile, call.InvalidNumber, "23 10:00"), one(work, call.InvalidNumber, "23 10:00")}, want: "never numbers-used-up"},
		{name: "answered", cfg: own, attempts: []Attempt{one(home, call.Answered, "23 10:00")}, now: "23 10:00", want: "never rule-closes", why: "handled"},
		{name: "a disposition with a row", cfg: own, attempts: []Attempt{with(one(home, call.Answered, "23 10:00"), "not-home")}, now: "23 11:00", want: "dial mobile"},
		{name: "a disposition that ends it", cfg: own, attempts: []Attempt{with(one(home, call.Busy, "23 10:00"), "sale")}, now: "23 11:00", want: "never rule-closes"},
		{name: "lower priority", cfg: own, attempts: []Attempt{one(home, call.Failed, "23 10:00")}, now: "23 10:05", want: "dial home", rank: 1},
		{name: "lower still, and invalid numbers stay so", cfg: own, now: "23 11:05", rank: 2, want: "dial mobile",
			attempts: []Attempt{one(home, call.InvalidNumber, "23 10:00"), one(mobile, call.Failed, "23 10:00"), one(work, call.Failed, "23 11:00")}},
		{name: "all days together", cfg: own, now: "23 18:00", attempts: []Attempt{one(home, call.Busy, "23 10:00"), one(home, call.Busy, "23 11:00"),
			one(mobile, call.Busy, "23 12:00"), one(mobile, call.Busy, "23 13:00"), one(home, call.Busy, "23 14:00")}, want: "wait 24 09:00 mobile outside-hours"},
		{name: "recycled", cfg: recycled, now: "24 10:00", attempts: []Attempt{one(home, call.InvalidNumber, "23 10:00"), one(mobile, call.NoAnswer, "23 10:00"),
			one(work, call.NoAnswer, "23 13:00"), one(mobile, call.NoAnswer, "24 09:00"), one(work, call.NoAnswer, "24 10:00")},
			want: "wait 26 10:00 mobile retry-later", why: "recycled 48h after"},
		{name: "recycled once only", cfg: recycled, now: "30 10:00", want: "never numbers-used-up", attempts: []Attempt{
			one(home, call.InvalidNumber, "23 10:00"), one(mobile, call.InvalidNumber, "23 10:00"), one(work, call.NoAnswer, "23 13:00"), one(work, call.NoAnswer, "24 10:00"),
			one(work, call.NoAnswer, "27 10:00"), one(work, call.NoAnswer, "28 10:00")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := policy(t, c.cfg, hours.ProfileJapan).Decide(Record{Zone: "Asia/Tokyo", Chain: chain(), Attempts: c.attempts}, at(t, c.now), Facts{})
			if told(d) != c.want || d.Rank != c.rank || !strings.Contains(d.Why, c.why) {
				t.Errorf("%s, priority %d (%s), want %s, priority %d (%s)", told(d), d.Rank, d.Why, c.want, c.rank, c.why)
			}
		})
	}
}

func TestWhatIsKnownOfNumbers(t *testing.T) {
	blocked, customer := Facts{Numbers: map[string]NumberFacts{mobile: {Block: Block{Is: true}}}}, Facts{Customer: Block{Is: true}}
	all := Facts{Numbers: map[string]NumberFacts{}}
	for _, n := range chain() {
		all.Numbers[n.E164] = NumberFacts{Block: Block{Is: true}}
	}
	until := Facts{Customer: Block{Is: true, Until: at(t, "25 12:00")}}
	dialed := Facts{Numbers: map[string]NumberFacts{}}
	for _, n := range chain() {
		dialed.Numbers[n.E164] = NumberFacts{Dialed: []time.Time{at(t, "23 09:00"), at(t, "23 10:30"), at(t, "23 11:00"), at(t, "23 11:30")}}
	}
	abandoned := Facts{Numbers: map[string]NumberFacts{mobile: {Abandoned: at(t, "23 10:00")}, home: {Abandoned: at(t, "23 11:00")}, work: {Abandoned: at(t, "23 11:00")}}}
	caps := []Cap{{Attempts: 4, Within: 5 * time.Hour}}
	for _, c := range []struct {
		name    string
		facts   Facts
		caps    []Cap
		lockout time.Duration
		zone    string
		profile hours.ProfileName
		numbers []Number
		want    string
	}{
		{name: "a number on the do-not-call list", facts: blocked, want: "dial home"},
		{name: "all numbers on it", facts: all, want: "never do-not-call"},
		{name: "the customer is on it", facts: customer, want: "never customer-do-not-call"},
		{name: "the customer, for a time", facts: until, want: "wait 25 12:00 mobile customer-do-not-call"},
		{name: "no more than four in five hours", facts: dialed, caps: caps, want: "wait 23 14:00 mobile attempt-cap"},
		{name: "without a cap", facts: dialed, want: "dial mobile"},
		{name: "locked out after an abandoned call", facts: abandoned, lockout: 72 * time.Hour, want: "wait 26 10:00 mobile locked-out"},
		{name: "not where an agent waits for the call", facts: abandoned, want: "dial mobile"},
		{name: "nobody knows the zone", numbers: []Number{{E164: "+99999"}}, want: "never no-time-zone"},
		{name: "and nobody asks", numbers: []Number{{E164: "+99999"}}, profile: hours.ProfileUnrestricted, want: "dial "},
		{name: "a zone that is none", zone: "Mars/Olympus", want: "never no-time-zone"},
		{name: "a number in another zone", numbers: []Number{{E164: mobile, Zone: "America/New_York"}}, zone: "Asia/Tokyo", want: "wait 24 09:00 mobile outside-hours"},
		{name: "a number's own hours", numbers: []Number{{E164: mobile, Open: hours.MustWeek("tue 13:00-14:00")}}, zone: "Asia/Tokyo", want: "wait 24 13:00 mobile own-hours"},
		{name: "no number at all", numbers: []Number{}, want: "never numbers-used-up"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := policy(t, Defaults(), max(c.profile, hours.ProfileJapan))
			p.Caps, p.Lockout = c.caps, c.lockout
			numbers := c.numbers
			if numbers == nil {
				numbers = chain()
			}
			d := p.Decide(Record{Zone: c.zone, Chain: numbers}, at(t, "23 12:00"), c.facts)
			if told(d) != c.want {
				t.Errorf("%s (%s), want %s", told(d), d.Why, c.want)
			}
		})
	}
}

func TestWhatIsWrongWithATreatment(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Config)
		path   string
		says   string
	}{
		"unknown result":      {func(c *Config) { c.Results["buzy"] = Rule{} }, "results.buzy", "expected one of answered, machine"},
		"unknown disposition": {func(c *Config) { c.Dispositions["gone"] = Rule{} }, "dispositions.gone", "expected not-home, sale"},
		"no interval":         {func(c *Config) { c.Results[call.Busy] = Rule{PerNumber: 3} }, "results.busy.retry_after", "for example [15m, 1h]"},
		"endless interval":    {func(c *Config) { c.Results[call.Busy] = Rule{RetryAfter: hoursOf(1, 9999999)} }, "results.busy.retry_after[1]", "out of range"},
		"unknown type":        {func(c *Config) { c.Results[call.Busy] = Rule{RetryAfter: hoursOf(1), Number: "moblie"} }, "results.busy.number", "expected same, next or mobile"},
		"negative":            {func(c *Config) { c.MaxPerDay = -1 }, "max_per_day", "expected 0 to 1000"},
		"unknown then":        {func(c *Config) { c.Results[call.Busy] = Rule{RetryAfter: hoursOf(1), Then: "stop"} }, "results.busy.then", "expected next-number, close"},
		"chain":               {func(c *Config) { c.Chain = []string{"mobile", "fax"} }, "chain[1]", `no numbers of type "fax"`},
		"chain twice":         {func(c *Config) { c.Chain = []string{"mobile", "mobile"} }, "chain[1]", "there already"},
		"type":                {func(c *Config) { c.Types = map[string]TypeConfig{"fax": {}} }, "types.fax", "expected mobile, home, work"},
		"recycle nothing":     {func(c *Config) { c.Recycle = []Recycle{{After: time.Hour}} }, "recycle[0]", "neither results nor dispositions"},
		"recycle at once":     {func(c *Config) { c.Recycle = []Recycle{{Results: []call.Result{call.Busy}}} }, "recycle[0].after", "for example 720h"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := Defaults()
			cfg.Results, cfg.Dispositions = map[call.Result]Rule{}, map[string]Rule{}
			c.change(&cfg)
			err := cfg.Validate([]string{"mobile", "home", "work"}, []string{"not-home", "sale"})
			if err == nil || !strings.Contains(err.Error(), c.path+": ") || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %s: … %s", err, c.path, c.says)
			}
		})
	}
	shipped := Config{Results: map[call.Result]Rule{}}
	for _, row := range DefaultRules() {
		shipped.Results[row.Result] = row.Rule
	}
	if err := shipped.Validate(nil, nil); err != nil || len(shipped.Results) != len(call.Results()) {
		t.Errorf("the shipped table has %d rows of %d: %v", len(shipped.Results), len(call.Results()), err)
	}
}

func TestPlan(t *testing.T) {
	p := policy(t, Config{
		MaxPerDay: 6, Results: map[call.Result]Rule{
			call.Busy:     {RetryAfter: []time.Duration{10 * time.Minute}, PerNumber: 2},
			call.NoAnswer: {RetryAfter: hoursOf(3), Number: NextNumber, PerNumber: 1, Then: ThenNextNumber},
		},
	}, hours.ProfileJapan)
	steps := p.Plan(Record{Zone: "Asia/Tokyo", Chain: chain()}, at(t, "23 19:45"), Facts{}, []Assumed{{Result: call.Busy}, {Result: call.Busy}, {Result: call.NoAnswer}}, 0)
	var got []string
	for _, s := range steps {
		zone, _ := hours.Zone("Asia/Tokyo")
		got = append(got, fmt.Sprintf("%s %s %s %s", s.At.In(zone).Format("02 15:04"), told(s.Decision), s.Outcome.Result, s.Waited))
	}
	want := []string{
		"23 19:45 dial mobile busy ", "23 19:55 dial mobile busy retry-later", "24 09:00 dial home no-answer outside-hours",
		"24 09:00 dial work no-answer ", "24 09:00 never numbers-used-up  ",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestClasses(t *testing.T) {
	p := policy(t, Config{Types: map[string]TypeConfig{"work": {Open: hours.MustWeek("mon-fri 10:00-17:00")}}}, hours.ProfileJapan)
	p.Filter = "now"
	for _, c := range []struct {
		record Record
		class  string
		open   string // HH:MM on 23 at which it is open
		closed string
	}{
		{Record{Chain: []Number{{E164: mobile}}}, "Asia/Tokyo", "09:00", "20:00"},
		{Record{Chain: []Number{{E164: work, Type: "work"}}}, "Asia/Tokyo;work", "10:00", "09:00"},
		{Record{Chain: []Number{{E164: mobile}}, Zone: "Asia/Seoul"}, "Asia/Seoul,Asia/Tokyo", "09:00", "08:59"},
		{Record{Chain: []Number{{E164: mobile}}, Skip: "city"}, "!now", "", "12:00"},
	} {
		class := p.Class(c.record)
		if class != c.class {
			t.Errorf("class of %+v is %q, want %q", c.record, class, c.class)
		}
		if c.open != "" && !p.Open(class, at(t, "23 "+c.open)) {
			t.Errorf("%s is closed at %s", class, c.open)
		}
		if p.Open(class, at(t, "23 "+c.closed)) {
			t.Errorf("%s is open at %s", class, c.closed)
		}
	}
	if !p.Open("!before", at(t, "23 03:00")) {
		t.Error("what another filter left out is not looked at")
	}
}
