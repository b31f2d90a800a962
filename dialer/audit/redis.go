package audit

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// Redis is the Log in Redis: a hash `hs:{audit}:entries` from id to JSON, and a sorted set `hs:{audit}:from` of the ids by when they began, in
// ms. Ids sort by time, too, so a page begins behind the last id of the page before.
type Redis struct{ rdb redis.UniversalClient }

// NewRedis keeps the log in rdb, which stays the caller's to close.
func NewRedis(rdb redis.UniversalClient) *Redis { return &Redis{rdb} }

const (
	keyEntries = "hs:{audit}:entries"
	keyFrom    = "hs:{audit}:from"
)

// Begin implements Log.
func (r *Redis) Begin(ctx context.Context, e Entry) error {
	text, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode audit entry %s: %w", e.ID, err)
	}
	_, err = r.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HSetNX(ctx, keyEntries, e.ID, text)
		p.ZAdd(ctx, keyFrom, redis.Z{Score: float64(e.From.UnixMilli()), Member: e.ID})
		return nil
	})
	if err != nil {
		return fmt.Errorf("write audit entry %s: %w", e.ID, err)
	}
	return nil
}

//go:embed end.lua
var endText string

var endScript = redis.NewScript(endText)

// End implements Log.
func (r *Redis) End(ctx context.Context, id string, at time.Time, why string) error {
	if err := endScript.Run(ctx, r.rdb, []string{keyEntries}, id, at.UTC().Format(time.RFC3339Nano), why).Err(); err != nil {
		return fmt.Errorf("write the end of audit entry %s: %w", id, err)
	}
	return nil
}

// readAtOnce is how many entries are read in one go.
const readAtOnce = 256

// defaultLimit is the size of a page about which nothing is said.
const defaultLimit = 100

// List implements Log.
func (r *Redis) List(ctx context.Context, q Query) ([]Entry, error) {
	limit := q.Limit
	if limit == 0 {
		limit = defaultLimit
	}
	to := "+inf"
	if !q.Before.IsZero() {
		to = strconv.FormatInt(q.Before.UnixMilli(), 10)
	}
	from := "-inf"
	if !q.From.IsZero() {
		from = strconv.FormatInt(q.From.UnixMilli(), 10)
	}
	if q.After != "" {
		switch score, err := r.rdb.ZScore(ctx, keyFrom, q.After).Result(); {
		case err == redis.Nil:
		case err != nil:
			return nil, fmt.Errorf("read audit log: %w", err)
		default:
			to = strconv.FormatInt(int64(math.Ceil(score)), 10)
		}
	}
	found := []Entry{}
	for offset := int64(0); ; offset += readAtOnce {
		ids, err := r.rdb.ZRevRangeByScore(ctx, keyFrom, &redis.ZRangeBy{Min: from, Max: to, Offset: offset, Count: readAtOnce}).Result()
		if err != nil {
			return nil, fmt.Errorf("read audit log: %w", err)
		}
		if len(ids) == 0 {
			return found, nil
		}
		texts, err := r.rdb.HMGet(ctx, keyEntries, ids...).Result()
		if err != nil {
			return nil, fmt.Errorf("read audit log: %w", err)
		}
		for i, text := range texts {
			var e Entry
			s, ok := text.(string)
			if !ok {
				return nil, fmt.Errorf("audit entry %s is missing", ids[i])
			}
			if err := json.Unmarshal([]byte(s), &e); err != nil {
				return nil, fmt.Errorf("read audit entry %s: %w", ids[i], err)
			}
			if q.Matches(e) {
				found = append(found, e)
			}
			if len(found) == limit {
				return found, nil
			}
		}
	}
}
