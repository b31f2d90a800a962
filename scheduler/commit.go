package scheduler

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/internal/redisconn"
)

// committer writes what must be durable. Commands that come at the same time share one wait for the disk: WAITAOF speaks of what its own
// connection has written, and a wait takes up to a second, so that one connection for each would soon be too many.
type committer struct {
	s       *Scheduler
	mu      sync.Mutex
	waiting []*commit
	flying  int
	warned  sync.Once
}

// commit is one command on its way.
type commit struct {
	shard int
	call
	done      chan struct{}
	abandoned bool
	reply     []string
	err       error
}

const (
	// maxFlying is how many waits for the disk there are at once.
	maxFlying = 8
	// gather is how long commands are put together while others wait for the disk already.
	gather = 50 * time.Millisecond
)

// commit runs the scripts of all, trying again those whose errors are passing ones, and returns when their effects are durable or nothing more
// can be done. What became of each is in its reply and err.
func (c *committer) commit(ctx context.Context, all []*commit) {
	open := all
	c.s.again(ctx, func(ctx context.Context) error {
		for _, w := range open {
			w.done = make(chan struct{})
		}
		c.enqueue(open)
		var failed []*commit
		for _, w := range open {
			select {
			case <-w.done:
			case <-ctx.Done():
				w.abandoned = true
				continue
			}
			if w.err != nil && isPassing(w.err) {
				failed = append(failed, w)
			}
		}
		open = failed
		if len(open) > 0 {
			return open[0].err
		}
		return nil
	})
}

// result is the reply, once commit has returned.
func (w *commit) result() ([]string, error) {
	if w.abandoned {
		return nil, fmt.Errorf("%w: redis has not answered in time", ErrUnconfirmed) // somebody may be writing to w still
	}
	return w.reply, w.err
}

func (c *committer) enqueue(all []*commit) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = append(c.waiting, all...)
	if c.flying < maxFlying {
		c.flying++
		go c.fly(c.flying > 1)
	}
}

// fly commits what waits until nothing does. If others are doing the same it first lets some come together.
func (c *committer) fly(wait bool) {
	if wait {
		time.Sleep(gather)
	}
	for {
		c.mu.Lock()
		all := c.waiting
		c.waiting = nil
		if len(all) == 0 {
			c.flying--
			c.mu.Unlock()
			return
		}
		c.mu.Unlock()
		c.commitAll(all)
	}
}

// commitAll commits to each server what is of its shards.
func (c *committer) commitAll(all []*commit) {
	timeout := c.s.cfg.ConfirmTimeout + time.Second
	ctx, cancel := context.WithTimeout(context.Background(), c.s.cfg.Timeout+timeout)
	defer cancel()
	byServer := map[*redis.Client][]*commit{}
	for _, w := range all {
		server, err := redisconn.Server(ctx, c.s.rdb, c.s.keys[w.shard].due)
		if err != nil {
			w.err = fmt.Errorf("%w: %w", ErrUnconfirmed, err)
			close(w.done)
			continue
		}
		byServer[server] = append(byServer[server], w)
	}
	var servers sync.WaitGroup
	for server, part := range byServer {
		servers.Go(func() { c.commitTo(ctx, server.WithTimeout(timeout), part) })
	}
	servers.Wait()
}

// commitTo writes to one server and waits for its disk, on one connection.
func (c *committer) commitTo(ctx context.Context, server *redis.Client, part []*commit) {
	calls := make([]call, len(part))
	for i, w := range part {
		calls[i] = w.call
	}
	var disk redisconn.Confirmation
	cmds := pipeline(ctx, server, calls, func(p redis.Pipeliner) {
		disk = redisconn.Confirm(ctx, p, c.s.cfg.Replicas, c.s.cfg.ConfirmTimeout)
	})
	durable := c.durable(disk.Err())
	for i, w := range part {
		w.reply, w.err = cmds[i].StringSlice()
		switch {
		case w.err != nil && isPassing(w.err):
			w.err = fmt.Errorf("%w: %w", ErrUnconfirmed, w.err)
		case w.err == nil && w.reply[0] != "0":
			w.err = durable
		}
		close(w.done)
	}
}

// durable says what follows from what became of the wait for the disk.
func (c *committer) durable(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, redisconn.ErrCannotConfirm) && c.s.cfg.RequireDurable:
		return ErrNotDurable
	case errors.Is(err, redisconn.ErrCannotConfirm):
		c.warned.Do(func() {
			c.s.log.Warn().Err(err).Msg("redis cannot confirm that an entry is on disk; it counts as written when it is in memory. Use Redis 7.2 or later with `appendonly yes`")
		})
		return nil
	case errors.Is(err, redisconn.ErrUnconfirmed):
		return fmt.Errorf("%w: %w: %w", ErrUnconfirmed, errDisk, err)
	}
	return fmt.Errorf("%w: %w", ErrUnconfirmed, err)
}

// errDisk marks waits that were in vain: another would block as long again, which is for the caller to decide.
var errDisk = errors.New("waited in vain")
