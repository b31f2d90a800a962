package audio

import (
	"maps"
	"reflect"
	"regexp"
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

	// HoldReminder is heard every so often while a contact is on hold; hold_reminder of the whole says how often.
	HoldReminder Choice `yaml:"hold_reminder"`

	// Error is heard when a command failed.
	Error Choice `yaml:"error"`

	// Cadences change how tones sound, by name, or add new ones that events can then name. Each is a row of notes and pauses as HZ/MS,
	// separated by commas, where 0 Hz is a pause and pitches joined by + sound together: "660/90,0/40,440/140".
	// `hasshin tones play` lets one hear them.
	Cadences map[string]Cadence `yaml:"tones"`

	// AllowSame lets several events have tones that are the same or nearly so. An agent cannot tell them apart then, so it is refused
	// unless said here.
	AllowSame bool `yaml:"allow_same"`

	// Install is a folder of sounds into which the tones are written when hasshin starts, in a folder hasshin of it, from where an
	// Asterisk on the same machine or volume plays them. Left out, they are installed by hand, with `hasshin tones --write`.
	Install string `yaml:"install"`
}

// IsZero tells that nothing is set, not even the defaults.
func (c Config) IsZero() bool { return reflect.ValueOf(c).IsZero() }

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
	case HoldReminder:
		return &c.HoldReminder
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

// Tones lists the tones of the configuration: the built-in ones, some of them with another cadence, then those it adds, by name. A
// cadence that is wrong leaves its tone as it is built in.
func (c Config) Tones() []Tone {
	all := Tones()
	for _, name := range slices.Sorted(maps.Keys(c.Cadences)) {
		notes, err := c.Cadences[name].Notes()
		if err != nil {
			continue // [Config.Validate] tells
		}
		if i := slices.IndexFunc(all, func(t Tone) bool { return t.Name == name }); i >= 0 {
			all[i].Notes, all[i].Sounds = notes, "as configured"
			continue
		}
		all = append(all, Tone{Name: name, Sounds: "as configured", Peak: OwnPeak, Notes: notes})
	}
	return all
}

// Validate reports all that is impossible in c: what is no tone, and events that sound the same, or nearly so.
func (c Config) Validate() error {
	var p problem.List
	for name, cadence := range c.Cadences {
		at := problem.Key("tones", name)
		if !toneName.MatchString(name) || name == silence {
			p.Add(at, "%q is not a name for a tone; expected small letters, digits and hyphens, and not none", name)
		}
		if _, err := cadence.Notes(); err != nil {
			p.Add(at, "%q: %s", cadence, err)
		}
	}
	sound := len(p) == 0 // whether all tones can be compared
	all := c.Tones()
	var tellable []Event
	for _, e := range Events() {
		choice := c.Choice(e)
		if wrong := choice.wrong(all); wrong != "" {
			p.Add(e.key(), "%s", wrong)
		} else if !choice.silent() {
			tellable = append(tellable, e)
		}
	}
	if !c.AllowSame {
		c.compare(&p, tellable, sound)
	}
	return p.Err()
}

// compare finds events that have the same tone, and those whose tones are too much alike. The built-in tones differ from each other, so
// only what is configured is compared with everything.
func (c Config) compare(p *problem.List, events []Event, audible bool) {
	all := c.Tones()
	pictures := map[Choice]spectrogram{}
	seen := func(choice Choice) spectrogram {
		if _, there := pictures[choice]; !there {
			t, _ := named(all, string(choice))
			pictures[choice] = picture(t)
		}
		return pictures[choice]
	}
	for i, e := range events {
		choice := c.Choice(e)
		for _, earlier := range events[:i] {
			other := c.Choice(earlier)
			if other == choice {
				p.Add(e.key(), "%q is the tone of %s already, and an agent could not tell them apart; expected another one, or none, or allow_same: true",
					choice, earlier.key())
				break
			}
			_, mine := c.Cadences[string(choice)]
			_, theirs := c.Cadences[string(other)]
			if !audible || !mine && !theirs || choice.sound() != "" || other.sound() != "" {
				continue
			}
			alike := seen(choice).like(seen(other))
			if alike < TooAlike {
				continue
			}
			at, like := choice, other
			if !mine {
				at, like = other, choice
			}
			p.Add(problem.Key("tones", string(at)), "sounds too much like %q: %s and %s could not be told apart (similarity %.2f, expected less than %.2f); "+
				"expected another cadence, or allow_same: true", like, earlier.key(), e.key(), alike, TooAlike)
		}
	}
}

// toneName is what a tone may be called: it is the name of files, too.
var toneName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// wrong tells what is the matter with a choice among these tones, empty if nothing.
func (c Choice) wrong(all []Tone) string {
	name, isSound := strings.CutPrefix(string(c), soundPrefix)
	switch {
	case c.silent():
	case c == "":
		return "names no tone; expected none, sound:NAME, or one of " + names(all)
	case isSound && (name == "" || strings.ContainsAny(name, " &\t\r\n") || slices.Contains(strings.Split(name, "/"), "..")):
		return string(c) + " is not a sound; expected sound: and a path within Asterisk's sounds directory without the ending, for example sound:custom/gong"
	case isSound:
	default:
		if _, ok := named(all, string(c)); !ok {
			return "there is no tone \"" + string(c) + "\"; expected none, sound:NAME, or one of " + names(all)
		}
	}
	return ""
}
