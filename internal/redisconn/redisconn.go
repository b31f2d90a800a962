// Package redisconn connects to the Redis that holds what must last: it waits
// until Redis is there, refuses one that would lose data by eviction or is too
// old, and can run one inside of the process to try hasshin without any.
package redisconn

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/rs/zerolog"
)

// Conn is a connection to Redis, whatever kind it is.
type Conn struct {
	redis.UniversalClient

	embedded *miniredis.Miniredis // nil when Redis is outside
}

// Embedded tells whether this Redis is inside of the process, so that nothing in it lasts.
func (c *Conn) Embedded() bool { return c.embedded != nil }

// Close ends the connections, and an embedded Redis with them.
func (c *Conn) Close() error {
	err := c.UniversalClient.Close()
	if c.embedded != nil {
		c.embedded.Close()
	}
	return err
}

// ErrAccess says that Redis is there and does not let us in: a wrong password,
// user or certificate. Waiting does not help.
var ErrAccess = errors.New("redis refuses access")

// Backoff between attempts to connect, and how often to say that they fail.
const (
	firstRetry = 200 * time.Millisecond
	lastRetry  = 3 * time.Second
	sayEvery   = 5 * time.Second
)

// Open connects. While Redis cannot be reached it tries again, and says so every
// few seconds, until ctx ends. An [ErrAccess], [ErrEvicts], [ErrTooOld] or
// [ErrReadOnly] is final and comes at once.
func Open(ctx context.Context, cfg Config, logger zerolog.Logger) (*Conn, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("redis: %w", err)
	}
	passLogsTo(logger)
	if cfg.Embedded {
		return openEmbedded(cfg, logger)
	}
	client, err := newClient(cfg)
	if err != nil {
		return nil, fmt.Errorf("redis: %w", err)
	}
	if err := settle(ctx, client, cfg, logger); err != nil {
		return nil, errors.Join(fmt.Errorf("redis %s: %w", cfg.Where(), err), client.Close())
	}
	logger.Info().Str("redis", cfg.Where()).Msg("connected to redis")
	return &Conn{UniversalClient: client}, nil
}

// settle waits until Redis answers, then checks it.
func settle(ctx context.Context, client redis.UniversalClient, cfg Config, logger zerolog.Logger) error {
	retry, said := firstRetry, time.Time{}
	for {
		err := check(ctx, client, logger)
		if err == nil || isFinal(err) {
			return err
		}
		if ctx.Err() != nil {
			return fmt.Errorf("gave up waiting for it (%w): %w", context.Cause(ctx), err)
		}
		if time.Since(said) >= sayEvery {
			said = time.Now()
			logger.Warn().Err(err).Str("redis", cfg.Where()).
				Msg("redis cannot be reached; waiting for it. Start it, or correct `redis` in the configuration")
		}
		select {
		case <-ctx.Done():
		case <-time.After(retry):
		}
		retry = min(retry*2, lastRetry)
	}
}

func isFinal(err error) bool {
	for _, final := range []error{ErrAccess, ErrEvicts, ErrTooOld, ErrReadOnly} {
		if errors.Is(err, final) {
			return true
		}
	}
	return false
}

// access marks the errors that mean we are not let in.
func access(err error) error {
	if err == nil {
		return nil
	}
	for _, sign := range []string{"NOAUTH", "WRONGPASS", "NOPERM", "ERR invalid password", "ERR AUTH"} {
		if strings.Contains(err.Error(), sign) {
			return fmt.Errorf("%w: %w; correct `redis.username` and `redis.password`", ErrAccess, err)
		}
	}
	var unknown x509.UnknownAuthorityError
	var wrongName x509.HostnameError
	var invalid x509.CertificateInvalidError
	if errors.As(err, &unknown) || errors.As(err, &wrongName) || errors.As(err, &invalid) {
		return fmt.Errorf("%w: %w; correct `redis.tls`", ErrAccess, err)
	}
	return err
}

func newClient(cfg Config) (redis.UniversalClient, error) {
	tlsConfig, err := cfg.TLS.client()
	if err != nil {
		return nil, err
	}
	return redis.NewUniversalClient(&redis.UniversalOptions{
		Addrs:            cfg.addrs(),
		ClientName:       "hasshin",
		DB:               cfg.DB,
		Username:         cfg.Username,
		Password:         cfg.Password.Reveal(),
		MasterName:       cfg.SentinelMaster,
		SentinelUsername: cfg.SentinelUsername,
		SentinelPassword: cfg.SentinelPassword.Reveal(),
		IsClusterMode:    cfg.Cluster,
		TLSConfig:        tlsConfig,
		PoolSize:         cfg.PoolSize,
		DialTimeout:      cfg.Timeout,
		ReadTimeout:      cfg.Timeout,
		WriteTimeout:     cfg.Timeout,
		// A context's deadline counts, also when it is shorter than Timeout.
		ContextTimeoutEnabled: true,
		// The waiting is ours, and it says what it waits for.
		DialerRetries: 1,
		// Announcements of maintenance come only from Redis's paid editions; asking for them costs each connection an error elsewhere.
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}), nil
}

func openEmbedded(cfg Config, logger zerolog.Logger) (*Conn, error) {
	server := miniredis.NewMiniRedis()
	// On loopback and on a port of the system's choosing. Without ClockTTL its keys would never expire.
	if err := server.Start(); err != nil {
		return nil, fmt.Errorf("embedded redis: %w", err)
	}
	server.ClockTTL(true)
	cfg.Addr, cfg.Addrs = server.Addr(), nil
	client, err := newClient(cfg)
	if err != nil {
		server.Close()
		return nil, fmt.Errorf("embedded redis: %w", err)
	}
	logger.Warn().Msg("NOTHING LASTS: `redis: embedded` keeps lists, calls and callbacks in memory and loses them all when hasshin ends. For anything but a trial run a Redis")
	return &Conn{UniversalClient: client, embedded: server}, nil
}

// The client library has one logger for the whole process and would otherwise print to stderr by itself.
var logsOnce sync.Once

func passLogsTo(logger zerolog.Logger) {
	logsOnce.Do(func() { redis.SetLogger(libraryLog{logger}) })
}

// libraryLog takes what the client library says of its connections at debug level: what matters comes as errors of commands.
type libraryLog struct{ logger zerolog.Logger }

func (l libraryLog) Printf(_ context.Context, format string, v ...any) {
	l.logger.Debug().Str("from", "go-redis").Msgf(format, v...)
}
