package campaign

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hasshin/hasshin/internal/problem"
)

// Detection says who judges whether a person or a machine has answered.
type Detection string

const (
	// DetectionOff takes everybody who answers for a person.
	DetectionOff Detection = "off"
	// DetectionAsterisk lets Asterisk's application AMD() listen first.
	DetectionAsterisk Detection = "asterisk"
)

// UnmarshalText refuses an unknown detection. YAML's own off is understood, too.
func (d *Detection) UnmarshalText(text []byte) error {
	switch got := Detection(text); got {
	case DetectionOff, DetectionAsterisk:
		*d = got
	case "false":
		*d = DetectionOff
	default:
		return fmt.Errorf("%q is no detection; expected %s or %s", text, DetectionOff, DetectionAsterisk)
	}
	return nil
}

// Unsure says what becomes of somebody of whom the detection cannot tell what they are.
type Unsure string

const (
	// UnsureAgent takes them for people.
	UnsureAgent Unsure = "agent"
	// UnsureMachine takes them for machines, and counts them as abandoned.
	UnsureMachine Unsure = "machine"
)

// UnmarshalText refuses anything else.
func (u *Unsure) UnmarshalText(text []byte) error {
	if got := Unsure(text); got != UnsureAgent && got != UnsureMachine {
		return fmt.Errorf("%q is not what can become of them; expected %s or %s", text, UnsureAgent, UnsureMachine)
	}
	*u = Unsure(text)
	return nil
}

// MachinesConfig says how answering machines are told from people, and what becomes of them, in the modes that call contacts before an agent is there.
type MachinesConfig struct {
	// Detection is off: whoever answers is put to an agent at once; or asterisk: Asterisk's AMD() listens first to how the greeting sounds, which takes a
	// second or two, and only people are put to agents. It counts towards the connect limit. Default: off.
	Detection Detection `yaml:"detection"`

	// Unsure is what becomes of those who said nothing, or of whom AMD() could not tell: agent, they are put to an agent like people; or machine, they are
	// treated like machines, and counted as abandoned. Default: agent.
	Unsure Unsure `yaml:"unsure"`

	// Mistaken is the share of those taken for machines who are people, as your own listening found it. So many count as abandoned: authorities
	// want them estimated. Default: 0.
	Mistaken float64 `yaml:"mistaken" example:"0.02"`

	// Message is played to a machine once its greeting and its beep are over, as a media URI that this Asterisk has. Left out: machines are hung up on.
	Message string `yaml:"message" example:"sound:custom/voicemail"`

	// GreetingPause is how long a machine must have been silent for its greeting to be over: longer than the pause before its beep. Default: 2s.
	GreetingPause time.Duration `yaml:"greeting_pause" example:"2s"`

	// GreetingLimit is how long a greeting may last; then the machine is hung up on without the message. Default: 1m.
	GreetingLimit time.Duration `yaml:"greeting_limit" example:"1m"`

	// AMD are the arguments of Asterisk's AMD().
	AMD AMDConfig `yaml:"amd"`
}

// AMDConfig are the arguments of AMD(), as Asterisk documents them. People greet shortly and wait; machines talk on.
type AMDConfig struct {
	// InitialSilence without a word is not a person who greets. Default: 2.5s.
	InitialSilence time.Duration `yaml:"initial_silence"`

	// Greeting is the longest that a person's greeting lasts. Default: 1.5s.
	Greeting time.Duration `yaml:"greeting"`

	// AfterGreetingSilence after a short greeting is a person who waits. Shorter is faster and less certain. Default: 800ms.
	AfterGreetingSilence time.Duration `yaml:"after_greeting_silence"`

	// TotalAnalysisTime is how long AMD() listens at most. Default: 5s.
	TotalAnalysisTime time.Duration `yaml:"total_analysis_time"`

	// MinWordLength is the shortest sound that counts as a word. Default: 100ms.
	MinWordLength time.Duration `yaml:"min_word_length"`

	// BetweenWordsSilence divides two words. Default: 50ms.
	BetweenWordsSilence time.Duration `yaml:"between_words_silence"`

	// MaximumNumberOfWords in a greeting; with more it is a machine's. Default: 2.
	MaximumNumberOfWords int `yaml:"maximum_number_of_words"`

	// SilenceThreshold is how loud silence may be: a mean amplitude of 16-bit samples. Default: 256.
	SilenceThreshold int `yaml:"silence_threshold"`

	// MaximumWordLength is the longest sound that is one word; a longer one is a machine's. Default: 5s.
	MaximumWordLength time.Duration `yaml:"maximum_word_length"`
}

