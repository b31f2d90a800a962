package desk

import (
	"context"
	"net/http"
	"time"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/history"
)

type (
	pastInput struct {
		Campaign string    `path:"campaign" maxLength:"64" doc:"campaign's id" example:"spring"`
		From     time.Time `query:"from" doc:"calls that were over at this time or later; RFC 3339" example:"2026-04-01T00:00:00Z"`
		Before   time.Time `query:"before" doc:"and before this time; RFC 3339" example:"2026-05-01T00:00:00Z"`
		Agent    string    `query:"agent" maxLength:"64" doc:"id of an agent who had the call" example:"hanako"`
		Record   string    `query:"record" maxLength:"256" doc:"id of the contact's record" example:"C-1042"`
		Number   string    `query:"number" maxLength:"32" doc:"number dialed, E.164" example:"+815012345678"`
		Call     string    `query:"call" maxLength:"64" doc:"call's id" example:"01jn8z5t0v9q2m4k7c"`
		After    string    `query:"after" maxLength:"48" pattern:"^[0-9]{1,20}-[0-9]{1,20}$" doc:"id of the last one of the page before" example:"1775001600000-0"`
		Limit    int       `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"most to answer with" example:"100"`
	}
	pastOutput struct{ Body api.PastCalls }
)

func (s *Server) historyOperations() {
	register(s, operation{
		id: "list-past-calls", method: http.MethodGet, path: "/api/v1/campaigns/{campaign}/calls", tag: tagSupervisor,
		summary: "List what became of calls",
		description: "The history of a campaign's calls, the newest first: an entry for each attempt, and for each call that dialed nobody. For the next page, `after` is " +
			"the `id` of the last one of this page. How long it is kept the configuration says (`history`). Needs the privilege `" + string(agent.SeeHistory) + "`.",
		access: access{privilege: agent.SeeHistory}, codes: engineCodes(dialer.CodeUnknownCampaign, dialer.CodeStoreUnavailable),
		example: api.PastCalls{Calls: []history.PastCall{examplePastCall()}},
	}, func(ctx context.Context, in *pastInput) (*pastOutput, error) {
		found, err := s.engine.PastCalls(ctx, caller(ctx).agent, history.Query{
			Campaign: in.Campaign, From: in.From, Before: in.Before, Agent: in.Agent, Record: in.Record, Number: in.Number, Call: in.Call, After: in.After,
			Limit: in.Limit + 1, // one more tells whether there are more
		})
		more := len(found) > in.Limit
		if more {
			found = found[:in.Limit]
		}
		return &pastOutput{api.PastCalls{Calls: filled(found), More: more}}, err
	})
}

func examplePastCall() history.PastCall {
	at := time.Date(2026, 4, 1, 1, 0, 0, 0, time.UTC)
	answered, joined, over, done := at.Add(9*time.Second), at.Add(9100*time.Millisecond), at.Add(2*time.Minute), at.Add(130*time.Second)
	return history.PastCall{
		ID: "1775005330000-0", Call: "01jn8z5t0v9q2m4k7c", Campaign: "spring", Record: "C-1042", Attempt: 1, Last: true, Origin: "campaign", Mode: "predictive",
		Ending: "closed", Number: "+815012345678", CallerID: "+81312345678", Agent: "hanako",
		Hands:   []history.Hand{{Agent: "hanako", Wait: 12 * time.Second, From: joined, Until: over, Done: done}},
		Created: at, Dialed: at, Rang: at.Add(2 * time.Second), Answered: answered, Joined: joined, Ended: over, Done: done,
		Result: "answered", Q850: 16, HangUp: history.ByContact, Disposition: "sale", Recordings: []string{"01jn8z6b3k5w8e2n4r"},
	}
}
