package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// truth is the nearest rank of the durations themselves.
func truth(all []time.Duration, q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[max(int(math.Ceil(q*float64(len(sorted)))), 1)-1]
}

func checkQuantiles(t rapid.TB, h Histogram, all []time.Duration) {
	t.Helper()
	for _, q := range []float64{0, 0.01, 0.5, 0.9, 0.99, 1} {
		got, want := h.Quantile(q), truth(all, q)
		if off := math.Abs(float64(got-want)) / float64(want); off > Accuracy*1.000001 {
			t.Errorf("quantile %g of %d durations is %s, truly %s: off by %.4f", q, len(all), got, want, off)
		}
	}
}

func TestAQuantileIsOffByAtMostTheStatedPart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Map(rapid.Float64Range(0, math.Log(float64(histogramMost)/float64(time.Millisecond))), func(x float64) time.Duration {
			return time.Duration(math.Exp(x) * float64(time.Millisecond))
		}), 1, 200).Draw(t, "durations")
		var h Histogram
		for _, d := range all {
			h.Add(d)
		}
		checkQuantiles(t, h, all)
	})
}

// A whole day's waits, of which a few are very long, in four processes and in ten days, as if one had counted all.
func TestHistogramsOfProcessesAndDaysAreMerged(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	var all []time.Duration
	var one, merged Histogram
	parts := make([]Histogram, 40)
	for i := range 20000 {
		d := time.Duration(math.Exp(r.NormFloat64()*1.5+2) * float64(100*time.Millisecond))
		d = max(d, time.Millisecond)
		all = append(all, d)
		one.Add(d)
		parts[i%len(parts)].Add(d)
	}
	for _, p := range parts {
		merged.Merge(p)
	}
	if !merged.Equal(one) || merged.Count() != 20000 {
		t.Errorf("the merged histogram has %d durations and is another one", merged.Count())
	}
	checkQuantiles(t, merged, all)
	if alone := parts[0].Count(); alone != 500 {
		t.Errorf("merging changed a part: it has %d", alone)
	}
}

func TestVeryShortAndVeryLongDurationsCountAsTheEnds(t *testing.T) {
	var h Histogram
	if h.Quantile(0.5) != 0 {
		t.Error("nothing was counted and there is a quantile")
	}
	h.Add(-time.Second)
	h.Add(0)
	h.Add(time.Microsecond)
	if got := h.Quantile(1); got > time.Millisecond || got < 950*time.Microsecond {
		t.Errorf("short ones are %s", got)
	}
	h.Add(1000 * time.Hour)
	if got := h.Quantile(1); math.Abs(float64(got-histogramMost)) > Accuracy*float64(histogramMost) {
		t.Errorf("a long one is %s", got)
	}
	if n := Bucket(histogramMost) + 1; n > 458 {
		t.Errorf("there are %d buckets", n)
	}
}
