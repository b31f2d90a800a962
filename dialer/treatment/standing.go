package treatment

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// MaxRank is the lowest priority that a rule can give a record; it is given up when it would become lower.
const MaxRank = 7

// standing is where a record stands after its attempts, whatever the time is.
type standing struct {
	chain     []Number          // in dialing order
	start     int               // index of the number that is next
	spent     map[string]string // number → why it is not dialed any more
	dead      map[string]string // those of them that stay so when the record begins anew
	notBefore time.Time
	because   string // why not before
	rank      int    // 0 is the highest priority
	rounds    int    // how often it was recycled

	closed Reason // "" if it is open
	why    string

	atNumber map[string]map[outcome]int // number → outcome → how many, since it began anew
	inAll    map[outcome]int
	attempts int
}

// ordered puts a chain into the order of dialing.
func (t *Table) ordered(chain []Number) []Number {
	place := func(n Number) int {
		if i := slices.Index(t.cfg.Chain, n.Type); i >= 0 {
			return i
		}
		return len(t.cfg.Chain)
	}
	all := slices.Clone(chain)
	slices.SortStableFunc(all, func(a, b Number) int { return place(a) - place(b) })
	return all
}

// stand follows a record through its attempts.
func (t *Table) stand(r Record) *standing {
	s := &standing{chain: t.ordered(r.Chain), dead: map[string]string{}}
	s.anew()
	for _, a := range r.Attempts {
		s.closed, s.why = "", "" // it was dialed all the same: by a callback, or because the table was another one
		t.follow(s, a)
	}
	return s
}

// anew forgets what counts towards the rules' limits. Numbers that were given up after a single attempt, as one that does not exist, stay given up.
func (s *standing) anew() {
	s.attempts, s.spent, s.atNumber, s.inAll = 0, maps.Clone(s.dead), map[string]map[outcome]int{}, map[outcome]int{}
	s.start = s.after("")
}

// follow does what the table says after an attempt.
func (t *Table) follow(s *standing, a Attempt) {
	what, rule := t.outcome(a)
	s.attempts++
	if s.atNumber[a.Number] == nil {
		s.atNumber[a.Number] = map[outcome]int{}
	}
	s.atNumber[a.Number][what]++
	s.inAll[what]++
	n, all := s.atNumber[a.Number][what], s.inAll[what]

	s.wait(a, what, rule, n)
	switch {
	case t.cfg.MaxAttempts > 0 && s.attempts >= t.cfg.MaxAttempts:
		t.giveUp(s, a, AttemptsUsedUp, fmt.Sprintf("it was dialed %d times (max_attempts)", s.attempts))
	case rule.PerRecord > 0 && all >= rule.PerRecord && rule.Then == ThenLowerPriority, rule.PerNumber > 0 && n >= rule.PerNumber && rule.Then == ThenLowerPriority:
		t.lower(s, a, rule, what)
	case rule.PerRecord > 0 && all >= rule.PerRecord:
		t.giveUp(s, a, RuleCloses, closing(what, rule, fmt.Sprintf("%s %d× in all (per_record)", what, all)))
	case rule.PerNumber > 0 && n >= rule.PerNumber && rule.Then == ThenClose:
		t.giveUp(s, a, RuleCloses, closing(what, rule, fmt.Sprintf("%s %d× (then: close)", what, n)))
	case rule.PerNumber > 0 && n >= rule.PerNumber:
		s.spent[a.Number] = fmt.Sprintf("%s %d× at this number", what, n)
		if rule.PerNumber == 1 {
			s.dead[a.Number] = s.spent[a.Number]
			s.notBefore, s.because = a.Ended, "" // the outcome says nothing of the other numbers
		}
		s.start = s.after(a.Number)
		if s.allSpent() {
			t.giveUp(s, a, NumbersUsedUp, fmt.Sprintf("no number is left to dial: the last was %s", what))
		}
	default:
		s.start = s.choose(rule.Number, a.Number)
	}
}

// wait notes from when on the record may be dialed again.
func (s *standing) wait(a Attempt, what outcome, rule Rule, n int) {
	s.notBefore, s.because = a.Ended, ""
	if steps := rule.RetryAfter; len(steps) > 0 {
		pause := steps[min(n, len(steps))-1]
		s.notBefore, s.because = a.Ended.Add(pause), fmt.Sprintf("%s after %s (the %s)", short(pause), what, ordinal(n))
	}
}

func ordinal(n int) string {
	switch {
	case n%10 == 1 && n%100 != 11:
		return fmt.Sprintf("%dst", n)
	case n%10 == 2 && n%100 != 12:
		return fmt.Sprintf("%dnd", n)
	case n%10 == 3 && n%100 != 13:
		return fmt.Sprintf("%drd", n)
	}
	return fmt.Sprintf("%dth", n)
}

func closing(what outcome, rule Rule, why string) string {
	if rule.Reason != "" {
		return rule.Reason + ": " + why
	}
	return why
}

// choose finds the number to dial next after one.
func (s *standing) choose(choice Choice, after string) int {
	switch choice {
	case SameNumber, "":
		return max(s.index(after), 0)
	case NextNumber:
		return s.after(after)
	}
	for i, n := range s.chain {
		if n.Type == string(choice) && s.spent[n.E164] == "" {
			return i
		}
	}
	return max(s.index(after), 0) // the record has none of that type
}

func (s *standing) index(number string) int {
	return slices.IndexFunc(s.chain, func(n Number) bool { return n.E164 == number })
}

// after is the index of the next number that is still dialed.
func (s *standing) after(number string) int {
	i := s.index(number)
	for step := 1; step <= len(s.chain); step++ {
		if next := (i + step + len(s.chain)) % len(s.chain); s.spent[s.chain[next].E164] == "" {
			return next
		}
	}
	return 0
}

func (s *standing) allSpent() bool {
	return !slices.ContainsFunc(s.chain, func(n Number) bool { return s.spent[n.E164] == "" })
}

// lower lets the record begin anew behind all of higher priority.
func (t *Table) lower(s *standing, a Attempt, rule Rule, what outcome) {
	if s.rank >= MaxRank {
		t.giveUp(s, a, RuleCloses, closing(what, rule, fmt.Sprintf("%s again and again, and there is no lower priority", what)))
		return
	}
	attempts := s.attempts
	s.anew()
	s.rank, s.attempts = s.rank+1, attempts // the limit for the record as a whole goes on
}

// giveUp closes the record, unless it is to be recycled after such an end.
func (t *Table) giveUp(s *standing, a Attempt, reason Reason, why string) {
	for _, r := range t.cfg.Recycle {
		if !slices.Contains(r.Results, a.Result) && !(a.Disposition != "" && slices.Contains(r.Dispositions, a.Disposition)) || s.rounds >= max(r.Times, 1) {
			continue
		}
		s.anew()
		s.rounds++
		s.notBefore, s.because = a.Ended.Add(r.After), fmt.Sprintf("recycled %s after it was given up (%s)", short(r.After), why)
		return
	}
	s.closed, s.why = reason, why
}
