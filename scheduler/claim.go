package scheduler

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// MaxBatch is how many entries one script claims at most: enough to be quick, few enough not to hold Redis up.
const MaxBatch = 100

// Claim claims up to limit due entries of one shard for the Config's lease, those due longest first. It is for those who want to go about it in
// their own way; Run does all of it by itself. The jobs are the caller's to renew and to settle.
func (s *Scheduler) Claim(ctx context.Context, shard, limit int) ([]*Job, error) {
	if shard < 0 || shard >= s.cfg.Shards || limit < 1 || limit > MaxBatch {
		return nil, fmt.Errorf("scheduler %s: claim %d entries of shard %d; expected 1 to %d, of a shard below %d", s.cfg.Name, limit, shard, MaxBatch, s.cfg.Shards)
	}
	got, err := s.look(ctx, shard, limit, "old")
	if err != nil {
		return nil, fmt.Errorf("scheduler %s: claim from shard %d: %w", s.cfg.Name, shard, err)
	}
	return got.jobs, nil
}

// look claims, or just looks at the clock and the head when limit is 0.
func (s *Scheduler) look(ctx context.Context, shard, limit int, which string) (claimed, error) {
	sent := time.Now()
	cmd := pipeline(ctx, s.rdb, []call{s.claimCall(shard, limit, math.Inf(1), which)}, nil)[0]
	return s.claimed(cmd, shard, sent)
}

func (s *Scheduler) claimCall(shard, limit int, bound float64, which string) call {
	upTo := "inf"
	if !math.IsInf(bound, 1) {
		upTo = formatScore(bound)
	}
	return call{claimScript, s.keys[shard].all(), []any{limit, s.cfg.Lease.Milliseconds(), upTo, which}}
}

// claimed is what a claim brought.
type claimed struct {
	at    time.Time // by the server's clock
	head  float64   // score of the shard's head now; +Inf when it is empty
	young float64   // score of what came due last and is not claimed; -Inf when nothing is due
	jobs  []*Job
}

func (s *Scheduler) claimed(cmd *redis.Cmd, shard int, sent time.Time) (claimed, error) {
	reply, err := cmd.Slice()
	if err != nil {
		return claimed{}, err
	}
	got, err := s.readClaim(reply, shard, sent)
	if err != nil {
		return claimed{}, fmt.Errorf("answer to a claim: %w", err)
	}
	for _, j := range got.jobs {
		s.metrics.lateness.Observe(max(j.Seen.Sub(j.Due), 0).Seconds())
	}
	return got, nil
}

// readClaim reads what claim.lua answers.
func (s *Scheduler) readClaim(reply []any, shard int, sent time.Time) (claimed, error) {
	if len(reply) != 6 {
		return claimed{}, fmt.Errorf("%d parts; expected 6", len(reply))
	}
	var texts [4]string
	for i := range texts {
		texts[i], _ = reply[i].(string)
	}
	micros, err := strconv.ParseInt(texts[0], 10, 64)
	if err != nil {
		return claimed{}, fmt.Errorf("clock of redis: %w", err)
	}
	token, err := strconv.ParseInt(texts[1], 10, 64)
	if err != nil {
		return claimed{}, fmt.Errorf("token: %w", err)
	}
	got := claimed{at: time.UnixMicro(micros), head: math.Inf(1), young: math.Inf(-1)}
	for i, score := range []*float64{&got.head, &got.young} {
		if texts[2+i] == "" {
			continue
		}
		if *score, err = strconv.ParseFloat(texts[2+i], 64); err != nil {
			return claimed{}, fmt.Errorf("score: %w", err)
		}
	}
	found, _ := reply[4].([]any)
	for i := 0; i+1 < len(found); i += 2 {
		id, _ := found[i].(string)
		score, _ := found[i+1].(string)
		j := &Job{Entry: Entry{ID: id}, Token: token + int64(i/2), Seen: got.at, Attempt: 1, s: s, shard: shard, until: sent.Add(s.cfg.Lease)}
		if err := j.fromScore(score); err != nil {
			return claimed{}, err
		}
		got.jobs = append(got.jobs, j)
	}
	again, _ := reply[5].([]any)
	for i := 0; i+1 < len(again); i += 2 {
		place, _ := again[i].(int64)
		attempts, _ := again[i+1].(int64)
		if place < 1 || int(place) > len(got.jobs) {
			return claimed{}, fmt.Errorf("attempts of entry %d of %d", place, len(got.jobs))
		}
		got.jobs[place-1].Attempt = int(attempts)
	}
	return got, nil
}