func machinesDefaults() MachinesConfig {
	return MachinesConfig{
		Detection: DetectionOff, Unsure: UnsureAgent, GreetingPause: 2 * time.Second, GreetingLimit: time.Minute,
		AMD: AMDConfig{ // those of Asterisk 22's sample amd.conf
			InitialSilence: 2500 * time.Millisecond, Greeting: 1500 * time.Millisecond, AfterGreetingSilence: 800 * time.Millisecond,
			TotalAnalysisTime: 5 * time.Second, MinWordLength: 100 * time.Millisecond, BetweenWordsSilence: 50 * time.Millisecond,
			MaximumNumberOfWords: 2, SilenceThreshold: 256, MaximumWordLength: 5 * time.Second,
		},
	}
}

// Options are the arguments in the order of AMD().
func (a AMDConfig) Options() string {
	ms := func(d time.Duration) string { return fmt.Sprint(d.Milliseconds()) }
	return strings.Join([]string{
		ms(a.InitialSilence), ms(a.Greeting), ms(a.AfterGreetingSilence), ms(a.TotalAnalysisTime), ms(a.MinWordLength), ms(a.BetweenWordsSilence),
		fmt.Sprint(a.MaximumNumberOfWords), fmt.Sprint(a.SilenceThreshold), ms(a.MaximumWordLength),
	}, ",")
}

// DetectsMachines tells whether somebody listens before a contact is put to an agent.
func (c Config) DetectsMachines() bool {
	return c.Machines.Detection == DetectionAsterisk && c.Mode.Dials()
}

func (c Config) validateMachines(p *problem.List) {
	m := c.Machines
	if !slices.Contains([]Detection{"", DetectionOff, DetectionAsterisk}, m.Detection) {
		p.Add("machines.detection", "%q is no detection; expected %s or %s", m.Detection, DetectionOff, DetectionAsterisk)
	}
	if m.Detection != DetectionAsterisk {
		return
	}
	if !c.Mode.Dials() {
		p.Add("machines.detection", "cannot be %s in mode %s: there the agent hears who answers; expected off", m.Detection, c.Mode)
	}
	if m.Unsure != UnsureAgent && m.Unsure != UnsureMachine {
		p.Add("machines.unsure", "%q is not what can become of them; expected %s or %s", m.Unsure, UnsureAgent, UnsureMachine)
	}
	if !(m.Mistaken >= 0 && m.Mistaken <= 0.5) {
		p.Add("machines.mistaken", "%g is out of range; expected 0 to 0.5", m.Mistaken)
	}
	if m.Message != "" && !mediaPattern.MatchString(m.Message) {
		p.Add("machines.message", "%q is not a sound; expected sound:NAME or recording:NAME", m.Message)
	}
	between := func(path string, value, least, most time.Duration) {
		if value < least || value > most {
			p.Add("machines."+path, "%s is out of range; expected %s to %s", value, least, most)
		}
	}
	between("greeting_pause", m.GreetingPause, 500*time.Millisecond, 10*time.Second)
	between("greeting_limit", m.GreetingLimit, 5*time.Second, 3*time.Minute)
	a := m.AMD
	between("amd.initial_silence", a.InitialSilence, 100*time.Millisecond, 10*time.Second)
	between("amd.greeting", a.Greeting, 100*time.Millisecond, 10*time.Second)
	between("amd.after_greeting_silence", a.AfterGreetingSilence, 100*time.Millisecond, 5*time.Second)
	between("amd.total_analysis_time", a.TotalAnalysisTime, 500*time.Millisecond, 20*time.Second)
	between("amd.min_word_length", a.MinWordLength, 20*time.Millisecond, 2*time.Second)
	between("amd.between_words_silence", a.BetweenWordsSilence, 20*time.Millisecond, 2*time.Second)
	between("amd.maximum_word_length", a.MaximumWordLength, 100*time.Millisecond, 20*time.Second)
	if a.MaximumNumberOfWords < 1 || a.MaximumNumberOfWords > 20 {
		p.Add("machines.amd.maximum_number_of_words", "%d is out of range; expected 1 to 20", a.MaximumNumberOfWords)
	}
	if a.SilenceThreshold < 1 || a.SilenceThreshold > 32767 {
		p.Add("machines.amd.silence_threshold", "%d is out of range; expected 1 to 32767", a.SilenceThreshold)
	}
}
