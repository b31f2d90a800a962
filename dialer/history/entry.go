package history

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"github.com/hasshin/hasshin/dialer/call"
)

// PastCall is an attempt, with what is known of the call that it belongs to; of a call that dialed nobody it is the call alone.
//
// Times are zero for what did not happen.
type PastCall struct {
	ID       string `json:"id,omitempty" doc:"of the entry in the stream; grows with time" example:"1775001600000-0"`
	Call     string `json:"call" doc:"call's id"`
	Campaign string `json:"campaign" doc:"campaign's id"`
	Record   string `json:"record" doc:"id of the contact's record"`
	Attempt  int    `json:"attempt" doc:"which attempt of the call it is, from 1; 0 for a call that dialed nobody"`
	Last     bool   `json:"last" doc:"the call's last entry: to count calls, count these"`
	Origin   string `json:"origin" enum:"campaign,callback,personal-callback,transfer,manual" doc:"where the call came from"`
	Mode     string `json:"mode" doc:"how the campaign dialed it: preview, progressive, predictive, power …"`
	Ending   Ending `json:"ending" enum:"closed,rejected,cancelled,released,unanswered,lost" doc:"how the call ended for its record: closed; given back because an agent rejected, cancelled or did not answer it, or released for no reason of its own; lost: no process could take it up again"`

	Number   string `json:"number,omitempty" doc:"dialed, E.164" example:"+815012345678"`
	CallerID string `json:"caller_id,omitempty" doc:"shown to the contact"`
	Agent    string `json:"agent,omitempty" doc:"who had the call last; nothing if no agent had it"`
	Hands    []Hand `json:"hands,omitempty" doc:"the agents who had it, one after the other"`

	Created  time.Time `json:"created,omitzero" doc:"the record was put to the agent or, without one, dialed"`
	Dialed   time.Time `json:"dialed,omitzero"`
	Rang     time.Time `json:"rang,omitzero"`
	Answered time.Time `json:"answered,omitzero"`
	Joined   time.Time `json:"joined,omitzero" doc:"contact and agent heard each other"`
	GaveUp   time.Time `json:"gave_up,omitzero" doc:"no agent was there for the contact within the connect limit"`
	Ended    time.Time `json:"ended,omitzero" doc:"of the attempt"`
	Done     time.Time `json:"done,omitzero" doc:"end of the wrap-up"`

	Result    call.Result `json:"result,omitempty" doc:"call result of the attempt"`
	SIP       int         `json:"sip,omitempty" doc:"SIP status of the network"`
	Q850      int         `json:"q850,omitempty" doc:"Q.850 cause"`
	HangUp    Side        `json:"hang_up,omitempty" enum:"contact,agent,server,network" doc:"who ended it"`
	Abandoned bool        `json:"abandoned,omitempty" doc:"answered, and got no agent within the connect limit"`
	Machine   bool        `json:"machine,omitempty" doc:"a machine answered"`

	Disposition string   `json:"disposition,omitempty" doc:"code"`
	Recordings  []string `json:"recordings,omitempty" doc:"ids"`
	Callback    string   `json:"callback,omitempty" doc:"id of the callback that the call was for"`
	Promised    string   `json:"promised,omitempty" doc:"id of the callback that was promised in it"`
}

// Hand is the part that one agent had in a call, as its owner.
type Hand struct {
	Agent string        `json:"agent"`
	Wait  time.Duration `json:"wait,omitempty" doc:"how long the agent had been ready before, in nanoseconds"`
	From  time.Time     `json:"from,omitzero" doc:"joined with the contact"`
	Until time.Time     `json:"until,omitzero" doc:"until the contact was gone or handed over"`
	Done  time.Time     `json:"done,omitzero" doc:"end of the wrap-up; left out for one who handed the call over and was still wrapping up at the call's end"`
}

// Talk is how long the agent and the contact were joined.
func (h Hand) Talk() time.Duration { return between(h.From, h.Until) }

// WrapUp is how long the agent needed after it.
func (h Hand) WrapUp() time.Duration { return between(h.Until, h.Done) }

