package pacing

import "math"

// Ages of calls and horizons are looked up in steps of half a second.
const (
	ageStep  = 0.5
	ageSteps = 192 // up to 96 s
)

// callEdges are the bins in which the ages of answers and other outcomes are learned.
var callEdges = func() []float64 {
	var edges []float64
	for t := 0.0; t <= 40; t++ {
		edges = append(edges, t)
	}
	return append(edges, 45, 50, 60, 75, 90)
}()

// answers believes how likely a call is to be answered by a person, now and by its age. The share changes with the hour and the
// list, at times at once, so it is a hidden level that every call tells something about: a filter over a grid of levels, each
// of which may change to any other between two calls. When people answer, and when calls end otherwise, hardly changes and is
// learned for good.
type answers struct {
	human, other *life
	level        []float64 // of the grid: share of calls that a person answers
	weight       []float64 // belief in each, adding up to 1
	mean, sd     float64
	forgot       float64 // when the level was last let change
	taken, tried float64 // calls answered and placed lately, those of usualFor ago counting half

	alive [2][ageSteps]float64            // survival of human and other by age
	still [ageSteps / checkStep][]float64 // probability of being in flight at each age that is checked, by level

	detection  *life
	liveShare  float64 // of answered calls under detection, those that prove to be people
	detected   float64 // how many liveShare rests on
	detecting  bool    // detection has been seen
	detectMean float64
}

// A call in flight without an answer is evidence too: it is taken into account whenever it passes a multiple of checkEvery.
const (
	checkEvery = 0.5
	checkStep  = int(checkEvery / ageStep)
)

// How often the level changes, by any amount and to a neighbouring level of the grid: times a second. The more calls there are, the more
// of them it takes to believe in a change, or a few answers in a row would pass for one.
const (
	jumpRate  = 1.0 / 7200
	driftRate = 1.0 / 900
)

func newAnswers(ringTimeout float64) *answers {
	a := &answers{
		human: newLife(callEdges, 12, func(t float64) float64 {
			if t < 2 {
				return 0.01
			}
			return 0.12
		}),
		other: newLife(callEdges, 12, func(t float64) float64 {
			if t < ringTimeout-1 {
				return 0.03
			}
			return 1.5
		}),
		detection: newLife([]float64{0, 0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 7, 10}, 5, func(t float64) float64 { return 0.5 }),
		liveShare: 0.5, detected: 4,
	}
	for odds := math.Log(0.005 / 0.995); odds < math.Log(0.93/0.07); odds += 0.2 {
		a.level = append(a.level, 1/(1+math.Exp(-odds)))
		a.weight = append(a.weight, 0)
	}
	// Without history a high share is the safe guess: calls beyond one for each agent wait until the first answers say otherwise.
	total := 0.0
	for i, p := range a.level {
		a.weight[i] = p
		total += p
	}
	for i := range a.weight {
		a.weight[i] /= total
	}
	for i := range a.still {
		a.still[i] = make([]float64, len(a.level))
	}
	a.settle()
	a.moments()
	a.taken, a.tried = 10*a.mean, 10
	return a
}

// settle makes the learned ages count.
func (a *answers) settle() {
	a.human.settle()
	a.other.settle()
	a.detection.settle()
	a.detectMean = a.detection.mean()
	for i := range ageSteps {
		t := float64(i) * ageStep
		a.alive[0][i], a.alive[1][i] = max(a.human.survival(t), 1e-9), max(a.other.survival(t), 1e-9)
	}
	for i := range a.still {
		for k, p := range a.level {
			a.still[i][k] = p*a.alive[0][i*checkStep] + (1-p)*a.alive[1][i*checkStep]
		}
	}
}

// stillRinging notes that a call has passed from the age of one check to that of another.
func (a *answers) stillRinging(from, to int) {
	if to >= len(a.still) {
		return
	}
	for k := range a.weight {
		a.weight[k] *= a.still[to][k] / a.still[from][k]
	}
}

// outcome notes what became of a call that was last checked at an age: answered by a person at age, or ended otherwise.
func (a *answers) outcome(now float64, checked int, age float64, live bool) {
	if live {
		a.human.ended(age)
	} else {
		a.other.ended(age)
	}
	checked = min(checked, len(a.still)-1)
	for k, p := range a.level {
		if live {
			a.weight[k] *= p / a.still[checked][k]
		} else {
			a.weight[k] *= (1 - p) / a.still[checked][k]
		}
	}
	faded := math.Exp2((a.forgot - now) / usualFor)
	a.taken, a.tried = a.taken*faded, a.tried*faded+1
	if live {
		a.taken++
	}
	a.forget(now - a.forgot)
	a.forgot = now
	a.moments()
}

// usualFor is the time, in seconds, in which the memory of the usual share fades by half.
const usualFor = 3600

// usual is the share of calls that people answered in the last hours.
func (a *answers) usual() float64 { return a.taken / a.tried }

// forget lets the level change as it may within some seconds.
func (a *answers) forget(elapsed float64) {
	jump, drift := 1-math.Exp(-elapsed*jumpRate), 1-math.Exp(-elapsed*driftRate)
	if jump+drift > 0.5 {
		jump, drift = jump/(jump+drift)/2, drift/(jump+drift)/2
	}
	total := 0.0
	for _, w := range a.weight {
		total += w
	}
	n := len(a.weight)
	before := a.weight[0] / total
	for k := range a.weight {
		here := a.weight[k] / total
		after := here
		if k+1 < n {
			after = a.weight[k+1] / total
		}
		a.weight[k] = (1-jump-drift)*here + jump/float64(n) + drift/2*(before+after)
		before = here
	}
}

func (a *answers) moments() {
	total, mean, square := 0.0, 0.0, 0.0
	for k, w := range a.weight {
		p := a.level[k]
		total += w
		mean += w * p
		square += w * p * p
	}
	if total < 1e-100 || total > 1e100 {
		for k := range a.weight {
			a.weight[k] /= total
		}
	}
	a.mean = mean / total
	a.sd = math.Sqrt(max(0, square/total-a.mean*a.mean))
}

// answering is the probability that a call which has rung for age is answered by a person within each horizon.
func (a *answers) answering(age float64, p float64, steps []int, out []float64) {
	i := min(int(age/ageStep+0.5), ageSteps-1)
	human := a.alive[0][i]
	scale := p / (p*human + (1-p)*a.alive[1][i])
	for j, s := range steps {
		if s <= 0 {
			out[j] = 0
			continue
		}
		out[j] = scale * (human - a.alive[0][min(i+s, ageSteps-1)])
	}
}

// deciding is the probability that a call under detection for a time proves to be a person within each horizon.
func (a *answers) deciding(elapsed float64, horizon []float64, out []float64) {
	alive := a.detection.cumulative(elapsed)
	for j, t := range horizon {
		out[j] = a.liveShare * (1 - math.Exp(alive-a.detection.cumulative(elapsed+t)))
	}
}

// verdict notes how long detection listened and what it heard.
func (a *answers) verdict(elapsed float64, live bool) {
	a.detecting = true
	a.detection.ended(elapsed)
	a.detected = min(a.detected+1, 200)
	x := 0.0
	if live {
		x = 1
	}
	a.liveShare += (x - a.liveShare) / a.detected
}
