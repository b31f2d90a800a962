package dialer

import (
	"context"
	"maps"
	"time"

	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// changed tells the agent how the call is now.
func (c *callActor) changed() { c.e.tell(c.agent.id, NoticeCall, c.view()) }

func (c *callActor) view() CallView {
	v := CallView{
		ID: c.id, Campaign: c.campaignID, Agent: c.agent.id, Origin: "campaign", State: string(c.state), Allowed: c.allowed(), Since: c.since,
		Record: recordView(c.record), Result: string(c.result), Cause: c.cause, Disposition: c.disposition, Note: c.note, Parties: c.parties(),
	}
	if at := c.attempt(); at != nil {
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

// partyState is what a leg does in each state of the call.
var partyState = map[call.State]string{
	call.Creating: "dialing", call.Joining: "dialing", call.Dialing: "dialing", call.Ringing: "ringing", call.Talking: "talking",
	call.Rescuing: "on-hold", call.Rejoining: "on-hold", call.Ending: "gone", call.WrapUp: "gone", call.Closing: "gone", call.Closed: "gone",
}

func (c *callActor) parties() []PartyView {
	if len(c.attempts) == 0 {
		return []PartyView{}
	}
	return []PartyView{{Role: "contact", State: partyState[c.state], Name: c.record.Name}}
}

func recordView(r *campaign.Record) RecordView {
	v := RecordView{ID: r.ID, Name: r.Name, TimeZone: r.TimeZone, Fields: maps.Clone(r.Fields), Numbers: []NumberView{}, History: []AttemptView{}}
	if v.Fields == nil {
		v.Fields = map[string]string{}
	}
	for _, n := range r.Numbers {
		v.Numbers = append(v.Numbers, NumberView{Number: n.E164, Type: n.Type})
	}
	for _, h := range r.History {
		for _, at := range h.Attempts {
			v.History = append(v.History, AttemptView{At: at.Dialed, Number: at.Number, Agent: at.Agent, Result: string(at.Result), Disposition: h.Disposition})
		}
	}
	return v
}

func (e *Engine) campaignView(ctx context.Context, id string) (CampaignView, error) {
	cfg := e.cfg.Campaigns[id]
	counts, err := e.store.Counts(ctx, id)
	if err != nil {
		return CampaignView{}, &Error{Code: CodeStoreUnavailable, Message: "the calling list cannot be read now", Err: err}
	}
	v := CampaignView{
		ID: id, Name: cfg.Name, Mode: string(cfg.Mode), State: "running", Waiting: counts.Ready, Out: counts.Out, Finished: counts.Closed,
		Required: cfg.RequiresDisposition(), Dispositions: []DispositionView{},
	}
	if v.Name == "" {
		v.Name = id
	}
	if counts.Ready == 0 {
		v.State = "exhausted"
	}
	for _, choice := range cfg.Choices() {
		v.Dispositions = append(v.Dispositions, DispositionView{Code: choice.Code, Name: choice.Name, Groups: choice.Groups})
	}
	return v, nil
}
