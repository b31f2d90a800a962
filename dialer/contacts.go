package dialer

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/internal/fold"
)

// ContactView is a contact as the search finds it.
type ContactView struct {
	Campaign    string     `json:"campaign" doc:"campaign's id"`
	Record      string     `json:"record" doc:"record's id"`
	Name        string     `json:"name,omitempty"`
	Numbers     []string   `json:"numbers" doc:"E.164, in dialing order"`
	State       string     `json:"state" enum:"ready,waiting,out,promised,closed" doc:"ready: can be dialed; waiting: later; out: with an agent or being dialed; promised: at a callback's time; closed: no more"`
	Agent       string     `json:"agent,omitempty" doc:"who has it, or closed it"`
	Disposition string     `json:"disposition,omitempty" doc:"code, of one that was handled"`
	Attempts    int        `json:"attempts" doc:"how often it was dialed"`
	LastAt      *time.Time `json:"last_at,omitempty" doc:"when the last attempt ended"`
}

func contactView(r *campaign.Record) ContactView {
	v := ContactView{
		Campaign: r.Campaign, Record: r.ID, Name: r.Name, Numbers: []string{}, State: string(r.State), Agent: r.Agent, Disposition: r.Disposition,
	}
	for _, n := range r.Numbers {
		v.Numbers = append(v.Numbers, n.E164)
	}
	attempts := r.Attempts()
	if v.Attempts = len(attempts); v.Attempts > 0 {
		v.LastAt = &attempts[v.Attempts-1].Ended
	}
	return v
}

// FindContacts finds contacts by number, by the beginnings of the words of their names, or by record id, in one campaign or, with "", in all; at most limit.
// A number may be written in the way of the campaign's country. It needs the privilege history.see.
func (e *Engine) FindContacts(ctx context.Context, agentID, campaignID, text string, limit int) ([]ContactView, error) {
	ids := []string{campaignID}
	if campaignID == "" {
		ids = sortedKeys(e.cfg.Campaigns)
	}
	if len(ids) == 0 {
		return []ContactView{}, nil
	}
	if err := e.seesHistory(agentID, ids[0]); err != nil {
		return nil, err
	}
	ctx, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	found := []ContactView{}
	for _, id := range ids {
		records, err := e.findContacts(ctx, id, strings.TrimSpace(text), limit-len(found))
		if err != nil {
			return nil, &Error{Code: CodeStoreUnavailable, Message: "contacts of campaign " + id + " cannot be looked up now", Err: err}
		}
		for _, r := range records {
			found = append(found, contactView(r))
		}
		if len(found) >= limit {
			break
		}
	}
	return found, nil
}

func (e *Engine) findContacts(ctx context.Context, campaignID, text string, most int) ([]*campaign.Record, error) {
	var found []*campaign.Record
	add := func(r *campaign.Record, err error) error {
		if err == nil && !slices.ContainsFunc(found, func(o *campaign.Record) bool { return o.ID == r.ID }) {
			found = append(found, r)
		}
		if errors.Is(err, campaign.ErrNotFound) {
			return nil
		}
		return err
	}
	if err := add(e.store.Get(ctx, campaignID, text)); err != nil {
		return nil, err
	}
	if _, _, number := fold.Digits(text); number {
		if n, err := campaign.Normalize(text, e.cfg.Campaigns[campaignID].List.Region); err == nil {
			if err := add(e.store.FindByNumber(ctx, campaignID, n.E164)); err != nil {
				return nil, err
			}
		}
	} else {
		named, err := e.store.FindByName(ctx, campaignID, text, most)
		if err != nil {
			return nil, err
		}
		for _, r := range named {
			if err := add(r, nil); err != nil {
				return nil, err
			}
		}
	}
	return found[:min(len(found), most)], nil
}

// indexNames makes the contacts of lists findable that an older version imported.
func (e *Engine) indexNames(ctx context.Context) {
	for _, id := range sortedKeys(e.cfg.Campaigns) {
		if err := e.store.IndexNames(ctx, id); err != nil && ctx.Err() == nil {
			e.log.Warn().Err(err).Str("campaign", id).Msg("contacts of an older list cannot be found by name; the next start tries again")
		}
	}
}
