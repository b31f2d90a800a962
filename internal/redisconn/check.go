package redisconn

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
)

// What makes a Redis unfit. Each comes wrapped in a text that says what to do.
var (
	// ErrEvicts: it throws keys away when memory runs out.
	ErrEvicts = errors.New("redis evicts keys")
	// ErrTooOld: it lacks commands that are used.
	ErrTooOld = errors.New("redis is too old")
	// ErrReadOnly: it is a replica.
	ErrReadOnly = errors.New("redis is a read-only replica")
)

// minVersion is the oldest Redis whose commands suffice (GETEX, ZADD GT, COPY…).
var minVersion = [2]int{6, 2}

// check asks Redis, or each server of a cluster, whether it is fit. Errors that
// are not final mean that it could not be asked.
func check(ctx context.Context, client redis.UniversalClient, logger zerolog.Logger) error {
	if err := client.Ping(ctx).Err(); err != nil {
		return access(err)
	}
	cluster, ok := client.(*redis.ClusterClient)
	if !ok {
		return checkServer(ctx, client, false, logger)
	}
	about, err := cluster.ClusterInfo(ctx).Result()
	if err != nil {
		return access(err)
	}
	if state := fields(about)["cluster_state"]; state != "ok" {
		return fmt.Errorf("the cluster's state is %q: some of its slots are served by nobody", state)
	}
	var mu sync.Mutex // one at a time, so that the messages do not mix
	return cluster.ForEachShard(ctx, func(ctx context.Context, server *redis.Client) error {
		mu.Lock()
		defer mu.Unlock()
		if err := checkServer(ctx, server, true, logger); err != nil {
			return fmt.Errorf("server %s: %w", server.Options().Addr, err)
		}
		return nil
	})
}

// server is the part of the client that asks one server.
type server interface {
	Info(ctx context.Context, sections ...string) *redis.StringCmd
	ConfigGet(ctx context.Context, parameter string) *redis.MapStringStringCmd
}

func checkServer(ctx context.Context, s server, inCluster bool, logger zerolog.Logger) error {
	about, err := info(ctx, s, "server")
	if err != nil {
		return err
	}
	if err := checkVersion(about["redis_version"], logger); err != nil {
		return err
	}
	replication, err := info(ctx, s, "replication")
	if err != nil {
		return err
	}
	if replication["role"] == "slave" && !inCluster {
		return fmt.Errorf("%w of %s:%s; give that one's address, or the sentinels' and sentinel_master",
			ErrReadOnly, replication["master_host"], replication["master_port"])
	}
	if err := checkEviction(ctx, s, logger); err != nil {
		return err
	}
	persistence, err := info(ctx, s, "persistence")
	if err != nil {
		return err
	}
	if persistence["aof_enabled"] == "0" {
		logger.Warn().Msg("redis keeps no append-only file: when it crashes, what was promised since its last snapshot is lost. Set `appendonly yes`")
	}
	return nil
}

// checkVersion lets pass what does not tell its version: servers that speak Redis's protocol and are none.
func checkVersion(version string, logger zerolog.Logger) error {
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	x, errX := strconv.Atoi(major)
	y, errY := strconv.Atoi(minor)
	if errX != nil || errY != nil {
		logger.Warn().Str("version", version).Msgf("redis does not tell its version; %d.%d or later is needed", minVersion[0], minVersion[1])
		return nil
	}
	if x < minVersion[0] || x == minVersion[0] && y < minVersion[1] {
		return fmt.Errorf("%w: it is version %s, and %d.%d or later is needed; upgrade it", ErrTooOld, version, minVersion[0], minVersion[1])
	}
	return nil
}

// checkEviction refuses every policy but noeviction, also when no memory limit
// is set yet: records, leases and promised callbacks would silently be gone on
// the day one is.
func checkEviction(ctx context.Context, s server, logger zerolog.Logger) error {
	memory, err := info(ctx, s, "memory")
	if err != nil {
		return err
	}
	policy := memory["maxmemory_policy"]
	if policy == "" {
		// Old or managed servers leave it out of INFO; CONFIG may be forbidden. Both is allowed to fail.
		settings, err := s.ConfigGet(ctx, "maxmemory-policy").Result()
		if err != nil && !isReply(err) {
			return err
		}
		policy = settings["maxmemory-policy"]
	}
	switch policy {
	case "noeviction":
		return nil
	case "":
		logger.Warn().Msg("redis does not tell its maxmemory-policy; it must be noeviction, or lists and promised callbacks can vanish when memory runs out")
		return nil
	}
	return fmt.Errorf("%w: its maxmemory-policy is %s, so that lists and promised callbacks would vanish when memory runs out; "+
		"use a Redis of its own for hasshin with `maxmemory-policy noeviction` in redis.conf (at once: redis-cli CONFIG SET maxmemory-policy noeviction)",
		ErrEvicts, policy)
}

// info reads one section of INFO. It is empty when the server refuses to tell.
func info(ctx context.Context, s server, section string) (map[string]string, error) {
	text, err := s.Info(ctx, section).Result()
	if err != nil {
		if isReply(err) && !strings.HasPrefix(err.Error(), "LOADING") {
			return nil, nil
		}
		return nil, err
	}
	return fields(text), nil
}

// fields takes the lines key:value of INFO apart.
func fields(text string) map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			all[key] = value
		}
	}
	return all
}

// isReply tells whether the error is Redis's own answer, not a lost connection.
func isReply(err error) bool {
	var reply redis.Error
	return errors.As(err, &reply)
}
