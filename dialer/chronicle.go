package dialer

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/history"
)

// What goes into the history of calls, as it is gathered while a call goes on. The journal keeps it, so that the next process can go on with it.

// chronicle is what the history is told of a call beside what the call itself knows.
type chronicle struct {
	Created    time.Time      `json:"created"`
	Mode       string         `json:"mode,omitempty"`
	Attempts   []tried        `json:"attempts,omitempty"` // as many as the call has, or fewer
	Hands      []history.Hand `json:"hands,omitempty"`
	Recordings []string       `json:"recordings,omitempty"`
	Done       time.Time      `json:"done,omitzero"`
	ByAgent    bool           `json:"by_agent,omitempty"` // it is an agent who ends the contact's leg
}

// tried is what the history is told of an attempt beside what the calling list is.
type tried struct {
	Rang   time.Time    `json:"rang,omitzero"`
	Alerts bool         `json:"alerts,omitempty"` // Rang is from a 180; before, the network was heard at most
	Joined time.Time    `json:"joined,omitzero"`
	GaveUp time.Time    `json:"gave_up,omitzero"` // no agent was there in time
	HangUp history.Side `json:"hang_up,omitempty"`
}

// try is the one of the call's last attempt.
func (c *callActor) try() *tried {
	for len(c.past.Attempts) < len(c.attempts) {
		c.past.Attempts = append(c.past.Attempts, tried{})
	}
	if len(c.past.Attempts) == 0 {
		return &tried{}
	}
	return &c.past.Attempts[len(c.past.Attempts)-1]
}

// hand is the present owner's part.
func (p *chronicle) hand() *history.Hand {
	if len(p.Hands) == 0 {
		return &history.Hand{}
	}
	return &p.Hands[len(p.Hands)-1]
}

// handed notes that an agent has the call from now on.
func (p *chronicle) handed(agentID string, wait time.Duration) {
	p.Hands = append(p.Hands, history.Hand{Agent: agentID, Wait: wait})
}

// heard notes that contact and agent are together, if they are.
func (c *callActor) heard() {
	p := c.contact
	if p == nil || p.phase != up || p.place != call.Booth || c.attempt() == nil || c.attempt().Answered.IsZero() {
		return
	}
	now := time.Now()
	if t := c.try(); t.Joined.IsZero() {
		t.Joined = now
		if c.past.Mode != string(campaign.ModePreview) {
			c.e.noteConnected(c.campaignID, now.Sub(c.attempt().Answered))
		}
	}
	if h := c.past.hand(); h.From.IsZero() {
		h.From = now
	}
}

// parted notes that the owner and the contact have nothing to talk any more.
func (p *chronicle) parted(at time.Time) {
	if h := p.hand(); !h.From.IsZero() && h.Until.IsZero() {
		h.Until = at
	}
}

// wrappedUp notes that an agent who handed the call over is done.
func (p *chronicle) wrappedUp(agentID string) {
	for i := len(p.Hands) - 2; i >= 0; i-- {
		if h := &p.Hands[i]; h.Agent == agentID && h.Done.IsZero() {
			h.Done = time.Now()
			return
		}
	}
}

// endedBy notes who ended the attempt; byUs: we hung up.
func (c *callActor) endedBy(byUs bool) {
	t, at := c.try(), c.attempt()
	switch {
	case byUs && c.past.ByAgent:
		t.HangUp = history.ByAgent
	case byUs:
		t.HangUp = history.ByServer
	case !at.Answered.IsZero():
		t.HangUp = history.ByContact
	default:
		t.HangUp = history.ByNetwork
	}
	c.past.ByAgent = false
	c.past.parted(at.Ended)
}

// waited is how long an agent has been ready; 0 for one who was not.
func (a *agentActor) waited() time.Duration {
	if at := a.readySince.Load(); at != 0 {
		return time.Since(time.Unix(0, at))
	}
	return 0
}

// ended is what is known of a call at its end.
type ended struct {
	id, campaign, record, agent, origin string
	ending                              history.Ending
	attempts                            []campaign.Attempt
	past                                chronicle
	disposition, callback, promised     string
}

