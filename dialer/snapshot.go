package dialer

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/treatment"
	"github.com/hasshin/hasshin/internal/secret"
)

// What the journal keeps of a call and of an agent, and how a new process takes them up again: first everybody is as the last process
// meant them to be; then, once the node is connected, reconcile compares that with what Asterisk has, and whatever ended or moved
// meanwhile is seen as an event.

type callSnapshot struct {
	ID          string             `json:"id"`
	Campaign    string             `json:"campaign"`
	Record      string             `json:"record"`
	Token       campaign.Token     `json:"token"`
	Owner       string             `json:"owner"`
	Parts       []partSnapshot     `json:"parts,omitempty"`
	State       call.State         `json:"state"`
	Previous    call.State         `json:"previous,omitempty"`
	Since       time.Time          `json:"since"`
	Contact     *partySnapshot     `json:"contact,omitempty"`
	Target      *partySnapshot     `json:"target,omitempty"`
	Members     []*partySnapshot   `json:"members,omitempty"`
	Parting     []*partySnapshot   `json:"parting,omitempty"`
	Serial      int                `json:"serial,omitempty"`
	Number      string             `json:"number,omitempty"`
	Attempts    []campaign.Attempt `json:"attempts,omitempty"`
	Verdict     call.Result        `json:"verdict,omitempty"`
	Result      call.Result        `json:"result,omitempty"`
	Cause       string             `json:"cause,omitempty"`
	Problem     string             `json:"problem,omitempty"`
	Disposition string             `json:"disposition,omitempty"`
	Note        string             `json:"note,omitempty"`
	ReadOnly    bool               `json:"read_only,omitempty"`
	Fields      map[string]string  `json:"fields,omitempty"`
	Digits      map[string]string  `json:"digits,omitempty"`
	Wish        Target             `json:"wish"`
	WishFor     call.Event         `json:"wish_for,omitempty"`
	Origin      string             `json:"origin,omitempty"`
	KeepGoing   bool               `json:"keep_going"`
	Finish      bool               `json:"finish,omitempty"`
	Closed      bool               `json:"closed,omitempty"`
	Promise     string             `json:"promise,omitempty"` // id of the callback that the call keeps
	Draft       *draft             `json:"draft,omitempty"`
	Held        *held              `json:"held,omitempty"`   // done or cancel, to be written
	Barred      *barred            `json:"barred,omitempty"` // on the do-not-call list, for a moment to be taken back
	Left        bool               `json:"left,omitempty"`   // by the owner
	Recorder    *recorderSnapshot  `json:"recorder,omitempty"`
	Past        *chronicle         `json:"past,omitempty"`
}

type partSnapshot struct {
	Agent string     `json:"agent"`
	Role  role       `json:"role"`
	Kind  call.Event `json:"kind,omitempty"`
	Since time.Time  `json:"since"`
}

type partySnapshot struct {
	ID      string     `json:"id"`
	Target  Target     `json:"target"`
	Channel string     `json:"channel,omitempty"`
	Phase   phase      `json:"phase"`
	Place   call.Place `json:"place,omitempty"`
	Agent   string     `json:"agent,omitempty"`
	Rest    []string   `json:"rest,omitempty"`
	Leaving bool       `json:"leaving,omitempty"`
	Muted   bool       `json:"muted,omitempty"`
	Dialed  time.Time  `json:"dialed,omitzero"`
	Rang    time.Time  `json:"rang,omitzero"`
	Alerts  bool       `json:"alerts,omitempty"`
}

func (p *party) snapshot() *partySnapshot {
	if p == nil {
		return nil
	}
	s := &partySnapshot{ID: p.id, Target: p.target, Channel: p.channel, Phase: p.phase, Place: p.place, Rest: p.rest, Leaving: p.leaving, Muted: p.muted, Dialed: p.dialed, Rang: p.rang, Alerts: p.alerts}
	if p.agent != nil {
		s.Agent = p.agent.id
	}
	return s
}

