package history

import (
	"time"

	"github.com/hasshin/hasshin/internal/problem"
)

// Config says how long the history of calls is kept.
type Config struct {
	// Keep is how long an attempt stays in the history. What is older is forgotten every night. Default: 2160h, 90 days.
	Keep time.Duration `yaml:"keep"`

	// Most is how many attempts of one campaign stay in the history, the latest ones. An attempt takes about 600 bytes of Redis's memory.
	// Default: 1000000.
	Most int64 `yaml:"most"`
}

// Defaults returns the configuration that is used where nothing is said.
func Defaults() Config { return Config{Keep: 90 * 24 * time.Hour, Most: 1_000_000} }

// Validate reports all that is impossible in c.
func (c Config) Validate() error {
	var p problem.List
	if c.Keep < time.Hour || c.Keep > 20*366*24*time.Hour {
		p.Add("keep", "%s is out of range; expected 1h to 175680h (20 years)", c.Keep)
	}
	if c.Most < 1000 || c.Most > 1_000_000_000 {
		p.Add("most", "%d is out of range; expected 1000 to 1000000000", c.Most)
	}
	return p.Err()
}
