package treatment

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/hours"
	"github.com/hasshin/hasshin/internal/problem"
)

// Config says what becomes of a record after an attempt. Call results without a row of their own are treated as docs/treatments.md says;
// `hasshin explain --campaign C` prints the table that is in effect.
type Config struct {
	// Results are what to do after a call result: answered, machine, abandoned, busy, no-answer, rejected, invalid-number, congestion, failed
	// or cancelled.
	Results map[call.Result]Rule `yaml:"results"`

	// Dispositions are what to do after a disposition, by its code. A disposition without a row closes the record if it is final, contacted or
	// do_not_call; with any other the call result decides.
	Dispositions map[string]Rule `yaml:"dispositions"`

	// MaxAttempts is how often a record is dialed in all; then it is closed. 0 is as often as the rules say. Default: 20.
	MaxAttempts int `yaml:"max_attempts"`

	// MaxPerDay is how often a record is dialed on one day, by the calendar where the contact is; 0 is as often as the rules say. Default: 6.
	MaxPerDay int `yaml:"max_per_day"`

	// Chain orders the numbers of a record by their types, for example [mobile, home, work]. Types that are not named, and numbers of the same
	// type, stay in the order of the list's columns.
	Chain []string `yaml:"chain"`

	// Types says what is special about numbers of a type, like work.
	Types map[string]TypeConfig `yaml:"types"`

	// Recycle lets records that were given up begin anew.
	Recycle []Recycle `yaml:"recycle"`
}

// TypeConfig is what is special about a type of numbers.
type TypeConfig struct {
	// Open narrows the calling hours for numbers of the type, like mon-fri 09:00-17:00.
	Open hours.Week `yaml:"open"`
}

// Rule is a row of the table: what to do after one outcome of an attempt.
type Rule struct {
	// RetryAfter is how long to wait until the record is dialed again: after the first such outcome at a number, after the second, and so on; the
	// last one holds for all further ones. For example [15m, 1h].
	RetryAfter []time.Duration `yaml:"retry_after"`

	// Number is which number is dialed then: same, next (in the chain; after the last comes the first), or a type of number, like mobile.
	// Left out: same.
	Number Choice `yaml:"number"`

	// PerNumber is after how many such outcomes at one number `then` is done. 0 is never. Default: 0.
	PerNumber int `yaml:"per_number"`

	// PerRecord is after how many such outcomes, at all numbers together, the record is closed, or given a lower priority if `then` says so. 0
	// is never. Default: 0.
	PerRecord int `yaml:"per_record"`

	// PerDay is after how many such outcomes on one day the record waits for the next, by the calendar where the contact is. 0 is no limit.
	// Default: 0.
	PerDay int `yaml:"per_day"`

	// Then is what is done after per_number. next-number: this number is not dialed any more, the next one of the chain is; close: the record is
	// closed; lower-priority: it begins anew behind all records of higher priority. Left out: next-number.
	Then Then `yaml:"then"`

	// Reason is noted with a record that this rule closes.
	Reason string `yaml:"reason"`
}

// Choice says which number is dialed next: same, next, or a type.
type Choice string

const (
	SameNumber Choice = "same"
	NextNumber Choice = "next"
)

// Then says what is done when a number was dialed often enough.
type Then string

const (
	ThenNextNumber    Then = "next-number"
	ThenClose         Then = "close"
	ThenLowerPriority Then = "lower-priority"
)

func thens() []string {
	return []string{string(ThenNextNumber), string(ThenClose), string(ThenLowerPriority)}
}

// UnmarshalText refuses an unknown choice.
func (t *Then) UnmarshalText(text []byte) error {
	if !slices.Contains(thens(), string(text)) {
		return fmt.Errorf("%q is unknown; expected %s", text, strings.Join(thens(), ", "))
	}
	*t = Then(text)
	return nil
}

// Recycle lets records that a rule gave up, not those that were handled, begin anew after a while.
type Recycle struct {
	// Results are the call results of the last attempt for which it is done.
	Results []call.Result `yaml:"results"`

	// Dispositions are the dispositions for which it is done.
	Dispositions []string `yaml:"dispositions"`

	// After is how long after the last attempt.
	After time.Duration `yaml:"after"`

	// Times is how often for one record; 0 means once.
	Times int `yaml:"times"`
}

// Defaults returns what is used where nothing is said. The rows of Results that are missing are those of [DefaultRules].
func Defaults() Config { return Config{MaxAttempts: 20, MaxPerDay: 6} }

// Limits of the settings.
const (
	maxDelay = 366 * 24 * time.Hour
	maxCount = 1000
)

