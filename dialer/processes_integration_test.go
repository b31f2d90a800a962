//go:build integration

package dialer

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/ari/aritest"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/floor"
	"github.com/hasshin/hasshin/internal/redisconn/redistest"
)

// anAsterisk starts one in memory for the process at a node.
func anAsterisk(t *testing.T, w chaos, node string) chaos {
	t.Helper()
	asterisk, err := aritest.New(aritest.Options{Second: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = asterisk.Close() }) // what a killed process asked of it last may be cut off
	for i := range w.Agents {
		asterisk.Endpoint("PJSIP/"+chaosAgent(i), aritest.Answer(0))
	}
	w.Node, w.ARI, w.Username, w.Password = node, asterisk.URL(), asterisk.Username(), asterisk.Password()
	return w
}

// Two processes on one real Redis. A callback of the pool is offered once, to the agent who has been ready for longest, at the other process. Then that
// process is killed: what comes due in its shards of the scheduler is seen here within three seconds, and kept, each once.
func TestTwoProcessesOnARealRedisDeliverEachCallbackOnceAndOneGoesOnAlone(t *testing.T) {
	const herd = 24
	rdb := redis.NewClient(&redis.Options{Addr: redistest.Run(t)})
	t.Cleanup(func() { _ = rdb.Close() })
	store := campaign.NewRedisStore(rdb)
	both := chaos{Agents: 2, Promises: herd + 1, Redis: rdb.Options().Addr}
	importChaos(t, store, both)

	there := anAsterisk(t, both, "ast2")
	there.Here = []string{"agent1"}
	setting, err := json.Marshal(there)
	if err != nil {
		t.Fatal(err)
	}
	other := &victim{t: t, promised: map[string]bool{}}
	other.start(string(setting))
	killed := false
	t.Cleanup(func() {
		if !killed {
			other.kill()
		}
	})
	s := &shift{t: t, rdb: rdb, store: store, log: &transcript{}}
	s.engine, err = newChaosEngine(anAsterisk(t, both, "ast1"), rdb, zerolog.New(s.log).Level(zerolog.InfoLevel))
	s.must(err)
	running, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.engine.Run(running) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})

	eye := floor.New(rdb, zerolog.Nop())
	s.eventually("agent1 is ready at the other process", func() bool {
		at, err := eye.Find(s.ctx(), "agent1")
		s.must(err)
		return !at["agent1"].Idle.IsZero()
	})
	s.eventually("the node is connected", func() bool { return s.engine.Available() == nil })
	s.arrive("agent0")
	s.eventually("both have shards of the scheduler", func() bool {
		owners, err := rdb.HVals(s.ctx(), "hs:sched:{callbacks}:owners").Result()
		s.must(err)
		slices.Sort(owners)
		return len(slices.Compact(owners)) == 2
	})

	begin := time.Now()
	first, due := begin.Add(1500*time.Millisecond), begin.Add(4*time.Second)
	promise := func(id int, at time.Time) string {
		s.must(seedPromise(s.ctx(), store, both, id, at))
		name := "seed" + strconv.Itoa(id)
		s.must(s.engine.setAlarm(s.ctx(), rigCampaign, name, at))
		return name
	}
	one := promise(1, first)
	names := make(chan string, herd)
	for i := range herd {
		go func() { names <- promise(3*i+4, due) }() // of the pool
	}
	var all []string
	for range herd {
		all = append(all, <-names)
	}
	if p, _ := s.ledger(one, callback.Offered); p.Agent != "agent1" {
		t.Errorf("%s has it, want agent1, who has been ready for longest", p.Agent)
	}

	time.Sleep(time.Until(due.Add(-200 * time.Millisecond))) // a moment before the herd comes due
	other.kill()
	killed = true
	dead := time.Now()
	s.engineKeeps("agent0")
	latest := due
	if dead.After(latest) {
		latest = dead
	}
	worst := time.Duration(0)
	for _, id := range all {
		p, kinds := s.ledger(id, callback.Kept)
		worst = max(worst, p.Seen.Sub(latest))
		if want := []string{"due", "offered agent0", "kept agent0"}; !slices.Equal(kinds[1:], want) {
			t.Errorf("callback %s: %v, want %v", id, kinds, want)
		}
	}
	t.Logf("the last of %d callbacks was seen %v after the kill of the process that had its shard, or after it was due", herd, worst)
	if worst > 3*time.Second {
		t.Errorf("a callback was seen %v after it was due and its process dead, want 3 s at most", worst)
	}
	if _, kinds := s.ledger(one, ""); !slices.Equal(kinds[1:], []string{"due", "offered agent1"}) {
		t.Errorf("the first callback: %v; want it offered once, to who still seems to have it", kinds)
	}
}

// engineKeeps lets an agent take, call and be done with all that is offered.
func (s *shift) engineKeeps(id string) {
	go func() {
		for s.t.Context().Err() == nil {
			ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Second)
			a, err := s.engine.Agent(ctx, id)
			switch {
			case err != nil || a.CallID == "":
			case agent.State(a.State) == agent.Preview:
				_, err = s.engine.Accept(ctx, id, a.CallID, "")
			default:
				_, err = s.engine.Done(ctx, id, a.CallID, DoneOptions{Stop: true})
			}
			cancel()
			if err != nil || a.CallID == "" { // nothing there, or it rings
				select {
				case <-time.After(10 * time.Millisecond):
				case <-s.t.Context().Done():
				}
			}
		}
	}()
}
