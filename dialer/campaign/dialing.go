package campaign

import (
	"regexp"
	"time"

	"github.com/hasshin/hasshin/dialer/hours"
	"github.com/hasshin/hasshin/dialer/pacing"
	"github.com/hasshin/hasshin/internal/problem"
)

// The modes in which contacts are called before an agent has seen the record.
const (
	// ModeProgressive places one call for each ready agent.
	ModeProgressive = Mode(pacing.Progressive)
	// ModePredictive places calls for agents who will be ready when people answer.
	ModePredictive = Mode(pacing.Predictive)
	// ModePower places a fixed number of calls for each ready agent.
	ModePower = Mode(pacing.Power)
)

// Dials tells whether the mode calls contacts before an agent has seen the record.
func (m Mode) Dials() bool { return m.Paced() || m == ModeAgentless }

// Paced tells whether the mode calls contacts for agents. One such mode can be switched to another while the campaign dials.
func (m Mode) Paced() bool { return m == ModeProgressive || m == ModePredictive || m == ModePower }

// DialingConfig is how a campaign dials by itself, in the modes progressive, predictive and power. What the profile of the calling hours limits can
// be made stricter here and not looser.
type DialingConfig struct {
	// Ratio is how many calls power keeps in flight for each ready agent. Default: 1.5.
	Ratio float64 `yaml:"ratio" example:"1.5"`

	// AbandonLimit is the largest share of live answers that may be abandoned in the measuring period. When one more abandoned call would break it, only
	// one call is placed for each ready agent until the period allows more. Default: the profile's.
	AbandonLimit float64 `yaml:"abandon_limit" example:"0.02"`

	// ConnectLimit is how long after the answer an agent must be there; a contact who waits longer is abandoned. Default: the profile's.
	ConnectLimit time.Duration `yaml:"connect_limit" example:"2s"`

	// MaxPerAgent guards against running away: never more calls in flight for each agent signed in. Default: 5.
	MaxPerAgent float64 `yaml:"max_per_agent" example:"5"`

	// AbandonMessage is played to an abandoned contact, before it is hung up: the name and number of the seller, as a media URI that this Asterisk
	// has. Profiles require it.
	AbandonMessage string `yaml:"abandon_message" example:"sound:custom/sorry"`
}

func dialingDefaults() DialingConfig {
	p := pacing.Defaults()
	return DialingConfig{Ratio: p.Ratio, MaxPerAgent: p.MaxPerAgent}
}

// Limits are those of the profile of the calling hours, with what the campaign makes stricter.
func (c Config) Limits() hours.Limits {
	l := c.Hours.ProfileFor(c.List.Region).Limits
	if own := c.Dialing.AbandonLimit; own > 0 {
		l.AbandonShare = min(own, l.AbandonShare)
	}
	if own := c.Dialing.ConnectLimit; own > 0 {
		l.ConnectLimit = min(own, l.ConnectLimit)
	}
	return l
}

// Pacing is how the campaign's calls are paced. Its mode is the campaign's, which must be one that dials.
func (c Config) Pacing() pacing.Config {
	limits := c.Limits()
	return pacing.Config{
		Mode: pacing.Mode(c.Mode), Ratio: c.Dialing.Ratio, AbandonLimit: limits.AbandonShare, ConnectLimit: limits.ConnectLimit,
		RingTimeout: c.RingTimeout, MaxPerAgent: c.Dialing.MaxPerAgent,
	}
}

// mediaPattern is a media URI of a sound that ends by itself. A tone: does not.
var mediaPattern = regexp.MustCompile(`^(sound|recording):[^\s,]+$`)

func (c Config) validateDialing(p *problem.List) {
	own, limits := c.Dialing, c.Hours.ProfileFor(c.List.Region).Limits
	between := func(path string, value, least, most float64) {
		if (value != 0 || c.Mode.Dials()) && !(value >= least && value <= most) {
			p.Add("dialing."+path, "%g is out of range; expected %g to %g", value, least, most)
		}
	}
	between("ratio", own.Ratio, 1, 20)
	between("max_per_agent", own.MaxPerAgent, 1, 50)
	if own.AbandonLimit < 0 || own.AbandonLimit > limits.AbandonShare {
		p.Add("dialing.abandon_limit", "%g is out of range; the profile allows up to %g", own.AbandonLimit, limits.AbandonShare)
	}
	if own.ConnectLimit != 0 && (own.ConnectLimit < 100*time.Millisecond || own.ConnectLimit > limits.ConnectLimit) {
		p.Add("dialing.connect_limit", "%s is out of range; expected 100ms to %s, which the profile allows", own.ConnectLimit, limits.ConnectLimit)
	}
	if own.AbandonMessage != "" && !mediaPattern.MatchString(own.AbandonMessage) {
		p.Add("dialing.abandon_message", "%q is not a sound; expected sound:NAME or recording:NAME", own.AbandonMessage)
	}
	if !c.Mode.Dials() {
		return
	}
	if least := max(limits.MinRing, minDialingRing); c.RingTimeout < least || c.RingTimeout > maxDialingRing {
		p.Add("ring_timeout", "%s is out of range for mode %s; expected %s, the least that the profile allows to give up after, to %s", c.RingTimeout, c.Mode, least, maxDialingRing)
	}
	if limits.AbandonMessage && own.AbandonMessage == "" && (c.Mode.Paced() || c.Agentless.AgentDigit != "") {
		p.Add("dialing.abandon_message", "is required in mode %s: the profile wants an abandoned contact to be told who called", c.Mode)
	}
}

// Limits of RingTimeout in the modes that dial, which are those of package pacing.
const (
	minDialingRing = 5 * time.Second
	maxDialingRing = 90 * time.Second
)
