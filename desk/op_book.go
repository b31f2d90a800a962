package desk

import (
	"context"
	"net/http"
	"time"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
)

// Inputs and outputs of the operations on the callback book.
type (
	bookInput struct {
		Campaign  string    `query:"campaign" maxLength:"64" doc:"campaign's id; left out: all of them" example:"spring"`
		Scope     string    `query:"scope" enum:"open,overdue,ended" default:"open" doc:"open: not ended; overdue: due, and not with an agent; ended: those in the ledger" example:"overdue"`
		Everybody bool      `query:"everybody" doc:"everybody's, and not only what the agent answers for" example:"false"`
		From      time.Time `query:"from" doc:"due at this time or later, or for scope ended: ended then; RFC 3339" example:"2026-04-02T00:00:00Z"`
		Before    time.Time `query:"before" doc:"due before this time, or for scope ended: ended before it; RFC 3339" example:"2026-04-03T00:00:00Z"`
		Limit     int       `query:"limit" minimum:"1" maximum:"1000" default:"200" doc:"most callbacks to answer with" example:"200"`
	}
	promiseInput struct {
		Campaign string `path:"campaign" maxLength:"64" doc:"campaign's id" example:"spring"`
		ID       string `path:"id" maxLength:"64" doc:"callback's id" example:"01jnb3q8m2x7c5v9t1"`
	}
	moveInput struct {
		Campaign string `path:"campaign" maxLength:"64" doc:"campaign's id" example:"spring"`
		ID       string `path:"id" maxLength:"64" doc:"callback's id" example:"01jnb3q8m2x7c5v9t1"`
		Body     api.CallbackMove
	}
	handOverInput struct {
		Campaign string `path:"campaign" maxLength:"64" doc:"campaign's id" example:"spring"`
		ID       string `path:"id" maxLength:"64" doc:"callback's id" example:"01jnb3q8m2x7c5v9t1"`
		Body     api.CallbackHandOver
	}
	cancelInput struct {
		Campaign string `path:"campaign" maxLength:"64" doc:"campaign's id" example:"spring"`
		ID       string `path:"id" maxLength:"64" doc:"callback's id" example:"01jnb3q8m2x7c5v9t1"`
		Body     *api.CallbackCancel
	}
	bookOutput    struct{ Body api.Callbacks }
	promiseOutput struct{ Body dialer.PromiseView }
)

const pathPromise = "/api/v1/campaigns/{campaign}/callbacks/{id}"

// onPromise describes a command on a promised callback. The last part of its address is the name that a callback's `allowed` has for it.
func onPromise(name, summary, description string, more ...dialer.Code) operation {
	return operation{
		id: name + "-callback", method: http.MethodPost, path: pathPromise + "/" + name, tag: tagCallbacks, summary: summary,
		description: description + " One's own callbacks need no privilege, others' `" + string(agent.ManageCallbacks) + "`. Refused with `wrong_state` while an " +
			"agent has it, and after its end.",
		access: command, codes: engineCodes(append(more, promiseCodes...)...), example: examplePromise(),
	}
}

// promiseCodes are those with which any command on a callback may be refused.
var promiseCodes = []dialer.Code{dialer.CodeUnknownCampaign, dialer.CodeUnknownCallback, dialer.CodeWrongState, dialer.CodeStoreUnavailable}

