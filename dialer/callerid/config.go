package callerid

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"github.com/hasshin/hasshin/internal/problem"
)

// Rule says which of several numbers is shown.
type Rule string

const (
	// RoundRobin goes on to the next number with each contact who is called for the first time.
	RoundRobin Rule = "round-robin"
	// LeastRecentlyUsed takes the number that no call has shown for longest. Calls to contacts who see theirs again count.
	LeastRecentlyUsed Rule = "least-recently-used"
)

// Rules lists the valid rules.
func Rules() []Rule { return []Rule{RoundRobin, LeastRecentlyUsed} }

// UnmarshalText refuses an unknown rule.
func (r *Rule) UnmarshalText(text []byte) error {
	if !slices.Contains(Rules(), Rule(text)) {
		return fmt.Errorf("%q is not a rule; expected %s or %s", text, RoundRobin, LeastRecentlyUsed)
	}
	*r = Rule(text)
	return nil
}

// Group is a set of numbers that contacts are shown in turn.
type Group struct {
	// Name is shown with the number, where the network carries names.
	Name string `yaml:"name" example:"Example Ltd"`

	// Numbers are what contacts see, in E.164 with the plus sign: numbers that you may show by the rules of your network.
	Numbers []string `yaml:"numbers"`

	// Rule chooses among several numbers: round-robin takes the next with each contact who is called for the first time; least-recently-used the one that
	// no call has shown for longest. A contact who was called before sees the same number again. Default: round-robin.
	Rule Rule `yaml:"rule"`

	// LocalPresence shows contacts a number of their own area code, where the group has one, else one of their own country. Mobile numbers have no
	// area. Default: false.
	LocalPresence bool `yaml:"local_presence"`

	// Areas name further numbers for contacts whose number begins with a prefix. They come before what local_presence finds.
	Areas []Area `yaml:"areas"`

	// Default is the number for contacts for whom neither areas nor local_presence have one. Left out: all numbers by the rule.
	Default string `yaml:"default" example:"+81312345678"`
}

// Area is a part of the world with caller ids of its own.
type Area struct {
	// Prefixes are how the numbers of its contacts begin, in E.164 with the plus sign. The longest prefix that fits counts.
	Prefixes []string `yaml:"prefixes"`

	// Numbers are what these contacts see, by the group's rule.
	Numbers []string `yaml:"numbers"`
}

// Defaults returns a group about which nothing is said.
func (Group) Defaults() Group { return Group{Rule: RoundRobin} }

// namePattern keeps what would end the name in SIP's From, or begin a header of its own.
var namePattern = regexp.MustCompile(`^[^<>"\\\x00-\x1f\x7f]*$`)

var prefixPattern = regexp.MustCompile(`^\+[1-9][0-9]{0,14}$`)

// Validate reports all that is impossible in g.
func (g Group) Validate() error {
	var p problem.List
	if !slices.Contains(Rules(), g.Rule) {
		p.Add("rule", "%q is not a rule; expected %s or %s", g.Rule, RoundRobin, LeastRecentlyUsed)
	}
	if !namePattern.MatchString(g.Name) || len(g.Name) > 64 {
		p.Add("name", "%q cannot be sent as a name; expected up to 64 characters without <, >, \" and \\", g.Name)
	}
	validateNumbers(&p, "numbers", g.Numbers)
	if g.Default != "" {
		validateNumber(&p, "default", g.Default)
		if !g.LocalPresence && len(g.Areas) == 0 {
			p.Add("default", "is never shown: neither local_presence nor areas are set, so that numbers serve everybody")
		}
	}
	first := map[string]string{}
	for i, a := range g.Areas {
		at := problem.Index("areas", i)
		validateNumbers(&p, at+".numbers", a.Numbers)
		if len(a.Prefixes) == 0 {
			p.Add(at+".prefixes", "names no prefix; expected how the contacts' numbers begin, for example [\"+816\"]")
		}
		for j, prefix := range a.Prefixes {
			here := problem.Index(at+".prefixes", j)
			if !prefixPattern.MatchString(prefix) {
				p.Add(here, "%q is not how a number begins; expected a plus sign, the country code and further digits, for example +816", prefix)
			} else if there, twice := first[prefix]; twice {
				p.Add(here, "%q is a prefix of %s already", prefix, there)
			} else {
				first[prefix] = at
			}
		}
	}
	return p.Err()
}

func validateNumbers(p *problem.List, at string, numbers []string) {
	if len(numbers) == 0 {
		p.Add(at, "names no number; expected at least one in E.164, for example [\"+81312345678\"]")
	}
	for i, n := range numbers {
		here := problem.Index(at, i)
		validateNumber(p, here, n)
		if first := slices.Index(numbers, n); first < i {
			p.Add(here, "%q is number %d already", n, first+1)
		}
	}
}

// validateNumber tells what a mistaken number may have been meant to be.
func validateNumber(p *problem.List, at, number string) {
	n, err := phonenumbers.Parse(number, "ZZ") // no region: only what says its country is understood
	switch {
	case err != nil && !strings.HasPrefix(number, "+"):
		p.Add(at, "%q does not say its country; expected E.164 with the plus sign, for example +81312345678", number)
	case err != nil:
		p.Add(at, "%q is not a telephone number (%s); expected E.164, for example +81312345678", number, err)
	case !phonenumbers.IsValidNumber(n):
		p.Add(at, "%q is no number that the numbering plan of country code %d has; expected one of yours, in E.164", number, n.GetCountryCode())
	case phonenumbers.Format(n, phonenumbers.E164) != number:
		p.Add(at, "%q is not written in E.164; expected %q", number, phonenumbers.Format(n, phonenumbers.E164))
	}
}

// String tells in short what the group does.
func (g Group) String() string {
	said := fmt.Sprintf("%d numbers, %s", len(g.Numbers), g.Rule)
	if g.LocalPresence {
		said += ", those of the contact's area first"
	}
	if n := len(g.Areas); n > 0 {
		said += fmt.Sprintf(", own numbers for %d areas", n)
	}
	if g.Default != "" {
		said += ", else " + g.Default
	}
	return said
}
