package decisionlog

import (
	"time"

	"github.com/hasshin/hasshin/internal/problem"
)

// Config says whether and where decisions are logged.
type Config struct {
	// Directory takes a directory for each campaign that dials by itself, with a file for each day and start of the process. It must exist, and
	// hasshin must be able to write to it. Empty: decisions are not logged. Default: empty.
	Directory string `yaml:"directory" example:"/var/log/hasshin/decisions"`

	// Keep is how long a file is kept; older ones are deleted when the next is begun. Eight hours with 20 agents and 12,000
	// calls take about 5 MB. Default: 720h, 30 days.
	Keep time.Duration `yaml:"keep"`
}

// Defaults returns the configuration that is used where nothing is said.
func Defaults() Config { return Config{Keep: 30 * 24 * time.Hour} }

// Validate reports all that is impossible in c.
func (c Config) Validate() error {
	var p problem.List
	if c.Keep < 24*time.Hour || c.Keep > 10*366*24*time.Hour {
		p.Add("keep", "%s is out of range; expected 24h to 87840h (10 years)", c.Keep)
	}
	return p.Err()
}
