package dialer

import (
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// CallbackScope says which callbacks are listed.
type CallbackScope string

const (
	CallbacksOpen    CallbackScope = "open"    // not ended
	CallbacksOverdue CallbackScope = "overdue" // due, and not with an agent
	CallbacksEnded   CallbackScope = "ended"   // those in the ledger, by when they ended
)

// CallbackQuery says which callbacks are listed.
type CallbackQuery struct {
	Campaign     string // "" for all that the agent works in or manages
	Everybodys   bool   // not only what the agent answers for
	Scope        CallbackScope
	From, Before time.Time // due, or ended; zero for no bound
	Limit        int       // 0 for all
}

// Callbacks lists callbacks, by when they are due, or those that have ended by when they did. Everybody's need the privilege callbacks.manage.
func (e *Engine) Callbacks(ctx context.Context, agentID string, q CallbackQuery) ([]PromiseView, error) {
	a, err := e.agent(agentID)
	if err != nil {
		return nil, err
	}
	ids, err := e.bookOf(a, q)
	if err != nil {
		return nil, err
	}
	f := campaign.Filter{Ended: q.Scope == CallbacksEnded, From: q.From, Before: q.Before}
	if !q.Everybodys && !f.Ended {
		f.Holder = agentID
	}
	if now := time.Now(); q.Scope == CallbacksOverdue && (f.Before.IsZero() || f.Before.After(now)) {
		f.Before = now // nothing else can be due
	}
	all := []PromiseView{}
	for _, id := range ids {
		found := 0
		for p, err := range e.promises(ctx, id, f, map[string]bool{}) {
			if err != nil {
				return nil, err
			}
			if !q.Everybodys && p.Holder != agentID || q.Scope == CallbacksOverdue && p.State != callback.Due {
				continue
			}
			all = append(all, e.promiseView(p, agentID))
			if found++; found == q.Limit {
				break
			}
		}
	}
	slices.SortStableFunc(all, func(x, y PromiseView) int {
		if f.Ended {
			return x.Since.Compare(y.Since)
		}
		return x.Due.Compare(y.Due)
	})
	if q.Limit > 0 && len(all) > q.Limit {
		all = all[:q.Limit]
	}
	return all, e.nameRecords(ctx, all)
}

// nameRecords says of whom callbacks are; of a record that is not in the list any more nothing is known.
func (e *Engine) nameRecords(ctx context.Context, all []PromiseView) error {
	ctx, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	for i := range all {
		record, err := e.store.Get(ctx, all[i].Campaign, all[i].Record)
		switch {
		case err == nil:
			all[i].Name = record.Name
		case !errors.Is(err, campaign.ErrNotFound):
			return &Error{Code: CodeStoreUnavailable, Message: "the calling list cannot be read now", Err: err}
		}
	}
	return nil
}

// bookOf lists the campaigns that a query is about.
func (e *Engine) bookOf(a *agentActor, q CallbackQuery) ([]string, error) {
	ids := sortedKeys(e.cfg.Campaigns)
	if q.Campaign != "" {
		if _, known := e.cfg.Campaigns[q.Campaign]; !known {
			return nil, refuse(CodeUnknownCampaign, "there is no campaign %q", q.Campaign)
		}
		ids = []string{q.Campaign}
	}
	if !q.Everybodys {
		return ids, nil
	}
	managed := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !e.manages(a, id) })
	if len(managed) == 0 {
		return nil, without(agent.ManageCallbacks, "to see everybody's callbacks needs the privilege %s", agent.ManageCallbacks)
	}
	return managed, nil
}

// CallbackLedger goes through everybody's callbacks with their ledgers: of each campaign first the open ones by when they are due, then the
// ended ones by when they ended, both no earlier than from and before before if these are not zero. "" is every campaign that the agent
// manages. It needs the privilege callbacks.manage. After an error nothing more comes.
func (e *Engine) CallbackLedger(ctx context.Context, agentID, campaignID string, from, before time.Time) (iter.Seq2[PromiseView, error], error) {
	a, err := e.agent(agentID)
	if err != nil {
		return nil, err
	}
	ids, err := e.bookOf(a, CallbackQuery{Campaign: campaignID, Everybodys: true})
	if err != nil {
		return nil, err
	}
	return func(yield func(PromiseView, error) bool) {
		for _, id := range ids {
			seen := map[string]bool{}
			for _, ended := range []bool{false, true} { // in this order: what ends meanwhile is not missed
				for p, err := range e.promises(ctx, id, campaign.Filter{Ended: ended, From: from, Before: before, Ledger: true}, seen) {
					if err != nil {
						yield(PromiseView{}, err)
						return
					}
					if !yield(e.promiseView(p, agentID), nil) {
						return
					}
				}
			}
		}
	}, nil
}

// promisesPage is how many promises are read at once.
const promisesPage = 500

// promises goes through what a filter finds in a campaign.
func (e *Engine) promises(ctx context.Context, campaignID string, f campaign.Filter, seen map[string]bool) iter.Seq2[*callback.Promise, error] {
	f.Limit = promisesPage
	return paged(f, seen, func(f campaign.Filter) ([]*callback.Promise, error) {
		ctx, cancel := e.bounded(ctx, storeTimeout)
		defer cancel()
		page, err := e.store.Promises().List(ctx, campaignID, f)
		if err != nil {
			return nil, &Error{Code: CodeStoreUnavailable, Message: "the callbacks cannot be read now", Err: err}
		}
		return page, nil
	})
}

// paged goes through what a filter finds, a page at a time, without what was seen before. It ends after an error.
func paged(f campaign.Filter, seen map[string]bool, list func(campaign.Filter) ([]*callback.Promise, error)) iter.Seq2[*callback.Promise, error] {
	return func(yield func(*callback.Promise, error) bool) {
		for {
			page, err := list(f)
			if err != nil {
				yield(nil, err)
				return
			}
			if len(page) == 0 {
				return
			}
			for _, p := range page {
				if seen[p.ID] {
					continue
				}
				seen[p.ID] = true
				if !yield(p, nil) {
					return
				}
			}
			// From the last one's time on, and not by counting: what ends or is moved meanwhile would shift the rest.
			last := page[len(page)-1].Due
			if f.Ended {
				last = page[len(page)-1].Since
			}
			if last.Equal(f.From) {
				f.Offset += int64(len(page))
			} else {
				f.From, f.Offset = last, 0
			}
		}
	}
}
