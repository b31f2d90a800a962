package robot

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/audio"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/internal/phone"
)

// Config says who a robot is, where it works and how it behaves.
type Config struct {
	// URL of hasshin, for example http://127.0.0.1:8080
	URL string
	// Agent is the id it signs in with. Its phone must be of kind sip.
	Agent string
	// Password of the agent.
	Password string
	// Campaign whose list it works off.
	Campaign string

	// Voice is what it talks in. Default: the first of [Voices].
	Voice phone.Voice
	// Listen are the tones it can tell apart. Default: [Tones].
	Listen []phone.Voice
	// Beep is the tone at the end of a voicemail's greeting. Default: [Beep].
	Beep phone.Voice
	// Deaf saves the cost of listening, for load tests. Outcomes then rest on call results alone.
	Deaf bool

	// Waits lets it wait, ready, for contacts whom the campaign calls by itself. It takes no records, and works until it is told to stop.
	Waits bool
	// Act says what to do with a preview or, when it waits, with a contact. Default: dial the first number and talk for 3 s.
	Act func(dialer.CallView) Plan
	// Dispositions says which disposition an outcome gets. Otherwise is for those that are not in it. It may be empty for a campaign that
	// wants none.
	Dispositions map[Outcome]string

	// Observe is told each moment as it happens, in order, and must not block. Optional.
	Observe func(Moment)
	// Report is told each call that is done with, in order, and must not block. Optional.
	Report func(Report)

	// HTTP makes the requests. It must not have a Timeout. Default: a client of its own.
	HTTP *http.Client
	// Logger gets the phone's and the robot's course. The zero value discards them.
	Logger zerolog.Logger
}

// Tones to be heard beside those of test phones.
const (
	// CarrierVoice is what contacts of the simulated carrier say.
	CarrierVoice phone.Voice = 1000
	// Announcement is what the simulated carrier plays before some answers.
	Announcement phone.Voice = 600
	// Beep is the recording `beep` of Asterisk's core sounds: 0.4 s.
	Beep phone.Voice = 700
)

// clearance is how far a voice must be from each note that hasshin plays to agents, in Hz, not to be taken for it in a 20 ms packet.
const clearance = 80

// Voices are those of test phones that a robot can tell from the tones that hasshin lets agents hear.
func Voices() []phone.Voice {
	return slices.DeleteFunc(phone.Voices(), func(v phone.Voice) bool {
		for _, tone := range audio.Tones() {
			for _, note := range tone.Notes {
				for _, hz := range []int{note.Hz, 2 * note.Hz} { // the octave sounds with it
					if max(int(v)-hz, hz-int(v)) < clearance {
						return true
					}
				}
			}
		}
		return false
	})
}

// Tones are Voices and the tones of the simulated carrier.
func Tones() []phone.Voice { return append(Voices(), CarrierVoice, Announcement, Beep) }

// Plan is what a robot does with one preview. The zero value dials, and hangs up as soon as the contact answers.
type Plan struct {
	// Reject gives the preview back instead of dialing.
	Reject bool
	// Number to dial, one of the chain. Default: the first.
	Number string
	// GiveUp ends the call that long after dialing if it was not answered. 0: never, the campaign's ring timeout decides.
	GiveUp time.Duration
	// Talk is how long to talk before hanging up, counted from the answer; the contact may be faster.
	Talk time.Duration
	// LeaveMachine listens to speech, as of a greeting, for as long as it takes until the beep, at most 20 s, and then hangs up. Contacts who are
	// there talk in tones.
	LeaveMachine bool
	// WrapUp is how long it takes after the end of the call until it is done with it.
	WrapUp time.Duration
	// Stop ends the robot's work after this call: done-and-stop.
	Stop bool
}

// Outcome is what became of a call as the robot understands it: the call result, and for answered calls what it heard.
type Outcome string

// Outcomes of answered calls. Those of others are their call results: busy, no-answer, invalid-number …
const (
	// Talked: somebody was there.
	Talked Outcome = "talked"
	// Machine: a recorded greeting and a beep.
	Machine Outcome = "machine"
	// HungUpEarly: the contact hung up before the robot was through.
	HungUpEarly Outcome = "hung-up-early"
	// Silent: answered, and nothing was heard. Deaf robots have none of these.
	Silent Outcome = "silent"

	// Otherwise stands in [Config.Dispositions] for all outcomes that are not in it.
	Otherwise Outcome = ""
)

func (c Config) withDefaults() (Config, error) {
	var problems []error
	for name, value := range map[string]string{"URL": c.URL, "Agent": c.Agent, "Password": c.Password, "Campaign": c.Campaign} {
		if value == "" {
			problems = append(problems, fmt.Errorf("robot: %s is required", name))
		}
	}
	if c.Voice == phone.Silence {
		c.Voice = Voices()[0]
	}
	if c.Listen == nil {
		c.Listen = Tones()
	}
	if c.Beep == 0 {
		c.Beep = Beep
	}
	if c.Act == nil {
		c.Act = func(dialer.CallView) Plan { return Plan{Talk: 3 * time.Second} }
	}
	if c.Observe == nil {
		c.Observe = func(Moment) {}
	}
	if c.Report == nil {
		c.Report = func(Report) {}
	}
	return c, errors.Join(problems...)
}

// disposition chooses by the rules.
func (c Config) disposition(o Outcome) string {
	if code, ok := c.Dispositions[o]; ok {
		return code
	}
	return c.Dispositions[Otherwise]
}
