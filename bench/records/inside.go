package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/dialer/campaign"
)

// inside is what scripts took within Redis, in µs, by quantile.
type inside map[string]float64

// inside chooses records and does nothing else, so that Redis's statistics of scripts are those of the choice, and gives them back afterwards.
func (w *client) inside(ctx context.Context, rdb *redis.Client) error {
	type held struct {
		record *campaign.Record
		token  campaign.Token
	}
	var all []held
	take := func() error {
		r, token, err := w.take(ctx)
		all = append(all, held{r, token})
		return err
	}
	if err := take(); err != nil { // lets Redis have the script, and this process the list's classes
		return err
	}
	if err := rdb.ConfigResetStat(ctx).Err(); err != nil {
		return err
	}
	for until := time.Now().Add(w.End.Sub(w.Begin)); time.Now().Before(until); time.Sleep(time.Millisecond) {
		if err := take(); err != nil {
			return err
		}
	}
	text, err := rdb.Info(ctx, "latencystats").Result()
	if err != nil {
		return err
	}
	if w.did.Inside, err = quantiles(text, "evalsha"); err != nil {
		return err
	}
	for _, h := range all {
		if err := w.store.Close(ctx, w.Campaign, h.record.ID, h.token, w.outcome(h.record)); err != nil {
			return err
		}
		w.did.Records = append(w.did.Records, h.record.ID)
	}
	return nil
}

// quantiles reads a line of INFO latencystats: latency_percentiles_usec_evalsha:p50=21.119,p99=59.135,p99.9=203.775
func quantiles(info, command string) (inside, error) {
	for line := range strings.Lines(info) {
		values, ok := strings.CutPrefix(strings.TrimSpace(line), "latency_percentiles_usec_"+command+":")
		if !ok {
			continue
		}
		found := inside{}
		for pair := range strings.SplitSeq(values, ",") {
			name, value, _ := strings.Cut(pair, "=")
			x, err := strconv.ParseFloat(value, 64)
			if err != nil {
				return nil, fmt.Errorf("latencies of Redis: %q: %w", line, err)
			}
			found[name] = x
		}
		return found, nil
	}
	return nil, fmt.Errorf("redis tells no latencies of %s", command)
}
