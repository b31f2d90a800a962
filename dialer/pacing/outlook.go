package pacing

import "math"

// horizon are the times ahead, in seconds, at which answers are weighed against agents. Calls ring for about half a minute.
var horizon = []float64{1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 17, 20, 24, 28}

const horizons = 15

// exactUpTo is how many calls and how many agents are counted exactly. Beyond, sums of so many are as good as normal,
// corrected for their skewness.
const exactUpTo = 26

// outlook is what may happen within the horizon: how many people will have answered by each time, and how many agents will have become ready.
type outlook struct {
	slack int           // agents ready now beyond the people who wait for one
	taken [horizons]int // how many of them callbacks take by each time

	calls, agents int
	answer, ready [horizons]moments
	answerDist    [horizons][exactUpTo + 1]float64
	readyDist     [horizons][exactUpTo + 1]float64
	exact         bool
	spread        float64 // standard deviation of the share of calls that are answered, relative to it
}

// moments are the first three cumulants of a sum of independent yes-or-nos.
type moments struct{ mean, variance, third float64 }

func (m *moments) add(p, times float64) {
	m.mean += times * p
	v := times * p * (1 - p)
	m.variance += v
	m.third += v * (1 - 2*p)
}

func (o *outlook) reset(slack, calls, agents int, spread float64) {
	o.slack, o.calls, o.agents, o.spread = slack, 0, 0, spread
	o.taken = [horizons]int{}
	o.exact = calls <= exactUpTo && agents <= exactUpTo
	for j := range horizons {
		o.answer[j], o.ready[j] = moments{}, moments{}
		if o.exact {
			o.answerDist[j][0], o.readyDist[j][0] = 1, 1
		}
	}
}

// addCalls adds calls that are answered by each time with probability p.
func (o *outlook) addCalls(p *[horizons]float64, times int) {
	if o.exact && o.calls+times > exactUpTo {
		o.exact = false
	}
	for j := range horizons {
		o.answer[j].add(p[j], float64(times))
		if o.exact {
			for k := range times {
				convolve(&o.answerDist[j], o.calls+k, p[j])
			}
		}
	}
	o.calls += times
}

// addAgents adds busy agents who are ready by each time with probability p.
func (o *outlook) addAgents(p []float64, times int) {
	for j := range horizons {
		o.ready[j].add(p[j], float64(times))
		if o.exact {
			for k := range times {
				convolve(&o.readyDist[j], o.agents+k, p[j])
			}
		}
	}
	o.agents += times
}

// take lets a callback have an agent when it comes due.
func (o *outlook) take(in float64) {
	for j, t := range horizon {
		if in <= t {
			o.taken[j]++
		}
	}
}

// addUntil adds a busy agent who is ready by each time with probability p, and who has a callback once one comes due.
func (o *outlook) addUntil(in float64, p []float64) {
	var until [horizons]float64
	for j, t := range horizon {
		if in > t {
			until[j] = p[j]
		}
	}
	o.addAgents(until[:], 1)
}

// convolve adds one yes-or-no to the distribution of a sum of n.
func convolve(dist *[exactUpTo + 1]float64, n int, p float64) {
	dist[n+1] = 0
	for i := n + 1; i > 0; i-- {
		dist[i] = dist[i]*(1-p) + dist[i-1]*p
	}
	dist[0] *= 1 - p
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// short is the probability that by a time at least more people have answered than agents are there: with more = 0, that the
// next one who answers finds nobody.
func (o *outlook) short(j, more int) float64 {
	need := o.slack - o.taken[j] + more
	if o.exact {
		return o.shortExactly(j, need)
	}
	a, r := &o.answer[j], &o.ready[j]
	over := a.mean * o.spread
	variance := a.variance + r.variance + over*over
	x := float64(need) - 0.5 - (a.mean - r.mean)
	if variance < 1e-9 {
		return float64(btoi(x < 0))
	}
	sd := math.Sqrt(variance)
	x /= sd
	if x > 6 {
		return 0
	} else if x < -6 {
		return 1
	}
	skew := (a.third - r.third) / (variance * sd)
	tail := 0.5*math.Erfc(x/math.Sqrt2) - skew/6*(1-x*x)*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
	return min(max(tail, 0), 1)
}

func (o *outlook) shortExactly(j, need int) float64 {
	// tail runs along with the number of agents: the probability of at least so many answers.
	sum, from := 0.0, 0
	tail := 1.0
	for s := 0; s <= o.agents; s++ {
		for ; from < need+s; from++ {
			if from > o.calls {
				return sum
			}
			tail -= o.answerDist[j][from]
		}
		sum += o.readyDist[j][s] * max(tail, 0)
	}
	return sum
}

// risk is the probability that a call placed now, when a person answers it, costs an abandoned call: its own, or that of one who
// answers later and finds the agent taken. answered is the probability that it is answered by each time.
func (o *outlook) risk(answered *[horizons]float64) float64 {
	worst, sum := 0.0, 0.0
	for j := horizons - 1; j >= 0; j-- {
		worst = max(worst, o.short(j, 0))
		by := answered[j]
		if j > 0 {
			by -= answered[j-1]
		}
		sum += by * worst
	}
	if answered[horizons-1] < 1e-9 {
		return 0
	}
	return sum / answered[horizons-1]
}

// losing is the probability that at least so many calls are abandoned within the horizon, a further call being placed.
func (o *outlook) losing(atLeast int) float64 {
	worst := 0.0
	for j := range horizons {
		worst = max(worst, o.short(j, atLeast))
	}
	return worst
}
