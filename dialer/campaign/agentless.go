package campaign

import (
	"strings"
	"time"

	"github.com/hasshin/hasshin/internal/problem"
)

// ModeAgentless plays an announcement to who answers, without an agent.
const ModeAgentless Mode = "agentless"

// AgentlessConfig is what a campaign of mode agentless does.
type AgentlessConfig struct {
	// Calls is how many calls the campaign has at once, as far as the trunk takes them, counted in each process. Default: 10.
	Calls int `yaml:"calls" example:"10"`

	// Announcement is played to who answers, as a media URI that this Asterisk has. Required.
	Announcement string `yaml:"announcement" example:"sound:custom/news"`

	// AnswerTime is how long a digit may be pressed after the announcement; then the call is hung up. Default: 5s.
	AnswerTime time.Duration `yaml:"answer_time" example:"5s"`

	// AgentDigit puts who presses it to an agent of the campaign; who gets none within the connect limit, counted from the digit, is abandoned. Left out: no digit
	// does.
	AgentDigit string `yaml:"agent_digit" example:"1"`

	// DoNotCallDigit puts all numbers of who presses it on the do-not-call list. Left out: no digit does.
	DoNotCallDigit string `yaml:"do_not_call_digit" example:"9"`
}

func agentlessDefaults() AgentlessConfig {
	return AgentlessConfig{Calls: 10, AnswerTime: 5 * time.Second}
}

func (c Config) validateAgentless(p *problem.List) {
	if c.Mode != ModeAgentless {
		return
	}
	a := c.Agentless
	if a.Calls < 1 || a.Calls > 10000 {
		p.Add("agentless.calls", "%d is out of range; expected 1 to 10000", a.Calls)
	}
	switch {
	case a.Announcement == "":
		p.Add("agentless.announcement", "is required in mode %s, for example sound:custom/news", c.Mode)
	case !mediaPattern.MatchString(a.Announcement):
		p.Add("agentless.announcement", "%q is not a sound; expected sound:NAME or recording:NAME", a.Announcement)
	}
	if a.AnswerTime < 0 || a.AnswerTime > time.Minute {
		p.Add("agentless.answer_time", "%s is out of range; expected 0s to 1m", a.AnswerTime)
	}
	digit := func(path, d string) {
		if d != "" && (len(d) != 1 || !strings.Contains("0123456789*#", d)) {
			p.Add("agentless."+path, "%q is not a digit; expected one of 0 to 9, * and #", d)
		}
	}
	digit("agent_digit", a.AgentDigit)
	digit("do_not_call_digit", a.DoNotCallDigit)
	if a.AgentDigit != "" && a.AgentDigit == a.DoNotCallDigit {
		p.Add("agentless.do_not_call_digit", "%q is the agent_digit already", a.DoNotCallDigit)
	}
}
