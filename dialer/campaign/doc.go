// Package campaign keeps campaigns: their calling lists, the records in them,
// and what became of each.
//
// [Config] says how a campaign dials and how its list is read, [Import] reads a
// list's file into a [Store], and the store hands records out to agents: taken
// under a lease with a fencing token, then closed or given back. [RedisStore] is
// the one implementation; Redis is the truth about records.
//
// # Keys in Redis
//
// All keys of a campaign begin with hs:{c:ID}: so that they share one slot of a
// Redis Cluster and each operation is one atomic script. Their number does not
// grow with records or calls: what grows is inside them, and only by records,
// by history, and by one small entry an agent.
//
//	rec     hash   record id → the record as it was imported (JSON)
//	num     hash   number in E.164 → record id
//	ready   zset   record id, score = place in the list: records to hand out at any time
//	q:CLASS zset   the same for records that are open and closed at the same times (package treatment says what a class is)
//	queues  set    the classes that have such a set, at most 256
//	later   zset   record id, score = from when on it can be handed out (ms)
//	filed   hash   record id in later → where it goes then
//	out     zset   record id, score = lease end (ms): records handed out
//	lease   hash   record id → "token place agent": who has it, where it goes back to
//	hist    hash   record id → its Handlings, one JSON object a line
//	shun    zset   "agent\nrecord id", score = until when (ms) that agent is not handed that record
//	asked   hash   agent → "nonce token record id" of its last taking, to answer a repeated request alike
//	tally   hash   "result:busy", "disposition:sale", "undialed:do-not-call" → how many
//	seq     hash   counters: token, place, id, import
//	run     hash   whether the campaign is running, since when, by whom and why; none before it is first started or stopped
//	days    hash   date → what was counted on that day (JSON); daylist has the dates, the newest first, daytally the tally when the last day ended
//	runlog  list   its latest thousand changes, the newest first (JSON)
//	modes   list   changes of the mode while the campaign dialed, the newest first (JSON)
//	answers hash   "PERIOD:live", "PERIOD:abandoned": how many people answered a call that no agent had placed, and of these got no agent
//	import:DIGEST  hash: an import's number, committed offset, progress and last verdicts; kept for good, so that
//	        the same file is not imported twice
//
// Some are of no campaign: hs:{dnc}:all and hs:{dnc}:c:CAMPAIGN are the do-not-call lists, hashes from a number in E.164 or id:CUSTOMER to who added
// it, why, when and until when (JSON); hs:{att:NN}:… say when numbers were dialed lately (lua/attempt_reserve.lua).
//
// A record is in exactly one of four states: in ready or a q:CLASS, in later, in out (and lease), or in
// none of them, which is closed. Places are numbers in order of import, behind priority and sort keys; a record that
// comes back takes its old place, so the order of the list lasts. Records of lists that were imported before there were
// classes are in ready; each is filed where it belongs when it is looked at. Times are those
// of the Redis server (TIME), never of a hasshin process, so processes whose
// clocks differ agree on when a lease ends.
package campaign
