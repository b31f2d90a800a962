package audio

import (
	"fmt"
	"strings"
)

// Sheet is all that a page needs to play the same tones: as JSON it is what the API serves.
type Sheet struct {
	// Envelope of each note.
	Envelope Envelope `json:"envelope" doc:"how each note swells and fades"`
	// Tones by name.
	Tones map[string]Tone `json:"tones" doc:"tones by name"`
	// Events gives each event the name of its tone; an event that is silent is missing.
	Events map[Event]string `json:"events" doc:"the name of the tone of each event; an event that is silent is missing"`
	// Volume is the factor by which the person wants them louder or softer.
	Volume float64 `json:"volume" doc:"factor by which the agent wants the tones louder or softer; 1: as they are"`
}

// NewSheet writes the sheet of a configuration. A page cannot play Asterisk's sound files: where one is configured, the page plays the
// event's own tone.
func NewSheet(c Config) Sheet {
	s := Sheet{Envelope: envelope, Tones: map[string]Tone{}, Events: map[Event]string{}, Volume: 1}
	for _, t := range c.Tones() {
		s.Tones[t.Name] = t
	}
	for _, e := range Events() {
		switch choice := c.Choice(e); {
		case choice.silent():
		case choice.sound() != "":
			s.Events[e] = string(e)
		default:
			s.Events[e] = string(choice)
		}
	}
	return s
}

// For is the sheet as one person wants it: at that volume, and without the events that are off.
func (s Sheet) For(p Preference) Sheet {
	s.Volume = float64(p.Volume)
	events := map[Event]string{}
	for e, tone := range s.Events {
		if p.Hears(e) {
			events[e] = tone
		}
	}
	s.Events = events
	return s
}

// Table describes the tones in Markdown.
func Table() string {
	var b strings.Builder
	b.WriteString("| tone | what it is like | cadence: Hz/ms | length |\n|---|---|---|---|\n")
	for _, t := range tones {
		fmt.Fprintf(&b, "| `%s` | %s | `%s` | %v |\n", t.Name, t.Sounds, t.Cadence(), t.Duration())
	}
	return b.String()
}
