package history

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Script defines the Lua function history_add(P, batch), for scripts that end calls: P is the campaign's key prefix, batch what [Batch.Argument] gives.
//
//go:embed lua/history.lua
var Script string

//go:embed lua/append.lua
var appendSource string

var appendScript = redis.NewScript(Script + appendSource)

// Store reads the history, and writes what no other script does.
type Store struct{ rdb redis.UniversalClient }

// NewStore reads the history in rdb, which stays the caller's to close.
func NewStore(rdb redis.UniversalClient) *Store { return &Store{rdb} }

func prefix(campaign string) string { return "hs:{c:" + campaign + "}:" }

func keyCalls(campaign string) string { return prefix(campaign) + "calls" }

// onceFor is how long it is remembered which calls Append has written: longer than a process may be away that is to write one again.
const onceFor = 30 * 24 * time.Hour

// Append writes a call's history whose record is no longer its own. A second time it changes nothing and succeeds.
func (s *Store) Append(ctx context.Context, campaign string, b Batch) error {
	text, err := b.Argument()
	if err != nil || text == "" {
		return err
	}
	id := b.Entries[0].Call
	keys := []string{keyCalls(campaign), prefix(campaign) + "callsonce"}
	err = appendScript.Run(ctx, s.rdb, keys, prefix(campaign), id, text, time.Now().UnixMilli(), onceFor.Milliseconds()).Err()
	if err != nil {
		return fmt.Errorf("write the history of call %s: %w", id, err)
	}
	return nil
}

// Query says which entries of a campaign are wanted; zero values want all.
type Query struct {
	Campaign string // required
	// From and Before bound when the entry was written, which is when its call was over: From at the earliest, before Before.
	From, Before          time.Time
	Agent, Record, Number string
	Call                  string
	After                 string // id of the last entry of the page before
	Limit                 int    // most of a page; 0 means 100
}

// defaultLimit is the size of a page about which nothing is said.
const defaultLimit = 100

// readAtOnce is how many entries are read in one go.
const readAtOnce = 500

// ErrBadPosition: a page is to begin after something that is no entry's id.
var ErrBadPosition = errors.New("no id of an entry")

// Page answers entries, the newest first.
func (s *Store) Page(ctx context.Context, q Query) ([]PastCall, error) {
	if q.Limit == 0 {
		q.Limit = defaultLimit
	}
	from, to := q.bounds()
	if q.After != "" {
		if !validID(q.After) {
			return nil, fmt.Errorf("%q: %w", q.After, ErrBadPosition)
		}
		to = "(" + q.After
	}
	found := []PastCall{}
	for {
		read, err := s.rdb.XRevRangeN(ctx, keyCalls(q.Campaign), to, from, readAtOnce).Result()
		if err != nil {
			return nil, fmt.Errorf("read the history of campaign %s: %w", q.Campaign, err)
		}
		for _, m := range read {
			e, err := decode(m)
			if err != nil {
				return nil, fmt.Errorf("history of campaign %s: %w", q.Campaign, err)
			}
			if q.wants(e) {
				found = append(found, e)
			}
			if len(found) == q.Limit {
				return found, nil
			}
			to = "(" + m.ID
		}
		if len(read) < readAtOnce {
			return found, nil
		}
	}
}

// Of reads the entries of a record, the oldest first: those that are kept, at most the latest thousand.
func (s *Store) Of(ctx context.Context, campaign, record string) ([]PastCall, error) {
	fail := func(err error) ([]PastCall, error) {
		return nil, fmt.Errorf("read the history of record %s of campaign %s: %w", record, campaign, err)
	}
	ids, err := s.rdb.LRange(ctx, prefix(campaign)+"callsof:"+record, 0, -1).Result()
	if err != nil {
		return fail(err)
	}
	replies := make([]*redis.XMessageSliceCmd, len(ids))
	if _, err := s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, id := range ids {
			replies[i] = p.XRange(ctx, keyCalls(campaign), id, id)
		}
		return nil
	}); err != nil {
		return fail(err)
	}
	var found []PastCall
	for _, reply := range replies {
		for _, m := range reply.Val() { // none of an entry that is forgotten
			e, err := decode(m)
			if err != nil {
				return fail(err)
			}
			found = append(found, e)
		}
	}
	return found, nil
}

// All goes through the entries from the oldest on, without keeping them in memory.
func (s *Store) All(ctx context.Context, q Query) iter.Seq2[PastCall, error] {
	return func(yield func(PastCall, error) bool) {
		from, to := q.bounds()
		for {
			read, err := s.rdb.XRangeN(ctx, keyCalls(q.Campaign), from, to, readAtOnce).Result()
			if err != nil {
				yield(PastCall{}, fmt.Errorf("read the history of campaign %s: %w", q.Campaign, err))
				return
			}
			for _, m := range read {
				e, err := decode(m)
				if err != nil {
					yield(PastCall{}, fmt.Errorf("history of campaign %s: %w", q.Campaign, err))
					return
				}
				if q.wants(e) && !yield(e, nil) {
					return
				}
				from = "(" + m.ID
			}
			if len(read) < readAtOnce {
				return
			}
		}
	}
}

func (q Query) bounds() (from, to string) {
	from, to = "-", "+"
	if !q.From.IsZero() {
		from = strconv.FormatInt(q.From.UnixMilli(), 10)
	}
	if !q.Before.IsZero() {
		to = "(" + strconv.FormatInt(q.Before.UnixMilli(), 10) + "-0"
	}
	return from, to
}

func (q Query) wants(e PastCall) bool {
	if q.Agent != "" && e.Agent != q.Agent {
		had := false
		for _, h := range e.Hands {
			had = had || h.Agent == q.Agent
		}
		if !had {
			return false
		}
	}
	return (q.Record == "" || e.Record == q.Record) && (q.Number == "" || e.Number == q.Number) && (q.Call == "" || e.Call == q.Call)
}

func validID(id string) bool {
	ms, seq, ok := strings.Cut(id, "-")
	_, err := strconv.ParseUint(ms, 10, 64)
	_, err2 := strconv.ParseUint(seq, 10, 64)
	return ok && err == nil && err2 == nil
}

func decode(m redis.XMessage) (PastCall, error) {
	text, _ := m.Values["entry"].(string)
	var e PastCall
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		return PastCall{}, fmt.Errorf("entry %s is damaged: %w", m.ID, err)
	}
	e.ID = m.ID
	return e, nil
}

// Trim forgets what was written before a time, and the oldest beyond so many. It tells how many entries it forgot.
func (s *Store) Trim(ctx context.Context, campaign string, before time.Time, most int64) (int64, error) {
	old, err := s.rdb.XTrimMinID(ctx, keyCalls(campaign), strconv.FormatInt(before.UnixMilli(), 10)).Result()
	if err != nil {
		return 0, fmt.Errorf("trim the history of campaign %s: %w", campaign, err)
	}
	beyond, err := s.rdb.XTrimMaxLen(ctx, keyCalls(campaign), most).Result()
	if err != nil {
		return old, fmt.Errorf("trim the history of campaign %s: %w", campaign, err)
	}
	return old + beyond, nil
}
