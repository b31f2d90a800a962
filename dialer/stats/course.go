package stats

import "time"

// CourseStep is the length of a step of a campaign's course.
const CourseStep = time.Minute

// CourseAt tells a campaign's figures step by step, the oldest first: the window, begun at a full step, up to a time. Of each step From is its
// begin; Agents, which is of a moment, is left out. The last step is still going on.
func (b *Board) CourseAt(at time.Time, id string) []CampaignFigures {
	first := oldest(at).Truncate(CourseStep)
	if b.began.After(first) {
		first = b.began.Truncate(CourseStep)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	steps := make([]CampaignFigures, int(at.Sub(first)/CourseStep)+1)
	for i := range steps {
		steps[i] = newFigures(first.Add(time.Duration(i) * CourseStep))
	}
	step := func(of time.Time) *CampaignFigures {
		i := int(of.Sub(first) / CourseStep)
		if of.Before(first) || i >= len(steps) {
			return nil
		}
		return &steps[i]
	}
	if r := b.campaigns[id]; r != nil {
		r.eachBegun(at, func(began time.Time, t *tally) {
			if f := step(began); f != nil {
				t.addTo(f)
			}
		})
	}
	for _, p := range b.people {
		if !p.worksIn(id) {
			continue
		}
		spread(p, at, func(began time.Time, d time.Duration) {
			if f := step(began); f != nil {
				f.In[p.state] += d
			}
		})
	}
	return steps
}
