package agent

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hasshin/hasshin/audio"
	"github.com/hasshin/hasshin/internal/problem"
	"github.com/hasshin/hasshin/internal/secret"
)

// Config is one person who signs in. The key in the `agents` map is its id.
type Config struct {
	// Name is shown to others. Default: the id.
	Name string `yaml:"name"`

	// Reading is how the name is read, in kana or Latin letters. Colleagues who look for the person find it, too.
	Reading string `yaml:"reading"`

	// PasswordHash is the argon2id hash of the sign-in password in PHC form, as `hasshin password` prints it.
	PasswordHash secret.String `yaml:"password_hash"`

	// Role says what the person may do: agent, supervisor or admin.
	Role Role `yaml:"role"`

	// Privileges gives the person more than the role has, or less.
	Privileges Change `yaml:"privileges"`

	// Supervises are the ids of the groups whose members the person may listen to, take calls from and so on, as far as the privileges go.
	// Default: everybody.
	Supervises []string `yaml:"supervises"`

	// Campaigns are the ids of the campaigns the agent works in.
	Campaigns []string `yaml:"campaigns"`

	// Skills are what the agent can do that not everybody can. Campaigns may want one for a callback (`callback.skill_field`).
	Skills []string `yaml:"skills" example:"[en, zh]"`

	// Tones says how the agent hears the tones.
	Tones audio.Preference `yaml:"tones"`

	// Phone is the agent's telephone. A supervisor who only watches needs none.
	Phone PhoneConfig `yaml:"phone"`
}

// PhoneKind says whose endpoint an agent's phone is.
type PhoneKind string

const (
	PhoneNone     PhoneKind = "none"     // no phone: cannot take calls
	PhoneSIP      PhoneKind = "sip"      // a SIP phone whose endpoint hasshin pushes to Asterisk
	PhonePage     PhoneKind = "page"     // the phone in the web page (WebRTC), pushed too
	PhoneEndpoint PhoneKind = "endpoint" // an endpoint that Asterisk already has
)

// UnmarshalText accepts the names of the kinds.
func (k *PhoneKind) UnmarshalText(b []byte) error {
	kinds := []PhoneKind{PhoneNone, PhoneSIP, PhonePage, PhoneEndpoint}
	if !slices.Contains(kinds, PhoneKind(b)) {
		return fmt.Errorf("%q is not a kind of phone; expected none, sip, page or endpoint", b)
	}
	*k = PhoneKind(b)
	return nil
}

// PhoneLeg says how long the leg between an agent's phone and the booth lasts.
type PhoneLeg string

const (
	LegNailedUp PhoneLeg = "nailed-up" // from one connecting to the next disconnecting, calls or no calls
	LegPerCall  PhoneLeg = "per-call"  // rung at each call, released after it
)

// UnmarshalText accepts the names of the legs.
func (l *PhoneLeg) UnmarshalText(b []byte) error {
	if legs := []PhoneLeg{LegNailedUp, LegPerCall}; !slices.Contains(legs, PhoneLeg(b)) {
		return fmt.Errorf("%q is not a kind of leg; expected nailed-up or per-call", b)
	}
	*l = PhoneLeg(b)
	return nil
}

// PhoneConfig describes an agent's phone.
type PhoneConfig struct {
	// Kind is sip (a SIP phone, its endpoint pushed to Asterisk by hasshin), page (the phone in the web page), endpoint (one that
	// Asterisk's own configuration has) or none.
	Kind PhoneKind `yaml:"kind"`

	// Endpoint is the dial string of an existing endpoint, for example PJSIP/1001. Only for kind endpoint.
	Endpoint string `yaml:"endpoint"`

	// Password is the SIP password of a phone of kind sip. Left out, it is random and new at each sign-in, and the phone asks the API
	// for it.
	Password secret.String `yaml:"password"`

	// Leg is nailed-up (the phone is connected once and stays in the booth between calls) or per-call (the phone is rung when the agent
	// accepts a call, before anybody is dialed, and released after it). A campaign that dials before it has an agent, which is every mode
	// but preview, needs nailed-up legs. Default: nailed-up.
	Leg PhoneLeg `yaml:"leg"`

	// RingTimeout is how long the phone is rung when it is connected to the booth. Default: 20s.
	RingTimeout time.Duration `yaml:"ring_timeout"`
}

// Defaults returns the configuration of an agent about whom nothing is said.
func Defaults() Config {
	return Config{Role: RoleAgent, Tones: audio.DefaultPreference(), Phone: PhoneConfig{Kind: PhoneSIP, Leg: LegNailedUp, RingTimeout: 20 * time.Second}}
}

// Validate reports all that is impossible in c. What concerns other parts (unknown campaigns) is for the caller to check.
func (c Config) Validate() error {
	var p problem.List
	if c.PasswordHash.IsZero() {
		p.Add("password_hash", "is required; make one with `hasshin password`")
	} else if !strings.HasPrefix(c.PasswordHash.Reveal(), "$argon2id$") {
		p.Add("password_hash", "is not an argon2id hash ($argon2id$v=19$…); make one with `hasshin password`")
	}
	p.AddAt("privileges", c.Privileges.Validate())
	for i, skill := range c.Skills {
		if skill == "" || len(skill) > 64 || strings.TrimSpace(skill) != skill {
			p.Add(problem.Index("skills", i), "%q is not a skill; expected 1 to 64 bytes without spaces around them", skill)
		}
	}
	p.AddAt("tones", c.Tones.Validate())
	switch ph := c.Phone; {
	case ph.Kind == PhoneEndpoint && ph.Endpoint == "":
		p.Add("phone.endpoint", "is required for a phone of kind endpoint, for example PJSIP/1001")
	case ph.Kind == PhoneEndpoint && !strings.Contains(ph.Endpoint, "/"):
		p.Add("phone.endpoint", "%q is not a dial string; expected TECHNOLOGY/NAME, for example PJSIP/1001", ph.Endpoint)
	case ph.Kind != PhoneEndpoint && ph.Endpoint != "":
		p.Add("phone.endpoint", "is only for a phone of kind endpoint, not %s", ph.Kind)
	}
	if c.Phone.Kind != PhoneSIP && !c.Phone.Password.IsZero() {
		p.Add("phone.password", "is only for a phone of kind sip, not %s", c.Phone.Kind)
	}
	if c.Phone.Leg == LegPerCall && c.Phone.Kind == PhoneNone {
		p.Add("phone.leg", "per-call needs a phone that can be rung; expected kind sip, page or endpoint, not none")
	}
	if c.Phone.RingTimeout < time.Second || c.Phone.RingTimeout > 5*time.Minute {
		p.Add("phone.ring_timeout", "%s is out of range; expected 1s to 5m", c.Phone.RingTimeout)
	}
	return p.Err()
}
