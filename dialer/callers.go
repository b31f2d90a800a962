package dialer

import (
	"cmp"
	"context"
	"fmt"

	"github.com/hasshin/hasshin/dialer/callerid"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// Which number a contact sees.

func newCallers(opts Options) (*callerid.Chooser, error) {
	groups := opts.Config.CallerIDs
	if len(groups) > 0 && opts.TrunkRedis == nil {
		return nil, fmt.Errorf("there are groups of caller ids, and no Redis to note their use in")
	}
	return callerid.NewChooser(opts.TrunkRedis, groups), nil
}

// seenBy lists the numbers that a contact was shown, the latest last.
func seenBy(record *campaign.Record, attempts ...campaign.Attempt) (seen []string) {
	for _, at := range append(record.Attempts(), attempts...) {
		if at.Caller != "" {
			seen = append(seen, at.Caller)
		}
	}
	return seen
}

// callerFor chooses a number of the campaign's group for a contact who has seen others before; "" when the campaign has no group.
func (e *Engine) callerFor(ctx context.Context, campaignID, number string, seen []string) string {
	group := e.cfg.Campaigns[campaignID].CallerIDGroup
	if group == "" {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	caller, err := e.callers.Choose(ctx, group, number, seen)
	if err != nil {
		e.log.Warn().Err(err).Str("campaign", campaignID).Msg("a caller id was not chosen by its group's rule")
	}
	return caller
}

// chooseCaller chooses the number for the call's contact, and notes it with the attempt.
func (c *callActor) chooseCaller(ctx context.Context, number string, seen []string) string {
	caller := c.e.callerFor(ctx, c.campaignID, number, seen)
	if caller != "" {
		c.post(func() {
			if at := c.attempt(); at != nil {
				at.Caller = caller
				c.changed()
			}
		})
	}
	return caller
}

// presented is what the network is told: a number of the campaign's group, or with "" the campaign's own caller id, else the trunk's.
func (e *Engine) presented(campaignID, caller string) string {
	cfg := e.cfg.Campaigns[campaignID]
	if caller != "" {
		return e.callers.Present(cfg.CallerIDGroup, caller)
	}
	return cmp.Or(cfg.CallerID, e.cfg.Trunks[cfg.Trunk].CallerID)
}
