package dialer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/hours"
)

// A callback is drafted on a call: checked whenever the agent asks, kept with the call, checked again at done, and promised by the same step that
// closes the record. Checking needs what Redis and the calling hours say, so it is done beside the call's goroutine: what is checked carries
// the serial of the draft, and done takes only a verdict on the draft that the call has.

// draft is a callback that an agent has prepared in a call.
type draft struct {
	callback.Verdict        // as last checked
	Serial           int    `json:"serial"`
	Promise          string `json:"promise"` // id of the promise that comes of it
}

// drafting is what has to be known of a call to check a draft on it.
type drafting struct {
	campaign string
	owner    *agentActor
	record   *campaign.Record
	number   string // of the call, E.164
	preview  bool   // nothing has been dialed
	state    call.State
	draft    *draft
}

func (c *callActor) drafting() drafting {
	d := drafting{campaign: c.campaignID, owner: c.owner, record: c.record, preview: c.state == call.Previewing, state: c.state, draft: c.draft}
	switch at := c.attempt(); {
	case at != nil:
		d.number = at.Number
	case c.promise != nil:
		d.number = c.promise.Number
	default:
		d.number = c.record.Numbers[0].E164
	}
	return d
}

// draftable refuses to draft where no callback could be promised.
func (c *callActor) draftable() error {
	switch {
	case c.state == call.Returning || c.state == call.Closing || c.state == call.Closed:
		return c.wrongState(setCallback)
	case c.e.scheduler == nil:
		return refuse(CodeStoreUnavailable, "callbacks are not kept here: there is no scheduler")
	case c.state == call.Previewing && !c.may(agent.PreviewCallbacks):
		return without(agent.PreviewCallbacks, "to promise a callback before dialing needs the privilege %s", agent.PreviewCallbacks)
	case !c.may(agent.PersonalCallbacks) && !c.may(agent.PoolCallbacks):
		return without(agent.PersonalCallbacks, "to promise a callback needs the privilege %s or %s", agent.PersonalCallbacks, agent.PoolCallbacks)
	}
	return nil
}

// draftingOf asks a call what is needed to check a draft.
func (e *Engine) draftingOf(ctx context.Context, agentID, callID string) (drafting, error) {
	var d drafting
	_, err := e.ofCall(ctx, agentID, callID, func(c *callActor, reply func(CallView, error)) {
		err := c.draftable()
		d = c.drafting()
		reply(CallView{}, err)
	}, nil)
	return d, err
}

// check judges a draft on a call.
func (e *Engine) check(ctx context.Context, on drafting, d callback.Draft) (callback.Verdict, error) {
	return e.checkCallback(ctx, checking{
		campaign: on.campaign, by: on.owner, draft: d, number: on.number, zone: on.record.TimeZone, chain: numbersOf(on.record),
		customer: e.cfg.Campaigns[on.campaign].CustomerOf(on.record),
	})
}

// checking is a draft, and about whom it is.
type checking struct {
	campaign string
	by       *agentActor
	draft    callback.Draft
	number   string   // of the contact, E.164
	zone     string   // the record's
	chain    []string // numbers of the record
	customer string   // for the do-not-call lists, "" for none
}

