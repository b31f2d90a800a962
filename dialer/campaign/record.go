package campaign

import (
	"time"

	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/history"
	"github.com/hasshin/hasshin/dialer/treatment"
)

// State is where a record is.
type State string

const (
	// Ready: in the list, waiting to be taken.
	Ready State = "ready"
	// Waiting: in the list, to be taken from a time on.
	Waiting State = "waiting"
	// Out: taken by an agent, under a lease.
	Out State = "out"
	// Promised: handled, and to be called again when a callback is due.
	Promised State = "promised"
	// Closed: handled; this campaign dials it no more.
	Closed State = "closed"
)

// Number is one telephone number of a record.
type Number struct {
	E164 string `json:"n"`           // with +, ITU-T E.164
	Type string `json:"t,omitempty"` // mobile, home, work …
	// Extension is what to dial after answer, when the list gave one.
	Extension string `json:"x,omitempty"`

	// Zone is the IANA time zone of the number itself, "" for that of the record.
	Zone string `json:"z,omitempty"`
	// Open are its own hours, as in configuration and with ; between openings, within the campaign's; "" for no others.
	Open string `json:"h,omitempty"`

	// DoNotCall: it was on the do-not-call list when somebody looked last. Not stored with the record.
	DoNotCall bool `json:"-"`
}

// Record is a person to call: one row of a calling list.
type Record struct {
	ID       string
	Campaign string
	Numbers  []Number // the chain, in dialing order, never empty
	Name     string
	TimeZone string            // IANA name, may be empty
	Language string            // BCP 47, may be empty
	Fields   map[string]string // business fields, with the changes made in calls
	Source   Source

	// Dial is the number to dial now, as it was decided when the record was taken. Not stored with the record.
	Dial string

	State      State
	Agent      string    // who has it (Out) or closed it (Closed)
	LeaseUntil time.Time // Out: when the lease ends, by the clock of Redis
	Class      string    // Ready, Waiting: with which others it is open and closed; "" for none
	DueAt      time.Time // Waiting: from when on it can be taken

	Disposition string    // Closed: the code chosen
	Notes       string    // Closed: what the agent wrote
	Undialed    Undialed  // Closed: why it was never put to an agent, "" if it was
	ClosedAt    time.Time // Closed
	Promise     string    // Out: id of the callback that it was taken for, "" if from the list. Promised: id of the callback

	// History is what happened each time the record was out, oldest first.
	History []Handling
}

// Attempts lists all attempts of the history, oldest first.
func (r *Record) Attempts() []Attempt {
	var all []Attempt
	for _, h := range r.History {
		all = append(all, h.Attempts...)
	}
	return all
}

// Source is where a record came from.
type Source struct {
	Import int // number of the import into this campaign, from 1
	Line   int // line of the file, from 1
}

// Attempt is one dialing of one number.
type Attempt struct {
	Number   string      `json:"number"`           // E.164
	Result   call.Result `json:"result,omitempty"` // "" while it is under way
	SIP      int         `json:"sip,omitempty"`    // SIP status (`tech_cause`), 0 for none
	Q850     int         `json:"q850,omitempty"`   // Q.850 cause, 0 for none
	Agent    string      `json:"agent,omitempty"`
	Call     string      `json:"call,omitempty"`   // id of the call
	Caller   string      `json:"caller,omitempty"` // number of a group of caller ids that the contact was shown; "" for the campaign's own
	Dialed   time.Time   `json:"dialed"`
	Answered time.Time   `json:"answered,omitzero"`
	Ended    time.Time   `json:"ended"`
}

// Ending says how a record came back from being out.
type Ending string

const (
	// EndedClosed: handled to its end by Close.
	EndedClosed Ending = "closed"
	// EndedRejected: the agent refused the preview.
	EndedRejected Ending = "rejected"
	// EndedCancelled: the agent took it and stopped before an answer.
	EndedCancelled Ending = "cancelled"
	// EndedReleased: given back for no reason of the record's: the agent signed out, the process stops.
	EndedReleased Ending = "released"
	// EndedUnanswered: the agent did not answer the preview in time.
	EndedUnanswered Ending = "unanswered"
	// EndedRecycled: it was closed, and somebody let it begin anew.
	EndedRecycled Ending = "recycled"
	// EndedExpired: the lease ran out because its holder died.
	EndedExpired Ending = "expired"
)

// Undialed says why a record is closed without being put to an agent.
type Undialed string

// UndialedDoNotCall: all numbers of the record are on the do-not-call list.
const UndialedDoNotCall Undialed = "do-not-call"

// Handling is one time a record was out: from being taken until it was closed or given back.
type Handling struct {
	Token       Token
	Agent       string
	Ending      Ending
	At          time.Time // when it ended, by the clock of Redis
	Attempts    []Attempt
	Disposition string
	Notes       string
	Fields      map[string]string // fields changed in the call; "" removes one
	Numbers     []Number          // added to the chain
	Undialed    Undialed          // why it was closed without an agent, "" if there was one
	Reason      string            // why the treatment closed the record, "" if it did not
}

// Place is where a record waits among others.
type Place struct {
	treatment.Filing
	Rank   int    // priority; 0 is the highest
	Sorted bool   // the campaign has sort keys
	Key    uint64 // of the record, by them
}

// Outcome is what Close writes: all that a call did to its record.
type Outcome struct {
	Attempts    []Attempt
	Disposition string            // code, "" for none
	Notes       string            // free text
	Fields      map[string]string // business fields to change; "" removes one
	Undialed    Undialed          // why the record is closed without being put to an agent
	Numbers     []Number          // added to the chain
	Kept        string            // how the callback that the record was out for was kept, for its ledger; "" for the last attempt's result

	// Next is where the record waits to be dialed again; nil to close it for good. A promise takes its place.
	Next *Place
	// Reason is why the record is closed for good, as the treatment says it; "" for none.
	Reason string

	History history.Batch // of the call; written in the same step

	Promise *callback.Promise // made to the contact; ID, Number, Kind, Owner, Note, Zone, Absent, Call and Due are given
}

// Giving is what GiveBack writes; see [Store.Return].
type Giving struct {
	Ending   Ending
	Why      string
	Attempts []Attempt
	History  history.Batch // of the call; written in the same step
}
