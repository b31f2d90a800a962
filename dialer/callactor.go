package dialer

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// callActor owns one call. Its life is the table in package call: events come in through step, the actions that the table answers with
// are carried out by the call's hand (callhand.go).
type callActor struct {
	actor
	e          *Engine
	agent      *agentActor
	node       *node
	id         string
	campaignID string
	cfg        campaign.Config
	record     *campaign.Record
	token      campaign.Token
	log        zerolog.Logger
	hand       hand

	state    call.State
	since    time.Time
	live     atomic.Bool // the contact has a channel; for the agent's goroutine to see
	overdue  *time.Timer
	lease    *time.Timer
	waiting  []waiting
	failure  error // why the command under way cannot be done
	attempts []campaign.Attempt

	contactUp   bool        // the contact's leg is in Stasis and not gone
	verdict     call.Result // what an unanswered attempt is when we, not the contact or the network, end it
	result      call.Result
	cause       string
	disposition string
	note        string
	finish      bool // done was asked for while the contact was on the line
	keepGoing   bool // the next preview may follow
}

// waiting is a command that is answered once the call has come to rest in a state.
type waiting struct {
	reply func(CallView, error)
}

func newCallActor(a *agentActor, campaignID string, cfg campaign.Config, record *campaign.Record, token campaign.Token) *callActor {
	id := newID()
	c := &callActor{
		actor: newActor(), e: a.e, agent: a, node: a.phone.node, id: id, campaignID: campaignID, cfg: cfg, record: record, token: token,
		log:   a.e.log.With().Str("call", id).Str("agent", a.id).Str("campaign", campaignID).Logger(),
		state: call.Previewing, since: time.Now(), keepGoing: true,
	}
	c.hand.init(c)
	return c
}

// begin is the first thing a call does.
func (c *callActor) begin() {
	c.renewLater()
	c.log.Info().Str("record", c.record.ID).Msg("preview offered")
	c.changed()
}

// step feeds one event to the table and does what it answers.
func (c *callActor) step(event call.Event) bool {
	row, ok := call.Next(c.state, event)
	if !ok {
		c.log.Debug().Str("state", string(c.state)).Str("event", string(event)).Msg("nothing to do for this event in this state")
		return false
	}
	moved := row.Next != c.state
	if moved {
		c.log.Info().Str("from", string(c.state)).Str("to", string(row.Next)).Str("event", string(event)).Msg("call state")
		c.state, c.since = row.Next, time.Now()
		c.live.Store(c.state.Live())
	}
	c.watch()
	for _, action := range row.Do {
		c.hand.do(action)
	}
	if moved {
		c.entered()
	}
	return true
}

// entered does what follows from having come into a new state.
func (c *callActor) entered() {
	if c.state == call.WrapUp && c.finish {
		c.finish = false
		c.step(call.Done)
		return
	}
	c.changed()
	state := c.state
	c.agent.post(func() { c.agent.onCallState(c, state) })
	if !c.state.Transient() {
		c.answerWaiting()
	}
	if c.state == call.Closed {
		c.over()
	}
}

func (c *callActor) answerWaiting() {
	waiting, failure := c.waiting, c.failure
	c.waiting, c.failure = nil, nil
	for _, w := range waiting {
		if failure != nil {
			w.reply(CallView{}, failure)
		} else {
			w.reply(c.view(), nil)
		}
	}
}

// over ends the call's goroutines and tells the agent.
func (c *callActor) over() {
	c.overdue.Stop()
	c.lease.Stop()
	c.e.removeCall(c)
	next := c.keepGoing
	c.agent.post(func() { c.agent.onCallClosed(c, next) })
	c.hand.close()
	c.inbox.Close()
}

// deadlines say how long a state may last; then the event Overdue comes.
var deadlines = map[call.State]time.Duration{
	call.Creating:  10 * time.Second,
	call.Joining:   10 * time.Second,
	call.Rejoining: 10 * time.Second,
	call.Ending:    3 * time.Second,
}

// overdueVerdict is the result of an attempt that we end because nothing happened for too long.
var overdueVerdict = map[call.State]call.Result{
	call.Creating: call.Failed, call.Joining: call.Failed, call.Dialing: call.NoAnswer, call.Ringing: call.NoAnswer,
}

// dialGrace is how much later than Asterisk we give up on a number that rings.
const dialGrace = 5 * time.Second

// watch sets the alarm for the present state.
func (c *callActor) watch() {
	if c.overdue != nil {
		c.overdue.Stop()
	}
	limit := deadlines[c.state]
	switch c.state {
	case call.Dialing:
		limit = c.cfg.RingTimeout + dialGrace
	case call.Ringing:
		limit = c.cfg.RingTimeout - time.Since(c.attempt().Dialed) + dialGrace
	}
	if limit <= 0 {
		c.overdue = time.NewTimer(0)
		c.overdue.Stop()
		return
	}
	state, since := c.state, c.since
	c.overdue = time.AfterFunc(limit, func() {
		c.post(func() {
			if c.state == state && c.since.Equal(since) {
				c.log.Warn().Str("state", string(state)).Dur("limit", limit).Msg("nothing heard from Asterisk in time")
				c.verdict = cmp.Or(c.verdict, overdueVerdict[c.state])
				c.step(call.Overdue)
			}
		})
	})
}

