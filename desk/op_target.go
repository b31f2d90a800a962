package desk

import (
	"context"
	"net/http"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
)

// Inputs and outputs of the operations on targets.
type (
	searchInput struct {
		Text  string `query:"q" maxLength:"128" doc:"any part of a name, reading, id, group or number; left out: favourites and recents first, then all" example:"suzuki"`
		Limit int    `query:"limit" minimum:"1" maximum:"200" default:"20" doc:"most targets to answer with" example:"20"`
	}
	callSearchInput struct {
		ID    string `path:"id" maxLength:"64" doc:"call's id" example:"01jn8z5t0v9q2m4k7c"`
		Text  string `query:"q" maxLength:"128" doc:"any part of a name, reading, id, group or number; left out: favourites and recents first, then all" example:"suzuki"`
		Limit int    `query:"limit" minimum:"1" maximum:"200" default:"20" doc:"most targets to answer with" example:"20"`
	}
	favouriteInput struct {
		Kind   string `path:"kind" enum:"agent,group,queue,number" doc:"what the target is" example:"agent"`
		Target string `path:"target" maxLength:"64" doc:"id of the agent, group or queue, or the number in E.164" example:"jiro"`
	}
	targetsOutput struct{ Body api.Targets }
)

// matching says what a search looks at.
const matching = " Names, readings, ids, groups and numbers are searched for any part of them; accents, case, width, and hiragana or katakana make no " +
	"difference. A whole telephone number that nobody has is itself the last target. `refused` of a number says with which code a command to reach it " +
	"would be refused."

func (s *Server) targetOperations() {
	register(s, operation{
		id: "find-targets", method: http.MethodGet, path: "/api/v1/calls/{id}/targets", tag: tagTargets,
		summary: "Find a target for a call",
		description: "Finds whom to consult, invite or transfer to: colleagues with what they are doing now, groups, queues, the numbers of the call's own record " +
			"and those of the directory." + matching,
		access: handler, codes: callCodes(), example: exampleTargets(true),
	}, func(ctx context.Context, in *callSearchInput) (*targetsOutput, error) {
		return s.search(ctx, in.ID, in.Text, in.Limit)
	})
	register(s, operation{
		id: "list-targets", method: http.MethodGet, path: "/api/v1/targets", tag: tagTargets,
		summary: "Find a target outside of calls",
		description: "Finds colleagues, groups, queues and numbers of the directory, to choose favourites from. Outside numbers are judged as in the agent's first " +
			"campaign." + matching,
		access: handler, codes: engineCodes(), example: exampleTargets(false),
	}, func(ctx context.Context, in *searchInput) (*targetsOutput, error) {
		return s.search(ctx, "", in.Text, in.Limit)
	})
	register(s, operation{
		id: "add-favourite", method: http.MethodPut, path: "/api/v1/favourites/{kind}/{target}", tag: tagTargets,
		summary:     "Add a favourite",
		description: "Makes a target one of the agent's own favourites, which searches list first. One that is a favourite already stays one.",
		access:      handler, status: http.StatusNoContent,
		codes: engineCodes(dialer.CodeUnknownTarget, dialer.CodeTooManyFavourites, dialer.CodeStoreUnavailable),
	}, s.favourite(true))
	register(s, operation{
		id: "remove-favourite", method: http.MethodDelete, path: "/api/v1/favourites/{kind}/{target}", tag: tagTargets,
		summary:     "Remove a favourite",
		description: "Takes a target off the agent's favourites, even one that is not there any more. Nothing happens if it is none.",
		access:      command, status: http.StatusNoContent, codes: engineCodes(dialer.CodeStoreUnavailable),
	}, s.favourite(false))
}

func (s *Server) search(ctx context.Context, call, text string, limit int) (*targetsOutput, error) {
	found, err := s.engine.SearchTargets(ctx, caller(ctx).agent, call, text, limit)
	return &targetsOutput{api.Targets{Targets: mapped(found, wholeTarget)}}, err
}

// favourite is the handler that makes a target a favourite, or none any more.
func (s *Server) favourite(favourite bool) func(context.Context, *favouriteInput) (*nothing, error) {
	return func(ctx context.Context, in *favouriteInput) (*nothing, error) {
		t := dialer.Target{Kind: dialer.TargetKind(in.Kind), ID: in.Target}
		if t.Kind == dialer.TargetNumber {
			t.ID, t.Number = "", in.Target
		}
		return &nothing{}, s.engine.SetFavouriteTarget(ctx, caller(ctx).agent, t, favourite)
	}
}
