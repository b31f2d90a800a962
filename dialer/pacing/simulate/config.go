package simulate

import (
	"time"

	"github.com/hasshin/hasshin/dialer/pacing"
	"github.com/hasshin/hasshin/internal/problem"
)

// Config is what is to be simulated: a campaign's pacing, other settings to compare it with, and the world in which they are played.
type Config struct {
	// Pacing is the campaign's own.
	Pacing pacing.Config `yaml:"pacing"`

	// Compare are other settings by name. Each says only what differs from the defaults.
	Compare map[string]pacing.Config `yaml:"compare"`

	// Scenario says how contacts, agents and the network behave. Default: 20 agents for 8 hours, 30 % of calls are answered.
	Scenario Scenario `yaml:"scenario"`
}

// Defaults returns what is simulated when nothing is said.
func Defaults() Config { return Config{Pacing: pacing.Defaults(), Scenario: Base(20, 0.30)} }

// Validate reports all that is impossible in c.
func (c Config) Validate() error {
	var p problem.List
	p.AddAt("pacing", c.Pacing.Validate())
	for name, other := range c.Compare {
		p.AddAt(problem.Key("compare", name), other.Validate())
	}
	p.AddAt("scenario", c.Scenario.Validate())
	return p.Err()
}

// Validate reports all that is impossible in s.
func (s Scenario) Validate() error {
	var p problem.List
	number := func(path string, value, least, most float64) {
		if !(value >= least && value <= most) {
			p.Add(path, "%g is out of range; expected %g to %g", value, least, most)
		}
	}
	times := func(path string, value, least, most time.Duration) {
		if value < least || value > most {
			p.Add(path, "%s is out of range; expected %s to %s", value, least, most)
		}
	}
	number("agents", float64(s.Agents), 1, 1000)
	times("shift", s.Shift, time.Minute, 24*time.Hour)
	times("talk_mean", s.TalkMean, time.Second, time.Hour)
	number("talk_cv", s.TalkCV, 0, 5)
	times("wrap_min", s.WrapMin, 0, time.Hour)
	times("wrap_mean", s.WrapMean, 0, time.Hour)
	times("answer_min", s.AnswerMin, 0, time.Minute)
	times("answer_mean", s.AnswerMean, 0, time.Minute)
	number("machines", s.Machines, 0, 1)
	number("failures", s.Failures, 0, 1)
	times("ring_limit", s.RingLimit, 3*time.Second, 3*time.Minute)
	times("connect_limit", s.ConnectLimit, 0, time.Minute)
	times("detect_max", s.DetectMax, 0, time.Minute)
	times("detect_min", s.DetectMin, 0, s.DetectMax)
	times("arrive_over", s.ArriveOver, 0, s.Shift)
	number("pauses", s.Pauses, 0, 1)
	times("pause_mean", s.PauseMean, time.Second, 24*time.Hour)
	number("lines", s.Lines, 0, 100)
	if len(s.Answer) == 0 {
		p.Add("answer", "is empty; expected at least one share")
	}
	for i, a := range s.Answer {
		at := problem.Index("answer", i)
		number(problem.Join(at, "share"), a.Share, 0, 1-s.Machines-s.Failures)
		if i > 0 && a.From <= s.Answer[i-1].From {
			p.Add(problem.Join(at, "from"), "%s is not after the one before it; expected later than %s", a.From, s.Answer[i-1].From)
		}
	}
	return p.Err()
}
