// Package scheduler keeps due times in Redis and hands each entry to one of any
// number of processes when its time has come: never early, and at least once.
//
// An entry is an id and a due time, nothing else; what it stands for is kept
// elsewhere by whoever created it. [Scheduler.Create] writes an entry,
// [Scheduler.Run] claims those that are due and calls a handler, which acknowledges,
// snoozes or holds its [Job].
//
// # What is promised
//
// Never early: what is due is decided by the clock of the Redis server (TIME),
// inside the script that claims. A process's clock only decides when to ask.
//
// At least once: a claim puts the entry off until its lease ends and bumps a
// fencing token. Ack removes it only under that token. A process that dies
// between the two loses the lease, and the entry is claimed again, with a higher
// token and Attempt one more. The effect happens exactly once when whoever keeps
// the effect refuses tokens lower than one it has seen, or remembers the id.
// Tokens go up also through a failover to a replica that has missed the latest
// claims, as long as the new server's clock is not behind the time of those.
//
// Not lost: Create returns nil after the entry is on the disk of the Redis server
// (WAITAOF, Redis 7.2 or later with appendonly; see [Config].Replicas for the
// disks of replicas as well, which a failover to one of them needs). Where
// the server cannot confirm that, Create succeeds when the server has the entry
// in memory, and says so once in the log; RequireDurable makes it an error.
//
// In order: of what is due in one shard, the earliest goes first, and of the same
// millisecond the highest priority; across the shards of a process nearly so, as
// entries of one round of claims can overtake each other. While there is a
// backlog, one in FreshEvery claims is spent on what has come due last, so that
// a herd due at the same time does not shut out new work.
//
// # Keys in Redis
//
// A scheduler named N with 64 shards has, for each shard NN, keys with the hash
// tag {N:NN}, so that a shard is on one node of a Redis Cluster and a script can
// touch all of it. An id belongs to the shard that its hash names, for good, so
// the number of shards cannot be changed later.
//
//	hs:sched:{N:NN}:due   zset  id → due time in ms, or the end of its lease while it is claimed; the fraction is the priority
//	hs:sched:{N:NN}:held  hash  id → "token attempts score" of those that have been claimed: token 0 is nobody's
//	hs:sched:{N:NN}:meta  hash  token: the last one given out
//
// and of no shard, with the hash tag {N}:
//
//	hs:sched:{N}:members  zset  process → when its membership ends (ms)
//	hs:sched:{N}:owners   hash  shard → process that claims from it
//	hs:sched:{N}:shards   string  number of shards
//
// An entry that waits is in due and nowhere else. The channel hs:sched:{N}:wake
// carries "shard score" when an earlier head has arrived and "share" when shards
// have become free. Messages may be lost: every shard is looked at each PollInterval.
//
// Which process has which shard is a matter of speed and order, not of safety: a
// claim is one script, so two processes that believe they have the same shard
// never get the same entry under the same token.
package scheduler