func (e *Engine) checkCallback(ctx context.Context, w checking) (callback.Verdict, error) {
	cfg := e.cfg.Campaigns[w.campaign]
	normalize := func(raw string) (string, error) {
		n, err := campaign.Normalize(raw, cfg.List.Region)
		return n.E164, err
	}
	ask := []string{w.number}
	if n, err := normalize(w.draft.Number); err == nil {
		ask = append(ask, n)
	}
	blocked, err := e.onDoNotCallList(ctx, w.campaign, w.customer, ask...)
	if err != nil {
		return callback.Verdict{}, err
	}
	load, err := e.slotLoad(ctx, w.campaign)
	if err != nil {
		return callback.Verdict{}, err
	}
	may := func(p agent.Privilege) bool { return e.cfg.Privileges.Can(p, w.by.cfg, cfg.Privileges) }
	return callback.Check(callback.CheckInput{
		Draft: w.draft, Now: time.Now(), Config: cfg.Callback, Hours: e.hours[w.campaign], Normalize: normalize,
		DoNotCall: func(n string) bool { _, is := blocked.Numbers[n]; return is || blocked.Customer != nil },
		Forbidden: func(n string) error {
			if slices.Contains(w.chain, n) {
				return nil
			}
			if p := agent.ReachOutside(n, cfg.List.Region); !may(p) {
				return without(p, "to reach %s needs the privilege %s", n, p)
			}
			return e.guard.Check(n, cfg.List.Region)
		},
		Number: w.number, RecordZone: w.zone, AgentZone: e.agentZone(w.campaign), Load: load, Groups: sortedKeys(e.cfg.Groups),
		MayPersonal: may(agent.PersonalCallbacks), MayPool: may(agent.PoolCallbacks),
	}), nil
}

// slotLoad counts the promises of a campaign by their slots; nil where slots have no limit.
func (e *Engine) slotLoad(ctx context.Context, campaignID string) (func(time.Time) int, error) {
	cfg := e.cfg.Campaigns[campaignID].Callback
	if cfg.SlotLimit == 0 {
		return nil, nil
	}
	ctx, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	due, err := e.store.Promises().DueTimes(ctx, campaignID)
	if err != nil {
		return nil, &Error{Code: CodeStoreUnavailable, Message: "the callbacks cannot be read now", Err: err}
	}
	load := map[int64]int{}
	for _, at := range due {
		load[at.Truncate(cfg.Slot).Unix()]++
	}
	return func(slot time.Time) int { return load[slot.Unix()] }, nil
}

// agentZone is the time zone in which a campaign's agents work.
func (e *Engine) agentZone(campaignID string) *time.Location {
	cfg := e.cfg.Campaigns[campaignID]
	for _, name := range []string{cfg.Callback.TimeZone, cfg.List.TimeZone} {
		if zone, err := hours.Zone(name); name != "" && err == nil {
			return zone
		}
	}
	return time.UTC
}

// CheckCallback judges a callback while it is typed. Nothing is kept.
func (e *Engine) CheckCallback(ctx context.Context, agentID, callID string, d callback.Draft) (callback.Verdict, error) {
	on, err := e.draftingOf(ctx, agentID, callID)
	if err != nil {
		return callback.Verdict{}, err
	}
	return e.check(ctx, on, d)
}

// SetCallback keeps a callback with the call, in place of the one that it had. It is promised at done. Refused with CodeInvalidCallback and the
// verdict if something is wrong with it.
func (e *Engine) SetCallback(ctx context.Context, agentID, callID string, d callback.Draft) (CallView, error) {
	on, err := e.draftingOf(ctx, agentID, callID)
	if err != nil {
		return CallView{}, err
	}
	verdict, err := e.check(ctx, on, d)
	if err != nil {
		return CallView{}, err
	}
	if !verdict.OK() {
		return CallView{}, invalidCallback(verdict)
	}
	return e.ofCall(ctx, agentID, callID, func(c *callActor, reply func(CallView, error)) {
		if err := c.draftable(); err != nil {
			reply(CallView{}, err)
			return
		}
		serial := 1
		if c.draft != nil {
			serial = c.draft.Serial + 1
		}
		c.draft = &draft{Verdict: verdict, Serial: serial, Promise: newID()}
		c.log.Info().Str("agent", agentID).Str("kind", string(verdict.Draft.Kind)).Time("due", verdict.Due).Msg("callback drafted")
		c.changed()
		reply(c.view(), nil)
	}, nil)
}

