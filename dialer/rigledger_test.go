package dialer

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/hasshin/hasshin/dialer/campaign"
)

// ledger keeps what becomes of each record taken. Writing the same once more is no harm: the store takes it for what it is.
type ledger struct {
	campaign.Store
	mu       sync.Mutex
	taken    map[campaign.Token]map[string]bool // token → closed, returned
	attempts map[string]bool                    // one for each call that dialed
	wrong    []string
}

func newLedger(s campaign.Store) *ledger {
	return &ledger{Store: s, taken: map[campaign.Token]map[string]bool{}, attempts: map[string]bool{}}
}

// Take notes a record that is out.
func (l *ledger) Take(ctx context.Context, id, agent string, lease time.Duration) (*campaign.Record, campaign.Token, error) {
	r, token, err := l.Store.Take(ctx, id, agent, lease)
	if err == nil {
		l.mu.Lock()
		l.taken[token] = map[string]bool{}
		l.mu.Unlock()
	}
	return r, token, err
}

// TakeOpen notes a record that is out.
func (l *ledger) TakeOpen(ctx context.Context, id, agent string, lease time.Duration, open func(string) bool) (*campaign.Record, campaign.Token, error) {
	r, token, err := l.Store.TakeOpen(ctx, id, agent, lease, open)
	if err == nil {
		l.mu.Lock()
		l.taken[token] = map[string]bool{}
		l.mu.Unlock()
	}
	return r, token, err
}

// File notes a record that was put aside.
func (l *ledger) File(ctx context.Context, id, record string, token campaign.Token, place campaign.Place) error {
	err := l.Store.File(ctx, id, record, token, place)
	l.note(token, "filed", nil, err)
	return err
}

// Return notes a record that is back.
func (l *ledger) Return(ctx context.Context, id, record string, token campaign.Token, ending campaign.Ending, why string, attempts ...campaign.Attempt) error {
	err := l.Store.Return(ctx, id, record, token, ending, why, attempts...)
	l.note(token, "returned", attempts, err)
	return err
}

// GiveBack notes a record that is back.
func (l *ledger) GiveBack(ctx context.Context, id, record string, token campaign.Token, g campaign.Giving) error {
	err := l.Store.GiveBack(ctx, id, record, token, g)
	l.note(token, "returned", g.Attempts, err)
	return err
}

// Close notes a record that is done with.
func (l *ledger) Close(ctx context.Context, id, record string, token campaign.Token, outcome campaign.Outcome) error {
	err := l.Store.Close(ctx, id, record, token, outcome)
	l.note(token, "closed", outcome.Attempts, err)
	return err
}

func (l *ledger) note(token campaign.Token, what string, attempts []campaign.Attempt, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.wrong = append(l.wrong, fmt.Sprintf("record %d is not %s: %v", token, what, err))
		return
	}
	l.taken[token][what] = true
	for _, at := range attempts {
		if at.Result == "" || at.Ended.IsZero() {
			l.wrong = append(l.wrong, fmt.Sprintf("record %d: an attempt without a result: %+v", token, at))
		}
		l.attempts[at.Call] = true
	}
}

// audit looks that each record that was taken came back in one way, and that each attempt counts as one.
func (l *ledger) audit(fault func(string, ...any)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for token, ways := range l.taken {
		if len(ways) != 1 {
			fault("record %d was %v, want it either closed or returned", token, slices.Sorted(maps.Keys(ways)))
		}
	}
	for _, w := range l.wrong {
		fault("%s", w)
	}
	counts, err := l.Counts(context.Background(), rigCampaign)
	if err != nil {
		fault("counts: %v", err)
	}
	results := int64(0)
	for _, n := range counts.Results {
		results += n
	}
	if results != int64(len(l.attempts)) || counts.Out != 0 {
		fault("%d attempts have %d results, %d records are out; want as many results as attempts and none out", len(l.attempts), results, counts.Out)
	}
}

// newRedis starts a Redis outside of any bubble.
