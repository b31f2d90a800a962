package trunk

import (
	"context"
	"embed"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// How a trunk's scripts are asked, and what they answer.

//go:embed lua/*.lua
var luaFiles embed.FS

func script(name string) *redis.Script {
	var text string
	for _, part := range []string{"state", name} {
		source, err := luaFiles.ReadFile("lua/" + part + ".lua")
		if err != nil {
			panic(fmt.Sprintf("trunk: embedded script %s: %v", part, err)) // a slip of ours, seen at the first start
		}
		text += string(source)
	}
	return redis.NewScript(text)
}

var takeScript, giveScript, keepScript, adoptScript = script("take"), script("give"), script("keep"), script("adopt")

func keysOf(trunk string) []string {
	prefix := "hs:{t:" + trunk + "}:"
	return []string{prefix + "legs", prefix + "want", prefix + "flow"}
}

// ask runs a script for a trunk. What it answers besides the state, which is taken note of, is returned.
func (l *Limiter) ask(ctx context.Context, s *redis.Script, name string, stateAt int, args ...any) ([]any, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	limits := l.opts.Trunks[name]
	reply, err := s.Run(ctx, l.opts.Redis, keysOf(name), append([]any{limits.Channels, Lease.Milliseconds()}, args...)...).Slice()
	if err == nil && len(reply) <= stateAt {
		err = errors.New("the script's answer is too short")
	}
	if err != nil {
		return nil, fmt.Errorf("trunk %s: %w", name, err)
	}
	l.learn(name, numbers(reply[stateAt]))
	return reply, nil
}

func numbers(v any) []int {
	all, _ := v.([]any)
	ints := make([]int, 5)
	for i := range min(len(all), len(ints)) {
		n, _ := all[i].(int64)
		ints[i] = int(n)
	}
	return ints
}
