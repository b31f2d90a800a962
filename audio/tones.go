package audio

import (
	"slices"
	"strings"
	"time"
)

// Event is a moment of an agent's work that can be heard.
type Event string

// The events. Offers sound different from each other, so that an agent knows what is coming before looking.
const (
	Offered                 Event = "offered"                   // a call of a campaign is offered
	CallbackOffered         Event = "callback-offered"          // a callback promised by anyone of the campaign
	PersonalCallbackOffered Event = "personal-callback-offered" // a callback that this agent promised
	RecordOffered           Event = "record-offered"            // a record to look at before it is dialed (preview)
	ConsultOffered          Event = "consult-offered"           // another agent asks for a consultation
	TransferOffered         Event = "transfer-offered"          // another agent hands a call over
	Accepted                Event = "accepted"                  // the offer was taken
	Connected               Event = "connected"                 // the contact is on the line: short, since somebody is talking
	Held                    Event = "held"                      // the contact was put on hold
	Retrieved               Event = "retrieved"                 // the contact is back from hold
	Ended                   Event = "ended"                     // the call is over
	CallbackDueSoon         Event = "callback-due-soon"         // a promised callback falls due
	HoldReminder            Event = "hold-reminder"             // the contact is still on hold
	Error                   Event = "error"                     // a command failed
)

// Events lists all events in the order of documentation.
func Events() []Event {
	return []Event{Offered, CallbackOffered, PersonalCallbackOffered, RecordOffered, ConsultOffered, TransferOffered,
		Accepted, Connected, Held, Retrieved, Ended, CallbackDueSoon, HoldReminder, Error}
}

// Note is one note of a tone and the silence after it.
type Note struct {
	// Hz is the pitch of the fundamental.
	Hz int `json:"hz" doc:"pitch"`
	// With are further pitches that sound together with it.
	With []int `json:"with_hz,omitempty" nullable:"false" doc:"further pitches that sound together with it, all equally strong"`
	// Milliseconds is how long it sounds.
	Milliseconds int `json:"ms" doc:"how long it sounds"`
	// Gap is the silence after it in milliseconds.
	Gap int `json:"gap_ms" doc:"silence after it"`
}

// Tone is a named sequence of notes.
type Tone struct {
	// Name of the tone, also that of its sound file: letters, digits and hyphens.
	Name string `json:"name" doc:"also the name of its sound file"`
	// Sounds tells people what it is like.
	Sounds string `json:"sounds" doc:"what it is like, in words"`
	// Peak is its loudness: the peak amplitude, where 1 is full scale.
	Peak float64 `json:"peak" doc:"peak amplitude; 1 is full scale"`
	// Notes in order; the last has no gap.
	Notes []Note `json:"notes" nullable:"false" doc:"in order"`
}

// Loudness of tones: those that call for attention, those that confirm, and the one under a conversation.
const (
	loud   = 0.25
	medium = 0.18
	soft   = 0.10

	// OwnPeak is that of tones which a configuration adds.
	OwnPeak = medium
)

// tones is the cadence table. Each event's own tone has its name. The pitches are notes of the equal temperament.
var tones = []Tone{
	builtIn(Offered, "three notes rising, a major chord", loud, "523/120,0/20,659/120,0/20,784/240"),
	builtIn(CallbackOffered, "two equal notes and a higher one", loud, "784/110,0/60,784/110,0/60,1047/260"),
	builtIn(PersonalCallbackOffered, "a leap up, twice", loud, "659/100,0/20,1047/100,0/60,659/100,0/20,1047/240"),
	builtIn(RecordOffered, "one low note, long", medium, "440/380"),
	builtIn(ConsultOffered, "up a third and back", loud, "698/110,0/30,880/110,0/30,698/220"),
	builtIn(TransferOffered, "three rising leaps and back", loud, "587/100,0/20,784/100,0/20,1175/100,0/20,784/220"),
	builtIn(Accepted, "two quick notes up a fifth", medium, "784/80,0/10,1175/140"),
	builtIn(Connected, "one high note, short and soft", soft, "1319/110"),
	builtIn(Held, "two notes down a fourth", medium, "880/150,0/20,659/220"),
	builtIn(Retrieved, "two notes up a fourth", medium, "659/150,0/20,880/220"),
	builtIn(Ended, "three notes falling, the offered chord backwards", medium, "784/110,0/20,659/110,0/20,523/240"),
	builtIn(CallbackDueSoon, "three equal high notes, unhurried", medium, "988/90,0/130,988/90,0/130,988/160"),
	builtIn(HoldReminder, "two short low notes, soft", soft, "587/90,0/60,587/90"),
	builtIn(Error, "two low notes falling, slow", loud, "370/180,0/60,330/320"),
}

// builtIn is a tone of the table. A cadence that is wrong there cannot pass any test of this package.
func builtIn(e Event, sounds string, peak float64, cadence Cadence) Tone {
	notes, err := cadence.Notes()
	if err != nil {
		panic("the cadence of " + string(e) + " " + err.Error())
	}
	return Tone{Name: string(e), Sounds: sounds, Peak: peak, Notes: notes}
}

func (n Note) pitches() []int { return append([]int{n.Hz}, n.With...) }

// Tones lists the built-in tones in the order of their events.
func Tones() []Tone {
	out := slices.Clone(tones)
	for i := range out {
		out[i].Notes = slices.Clone(out[i].Notes)
	}
	return out
}

// ToneNamed returns the built-in tone of that name.
func ToneNamed(name string) (Tone, bool) { return named(Tones(), name) }

func named(all []Tone, name string) (Tone, bool) {
	i := slices.IndexFunc(all, func(t Tone) bool { return t.Name == name })
	if i < 0 {
		return Tone{}, false
	}
	return all[i], true
}

func names(all []Tone) string {
	names := make([]string, len(all))
	for i, t := range all {
		names[i] = t.Name
	}
	return strings.Join(names, ", ")
}

// Cadence is the tone's notes in the form they are configured.
func (t Tone) Cadence() Cadence { return cadenceOf(t.Notes) }

// Duration is the length of the whole tone.
func (t Tone) Duration() time.Duration {
	var ms int
	for _, n := range t.Notes {
		ms += n.Milliseconds + n.Gap
	}
	return time.Duration(ms) * time.Millisecond
}
