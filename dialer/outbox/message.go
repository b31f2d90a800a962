// Package outbox keeps messages to contacts until they are delivered: e-mails, and what goes out through webhooks. Whoever puts one in gets its
// answer when it is on Redis's disk; from then on it is tried until it is delivered, refused for good, or given up.
//
// # How often
//
// A message is in one of four states: queued, sending, sent and failed. It is under the fencing token of the scheduler's claim while it is being
// sent, so of two processes that believe they have it only one can say what became of it. Just before the moment from which the other side may have
// it, the final dot of an e-mail, that is noted. A process that dies before loses the message's turn and no more: it is sent by another, once. Between
// that moment and the answer nobody can know: the message is sent again, under the same id, as SMTP itself does it (RFC 5321, section 4.5.4.2: rather
// twice than never), and marked as perhaps delivered twice.
//
// # Keys in Redis
//
//	hs:outbox:{ID}                  hash: message (JSON), state, token, attempts, at (ms), problem, handed, twice, unsure
//	hs:outbox:of:CAMPAIGN:RECORD    zset: ids of a contact's messages by when they were put in (ms)
//	hs:outbox:refused:ADDRESS       string: what was said when an address was refused for good
package outbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Kind is what sort of message it is; it says who delivers it.
type Kind string

// The kinds of messages.
const (
	KindEmail   Kind = "email"
	KindWebhook Kind = "webhook" // a request to another program
)

// State is where a message is on its way.
type State string

const (
	Queued  State = "queued"  // waits to be sent, for the first time or again
	Sending State = "sending" // a process has it
	Sent    State = "sent"    // the other side has taken it over
	Failed  State = "failed"  // refused for good, or given up
)

// Message is one message. It never changes once it is in.
type Message struct {
	ID       string          `json:"id"`
	Kind     Kind            `json:"kind"`
	Campaign string          `json:"campaign"`
	Record   string          `json:"record"`
	Call     string          `json:"call"`
	Agent    string          `json:"agent"`
	To       string          `json:"to"`    // address or number
	Title    string          `json:"title"` // for people: the subject, or the name of the webhook
	Queued   time.Time       `json:"queued"`
	Content  json.RawMessage `json:"content"` // for who delivers it
}

// Status is a message and what has become of it.
type Status struct {
	Message
	State    State
	At       time.Time // when the state began
	Attempts int
	Problem  string // what was wrong the last time, in the other side's words where it said some
	Twice    bool   // it may have been delivered twice
	Unsure   bool   // it is failed and may have been delivered all the same
}

var (
	// ErrDifferent: there is a message with that id and another content.
	ErrDifferent = errors.New("a message with this id and another content is there")
	// ErrUnknown: there is no such message, or none any more.
	ErrUnknown = errors.New("there is no such message, or it is too old")
	// ErrOnItsWay: it is not known yet whether the other side has the message.
	ErrOnItsWay = errors.New("the message is on its way still")
	// ErrStale: the message is in other hands.
	ErrStale = errors.New("the message is in other hands")
)

// Refusal is what the other side said: it has not taken the message, for sure.
type Refusal struct {
	Final   bool   // trying again is pointless
	Address bool   // it is the address that is refused
	Text    string // in its own words
}

func (r *Refusal) Error() string {
	if r.Final {
		return fmt.Sprintf("refused: %s", r.Text)
	}
	return fmt.Sprintf("refused for now: %s", r.Text)
}
