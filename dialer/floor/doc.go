// Package floor lets the processes that share a Redis know of each other's agents: who is there, at which process, and ready since when. A process
// that has something for an agent at another one sends it word.
//
// What a process says of its agents holds as long as it gives a sign of life; a dead one's agents are no longer found after [Lease]. Nothing here is
// needed for safety: what is handed out is taken from Redis under a lease by whoever has the agent, word or no word.
//
// # Keys in Redis
//
// They share the hash tag {floor}.
//
//	hs:{floor}:agents          hash  agent → "process there idle": there is 1 for one who is ready or in a call; idle since when (ms), 0 for not
//	hs:{floor}:ready:CAMPAIGN  zset  agents who are ready, by since when (ms)
//	hs:{floor}:processes       zset  process → when it counts as dead (ms)
//
// The channels hs:{floor}:words and hs:{floor}:words:PROCESS carry words (JSON), to all and to one process.
package floor
