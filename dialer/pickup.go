package dialer

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/dialer/call"
)

// awaitPickup gives an outside number's leg the time that the campaign allows until it rings, and then for ringing, and hangs it up after that.
//
// Asterisk could do it, were it not for a fault of 22.10: it looks at the timeout of a channel that was dialed with one each time the channel was
// put into a bridge, whether the channel has left the bridge again by then or not (set_interval_hook in res/stasis/control.c), and crashes, all
// calls with it, or goes on with a thread that waits for ever.
func (c *callActor) awaitPickup(p *party) {
	if p.dialed.IsZero() {
		p.dialed = time.Now()
	}
	until := p.dialed.Add(c.cfg.SetupTimeout)
	if !p.rang.IsZero() {
		until = p.rang.Add(c.cfg.RingTimeout)
	}
	p.stopTimer()
	p.timer = time.AfterFunc(max(time.Until(until), 0), func() { c.post(func() { c.notPickedUp(p) }) })
}

// rings notes that a leg rings: the network is heard (183), or the phone is alerted (180), from when the time counts anew.
func (c *callActor) rings(p *party, alerts bool) {
	first := p.phase == dialing || p.phase == created
	if !first && (p.phase != ringing || p.alerts || !alerts) {
		return
	}
	p.phase, p.rang, p.alerts = ringing, time.Now(), alerts
	if p.agent == nil && !p.leaving {
		c.awaitPickup(p)
	}
	if p == c.contact {
		t := c.try()
		t.Rang, t.Alerts = p.rang, alerts
	}
	if p != c.contact || !c.step(call.ContactRinging) {
		c.changed()
	}
}

// notPickedUp ends a leg that has rung for long enough. Its end comes as if Asterisk had given up: it was not sent away.
func (c *callActor) notPickedUp(p *party) {
	channel := p.channel
	if c.byChannel(channel) != p || p.leaving || p.phase != dialing && p.phase != ringing {
		return
	}
	if p == c.contact {
		c.verdict = cmp.Or(c.verdict, call.NoAnswer)
	}
	c.hand.atOnce(requestTimeout, func(ctx context.Context) {
		err := c.node.ari.Channels.Hangup(ctx, channel, ari.HangupNoAnswer)
		switch {
		case errors.Is(err, ari.ErrNotFound):
			c.hand.checkOne(channel) // in case its end was missed
		case err != nil:
			c.log.Warn().Err(err).Str("channel", channel).Msg("a leg that is not answered cannot be hung up; it is tried again")
			time.AfterFunc(moveAgain, func() { c.post(func() { c.notPickedUp(p) }) })
		}
	})
}
