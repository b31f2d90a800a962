package treatment

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hasshin/hasshin/dialer/hours"
)

// Verb is a decision in one word.
type Verb string

const (
	// Dial: now.
	Dial Verb = "dial"
	// Wait: not before an instant.
	Wait Verb = "wait"
	// Never: not at all, as things are.
	Never Verb = "never"
)

// Reason is the stable code of why a record or number is not dialed now.
type Reason string

const (
	RetryLater        Reason = "retry-later"          // the treatment's interval is not over
	DayLimit          Reason = "day-limit"            // dialed often enough today
	OutsideHours      Reason = "outside-hours"        // the calling hours where the contact is
	OwnHours          Reason = "own-hours"            // the hours of the number or its type
	AttemptCap        Reason = "attempt-cap"          // dialed often enough lately, by all campaigns
	LockedOut         Reason = "locked-out"           // an abandoned call was there lately
	DoNotCall         Reason = "do-not-call"          // the number is on the do-not-call list
	CustomerDoNotCall Reason = "customer-do-not-call" // the customer is
	NoZone            Reason = "no-time-zone"         // nobody knows what time it is at the contact's
	NeverOpen         Reason = "never-open"           // the calling hours leave no common time
	Spent             Reason = "number-used-up"       // dialed as often as the rules allow
	Filtered          Reason = "filtered"             // the campaign's filter leaves it out

	RuleCloses     Reason = "rule-closes"      // a rule ends the record
	NumbersUsedUp  Reason = "numbers-used-up"  // none of its numbers is dialed any more
	AttemptsUsedUp Reason = "attempts-used-up" // max_attempts
)

// Policy is all by which a campaign decides. It never changes and can be used by any number of goroutines.
type Policy struct {
	Table *Table
	Hours *hours.Table
	Caps  []Cap
	// Lockout is how long a number is left alone after an abandoned call there; 0 where an agent waits for each call.
	Lockout time.Duration
	// Filter names the campaign's filter as it is configured, so that records left out by another one are looked at again.
	Filter string

	own sync.Map // text of own hours → *hours.Table
}

// Decision says what to do with a record.
type Decision struct {
	Verb   Verb
	Number Number    // Dial: to be dialed now. Wait: what would be dialed then
	At     time.Time // Wait: not before; Dial: now
	Reason Reason    // Wait and Never
	Why    string    // the same for a person
	Rank   int       // 0 is the highest priority
	Filing Filing    // Dial and Wait: where the record waits until it is taken

	Numbers []NumberDecision // each of the chain, in dialing order
}

// NumberDecision is a decision about one number.
type NumberDecision struct {
	Number Number
	Verb   Verb
	At     time.Time
	Reason Reason
	Why    string

	filing Filing
}

// Filing is where a record waits: until Due, and then until its class is open. Records of a class have the same calling hours.
type Filing struct {
	Due   time.Time // when everything but the calling hours allows it
	Class string
	At    time.Time // when the calling hours allow it, too
}

// Decide says whether a record may be dialed now, at which number, and if not, when next or that it never may. It is what the engine asks before
// it dials and where it files a record afterwards, and what `hasshin explain` tells.
func (p *Policy) Decide(r Record, now time.Time, facts Facts) Decision {
	s := p.Table.stand(r)
	d := Decision{Verb: Never, Rank: s.rank}
	switch {
	case s.closed != "":
		d.Reason, d.Why = s.closed, s.why
		return d
	case r.Skip != "":
		d.Verb, d.Reason, d.Why = Wait, Filtered, r.Skip
		d.At = now.Add(farAway)
		d.Filing = Filing{Due: now, Class: filteredClass + p.Filter, At: d.At}
		return d
	}
	best := -1
	for i := range s.chain {
		n := p.number(s, r, s.chain[(s.start+i)%len(s.chain)], now, facts)
		d.Numbers = append(d.Numbers, n)
		if n.Verb != Never && (best < 0 || n.At.Before(d.Numbers[best].At)) {
			best = i
		}
	}
	if best < 0 {
		d.Reason, d.Why = nobody(d.Numbers)
		return d
	}
	n := d.Numbers[best]
	d.Verb, d.Number, d.At, d.Reason, d.Why, d.Filing = n.Verb, n.Number, n.At, n.Reason, n.Why, n.filing
	return d
}

// farAway is when a record is looked at again about whose time nothing is known.
const farAway = 365 * 24 * time.Hour

// nobody words why no number of a chain can be dialed.
func nobody(all []NumberDecision) (Reason, string) {
	if len(all) == 0 {
		return NumbersUsedUp, "it has no number"
	}
	reason := all[0].Reason
	var parts []string
	for _, n := range all {
		if n.Reason != reason {
			reason = NumbersUsedUp
		}
		parts = append(parts, n.Number.E164+": "+n.Why)
	}
	if reason == Spent {
		reason = NumbersUsedUp
	}
	return reason, strings.Join(parts, "; ")
}

// bound is something that may forbid dialing: it gives the first instant, at or after one, at which it does not, false for never.
type bound func(at time.Time) (next time.Time, reason Reason, why string, ever bool)