// renewLater keeps the record's lease alive as long as the call is.
func (c *callActor) renewLater() {
	c.lease = time.AfterFunc(c.e.cfg.RecordLease/3, func() {
		c.post(func() {
			c.hand.renew()
			c.renewLater()
		})
	})
}

// command feeds an agent's command to the table and answers once the call has come to rest.
func (c *callActor) command(event call.Event, reply func(CallView, error)) {
	if _, ok := call.Next(c.state, event); !ok {
		reply(CallView{}, c.wrongState(event))
		return
	}
	c.waiting = append(c.waiting, waiting{reply})
	c.step(event)
}

func (c *callActor) wrongState(event call.Event) *Error {
	err := refuse(CodeWrongState, "%s is not possible while the call is %s", event, c.state)
	err.State, err.Allowed = string(c.state), c.allowed()
	return err
}

func (c *callActor) allowed() []string {
	names := []string{}
	for _, e := range call.Allowed(c.state) {
		names = append(names, string(e))
	}
	return names
}

// The commands, on the call's goroutine.

func (c *callActor) doAccept(number string, phoneConnected bool, reply func(CallView, error)) {
	if _, ok := call.Next(c.state, call.Accept); !ok {
		reply(CallView{}, c.wrongState(call.Accept))
		return
	}
	if !phoneConnected {
		reply(CallView{}, refuse(CodePhoneNotConnected, "the phone is not connected; connect it before dialing"))
		return
	}
	if number == "" {
		number = c.record.Numbers[0].E164
	}
	if !slices.ContainsFunc(c.record.Numbers, func(n campaign.Number) bool { return n.E164 == number }) {
		err := refuse(CodeUnknownNumber, "the record has no number %s", number)
		for _, n := range c.record.Numbers {
			err.Allowed = append(err.Allowed, n.E164)
		}
		reply(CallView{}, err)
		return
	}
	c.attempts = append(c.attempts, campaign.Attempt{Number: number, Agent: c.agent.id, Call: c.id, Dialed: time.Now()})
	c.command(call.Accept, reply)
}

func (c *callActor) doReject(reply func(CallView, error)) { c.command(call.Reject, reply) }

func (c *callActor) doCancel(reply func(CallView, error)) {
	if _, ok := call.Next(c.state, call.Cancel); ok {
		c.keepGoing = false
	}
	c.command(call.Cancel, reply)
}

func (c *callActor) doEnd(reply func(CallView, error)) {
	if c.state == call.Ending { // a second End waits with the first
		c.waiting = append(c.waiting, waiting{reply})
		return
	}
	if _, ok := call.Next(c.state, call.End); ok {
		c.verdict = call.Cancelled
	}
	c.command(call.End, reply)
}

func (c *callActor) doDisposition(code string, reply func(CallView, error)) {
	if err := c.setDisposition(code); err != nil {
		reply(CallView{}, err)
		return
	}
	c.changed()
	reply(c.view(), nil)
}

func (c *callActor) setDisposition(code string) error {
	if c.state == call.Closing || c.state == call.Closed {
		return c.wrongState("disposition")
	}
	if _, ok := c.cfg.Choice(code); !ok && code != "" {
		err := refuse(CodeUnknownDisposition, "campaign %s has no disposition %q", c.campaignID, code)
		for _, choice := range c.cfg.Choices() {
			err.Allowed = append(err.Allowed, choice.Code)
		}
		return err
	}
	c.disposition = code
	return nil
}

func (c *callActor) doNote(text string, reply func(CallView, error)) {
	if c.state == call.Closing || c.state == call.Closed {
		reply(CallView{}, c.wrongState("note"))
		return
	}
	c.note = text
	c.changed()
	reply(c.view(), nil)
}

func (c *callActor) doDone(opt DoneOptions, reply func(CallView, error)) {
	if _, ok := call.Next(c.state, call.Done); !ok {
		reply(CallView{}, c.wrongState(call.Done))
		return
	}
	if opt.Disposition != "" {
		if err := c.setDisposition(opt.Disposition); err != nil {
			reply(CallView{}, err)
			return
		}
	}
	if opt.Note != "" {
		c.note = opt.Note
	}
	if c.disposition == "" && c.cfg.RequiresDisposition() {
		err := refuse(CodeDispositionRequired, "campaign %s wants a disposition before done", c.campaignID)
		for _, choice := range c.cfg.Choices() {
			err.Allowed = append(err.Allowed, choice.Code)
		}
		reply(CallView{}, err)
		return
	}
	c.keepGoing = !opt.Stop
	if c.state.Live() { // done on a live call ends it first
		c.verdict, c.finish = call.Cancelled, true
	}
	c.command(call.Done, reply)
}

