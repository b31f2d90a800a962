package desk

import (
	"context"
	"net/http"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
)

type reachedInput struct{ Body api.ContactReached }

func (s *Server) reachedOperation() {
	register(s, operation{
		id: "contact-reached", method: http.MethodPost, path: "/api/v1/callbacks/reached", tag: tagCallbacks,
		summary: "Tell that a contact was reached in another way",
		description: "For contacts who call themselves, and for programs that know of it: sees to the callbacks that were promised to whoever has the number, in all " +
			"campaigns, as their `callback.when_reached` says: a line in the ledger, or the callback is cancelled. The answer has the callbacks it was about. " +
			"What hasshin itself reaches, in whatever campaign, it notes by itself. Needs the privilege `" + string(agent.ManageCallbacks) + "`.",
		access:  access{privilege: agent.ManageCallbacks, command: true},
		codes:   engineCodes(dialer.CodeUnknownNumber, dialer.CodeStoreUnavailable),
		request: api.ContactReached{Number: "+815012345600", How: "called us"},
		example: api.Callbacks{Callbacks: []dialer.PromiseView{exampleOverdue()}},
	}, func(ctx context.Context, in *reachedInput) (*bookOutput, error) {
		found, err := s.engine.ContactReached(ctx, caller(ctx).agent, in.Body.Number, in.Body.How)
		return &bookOutput{api.Callbacks{Callbacks: mapped(found, wholePromise)}}, err
	})
}