// Validate reports all that is impossible in c. types are those of the list's numbers, dispositions the codes that can be chosen.
func (c Config) Validate(types, dispositions []string) error {
	var p problem.List
	for _, result := range sorted(c.Results) {
		at := problem.Key("results", string(result))
		if !result.Valid() {
			p.Add(at, "%q is not a call result; expected one of %s", result, list(call.Results()))
			continue
		}
		c.Results[result].validate(&p, at, types)
	}
	for _, code := range sorted(c.Dispositions) {
		at := problem.Key("dispositions", code)
		if !slices.Contains(dispositions, code) {
			p.Add(at, "the campaign has no disposition %q; expected %s", code, oneOf(dispositions, "none: it has no dispositions"))
			continue
		}
		c.Dispositions[code].validate(&p, at, types)
	}
	count(&p, "max_attempts", c.MaxAttempts)
	count(&p, "max_per_day", c.MaxPerDay)
	for i, typ := range c.Chain {
		if at := problem.Index("chain", i); !slices.Contains(types, typ) {
			p.Add(at, "the list has no numbers of type %q; expected %s", typ, oneOf(types, "none: give list.columns.numbers their types"))
		} else if slices.Index(c.Chain, typ) < i {
			p.Add(at, "%q is there already", typ)
		}
	}
	for _, typ := range sorted(c.Types) {
		at := problem.Key("types", typ)
		if !slices.Contains(types, typ) {
			p.Add(at, "the list has no numbers of type %q; expected %s", typ, oneOf(types, "none: give list.columns.numbers their types"))
		}
		p.AddAt(problem.Join(at, "open"), c.Types[typ].Open.Validate())
	}
	for i, r := range c.Recycle {
		r.validate(&p, problem.Index("recycle", i), dispositions)
	}
	return p.Err()
}

func (r Rule) validate(p *problem.List, at string, types []string) {
	for i, d := range r.RetryAfter {
		if d < 0 || d > maxDelay {
			p.Add(problem.Index(problem.Join(at, "retry_after"), i), "%s is out of range; expected 0s to %dh", d, int(maxDelay.Hours()))
		}
	}
	if len(r.RetryAfter) == 0 && r.retries() {
		p.Add(problem.Join(at, "retry_after"), "is required where a number is dialed again, for example [15m, 1h]; "+
			"for no retry at all: {per_number: 1, then: next-number} or {per_number: 1, then: close}")
	}
	if r.Number != "" && r.Number != SameNumber && r.Number != NextNumber && !slices.Contains(types, string(r.Number)) {
		p.Add(problem.Join(at, "number"), "%q is neither same nor next nor a type of the list's numbers; expected same, next or %s",
			r.Number, oneOf(types, "a type given in list.columns.numbers"))
	}
	count(p, problem.Join(at, "per_number"), r.PerNumber)
	count(p, problem.Join(at, "per_record"), r.PerRecord)
	count(p, problem.Join(at, "per_day"), r.PerDay)
	if r.Then != "" && !slices.Contains(thens(), string(r.Then)) {
		p.Add(problem.Join(at, "then"), "%q is unknown; expected %s", r.Then, strings.Join(thens(), ", "))
	}
}

// retries reports whether the rule can let a number be dialed again.
func (r Rule) retries() bool { return r.PerNumber != 1 || r.Then == ThenLowerPriority }

func (r Recycle) validate(p *problem.List, at string, dispositions []string) {
	if len(r.Results)+len(r.Dispositions) == 0 {
		p.Add(at, "names neither results nor dispositions; expected for example {results: [no-answer], after: 720h}")
	}
	for i, result := range r.Results {
		if !result.Valid() {
			p.Add(problem.Index(problem.Join(at, "results"), i), "%q is not a call result; expected one of %s", result, list(call.Results()))
		}
	}
	for i, code := range r.Dispositions {
		if !slices.Contains(dispositions, code) {
			p.Add(problem.Index(problem.Join(at, "dispositions"), i), "the campaign has no disposition %q; expected %s", code,
				oneOf(dispositions, "none: it has no dispositions"))
		}
	}
	if r.After <= 0 || r.After > maxDelay {
		p.Add(problem.Join(at, "after"), "%s is out of range; expected more than 0s, up to %dh, for example 720h", r.After, int(maxDelay.Hours()))
	}
	count(p, problem.Join(at, "times"), r.Times)
}

func count(p *problem.List, at string, n int) {
	if n < 0 || n > maxCount {
		p.Add(at, "%d is out of range; expected 0 to %d", n, maxCount)
	}
}

func sorted[K ~string, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func list[T ~string](names []T) string {
	parts := make([]string, len(names))
	for i, n := range names {
		parts[i] = string(n)
	}
	return strings.Join(parts, ", ")
}

func oneOf(names []string, none string) string {
	if len(names) == 0 {
		return none
	}
	return list(names)
}
