package audio

import (
	"slices"
	"strings"

	"github.com/hasshin/hasshin/internal/problem"
)

// SoundDirectory is the folder of the tones within Asterisk's sounds directory.
const SoundDirectory = "hasshin"

// Choice is what an event sounds like: the name of a tone, none, or sound: and a sound that Asterisk knows.
type Choice string

const (
	silence     = "none"
	soundPrefix = "sound:"
)

func (c Choice) silent() bool { return c == silence }

// sound is the name of the sound file, empty if the choice is not one.
func (c Choice) sound() string {
	name, ok := strings.CutPrefix(string(c), soundPrefix)
	if !ok {
		return ""
	}
	return name
}

// Media is the media URI for ARI, for example sound:hasshin/offered; empty means that nothing is to be played.
func (c Choice) Media() string {
	switch {
	case c.silent(), c == "":
		return ""
	case c.sound() != "":
		return string(c)
	}
	return soundPrefix + SoundDirectory + "/" + string(c)
}

// Config says what an agent hears at which event: the name of a tone, `none`, or a sound of Asterisk as `sound:NAME`, where NAME is
// a file in its sounds directory without the ending. The tones are described in audio/TONES.md.
type Config struct {
	// Offered is heard when a call of a campaign is offered.
	Offered Choice `yaml:"offered"`

	// CallbackOffered is heard when a callback is offered that anyone of the campaign promised.
	CallbackOffered Choice `yaml:"callback_offered"`

	// PersonalCallbackOffered is heard when a callback is offered that this agent promised.
	PersonalCallbackOffered Choice `yaml:"personal_callback_offered"`

	// RecordOffered is heard when a record is offered for preview.
	RecordOffered Choice `yaml:"record_offered"`

	// ConsultOffered is heard when another agent asks for a consultation.
	ConsultOffered Choice `yaml:"consult_offered"`

	// TransferOffered is heard when another agent hands a call over.
	TransferOffered Choice `yaml:"transfer_offered"`

	// Accepted is heard when an offer was taken.
	Accepted Choice `yaml:"accepted"`

	// Connected is heard when the contact is on the line.
	Connected Choice `yaml:"connected"`

	// Held is heard when the contact was put on hold.
	Held Choice `yaml:"held"`

	// Retrieved is heard when the contact is back from hold.
	Retrieved Choice `yaml:"retrieved"`

	// Ended is heard when a call is over.
	Ended Choice `yaml:"ended"`

	// CallbackDueSoon is heard when a promised callback is about to fall due.
	CallbackDueSoon Choice `yaml:"callback_due_soon"`

	// Error is heard when a command failed.
	Error Choice `yaml:"error"`

	// AllowSame lets several events have the same tone. An agent cannot tell them apart then, so it is refused unless said here.
	AllowSame bool `yaml:"allow_same"`
}

// Defaults gives each event the tone of its name.
func Defaults() Config {
	var c Config
	for _, e := range Events() {
		*c.field(e) = Choice(e)
	}
	return c
}

// field is the setting of an event, nil for an event that there is not.
func (c *Config) field(e Event) *Choice {
	switch e {
	case Offered:
		return &c.Offered
	case CallbackOffered:
		return &c.CallbackOffered
	case PersonalCallbackOffered:
		return &c.PersonalCallbackOffered
	case RecordOffered:
		return &c.RecordOffered
	case ConsultOffered:
		return &c.ConsultOffered
	case TransferOffered:
		return &c.TransferOffered
	case Accepted:
		return &c.Accepted
	case Connected:
		return &c.Connected
	case Held:
		return &c.Held
	case Retrieved:
		return &c.Retrieved
	case Ended:
		return &c.Ended
	case CallbackDueSoon:
		return &c.CallbackDueSoon
	case Error:
		return &c.Error
	}
	return nil
}

// Choice is what an event sounds like; none for an unknown event.
func (c Config) Choice(e Event) Choice {
	if f := c.field(e); f != nil {
		return *f
	}
	return silence
}

// key is the event's name in YAML.
func (e Event) key() string { return strings.ReplaceAll(string(e), "-", "_") }

// Validate reports all that is impossible in c: what is no tone, and events that sound the same.
func (c Config) Validate() error {
	var p problem.List
	first := map[Choice]Event{}
	for _, e := range Events() {
		choice := c.Choice(e)
		if wrong := choice.wrong(); wrong != "" {
			p.Add(e.key(), "%s", wrong)
			continue
		}
		if choice.silent() {
			continue
		}
		if other, taken := first[choice]; taken && !c.AllowSame {
			p.Add(e.key(), "%q is the tone of %s already, and an agent could not tell them apart; expected another one, or none, or allow_same: true",
				choice, other.key())
			continue
		}
		first[choice] = e
	}
	return p.Err()
}

// wrong tells what is the matter with a choice, empty if nothing.
func (c Choice) wrong() string {
	name, isSound := strings.CutPrefix(string(c), soundPrefix)
	switch {
	case c.silent():
	case c == "":
		return "names no tone; expected none, sound:NAME, or one of " + toneNames()
	case isSound && (name == "" || strings.ContainsAny(name, " &\t\r\n") || slices.Contains(strings.Split(name, "/"), "..")):
		return string(c) + " is not a sound; expected sound: and a path within Asterisk's sounds directory without the ending, for example sound:custom/gong"
	case isSound:
	default:
		if _, ok := ToneNamed(string(c)); !ok {
			return "there is no tone \"" + string(c) + "\"; expected none, sound:NAME, or one of " + toneNames()
		}
	}
	return ""
}
