package desk

import (
	"context"
	"net/http"
	"time"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/audit"
)

// Inputs and outputs of the operations of supervisors.
type (
	superviseInput  struct{ Body api.Supervise }
	liveCallsOutput struct{ Body api.LiveCalls }
	liveCallOutput  struct{ Body dialer.LiveCallView }
	auditInput      struct {
		By       string    `query:"by" maxLength:"64" doc:"id of the one who did it; left out: anybody" example:"sumire"`
		Agent    string    `query:"agent" maxLength:"64" doc:"id of the agent to whom it was done" example:"hanako"`
		Campaign string    `query:"campaign" maxLength:"64" doc:"campaign's id" example:"spring"`
		Call     string    `query:"call" maxLength:"64" doc:"call's id" example:"01jn8z5t0v9q2m4k7c"`
		Kind     string    `query:"kind" enum:"listen,whisper,barge,take-over,end-call,sign-out,play-recording,delete-recording,import" doc:"what was done" example:"listen"`
		From     time.Time `query:"from" doc:"what began at this time or later; RFC 3339" example:"2026-04-01T00:00:00Z"`
		Before   time.Time `query:"before" doc:"and before this time; RFC 3339" example:"2026-05-01T00:00:00Z"`
		After    string    `query:"after" maxLength:"64" doc:"id of the last entry of the page before" example:"01jn8z5t0v9q2m4k7c"`
		Limit    int       `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"most entries to answer with" example:"100"`
	}
	auditOutput struct{ Body api.AuditLog }
)

func (s *Server) supervisionOperations() {
	watch := func(p agent.Privilege) access { return access{privilege: p} }
	register(s, operation{
		id: "list-live-calls", method: http.MethodGet, path: "/api/v1/live-calls", tag: tagSupervisor,
		summary: "List the calls that are going on",
		description: "Shows other agents' calls in which somebody is on the line, as far as the supervisor may do something with them; `allowed` says what. Whose calls " +
			"these are the agent's `supervises` in the configuration says.",
		access: handler, codes: engineCodes(), example: api.LiveCalls{Calls: []dialer.LiveCallView{exampleLiveCall()}},
	}, func(ctx context.Context, _ *nothing) (*liveCallsOutput, error) {
		calls, err := s.engine.LiveCalls(ctx, caller(ctx).agent)
		return &liveCallsOutput{api.LiveCalls{Calls: filled(calls)}}, err
	})
	register(s, operation{
		id: "supervise", method: http.MethodPut, path: "/api/v1/supervision", tag: tagSupervisor,
		summary: "Listen, whisper or barge in",
		description: "Lets the supervisor hear a call, on the phone that is connected to the own booth: an agent's present call and all that follow, or one call wherever " +
			"it is transferred to. Neither the agent nor the contact hears that, or is told. With `whisper` the supervisor is heard by the agent alone, with " +
			"`barge` by everybody who hears the agent. The same request with another `mode` changes the mode without a break.\n\n" +
			"The supervisor hears what the agent says and hears: nothing of a contact who is on hold, the one consulted in a consultation. Between calls nothing is " +
			"heard.\n\n" +
			"The answer comes when the call is heard, or at once when the agent is in none (`supervision.state` is `waiting` then). The supervisor is in state " +
			"`supervising` and gets no calls. Who listened to whom, from when to when and how is in the audit log before anything is heard. " +
			"Needs the privilege `calls.listen`, `calls.whisper` or `calls.barge`.",
		access: command, codes: engineCodes(dialer.CodeUnknownAgent, dialer.CodeUnknownCall, dialer.CodeUnknownTarget, dialer.CodeNotSignedIn, dialer.CodeWrongState,
			dialer.CodeForbidden, dialer.CodePhoneNotConnected, dialer.CodePhonePerCall, dialer.CodeNodeUnavailable, dialer.CodeRequestRefused, dialer.CodeStoreUnavailable),
		request: api.Supervise{Agent: "hanako", Mode: string(dialer.ModeListen)}, example: exampleSupervisor(),
	}, func(ctx context.Context, in *superviseInput) (*agentOutput, error) {
		who, mode := caller(ctx).agent, dialer.SuperviseMode(in.Body.Mode)
		switch {
		case (in.Body.Agent == "") == (in.Body.Call == ""):
			p := api.NewProblem(api.CodeBadRequest, "name an agent or a call")
			p.Errors = []api.Fault{{Location: "body", Message: "expected one of agent and call"}}
			return nil, p
		case in.Body.Call != "":
			return agentAnswer(s.engine.SuperviseCall(ctx, who, in.Body.Call, mode))
		}
		return agentAnswer(s.engine.SuperviseAgent(ctx, who, in.Body.Agent, mode))
	})
	register(s, operation{
		id: "stop-supervising", method: http.MethodDelete, path: "/api/v1/supervision", tag: tagSupervisor,
		summary:     "Stop listening",
		description: "Ends what `supervise` began. The supervisor is ready or not as before. Nothing happens when nobody is supervised.",
		access:      command, codes: engineCodes(dialer.CodeNotSignedIn), example: exampleAgent(),
	}, func(ctx context.Context, _ *nothing) (*agentOutput, error) {
		return agentAnswer(s.engine.StopSupervising(ctx, caller(ctx).agent))
	})
	register(s, operation{
		id: "take-over", method: http.MethodPost, path: "/api/v1/supervision/take-over", tag: tagSupervisor,
		summary: "Take the call over",
		description: "The contact, and all others in a conference, come to the supervisor who hears the call, and who has it from then on, with its record, notes and case " +
			"data. Its agent goes to wrap-up. A contact on hold is taken back; somebody being consulted is released. Needs the privilege `calls.take_over`.",
		access: command, codes: callCodes(dialer.CodeWrongState, dialer.CodeForbidden, dialer.CodeRequestRefused, dialer.CodeStoreUnavailable, dialer.CodeNotSignedIn),
		example: exampleCall(),
	}, func(ctx context.Context, _ *nothing) (*callOutput, error) {
		return callAnswer(s.engine.TakeOver(ctx, caller(ctx).agent))
	})
	register(s, operation{
		id: "end-live-call", method: http.MethodPost, path: "/api/v1/live-calls/{id}/end", tag: tagSupervisor,
		summary: "End another agent's call",
		description: "Hangs up everybody on a call; its agent goes to wrap-up. The supervisor need not be listening. Needs the privilege `" +
			string(agent.EndOthersCalls) + "`.",
		access: command, codes: engineCodes(dialer.CodeUnknownCall, dialer.CodeWrongState, dialer.CodeForbidden, dialer.CodeRequestRefused, dialer.CodeStoreUnavailable),
		example: exampleLiveCall(),
	}, func(ctx context.Context, in *callInput) (*liveCallOutput, error) {
		v, err := s.engine.EndSupervised(ctx, caller(ctx).agent, in.ID)
		v.Allowed = filled(v.Allowed)
		return &liveCallOutput{v}, err
	})
	register(s, operation{
		id: "read-audit-log", method: http.MethodGet, path: "/api/v1/audit", tag: tagSupervisor,
		summary: "Read the audit log",
		description: "Who listened to whom, from when to when and in which way; who took over or ended whose call; who signed whom out; who played or deleted recordings. The newest come first. " +
			"What goes on has no `to`. For the next page, `after` is the id of the last entry of this one. Needs the privilege `" + string(agent.SeeAudit) + "`.",
		access: watch(agent.SeeAudit), codes: engineCodes(dialer.CodeStoreUnavailable), example: api.AuditLog{Entries: []dialer.AuditEntryView{exampleAudit()}},
	}, func(ctx context.Context, in *auditInput) (*auditOutput, error) {
		entries, err := s.engine.AuditLog(ctx, caller(ctx).agent, audit.Query{
			By: in.By, Agent: in.Agent, Campaign: in.Campaign, Call: in.Call, Kind: audit.Kind(in.Kind), From: in.From, Before: in.Before, After: in.After, Limit: in.Limit,
		})
		return &auditOutput{api.AuditLog{Entries: filled(entries)}}, err
	})
}

