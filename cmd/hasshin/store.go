package main

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/config"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/internal/redisconn"
)

// withRedis does something with what the server keeps in Redis.
func withRedis(ctx context.Context, std streams, cfg *config.Config, do func(redis.UniversalClient) error) (err error) {
	if cfg.Redis.Embedded {
		return errors.New("redis is embedded in the server, where no other program can reach it; configure a Redis of its own")
	}
	log := cfg.Log
	log.Level = "warn" // that it connected goes without saying here
	rdb, err := redisconn.Open(ctx, cfg.Redis, newLogger(log, std.err))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rdb.Close()) }()
	return do(rdb)
}

// withStore does something with the calling lists in Redis.
func withStore(ctx context.Context, std streams, cfg *config.Config, do func(*campaign.RedisStore) error) error {
	return withRedis(ctx, std, cfg, func(rdb redis.UniversalClient) error {
		return do(campaign.NewRedisStore(rdb).For(cfg.Dialer.Campaigns))
	})
}

// loadFor reads the configuration for a command that is about a campaign, or with "" about all.
func loadFor(path, id string) (*config.Config, campaign.Config, error) {
	cfg, err := config.Load(path)
	if err != nil {
		return nil, campaign.Config{}, counted(err)
	}
	c, known := cfg.Dialer.Campaigns[id]
	if id != "" && !known {
		return nil, c, unknownCampaign(id, cfg)
	}
	return cfg, c, nil
}
