package campaign

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/dialer/callback"
)

const (
	// shunLimit bounds how many records at the head of the list are passed over for one agent.
	shunLimit = 256
	// sweepBatch is how many expired leases one script run takes back: enough to be quick, few enough not to hold Redis up.
	sweepBatch = 100
)

// dueAtOnce is how many records whose time has come one script run lets out, besides handing out a record: many more than are handed out, so that all of them
// are out soon, and so few that nobody waits for it, should a hundred thousand come due in the same moment.
const dueAtOnce = 20

// RedisStore is the Store in Redis: single, Sentinel or Cluster.
type RedisStore struct {
	rdb       redis.UniversalClient
	campaigns map[string]Config
	classes   sync.Map // campaign → []string, the classes of its records as Redis told them last
}

var _ Store = (*RedisStore)(nil)

// NewRedisStore keeps records in rdb, which stays the caller's to close.
func NewRedisStore(rdb redis.UniversalClient) *RedisStore { return &RedisStore{rdb: rdb} }

// For is the same store, obeying what campaigns are configured to do about refusals. For those that are not among them the defaults hold.
func (s *RedisStore) For(campaigns map[string]Config) *RedisStore {
	return &RedisStore{rdb: s.rdb, campaigns: campaigns}
}

func (s *RedisStore) config(campaign string) Config {
	if cfg, known := s.campaigns[campaign]; known {
		return cfg
	}
	return Defaults()
}

// Take implements Store.
func (s *RedisStore) Take(ctx context.Context, campaign, agent string, lease time.Duration) (*Record, Token, error) {
	return s.take(ctx, campaign, agent, lease, nil)
}

// TakeOpen implements Store.
func (s *RedisStore) TakeOpen(ctx context.Context, campaign, agent string, lease time.Duration, open func(class string) bool) (*Record, Token, error) {
	return s.take(ctx, campaign, agent, lease, open)
}

// takeReply asks for a record of the classes that are open; all are when open is nil. Redis tells when there are others than this process knows.
func (s *RedisStore) takeReply(ctx context.Context, campaign, agent string, lease time.Duration, open func(class string) bool) ([]string, error) {
	k, nonce := keysOf(campaign), rand.Text()
	var classes []string
	if known, ok := s.classes.Load(campaign); ok {
		classes = known.([]string)
	}
	for range 10 { // others may come while it is asked
		args := []any{agent, lease.Milliseconds(), nonce, shunLimit, k.prefix, -1, dueAtOnce}
		if open != nil {
			args[5] = len(classes)
			for _, class := range classes {
				if open(class) {
					args = append(args, class)
				}
			}
		}
		reply, err := takeScript.Run(ctx, s.rdb,
			[]string{k.ready(), k.out(), k.lease(), k.seq(), k.shun(), k.asked(), k.rec(), k.hist()}, args...).StringSlice()
		if err != nil || len(reply) == 0 || reply[0] != "" {
			return reply, err
		}
		classes = reply[1:]
		s.classes.Store(campaign, classes)
	}
	return nil, errors.New("the classes of its records change all the time")
}

func (s *RedisStore) take(ctx context.Context, campaign, agent string, lease time.Duration, open func(class string) bool) (*Record, Token, error) {
	reply, err := s.takeReply(ctx, campaign, agent, lease, open)
	if errors.Is(err, redis.Nil) {
		s.classes.Delete(campaign) // asked anew next time: the list may have been emptied and have as many classes, but others
		return nil, 0, ErrNoRecord
	}
	if err != nil {
		return nil, 0, fmt.Errorf("take a record of campaign %s: %w", campaign, err)
	}
	id := reply[0]
	token, err := parseToken(reply[1])
	if err != nil {
		return nil, 0, fmt.Errorf("take record %s of campaign %s: %w", id, campaign, err)
	}
	rec, err := decodeRecord(campaign, id, reply[3], reply[4])
	if err != nil {
		return nil, 0, fmt.Errorf("take: %w", err)
	}
	if err := rec.setOut(agent, reply[2]); err != nil {
		return nil, 0, fmt.Errorf("take record %s of campaign %s: %w", id, campaign, err)
	}
	return rec, token, nil
}

// Renew implements Store.
func (s *RedisStore) Renew(ctx context.Context, campaign, id string, token Token, lease time.Duration) (time.Time, error) {
	k := keysOf(campaign)
	reply, err := renewScript.Run(ctx, s.rdb, []string{k.out(), k.lease()}, id, int64(token), lease.Milliseconds()).Text()
	if errors.Is(err, redis.Nil) {
		return time.Time{}, fmt.Errorf("renew record %s of campaign %s: %w", id, campaign, ErrLeaseLost)
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("renew record %s of campaign %s: %w", id, campaign, err)
	}
	return parseMillis(reply)
}