// Talk is how long agent and contact were joined in this attempt.
func (e PastCall) Talk() time.Duration { return between(e.Joined, e.Ended) }

// Wait is how long the contact waited for an agent after the answer.
func (e PastCall) Wait() time.Duration { return between(e.Answered, e.Joined) }

// QueueWait is how long a contact, who was called before there was an agent, waited for one: until both were joined, until the contact was given up or, without
// either, until the contact hung up. waited is false where nobody waited for an agent.
func (e PastCall) QueueWait() (wait time.Duration, waited bool) {
	switch {
	case e.Answered.IsZero() || e.Mode == previewMode || e.Machine:
		return 0, false
	case !e.Joined.IsZero():
		return e.Wait(), true
	case e.Mode == agentlessMode && !e.Abandoned: // heard the announcement
		return 0, false
	case !e.GaveUp.IsZero():
		return between(e.Answered, e.GaveUp), true
	}
	return between(e.Answered, e.Ended), true
}

// WrapUp is how long the last agent needed after it. Only the call's last entry has one.
func (e PastCall) WrapUp() time.Duration {
	if !e.Last || e.Agent == "" {
		return 0
	}
	return between(e.Ended, e.Done)
}

func between(from, to time.Time) time.Duration {
	if from.IsZero() || to.Before(from) {
		return 0
	}
	return to.Sub(from)
}

// Live tells whether a person or a machine answered.
func (e PastCall) Live() bool { return !e.Answered.IsZero() || e.Abandoned }

// Ending says how a call ended for its record.
type Ending string

// Lost: no process could take the call up again.
const Lost Ending = "lost"

// Side is who ended an attempt.
type Side string

// The sides.
const (
	ByContact Side = "contact" // hung up
	ByAgent   Side = "agent"   // ended or cancelled it
	ByServer  Side = "server"  // nobody answered in time, no agent was there, the agent's phone was lost, the process ended
	ByNetwork Side = "network" // busy, unknown, refused …
)

// Batch is what the end of one call writes.
type Batch struct {
	Entries []PastCall
	Most    int64          // about how many entries the stream keeps
	Keep    time.Duration  // for how long it keeps them; 0 means 90 days
	Zone    *time.Location // of the campaign's days
}

// wire is a batch as lua/history.lua takes it.
type wire struct {
	Most    int64             `json:"most"`
	Keep    int64             `json:"keep"` // ms
	Record  string            `json:"record"`
	Entries []string          `json:"entries"`
	Days    []wireDay         `json:"days"`
	Counts  map[string]string `json:"counts"`
}

// Argument is the batch as history_add in [Script] takes it, "" for an empty one.
func (b Batch) Argument() (string, error) {
	if len(b.Entries) == 0 {
		return "", nil
	}
	keep := cmp.Or(b.Keep, Defaults().Keep)
	w := wire{Most: b.Most, Keep: keep.Milliseconds(), Record: b.Entries[0].Record, Days: b.daysAround(), Counts: map[string]string{}}
	for _, e := range b.Entries {
		text, err := json.Marshal(e.trimmed())
		if err != nil {
			return "", fmt.Errorf("encode history of call %s: %w", e.Call, err)
		}
		w.Entries = append(w.Entries, string(text))
	}
	for field, n := range b.counts() {
		w.Counts[field] = fmt.Sprint(n)
	}
	text, err := json.Marshal(w)
	if err != nil {
		return "", fmt.Errorf("encode history: %w", err)
	}
	return string(text), nil
}

// trimmed has its times in milliseconds UTC: more says nothing, and there are many of them.
func (e PastCall) trimmed() PastCall {
	e.ID = ""
	for _, t := range []*time.Time{&e.Created, &e.Dialed, &e.Rang, &e.Answered, &e.Joined, &e.GaveUp, &e.Ended, &e.Done} {
		*t = short(*t)
	}
	hands := make([]Hand, len(e.Hands))
	for i, h := range e.Hands {
		h.From, h.Until, h.Done, h.Wait = short(h.From), short(h.Until), short(h.Done), h.Wait.Truncate(time.Millisecond)
		hands[i] = h
	}
	e.Hands = hands
	return e
}

func short(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(time.Millisecond)
}
