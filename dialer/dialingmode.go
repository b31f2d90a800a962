package dialer

import (
	"context"
	"time"

	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/pacing"
)

// How a campaign that dials by itself is watched, and its mode changed while it dials.

// DialingView is how a campaign dials at this moment, in this process; live and abandoned are those of all processes.
type DialingView struct {
	Campaign   string     `json:"campaign" doc:"campaign's id"`
	Mode       string     `json:"mode" enum:"progressive,predictive,power,agentless" doc:"mode that is set"`
	InEffect   string     `json:"in_effect" enum:"progressive,predictive,power,agentless" doc:"mode in effect: progressive while the abandon limit allows no other"`
	Configured string     `json:"configured" enum:"progressive,predictive,power,agentless" doc:"mode of the configuration"`
	Since      *time.Time `json:"since,omitempty" doc:"when the mode was changed; nothing if it is the configured one"`
	By         string     `json:"by,omitempty" doc:"agent who changed it"`
	ByName     string     `json:"by_name,omitempty" doc:"name of the agent who changed it"`
	Why        string     `json:"why,omitempty" doc:"what was given as the reason"`

	Running  bool   `json:"running" doc:"calls are being placed, as far as there is somebody to call and somebody to talk to"`
	Ready    int    `json:"ready" doc:"agents who can take a contact at once"`
	Kept     int    `json:"kept" doc:"of these, kept for callbacks: due, or before a call that is placed now has rung out"`
	Busy     int    `json:"busy" doc:"agents on a call or in wrap-up"`
	InFlight int    `json:"in_flight" doc:"calls placed that nobody has answered yet"`
	Waiting  int    `json:"waiting" doc:"contacts who answered and wait for an agent"`
	Limit    string `json:"limit,omitempty" enum:"risk,wall,ready,guard,lines,no-agent" doc:"what keeps it from placing more calls: the risk of an abandoned call, the abandon limit, one call for each ready agent, the most calls for an agent, nothing to dial or no room in the network, nobody signed in"`

	AnswerRate   float64   `json:"answer_rate" doc:"believed share of calls that somebody answers"`
	Live         int64     `json:"live" doc:"people who answered in the measuring period"`
	Abandoned    int64     `json:"abandoned" doc:"of these, those who got no agent within the connect limit"`
	AbandonLimit float64   `json:"abandon_limit" doc:"largest share of them in the measuring period"`
	Budget       float64   `json:"budget" doc:"abandoned calls that the period still allows"`
	PeriodEnds   time.Time `json:"period_ends" doc:"when the measuring period ends"`
}

// modeOf is the mode that a campaign has now.
func (e *Engine) modeOf(campaignID string) campaign.Mode {
	if d := e.pacers[campaignID]; d != nil {
		return d.mode.Load().(campaign.Mode)
	}
	return e.cfg.Campaigns[campaignID].Mode
}

// changed takes over a change of the mode. It may be known already.
func (d *pacer) changed(c campaign.ModeChange) {
	if !c.At.After(d.change.At) {
		return
	}
	d.change = c
	d.e.figuresChanged(d.id)
	mode := c.InEffect(d.cfg.Mode)
	if mode == d.mode.Load() {
		return
	}
	d.log.Info().Str("mode", string(mode)).Str("by", c.By).Str("why", c.Why).Msg("mode changed")
	d.mode.Store(mode)
	d.feed(pacing.Event{Kind: pacing.Switch, Mode: pacing.Mode(mode)})
}

func (d *pacer) view() DialingView {
	v := DialingView{
		Campaign: d.id, Mode: string(d.mode.Load().(campaign.Mode)), InEffect: string(d.last.Mode), Configured: string(d.cfg.Mode),
		Running: d.e.running(d.id), Ready: d.last.Ready, Kept: d.last.Kept, Busy: d.last.Busy, InFlight: d.last.InFlight, Waiting: d.last.Waiting, Limit: string(d.last.Limit),
		AnswerRate: d.last.AnswerRate, AbandonLimit: d.limits.AbandonShare, Budget: d.last.Budget, PeriodEnds: d.period.Ends,
		Live: d.sums.Live + d.uncounts.Live, Abandoned: d.sums.Abandoned + d.uncounts.Abandoned,
	}
	if d.change.InEffect(d.cfg.Mode) == d.change.Mode && d.change.Mode != "" {
		v.Since, v.By, v.ByName, v.Why = &d.change.At, d.change.By, d.e.nameOf(d.change.By), d.change.Why
	}
	return v
}

// Dialing shows how a campaign dials. It needs the privilege campaigns.run. CodeUnknownMode: the campaign does not dial by itself.
func (e *Engine) Dialing(ctx context.Context, agentID, campaignID string) (DialingView, error) {
	d, err := e.dials(agentID, campaignID)
	if err != nil {
		return DialingView{}, err
	}
	ctx, cancel := e.bounded(ctx, e.cfg.CommandTimeout)
	defer cancel()
	return ask(ctx, &d.actor, errGone, func(reply func(DialingView, error)) { reply(d.view(), nil) })
}

// SetDialingMode changes the mode of a campaign while it dials, for all processes, until it is changed again or another one is configured. Calls that are
// in flight go on. It needs the privilege campaigns.run; who did it and why is kept.
func (e *Engine) SetDialingMode(ctx context.Context, agentID, campaignID string, mode campaign.Mode, why string) (DialingView, error) {
	d, err := e.dials(agentID, campaignID)
	if err != nil {
		return DialingView{}, err
	}
	if !mode.Paced() || !d.cfg.Mode.Paced() {
		err := refuse(CodeUnknownMode, "a campaign of mode %s cannot be switched to %q", d.cfg.Mode, mode)
		err.Allowed = dialingModes
		return DialingView{}, err
	}
	storing, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	change := campaign.ModeChange{Mode: mode, Configured: d.cfg.Mode, At: time.Now(), By: agentID, Why: why}
	if err := e.store.ChangeMode(storing, campaignID, change); err != nil {
		return DialingView{}, &Error{Code: CodeStoreUnavailable, Message: "the mode cannot be changed now; look at it before trying again", Err: err}
	}
	ctx, cancel = e.bounded(ctx, e.cfg.CommandTimeout)
	defer cancel()
	return ask(ctx, &d.actor, errGone, func(reply func(DialingView, error)) {
		d.changed(change)
		reply(d.view(), nil)
	})
}

var dialingModes = []string{string(campaign.ModeProgressive), string(campaign.ModePredictive), string(campaign.ModePower)}

// dials finds what dials for a campaign, for somebody who may see and change it.
func (e *Engine) dials(agentID, campaignID string) (*pacer, error) {
	if err := e.runs(agentID, campaignID); err != nil {
		return nil, err
	}
	d := e.pacers[campaignID]
	if d == nil {
		err := refuse(CodeUnknownMode, "the mode of campaign %s is %s: it does not dial by itself", campaignID, e.cfg.Campaigns[campaignID].Mode)
		err.Allowed = []string{string(e.cfg.Campaigns[campaignID].Mode)}
		return nil, err
	}
	return d, nil
}
