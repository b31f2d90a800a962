package campaign

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/dialer/treatment"
)

// AttemptLog remembers when numbers were dialed lately, by all campaigns together, for caps on attempts and lock-outs after abandoned calls. Numbers
// are in E.164. All methods are safe for concurrent use by any number of processes.
type AttemptLog interface {
	// Look tells what is known of numbers. Do-not-call is not: those are other lists.
	Look(ctx context.Context, numbers []string) (map[string]treatment.NumberFacts, error)
	// Reserve notes that a number is about to be dialed. A *NotNowError when caps or lock-out forbid it. It is one step, so that processes
	// cannot go beyond a cap together. The same id, which has no
	// spaces, again counts once.
	Reserve(ctx context.Context, number, id string, l Limits) error
	// Abandoned notes that a contact who answered at that number got no agent.
	Abandoned(ctx context.Context, number string, at time.Time) error
}

// Limits are what Reserve keeps.
type Limits struct {
	Caps    []treatment.Cap
	Lockout time.Duration // after an abandoned call; 0 for none
	Keep    time.Duration // for how long attempts are remembered: the longest of all campaigns' caps and lock-outs
}

// NotNowError says that a number may not be dialed yet.
type NotNowError struct {
	Reason treatment.Reason // AttemptCap or LockedOut
	Until  time.Time
}

func (e *NotNowError) Error() string {
	return fmt.Sprintf("not before %s: %s", e.Until.Format(time.RFC3339), e.Reason)
}

// redisAttempts is the log in Redis, in shards, each with three keys: lua/attempt_reserve.lua tells what is in them.
type redisAttempts struct{ rdb redis.UniversalClient }

const attemptShards = 64

// Attempts implements Store.
func (s *RedisStore) Attempts() AttemptLog { return redisAttempts{s.rdb} }

func attemptKeys(number string) []string {
	h := fnv.New32a()
	h.Write([]byte(number))
	prefix := fmt.Sprintf("hs:{att:%02d}:", h.Sum32()%attemptShards)
	return []string{prefix + "times", prefix + "last", prefix + "abandoned"}
}

func (r redisAttempts) Look(ctx context.Context, numbers []string) (map[string]treatment.NumberFacts, error) {
	times, abandoned := make([]*redis.StringCmd, len(numbers)), make([]*redis.FloatCmd, len(numbers))
	_, err := r.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, number := range numbers {
			keys := attemptKeys(number)
			times[i], abandoned[i] = p.HGet(ctx, keys[0], number), p.ZScore(ctx, keys[2], number)
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("read the log of attempts: %w", err)
	}
	all := make(map[string]treatment.NumberFacts, len(numbers))
	for i, number := range numbers {
		if err := errors.Join(unlessNil(times[i].Err()), unlessNil(abandoned[i].Err())); err != nil {
			return nil, fmt.Errorf("read the log of attempts: %w", err)
		}
		var f treatment.NumberFacts
		for entry := range strings.FieldsSeq(times[i].Val()) {
			ms, _, _ := strings.Cut(entry, "/")
			at, err := parseMillis(ms)
			if err != nil {
				return nil, fmt.Errorf("the log of attempts is damaged: %w", err)
			}
			f.Dialed = append(f.Dialed, at)
		}
		if ms := abandoned[i].Val(); ms > 0 {
			f.Abandoned = time.UnixMilli(int64(ms))
		}
		all[number] = f
	}
	return all, nil
}

func unlessNil(err error) error {
	if errors.Is(err, redis.Nil) {
		return nil
	}
	return err
}

func (r redisAttempts) Reserve(ctx context.Context, number, id string, l Limits) error {
	args := []any{number, id, l.Keep.Milliseconds(), l.Lockout.Milliseconds()}
	for _, c := range l.Caps {
		args = append(args, c.Attempts, c.Within.Milliseconds())
	}
	reply, err := attemptReserveScript.Run(ctx, r.rdb, attemptKeys(number), args...).Slice()
	if err != nil || len(reply) != 3 {
		return fmt.Errorf("note an attempt: %d figures: %w", len(reply), err)
	}
	if noted, _ := reply[0].(int64); noted == 1 {
		return nil
	}
	text, _ := reply[1].(string)
	reason, _ := reply[2].(string)
	until, err := parseMillis(text)
	if err != nil {
		return fmt.Errorf("note an attempt: %w", err)
	}
	return &NotNowError{Reason: treatment.Reason(reason), Until: until}
}

func (r redisAttempts) Abandoned(ctx context.Context, number string, at time.Time) error {
	err := r.rdb.ZAddGT(ctx, attemptKeys(number)[2], redis.Z{Score: float64(at.UnixMilli()), Member: number}).Err()
	if err != nil {
		return fmt.Errorf("note an abandoned call: %w", err)
	}
	return nil
}
