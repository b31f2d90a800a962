package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/hasshin/hasshin/config"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/internal/redisconn"
)

// withStore does something with the calling lists in Redis.
func withStore(ctx context.Context, std streams, cfg *config.Config, do func(*campaign.RedisStore) error) (err error) {
	if cfg.Redis.Embedded {
		return fmt.Errorf("redis is embedded in the server, where no other program can reach it; configure a Redis of its own")
	}
	log := cfg.Log
	log.Level = "warn" // that it connected goes without saying here
	rdb, err := redisconn.Open(ctx, cfg.Redis, newLogger(log, std.err))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rdb.Close()) }()
	return do(campaign.NewRedisStore(rdb).For(cfg.Dialer.Campaigns))
}
