package scheduler

import (
	"context"
	"fmt"
	"sync"

	"github.com/redis/go-redis/v9"
)

// acker removes entries that have been acted on. Acknowledgements that come while others are on their way share the next round trip,
// and those of a shard one script.
type acker struct {
	s     *Scheduler
	mu    sync.Mutex
	lanes map[*redis.Client]*ackLane // one for each server of a cluster, so that none waits for one that does not answer; nil for the only one
}

type ackLane struct {
	waiting []*ack
	flying  bool
}

type ack struct {
	job  *Job
	done chan struct{}
	code int64
	err  error
}

// ack removes the job's entry.
func (a *acker) ack(ctx context.Context, j *Job) error {
	w := &ack{job: j, done: make(chan struct{})}
	var server *redis.Client
	if cluster, ok := a.s.rdb.(*redis.ClusterClient); ok {
		// An unknown server is asked through the cluster's client, which looks for it.
		if found, err := cluster.MasterForKey(ctx, a.s.keys[j.shard].due); err == nil {
			server = found
		}
	}
	a.mu.Lock()
	if a.lanes == nil {
		a.lanes = map[*redis.Client]*ackLane{}
	}
	lane := a.lanes[server]
	if lane == nil {
		lane = &ackLane{}
		a.lanes[server] = lane
	}
	lane.waiting = append(lane.waiting, w)
	if !lane.flying {
		lane.flying = true
		go a.fly(server, lane)
	}
	a.mu.Unlock()
	select {
	case <-w.done:
		return outcome(w.code, w.err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// fly acknowledges what waits until nothing does.
func (a *acker) fly(server *redis.Client, lane *ackLane) {
	for {
		a.mu.Lock()
		all := lane.waiting
		lane.waiting = nil
		if len(all) == 0 {
			lane.flying = false
			delete(a.lanes, server)
			a.mu.Unlock()
			return
		}
		a.mu.Unlock()
		a.send(all)
	}
}

// send acknowledges all, in one round trip.
func (a *acker) send(all []*ack) {
	ctx, cancel := context.WithTimeout(context.Background(), a.s.cfg.Timeout)
	defer cancel()
	byShard := map[int][]*ack{}
	for _, w := range all {
		part := byShard[w.job.shard]
		byShard[w.job.shard] = append(part, w)
	}
	var calls []call
	var parts [][]*ack
	for shard, part := range byShard {
		for len(part) > 0 {
			n := min(len(part), MaxBatch)
			args := make([]any, 0, 2*n)
			for _, w := range part[:n] {
				args = append(args, w.job.ID, w.job.Token)
			}
			calls, parts = append(calls, call{ackScript, a.s.keys[shard].two(), args}), append(parts, part[:n])
			part = part[n:]
		}
	}
	for i, cmd := range pipeline(ctx, a.s.rdb, calls, nil) {
		codes, err := cmd.Int64Slice()
		if err == nil && len(codes) != len(parts[i]) {
			err = fmt.Errorf("ack answered %d numbers; expected %d", len(codes), len(parts[i]))
		}
		for k, w := range parts[i] {
			if w.err = err; err == nil {
				w.code = codes[k]
			}
			close(w.done)
		}
	}
}
