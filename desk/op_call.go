package desk

import (
	"context"
	"net/http"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
)

// Inputs and outputs of the operations on campaigns and calls.
type (
	campaignInput struct {
		ID string `path:"id" maxLength:"64" doc:"campaign's id" example:"spring"`
	}
	callInput struct {
		ID string `path:"id" maxLength:"64" doc:"call's id" example:"01jn8z5t0v9q2m4k7c"`
	}
	acceptInput struct {
		ID   string `path:"id" maxLength:"64" doc:"call's id" example:"01jn8z5t0v9q2m4k7c"`
		Body *api.Accept
	}
	rejectInput struct {
		ID   string `path:"id" maxLength:"64" doc:"call's id" example:"01jn8z5t0v9q2m4k7c"`
		Body *api.Reject
	}
	dispositionInput struct {
		ID   string `path:"id" maxLength:"64" doc:"call's id" example:"01jn8z5t0v9q2m4k7c"`
		Body api.DispositionChoice
	}
	noteInput struct {
		ID   string `path:"id" maxLength:"64" doc:"call's id" example:"01jn8z5t0v9q2m4k7c"`
		Body api.Note
	}
	cancelCallInput struct {
		ID   string `path:"id" maxLength:"64" doc:"call's id" example:"01jn8z5t0v9q2m4k7c"`
		Body *api.Cancel
	}
	doneInput struct {
		ID   string `path:"id" maxLength:"64" doc:"call's id" example:"01jn8z5t0v9q2m4k7c"`
		Body *api.Done
	}
	callOutput    struct{ Body dialer.CallView }
	newCallOutput struct {
		Location string `header:"Location" doc:"address of the call" example:"/api/v1/calls/01jn8z5t0v9q2m4k7c"`
		Body     dialer.CallView
	}
)

// callCodes are those with which any command on a call may be refused.
func callCodes(more ...dialer.Code) []api.Code {
	return append(engineCodes(dialer.CodeUnknownCall, dialer.CodeNotYourCall), engineCodes(more...)...)
}

