package campaign

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/treatment"
)

// Recycling says which closed records begin anew. All that is given must hold.
type Recycling struct {
	Results      []call.Result // of the last attempt
	Dispositions []string      // chosen last
	Undialed     []Undialed    // why they were closed without being dialed
	Before       time.Time     // closed before; zero for at any time
	By           string        // who wants it, for the record's history
}

// matches reports whether a closed record is among them.
func (q Recycling) matches(r *Record) bool {
	if len(r.History) == 0 {
		return false
	}
	last := r.History[len(r.History)-1]
	attempts := r.Attempts()
	result := call.Result("")
	if len(attempts) > 0 {
		result = attempts[len(attempts)-1].Result
	}
	return (len(q.Results) == 0 || slices.Contains(q.Results, result)) &&
		(len(q.Dispositions) == 0 || slices.Contains(q.Dispositions, last.Disposition)) &&
		(len(q.Undialed) == 0 || slices.Contains(q.Undialed, last.Undialed)) &&
		(q.Before.IsZero() || last.At.Before(q.Before))
}

// Recycle lets closed records begin anew: what was done with them before counts no more, except towards caps on attempts. It answers how many. Records
// that would be closed again at once, as those on a do-not-call list, are left alone.
func (s *RedisStore) Recycle(ctx context.Context, id string, c Config, p *treatment.Policy, q Recycling) (int, error) {
	k := keysOf(id)
	return s.refile(ctx, k.hist(), id, c, p, "recycled", q.By, func(r *Record) (*Record, bool) {
		if r.State != Closed || !q.matches(r) {
			return nil, false
		}
		anew := r.Clone()
		anew.History = append(anew.History, Handling{Ending: EndedRecycled})
		return anew, true
	})
}

// Rearrange gives every record that waits the place that the campaign's configuration wants: after sort keys, calling hours or treatments were
// changed. It answers how many it looked at and left waiting.
func (s *RedisStore) Rearrange(ctx context.Context, id string, c Config, p *treatment.Policy) (int, error) {
	return s.refile(ctx, keysOf(id).rec(), id, c, p, "arranged", "", func(r *Record) (*Record, bool) {
		return r, r.State == Ready || r.State == Waiting
	})
}

// refileBatch is how many records are asked for at a time.
const refileBatch = 500

func (s *RedisStore) refile(ctx context.Context, index, id string, c Config, p *treatment.Policy, what, by string, pick func(*Record) (*Record, bool)) (int, error) {
	done := 0
	seen := map[string]bool{} // a scan may give a record twice
	for cursor := uint64(0); ; {
		entries, next, err := s.rdb.HScan(ctx, index, cursor, "", refileBatch).Result()
		if err != nil {
			return done, fmt.Errorf("look through the records of campaign %s: %w", id, err)
		}
		for pair := range slices.Chunk(entries, 2) {
			if what == "recycled" && (!strings.Contains(lastLine(pair[1]), `"ending":"closed"`) || seen[pair[0]]) {
				continue // is cheaper to see here
			}
			n, err := s.refileOne(ctx, id, pair[0], c, p, what, by, pick)
			if err != nil {
				return done, err
			}
			done += n
			if what == "recycled" && n > 0 {
				seen[pair[0]] = true
			}
		}
		if cursor = next; cursor == 0 {
			return done, nil
		}
	}
}

func lastLine(text string) string {
	text = strings.TrimSuffix(text, "\n")
	return text[strings.LastIndexByte(text, '\n')+1:]
}

func (s *RedisStore) refileOne(ctx context.Context, id, record string, c Config, p *treatment.Policy, what, by string, pick func(*Record) (*Record, bool)) (int, error) {
	r, err := s.Get(ctx, id, record)
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	picked, ok := pick(r)
	if !ok {
		return 0, nil
	}
	facts, _, err := c.Facts(ctx, s, id, picked, true)
	if err != nil {
		return 0, err
	}
	d := p.Decide(c.Treated(picked), time.Now(), facts)
	if d.Verb == treatment.Never {
		return 0, nil
	}
	k := keysOf(id)
	args := append([]any{record, k.prefix, what, by}, c.PlaceOf(picked, d).args()...)
	n, err := refileScript.Run(ctx, s.rdb, []string{k.lease(), k.hist(), k.promiseOf(), k.seq()}, args...).Int()
	if err != nil {
		return 0, fmt.Errorf("put record %s of campaign %s in its place: %w", record, id, err)
	}
	return n, nil
}
