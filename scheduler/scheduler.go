package scheduler

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/internal/redisconn"
)

// Scheduler is the entries of one name. It is safe for concurrent use, has no goroutine of its own outside of Run, and needs no closing.
type Scheduler struct {
	cfg         Config
	rdb         redis.UniversalClient
	keys        []shardKeys
	channel     string
	committer   committer
	acker       acker
	metrics     *metrics
	log         zerolog.Logger
	checked     atomic.Bool  // the number of shards in Redis is ours
	concurrency atomic.Int64 // see SetConcurrency
	resized     chan struct{}
	running     atomic.Bool
}

// New makes a scheduler. It does not speak to Redis yet.
func New(cfg Config) (*Scheduler, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("scheduler: %w", err)
	}
	cfg = cfg.withDefaults()
	rdb := cfg.Redis
	if conn, ok := rdb.(*redisconn.Conn); ok {
		rdb = conn.UniversalClient
	}
	s := &Scheduler{
		cfg: cfg, rdb: rdb, channel: commonKey(cfg.Name, "wake"), resized: make(chan struct{}, 1),
		log: cfg.Logger.With().Str("scheduler", cfg.Name).Logger(),
	}
	s.committer.s, s.acker.s = s, s
	s.concurrency.Store(int64(cfg.Concurrency))
	for shard := range cfg.Shards {
		s.keys = append(s.keys, keysOfShard(cfg.Name, shard))
	}
	var err error
	if s.metrics, err = newMetrics(cfg.Name, cfg.Registerer); err != nil {
		return nil, fmt.Errorf("scheduler %s: metrics: %w", cfg.Name, err)
	}
	return s, nil
}

// Process is the name of this process in Redis.
func (s *Scheduler) Process() string { return s.cfg.Process }

// Shard is the shard of an id.
func (s *Scheduler) Shard(id string) int { return shardOf(id, s.cfg.Shards) }

// Shards is their number.
func (s *Scheduler) Shards() int { return s.cfg.Shards }

func (s *Scheduler) keysOf(id string) shardKeys { return s.keys[s.Shard(id)] }

// Now reads the clock of the Redis server. In a cluster each server has its own; this is the one of the shard with number 0.
func (s *Scheduler) Now(ctx context.Context) (time.Time, error) {
	looked, err := s.look(ctx, 0, 0, "old")
	if err != nil {
		return time.Time{}, fmt.Errorf("scheduler %s: clock of redis: %w", s.cfg.Name, err)
	}
	return looked.at, nil
}

// Stats are numbers of entries.
type Stats struct {
	Entries int64 // all, claimed or not
	Overdue int64 // due now and not claimed
}

// Stats counts the entries, by the clock of the Redis server.
func (s *Scheduler) Stats(ctx context.Context) (Stats, error) {
	now, err := s.Now(ctx)
	if err != nil {
		return Stats{}, err
	}
	all, overdue := make([]*redis.IntCmd, s.cfg.Shards), make([]*redis.IntCmd, s.cfg.Shards)
	_, err = s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for shard, k := range s.keys {
			all[shard] = p.ZCard(ctx, k.due)
			overdue[shard] = p.ZCount(ctx, k.due, "-inf", "("+strconv.FormatInt(now.UnixMilli()+1, 10))
		}
		return nil
	})
	if err != nil {
		return Stats{}, fmt.Errorf("scheduler %s: count entries: %w", s.cfg.Name, err)
	}
	var sum Stats
	for shard := range s.keys {
		sum.Entries += all[shard].Val()
		sum.Overdue += overdue[shard].Val()
	}
	return sum, nil
}

// run runs one script and tries again while the error is a passing one, until ctx or the Config's Timeout ends.
func (s *Scheduler) run(ctx context.Context, c call) *redis.Cmd {
	var cmd *redis.Cmd
	s.again(ctx, func(ctx context.Context) error {
		cmd = pipeline(ctx, s.rdb, []call{c}, nil)[0]
		return cmd.Err()
	})
	return cmd
}

// again calls try until its error is none or no passing one, or the time is up.
func (s *Scheduler) again(ctx context.Context, try func(context.Context) error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	pause := 20 * time.Millisecond
	for {
		err := try(ctx)
		if err == nil || !isPassing(err) || ctx.Err() != nil {
			return
		}
		s.refresh(ctx, err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		pause = min(pause*2, 500*time.Millisecond)
	}
}

// refresh makes a cluster client ask anew who has which slot, after an error that says it does not know.
func (s *Scheduler) refresh(ctx context.Context, err error) {
	cluster, ok := s.rdb.(*redis.ClusterClient)
	if ok && !errors.Is(err, context.Canceled) {
		cluster.ReloadState(ctx)
	}
}

// checkShards refuses to work with another number of shards than the one that entries have been spread by.
func (s *Scheduler) checkShards(ctx context.Context) error {
	if s.checked.Load() {
		return nil
	}
	key := commonKey(s.cfg.Name, "shards")
	var there string
	var failed error
	s.again(ctx, func(ctx context.Context) error {
		if failed = s.rdb.SetNX(ctx, key, s.cfg.Shards, 0).Err(); failed != nil {
			return failed
		}
		there, failed = s.rdb.Get(ctx, key).Result()
		return failed
	})
	if failed != nil {
		return fmt.Errorf("read the number of shards: %w", failed)
	}
	if there != strconv.Itoa(s.cfg.Shards) {
		return fmt.Errorf("%w: %s in Redis, %d here", ErrShards, there, s.cfg.Shards)
	}
	s.checked.Store(true)
	return nil
}
