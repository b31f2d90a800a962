package simulate

import (
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/hasshin/hasshin/dialer/pacing"
)

func short(agents int, p float64) Scenario {
	s := Base(agents, p)
	s.Shift = 90 * time.Minute
	return s
}

func predictive() *pacing.Controller { return pacing.New(pacing.Defaults()) }

func progressive() *pacing.Controller {
	cfg := pacing.Defaults()
	cfg.Mode = pacing.Progressive
	return pacing.New(cfg)
}

func TestSameSeedIsTheSameShift(t *testing.T) {
	s := short(10, 0.3)
	first, again, other := Run(s, 1, predictive(), nil), Run(s, 1, predictive(), nil), Run(s, 2, predictive(), nil)
	if !reflect.DeepEqual(first, again) {
		t.Errorf("the same seed gave %d and %d calls", first.Calls, again.Calls)
	}
	if reflect.DeepEqual(first, other) {
		t.Error("another seed gave the same shift")
	}
}

func TestWorldIsAsTheScenarioSays(t *testing.T) {
	s := Base(10, 0.3)
	s.Pauses, s.DetectMin, s.DetectMax = 0.1, time.Second, 2500*time.Millisecond
	w := newChance(s, 1)
	const n = 100_000
	var people, machines, failed, answer, detect, talk, square, wrap, pauses float64
	for range n {
		f := w.call(0)
		switch {
		case f.person:
			people++
			answer += f.after
		case f.machine:
			machines++
		case f.after < 3:
			failed++
		}
		detect += f.detect
		x := w.talk()
		talk, square = talk+x, square+x*x
		wrap += w.wrap()
		if w.pause() > 0 {
			pauses++
		}
	}
	mean := talk / n
	// Of the gamma's answers 0.84 % come after the ring limit; cutting them off takes 0.13 s from the mean.
	for _, c := range []struct {
		what           string
		got, want, off float64
	}{
		{"share of people", people / n, 0.3 * 0.9916, 0.005},
		{"share of machines", machines / n, 0.25 * 0.9916, 0.005},
		{"share of failures", failed / n, 0.10, 0.004},
		{"mean answer", answer / people, 11 - 0.13, 0.08},
		{"mean detection", detect / (people + machines), 1.75, 0.02},
		{"mean talk", mean, 120, 1.5},
		{"variation of talks", math.Sqrt(square/n-mean*mean) / mean, 1, 0.05},
		{"mean wrap-up", wrap / n, 20, 0.2},
		{"share of pauses", pauses / n, 0.1, 0.004},
	} {
		if math.Abs(c.got-c.want) > c.off {
			t.Errorf("%s is %.4f, expected %.4f", c.what, c.got, c.want)
		}
	}
}

func TestStepChangesByTheHour(t *testing.T) {
	s := Base(1, 0)
	s.Answer, s.Repeat = []Share{{Share: 0.15}, {From: time.Hour, Share: 0.4}}, 2*time.Hour
	for hour, want := range []float64{0.15, 0.4, 0.15, 0.4} {
		if got := s.share((float64(hour) + 0.5) * 3600); got != want {
			t.Errorf("in hour %d the share is %g, expected %g", hour+1, got, want)
		}
	}
}

// One call for each ready agent abandons nobody, and the arithmetic of a shift comes out: 120 + 20 s of work for each person, and between
// two of them the time that calls one after the other take until a person answers.
func TestProgressiveShift(t *testing.T) {
	s := Base(5, 0.3)
	r := Run(s, 1, progressive(), nil)
	if r.Abandoned != 0 || r.PeakCalls > 5 {
		t.Errorf("%d abandoned, %d calls at once; expected none and 5 at most", r.Abandoned, r.PeakCalls)
	}
	// A call lasts 11 s if answered (0.55), 1.75 s if it fails (0.10), else 26 s (0.35).
	wait := (0.55*11 + 0.10*1.75 + 0.35*26) / 0.3
	if want := 140 / (140 + wait); math.Abs(r.Utilisation()-want) > 0.03 {
		t.Errorf("utilisation %.3f, expected %.3f", r.Utilisation(), want)
	}
	if total := time.Duration(5) * 8 * time.Hour; (r.SignedIn - total).Abs() > time.Millisecond {
		t.Errorf("agents were signed in for %s, expected %s", r.SignedIn, total)
	}
}

