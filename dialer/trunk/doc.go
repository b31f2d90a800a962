// Package trunk keeps the limits of trunks, the ways to the telephone network: how many channels of one are in use at once, and how many calls begin in
// a second, counted over all processes that share a Redis, by its clock.
//
// Every leg to the outside holds a channel of its trunk from before it is placed until it is gone. A channel is held under a lease, which the process
// whose leg it is renews: those of a dead process are free again after [Lease], and the next process takes over the legs that are still up.
//
// A leg that an agent waits for comes before calls that are placed without one: as long as one waits for a channel, the latter get none. When the network
// refuses calls because it has no room (congestion), calls that are placed without an agent back off: half of the channels that were in use is
// allowed, none is placed for half a second (doubling with each further refusal, up to half a minute), and then what is allowed grows by a tenth,
// one at least, every five seconds, until the limit is reached again, or twice what was in use where there is none.
//
// # Keys in Redis
//
// Those of a trunk share the hash tag {t:NAME}.
//
//	hs:{t:NAME}:legs  zset  leg → until when it counts (ms). Forgotten an hour later
//	hs:{t:NAME}:want  zset  leg of an agent, waiting for a channel → until when that counts (ms)
//	hs:{t:NAME}:flow  hash  next: when the next call may begin (µs); and of the latest congestion: limit, how many channels were allowed; from, how
//	                        many were in use; at, when; until, when the pause ends (ms); strikes, how often in a row
package trunk
