package desk

import (
	"context"
	"net/http"

	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/callback"
)

// Inputs and outputs of the operations on a call's own callback.
type (
	draftInput struct {
		ID   string `path:"id" maxLength:"64" doc:"call's id" example:"01jn8z5t0v9q2m4k7c"`
		Body callback.Draft
	}
	verdictOutput struct{ Body callback.Verdict }
)

// whoPromises says what promising a callback needs.
const whoPromises = " Needs the privilege `" + string(agent.PersonalCallbacks) + "` or `" + string(agent.PoolCallbacks) + "`, by its kind, and on a preview `" +
	string(agent.PreviewCallbacks) + "`."

func (s *Server) draftOperations() {
	register(s, operation{
		id: "check-callback", method: http.MethodPost, path: "/api/v1/calls/{id}/callback/check", tag: tagCallbacks,
		summary: "Check a callback while it is typed",
		description: "Judges a callback against the clock, the contact's calling hours, the do-not-call list and the campaign's rules, and shows its time at both " +
			"ends. Nothing is kept, so it can be asked at every key. `problems` is empty if it could be promised; if its time is wrong, `slots` has the " +
			"nearest that would do." + whoPromises,
		access: handler, codes: callCodes(dialer.CodeWrongState, dialer.CodeStoreUnavailable),
		request: exampleDraft("2026-04-02T21:30"), example: exampleRefusedDraft(),
	}, func(ctx context.Context, in *draftInput) (*verdictOutput, error) {
		verdict, err := s.engine.CheckCallback(ctx, caller(ctx).agent, in.ID, in.Body)
		return &verdictOutput{wholeVerdict(verdict)}, err
	})
	register(s, operation{
		id: "set-callback", method: http.MethodPut, path: "/api/v1/calls/{id}/callback", tag: tagCallbacks,
		summary: "Draft the call's callback",
		description: "Keeps a callback with the call, in place of the one that it had. Everybody on the call sees it as `callback`. It is promised at done, which " +
			"checks it again. One that could not be promised is refused with `invalid_callback`, whose `verdict` says what is wrong and what would do; the " +
			"draft that the call had stays." + whoPromises,
		access: handler, codes: callCodes(dialer.CodeWrongState, dialer.CodeInvalidCallback, dialer.CodeStoreUnavailable),
		request: exampleDraft("2026-04-02T15:00"), example: exampleDrafted(),
	}, func(ctx context.Context, in *draftInput) (*callOutput, error) {
		return callAnswer(s.engine.SetCallback(ctx, caller(ctx).agent, in.ID, in.Body))
	})
	register(s, operation{
		id: "clear-callback", method: http.MethodDelete, path: "/api/v1/calls/{id}/callback", tag: tagCallbacks,
		summary:     "Take the call's callback back",
		description: "Removes the callback that was drafted on the call, before it is promised. Nothing happens if there is none.",
		access:      command, codes: callCodes(dialer.CodeWrongState), example: exampleCall(),
	}, s.callCommand(s.engine.ClearCallback))
}
