package aritest

import (
	"strconv"
	"strings"
	"time"
)

// Behavior is what the far end does when it is called.
type Behavior struct {
	silent  time.Duration // until anything is heard of it
	opening time.Duration // it sends early media for so long (183), and then does the rest
	ring    bool          // it rings first
	early   bool          // it sends early media first (183)
	after   time.Duration // until it answers or ends
	answer  bool
	never   bool // neither answers nor ends by itself
	hangsUp bool // after having talked for talk
	talk    time.Duration
	cause   int  // Q.850, of the end
	sip     int  // SIP status, of a refusal
	echo    bool // it sends back what it hears, digits too
	offline bool // cannot be called: 500 "Allocation failed"
}

// Answer rings (unless d is 0), answers after d and talks until it is hung up.
func Answer(d time.Duration) Behavior {
	return Behavior{ring: d > 0, after: d, answer: true, cause: 16}
}

// AnswerFor answers after d and hangs up when it has talked for so long.
func AnswerFor(d, talk time.Duration) Behavior {
	b := Answer(d)
	b.hangsUp, b.talk = true, talk
	return b
}

// Echo answers at once and sends back what it hears: digits sent to it come as ChannelDtmfReceived.
func Echo() Behavior {
	b := Answer(0)
	b.echo = true
	return b
}

// EarlyMedia announces for d before it answers (183 Session Progress).
func EarlyMedia(d time.Duration) Behavior {
	return Behavior{early: true, after: d, answer: true, cause: 16}
}

// Late is what b does after d in which nothing is heard, as when a call goes through several networks.
func (b Behavior) Late(d time.Duration) Behavior {
	b.silent = d
	return b
}

// Opening is what b does after early media of d (183).
func (b Behavior) Opening(d time.Duration) Behavior {
	b.opening = d
	return b
}

// Busy refuses with 486.
func Busy() Behavior { return Reject(486) }

// NoAnswer rings and never answers; the caller gives up.
func NoAnswer() Behavior { return Behavior{ring: true, never: true} }

// Reject refuses at once with a SIP status.
func Reject(sip int) Behavior { return Behavior{sip: sip, cause: causeOfSIP(sip)} }

// RejectAfter rings for d and refuses with a SIP status then.
func RejectAfter(d time.Duration, sip int) Behavior {
	b := Reject(sip)
	b.ring, b.after = true, d
	return b
}

// Offline is known and cannot be reached, like a phone that is not registered: dialing it is 500 "Allocation failed".
func Offline() Behavior { return Behavior{offline: true} }

// causeOfSIP is the Q.850 cause that Asterisk makes of a SIP status.
func causeOfSIP(sip int) int {
	if cause, known := q850Causes[sip]; known {
		return cause
	}
	switch sip / 100 {
	case 5:
		return 34
	case 4, 6:
		return 127
	}
	return 16
}

var q850Causes = map[int]int{
	302: 23, 401: 21, 403: 21, 404: 1, 407: 21, 408: 18, 409: 41, 410: 22, 420: 3, 480: 19, 483: 19, 484: 28, 485: 1, 486: 17, 488: 58,
	500: 38, 501: 29, 502: 27, 503: 34, 504: 102, 505: 127, 600: 17, 603: 21, 604: 1, 606: 58,
}

// endpoint is a phone or trunk that channels can be made to.
type endpoint struct {
	tech, resource string
	behavior       Behavior
}

// Endpoint makes an endpoint known, e.g. "PJSIP/1001", and says what becomes of calls to it. Calling it again changes that for later calls.
func (s *Server) Endpoint(name string, b Behavior) {
	tech, resource, _ := strings.Cut(name, "/")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endpoints[name] = &endpoint{tech: tech, resource: resource, behavior: b}
}

// lookup finds what a dialed "Tech/resource" does.
func (s *Server) lookup(tech, resource string) (Behavior, bool) {
	if e := s.endpoints[tech+"/"+resource]; e != nil {
		return e.behavior, !e.behavior.offline
	}
	if number, trunk, found := strings.Cut(resource, "@"); found && tech == "PJSIP" && trunk == "carrier" {
		return s.carrier(number), true
	}
	return Behavior{}, false
}

