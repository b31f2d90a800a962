package dialer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/trunk"
	"github.com/hasshin/hasshin/internal/queue"
)

// hand carries out a call's requests, in order, so that the call's own goroutine stays free to see what happens meanwhile. A hang-up does
// not wait its turn: a request before it may hang for as long as Asterisk pleases.
type hand struct {
	c     *callActor
	queue *queue.Queue[func()]
	work  sync.WaitGroup
}

func (h *hand) init(c *callActor) { h.c, h.queue = c, queue.New[func()]() }

// begin lets the hand do what is queued, from now on. What has been queued already somebody may be waiting for, as a contact for a voice, so the caller
// lets it go first: behind whatever else the process has to do it would take milliseconds on a busy machine.
func (h *hand) begin() {
	h.work.Go(func() {
		for {
			fn, err := h.queue.Next(context.Background())
			if err != nil {
				return
			}
			fn()
		}
	})
	runtime.Gosched()
}

// close lets what is queued be finished, and ends the hand. It does not wait: the call's goroutine may be what the hand reports to.
func (h *hand) close() { h.queue.Close() }

// turn queues a request with a deadline. It answers false if the hand is closed: the request is never made.
func (h *hand) turn(limit time.Duration, request func(ctx context.Context)) bool {
	return h.queue.Put(func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		request(ctx)
	}) > 0
}

// atOnce does a request beside the queue.
func (h *hand) atOnce(limit time.Duration, request func(ctx context.Context)) {
	h.work.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		request(ctx)
	})
}

// create makes the channel of a party, not yet dialed.
func (h *hand) create(p *party, number string) {
	c := h.c
	via := c.e.cfg.Trunks[c.cfg.Trunk]
	channel, booth, first, seen := p.channel, c.owner.id, p == c.contact, seenBy(c.record, c.attempts...)
	h.turn(requestTimeout, func(ctx context.Context) {
		if err := c.e.channelForAgent(ctx, c.cfg.Trunk, channel); err != nil {
			c.log.Warn().Err(err).Str("trunk", c.cfg.Trunk).Msg("no channel for a leg")
			h.failed(channel, err)
			return
		}
		c.node.tone.hushNow(ctx, booth)
		if first {
			if err := c.node.awaitClear(ctx, booth); err != nil {
				c.log.Error().Err(err).Msg("the contact is not dialed")
				h.failed(channel, err)
				return
			}
		}
		caller := ""
		if first {
			caller = c.chooseCaller(ctx, number, seen)
		}
		vars := map[string]string{}
		if caller = c.e.presented(c.campaignID, caller); caller != "" {
			// A created channel takes its caller id from variables: what it presents to the far end is its connected line.
			vars["CALLERID(all)"] = caller
			vars["CONNECTEDLINE(all,i)"] = caller
		}
		_, err := c.node.ari.Channels.Create(ctx, ari.CreateChannel{
			Endpoint: via.DialString(number), App: c.node.cfg.App, AppArgs: []string{"call", c.id}, ChannelID: channel, Variables: vars,
		})
		if err == nil || errors.Is(err, ari.ErrExists) { // an earlier try of the same request worked
			c.e.legPlaced(channel, c.node)
			return
		}
		c.log.Error().Err(err).Str("trunk", c.cfg.Trunk).Msg("a channel cannot be created")
		h.failed(channel, err)
	})
}

// clearPause is between two looks at a booth.
const clearPause = 50 * time.Millisecond

// awaitClear waits until nobody but its agent is in a booth. Somebody of the call before may be on the way out, behind digits that are
// still being sent, and would hear the next contact.
func (n *node) awaitClear(ctx context.Context, agentID string) error {
	for {
		b, err := n.ari.Bridges.Get(ctx, boothBridge(agentID))
		if errors.Is(err, ari.ErrNotFound) { // the phone is gone; its end is told
			return nil
		}
		var others []string
		if err == nil {
			others = slices.DeleteFunc(b.Channels, func(id string) bool { // what plays a sound to the booth may be listed, too
				prefix, name := owner(id)
				return prefix != prefixCall && (prefix != prefixAgent || name == agentID)
			})
			if len(others) == 0 {
				return nil
			}
		}
		select {
		case <-time.After(clearPause):
		case <-ctx.Done():
			return fmt.Errorf("the booth is not clear: %v is in it: %w", others, cmp.Or(err, ctx.Err()))
		}
	}
}

// failed reports a leg that could not be made.
func (h *hand) failed(channel string, err error) {
	c := h.c
	c.e.legOver(channel, trunk.Unknown)
	c.post(func() {
		if p := c.byChannel(channel); p != nil {
			if p == c.contact {
				c.verdict = call.Failed
			}
			c.lost(p, 0, 0, describe(err))
		}
	})
}

// A refused move is tried again after moveAgain, in all moveTries times; then the leg is given up.
const (
	moveTries = 3
	moveAgain = 200 * time.Millisecond
)

