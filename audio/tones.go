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
	Error                   Event = "error"                     // a command failed
)

// Events lists all events in the order of documentation.
func Events() []Event {
	return []Event{Offered, CallbackOffered, PersonalCallbackOffered, RecordOffered, ConsultOffered, TransferOffered,
		Accepted, Connected, Held, Retrieved, Ended, CallbackDueSoon, Error}
}

// Note is one note of a tone and the silence after it.
type Note struct {
	// Hz is the pitch of the fundamental.
	Hz int `json:"hz"`
	// Milliseconds is how long it sounds.
	Milliseconds int `json:"ms"`
	// Gap is the silence after it in milliseconds.
	Gap int `json:"gap_ms"`
}

// Tone is a named sequence of notes.
type Tone struct {
	// Name of the tone, also that of its sound file: letters, digits and hyphens.
	Name string `json:"name"`
	// Sounds tells people what it is like.
	Sounds string `json:"sounds"`
	// Peak is its loudness: the peak amplitude, where 1 is full scale.
	Peak float64 `json:"peak"`
	// Notes in order; the last has no gap.
	Notes []Note `json:"notes"`
}

// Pitches in Hz, equal temperament, rounded.
const (
	e4  = 330
	fs4 = 370
	a4  = 440
	c5  = 523
	d5  = 587
	e5  = 659
	f5  = 698
	g5  = 784
	a5  = 880
	b5  = 988
	c6  = 1047
	d6  = 1175
	e6  = 1319
)

// Loudness of tones: those that call for attention, those that confirm, and the one under a conversation.
const (
	loud   = 0.25
	medium = 0.18
	soft   = 0.10
)

// tones is the cadence table. Each event's own tone has its name.
var tones = []Tone{
	{string(Offered), "three notes rising, a major chord", loud, []Note{{c5, 120, 20}, {e5, 120, 20}, {g5, 240, 0}}},
	{string(CallbackOffered), "two equal notes and a higher one", loud, []Note{{g5, 110, 60}, {g5, 110, 60}, {c6, 260, 0}}},
	{string(PersonalCallbackOffered), "a leap up, twice", loud, []Note{{e5, 100, 20}, {c6, 100, 60}, {e5, 100, 20}, {c6, 240, 0}}},
	{string(RecordOffered), "one low note, long", medium, []Note{{a4, 380, 0}}},
	{string(ConsultOffered), "up a third and back", loud, []Note{{f5, 110, 30}, {a5, 110, 30}, {f5, 220, 0}}},
	{string(TransferOffered), "three rising leaps and back", loud, []Note{{d5, 100, 20}, {g5, 100, 20}, {d6, 100, 20}, {g5, 220, 0}}},
	{string(Accepted), "two quick notes up a fifth", medium, []Note{{g5, 80, 10}, {d6, 140, 0}}},
	{string(Connected), "one high note, short and soft", soft, []Note{{e6, 110, 0}}},
	{string(Held), "two notes down a fourth", medium, []Note{{a5, 150, 20}, {e5, 220, 0}}},
	{string(Retrieved), "two notes up a fourth", medium, []Note{{e5, 150, 20}, {a5, 220, 0}}},
	{string(Ended), "three notes falling, the offered chord backwards", medium, []Note{{g5, 110, 20}, {e5, 110, 20}, {c5, 240, 0}}},
	{string(CallbackDueSoon), "three equal high notes, unhurried", medium, []Note{{b5, 90, 130}, {b5, 90, 130}, {b5, 160, 0}}},
	{string(Error), "two low notes falling, slow", loud, []Note{{fs4, 180, 60}, {e4, 320, 0}}},
}

// Tones lists the built-in tones in the order of their events.
func Tones() []Tone {
	out := slices.Clone(tones)
	for i := range out {
		out[i].Notes = slices.Clone(out[i].Notes)
	}
	return out
}

// ToneNamed returns the built-in tone of that name.
func ToneNamed(name string) (Tone, bool) {
	i := slices.IndexFunc(tones, func(t Tone) bool { return t.Name == name })
	if i < 0 {
		return Tone{}, false
	}
	t := tones[i]
	t.Notes = slices.Clone(t.Notes)
	return t, true
}

func toneNames() string {
	names := make([]string, len(tones))
	for i, t := range tones {
		names[i] = t.Name
	}
	return strings.Join(names, ", ")
}

// Duration is the length of the whole tone.
func (t Tone) Duration() time.Duration {
	var ms int
	for _, n := range t.Notes {
		ms += n.Milliseconds + n.Gap
	}
	return time.Duration(ms) * time.Millisecond
}
