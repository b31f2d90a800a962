package phone

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/rs/zerolog"
)

// Config says what a phone is. The zero value is a trunk peer on 127.0.0.1 that is silent and rings until told.
type Config struct {
	// User is the SIP user: the endpoint's name at the server, and the user in From of calls the phone makes. Default "phone".
	User string
	// Password answers digest challenges to REGISTER and INVITE.
	Password string
	// Server is host:port of the SIP server to register at and to send calls through. A phone that does neither needs none.
	Server string
	// Addr is the address of the SIP and media sockets; ports are chosen by the system. Default 127.0.0.1.
	Addr netip.Addr

	// Voice the phone talks in from answer on, unless the behaviour of a call says otherwise. Zero is [Silence].
	Voice Voice
	// Amplitude of the voice, peak in 16-bit scale. Default [DefaultAmplitude].
	Amplitude int
	// Listen are the voices it can tell apart, at most 64. Default [Voices], [CarrierTalk] and [CarrierAnnouncement].
	Listen []Voice
	// Deaf phones do not analyse what they receive, which saves most of their cost; they still count packets and DTMF.
	Deaf bool
	// Codecs in order of preference. Default PCMU, PCMA.
	Codecs []Codec

	// Behave decides what becomes of an incoming call. It is called once for each on a goroutine of the call, and may look at
	// Number, From and Header. Nil: answer when the caller asks for it by Call-Info answer-after=0, else ring until
	// [Call.Answer] or [Call.Refuse].
	Behave func(*Call) Behaviour
	// Refer decides on a REFER within a call: a SIP status, 2xx to accept. Target is the Refer-To URI. Nil accepts with 202.
	Refer func(c *Call, target string) int

	// Logger gets SIP stack warnings and each call's course at debug level. The zero value discards them.
	Logger *zerolog.Logger
}

func (c Config) withDefaults() (Config, error) {
	if c.User == "" {
		c.User = "phone"
	}
	if !c.Addr.IsValid() {
		c.Addr = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	if c.Amplitude == 0 {
		c.Amplitude = DefaultAmplitude
	}
	if len(c.Codecs) == 0 {
		c.Codecs = []Codec{PCMU, PCMA}
	}
	if c.Logger == nil {
		nop := zerolog.Nop()
		c.Logger = &nop
	}
	if c.Behave == nil {
		c.Behave = answerWhenAsked
	}
	if c.Refer == nil {
		c.Refer = func(*Call, string) int { return 202 }
	}
	if len(c.Listen) > 64 {
		return c, fmt.Errorf("a phone can listen for 64 voices, not %d", len(c.Listen))
	}
	if c.Amplitude < 0 || c.Amplitude > 32767 {
		return c, fmt.Errorf("amplitude %d is not between 0 and 32767", c.Amplitude)
	}
	for _, codec := range c.Codecs {
		if codec != PCMU && codec != PCMA {
			return c, fmt.Errorf("payload type %d is not a codec of this phone", codec)
		}
	}
	return c, nil
}

// alert is what a called phone does before its final response.
type alert int

const (
	ringing    alert = iota // 180
	earlyMedia              // 183 with a session description, and sound
	noAlert                 // nothing; after 200 ms the SIP stack sends 100
)

// ringPeriod is one ring of the US cadence: 2 s on, 4 s off.
const ringPeriod = 6 * time.Second

// Behaviour is what a phone does with an incoming call. Build one from [Ring], [Answer] or [Refuse] and the methods.
type Behaviour struct {
	alert       alert
	silent      time.Duration // before the alert
	wait        time.Duration
	status      int // final response; 0 waits to be told
	voice       *Voice
	early       Voice
	hangUpAfter time.Duration
	headers     [][2]string
}

// Ring rings until [Call.Answer], [Call.Refuse] or [Call.Hangup], or until the caller gives up.
func Ring() Behaviour { return Behaviour{} }

// Answer answers at once, after one 180.
func Answer() Behaviour { return Behaviour{status: 200} }

// Refuse gives the final status at once, for example 486 (busy), 603 (declined), 404 (no such number) or 503 (congestion).
func Refuse(status int) Behaviour { return Behaviour{status: status, alert: noAlert} }

// After waits for d before the final response, ringing meanwhile.
func (b Behaviour) After(d time.Duration) Behaviour {
	b.wait = d
	if b.alert == noAlert {
		b.alert = ringing
	}
	return b
}

// AfterRings waits for n rings of 6 s.
func (b Behaviour) AfterRings(n int) Behaviour { return b.After(time.Duration(n) * ringPeriod) }

// WithEarlyMedia sends 183 instead of 180 and lets v be heard before the final response.
func (b Behaviour) WithEarlyMedia(v Voice) Behaviour {
	b.alert, b.early = earlyMedia, v
	return b
}

// WithoutRinging sends no provisional response of its own.
func (b Behaviour) WithoutRinging() Behaviour {
	b.alert = noAlert
	return b
}

// Late lets nothing be heard of the call for d, as when it goes through several networks; then it does the rest.
func (b Behaviour) Late(d time.Duration) Behaviour {
	b.silent = d
	return b
}

// Saying talks in v after the answer instead of the phone's own voice.
func (b Behaviour) Saying(v Voice) Behaviour {
	b.voice = &v
	return b
}

// HangingUpAfter hangs up d after the answer.
func (b Behaviour) HangingUpAfter(d time.Duration) Behaviour {
	b.hangUpAfter = d
	return b
}

// WithHeader adds a header to the final response, for example Contact to a 302.
func (b Behaviour) WithHeader(name, value string) Behaviour {
	b.headers = append(b.headers[:len(b.headers):len(b.headers)], [2]string{name, value})
	return b
}

// Always gives each call the same behaviour.
func Always(b Behaviour) func(*Call) Behaviour { return func(*Call) Behaviour { return b } }

// answerWhenAsked is the behaviour of a desk phone: it picks up by itself when the caller asks so.
func answerWhenAsked(c *Call) Behaviour {
	if c.AskedToAnswer() {
		return Answer()
	}
	return Ring()
}
