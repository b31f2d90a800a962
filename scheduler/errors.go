package scheduler

import (
	"errors"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Errors. They may come wrapped: use errors.Is.
var (
	// ErrExists: Create found an entry with that id and another due time or priority. Reschedule or Put change it.
	ErrExists = errors.New("an entry with this id and another due time is there")
	// ErrNotFound: there is no entry with that id: never created, acknowledged or cancelled.
	ErrNotFound = errors.New("no such entry")
	// ErrLost: the claim is no longer the caller's: its lease ended and the entry was claimed again, or was snoozed or given another time.
	ErrLost = errors.New("the claim is lost")
	// ErrGone: the entry is not there any more: acknowledged, perhaps by the caller in an earlier try, or cancelled.
	ErrGone = errors.New("the entry is gone")
	// ErrUnconfirmed: nobody knows whether the entry would survive a crash of Redis: the disk did not confirm in time or the connection was
	// lost. The entry may or may not exist. Trying again is safe.
	ErrUnconfirmed = errors.New("not confirmed to be durable")
	// ErrNotDurable: the server cannot confirm durability at all and [Config].RequireDurable is set. The entry exists.
	ErrNotDurable = errors.New("redis cannot confirm durability: it needs version 7.2 or later and appendonly yes")
	// ErrShards: the scheduler of that name has another number of shards in Redis than in the Config.
	ErrShards = errors.New("the number of shards cannot be changed")
	// ErrHold is returned by a handler that has put the job into other hands: nothing is done about it, its lease is no longer renewed by the
	// scheduler, and its place is free for another. Whoever has it now renews, and acknowledges or snoozes it.
	ErrHold = errors.New("the job is held")
)

// passing are the replies with which a server says that another one or another time would be right.
var passing = []string{
	"READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "MOVED", "ASK", "UNBLOCKED", "BUSY", "ERR max number of clients",
}

// isPassing tells whether the error may be over soon, so that an idempotent command is tried again: all but the server's own refusal.
func isPassing(err error) bool {
	var reply redis.Error
	if errors.Is(err, redis.Nil) || errors.Is(err, redis.ErrClosed) || errors.Is(err, errDisk) || errors.Is(err, ErrNotDurable) {
		return false
	}
	if !errors.As(err, &reply) {
		return true
	}
	for _, prefix := range passing {
		if strings.HasPrefix(reply.Error(), prefix) {
			return true
		}
	}
	return false
}

// isOver tells whether there is nothing left to do for a holder of a claim.
func isOver(err error) bool { return errors.Is(err, ErrLost) || errors.Is(err, ErrGone) }
