package recording_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/hasshin/hasshin/dialer/recording"
)

// As many calls are recorded as the share says, the same ones whenever it is asked.
func TestAShareOfTheCallsIsRecorded(t *testing.T) {
	const calls = 20_000
	for when, shares := range map[recording.When][]int{recording.Share: {1, 10, 50, 99, 100}, recording.Always: {0}, recording.Never: {0}, recording.OnDemand: {0}} {
		for _, share := range shares {
			p := recording.Policy{When: when, Share: share}
			expected := map[recording.When]float64{recording.Share: float64(share) / 100, recording.Always: 1}[when]
			drawn := 0
			for i := range calls {
				call := fmt.Sprintf("06h0cc06jbsf%06d", i) // as of one moment
				is := p.Draw(call)
				if is {
					drawn++
				}
				if p.Draw(call) != is {
					t.Fatalf("%s %d: call %s is recorded and is not", when, share, call)
				}
			}
			deviation := math.Sqrt(calls * expected * (1 - expected)) // of a binomial distribution
			if off := math.Abs(float64(drawn) - calls*expected); off > 4*deviation {
				t.Errorf("%s %d: %d of %d calls are recorded, which is %.1f more or less than was said; %.1f is likely", when, share, drawn, calls, off, deviation)
			}
		}
	}
}
