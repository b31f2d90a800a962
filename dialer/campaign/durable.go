package campaign

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/internal/redisconn"
)

// durableWithin is how long Redis may take to have a promise on its disk. With appendfsync everysec it is a second at most. It is less than
// go-redis waits for an answer.
const durableWithin = 2 * time.Second

// ErrNotDurable: what was written is not known to be on Redis's disk. It may be, and the same command can be given again.
var ErrNotDurable = errors.New("redis has not confirmed that it is on disk")

// confirmOnDisk waits until what write did, over the same connection, is in the append-only file of the server that has key. A server without
// such a file, or older than 7.2, has nothing to wait for: there it is as durable as its operator made it.
func confirmOnDisk(ctx context.Context, rdb redis.UniversalClient, key string, write func(redis.Pipeliner)) error {
	node, err := nodeOf(ctx, rdb, key)
	if err != nil {
		return err
	}
	conn := node.Conn()
	defer conn.Close()
	var wait *redis.Cmd
	_, err = conn.Pipelined(ctx, func(p redis.Pipeliner) error {
		write(p)
		wait = p.Do(ctx, "WAITAOF", 1, 0, durableWithin.Milliseconds())
		return nil
	})
	if refused := wait.Err(); refused != nil {
		text := strings.ToLower(refused.Error())
		if strings.Contains(text, "unknown command") || strings.Contains(text, "appendonly is disabled") || strings.Contains(text, "append only") {
			return nil
		}
		return refused
	}
	if err != nil {
		return err
	}
	written, err := wait.Int64Slice()
	if err != nil {
		return fmt.Errorf("answer to WAITAOF: %w", err)
	}
	if len(written) == 0 || written[0] < 1 {
		return ErrNotDurable
	}
	return nil
}

// nodeOf is a client of the very server that has a key.
func nodeOf(ctx context.Context, rdb redis.UniversalClient, key string) (*redis.Client, error) {
	if conn, ok := rdb.(*redisconn.Conn); ok {
		rdb = conn.UniversalClient
	}
	switch c := rdb.(type) {
	case *redis.Client:
		return c, nil
	case *redis.ClusterClient:
		return c.MasterForKey(ctx, key)
	}
	return nil, fmt.Errorf("a %T has no server of its own", rdb)
}
