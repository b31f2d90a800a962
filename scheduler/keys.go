package scheduler

import (
	"fmt"
	"hash/fnv"
)

// shardKeys names the keys of one shard. They share a hash tag. doc.go tells what is in each.
type shardKeys struct{ due, held, meta string }

func keysOfShard(name string, shard int) shardKeys {
	prefix := fmt.Sprintf("hs:sched:{%s:%02d}:", name, shard)
	return shardKeys{due: prefix + "due", held: prefix + "held", meta: prefix + "meta"}
}

func (k shardKeys) all() []string { return []string{k.due, k.held, k.meta} }
func (k shardKeys) two() []string { return []string{k.due, k.held} }

// commonKey names a key, or channel, that is of no shard.
func commonKey(name, what string) string { return "hs:sched:{" + name + "}:" + what }

// shardOf is the shard of an id. It must never change: the entries are where it said.
func shardOf(id string, shards int) int {
	h := fnv.New64a()
	h.Write([]byte(id)) // never fails
	// FNV hardly mixes the last bytes in, by which ids often differ: MurmurHash3's finalizer does.
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	x ^= x >> 33
	return int(x % uint64(shards))
}
