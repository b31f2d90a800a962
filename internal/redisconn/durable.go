package redisconn

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// What WAITAOF may answer, beside that all is well. They come wrapped.
var (
	// ErrCannotConfirm: the server keeps no append-only file, or is older than 7.2. What is written is as durable as its operator made it.
	ErrCannotConfirm = errors.New("redis cannot confirm that something is on disk")
	// ErrUnconfirmed: it has not confirmed in time. What was written may be on disk all the same, and can be written again.
	ErrUnconfirmed = errors.New("redis has not confirmed that it is on disk")
)

// Server is the client of the one server that has a key. It stays the property of rdb.
func Server(ctx context.Context, rdb redis.UniversalClient, key string) (*redis.Client, error) {
	if conn, ok := rdb.(*Conn); ok {
		rdb = conn.UniversalClient
	}
	switch c := rdb.(type) {
	case *redis.Client:
		return c, nil
	case *redis.ClusterClient:
		return c.MasterForKey(ctx, key)
	}
	return nil, fmt.Errorf("client of type %T; expected one of a single Redis, of Sentinel or of a Cluster", rdb)
}

// Confirmation is a WAITAOF under way: it speaks of what was written over its own connection before it.
type Confirmation struct {
	cmd      *redis.IntSliceCmd
	replicas int
	within   time.Duration
}

// Confirm puts a wait for the disks of the server and of so many replicas into a pipeline, after what is to be confirmed. Read it with Err once the
// pipeline has run.
func Confirm(ctx context.Context, p redis.Pipeliner, replicas int, within time.Duration) Confirmation {
	cmd := redis.NewIntSliceCmd(ctx, "waitaof", 1, replicas, within.Milliseconds())
	_ = p.Process(ctx, cmd) // queueing never fails; what becomes of it is read from the command
	return Confirmation{cmd, replicas, within}
}

// Err is nil when all is on the disks, ErrCannotConfirm, ErrUnconfirmed, or why Redis could not be asked.
func (c Confirmation) Err() error {
	on, err := c.cmd.Result()
	switch {
	case err != nil && cannotConfirm(err):
		return fmt.Errorf("%w: %w", ErrCannotConfirm, err)
	case err != nil:
		return err
	case len(on) != 2 || on[0] < 1:
		return fmt.Errorf("%w within %s", ErrUnconfirmed, c.within)
	case on[1] < int64(c.replicas):
		return fmt.Errorf("%w: %d of %d replicas' disks within %s", ErrUnconfirmed, on[1], c.replicas, c.within)
	}
	return nil
}

func cannotConfirm(err error) bool {
	text := strings.ToLower(err.Error())
	return strings.Contains(text, "unknown command") || strings.Contains(text, "appendonly is disabled")
}