func (e *Engine) party(s *partySnapshot) *party {
	if s == nil {
		return nil
	}
	p := &party{id: s.ID, target: s.Target, channel: s.Channel, phase: s.Phase, place: s.Place, rest: s.Rest, leaving: s.Leaving, muted: s.Muted, dialed: s.Dialed, rang: s.Rang, alerts: s.Alerts}
	if s.Agent != "" {
		p.agent = e.agents[s.Agent]
	}
	return p
}

// save notes the call in the journal.
func (c *callActor) save() {
	s := callSnapshot{
		ID: c.id, Campaign: c.campaignID, Record: c.record.ID, Token: c.token, Owner: c.owner.id, State: c.state, Previous: c.previous, Since: c.since,
		Contact: c.contact.snapshot(), Target: c.target.snapshot(), Serial: c.serial, Number: c.number, Attempts: c.attempts, Verdict: c.verdict, Result: c.result,
		Cause: c.cause, Problem: c.problem, Disposition: c.disposition, Note: c.note, ReadOnly: c.idle.readOnly, Fields: c.fields, Digits: c.digits,
		Wish: c.wish.target, WishFor: c.wish.event, Origin: c.origin, KeepGoing: c.keepGoing, Finish: c.finish, Closed: c.closed,
	}
	s.Draft, s.Held, s.Barred, s.Left = c.draft, c.held, c.barred, c.left
	s.Recorder, s.Past = c.recorder.snapshot(), &c.past
	if c.promise != nil {
		s.Promise = c.promise.ID
	}
	for _, p := range c.members {
		s.Members = append(s.Members, p.snapshot())
	}
	for _, p := range c.parting {
		s.Parting = append(s.Parting, p.snapshot())
	}
	for id, pt := range c.parts {
		s.Parts = append(s.Parts, partSnapshot{id, pt.role, pt.kind, pt.since})
	}
	c.e.scribe.note(c.node.cfg.Name, entryCall, c.id, s)
}

// revive makes the call of a snapshot, not yet running.
func (e *Engine) revive(ctx context.Context, n *node, text []byte) (*callActor, error) {
	var s callSnapshot
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("read journal: %w", err)
	}
	cfg, ok := e.cfg.Campaigns[s.Campaign]
	if !ok {
		return nil, fmt.Errorf("campaign %s is not configured any more", s.Campaign)
	}
	owner, ok := e.agents[s.Owner]
	if !ok {
		return nil, fmt.Errorf("agent %s is not configured any more", s.Owner)
	}
	record, err := e.store.Get(ctx, s.Campaign, s.Record)
	if err != nil {
		return nil, err
	}
	d, err := e.decide(ctx, s.Campaign, s.Owner, record)
	if err != nil {
		return nil, err
	}
	if d.Verb == treatment.Dial {
		record.Dial = d.Number.E164
	}
	c := &callActor{
		actor: newActor(), e: e, owner: owner, node: n, id: s.ID, campaignID: s.Campaign, cfg: cfg, record: record, token: s.Token,
		log:   e.log.With().Str("call", s.ID).Str("campaign", s.Campaign).Logger(),
		state: s.State, previous: s.Previous, since: s.Since, contact: e.party(s.Contact), target: e.party(s.Target), serial: s.Serial,
		number: s.Number, attempts: s.Attempts, verdict: s.Verdict, result: s.Result, cause: s.Cause, problem: s.Problem, disposition: s.Disposition, note: s.Note,
		fields: s.Fields, idle: idle{readOnly: s.ReadOnly}, digits: s.Digits, wish: wish{s.Wish, s.WishFor}, origin: s.Origin, keepGoing: s.KeepGoing, finish: s.Finish, closed: s.Closed,
		parts: map[string]*part{},
	}
	c.draft, c.held, c.barred, c.left = s.Draft, s.Held, s.Barred, s.Left
	if s.Past != nil {
		c.past = *s.Past
	}
	c.recorder.c = c
	c.recorder.restore(s.Recorder)
	if s.Promise != "" {
		if c.promise, err = e.store.Promises().Get(ctx, s.Campaign, s.Promise); err != nil {
			return nil, err
		}
	}
	for _, p := range s.Members {
		c.members = append(c.members, e.party(p))
	}
	for _, p := range s.Parting {
		c.parting = append(c.parting, e.party(p))
	}
	for _, pt := range s.Parts {
		if a := e.agents[pt.Agent]; a != nil {
			c.parts[pt.Agent] = &part{agent: a, role: pt.Role, kind: pt.Kind, since: pt.Since}
		}
	}
	c.state = written(record, c.token, c.state)
	c.live.Store(c.state.Live())
	c.hand.init(c)
	c.hand.begin()
	return c, nil
}