// ClearCallback takes the drafted callback back. Without one it changes nothing.
func (e *Engine) ClearCallback(ctx context.Context, agentID, callID string) (CallView, error) {
	return e.ofCall(ctx, agentID, callID, func(c *callActor, reply func(CallView, error)) {
		if c.state == call.Returning || c.state == call.Closing || c.state == call.Closed {
			reply(CallView{}, c.wrongState(clearCallback))
			return
		}
		if c.draft != nil {
			c.draft = nil
			c.changed()
		}
		reply(c.view(), nil)
	}, nil)
}

func invalidCallback(v callback.Verdict) *Error {
	err := refuse(CodeInvalidCallback, "the callback cannot be promised: %s", v.Problems[0].Message)
	if more := len(v.Problems) - 1; more > 0 {
		err.Message = fmt.Sprintf("%s (and %d more)", err.Message, more)
	}
	err.Verdict = &v
	return err
}

// checkedDraft is a new verdict on the draft with that serial.
type checkedDraft struct {
	serial  int
	verdict callback.Verdict
}

var errDraftChanged = errors.New("the draft changed while it was checked")

// recheck judges the draft that a call has at this moment, for done; nil if there is none.
func (e *Engine) recheck(ctx context.Context, agentID, callID string) (*checkedDraft, error) {
	var on drafting
	if _, err := e.ofCall(ctx, agentID, callID, func(c *callActor, reply func(CallView, error)) {
		on = c.drafting()
		reply(CallView{}, nil)
	}, func(_ *callActor, _ *part, reply func(CallView, error)) { reply(CallView{}, nil) }); err != nil {
		return nil, err
	}
	if on.draft == nil {
		return nil, nil
	}
	verdict, err := e.check(ctx, on, on.draft.Draft)
	if err != nil {
		return nil, err
	}
	return &checkedDraft{on.draft.Serial, verdict}, nil
}

// mayPromise says whether done may promise the draft, as it was just checked, together with a disposition.
func (c *callActor) mayPromise(checked *checkedDraft) error {
	choice, _ := c.cfg.Choice(c.disposition)
	switch {
	case c.draft == nil && choice.Callback:
		return refuse(CodeCallbackRequired, "the disposition %s wants a callback to be promised", choice.Code)
	case c.draft == nil:
		return nil
	case choice.DoNotCall:
		return refuse(CodeInvalidCallback, "the disposition %s puts the numbers on the do-not-call list; cancel the callback or choose another one", choice.Code)
	case checked == nil || checked.serial != c.draft.Serial:
		return errDraftChanged
	case !checked.verdict.OK():
		c.draft.Verdict = checked.verdict // so that everybody sees what is wrong
		c.changed()
		return invalidCallback(checked.verdict)
	}
	c.draft.Verdict = checked.verdict
	return nil
}

// promised is what the draft becomes when the record is closed, and the numbers that the chain gets with it.
func (c *callActor) promised() (*callback.Promise, []campaign.Number) {
	if c.draft == nil {
		return nil, nil
	}
	d := c.draft.Draft
	p := &callback.Promise{
		ID: c.draft.Promise, Number: d.Number, Kind: d.Kind, Holder: c.owner.id, By: c.owner.id, Note: d.Note, Zone: d.When.Zone, Absent: d.Absent.Absence(),
		Call: c.id, Made: time.Now(), Due: c.draft.Due,
	}
	if d.Kind == callback.Personal {
		p.Owner = c.owner.id
	}
	if field := c.cfg.Callback.SkillField; field != "" {
		value, changed := c.fields[field]
		if !changed {
			value = c.record.Fields[field]
		}
		p.Skill = strings.TrimSpace(value)
	}
	if slices.Contains(numbersOf(c.record), d.Number) {
		return p, nil
	}
	return p, []campaign.Number{{E164: d.Number}}
}

// Offering a callback.

func originOf(p *callback.Promise) string {
	switch {
	case p == nil:
		return ""
	case p.Kind == callback.Personal:
		return "personal-callback"
	}
	return "callback"
}
