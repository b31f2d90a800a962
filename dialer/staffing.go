package dialer

import (
	"slices"
	"sync"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/pacing"
)

// Agents who work in several campaigns that dial by themselves. If each of these placed calls for the same agent, all but one of those who answer would get
// nobody. So each agent counts for one campaign at a time: its home, which is decided anew whenever the agent takes a contact. A contact for
// whom nobody at home is ready is given to any ready agent of its campaign all the same.

// idleFor is how long a campaign whose list has nothing to dial leaves its agents to others, before it looks again.
const idleFor = 10 * time.Second

// staffing is where the agents are.
type staffing struct {
	mu    sync.Mutex
	posts map[*agentActor]*post
}

// post is where an agent is.
type post struct {
	home  string             // campaign for which the agent counts; "" while the agent is away, or to be decided
	given map[string]float64 // contacts by campaign, with what is made up for those that could not give any
}

// station is the campaign for which the agent counts now, "" for none. It runs on the agent's goroutine.
func (a *agentActor) station() string {
	var all []string
	for _, id := range a.cfg.Campaigns {
		if a.e.pacers[id] != nil {
			all = append(all, id)
		}
	}
	if len(all) == 0 {
		return ""
	}
	open := slices.DeleteFunc(slices.Clone(all), func(id string) bool { return !a.e.pacers[id].open.Load() })
	if len(open) == 0 {
		open = all
	}
	s := &a.e.staffing
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.posts[a]
	if pacingOf[a.state] == pacing.AgentAway {
		if p != nil {
			p.home = ""
		}
		if a.state == agent.SignedOut {
			delete(s.posts, a)
		}
		return ""
	}
	if p == nil {
		p = s.begin(a, all)
	}
	if !slices.Contains(open, p.home) {
		p.home = ""
	}
	if p.home == "" {
		p.home = s.choose(a, p, all, open)
	}
	return p.home
}

// begin lets an agent be shared out. Agents who begin together are not all at the same point of the round: each is one contact ahead of the last one.
func (s *staffing) begin(a *agentActor, all []string) *post {
	p := &post{given: map[string]float64{}}
	for range len(s.posts) {
		p.given[least(all, p.given, a.e.weight)]++
	}
	s.posts[a] = p
	return p
}

// choose decides where an agent goes: where agents are missing, and else where the agent has given least of what the weights want.
func (s *staffing) choose(a *agentActor, p *post, all, open []string) string {
	short := slices.DeleteFunc(slices.Clone(open), func(id string) bool {
		return s.staff(id, a) >= a.e.cfg.Campaigns[id].Staffing.Minimum
	})
	if len(short) > 0 {
		open = short
	}
	home := least(open, p.given, a.e.weight)
	for _, id := range all { // what could not be given while a campaign was not open is not made up for
		if !a.e.pacers[id].open.Load() {
			p.given[id] = max(p.given[id], p.given[home]*a.e.weight(id)/a.e.weight(home))
		}
	}
	return home
}

// staff is how many agents besides this one are at a campaign.
func (s *staffing) staff(id string, besides *agentActor) int {
	n := 0
	for a, p := range s.posts {
		if a != besides && p.home == id {
			n++
		}
	}
	return n
}

func (e *Engine) weight(id string) float64 { return e.cfg.Campaigns[id].Staffing.Weight }

// least is the campaign whose next contact comes first when contacts are given evenly by weight.
func least(ids []string, given map[string]float64, weight func(string) float64) string {
	return slices.MinFunc(ids, func(x, y string) int {
		switch a, b := (given[x]+1)/weight(x), (given[y]+1)/weight(y); {
		case a < b:
			return -1
		case a > b:
			return 1
		}
		return 0
	})
}

// gave notes that the agent took a contact: where the agent counts next is decided anew.
func (a *agentActor) gave(campaignID string) {
	s := &a.e.staffing
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.posts[a]; p != nil {
		p.given[campaignID]++
		p.home = ""
	}
}

// checkOpen tells the agents when the campaign begins or ends to have something for them.
func (d *pacer) checkOpen() {
	open := !d.ending && d.e.running(d.id) && !time.Now().Before(d.emptyUntil)
	if d.open.Swap(open) == open {
		return
	}
	for _, a := range d.e.agents {
		if slices.Contains(a.cfg.Campaigns, d.id) && len(a.cfg.Campaigns) > 1 {
			a.post(a.tellDialing)
		}
	}
}

// empty notes that the list has nothing to dial now.
func (d *pacer) empty() {
	d.emptyUntil = time.Now().Add(idleFor)
	d.checkOpen()
}

// kind is what the member is to the pacing.
func (m member) kind() pacing.Kind {
	if !m.counts {
		return pacing.AgentAway
	}
	return pacingOf[m.state]
}
