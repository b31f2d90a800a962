package dialer

import (
	"context"
	"errors"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/history"
)

// PastCalls reads a page of a campaign's history, the newest first. It needs the privilege history.see.
func (e *Engine) PastCalls(ctx context.Context, agentID string, q history.Query) ([]history.PastCall, error) {
	a, err := e.agent(agentID)
	if err != nil {
		return nil, err
	}
	if !e.cfg.Privileges.Can(agent.SeeHistory, a.cfg, agent.Change{}) {
		return nil, without(agent.SeeHistory, "to see the history of calls needs the privilege %s", agent.SeeHistory)
	}
	if _, known := e.cfg.Campaigns[q.Campaign]; !known {
		err := refuse(CodeUnknownCampaign, "there is no campaign %q", q.Campaign)
		err.Allowed = sortedKeys(e.cfg.Campaigns)
		return nil, err
	}
	if e.history == nil {
		return []history.PastCall{}, nil
	}
	ctx, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	found, err := e.history.Page(ctx, q)
	switch {
	case errors.Is(err, history.ErrBadPosition):
		return []history.PastCall{}, nil // nothing comes after what never was
	case err != nil:
		return nil, &Error{Code: CodeStoreUnavailable, Message: "the history of calls cannot be read now", Err: err}
	}
	return found, nil
}
