package dialer

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hasshin/hasshin/dialer/campaign"
)

// Who is told a campaign's figures is told what was so after the reason for telling, however many are told at once and however seldom it is read.
func TestFiguresAreReadOnceForAllAndNeverBeforeTheyWereAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		closed, readings := int64(0), 0
		s := newSharedCounts(func(context.Context, string) (campaign.Counts, error) {
			mu.Lock()
			defer mu.Unlock()
			readings++
			return campaign.Counts{Closed: closed}, nil
		})
		began := time.Now()
		var agents sync.WaitGroup
		for range 100 { // calls that end within a second
			time.Sleep(10 * time.Millisecond)
			mu.Lock()
			closed++
			mine := closed
			mu.Unlock()
			agents.Go(func() {
				asked := time.Now()
				c, err := s.get(t.Context(), "spring")
				if err != nil || c.Closed < mine {
					t.Errorf("the agent of call %d is told %d, %v", mine, c.Closed, err)
				}
				if late := time.Since(asked); late > countsEvery {
					t.Errorf("the agent of call %d is told after %s", mine, late)
				}
			})
		}
		agents.Wait()
		if most := int(time.Since(began)/countsEvery) + 1; readings > most {
			t.Errorf("%d readings in %s, want %d at most", readings, time.Since(began), most)
		}
	})
}

// The first to ask is told at once, a campaign does not wait for another, and an error reaches whom it concerns.
func TestFiguresAreReadAtOnceWhereNobodyHasAskedLately(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := errors.New("the store is away")
		s := newSharedCounts(func(_ context.Context, id string) (campaign.Counts, error) {
			if id == "autumn" {
				return campaign.Counts{}, away
			}
			return campaign.Counts{Total: 7}, nil
		})
		began := time.Now()
		if c, err := s.get(t.Context(), "spring"); err != nil || c.Total != 7 {
			t.Errorf("spring: %d, %v", c.Total, err)
		}
		if _, err := s.get(t.Context(), "autumn"); !errors.Is(err, away) {
			t.Errorf("autumn: %v", err)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("that took %s", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), countsEvery/2)
		defer cancel()
		if _, err := s.get(ctx, "spring"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("who cannot wait: %v", err)
		}
		synctest.Wait()
		time.Sleep(countsEvery) // for the reading that nobody waits for any more
	})
}
