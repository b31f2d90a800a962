package stats

import (
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
)

// CampaignFigures are a campaign's in the window that ends now, and how its agents are.
type CampaignFigures struct {
	From time.Time // begin of the window, or of the process if that was later

	Agents map[agent.State]int           // how many are in which state, those signed out not among them
	In     map[agent.State]time.Duration // how long they were in which state, within the window

	Results   map[call.Result]int // attempts that ended, by result
	Answered  int                 // attempts that a person or a machine took
	Abandoned int                 // of them, contacts who got no agent

	ContactWait Wait // from a contact's answer until contact and agent were joined, of calls placed before there was an agent
	QueueWait   Wait // the same, and of those who got no agent: until they were given up, or hung up
	AgentWait   Wait // from an agent's being ready until a call or a preview came
}

func newFigures(from time.Time) CampaignFigures {
	return CampaignFigures{From: from, Agents: map[agent.State]int{}, In: map[agent.State]time.Duration{}, Results: map[call.Result]int{}}
}

// Attempts is how many ended.
func (f CampaignFigures) Attempts() int { return attempts(f.Results) }

func attempts(results map[call.Result]int) (n int) {
	for _, of := range results {
		n += of
	}
	return n
}

// HitRatio is the part of the attempts that was answered, 0 without any.
func (f CampaignFigures) HitRatio() float64 { return part(f.Answered, f.Attempts()) }

// AbandonRate is the part of those who answered that got no agent, 0 without any. The law's is of a measuring period: see package campaign, Answers.
func (f CampaignFigures) AbandonRate() float64 { return part(f.Abandoned, f.Answered) }

// Utilisation is the part of the agents' time that went into calls.
func (f CampaignFigures) Utilisation() float64 { return utilisation(f.In) }

// Worked tells whether there is any time that the utilisation is a part of.
func (f CampaignFigures) Worked() bool {
	for _, state := range []agent.State{agent.Preview, agent.OnCall, agent.WrapUp, agent.Ready, agent.Offered} {
		if f.In[state] > 0 {
			return true
		}
	}
	return false
}

func part(of, all int) float64 {
	if all == 0 {
		return 0
	}
	return float64(of) / float64(all)
}

// Wait is how long somebody waited, each time.
type Wait struct {
	Times int
	All   time.Duration
	Worst time.Duration
	How   Histogram
}

// Mean is 0 without any.
func (w Wait) Mean() time.Duration {
	if w.Times == 0 {
		return 0
	}
	return w.All / time.Duration(w.Times)
}

func (w *Wait) add(d time.Duration) {
	w.Times++
	w.All += d
	w.Worst = max(w.Worst, d)
	w.How.Add(d)
}

func (w *Wait) merge(other Wait) {
	w.Times += other.Times
	w.All += other.All
	w.Worst = max(w.Worst, other.Worst)
	w.How.Merge(other.How)
}

// tally is what happened to a campaign in a slice of the window.
type tally struct {
	results             map[call.Result]int
	answered, abandoned int
	contactWait         Wait
	queueWait           Wait
	agentWait           Wait
	in                  map[agent.State]time.Duration
}

func (t *tally) ended(result call.Result, answered bool) {
	if t.results == nil {
		t.results = map[call.Result]int{}
	}
	t.results[result]++
	if answered {
		t.answered++
	}
	if result == call.Abandoned {
		t.abandoned++
	}
}

// addTo adds a slice to the whole.
func (t *tally) addTo(f *CampaignFigures) {
	for result, n := range t.results {
		f.Results[result] += n
	}
	for state, d := range t.in {
		f.In[state] += d
	}
	f.Answered += t.answered
	f.Abandoned += t.abandoned
	f.ContactWait.merge(t.contactWait)
	f.QueueWait.merge(t.queueWait)
	f.AgentWait.merge(t.agentWait)
}
