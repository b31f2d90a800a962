package dialer

import (
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// How long an agent may take to answer what is put to them, and how that is told.

// reasonUnanswered is the not-ready reason of an agent who did not answer a preview in time.
const reasonUnanswered = "no-answer"

// answerLimit is how long the agent may take to answer the preview; 0 is for ever. A callback has a limit of its own: its contact was promised a
// call at that time.
func (c *callActor) answerLimit() time.Duration {
	if c.promise != nil {
		return c.e.cfg.CallbackOfferTimeout
	}
	return c.cfg.PreviewTimeout
}

// awaitAnswer takes a preview back from an agent who does not answer it. The time begins anew when another process has taken the call up.
func (c *callActor) awaitAnswer() {
	limit := c.answerLimit()
	if limit == 0 || c.state != call.Previewing {
		return
	}
	c.answerBy = time.Now().Add(limit)
	c.unheard = time.AfterFunc(limit, func() {
		c.post(func() {
			if c.state != call.Previewing {
				return
			}
			c.log.Warn().Str("agent", c.owner.id).Msg("a preview was not answered")
			c.givenBack, c.reason, c.keepGoing = campaign.EndedUnanswered, "did not answer the offer", false
			owner := c.owner
			owner.post(func() { owner.after = restored{agent.NotReady, reasonUnanswered} })
			c.step(call.Reject)
		})
	})
}

// awaitPart takes an offer back from a colleague who does not answer it.
func (c *callActor) awaitPart(p *party) {
	a, limit := p.agent, c.e.cfg.OfferTimeout
	if pt := c.parts[a.id]; pt != nil {
		pt.answerBy = time.Now().Add(limit)
	}
	p.timer = time.AfterFunc(limit, func() {
		c.post(func() { c.rejected(a, "did not answer the offer") })
	})
}

// answerByView is until when an offer can be answered, as agents see it: not at all where they are to see no countdown.
func (e *Engine) answerByView(at time.Time) *time.Time {
	if !e.cfg.OfferCountdown {
		return nil
	}
	return moment(at)
}
