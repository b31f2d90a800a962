package pacing

import "math"

// A life learns how long something lasts, as a hazard that is constant within each bin: ends seen by time spent. It begins with a
// guess that counts as little as is said.
type life struct {
	edges  []float64 // of the bins in seconds, beginning with 0; the last bin is open
	ends   []float64
	spent  []float64
	hazard []float64 // as of the last settle
	sum    []float64 // cumulative hazard at the edges
}

// newLife takes the edges of the bins and a prior: hazard of each bin by its middle, worth weight ends in all.
func newLife(edges []float64, weight float64, prior func(t float64) float64) *life {
	n := len(edges)
	l := &life{edges: edges, ends: make([]float64, n), spent: make([]float64, n), hazard: make([]float64, n), sum: make([]float64, n)}
	alive := 1.0
	for i := range edges {
		width, middle := 2*edges[i], 1.5*edges[i]
		if i+1 < n {
			width = edges[i+1] - edges[i]
			middle = (edges[i] + edges[i+1]) / 2
		}
		h := max(prior(middle), 1e-6)
		die := 1 - math.Exp(-h*width)
		l.ends[i] = weight * alive * die
		l.spent[i] = l.ends[i] / h
		alive *= 1 - die
		// A bin that hardly anything reaches still needs a guess that counts for something.
		if floor := weight * 0.02; l.ends[i] < floor {
			l.ends[i], l.spent[i] = floor, floor/h
		}
	}
	l.settle()
	return l
}

// ended notes that something lasted for t.
func (l *life) ended(t float64) {
	last := l.bin(t)
	for i := range last {
		l.spent[i] += l.edges[i+1] - l.edges[i]
	}
	l.spent[last] += max(t-l.edges[last], 0)
	l.ends[last]++
}

func (l *life) bin(t float64) int {
	i := len(l.edges) - 1
	for i > 0 && t < l.edges[i] {
		i--
	}
	return i
}

// settle makes what was learned count.
func (l *life) settle() {
	for i := range l.hazard {
		l.hazard[i] = l.ends[i] / l.spent[i]
		if i > 0 {
			l.sum[i] = l.sum[i-1] + l.hazard[i-1]*(l.edges[i]-l.edges[i-1])
		}
	}
}

// survival is the probability of lasting longer than t.
func (l *life) survival(t float64) float64 { return math.Exp(-l.cumulative(t)) }

func (l *life) cumulative(t float64) float64 {
	if t <= 0 {
		return 0
	}
	i := l.bin(t)
	return l.sum[i] + l.hazard[i]*(t-l.edges[i])
}

// mean is the expected length.
func (l *life) mean() float64 {
	m := 0.0
	for i := range l.edges {
		s := math.Exp(-l.sum[i])
		if i+1 == len(l.edges) {
			m += s / l.hazard[i]
			break
		}
		m += s * (1 - math.Exp(-l.hazard[i]*(l.edges[i+1]-l.edges[i]))) / l.hazard[i]
	}
	return m
}
