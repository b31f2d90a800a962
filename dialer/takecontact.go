package dialer

import (
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// takeContact gives the agent a contact who has just answered. It answers why the agent cannot have the contact, or "". The first thing that
// happens is the request that brings the two together; everything else follows.
func (a *agentActor) takeContact(d *pacer, p *placed) string {
	switch {
	case a.e.stopping():
		return "cannot have it: the server is stopping"
	case a.call != nil || a.fetching || a.state.Busy():
		return "is busy"
	case a.state != agent.Ready:
		return "is not ready"
	case a.phone.state != agent.PhoneConnected || len(a.phone.leaving) > 0:
		return "has no phone connected"
	case a.phone.node != p.node:
		return "is on another Asterisk"
	}
	c := newConnectedCall(a, d, p)
	a.e.addCall(c)
	c.hand.move(p.channel(), boothBridge(a.id), false)
	c.post(c.beginConnected)
	a.after = restored{agent.Ready, ""}
	a.call = c
	a.gave(d.id)
	c.hand.begin()
	a.enter(agent.OnCall, "")
	return ""
}

// newConnectedCall is a call that begins with a contact on the line, on the way into the agent's booth.
func newConnectedCall(a *agentActor, d *pacer, p *placed) *callActor {
	at := p.attempt
	at.Agent = a.id
	c := &callActor{
		actor: newActor(), e: a.e, owner: a, node: p.node, id: p.id, campaignID: d.id, cfg: d.cfg, record: p.record, token: p.token,
		log:   a.e.log.With().Str("call", p.id).Str("campaign", d.id).Logger(),
		state: call.Talking, since: time.Now(), keepGoing: true, parts: map[string]*part{},
		number: at.Number, attempts: []campaign.Attempt{at}, tones: []string{toneOf[call.ToneConnected]},
	}
	c.contact = &party{
		id: legContact, channel: p.channel(), target: Target{Kind: TargetContact, Name: p.record.Name, Number: at.Number}, phase: up, moving: call.Booth,
	}
	c.past = chronicle{Created: at.Dialed, Mode: p.mode, Attempts: []tried{p.tried}}
	c.past.handed(a.id, a.waited())
	c.live.Store(true)
	c.hand.init(c)
	c.recorder.c = c
	return c
}

// beginConnected is the first thing that such a call does.
func (c *callActor) beginConnected() {
	c.renewLater()
	c.watch()
	wait := time.Since(c.attempt().Answered)
	c.log.Info().Str("agent", c.owner.id).Str("record", c.record.ID).Dur("after", wait).Msg("contact put to an agent")
	c.changed()
	c.settle()
}