// What Asterisk reports of the contact's channel.

func (c *callActor) onLeg(l leg) {
	switch l.kind {
	case legCreated:
		c.contactUp = true
		if !c.step(call.ContactCreated) && !c.state.Live() {
			c.node.releaseOrphan(l.channel.ID, "its call is over")
		}
	case legEntered:
		switch l.bridge {
		case boothBridge(c.agent.id):
			c.step(call.ContactJoined)
		case holdBridge(c.node.cfg.Name):
			c.step(call.ContactHeld)
		}
	case legRinging:
		c.step(call.ContactRinging)
	case legUp:
		if at := c.attempt(); at != nil && at.Answered.IsZero() && (c.state == call.Dialing || c.state == call.Ringing) {
			at.Answered = time.Now()
			c.step(call.ContactAnswered)
		}
	case legGone:
		c.contactUp = false
		c.contactGone(l.sip, l.q850, l.text)
	}
}

func (c *callActor) attempt() *campaign.Attempt {
	if len(c.attempts) == 0 {
		return nil
	}
	return &c.attempts[len(c.attempts)-1]
}

// contactGone gives the attempt its one call result.
func (c *callActor) contactGone(sip, q850 int, text string) {
	if at := c.attempt(); at != nil && at.Ended.IsZero() {
		at.Ended, at.SIP, at.Q850 = time.Now(), sip, q850
		at.Result = call.ResultOf(!at.Answered.IsZero(), sip, q850)
		if at.Answered.IsZero() && c.verdict != "" && (sip == 0 || sip == statusTerminated) {
			at.Result = c.verdict
		}
		c.result, c.cause = at.Result, describeCause(sip, q850, text)
		c.log.Info().Str("result", string(at.Result)).Int("sip", sip).Int("q850", q850).Msg("attempt ended")
	}
	c.step(call.ContactGone)
}

// statusTerminated is the SIP status of an INVITE that was cancelled by its caller (RFC 3261, 15.1.2 and 21.4.25).
const statusTerminated = 487

func describeCause(sip, q850 int, text string) string {
	switch {
	case sip != 0:
		return fmt.Sprintf("SIP %d", sip)
	case text != "":
		return fmt.Sprintf("%s (Q.850 %d)", text, q850)
	case q850 != 0:
		return fmt.Sprintf("Q.850 %d", q850)
	}
	return ""
}

// What the agent's goroutine reports.

type agentEvent = call.Event

const (
	agentGone agentEvent = call.AgentGone
	agentBack agentEvent = call.AgentBack
	agentLost agentEvent = call.AgentLost
)

// tell lets the call know what became of its agent's phone.
func (c *callActor) tell(event agentEvent) {
	c.post(func() {
		if event == agentGone {
			c.verdict = call.Cancelled
		}
		if event == agentLost {
			c.keepGoing = false
		}
		c.step(event)
	})
}

// reconcile compares the contact's leg with what Asterisk has after a reconnect.
func (c *callActor) reconcile(present map[string]ari.Channel, where map[string]string) {
	ch, up := present[contactChannel(c.id)]
	if !up {
		if c.contactUp || c.state == call.Ending {
			c.contactUp = false
			c.contactGone(0, 0, "gone while the connection to Asterisk was lost")
		}
		return
	}
	c.contactUp = true
	c.step(call.ContactCreated)
	if b := where[ch.ID]; b != "" {
		c.onLeg(leg{kind: legEntered, channel: ch, bridge: b})
	}
	c.node.routeState(ch)
}

// shutDown ends the call because the process ends: a preview goes back, a live call is hung up and closed without the agent.
func (c *callActor) shutDown() {
	c.keepGoing = false
	c.verdict = call.Cancelled
	switch {
	case c.state == call.Previewing:
		c.step(call.Cancel)
	case c.state == call.WrapUp:
		c.step(call.Done)
	case c.state.Live():
		c.finish = true
		c.step(call.End)
	}
}

// abandonShip ends the call's goroutine whatever state it is in.
func (c *callActor) abandonShip() {
	if c.state == call.Closed {
		return
	}
	c.log.Error().Str("state", string(c.state)).Msg("call given up at shutdown")
	c.state = call.Closed
	c.failure = refuse(CodeShuttingDown, "the server is stopping")
	c.answerWaiting()
	c.over()
}

// storeFailed notes why the calling list could not be written.
func (c *callActor) storeFailed(err error) {
	c.log.Error().Err(err).Msg("the calling list cannot be written")
	if errors.Is(err, campaign.ErrLeaseLost) {
		c.failure = &Error{Code: CodeStoreUnavailable, Message: "the record was handed to somebody else meanwhile", Err: err}
	} else {
		c.failure = &Error{Code: CodeStoreUnavailable, Message: "the calling list cannot be written now; nothing was changed, try again", Err: err}
	}
	c.step(call.StoreFailed)
}