// number decides about one number.
func (p *Policy) number(s *standing, r Record, n Number, now time.Time, facts Facts) NumberDecision {
	d := NumberDecision{Number: n, Verb: Never}
	if why := s.spent[n.E164]; why != "" {
		d.Reason, d.Why = Spent, why
		return d
	}
	zone := n.Zone
	if zone == "" {
		zone = r.Zone
	}
	zones, err := p.Hours.Zones(n.E164, zone)
	if err != nil {
		d.Reason, d.Why = NoZone, err.Error()
		return d
	}
	if len(zones) == 0 && !p.Hours.Always() {
		d.Reason, d.Why = NoZone, "the contact's time zone is unknown"
		return d
	}
	day := time.UTC
	if len(zones) > 0 {
		day = zones[0]
	}
	bounds := p.bounds(s, r, n, zones, day, facts)
	due, _, _, ever := settle(now, bounds...)
	own, ownText := p.ownHours(n)
	window := p.window(p.Hours, zones, OutsideHours)
	at, reason, why, everOpen := settle(now, append(bounds, window, p.window(own, zones, OwnHours))...)
	if !ever || !everOpen {
		d.Reason, d.Why = reason, why
		return d
	}
	d.At, d.Reason, d.Why, d.Verb = at, reason, why, Wait
	if !at.After(now) {
		d.Verb, d.Reason, d.Why = Dial, "", ""
	}
	if ownText {
		due = at // its own hours are not those of a class
	}
	d.filing = Filing{Due: due, Class: p.class(n, zones), At: at}
	return d
}

// bounds are all that may forbid a number but the calling hours.
func (p *Policy) bounds(s *standing, r Record, n Number, zones []*time.Location, day *time.Location, facts Facts) []bound {
	known := facts.Numbers[n.E164]
	all := []bound{
		func(at time.Time) (time.Time, Reason, string, bool) {
			next, ever := facts.Customer.until(at)
			return next, CustomerDoNotCall, "the customer is on the do-not-call list", ever
		},
		func(at time.Time) (time.Time, Reason, string, bool) {
			next, ever := known.Block.until(at)
			return next, DoNotCall, "the number is on the do-not-call list", ever
		},
		func(at time.Time) (time.Time, Reason, string, bool) {
			return later(at, s.notBefore), RetryLater, s.because, true
		},
		func(at time.Time) (time.Time, Reason, string, bool) {
			next, why := p.Table.dayLimit(r.Attempts, at, day)
			return next, DayLimit, why, true
		},
	}
	for _, c := range p.Caps {
		all = append(all, func(at time.Time) (time.Time, Reason, string, bool) {
			return c.After(at, known.Dialed), AttemptCap, fmt.Sprintf("dialed %d× within %s already, by all campaigns", c.Attempts, short(c.Within)), true
		})
	}
	if p.Lockout > 0 && !known.Abandoned.IsZero() {
		all = append(all, func(at time.Time) (time.Time, Reason, string, bool) {
			return later(at, known.Abandoned.Add(p.Lockout)), LockedOut, fmt.Sprintf("an abandoned call was there less than %s ago", short(p.Lockout)), true
		})
	}
	return all
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// window is calling hours as a bound.
func (p *Policy) window(table *hours.Table, zones []*time.Location, reason Reason) bound {
	return func(at time.Time) (time.Time, Reason, string, bool) {
		if table == nil {
			return at, "", "", true
		}
		allowed, why := table.Allowed(at, zones)
		if allowed {
			return at, "", "", true
		}
		next, ever := table.Next(at, zones)
		if !ever {
			return at, NeverOpen, "the calling hours leave no common time: " + why.String(), false
		}
		return next, reason, why.String(), true
	}
}

// settle finds the first instant that all bounds allow, and what held it up: the bounds that forbid now, the one that lasts longest first.
func settle(now time.Time, bounds ...bound) (at time.Time, reason Reason, why string, ever bool) {
	at = now
	for range settleSteps {
		moved := false
		for _, b := range bounds {
			next, r, w, ok := b(at)
			if !ok {
				return at, r, w, false
			}
			if next.After(at) {
				at, reason, why, moved = next, r, w, true
			}
		}
		if !moved {
			return at, reason, why, true
		}
	}
	return at, NeverOpen, "calling hours and limits leave no common time", false
}

// settleSteps is more than bounds with openings on different days need.
const settleSteps = 1000

// dayLimit is the first instant, at or after one, on whose day the rules allow a further attempt.
func (t *Table) dayLimit(attempts []Attempt, at time.Time, zone *time.Location) (time.Time, string) {
	y, m, d := at.In(zone).Date()
	all, counts, why := 0, map[outcome]int{}, ""
	for _, a := range attempts {
		if ay, am, ad := a.Ended.In(zone).Date(); ay != y || am != m || ad != d {
			continue
		}
		what, rule := t.outcome(a)
		all++
		counts[what]++
		if rule.PerDay > 0 && counts[what] >= rule.PerDay {
			why = fmt.Sprintf("%s %d× on %04d-%02d-%02d (per_day)", what, counts[what], y, m, d)
		}
	}
	if t.cfg.MaxPerDay > 0 && all >= t.cfg.MaxPerDay {
		why = fmt.Sprintf("dialed %d× on %04d-%02d-%02d (max_per_day)", all, y, m, d)
	}
	if why == "" {
		return at, ""
	}
	return time.Date(y, m, d+1, 0, 0, 0, 0, zone), why
}

// ownHours are those of a number or its type; explicit tells that they are the number's own.
func (p *Policy) ownHours(n Number) (table *hours.Table, explicit bool) {
	week := slices.Clone(n.Open)
	if len(week) == 0 {
		if week = p.Table.cfg.Types[n.Type].Open; len(week) == 0 {
			return nil, false
		}
		return p.tableOf(week), false
	}
	return p.tableOf(week), true
}

func (p *Policy) tableOf(week hours.Week) *hours.Table {
	key := fmt.Sprint(week)
	if known, ok := p.own.Load(key); ok {
		return known.(*hours.Table)
	}
	made, err := hours.Config{Profile: hours.ProfileUnrestricted, Open: week, Zones: hours.ZonesBoth}.Table("")
	if err != nil {
		panic("treatment: hours that were validated are wrong: " + err.Error())
	}
	kept, _ := p.own.LoadOrStore(key, made)
	return kept.(*hours.Table)
}
