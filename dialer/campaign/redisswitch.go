package campaign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// switchesKept is how many changes the log of a campaign keeps.
const switchesKept = 1000

// redisSwitches is Switches in Redis.
type redisSwitches struct{ rdb redis.UniversalClient }

// Switches implements Store.
func (s *RedisStore) Switches() Switches { return redisSwitches{s.rdb} }

// Get implements Switches.
func (r redisSwitches) Get(ctx context.Context, campaign string) (Switch, error) {
	f, err := r.rdb.HMGet(ctx, keysOf(campaign).run(), "running", "held", "since", "by", "why").Result()
	if err != nil {
		return Switch{}, fmt.Errorf("read whether campaign %s is running: %w", campaign, err)
	}
	var texts [5]string
	for i, value := range f {
		texts[i], _ = value.(string)
	}
	if texts[0] == "" {
		return Switch{Running: true}, nil
	}
	return decodeSwitch(campaign, texts)
}

// decodeSwitch reads running, held, since, by and why.
func decodeSwitch(campaign string, f [5]string) (Switch, error) {
	sw := Switch{Running: f[0] == "1", Held: f[1] == "1", By: f[3], Why: f[4]}
	if f[2] == "" {
		return sw, nil
	}
	since, err := parseMillis(f[2])
	if err != nil {
		return Switch{}, fmt.Errorf("since when campaign %s is as it is: %w", campaign, err)
	}
	sw.Since = since
	return sw, nil
}

// Set implements Switches.
func (r redisSwitches) Set(ctx context.Context, campaign string, order Switching) (Switch, bool, error) {
	flag := func(on bool) string {
		if on {
			return "1"
		}
		return "0"
	}
	due := ""
	if !order.Due.IsZero() {
		due = strconv.FormatInt(order.Due.UnixMilli(), 10)
	}
	k := keysOf(campaign)
	reply, err := switchSetScript.Run(ctx, r.rdb, []string{k.run(), k.runLog()},
		flag(order.Run), flag(order.Hold && !order.Run), order.By, order.Why, due, switchesKept).Slice()
	if err != nil {
		return Switch{}, false, fmt.Errorf("switch campaign %s: %w", campaign, err)
	}
	if len(reply) != 6 {
		return Switch{}, false, fmt.Errorf("switch campaign %s: answer of %d parts; expected 6", campaign, len(reply))
	}
	var texts [5]string
	for i := range texts {
		texts[i], _ = reply[i].(string)
	}
	changed, _ := reply[5].(int64)
	sw, err := decodeSwitch(campaign, texts)
	return sw, changed == 1, err
}

// Log implements Switches.
func (r redisSwitches) Log(ctx context.Context, campaign string, limit int) ([]Switch, error) {
	lines, err := r.rdb.LRange(ctx, keysOf(campaign).runLog(), 0, int64(limit)-1).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("read who started and stopped campaign %s: %w", campaign, err)
	}
	all := make([]Switch, 0, len(lines))
	for _, line := range lines {
		var l struct {
			Running, Held bool
			Since         int64
			By, Why       string
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			return nil, fmt.Errorf("the log of who started and stopped campaign %s is damaged: %w", campaign, err)
		}
		all = append(all, Switch{Running: l.Running, Held: l.Held, Since: time.UnixMilli(l.Since), By: l.By, Why: l.Why})
	}
	return all, nil
}
