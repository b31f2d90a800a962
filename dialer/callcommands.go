package dialer

import (
	"cmp"
	"errors"
	"slices"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// The commands, on the call's goroutine.

// command feeds an agent's command to the table and answers once the call has come to rest.
func (c *callActor) command(event call.Event, reply func(CallView, error)) {
	if _, ok := call.Next(c.state, event); !ok {
		reply(CallView{}, c.wrongState(event))
		return
	}
	c.waiting = append(c.waiting, reply)
	c.step(event)
}

// simple is a command that is nothing but an event of the table.
func simple(event call.Event) func(*callActor, func(CallView, error)) {
	return func(c *callActor, reply func(CallView, error)) { c.command(event, reply) }
}

func (c *callActor) wrongState(event call.Event) *Error {
	err := refuse(CodeWrongState, "%s is not possible while the call is %s", event, c.state)
	err.State, err.Allowed = string(c.state), c.allowed()
	return err
}

// allowed lists the commands that the present state and the owner's privileges allow.
func (c *callActor) allowed() []string {
	names := []string{}
	for _, e := range call.Allowed(c.state) {
		if e == call.Done && c.state == call.Previewing && c.draft == nil {
			continue // only a promise can take the place of dialing
		}
		if c.may(privilegeOf[e]) {
			names = append(names, string(e))
		}
	}
	return names
}

// doAccept dials a number of the record, once the agent is there. onList has those of its numbers that are on the do-not-call list at this
// moment.
func (c *callActor) doAccept(number string, onList campaign.Blocks, at agentLeg, reply func(CallView, error)) {
	if _, ok := call.Next(c.state, call.Accept); !ok {
		reply(CallView{}, c.wrongState(call.Accept))
		return
	}
	if !at.connected && !at.perCall {
		reply(CallView{}, refuse(CodePhoneNotConnected, "the phone is not connected; connect it before dialing"))
		return
	}
	if !c.e.mayDial(c.campaignID, c.promise) {
		reply(CallView{}, c.e.stopped(c.campaignID))
		return
	}
	markBlocked(c.record, onList)
	free := dialable(c.record)
	number = numberToDial(c.record, c.promise, number)
	if len(free) == 0 {
		reply(CallView{}, refuse(CodeDoNotCall, "all numbers of the record are on the do-not-call list"))
		return
	}
	if !slices.ContainsFunc(c.record.Numbers, func(n campaign.Number) bool { return n.E164 == number }) {
		err := refuse(CodeUnknownNumber, "the record has no number %s", number)
		for _, n := range c.record.Numbers {
			err.Allowed = append(err.Allowed, n.E164)
		}
		reply(CallView{}, err)
		return
	}
	if !slices.Contains(free, number) {
		err := refuse(CodeDoNotCall, "%s is on the do-not-call list", number)
		err.Allowed = free
		reply(CallView{}, err)
		return
	}
	c.number, c.problem = number, ""
	if at.perCall {
		c.command(call.Summon, reply)
		return
	}
	c.command(call.Accept, reply)
}

func (c *callActor) doCancel(undo bool, reply func(CallView, error)) {
	if _, ok := call.Next(c.state, call.Cancel); ok {
		c.keepGoing, c.past.ByAgent = false, true
		c.mayUndo(undo && c.state == call.Previewing, "cancel", call.Previewing)
	}
	c.command(call.Cancel, reply)
}

func (c *callActor) doEnd(reply func(CallView, error)) {
	if c.state == call.Ending { // a second End waits with the first
		c.waiting = append(c.waiting, reply)
		return
	}
	if _, ok := call.Next(c.state, call.End); ok && c.state.Live() {
		c.verdict, c.past.ByAgent = call.Cancelled, true
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
	c.watchIdle()
	return nil
}

func (c *callActor) doNote(text string, reply func(CallView, error)) {
	if c.state == call.Closing || c.state == call.Closed {
		reply(CallView{}, c.wrongState("note"))
		return
	}
	if err := c.writable(); err != nil {
		reply(CallView{}, err)
		return
	}
	c.note = text
	c.watchIdle()
	c.changed()
	reply(c.view(), nil)
}

func (c *callActor) doDone(opt DoneOptions, checked *checkedDraft, reply func(CallView, error)) {
	if _, ok := call.Next(c.state, call.Done); !ok || (c.state == call.Previewing && c.draft == nil) {
		reply(CallView{}, c.wrongState(call.Done))
		return
	}
	if opt.Note != "" && opt.Note != c.note {
		if err := c.writable(); err != nil {
			reply(CallView{}, err)
			return
		}
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
	if c.disposition == "" && c.cfg.RequiresDisposition() && len(c.attempts) > 0 {
		err := refuse(CodeDispositionRequired, "campaign %s wants a disposition before done", c.campaignID)
		for _, choice := range c.cfg.Choices() {
			err.Allowed = append(err.Allowed, choice.Code)
		}
		reply(CallView{}, err)
		return
	}
	if err := c.mayPromise(checked); err != nil {
		reply(CallView{}, err)
		return
	}
	c.keepGoing = !opt.Stop
	from := call.WrapUp
	if c.state == call.Previewing {
		from = call.Previewing
	}
	c.mayUndo(opt.Undo, "done", from)
	if c.state.Live() { // done on a live call ends it first
		c.verdict, c.finish, c.past.ByAgent = call.Cancelled, true, true
	}
	c.command(call.Done, reply)
}

// Commands that bring somebody else in.

// wish is whom a command wants to reach, and for what.
type wish struct {
	target Target
	event  call.Event // Consult, Invite or Transfer
}

func (c *callActor) doReach(event call.Event, to Target, reply func(CallView, error)) {
	if err := c.checkReach(event, to); err != nil {
		reply(CallView{}, err)
		return
	}
	if c.outside(to) {
		if err := guarded(c.e.guard.Count(c.owner.id)); err != nil { // the last question: what is refused otherwise does not count
			reply(CallView{}, err)
			return
		}
	}
	to.Name = cmp.Or(to.Name, c.e.targets.Name(to.ref()))
	c.remember(to)
	c.wish, c.problem = wish{to, event}, ""
	if event == call.Transfer && c.e.refers(c.cfg.Trunk, to) {
		event = call.Refer
	}
	c.command(event, reply)
}

// doComplete puts contact and target together: in the target's booth if it is an agent, else in a bridge of their own.
func (c *callActor) doComplete(reply func(CallView, error)) {
	if _, ok := call.Next(c.state, call.Complete); !ok {
		reply(CallView{}, c.wrongState(call.Complete))
		return
	}
	if p := c.target; p != nil && p.agent != nil {
		c.answerLater(c.owner.id, reply)
		c.handOver(p)
		return
	}
	c.command(call.Complete, reply)
}

// doLeave leaves a conference to the others.
func (c *callActor) doLeave(reply func(CallView, error)) {
	if _, ok := call.Next(c.state, call.Leave); !ok {
		reply(CallView{}, c.wrongState(call.Leave))
		return
	}
	for _, p := range c.members {
		if p.agent != nil {
			c.answerLater(c.owner.id, reply)
			c.handOver(p)
			return
		}
	}
	c.command(call.Leave, reply)
}

// doDrop releases one party of a conference.
func (c *callActor) doDrop(id string, reply func(CallView, error)) {
	p := c.byID(id)
	if p == nil {
		reply(CallView{}, c.unknownParty(id))
		return
	}
	if p == c.contact && len(c.everybody()) == 1 {
		c.doEnd(reply)
		return
	}
	if p == c.target {
		c.command(call.EndConsult, reply)
		return
	}
	c.waiting = append(c.waiting, reply)
	if p.agent != nil {
		c.remove(p)
		c.sendAway(p)
		c.afterLoss(false, false)
	} else {
		c.hand.hangUp(p)
	}
	c.told = false
	c.settle()
}

// doMute keeps the others from hearing a party, or lets them again.
func (c *callActor) doMute(id string, mute bool, reply func(CallView, error)) {
	p := c.byID(id)
	if p == nil || p.phase != up {
		reply(CallView{}, c.unknownParty(id))
		return
	}
	c.hand.mute(p, mute, func(err error) {
		if errors.Is(err, ari.ErrNotFound) { // it hung up at this moment
			reply(CallView{}, c.unknownParty(id))
			return
		}
		if err != nil {
			reply(CallView{}, &Error{Code: CodeRequestRefused, Message: "Asterisk cannot mute the party: " + describe(err), Err: err})
			return
		}
		p.muted = mute
		c.changed()
		reply(c.view(), nil)
	})
}

// doDTMF sends digits to a party, the contact unless another is named, and notes them in the case data.
func (c *callActor) doDTMF(id, digits string, reply func(CallView, error)) {
	if id == "" {
		id = legContact
	}
	p := c.byID(id)
	if p == nil || p.phase != up {
		reply(CallView{}, c.unknownParty(id))
		return
	}
	if !validDigits(digits) {
		reply(CallView{}, refuse(CodeBadDigits, "%q cannot be sent as DTMF; expected digits, *, # and A to D", digits))
		return
	}
	c.hand.dtmf(p, digits, func(err error) {
		if errors.Is(err, ari.ErrNotFound) { // it hung up at this moment
			reply(CallView{}, c.unknownParty(id))
			return
		}
		if err != nil {
			reply(CallView{}, &Error{Code: CodeRequestRefused, Message: "Asterisk cannot send the digits: " + describe(err), Err: err})
			return
		}
		c.noteDigits(c.e.cfg.DTMF.SentKey, digits)
		c.changed()
		reply(c.view(), nil)
	})
}

func (c *callActor) byID(id string) *party {
	for _, p := range c.everybody() {
		if p.id == id && !p.leaving {
			return p
		}
	}
	return nil
}

func (c *callActor) unknownParty(id string) *Error {
	err := refuse(CodeUnknownParty, "the call has no party %q on the line", id)
	for _, p := range c.everybody() {
		if p.id != id {
			err.Allowed = append(err.Allowed, p.id)
		}
	}
	return err
}

// shutDown ends the call because the process ends: a preview goes back, a live call is hung up and closed without the agent.
func (c *callActor) shutDown() {
	c.keepGoing = false
	c.verdict = call.Cancelled
	for _, p := range c.parts {
		c.leavePart(p.agent)
	}
	switch {
	case c.state == call.Previewing || c.state == call.Summoning:
		c.step(call.Cancel)
	case c.state == call.WrapUp:
		c.step(call.Done)
	case c.held != nil:
		c.commit()
	case c.state.Live():
		c.finish = true
		if !c.step(call.End) {
			c.hangUp()
		}
	}
	c.hangUp() // those who talk on without an agent
}

// abandonShip ends the call's goroutine whatever state it is in.
func (c *callActor) abandonShip() {
	c.log.Error().Str("state", string(c.state)).Msg("call given up at shutdown")
	c.state = call.Closed
	c.failure = refuse(CodeShuttingDown, "the server is stopping")
	c.answerWaiting()
	c.over()
}
