package stats

import (
	"sync"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
)

// Board keeps the figures. It is safe for concurrent use, and nothing waits while it is told something.
type Board struct {
	mu        sync.Mutex
	began     time.Time
	people    map[string]*person
	campaigns map[string]*ring[tally]
}

// NewBoard makes an empty board.
func NewBoard(now time.Time) *Board {
	return &Board{began: now, people: map[string]*person{}, campaigns: map[string]*ring[tally]{}}
}

// Agent notes that an agent, who works in these campaigns, is in another state from a time on.
func (b *Board) Agent(at time.Time, id string, state agent.State, campaigns []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.people[id]
	if p == nil {
		p = &person{}
		b.people[id] = p
	}
	b.spend(p, at)
	if p.state == agent.Ready && (state == agent.Preview || state == agent.OnCall) {
		for _, id := range p.campaigns {
			b.campaign(id).now(at).agentWait.add(at.Sub(p.since))
		}
	}
	p.enters(at, state, campaigns)
}

// spend adds the time of an agent's present state to the slices that it fell into.
func (b *Board) spend(p *person, until time.Time) {
	if p.state == "" || p.state == agent.SignedOut {
		return
	}
	for _, id := range p.campaigns {
		spread(p, until, func(at time.Time, d time.Duration) { b.campaign(id).now(at).spend(p.state, d) })
	}
}

func (t *tally) spend(state agent.State, d time.Duration) {
	if t.in == nil {
		t.in = map[agent.State]time.Duration{}
	}
	t.in[state] += d
}

// spread splits the time of a state, as far as the window reaches back, at the slices' ends.
func spread(p *person, until time.Time, give func(at time.Time, d time.Duration)) {
	at := p.since
	if earliest := oldest(until); at.Before(earliest) {
		at = earliest
	}
	for at.Before(until) {
		end := time.Unix(0, (sliceAt(at)+1)*int64(slice))
		if end.After(until) {
			end = until
		}
		give(at, end.Sub(at))
		at = end
	}
}

func (b *Board) campaign(id string) *ring[tally] {
	r := b.campaigns[id]
	if r == nil {
		r = &ring[tally]{}
		b.campaigns[id] = r
	}
	return r
}

// Attempt notes that an attempt has ended, with an agent or, "", without.
func (b *Board) Attempt(at time.Time, campaign, agent string, result call.Result, answered bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.campaign(campaign).now(at).ended(result, answered)
	if p := b.people[agent]; p != nil && p.figures.Results != nil {
		p.figures.Results[result]++
		if answered {
			p.figures.Answered++
		}
	}
}

// Connected notes that a contact, who answered before there was an agent, has one after a wait.
func (b *Board) Connected(at time.Time, campaign string, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.campaign(campaign).now(at)
	t.contactWait.add(wait)
	t.queueWait.add(wait)
}

// Unserved notes that a contact who answered before there was an agent has waited for one in vain.
func (b *Board) Unserved(at time.Time, campaign string, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.campaign(campaign).now(at).queueWait.add(wait)
}

// AgentAt tells an agent's figures at a time; ok is false for one who has not signed in since the process began.
func (b *Board) AgentAt(at time.Time, id string) (f AgentFigures, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.people[id]
	if p == nil || p.state == "" || p.state == agent.SignedOut {
		return AgentFigures{}, false
	}
	return p.at(at), true
}

// AgentsByState tells how many agents are in which state, those signed out not among them.
func (b *Board) AgentsByState() map[agent.State]int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := map[agent.State]int{}
	for _, p := range b.people {
		if p.state != "" && p.state != agent.SignedOut {
			n[p.state]++
		}
	}
	return n
}

// CampaignAt tells a campaign's figures at a time.
func (b *Board) CampaignAt(at time.Time, id string) CampaignFigures {
	b.mu.Lock()
	defer b.mu.Unlock()
	f := newFigures(oldest(at))
	if b.began.After(f.From) {
		f.From = b.began
	}
	if r := b.campaigns[id]; r != nil {
		r.each(at, func(t *tally) { t.addTo(&f) })
	}
	for _, p := range b.people {
		if !p.worksIn(id) {
			continue
		}
		f.Agents[p.state]++
		spread(p, at, func(_ time.Time, d time.Duration) { f.In[p.state] += d })
	}
	return f
}
