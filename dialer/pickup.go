package dialer

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/dialer/call"
)

// awaitPickup gives an outside number's leg the time to ring that the campaign allows, from when it was dialed, and hangs it up then.
//
// Asterisk could do it, were it not for a fault of 22.10: it looks at the timeout of a channel that was dialed with one each time the channel was
// put into a bridge, whether the channel has left the bridge again by then or not (set_interval_hook in res/stasis/control.c), and crashes, all
// calls with it, or goes on with a thread that waits for ever.
func (c *callActor) awaitPickup(p *party) {
	if p.dialed.IsZero() {
		p.dialed = time.Now()
	}
	p.timer = time.AfterFunc(max(time.Until(p.dialed.Add(c.cfg.RingTimeout)), 0), func() { c.post(func() { c.notPickedUp(p) }) })
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
