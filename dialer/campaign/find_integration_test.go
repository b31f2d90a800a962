//go:build integration

package campaign

import (
	"fmt"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/internal/redisconn/redistest"
)

func BenchmarkFindByName(b *testing.B) {
	for _, n := range []int{1000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			rdb := redis.NewClient(&redis.Options{Addr: redistest.Run(b)})
			defer rdb.Close()
			benchmarkFind(b, rdb, n)
		})
	}
}
