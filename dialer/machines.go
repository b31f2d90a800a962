package dialer

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/pacing"
)

// Machine or person: who has answered is sent into the dialplan, where AMD() listens, and comes back with its verdict.

const (
	// amdContext is the dialplan helper (deploy/asterisk/node/extensions.d/hasshin.conf).
	amdContext = "hasshin-amd"
	// amdGrace is how much longer than AMD() listens its verdict may take.
	amdGrace = 3 * time.Second
)

// amdVariables are what the dialplan helper is told, set when the call is placed so that nothing has to be at its answer.
func (d *pacer) amdVariables(n *node) map[string]string {
	if !d.cfg.DetectsMachines() {
		return nil
	}
	return map[string]string{"HASSHIN_AMD_OPTIONS": d.cfg.Machines.AMD.Options(), "HASSHIN_APP": n.cfg.App}
}

// analyse lets AMD() listen to who has answered.
func (d *pacer) analyse(p *placed) {
	if p.attempt.Answered.IsZero() {
		p.attempt.Answered = time.Now()
	}
	d.enter(p, stageAnalysing)
	d.awaitVerdict(p)
	d.feed(pacing.Event{Kind: pacing.Answered, Call: p.id})
	p.node.aside(func(ctx context.Context) {
		err := p.node.sendToAMD(ctx, p.channel())
		if err == nil || errors.Is(err, ari.ErrNotFound) {
			return // StasisStart or ChannelDestroyed tells the rest
		}
		d.post(func() {
			if d.calls[p.id] == p && p.stage == stageAnalysing {
				p.log.Error().Err(err).Msg("nobody listens whether a machine has answered: it is taken for a person")
				d.answered(p)
			}
		})
	})
}

// sendToAMD asks first whether the helper is there, once for each node: a channel that is sent to a place that does not exist is hung up.
func (n *node) sendToAMD(ctx context.Context, channel string) error {
	if !n.amd.Load() {
		exists, err := n.ari.Channels.Variable(ctx, channel, fmt.Sprintf("DIALPLAN_EXISTS(%s,s,1)", amdContext))
		if err != nil {
			return err
		}
		if exists != "1" {
			return fmt.Errorf("the dialplan of node %s has no context %s (docs/machines.md)", n.cfg.Name, amdContext)
		}
		n.amd.Store(true)
	}
	return n.ari.Channels.Continue(ctx, channel, ari.Continue{Context: amdContext, Extension: "s", Priority: 1})
}

// awaitVerdict takes who is listened to for too long for somebody of whom AMD() could not tell.
func (d *pacer) awaitVerdict(p *placed) {
	limit := p.attempt.Answered.Add(d.cfg.Machines.AMD.TotalAnalysisTime + amdGrace)
	d.after(p, time.Until(limit), func() {
		if p.stage == stageAnalysing {
			p.log.Warn().Msg("AMD() gives no verdict in time")
			d.judged(p, "NOTSURE", "")
		}
	})
}

// judged takes AMD()'s verdict: HUMAN, MACHINE, NOTSURE or HANGUP, and why.
func (d *pacer) judged(p *placed, status, cause string) {
	p.log.Info().Str("verdict", status).Str("cause", cause).Dur("after", time.Since(p.attempt.Answered)).Msg("machine detection")
	// Who says nothing may be a person who waits to be spoken to.
	sure := status == "MACHINE" && !strings.HasPrefix(cause, "INITIALSILENCE")
	if status == "HUMAN" || !sure && d.cfg.Machines.Unsure == campaign.UnsureAgent {
		d.answered(p)
		return
	}
	p.verdict = call.Machine
	if sure {
		d.feed(pacing.Event{Kind: pacing.Ended, Call: p.id})
		if d.mistaken += d.cfg.Machines.Mistaken; d.mistaken >= 1 {
			d.mistaken--
			d.count(campaign.Answers{Live: 1, Abandoned: 1})
		}
	} else {
		d.lose(p)
	}
	if d.cfg.Machines.Message == "" {
		d.enter(p, stageMachine)
		d.hangUp(p)
		return
	}
	d.awaitBeep(p)
}

// lose counts somebody as abandoned who may be a person and was not put to an agent.
func (d *pacer) lose(p *placed) {
	d.count(campaign.Answers{Live: 1, Abandoned: 1})
	d.feed(pacing.Event{Kind: pacing.Live, Call: p.id})
	d.feed(pacing.Event{Kind: pacing.Abandoned, Call: p.id})
}

// A message for the machine.

// awaitBeep listens until the machine's greeting is over: nothing tells a beep from a word, but behind it the machine is silent.
func (d *pacer) awaitBeep(p *placed) {
	d.enter(p, stageMachine)
	m := d.cfg.Machines
	d.after(p, m.GreetingLimit, func() { d.hangUp(p) })
	d.silentFor(p, m.GreetingPause+talkDetectDelay)
	p.node.aside(func(ctx context.Context) {
		settings := fmt.Sprintf("%d,%d", m.GreetingPause.Milliseconds(), m.AMD.SilenceThreshold)
		err := p.node.ari.Channels.SetVariable(ctx, p.channel(), "TALK_DETECT(set)", settings)
		if err == nil || errors.Is(err, ari.ErrNotFound) {
			return
		}
		p.log.Error().Err(err).Msg("the end of a greeting cannot be heard; no message is left")
		d.post(func() {
			if d.calls[p.id] == p && p.stage == stageMachine {
				d.hangUp(p)
			}
		})
	})
}

// talkDetectDelay is how long it may take until Asterisk tells of the first sound.
const talkDetectDelay = 500 * time.Millisecond

// silentFor leaves the message unless the machine is heard before.
func (d *pacer) silentFor(p *placed, pause time.Duration) {
	p.silence = time.AfterFunc(pause, func() { d.post(func() { d.leaveMessage(p) }) })
}

// machineTalks takes what is heard of a machine.
func (d *pacer) machineTalks(p *placed, talks bool) {
	switch {
	case p.stage != stageMachine || p.hanging:
	case talks:
		p.silence.Stop()
	default: // for as long as the greeting's pause
		d.leaveMessage(p)
	}
}

func (d *pacer) leaveMessage(p *placed) {
	if d.calls[p.id] != p || p.stage != stageMachine || p.hanging {
		return
	}
	p.silence.Stop()
	d.enter(p, stageLeaving)
	d.after(p, messageLimit, func() { d.hangUp(p) })
	d.play(p, d.cfg.Machines.Message)
}
