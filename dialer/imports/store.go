package imports

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// ErrUnknown: there is no such import, or it was forgotten.
var ErrUnknown = errors.New("there is no such import")

const (
	keyAll     = "hs:imports:all"
	keyRunning = "hs:imports:running"
)

func keyOf(id string) string      { return "hs:imports:" + id }
func aliveKey(id string) string   { return keyOf(id) + ":alive" }
func cancelKey(id string) string  { return keyOf(id) + ":cancel" }
func rejectsKey(id string) string { return keyOf(id) + ":rejects" }

// validID keeps what a client sends from naming another key.
func validID(id string) bool {
	return id != "" && id != "all" && id != "running" && !strings.Contains(id, ":")
}

// stored is an import as it is in Redis.
type stored struct {
	Import
	RejectsAt string `json:"rejects_at,omitempty"`
}

// store is the imports in Redis.
type store struct {
	rdb  redis.UniversalClient
	keep time.Duration
}

func (s store) save(ctx context.Context, im stored) error {
	text, err := json.Marshal(im)
	if err != nil {
		return fmt.Errorf("encode import %s: %w", im.ID, err)
	}
	if err := s.rdb.Set(ctx, keyOf(im.ID), text, s.keep).Err(); err != nil {
		return fmt.Errorf("write import %s: %w", im.ID, err)
	}
	return nil
}

// add lists a new import, and forgets those whose time is over.
func (s store) add(ctx context.Context, im stored) error {
	if err := s.rdb.ZRemRangeByScore(ctx, keyAll, "-inf", strconv.FormatInt(im.Started.Add(-s.keep).UnixMilli(), 10)).Err(); err != nil {
		return fmt.Errorf("list import %s: %w", im.ID, err)
	}
	if err := s.rdb.ZAdd(ctx, keyAll, redis.Z{Score: float64(im.Started.UnixMilli()), Member: im.ID}).Err(); err != nil {
		return fmt.Errorf("list import %s: %w", im.ID, err)
	}
	if err := s.save(ctx, im); err != nil {
		return err
	}
	if err := s.rdb.SAdd(ctx, keyRunning, im.ID).Err(); err != nil {
		return fmt.Errorf("list import %s: %w", im.ID, err)
	}
	return nil
}

// get reads imports; those that were forgotten are left out. One that is running and whose process gives no sign of life is interrupted.
func (s store) get(ctx context.Context, ids ...string) ([]stored, error) {
	alive, texts := make([]*redis.IntCmd, len(ids)), make([]*redis.StringCmd, len(ids))
	// Whether it is alive is asked first: who runs it says how it ended before the sign of life goes.
	for _, ask := range []func(p redis.Pipeliner, i int){
		func(p redis.Pipeliner, i int) { alive[i] = p.Exists(ctx, aliveKey(ids[i])) },
		func(p redis.Pipeliner, i int) { texts[i] = p.Get(ctx, keyOf(ids[i])) },
	} {
		_, err := s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
			for i := range ids {
				ask(p, i)
			}
			return nil
		})
		if err != nil && !errors.Is(err, redis.Nil) {
			return nil, fmt.Errorf("read imports: %w", err)
		}
	}
	var found []stored
	for i, text := range texts {
		if errors.Is(text.Err(), redis.Nil) {
			continue
		}
		var im stored
		if err := json.Unmarshal([]byte(text.Val()), &im); err != nil {
			return nil, fmt.Errorf("import %s is damaged in Redis: %w", ids[i], err)
		}
		if im.State == Running && alive[i].Val() == 0 {
			im.interrupted()
		}
		found = append(found, im)
	}
	return found, nil
}

// interrupted says that its process ended.
func (im *stored) interrupted() {
	im.State, im.Rate, im.Ends = Interrupted, 0, time.Time{}
}

func (s store) one(ctx context.Context, id string) (stored, error) {
	if !validID(id) {
		return stored{}, ErrUnknown
	}
	found, err := s.get(ctx, id)
	if err != nil {
		return stored{}, err
	}
	if len(found) == 0 {
		return stored{}, ErrUnknown
	}
	return found[0], nil
}

// list gives the latest imports, those that began before a time if one is given.
func (s store) list(ctx context.Context, before time.Time, limit int) ([]stored, error) {
	to := "+inf"
	if !before.IsZero() {
		to = "(" + strconv.FormatInt(before.UnixMilli(), 10)
	}
	ids, err := s.rdb.ZRevRangeByScore(ctx, keyAll, &redis.ZRangeBy{Min: "-inf", Max: to, Count: int64(limit)}).Result()
	if err != nil {
		return nil, fmt.Errorf("list imports: %w", err)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return s.get(ctx, ids...)
}

// aliveFor is how long a process may give no sign of life.
const aliveFor = 10 * time.Second

func (s store) alive(ctx context.Context, id string) error {
	return s.rdb.Set(ctx, aliveKey(id), "1", aliveFor).Err()
}

// dead ends the signs of life.
func (s store) dead(ctx context.Context, id string) error {
	if err := s.rdb.SRem(ctx, keyRunning, id).Err(); err != nil {
		return err
	}
	return s.rdb.Del(ctx, aliveKey(id)).Err()
}

// cancel leaves word for the process that runs the import.
func (s store) cancel(ctx context.Context, id, by string) error {
	return s.rdb.Set(ctx, cancelKey(id), by, time.Hour).Err()
}

// cancelled tells who wants the import cancelled, "" for nobody.
func (s store) cancelled(ctx context.Context, id string) (string, error) {
	by, err := s.rdb.Get(ctx, cancelKey(id)).Result()
	if errors.Is(err, redis.Nil) {
		return "", nil
	}
	return by, err
}

// bury makes one process the one that sees to an interrupted import: whoever takes it off the set.
func (s store) bury(ctx context.Context, id string) (bool, error) {
	n, err := s.rdb.SRem(ctx, keyRunning, id).Result()
	return n > 0, err
}

// unfinished reads the imports that nobody has said have ended.
func (s store) unfinished(ctx context.Context) ([]stored, error) {
	ids, err := s.rdb.SMembers(ctx, keyRunning).Result()
	if err != nil {
		return nil, fmt.Errorf("look for running imports: %w", err)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return s.get(ctx, ids...)
}
