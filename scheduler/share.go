package scheduler

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// keepShare is heard of in Redis again and again, and tells which shards are this process's. While Redis does not answer it keeps the shards it
// had: a claim is safe whoever makes it, and somebody has to.
func (r *runner) keepShare(ctx context.Context) {
	s := r.s
	every := s.cfg.Membership / 4
	timer := time.NewTimer(0)
	defer timer.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-r.reshare:
		}
		shards, err := s.share(ctx, s.cfg.Membership)
		switch {
		case err == nil:
			failing = false
			select {
			case r.shares <- shards:
			case <-ctx.Done():
				return
			}
		case ctx.Err() == nil && !failing:
			failing = true
			s.log.Warn().Err(err).Msg("no word from redis on how the shards are shared out; going on with those there were")
		}
		timer.Reset(every)
	}
}

// share makes this process heard of for as long as lease says and returns its shards; a lease of 0 leaves.
func (s *Scheduler) share(ctx context.Context, lease time.Duration) ([]int, error) {
	ctx, cancel := context.WithTimeout(ctx, max(s.cfg.Membership/2, 100*time.Millisecond))
	defer cancel()
	keys := []string{commonKey(s.cfg.Name, "members"), commonKey(s.cfg.Name, "owners")}
	cmd := pipeline(ctx, s.rdb, []call{{shareScript, keys, []any{s.cfg.Process, s.cfg.Shards, lease.Milliseconds(), s.channel}}}, nil)[0]
	numbers, err := cmd.Int64Slice()
	if err != nil {
		s.refresh(ctx, err)
		return nil, fmt.Errorf("share shards: %w", err)
	}
	if len(numbers) < 1 {
		return nil, fmt.Errorf("share shards: redis answered nothing")
	}
	shards := make([]int, len(numbers)-1)
	for i, n := range numbers[1:] {
		shards[i] = int(n)
	}
	return shards, nil
}

// wake is word of an earlier head.
type wake struct {
	shard int
	head  float64
}

// listen takes messages until ctx ends. The client library subscribes again when the connection is lost; what is missed meanwhile, and what comes
// faster than it is taken, is found by the poll.
func (r *runner) listen(ctx context.Context) {
	sub := r.s.rdb.Subscribe(ctx, r.s.channel)
	defer sub.Close()
	messages := sub.Channel()
	for {
		select {
		case <-ctx.Done():
			return
		case m, open := <-messages:
			if !open {
				return
			}
			if m.Payload == "share" {
				select {
				case r.reshare <- struct{}{}:
				default:
				}
				continue
			}
			shard, head, _ := strings.Cut(m.Payload, " ")
			n, errN := strconv.Atoi(shard)
			score, errScore := strconv.ParseFloat(head, 64)
			if errN != nil || errScore != nil || n < 0 || n >= r.s.cfg.Shards {
				r.s.log.Warn().Str("message", m.Payload).Msg("a message to wake up makes no sense")
				continue
			}
			select {
			case r.wakes <- wake{n, score}:
			default:
			}
		}
	}
}
