package dialer

import (
	"context"
	"errors"
	"time"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/pacing"
)

// Mode agentless: an announcement instead of an agent, and a digit for one, or for no more calls.

// mostLooking is for how many records are looked at a time: a list that has none to dial is asked again each second.
const mostLooking = 10

// fillUp places as many calls as the campaign has at once and the trunk takes: what the pacing does in other modes.
func (d *pacer) fillUp() pacing.Decision {
	v := pacing.Decision{Mode: pacing.Mode(campaign.ModeAgentless), InFlight: d.looking, Waiting: len(d.waiting)}
	for _, m := range d.members {
		switch {
		case m.state == agent.Ready:
			v.Ready++
		case pacingOf[m.state] != pacing.AgentAway:
			v.Busy++
		}
	}
	busy := d.looking
	for _, p := range d.calls {
		if p.stage != stageEnded {
			busy++
		}
		if p.stage == stageDialed {
			v.InFlight++
		}
	}
	v.Dial = d.cfg.Agentless.Calls - busy
	if room := d.lines - d.looking; d.lines >= 0 && room < v.Dial {
		v.Dial, v.Limit = room, pacing.ByLines
	}
	v.Dial = max(min(v.Dial, mostLooking-d.looking), 0)
	return v
}

// quietest is the connected node with the fewest calls of the campaign for its agents.
func (d *pacer) quietest() *node {
	load := map[*node]int{}
	for _, n := range d.e.nodes {
		if n.connected() {
			load[n] = 0
		}
	}
	for _, p := range d.calls {
		if _, there := load[p.node]; there {
			load[p.node]++
		}
	}
	var best *node
	for n, l := range load {
		if best == nil || l < load[best] || l == load[best] && n.cfg.Name < best.cfg.Name {
			best = n
		}
	}
	return best
}

// announceLimit is how long an announcement lasts at most.
const announceLimit = 10 * time.Minute

// announce plays the announcement to a person who has answered.
func (d *pacer) announce(p *placed) {
	if p.attempt.Answered.IsZero() {
		p.attempt.Answered = time.Now()
	}
	d.enter(p, stageAnnouncing)
	d.after(p, announceLimit, func() { d.hangUp(p) })
	p.playing = true
	d.play(p, d.cfg.Agentless.Announcement)
}

// pressed takes a digit of who hears the announcement; the first that means something counts.
func (d *pacer) pressed(p *placed, digit string) {
	a := d.cfg.Agentless
	if p.stage != stageAnnouncing || p.hanging || p.pressed != "" || digit != a.AgentDigit && digit != a.DoNotCallDigit {
		return
	}
	p.pressed = digit
	p.log.Info().Str("digit", digit).Msg("a contact has answered the announcement")
	if !p.playing {
		d.obey(p)
		return
	}
	// A channel that hears a prompt cannot be brought to an agent: its end is waited for.
	p.node.aside(func(ctx context.Context) {
		if err := p.node.ari.Playbacks.Stop(ctx, messagePlayback(p.id)); err != nil && !errors.Is(err, ari.ErrNotFound) {
			p.log.Warn().Err(err).Msg("the announcement cannot be stopped: it is heard to its end")
		}
	})
}

// announced takes the end of the announcement.
func (d *pacer) announced(p *placed, state string) {
	p.playing = false
	switch {
	case p.hanging:
	case p.pressed != "":
		d.obey(p)
	case state == "failed":
		p.log.Error().Str("media", d.cfg.Agentless.Announcement).Msg("the announcement was not played; is the sound installed on this Asterisk?")
		d.hangUp(p)
	default:
		d.after(p, d.cfg.Agentless.AnswerTime, func() { d.hangUp(p) })
	}
}

// obey does what the digit is for.
func (d *pacer) obey(p *placed) {
	if p.pressed == d.cfg.Agentless.AgentDigit {
		p.wanted = time.Now()
		d.answered(p)
		return
	}
	numbers := numbersOf(p.record)
	d.e.aside(func() {
		ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
		defer cancel()
		_, err := d.e.store.DoNotCall().Add(ctx, numbers, "", "digit "+p.pressed+" in campaign "+d.id+", call "+p.id)
		d.post(func() {
			switch {
			case d.calls[p.id] != p || p.stage != stageAnnouncing:
				if err != nil {
					p.log.Error().Err(err).Str("record", p.record.ID).Msg("a contact who wants no more calls is not on the do-not-call list")
				}
			case err != nil:
				p.log.Warn().Err(err).Msg("the do-not-call list cannot be written; it is tried again")
				d.after(p, storeAgain, func() { d.obey(p) })
			default:
				d.hangUp(p)
			}
		})
	})
}

// latest is the later of two moments.
func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
