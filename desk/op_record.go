package desk

import (
	"context"
	"net/http"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
)

// Inputs of the operations on a call's record.
type (
	fieldInput struct {
		ID   string `path:"id" maxLength:"64" doc:"call's id" example:"01jn8z5t0v9q2m4k7c"`
		Key  string `path:"key" maxLength:"256" doc:"key in the record's fields, escaped for an address" example:"city"`
		Body api.FieldValue
	}
	doNotCallInput struct {
		ID   string `path:"id" maxLength:"64" doc:"call's id" example:"01jn8z5t0v9q2m4k7c"`
		Body api.DoNotCall
	}
)

func (s *Server) recordOperations() {
	register(s, operation{
		id: "set-field", method: http.MethodPut, path: "/api/v1/calls/{id}/fields/{key}", tag: tagCalls,
		summary: "Change a business field",
		description: "Sets one field of the record, whole; an empty value removes it. Which fields agents can change is in the campaign's `fields`. Everybody on " +
			"the call sees it at once. The calling list gets it at done, and not at all when the record is rejected or cancelled. Needs the privilege `" +
			string(dialer.PrivilegeOf("set-field")) + "`.",
		access: handler, codes: callCodes(dialer.CodeWrongState, dialer.CodeFieldNotEditable, dialer.CodeReadOnly, dialer.CodeBadFieldValue),
		request: api.FieldValue{Value: "Sendai"}, example: exampleCall(),
	}, func(ctx context.Context, in *fieldInput) (*callOutput, error) {
		return callAnswer(s.engine.SetField(ctx, caller(ctx).agent, in.ID, in.Key, in.Body.Value))
	})
	register(s, operation{
		id: "do-not-call", method: http.MethodPost, path: "/api/v1/calls/{id}/do-not-call", tag: tagCalls,
		summary: "Do not call",
		description: "Puts the number dialed last, or the whole chain of the record, on the do-not-call list. The answer comes when that is stored; from then on " +
			"nobody can dial these numbers, in any campaign, and `do_not_call` of each says so. The call itself goes on. Needs the privilege `" +
			string(dialer.PrivilegeOf("do-not-call")) + "`.",
		access: command, codes: callCodes(dialer.CodeWrongState, dialer.CodeUnknownNumber, dialer.CodeStoreUnavailable),
		request: api.DoNotCall{Scope: string(dialer.DoNotCallNumber)}, example: exampleBlocked(),
	}, func(ctx context.Context, in *doNotCallInput) (*callOutput, error) {
		return callAnswer(s.engine.DoNotCall(ctx, caller(ctx).agent, in.ID, dialer.DoNotCallScope(in.Body.Scope)))
	})
}
