package dialer

import (
	"context"
	"errors"
	"math"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hasshin/hasshin/ari/aritest"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/stats"
)

// line is a change, and when the one who watches was told.
type line struct {
	BoardChange
	when time.Time
}

// notebook is what somebody who watches the wallboard was told.
type notebook struct {
	mu  sync.Mutex
	all []line
}

func (n *notebook) note(c BoardChange) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, line{c, time.Now()})
}

// since gives what was told after the first so many.
func (n *notebook) since(first int) []line {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.all[first:]
}

// with a boss who sees the wallboard.
func bossDialsBy(mode campaign.Mode) func(*Config) {
	return func(c *Config) {
		dialsBy(mode)(c)
		boss := c.Agents["yuki"]
		boss.Role = agent.RoleSupervisor
		c.Agents["yuki"] = boss
	}
}

// boardScene plays a story on a wallboard that is watched.
func boardScene(t *testing.T, change func(*Options), story func(t *testing.T, r *rig, n *notebook)) {
	t.Helper()
	redis := newRedis(t)
	synctest.Test(t, func(t *testing.T) {
		r := newRigOn(t, redis, false, func(o *Options) {
			bossDialsBy(campaign.ModeProgressive)(&o.Config)
			if change != nil {
				change(o)
			}
		})
		n := &notebook{}
		stop := r.engine.WatchWallboard(n.note)
		story(t, r, n)
		stop()
		before := len(n.since(0))
		r.judge(t)
		if more := n.since(before); len(more) > 0 {
			t.Errorf("after the end of watching %d changes were told", len(more))
		}
	})
}

func TestEachChangeOfAnAgentIsToldAtTheMomentWhenItHappens(t *testing.T) {
	t.Parallel()
	boardScene(t, nil, func(t *testing.T, r *rig, n *notebook) {
		r.arrive("hanako", "taro")
		c := r.hasCall(t, "hanako", 30*time.Second)
		time.Sleep(20 * time.Second)
		r.perform("hanako hold")
		r.perform("hanako resume")
		_, err := r.engine.End(t.Context(), "hanako", c.ID)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		var states []string
		calls := 0
		for _, c := range n.since(0) {
			a := c.Agent
			if a == nil || a.ID != "hanako" {
				continue
			}
			if len(states) == 0 || states[len(states)-1] != a.State {
				states = append(states, a.State)
				if !c.when.Equal(a.Since) {
					t.Errorf("%s since %s was told %s later", a.State, a.Since, c.when.Sub(a.Since))
				}
			}
			calls = a.Calls
			if a.At.Before(a.Since) || a.SignedInAt.IsZero() {
				t.Errorf("figures %+v", a)
			}
		}
		if want := []string{"not-ready", "ready", "on-call", "wrap-up"}; !reflect.DeepEqual(states, want) || calls != 1 {
			t.Errorf("hanako's states were told as %v with %d calls, want %v", states, calls, want)
		}
	})
}

func TestCampaignsFiguresAreToldWhenTheyChangeButFourTimesASecondAtMost(t *testing.T) {
	t.Parallel()
	boardScene(t, nil, func(t *testing.T, r *rig, n *notebook) {
		r.arrive("hanako", "taro", "jiro")
		for range 6 { // changes faster than people can read
			_, err := r.engine.SetNotReady(t.Context(), "jiro", "")
			if err != nil {
				t.Fatal(err)
			}
			_, err = r.engine.SetReady(t.Context(), "jiro")
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Millisecond)
		}
		r.hasCall(t, "hanako", 30*time.Second)
		time.Sleep(time.Minute)
		synctest.Wait()
		var last *line
		many := 0
		for _, c := range n.since(0) {
			if c.Campaign == nil {
				continue
			}
			if many++; last != nil {
				if gap := c.when.Sub(last.when); gap < boardPause {
					t.Errorf("told again %s after", gap)
				}
				if reflect.DeepEqual(last.Campaign.legible(), c.Campaign.legible()) {
					t.Errorf("told again though nothing is other: %+v", c.Campaign)
				}
			}
			last = &c
		}
		now, err := r.engine.Wallboard(t.Context(), "yuki")
		if err != nil {
			t.Fatal(err)
		}
		if many < 3 || last.Campaign.Attempts != now.Campaigns[0].Attempts || !reflect.DeepEqual(last.Campaign.List.Closed, now.Campaigns[0].List.Closed) ||
			!reflect.DeepEqual(last.Campaign.Agents, now.Campaigns[0].Agents) {
			t.Errorf("of %d changes the last is %+v, the wallboard has %+v", many, last, now.Campaigns[0])
		}
	})
}

