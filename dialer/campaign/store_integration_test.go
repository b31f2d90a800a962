//go:build integration

package campaign

import (
	"context"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/internal/redisconn/redistest"
)

// connect gives a client of a Redis that is closed when the test ends.
func connect(t testing.TB, addr string, db int) redis.UniversalClient {
	t.Helper()
	rdb := redis.NewClient(&redis.Options{Addr: addr, DB: db})
	t.Cleanup(func() {
		if err := rdb.Close(); err != nil {
			t.Error(err)
		}
	})
	return rdb
}

// The same suite as on the Redis within the process, on a real one.
func TestRedisStoreOnRedis(t *testing.T) {
	addr := redistest.Run(t)
	testStore(t, func(t testing.TB) redis.UniversalClient {
		rdb := connect(t, addr, 0)
		must(t, rdb.FlushAll(t.Context()).Err())
		return rdb
	})
}

// Redis Cluster refuses scripts whose keys are in several slots: all keys of a campaign have to be in one.
func TestRedisStoreOnCluster(t *testing.T) {
	addr := redistest.Run(t, "--cluster-enabled", "yes")
	node := connect(t, addr, 0)
	must(t, node.Do(t.Context(), "CLUSTER", "ADDSLOTSRANGE", 0, 16383).Err())
	eventually(t, "the cluster of one node is up", func() bool {
		info, err := node.Do(t.Context(), "CLUSTER", "INFO").Text()
		must(t, err)
		return len(info) > 16 && info[:16] == "cluster_state:ok"
	})
	testStore(t, func(t testing.TB) redis.UniversalClient {
		must(t, node.FlushAll(t.Context()).Err())
		rdb := redis.NewClusterClient(&redis.ClusterOptions{
			// The node calls itself by an address within its container.
			ClusterSlots: func(context.Context) ([]redis.ClusterSlot, error) {
				return []redis.ClusterSlot{{Start: 0, End: 16383, Nodes: []redis.ClusterNode{{Addr: addr}}}}, nil
			},
		})
		t.Cleanup(func() {
			if err := rdb.Close(); err != nil {
				t.Error(err)
			}
		})
		return rdb
	})
}
