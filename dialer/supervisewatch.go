package dialer

import (
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
)

// What is told of those who are listened to.

// watch asks to be told of the agent, and of the call.
func (s *supervision) watch() {
	e, a := s.a.e, s.a
	e.watchers.set(a.id, s.agent, s.call)
	if s.call != "" {
		c := e.callOf(s.call)
		if c == nil || !c.post(func() { c.tellWatchers() }) {
			a.post(func() { a.callSeen(s.call, "", false) })
		}
	}
	if to := e.agentOf(s.agent); to != nil {
		to.post(to.tellWatchers)
	}
}

// subjectSeen takes what is new about an agent who is listened to.
func (a *agentActor) subjectSeen(to subject) {
	s := a.supervision
	if s == nil || s.agent != to.agent {
		return
	}
	if s.subject != nil && *s.subject == to {
		return
	}
	s.subject = &to
	s.settle()
}

// callSeen takes what is new about a call that is listened to: who has it, and whether it is over.
func (a *agentActor) callSeen(callID, owner string, live bool) {
	s := a.supervision
	if s == nil || s.call != callID {
		return
	}
	if !live {
		a.stopSupervising("the call is over")
		return
	}
	if s.agent != owner {
		a.log.Info().Str("call", callID).Str("agent_heard", owner).Msg("the supervised call has another agent")
		s.agent, s.subject = owner, nil
		s.deafen("the call was handed over")
		s.watch()
		a.changed()
	}
}

// subject is this agent for those who listen.
func (a *agentActor) subject() subject {
	to := subject{agent: a.id, node: a.phone.node}
	if a.phone.state == agent.PhoneConnected {
		to.leg = a.phone.channel
	}
	if c := a.call; c != nil {
		to.call, to.campaign, to.record, to.live = c.id, c.campaignID, c.record.ID, a.state == agent.OnCall
	}
	return to
}

// tellWatchers tells those who listen to this agent how the agent is now.
func (a *agentActor) tellWatchers() {
	for _, id := range a.e.watchers.ofAgent(a.id) {
		if by := a.e.agentOf(id); by != nil {
			to := a.subject()
			by.post(func() { by.subjectSeen(to) })
		}
	}
}

// tellWatchers tells those who listen to this call who has it now.
func (c *callActor) tellWatchers() {
	c.varied.Store(c.state != call.Talking || c.serial > 0)
	for _, id := range c.e.watchers.ofAgent(c.owner.id) {
		if by := c.e.agentOf(id); by != nil {
			by.post(func() { by.supervision.seatThirds() })
		}
	}
	for _, id := range c.e.watchers.ofCall(c.id) {
		if by := c.e.agentOf(id); by != nil {
			owner, live := c.owner.id, c.state.Live()
			by.post(func() { by.callSeen(c.id, owner, live) })
		}
	}
}

// releaseUnlessEar hangs up an ear that an earlier process left behind.
func (a *agentActor) releaseUnlessEar(n *node, channel string) {
	if a.supervision.has(channel) {
		return
	}
	n.releaseOrphan(channel, "left behind by an earlier process")
}
