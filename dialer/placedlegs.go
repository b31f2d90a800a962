package dialer

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/history"
	"github.com/hasshin/hasshin/dialer/pacing"
	"github.com/hasshin/hasshin/dialer/trunk"
)

// What happens to a placed call until an agent has it.

// onLeg takes what Asterisk reports of a placed call.
func (d *pacer) onLeg(id string, l leg) {
	p := d.calls[id]
	switch {
	case p == nil:
		if c := d.e.callOf(id); c != nil { // it has been put to an agent meanwhile
			c.post(func() { c.onLeg(l) })
		}
	case p.stage == stagePutting:
		p.early = append(p.early, l)
	case l.kind == legCreated && p.stage == stageDialed && d.cfg.DetectsMachines():
		d.analyse(p)
	case l.kind == legCreated && p.stage == stageDialed:
		d.answered(p)
	case l.kind == legCreated && p.stage == stageAnalysing && len(l.args) > 2 && l.args[0] == "amd":
		d.judged(p, l.args[1], l.args[2])
	case l.kind == legDigit:
		d.pressed(p, l.text)
	case l.kind == legTalks || l.kind == legSilent:
		d.machineTalks(p, l.kind == legTalks)
	case l.kind == legRinging || l.kind == legProgress:
		d.rings(p, l.kind == legRinging)
	case l.kind == legUp && p.attempt.Answered.IsZero():
		p.attempt.Answered = time.Now()
	case l.kind == legGone:
		d.gone(p, l.sip, l.q850, l.text)
	}
}

// answered puts a contact who is there to the agent who has been ready for longest. Nothing comes before that.
func (d *pacer) answered(p *placed) {
	if d.cfg.Mode == campaign.ModeAgentless && p.pressed == "" {
		d.announce(p)
		return
	}
	if p.attempt.Answered.IsZero() {
		p.attempt.Answered = time.Now()
	}
	p.stage = stageWaiting
	d.waiting = append(d.waiting, p)
	d.serve()
	d.e.figuresChanged(d.id)
	d.awaitAgent(p)
	d.count(campaign.Answers{Live: 1})
	d.feed(pacing.Event{Kind: pacing.Live, Call: p.id})
}

// serve puts those who wait to agents who are ready: who answered first to who has been ready for longest.
func (d *pacer) serve() {
	for _, p := range slices.Clone(d.waiting) {
		if p.hanging {
			continue
		}
		if a := d.idlest(p); a != nil {
			d.put(p, a)
		}
	}
}

// idlest is the ready agent at the contact's node who has been so for longest, of those who count for this campaign if there are any, nil if there is none.
func (d *pacer) idlest(p *placed) *agentActor {
	var best *agentActor
	var since time.Time
	counts := false
	for a, m := range d.members {
		if m.state == agent.Ready && m.node == p.node && !m.promised && !p.refused[a] &&
			(best == nil || m.counts && !counts || m.counts == counts && m.since.Before(since)) {
			best, since, counts = a, m.since, m.counts
		}
	}
	return best
}

func (d *pacer) put(p *placed, a *agentActor) {
	d.waiting = slices.DeleteFunc(d.waiting, func(w *placed) bool { return w == p })
	p.stage, p.asked = stagePutting, a
	d.members[a].promised = true
	taken := a.now(func() {
		why := a.takeContact(d, p)
		d.post(func() { d.answeredBy(p, a, why) })
	})
	if !taken {
		d.post(func() { d.answeredBy(p, a, "is leaving") })
	}
}

// answeredBy takes an agent's answer: the agent has the contact, or cannot have it and why.
func (d *pacer) answeredBy(p *placed, a *agentActor, why string) {
	if m := d.members[a]; m != nil {
		m.promised = false
		if why == "" {
			m.state = agent.OnCall // its own word is on the way
		}
	}
	early := p.early
	p.asked, p.early = nil, nil
	if why == "" {
		d.forget(p)
		c := d.e.callOf(p.id)
		for _, l := range early {
			if c != nil {
				c.post(func() { c.onLeg(l) })
			}
		}
		d.feed(pacing.Event{Kind: pacing.Connected, Call: p.id, Agent: a.id})
		if m := d.members[a]; m != nil && !m.counts { // whose next contact is another campaign's
			d.feed(pacing.Event{Kind: pacing.AgentAway, Agent: a.id})
		}
		return
	}
	p.log.Info().Str("agent", a.id).Str("why", why).Msg("contact not taken")
	if p.refused == nil {
		p.refused = map[*agentActor]bool{}
	}
	p.refused[a] = true
	p.stage = stageWaiting
	d.wait(p)
	for _, l := range early {
		d.onLeg(p.id, l)
	}
	if d.ending && d.e.scribe.journal == nil && p.stage == stageWaiting {
		d.cut(p)
	}
	if d.ending || p.stage != stageWaiting {
		d.maybeOver()
		return
	}
	if p.late {
		d.unserved(p)
		return
	}
	d.serve()
	d.awaitAgent(p)
}

// awaitAgent lets a contact who is not being put to an agent wait for one, as long as the connect limit allows.
func (d *pacer) awaitAgent(p *placed) {
	if p.stage == stageWaiting {
		d.after(p, time.Until(latest(p.attempt.Answered, p.wanted).Add(d.limits.ConnectLimit)), func() { d.unserved(p) })
		d.save(p)
	}
}

