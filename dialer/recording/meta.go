package recording

import "time"

// State is how far a recording has come.
type State string

// The states.
const (
	Recording  State = "recording"  // going on
	Collecting State = "collecting" // over; Asterisk has the samples, the file is being made
	Stored     State = "stored"     // the file is there
	Lost       State = "lost"       // nothing was recorded, or Asterisk has it no more; Problem says why
)

// Kind is what was talked in a recording.
type Kind string

// The kinds.
const (
	Conversation Kind = "conversation" // with the contact, alone or in a conference
	Consultation Kind = "consultation" // with somebody else while the contact waited
)

// Meta is what is known of a recording.
type Meta struct {
	ID       string    `json:"id"`
	Call     string    `json:"call" doc:"call's id"`
	Part     int       `json:"part" doc:"1 for the call's first, and so on"`
	Kind     Kind      `json:"kind" enum:"conversation,consultation" doc:"conversation: with the contact; consultation: with somebody else while the contact waited"`
	Campaign string    `json:"campaign" doc:"campaign's id"`
	Record   string    `json:"record" doc:"id of the contact's record"`
	Name     string    `json:"name,omitempty" doc:"contact's name"`
	Number   string    `json:"number,omitempty" doc:"number dialed, E.164"`
	Agent    string    `json:"agent" doc:"agent's id"`
	With     string    `json:"with,omitempty" doc:"who was consulted"`
	Channels Channels  `json:"channels" enum:"stereo,mono" doc:"stereo: left the agent, right what the agent heard"`
	State    State     `json:"state" enum:"recording,collecting,stored,lost" doc:"collecting: it is over, the file is being made; lost: there is no file, problem says why"`
	Started  time.Time `json:"started"`
	Ended    time.Time `json:"ended,omitzero"`
	Millis   int64     `json:"milliseconds,omitempty" doc:"how long the file plays"`
	Size     int64     `json:"size,omitempty" doc:"of the file, in bytes"`
	File     string    `json:"file,omitempty" doc:"name of the file below the configured directory"`
	Problem  string    `json:"problem,omitempty" doc:"what went wrong, if something did"`

	Pauses []Pause `json:"pauses,omitempty" doc:"when it was paused; the file is silent there"`

	Upload *Upload `json:"upload,omitempty" doc:"its upload to the configured storage, if there is one"`

	Node   string  `json:"node" doc:"Asterisk node"`
	Tracks []Track `json:"tracks,omitempty" doc:"what Asterisk records, until the file is made"`
}

// TrackNames lists the names of Tracks.
func (m *Meta) TrackNames() (names []string) {
	for _, t := range m.Tracks {
		names = append(names, t.Name)
	}
	return names
}

// Add notes one more thing that went wrong.
func (m *Meta) Add(problem string) {
	switch {
	case problem == "" || problem == m.Problem:
	case m.Problem == "":
		m.Problem = problem
	default:
		m.Problem += "; " + problem
	}
}

// Pause is a stretch of a recording that is silent on purpose.
type Pause struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to,omitzero"`
}

// Track is one of the things that Asterisk records for a recording: what comes from one leg.
type Track struct {
	Name    string    `json:"name" doc:"name of the recording in Asterisk, and of the channel that records"`
	Leg     string    `json:"leg" doc:"channel that is recorded"`
	Channel int       `json:"channel" doc:"channel of the file that it goes into, 0 for the left or only one"`
	Started time.Time `json:"started,omitzero" doc:"when Asterisk began it"`
	Ended   time.Time `json:"ended,omitzero" doc:"when its leg went, or was last known to be there, if that was before the recording's end"`
}
