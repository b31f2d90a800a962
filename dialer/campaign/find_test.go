package campaign

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
)

// namesList is a list of contacts of these names, with the ids n0, n1 …
func namesList(names ...string) string {
	var b strings.Builder
	b.WriteString("id,phone,name\n")
	for i, name := range names {
		fmt.Fprintf(&b, "n%d,090-1234-%04d,%s\n", i, i, name)
	}
	return b.String()
}

func foundBy(t *testing.T, s *RedisStore, text string, most int) []string {
	t.Helper()
	found, err := s.FindByName(t.Context(), demo, text, most)
	must(t, err)
	ids := []string{}
	for _, r := range found {
		ids = append(ids, r.ID)
	}
	slices.Sort(ids)
	return ids
}

func TestContactsAreFoundByAnyWordsOfTheirNames(t *testing.T) {
	rdb := newMiniredis(t)
	_, err := importFile(t, rdb, listIn(), writeList(t, namesList(
		"Taro Yamada", "YAMADA Hanako", "Jan van Dijk", "山田　太郎", "山田花子", "Søren Müller-Łódź", "ヤマダ タロウ", "", "Dijkstra Edsger", "山口 太郎")))
	must(t, err)
	s := NewRedisStore(rdb)
	for text, want := range map[string][]string{
		"yamada": {"n0", "n1"}, "Yamada ta": {"n0"}, "taro yam": {"n0"}, "TARO": {"n0"}, "amada": {}, "yamada taro hanako": {},
		"dijk": {"n2", "n8"}, "van": {"n2"}, "jan dijk": {"n2"}, "dijk v": {"n2"}, "van jan dij": {"n2"}, "jan jan": {},
		"山田": {"n3", "n4"}, "山田太郎": {"n3"}, "山田 太郎": {"n3"}, "太郎": {"n3", "n9"}, "山田 花子": {"n4"}, "山": {"n3", "n4", "n9"},
		"muller": {"n5"}, "lodz sor": {"n5"}, "やまだ": {"n6"}, "ﾔﾏﾀﾞ": {"n6"}, "やまだたろう": {"n6"}, "": {}, " ・ ": {},
	} {
		if diff := cmp.Diff(want, foundBy(t, s, text, 10)); diff != "" {
			t.Errorf("%q finds (-want +got):\n%s", text, diff)
		}
	}
	if got := foundBy(t, s, "山", 2); len(got) != 2 {
		t.Errorf("%q, want two of them", got)
	}
}

func TestAListOfAnOlderVersionIsIndexedHoweverOftenItIsBrokenOff(t *testing.T) {
	rdb := newMiniredis(t)
	var names []string
	for i := range 2500 {
		names = append(names, fmt.Sprintf("Taro Yamada%d", i))
	}
	_, err := importFile(t, rdb, listIn(), writeList(t, namesList(names...)))
	must(t, err)
	k := keysOf(demo)
	want, err := rdb.ZRange(t.Context(), k.names(), 0, -1).Result()
	must(t, err)
	must(t, rdb.Del(t.Context(), k.names()).Err())
	must(t, rdb.HDel(t.Context(), k.seq(), "named").Err())
	s := NewRedisStore(rdb)
	if got := foundBy(t, s, "taro", 10); len(got) != 0 {
		t.Fatalf("%q are found without an index", got)
	}
	for _, at := range []string{"hscan", "zadd", "hset"} {
		broken := &breaker{command: at}
		rdb.AddHook(broken)
		if err := s.IndexNames(t.Context(), demo); !errors.Is(err, errCut) {
			t.Fatalf("broken off at %s: %v", at, err)
		}
		broken.command = ""
	}
	must(t, s.IndexNames(t.Context(), demo))
	got, err := rdb.ZRange(t.Context(), k.names(), 0, -1).Result()
	must(t, err)
	if !slices.Equal(got, want) || len(got) != 5000 {
		t.Errorf("%d names, want %d", len(got), len(want))
	}
	must(t, rdb.Del(t.Context(), k.names()).Err())
	must(t, s.IndexNames(t.Context(), demo)) // done before: does nothing
	if n, err := rdb.ZCard(t.Context(), k.names()).Result(); err != nil || n != 0 {
		t.Errorf("%d names: %v", n, err)
	}
}

// breaker is a connection to Redis that breaks at a command.
type breaker struct{ command string }

func (b *breaker) DialHook(next redis.DialHook) redis.DialHook { return next }

func (b *breaker) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() == b.command {
			return errCut
		}
		return next(ctx, cmd)
	}
}

func (b *breaker) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}
