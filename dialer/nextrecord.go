package dialer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/treatment"
	"github.com/hasshin/hasshin/dialer/trunk"
)

// What is dialed next, and what becomes of a record after it was dialed. Both ask the same function, treatment.Policy.Decide: it is asked when a
// record is taken from its list, again just before a number is dialed, and when a record is written back, to file it where it waits.

// policies are by what a campaign decides.
type policies struct {
	attended   *treatment.Policy // an agent waits for the call: preview, callbacks
	unattended *treatment.Policy // nobody does yet: numbers with an abandoned call are locked out
	keep       time.Duration     // for how long attempts are remembered, for all campaigns; 0 for not at all
}

// newPolicies makes those of all campaigns.
func newPolicies(cfg Config) (map[string]*policies, error) {
	all, keep := map[string]*policies{}, time.Duration(0)
	for id, k := range cfg.Campaigns {
		attended, err := k.Policy()
		if err != nil {
			return nil, fmt.Errorf("campaign %s: %w", id, err)
		}
		unattended, err := k.Policy()
		if err != nil {
			return nil, fmt.Errorf("campaign %s: %w", id, err)
		}
		attended.Caps = slices.Concat(cfg.AttemptCaps, k.AttemptCaps)
		unattended.Caps = attended.Caps
		unattended.Lockout = k.Hours.ProfileFor(k.List.Region).Limits.AbandonLockout
		for _, c := range attended.Caps {
			keep = max(keep, c.Within)
		}
		keep = max(keep, unattended.Lockout)
		all[id] = &policies{attended: attended, unattended: unattended}
	}
	for _, p := range all {
		p.keep = keep
	}
	return all, nil
}

// Policies are by what a campaign decides: about calls for which an agent waits, and about those that are placed without one. keep is for how long
// attempts are remembered.
func Policies(cfg Config, campaignID string) (attended, unattended *treatment.Policy, keep time.Duration, err error) {
	all, err := newPolicies(cfg)
	if err != nil {
		return nil, nil, 0, err
	}
	p := all[campaignID]
	return p.attended, p.unattended, p.keep, nil
}

// of is the policy for an agent's call, or for one that is placed without an agent ("").
func (p *policies) of(agentID string) *treatment.Policy {
	if agentID == "" {
		return p.unattended
	}
	return p.attended
}

// logged reports whether anybody asks when numbers were dialed.
func (p *policies) logged() bool { return p.keep > 0 }

// takeDialable takes the next record of a calling list that may be dialed now: Record.Dial is the number to dial. agentID is whom it is for, ""
// for a call that is placed without an agent. Records that may not be dialed now are filed under the time when they may, and those that never may
// are closed: for half the time that a command has, so that an agent hears of it. campaign.ErrNoRecord when there is none.
func (e *Engine) takeDialable(campaignID, agentID string) (*campaign.Record, campaign.Token, error) {
	for began, passed := time.Now(), 0; ; passed++ {
		if e.stopping() {
			return nil, 0, errGone
		}
		if passed > 0 && time.Since(began) > e.cfg.CommandTimeout/2 {
			return nil, 0, refuse(CodeTimeout, "%d records in a row cannot be dialed now and were put aside; ask for a record again", passed)
		}
		record, token, err := e.takeNext(campaignID, agentID)
		if err != nil || record != nil {
			return record, token, err
		}
	}
}

// takeNext takes the next record; nil without an error for one that was put aside.
func (e *Engine) takeNext(campaignID, agentID string) (*campaign.Record, campaign.Token, error) {
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	policy, now := e.policies[campaignID].of(agentID), time.Now()
	open := func(class string) bool { return policy.Open(class, now) }
	record, token, err := e.store.TakeOpen(ctx, campaignID, agentID, e.cfg.RecordLease, open)
	if err != nil {
		return nil, 0, err
	}
	d, err := e.decide(ctx, campaignID, agentID, record)
	if err == nil && d.Verb != treatment.Dial {
		return nil, 0, e.putAside(ctx, campaignID, record, token, policy, d)
	}
	if err != nil {
		e.release(campaignID, record.ID, token)
		return nil, 0, err
	}
	record.Dial = d.Number.E164
	return record, token, nil
}