// historyOf is what the history is told of a call.
func (e *Engine) historyOf(c ended) history.Batch {
	cfg := e.cfg.Campaigns[c.campaign]
	caller := cmp.Or(cfg.CallerID, e.cfg.Trunks[cfg.Trunk].CallerID)
	whole := history.PastCall{
		Call: c.id, Campaign: c.campaign, Record: c.record, Agent: c.agent, Origin: cmp.Or(c.origin, "campaign"), Mode: c.past.Mode, Ending: c.ending,
		Created: c.past.Created, Callback: c.callback,
	}
	var all []history.PastCall
	for i, at := range c.attempts {
		entry := whole
		entry.Attempt, entry.Number, entry.Result, entry.SIP, entry.Q850 = i+1, at.Number, at.Result, at.SIP, at.Q850
		entry.Dialed, entry.Answered, entry.Ended = at.Dialed, at.Answered, at.Ended
		entry.CallerID = cmp.Or(at.Caller, caller)
		if i < len(c.past.Attempts) {
			t := c.past.Attempts[i]
			entry.Rang, entry.Joined, entry.GaveUp, entry.HangUp = t.Rang, t.Joined, t.GaveUp, t.HangUp
		}
		entry.Abandoned, entry.Machine = at.Result == call.Abandoned, at.Result.ByMachine()
		all = append(all, entry)
	}
	if len(all) == 0 {
		all = append(all, whole)
	}
	last := &all[len(all)-1]
	last.Last, last.Disposition, last.Promised = true, c.disposition, c.promised
	last.Done, last.Recordings = c.past.Done, c.past.Recordings
	last.Hands = slices.Clone(c.past.Hands)
	if n := len(last.Hands); n > 0 && !last.Hands[n-1].From.IsZero() {
		h := &last.Hands[n-1]
		if h.Until.IsZero() {
			h.Until = last.Ended
		}
		h.Done = last.Done
	}
	return history.Batch{Entries: all, Most: e.cfg.History.Most, Keep: e.cfg.History.Keep, Zone: cfg.CalendarZone()}
}

// history is what the call's end writes.
func (c *callActor) history(ending campaign.Ending, promised string) history.Batch {
	if c.past.Done.IsZero() {
		c.past.Done = time.Now()
	}
	over := ended{
		id: c.id, campaign: c.campaignID, record: c.record.ID, agent: c.owner.id, origin: c.origin, ending: history.Ending(ending),
		attempts: slices.Clone(c.attempts), past: c.past, disposition: c.disposition, promised: promised,
	}
	if ending != campaign.EndedClosed {
		over.disposition = ""
	}
	if c.promise != nil {
		over.callback = c.promise.ID
	}
	return c.e.historyOf(over)
}

// history is what the end of a call that no agent had writes.
func (d *pacer) history(p *placed, ending campaign.Ending) history.Batch {
	return d.e.historyOf(ended{
		id: p.id, campaign: d.id, record: p.record.ID, ending: history.Ending(ending), attempts: []campaign.Attempt{p.attempt},
		past: chronicle{Created: p.attempt.Dialed, Mode: p.mode, Attempts: []tried{p.tried}},
	})
}

// appendHistory writes the history of a call whose record is not its own any more.
func (e *Engine) appendHistory(ctx context.Context, campaignID string, b history.Batch) error {
	if e.history == nil {
		return nil
	}
	return e.history.Append(ctx, campaignID, b)
}

// historyOfLost writes the history of a call that this process cannot take up again.
func (e *Engine) historyOfLost(ctx context.Context, text []byte) error {
	var s struct {
		callSnapshot
		Placed  stage            `json:"placed"`
		Attempt campaign.Attempt `json:"attempt"`
		Tried   tried            `json:"tried"`
		Mode    string           `json:"mode"`
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("read journal: %w", err)
	}
	if s.Closed {
		return nil // written already
	}
	over := ended{
		id: s.ID, campaign: s.Campaign, record: s.Record, agent: s.Owner, origin: s.Origin, ending: history.Lost, attempts: s.Attempts,
		disposition: s.Disposition, callback: s.Promise,
	}
	if s.Past != nil {
		over.past = *s.Past
	}
	if s.Placed != "" {
		over.attempts = []campaign.Attempt{s.Attempt}
		over.past = chronicle{Created: s.Attempt.Dialed, Mode: s.Mode, Attempts: []tried{s.Tried}}
	}
	over.past.Done = time.Now()
	for i := range over.attempts {
		if at := &over.attempts[i]; at.Ended.IsZero() {
			at.Ended, at.Result = time.Now(), call.ResultOf(!at.Answered.IsZero(), 0, 0)
		}
	}
	return e.appendHistory(ctx, s.Campaign, e.historyOf(over))
}
