package trunk

import (
	"time"

	"github.com/hasshin/hasshin/internal/problem"
)

// Limits are what a trunk takes, counted over all processes that share a Redis.
type Limits struct {
	// Channels is how many legs the trunk carries at once, conversations included; 0 is any number. Default: 0.
	Channels int `yaml:"channels" example:"30"`

	// CallsPerSecond is how many calls may begin in a second. They are spread evenly; 0 is any number. Default: 0.
	CallsPerSecond float64 `yaml:"calls_per_second" example:"10"`

	// AgentWait is how long a call that an agent waits for may wait for a channel, before the agent is told that there is none. Such calls come before those
	// that a campaign places by itself. Default: 2s.
	AgentWait time.Duration `yaml:"agent_wait" example:"2s"`
}

// Defaults returns the limits of a trunk about which nothing is said.
func Defaults() Limits { return Limits{AgentWait: 2 * time.Second} }

// mostWait leaves a command that waits time to be carried out.
const mostWait = 4 * time.Second

// Validate reports all that is impossible in l.
func (l Limits) Validate() error {
	var p problem.List
	if l.Channels < 0 || l.Channels > 100000 {
		p.Add("channels", "%d is out of range; expected 0 for any number, or 1 to 100000", l.Channels)
	}
	if l.CallsPerSecond != 0 && !(l.CallsPerSecond >= 0.1 && l.CallsPerSecond <= 1000) {
		p.Add("calls_per_second", "%g is out of range; expected 0 for any number, or 0.1 to 1000", l.CallsPerSecond)
	}
	if l.AgentWait < 0 || l.AgentWait > mostWait {
		p.Add("agent_wait", "%s is out of range; expected 0s to %s", l.AgentWait, mostWait)
	}
	return p.Err()
}

// between is the time between the beginnings of two calls.
func (l Limits) between() time.Duration {
	if l.CallsPerSecond == 0 {
		return 0
	}
	return time.Duration(float64(time.Second) / l.CallsPerSecond)
}
