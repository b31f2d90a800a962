package redisconn_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/hasshin/hasshin/internal/redisconn"
	"github.com/hasshin/hasshin/internal/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// logBuffer is a log that can be read while it is written.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
	wake chan struct{}
}

func newLog() (*logBuffer, zerolog.Logger) {
	l := &logBuffer{wake: make(chan struct{}, 1)}
	return l, zerolog.New(l)
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
	return l.text.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *logBuffer) waitFor(t *testing.T, text string) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for !strings.Contains(l.String(), text) {
		select {
		case <-l.wake:
		case <-deadline:
			t.Fatalf("the log never said %q; it has:\n%s", text, l)
		}
	}
}

func closed(t *testing.T, c *redisconn.Conn) {
	t.Helper()
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
}

func TestEmbeddedWorksAndWarns(t *testing.T) {
	log, logger := newLog()
	conn, err := redisconn.Open(t.Context(), redisconn.Config{Embedded: true}, logger)
	if err != nil {
		t.Fatal(err)
	}
	closed(t, conn)
	if !conn.Embedded() {
		t.Error("it does not say that it is embedded")
	}
	if !strings.Contains(log.String(), `"level":"warn"`) || !strings.Contains(log.String(), "NOTHING LASTS") {
		t.Errorf("no loud warning in the log: %s", log)
	}

	// Redis's own clock goes with ours, also inside of scripts.
	at, err := conn.Time(t.Context()).Result()
	if err != nil || time.Since(at).Abs() > 5*time.Second {
		t.Errorf("TIME is %v, %v", at, err)
	}
	script := redis.NewScript(`return redis.call('TIME')[1]`)
	if _, err := script.Run(t.Context(), conn, nil).Result(); err != nil {
		t.Errorf("TIME in a script: %v", err)
	}

	// Keys expire by themselves.
	if err := conn.Set(t.Context(), "lease", "1", 30*time.Millisecond).Err(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(5 * time.Second)
	for conn.Get(t.Context(), "lease").Err() == nil {
		if time.Now().After(deadline) {
			t.Fatal("a key with 30 ms to live is there after 5 s")
		}
	}
}

func TestWaitsForRedisToCome(t *testing.T) {
	// An address where nothing listens yet.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	log, logger := newLog()
	type opened struct {
		conn *redisconn.Conn
		err  error
	}
	done := make(chan opened, 1)
	go func() {
		conn, err := redisconn.Open(t.Context(), redisconn.Config{Addr: addr, Timeout: time.Second}, logger)
		done <- opened{conn, err}
	}()
	log.waitFor(t, "redis cannot be reached; waiting for it")
	if !strings.Contains(log.String(), addr) || !strings.Contains(log.String(), "connection refused") {
		t.Errorf("the log does not say what and where: %s", log)
	}

	late := miniredis.NewMiniRedis()
	if err := late.StartAddr(addr); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(late.Close)
	select {
	case got := <-done:
		if got.err != nil {
			t.Fatalf("open: %v", got.err)
		}
		if err := got.conn.Ping(t.Context()).Err(); err != nil {
			t.Errorf("ping: %v", err)
		}
		if err := got.conn.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it did not notice that redis has come")
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	log, logger := newLog()
	done := make(chan error, 1)
	go func() {
		_, err := redisconn.Open(ctx, redisconn.Config{Addr: "127.0.0.1:1", Timeout: time.Second}, logger)
		done <- err
	}()
	log.waitFor(t, "waiting for it")
	stopped := errors.New("told to stop")
	cancel(stopped)
	select {
	case err := <-done:
		if !errors.Is(err, stopped) || !strings.Contains(err.Error(), "127.0.0.1:1") {
			t.Errorf("the error is %v, want what ended it and where", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("still waiting 10 s after the context ended")
	}
}

func TestWrongPasswordIsFinal(t *testing.T) {
	mini := miniredis.RunT(t)
	mini.RequireAuth("right")
	_, logger := newLog()
	for name, password := range map[string]secret.String{"wrong": secret.New("guess"), "none": {}} {
		_, err := redisconn.Open(t.Context(), redisconn.Config{Addr: mini.Addr(), Password: password, Timeout: time.Second}, logger)
		if !errors.Is(err, redisconn.ErrAccess) || !strings.Contains(err.Error(), "redis.password") {
			t.Errorf("%s password: %v, want ErrAccess and what to correct", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "guess") {
			t.Errorf("the password is in the error: %v", err)
		}
	}
	conn, err := redisconn.Open(t.Context(), redisconn.Config{Addr: mini.Addr(), Password: secret.New("right"), Timeout: time.Second}, logger)
	if err != nil {
		t.Fatalf("right password: %v", err)
	}
	closed(t, conn)
}

// tells makes a miniredis answer INFO and CONFIG like some other server.
func tells(t *testing.T, infos map[string]string, policy string) *miniredis.Miniredis {
	t.Helper()
	mini := miniredis.RunT(t)
	mini.Server().SetPreHook(func(peer *server.Peer, cmd string, args ...string) bool {
		switch {
		case cmd == "INFO" && len(args) == 1:
			text, known := infos[strings.ToLower(args[0])]
			if !known {
				peer.WriteError("NOPERM this user has no permissions to run the 'info' command")
				return true
			}
			peer.WriteBulk(text)
			return true
		case cmd == "CONFIG" && policy == "":
			peer.WriteError("ERR unknown command 'CONFIG'")
			return true
		case cmd == "CONFIG":
			peer.WriteMapLen(1)
			peer.WriteBulk("maxmemory-policy")
			peer.WriteBulk(policy)
			return true
		}
		return false
	})
	return mini
}

func TestOnlyAFitRedisIsTaken(t *testing.T) {
	current := "# Server\r\nredis_version:7.2.4\r\n"
	tests := []struct {
		name   string
		infos  map[string]string
		policy string
		want   error
		says   string // in the error, or in the log when want is nil
	}{
		{name: "fit", infos: map[string]string{"server": current, "memory": "maxmemory_policy:noeviction\r\n"}, says: "connected to redis"},
		{name: "evicting by INFO", infos: map[string]string{"server": current, "memory": "maxmemory_policy:allkeys-lru\r\n"},
			want: redisconn.ErrEvicts, says: "its maxmemory-policy is allkeys-lru"},
		{name: "evicting by CONFIG", infos: map[string]string{"server": current}, policy: "volatile-ttl",
			want: redisconn.ErrEvicts, says: "CONFIG SET maxmemory-policy noeviction"},
		{name: "policy untold", infos: map[string]string{"server": current}, says: "does not tell its maxmemory-policy"},
		{name: "too old", infos: map[string]string{"server": "redis_version:6.0.16\r\n"}, policy: "noeviction",
			want: redisconn.ErrTooOld, says: "it is version 6.0.16, and 6.2 or later is needed"},
		{name: "just new enough", infos: map[string]string{"server": "redis_version:6.2.0\r\n"}, policy: "noeviction", says: "connected to redis"},
		{name: "version untold", policy: "noeviction", says: "does not tell its version"},
		{name: "replica", infos: map[string]string{"server": current, "replication": "role:slave\r\nmaster_host:10.0.0.9\r\nmaster_port:6379\r\n"},
			policy: "noeviction", want: redisconn.ErrReadOnly, says: "10.0.0.9:6379"},
		{name: "no append-only file", infos: map[string]string{"server": current, "persistence": "aof_enabled:0\r\n"}, policy: "noeviction",
			says: "appendonly yes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			mini := tells(t, tt.infos, tt.policy)
			log, logger := newLog()
			conn, err := redisconn.Open(t.Context(), redisconn.Config{Addr: mini.Addr(), Timeout: time.Second}, logger)
			if !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
			text := log.String()
			if err != nil {
				text = err.Error()
			} else {
				closed(t, conn)
			}
			if !strings.Contains(text, tt.says) {
				t.Errorf("it says\n%s\nwant %q in it", text, tt.says)
			}
		})
	}
}