// move puts a channel into a bridge. ChannelEnteredBridge tells when it is there.
func (h *hand) move(channel, bridge string, make bool) {
	c := h.c
	stays := func() {}
	if agentID, booth := strings.CutPrefix(bridge, prefixBooth); booth {
		if c.node.booths.entered(bridge, channel) { // from here on no tone begins that takes the agent away
			stays = func() { c.node.booths.left(bridge, channel) }
		}
		c.node.tone.hush(agentID) // somebody comes whom the agent is to hear
	}
	asked := h.turn(requestTimeout, func(ctx context.Context) {
		var err error
		if make {
			_, err = c.node.ari.Bridges.Create(ctx, ari.CreateBridge{ID: bridge, Type: c.node.cfg.talkBridge(), Name: "call " + c.id})
			if errors.Is(err, ari.ErrExists) {
				err = nil
			}
		}
		if err == nil {
			err = c.node.ari.Bridges.AddChannel(ctx, bridge, ari.AddChannel{Channels: []string{channel}})
		}
		if err != nil {
			stays()
		}
		if err == nil || errors.Is(err, ari.ErrNotFound) || errors.Is(err, ari.ErrBadRequest) { // 400: addChannel's word for not found
			return // its own event tells the rest
		}
		c.log.Info().Err(err).Str("channel", channel).Str("bridge", bridge).Msg("a leg was not moved") // it may be just going
		c.post(func() { c.moveRefused(channel, err) })
	})
	if !asked {
		stays()
	}
}

// bringHome puts a colleague's leg back into the colleague's own booth, after whatever was asked for it before.
func (h *hand) bringHome(a *agentActor, channel string) {
	n := h.c.node
	h.turn(requestTimeout, func(context.Context) { n.bringHome(a.id, channel) })
}

// moveRefused tries again after a while; a leg that cannot be moved at all is hung up rather than left where it may overhear.
func (c *callActor) moveRefused(channel string, err error) {
	p := c.byChannel(channel)
	if p == nil || p.moving == "" {
		return
	}
	p.moving = ""
	p.tries++
	if p.tries >= moveTries {
		c.log.Error().Err(err).Str("channel", channel).Msg("a leg cannot be moved and is hung up")
		c.failure = &Error{Code: CodeRequestRefused, Message: "Asterisk cannot move a leg of the call: " + describe(err), Err: err}
		c.hand.hangUp(p)
		return
	}
	time.AfterFunc(moveAgain, func() { c.post(c.settle) })
}

func (h *hand) dial(p *party) {
	c := h.c
	channel := p.channel
	h.turn(requestTimeout, func(ctx context.Context) {
		err := c.node.ari.Channels.Dial(ctx, channel, ari.DialOptions{}) // no timeout: see awaitPickup
		if err == nil || errors.Is(err, ari.ErrNotFound) {
			return
		}
		c.post(func() {
			if p := c.byChannel(channel); p != nil && !p.leaving { // one that is being hung up cannot be dialed, of course
				c.log.Error().Err(err).Str("channel", channel).Msg("a leg cannot be dialed")
				if p == c.contact && c.verdict == "" {
					c.verdict = call.Failed
				}
				c.hand.hangUp(p)
			}
		})
	})
}

// The end of a leg that was hung up may take chaseFirst to be told. Then it is looked for and hung up once more, and again every chaseEvery.
const (
	chaseFirst = time.Second
	chaseEvery = 3 * time.Second
)

// hangUp ends a party's leg, and stays at it until the leg is gone: the request may be refused, the event that tells of the end be lost.
func (h *hand) hangUp(p *party) {
	c, channel := h.c, p.channel
	p.leaving = true
	h.atOnce(requestTimeout, func(ctx context.Context) {
		err := c.node.ari.Channels.Hangup(ctx, channel, ari.HangupNormal)
		if err != nil && !errors.Is(err, ari.ErrNotFound) {
			c.post(func() {
				level := zerolog.DebugLevel // which is enough for the next tries: an Asterisk that is down would fill the log
				if !p.stuck {
					p.stuck, level = true, zerolog.ErrorLevel
				}
				c.log.WithLevel(level).Err(err).Str("channel", channel).Msg("a leg cannot be hung up; it is tried again and again")
				if c.byChannel(channel) == p {
					p.chase.Reset(moveAgain)
				}
			})
		}
	})
	pause := chaseFirst
	if p.chase != nil {
		p.chase.Stop()
		pause = chaseEvery
	}
	p.chase = time.AfterFunc(pause, func() {
		c.post(func() {
			if c.byChannel(channel) == p {
				h.checkOne(channel)
				h.hangUp(p)
			}
		})
	})
}

// check asks which of the legs still exist, in case the end of one was missed.
func (h *hand) check() {
	c := h.c
	for _, p := range slices.Concat(c.everybody(), c.parting) {
		if p.channel != "" {
			h.checkOne(p.channel)
		}
	}
}

