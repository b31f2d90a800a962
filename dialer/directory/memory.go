package directory

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Memory keeps each agent's favourites and what the agent used lately. All methods are safe for concurrent use by any number of processes.
type Memory interface {
	// Remembered tells what there is.
	Remembered(ctx context.Context, agent string) (Remembered, error)
	// SetFavourite makes a target a favourite, or no favourite any more. ErrTooManyFavourites when there is no room.
	SetFavourite(ctx context.Context, agent string, target Ref, favourite bool) error
	// Used notes that the agent used a target just now; the oldest are forgotten.
	Used(ctx context.Context, agent string, target Ref) error
}

// Remembered is what there is of one agent.
type Remembered struct {
	Favourites map[Ref]time.Time // since when
	Recents    map[Ref]time.Time // used when last
}

func (r Remembered) all() map[Ref]bool {
	refs := make(map[Ref]bool, len(r.Favourites)+len(r.Recents))
	for ref := range r.Favourites {
		refs[ref] = true
	}
	for ref := range r.Recents {
		refs[ref] = true
	}
	return refs
}

// ErrTooManyFavourites: the agent has MaxFavourites already. It may come wrapped: use errors.Is.
var ErrTooManyFavourites = errors.New("too many favourites")

const (
	// MaxFavourites is how many favourites an agent can have.
	MaxFavourites = 100
	// maxRecents is how many targets used lately are remembered of an agent.
	maxRecents = 30
)

// RedisMemory is the Memory in Redis: two sorted sets an agent, hs:{agent:ID}:favourites and hs:{agent:ID}:recents, of "kind id" by time in ms.
type RedisMemory struct{ rdb redis.UniversalClient }

var _ Memory = (*RedisMemory)(nil)

// NewRedisMemory remembers in rdb, which stays the caller's to close.
func NewRedisMemory(rdb redis.UniversalClient) *RedisMemory { return &RedisMemory{rdb: rdb} }

//go:embed lua/*.lua
var luaFiles embed.FS

// The scripts; what each takes and gives is told at its head.
var (
	favouriteScript = script("favourite")
	usedScript      = script("used")
)

// script reads an embedded script; it panics on a name that is not there, which can only be a slip of ours and shows at the first start.
func script(name string) *redis.Script {
	source, err := luaFiles.ReadFile("lua/" + name + ".lua")
	if err != nil {
		panic(fmt.Sprintf("directory: embedded script %s: %v", name, err))
	}
	return redis.NewScript(string(source))
}

func favouritesKey(agent string) string { return "hs:{agent:" + agent + "}:favourites" }
func recentsKey(agent string) string    { return "hs:{agent:" + agent + "}:recents" }

func (r Ref) member() string { return string(r.Kind) + " " + r.ID }

// Remembered implements Memory.
func (m *RedisMemory) Remembered(ctx context.Context, agent string) (Remembered, error) {
	var favourites, recents *redis.ZSliceCmd
	_, err := m.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		favourites = p.ZRangeWithScores(ctx, favouritesKey(agent), 0, -1)
		recents = p.ZRangeWithScores(ctx, recentsKey(agent), 0, -1)
		return nil
	})
	if err != nil {
		return Remembered{}, fmt.Errorf("read favourites and recents of %s: %w", agent, err)
	}
	return Remembered{Favourites: refs(favourites.Val()), Recents: refs(recents.Val())}, nil
}

func refs(members []redis.Z) map[Ref]time.Time {
	all := make(map[Ref]time.Time, len(members))
	for _, z := range members {
		if text, ok := z.Member.(string); ok {
			kind, id, _ := strings.Cut(text, " ")
			all[Ref{Kind(kind), id}] = time.UnixMilli(int64(z.Score))
		}
	}
	return all
}

// SetFavourite implements Memory.
func (m *RedisMemory) SetFavourite(ctx context.Context, agent string, target Ref, favourite bool) error {
	if !favourite {
		if err := m.rdb.ZRem(ctx, favouritesKey(agent), target.member()).Err(); err != nil {
			return fmt.Errorf("remove a favourite of %s: %w", agent, err)
		}
		return nil
	}
	kept, err := favouriteScript.Run(ctx, m.rdb, []string{favouritesKey(agent)}, target.member(), MaxFavourites).Bool()
	if err == nil && !kept {
		err = ErrTooManyFavourites
	}
	if err != nil {
		return fmt.Errorf("add a favourite of %s: %w", agent, err)
	}
	return nil
}

// Used implements Memory.
func (m *RedisMemory) Used(ctx context.Context, agent string, target Ref) error {
	if err := usedScript.Run(ctx, m.rdb, []string{recentsKey(agent)}, target.member(), maxRecents).Err(); err != nil {
		return fmt.Errorf("note a target used by %s: %w", agent, err)
	}
	return nil
}

// Forgetful is a Memory that keeps nothing.
type Forgetful struct{}

var _ Memory = Forgetful{}

// Remembered implements Memory: there is nothing.
func (Forgetful) Remembered(context.Context, string) (Remembered, error) { return Remembered{}, nil }

// SetFavourite implements Memory: there is no room for any.
func (Forgetful) SetFavourite(_ context.Context, _ string, _ Ref, favourite bool) error {
	if favourite {
		return ErrTooManyFavourites
	}
	return nil
}

// Used implements Memory: it is forgotten at once.
func (Forgetful) Used(context.Context, string, Ref) error { return nil }
