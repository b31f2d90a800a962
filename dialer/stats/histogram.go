package stats

import (
	"iter"
	"maps"
	"math"
	"slices"
	"time"
)

// Accuracy is how far a quantile of a [Histogram] may be off, as a part of its true value, for durations from a millisecond to a day.
const Accuracy = 0.02

const (
	histogramUnit = time.Millisecond
	histogramMost = 24 * time.Hour
	// growth is the ratio of a bucket's ends: with it the bucket's representative is within Accuracy of everything in the bucket.
	growth = (1 + Accuracy) / (1 - Accuracy)
)

// Histogram counts durations in buckets whose ends grow by a constant factor, so that any quantile is known to a constant relative error ([Accuracy]),
// whatever the distribution (as DDSketch does it: Masson, Rim, Lee, VLDB 2019, https://arxiv.org/abs/1908.10693). The buckets are the same everywhere: the
// histograms of processes, or of days, are merged by adding the counts. Durations below a millisecond count as one, those above a day as a day. There are
// 458 buckets at most. The zero value is empty.
type Histogram struct {
	counts map[int]int64 // by bucket
	n      int64
}

// Bucket is the number of the bucket that a duration falls into: bucket i, from 1 on, has what is above growth^(i-1) ms and at most growth^i ms, bucket 0
// what is not longer than 1 ms.
func Bucket(d time.Duration) int {
	d = min(max(d, histogramUnit), histogramMost)
	return int(math.Ceil(math.Log(float64(d)/float64(histogramUnit))/math.Log(growth) - 1e-9)) // 1e-9: rounding at a bucket's end
}

// representative is the duration that a bucket stands for.
func representative(bucket int) time.Duration {
	return time.Duration(2 * math.Pow(growth, float64(bucket)) / (growth + 1) * float64(histogramUnit))
}

// Add counts a duration.
func (h *Histogram) Add(d time.Duration) { h.AddTo(Bucket(d), 1) }

// AddTo counts so many more durations in a bucket.
func (h *Histogram) AddTo(bucket int, times int64) {
	if h.counts == nil {
		h.counts = map[int]int64{}
	}
	h.counts[bucket] += times
	h.n += times
}

// Merge adds what another histogram has counted.
func (h *Histogram) Merge(other Histogram) {
	for bucket, n := range other.counts {
		h.AddTo(bucket, n)
	}
}

// Clone has nothing in common with h.
func (h Histogram) Clone() Histogram { return Histogram{maps.Clone(h.counts), h.n} }

// Equal tells whether the same was counted.
func (h Histogram) Equal(other Histogram) bool { return maps.Equal(h.counts, other.counts) }

// Count is how many durations were counted.
func (h Histogram) Count() int64 { return h.n }

// Quantile is the duration that the part q of all, from 0 to 1, do not exceed (the nearest rank: the smallest that does it), 0 without any.
func (h Histogram) Quantile(q float64) time.Duration {
	if h.n == 0 {
		return 0
	}
	rank := max(int64(math.Ceil(q*float64(h.n))), 1)
	var last int
	for bucket, n := range h.Buckets() {
		if last = bucket; n >= rank {
			break
		}
		rank -= n
	}
	return representative(last)
}

// Buckets are those in which there is something, the shortest durations first, with their counts.
func (h Histogram) Buckets() iter.Seq2[int, int64] {
	return func(yield func(int, int64) bool) {
		for _, bucket := range slices.Sorted(maps.Keys(h.counts)) {
			if !yield(bucket, h.counts[bucket]) {
				return
			}
		}
	}
}
