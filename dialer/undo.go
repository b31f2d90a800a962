package dialer

import (
	"context"
	"slices"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// What an agent can take back. Done and cancel are held back: the journal has them before the command is answered, so they outlive the process;
// the agent goes on at once; and the calling list hears of them when the time to take them back is over. Do not call is not held back, since
// nobody may be called who has just said so: it holds at once, and is removed from the list when it is taken back.

// held is a done or a cancel that is still to be written.
type held struct {
	What  string     `json:"what"` // done or cancel
	From  call.State `json:"from"` // to go back to
	Until time.Time  `json:"until"`

	next  bool // what the agent's next was before
	timer *time.Timer
}

// barred are numbers of a call that came onto the do-not-call list by it, and can still be taken off.
type barred struct {
	Numbers []string  `json:"numbers"`
	Until   time.Time `json:"until"`

	timer *time.Timer
}

func (h *held) alarm() *time.Timer {
	if h == nil {
		return nil
	}
	return h.timer
}

func (b *barred) alarm() *time.Timer {
	if b == nil {
		return nil
	}
	return b.timer
}

func (c *callActor) undoView() *UndoView {
	switch {
	case c.held != nil && c.left:
		return &UndoView{What: c.held.What, Until: c.held.Until}
	case c.held == nil && c.barred != nil:
		return &UndoView{What: "do-not-call", Until: c.barred.Until}
	}
	return nil
}

// mayUndo notes that the command under way can be taken back.
func (c *callActor) mayUndo(wanted bool, what string, from call.State) {
	c.undoable = nil
	if wanted && c.e.cfg.UndoTime > 0 && !c.e.stopping() {
		c.undoable = &held{What: what, From: from}
	}
}

// holdBack keeps the end of the call in the journal, instead of writing it, if the command asked for that.
func (c *callActor) holdBack() bool {
	h := c.undoable
	if c.undoable = nil; h == nil {
		return false
	}
	h.Until = time.Now().Add(c.e.cfg.UndoTime)
	c.held = h
	c.post(func() { // the state is noted by now
		c.e.aside(func() {
			kept := false
			select {
			case <-c.e.scribe.written():
				kept = true
			case <-time.After(storeTimeout):
			}
			c.post(func() { c.heldBack(h, kept) })
		})
	})
	return true
}

// heldBack lets the agent go on once the journal has the end of the call. If it could not be written nothing has happened.
func (c *callActor) heldBack(h *held, kept bool) {
	if c.held != h {
		return // the process ends, and has written it
	}
	if !kept {
		c.held = nil
		c.storeFailed(context.DeadlineExceeded)
		return
	}
	h.Until = time.Now().Add(c.e.cfg.UndoTime)
	c.left = true
	c.answerWaiting()
	c.changed()
	owner, next := c.owner, c.keepGoing
	owner.post(func() {
		before := owner.next
		owner.onCallClosed(c, next)
		c.post(func() { h.next = before })
	})
	c.commitLater()
}

func (c *callActor) commitLater() {
	h := c.held
	h.timer = time.AfterFunc(max(time.Until(h.Until), 0), func() {
		c.post(func() {
			if c.held == h {
				c.commit()
			}
		})
	})
}

// commit writes what was held back.
func (c *callActor) commit() {
	if t := c.held.alarm(); t != nil {
		t.Stop()
	}
	c.held = nil
	c.changed()
	c.write()
}

func (c *callActor) write() {
	if c.state == call.Returning {
		c.hand.returnRecord()
	} else {
		c.hand.closeRecord()
	}
}

// writeAgain is how long the end of a call waits that could not be written and that no agent waits for.
const writeAgain = 5 * time.Second

func (c *callActor) writeLater() {
	time.AfterFunc(writeAgain, func() {
		c.post(func() {
			if c.state == call.Returning || c.state == call.Closing {
				c.write()
			}
		})
	})
}

// doUndo takes a held done or cancel back: the agent has the call again as before the command. A preview that came meanwhile goes back to its list.
func (c *callActor) doUndo(reply func(CallView, error)) {
	h := c.held
	if h == nil || !c.left {
		reply(CallView{}, c.wrongState(call.Undo))
		return
	}
	h.timer.Stop()
	owner, state := c.owner, agent.WrapUp
	if h.From == call.Previewing {
		state = agent.Preview
	}
	answer := func(why string) {
		c.post(func() {
			if c.held != h { // written at the process's end
				reply(CallView{}, c.wrongState(call.Undo))
				return
			}
			if why != "" {
				c.commitLater()
				reply(CallView{}, refuse(CodeWrongState, "%s cannot be taken back: the agent %s", h.What, why))
				return
			}
			c.log.Info().Str("agent", owner.id).Str("what", h.What).Msg("taken back")
			c.held, c.left, c.keepGoing, c.previous = nil, false, true, h.From
			c.step(call.Undo)
			if c.awaitAnswer(); c.state == call.Previewing {
				c.changed() // it can be answered until later than before
			}
			reply(c.view(), nil)
		})
	}
	if !owner.post(func() { owner.takeBack(c, state, h.next, answer) }) {
		answer("is leaving")
	}
}

// back is a call that an agent is to have again as soon as what came after it is gone.
type back struct {
	call   *callActor
	state  agent.State
	next   bool
	answer func(why string)
}

// takeBack gives the agent a call again. It answers why that is not possible, or "".
func (a *agentActor) takeBack(c *callActor, state agent.State, next bool, answer func(why string)) {
	b := &back{c, state, next, answer}
	switch {
	case a.state == agent.SignedOut:
		answer("has signed out")
		return
	case a.back != nil:
		answer("takes another call back")
		return
	case a.call == nil && !a.fetching:
		a.back = b
		a.hasBack()
		return
	case a.call != nil && a.state != agent.Preview:
		answer("has another call by now")
		return
	}
	a.back = b
	if a.call != nil {
		after := a.call
		after.post(func() { after.makeRoom(a) })
	}
	time.AfterFunc(storeTimeout, func() {
		a.post(func() { a.keepsOn(b, "could not give the next record back in time") })
	})
}

// makeRoom gives a preview back for the call that its agent takes back.
func (c *callActor) makeRoom(a *agentActor) {
	if c.state != call.Previewing || c.owner != a {
		a.post(func() { a.keepsOn(a.back, "has another call by now") })
		return
	}
	c.givenBack, c.keepGoing = campaign.EndedReleased, false
	c.step(call.Reject)
}

// keepsOn says that a call cannot be taken back.
func (a *agentActor) keepsOn(b *back, why string) {
	if b != nil && a.back == b {
		a.back = nil
		b.answer(why)
	}
}

// hasBack gives the agent the call that it takes back, now that there is no other.
func (a *agentActor) hasBack() {
	b := a.back
	a.back = nil
	a.after = restored{a.state, a.reason}
	a.call, a.next = b.call, b.next
	a.enter(b.state, "")
	b.answer("")
}

// Do not call.

// barNow notes which numbers a command put on the do-not-call list; before are those that had been there.
func (c *callActor) barNow(numbers []string, before map[string]campaign.Blocked) {
	if t := c.barred.alarm(); t != nil {
		t.Stop()
	}
	c.barred = nil
	fresh := slices.DeleteFunc(slices.Clone(numbers), func(n string) bool { _, was := before[n]; return was })
	if len(fresh) > 0 && c.e.cfg.UndoTime > 0 {
		c.barred = &barred{Numbers: fresh, Until: time.Now().Add(c.e.cfg.UndoTime)}
		c.barLater()
	}
}

// barLater lets the time run out in which do not call can be taken back.
func (c *callActor) barLater() {
	b := c.barred
	if b == nil {
		return
	}
	b.timer = time.AfterFunc(max(time.Until(b.Until), 0), func() {
		c.post(func() {
			if c.barred == b {
				c.barred = nil
				c.changed()
			}
		})
	})
}

// unbarred notes that numbers are off the list again.
func (c *callActor) unbarred(b *barred) {
	b.timer.Stop()
	if c.barred == b {
		c.barred = nil
	}
	for i := range c.record.Numbers {
		n := &c.record.Numbers[i]
		n.DoNotCall = n.DoNotCall && !slices.Contains(b.Numbers, n.E164)
	}
	c.log.Info().Str("agent", c.owner.id).Int("numbers", len(b.Numbers)).Msg("do not call is taken back")
	c.changed()
}

// CancelUndoable is Cancel, and can be taken back with Undo until CallView.Undo says.
func (e *Engine) CancelUndoable(ctx context.Context, agentID, callID string) (CallView, error) {
	return e.ofCall(ctx, agentID, callID, func(c *callActor, reply func(CallView, error)) { c.doCancel(true, reply) }, nil)
}

// Undo takes back what CallView.Undo names: a done or cancel that asked for it, so that the agent has the call again as before, and a preview that
// came meanwhile goes back to its list; or do not call, so that the numbers that it put on the list are off it again. It is refused with
// CodeWrongState when the time is over, or when the agent has begun something else.
func (e *Engine) Undo(ctx context.Context, agentID, callID string) (CallView, error) {
	var b *barred
	v, err := e.ofCall(ctx, agentID, callID, func(c *callActor, reply func(CallView, error)) {
		if c.held != nil || c.barred == nil {
			c.doUndo(reply)
			return
		}
		b = c.barred
		reply(c.view(), nil)
	}, nil)
	if err != nil || b == nil {
		return v, err
	}
	storing, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	if _, err := e.store.DoNotCall().Remove(storing, b.Numbers); err != nil {
		return CallView{}, &Error{Code: CodeStoreUnavailable, Message: "the do-not-call list cannot be written now; try again", Err: err}
	}
	return e.ofCall(ctx, agentID, callID, func(c *callActor, reply func(CallView, error)) {
		c.unbarred(b)
		reply(c.view(), nil)
	}, nil)
}
