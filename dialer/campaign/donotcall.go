package campaign

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/dialer/treatment"
)

// DoNotCall is the lists of numbers and customers that must not be dialed: one for all campaigns, and one for each. Whoever is about to dial a
// number asks just before: what one process adds holds for all of them from the moment Add or Put returns.
//
// Numbers are in E.164. All methods are safe for concurrent use by any number of processes.
type DoNotCall interface {
	// Add puts numbers on the list of all campaigns, for good, and answers how many were not on it before; those that were keep what was noted
	// first. by is who wants it (an agent's id), why is for people to read. When it returns without an error, the numbers are as durable as
	// Redis is configured to be.
	Add(ctx context.Context, numbers []string, by, why string) (added int, err error)
	// Check tells which of the numbers are on the list of all campaigns, and why.
	Check(ctx context.Context, numbers []string) (map[string]Blocked, error)
	// Remove takes numbers from the list of all campaigns and answers how many of them were on it.
	Remove(ctx context.Context, numbers []string) (removed int, err error)

	// Put is Add for either list, for numbers and customers, and for a time. An entry that is there already is made to last longer, never shorter.
	Put(ctx context.Context, l Listing) (added int, err error)
	// Look tells what the lists of a campaign and of all campaigns say of numbers and a customer ("" for none).
	Look(ctx context.Context, campaign, customer string, numbers []string) (Blocks, error)
	// Drop takes numbers and customers from a list and answers how many of them were on it.
	Drop(ctx context.Context, l Listing) (removed int, err error)
	// Size is how many entries a list has, those included that are over and not yet forgotten. campaign "" is the list of all.
	Size(ctx context.Context, campaign string) (int64, error)
}

// Listing is what is put on a do-not-call list, or taken from it.
type Listing struct {
	Campaign  string // "" for all campaigns
	Numbers   []string
	Customers []string  // as [Config.CustomerOf] gives them
	Until     time.Time // zero for good
	By, Why   string
}

// Blocks are what the lists say.
type Blocks struct {
	Numbers  map[string]Blocked
	Customer *Blocked // nil when the customer is on no list
}

// Blocked says why a number or customer is on a do-not-call list.
type Blocked struct {
	By    string
	Why   string
	At    time.Time // when it was added first, by the clock of Redis
	Until time.Time // zero for good
}

// Block is the same for a decision.
func (b Blocked) Block() treatment.Block { return treatment.Block{Is: true, Until: b.Until} }

// storedBlocked is an entry of the list as the scripts write it.
type storedBlocked struct {
	By    string `json:"by"`
	Why   string `json:"why"`
	At    int64  `json:"at"`    // ms
	Until int64  `json:"until"` // ms
}

// redisDoNotCall is the lists in Redis. Each is one hash: a look-up costs the same however long it is. Their keys have a hash tag of their own, so
// that several can be looked up in the same script.
type redisDoNotCall struct{ rdb redis.UniversalClient }

const (
	doNotCallKey         = "hs:{dnc}:all"
	doNotCallCampaignKey = "hs:{dnc}:c:" // and the campaign
	// customerPrefix tells customers from numbers, which begin with a plus sign.
	customerPrefix = "id:"
)

// doNotCallBatch is how many numbers one script run takes: quick enough not to hold Redis up.
const doNotCallBatch = 1000

// DoNotCall implements Store.
func (s *RedisStore) DoNotCall() DoNotCall { return redisDoNotCall{s.rdb} }

// CustomerOf is the id under which the do-not-call lists know a record's customer, "" for none: its field `customer_field`, or the record's id when
// the list has a column for ids.
func (c Config) CustomerOf(r *Record) string {
	switch {
	case c.CustomerField != "":
		return r.Fields[c.CustomerField]
	case c.List.Columns.ID != "":
		return r.ID
	}
	return ""
}

func doNotCallList(campaign string) string {
	if campaign == "" {
		return doNotCallKey
	}
	return doNotCallCampaignKey + campaign
}

func (l Listing) entries() []string {
	all := slices.Clone(l.Numbers)
	for _, c := range l.Customers {
		all = append(all, customerPrefix+c)
	}
	return all
}

func (l redisDoNotCall) Add(ctx context.Context, numbers []string, by, why string) (int, error) {
	return l.Put(ctx, Listing{Numbers: numbers, By: by, Why: why})
}

func (l redisDoNotCall) Put(ctx context.Context, what Listing) (int, error) {
	until := ""
	if !what.Until.IsZero() {
		until = strconv.FormatInt(what.Until.UnixMilli(), 10)
	}
	added := 0
	for batch := range slices.Chunk(what.entries(), doNotCallBatch) {
		n, err := dncAddScript.Run(ctx, l.rdb, []string{doNotCallList(what.Campaign)}, append([]any{what.By, what.Why, until}, anys(batch)...)...).Int()
		if err != nil {
			return added, fmt.Errorf("add to the do-not-call list: %w", err)
		}
		added += n
	}
	return added, nil
}

func (l redisDoNotCall) Check(ctx context.Context, numbers []string) (map[string]Blocked, error) {
	return l.check(ctx, numbers, doNotCallKey)
}

func (l redisDoNotCall) Look(ctx context.Context, campaign, customer string, numbers []string) (Blocks, error) {
	ask := slices.Clone(numbers)
	if customer != "" {
		ask = append(ask, customerPrefix+customer)
	}
	found, err := l.check(ctx, ask, doNotCallKey, doNotCallList(campaign))
	if err != nil {
		return Blocks{}, err
	}
	b := Blocks{Numbers: map[string]Blocked{}}
	for name, blocked := range found {
		if strings.HasPrefix(name, customerPrefix) {
			b.Customer = &blocked
		} else {
			b.Numbers[name] = blocked
		}
	}
	return b, nil
}

func (l redisDoNotCall) check(ctx context.Context, ask []string, lists ...string) (map[string]Blocked, error) {
	blocked := map[string]Blocked{}
	for batch := range slices.Chunk(ask, doNotCallBatch) {
		entries, err := dncCheckScript.Run(ctx, l.rdb, lists, anys(batch)...).StringSlice()
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
			found := Blocked{By: b.By, Why: b.Why, At: time.UnixMilli(b.At)}
			if b.Until > 0 {
				found.Until = time.UnixMilli(b.Until)
			}
			blocked[batch[i]] = found
		}
	}
	return blocked, nil
}

func (l redisDoNotCall) Remove(ctx context.Context, numbers []string) (int, error) {
	return l.Drop(ctx, Listing{Numbers: numbers})
}

func (l redisDoNotCall) Drop(ctx context.Context, what Listing) (int, error) {
	removed := 0
	for batch := range slices.Chunk(what.entries(), doNotCallBatch) {
		n, err := l.rdb.HDel(ctx, doNotCallList(what.Campaign), batch...).Result()
		if err != nil {
			return removed, fmt.Errorf("remove from the do-not-call list: %w", err)
		}
		removed += int(n)
	}
	return removed, nil
}

func (l redisDoNotCall) Size(ctx context.Context, campaign string) (int64, error) {
	n, err := l.rdb.HLen(ctx, doNotCallList(campaign)).Result()
	if err != nil {
		return 0, fmt.Errorf("count the do-not-call list: %w", err)
	}
	return n, nil
}

func anys(texts []string) []any {
	all := make([]any, len(texts))
	for i, text := range texts {
		all[i] = text
	}
	return all
}
