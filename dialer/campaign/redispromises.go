package campaign

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/dialer/callback"
)

// redisPromises is Promises in Redis, in the same slot as the campaign's records.
type redisPromises struct{ rdb redis.UniversalClient }

// Promises implements Store.
func (s *RedisStore) Promises() Promises { return redisPromises{s.rdb} }

// storedPromise is the part of a promise that only Go reads.
type storedPromise struct {
	Note string `json:"note,omitempty"`
	Zone string `json:"zone"`
	Call string `json:"call,omitempty"`
	By   string `json:"by,omitempty"` // not of those from before it was kept
	Made int64  `json:"made"`         // ms
}

// promiseFields are the fields of a new promise's hash.
func promiseFields(record string, p *callback.Promise) ([]any, error) {
	data, err := json.Marshal(storedPromise{Note: p.Note, Zone: p.Zone, Call: p.Call, By: p.By, Made: p.Made.UnixMilli()})
	if err != nil {
		return nil, err
	}
	return []any{
		"record", record, "number", p.Number, "kind", string(p.Kind), "owner", p.Owner, "holder", p.Holder, "rule", string(p.Absent.Then),
		"group", p.Absent.Group, "skill", p.Skill, "wait", p.Absent.Wait.Milliseconds(), "due", p.Due.UnixMilli(), "data", data,
	}, nil
}

func decodePromise(campaign, id string, f map[string]string) (*callback.Promise, error) {
	var stored storedPromise
	if err := json.Unmarshal([]byte(f["data"]), &stored); err != nil {
		return nil, fmt.Errorf("callback %s of campaign %s is damaged: %w", id, campaign, err)
	}
	var bad error
	number := func(name string) int64 {
		if f[name] == "" {
			return 0
		}
		n, err := strconv.ParseFloat(f[name], 64)
		if err != nil && bad == nil {
			bad = fmt.Errorf("callback %s of campaign %s is damaged: %s: %w", id, campaign, name, err)
		}
		return int64(n)
	}
	moment := func(name string) time.Time {
		ms := number(name)
		if ms == 0 {
			return time.Time{}
		}
		return time.UnixMilli(ms)
	}
	p := &callback.Promise{
		ID: id, Campaign: campaign, Record: f["record"], Number: f["number"], Kind: callback.Kind(f["kind"]), Owner: f["owner"], Holder: f["holder"],
		Note: stored.Note, Skill: f["skill"], Zone: stored.Zone, Call: stored.Call, By: cmp.Or(stored.By, f["holder"]), Made: time.UnixMilli(stored.Made),
		Absent: callback.Absence{
			Wait: time.Duration(number("wait")) * time.Millisecond, Then: callback.AbsenceRule(f["rule"]), Group: f["group"],
		},
		State: callback.State(f["state"]), Due: moment("due"), Since: moment("since"), Seen: moment("seen"), Queue: callback.Queue(f["queue"]),
		Agent: f["agent"], Refusals: int(number("refusals")),
	}
	return p, bad
}

// durable waits until a closing that made a promise is on disk. It runs the closing again, which changes nothing, because WAITAOF speaks of what
// was written over the same connection.
func (s *RedisStore) durable(ctx context.Context, keys []string, args []any) error {
	return confirmOnDisk(ctx, s.rdb, keys[0], func(p redis.Pipeliner) { closeScript.EvalSha(ctx, p, keys, args...) })
}

// Take implements Promises.
func (r redisPromises) Take(ctx context.Context, campaign, agent string, queues []callback.Queue, lease time.Duration) (*Record, *callback.Promise, Token, error) {
	k := keysOf(campaign)
	fail := func(err error) (*Record, *callback.Promise, Token, error) {
		return nil, nil, 0, fmt.Errorf("take a callback of campaign %s: %w", campaign, err)
	}
	args := []any{agent, lease.Milliseconds(), rand.Text(), shunLimit, k.prefix}
	for _, q := range queues {
		args = append(args, string(q))
	}
	reply, err := promiseTakeScript.Run(ctx, r.rdb,
		[]string{k.out(), k.lease(), k.seq(), k.shun(), k.asked(), k.rec(), k.hist()}, args...).StringSlice()
	if errors.Is(err, redis.Nil) {
		return nil, nil, 0, ErrNoRecord
	}
	if err != nil {
		return fail(err)
	}
	token, err := parseToken(reply[1])
	if err != nil {
		return fail(err)
	}
	rec, err := decodeRecord(campaign, reply[0], reply[3], reply[4])
	if err != nil {
		return fail(err)
	}
	if err := rec.setOut(agent, reply[2]); err != nil {
		return fail(err)
	}
	rec.Promise = reply[5]
	promise, err := r.Get(ctx, campaign, rec.Promise)
	if err != nil {
		return fail(err)
	}
	return rec, promise, token, nil
}