// written is the state of a call whose record may have been closed or given back by the last process, before it could note so. The call goes
// through the same end again, which changes nothing any more; anything else that was done with it now would be lost.
func written(r *campaign.Record, token campaign.Token, state call.State) call.State {
	for _, h := range r.History {
		switch {
		case h.Token != token || state == call.Closed:
		case h.Ending == campaign.EndedClosed:
			return call.Closing
		case h.Ending != campaign.EndedExpired:
			return call.Returning
		}
	}
	return state
}

// resume is the first thing a revived call does, once its node is connected and its legs have been compared.
func (c *callActor) resume() {
	c.log.Info().Str("agent", c.owner.id).Str("state", string(c.state)).Msg("call taken up again")
	c.renewLater()
	c.awaitAnswer()
	c.hand.renew()
	c.watch()
	if p := c.target; p != nil && p.agent != nil && p.phase == offered && c.summonedPart(p) {
		a := p.agent
		a.post(func() { a.phone.standing(c) })
	} else if p != nil && p.agent != nil && p.phase == offered {
		c.awaitPart(p)
	}
	for _, p := range c.everybody() {
		if p.agent == nil && (p.phase == dialing || p.phase == ringing) {
			c.awaitPickup(p)
		}
	}
	if p := c.contact; p != nil && p.phase < created {
		c.lost(p, 0, 0, "the process ended while the contact was being dialed")
	}
	if p := c.target; p != nil && p.phase < offered {
		c.lost(p, 0, 0, "the process ended while the target was being reached")
	}
	c.barLater()
	switch {
	case c.held != nil:
		c.left = true
		c.commitLater()
		c.changed()
		return
	}
	switch c.state { // what was being written may have been written, or not: doing it again under the same token is harmless
	case call.Returning:
		c.hand.returnRecord()
	case call.Closing:
		c.hand.closeRecord()
	case call.Ending:
		c.hangUp()
	case call.Summoning:
		owner := c.owner
		owner.post(func() { owner.phone.standing(c) })
	case call.WrapUp:
		c.restPhone()
	}
	for _, p := range c.parting {
		if p.agent == nil {
			c.hand.hangUp(p)
		}
	}
	c.changed()
}

type agentSnapshot struct {
	State       agent.State      `json:"state"`
	Reason      string           `json:"reason,omitempty"`
	Since       time.Time        `json:"since"`
	After       agent.State      `json:"after,omitempty"`
	AfterReason string           `json:"after_reason,omitempty"`
	Campaign    string           `json:"campaign,omitempty"`
	Next        bool             `json:"next,omitempty"`
	Call        string           `json:"call,omitempty"`
	Phone       agent.PhoneState `json:"phone"`
	Channel     string           `json:"channel,omitempty"`
	Password    string           `json:"password,omitempty"` // of the pushed endpoint; it ends with the session
	Pushed      bool             `json:"pushed,omitempty"`
	Wanted      bool             `json:"wanted,omitempty"` // by a call; without a nailed-up leg
	Rescue      bool             `json:"rescue,omitempty"` // being rung again in a call

	Supervision *supervisionSnapshot `json:"supervision,omitempty"`
}

