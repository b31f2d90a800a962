package dialer

import (
	"context"
	"errors"
	"time"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/internal/secret"
)

// A page that was loaded anew in a call has lost its end of the leg, and Asterisk would notice only when no voice has come for seconds.
// So the page asks to be rung although its phone counts as connected: the new leg joins the booth, then the old one is hung up, and the
// contact stays where it is.

// reconnect rings the phone anew, whether or not its leg seems to be up.
func (p *phone) reconnect(reply func(AgentView, error)) {
	if p.state != agent.PhoneConnected || p.a.e.stopping() {
		p.connect(reply)
		return
	}
	p.waiters = append(p.waiters, reply)
	if p.next != "" {
		return // on its way
	}
	c := p.a.call
	if c == nil {
		p.replace()
		return
	}
	// In a colleague's call the leg is a party, and stands where that call wants it: there the old one has to go first.
	channel := p.channel
	asked := c.post(func() {
		mine := c.owner == p.a
		p.a.post(func() {
			switch {
			case p.state != agent.PhoneConnected || p.next != "": // overtaken: who waits is answered when that has ended
			case p.channel != channel: // overtaken, and ended already
				p.releaseWaiters(nil)
			case mine:
				p.replace()
			default:
				p.hangUpLost()
			}
		})
	})
	if !asked {
		p.replace()
	}
}

// replace makes a second leg, which takes the place of the first when it is in the booth.
func (p *phone) replace() {
	p.next = agentChannel(p.a.id)
	n, next := p.node, p.next
	p.a.log.Info().Msg("the phone is rung anew")
	p.a.e.aside(func() {
		err := p.place(n, next, secret.String{})
		if err == nil {
			return
		}
		p.a.post(func() {
			if p.next == next {
				p.notReplaced(placeProblem(p.endpoint(), err))
			}
		})
	})
}

// onNext takes what Asterisk reports of the leg that is to replace the present one.
func (p *phone) onNext(l leg) {
	switch l.kind {
	case legCreated:
		n, id, channel := p.node, p.a.id, p.next
		n.background.Go(func() { n.bringHome(id, channel) })
	case legEntered:
		if l.bridge == boothBridge(p.a.id) {
			p.replaced()
		}
	case legGone:
		p.notReplaced(ringProblem(l))
	}
}

// replaced drops the old leg.
func (p *phone) replaced() {
	old := p.channel
	p.channel, p.made, p.next = p.next, time.Now(), ""
	p.node.tone.hush(p.a.id)
	p.a.changed()
	p.hangUpOld(old)
	p.releaseWaiters(nil)
}

// notReplaced leaves everything as it was.
func (p *phone) notReplaced(why string) {
	p.next = ""
	p.a.log.Warn().Str("problem", why).Msg("the phone could not be rung anew")
	p.releaseWaiters(refuse(CodePhoneUnreachable, "the phone could not be connected: %s", why))
}

// dropNext gives a second leg up.
func (p *phone) dropNext() {
	next := p.next
	p.next = ""
	if next != "" && p.node != nil {
		p.hangUpOld(next)
	}
}

// hangUpLost ends the present leg as if it had been lost: it is rung again, and who is on the line waits with music meanwhile.
func (p *phone) hangUpLost() { p.hangUpOld(p.channel) }

func (p *phone) hangUpOld(channel string) {
	n := p.node
	n.aside(func(ctx context.Context) {
		if err := n.ari.Channels.Hangup(ctx, channel, ari.HangupNormal); err != nil && !errors.Is(err, ari.ErrNotFound) {
			p.a.log.Warn().Err(err).Str("channel", channel).Msg("a leg of the phone that is no longer wanted cannot be hung up")
		}
	})
}
