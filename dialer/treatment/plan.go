package treatment

import (
	"time"

	"github.com/hasshin/hasshin/dialer/call"
)

// Step is one line of a plan: an attempt, or the end.
type Step struct {
	At       time.Time // of the attempt, or of the end
	Decision Decision  // Dial for an attempt, Never for the end
	Waited   Reason    // what the attempt waited for, "" if for nothing
	Why      string
	Outcome  Assumed // what the attempt is assumed to come to
}

// Assumed is an outcome that a plan assumes.
type Assumed struct {
	Result      call.Result
	Disposition string
}

// planned bounds a plan.
const planned = 1000

// Plan is the dry run of the treatment for a record from an instant on: attempt by attempt, each as early as it may be and of no length, with the
// assumed outcomes; the last of them is repeated until the record is closed, or limit attempts are made.
func (p *Policy) Plan(r Record, from time.Time, facts Facts, assumed []Assumed, limit int) []Step {
	var steps []Step
	facts = facts.copy()
	r.Attempts = append([]Attempt(nil), r.Attempts...)
	if limit <= 0 || limit > planned {
		limit = planned
	}
	for at := from; ; {
		d := p.Decide(r, at, facts)
		step := Step{At: at, Decision: d}
		if d.Verb == Wait && d.Reason != Filtered {
			step.Waited, step.Why = d.Reason, d.Why
			at = d.At
			d = p.Decide(r, at, facts)
			step.At, step.Decision = at, d
		}
		if d.Verb != Dial || len(steps) == limit {
			if d.Verb != Dial {
				steps = append(steps, step)
			}
			return steps
		}
		step.Outcome = assumed[min(len(steps), len(assumed)-1)]
		steps = append(steps, step)
		r.Attempts = append(r.Attempts, Attempt{Number: d.Number.E164, Result: step.Outcome.Result, Disposition: step.Outcome.Disposition, Ended: at})
		facts.note(d.Number.E164, at, step.Outcome.Result == call.Abandoned)
	}
}

func (f Facts) copy() Facts {
	all := Facts{Customer: f.Customer, Numbers: map[string]NumberFacts{}}
	for number, n := range f.Numbers {
		n.Dialed = append([]time.Time(nil), n.Dialed...)
		all.Numbers[number] = n
	}
	return all
}

func (f Facts) note(number string, at time.Time, abandoned bool) {
	n := f.Numbers[number]
	n.Dialed = append(n.Dialed, at)
	if abandoned {
		n.Abandoned = at
	}
	f.Numbers[number] = n
}