// The contact whom an agent is there for waits a moment, as long as Asterisk takes to join them; the one whom nobody is there for until the limit.
func TestWaitsOfContactsHavePercentiles(t *testing.T) {
	t.Parallel()
	boardScene(t, nil, func(t *testing.T, r *rig, n *notebook) {
		r.numbersAre(aritest.Answer(3 * time.Second))
		r.arrive("hanako")
		call := r.hasCall(t, "hanako", 30*time.Second)
		time.Sleep(10 * time.Second)
		_, err := r.engine.End(t.Context(), "hanako", call.ID)
		if err == nil {
			_, err = r.engine.Done(t.Context(), "hanako", call.ID, DoneOptions{Disposition: "sale"})
		}
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second) // the next one is being called
		r.perform("hanako not-ready")
		time.Sleep(30 * time.Second)
		synctest.Wait()
		v, err := r.engine.Wallboard(t.Context(), "yuki")
		if err != nil {
			t.Fatal(err)
		}
		c := v.Campaigns[0]
		limit := r.engine.pacers[rigCampaign].limits.ConnectLimit.Seconds()
		if c.ContactWait.Times != 1 || c.ContactWait.P99 > 0.1 || c.ContactWait.P99 > c.ContactWait.Worst {
			t.Errorf("the contact who got hanako waited %+v", c.ContactWait)
		}
		if c.QueueWait.Times != 2 || c.QueueWait.P50 > 0.1 || math.Abs(c.QueueWait.P99-limit) > limit*stats.Accuracy {
			t.Errorf("both contacts waited %+v, the limit is %g s", c.QueueWait, limit)
		}
		if a := v.Agents[0]; a.ID != "hanako" || a.Waits.Times != 1 || math.Abs(a.Waits.P50-a.Wait) > a.Wait*stats.Accuracy || c.AgentWait.P90 != a.Waits.P90 {
			t.Errorf("hanako waited %+v, the campaign's agents %+v", a.Waits, c.AgentWait)
		}
	})
}

func TestNothingIsToldOfACampaignInWhichNothingHappens(t *testing.T) {
	t.Parallel()
	boardScene(t, nil, func(t *testing.T, r *rig, n *notebook) {
		time.Sleep(5 * time.Second)
		synctest.Wait()
		first := n.since(0)
		if len(first) != 3 || first[0].Dialing == nil || first[1].Run == nil || first[2].Campaign == nil {
			t.Fatalf("at first %+v was told, want how the campaign dials, who runs it, and its figures", first)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if more := n.since(3); len(more) > 0 {
			t.Errorf("in ten quiet minutes %d changes were told, the first %+v", len(more), more[0])
		}
		if _, err := r.engine.StopCampaign(t.Context(), "yuki", rigCampaign, "lunch", false); err != nil {
			t.Fatal(err)
		}
		time.Sleep(boardPause)
		synctest.Wait()
		more := n.since(3)
		if len(more) != 3 || more[0].Dialing == nil || more[0].Dialing.Running || more[1].Run == nil || more[1].Run.Running || more[2].Campaign == nil || more[2].Campaign.Running {
			t.Errorf("of the campaign's stop was told %+v", more)
		}
	})
}

// forgetful is a store whose calling list cannot be counted for a while.
type forgetful struct {
	campaign.Store
	away *atomic.Bool
}

func (f forgetful) Counts(ctx context.Context, id string) (campaign.Counts, error) {
	if f.away.Load() {
		return campaign.Counts{}, errors.New("redis is away")
	}
	return f.Store.Counts(ctx, id)
}

func TestWhileRedisIsAwayTheBoardSaysHowOldItsFiguresAre(t *testing.T) {
	t.Parallel()
	var away atomic.Bool
	boardScene(t, func(o *Options) { o.Store = forgetful{o.Store, &away} }, func(t *testing.T, r *rig, n *notebook) {
		latest := func() *CampaignBoard {
			synctest.Wait()
			all := n.since(0)
			for i := len(all) - 1; i >= 0; i-- {
				if all[i].Campaign != nil {
					return all[i].Campaign
				}
			}
			return &CampaignBoard{}
		}
		time.Sleep(time.Second)
		before := latest()
		if before.StoredAt != nil || before.List.Total != 12 {
			t.Fatalf("at first %+v", before)
		}
		away.Store(true)
		_, err := r.engine.SignIn(t.Context(), "hanako")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		now := latest()
		if now.Agents["not-ready"] != 1 || now.StoredAt == nil || time.Since(*now.StoredAt) < 10*time.Second || now.List.Total != 12 {
			t.Errorf("with Redis away %+v", now)
		}
		away.Store(false)
		time.Sleep(boardRefresh)
		if now := latest(); now.StoredAt != nil || now.Agents["not-ready"] != 1 {
			t.Errorf("with Redis back %+v", now)
		}
	})
}

func TestAgentsWhoWereTakenUpAreOnTheBoard(t *testing.T) {
	s := newShift(t, withBoss)
	s.arrive("hanako", "taro")
	s.stop()
	s.start()
	s.eventually("the agents are on the board", func() bool {
		v := s.board()
		return len(v.Agents) == 2 && v.Agents[0].ID == "hanako" && v.Agents[0].State == "ready" && v.Campaigns[0].Agents["ready"] == 2
	})
}

// Somebody who begins to watch does not wait for what somebody else is being told: both may need the same lock.
func TestWhoBeginsToWatchWaitsForNobody(t *testing.T) {
	t.Parallel()
	boardScene(t, nil, func(t *testing.T, r *rig, _ *notebook) {
		told, goOn := make(chan struct{}), make(chan struct{})
		var once sync.Once
		stop := r.engine.WatchWallboard(func(c BoardChange) {
			if c.Agent != nil {
				once.Do(func() { close(told) })
				<-goOn
			}
		})
		var arriving sync.WaitGroup
		arriving.Go(func() { r.arrive("hanako") })
		<-told
		begun := make(chan func())
		go func() { begun <- r.engine.WatchWallboard(func(BoardChange) {}) }()
		synctest.Wait()
		select {
		case other := <-begun:
			close(goOn)
			other()
		default:
			t.Error("who comes later waits until the first has been told")
			close(goOn)
			(<-begun)()
		}
		arriving.Wait()
		stop()
	})
}
