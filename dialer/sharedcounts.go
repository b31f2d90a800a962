package dialer

import (
	"context"
	"sync"
	"time"

	"github.com/hasshin/hasshin/dialer/campaign"
)

// sharedCounts lets all agents who are to be told a campaign's figures within a moment have them from one reading, which begins after the last
// of them has asked. Who ends a call is told them: where 50 calls end each second, that would be a dozen readings in the same quarter of one.
type sharedCounts struct {
	read func(ctx context.Context, campaignID string) (campaign.Counts, error)

	mu   sync.Mutex
	next map[string]*countsReading // by campaign: the one that has not begun
	last map[string]time.Time      // when the one before it began
}

// countsEvery is the time between two readings of a campaign's figures.
const countsEvery = 250 * time.Millisecond

// countsReading is one for all who wait for it.
type countsReading struct {
	over   chan struct{}
	counts campaign.Counts
	err    error
}

func newSharedCounts(read func(context.Context, string) (campaign.Counts, error)) *sharedCounts {
	return &sharedCounts{read: read, next: map[string]*countsReading{}, last: map[string]time.Time{}}
}

// get returns figures that are as they are after it was called.
func (s *sharedCounts) get(ctx context.Context, campaignID string) (campaign.Counts, error) {
	s.mu.Lock()
	r := s.next[campaignID]
	if r == nil {
		r = &countsReading{over: make(chan struct{})}
		s.next[campaignID] = r
		time.AfterFunc(time.Until(s.last[campaignID].Add(countsEvery)), func() { s.begin(campaignID, r) })
	}
	s.mu.Unlock()
	select {
	case <-r.over:
		return r.counts, r.err
	case <-ctx.Done():
		return campaign.Counts{}, ctx.Err()
	}
}

func (s *sharedCounts) begin(campaignID string, r *countsReading) {
	s.mu.Lock()
	delete(s.next, campaignID)
	s.last[campaignID] = time.Now()
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	r.counts, r.err = s.read(ctx, campaignID)
	close(r.over)
}
