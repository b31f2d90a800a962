package dialer

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/hasshin/hasshin/dialer/call"
)

// A call has one owner and any number of other agents taking part: offered it, consulted about it, in its conference, or wrapping up after
// they handed it over.

// part is what another agent has to do with a call.
type part struct {
	agent *agentActor
	role  role
	kind  call.Event // of an offer: Consult, Invite or Transfer
	since time.Time
	// answerBy is until when an offer can be answered.
	answerBy time.Time
}

type role string

const (
	roleOffered role = "offered"       // may accept or reject
	roleSummon  role = "agent-ringing" // has accepted, and the phone is being rung for it
	roleJoined  role = "joined"        // consulted, or in the conference
	roleWrapUp  role = "wrap-up"       // handed the call over, is not done yet
)

// partCommands are the commands of each role.
var partCommands = map[role][]call.Event{
	roleOffered: {call.Accept, call.Reject}, roleSummon: {call.Reject}, roleJoined: {call.Leave}, roleWrapUp: {call.Done},
}

// partyOf finds an agent's party. While the call is being put to an agent who is on it already, that is the one the agent has been.
func (c *callActor) partyOf(a *agentActor) *party {
	for _, p := range c.everybody() {
		if p.agent == a && p.phase != asked {
			return p
		}
	}
	return nil
}

// reach makes the leg of the one a command wants, or offers the call to them.
func (c *callActor) reach() {
	c.serial++
	p := &party{id: fmt.Sprintf("t%d", c.serial), target: c.wish.target}
	c.target = p
	switch p.target.Kind {
	case TargetAgent:
		p.rest = []string{p.target.ID}
		c.offerNext(p)
	case TargetGroup:
		p.rest = c.e.groupByIdle(p.target.ID)
		c.offerNext(p)
	case TargetQueue: // which did not take the contact
		why := c.problem
		c.post(func() {
			if c.target == p {
				c.lost(p, 0, 0, why)
			}
		})
	default:
		p.channel = callChannel(c.id, p.id)
		c.hand.create(p, p.target.Number)
	}
}

// offerNext offers the call to the next agent of a target, or gives the target up.
func (c *callActor) offerNext(p *party) {
	p.stopTimer()
	p.agent, p.phase = nil, asked
	if len(p.rest) == 0 {
		// Posted, so that it comes after the transition under way.
		c.post(func() {
			if c.target == p && p.phase == asked {
				c.lost(p, 0, 0, cmp.Or(p.target.problem, "nobody is available"))
			}
		})
		return
	}
	id := p.rest[0]
	p.rest, p.tried = p.rest[1:], append(p.tried, id)
	a := c.e.agentOf(id)
	p.agent = a
	kind, from := c.wish.event, c.owner
	asked := a.post(func() {
		why := a.offerCall(c, from, kind)
		c.post(func() { c.offered(p, a, kind, why) })
	})
	if !asked {
		c.post(func() { c.offered(p, a, kind, "is leaving") })
	}
}

// offered takes the answer of an agent's goroutine: the agent has the offer, or cannot have it and why.
func (c *callActor) offered(p *party, a *agentActor, kind call.Event, why string) {
	if c.target != p || p.agent != a || p.phase != asked {
		if why == "" {
			a.post(func() { a.release(c) })
		}
		return
	}
	if why != "" {
		p.target.problem = fmt.Sprintf("%s %s", a.name(), why)
		c.offerNext(p)
		return
	}
	p.phase = offered
	c.parts[a.id] = &part{agent: a, role: roleOffered, kind: kind, since: time.Now()}
	c.awaitPart(p)
	c.changed()
	c.settle()
}

// rejected takes an offer back from an agent and makes it to the next.
func (c *callActor) rejected(a *agentActor, why string) {
	p := c.target
	if p == nil || p.agent != a || p.phase != offered {
		return
	}
	c.log.Info().Str("agent", a.id).Str("why", why).Msg("offer not taken")
	p.target.problem = fmt.Sprintf("%s %s", a.name(), why)
	c.leavePart(a)
	c.offerNext(p)
}

// leavePart ends another agent's part.
func (c *callActor) leavePart(a *agentActor) {
	if _, ok := c.parts[a.id]; !ok {
		return
	}
	delete(c.parts, a.id)
	c.e.tell(a.id, NoticeCall, c.partOver(a))
	a.post(func() { a.release(c) })
	c.save()
	c.maybeOver()
}

// accepted lets an agent take the offer. reply may be nil: the command has been answered.
func (c *callActor) accepted(a *agentActor, channel string, reply func(CallView, error)) {
	p, pt := c.target, c.parts[a.id]
	if p == nil || p.agent != a || p.phase != offered || pt == nil {
		reply(CallView{}, refuse(CodeWrongState, "the offer has been withdrawn"))
		return
	}
	p.stopTimer()
	p.phase, p.channel, p.place = up, channel, call.Home
	pt.role, pt.since = roleJoined, time.Now()
	a.post(func() { a.enterCall(c) })
	if pt.kind == call.Transfer {
		c.handOver(p)
	} else {
		c.step(call.TargetUp)
	}
	if reply != nil {
		c.answerLater(a.id, reply)
	}
	c.settle()
}

// answerLater answers a command of an agent who may not be the call's owner, once the call has come to rest.
func (c *callActor) answerLater(agentID string, reply func(CallView, error)) {
	c.waiting = append(c.waiting, func(_ CallView, err error) {
		if err != nil {
			reply(CallView{}, err)
		} else {
			reply(c.viewFor(agentID), nil)
		}
	})
}

