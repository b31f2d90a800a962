package desk_test

import (
	"context"

	"github.com/hasshin/hasshin/dialer"
)

func (f *fakeEngine) Script(ctx context.Context, _, call string) (dialer.ScriptView, error) {
	return dialer.ScriptView{Title: call, Steps: []dialer.ScriptStepView{{ID: "a"}}}, f.command(ctx, "script "+call)
}

func (f *fakeEngine) AnswerScript(ctx context.Context, _, call, step, value string) (dialer.ScriptView, error) {
	return dialer.ScriptView{Steps: []dialer.ScriptStepView{{ID: step, Answer: value}}}, f.command(ctx, "answer "+call+" "+step+" "+value)
}
