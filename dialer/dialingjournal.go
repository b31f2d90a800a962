package dialer

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/pacing"
)

// What the journal keeps of a placed call, under the id and in the place that it has as a call of an agent's later: whichever of the two is there is
// what it is. It is there before the call is placed, so that whatever Asterisk has after a crash is known, and no record is dialed beside it.

type placedSnapshot struct {
	Placed   stage            `json:"placed"`
	ID       string           `json:"id"`
	Campaign string           `json:"campaign"`
	Record   string           `json:"record"`
	Token    campaign.Token   `json:"token"`
	Attempt  campaign.Attempt `json:"attempt"`
	Verdict  call.Result      `json:"verdict,omitempty"`
	Mode     string           `json:"mode,omitempty"`
	Tried    tried            `json:"tried,omitzero"`
}

func (p *placed) snapshot(campaignID string) placedSnapshot {
	s := placedSnapshot{p.stage, p.id, campaignID, p.record.ID, p.token, p.attempt, p.verdict, p.mode, p.tried}
	if s.Placed == stagePutting {
		s.Placed = stageWaiting
	}
	return s
}

func (d *pacer) save(p *placed) {
	d.e.scribe.note(p.node.cfg.Name, entryCall, p.id, p.snapshot(d.id))
}

// noteFirst writes a call into the journal before it is placed.
func (e *Engine) noteFirst(n *node, id string, s placedSnapshot) error {
	if e.scribe.journal == nil {
		return nil
	}
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("journal entry: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	return e.scribe.journal.Write(ctx, n.cfg.Name, map[string][]byte{id: text}, nil)
}

// revivePlaced makes the placed call of a snapshot; ok is false when the text is that of an agent's call.
func (e *Engine) revivePlaced(ctx context.Context, n *node, text []byte) (ok bool, err error) {
	var s placedSnapshot
	if err := json.Unmarshal(text, &s); err != nil {
		return false, fmt.Errorf("read journal: %w", err)
	}
	if s.Placed == "" {
		return false, nil
	}
	d := e.pacers[s.Campaign]
	if d == nil {
		return true, fmt.Errorf("campaign %s is not configured any more, or does not dial by itself", s.Campaign)
	}
	record, err := e.store.Get(ctx, s.Campaign, s.Record)
	if err != nil {
		return true, err
	}
	p := &placed{id: s.ID, node: n, record: record, token: s.Token, attempt: s.Attempt, stage: s.Placed, verdict: s.Verdict, revived: true, made: time.Now()}
	p.mode, p.tried = s.Mode, s.Tried
	p.log = d.log.With().Str("call", p.id).Logger()
	d.adopt(p)
	return true, nil
}

// reconcile compares the calls at a node with what it had after a connect, when its channels were listed. What happened in between is taken as if
// it happened now; of a call placed since then the list says nothing.
func (d *pacer) reconcile(n *node, present map[string]ari.Channel, listed time.Time) {
	for _, p := range d.calls {
		if p.node != n {
			continue
		}
		ch, there := present[p.channel()]
		switch {
		case p.stage == stagePutting: // the call that comes of it sees for itself
		case p.revived:
			d.takeUp(p, there)
			if there && p.stage == stageDialed {
				d.missed(p, ch) // whoever is up has waited for long enough
			}
		case !there && (p.made.IsZero() || p.made.After(listed)):
		case !there:
			d.unwatched(p, "gone while the connection to Asterisk was lost")
		case p.stage == stageDialed:
			d.missed(p, ch)
		}
	}
	d.checkLines()
}

// takeUp goes on with a call of the last process where that one stopped.
func (d *pacer) takeUp(p *placed, there bool) {
	p.log.Info().Str("stage", string(p.stage)).Msg("placed call taken up again")
	p.revived = false
	d.keep(p)
	d.e.aside(func() { d.renew(p) })
	if p.stage == stageEnded {
		d.conclude(p)
		return
	}
	d.feed(pacing.Event{Kind: pacing.Dialed, Call: p.id})
	switch {
	case !there:
		d.unwatched(p, "gone while nobody watched it")
	case p.stage == stageDialed:
		d.awaitPickup(p)
	case p.stage == stageWaiting:
		d.feed(pacing.Event{Kind: pacing.Live, Call: p.id})
		d.wait(p)
		d.serve()
		d.awaitAgent(p)
	case p.stage == stageAnalysing:
		d.feed(pacing.Event{Kind: pacing.Answered, Call: p.id})
		d.awaitVerdict(p)
	case p.stage == stageAnnouncing: // how far the announcement is nobody knows; its end may have been told meanwhile
		p.playing = true
		d.after(p, messageLimit, func() { d.hangUp(p) })
	case p.stage == stageMachine && d.cfg.Machines.Message == "":
		d.hangUp(p)
	case p.stage == stageMachine:
		d.awaitBeep(p)
	case p.stage == stageTelling, p.stage == stageLeaving: // how far the message is nobody knows
		d.after(p, messageLimit, func() { d.hangUp(p) })
	}
}

// unwatched takes that a call ended while no process was connected to its Asterisk. Whoever answers then is hung up on, and nobody knows whether
// somebody did: a call that was not answered before counts as abandoned, so that the limit holds whatever happened.
func (d *pacer) unwatched(p *placed, text string) {
	if p.stage == stageDialed && !p.hanging {
		p.verdict = call.Abandoned
		d.lose(p)
	}
	d.gone(p, 0, 0, text)
}
