//go:build integration

package scheduler_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/internal/redisconn/redistest"
	"github.com/hasshin/hasshin/scheduler"
)

// book notes what was confirmed and what was handled.
type book struct {
	t         testing.TB
	mu        sync.Mutex
	confirmed map[string]bool
	handled   map[string]map[int64]bool // tokens under which it was
	lately    chan string
}

func newBook(t testing.TB) *book {
	return &book{t: t, confirmed: map[string]bool{}, handled: map[string]map[int64]bool{}, lately: make(chan string, 10_000)}
}

func (b *book) handle(_ context.Context, j *scheduler.Job) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if j.Seen.Before(j.Due) {
		b.t.Errorf("%s is %s early", j.ID, j.Due.Sub(j.Seen))
	}
	if b.handled[j.ID] == nil {
		b.handled[j.ID] = map[int64]bool{}
	}
	if b.handled[j.ID][j.Token] {
		b.t.Errorf("%s was handled twice under token %d", j.ID, j.Token)
	}
	b.handled[j.ID][j.Token] = true
	b.lately <- j.ID
	return nil
}

// create creates entries, due within a second, until ctx ends, and notes those confirmed.
func (b *book) create(ctx context.Context, s *scheduler.Scheduler, name string, atOnce int) {
	var all sync.WaitGroup
	var n, failed atomic.Int64
	for range atOnce {
		all.Go(func() {
			for ctx.Err() == nil {
				i := n.Add(1)
				id := fmt.Sprintf("%s-%d", name, i)
				e := scheduler.Entry{ID: id, Due: time.Now().Add(time.Duration(i%20) * 50 * time.Millisecond)}
				if err := s.Create(b.t.Context(), e); err != nil {
					failed.Add(1)
					continue
				}
				b.mu.Lock()
				b.confirmed[id] = true
				b.mu.Unlock()
			}
		})
	}
	all.Wait()
	b.t.Logf("%s: %d entries created, %d not confirmed", name, n.Load(), failed.Load())
}

// missing are confirmed and not handled.
func (b *book) missing() (ids []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id := range b.confirmed {
		if b.handled[id] == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

func (b *book) wantAll(what string, n int) {
	b.t.Helper()
	if len(b.confirmed) < n {
		b.t.Fatalf("%s: only %d entries were confirmed; expected %d or more", what, len(b.confirmed), n)
	}
	deadline := time.Now().Add(20 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		missing := b.missing()
		if len(missing) == 0 {
			break
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("%s: %d of %d confirmed entries were never handled: %v", what, len(missing), len(b.confirmed), missing)
		}
	}
	twice := 0
	for _, tokens := range b.handled {
		if len(tokens) > 1 {
			twice++
		}
	}
	b.t.Logf("%s: %d confirmed, %d handled, %d of them more than once", what, len(b.confirmed), len(b.handled), twice)
}

func TestNoConfirmedEntryIsLostInASentinelFailover(t *testing.T) {
	sentinels := redistest.RunSentinel(t, 2)
	client := func() redis.UniversalClient {
		rdb := redis.NewFailoverClient(&redis.FailoverOptions{MasterName: sentinels.Master, SentinelAddrs: sentinels.Addrs,
			ReadTimeout: time.Second, DialTimeout: time.Second, DialerRetries: 1, ContextTimeoutEnabled: true})
		t.Cleanup(func() { must(t, rdb.Close()) })
		return rdb
	}
	config := func(c *scheduler.Config) { c.Shards, c.Replicas, c.Lease = 16, 1, 2*time.Second }
	b := newBook(t)
	for range 2 {
		start(t, newScheduler(t, client(), config), b.handle)
	}
	ctx, stop := context.WithCancel(t.Context())
	var creating sync.WaitGroup
	creating.Go(func() { b.create(ctx, newScheduler(t, client(), config), "entry", 100) })
	for range 150 {
		receive(t, "an entry before the failover", b.lately)
	}
	killed := time.Now()
	sentinels.Nodes[0].Kill()
	b.mu.Lock()
	before := len(b.confirmed)
	b.mu.Unlock()
	eventually(t, "entries are confirmed after the failover", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return len(b.confirmed) >= before+300
	})
	t.Logf("300 more confirmed %s after the kill", time.Since(killed))
	stop()
	creating.Wait()
	b.wantAll("failover", 400)
}

func TestOnAClusterShardsMoveAndMastersRestartWhileEntriesAreHandled(t *testing.T) {
	nodes := redistest.RunCluster(t, 3)
	client := func() redis.UniversalClient {
		rdb := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{nodes[0].Addr, nodes[1].Addr, nodes[2].Addr},
			ReadTimeout: time.Second, DialTimeout: time.Second, DialerRetries: 1, ContextTimeoutEnabled: true})
		t.Cleanup(func() { must(t, rdb.Close()) })
		return rdb
	}
	config := func(c *scheduler.Config) { c.Shards, c.Lease = 16, 2*time.Second }
	b := newBook(t)
	for range 2 {
		start(t, newScheduler(t, client(), config), b.handle)
	}
	ctx, stop := context.WithCancel(t.Context())
	var creating sync.WaitGroup
	s := newScheduler(t, client(), config)
	creating.Go(func() { b.create(ctx, s, "entry", 60) })
	handled := func(what string) {
		for range 100 {
			receive(t, what, b.lately)
		}
	}
	handled("at first")
	for shard := range 16 {
		moveSlotOf(t, nodes, fmt.Sprintf("hs:sched:{test:%02d}:due", shard), nodes[shard%3])
	}
	handled("after the shards have moved")
	// A process that asks the others does not wait for the one that is away.
	nodes[2].Kill()
	handled("while a master is away")
	nodes[2].Start()
	handled("when it is back")
	eventually(t, "400 entries are confirmed", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return len(b.confirmed) >= 400
	})
	stop()
	creating.Wait()
	b.wantAll("cluster", 400)
}

