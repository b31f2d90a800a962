package dialer

import (
	"context"
	"errors"
	"fmt"

	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// The do-not-call lists are asked each time just before something would be dialed: when a record is handed out, when its number is accepted,
// and when an outside number is reached. Nothing of it is kept in between, so what anybody adds holds at once everywhere.

// DoNotCallScope says how much of a record is not to be called any more.
type DoNotCallScope string

const (
	DoNotCallNumber DoNotCallScope = "number" // the number dialed last, or the record's only one
	DoNotCallChain  DoNotCallScope = "chain"  // all numbers of the record
)

// onDoNotCallList tells which of the numbers, and whether a customer ("" for none), are on the lists of a campaign and of all. Its error is an *Error.
func (e *Engine) onDoNotCallList(ctx context.Context, campaignID, customer string, numbers ...string) (campaign.Blocks, error) {
	ctx, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	blocked, err := e.store.DoNotCall().Look(ctx, campaignID, customer, numbers)
	if err != nil {
		return campaign.Blocks{}, &Error{Code: CodeStoreUnavailable, Message: "the do-not-call list cannot be read now, so nothing is dialed", Err: err}
	}
	return blocked, nil
}

// mayBeCalled refuses a number that is on the list.
func (e *Engine) mayBeCalled(ctx context.Context, campaignID, number string) error {
	blocked, err := e.onDoNotCallList(ctx, campaignID, "", number)
	if err != nil {
		return err
	}
	if _, found := blocked.Numbers[number]; found {
		return refuse(CodeDoNotCall, "%s is on the do-not-call list", number)
	}
	return nil
}

// closeUndialed closes a record that is not to be called any more.
func (e *Engine) closeUndialed(campaignID string, record *campaign.Record, token campaign.Token) error {
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	err := e.store.Close(ctx, campaignID, record.ID, token, campaign.Outcome{Undialed: campaign.UndialedDoNotCall})
	if err != nil && !errors.Is(err, campaign.ErrLeaseLost) { // lost: somebody else has it, and closes it
		return err
	}
	e.log.Info().Str("campaign", campaignID).Str("record", record.ID).Msg("record closed: all its numbers are on the do-not-call list")
	return nil
}

func numbersOf(r *campaign.Record) []string {
	numbers := make([]string, len(r.Numbers))
	for i, n := range r.Numbers {
		numbers[i] = n.E164
	}
	return numbers
}

func markBlocked(r *campaign.Record, blocked campaign.Blocks) {
	for i := range r.Numbers {
		_, on := blocked.Numbers[r.Numbers[i].E164]
		r.Numbers[i].DoNotCall = on || blocked.Customer != nil
	}
}

// dialable lists the numbers of a record that are not marked as blocked, in their order.
func dialable(r *campaign.Record) []string {
	var numbers []string
	for _, n := range r.Numbers {
		if !n.DoNotCall {
			numbers = append(numbers, n.E164)
		}
	}
	return numbers
}

// toBlock tells which numbers a scope means on this call.
func (c *callActor) toBlock(scope DoNotCallScope) ([]string, error) {
	if c.state == call.Returning || c.state == call.Closing || c.state == call.Closed {
		return nil, c.wrongState(doNotCall)
	}
	switch at := c.attempt(); {
	case scope == DoNotCallChain:
		return numbersOf(c.record), nil
	case scope == DoNotCallNumber && at != nil:
		return []string{at.Number}, nil
	case scope == DoNotCallNumber && len(c.record.Numbers) == 1:
		return numbersOf(c.record), nil
	case scope == DoNotCallNumber:
		err := refuse(CodeUnknownNumber, "none of the record's %d numbers has been dialed; say which by dialing it, or block the whole chain", len(c.record.Numbers))
		err.Allowed = []string{string(DoNotCallChain)}
		return nil, err
	}
	err := refuse(CodeUnknownNumber, "%q is not a scope of do not call", scope)
	err.Allowed = []string{string(DoNotCallNumber), string(DoNotCallChain)}
	return nil, err
}

// blocked notes that numbers of the record are on the list now.
func (c *callActor) blocked(numbers []string) {
	on := map[string]bool{}
	for _, n := range numbers {
		on[n] = true
	}
	for i := range c.record.Numbers {
		n := &c.record.Numbers[i]
		n.DoNotCall = n.DoNotCall || on[n.E164]
	}
	c.log.Info().Str("agent", c.owner.id).Int("numbers", len(numbers)).Msg("do not call")
	c.changed()
}

// blockChain puts the record's numbers on the list, as the disposition wants it.
func (c *callActor) blockChain(ctx context.Context, numbers []string, agentID, disposition string) error {
	why := fmt.Sprintf("disposition %s in campaign %s, call %s", disposition, c.campaignID, c.id)
	_, err := c.e.store.DoNotCall().Add(ctx, numbers, agentID, why)
	return err
}
