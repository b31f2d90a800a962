package desk

import (
	"context"
	"net/http"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
)

// Inputs and outputs of the operations on a call's script.
type (
	scriptInput struct {
		ID string `path:"id" maxLength:"64" doc:"call's id" example:"01jn8z5t0v9q2m4k7c"`
	}
	scriptAnswerInput struct {
		ID   string `path:"id" maxLength:"64" doc:"call's id" example:"01jn8z5t0v9q2m4k7c"`
		Step string `path:"step" maxLength:"256" doc:"step's id, escaped for an address" example:"offer"`
		Body api.ScriptReply
	}
	scriptOutput struct{ Body dialer.ScriptView }
)

func (s *Server) scriptOperations() {
	register(s, operation{
		id: "get-script", method: http.MethodGet, path: "/api/v1/calls/{id}/script", tag: tagCalls,
		summary: "Show the script",
		description: "Shows what the agent says to the contact: the script of the call's campaign with what is known of the contact filled in, its steps, and which way " +
			"the answers lead. HTML in it is made by the server alone and can be put into a page as it is. Show it anew when the call's record has changed.",
		access: handler, codes: callCodes(dialer.CodeNoScript), example: exampleScript(),
	}, func(ctx context.Context, in *scriptInput) (*scriptOutput, error) {
		return scriptAnswer(s.engine.Script(ctx, caller(ctx).agent, in.ID))
	})
	register(s, operation{
		id: "answer-script", method: http.MethodPut, path: "/api/v1/calls/{id}/script/answers/{step}", tag: tagCalls,
		summary: "Answer a step of the script",
		description: "Keeps the contact's answer in the record, under the step's `key`, in place of an earlier one; an empty value takes it back. It is kept like a " +
			"business field: everybody on the call sees it at once, the calling list gets it at done, and not at all when the record is rejected or cancelled.",
		access: handler, codes: callCodes(dialer.CodeNoScript, dialer.CodeUnknownStep, dialer.CodeUnknownAnswer, dialer.CodeWrongState, dialer.CodeReadOnly),
		request: api.ScriptReply{Value: "yes"}, example: exampleScript(),
	}, func(ctx context.Context, in *scriptAnswerInput) (*scriptOutput, error) {
		return scriptAnswer(s.engine.AnswerScript(ctx, caller(ctx).agent, in.ID, in.Step, in.Body.Value))
	})
}

func scriptAnswer(v dialer.ScriptView, err error) (*scriptOutput, error) {
	if err != nil {
		return nil, err
	}
	v.Path = filled(v.Path)
	v.Steps = mapped(v.Steps, func(step dialer.ScriptStepView) dialer.ScriptStepView {
		step.Answers = filled(step.Answers)
		return step
	})
	return &scriptOutput{v}, nil
}

func exampleScript() dialer.ScriptView {
	return dialer.ScriptView{
		Title: "Spring offer",
		Steps: []dialer.ScriptStepView{
			{
				ID: "who", Title: "Is it the right person?", HTML: "<p>Good day, this is Hanako. Am I speaking to <strong>Taro Yamada</strong>?</p>", Key: "script.who",
				Answers: []dialer.ScriptAnswerView{{Value: "yes", Label: "Yes", Next: "offer"}, {Value: "wrong", Label: "Wrong number", Next: "bye"}}, Answer: "yes",
			},
			{
				ID: "offer", Title: "The offer", HTML: "<p>Your contract B-77 could cost less.</p>", Key: "interested",
				Answers: []dialer.ScriptAnswerView{{Value: "yes", Label: "Interested", Next: "bye"}, {Value: "no", Label: "Not interested", Next: "bye"}},
			},
			{ID: "bye", Title: "Goodbye", HTML: "<p>Thank you for your time.</p>", Key: "script.bye", Answers: []dialer.ScriptAnswerView{}},
		},
		Path: []string{"who", "offer"},
	}
}
