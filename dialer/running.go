package dialer

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/floor"
)

// A campaign is running or stopped: started and stopped by people and by the calendar. Redis keeps it, with who did it and why, so it outlives
// the process and holds for all of them. A stopped campaign gets no new previews and dials nobody; what is on the line goes on to its end.

// switchesEvery is how often the engine looks whether another process has started or stopped a campaign.
const switchesEvery = 2 * time.Second

// running tells whether a campaign may dial: as this process knows it, without asking Redis.
func (e *Engine) running(campaignID string) bool {
	sw := e.switches[campaignID]
	return sw != nil && sw.Load().Running
}

// loadSwitches reads which campaigns are running, before anything else is done; also when the process is told to end at this moment, so that it
// ends as it always does.
func (e *Engine) loadSwitches(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	for id := range e.cfg.Campaigns {
		sw, err := e.store.Switches().Get(ctx, id)
		if err != nil {
			return err
		}
		e.switches[id].Store(&sw)
	}
	return nil
}

// lookAtSwitch finds out whether a campaign was switched by another process.
func (e *Engine) lookAtSwitch(ctx context.Context, campaignID string) error {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	sw, err := e.store.Switches().Get(ctx, campaignID)
	if err != nil {
		return err
	}
	e.switched(campaignID, sw)
	return nil
}

// switched takes over how a campaign is now. Words of a change may come more than once, and late.
func (e *Engine) switched(campaignID string, sw campaign.Switch) {
	for {
		was := e.switches[campaignID].Load()
		if sw == *was || sw.Since.Before(was.Since) {
			return
		}
		if !e.switches[campaignID].CompareAndSwap(was, &sw) {
			continue
		}
		e.figuresChanged(campaignID)
		if sw.Running != was.Running {
			e.log.Info().Str("campaign", campaignID).Bool("running", sw.Running).Str("by", cmp.Or(sw.By, "the calendar")).Str("why", sw.Why).
				Msg("campaign switched")
			e.aside(func() { e.afterSwitch(campaignID, sw.Running) })
		}
		return
	}
}

// afterSwitch lets everybody know, takes back what has not been dialed yet, or brings what has come due meanwhile.
func (e *Engine) afterSwitch(campaignID string, running bool) {
	if !running {
		for _, c := range e.liveCalls() {
			if c.campaignID == campaignID {
				c.post(c.withdraw)
			}
		}
	}
	for _, a := range e.agents {
		if slices.Contains(a.cfg.Campaigns, campaignID) && a.presence.Load() != nil {
			a.tellCampaign(campaignID)
		}
	}
	if e.scheduler != nil {
		if err := e.offerOverdue(context.Background(), campaignID); err != nil {
			e.log.Warn().Err(err).Str("campaign", campaignID).Msg("callbacks cannot be seen to; it is tried again")
		}
	}
}

// mayDial tells whether a call may be dialed in its campaign: callbacks perhaps even while it is stopped.
func (e *Engine) mayDial(campaignID string, p *callback.Promise) bool {
	return e.running(campaignID) || p != nil && e.delivers(campaignID)
}

// reasonStopped is what the ledger says of a callback that was taken back.
const reasonStopped = "the campaign was stopped"

// withdraw takes a preview back whose campaign was stopped. What is being dialed or talked goes on.
func (c *callActor) withdraw() {
	if c.state != call.Previewing || c.e.mayDial(c.campaignID, c.promise) {
		return
	}
	c.log.Info().Str("agent", c.owner.id).Msg("the campaign was stopped: preview withdrawn")
	c.givenBack, c.reason, c.keepGoing = campaign.EndedReleased, reasonStopped, false
	c.step(call.Reject)
}

// stopped refuses to dial, or to hand out a record, in a stopped campaign.
func (e *Engine) stopped(campaignID string) *Error {
	return refuse(CodeCampaignStopped, "campaign %s is stopped", campaignID)
}

// RunView says whether a campaign is running, and how it came to be so.
type RunView struct {
	Campaign string       `json:"campaign" doc:"campaign's id"`
	Running  bool         `json:"running" doc:"records are handed out and dialed"`
	Held     bool         `json:"held" doc:"stopped until somebody starts it: the calendar does not"`
	Since    *time.Time   `json:"since,omitempty" doc:"since when; nothing for a campaign that was never started or stopped, which is running"`
	By       string       `json:"by,omitempty" doc:"agent who did it; nothing for the calendar"`
	ByName   string       `json:"by_name,omitempty" doc:"name of the agent who did it"`
	Why      string       `json:"why,omitempty" doc:"what was given as the reason"`
	Log      []SwitchView `json:"log" doc:"the latest changes, the newest first"`
}

