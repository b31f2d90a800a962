package directory

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
)

// newMemory is a memory in a Redis of its own, and that Redis.
func newMemory(t testing.TB) (*RedisMemory, *miniredis.Miniredis) {
	t.Helper()
	server := miniredis.RunT(t)
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1})
	t.Cleanup(func() { must(t, rdb.Close()) })
	return NewRedisMemory(rdb), server
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func remembered(t testing.TB, m Memory, agent string) Remembered {
	t.Helper()
	r, err := m.Remembered(t.Context(), agent)
	must(t, err)
	return r
}

func TestMemoryOfFavourites(t *testing.T) {
	m, server := newMemory(t)
	server.SetTime(nine)
	odd := Ref{Agent, "spaces are\nfine"}
	must(t, m.SetFavourite(t.Context(), "hanako", odd, true))
	server.SetTime(nine.Add(time.Minute))
	must(t, m.SetFavourite(t.Context(), "hanako", Ref{Number, "+81312345678"}, true))
	must(t, m.SetFavourite(t.Context(), "hanako", odd, true)) // again: keeps its time
	want := map[Ref]time.Time{odd: nine, {Number, "+81312345678"}: nine.Add(time.Minute)}
	got := remembered(t, m, "hanako")
	if diff := cmp.Diff(want, got.Favourites); diff != "" {
		t.Errorf("favourites (-want +got):\n%s", diff)
	}
	if len(got.Recents) != 0 {
		t.Errorf("recents: %v, want none", got.Recents)
	}
	if others := remembered(t, m, "taro"); len(others.Favourites) != 0 {
		t.Errorf("taro has %v", others.Favourites)
	}
	must(t, m.SetFavourite(t.Context(), "hanako", odd, false))
	must(t, m.SetFavourite(t.Context(), "hanako", odd, false))
	if n := len(remembered(t, m, "hanako").Favourites); n != 1 {
		t.Errorf("%d favourites after one was removed, want 1", n)
	}
}

func TestMemoryHasRoomForSoManyFavourites(t *testing.T) {
	m, _ := newMemory(t)
	at := func(i int) Ref { return Ref{Agent, fmt.Sprint("a", i)} }
	for i := range MaxFavourites {
		must(t, m.SetFavourite(t.Context(), "hanako", at(i), true))
	}
	if err := m.SetFavourite(t.Context(), "hanako", at(MaxFavourites), true); !errors.Is(err, ErrTooManyFavourites) {
		t.Errorf("one more: %v, want too many", err)
	}
	must(t, m.SetFavourite(t.Context(), "hanako", at(0), true)) // one that is one already
	must(t, m.SetFavourite(t.Context(), "hanako", at(0), false))
	must(t, m.SetFavourite(t.Context(), "hanako", at(MaxFavourites), true))
	if n := len(remembered(t, m, "hanako").Favourites); n != MaxFavourites {
		t.Errorf("%d favourites, want %d", n, MaxFavourites)
	}
}

func TestMemoryOfRecents(t *testing.T) {
	m, server := newMemory(t)
	for i := range maxRecents + 5 {
		server.SetTime(nine.Add(time.Duration(i) * time.Second))
		must(t, m.Used(t.Context(), "hanako", Ref{Agent, fmt.Sprint("a", i)}))
	}
	server.SetTime(nine.Add(time.Hour))
	must(t, m.Used(t.Context(), "hanako", Ref{Agent, "a5"})) // the oldest of those that are left
	recents := remembered(t, m, "hanako").Recents
	if len(recents) != maxRecents {
		t.Errorf("%d are remembered, want %d", len(recents), maxRecents)
	}
	if _, kept := recents[Ref{Agent, "a4"}]; kept {
		t.Error("one of the oldest is remembered")
	}
	if at := recents[Ref{Agent, "a5"}]; !at.Equal(nine.Add(time.Hour)) {
		t.Errorf("one used again was used at %s", at)
	}
}

func TestMemoryWithoutRedis(t *testing.T) {
	m, server := newMemory(t)
	server.Close()
	if _, err := m.Remembered(t.Context(), "hanako"); err == nil {
		t.Error("something is remembered without Redis")
	}
	for _, favourite := range []bool{true, false} {
		if err := m.SetFavourite(t.Context(), "hanako", Ref{Agent, "taro"}, favourite); err == nil || errors.Is(err, ErrTooManyFavourites) {
			t.Errorf("favourite %t without Redis: %v", favourite, err)
		}
	}
	if err := m.Used(t.Context(), "hanako", Ref{Agent, "taro"}); err == nil {
		t.Error("something was noted without Redis")
	}
}

func TestForgetful(t *testing.T) {
	m := Forgetful{}
	must(t, m.Used(t.Context(), "hanako", Ref{Agent, "taro"}))
	must(t, m.SetFavourite(t.Context(), "hanako", Ref{Agent, "taro"}, false))
	if err := m.SetFavourite(t.Context(), "hanako", Ref{Agent, "taro"}, true); !errors.Is(err, ErrTooManyFavourites) {
		t.Errorf("a favourite: %v, want no room", err)
	}
	if r := remembered(t, m, "hanako"); len(r.Favourites)+len(r.Recents) != 0 {
		t.Errorf("remembered: %+v", r)
	}
}