// decide asks the policy about a record, with all that is known of its numbers at this moment, and marks those that are on a do-not-call list.
// Its error is an *Error.
func (e *Engine) decide(ctx context.Context, campaignID, agentID string, record *campaign.Record) (treatment.Decision, error) {
	cfg, policies := e.cfg.Campaigns[campaignID], e.policies[campaignID]
	facts, err := e.facts(ctx, campaignID, record)
	if err != nil {
		return treatment.Decision{}, err
	}
	return policies.of(agentID).Decide(cfg.Treated(record), time.Now(), facts), nil
}

// facts are what the lists and the log say of a record's numbers. Its error is an *Error.
func (e *Engine) facts(ctx context.Context, campaignID string, record *campaign.Record) (treatment.Facts, error) {
	facts, blocks, err := e.cfg.Campaigns[campaignID].Facts(ctx, e.store, campaignID, record, e.policies[campaignID].logged())
	if err != nil {
		return treatment.Facts{}, &Error{Code: CodeStoreUnavailable, Message: "what is known of the numbers cannot be read now, so nothing is dialed", Err: err}
	}
	markBlocked(record, blocks)
	return facts, nil
}

// blocks asks the do-not-call lists about a record. Its error is an *Error.
func (e *Engine) blocks(ctx context.Context, campaignID string, record *campaign.Record) (campaign.Blocks, error) {
	return e.onDoNotCallList(ctx, campaignID, e.cfg.Campaigns[campaignID].CustomerOf(record), numbersOf(record)...)
}

// putAside files a record that was taken and may not be dialed now, or closes it when it never may.
func (e *Engine) putAside(ctx context.Context, campaignID string, record *campaign.Record, token campaign.Token, policy *treatment.Policy, d treatment.Decision) error {
	var err error
	what := e.log.Debug()
	if d.Verb == treatment.Wait {
		place := e.cfg.Campaigns[campaignID].PlaceOf(record, d)
		if now := time.Now(); !place.Due.After(now) && policy.Open(place.Class, now) {
			place.Due = place.At // or it would be taken again at once
		}
		err = e.store.File(ctx, campaignID, record.ID, token, *place)
		what = what.Time("until", d.At)
	} else {
		err = e.store.Close(ctx, campaignID, record.ID, token, campaign.Outcome{Undialed: undialed(d.Reason), Reason: d.Why})
		what = e.log.Info()
	}
	if err != nil && !errors.Is(err, campaign.ErrLeaseLost) { // lost: somebody else has it, and does the same
		return err
	}
	what.Str("campaign", campaignID).Str("record", record.ID).Str("reason", string(d.Reason)).Msg("record put aside: it may not be dialed now")
	return nil
}

// undialed is the reason in the counts of records that were closed without being dialed.
func undialed(r treatment.Reason) campaign.Undialed {
	switch r {
	case treatment.DoNotCall, treatment.CustomerDoNotCall:
		return campaign.UndialedDoNotCall
	}
	return campaign.Undialed(r)
}

// release gives a record back that nobody has done anything with.
func (e *Engine) release(campaignID, record string, token campaign.Token) {
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	if err := e.store.Return(ctx, campaignID, record, token, campaign.EndedReleased, ""); err != nil {
		e.log.Warn().Err(err).Str("record", record).Msg("record not given back; it returns to the list when its lease ends")
	}
}

// conclude writes the outcome of a handling to the calling list: the record is closed, or waits where the treatment wants it to be dialed again.
// Contacts who got no agent are noted first, so that a number is locked out also if the process ends in between.
func (e *Engine) conclude(ctx context.Context, campaignID string, record *campaign.Record, token campaign.Token, outcome campaign.Outcome) error {
	if e.policies[campaignID].logged() {
		for _, a := range outcome.Attempts {
			if a.Result != call.Abandoned {
				continue
			}
			if err := e.store.Attempts().Abandoned(ctx, a.Number, a.Ended); err != nil {
				return err
			}
		}
	}
	if err := e.treat(ctx, campaignID, record, &outcome); err != nil {
		return err
	}
	return e.store.Close(ctx, campaignID, record.ID, token, outcome)
}