// save notes the agent in the journal.
func (a *agentActor) save() {
	if a.phone.node == nil {
		return
	}
	if a.state == agent.SignedOut {
		a.e.scribe.note(a.phone.node.cfg.Name, entryAgent, a.id, nil)
		return
	}
	s := agentSnapshot{
		State: a.state, Reason: a.reason, Since: a.since, After: a.after.state, AfterReason: a.after.reason, Campaign: a.campaign, Next: a.next,
		Phone: a.phone.state, Channel: a.phone.channel, Password: a.phone.password.Reveal(), Pushed: a.phone.pushed,
		Wanted: a.phone.wanted, Rescue: !a.phone.until.IsZero(), Supervision: a.supervision.snapshot(),
	}
	if a.call != nil {
		s.Call = a.call.id
	}
	a.e.scribe.note(a.phone.node.cfg.Name, entryAgent, a.id, s)
}

// restore makes the agent what the snapshot says. The agent's goroutine is not running yet.
func (a *agentActor) restore(n *node, text []byte) error {
	var s agentSnapshot
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("read journal: %w", err)
	}
	a.state, a.reason, a.since, a.after = s.State, s.Reason, s.Since, restored{s.After, s.AfterReason}
	a.campaign, a.next = s.Campaign, s.Next
	if a.state == agent.Ready {
		a.readySince.Store(a.since.UnixNano())
	}
	a.phone.node, a.phone.state, a.phone.channel, a.phone.pushed = n, s.Phone, s.Channel, s.Pushed
	a.phone.made = time.Now()
	if s.Password != "" {
		a.phone.password = secret.New(s.Password)
	}
	a.phone.wanted = s.Wanted
	if a.phone.state == agent.PhoneRinging && (s.Rescue || !a.phone.perCall()) {
		a.phone.until = time.Now().Add(a.e.cfg.RescueTimeout)
	}
	n.agents.Add(1)
	a.restoreSupervision(s.Supervision)
	return nil
}

// takeUp restores what the journal has of a node before anything runs.
func (e *Engine) takeUp(ctx context.Context, n *node) error {
	if e.scribe.journal == nil {
		return nil
	}
	calls, agents, err := e.scribe.journal.Load(ctx, n.cfg.Name)
	if err != nil {
		return err
	}
	for id, text := range agents {
		a := e.agents[id]
		if a == nil {
			e.scribe.note(n.cfg.Name, entryAgent, id, nil)
			continue
		}
		if err := a.restore(n, text); err != nil {
			return fmt.Errorf("agent %s: %w", id, err)
		}
	}
	for id, text := range calls {
		placed, err := e.revivePlaced(ctx, n, text)
		if placed && err == nil {
			continue
		}
		var c *callActor
		if !placed && err == nil {
			c, err = e.revive(ctx, n, text)
		}
		if err != nil {
			e.log.Error().Err(err).Str("call", id).Msg("a call cannot be taken up again; its legs are released")
			if err := e.historyOfLost(ctx, text); err != nil {
				return fmt.Errorf("history of call %s: %w", id, err)
			}
			e.scribe.note(n.cfg.Name, entryCall, id, nil)
			continue
		}
		n.revived = append(n.revived, c)
		if !c.closed && !c.left && c.held == nil {
			c.owner.call = c
		}
		for _, pt := range c.parts {
			pt.agent.call = c
		}
		e.addCall(c)
	}
	for id := range agents {
		if a := e.agents[id]; a != nil && a.call == nil && a.supervision == nil && a.state.Busy() { // its call ended with the last process
			a.state, a.reason, a.phone.wanted = agent.NotReady, "", false
		}
		if a := e.agents[id]; a != nil {
			a.show()
			e.stats.Agent(time.Now(), id, a.state, a.cfg.Campaigns)
		}
	}
	return nil
}
