package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/redis/go-redis/v9"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
	"github.com/testcontainers/testcontainers-go/wait"

	redisimage "github.com/hasshin/hasshin/deploy/redis"
)

// StartRedis starts a Redis with an empty memory on a free port of loopback and returns its address and what ends it.
func StartRedis(ctx context.Context) (addr string, end func(context.Context) error, err error) {
	end = func(context.Context) error { return nil }
	port, err := freePort()
	if err != nil {
		return "", end, err
	}
	ctr, err := testcontainers.Run(ctx, redisimage.Image,
		testcontainers.WithLogger(log.NewNoopLogger()),
		testcontainers.WithEnv(map[string]string{"REDIS_PORT": strconv.Itoa(port)}),
		testcontainers.WithConfigModifier(func(c *container.Config) { c.Healthcheck = &container.HealthConfig{Test: []string{"NONE"}} }),
		testcontainers.WithHostConfigModifier(func(hc *container.HostConfig) { hc.NetworkMode = "host" }),
		testcontainers.WithWaitStrategyAndDeadline(30*time.Second, wait.ForLog("Ready to accept connections")),
	)
	if ctr != nil {
		end = func(ctx context.Context) error { return ctr.Terminate(ctx, testcontainers.StopTimeout(0)) }
	}
	if err != nil {
		return "", end, fmt.Errorf("%s (make images builds it): %w", redisimage.Image, err)
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), end, nil
}

func (s *Stack) startRedis(ctx context.Context) (string, error) {
	addr, end, err := StartRedis(ctx)
	s.closers = append(s.closers, end)
	return addr, err
}

// freePort asks the system for a port that nobody has.
func freePort() (int, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, errors.Join(l.Close())
}

// RedisTells reads a number from a section of Redis's INFO.
func RedisTells(ctx context.Context, rdb redis.UniversalClient, section, field string) (float64, error) {
	text, err := rdb.Info(ctx, section).Result()
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, field+":"); ok {
			return strconv.ParseFloat(strings.TrimSpace(value), 64)
		}
	}
	return 0, fmt.Errorf("redis does not tell %s", field)
}

// UsedMemory is what a Redis has allocated, in bytes.
func UsedMemory(ctx context.Context, rdb redis.UniversalClient) (float64, error) {
	return RedisTells(ctx, rdb, "memory", "used_memory")
}
