package dialer

import (
	"context"
	"math"
	"reflect"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// What a wallboard tells of how campaigns are run: who started and stopped them, how they dial, and the calls that are placed before there is an agent.

const (
	// dialingPause is the least time between two words of how a campaign dials, other than that its mode changed: figures that move with each call.
	dialingPause = time.Second
	// switchesTold is how many starts and stops a wallboard shows of a campaign.
	switchesTold = 8
)

// PlacedView is the calls that a campaign has placed and that no agent has yet, in this process. A call counts once.
type PlacedView struct {
	Dialing      int        `json:"dialing" doc:"on their way; nothing rings yet"`
	Ringing      int        `json:"ringing"`
	Detecting    int        `json:"detecting" doc:"somebody has answered, and it is found out whether a machine has"`
	Announcing   int        `json:"announcing" doc:"people who hear the announcement of mode agentless, or have heard it and may press a digit"`
	Waiting      int        `json:"waiting" doc:"people who answered, or asked for one by a digit, and wait for an agent"`
	WaitingSince *time.Time `json:"waiting_since,omitempty" doc:"since when the one of them waits who has waited for longest; left out when nobody waits"`
	Message      int        `json:"message" doc:"people for whom there was no agent, and machines: a message is played to them, or they are being hung up on"`
}

// placedView counts the calls by their stages.
func (d *pacer) placedView() PlacedView {
	var v PlacedView
	for _, p := range d.calls {
		switch p.stage {
		case stageDialed:
			if p.tried.Rang.IsZero() {
				v.Dialing++
			} else {
				v.Ringing++
			}
		case stageAnalysing:
			v.Detecting++
		case stageAnnouncing:
			v.Announcing++
		case stageWaiting, stagePutting:
			v.Waiting++
			if since := latest(p.attempt.Answered, p.wanted); v.WaitingSince == nil || since.Before(*v.WaitingSince) {
				v.WaitingSince = &since
			}
		case stageMachine, stageTelling, stageLeaving:
			v.Message++
		}
	}
	return v
}

// paced is how a campaign dials and the calls it has placed, at one moment.
type paced struct {
	dialing DialingView
	placed  PlacedView
}

// pacedNow asks a campaign how it dials; false for one that does not by itself, or not any more.
func (e *Engine) pacedNow(ctx context.Context, campaignID string) (paced, bool) {
	d := e.pacers[campaignID]
	if d == nil {
		return paced{}, false
	}
	v, err := ask(ctx, &d.actor, errGone, func(reply func(paced, error)) { reply(paced{d.view(), d.placedView()}, nil) })
	return v, err == nil
}

// BoardRuns tells of all campaigns who started and stopped them last, and how those dial that do so by themselves, as wallboards show it to those who may run
// them: see MayRun.
func (e *Engine) BoardRuns(ctx context.Context) ([]RunView, []DialingView, error) {
	ctx, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	runs, dialings := []RunView{}, []DialingView{}
	for _, id := range sortedKeys(e.cfg.Campaigns) {
		run, err := e.runView(ctx, id, *e.switches[id].Load(), switchesTold)
		if err != nil {
			return nil, nil, err
		}
		runs = append(runs, run)
		if now, dials := e.pacedNow(ctx, id); dials {
			dialings = append(dialings, now.dialing)
		}
	}
	return runs, dialings, nil
}

// MayRun tells whether somebody may start and stop a campaign, and so see who did and how it dials.
func (e *Engine) MayRun(agentID, campaignID string) bool {
	a, known := e.agents[agentID]
	cfg, there := e.cfg.Campaigns[campaignID]
	return known && there && e.cfg.Privileges.Can(agent.RunCampaigns, a.cfg, cfg.Privileges)
}

// boardRun is what was told last of who started and stopped a campaign, and of how it dials.
type boardRun struct {
	sw        *campaign.Switch
	dialing   *DialingView
	dialingAt time.Time
}

// lookAtRun tells who started or stopped a campaign, when somebody did. While Redis cannot say who, it is asked again with each look.
func (o *onlooker) lookAtRun(ctx context.Context, id string, now time.Time) {
	b, sw := &o.boards[id].run, o.e.switches[id].Load()
	if sw == b.sw {
		return
	}
	v, err := o.e.runView(ctx, id, *sw, switchesTold)
	if err != nil {
		return
	}
	b.sw = sw
	o.tell(BoardChange{At: now, Run: &v})
}

// lookAtDialing tells how a campaign dials: when its mode is another at once, other figures once in a while.
func (o *onlooker) lookAtDialing(id string, v DialingView, now time.Time) {
	b := &o.boards[id].run
	if last := b.dialing; last != nil {
		same := last.Mode == v.Mode && last.InEffect == v.InEffect && last.Running == v.Running && reflect.DeepEqual(last.Since, v.Since)
		if same && (now.Sub(b.dialingAt) < dialingPause || reflect.DeepEqual(last.legible(), v.legible())) {
			return
		}
	}
	b.dialing, b.dialingAt = &v, now
	o.tell(BoardChange{At: now, Dialing: &v})
}

// legible is what people can tell from another.
func (v DialingView) legible() DialingView {
	v.AnswerRate = math.Round(v.AnswerRate * 1000)
	v.Budget = math.Floor(v.Budget)
	return v
}
