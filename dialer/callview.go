package dialer

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// changed tells everyone on the call how it is now.
func (c *callActor) changed() {
	c.recorder.settle()
	c.save()
	c.e.tell(c.owner.id, NoticeCall, c.view())
	for id := range c.parts {
		c.e.tell(id, NoticeCall, c.viewFor(id))
	}
	c.tellWatchers()
	c.e.callChanged(c)
}

// viewFor is the call as one of its agents sees it.
func (c *callActor) viewFor(agentID string) CallView {
	pt := c.parts[agentID]
	if pt == nil {
		return c.view()
	}
	v := c.view()
	v.Agent, v.State, v.Since, v.Allowed = agentID, string(pt.role), pt.since, []string{}
	v.Disposition, v.Note, v.Parties = "", "", unhanded(v.Parties)
	v.From, v.FromName, v.Rules, v.Undo = c.owner.id, c.owner.name(), c.rulesFor(pt.agent), nil
	v.AnswerBy = nil
	if pt.role == roleOffered {
		v.Offer, v.AnswerBy = string(pt.kind), c.e.answerByView(pt.answerBy)
	}
	if pt.role == roleWrapUp {
		v.From, v.FromName, v.HandedTo, v.HandedToName = "", "", c.owner.id, c.owner.name()
	}
	for _, e := range partCommands[pt.role] {
		v.Allowed = append(v.Allowed, string(e))
	}
	return v
}

// partOver is the last that another agent sees of a call.
func (c *callActor) partOver(a *agentActor) CallView {
	v := c.view()
	v.Agent, v.State, v.Allowed, v.Disposition, v.Note, v.Parties = a.id, string(call.Closed), []string{}, "", "", unhanded(v.Parties)
	return v
}

// unhanded shows parties to somebody who has no command of them.
func unhanded(parties []PartyView) []PartyView {
	for i := range parties {
		parties[i].Allowed = nil
	}
	return parties
}

