package dialer

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/history"
)

// seesHistory refuses whoever may not see the history of a campaign.
func (e *Engine) seesHistory(agentID, campaignID string) error {
	a, err := e.agent(agentID)
	if err != nil {
		return err
	}
	if !e.cfg.Privileges.Can(agent.SeeHistory, a.cfg, agent.Change{}) {
		return without(agent.SeeHistory, "to see the history of calls needs the privilege %s", agent.SeeHistory)
	}
	if _, known := e.cfg.Campaigns[campaignID]; !known {
		err := refuse(CodeUnknownCampaign, "there is no campaign %q", campaignID)
		err.Allowed = sortedKeys(e.cfg.Campaigns)
		return err
	}
	return nil
}

func historyAway(err error) *Error {
	return &Error{Code: CodeStoreUnavailable, Message: "the history of calls cannot be read now", Err: err}
}

// PastCalls reads a page of a campaign's history, the newest first. It needs the privilege history.see.
func (e *Engine) PastCalls(ctx context.Context, agentID string, q history.Query) ([]history.PastCall, error) {
	if err := e.seesHistory(agentID, q.Campaign); err != nil {
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
		return nil, historyAway(err)
	}
	return found, nil
}

// DayFigures reads what was counted on the days of a campaign from one to another, both included, the earliest first. Dates are those of its calendar;
// "" is today for the last and, for the first, thirty days before the last. Errors: [history.ErrBadDate], and as PastCalls. It needs the same privilege.
func (e *Engine) DayFigures(ctx context.Context, agentID, campaignID, from, to string) ([]history.DayFigures, error) {
	if err := e.seesHistory(agentID, campaignID); err != nil {
		return nil, err
	}
	if e.history == nil {
		return []history.DayFigures{}, nil
	}
	to = cmp.Or(to, time.Now().In(e.cfg.Campaigns[campaignID].CalendarZone()).Format(time.DateOnly))
	if last, err := time.Parse(time.DateOnly, to); err == nil && from == "" {
		from = last.AddDate(0, 0, -30).Format(time.DateOnly)
	}
	ctx, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	found, err := e.history.Days(ctx, campaignID, from, to)
	switch {
	case errors.Is(err, history.ErrBadDate):
		return nil, err
	case err != nil:
		return nil, historyAway(err)
	}
	return found, nil
}
