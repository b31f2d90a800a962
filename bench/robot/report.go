package robot

import (
	"time"

	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/internal/phone"
)

// Kind is what a [Moment] is.
type Kind string

// Moments of a call, in the order in which they usually come. Those that begin with heard are the robot's own ear's.
const (
	Offered           Kind = "offered"            // a preview is shown
	Rejected          Kind = "rejected"           // and given back
	Dialed            Kind = "dialed"             // the network has the number
	Ringing           Kind = "ringing"            // and says that it rings, or plays something
	HeardRinging      Kind = "heard-ringing"      // the ear hears it
	HeardAnnouncement Kind = "heard-announcement" // the ear hears something else before the answer
	Answered          Kind = "answered"
	HeardVoice        Kind = "heard-voice"     // a contact's tone; Voice says which
	HeardSpeech       Kind = "heard-speech"    // speech or music for a second
	HeardBeep         Kind = "heard-beep"      // the beep after a greeting: a machine
	HungUp            Kind = "hung-up"         // by the robot
	Ended             Kind = "ended"           // the contact's leg is gone; Report has the call result
	Done              Kind = "done"            // the record is closed
	PhoneConnected    Kind = "phone"           // the robot's phone is in its booth; no call yet
	Exhausted         Kind = "list-worked-off" // no record is left; no call
)

// Moment is something that just happened to a robot or its call.
type Moment struct {
	At     time.Time
	Kind   Kind
	Voice  phone.Voice // HeardVoice, HeardAnnouncement: what
	Report Report      // the call so far; empty where there is none
}

// Report is one call from preview to done. Times are zero for what did not happen. Those of the call's states are the server's, those of
// what was heard the arrival of packets at the robot's phone.
type Report struct {
	Agent    string
	Campaign string
	Call     string
	Record   dialer.RecordView
	Number   string // dialed, E.164

	Plan     Plan
	Rejected bool   // the preview was given back; nothing was dialed
	ByUs     bool   // the robot hung up; otherwise the contact or the network did
	Result   string // call result of the attempt
	Cause    string // what the network said
	Outcome  Outcome
	// Disposition is the code the record was closed with.
	Disposition string

	Previewed time.Time
	Dialed    time.Time
	Ringing   time.Time
	Answered  time.Time
	Ended     time.Time
	Closed    time.Time

	// Heard is what the ear had from dialing to the end.
	Heard Timeline
}

// Talk is how long the conversation lasted.
func (r Report) Talk() time.Duration {
	if r.Answered.IsZero() {
		return 0
	}
	return r.Ended.Sub(r.Answered)
}

// HeardRinging tells whether ringing was heard before the answer.
func (r Report) HeardRinging() bool {
	at, ok := r.Heard.rung(r.Dialed)
	return ok && !at.After(r.alerted())
}

// HeardAnnouncement tells whether something else than ringing was heard before the answer: a tone, or speech for a second.
func (r Report) HeardAnnouncement() bool {
	before := r.Heard.withoutRinging()
	return len(before.Voices(r.Dialed, r.alerted())) > 0 || before.For(phone.Music, r.Dialed, r.alerted()) >= leastSpeech
}

// Voices are the tones that the robot heard after the answer, in the order in which they came.
func (r Report) Voices() []phone.Voice {
	if r.Answered.IsZero() {
		return nil
	}
	return r.Heard.Voices(r.Answered, r.Ended)
}

// alerted is the end of the time before an answer.
func (r Report) alerted() time.Time {
	if !r.Answered.IsZero() {
		return r.Answered
	}
	return r.Ended
}

// outcome decides what became of a call that has ended.
func (r Report) outcome(cfg Config) Outcome {
	switch {
	case r.Result != string(call.Answered):
		return Outcome(r.Result)
	case cfg.Deaf:
	case machine(r.Heard, cfg.Beep, r.Answered, r.Ended):
		return Machine
	case len(r.Voices()) == 0 && r.Heard.For(phone.Music, r.Answered, r.Ended) < leastSpeech:
		return Silent
	}
	if !r.ByUs && r.Talk() < r.Plan.Talk {
		return HungUpEarly
	}
	return Talked
}
