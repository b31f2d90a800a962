package dialer

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// The callback book: what was promised can be looked at, moved, handed over and cancelled after the call. Agents see to what they answer for,
// supervisors to everything.

// PromiseView is a callback that was promised, with its ledger where one is asked for.
type PromiseView struct {
	ID         string             `json:"id"`
	Campaign   string             `json:"campaign" doc:"campaign's id"`
	Record     string             `json:"record" doc:"record's id"`
	Name       string             `json:"name,omitempty" doc:"record's name, in the book"`
	Number     string             `json:"number" doc:"number to call, E.164"`
	Kind       string             `json:"kind" enum:"personal,pool" doc:"personal: for its owner; pool: for any agent of the campaign"`
	Owner      string             `json:"owner,omitempty" doc:"agent who keeps a personal one"`
	Holder     string             `json:"holder" doc:"agent who answers for it: the owner, or who promised it"`
	HolderName string             `json:"holder_name" doc:"holder's name"`
	By         string             `json:"by" doc:"agent who promised it, also after it was handed over"`
	ByName     string             `json:"by_name" doc:"name of who promised it"`
	Note       string             `json:"note,omitempty" doc:"what to know when calling back"`
	Zone       string             `json:"zone" doc:"IANA time zone in which the contact was told the time"`
	Absent     *AbsenceView       `json:"absent,omitempty" doc:"what happens when the owner is absent"`
	Call       string             `json:"call" doc:"call in which it was promised"`
	Made       time.Time          `json:"made" doc:"when it was promised"`
	Due        time.Time          `json:"due" doc:"when the contact is to be called"`
	State      string             `json:"state" enum:"waiting,due,offered,kept,handed-over,cancelled,superseded,expired" doc:"the last five are final"`
	Since      time.Time          `json:"since" doc:"when it came into its state"`
	Queue      string             `json:"queue,omitempty" enum:"owner,group,pool,supervisor" doc:"for state due: who may have it"`
	Agent      string             `json:"agent,omitempty" doc:"for state offered: who has it"`
	AgentName  string             `json:"agent_name,omitempty" doc:"name of who has it"`
	Refusals   int                `json:"refusals" doc:"how often it was refused or not answered"`
	Late       float64            `json:"late_seconds,omitempty" doc:"for state due: how long it is overdue"`
	Why        string             `json:"why,omitempty" enum:"campaign-stopped,supervisor,owner-busy,owner-absent,nobody-ready,refused" doc:"for state due: why no agent has it"`
	Allowed    []string           `json:"allowed" doc:"what the agent can do with it now: move, hand-over, cancel, release"`
	Ledger     []PromiseEventView `json:"ledger,omitempty" doc:"what happened to it, oldest first"`
}

// AbsenceView is what happens to a personal callback whose owner is absent.
type AbsenceView struct {
	Minutes int    `json:"minutes" doc:"how long after the promised time the owner is waited for"`
	Then    string `json:"then" enum:"pool,group,next-shift,supervisor" doc:"who gets it after that"`
	Group   string `json:"group,omitempty" doc:"id of the group of agents"`
}

// PromiseEventView is a line of a callback's ledger.
type PromiseEventView struct {
	At     time.Time `json:"at"`
	Kind   string    `json:"kind" doc:"what happened: made, due, offered, rejected, unanswered, released, lease-expired, escalated, owner-absent, next-shift, moved, postponed, reached-elsewhere or a final state"`
	By     string    `json:"by,omitempty" doc:"agent; nothing for the server"`
	ByName string    `json:"by_name,omitempty" doc:"agent's name"`
	Text   string    `json:"text,omitempty" doc:"why, or the id of another callback"`
}

// promiseView shows a promise to an agent; "" for nobody in particular.
func (e *Engine) promiseView(p *callback.Promise, agentID string) PromiseView {
	v := PromiseView{
		ID: p.ID, Campaign: p.Campaign, Record: p.Record, Number: p.Number, Kind: string(p.Kind), Owner: p.Owner, Holder: p.Holder, HolderName: e.nameOf(p.Holder),
		By: p.By, ByName: e.nameOf(p.By), Note: p.Note,
		Zone: p.Zone, Call: p.Call, Made: p.Made, Due: p.Due, State: string(p.State), Since: p.Since, Queue: queueName(p.Queue), Agent: p.Agent, AgentName: e.nameOf(p.Agent),
		Refusals: p.Refusals, Allowed: []string{},
	}
	if p.Kind == callback.Personal {
		v.Absent = &AbsenceView{Minutes: int(p.Absent.Wait / time.Minute), Then: string(p.Absent.Then), Group: p.Absent.Group}
	}
	if p.State == callback.Due {
		v.Late, v.Why = max(time.Since(p.Due), 0).Seconds(), e.whyDue(p)
	}
	if a := e.agents[agentID]; a != nil && e.maySee(a, p) && (p.State == callback.Waiting || p.State == callback.Due) {
		v.Allowed = append(v.Allowed, string(campaign.ChangeMove), string(campaign.ChangeHandOver), string(campaign.ChangeCancel))
		if p.Queue == callback.QueueSupervisor && e.manages(a, p.Campaign) {
			v.Allowed = append(v.Allowed, string(campaign.ChangeRelease))
		}
	}
	for _, ev := range p.Events {
		v.Ledger = append(v.Ledger, PromiseEventView{At: ev.At, Kind: ev.Kind, By: ev.By, ByName: e.nameOf(ev.By), Text: ev.Text})
	}
	return v
}

