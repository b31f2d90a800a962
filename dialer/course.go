package dialer

import (
	"context"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/stats"
)

// CourseView is how a campaign's figures went in this process: what charts are drawn of.
type CourseView struct {
	Campaign string       `json:"campaign" doc:"campaign's id"`
	At       time.Time    `json:"at" doc:"by the server's clock"`
	Step     int          `json:"step_seconds" doc:"length of a step"`
	Steps    []CourseStep `json:"steps" doc:"the oldest first; the last is still going on. On the wallboard and its stream a step in which nothing happened is left out"`
}

// CourseStep is the figures of one step of time.
type CourseStep struct {
	From        time.Time `json:"from"`
	Utilisation *float64  `json:"utilisation,omitempty" doc:"part of the agents' time, that of not-ready left out, that went into previews, calls and wrap-up, 0 to 1; left out when there was no such time"`
	AgentWait   *float64  `json:"agent_wait_seconds,omitempty" doc:"mean wait of agents from ready until work came; left out when nobody's wait ended"`
	ContactWait *float64  `json:"contact_wait_seconds,omitempty" doc:"mean wait of contacts from their answer until an agent had them; left out when nobody's wait ended"`
	Attempts    int       `json:"attempts" doc:"that ended"`
	Answered    int       `json:"answered" doc:"of them, those that were answered"`
	Abandoned   int       `json:"abandoned" doc:"of these, those who got no agent"`
}

// Course shows how the figures of a campaign went in the last half hour. It needs the privilege agents.see.
func (e *Engine) Course(_ context.Context, agentID, campaignID string) (CourseView, error) {
	a, err := e.agent(agentID)
	if err != nil {
		return CourseView{}, err
	}
	if !e.cfg.Privileges.Can(agent.SeeAgents, a.cfg, agent.Change{}) {
		return CourseView{}, without(agent.SeeAgents, "to see a campaign's figures needs the privilege %s", agent.SeeAgents)
	}
	if _, known := e.cfg.Campaigns[campaignID]; !known {
		return CourseView{}, refuse(CodeUnknownCampaign, "there is no campaign %q", campaignID)
	}
	return e.courseView(campaignID, time.Now()), nil
}

func (e *Engine) courseView(campaignID string, now time.Time) CourseView {
	v := CourseView{Campaign: campaignID, At: now, Step: int(stats.CourseStep / time.Second), Steps: []CourseStep{}}
	for _, f := range e.stats.CourseAt(now, campaignID) {
		step := CourseStep{From: f.From, AgentWait: meanSeconds(f.AgentWait), ContactWait: meanSeconds(f.ContactWait), Attempts: f.Attempts(), Answered: f.Answered, Abandoned: f.Abandoned}
		if f.Worked() {
			step.Utilisation = rounded(f.Utilisation(), 1000)
		}
		v.Steps = append(v.Steps, step)
	}
	return v
}

func meanSeconds(w stats.Wait) *float64 {
	if w.Times == 0 {
		return nil
	}
	return rounded(w.Mean().Seconds(), 100)
}
