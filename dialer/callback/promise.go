package callback

import (
	"strings"
	"time"
)

// State is where a promise is. Every promise ends in exactly one of the final states.
type State string

const (
	// Waiting: its time has not come.
	Waiting State = "waiting"
	// Due: its time has come, and it waits in a queue for somebody who is ready.
	Due State = "due"
	// Offered: an agent has it, as a preview or in a call.
	Offered State = "offered"

	// Kept: the contact was called, whatever came of the call.
	Kept State = "kept"
	// HandedOver: another promise, of another agent, took its place.
	HandedOver State = "handed-over"
	// Cancelled: somebody took it back.
	Cancelled State = "cancelled"
	// Superseded: a later promise to the same contact took its place.
	Superseded State = "superseded"
	// Expired: it can no longer be kept; the ledger says why.
	Expired State = "expired"
)

// Final reports whether nothing follows s.
func (s State) Final() bool {
	switch s {
	case Kept, HandedOver, Cancelled, Superseded, Expired:
		return true
	}
	return false
}

// Queue says who may be offered a promise that is due.
type Queue string

const (
	// QueuePool: every agent of the campaign.
	QueuePool Queue = "pool"
	// QueueSupervisor: nobody, until a supervisor has decided.
	QueueSupervisor Queue = "sup"
)

// QueueOf is the queue of what only this agent is offered.
func QueueOf(agent string) Queue { return Queue("a:" + agent) }

// Agent is the one whose queue it is, "" for other queues.
func (q Queue) Agent() string { return q.of("a:") }

// Group is that whose queue it is, "" for other queues.
func (q Queue) Group() string { return q.of("g:") }

func (q Queue) of(prefix string) string {
	name, is := strings.CutPrefix(string(q), prefix)
	if !is {
		return ""
	}
	return name
}

// QueueOfSkill is the queue of what every agent of the campaign who has a skill is offered.
func QueueOfSkill(skill string) Queue { return Queue("s:" + skill) }

// QueueOfGroup is the queue of what agents of a group are offered.
func QueueOfGroup(group string) Queue { return Queue("g:" + group) }

// Promise is a callback that was promised to a contact: it is in the ledger until long after its end.
type Promise struct {
	ID       string
	Campaign string
	Record   string // id of the record
	Number   string // E.164
	Kind     Kind
	Owner    string // of a personal one
	Holder   string // who answers for it: the owner, or who made it
	By       string // who made it, also after it was handed over
	Note     string
	Skill    string // that an agent must have when it is anybody's; "" for none
	Zone     string // IANA zone in which the contact was told the time
	Absent   Absence
	Call     string // id of the call in which it was made
	Made     time.Time

	State    State
	Due      time.Time
	Since    time.Time // when it came into its state
	Seen     time.Time // when it was noticed to be due; zero before
	Queue    Queue     // Due: where it waits
	Agent    string    // Offered: with whom it is
	Refusals int       // how often it was refused

	Events []Event // oldest first; only where the ledger is asked for
}

// Event is one line of a promise's ledger.
type Event struct {
	At   time.Time
	Kind string // made, due, offered, rejected, unanswered, cancelled, released, lease-expired, escalated, owner-absent, next-shift, moved, postponed, or a final state
	By   string // agent, "" for the server
	Text string // why, or the id of another promise
}
