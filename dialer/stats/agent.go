package stats

import (
	"maps"
	"slices"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
)

// AgentFigures are an agent's since signing in.
type AgentFigures struct {
	Since time.Time // of signing in
	// In is how long the agent has been in each state.
	In map[agent.State]time.Duration
	// Calls is how many calls the agent has had, a record looked at and given back not among them.
	Calls int
	// Wait is how long the agent was ready until work came, each time.
	Wait Wait
	// Results are the attempts that ended with the agent, by result, and Answered how many of them a person or a machine took.
	Results  map[call.Result]int
	Answered int
}

// HitRatio is the part of the attempts that was answered, 0 without any.
func (f AgentFigures) HitRatio() float64 { return part(f.Answered, attempts(f.Results)) }

// Utilisation is the part of the time at work, being ready included, that went into calls: previews, talk and wrap-up. 0 without any.
func (f AgentFigures) Utilisation() float64 { return utilisation(f.In) }

func utilisation(in map[agent.State]time.Duration) float64 {
	busy := in[agent.Preview] + in[agent.OnCall] + in[agent.WrapUp]
	all := busy + in[agent.Ready] + in[agent.Offered]
	if all == 0 {
		return 0
	}
	return float64(busy) / float64(all)
}

// person is what is known of an agent.
type person struct {
	state     agent.State
	since     time.Time
	campaigns []string
	figures   AgentFigures
	talked    bool // since ready or preview began: the call counts once
}

// worksIn tells whether the agent is there for a campaign.
func (p *person) worksIn(campaign string) bool {
	return p.state != "" && p.state != agent.SignedOut && slices.Contains(p.campaigns, campaign)
}

// enters takes the agent from one state to another.
func (p *person) enters(at time.Time, state agent.State, campaigns []string) {
	if p.state == "" || p.state == agent.SignedOut {
		p.figures = AgentFigures{Since: at, In: map[agent.State]time.Duration{}, Results: map[call.Result]int{}}
	} else {
		p.figures.In[p.state] += at.Sub(p.since)
		if p.state == agent.Ready && (state == agent.Preview || state == agent.OnCall) {
			p.figures.Wait.add(at.Sub(p.since))
		}
	}
	switch state {
	case agent.OnCall:
		if !p.talked {
			p.figures.Calls++
		}
		p.talked = true
	case agent.Ready, agent.NotReady, agent.SignedOut, agent.Preview:
		p.talked = false
	}
	p.state, p.since, p.campaigns = state, at, campaigns
}

// at is what the figures are at a time.
func (p *person) at(at time.Time) AgentFigures {
	f := p.figures
	f.Wait.How, f.Results = f.Wait.How.Clone(), maps.Clone(f.Results)
	f.In = make(map[agent.State]time.Duration, len(p.figures.In)+1)
	for state, d := range p.figures.In {
		f.In[state] = d
	}
	if p.state != agent.SignedOut {
		f.In[p.state] += max(at.Sub(p.since), 0)
	}
	return f
}
