package crowd

import (
	"slices"
	"time"
)

// Quantile is the smallest of all that at least that share of all does not exceed (nearest rank), in milliseconds; 0 of none.
func Quantile(all []time.Duration, share float64) float64 {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	rank := int(share*float64(len(sorted)) + 0.999999)
	return float64(sorted[min(max(rank, 1), len(sorted))-1]) / float64(time.Millisecond)
}
