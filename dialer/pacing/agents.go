package pacing

import "math"

// handling believes how soon busy agents are ready again, by how long they have been talking or in wrap-up.
type handling struct {
	talk, wrap *life
	comes      float64 // share of wrap-ups that end with the agent ready: some end with an unannounced pause
	seen       float64 // how many comes rests on

	horizon  []float64
	freeTalk [talkBins][]float64 // probability to be ready within each horizon, by bin of talk and of wrap-up
	freeWrap [wrapBins][]float64
	average  float64 // talk and wrap-up together
}

var (
	talkEdges = []float64{0, 2, 5, 10, 15, 20, 30, 40, 50, 60, 75, 90, 105, 120, 140, 160, 180, 210, 240, 300, 360, 480, 600, 900, 1800}
	wrapEdges = []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 18, 22, 26, 30, 40, 50, 60, 90, 120, 300}
)

const (
	talkBins = 31
	wrapBins = 79
)

func talkBin(t float64) int {
	switch {
	case t < 120:
		return int(t / 8)
	case t < 600:
		return 15 + int((t-120)/32)
	}
	return talkBins - 1
}

func talkAt(bin int) float64 {
	if bin < 15 {
		return float64(bin)*8 + 4
	}
	return 120 + float64(bin-15)*32 + 16
}

func wrapBin(t float64) int {
	switch {
	case t < 30:
		return int(t * 2)
	case t < 120:
		return 60 + int((t-30)/5)
	}
	return wrapBins - 1
}

func wrapAt(bin int) float64 {
	if bin < 60 {
		return float64(bin)/2 + 0.25
	}
	return 30 + float64(bin-60)*5 + 2.5
}

func newHandling(horizon []float64, within float64) *handling {
	h := &handling{
		talk:  newLife(talkEdges, 10, func(float64) float64 { return 1.0 / 150 }),
		wrap:  newLife(wrapEdges, 10, func(float64) float64 { return 1.0 / 25 }),
		comes: 0.98, seen: 20,
	}
	for _, t := range horizon {
		h.horizon = append(h.horizon, t+within)
	}
	for i := range h.freeTalk {
		h.freeTalk[i] = make([]float64, len(horizon))
	}
	for i := range h.freeWrap {
		h.freeWrap[i] = make([]float64, len(horizon))
	}
	h.settle()
	return h
}

// wrapped notes how a wrap-up ended.
func (h *handling) wrapped(ready bool) {
	h.seen = min(h.seen+1, 400)
	x := 0.0
	if ready {
		x = 1
	}
	h.comes += (x - h.comes) / h.seen
}

// settle makes what was learned count, and fills the tables.
func (h *handling) settle() {
	h.talk.settle()
	h.wrap.settle()
	h.average = h.talk.mean() + h.wrap.mean()
	longest := int(math.Ceil(h.horizon[len(h.horizon)-1])) + 1
	wrapDone := make([]float64, 2*longest+2)
	for i := range wrapDone {
		wrapDone[i] = h.comes * (1 - h.wrap.survival(float64(i)/2))
	}
	ends := make([]float64, longest)
	for b := range h.freeTalk {
		e := talkAt(b)
		base := h.talk.cumulative(e)
		before := 1.0
		for u := range ends {
			after := math.Exp(base - h.talk.cumulative(e+float64(u+1)))
			ends[u] = before - after // the talk ends between u and u+1
			before = after
		}
		for j, t := range h.horizon {
			sum := 0.0
			for u := 0; float64(u)+0.5 < t; u++ {
				sum += ends[u] * wrapDone[int(2*(t-float64(u)-0.5)+0.5)]
			}
			h.freeTalk[b][j] = sum
		}
	}
	for b := range h.freeWrap {
		w := wrapAt(b)
		base := h.wrap.cumulative(w)
		for j, t := range h.horizon {
			h.freeWrap[b][j] = h.comes * (1 - math.Exp(base-h.wrap.cumulative(w+t)))
		}
	}
}
