package dialer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// A contact to whom a callback was promised may be reached in another way before: by another campaign, at any of its numbers, or because it calls
// itself. The campaign that made the promise says what becomes of it then, and the ledger has it in any case.

// eventReached is the line of a ledger.
const eventReached = "reached-elsewhere"

// noteReached sees to the callbacks that other campaigns have promised to a contact who was reached.
func (e *Engine) noteReached(campaignID string, numbers []string, agentID string) {
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	for id := range e.cfg.Campaigns {
		if id == campaignID {
			continue
		}
		if _, err := e.reachedIn(ctx, id, numbers, agentID, "campaign "+campaignID); err != nil {
			e.log.Warn().Err(err).Str("campaign", id).Msg("it cannot be noted that a contact was reached in another campaign")
		}
	}
}

// reachedIn sees to what a campaign has promised to the contact who has one of the numbers, and names these callbacks.
func (e *Engine) reachedIn(ctx context.Context, campaignID string, numbers []string, by, how string) ([]string, error) {
	var found []string
	for _, number := range numbers {
		record, err := e.store.FindByNumber(ctx, campaignID, number)
		if errors.Is(err, campaign.ErrNotFound) {
			continue
		}
		if err != nil {
			return found, err
		}
		if record.State != campaign.Promised || slices.Contains(found, record.Promise) {
			continue
		}
		if err := e.reachedOf(ctx, campaignID, record, by, how); err != nil {
			return found, err
		}
		found = append(found, record.Promise)
	}
	return found, nil
}

func (e *Engine) reachedOf(ctx context.Context, campaignID string, record *campaign.Record, by, how string) error {
	promises := e.store.Promises()
	if err := promises.Note(ctx, campaignID, record.ID, eventReached, by, how); err != nil {
		return err
	}
	if e.cfg.Campaigns[campaignID].Callback.WhenReached != callback.ReachedCancel {
		return nil
	}
	err := promises.Change(ctx, campaignID, record.Promise, campaign.Change{Kind: campaign.ChangeCancel, By: by, Why: eventReached + ": " + how})
	var state *campaign.StateError
	if errors.As(err, &state) { // an agent has it at this moment, and reads in its ledger that the contact was reached
		return nil
	}
	return err
}

// ContactReached is told by whoever knows that a contact was reached without hasshin's dialing: somebody who answered its call, a program. It sees to
// what all campaigns have promised to the contact, as their callback.when_reached says, and shows these callbacks. The number is as people write
// it; how is for the ledger. It needs the privilege callbacks.manage; callbacks of campaigns in which the agent lacks it are left alone.
func (e *Engine) ContactReached(ctx context.Context, agentID, number, how string) ([]PromiseView, error) {
	a, err := e.agent(agentID)
	if err != nil {
		return nil, err
	}
	managed := slices.DeleteFunc(sortedKeys(e.cfg.Campaigns), func(id string) bool { return !e.manages(a, id) })
	if len(managed) == 0 {
		return nil, without(agent.ManageCallbacks, "to see to everybody's callbacks needs the privilege %s", agent.ManageCallbacks)
	}
	ctx, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	all, read := []PromiseView{}, false
	for _, id := range managed {
		n, err := campaign.Normalize(number, e.cfg.Campaigns[id].List.Region)
		if err != nil {
			continue // it may be one where another campaign is
		}
		read = true
		found, err := e.reachedIn(ctx, id, []string{n.E164}, agentID, how)
		if err != nil {
			return nil, &Error{Code: CodeStoreUnavailable, Message: "the callbacks cannot be changed now; try again", Err: err}
		}
		for _, promise := range found {
			p, err := e.store.Promises().Get(ctx, id, promise)
			if err != nil {
				return nil, &Error{Code: CodeStoreUnavailable, Message: "the callbacks are seen to, but cannot be shown now", Err: err}
			}
			all = append(all, e.promiseView(p, agentID))
		}
	}
	if !read {
		return nil, refuse(CodeUnknownNumber, "%q is no telephone number; expected one like +815012345600", number)
	}
	return all, nil
}

// keptBy is what a ledger says of how a callback was kept: the result, and that it was at another number than promised.
func (c *callActor) keptBy() string {
	at := c.attempt()
	if c.promise == nil || at == nil {
		return ""
	}
	if at.Number != c.promise.Number {
		return fmt.Sprintf("%s, at %s", at.Result, at.Number)
	}
	return string(at.Result)
}
