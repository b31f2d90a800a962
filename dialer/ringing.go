package dialer

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/dialer/call"
)

// How long a call that was placed without an agent may be unanswered. The law wants a phone to ring for a while before it is given up (47 CFR
// 64.1200(a)(6): 15 seconds or four rings), so the time counts from the first ringing, not from the dialing. Asterisk's own timeout counts from the
// dialing: it is for calls that no process of ours looks after any more.

// awaitPickup sets when a call is given up: some time after it began to ring or, as long as nothing is heard of that, after it was dialed.
func (d *pacer) awaitPickup(p *placed) {
	until := p.attempt.Dialed.Add(d.cfg.SetupTimeout)
	if !p.tried.Rang.IsZero() {
		until = p.tried.Rang.Add(d.cfg.RingTimeout)
	}
	d.after(p, time.Until(until), func() { d.notPickedUp(p) })
}

// rings notes that a call rings. What the network lets be heard before (183) may be ringing or not: it counts as such until the phone is known to
// be alerted (180), and then the time begins anew.
func (d *pacer) rings(p *placed, alerts bool) {
	if p.stage != stageDialed || p.tried.Alerts || !alerts && !p.tried.Rang.IsZero() {
		return
	}
	p.tried.Rang, p.tried.Alerts = time.Now(), alerts
	d.e.figuresChanged(d.id)
	if !p.hanging {
		d.awaitPickup(p)
	}
	d.save(p)
}

// missed takes what became of a call while nobody heard of it. Since when it rings nobody knows: it may have begun this moment.
func (d *pacer) missed(p *placed, ch ari.Channel) {
	switch {
	case ch.State == "Up":
		d.answered(p)
	case ch.State == "Ringing":
		d.rings(p, true)
	case p.tried.Rang.IsZero() && !p.hanging:
		until := latest(p.attempt.Dialed.Add(d.cfg.SetupTimeout), time.Now().Add(d.cfg.RingTimeout)) // the network may be heard since
		d.after(p, time.Until(until), func() { d.notPickedUp(p) })
	}
}

// notPickedUp gives up a call that nobody has answered in time. Before one is given up of which no ringing was heard Asterisk is asked: what it told
// may have been lost with the connection.
func (d *pacer) notPickedUp(p *placed) {
	switch {
	case p.stage != stageDialed:
	case p.tried.Alerts:
		d.giveUpOn(p)
	default:
		d.after(p, requestTimeout+dialGrace, func() { d.notPickedUp(p) }) // if nothing comes of this
		p.node.aside(func(ctx context.Context) {
			ch, err := p.node.ari.Channels.Get(ctx, p.channel())
			d.post(func() {
				switch {
				case d.calls[p.id] != p || p.stage != stageDialed:
				case err == nil && ch.State == "Ringing" && !p.tried.Alerts:
					d.rings(p, true)
				case err == nil && ch.State == "Up": // its StasisStart is on the way
				case err == nil || errors.Is(err, ari.ErrNotFound):
					d.giveUpOn(p)
				default:
					p.log.Warn().Err(err).Msg("Asterisk does not tell how a call is; it is asked again")
				}
			})
		})
	}
}

func (d *pacer) giveUpOn(p *placed) {
	if p.tried.Rang.IsZero() {
		p.log.Warn().Dur("after", time.Since(p.attempt.Dialed)).Msg("a call does not ring; it is given up")
	}
	p.verdict = cmp.Or(p.verdict, call.NoAnswer)
	d.hangUp(p)
}
