package recording

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// Store keeps what is known of recordings in Redis: a hash `hs:{recordings}:meta` from id to JSON, a sorted set `hs:{recordings}:from` of the ids
// by when they began, in ms, one more `hs:{recordings}:of:CAMPAIGN:RECORD` for each contact, a set `hs:{recordings}:open` of those without
// a file yet, and a set `hs:{recordings}:upload` of those that wait to be uploaded.
type Store struct{ rdb redis.UniversalClient }

// NewStore keeps them in rdb, which stays the caller's to close.
func NewStore(rdb redis.UniversalClient) *Store { return &Store{rdb} }

const (
	keyMeta = "hs:{recordings}:meta"
	keyFrom = "hs:{recordings}:from"
	keyOpen = "hs:{recordings}:open"
)

func keyOf(campaign, record string) string { return "hs:{recordings}:of:" + campaign + ":" + record }

// ErrUnknown: there is no such recording.
var ErrUnknown = errors.New("there is no such recording")

// Put stores what is known of a recording.
func (s *Store) Put(ctx context.Context, m Meta) error {
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode recording %s: %w", m.ID, err)
	}
	_, err = s.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		at := redis.Z{Score: float64(m.Started.UnixMilli()), Member: m.ID}
		p.HSet(ctx, keyMeta, m.ID, text)
		p.ZAdd(ctx, keyFrom, at)
		p.ZAdd(ctx, keyOf(m.Campaign, m.Record), at)
		if m.State == Recording || m.State == Collecting {
			p.SAdd(ctx, keyOpen, m.ID)
		} else {
			p.SRem(ctx, keyOpen, m.ID)
		}
		if m.waits() {
			p.SAdd(ctx, keyUpload, m.ID)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write recording %s: %w", m.ID, err)
	}
	return nil
}

// Get reads what is known of a recording. Errors: [ErrUnknown].
func (s *Store) Get(ctx context.Context, id string) (Meta, error) {
	text, err := s.rdb.HGet(ctx, keyMeta, id).Bytes()
	switch {
	case errors.Is(err, redis.Nil):
		return Meta{}, ErrUnknown
	case err != nil:
		return Meta{}, fmt.Errorf("read recording %s: %w", id, err)
	}
	return decode(id, text)
}

func decode(id string, text []byte) (Meta, error) {
	var m Meta
	if err := json.Unmarshal(text, &m); err != nil {
		return Meta{}, fmt.Errorf("read recording %s: %w", id, err)
	}
	return m, nil
}

// Forget removes what is known of a recording.
func (s *Store) Forget(ctx context.Context, m Meta) error {
	_, err := s.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HDel(ctx, keyMeta, m.ID)
		p.ZRem(ctx, keyFrom, m.ID)
		p.ZRem(ctx, keyOf(m.Campaign, m.Record), m.ID)
		p.SRem(ctx, keyOpen, m.ID)
		p.SRem(ctx, keyUpload, m.ID)
		return nil
	})
	if err != nil {
		return fmt.Errorf("forget recording %s: %w", m.ID, err)
	}
	return nil
}

// Open lists the recordings that have no file yet.
func (s *Store) Open(ctx context.Context) ([]Meta, error) {
	return s.members(ctx, keyOpen, "open recordings")
}

// members reads the recordings of a set.
func (s *Store) members(ctx context.Context, key, what string) ([]Meta, error) {
	ids, err := s.rdb.SMembers(ctx, key).Result()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	var found []Meta
	for _, id := range ids {
		m, err := s.Get(ctx, id)
		if errors.Is(err, ErrUnknown) {
			continue
		}
		if err != nil {
			return nil, err
		}
		found = append(found, m)
	}
	return found, nil
}

// Query says which recordings are wanted; zero values want all.
type Query struct {
	Campaign, Record, Agent, Call string
	From, Before                  time.Time // of Meta.Started: From at the earliest, before Before
	After                         string    // id of the last of the page before
	Limit                         int       // most of a page; 0 means 100

	Allow func(Meta) bool // nil wants all
}

// defaultLimit is the size of a page about which nothing is said.
const defaultLimit = 100

// readAtOnce is how many are read in one go.
const readAtOnce = 256

// List answers recordings, the newest first.
func (s *Store) List(ctx context.Context, q Query) ([]Meta, error) {
	key, limit, from, to := keyFrom, q.Limit, "-inf", "+inf"
	if q.Campaign != "" && q.Record != "" {
		key = keyOf(q.Campaign, q.Record)
	}
	if limit == 0 {
		limit = defaultLimit
	}
	if !q.From.IsZero() {
		from = strconv.FormatInt(q.From.UnixMilli(), 10)
	}
	if !q.Before.IsZero() {
		to = strconv.FormatInt(q.Before.UnixMilli(), 10)
	}
	if q.After != "" {
		last, err := s.Get(ctx, q.After)
		if err == nil {
			to = strconv.FormatInt(last.Started.UnixMilli(), 10)
		} else if !errors.Is(err, ErrUnknown) {
			return nil, err
		}
	}
	found := []Meta{}
	for offset := int64(0); ; offset += readAtOnce {
		ids, err := s.rdb.ZRevRangeByScore(ctx, key, &redis.ZRangeBy{Min: from, Max: to, Offset: offset, Count: readAtOnce}).Result()
		if err != nil {
			return nil, fmt.Errorf("list recordings: %w", err)
		}
		if len(ids) == 0 {
			return found, nil
		}
		texts, err := s.rdb.HMGet(ctx, keyMeta, ids...).Result()
		if err != nil {
			return nil, fmt.Errorf("list recordings: %w", err)
		}
		for i, text := range texts {
			t, ok := text.(string)
			if !ok {
				continue // deleted meanwhile
			}
			m, err := decode(ids[i], []byte(t))
			if err != nil {
				return nil, err
			}
			if q.wants(m) {
				found = append(found, m)
			}
			if len(found) == limit {
				return found, nil
			}
		}
	}
}

func (q Query) wants(m Meta) bool {
	for _, f := range [][2]string{{q.Campaign, m.Campaign}, {q.Record, m.Record}, {q.Agent, m.Agent}, {q.Call, m.Call}} {
		if f[0] != "" && f[0] != f[1] {
			return false
		}
	}
	return (q.From.IsZero() || !m.Started.Before(q.From)) && (q.Before.IsZero() || m.Started.Before(q.Before)) &&
		(q.After == "" || m.ID < q.After) && (q.Allow == nil || q.Allow(m))
}