// treat says in an outcome what becomes of the record.
func (e *Engine) treat(ctx context.Context, campaignID string, record *campaign.Record, outcome *campaign.Outcome) error {
	cfg, policy := e.cfg.Campaigns[campaignID], e.policies[campaignID].unattended
	if outcome.Promise != nil || outcome.Undialed != "" {
		return nil
	}
	if len(outcome.Attempts) == 0 && policy.Table.Handles(outcome.Disposition) {
		outcome.Reason = "disposition " + outcome.Disposition
		return nil
	}
	after := record.With(*outcome)
	facts, err := e.facts(ctx, campaignID, after)
	if err != nil {
		return err
	}
	d := policy.Decide(cfg.Treated(after), time.Now(), facts)
	if d.Verb == treatment.Never {
		outcome.Reason = string(d.Reason) + ": " + d.Why
		return nil
	}
	outcome.Next = cfg.PlaceOf(after, d)
	return nil
}

// clearToDial is asked just before a number of a record is dialed, when the do-not-call lists have been: hours, caps and lock-out once more, as they
// are now, and the attempt is noted. id names the attempt. Its error is an *Error.
func (e *Engine) clearToDial(ctx context.Context, campaignID, agentID string, record *campaign.Record, number, id string) error {
	ctx, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	if until, why := e.callableAt(campaignID, number, zoneOf(record, number)); why != "" {
		err := refuse(CodeNotNow, "%s may not be called now: %s", number, why)
		err.Until = until
		return err
	}
	p := e.policies[campaignID]
	if !p.logged() {
		return nil
	}
	policy := p.of(agentID)
	err := e.store.Attempts().Reserve(ctx, number, id, campaign.Limits{Caps: policy.Caps, Lockout: policy.Lockout, Keep: p.keep})
	var notNow *campaign.NotNowError
	switch {
	case errors.As(err, &notNow):
		refused := refuse(CodeNotNow, "%s may not be called before %s: %s", number, notNow.Until.Format(time.RFC3339), notNow.Reason)
		refused.Until = notNow.Until
		return refused
	case err != nil:
		return &Error{Code: CodeStoreUnavailable, Message: "the attempt cannot be noted now, so nothing is dialed", Err: err}
	}
	return nil
}

// prepare chooses the number of a previewed record that is dialed when the agent accepts, and asks whether it may be, at this moment.
func (e *Engine) prepare(ctx context.Context, agentID, callID, number string, at agentLeg) (string, campaign.Blocks, error) {
	var record *campaign.Record
	var promise *callback.Promise
	campaignID, attempt := "", ""
	if _, err := e.ofCall(ctx, agentID, callID, func(c *callActor, reply func(CallView, error)) {
		record, promise, campaignID, attempt = c.record.Clone(), c.promise, c.campaignID, c.nextAttempt()
		reply(CallView{}, nil)
	}, nil); err != nil {
		return "", campaign.Blocks{}, err
	}
	onList, err := e.blocks(ctx, campaignID, record)
	if err != nil {
		return "", campaign.Blocks{}, err
	}
	markBlocked(record, onList)
	chosen := numberToDial(record, promise, number)
	if !slices.Contains(dialable(record), chosen) || !at.connected || at.perCall {
		return number, onList, nil // it is refused, or asked again once the agent's phone is answered
	}
	leg := callChannel(callID, legContact)
	if err := e.channelForAgent(ctx, e.cfg.Campaigns[campaignID].Trunk, leg); err != nil {
		return "", campaign.Blocks{}, err
	}
	if err := e.clearToDial(ctx, campaignID, agentID, record, chosen, attempt); err != nil {
		e.legOver(leg, trunk.Unknown)
		return "", campaign.Blocks{}, err
	}
	return chosen, onList, nil
}

// numberToDial is the number that an agent means with "": the one that was promised, or that the treatment chose, or the first that may be dialed.
func numberToDial(r *campaign.Record, p *callback.Promise, number string) string {
	free := dialable(r)
	switch {
	case number != "":
		return number
	case p != nil && slices.Contains(free, p.Number):
		return p.Number
	case slices.Contains(free, r.Dial):
		return r.Dial
	case len(free) > 0:
		return free[0]
	}
	return ""
}

// nextAttempt names the attempt that the call makes next.
func (c *callActor) nextAttempt() string { return fmt.Sprintf("%s-%d", c.id, len(c.attempts)+1) }

// zoneOf is the time zone of a record's number.
func zoneOf(r *campaign.Record, number string) string {
	for _, n := range r.Numbers {
		if n.E164 == number && n.Zone != "" {
			return n.Zone
		}
	}
	return r.TimeZone
}
