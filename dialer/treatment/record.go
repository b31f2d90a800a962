package treatment

import (
	"time"

	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/hours"
	"github.com/hasshin/hasshin/internal/problem"
)

// Record is what has to be known of a record to decide about it.
type Record struct {
	Zone     string    // IANA time zone, "" if unknown
	Chain    []Number  // in the order of the list
	Attempts []Attempt // oldest first; those before it was recycled by hand are left out
	Skip     string    // why the campaign's filter keeps it from being dialed, "" if it does not
}

// Number is one number of a chain.
type Number struct {
	E164 string
	Type string
	Zone string     // IANA time zone of the number itself, "" for the record's
	Open hours.Week // its own hours, within the campaign's; empty for no others
}

// Attempt is one dialing of one number.
type Attempt struct {
	Number      string // E.164
	Result      call.Result
	Disposition string    // chosen by the agent after it, "" for none
	Ended       time.Time // when it ended
}

// Facts are what is known of the record's numbers and its customer at this moment, from all campaigns.
type Facts struct {
	Numbers  map[string]NumberFacts
	Customer Block // the customer wants no calls at any number
}

// NumberFacts are what is known of a number.
type NumberFacts struct {
	Block     Block
	Dialed    []time.Time // lately, by any campaign, oldest first
	Abandoned time.Time   // when a contact there got no agent last; zero for never
}

// Block is an entry of a do-not-call list. The zero value is none.
type Block struct {
	Is    bool
	Until time.Time // zero for good
}

// until gives the instant from which the block is over; false for never.
func (b Block) until(at time.Time) (time.Time, bool) {
	switch {
	case !b.Is:
		return at, true
	case b.Until.IsZero():
		return at, false
	case b.Until.After(at):
		return b.Until, true
	}
	return at, true
}

// Cap bounds how often one number is dialed, by all campaigns together.
type Cap struct {
	// Attempts is how often a number may be dialed within that time.
	Attempts int `yaml:"attempts"`

	// Within is the time over which they are counted, for example 5h.
	Within time.Duration `yaml:"within"`
}

// ValidateCaps reports all that is impossible in caps.
func ValidateCaps(caps []Cap) error {
	var p problem.List
	for i, c := range caps {
		at := problem.Index("", i)
		if c.Attempts < 1 || c.Attempts > MaxCap {
			p.Add(problem.Join(at, "attempts"), "%d is out of range; expected 1 to %d", c.Attempts, MaxCap)
		}
		if c.Within < time.Minute || c.Within > MaxCapWithin {
			p.Add(problem.Join(at, "within"), "%s is out of range; expected 1m to %dh, for example 5h", c.Within, int(MaxCapWithin.Hours()))
		}
	}
	return p.Err()
}

// Limits of caps.
const (
	MaxCap       = 50
	MaxCapWithin = 31 * 24 * time.Hour
)

// After is the first instant, at or after one, at which the cap allows a further attempt. dialed has the earlier ones, oldest first.
func (c Cap) After(at time.Time, dialed []time.Time) time.Time {
	for {
		first, n := -1, 0
		for i, d := range dialed {
			if d.After(at.Add(-c.Within)) {
				if n == 0 {
					first = i
				}
				n++
			}
		}
		if n < c.Attempts {
			return at
		}
		at = dialed[first+n-c.Attempts].Add(c.Within)
	}
}
