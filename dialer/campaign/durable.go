package campaign

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/internal/redisconn"
)

// DurableWithin is how long Redis may take to have a promise on its disk: so much longer the closing of a record with one may take. With
// appendfsync everysec it is about a second; but while an earlier fsync is still under way Redis puts its next write off, for up to two seconds, and
// the fsync after it takes its time, too.
const DurableWithin = 5 * time.Second

// ErrNotDurable: what was written is not known to be on Redis's disk. It may be, and the same command can be given again.
var ErrNotDurable = redisconn.ErrUnconfirmed

// confirmOnDisk waits until what write did, over the same connection, is in the append-only file of the server that has key. A server without
// such a file, or older than 7.2, has nothing to wait for: there it is as durable as its operator made it.
func confirmOnDisk(ctx context.Context, rdb redis.UniversalClient, key string, write func(redis.Pipeliner)) error {
	server, err := redisconn.Server(ctx, rdb, key)
	if err != nil {
		return err
	}
	conn := server.WithTimeout(DurableWithin + time.Second).Conn()
	defer conn.Close()
	var disk redisconn.Confirmation
	_, failed := conn.Pipelined(ctx, func(p redis.Pipeliner) error {
		write(p)
		disk = redisconn.Confirm(ctx, p, 0, DurableWithin)
		return nil
	})
	// The pipeline's error is that of the first command that failed: the wait's own is told apart.
	if err := disk.Err(); err != nil && !errors.Is(err, redisconn.ErrCannotConfirm) {
		return err
	} else if err != nil {
		return nil
	}
	return failed
}
