package audio

import (
	"fmt"
	"strings"
)

// Sheet is all that a page needs to play the same tones: as JSON it is what the API serves.
type Sheet struct {
	// Envelope of each note.
	Envelope Envelope `json:"envelope"`
	// Tones by name.
	Tones map[string]Tone `json:"tones"`
	// Events gives each event the name of its tone; an event that is silent is missing.
	Events map[Event]string `json:"events"`
}

// NewSheet writes the sheet of a configuration. A page cannot play Asterisk's sound files: where one is configured, the page plays the
// event's own tone.
func NewSheet(c Config) Sheet {
	s := Sheet{Envelope: envelope, Tones: map[string]Tone{}, Events: map[Event]string{}}
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

// Table describes the tones in Markdown.
func Table() string {
	var b strings.Builder
	b.WriteString("| tone | what it is like | cadence: Hz/ms | length |\n|---|---|---|---|\n")
	for _, t := range tones {
		fmt.Fprintf(&b, "| `%s` | %s | `%s` | %v |\n", t.Name, t.Sounds, t.Cadence(), t.Duration())
	}
	return b.String()
}