// Return implements Store. Once more under the same token and for the same reason it changes nothing and succeeds.
func (s *RedisStore) Return(ctx context.Context, campaign, id string, token Token, ending Ending, why string, attempts ...Attempt) error {
	return s.GiveBack(ctx, campaign, id, token, Giving{Ending: ending, Why: why, Attempts: attempts})
}

// GiveBack implements Store.
func (s *RedisStore) GiveBack(ctx context.Context, campaign, id string, token Token, g Giving) error {
	ending, why, attempts := g.Ending, g.Why, g.Attempts
	var refused, callbackRefused time.Duration
	cfg := s.config(campaign)
	switch ending {
	case EndedRejected, EndedCancelled, EndedUnanswered:
		refused, callbackRefused = cfg.RefusedFor, cfg.Callback.RefusedFor
	case EndedReleased:
	default:
		return fmt.Errorf("return record %s of campaign %s: a record is not given back because it was %q", id, campaign, ending)
	}
	rest, err := json.Marshal(handlingRest{Attempts: attempts})
	if err != nil {
		return fmt.Errorf("return record %s of campaign %s: %w", id, campaign, err)
	}
	k := keysOf(campaign)
	args := []any{id, int64(token), string(ending), rest, refused.Milliseconds(), k.prefix, why, cfg.Callback.Refusals,
		callbackRefused.Milliseconds()}
	log, err := g.History.Argument()
	if err != nil {
		return fmt.Errorf("return record %s of campaign %s: %w", id, campaign, err)
	}
	args = append(args, log)
	args = append(args, tally(Outcome{Attempts: attempts})...)
	held, err := returnScript.Run(ctx, s.rdb,
		[]string{k.ready(), k.out(), k.lease(), k.hist(), k.shun(), k.tally()}, args...).Bool()
	return finished("return", campaign, id, held, err)
}

// Close implements Store. Once more under the same token it changes nothing and succeeds. A promise that it makes is on Redis's disk before it
// returns, where Redis keeps an append-only file.
func (s *RedisStore) Close(ctx context.Context, campaign, id string, token Token, outcome Outcome) error {
	rest, err := json.Marshal(restOf(outcome))
	if err != nil {
		return fmt.Errorf("close record %s of campaign %s: %w", id, campaign, err)
	}
	k := keysOf(campaign)
	var added []string
	for _, n := range outcome.Numbers {
		added = append(added, n.E164)
	}
	state, why := callback.Kept, cmp.Or(outcome.Kept, lastResult(outcome))
	if len(outcome.Attempts) == 0 && outcome.Promise != nil {
		state, why = callback.Superseded, outcome.Promise.ID
	}
	if outcome.Undialed != "" {
		state, why = callback.Expired, string(outcome.Undialed)
	}
	var promise string
	var fields []any
	if p := outcome.Promise; p != nil {
		promise = p.ID
		if fields, err = promiseFields(id, p); err != nil {
			return fmt.Errorf("close record %s of campaign %s: %w", id, campaign, err)
		}
	}
	log, err := outcome.History.Argument()
	if err != nil {
		return fmt.Errorf("close record %s of campaign %s: %w", id, campaign, err)
	}
	args := []any{id, int64(token), rest, k.prefix, string(state), why, strings.Join(added, " "), promise, len(fields)}
	args = append(append(append(append(args, fields...), outcome.Next.args()...), log), tally(outcome)...)
	keys := []string{k.out(), k.lease(), k.hist(), k.tally(), k.num()}
	held, err := closeScript.Run(ctx, s.rdb, keys, args...).Bool()
	if err == nil && held && promise != "" {
		err = s.durable(ctx, keys, args)
	}
	return finished("close", campaign, id, held, err)
}

// File implements Store.
func (s *RedisStore) File(ctx context.Context, campaign, id string, token Token, place Place) error {
	k := keysOf(campaign)
	args := append([]any{id, int64(token), k.prefix}, place.args()...)
	held, err := fileScript.Run(ctx, s.rdb, []string{k.out(), k.lease()}, args...).Bool()
	return finished("file", campaign, id, held, err)
}

// args are a place as the scripts take it. Its times are given from now on, so that clocks that differ do no harm.
func (p *Place) args() []any {
	if p == nil {
		return []any{"", "", "", 0, ""}
	}
	key := ""
	if p.Sorted {
		key = strconv.FormatUint(p.Key, 10)
	}
	from := func(at time.Time) int64 {
		return max(0, int64(math.Ceil(float64(time.Until(at))/float64(time.Millisecond))))
	}
	return []any{from(p.Due), from(p.At), p.Class, p.Rank, key}
}

// lastResult is what came of the last attempt, for the ledger of callbacks.
func lastResult(o Outcome) string {
	if len(o.Attempts) == 0 {
		return ""
	}
	return string(o.Attempts[len(o.Attempts)-1].Result)
}

func finished(what, campaign, id string, held bool, err error) error {
	if err == nil && !held {
		err = ErrLeaseLost
	}
	if err != nil {
		return fmt.Errorf("%s record %s of campaign %s: %w", what, id, campaign, err)
	}
	return nil
}