// partPhone takes what became of the phone of an agent who takes part.
func (c *callActor) partPhone(a *agentActor, event agentEvent, channel, why string) {
	p := c.partyOf(a)
	switch pt := c.parts[a.id]; {
	case p == nil:
		return
	case pt != nil && pt.role == roleSummon && event == agentBack:
		c.accepted(a, channel, nil)
		return
	case pt != nil && pt.role == roleSummon:
		c.rejected(a, "cannot be reached: "+cmp.Or(why, "the phone was hung up"))
		return
	case event == agentBack:
		return
	}
	if p.phase == offered {
		c.rejected(a, "lost the phone")
		return
	}
	c.leavePart(a)
	c.lost(p, 0, 0, a.name()+" lost the phone")
}

// sendHome puts a colleague's leg back into the colleague's own booth and ends the part.
func (c *callActor) sendHome(p *party) {
	p.stopTimer()
	if p.agent == nil {
		return
	}
	if p.phase == up && (p.place != call.Home || p.moving != "") {
		c.hand.bringHome(p.agent, p.channel)
	}
	hasPart := p.phase != asked // before that it may have one as somebody else on the call
	p.phase = gone
	if hasPart {
		c.leavePart(p.agent)
	}
}

// handOver makes a colleague on the call its owner. The contact comes into the new owner's booth; the old owner wraps up.
func (c *callActor) handOver(p *party) {
	old, heir := c.owner, p.agent
	c.log.Info().Str("from", old.id).Str("to", heir.id).Msg("call handed over")
	c.remove(p)
	if p.place != call.Home || p.moving != "" {
		c.hand.bringHome(heir, p.channel)
	}
	for _, other := range c.everybody() {
		if other.place == call.Booth {
			other.place = call.Nowhere // that was the old owner's booth
		}
	}
	c.past.parted(time.Now())
	c.past.handed(heir.id, 0)
	delete(c.parts, heir.id)
	c.parts[old.id] = &part{agent: old, role: roleWrapUp, since: time.Now()}
	c.owner, c.away, c.origin = heir, "", "transfer"
	oldGoesOn := c.keepGoing
	c.keepGoing = true
	old.post(func() { old.handedOver(c, oldGoesOn) })
	c.step(call.TakenOver)
	c.e.tell(old.id, NoticeCall, c.viewFor(old.id))
}

// Commands of the other agents.

func (c *callActor) partWrongState(pt *part, event call.Event) *Error {
	err := refuse(CodeWrongState, "%s is not possible for an agent whose part in the call is %s", event, pt.role)
	err.State = string(pt.role)
	for _, e := range partCommands[pt.role] {
		err.Allowed = append(err.Allowed, string(e))
	}
	return err
}

func (c *callActor) partAccept(pt *part, at agentLeg, reply func(CallView, error)) {
	switch {
	case pt.role != roleOffered:
		reply(CallView{}, c.partWrongState(pt, call.Accept))
	case at.perCall:
		c.summonPart(pt)
		reply(c.viewFor(pt.agent.id), nil)
	case !at.connected:
		reply(CallView{}, refuse(CodePhoneNotConnected, "the phone is not connected; connect it before accepting"))
	default:
		c.accepted(pt.agent, at.channel, reply)
	}
}

func (c *callActor) partReject(pt *part, reply func(CallView, error)) {
	if pt.role != roleOffered && pt.role != roleSummon {
		reply(CallView{}, c.partWrongState(pt, call.Reject))
		return
	}
	v := c.viewFor(pt.agent.id)
	c.rejected(pt.agent, "rejected it")
	v.State, v.Allowed = string(call.Closed), []string{}
	reply(v, nil)
}

func (c *callActor) partLeave(pt *part, reply func(CallView, error)) {
	p := c.partyOf(pt.agent)
	if pt.role != roleJoined || p == nil {
		reply(CallView{}, c.partWrongState(pt, call.Leave))
		return
	}
	v := c.viewFor(pt.agent.id)
	wasTarget := p == c.target
	c.remove(p)
	c.sendAway(p)
	if wasTarget {
		c.problem = pt.agent.name() + " left"
	}
	c.afterLoss(false, wasTarget)
	v.State, v.Allowed = string(call.Closed), []string{}
	reply(v, nil)
}

// partDone ends the wrap-up of an agent who handed the call over.
func (c *callActor) partDone(pt *part, opt DoneOptions, reply func(CallView, error)) {
	if pt.role != roleWrapUp {
		reply(CallView{}, c.partWrongState(pt, call.Done))
		return
	}
	if opt.Note != "" {
		c.note = joinNotes(c.note, opt.Note)
	}
	c.past.wrappedUp(pt.agent.id)
	delete(c.parts, pt.agent.id)
	v := c.partOver(pt.agent)
	c.e.tell(pt.agent.id, NoticeCall, v)
	a := pt.agent
	a.post(func() { a.onCallClosed(c, !opt.Stop) })
	reply(v, nil)
	c.save()
	c.maybeOver()
}

func joinNotes(first, second string) string {
	if first == "" {
		return second
	}
	return first + "\n" + second
}

// groupByIdle lists the agents of a group who are ready, longest idle first.
func (e *Engine) groupByIdle(group string) []string {
	var ids []string
	for _, a := range e.idle(func(a *agentActor) bool { return slices.Contains(e.cfg.Groups[group], a.id) }) {
		ids = append(ids, a.id)
	}
	return ids
}

// idle lists the ready agents who fit, longest idle first.
func (e *Engine) idle(fits func(*agentActor) bool) []*agentActor {
	since := map[*agentActor]int64{} // it may change while they are sorted
	var found []*agentActor
	for _, a := range e.agents {
		if at := a.readySince.Load(); at != 0 && fits(a) {
			since[a] = at
			found = append(found, a)
		}
	}
	slices.SortFunc(found, func(a, b *agentActor) int { return cmp.Compare(since[a], since[b]) })
	return found
}
