package dialer

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/directory"
)

// Finding targets, and the guard on outside numbers.

// TargetView is a target that an agent can choose.
type TargetView struct {
	Kind      string     `json:"kind" enum:"agent,group,queue,number" doc:"what it is"`
	ID        string     `json:"id,omitempty" doc:"of an agent, a group or a queue"`
	Number    string     `json:"number,omitempty" doc:"E.164, of a number"`
	Name      string     `json:"name,omitempty" doc:"missing for a number that nobody has given a name"`
	Type      string     `json:"type,omitempty" doc:"of a contact's number, for example mobile, home, work"`
	Groups    []string   `json:"groups,omitempty" doc:"groups it is in or listed under"`
	Contact   bool       `json:"contact,omitempty" doc:"a number of the call's own record"`
	State     string     `json:"state,omitempty" enum:"signed-out,not-ready,ready,offered,preview,on-call,wrap-up" doc:"of an agent: what it is doing now"`
	Since     *time.Time `json:"since,omitempty" doc:"of an agent: since when"`
	Available bool       `json:"available" doc:"an agent, or one of a group, is ready; a queue or number is not refused"`
	Ready     int        `json:"ready,omitempty" doc:"of a group: how many of its agents are ready"`
	Favourite bool       `json:"favourite,omitempty"`
	UsedAt    *time.Time `json:"used_at,omitempty" doc:"when the agent used it last, if that was lately"`
	Refused   string     `json:"refused,omitempty" doc:"code with which a command to reach this number would be refused, as far as is known without trying"`
	Why       string     `json:"why,omitempty" doc:"why it is refused, for people"`
	For       []string   `json:"for" enum:"consult,invite,transfer" doc:"what it can be reached for"`
}

const (
	usualTargets = 20  // what a search answers that does not say how many
	maxTargets   = 200 // what any search answers at most
)

// outlook is what decides about numbers when an agent looks for targets: the campaign, and the record of the call if there is one.
type outlook struct {
	agent    *agentActor
	campaign campaign.Config
	name     string // of the contact
	numbers  []campaign.Number
}

func (e *Engine) outlook(ctx context.Context, agentID, callID string) (outlook, error) {
	a, err := e.agent(agentID)
	if err != nil {
		return outlook{}, err
	}
	o := outlook{agent: a}
	if callID == "" {
		if len(a.cfg.Campaigns) > 0 {
			o.campaign = e.cfg.Campaigns[a.cfg.Campaigns[0]]
		}
		return o, nil
	}
	_, err = e.ofCall(ctx, agentID, callID, func(c *callActor, reply func(CallView, error)) {
		o.campaign, o.name, o.numbers = c.cfg, c.record.Name, slices.Clone(c.record.Numbers)
		reply(CallView{}, nil)
	}, nil)
	return o, err
}

// refusal tells why a number would not be reached, nil if it would, as far as is known here.
func (o outlook) refusal(number string) *Error {
	own := func(n campaign.Number) bool { return n.E164 == number }
	if i := slices.IndexFunc(o.numbers, own); i >= 0 {
		if o.numbers[i].DoNotCall {
			return refuse(CodeDoNotCall, "%s is on the do-not-call list", number)
		}
		return nil
	}
	e, home := o.agent.e, o.campaign.List.Region
	if p := agent.ReachOutside(number, home); !e.cfg.Privileges.Can(p, o.agent.cfg, o.campaign.Privileges) {
		return without(p, "to reach %s needs the privilege %s", number, p)
	}
	return guarded(e.guard.Check(number, home))
}

// guarded makes the engine's error of a guard's refusal.
func guarded(err error) *Error {
	var r *directory.Refusal
	if errors.As(err, &r) {
		return refuse(Code(r.Code), "%s", r.Message)
	}
	return nil
}

func (e *Engine) searchTargets(ctx context.Context, agentID, callID, text string, limit int) ([]TargetView, error) {
	o, err := e.outlook(ctx, agentID, callID)
	if err != nil {
		return nil, err
	}
	q := directory.Query{Text: text, Limit: min(max(cmp.Or(limit, usualTargets), 1), maxTargets), Self: agentID, Home: o.campaign.List.Region}
	for _, n := range o.numbers {
		q.Contact = append(q.Contact, directory.ContactNumber{Name: o.name, Number: n.E164, Type: n.Type})
	}
	remembering, cancel := e.bounded(ctx, memoryTimeout)
	defer cancel()
	if q.Memory, err = e.memory.Remembered(remembering, agentID); err != nil { // the search is only less well sorted then
		e.log.Warn().Err(err).Str("agent", agentID).Msg("favourites and recents cannot be read")
	}
	views := []TargetView{}
	for _, h := range e.targets.Search(q, presences{e}) {
		views = append(views, o.view(h))
	}
	return views, nil
}