func TestPredictiveKeepsTheLimitAndAgentsBusy(t *testing.T) {
	s := short(20, 0.3)
	with, without := Run(s, 1, predictive(), nil), Run(s, 1, progressive(), nil)
	if with.AbandonRate() > 0.03 {
		t.Errorf("%d of %d abandoned", with.Abandoned, with.Live)
	}
	if with.Utilisation() < without.Utilisation()+0.1 {
		t.Errorf("utilisation %.3f, progressive %.3f", with.Utilisation(), without.Utilisation())
	}
}

// The limit is kept at every moment of the shift, not only at its end, also while the share of answers jumps. One call of grace: several
// may be in flight when the last of the budget goes.
func TestLimitIsKeptAtEveryMoment(t *testing.T) {
	for _, name := range []string{"step", "pauses"} {
		s, err := Named(name, 10)
		if err != nil {
			t.Fatal(err)
		}
		s.Shift = 3 * time.Hour
		live, abandoned := 0, 0
		Run(s, 1, predictive(), func(e pacing.Event, d pacing.Decision) {
			switch e.Kind {
			case pacing.Live:
				live++
			case pacing.Abandoned:
				abandoned++
				if float64(abandoned) > 0.03*float64(live)+1 {
					t.Errorf("%s: at %s %d of %d are abandoned", name, e.At.Format(time.TimeOnly), abandoned, live)
				}
			}
		})
		if abandoned == 0 {
			t.Errorf("%s: nobody was abandoned, so nothing was shown", name)
		}
	}
}

// Everything that can go differently, at once: the bookkeeping has to hold.
func TestTroubledShift(t *testing.T) {
	s := short(10, 0.3)
	s.DetectMin, s.DetectMax = time.Second, 2500*time.Millisecond
	s.ArriveOver, s.Pauses, s.Lines = 15*time.Minute, 0.1, 1.5
	most := 0
	flying, talking := map[string]bool{}, map[string]bool{}
	r := Run(s, 1, predictive(), func(e pacing.Event, d pacing.Decision) {
		switch e.Kind {
		case pacing.Dialed:
			flying[e.Call] = true
		case pacing.Ended, pacing.Abandoned:
			delete(flying, e.Call)
		case pacing.Connected:
			delete(flying, e.Call)
			talking[e.Agent] = true
		case pacing.AgentWrapUp:
			delete(talking, e.Agent)
		}
		if e.Kind == pacing.Tick { // between events that belong together one of them is still to come
			most = max(most, len(flying)+len(talking))
		}
		if e.Kind == pacing.Tick && d.InFlight+d.Waiting != len(flying) {
			t.Fatalf("at %s: the pacing knows of %d calls, there are %d", e.At, d.InFlight+d.Waiting, len(flying))
		}
	})
	if most > 15 {
		t.Errorf("%d lines were used of 15", most)
	}
	if there := 10*s.Shift - 9*s.ArriveOver/2; r.SignedIn >= there || r.SignedIn < there*7/10 {
		t.Errorf("agents were at work for %s of the %s that they were there, expected a little less", r.SignedIn, there)
	}
	if r.Live < 100 {
		t.Errorf("only %d people answered", r.Live)
	}
}

func TestLevelsFollowWaitingAgents(t *testing.T) {
	s := short(20, 0.15)
	l := &Levels{Method: Average, Level: 1, MaxLevel: 3, DropLimit: 0.03, Shift: s.Shift}
	r := Run(s, 1, l, nil)
	if l.Level <= 1 {
		t.Error("agents waited, yet the level stayed at 1")
	}
	hard := &Levels{Method: HardLimit, Level: 3, MaxLevel: 3, DropLimit: 0, Shift: s.Shift}
	if k := Run(s, 1, hard, nil); k.AbandonRate() >= r.AbandonRate() && hard.Level > 1 {
		t.Errorf("hard with no drops allowed is at level %.2f with %.3f abandoned", hard.Level, k.AbandonRate())
	}
}