func (h *hand) checkOne(channel string) {
	c := h.c
	h.atOnce(requestTimeout, func(ctx context.Context) {
		if _, err := c.node.ari.Channels.Get(ctx, channel); errors.Is(err, ari.ErrNotFound) {
			c.post(func() {
				if p := c.byChannel(channel); p != nil {
					c.log.Info().Str("channel", channel).Msg("a leg is gone, and its end was not told")
					c.lost(p, 0, 0, "not there any more")
				}
			})
		}
	})
}

func (h *hand) returnRecord() {
	c := h.c
	ending := campaign.EndedRejected
	if !c.keepGoing {
		ending = campaign.EndedCancelled
	}
	ending = cmp.Or(c.givenBack, ending)
	why, promise := c.reason, c.promise
	log := c.history(ending, "")
	h.turn(storeTimeout, func(ctx context.Context) {
		err := c.e.store.GiveBack(ctx, c.campaignID, c.record.ID, c.token, campaign.Giving{Ending: ending, Why: why, History: log})
		if errors.Is(err, campaign.ErrLeaseLost) {
			if kept := c.e.appendHistory(ctx, c.campaignID, log); kept != nil {
				err = kept
			}
		}
		switch {
		case err == nil, errors.Is(err, campaign.ErrLeaseLost): // lost: it is back in the list already
			if promise != nil {
				c.e.aside(func() { c.e.offerAgain(promise) })
			}
			c.post(func() { c.step(call.RecordReturned) })
		default:
			c.post(func() { c.storeFailed(err) })
		}
	})
}

func (h *hand) closeRecord() {
	c := h.c
	fields := maps.Clone(c.fields)
	for key, digits := range c.digits {
		if fields == nil {
			fields = map[string]string{}
		}
		fields[key] = digits
	}
	outcome := campaign.Outcome{Attempts: slices.Clone(c.attempts), Disposition: c.disposition, Notes: c.note, Fields: fields}
	outcome.Promise, outcome.Numbers = c.promised()
	outcome.Kept = c.keptBy()
	var reached []string
	if at := c.attempt(); at != nil && at.Result == call.Answered {
		reached = numbersOf(c.record)
	}
	var block []string
	if choice, _ := c.cfg.Choice(c.disposition); choice.DoNotCall {
		block = numbersOf(c.record)
	}
	promised := ""
	if outcome.Promise != nil {
		promised = outcome.Promise.ID
	}
	outcome.History = c.history(campaign.EndedClosed, promised)
	agentID, record := c.owner.id, c.record.Clone()
	limit := storeTimeout
	if outcome.Promise != nil {
		limit += campaign.DurableWithin
	}
	h.turn(limit, func(ctx context.Context) {
		if len(block) > 0 {
			// First, so that a record is never closed with a promise that was not kept.
			if err := c.blockChain(ctx, block, agentID, outcome.Disposition); err != nil {
				c.post(func() { c.storeFailed(err) })
				return
			}
		}
		err := c.e.conclude(ctx, c.campaignID, record, c.token, outcome)
		if errors.Is(err, campaign.ErrLeaseLost) {
			// Redis was away for longer than the lease and somebody else has the record. Trying again would never work: the log
			// keeps what the record cannot.
			c.log.Error().Err(err).Str("record", c.record.ID).Interface("outcome", outcome).Msg("the record is no longer ours to close")
			if err := c.e.appendHistory(ctx, c.campaignID, outcome.History); err != nil {
				c.post(func() { c.storeFailed(err) })
				return
			}
			c.post(func() { c.step(call.RecordClosed) })
			return
		}
		if err != nil {
			c.post(func() { c.storeFailed(err) })
			return
		}
		c.log.Info().Str("record", c.record.ID).Str("disposition", outcome.Disposition).Msg("record closed")
		if p := outcome.Promise; p != nil {
			c.log.Info().Str("record", c.record.ID).Str("callback", p.ID).Str("kind", string(p.Kind)).Time("due", p.Due).Msg("callback promised")
			c.e.alarmSoon(c.campaignID, p.ID, p.Due)
		}
		if len(reached) > 0 {
			c.e.aside(func() { c.e.noteReached(c.campaignID, reached, agentID) })
		}
		c.post(func() { c.step(call.RecordClosed) })
	})
}

// renew keeps the record's lease alive.
func (h *hand) renew() {
	c := h.c
	h.atOnce(storeTimeout, func(ctx context.Context) {
		until, err := c.e.store.Renew(ctx, c.campaignID, c.record.ID, c.token, c.e.cfg.RecordLease)
		if err != nil {
			c.log.Warn().Err(err).Msg("the record's lease cannot be renewed")
			return
		}
		c.log.Debug().Time("until", until).Msg("lease renewed")
	})
}