// Wake implements Promises.
func (r redisPromises) Wake(ctx context.Context, campaign, id string, w Wake) (Woken, error) {
	k := keysOf(campaign)
	there, shift := 0, ""
	if w.OwnerThere {
		there = 1
	}
	if !w.NextShift.IsZero() {
		shift = strconv.FormatInt(w.NextShift.UnixMilli(), 10)
	}
	reply, err := promiseWakeScript.Run(ctx, r.rdb, []string{k.rec()}, k.prefix, id, there, shift, w.Again.Milliseconds()).Slice()
	if err != nil {
		return Woken{}, fmt.Errorf("wake callback %s of campaign %s: %w", id, campaign, err)
	}
	state, _ := reply[0].(string)
	queue, _ := reply[1].(string)
	next, _ := reply[2].(string)
	changed, _ := reply[3].(int64)
	if state == "unknown" {
		return Woken{}, nil
	}
	woken := Woken{State: callback.State(state), Queue: callback.Queue(queue), Changed: changed == 1}
	if len(reply) > 4 {
		ms, _ := reply[4].(int64)
		woken.CameDue, woken.Late = true, time.Duration(ms)*time.Millisecond
	}
	if next != "" {
		if woken.Next, err = parseMillis(next); err != nil {
			return Woken{}, fmt.Errorf("wake callback %s of campaign %s: %w", id, campaign, err)
		}
	}
	return woken, nil
}

// Postpone implements Promises.
func (r redisPromises) Postpone(ctx context.Context, campaign, record string, token Token, due time.Time, why string) error {
	k := keysOf(campaign)
	held, err := promisePostponeScript.Run(ctx, r.rdb, []string{k.out(), k.lease()}, record, int64(token), k.prefix, due.UnixMilli(), why).Bool()
	return finished("postpone", campaign, record, held, err)
}

// Change implements Promises.
func (r redisPromises) Change(ctx context.Context, campaign, id string, c Change) error {
	k := keysOf(campaign)
	args := []any{k.prefix, id, c.By, c.Why, string(c.Kind)}
	switch c.Kind {
	case ChangeMove:
		args = append(args, c.Due.UnixMilli())
	case ChangeHandOver:
		kind, holder := callback.Personal, c.Owner
		if c.Owner == "" {
			kind, holder = callback.Pool, c.By
		}
		args = append(args, c.NewID, "kind", string(kind), "owner", c.Owner, "holder", holder)
	}
	state, err := promiseChangeScript.Run(ctx, r.rdb, []string{k.rec()}, args...).Text()
	switch {
	case err != nil:
		return fmt.Errorf("%s callback %s of campaign %s: %w", c.Kind, id, campaign, err)
	case state == "unknown":
		return fmt.Errorf("callback %s of campaign %s: %w", id, campaign, ErrNotFound)
	case state != "":
		return fmt.Errorf("%s callback %s of campaign %s: %w", c.Kind, id, campaign, &StateError{State: callback.State(state)})
	}
	return nil
}

// Escalate implements Promises.
func (r redisPromises) Escalate(ctx context.Context, campaign, why string) (int, error) {
	k := keysOf(campaign)
	for all := 0; ; {
		n, err := promiseEscalateScript.Run(ctx, r.rdb, []string{k.duePromises()}, k.prefix, why, escalateBatch).Int()
		if err != nil {
			return all, fmt.Errorf("give the due callbacks of campaign %s to a supervisor: %w", campaign, err)
		}
		if all += n; n < escalateBatch {
			return all, nil
		}
	}
}

// escalateBatch is how many callbacks one script run gives to a supervisor.
const escalateBatch = 100

// Get implements Promises.
func (r redisPromises) Get(ctx context.Context, campaign, id string) (*callback.Promise, error) {
	k := keysOf(campaign)
	var fields *redis.MapStringStringCmd
	var lines *redis.StringSliceCmd
	_, err := r.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		fields, lines = p.HGetAll(ctx, k.promise(id)), p.LRange(ctx, k.ledger(id), 0, -1)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("get callback %s of campaign %s: %w", id, campaign, err)
	}
	if len(fields.Val()) == 0 {
		return nil, fmt.Errorf("callback %s of campaign %s: %w", id, campaign, ErrNotFound)
	}
	promise, err := decodePromise(campaign, id, fields.Val())
	if err != nil {
		return nil, err
	}
	promise.Events, err = decodeLedger(campaign, id, lines.Val())
	return promise, err
}

func decodeLedger(campaign, id string, lines []string) ([]callback.Event, error) {
	var events []callback.Event
	for _, line := range lines {
		var ev struct {
			At             int64
			Kind, By, Text string
		}
		if err := json.Unmarshal([]byte(line), &ev); err != nil {
			return nil, fmt.Errorf("ledger of callback %s of campaign %s is damaged: %w", id, campaign, err)
		}
		events = append(events, callback.Event{At: time.UnixMilli(ev.At), Kind: ev.Kind, By: ev.By, Text: ev.Text})
	}
	return events, nil
}

// mostListed bounds one list.
const mostListed = 1000

