package dialer

import (
	"context"
	"errors"
	"sync"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/internal/queue"
)

// hand carries out a call's actions, in order, so that the call's own goroutine stays free to see what happens meanwhile. A hang-up does not
// wait its turn: a request before it may hang for as long as Asterisk pleases.
type hand struct {
	c     *callActor
	queue *queue.Queue[func()]
	work  sync.WaitGroup
}

func (h *hand) init(c *callActor) {
	h.c, h.queue = c, queue.New[func()]()
	h.work.Go(func() {
		for {
			fn, err := h.queue.Next(context.Background())
			if err != nil {
				return
			}
			fn()
		}
	})
}

// close lets what is queued be finished, and ends the hand. It does not wait: the call's goroutine may be what the hand reports to.
func (h *hand) close() { h.queue.Close() }

// report takes what came of an action back to the call.
func (h *hand) report(event call.Event) { h.c.post(func() { h.c.step(event) }) }

func (h *hand) do(action call.Action) {
	c := h.c
	switch action {
	case call.CreateContact:
		number := c.attempt().Number
		h.queue.Put(func() { h.create(number) })
	case call.JoinContact:
		h.queue.Put(func() { h.move(boothBridge(c.agent.id)) })
	case call.HoldContact:
		h.queue.Put(func() { h.move(holdBridge(c.node.cfg.Name)) })
	case call.DialContact:
		h.queue.Put(h.dial)
	case call.HangUpContact:
		h.work.Go(h.hangUp)
	case call.CheckContact:
		h.work.Go(h.check)
	case call.ReturnRecord:
		ending := campaign.EndedRejected
		if !c.keepGoing {
			ending = campaign.EndedCancelled
		}
		h.queue.Put(func() { h.returnRecord(ending) })
	case call.CloseRecord:
		outcome := campaign.Outcome{Attempts: c.attempts, Disposition: c.disposition, Notes: c.note}
		h.queue.Put(func() { h.closeRecord(outcome) })
	case call.ToneConnected, call.ToneHeld, call.ToneRetrieved, call.ToneEnded:
		c.agent.post(func() { c.agent.playTone(toneOf[action]) })
	}
}

// create makes the contact's channel, not yet dialed.
func (h *hand) create(number string) {
	c := h.c
	trunk := c.e.cfg.Trunks[c.cfg.Trunk]
	caller := c.cfg.CallerID
	if caller == "" {
		caller = trunk.CallerID
	}
	vars := map[string]string{}
	if caller != "" {
		// A created channel takes its caller id from variables: what it presents to the far end is its connected line.
		vars["CALLERID(all)"] = caller
		vars["CONNECTEDLINE(all,i)"] = caller
	}
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	_, err := c.node.ari.Channels.Create(ctx, ari.CreateChannel{
		Endpoint: trunk.DialString(number), App: c.node.cfg.App, AppArgs: []string{"call", c.id}, ChannelID: contactChannel(c.id), Variables: vars,
	})
	if err == nil || errors.Is(err, ari.ErrExists) { // an earlier try of the same request worked
		return
	}
	c.log.Error().Err(err).Str("trunk", c.cfg.Trunk).Msg("the contact's channel cannot be created")
	c.post(func() {
		c.verdict = call.Failed
		c.contactGone(0, 0, describe(err))
	})
}

func (h *hand) move(bridge string) {
	c := h.c
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	err := c.node.ari.Bridges.AddChannel(ctx, bridge, ari.AddChannel{Channels: []string{contactChannel(c.id)}})
	h.refused(err, "the contact cannot be put into the bridge")
}

func (h *hand) dial() {
	c := h.c
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	err := c.node.ari.Channels.Dial(ctx, contactChannel(c.id), ari.DialOptions{Timeout: c.cfg.RingTimeout})
	h.refused(err, "the contact cannot be dialed")
}

// refused reports a request that Asterisk refused. A channel that is gone tells of it by its own event.
func (h *hand) refused(err error, what string) {
	c := h.c
	if err == nil || errors.Is(err, ari.ErrNotFound) || errors.Is(err, ari.ErrBadRequest) { // 400: addChannel's word for not found
		return
	}
	c.log.Error().Err(err).Msg(what)
	c.post(func() {
		if c.verdict == "" {
			c.verdict = call.Failed
		}
		c.step(call.Refused)
	})
}

func (h *hand) hangUp() {
	c := h.c
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	err := c.node.ari.Channels.Hangup(ctx, contactChannel(c.id), ari.HangupNormal)
	if err != nil && !errors.Is(err, ari.ErrNotFound) {
		c.log.Error().Err(err).Msg("the contact cannot be hung up; it is tried again")
	}
}

// check asks whether the contact's channel still exists, in case its end was missed.
func (h *hand) check() {
	c := h.c
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	if _, err := c.node.ari.Channels.Get(ctx, contactChannel(c.id)); errors.Is(err, ari.ErrNotFound) {
		c.post(func() { c.contactGone(0, 0, "not there any more") })
	}
}

func (h *hand) returnRecord(ending campaign.Ending) {
	c := h.c
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	err := c.e.store.Return(ctx, c.campaignID, c.record.ID, c.token, ending)
	switch {
	case err == nil, errors.Is(err, campaign.ErrLeaseLost): // lost: it is back in the list already
		h.report(call.RecordReturned)
	default:
		c.post(func() { c.storeFailed(err) })
	}
}

func (h *hand) closeRecord(outcome campaign.Outcome) {
	c := h.c
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	if err := c.e.store.Close(ctx, c.campaignID, c.record.ID, c.token, outcome); err != nil {
		c.post(func() { c.storeFailed(err) })
		return
	}
	c.log.Info().Str("record", c.record.ID).Str("disposition", outcome.Disposition).Msg("record closed")
	h.report(call.RecordClosed)
}

// renew keeps the record's lease alive.
func (h *hand) renew() {
	c := h.c
	h.work.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
		defer cancel()
		until, err := c.e.store.Renew(ctx, c.campaignID, c.record.ID, c.token, c.e.cfg.RecordLease)
		if err != nil {
			c.log.Warn().Err(err).Msg("the record's lease cannot be renewed")
			return
		}
		c.log.Debug().Time("until", until).Msg("lease renewed")
	})
}

// toneOf names the event whose tone an action plays.
var toneOf = map[call.Action]string{
	call.ToneConnected: "connected", call.ToneHeld: "held", call.ToneRetrieved: "retrieved", call.ToneEnded: "ended",
}