// tally names the fields of the tally that count what an outcome has.
func tally(o Outcome) []any {
	var fields []any
	for _, a := range o.Attempts {
		fields = append(fields, tallyResult+string(a.Result))
	}
	if o.Disposition != "" {
		fields = append(fields, tallyDisposition+o.Disposition)
	}
	if o.Undialed != "" {
		fields = append(fields, tallyUndialed+string(o.Undialed))
	}
	return fields
}

const (
	tallyResult      = "result:"
	tallyDisposition = "disposition:"
	tallyUndialed    = "undialed:"
)

// Get implements Store.
func (s *RedisStore) Get(ctx context.Context, campaign, id string) (*Record, error) {
	k := keysOf(campaign)
	reply, err := getScript.Run(ctx, s.rdb, []string{k.rec(), k.hist(), k.lease(), k.out(), k.ready(), k.promiseOf()}, id, k.prefix).StringSlice()
	if errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("record %s of campaign %s: %w", id, campaign, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("get record %s of campaign %s: %w", id, campaign, err)
	}
	rec, err := decodeRecord(campaign, id, reply[0], reply[1])
	if err != nil {
		return nil, fmt.Errorf("get: %w", err)
	}
	switch lease, till, place := reply[2], reply[3], reply[4]; {
	case lease != "":
		_, rest, _ := strings.Cut(lease, " ")
		from, agent, _ := strings.Cut(rest, " ")
		rec.Promise = promiseTaken(from)
		if err := rec.setOut(agent, till); err != nil {
			return nil, fmt.Errorf("get record %s of campaign %s: %w", id, campaign, err)
		}
	case reply[6] != "":
		rec.State, rec.Class = Waiting, reply[7]
		if rec.DueAt, err = parseMillis(reply[6]); err != nil {
			return nil, fmt.Errorf("get record %s of campaign %s: %w", id, campaign, err)
		}
	case place != "":
		rec.State, rec.Class = Ready, reply[7]
	case reply[5] != "":
		rec.setClosed()
		rec.State, rec.Promise = Promised, reply[5]
	default:
		rec.setClosed()
	}
	return rec, nil
}

// FindByNumber implements Store.
func (s *RedisStore) FindByNumber(ctx context.Context, campaign, e164 string) (*Record, error) {
	// Two steps are as good as one: a number never moves to another record.
	id, err := s.rdb.HGet(ctx, keysOf(campaign).num(), e164).Result()
	if errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("number in campaign %s: %w", campaign, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("find a number in campaign %s: %w", campaign, err)
	}
	return s.Get(ctx, campaign, id)
}

// Counts implements Store.
func (s *RedisStore) Counts(ctx context.Context, campaign string) (Counts, error) {
	k := keysOf(campaign)
	var places *redis.Cmd
	var tallied *redis.MapStringStringCmd
	keys := []string{k.rec(), k.ready(), k.out(), k.idlePromises()}
	_, err := s.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		places, tallied = countsScript.Eval(ctx, p, keys, k.prefix), p.HGetAll(ctx, k.tally())
		return nil
	})
	var n []int64
	if err == nil {
		n, err = places.Int64Slice()
	}
	if err != nil || len(n) != 6 {
		return Counts{}, fmt.Errorf("count records of campaign %s: %d figures: %w", campaign, len(n), err)
	}
	c := Counts{
		Total: n[0], Ready: n[1], Waiting: n[2], Out: n[3], Promised: n[4], Filtered: n[5],
		Results: map[string]int64{}, Dispositions: map[string]int64{}, Undialed: map[Undialed]int64{},
	}
	c.Closed = c.Total - c.Ready - c.Waiting - c.Filtered - c.Out
	for field, value := range tallied.Val() {
		n, err := parseCount(value)
		if err != nil {
			return Counts{}, fmt.Errorf("count records of campaign %s: %s: %w", campaign, field, err)
		}
		if name, ok := strings.CutPrefix(field, tallyResult); ok {
			c.Results[name] = n
		} else if name, ok := strings.CutPrefix(field, tallyDisposition); ok {
			c.Dispositions[name] = n
		} else if name, ok := strings.CutPrefix(field, tallyUndialed); ok {
			c.Undialed[Undialed(name)] = n
		}
	}
	return c, nil
}

// SweepExpired implements Store. On an error it returns what it gave back before.
func (s *RedisStore) SweepExpired(ctx context.Context, campaign string) ([]string, error) {
	k := keysOf(campaign)
	var all []string
	for {
		ids, err := sweepScript.Run(ctx, s.rdb, []string{k.ready(), k.out(), k.lease(), k.hist(), k.shun()}, sweepBatch, k.prefix).StringSlice()
		if err != nil {
			return all, fmt.Errorf("sweep expired leases of campaign %s: %w", campaign, err)
		}
		all = append(all, ids...)
		if len(ids) < sweepBatch {
			return all, nil
		}
	}
}
