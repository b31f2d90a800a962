package dialer

import (
	"context"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/audit"
)

// SignOutOther signs somebody else out, as one who went home without doing so. Like everybody's own it is refused while the agent has a call. It
// needs the privilege agents.sign_out, and who did it is in the audit log before it is done.
func (e *Engine) SignOutOther(ctx context.Context, supervisor, agentID string) error {
	by, err := e.agent(supervisor)
	if err != nil {
		return err
	}
	to, known := e.agents[agentID]
	switch {
	case !known:
		return refuse(CodeUnknownAgent, "there is no agent %q", agentID)
	case to == by:
		return refuse(CodeUnknownTarget, "this is for signing others out; sign yourself out of your own session")
	}
	if err := e.maySupervise(by.cfg, agentID, "", agent.SignOthersOut); err != nil {
		return err
	}
	v, err := e.Agent(ctx, agentID)
	if err != nil {
		return err
	}
	if state := agent.State(v.State); state.Busy() && state != agent.Supervising {
		return refuse(CodeWrongState, "%s has a call; it must end first", agentID)
	}
	entry := audit.Entry{ID: newID(), Kind: audit.SignOut, By: supervisor, Agent: agentID, From: time.Now()}
	if err := e.noteAudit(ctx, entry); err != nil {
		return err
	}
	if err := e.SignOut(ctx, agentID); err != nil {
		e.audited(entry.ID, "refused: "+err.Error())
		return err
	}
	e.audited(entry.ID, "signed out")
	return nil
}