// List implements Promises.
func (r redisPromises) List(ctx context.Context, campaign string, f Filter) ([]*callback.Promise, error) {
	k := keysOf(campaign)
	index := k.promises()
	switch {
	case f.Ended:
		index = k.endedPromises()
	case f.Holder != "":
		index = k.promisesOf(f.Holder)
	}
	by := &redis.ZRangeBy{Min: "-inf", Max: "+inf", Offset: f.Offset, Count: f.Limit}
	if f.Limit == 0 {
		by.Count = mostListed
	}
	if !f.From.IsZero() {
		by.Min = strconv.FormatInt(f.From.UnixMilli(), 10)
	}
	if !f.Before.IsZero() {
		by.Max = "(" + strconv.FormatInt(f.Before.UnixMilli(), 10)
	}
	ids, err := r.rdb.ZRangeByScore(ctx, index, by).Result()
	if err != nil {
		return nil, fmt.Errorf("list callbacks of campaign %s: %w", campaign, err)
	}
	return r.read(ctx, campaign, ids, f.Ledger)
}

// read reads promises; those that are forgotten meanwhile are left out.
func (r redisPromises) read(ctx context.Context, campaign string, ids []string, withLedger bool) ([]*callback.Promise, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	k := keysOf(campaign)
	replies, ledgers := make([]*redis.MapStringStringCmd, len(ids)), make([]*redis.StringSliceCmd, len(ids))
	if _, err := r.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, id := range ids {
			replies[i] = p.HGetAll(ctx, k.promise(id))
			if withLedger {
				ledgers[i] = p.LRange(ctx, k.ledger(id), 0, -1)
			}
		}
		return nil
	}); err != nil {
		return nil, fmt.Errorf("list callbacks of campaign %s: %w", campaign, err)
	}
	all := make([]*callback.Promise, 0, len(ids))
	for i, id := range ids {
		if len(replies[i].Val()) == 0 {
			continue // its time in the ledger ended meanwhile
		}
		promise, err := decodePromise(campaign, id, replies[i].Val())
		if err != nil {
			return nil, err
		}
		if withLedger {
			if promise.Events, err = decodeLedger(campaign, id, ledgers[i].Val()); err != nil {
				return nil, err
			}
		}
		all = append(all, promise)
	}
	return all, nil
}

// Of implements Promises.
func (r redisPromises) Of(ctx context.Context, campaign, record string) ([]*callback.Promise, error) {
	ids, err := r.rdb.LRange(ctx, keysOf(campaign).promisesOn(record), 0, -1).Result()
	if err != nil {
		return nil, fmt.Errorf("list callbacks of record %s of campaign %s: %w", record, campaign, err)
	}
	return r.read(ctx, campaign, ids, true)
}

// AnyDue implements Promises.
func (r redisPromises) AnyDue(ctx context.Context, campaign string) (bool, error) {
	n, err := r.rdb.ZCard(ctx, keysOf(campaign).duePromises()).Result()
	if err != nil {
		return false, fmt.Errorf("look for due callbacks of campaign %s: %w", campaign, err)
	}
	return n > 0, nil
}

// DueTimes implements Promises.
func (r redisPromises) DueTimes(ctx context.Context, campaign string) ([]time.Time, error) {
	found, err := r.rdb.ZRangeWithScores(ctx, keysOf(campaign).promises(), 0, -1).Result()
	if err != nil {
		return nil, fmt.Errorf("read the callbacks of campaign %s: %w", campaign, err)
	}
	all := make([]time.Time, len(found))
	for i, z := range found {
		all[i] = time.UnixMilli(int64(z.Score))
	}
	return all, nil
}

// Alarms implements Promises.
func (r redisPromises) Alarms(ctx context.Context, campaign string, most int) ([]Alarm, error) {
	found, err := r.rdb.ZRangeWithScores(ctx, keysOf(campaign).alarms(), 0, int64(most)-1).Result()
	if err != nil {
		return nil, fmt.Errorf("read alarms of campaign %s: %w", campaign, err)
	}
	all := make([]Alarm, len(found))
	for i, z := range found {
		id, _ := z.Member.(string)
		all[i] = Alarm{id, time.UnixMilli(int64(z.Score))}
	}
	return all, nil
}

// AlarmSet implements Promises.
func (r redisPromises) AlarmSet(ctx context.Context, campaign, id string, at time.Time) error {
	key, ms := keysOf(campaign).alarms(), strconv.FormatInt(at.UnixMilli(), 10)
	if err := alarmSetScript.Run(ctx, r.rdb, []string{key}, id, ms).Err(); err != nil {
		return fmt.Errorf("note the alarm of callback %s of campaign %s: %w", id, campaign, err)
	}
	return nil
}

// Note implements Promises.
func (r redisPromises) Note(ctx context.Context, campaign, record, kind, by, text string) error {
	k := keysOf(campaign)
	if err := promiseNoteScript.Run(ctx, r.rdb, []string{k.promiseOf()}, k.prefix, record, kind, by, text).Err(); err != nil {
		return fmt.Errorf("note in the ledger of record %s of campaign %s: %w", record, campaign, err)
	}
	return nil
}

// promiseTaken reads the place that a lease notes: the id of the promise that a record was taken for.
func promiseTaken(place string) string {
	id, ok := strings.CutPrefix(place, "cb:")
	if !ok {
		return ""
	}
	return id
}
