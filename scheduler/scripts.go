package scheduler

import (
	"context"
	"embed"
	"fmt"

	"github.com/redis/go-redis/v9"
)

//go:embed lua/*.lua
var luaFiles embed.FS

// The scripts; what each takes and gives is told at its head.
var (
	putScript    = newScript("put")
	cancelScript = newScript("cancel")
	claimScript  = newScript("claim")
	ackScript    = newScript("ack")
	snoozeScript = newScript("snooze")
	renewScript  = newScript("renew")
	findScript   = newScript("find")
	shareScript  = newScript("share")
)

// script is one of ours: redis.Script keeps its source to itself, and pipelines need it.
type script struct{ name, source, sha string }

// newScript reads an embedded script; it panics on a name that is not there, which can only be a slip of ours and shows at the first start.
func newScript(name string) script {
	source, err := luaFiles.ReadFile("lua/" + name + ".lua")
	if err != nil {
		panic(fmt.Sprintf("scheduler: embedded script %s: %v", name, err))
	}
	return script{name: name, source: string(source), sha: redis.NewScript(string(source)).Hash()}
}

// call is a script with its arguments.
type call struct {
	script
	keys []string
	args []any
}

// pipeline runs calls in one round trip, or two when a server does not know a script yet, and returns a command for each, with its result or
// error. Commands in after are sent behind the calls each time, on the same connection where rdb is of one server.
func pipeline(ctx context.Context, rdb redis.Cmdable, calls []call, after func(redis.Pipeliner)) []*redis.Cmd {
	done := make([]*redis.Cmd, len(calls))
	pipe := rdb.Pipeline()
	for i, c := range calls {
		done[i] = pipe.EvalSha(ctx, c.sha, c.keys, c.args...)
	}
	if after != nil {
		after(pipe)
	}
	exec(ctx, pipe, done)
	pipe = nil
	for i, c := range calls {
		if !redis.HasErrorPrefix(done[i].Err(), "NOSCRIPT") {
			continue
		}
		if pipe == nil {
			pipe = rdb.Pipeline()
		}
		done[i] = pipe.Eval(ctx, c.source, c.keys, c.args...)
	}
	if pipe != nil {
		if after != nil {
			after(pipe)
		}
		exec(ctx, pipe, done)
	}
	return done
}

// exec runs a pipeline whose errors are read from its commands; one that none of them has, of getting a connection, is given to all.
func exec(ctx context.Context, pipe redis.Pipeliner, done []*redis.Cmd) {
	_, err := pipe.Exec(ctx)
	if err == nil {
		return
	}
	for _, cmd := range done {
		if cmd.Err() != nil {
			return
		}
	}
	for _, cmd := range done {
		if cmd.Val() == nil {
			cmd.SetErr(err)
		}
	}
}
