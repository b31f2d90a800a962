package dialer

import (
	"context"
	"fmt"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/audit"
	"github.com/hasshin/hasshin/dialer/call"
)

// Take-over: the supervisor who hears a call gets it. The ear goes first, so that the contact, coming into the supervisor's booth, does not
// hear the agent whom it has left.

// doTakeOver runs on the supervisor's goroutine.
func (a *agentActor) doTakeOver(reply func(CallView, error)) {
	s := a.supervision
	if s == nil || s.subject == nil || !s.subject.live {
		reply(CallView{}, a.wrongState("taking over without hearing a call"))
		return
	}
	to := *s.subject
	if err := a.e.maySupervise(a.cfg, to.agent, to.campaign, agent.TakeOverCalls); err != nil {
		reply(CallView{}, err)
		return
	}
	if !a.e.cfg.Privileges.Can(agent.HandleCalls, a.cfg, agent.Change{}) {
		reply(CallView{}, without(agent.HandleCalls, "to have a call needs the privilege %s", agent.HandleCalls))
		return
	}
	c := a.e.callOf(to.call)
	gone := refuse(CodeUnknownCall, "the call is over")
	if c == nil || !c.post(func() {
		err := c.refuseTakeOver(to.agent)
		a.post(func() {
			switch {
			case err != nil:
				reply(CallView{}, err)
			case a.supervision != s || s.subject == nil || *s.subject != to || a.phone.state != agent.PhoneConnected:
				reply(CallView{}, a.wrongState("taking over"))
			default:
				a.takeOver(c, to, reply)
			}
		})
	}) {
		reply(CallView{}, gone)
	}
}

// refuseTakeOver says why a call cannot be taken from an agent now, or nil.
func (c *callActor) refuseTakeOver(from string) *Error {
	if c.owner.id != from {
		return refuse(CodeWrongState, "the call is %s's; supervise that agent to take it over", c.owner.name())
	}
	if _, ok := call.Next(c.state, call.TakenOver); !ok {
		err := refuse(CodeWrongState, "taking over is not possible while the call is %s", c.state)
		err.State = string(c.state)
		return err
	}
	return nil
}

// takeOver ends the listening and takes the call.
func (a *agentActor) takeOver(c *callActor, to subject, reply func(CallView, error)) {
	s := a.supervision
	n, channel, booth := a.phone.node, a.phone.channel, boothBridge(a.id)
	var ears []string
	for _, e := range []*ear{s.ear, s.next} {
		if e != nil {
			ears = append(ears, e.id)
			a.e.audited(e.entry, "taken over")
		}
	}
	a.e.watchers.drop(a.id)
	s.answer(refuse(CodeWrongState, "the call was taken over"))
	a.supervision, a.call = nil, c
	a.enter(agent.Offered, "")
	now := time.Now()
	entry := audit.Entry{
		ID: newID(), Kind: audit.TakeOver, By: a.id, Agent: to.agent, Call: c.id, Campaign: to.campaign, Record: to.record, From: now, To: now,
	}
	a.e.aside(func() {
		err := a.e.noteAudit(context.Background(), entry)
		for _, id := range ears {
			// Out of the booth at once; hanging it up takes a moment longer.
			n.removeFrom(booth, id)
			if problem := n.hangUpEar(id); problem != nil && err == nil {
				err = fmt.Errorf("take the ear away: %w", problem)
			}
		}
		taken := c.post(func() {
			if err == nil {
				if refused := c.refuseTakeOver(to.agent); refused != nil {
					err = refused
				}
			}
			if err != nil {
				a.post(func() { a.release(c) })
				reply(CallView{}, err)
				return
			}
			c.takenOver(a, channel, reply)
		})
		if !taken {
			a.post(func() { a.release(c) })
			reply(CallView{}, refuse(CodeUnknownCall, "the call is over"))
		}
	})
}

// removeFrom takes a channel out of a bridge, if it is in it.
func (n *node) removeFrom(bridge, channel string) {
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	if err := n.ari.Bridges.RemoveChannel(ctx, bridge, channel); err != nil {
		n.log.Debug().Err(err).Str("channel", channel).Msg("was not in the bridge any more") // hanging it up follows
	}
}

// takenOver makes a supervisor the call's owner.
func (c *callActor) takenOver(a *agentActor, channel string, reply func(CallView, error)) {
	if p := c.target; p != nil && c.state != call.Conference {
		c.target = nil
		c.sendAway(p)
	}
	c.serial++
	p := &party{
		id: fmt.Sprintf("t%d", c.serial), target: Target{Kind: TargetAgent, ID: a.id}, channel: channel, phase: up, place: call.Home, agent: a,
	}
	a.post(func() { a.enterCall(c) })
	c.handOver(p)
	c.answerLater(a.id, reply)
	c.settle()
}
