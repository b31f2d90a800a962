package simulate

import (
	"math"
	"testing"
	"time"
)

func TestStudent(t *testing.T) {
	// From the tables.
	for df, want := range map[float64]float64{1: 12.706, 2: 4.303, 3: 3.182, 5: 2.571, 10: 2.228, 19: 2.093, 100: 1.984} {
		if got := student(df); math.Abs(got-want) > 0.02 {
			t.Errorf("%g degrees of freedom: %.3f, expected %.3f", df, got, want)
		}
	}
}

func TestSummaryOfShifts(t *testing.T) {
	shift := func(busy time.Duration, live, abandoned int, waits ...float64) Shift {
		return Shift{Length: 2 * time.Hour, SignedIn: 10 * time.Hour, Busy: busy, Calls: 100, Live: live, Abandoned: abandoned, Waits: waits}
	}
	got := Summarise([]Shift{shift(8*time.Hour, 100, 1, 10, 20), shift(6*time.Hour, 100, 3, 30)})
	if math.Abs(got.Utilisation.Mean-0.7) > 1e-9 || math.Abs(got.Utilisation.Half-12.7062*0.1) > 1e-3 {
		t.Errorf("utilisation %+v, expected 0.7 ± 1.27", got.Utilisation)
	}
	if got.AbandonRate.Mean != 0.02 || got.WorstAbandon != 0.03 {
		t.Errorf("abandoned %+v, at worst %g", got.AbandonRate, got.WorstAbandon)
	}
	if got.CallsPerHour.Mean != 50 || got.WaitMean.Mean != 22.5 || got.TalksPerHour.Mean != 0.75 {
		t.Errorf("%+v", got)
	}
}

func TestNamedScenarios(t *testing.T) {
	for _, name := range Names() {
		s, err := Named(name, 7)
		if err != nil || s.Agents != 7 || About(name) == "" {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
	if _, err := Named("p99", 1); err == nil {
		t.Error("p99 is no scenario, but nothing was said")
	}
}
