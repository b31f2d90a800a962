package callerid

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// home is where a number belongs.
type home struct {
	country int
	area    string // the geographical area code, "" for a number that has none
}

// homeOf is the zero value for what is no number.
func homeOf(e164 string) home {
	n, err := phonenumbers.Parse(e164, "ZZ")
	if err != nil {
		return home{}
	}
	national := phonenumbers.GetNationalSignificantNumber(n)
	length := min(phonenumbers.GetLengthOfGeographicalAreaCode(n), len(national))
	return home{country: int(n.GetCountryCode()), area: national[:length]}
}

// plan is a group made ready to choose from.
type plan struct {
	Group
	homes []home // of Numbers
}

func newPlan(g Group) *plan {
	p := &plan{Group: g}
	for _, n := range g.Numbers {
		p.homes = append(p.homes, homeOf(n))
	}
	return p
}

// offer lists the numbers that fit a contact's number (E.164), in the order of the configuration, never none.
func (p *plan) offer(contact string) []string {
	var longest string
	var area []string
	for _, a := range p.Areas {
		for _, prefix := range a.Prefixes {
			if strings.HasPrefix(contact, prefix) && len(prefix) > len(longest) {
				longest, area = prefix, a.Numbers
			}
		}
	}
	if area != nil {
		return area
	}
	if p.LocalPresence {
		if local := p.local(homeOf(contact)); len(local) > 0 {
			return local
		}
	}
	if p.Default != "" {
		return []string{p.Default}
	}
	return p.Numbers
}

// local lists the numbers of a contact's area or, where there are none, country. A country that all numbers are of is no choice: there the default counts.
func (p *plan) local(contact home) []string {
	near := func(fits func(home) bool) (found []string) {
		for i, h := range p.homes {
			if fits(h) {
				found = append(found, p.Numbers[i])
			}
		}
		return found
	}
	if contact.area != "" {
		if found := near(func(h home) bool { return h == contact }); len(found) > 0 {
			return found
		}
	}
	found := near(func(h home) bool { return h.country == contact.country })
	if len(found) == len(p.Numbers) && p.Default != "" {
		return nil
	}
	return found
}

// Present is what is told to the network: the number, with the group's name if it has one.
func (g Group) Present(number string) string {
	if g.Name == "" {
		return number
	}
	return g.Name + " <" + number + ">"
}
