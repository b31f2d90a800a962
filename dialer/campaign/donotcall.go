package campaign

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
)

// DoNotCall is the list of numbers that must not be dialed, by any campaign. Whoever is about to dial a number asks it
// just before: what one process adds holds for all of them from the moment Add returns.
//
// Numbers are in E.164. All methods are safe for concurrent use by any number of processes.
type DoNotCall interface {
	// Add puts numbers on the list and answers how many were not on it before; those that were keep what was noted first. by is who wants it (an
	// agent's id), why is for people to read. When it returns without an error, the numbers are as durable as Redis is configured to be.
	Add(ctx context.Context, numbers []string, by, why string) (added int, err error)
	// Check tells which of the numbers are on the list, and why.
	Check(ctx context.Context, numbers []string) (map[string]Blocked, error)
	// Remove takes numbers from the list and answers how many of them were on it.
	Remove(ctx context.Context, numbers []string) (removed int, err error)
}

// Blocked says why a number is on the do-not-call list.
type Blocked struct {
	By  string
	Why string
	At  time.Time // when it was added first, by the clock of Redis
}

// storedBlocked is an entry of the list as the scripts write it.
type storedBlocked struct {
	By  string `json:"by"`
	Why string `json:"why"`
	At  int64  `json:"at"` // ms
}

// redisDoNotCall is the list in Redis. It is one hash: a look-up costs the same however long it is. Its key has a hash tag of the list's own, so that
// further lists (of one campaign, say) can be looked up in the same script.
type redisDoNotCall struct{ rdb redis.UniversalClient }

const doNotCallKey = "hs:{dnc}:all"

// doNotCallBatch is how many numbers one script run takes: quick enough not to hold Redis up.
const doNotCallBatch = 1000

// DoNotCall implements Store.
func (s *RedisStore) DoNotCall() DoNotCall { return redisDoNotCall{s.rdb} }

func (l redisDoNotCall) Add(ctx context.Context, numbers []string, by, why string) (int, error) {
	added := 0
	for batch := range slices.Chunk(numbers, doNotCallBatch) {
		n, err := dncAddScript.Run(ctx, l.rdb, []string{doNotCallKey}, append([]any{by, why}, anys(batch)...)...).Int()
		if err != nil {
			return added, fmt.Errorf("add to the do-not-call list: %w", err)
		}
		added += n
	}
	return added, nil
}

func (l redisDoNotCall) Check(ctx context.Context, numbers []string) (map[string]Blocked, error) {
	blocked := map[string]Blocked{}
	for batch := range slices.Chunk(numbers, doNotCallBatch) {
		entries, err := dncCheckScript.Run(ctx, l.rdb, []string{doNotCallKey}, anys(batch)...).StringSlice()
		if err != nil {
			return nil, fmt.Errorf("look up the do-not-call list: %w", err)
		}
		if len(entries) != len(batch) {
			return nil, fmt.Errorf("look up the do-not-call list: %d answers to %d numbers", len(entries), len(batch))
		}
		for i, entry := range entries {
			if entry == "" {
				continue
			}
			var b storedBlocked
			if err := json.Unmarshal([]byte(entry), &b); err != nil {
				return nil, fmt.Errorf("look up the do-not-call list: an entry is damaged: %w", err)
			}
			blocked[batch[i]] = Blocked{By: b.By, Why: b.Why, At: time.UnixMilli(b.At)}
		}
	}
	return blocked, nil
}

func (l redisDoNotCall) Remove(ctx context.Context, numbers []string) (int, error) {
	removed := 0
	for batch := range slices.Chunk(numbers, doNotCallBatch) {
		n, err := l.rdb.HDel(ctx, doNotCallKey, batch...).Result()
		if err != nil {
			return removed, fmt.Errorf("remove from the do-not-call list: %w", err)
		}
		removed += int(n)
	}
	return removed, nil
}

func anys(texts []string) []any {
	all := make([]any, len(texts))
	for i, text := range texts {
		all[i] = text
	}
	return all
}
