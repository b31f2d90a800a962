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

// benchmarkFind tells what finding one of many costs.
func benchmarkFind(b *testing.B, rdb redis.UniversalClient, n int) {
	p := rdb.Pipeline()
	k := keysOf(demo)
	for i := range n {
		id := fmt.Sprintf("n%d", i)
		p.HSet(b.Context(), k.rec(), id, fmt.Sprintf(`{"s":[1,%d],"n":[{"n":"+8190%08d"}],"a":"Taro Yamada%d"}`, i+1, i, i))
		for _, key := range nameKeys(fmt.Sprintf("Taro Yamada%d", i)) {
			p.ZAdd(b.Context(), k.names(), redis.Z{Member: key + "\x00" + id})
		}
		if p.Len() > 10000 {
			if _, err := p.Exec(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	}
	if _, err := p.Exec(b.Context()); err != nil {
		b.Fatal(err)
	}
	s := NewRedisStore(rdb)
	for b.Loop() {
		found, err := s.FindByName(b.Context(), demo, fmt.Sprintf("yamada%d", n/2), 1)
		if err != nil || len(found) != 1 {
			b.Fatalf("%d found: %v", len(found), err)
		}
	}
}