// wait puts a contact among those who wait, who answered first first.
func (d *pacer) wait(p *placed) {
	d.waiting = append(d.waiting, p)
	slices.SortStableFunc(d.waiting, func(a, b *placed) int { return a.attempt.Answered.Compare(b.attempt.Answered) })
}

// messageLimit is how long an abandoned contact is on the line at most.
const messageLimit = time.Minute

// unserved abandons a contact who got no agent within the connect limit: the message is played, then the call hung up.
func (d *pacer) unserved(p *placed) {
	switch {
	case p.stage == stagePutting:
		p.late = true
		return
	case p.stage != stageWaiting || p.hanging:
		return
	}
	d.waiting = slices.DeleteFunc(d.waiting, func(w *placed) bool { return w == p })
	p.verdict, p.tried.GaveUp = call.Abandoned, time.Now()
	d.enter(p, stageTelling)
	d.count(campaign.Answers{Abandoned: 1})
	d.feed(pacing.Event{Kind: pacing.Abandoned, Call: p.id})
	message := d.cfg.Dialing.AbandonMessage
	if message == "" {
		d.hangUp(p)
		return
	}
	d.after(p, messageLimit, func() { d.hangUp(p) })
	d.play(p, message)
}

// play plays a message that ends the call.
func (d *pacer) play(p *placed, media string) {
	p.node.aside(func(ctx context.Context) {
		_, err := p.node.ari.Channels.Play(ctx, p.channel(), ari.Play{PlaybackID: messagePlayback(p.id), Media: []string{media}})
		if err == nil || errors.Is(err, ari.ErrNotFound) {
			return // PlaybackFinished or ChannelDestroyed tells the rest
		}
		p.log.Error().Err(err).Str("media", media).Msg("a message cannot be played")
		d.post(func() { d.told(p.id, "failed") })
	})
}

// told takes the end of a message, to an abandoned contact or for a machine.
func (d *pacer) told(id, state string) {
	p := d.calls[id]
	switch {
	case p == nil:
		return
	case p.stage == stageAnnouncing:
		d.announced(p, state)
		return
	case p.stage != stageTelling && p.stage != stageLeaving:
		return
	}
	switch {
	case state == "failed":
		p.log.Warn().Str("stage", string(p.stage)).Msg("a message was not played to its end: they hung up, or the sound is not installed on this Asterisk")
	case state == "done" && p.stage == stageLeaving && !p.hanging:
		p.verdict = call.MessageLeft
	}
	d.hangUp(p)
}

// hangUp ends a call, and stays at it until the channel is gone.
func (d *pacer) hangUp(p *placed) {
	p.hanging = true
	d.after(p, chaseEvery, func() { d.hangUp(p) })
	reason := ari.HangupNormal
	if p.stage == stageDialed && p.verdict == call.NoAnswer {
		reason = ari.HangupNoAnswer
	}
	p.node.aside(func(ctx context.Context) {
		err := p.node.ari.Channels.Hangup(ctx, p.channel(), reason)
		switch {
		case errors.Is(err, ari.ErrNotFound):
			d.post(func() {
				if d.calls[p.id] == p && p.stage != stagePutting {
					d.gone(p, 0, 0, "not there any more")
				}
			})
		case err != nil:
			p.log.Error().Err(err).Msg("a placed call cannot be hung up; it is tried again")
		}
	})
}

// gone ends a call whose channel is gone: the attempt gets its result, and the calling list is told.
func (d *pacer) gone(p *placed, sip, q850 int, text string) {
	if p.stage == stageEnded {
		return
	}
	d.e.legOver(p.channel(), trunk.Unknown) // for a leg that was never there, or whose end was not told
	live := p.stage != stageDialed
	cutOff := p.stage == stageAnalysing && !p.hanging
	if cutOff { // perhaps a person, who heard nobody
		p.verdict = call.Abandoned
		d.lose(p)
	}
	d.waiting = slices.DeleteFunc(d.waiting, func(w *placed) bool { return w == p })
	at := &p.attempt
	at.Ended, at.SIP, at.Q850 = time.Now(), sip, q850
	at.Result = call.ResultOf(live || !at.Answered.IsZero(), sip, q850)
	if p.verdict != "" && (live || sip == 0 || sip == statusTerminated) {
		at.Result = p.verdict
	}
	switch {
	case cutOff || p.stage == stageMachine && !p.hanging || p.stage == stageLeaving && !p.hanging:
		p.tried.HangUp = history.ByContact
	case p.hanging || p.verdict != "" && at.Result == p.verdict:
		p.tried.HangUp = history.ByServer
	case live:
		p.tried.HangUp = history.ByContact
	default:
		p.tried.HangUp = history.ByNetwork
	}
	p.log.Info().Str("result", string(at.Result)).Int("sip", sip).Int("q850", q850).Str("cause", describeCause(sip, q850, text)).Msg("attempt ended")
	if p.limit != nil {
		p.limit.Stop()
	}
	d.e.noteUnserved(d.history(p, "").Entries[0])
	d.e.noteAttempt(d.id, *at)
	d.enter(p, stageEnded)
	d.feed(pacing.Event{Kind: pacing.Ended, Call: p.id})
	d.judge(p)
	d.conclude(p)
}
