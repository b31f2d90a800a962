package dialer

import (
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
)

// A phone without a nailed-up leg is rung when its agent accepts a call, and released after it. The call says when: it summons the phone
// before the agent is needed, and lets it rest when the agent is not needed any more. The booth stays through the session, so that a leg
// that comes never meets a booth that goes.

func (p *phone) perCall() bool { return p.a.cfg.Phone.Leg == agent.LegPerCall }

// serves tells whether the agent can be given a call: the leg stands, or can be rung.
func (p *phone) serves() bool {
	return p.state == agent.PhoneConnected || p.perCall() && p.node != nil && p.node.connected()
}

// missing tells whether a nailed-up leg is not there.
func (p *phone) missing() bool { return p.state != agent.PhoneConnected && !p.perCall() }

// summon rings the phone for a call. What becomes of it the call is told: agentBack, or agentLost and in p.problem why.
func (p *phone) summon(c *callActor) {
	if p.a.call != c {
		return // the call has been taken from the agent meanwhile
	}
	p.wanted = true
	switch {
	case len(p.leaving) > 0:
		p.again = true // once the last leg is gone
	case p.state == agent.PhoneConnected:
		c.tell(p.a, agentBack)
	case p.state == agent.PhoneRinging:
	case p.node != c.node || !p.node.connected():
		p.failed("Asterisk node " + c.node.cfg.Name + " is not connected")
	default:
		p.ring()
	}
}

// standing tells a call that was taken up again, and waits for the phone, what has become of it.
func (p *phone) standing(c *callActor) {
	if p.a.call != c || p.state == agent.PhoneRinging {
		return
	}
	p.wanted = p.state == agent.PhoneConnected
	if p.wanted {
		c.tell(p.a, agentBack)
		return
	}
	p.problem = "the process ended while the phone was being rung"
	c.tell(p.a, agentLost)
}

// rescue rings a phone again that was lost in a call.
func (p *phone) rescue() {
	if !p.wanted || p.state != agent.PhoneDisconnected {
		return
	}
	p.until = time.Now().Add(p.a.e.cfg.RescueTimeout)
	p.ring()
}

// toneLimit is longer than any tone lasts.
const toneLimit = 5 * time.Second

// rest releases the phone after call c, once the tone that tells of the end has been heard.
func (p *phone) rest(c *callActor) {
	if !p.perCall() || p.a.call != nil && p.a.call != c {
		return
	}
	p.wanted, p.again, p.until = false, false, time.Time{}
	p.a.save()
	switch {
	case p.state == agent.PhoneDisconnected || len(p.leaving) > 0:
	case p.state == agent.PhoneConnected && p.node.tone.sounding(p.a.id):
		channel := p.channel
		time.AfterFunc(toneLimit, func() { // in case its end is not told
			p.a.post(func() {
				if p.channel == channel && !p.wanted && len(p.leaving) == 0 {
					p.release()
				}
			})
		})
	default:
		p.release()
	}
}

// restUnlessWanted releases a leg that no call wants.
func (p *phone) restUnlessWanted() {
	if p.perCall() && !p.wanted && p.state != agent.PhoneDisconnected {
		p.rest(p.a.call)
	}
}

func (p *phone) release() {
	p.hangUp(func(_ AgentView, err error) {
		if err == nil {
			return
		}
		p.a.log.Warn().Err(err).Msg("the phone cannot be released; it is tried again")
		time.AfterFunc(redialPause, func() { p.a.post(p.restUnlessWanted) })
	})
}

// dropped takes the end of a leg that was in its booth. Whether the call needs it again is the call's to say.
func (p *phone) dropped() {
	p.channel = ""
	p.enter(agent.PhoneDisconnected, "")
	if p.a.call != nil && p.wanted {
		p.a.call.tell(p.a, agentGone)
	}
}
