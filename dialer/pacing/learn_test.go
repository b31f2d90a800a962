package pacing

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestLifeLearnsWhatItIsTold(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	l := newLife(talkEdges, 10, func(float64) float64 { return 1.0 / 30 })
	if m := l.mean(); math.Abs(m-30) > 1 {
		t.Errorf("the guess has mean %.1f, expected 30", m)
	}
	for range 5000 {
		x := math.Exp(math.Log(120) - math.Ln2/2 + math.Sqrt(math.Ln2)*r.NormFloat64())
		l.ended(x)
	}
	l.settle()
	if m := l.mean(); math.Abs(m-120) > 6 {
		t.Errorf("mean %.1f, expected 120", m)
	}
	median := 120 / math.Sqrt2
	if s := l.survival(median); math.Abs(s-0.5) > 0.02 {
		t.Errorf("%.3f last longer than the median", s)
	}
}

// ring lets calls ring one after the other, of which a share is answered by people, and tells a what it would see.
func ring(a *answers, r *rand.Rand, now *float64, calls int, share float64) {
	for range calls {
		*now += 0.5
		live, age := r.Float64() < share, 26.0
		if live || r.Float64() < 0.3 {
			age = 3
			for range 3 {
				age += r.ExpFloat64() * 8 / 3
			}
			if age > 26 {
				live, age = false, 26
			}
		}
		check := int(age / checkEvery)
		for i := range check {
			a.stillRinging(i, i+1)
		}
		a.outcome(*now, check, age, live)
		a.settle()
	}
}

func TestAnswerShareIsFoundAndFollowed(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	a, now := newAnswers(26), 0.0
	if a.mean < 0.4 {
		t.Errorf("without history the share is believed to be %.2f; expected a careful, high one", a.mean)
	}
	for _, c := range []struct {
		share     float64
		calls     int
		tolerance float64
	}{{0.15, 1500, 0.03}, {0.40, 60, 0.10}, {0.40, 500, 0.05}, {0.15, 300, 0.05}} {
		ring(a, r, &now, c.calls, c.share)
		if math.Abs(a.mean-c.share) > c.tolerance {
			t.Errorf("after %d calls of which %.2f are answered: %.3f ± %.3f", c.calls, c.share, a.mean, a.sd)
		}
	}
	var by [horizons]float64
	steps := make([]int, horizons)
	for j, h := range horizon {
		steps[j] = int(h / ageStep)
	}
	a.answering(20, 0.3, steps, by[:])
	late := by[horizons-1]
	a.answering(0, 0.3, steps, by[:])
	if fresh := by[horizons-1]; math.Abs(fresh-0.3) > 0.01 || late > 0.05 {
		t.Errorf("a new call will be answered with %.3f, one that rang for 20 s with %.3f; expected 0.3 and next to nothing", fresh, late)
	}
}

// The exact sum is checked by throwing dice, the approximation beside the exact sum.
func TestOutlook(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 40 {
		calls, agents, slack := 1+r.IntN(exactUpTo), r.IntN(exactUpTo), r.IntN(3)
		pc, pa := 0.02+0.3*r.Float64(), 0.02+0.3*r.Float64()
		exact, normal := new(outlook), new(outlook)
		exact.reset(slack, calls, agents, 0)
		normal.reset(slack, 1000, 1000, 0)
		var call, agent [horizons]float64
		for j := range horizons {
			call[j], agent[j] = pc*float64(j+1)/horizons, pa*float64(j+1)/horizons
		}
		for _, o := range []*outlook{exact, normal} {
			o.addCalls(&call, calls)
			o.addAgents(agent[:], agents)
		}
		j := horizons - 1
		const throws = 20000
		short := 0
		for range throws {
			n := -slack
			for range calls {
				n += btoi(r.Float64() < pc)
			}
			for range agents {
				n -= btoi(r.Float64() < pa)
			}
			short += btoi(n >= 0)
		}
		got, want := exact.short(j, 0), float64(short)/throws
		if math.Abs(got-want) > 4*math.Sqrt(want*(1-want)/throws)+0.002 {
			t.Errorf("%d calls of %.2f, %d agents of %.2f, %d ready: %.4f, by dice %.4f", calls, pc, agents, pa, slack, got, want)
		}
		if calls+agents > 30 && math.Abs(normal.short(j, 0)-got) > 0.02 {
			t.Errorf("%d calls of %.2f, %d agents of %.2f, %d ready: exactly %.4f, approximately %.4f", calls, pc, agents, pa, slack, got, normal.short(j, 0))
		}
	}
}

// An agent in wrap-up is ready sooner than one who is talking, and one who often goes on a pause less surely.
func TestHandling(t *testing.T) {
	h := newHandling(horizon, 2)
	r := rand.New(rand.NewPCG(7, 8))
	for i := range 2000 {
		h.talk.ended(120 * r.ExpFloat64())
		h.wrap.ended(5 + 15*r.ExpFloat64())
		h.wrapped(i%10 != 0)
	}
	h.settle()
	last := horizons - 1 // 28 s and the 2 s of the connect limit
	within := func(what string, got, want, by float64) {
		t.Helper()
		if math.Abs(got-want) > by {
			t.Errorf("%s: %.3f, expected %.3f", what, got, want)
		}
	}
	within("average", h.average, 140, 6)
	within("wrap-up just begun", h.freeWrap[wrapBin(0)][last], 0.9*(1-math.Exp(-25.0/15)), 0.03)
	within("wrap-up for 10 s", h.freeWrap[wrapBin(10)][last], 0.9*(1-math.Exp(-30.0/15)), 0.03)
	want := 0.0 // the talk ends at u, then the wrap-up
	for u := 0.05; u < 25; u += 0.1 {
		want += 0.1 / 120 * math.Exp(-u/120) * 0.9 * (1 - math.Exp(-(25-u)/15))
	}
	within("talking", h.freeTalk[talkBin(60)][last], want, 0.015)
}
