// Package directory knows whom an agent can reach: colleagues, groups, queues, the numbers of the contact and outside numbers. It finds them by
// name, reading, number or group, remembers what each agent likes and used last, and guards against toll fraud: which outside numbers may be
// dialed, and how often.
//
// [Index] searches, [RedisMemory] remembers, [Guard] refuses. None of them knows calls; the engine puts them together.
package directory

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"

	"github.com/hasshin/hasshin/internal/problem"
)

// Config is whom agents can reach outside, and which numbers they may not.
type Config struct {
	// Entries are outside numbers that agents find by name. They may be dialed whatever `outside` allows, unless it forbids them.
	Entries []Entry `yaml:"entries"`

	// Outside guards against toll fraud: which outside numbers agents can consult, bring in and transfer to.
	Outside OutsideConfig `yaml:"outside"`
}

// Entry is an outside number with a name.
type Entry struct {
	// Name is what agents read and look for.
	Name string `yaml:"name"`

	// Reading is how the name is read, in kana or Latin letters; looked for, too.
	Reading string `yaml:"reading"`

	// Number in E.164, for example +81312345678.
	Number string `yaml:"number"`

	// Group it is listed under; looked for, too.
	Group string `yaml:"group"`
}

// OutsideConfig says which outside numbers agents may dial. What is forbidden is so always; of all others only what is allowed here can be
// dialed. The numbers of the record that a call is about are no outside numbers.
type OutsideConfig struct {
	// Countries whose numbers may be dialed, as ISO 3166 alpha-2 codes. A country is not its calling code: +1 is the United States, Canada and two
	// dozen others, each with its own code. Default: the country of the campaign's list (`list.region`).
	Countries []string `yaml:"countries"`

	// ForbiddenCountries are never dialed.
	ForbiddenCountries []string `yaml:"forbidden_countries"`

	// Prefixes are beginnings of numbers in E.164 that may be dialed beside those of the countries, premium-rate ones too, for example +4420
	Prefixes []string `yaml:"prefixes"`

	// ForbiddenPrefixes are beginnings of numbers in E.164 that are never dialed, for example +81570
	ForbiddenPrefixes []string `yaml:"forbidden_prefixes"`

	// Premium allows premium-rate, shared-cost and personal numbers of the countries.
	Premium bool `yaml:"premium"`

	// PerMinute is how many outside numbers an agent may dial in any 60 seconds; 0 for no limit. Default: 6.
	PerMinute int `yaml:"per_minute"`

	// PerHour is how many outside numbers an agent may dial in any 60 minutes; 0 for no limit. Default: 60.
	PerHour int `yaml:"per_hour"`
}

// Defaults returns a directory without entries whose guard lets national numbers pass: nothing abroad, nothing at premium rate.
func Defaults() Config { return Config{Outside: OutsideConfig{PerMinute: 6, PerHour: 60}} }

var (
	e164Pattern   = regexp.MustCompile(`^\+[1-9][0-9]{3,14}$`)
	prefixPattern = regexp.MustCompile(`^\+[1-9][0-9]{0,14}$`)
)

const (
	maxName  = 128   // characters
	maxLimit = 10000 // calls an hour or minute
)

// Validate reports all that is impossible in c.
func (c Config) Validate() error {
	var p problem.List
	guard := NewGuard(c)
	first := map[string]int{}
	for i, e := range c.Entries {
		at := problem.Index("entries", i)
		for _, text := range []struct{ field, value string }{{"name", e.Name}, {"reading", e.Reading}, {"group", e.Group}} {
			if utf8.RuneCountInString(text.value) > maxName {
				p.Add(problem.Join(at, text.field), "is longer than %d characters", maxName)
			}
		}
		if e.Name == "" {
			p.Add(problem.Join(at, "name"), "is required: what agents look for")
		}
		earlier, twice := first[e.Number]
		switch {
		case e.Number == "":
			p.Add(problem.Join(at, "number"), "is required, in E.164: for example +81312345678")
		case !e164Pattern.MatchString(e.Number):
			p.Add(problem.Join(at, "number"), "%q is not a number in E.164; expected + and 4 to 15 digits, for example +81312345678", e.Number)
		case twice:
			p.Add(problem.Join(at, "number"), "%s is the number of entry %d already", e.Number, earlier+1)
		default:
			first[e.Number] = i
			if err := guard.forbidden(e.Number); err != nil {
				p.Add(problem.Join(at, "number"), "cannot be dialed: %s", err)
			}
		}
	}
	p.AddAt("outside", c.Outside.validate())
	return p.Err()
}

func (c OutsideConfig) validate() error {
	var p problem.List
	for _, list := range []struct {
		field string
		codes []string
	}{{"countries", c.Countries}, {"forbidden_countries", c.ForbiddenCountries}} {
		for i, code := range list.codes {
			if !phonenumbers.GetSupportedRegions()[code] {
				hint := "expected an ISO 3166 alpha-2 code like JP or GB"
				if phonenumbers.GetSupportedRegions()[strings.ToUpper(code)] {
					hint = "in capitals: " + strings.ToUpper(code)
				}
				p.Add(problem.Index(list.field, i), "%q is no country; %s", code, hint)
			}
		}
	}
	for i, code := range c.ForbiddenCountries {
		if slices.Contains(c.Countries, code) {
			p.Add(problem.Index("forbidden_countries", i), "%s is allowed by countries", code)
		}
	}
	for _, list := range []struct {
		field    string
		prefixes []string
	}{{"prefixes", c.Prefixes}, {"forbidden_prefixes", c.ForbiddenPrefixes}} {
		for i, prefix := range list.prefixes {
			if !prefixPattern.MatchString(prefix) {
				p.Add(problem.Index(list.field, i), "%q is not the beginning of a number in E.164; expected + and digits, for example +4420", prefix)
			}
		}
	}
	for _, limit := range []struct {
		field string
		calls int
	}{{"per_minute", c.PerMinute}, {"per_hour", c.PerHour}} {
		if limit.calls < 0 || limit.calls > maxLimit {
			p.Add(limit.field, "%d is out of range; expected 0 (no limit) to %d", limit.calls, maxLimit)
		}
	}
	return p.Err()
}