func exampleLiveCall() dialer.LiveCallView {
	c := exampleCall()
	return dialer.LiveCallView{
		ID: c.ID, Campaign: c.Campaign, Agent: c.Agent, AgentName: "Hanako Sato", State: c.State, Since: c.Since, Record: c.Record.ID, Name: c.Record.Name,
		Number: c.Number, Origin: c.Origin, AnsweredAt: c.AnsweredAt, Allowed: []string{"listen", "whisper", "barge", "take-over", "end"},
	}
}

// exampleSupervisor is Sumire, who listens to Hanako.
func exampleSupervisor() dialer.AgentView {
	return dialer.AgentView{
		ID: "sumire", Name: "Sumire Ito", State: "supervising", Since: exampleTime.Add(20 * time.Second),
		Phone:     dialer.PhoneView{State: "connected", Kind: "sip", Leg: "nailed-up", Endpoint: "PJSIP/agent-sumire"},
		Campaigns: []string{}, Node: "ast1",
		Supervision: &dialer.SupervisionView{
			Agent: "hanako", Call: "01jn8z5t0v9q2m4k7c", Follows: "agent", Mode: "listen", State: "connected", Since: exampleTime.Add(20 * time.Second),
		},
	}
}

func exampleAudit() dialer.AuditEntryView {
	return dialer.AuditEntryView{ByName: "Sumire Ito", AgentName: "Hanako Sato", Entry: audit.Entry{
		ID: "01jn8z6b3k5w8e2n4r", Kind: audit.Listen, By: "sumire", Agent: "hanako", Call: "01jn8z5t0v9q2m4k7c", Campaign: "spring", Record: "C-1042",
		From: exampleTime.Add(20 * time.Second), To: exampleTime.Add(95 * time.Second), Why: "stopped",
	}}
}
