package dialer

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/dialer/call"
)

// What is done to a leg where it is: digits, muting, and sending it out of our hands.

// validDigits tells whether DTMF can carry them (ITU-T Q.23); w and W pause half a second and a second.
func validDigits(digits string) bool {
	return digits != "" && len(digits) <= 64 && strings.Trim(digits, "0123456789*#ABCDabcdwW") == ""
}

func (h *hand) dtmf(p *party, digits string, done func(error)) {
	c, channel := h.c, p.channel
	h.turn(requestTimeout, func(ctx context.Context) {
		err := c.node.ari.Channels.SendDTMF(ctx, channel, ari.DTMF{Digits: digits})
		c.post(func() { done(err) })
	})
}

func (h *hand) mute(p *party, mute bool, done func(error)) {
	c, channel := h.c, p.channel
	h.turn(requestTimeout, func(ctx context.Context) {
		var err error
		if mute {
			err = c.node.ari.Channels.Mute(ctx, channel, "in")
		} else {
			err = c.node.ari.Channels.Unmute(ctx, channel, "in")
		}
		c.post(func() { done(err) })
	})
}

// noteDigits attaches digits to the case data under a key; without a key they are not kept.
func (c *callActor) noteDigits(key, digits string) {
	if key == "" {
		return
	}
	if c.e.cfg.DTMF.Mask {
		digits = strings.Repeat("*", len(digits))
	}
	if c.digits == nil {
		c.digits = map[string]string{}
	}
	c.digits[key] += digits
}

// received notes a digit that a party pressed.
func (c *callActor) received(p *party, digit string) {
	if p != c.contact {
		return
	}
	c.noteDigits(c.e.cfg.DTMF.ReceivedKey, digit)
	c.changed()
}

// transferContext is the dialplan helper that sends a REFER and comes back with its outcome.
const transferContext = "hasshin-transfer"

// refer lets go of the contact: to the network by REFER, or to a queue in the dialplan.
func (h *hand) refer(p *party, to Target) {
	c, channel := h.c, p.channel
	h.turn(2*requestTimeout, func(ctx context.Context) {
		var err error
		if to.Kind == TargetQueue {
			if err = h.enqueue(ctx, channel, to.ID); err == nil {
				c.post(func() { c.released(channel) })
				return
			}
		} else {
			err = h.sendRefer(ctx, channel, to.Number)
		}
		if err == nil || errors.Is(err, ari.ErrNotFound) {
			return
		}
		c.log.Warn().Err(err).Msg("the contact cannot be sent on")
		c.post(func() {
			c.problem = describe(err)
			c.step(call.NotReferred)
		})
	})
}

// enqueue sends a channel into the dialplan. One that is sent to a place that does not exist would be hung up, so it asks first.
func (h *hand) enqueue(ctx context.Context, channel, name string) error {
	q := h.c.e.cfg.Queues[name]
	exists, err := h.c.node.ari.Channels.Variable(ctx, channel, fmt.Sprintf("DIALPLAN_EXISTS(%s,%s,1)", q.Context, q.Extension))
	if err != nil {
		return err
	}
	if exists != "1" {
		return fmt.Errorf("the dialplan has no extension %s in context %s for queue %s", q.Extension, q.Context, name)
	}
	return h.c.node.ari.Channels.Continue(ctx, channel, ari.Continue{Context: q.Context, Extension: q.Extension, Priority: 1})
}

func (h *hand) sendRefer(ctx context.Context, channel, number string) error {
	c := h.c
	trunk := c.e.cfg.Trunks[c.cfg.Trunk]
	vars := [][2]string{
		{"HASSHIN_TRANSFER_TO", fmt.Sprintf("sip:%s@%s", number, trunk.Refer)},
		{"HASSHIN_APP", c.node.cfg.App},
	}
	for _, v := range vars {
		if err := c.node.ari.Channels.SetVariable(ctx, channel, v[0], v[1]); err != nil {
			return err
		}
	}
	return c.node.ari.Channels.Continue(ctx, channel, ari.Continue{Context: transferContext, Extension: "s", Priority: 1})
}

// referred takes the outcome of a REFER: SUCCESS, FAILURE or UNSUPPORTED, and the SIP status.
func (c *callActor) referred(p *party, outcome []string) {
	p.place = call.Nowhere
	c.log.Info().Strs("outcome", outcome).Msg("REFER answered")
	if p.leaving {
		return // ended meanwhile: its leg is being hung up
	}
	if len(outcome) > 0 && outcome[0] == "SUCCESS" {
		c.step(call.Referred)
		return
	}
	c.problem = "the network refused to transfer: " + strings.Join(outcome, " ")
	c.step(call.NotReferred)
}

// released takes leave of a contact that went into the dialplan: the call is over for its agent, not for the contact.
func (c *callActor) released(channel string) {
	p := c.byChannel(channel)
	if p == nil || c.state != call.Referring {
		return
	}
	c.remove(p)
	if at := c.attempt(); at != nil && at.Ended.IsZero() {
		at.Ended, at.Result = time.Now(), call.Answered
		c.result, c.cause = at.Result, "transferred to queue "+c.wish.target.ID
	}
	c.step(call.Alone)
}
