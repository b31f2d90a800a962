//go:build integration

package redisconn_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/internal/redisconn"
	"github.com/hasshin/hasshin/internal/redisconn/redistest"
	"github.com/hasshin/hasshin/internal/secret"
)

func TestRealRedis(t *testing.T) {
	addr := redistest.Run(t)
	log, logger := newLog()
	conn, err := redisconn.Open(t.Context(), redisconn.Config{Addr: addr, Timeout: 3 * time.Second}, logger)
	if err != nil {
		t.Fatal(err)
	}
	closed(t, conn)
	if conn.Embedded() {
		t.Error("it says that it is embedded")
	}
	if strings.Contains(log.String(), `"level":"warn"`) {
		t.Errorf("our own Redis is warned about: %s", log)
	}
	if err := conn.Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Error(err)
	}
}

func TestRealRedisThatEvicts(t *testing.T) {
	addr := redistest.Run(t, "--maxmemory-policy", "allkeys-lru")
	_, logger := newLog()
	_, err := redisconn.Open(t.Context(), redisconn.Config{Addr: addr, Timeout: 3 * time.Second}, logger)
	if !errors.Is(err, redisconn.ErrEvicts) || !strings.Contains(err.Error(), "allkeys-lru") ||
		!strings.Contains(err.Error(), "CONFIG SET maxmemory-policy noeviction") {
		t.Errorf("error %v, want ErrEvicts, which policy it is and how to change it", err)
	}
}

func TestRealRedisWithPassword(t *testing.T) {
	addr := redistest.Run(t, "--requirepass", "right", "--appendonly", "no")
	log, logger := newLog()
	for name, password := range map[string]secret.String{"wrong": secret.New("guess"), "none": {}} {
		_, err := redisconn.Open(t.Context(), redisconn.Config{Addr: addr, Password: password, Timeout: 3 * time.Second}, logger)
		if !errors.Is(err, redisconn.ErrAccess) {
			t.Errorf("%s password: %v, want ErrAccess", name, err)
		}
	}
	conn, err := redisconn.Open(t.Context(), redisconn.Config{Addr: addr, Password: secret.New("right"), Timeout: 3 * time.Second}, logger)
	if err != nil {
		t.Fatal(err)
	}
	closed(t, conn)
	if !strings.Contains(log.String(), "appendonly yes") {
		t.Errorf("nothing is said of the missing append-only file: %s", log)
	}
	// A user who may use data and ask nothing about the server, as managed Redis gives.
	if err := conn.Do(t.Context(), "ACL", "SETUSER", "limited", "on", ">pw", "~*", "&*", "+@all", "-@admin", "-@dangerous").Err(); err != nil {
		t.Fatal(err)
	}
	log, logger = newLog()
	limited, err := redisconn.Open(t.Context(), redisconn.Config{Addr: addr, Username: "limited", Password: secret.New("pw"), Timeout: 3 * time.Second}, logger)
	if err != nil {
		t.Fatalf("a user who may not ask for INFO and CONFIG: %v", err)
	}
	closed(t, limited)
	if !strings.Contains(log.String(), "does not tell its maxmemory-policy") {
		t.Errorf("nothing is said of the untold policy: %s", log)
	}
}

func TestRealCluster(t *testing.T) {
	addr := redistest.Run(t, "--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1")
	_, logger := newLog()
	// One server with all slots is a cluster. What it announces is its port within the container, so it is asked by the single-server
	// client to take the slots, and the cluster client has to find the way by the address it was given.
	single, err := redisconn.Open(t.Context(), redisconn.Config{Addr: addr, Timeout: 3 * time.Second}, logger)
	if err != nil {
		t.Fatal(err)
	}
	closed(t, single)
	_, port, _ := strings.Cut(addr, ":")
	for _, command := range [][]any{
		{"CONFIG", "SET", "cluster-announce-port", port},
		{"CLUSTER", "ADDSLOTSRANGE", "0", "16383"},
	} {
		if err := single.Do(t.Context(), command...).Err(); err != nil {
			t.Fatalf("%v: %v", command, err)
		}
	}
	conn, err := redisconn.Open(t.Context(), redisconn.Config{Addr: addr, Cluster: true, Timeout: 3 * time.Second}, logger)
	if err != nil {
		t.Fatal(err)
	}
	closed(t, conn)
	if err := conn.Set(t.Context(), "{hs:demo}:k", "v", 0).Err(); err != nil {
		t.Error(err)
	}
	if err := single.Do(t.Context(), "CONFIG", "SET", "maxmemory-policy", "volatile-lru").Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := redisconn.Open(t.Context(), redisconn.Config{Addr: addr, Cluster: true, Timeout: 3 * time.Second}, logger); !errors.Is(err, redisconn.ErrEvicts) {
		t.Errorf("error %v, want ErrEvicts", err)
	}
}
