package dialer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/pacing"
	"github.com/hasshin/hasshin/dialer/trunk"
)

// How a call is placed, and what becomes of its record when no agent had it.

const (
	// noRecordAgain is how long a list that had nothing to dial is left alone.
	noRecordAgain = time.Second
	// storeAgain is how long nothing is placed after the list could not be read or written.
	storeAgain = 2 * time.Second
	// firstBackOff is how long nothing is placed after the network had no room; it doubles each time, up to mostBackOff.
	firstBackOff = 500 * time.Millisecond
	mostBackOff  = 30 * time.Second
	// mostMishaps is how often in a row a record goes back to the list because the network or we had no way for the call. Then its number
	// is taken for the reason.
	mostMishaps = 3
)

// toDial is a record that may be dialed now, and on which of its numbers.
type toDial struct {
	sought time.Time
	record *campaign.Record
	token  campaign.Token
	number string
	caller string // that the contact is to see, "" for the campaign's own
}

// takeTries is how many records in a row may turn out, at the last moment, to have been dialed too often meanwhile.
const takeTries = 5

// takeToDial takes the next record of a campaign that may be dialed now, and notes that its number is. campaign.ErrNoRecord when there is none.
func (e *Engine) takeToDial(campaignID string) (*toDial, error) {
	began := time.Now()
	for range takeTries {
		record, token, err := e.takeDialable(campaignID, "")
		if err != nil {
			return nil, err
		}
		err = e.clearToDial(context.Background(), campaignID, "", record, record.Dial, fmt.Sprintf("%s/%d", campaignID, token))
		if err == nil {
			return &toDial{began, record, token, record.Dial, e.callerFor(context.Background(), campaignID, record.Dial, seenBy(record))}, nil
		}
		e.release(campaignID, record.ID, token)
		if refused := (*Error)(nil); !errors.As(err, &refused) || refused.Code != CodeNotNow {
			return nil, err
		}
	}
	return nil, campaign.ErrNoRecord
}

// place looks for a record and dials it. What comes of it the pacing is told.
func (d *pacer) place() {
	d.looking++
	id := newID()
	leg := callChannel(id, legContact)
	d.e.aside(func() {
		var f *toDial
		err := d.e.channelToDial(d.cfg.Trunk, leg)
		if err == nil {
			if f, err = d.e.takeToDial(d.id); err != nil {
				d.e.legOver(leg, trunk.Unknown)
			}
		}
		if !d.post(func() { d.found(id, f, err) }) && err == nil {
			d.e.legOver(leg, trunk.Unknown)
			d.e.release(d.id, f.record.ID, f.token)
		}
	})
}

func (d *pacer) found(id string, f *toDial, err error) {
	d.looking--
	var n *node
	var full *trunk.Refusal
	switch {
	case errors.As(err, &full):
		d.rest(full.After)
	case errors.Is(err, campaign.ErrNoRecord):
		d.empty()
		d.rest(noRecordAgain)
	case errors.Is(err, errGone):
		d.checkLines()
	case err != nil:
		d.log.Error().Err(err).Msg("no record can be taken from the calling list")
		d.rest(storeAgain)
	default:
		if n = d.nodeToUse(); n == nil || d.ending || d.e.stopping() || !d.e.running(d.id) {
			n = nil
			d.e.legOver(callChannel(id, legContact), trunk.Unknown)
			d.rest(noRecordAgain)
			d.e.aside(func() { d.e.release(d.id, f.record.ID, f.token) })
		}
	}
	if n == nil {
		d.feed(pacing.Event{Kind: pacing.NotDialed})
		d.maybeOver()
		return
	}
	d.dial(id, n, f)
}

// nodeToUse is the connected node with the most agents for each call that is on its way there.
func (d *pacer) nodeToUse() *node {
	if d.cfg.Mode == campaign.ModeAgentless {
		return d.quietest()
	}
	spare := map[*node]int{}
	for _, m := range d.members {
		if m.node != nil && m.node.connected() && m.kind() != pacing.AgentAway {
			spare[m.node] += 1000
		}
	}
	for _, p := range d.calls {
		if _, there := spare[p.node]; there && p.stage != stageEnded {
			spare[p.node] -= 100
		}
	}
	var best *node
	for n, s := range spare {
		if best == nil || s > spare[best] || s == spare[best] && n.cfg.Name < best.cfg.Name {
			best = n
		}
	}
	return best
}

func (d *pacer) dial(id string, n *node, f *toDial) {
	p := &placed{id: id, node: n, record: f.record, token: f.token, sought: f.sought, stage: stageDialed, mode: string(d.e.modeOf(d.id))}
	p.attempt = campaign.Attempt{Number: f.number, Call: p.id, Caller: f.caller, Dialed: time.Now()}
	p.log = d.log.With().Str("call", p.id).Logger()
	d.adopt(p)
	d.keep(p)
	d.awaitPickup(p)
	p.log.Info().Str("record", f.record.ID).Msg("call placed")
	snapshot := p.snapshot(d.id)
	d.feed(pacing.Event{Kind: pacing.Dialed, Call: p.id})
	d.e.aside(func() {
		err := d.e.noteFirst(n, p.id, snapshot)
		if err == nil {
			err = d.originate(p)
		}
		made := time.Now()
		d.post(func() {
			p.made = made
			if err != nil {
				d.notPlaced(p, err)
			}
		})
	})
}

