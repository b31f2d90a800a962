package hours

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hasshin/hasshin/internal/problem"
)

// Holiday is a day, or several, on which contacts are not called, or in other hours.
type Holiday struct {
	// Day says which: a date (2026-12-28), a day of each year (12-25), both also as a range (12-29 to 01-03), the like of
	// "first monday of september" or "last monday of may", or easter, easter-2, easter+1 (days before and after Easter Sunday).
	Day Rule `yaml:"day" example:"12-25"`

	// Name is told to whoever asks why nobody can be called.
	Name string `yaml:"name"`

	// Open are the hours in which calls are allowed on it all the same, for example 10:00-14:00. Default: none.
	Open []Window `yaml:"open"`
}

// Rule says which days of the calendar are meant.
type Rule struct {
	text    string
	matches func(day int, d date) bool
}

func (r Rule) String() string { return r.text }

// MarshalText writes what UnmarshalText reads.
func (r Rule) MarshalText() ([]byte, error) { return []byte(r.text), nil }

// UnmarshalText reads a rule. See [Holiday.Day].
func (r *Rule) UnmarshalText(text []byte) error {
	words := strings.Fields(strings.ToLower(string(text)))
	said := strings.Join(words, " ")
	for _, parse := range []func(string) (func(int, date) bool, bool){parseDates, parseYearly, parseNth, parseEaster} {
		if matches, ok := parse(said); ok {
			*r = Rule{text: said, matches: matches}
			return nil
		}
	}
	return fmt.Errorf(`%q is not a day; expected a date (2026-12-28), a day of each year (12-25), a range (12-29 to 01-03), "first monday of september" or easter+1`, text)
}

// fromTo takes a range apart; a single day is a range of one.
func fromTo(said string) (first, last string) {
	first, last, ranged := strings.Cut(said, " to ")
	if !ranged {
		return said, said
	}
	return first, last
}

func parseDates(said string) (func(int, date) bool, bool) {
	first, last := fromTo(said)
	a, errA := time.Parse(time.DateOnly, first)
	b, errB := time.Parse(time.DateOnly, last)
	if errA != nil || errB != nil || b.Before(a) {
		return nil, false
	}
	from, to := int(a.Unix()/secondsADay), int(b.Unix()/secondsADay)
	return func(day int, _ date) bool { return day >= from && day <= to }, true
}

func parseYearly(said string) (func(int, date) bool, bool) {
	first, last := fromTo(said)
	// Read in a leap year, so that there is a 29 February.
	a, errA := time.Parse(time.DateOnly, "2024-"+first)
	b, errB := time.Parse(time.DateOnly, "2024-"+last)
	if errA != nil || errB != nil {
		return nil, false
	}
	number := func(month, day int) int { return month*100 + day }
	from, to := number(int(a.Month()), a.Day()), number(int(b.Month()), b.Day())
	return func(_ int, d date) bool {
		n := number(d.month, d.day)
		if from <= to {
			return n >= from && n <= to
		}
		return n >= from || n <= to // over the new year
	}, true
}

var ordinals = []string{"first", "second", "third", "fourth", "last"}

func parseNth(said string) (func(int, date) bool, bool) {
	words := strings.Fields(said)
	if len(words) != 4 || words[2] != "of" {
		return nil, false
	}
	nth := slices.Index(ordinals, words[0])
	weekday, okDay := named(words[1], time.Sunday, time.Saturday)
	month, okMonth := named(words[3], time.January, time.December)
	if nth < 0 || !okDay || !okMonth {
		return nil, false
	}
	return func(day int, d date) bool {
		if d.month != int(month) || weekdayOf(day) != weekday {
			return false
		}
		if ordinals[nth] == "last" {
			return d.day+7 > daysIn(d.year, d.month)
		}
		return (d.day-1)/7 == nth
	}, true
}

// named finds a weekday or month by its English name.
func named[T interface {
	~int
	fmt.Stringer
}](name string, first, last T) (T, bool) {
	for v := first; v <= last; v++ {
		if strings.EqualFold(v.String(), name) {
			return v, true
		}
	}
	return 0, false
}

// maxEasterOffset reaches from Carnival to Corpus Christi and beyond, and never into another year: Easter lies between 22 March and 25 April.
const maxEasterOffset = 70

func parseEaster(said string) (func(int, date) bool, bool) {
	rest, ok := strings.CutPrefix(said, "easter")
	if !ok {
		return nil, false
	}
	offset := 0
	if rest != "" {
		var err error
		if offset, err = strconv.Atoi(rest); err != nil || rest[0] != '+' && rest[0] != '-' || offset > maxEasterOffset || offset < -maxEasterOffset {
			return nil, false
		}
	}
	return func(day int, d date) bool { return day-offset == easter(d.year) }, true
}

// maxHolidayName is how many characters a holiday's name may have.
const maxHolidayName = 64

func validateHolidays(p *problem.List, path string, holidays []Holiday) {
	for i, h := range holidays {
		at := problem.Index(path, i)
		if h.Day.matches == nil {
			p.Add(problem.Join(at, "day"), `is required: a date (2026-12-28), a day of each year (12-25), a range (12-29 to 01-03), "first monday of september" or easter+1`)
		}
		if utf8.RuneCountInString(h.Name) > maxHolidayName {
			p.Add(problem.Join(at, "name"), "is longer than %d characters", maxHolidayName)
		}
	}
}