// carrier is the table of numbers of the simulated carrier: the last two digits decide, the digit before them is n.
func (s *Server) carrier(number string) Behavior {
	const second = time.Second
	var n time.Duration
	if len(number) > 2 {
		if digit, err := strconv.Atoi(number[len(number)-3 : len(number)-2]); err == nil {
			n = time.Duration(digit) * second
		}
	}
	last := number[max(0, len(number)-2):]
	switch last {
	case "00":
		return Answer(n)
	case "01":
		return AnswerFor(second, n)
	case "02":
		return Echo()
	case "10":
		return Busy()
	case "11":
		return NoAnswer()
	case "12":
		return RejectAfter(second/2, 603)
	case "13":
		return Reject(404)
	case "14":
		return Reject(503)
	case "15":
		return Answer(second)
	case "16":
		return EarlyMedia(n)
	case "17":
		b := RejectAfter(2*second, 404)
		b.ring, b.early = false, true
		return b
	case "18":
		return Answer(10 * n)
	}
	return Answer(second)
}

// dialing is a channel's far end being called.
type dialing struct {
	behavior Behavior
	timeout  *timer
}

// place starts the call. answered runs when the far end answers.
func (c *channel) place(b Behavior, timeout time.Duration, answered func()) {
	b.after, b.talk, b.silent, b.opening = c.s.scaled(b.after), c.s.scaled(b.talk), c.s.scaled(b.silent), c.s.scaled(b.opening)
	c.far = &dialing{behavior: b}
	c.dialed = true
	c.tellDial("", c.dial)
	if timeout > 0 {
		c.far.timeout = c.after(c.s.scaled(timeout), c.expire)
	}
	// The network takes a moment, so the request's response goes first more often than not, as with a real Asterisk.
	c.after(time.Millisecond+b.silent, func() {
		if b.opening == 0 {
			c.reached(answered)
			return
		}
		c.tellDial("PROGRESS", c.progressDial())
		c.after(b.opening, func() { c.reached(answered) })
	})
}

// reached is the moment the far end knows of the call.
func (c *channel) reached(answered func()) {
	b := c.far.behavior
	switch {
	case b.early:
		c.tellDial("PROGRESS", c.progressDial())
	case b.ring:
		c.setState("Ringing")
		c.tellDial("RINGING", c.progressDial())
	}
	if b.never {
		return
	}
	c.after(b.after, func() {
		if !b.answer {
			c.refused(b.cause, b.sip)
			return
		}
		c.far.timeout.stop()
		c.setState("Up")
		c.tellDial("ANSWER", c.progressDial())
		answered()
		if b.hangsUp && !c.dead {
			c.after(b.talk, func() { c.farHangup(b.cause) })
		}
	})
}

// farHangup is the far end hanging up.
func (c *channel) farHangup(cause int) {
	c.requestHangup(map[string]any{"cause": cause})
	c.hangup(cause, 0)
}

// progressDial is the dial string in the Dial events that follow the first. For a channel made by create it is the bridge that tells
// of progress, and it does not know it.
func (c *channel) progressDial() string {
	if c.byCreate {
		return ""
	}
	return c.dial
}

// sipOfCause is the SIP status that Asterisk sends, and tells as tech_cause, when we end a call with a Q.850 cause.
func sipOfCause(cause int) int { return sipCauses[cause] }

var sipCauses = map[int]int{
	1: 404, 2: 404, 3: 404, 17: 486, 18: 408, 19: 480, 20: 480, 21: 403, 22: 410, 23: 302, 27: 502, 28: 484, 29: 501, 31: 480,
	34: 503, 38: 500, 42: 503, 58: 488, 66: 503, 127: 500,
}

// dialStatus is the coarse outcome that a Dial event tells.
func dialStatus(cause int) string {
	switch cause {
	case 17:
		return "BUSY"
	case 34, 38, 41, 42:
		return "CONGESTION"
	}
	return "NOANSWER"
}

// tellDial tells how the call goes, to those who watch the channel.
func (c *channel) tellDial(status, dial string) {
	c.s.publish(map[string]any{
		"type": "Dial", "dialstatus": status, "dialstring": dial, "forward": "", "peer": c.json(),
	}, "channel:"+c.id)
}
