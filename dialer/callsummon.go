package dialer

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/trunk"
)

// What a call does while an agent without a nailed-up leg is being rung for it.

// restPhone says that the owner's phone is not needed any more.
func (c *callActor) restPhone() {
	owner := c.owner
	owner.post(func() { owner.phone.rest(c) })
}

// summoned takes what became of the owner's phone. Ringing it may have taken a while: a number that has come onto the do-not-call list since the
// agent accepted is not dialed, nor one that may not be dialed any more at this time.
func (c *callActor) summoned(event agentEvent, why string) {
	if event != agentBack {
		c.problem = cmp.Or(why, "the phone was hung up")
		c.step(event)
		return
	}
	since, number, record, attempt := c.since, c.number, c.record.Clone(), c.nextAttempt()
	c.hand.turn(storeTimeout+requestTimeout, func(ctx context.Context) {
		onList, err := c.e.blocks(ctx, c.campaignID, record)
		markBlocked(record, onList)
		if err == nil && slices.Contains(dialable(record), number) {
			leg := callChannel(c.id, legContact)
			if err = c.e.channelForAgent(ctx, c.cfg.Trunk, leg); err == nil {
				if err = c.e.clearToDial(ctx, c.campaignID, c.owner.id, record, number, attempt); err != nil {
					c.e.legOver(leg, trunk.Unknown)
				}
			}
		}
		c.post(func() {
			if c.state == call.Summoning && c.since.Equal(since) {
				c.cleared(onList, err)
			}
		})
	})
}

// cleared dials the contact, or says why not.
func (c *callActor) cleared(onList campaign.Blocks, err error) {
	_, blocked := onList.Numbers[c.number]
	blocked = blocked || onList.Customer != nil
	var refused *Error
	switch {
	case errors.As(err, &refused) && (refused.Code == CodeNotNow || refused.Code == CodeTrunkFull):
		c.problem = refused.Message
	case err != nil:
		c.log.Error().Err(err).Msg("the do-not-call list cannot be read")
		c.problem = "the do-not-call list cannot be read now"
	case blocked:
		markBlocked(c.record, onList)
		c.problem = c.number + " is on the do-not-call list"
	default:
		c.away = ""
		c.step(call.AgentBack)
		return
	}
	c.step(call.AgentLost)
}

// summonPart rings the phone of an agent who has accepted an offer. The offer is theirs until it is answered, or is not.
func (c *callActor) summonPart(pt *part) {
	a, p := pt.agent, c.target
	p.stopTimer()
	p.timer = time.AfterFunc(a.cfg.Phone.RingTimeout+dialGrace, func() {
		c.post(func() {
			if c.target == p && c.summonedPart(p) {
				c.rejected(a, "cannot be reached: the phone was not answered")
			}
		})
	})
	pt.role, pt.since = roleSummon, time.Now()
	a.post(func() { a.phone.summon(c) })
	c.changed()
}

// summonedPart tells whether a party is a colleague whose phone is being rung.
func (c *callActor) summonedPart(p *party) bool {
	pt := c.parts[p.agent.id]
	return pt != nil && pt.role == roleSummon
}
