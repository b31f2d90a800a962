package pacing

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hasshin/hasshin/internal/problem"
)

// Mode says how calls are paced.
type Mode string

// The modes that dial before an agent has seen the record.
const (
	// Progressive places one call for each ready agent.
	Progressive Mode = "progressive"
	// Predictive places calls for agents who will be ready when people answer, as far as the abandon limit allows.
	Predictive Mode = "predictive"
	// Power places a fixed number of calls for each ready agent, as far as the abandon limit allows.
	Power Mode = "power"
)

// Modes lists the valid modes.
func Modes() []Mode { return []Mode{Progressive, Predictive, Power} }

// UnmarshalText refuses an unknown mode.
func (m *Mode) UnmarshalText(text []byte) error {
	if !slices.Contains(Modes(), Mode(text)) {
		return fmt.Errorf("%q is not a pacing mode; expected %s", text, modeNames())
	}
	*m = Mode(text)
	return nil
}

func modeNames() string {
	var names []string
	for _, m := range Modes() {
		names = append(names, string(m))
	}
	return strings.Join(names, ", ")
}

// Config is how a campaign's calls are paced.
type Config struct {
	// Mode says when calls are placed: progressive, one for each ready agent; predictive, also for agents who will be ready when people answer;
	// power, a fixed number for each ready agent.
	Mode Mode `yaml:"mode" json:"mode"`

	// Ratio is how many calls power keeps in flight for each ready agent.
	Ratio float64 `yaml:"ratio" json:"ratio" example:"1.5"`

	// AbandonLimit is the largest share of live answers that may be abandoned in the measuring period. It is a wall: when one more abandoned call
	// would break it, only one call is placed for each ready agent until the period allows more. 0.03 in the United States (16 CFR
	// 310.4(b)(4)(i)) and the United Kingdom (Ofcom, persistent misuse).
	AbandonLimit float64 `yaml:"abandon_limit" json:"abandon_limit" example:"0.03"`

	// ConnectLimit is how long after the answer an agent must be there; a call whose contact waits longer is abandoned (16 CFR 310.4(b)(4)(ii)).
	ConnectLimit time.Duration `yaml:"connect_limit" json:"connect_limit" example:"2s"`

	// RingTimeout is how long a number may ring. Only a first guess: how long calls last is learned.
	RingTimeout time.Duration `yaml:"ring_timeout" json:"ring_timeout" example:"26s"`

	// MaxPerAgent guards against running away: never more calls in flight for each agent signed in, whatever else says that they would be fine.
	MaxPerAgent float64 `yaml:"max_per_agent" json:"max_per_agent" example:"5"`
}

// Defaults returns the pacing about which nothing is said.
func Defaults() Config {
	return Config{
		Mode:         Predictive,
		Ratio:        1.5,
		AbandonLimit: 0.03,
		ConnectLimit: 2 * time.Second,
		RingTimeout:  26 * time.Second,
		MaxPerAgent:  5,
	}
}

// Validate reports all that is impossible in c.
func (c Config) Validate() error {
	var p problem.List
	if !slices.Contains(Modes(), c.Mode) {
		p.Add("mode", "%q is not a pacing mode; expected %s", c.Mode, modeNames())
	}
	between := func(path string, value, least, most float64) {
		if !(value >= least && value <= most) {
			p.Add(path, "%g is out of range; expected %g to %g", value, least, most)
		}
	}
	between("ratio", c.Ratio, 1, 20)
	between("abandon_limit", c.AbandonLimit, 0, 0.5)
	between("max_per_agent", c.MaxPerAgent, 1, 50)
	if c.ConnectLimit < 0 || c.ConnectLimit > 10*time.Second {
		p.Add("connect_limit", "%s is out of range; expected 0s to 10s", c.ConnectLimit)
	}
	if c.RingTimeout < 5*time.Second || c.RingTimeout > 90*time.Second {
		p.Add("ring_timeout", "%s is out of range; expected 5s to 90s", c.RingTimeout)
	}
	return p.Err()
}