// memoryTimeout is how long a search waits for what the agent likes.
const memoryTimeout = time.Second

func (o outlook) view(h directory.Hit) TargetView {
	v := TargetView{
		Kind: string(h.Kind), Name: h.Name, Type: h.Type, Groups: h.Groups, Contact: h.Contact, Available: h.Available(), Ready: h.Ready,
		Favourite: h.Favourite, UsedAt: moment(h.Used), For: []string{string(call.Consult), string(call.Invite), string(call.Transfer)},
	}
	switch h.Kind {
	case directory.Agent:
		v.ID, v.State, v.Since = h.ID, h.Presence.State, moment(h.Presence.Since)
	case directory.Group:
		v.ID = h.ID
	case directory.Queue:
		v.ID, v.For = h.ID, []string{string(call.Transfer)}
	case directory.Number:
		v.Number = h.ID
		if err := o.refusal(h.ID); err != nil {
			v.Refused, v.Why, v.Available = string(err.Code), err.Message, false
		}
	}
	return v
}

// presences tells the directory what the agents are doing, without asking their goroutines.
type presences struct{ e *Engine }

func (p presences) Presence(agentID string) directory.Presence {
	if a := p.e.agents[agentID]; a != nil {
		if now := a.presence.Load(); now != nil {
			return *now
		}
	}
	return directory.Presence{State: string(agent.SignedOut)}
}

// show lets those who look for targets see what the agent is doing.
func (a *agentActor) show() {
	a.presence.Store(&directory.Presence{
		State: string(a.state), Since: a.since, Available: a.state == agent.Ready && a.phone.serves(),
	})
	a.sit()
}

func newIndex(c Config) *directory.Index {
	src := directory.Source{Groups: c.Groups, Queues: sortedKeys(c.Queues), Entries: c.Directory.Entries}
	for _, id := range slices.Sorted(maps.Keys(c.Agents)) {
		a := c.Agents[id]
		src.People = append(src.People, directory.Person{ID: id, Name: cmp.Or(a.Name, id), Reading: a.Reading})
	}
	return directory.NewIndex(src)
}

// ref is how the directory names a target.
func (t Target) ref() directory.Ref {
	if t.Kind == TargetNumber {
		return directory.Ref{Kind: directory.Number, ID: t.Number}
	}
	return directory.Ref{Kind: directory.Kind(t.Kind), ID: t.ID}
}

func (e *Engine) setFavouriteTarget(ctx context.Context, agentID string, t Target, favourite bool) error {
	if _, err := e.agent(agentID); err != nil {
		return err
	}
	if favourite { // one that is not there any more can still be taken away
		if err := e.checkTarget(agentID, t); err != nil {
			return err
		}
	}
	ctx, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	err := e.memory.SetFavourite(ctx, agentID, t.ref(), favourite)
	switch {
	case errors.Is(err, directory.ErrTooManyFavourites):
		return refuse(CodeTooManyFavourites, "there is no room for another favourite; %d are possible", directory.MaxFavourites)
	case err != nil:
		return &Error{Code: CodeStoreUnavailable, Message: "favourites cannot be written now; nothing was changed", Err: err}
	}
	return nil
}

// remember notes that the call's owner reached for a target.
func (c *callActor) remember(t Target) {
	agentID := c.owner.id
	c.e.aside(func() {
		ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
		defer cancel()
		if err := c.e.memory.Used(ctx, agentID, t.ref()); err != nil {
			c.log.Warn().Err(err).Str("agent", agentID).Msg("a target used is not remembered")
		}
	})
}

// outside tells whether a target is an outside number: one that is not of the call's own record.
func (c *callActor) outside(t Target) bool {
	return t.Kind == TargetNumber && !slices.Contains(numbersOf(c.record), t.Number)
}

// checkReach refuses what can be refused of a wish to reach somebody without asking Redis.
func (c *callActor) checkReach(event call.Event, to Target) error {
	if _, ok := call.Next(c.state, event); !ok {
		return c.wrongState(event)
	}
	if err := c.e.checkTarget(c.owner.id, to); err != nil {
		return err
	}
	if event == call.Invite && 2+len(c.members)+1 > c.e.cfg.ConferenceLimit { // contact, agent, members and the new one
		return refuse(CodeConferenceFull, "a conference has at most %d parties", c.e.cfg.ConferenceLimit)
	}
	if event != call.Transfer && to.Kind == TargetQueue {
		return refuse(CodeUnknownTarget, "a queue can only be transferred to")
	}
	if err := c.mayReach(to); err != nil {
		return err
	}
	if c.outside(to) {
		if err := guarded(c.e.guard.Check(to.Number, c.cfg.List.Region)); err != nil {
			return err
		}
	}
	return nil
}