func (s *Server) bookOperations() {
	register(s, operation{
		id: "list-callbacks", method: http.MethodGet, path: "/api/v1/callbacks", tag: tagCallbacks,
		summary: "List promised callbacks",
		description: "The callback book: what the agent answers for, or with `everybody` what all do, which needs the privilege `" + string(agent.ManageCallbacks) +
			"` and shows the campaigns in which the agent has it. `overdue` is the board to watch: who promised it, how late it is (`late_seconds`), whom it waits for " +
			"(`queue`) and how often it was refused. Ledgers are in the single callbacks.",
		access: handler, codes: engineCodes(dialer.CodeUnknownCampaign, dialer.CodeStoreUnavailable),
		example: api.Callbacks{Callbacks: []dialer.PromiseView{exampleOverdue()}},
	}, s.listCallbacks)
	register(s, operation{
		id: "get-callback", method: http.MethodGet, path: pathPromise, tag: tagCallbacks,
		summary: "Show a promised callback",
		description: "Shows one callback with its `ledger`: everything that happened to it, in order, up to the one state in which it ended. Others' need the " +
			"privilege `" + string(agent.ManageCallbacks) + "`.",
		access: handler, codes: engineCodes(dialer.CodeUnknownCampaign, dialer.CodeUnknownCallback, dialer.CodeStoreUnavailable), example: exampleKept(),
	}, func(ctx context.Context, in *promiseInput) (*promiseOutput, error) {
		return promiseAnswer(s.engine.Callback(ctx, caller(ctx).agent, in.Campaign, in.ID))
	})
	register(s, withBody(onPromise("move", "Move a callback",
		"Gives a callback another time, which is checked as that of a draft is.", dialer.CodeInvalidCallback),
		api.CallbackMove{When: exampleDraft("2026-04-02T15:00").When, Why: "asked to be called in the afternoon"}),
		func(ctx context.Context, in *moveInput) (*promiseOutput, error) {
			return promiseAnswer(s.engine.MoveCallback(ctx, caller(ctx).agent, in.Campaign, in.ID, in.Body.When, in.Body.Why))
		})
	register(s, withBody(onPromise("hand-over", "Hand a callback over",
		"Makes another agent's of a callback, or the pool's. The answer is the new callback that takes its place; the old one ends as `handed-over`.",
		dialer.CodeUnknownAgent, dialer.CodeNotInCampaign), api.CallbackHandOver{To: "jiro"}),
		func(ctx context.Context, in *handOverInput) (*promiseOutput, error) {
			return promiseAnswer(s.engine.HandOverCallback(ctx, caller(ctx).agent, in.Campaign, in.ID, in.Body.To))
		})
	register(s, withBody(onPromise("cancel", "Cancel a callback", "Takes a callback back: the contact is not called."), api.CallbackCancel{Why: "has called us"}),
		func(ctx context.Context, in *cancelInput) (*promiseOutput, error) {
			why := ""
			if in.Body != nil {
				why = in.Body.Why
			}
			return promiseAnswer(s.engine.CancelCallback(ctx, caller(ctx).agent, in.Campaign, in.ID, why))
		})
	release := onPromise("release", "Release a callback to everybody", "Lets any agent of the campaign have a callback that had come to a supervisor.")
	release.description = "Lets any agent of the campaign have a callback that waits for a supervisor. Needs the privilege `" + string(agent.ManageCallbacks) + "`."
	register(s, release, func(ctx context.Context, in *promiseInput) (*promiseOutput, error) {
		return promiseAnswer(s.engine.ReleaseCallback(ctx, caller(ctx).agent, in.Campaign, in.ID))
	})
}

func (s *Server) listCallbacks(ctx context.Context, in *bookInput) (*bookOutput, error) {
	found, err := s.engine.Callbacks(ctx, caller(ctx).agent, dialer.CallbackQuery{
		Campaign: in.Campaign, Everybodys: in.Everybody, Scope: dialer.CallbackScope(in.Scope), From: in.From, Before: in.Before,
		Limit: in.Limit + 1, // one more tells whether there are more
	})
	if err != nil {
		return nil, err
	}
	more := len(found) > in.Limit
	if more {
		found = found[:in.Limit]
	}
	return &bookOutput{api.Callbacks{Callbacks: mapped(found, wholePromise), More: more}}, nil
}

func promiseAnswer(view dialer.PromiseView, err error) (*promiseOutput, error) {
	return &promiseOutput{wholePromise(view)}, err
}
