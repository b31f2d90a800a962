package campaign

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/hasshin/hasshin/dialer/callback"
)

// daysKept is how many days' figures a campaign keeps: three years.
const daysKept = 3 * 366

// CloseDay implements Store.
func (s *RedisStore) CloseDay(ctx context.Context, campaign, date string) (bool, error) {
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		return false, fmt.Errorf("close day %q of campaign %s: expected a date like 2026-04-01", date, campaign)
	}
	k := keysOf(campaign)
	kept, err := dayCloseScript.Run(ctx, s.rdb, []string{k.tally(), k.dayTally(), k.days(), k.dayList()}, date, daysKept).Bool()
	if err != nil {
		return false, fmt.Errorf("close day %s of campaign %s: %w", date, campaign, err)
	}
	return kept, nil
}

// Days implements Store.
func (s *RedisStore) Days(ctx context.Context, campaign string, limit int) ([]Day, error) {
	k := keysOf(campaign)
	dates, err := s.rdb.LRange(ctx, k.dayList(), 0, int64(limit)-1).Result()
	if err != nil || len(dates) == 0 {
		return nil, wrapDays(campaign, err)
	}
	values, err := s.rdb.HMGet(ctx, k.days(), dates...).Result()
	if err != nil {
		return nil, wrapDays(campaign, err)
	}
	all := make([]Day, 0, len(dates))
	for i, date := range dates {
		text, _ := values[i].(string)
		if text == "" {
			continue // it was forgotten meanwhile
		}
		var stored struct {
			Since  string
			Counts map[string]int64
		}
		if err := json.Unmarshal([]byte(text), &stored); err != nil {
			return nil, wrapDays(campaign, err)
		}
		d := Day{Date: date, Since: stored.Since, Results: map[string]int64{}, Dispositions: map[string]int64{}, Undialed: map[Undialed]int64{}}
		for field, n := range stored.Counts {
			if name, ok := strings.CutPrefix(field, tallyResult); ok {
				d.Results[name] = n
			} else if name, ok := strings.CutPrefix(field, tallyDisposition); ok {
				d.Dispositions[name] = n
			} else if name, ok := strings.CutPrefix(field, tallyUndialed); ok {
				d.Undialed[Undialed(name)] = n
			}
		}
		all = append(all, d)
	}
	return all, nil
}

func wrapDays(campaign string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("read the days of campaign %s: %w", campaign, err)
}

// purgeBatch is how many callbacks one script run forgets.
const purgeBatch = 200

// Purge implements Promises.
func (r redisPromises) Purge(ctx context.Context, campaign string, before time.Time) (int, error) {
	k := keysOf(campaign)
	for all := 0; ; {
		n, err := promisePurgeScript.Run(ctx, r.rdb, []string{k.endedPromises()}, k.prefix, before.UnixMilli(), purgeBatch).Int()
		if err != nil {
			return all, fmt.Errorf("forget old callbacks of campaign %s: %w", campaign, err)
		}
		if all += n; n < purgeBatch {
			return all, nil
		}
	}
}

// DueBefore implements Promises.
func (r redisPromises) DueBefore(ctx context.Context, campaign string, at time.Time) (int64, error) {
	n, err := r.rdb.ZCount(ctx, keysOf(campaign).idlePromises(), "-inf", fmt.Sprintf("(%d", at.UnixMilli())).Result()
	if err != nil {
		return 0, fmt.Errorf("count the callbacks of campaign %s that are due soon: %w", campaign, err)
	}
	return n, nil
}

// Ahead implements Promises.
func (r redisPromises) Ahead(ctx context.Context, campaign string, queues []callback.Queue, within time.Duration, most int) ([]Ahead, error) {
	k := keysOf(campaign)
	args := []any{k.prefix, within.Milliseconds(), most}
	for _, q := range queues {
		args = append(args, string(q))
	}
	reply, err := promiseAheadScript.Run(ctx, r.rdb, []string{k.shun()}, args...).Slice()
	if err != nil {
		return nil, fmt.Errorf("look for the callbacks of campaign %s that are due soon: %w", campaign, err)
	}
	all := make([]Ahead, 0, len(reply))
	for _, row := range reply {
		var f [4]string
		for i, value := range row.([]any) {
			f[i], _ = value.(string)
		}
		due, err := parseMillis(f[1])
		if err != nil {
			return nil, fmt.Errorf("callback %s of campaign %s is damaged: due: %w", f[0], campaign, err)
		}
		a := Ahead{ID: f[0], Due: due, Queue: callback.Queue(f[2])}
		if f[3] != "" {
			a.Refused = strings.Split(f[3], "\n")
		}
		all = append(all, a)
	}
	return all, nil
}