// whyDue tells why no agent has a callback that is due; "" if one is about to be asked.
func (e *Engine) whyDue(p *callback.Promise) string {
	switch {
	case p.Queue == callback.QueueSupervisor:
		return "supervisor"
	case !e.delivers(p.Campaign):
		return "campaign-stopped"
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	ready, err := e.readyFor(ctx, p.Campaign, p.Queue)
	switch {
	case err != nil:
		return "" // not known now
	case len(ready) > 0 && p.Refusals > 0:
		return "refused"
	case len(ready) > 0:
		return ""
	case p.Queue.Agent() == "":
		return "nobody-ready"
	}
	switch there, err := e.there(ctx, p.Queue.Agent()); {
	case err != nil:
		return ""
	case there:
		return "owner-busy"
	}
	return "owner-absent"
}

// queueName is what a queue is called outside.
func queueName(q callback.Queue) string {
	switch {
	case q == "":
		return ""
	case q == callback.QueuePool, q[0] == 's' && q != callback.QueueSupervisor:
		return "pool"
	case q == callback.QueueSupervisor:
		return "supervisor"
	case q[0] == 'g':
		return "group"
	}
	return "owner"
}

func (e *Engine) manages(a *agentActor, campaignID string) bool {
	return e.cfg.Privileges.Can(agent.ManageCallbacks, a.cfg, e.cfg.Campaigns[campaignID].Privileges)
}

func (e *Engine) maySee(a *agentActor, p *callback.Promise) bool {
	return p.Holder == a.id || e.manages(a, p.Campaign)
}

// Callback shows one callback with its ledger.
func (e *Engine) Callback(ctx context.Context, agentID, campaignID, id string) (PromiseView, error) {
	_, p, err := e.promiseFor(ctx, agentID, campaignID, id)
	if err != nil {
		return PromiseView{}, err
	}
	return e.promiseView(p, agentID), nil
}

// promiseFor reads a promise for somebody who may see to it.
func (e *Engine) promiseFor(ctx context.Context, agentID, campaignID, id string) (*agentActor, *callback.Promise, error) {
	a, err := e.agent(agentID)
	if err != nil {
		return nil, nil, err
	}
	if _, known := e.cfg.Campaigns[campaignID]; !known {
		return nil, nil, refuse(CodeUnknownCampaign, "there is no campaign %q", campaignID)
	}
	ctx, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	p, err := e.store.Promises().Get(ctx, campaignID, id)
	switch {
	case errors.Is(err, campaign.ErrNotFound):
		return nil, nil, refuse(CodeUnknownCallback, "campaign %s has no callback %q", campaignID, id)
	case err != nil:
		return nil, nil, &Error{Code: CodeStoreUnavailable, Message: "the callbacks cannot be read now", Err: err}
	case !e.maySee(a, p):
		return nil, nil, without(agent.ManageCallbacks, "another agent's callback needs the privilege %s", agent.ManageCallbacks)
	}
	return a, p, nil
}

// MoveCallback gives a callback another time. It is checked as one that is drafted.
func (e *Engine) MoveCallback(ctx context.Context, agentID, campaignID, id string, when callback.LocalTime, why string) (PromiseView, error) {
	a, p, err := e.promiseFor(ctx, agentID, campaignID, id)
	if err != nil {
		return PromiseView{}, err
	}
	record, err := e.store.Get(ctx, campaignID, p.Record)
	if err != nil {
		return PromiseView{}, &Error{Code: CodeStoreUnavailable, Message: "the calling list cannot be read now", Err: err}
	}
	verdict, err := e.checkCallback(ctx, checking{
		campaign: campaignID, by: a, customer: e.cfg.Campaigns[campaignID].CustomerOf(record), number: p.Number, zone: record.TimeZone, chain: append(numbersOf(record), p.Number),
		draft: callback.Draft{When: when, Number: p.Number, Kind: p.Kind},
	})
	if err != nil {
		return PromiseView{}, err
	}
	verdict.Problems = slices.DeleteFunc(verdict.Problems, func(pr callback.DraftProblem) bool { return pr.Code == callback.CodeKindLocked })
	if !verdict.OK() {
		return PromiseView{}, invalidCallback(verdict)
	}
	return e.changePromise(ctx, agentID, p, campaign.Change{Kind: campaign.ChangeMove, By: agentID, Why: moved(p.Due, verdict.Due, why), Due: verdict.Due}, p.ID, verdict.Due)
}

// moved is the line of the ledger for another time.
func moved(from, to time.Time, why string) string {
	text := from.UTC().Format(time.RFC3339) + " to " + to.UTC().Format(time.RFC3339)
	if why != "" {
		text += ": " + why
	}
	return text
}

// HandOverCallback makes another agent's of a callback; "" makes it the pool's. It answers with the callback that takes its place.
func (e *Engine) HandOverCallback(ctx context.Context, agentID, campaignID, id, to string) (PromiseView, error) {
	_, p, err := e.promiseFor(ctx, agentID, campaignID, id)
	if err != nil {
		return PromiseView{}, err
	}
	if to != "" {
		other, err := e.agent(to)
		if err != nil {
			return PromiseView{}, err
		}
		if !slices.Contains(other.cfg.Campaigns, campaignID) {
			return PromiseView{}, refuse(CodeNotInCampaign, "agent %s does not work in campaign %s", to, campaignID)
		}
	}
	if p.State == callback.HandedOver { // a repeated request
		return PromiseView{}, promiseState(p.State)
	}
	next := newID()
	return e.changePromise(ctx, agentID, p, campaign.Change{Kind: campaign.ChangeHandOver, By: agentID, NewID: next, Owner: to}, next, p.Due)
}

// CancelCallback takes a callback back.
func (e *Engine) CancelCallback(ctx context.Context, agentID, campaignID, id, why string) (PromiseView, error) {
	_, p, err := e.promiseFor(ctx, agentID, campaignID, id)
	if err != nil {
		return PromiseView{}, err
	}
	return e.changePromise(ctx, agentID, p, campaign.Change{Kind: campaign.ChangeCancel, By: agentID, Why: why}, p.ID, time.Time{})
}

// ReleaseCallback gives everybody what had come to a supervisor.
func (e *Engine) ReleaseCallback(ctx context.Context, agentID, campaignID, id string) (PromiseView, error) {
	a, p, err := e.promiseFor(ctx, agentID, campaignID, id)
	if err != nil {
		return PromiseView{}, err
	}
	if !e.manages(a, campaignID) {
		return PromiseView{}, without(agent.ManageCallbacks, "to release a callback needs the privilege %s", agent.ManageCallbacks)
	}
	if !e.delivers(campaignID) {
		return PromiseView{}, e.stopped(campaignID)
	}
	v, err := e.changePromise(ctx, agentID, p, campaign.Change{Kind: campaign.ChangeRelease, By: agentID}, p.ID, time.Time{})
	if err == nil {
		e.offerDue(ctx, campaignID, id, nil)
	}
	return v, err
}

func promiseState(s callback.State) *Error {
	err := refuse(CodeWrongState, "that is not possible while the callback is %s", s)
	err.State = string(s)
	return err
}

// changePromise does one change and answers with the promise that is there then, which is woken at alarm if that is not zero.
func (e *Engine) changePromise(
	ctx context.Context, agentID string, p *callback.Promise, c campaign.Change, then string, alarm time.Time,
) (PromiseView, error) {
	storing, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	err := e.store.Promises().Change(storing, p.Campaign, p.ID, c)
	var state *campaign.StateError
	switch {
	case errors.As(err, &state):
		return PromiseView{}, promiseState(state.State)
	case err != nil:
		return PromiseView{}, &Error{Code: CodeStoreUnavailable, Message: "the callback cannot be changed now; try again", Err: err}
	}
	e.log.Info().Str("campaign", p.Campaign).Str("callback", p.ID).Str("agent", agentID).Str("change", string(c.Kind)).Msg("callback changed")
	if !alarm.IsZero() {
		e.alarmSoon(p.Campaign, then, alarm)
	}
	now, err := e.store.Promises().Get(storing, p.Campaign, then)
	if err != nil {
		return PromiseView{}, &Error{Code: CodeStoreUnavailable, Message: "the callback is changed, but cannot be shown now", Err: err}
	}
	return e.promiseView(now, agentID), nil
}
