package dialer

import (
	"fmt"
	"time"

	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/trunk"
)

// What Asterisk reports of a leg.

func (c *callActor) onLeg(l leg) {
	if prefix, _ := owner(l.channel.ID); prefix == prefixRecord {
		c.recorder.onTrack(l)
		return
	}
	p := c.byChannel(l.channel.ID)
	if p == nil {
		if l.kind == legCreated {
			c.node.releaseOrphan(l.channel.ID, "nobody on the call has it")
		}
		return
	}
	switch l.kind {
	case legCreated:
		c.legCreated(p, l)
	case legProgress, legRinging:
		c.rings(p, l.kind == legRinging)
	case legUp:
		if p.phase < up && p.phase >= created {
			p.phase = up
			p.stopTimer()
			c.answered(p)
		}
	case legEntered:
		p.place, p.moving, p.tries = c.placeOf(l.bridge, p), "", 0
		c.heard()
		c.settle()
	case legLeft:
		if p.place == c.placeOf(l.bridge, p) {
			p.place = call.Nowhere
		}
	case legDigit:
		c.received(p, l.text)
	case legGone:
		c.lost(p, l.sip, l.q850, l.text)
	}
}

func (c *callActor) legCreated(p *party, l leg) {
	switch {
	case len(l.args) > 0 && l.args[0] == "transfer":
		c.referred(p, l.args[1:])
	case p.leaving || p.phase == gone:
		c.hand.hangUp(p) // it was being created when it was sent away
	case p.phase < created:
		p.phase = created
		c.settle()
	}
}

func (c *callActor) answered(p *party) {
	switch p {
	case c.contact:
		if at := c.attempt(); at.Answered.IsZero() {
			at.Answered = time.Now()
		}
		c.heard()
		c.step(call.ContactAnswered)
	case c.target:
		c.problem = "" // a REFER may have been refused before
		c.step(call.TargetUp)
	}
}

// lost takes the end of a party's leg: the attempt gets its result, and the table says how the call goes on.
func (c *callActor) lost(p *party, sip, q850 int, text string) {
	if p.agent == nil && p.channel != "" {
		c.e.legOver(p.channel, trunk.Unknown) // for a leg that was never there, or whose end was not told
	}
	wasTarget, wasContact, wasUp := p == c.target, p == c.contact, p.phase == up
	if p.agent == nil && p.phase == ringing {
		owner := c.owner
		owner.post(owner.phone.stopRinging)
	}
	p.phase, p.place, p.moving = gone, call.Nowhere, ""
	p.stopTimer()
	c.remove(p)
	if p.agent != nil {
		c.leavePart(p.agent)
	}
	if wasContact {
		c.attemptEnded(sip, q850, text, p.leaving)
	}
	switch {
	case !wasTarget || p.leaving || !c.state.Live():
	case wasUp && p.agent == nil:
		c.problem = p.name() + " hung up"
	default:
		c.problem = describeCause(sip, q850, text)
	}
	c.afterLoss(wasContact, wasTarget)
	c.maybeOver()
}

func (c *callActor) afterLoss(wasContact, wasTarget bool) {
	left := c.everybody()
	switch {
	case len(left) == 0:
		c.step(call.Alone)
	case !c.state.Live() || c.state == call.Handing:
		if len(left) == 1 { // the others had been put together; one alone is not left hanging
			c.hangUp()
		}
	case wasContact:
		c.step(call.ContactGone)
	case wasTarget && c.state == call.Rescuing:
		if row, ok := call.Next(c.previous, call.TargetGone); ok {
			c.previous = row.Next
		}
	case wasTarget && len(c.members) > 0:
		c.step(call.TargetGoneStays)
	case wasTarget:
		c.step(call.TargetGone)
	default:
		c.regroup()
		c.changed()
	}
	c.settle() // a command may have waited for this end
}

func (c *callActor) attempt() *campaign.Attempt {
	if len(c.attempts) == 0 {
		return nil
	}
	return &c.attempts[len(c.attempts)-1]
}

// attemptEnded gives the attempt its one call result.
func (c *callActor) attemptEnded(sip, q850 int, text string, byUs bool) {
	at := c.attempt()
	if at == nil || !at.Ended.IsZero() {
		return
	}
	at.Ended, at.SIP, at.Q850 = time.Now(), sip, q850
	at.Result = call.ResultOf(!at.Answered.IsZero(), sip, q850)
	if at.Answered.IsZero() && c.verdict != "" && (sip == 0 || sip == statusTerminated) {
		at.Result = c.verdict
	}
	c.endedBy(byUs || at.Answered.IsZero() && c.verdict != "" && at.Result == c.verdict)
	c.e.noteAttempt(c.campaignID, *at)
	c.result, c.cause = at.Result, describeCause(sip, q850, text)
	c.log.Info().Str("result", string(at.Result)).Int("sip", sip).Int("q850", q850).Msg("attempt ended")
}

// concludeAttempt gives the attempt its result when the record is closed while the contact talks on with others.
func (c *callActor) concludeAttempt() {
	if at := c.attempt(); at != nil && at.Ended.IsZero() {
		at.Ended, at.Result = time.Now(), call.Answered
		c.past.parted(at.Ended)
		c.e.noteAttempt(c.campaignID, *at)
		c.result, c.cause = at.Result, "transferred"
	}
}

// statusTerminated is the SIP status of an INVITE that was cancelled by its caller (RFC 3261, 15.1.2 and 21.4.25).
const statusTerminated = 487

func describeCause(sip, q850 int, text string) string {
	switch {
	case sip != 0:
		return fmt.Sprintf("SIP %d", sip)
	case text != "" && q850 != 0:
		return fmt.Sprintf("%s (Q.850 %d)", text, q850)
	case text != "":
		return text
	case q850 != 0:
		return fmt.Sprintf("Q.850 %d", q850)
	}
	return ""
}

// What an agent's goroutine reports of its phone.

type agentEvent = call.Event

const (
	agentGone agentEvent = call.AgentGone
	agentBack agentEvent = call.AgentBack
	agentLost agentEvent = call.AgentLost
)

// tell lets the call know what became of an agent's phone. It is called on the agent's goroutine.
func (c *callActor) tell(a *agentActor, event agentEvent) {
	channel, why := a.phone.channel, a.phone.problem
	c.post(func() {
		switch {
		case a != c.owner:
			c.partPhone(a, event, channel, why)
			return
		case c.state == call.Summoning:
			c.summoned(event, why)
			return
		case a.phone.perCall() && !c.state.Live(): // it is not needed any more
			return
		}
		c.away = event
		if event == agentBack {
			c.away = ""
			c.recorder.ownerLeg(channel)
		} else {
			c.recorder.ownerLeg("")
		}
		if event == agentGone && (c.state == call.Dialing || c.state == call.Ringing) {
			c.verdict = call.Cancelled
		}
		if event == agentLost {
			c.keepGoing = false
		}
		c.step(event)
		if event == agentGone && a.phone.perCall() && c.state.Live() && c.state != call.Ending && c.state != call.Handing {
			a.post(a.phone.rescue)
		}
	})
}
