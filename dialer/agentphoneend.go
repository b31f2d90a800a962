package dialer

import (
	"context"
	"errors"
	"time"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/internal/secret"
)

// How an agent's phone goes: told to, by itself, or because what it had is given back.

func (p *phone) disconnect(reply func(AgentView, error)) {
	switch {
	case p.a.call != nil && p.a.call.live.Load() && !p.a.e.stopping():
		reply(AgentView{}, p.a.wrongState("disconnecting the phone"))
	case p.state == agent.PhoneDisconnected:
		reply(p.a.view(), nil)
	default:
		p.hangUp(reply)
	}
}

// hangUp ends the leg, or the ringing, and answers when it is gone.
func (p *phone) hangUp(reply func(AgentView, error)) {
	p.leaving = append(p.leaving, reply)
	if p.channel == "" { // between two attempts at a lost phone
		p.left()
		return
	}
	n, channel := p.node, p.channel
	n.tone.hush(p.a.id)
	n.aside(func(ctx context.Context) {
		err := n.ari.Channels.Hangup(ctx, channel, ari.HangupNormal)
		if err == nil {
			return
		}
		p.a.post(func() {
			switch {
			case p.channel != channel || len(p.leaving) == 0:
			case errors.Is(err, ari.ErrNotFound): // never made, or gone already and its event on the way
				p.left()
			default:
				p.stays(err)
			}
		})
	})
}

// stays answers those who wanted the leg to end that it does not.
func (p *phone) stays(err error) {
	leaving := p.leaving
	p.leaving = nil
	refused := &Error{Code: CodeRequestRefused, Message: "Asterisk does not hang the phone up: " + describe(err), Err: err}
	for _, reply := range leaving {
		reply(AgentView{}, refused)
	}
	if p.again && p.a.call != nil { // the next call has the leg that stays
		p.again = false
		p.summon(p.a.call)
	}
}

// left ends a leg that was asked to end.
func (p *phone) left() {
	p.dropNext()
	p.channel, p.until = "", time.Time{}
	p.enter(agent.PhoneDisconnected, "")
	if p.a.state == agent.Ready && !p.perCall() {
		p.a.enter(agent.NotReady, reasonPhone)
	}
	p.dropBooth()
	if c := p.a.call; c != nil { // a preview may be accepted at the same moment, and would be dialed into a booth that is no more
		c.tell(p.a, agentGone)
		if c.live.Load() {
			c.tell(p.a, agentLost)
		}
	}
	p.releaseWaiters(refuse(CodePhoneUnreachable, "the phone was disconnected"))
	leaving := p.leaving
	p.leaving = nil
	for _, reply := range leaving {
		reply(p.a.view(), nil)
	}
	switch {
	case p.a.call == nil || !p.wanted:
	case p.again:
		p.again = false
		p.summon(p.a.call)
	case p.perCall():
		p.wanted, p.problem = false, "the phone was disconnected"
		p.a.call.tell(p.a, agentLost)
	}
}

// keepsBooth tells whether the booth on n stays without a leg in it.
func (p *phone) keepsBooth(n *node) bool {
	return p.perCall() && p.node == n && p.a.state != agent.SignedOut
}

func (p *phone) dropBooth() {
	if p.node != nil && !p.keepsBooth(p.node) {
		p.destroyBooth(p.node)
	}
}

func (p *phone) destroyBooth(n *node) {
	p.atBooth(func() { n.destroyBridge(boothBridge(p.a.id)) })
}

// atBooth makes or destroys the booth, behind what was asked for it before: a phone that is connected again at once must not find its new booth
// destroyed by the order meant for the old one.
func (p *phone) atBooth(work func()) {
	before, done := p.boothDone, make(chan struct{})
	p.boothDone = done
	p.a.e.aside(func() {
		defer close(done)
		if before != nil {
			<-before
		}
		work()
	})
}

// forget takes the endpoint back from Asterisk, so that its password ends with the session.
func (p *phone) forget() {
	n := p.node
	if n == nil {
		return
	}
	if p.pushed && n.connected() {
		n.aside(func(ctx context.Context) { n.withdrawPhone(ctx, p.object()) })
	}
	if p.perCall() {
		p.dropBooth()
	}
	n.agents.Add(-1)
	p.node, p.pushed, p.password, p.problem = nil, false, secret.String{}, ""
}