// view is the call as its owner sees it.
func (c *callActor) view() CallView {
	v := CallView{
		ID: c.id, Campaign: c.campaignID, Agent: c.owner.id, Origin: cmp.Or(c.origin, "campaign"), State: string(c.state), Allowed: c.allowed(),
		Since: c.since, Record: recordView(c.record), Result: string(c.result), Cause: c.cause, Problem: c.problem,
		Disposition: c.disposition, Note: c.note, ReadOnly: c.idle.readOnly, Digits: maps.Clone(c.digits), Parties: c.parties(),
		Undo: c.undoView(), Rules: c.rulesFor(c.owner),
	}
	v.Recording = c.recorder.view()
	if c.draft != nil {
		verdict := c.draft.Verdict
		v.Callback = &verdict
	}
	if c.promise != nil {
		promise := c.e.promiseView(c.promise, "")
		v.Promise = &promise
	}
	for key, value := range c.fields {
		v.Record.Fields[key] = value
		if value == "" {
			delete(v.Record.Fields, key)
		}
	}
	if c.state == call.Previewing {
		v.AnswerBy = c.e.answerByView(c.answerBy)
	}
	if c.state == call.Summoning {
		v.Number = c.number
	}
	if at := c.attempt(); at != nil {
		v.CallerID = cmp.Or(at.Caller, c.e.presented(c.campaignID, ""))
		v.Number, v.AnsweredAt, v.EndedAt = at.Number, moment(at.Answered), moment(at.Ended)
	}
	return v
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func (c *callActor) parties() []PartyView {
	all := []PartyView{}
	if c.contact == nil && len(c.attempts) > 0 {
		all = append(all, PartyView{ID: legContact, Role: "contact", State: "gone", Name: c.record.Name})
	}
	for _, p := range c.everybody() {
		v := PartyView{ID: p.id, Role: "target", State: p.state(), Name: p.name(), Muted: p.muted, Allowed: c.allowedOn(p)}
		if p == c.contact {
			v.Role = "contact"
		}
		if p.agent != nil {
			v.Agent = p.agent.id
		}
		all = append(all, v)
	}
	return all
}

func recordView(r *campaign.Record) RecordView {
	v := RecordView{ID: r.ID, Name: r.Name, TimeZone: r.TimeZone, Fields: maps.Clone(r.Fields), Numbers: []NumberView{}, History: []AttemptView{}}
	if v.Fields == nil {
		v.Fields = map[string]string{}
	}
	for _, n := range r.Numbers {
		v.Numbers = append(v.Numbers, NumberView{Number: n.E164, Type: n.Type, DoNotCall: n.DoNotCall})
	}
	for _, h := range r.History {
		for _, at := range h.Attempts {
			v.History = append(v.History, AttemptView{At: at.Dialed, Number: at.Number, Agent: at.Agent, Result: string(at.Result), Disposition: h.Disposition})
		}
	}
	return v
}

// campaignView is a campaign as an agent sees it.
func (e *Engine) campaignView(ctx context.Context, a *agentActor, id string, read func(context.Context, string) (campaign.Counts, error)) (CampaignView, error) {
	counts, err := read(ctx, id)
	if err != nil {
		return CampaignView{}, &Error{Code: CodeStoreUnavailable, Message: "the calling list cannot be read now", Err: err}
	}
	rules := e.campaignRules(a, id)
	v := CampaignView{
		ID: id, Name: rules.Name, Mode: string(e.modeOf(id)), State: "running", Waiting: counts.Ready + counts.Waiting, Later: counts.Waiting, Out: counts.Out,
		Finished: counts.Closed - counts.Promised, Promised: counts.Promised, Callback: rules.Callback,
		Required: rules.Required, Dispositions: rules.Dispositions, Privileges: rules.Privileges, Fields: rules.Fields,
	}
	if v.Waiting == 0 {
		v.State = "exhausted"
	}
	if !e.running(id) {
		v.State = "stopped"
	}
	return v, nil
}

// campaignRules is what an agent has to know of a campaign to handle its calls.
func (e *Engine) campaignRules(a *agentActor, id string) *CampaignRulesView {
	cfg := e.cfg.Campaigns[id]
	v := &CampaignRulesView{
		Name: cmp.Or(cfg.Name, id), Callback: e.callbackRules(id), Required: cfg.RequiresDisposition(), Dispositions: []DispositionView{},
		Privileges: e.privileges(a, id),
	}
	edits := e.cfg.Privileges.Can(agent.EditFields, a.cfg, cfg.Privileges)
	for _, f := range cfg.Fields {
		v.Fields = append(v.Fields, FieldView{Name: f.Name, Label: f.Shown(), Editable: f.Editable && edits})
	}
	for _, choice := range cfg.Choices() {
		v.Dispositions = append(v.Dispositions, DispositionView{Code: choice.Code, Name: choice.Name, Groups: choice.Groups})
	}
	return v
}

// rulesFor are the campaign's rules for an agent who does not work in it; nil for one who does.
func (c *callActor) rulesFor(a *agentActor) *CampaignRulesView {
	if slices.Contains(a.cfg.Campaigns, c.campaignID) {
		return nil
	}
	return c.e.campaignRules(a, c.campaignID)
}

func (e *Engine) callbackRules(campaignID string) CallbackRulesView {
	cfg := e.cfg.Campaigns[campaignID].Callback
	return CallbackRulesView{
		Kind: string(cfg.Kind), Groups: sortedKeys(e.cfg.Groups), NextShift: len(cfg.WorkingHours) > 0,
		Absent:  AbsenceView{Minutes: int(cfg.Absent.Wait / time.Minute), Then: string(cfg.Absent.Then), Group: cfg.Absent.Group},
		Horizon: int64(cfg.Horizon / time.Second), Slot: int(cfg.Slot / time.Minute), SlotLimit: cfg.SlotLimit, NoteLength: cfg.NoteLength,
		TimeZone: e.agentZone(campaignID).String(),
	}
}
