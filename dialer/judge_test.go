package dialer

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/hasshin/hasshin/ari/aritest"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// Calls that fail together are one sign that something is wrong, not one each: the pause doubles only for those that were placed after it.
func TestCallsThatFailTogetherMakeOnePause(t *testing.T) {
	t.Parallel()
	dialScene(t, campaign.ModeProgressive, false, func(t *testing.T, r *rig) {
		r.numbersAre(aritest.Offline())
		r.arrive(rigAgents...)
		time.Sleep(1200 * time.Millisecond)
		var pauses []string
		for _, m := range regexp.MustCompile(`"pause":(\d+)`).FindAllStringSubmatch(r.log.String(), -1) {
			pauses = append(pauses, m[1])
		}
		if want := []string{"500", "1000"}; len(pauses) < 2 || !slices.Equal(pauses[:2], want) || len(pauses) > 2 {
			t.Errorf("pauses of %v ms, want %v", pauses, want)
		}
		if n := r.results(t)["failed"]; n < int64(len(rigAgents)) {
			t.Errorf("%d calls failed, want several at once", n)
		}
		r.numbersAre(aritest.Answer(time.Second))
	})
}
