package dialer

import (
	"cmp"
	"slices"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// callActor owns one call, from its preview until its record is closed and the last leg is gone. Its life is the table in package call: events
// come in through step; what a state's row answers is carried out by the call's hand (callhand.go), and everybody is brought to the place
// that the state's layout names (party.go). Commands are in callcommands.go, other agents' parts in callparts.go.
type callActor struct {
	actor
	e          *Engine
	node       *node
	id         string
	campaignID string
	cfg        campaign.Config
	record     *campaign.Record
	token      campaign.Token
	log        zerolog.Logger
	hand       hand

	owner *agentActor      // who has the call
	away  call.Event       // what became of the owner's phone, AgentGone or AgentLost; "" while it is in the booth
	parts map[string]*part // other agents: offered it, taking part in it, or wrapping up after it

	state    call.State
	previous call.State // to return to when the agent's phone is back
	since    time.Time
	live     atomic.Bool // somebody is on the line; for the agents' goroutines to see
	varied   atomic.Bool // the agent has heard, or may come to hear, somebody else than the contact; for them, too
	overdue  *time.Timer
	lease    *time.Timer
	unheard  *time.Timer // the preview is not answered
	answerBy time.Time   // until when it can be
	reminder reminder
	idle     idle
	closed   bool // the owner is done, the record is closed

	contact *party
	target  *party // being consulted, invited or asked to take over
	members []*party
	parting []*party // sent away, not yet gone
	serial  int      // of the last target
	wish    wish     // whom the command under way wants to reach, and how
	tones   []string // to be heard once everybody is in place
	told    bool     // everybody knows that everybody is in place

	waiting  []func(CallView, error) // commands that are answered once the call has come to rest
	failure  error                   // why the command under way cannot be done
	number   string                  // to dial
	attempts []campaign.Attempt

	verdict     call.Result // what an unanswered attempt is when we, not the contact or the network, end it
	result      call.Result
	cause       string
	problem     string // why the last target was not reached
	disposition string
	note        string
	fields      map[string]string // of the record, changed in this call
	digits      map[string]string // case data key → digits sent or received
	reason      string            // why the preview is given back
	givenBack   campaign.Ending   // and how, if not by a command
	finish      bool              // done was asked for while somebody was on the line
	keepGoing   bool              // the next preview may follow
	origin      string            // "" for the campaign, callback, personal-callback, transfer
	promise     *callback.Promise // that the call keeps; nil for none
	draft       *draft            // of a callback, written in this call

	undoable *held   // the done or cancel under way that can be taken back for a while
	held     *held   // the one that is being held back
	barred   *barred // numbers that were put on the do-not-call list a moment ago
	left     bool    // the owner has gone on to something else, and the end is still to be written
	recorder recorder
	past     chronicle // for the history
}

func newCallActor(a *agentActor, f *found) *callActor {
	id := newID()
	c := &callActor{
		actor: newActor(), e: a.e, owner: a, node: a.phone.node, id: id, campaignID: f.campaign, cfg: a.e.cfg.Campaigns[f.campaign],
		record: f.record, token: f.token, promise: f.promise, origin: originOf(f.promise),
		log:   a.e.log.With().Str("call", id).Str("campaign", f.campaign).Logger(),
		state: call.Previewing, since: time.Now(), keepGoing: true, told: true, parts: map[string]*part{},
	}
	c.past = chronicle{Created: c.since, Mode: string(campaign.ModePreview)}
	c.past.handed(a.id, a.waited())
	c.hand.init(c)
	c.recorder.c = c
	c.hand.begin()
	return c
}

// begin is the first thing a call does.
func (c *callActor) begin() {
	c.renewLater()
	c.awaitAnswer()
	c.log.Info().Str("agent", c.owner.id).Str("record", c.record.ID).Str("origin", c.origin).Msg("preview offered")
	c.changed()
}

// step feeds one event to the table and does what it answers.
func (c *callActor) step(event call.Event) bool {
	row, ok := call.Next(c.state, event)
	if !ok {
		c.log.Debug().Str("state", string(c.state)).Str("event", string(event)).Msg("nothing to do for this event in this state")
		return false
	}
	c.enter(row, event)
	for _, action := range row.Do {
		c.do(action)
	}
	c.regroup()
	c.entered()
	return true
}

func (c *callActor) enter(row call.Row, event call.Event) {
	next := row.Next
	if next == call.Previous {
		next = c.previous
	}
	if next == call.Rescuing && c.state != call.Rescuing {
		c.previous = c.state
		if c.state == call.Reaching { // whoever was being reached is let go
			c.previous = call.Held
		}
		if c.state == call.Inviting {
			c.previous = call.Conference
		}
	}
	if next != c.state {
		c.log.Info().Str("agent", c.owner.id).Str("from", string(c.state)).Str("to", string(next)).Str("event", string(event)).Msg("call state")
		c.state, c.since = next, time.Now()
		c.live.Store(c.state.Live())
	}
	c.told = false
	c.watch()
}

// regroup makes members of those who are in a conference, and says what follows from who is left.
func (c *callActor) regroup() {
	if c.state == call.Conference && c.target != nil && c.target.phase == up {
		c.members = append(c.members, c.target)
		c.target = nil
	}
	switch {
	case c.state == call.Conference && c.target == nil && len(c.members) == 0 && c.contact != nil:
		c.step(call.OnlyContact)
	case c.state == call.Ending && len(c.everybody()) == 0:
		c.step(call.Alone)
	}
	// A state that came back to an agent whose phone had gone before.
	for _, event := range []call.Event{call.AgentGone, call.AgentLost} {
		if _, minds := call.Next(c.state, event); minds && (c.away == event || c.away == call.AgentLost) {
			c.step(event)
		}
	}
}

// entered does what follows from having come into a state.
func (c *callActor) entered() {
	if c.told {
		return // a further step has done it
	}
	if c.state == call.WrapUp && c.finish {
		c.finish = false
		c.step(call.Done)
		return
	}
	c.changed()
	state := c.state
	owner := c.owner
	owner.post(func() { owner.onCallState(c, state) })
	if c.state == call.Closed {
		c.answerWaiting()
		c.closed = true
		next := c.keepGoing
		owner.post(func() { owner.onCallClosed(c, next) })
		if c.left {
			owner.post(func() { owner.tellCampaign(c.campaignID) })
		}
		c.told = true
		c.maybeOver()
		return
	}
	c.settle()
}

func (c *callActor) answerWaiting() {
	waiting, failure := c.waiting, c.failure
	c.waiting, c.failure = nil, nil
	for _, reply := range waiting {
		if failure != nil {
			reply(CallView{}, failure)
		} else {
			reply(c.view(), nil)
		}
	}
}

// maybeOver ends the call's goroutine once nothing is left of the call: closed by its owner, all parts done, all legs gone.
func (c *callActor) maybeOver() {
	if c.closed && len(c.parts) == 0 && len(c.everybody()) == 0 && len(c.parting) == 0 {
		c.over()
	}
}

func (c *callActor) over() {
	c.stopTimers()
	c.recorder.over()
	c.e.scribe.note(c.node.cfg.Name, entryCall, c.id, nil)
	if c.contact != nil || c.serial > 0 {
		c.node.dropBridge(ownBridge(c.id))
	}
	c.e.removeCall(c)
	c.e.callGone(c)
	c.hand.close()
	c.inbox.Close()
}

func (c *callActor) stopTimers() {
	for _, t := range []*time.Timer{c.overdue, c.lease, c.unheard, c.idle.timer, c.reminder.timer, c.held.alarm(), c.barred.alarm()} {
		if t != nil {
			t.Stop()
		}
	}
}

// deadlines say how long a state may last; then the event Overdue comes.
var deadlines = map[call.State]time.Duration{
	call.Ending:    3 * time.Second,
	call.Handing:   5 * time.Second,
	call.Referring: 40 * time.Second, // a REFER that nobody answers has failed after 32 s (RFC 3261, timer F)
}

// dialGrace is how much later than a phone, or a call, should have come to its end something else sees to it.
const dialGrace = 5 * time.Second

// placeLimit is how long Asterisk may take to bring everybody to their places.
const placeLimit = 8 * time.Second

// watch sets the alarm for the present state.
func (c *callActor) watch() {
	c.remind()
	c.watchIdle()
	if c.overdue != nil {
		c.overdue.Stop()
	}
	limit := cmp.Or(deadlines[c.state], placeLimit)
	switch c.state {
	case call.Summoning:
		limit = c.owner.cfg.Phone.RingTimeout + dialGrace
	case call.Dialing, call.Ringing:
		limit = c.cfg.LongestUnanswered() + dialGrace
		if at := c.attempt(); at != nil {
			limit -= time.Since(at.Dialed)
		}
	}
	state, since := c.state, c.since
	c.overdue = time.AfterFunc(max(limit, 0), func() {
		c.post(func() {
			if c.state == state && c.since.Equal(since) {
				c.late(limit)
			}
		})
	})
}

// late handles a state that lasts too long, or legs that do not come to their places.
func (c *callActor) late(limit time.Duration) {
	if _, ok := call.Next(c.state, call.Overdue); ok {
		c.log.Warn().Str("state", string(c.state)).Dur("limit", limit).Msg("nothing heard from Asterisk in time")
		if c.state == call.Dialing || c.state == call.Ringing {
			c.verdict = cmp.Or(c.verdict, call.NoAnswer)
		}
		if c.state == call.Summoning {
			c.problem = "the phone was not answered"
		}
		c.step(call.Overdue)
		return
	}
	if c.told {
		return
	}
	c.log.Error().Str("state", string(c.state)).Msg("not everybody is where they should be; it is tried again")
	c.failure = refuse(CodeTimeout, "Asterisk did not confirm the command in time; look at the state before trying again")
	c.answerWaiting()
	for _, p := range c.everybody() {
		p.moving = ""
	}
	c.hand.check()
	c.watch()
	c.settle()
}

// renewLater keeps the record's lease alive as long as the call is.
func (c *callActor) renewLater() {
	c.lease = time.AfterFunc(c.e.cfg.RecordLease/3, func() {
		c.post(func() {
			if !c.closed {
				c.hand.renew()
				c.renewLater()
			}
		})
	})
}

// do carries out one action of the table.
func (c *callActor) do(action call.Action) {
	switch action {
	case call.RingAgent:
		owner := c.owner
		owner.post(func() { owner.phone.summon(c) })
	case call.ReleaseAgent:
		c.restPhone()
	case call.DialContact:
		c.attempts = append(c.attempts, campaign.Attempt{Number: c.number, Agent: c.owner.id, Call: c.id, Dialed: time.Now()})
		at := c.attempt()
		c.contact = &party{id: legContact, channel: callChannel(c.id, legContact), target: Target{Kind: TargetContact, Name: c.record.Name, Number: at.Number}}
		c.hand.create(c.contact, at.Number)
	case call.ReachTarget:
		c.reach()
	case call.ReferContact:
		c.hand.refer(c.contact, c.wish.target)
	case call.DropTarget:
		if p := c.target; p != nil {
			c.target = nil
			c.sendAway(p)
		}
	case call.HangUp:
		c.hangUp()
	case call.CheckLegs:
		c.hand.check()
	case call.ReturnRecord:
		c.past.Done = time.Now()
		if !c.holdBack() {
			c.hand.returnRecord()
		}
	case call.CloseRecord:
		c.concludeAttempt()
		c.past.Done = time.Now()
		if !c.holdBack() {
			c.hand.closeRecord()
		}
	case call.ToneConnected, call.ToneHeld, call.ToneRetrieved, call.ToneEnded, call.ToneError:
		c.tones = append(c.tones, toneOf[action])
	}
}

// toneOf names the event whose tone an action plays.
var toneOf = map[call.Action]string{
	call.ToneConnected: "connected", call.ToneHeld: "held", call.ToneRetrieved: "retrieved", call.ToneEnded: "ended", call.ToneError: "error",
}

// hangUp ends everybody's leg. Colleagues go home to their own booths.
func (c *callActor) hangUp() {
	for _, p := range c.everybody() {
		if p.agent == nil {
			c.hand.hangUp(p)
			continue
		}
		c.remove(p)
		c.sendAway(p)
	}
}

// sendAway lets a party go that is in no slot any more.
func (c *callActor) sendAway(p *party) {
	p.leaving = true
	if p.agent != nil {
		c.sendHome(p)
		return
	}
	c.parting = append(c.parting, p)
	c.hand.hangUp(p)
}

// remove takes a party out of its slot.
func (c *callActor) remove(p *party) {
	if c.contact == p {
		c.contact = nil
	}
	if c.target == p {
		c.target = nil
	}
	c.members = slices.DeleteFunc(c.members, func(m *party) bool { return m == p })
	c.parting = slices.DeleteFunc(c.parting, func(m *party) bool { return m == p })
}

// storeFailed notes why the calling list could not be written.
func (c *callActor) storeFailed(err error) {
	c.log.Error().Err(err).Msg("the calling list cannot be written")
	if c.left {
		c.writeLater()
		return
	}
	c.failure = &Error{Code: CodeStoreUnavailable, Message: "the calling list cannot be written now; nothing was changed, try again", Err: err}
	c.step(call.StoreFailed)
}