func (d *pacer) originate(p *placed) error {
	via := d.e.cfg.Trunks[d.cfg.Trunk]
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	_, err := p.node.ari.Channels.Originate(ctx, ari.Originate{
		Endpoint: via.DialString(p.attempt.Number), App: p.node.cfg.App, AppArgs: []string{"call", p.id}, ChannelID: p.channel(),
		CallerID: d.e.presented(d.id, p.attempt.Caller), Timeout: d.cfg.LongestUnanswered() + dialGrace, Variables: d.amdVariables(p.node),
	})
	if err != nil {
		return fmt.Errorf("originate on trunk %s: %w", d.cfg.Trunk, err)
	}
	d.e.legPlaced(p.channel(), p.node)
	return nil
}

// notPlaced ends a call that could not be placed. It may have been all the same, when only the answer was lost.
func (d *pacer) notPlaced(p *placed, err error) {
	if d.calls[p.id] != p || p.stage != stageDialed || !p.tried.Rang.IsZero() { // it rings
		return
	}
	p.log.Error().Err(err).Str("trunk", d.cfg.Trunk).Msg("a call cannot be placed")
	p.verdict = call.Failed
	d.hangUp(p)
}

// judge learns from a call's result whether the network has room. A call that was on its way before the latest pause began says no more than what led to that.
func (d *pacer) judge(p *placed) {
	r := p.attempt.Result
	if r != call.Congestion && r != call.Failed {
		d.failures = 0
		return
	}
	if r == call.Congestion && d.e.trunks != nil {
		return // the trunk backs off, for all campaigns and processes
	}
	if !p.sought.After(d.paused) {
		return
	}
	d.paused = time.Now()
	pause := min(firstBackOff<<min(d.failures, 10), mostBackOff)
	d.failures++
	d.log.Warn().Str("trunk", d.cfg.Trunk).Str("result", string(r)).Dur("pause", pause).Msg("the network had no way for a call; placing calls is put off")
	d.rest(pause)
}

// conclude tells the calling list what became of a call that no agent had, for as long as it takes.
func (d *pacer) conclude(p *placed) {
	back, ending := d.goesBack(p), campaign.EndedClosed
	if back {
		ending = campaign.EndedReleased
	}
	log := d.history(p, ending)
	d.e.aside(func() {
		ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
		defer cancel()
		var err error
		if back {
			err = d.e.store.GiveBack(ctx, d.id, p.record.ID, p.token, campaign.Giving{
				Ending: campaign.EndedReleased, Attempts: []campaign.Attempt{p.attempt}, History: log,
			})
		} else {
			err = d.e.conclude(ctx, d.id, p.record, p.token, campaign.Outcome{Attempts: []campaign.Attempt{p.attempt}, History: log})
		}
		if errors.Is(err, campaign.ErrLeaseLost) {
			if kept := d.e.appendHistory(ctx, d.id, log); kept != nil {
				err = kept
			}
		}
		d.post(func() { d.concluded(p, err) })
	})
}

// goesBack tells whether the record goes back to the list as it was: the attempt says nothing about the contact, and not time and again.
func (d *pacer) goesBack(p *placed) bool {
	mishap := func(r call.Result) bool { return r == call.Congestion || r == call.Failed }
	if p.attempt.Result == call.Cancelled {
		return true
	}
	if !mishap(p.attempt.Result) {
		return false
	}
	inRow := 1
	before := p.record.Attempts()
	for i := len(before) - 1; i >= 0 && mishap(before[i].Result); i-- {
		inRow++
	}
	return inRow < mostMishaps
}

func (d *pacer) concluded(p *placed, err error) {
	switch {
	case errors.Is(err, campaign.ErrLeaseLost): // Redis was away for longer than the lease: the log keeps what the record cannot
		p.log.Error().Err(err).Str("record", p.record.ID).Interface("attempt", p.attempt).Msg("the record is no longer ours to close")
	case err != nil:
		p.log.Error().Err(err).Msg("the calling list cannot be written; it is tried again")
		d.rest(storeAgain)
		d.after(p, storeAgain, func() { d.conclude(p) })
		return
	}
	d.e.scribe.note(p.node.cfg.Name, entryCall, p.id, nil)
	d.forget(p)
}

func (d *pacer) renew(p *placed) {
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	if _, err := d.e.store.Renew(ctx, d.id, p.record.ID, p.token, d.e.cfg.RecordLease); err != nil {
		p.log.Warn().Err(err).Msg("the record's lease cannot be renewed")
	}
}

// adopt makes a call one of this campaign's.
func (d *pacer) adopt(p *placed) {
	d.calls[p.id] = p
	d.e.figuresChanged(d.id)
	d.e.mu.Lock()
	d.e.placed[p.id] = d
	d.e.mu.Unlock()
}

// forget ends what the dialing has to do with a call.
func (d *pacer) forget(p *placed) {
	p.stopTimers()
	delete(d.calls, p.id)
	d.e.figuresChanged(d.id)
	d.e.removePlaced(p.id)
	d.maybeOver()
}

func (e *Engine) removePlaced(id string) {
	e.mu.Lock()
	delete(e.placed, id)
	e.mu.Unlock()
}

// placedBy is the campaign that a call belongs to which no agent has yet, nil if there is no such call.
func (e *Engine) placedBy(id string) *pacer {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.placed[id]
}

// messageOver takes the end of a playback that may be the message to an abandoned contact.
func (n *node) messageOver(playback ari.Playback) {
	if prefix, id := owner(playback.ID); prefix == prefixCall {
		if d := n.e.placedBy(id); d != nil {
			d.post(func() { d.told(id, playback.State) })
		}
	}
}
