package dialer

import (
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
)

// Offers of colleagues.

// offerCall puts a colleague's call to the agent. It answers why the agent cannot have it, or "".
func (a *agentActor) offerCall(c *callActor, from *agentActor, kind call.Event) string {
	switch {
	case a.state == agent.SignedOut:
		return "is not signed in"
	case !a.phone.serves():
		return "has no phone connected"
	case a.phone.node != c.node:
		return "is on another Asterisk"
	case a.call != nil || a.fetching || a.state.Busy():
		return "is busy"
	case a.state != agent.Ready:
		return "is not ready"
	}
	a.call, a.after = c, restored{agent.Ready, ""}
	a.enter(agent.Offered, "")
	tone := "consult-offered"
	if kind == call.Transfer {
		tone = "transfer-offered"
	}
	a.log.Info().Str("call", c.id).Str("from", from.id).Str("kind", string(kind)).Msg("offer")
	a.playTone(tone)
	return ""
}

// enterCall says that the agent has accepted.
func (a *agentActor) enterCall(c *callActor) {
	if a.call == c {
		a.phone.node.tone.hush(a.id)
		a.enter(agent.OnCall, "")
	}
}

// release ends an offer or a part in a colleague's call: the agent is what it was before.
func (a *agentActor) release(c *callActor) {
	if a.call != c {
		return
	}
	a.call = nil
	if a.phone.missing() && a.after.state == agent.Ready {
		a.after = restored{agent.NotReady, reasonPhone}
	}
	a.enter(a.after.state, a.after.reason)
	a.phone.rest(c)
	a.changed()
}

// handedOver takes the agent into the wrap-up after a call that a colleague has now.
func (a *agentActor) handedOver(c *callActor, next bool) {
	if a.call != c {
		return
	}
	a.next = a.next && next
	a.enter(agent.WrapUp, "")
	a.phone.rest(c)
}