// moveSlotOf moves the slot of a key, with all keys in it, to another master, as redis-cli --cluster reshard does. A master that gets a slot
// takes the next epoch it knows of: if two do so before they have heard of each other, the cluster may disagree for ever on who has the slot.
func moveSlotOf(t testing.TB, nodes []*redistest.Node, key string, to *redistest.Node) {
	t.Helper()
	defer agreed(t, nodes)
	id := func(n *redistest.Node) string {
		id, err := n.Client.Do(t.Context(), "CLUSTER", "MYID").Text()
		must(t, err)
		return id
	}
	var from *redistest.Node
	for _, n := range nodes {
		// Only who has the slot answers; the others say where it is.
		if _, err := n.Client.Exists(t.Context(), key).Result(); err == nil {
			from = n
		}
	}
	if from == nil {
		t.Fatalf("nobody has %s", key)
	}
	if from == to {
		return
	}
	slot, err := to.Client.ClusterKeySlot(t.Context(), key).Result()
	must(t, err)
	do := func(n *redistest.Node, args ...any) {
		t.Helper()
		must(t, n.Client.Do(t.Context(), args...).Err())
	}
	do(to, "CLUSTER", "SETSLOT", slot, "IMPORTING", id(from))
	do(from, "CLUSTER", "SETSLOT", slot, "MIGRATING", id(to))
	host, port, _ := net.SplitHostPort(to.Addr)
	for {
		keys, err := from.Client.ClusterGetKeysInSlot(t.Context(), int(slot), 100).Result()
		must(t, err)
		if len(keys) == 0 {
			break
		}
		for _, key := range keys {
			do(from, "MIGRATE", host, port, key, 0, 5000)
		}
	}
	do(to, "CLUSTER", "SETSLOT", slot, "NODE", id(to))
	for _, n := range nodes {
		do(n, "CLUSTER", "SETSLOT", slot, "NODE", id(to))
	}
}

// agreed waits until all masters say the same of who has which slots since when.
func agreed(t testing.TB, nodes []*redistest.Node) {
	t.Helper()
	eventually(t, "all of the cluster agree", func() bool {
		views := map[string]bool{}
		for _, n := range nodes {
			lines, err := n.Client.ClusterNodes(t.Context()).Result()
			must(t, err)
			var view []string
			for line := range strings.Lines(lines) {
				f := strings.Fields(line) // id, address, flags, master, ping, pong, epoch, link, slots
				view = append(view, f[0]+" "+f[6]+" "+strings.Join(f[8:], " "))
			}
			slices.Sort(view)
			views[strings.Join(view, "\n")] = true
		}
		return len(views) == 1
	})
}
