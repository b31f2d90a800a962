package pacing

import (
	"slices"
	"time"
)

// callbacks are those that agents will be given, by when they come due in seconds since epoch.
type callbacks struct {
	anybodys []float64 // earliest first
	own      map[string]float64
	within   float64 // a call that is placed now is over after so many seconds, or somebody talks
}

// toldLate is how much later than they are known callbacks may be told of, in seconds.
const toldLate = 2

func newCallbacks(ringTimeout time.Duration) callbacks {
	return callbacks{own: map[string]float64{}, within: ringTimeout.Seconds() + toldLate}
}

// are takes over what an agent, or anybody, will be given.
func (c *callbacks) are(agent string, due []time.Time, epoch time.Time, now float64) {
	times := make([]float64, len(due))
	for i, at := range due {
		times[i] = max(at.Sub(epoch).Seconds(), now)
	}
	slices.Sort(times)
	switch {
	case agent == "":
		c.anybodys = times
	case len(times) == 0:
		delete(c.own, agent)
	default:
		c.own[agent] = times[0]
	}
}

// keeps tells whether an agent is given a callback of the agent's own before a call placed now has rung out.
func (c *callbacks) keeps(agent string, now float64) bool {
	due, own := c.own[agent]
	return own && due <= now+c.within
}

// soon is how many of anybody's come due before a call placed now has rung out.
func (c *callbacks) soon(now float64) int {
	n, _ := slices.BinarySearch(c.anybodys, now+c.within)
	return n
}