// SwitchView is one start or stop of a campaign.
type SwitchView struct {
	At      time.Time `json:"at"`
	Running bool      `json:"running" doc:"it was started; else stopped"`
	Held    bool      `json:"held,omitempty" doc:"until somebody starts it: the calendar does not"`
	By      string    `json:"by,omitempty" doc:"agent; nothing for the calendar"`
	ByName  string    `json:"by_name,omitempty" doc:"agent's name"`
	Why     string    `json:"why,omitempty" doc:"what was given as the reason"`
}

// switchesShown is how many changes a RunView has.
const switchesShown = 50

// CampaignRun tells whether a campaign is running, and who has started and stopped it. It needs the privilege campaigns.run.
func (e *Engine) CampaignRun(ctx context.Context, agentID, campaignID string) (RunView, error) {
	if err := e.runs(agentID, campaignID); err != nil {
		return RunView{}, err
	}
	ctx, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	sw, err := e.store.Switches().Get(ctx, campaignID)
	if err != nil {
		return RunView{}, &Error{Code: CodeStoreUnavailable, Message: "the campaign's state cannot be read now", Err: err}
	}
	return e.runView(ctx, campaignID, sw, switchesShown)
}

func (e *Engine) runView(ctx context.Context, campaignID string, sw campaign.Switch, changes int) (RunView, error) {
	lines, err := e.store.Switches().Log(ctx, campaignID, changes)
	if err != nil {
		return RunView{}, &Error{Code: CodeStoreUnavailable, Message: "who started and stopped the campaign cannot be read now", Err: err}
	}
	v := RunView{Campaign: campaignID, Running: sw.Running, Held: sw.Held, By: sw.By, ByName: e.nameOf(sw.By), Why: sw.Why, Log: []SwitchView{}}
	if !sw.Since.IsZero() {
		v.Since = &sw.Since
	}
	for _, l := range lines {
		v.Log = append(v.Log, SwitchView{At: l.Since, Running: l.Running, Held: l.Held, By: l.By, ByName: e.nameOf(l.By), Why: l.Why})
	}
	return v, nil
}

// runs refuses those who may not start and stop a campaign.
func (e *Engine) runs(agentID, campaignID string) error {
	a, err := e.agent(agentID)
	if err != nil {
		return err
	}
	if _, known := e.cfg.Campaigns[campaignID]; !known {
		err := refuse(CodeUnknownCampaign, "there is no campaign %q", campaignID)
		err.Allowed = sortedKeys(e.cfg.Campaigns)
		return err
	}
	if !e.MayRun(a.id, campaignID) {
		return without(agent.RunCampaigns, "to start and stop campaigns needs the privilege %s", agent.RunCampaigns)
	}
	return nil
}

// StartCampaign lets records of a campaign be handed out and dialed. It needs the privilege campaigns.run.
func (e *Engine) StartCampaign(ctx context.Context, agentID, campaignID, why string) (RunView, error) {
	return e.switchByHand(ctx, campaignID, campaign.Switching{Run: true, By: agentID, Why: why})
}

// StopCampaign lets no more records be handed out and nobody be dialed. Previews go back, calls on the line go on to their end; what becomes of
// callbacks the campaign's callback.when_stopped says. With hold not even the calendar starts it. It needs the privilege campaigns.run.
func (e *Engine) StopCampaign(ctx context.Context, agentID, campaignID, why string, hold bool) (RunView, error) {
	return e.switchByHand(ctx, campaignID, campaign.Switching{Hold: hold, By: agentID, Why: why})
}

func (e *Engine) switchByHand(ctx context.Context, campaignID string, order campaign.Switching) (RunView, error) {
	if err := e.runs(order.By, campaignID); err != nil {
		return RunView{}, err
	}
	ctx, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	sw, err := e.switchCampaign(ctx, campaignID, order)
	if err != nil {
		return RunView{}, &Error{Code: CodeStoreUnavailable, Message: "the campaign cannot be started or stopped now; look at it before trying again", Err: err}
	}
	return e.runView(ctx, campaignID, sw, switchesShown)
}

func (e *Engine) switchCampaign(ctx context.Context, campaignID string, order campaign.Switching) (campaign.Switch, error) {
	sw, changed, err := e.store.Switches().Set(ctx, campaignID, order)
	if err != nil {
		return sw, err
	}
	if changed {
		e.send("", floor.Word{Kind: wordSwitch, Campaign: campaignID})
	}
	e.switched(campaignID, sw)
	return sw, nil
}
