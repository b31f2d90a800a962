package desk

import (
	"context"
	"net/http"

	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
)

// otherInput names another agent.
type otherInput struct {
	ID string `path:"id" maxLength:"64" doc:"agent's id" example:"hanako"`
}

func (s *Server) signOutOtherOperation() {
	register(s, operation{
		id: "sign-out-agent", method: http.MethodPost, path: "/api/v1/agents/{id}/sign-out", tag: tagSupervisor,
		summary: "Sign another agent out",
		description: "Ends the session of an agent who left without signing out: the phone is hung up and all of the agent's pages show the sign-in form. Refused with " +
			"`wrong_state` while the agent has a call. It is in the audit log. Needs the privilege `" + string(agent.SignOthersOut) + "`.",
		access: access{privilege: agent.SignOthersOut, command: true}, status: http.StatusNoContent,
		codes: engineCodes(dialer.CodeUnknownAgent, dialer.CodeUnknownTarget, dialer.CodeForbidden, dialer.CodeWrongState, dialer.CodeStoreUnavailable,
			dialer.CodeNodeUnavailable, dialer.CodeRequestRefused),
	}, s.signOutOther)
}

func (s *Server) signOutOther(ctx context.Context, in *otherInput) (*nothing, error) {
	if err := s.engine.SignOutOther(ctx, caller(ctx).agent, in.ID); err != nil {
		return nil, err
	}
	return nil, s.endSessions(ctx, in.ID)
}