func (s *Server) callOperations() {
	register(s, operation{
		id: "list-campaigns", method: http.MethodGet, path: "/api/v1/campaigns", tag: tagCampaigns,
		summary:     "List my campaigns",
		description: "Shows the campaigns that the agent works in, with the dispositions to choose from and how many records are left.",
		access:      signedIn, codes: engineCodes(), example: api.Campaigns{Campaigns: []dialer.CampaignView{exampleCampaign()}},
	}, func(ctx context.Context, _ *nothing) (*campaignOutput, error) {
		campaigns, err := s.engine.Campaigns(ctx, caller(ctx).agent)
		return &campaignOutput{api.Campaigns{Campaigns: mapped(campaigns, wholeCampaign)}}, err
	})
	register(s, operation{
		id: "get-record", method: http.MethodPost, path: "/api/v1/campaigns/{id}/get-record", tag: tagCampaigns,
		summary: "Get Record",
		description: "Takes the next record of the calling list and offers it as a preview: a new call in state `previewing`. The agent must be ready. " +
			"From then on each `done` brings the next preview, until done-and-stop, cancel or not ready.",
		access: command, status: http.StatusCreated,
		codes: engineCodes(dialer.CodeUnknownCampaign, dialer.CodeNotInCampaign, dialer.CodeNotSignedIn, dialer.CodeWrongState,
			dialer.CodePhoneNotConnected, dialer.CodeNoRecord, dialer.CodeCampaignStopped, dialer.CodeStoreUnavailable),
		example: exampleCall(),
	}, func(ctx context.Context, in *campaignInput) (*newCallOutput, error) {
		call, err := s.engine.GetRecord(ctx, caller(ctx).agent, in.ID)
		return &newCallOutput{Location: "/api/v1/calls/" + call.ID, Body: wholeCall(call)}, err
	})
	register(s, operation{
		id: "get-call", method: http.MethodGet, path: "/api/v1/calls/{id}", tag: tagCalls,
		summary:     "Show a call",
		description: "Shows one of the agent's calls: the record, the state and the commands possible in it, the legs. The event stream tells each change.",
		access:      handler, codes: callCodes(), example: exampleCall(),
	}, func(ctx context.Context, in *callInput) (*callOutput, error) {
		return callAnswer(s.engine.Call(ctx, caller(ctx).agent, in.ID))
	})
	register(s, operation{
		id: "accept", method: http.MethodPost, path: "/api/v1/calls/{id}/accept", tag: tagCalls,
		summary: "Accept the preview, or a colleague's offer",
		description: "Dials a number of the record, the first unless one is named. The agent hears the network's own ringing and announcements. The " +
			"answer comes when the network has been asked for the contact, or with the call in `wrap-up` if that failed at once.\n\n" +
			"For a call in state `offered`: takes what a colleague offers (`offer` says whether it is a consultation, a conference or a transfer). The answer " +
			"comes when the voices are together.",
		access: command, codes: callCodes(dialer.CodeWrongState, dialer.CodeUnknownNumber, dialer.CodePhoneNotConnected, dialer.CodeCampaignStopped, dialer.CodeTrunkFull,
			dialer.CodeNodeUnavailable, dialer.CodeRequestRefused),
		request: api.Accept{Number: "+815012345600"}, example: exampleCall(),
	}, func(ctx context.Context, in *acceptInput) (*callOutput, error) {
		number := ""
		if in.Body != nil {
			number = in.Body.Number
		}
		return callAnswer(s.engine.Accept(ctx, caller(ctx).agent, in.ID, number))
	})
	register(s, withBody(s.previewEnd("reject", "Reject the preview, or a colleague's offer",
		"Gives the record back to the calling list. The next preview may follow as a new call. A callback is offered to another agent, and after a few "+
			"refusals a supervisor has to see to it. A colleague's offer goes back to the colleague."), api.Reject{Reason: "I am not the one who knows the case"}),
		func(ctx context.Context, in *rejectInput) (*callOutput, error) {
			reason := ""
			if in.Body != nil {
				reason = in.Body.Reason
			}
			return callAnswer(s.engine.Reject(ctx, caller(ctx).agent, in.ID, reason))
		})
	register(s, withBody(s.previewEnd("cancel", "Cancel the preview",
		"Gives the record back to the calling list. No preview follows until the next Get Record. With `undo` it can be taken back, as done can."), api.Cancel{}),
		func(ctx context.Context, in *cancelCallInput) (*callOutput, error) {
			cancel := s.engine.Cancel
			if in.Body != nil && in.Body.Undo {
				cancel = s.engine.CancelUndoable
			}
			return callAnswer(cancel(ctx, caller(ctx).agent, in.ID))
		})
	register(s, operation{
		id: "end", method: http.MethodPost, path: "/api/v1/calls/{id}/end", tag: tagCalls,
		summary:     "End the call",
		description: "Hangs up everybody on the call, ringing or talking. The answer comes when they are gone and the agent is in wrap-up.",
		access:      command, codes: callCodes(dialer.CodeWrongState, dialer.CodeRequestRefused, dialer.CodeNodeUnavailable), example: exampleCall(),
	}, s.callCommand(s.engine.End))
	register(s, operation{
		id: "set-disposition", method: http.MethodPut, path: "/api/v1/calls/{id}/disposition", tag: tagCalls,
		summary:     "Choose the disposition",
		description: "Says what became of the call. It can be chosen and changed until done.",
		access:      handler, codes: callCodes(dialer.CodeWrongState, dialer.CodeUnknownDisposition),
		request: api.DispositionChoice{Disposition: "sold"}, example: exampleCall(),
	}, func(ctx context.Context, in *dispositionInput) (*callOutput, error) {
		return callAnswer(s.engine.SetDisposition(ctx, caller(ctx).agent, in.ID, in.Body.Disposition))
	})
	register(s, operation{
		id: "set-note", method: http.MethodPut, path: "/api/v1/calls/{id}/note", tag: tagCalls,
		summary:     "Write the note",
		description: "Sets the agent's note on the call, whole. It can be rewritten until done.",
		access:      handler, codes: callCodes(dialer.CodeWrongState, dialer.CodeReadOnly),
		request: api.Note{Note: "asked for a quote by mail"}, example: exampleCall(),
	}, func(ctx context.Context, in *noteInput) (*callOutput, error) {
		return callAnswer(s.engine.SetNote(ctx, caller(ctx).agent, in.ID, in.Body.Note))
	})
	register(s, operation{
		id: "done", method: http.MethodPost, path: "/api/v1/calls/{id}/done", tag: tagCalls,
		summary: "Done",
		description: "Closes the call, ending it first if the contact is still there, and answers when the record is written. Unless `stop` is set, the " +
			"next preview follows as a new call.\n\n" +
			"A callback drafted on the call is checked once more, and promised by the same step that closes the record: when the answer comes it is kept. What cannot be " +
			"promised any more refuses done with `invalid_callback`, and the call stays as it is; mend the draft or take it back. Some dispositions want a " +
			"callback (`callback_required`). A preview with a draft can be done, too, without dialing.\n\n" +
			"With `undo` the answer comes when it is kept in the journal: the agent goes on at once, and `undo` of the call says until when `POST calls/{id}/undo` " +
			"takes it back. The record is written after that, even if the process ends meanwhile.",
		access: command, codes: callCodes(dialer.CodeWrongState, dialer.CodeUnknownDisposition, dialer.CodeReadOnly, dialer.CodeDispositionRequired,
			dialer.CodeInvalidCallback, dialer.CodeCallbackRequired, dialer.CodeStoreUnavailable, dialer.CodeRequestRefused),
		request: api.Done{Disposition: "sold", Note: "asked for a quote by mail"}, example: exampleCall(),
	}, func(ctx context.Context, in *doneInput) (*callOutput, error) {
		var opt dialer.DoneOptions
		if in.Body != nil {
			opt = dialer.DoneOptions(*in.Body)
		}
		return callAnswer(s.engine.Done(ctx, caller(ctx).agent, in.ID, opt))
	})
	register(s, operation{
		id: "undo", method: http.MethodPost, path: "/api/v1/calls/{id}/undo", tag: tagCalls,
		summary: "Take back",
		description: "Takes back what `undo` of the call names, until its time is over: a done or cancel that was sent with `undo`, after which the agent has the " +
			"call again as before, and a preview that came meanwhile is back in its list; or do not call, whose numbers can be dialed again. It is refused with " +
			"`wrong_state` when the time is over, or when the agent has begun something else.",
		access: command, codes: callCodes(dialer.CodeWrongState, dialer.CodeStoreUnavailable), example: exampleCall(),
	}, s.callCommand(s.engine.Undo))
}

// previewEnd describes the two ways not to dial.
func (s *Server) previewEnd(name, summary, description string) operation {
	return operation{
		id: name, method: http.MethodPost, path: "/api/v1/calls/{id}/" + name, tag: tagCalls, summary: summary, description: description,
		access: command, codes: callCodes(dialer.CodeWrongState, dialer.CodeStoreUnavailable), example: exampleCall(),
	}
}

// callCommand is the handler of a command that needs to know nothing but the call.
func (s *Server) callCommand(do func(ctx context.Context, agent, call string) (dialer.CallView, error)) func(context.Context, *callInput) (*callOutput, error) {
	return func(ctx context.Context, in *callInput) (*callOutput, error) {
		return callAnswer(do(ctx, caller(ctx).agent, in.ID))
	}
}

func callAnswer(view dialer.CallView, err error) (*callOutput, error) {
	return &callOutput{wholeCall(view)}, err
}
