package dialer

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/scheduler"
)

// deaf is a Scheduler that wakes nothing: all shards are another process's.
type deaf struct{ Scheduler }

func (deaf) Run(ctx context.Context, _ func(context.Context, string) (time.Time, error)) error {
	<-ctx.Done()
	return nil
}

// newProcesses starts two processes on one Redis, each with an Asterisk of its own. The first one has all shards of the scheduler, so what comes due
// is seen there. Neither looks through what is due by itself: whatever reaches an agent of the other one does so by word.
func newProcesses(t *testing.T, configure ...func(*Config)) (first, second *shift) {
	t.Helper()
	first = &shift{t: t, alone: true}
	t.Parallel()
	first.rdb = aRedis(t)
	first.open("ast1", func(list campaign.ListConfig) { fillRig(t, first.rdb, list) }, configure...)
	second = &shift{t: t, rdb: first.rdb, alone: true, deaf: true}
	second.open("ast2", func(campaign.ListConfig) {}, configure...)
	return first, second
}

func TestACallbackReachesItsOwnerAtAnotherProcessAtOnce(t *testing.T) {
	first, second := newProcesses(t)
	first.arrive("taro")
	second.arrive("hanako")
	second.promised("hanako", in(time.Second, callback.Personal))
	promise := second.only()
	got := second.offered("hanako")
	if early := time.Until(promise.Due); early > 0 || got.Promise.ID != promise.ID {
		t.Errorf("offered %s, %v early", got.Promise.ID, early)
	}
	got = second.dial("hanako", got)
	_, err := second.engine.Done(second.ctx(), "hanako", got.ID, DoneOptions{Disposition: "sale", Stop: true})
	second.must(err)
	_, kinds := first.ledger(promise.ID, callback.Kept)
	if want := []string{"made hanako", "due", "offered hanako", "kept hanako"}; !slices.Equal(kinds, want) {
		t.Errorf("ledger %v, want %v", kinds, want)
	}
}

func TestAnOwnerInACallAtAnotherProcessIsNotAbsentAndHearsOfTheCallback(t *testing.T) {
	first, second := newProcesses(t)
	first.arrive("taro")
	second.arrive("hanako")
	d := in(2*time.Second, callback.Personal)
	d.Absent = &callback.AbsenceDraft{Then: callback.ToPool} // at once
	second.promised("hanako", d)
	promise := second.only()
	v := second.talk("hanako")
	second.tone("hanako", "callback-due-soon")
	alarms, err := scheduler.New(scheduler.Config{Redis: first.rdb, Name: "callbacks", Shards: 4})
	first.must(err)
	first.eventually("it was looked after again, and is to be once more later", func() bool {
		at, err := alarms.Find(first.ctx(), alarmID(rigCampaign, promise.ID))
		return err == nil && !at.Claimed && time.Until(at.Due) > ownerBusyAgain/2
	})
	other, err := first.engine.GetRecord(first.ctx(), "taro", rigCampaign)
	first.must(err)
	if other.Promise != nil {
		t.Error("taro got it, though hanako is there")
	}
	if p, _ := first.ledger(promise.ID, callback.Due); p.Queue != callback.QueueOf("hanako") {
		t.Errorf("it waits in %s", p.Queue)
	}
	_, err = second.engine.Done(second.ctx(), "hanako", v.ID, DoneOptions{Disposition: "sale"})
	second.must(err)
	second.offered("hanako")
}

// The one who has been ready for longest gets it, wherever; who refuses it hands it to the next, wherever.
func TestAPoolCallbackGoesToTheLongestIdleOfAllProcesses(t *testing.T) {
	first, second := newProcesses(t)
	second.arrive("jiro")
	first.arrive("hanako")
	second.arrive("yuki")
	first.arrive("taro")
	first.promised("taro", in(time.Second, callback.Pool)) // who is ready anew afterwards
	promise := first.only()
	for i, turn := range []struct {
		at *shift
		id string
	}{{second, "jiro"}, {first, "hanako"}} {
		v := turn.at.offered(turn.id)
		if v.Promise.ID != promise.ID || v.Origin != "callback" {
			t.Errorf("offer %d to %s: %s as %s", i+1, turn.id, v.Promise.ID, v.Origin)
		}
		_, err := turn.at.engine.SetNotReady(turn.at.ctx(), turn.id, "break")
		turn.at.must(err)
		_, err = turn.at.engine.Reject(turn.at.ctx(), turn.id, v.ID, "no time")
		turn.at.must(err)
	}
	second.offered("yuki")
	_, kinds := first.ledger(promise.ID, callback.Offered)
	want := []string{"made taro", "due", "offered jiro", "rejected jiro", "offered hanako", "rejected hanako", "offered yuki"}
	if !slices.Equal(kinds, want) {
		t.Errorf("ledger %v, want %v", kinds, want)
	}
}

// Ten callbacks come due at once, for four agents of two processes: nobody gets two at once, no callback two agents, and all are kept.
func TestAHerdIsSharedByTheAgentsOfAllProcesses(t *testing.T) {
	first, second := newProcesses(t)
	home := map[string]*shift{"hanako": first, "taro": first, "jiro": second, "yuki": second}
	first.arrive("hanako", "taro")
	second.arrive("jiro", "yuki")
	const herd = 10
	due := time.Now().Add(5 * time.Second)
	ids := map[string]bool{}
	for i := range herd {
		who := rigAgents[i%len(rigAgents)]
		s := home[who]
		v, err := s.engine.GetRecord(s.ctx(), who, rigCampaign)
		s.must(err)
		s.promise(who, v.ID, in(time.Second, callback.Pool), time.Until(due), DoneOptions{Stop: true})
	}
	all, err := first.store.Promises().List(first.ctx(), rigCampaign, campaign.Filter{})
	first.must(err)
	for _, p := range all {
		ids[p.ID] = true
	}
	if len(ids) != herd {
		t.Fatalf("%d promised, want %d", len(ids), herd)
	}
	for _, who := range rigAgents {
		go home[who].keepAll(who)
	}
	for id := range ids {
		_, kinds := first.ledger(id, callback.Kept)
		if offers := slices.DeleteFunc(slices.Clone(kinds), func(k string) bool { return len(k) < 7 || k[:7] != "offered" }); len(offers) != 1 {
			t.Errorf("callback %s was offered %d times: %v", id, len(offers), kinds)
		}
	}
}

// keepAll lets an agent promise at once to whoever is offered that all is kept: accept, talk, done.
func (s *shift) keepAll(id string) {
	for s.t.Context().Err() == nil {
		ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Second)
		err := s.keepOne(ctx, id)
		cancel()
		if err != nil {
			select {
			case <-time.After(10 * time.Millisecond):
			case <-s.t.Context().Done():
			}
		}
	}
}

func (s *shift) keepOne(ctx context.Context, id string) error {
	a, err := s.engine.Agent(ctx, id)
	if err != nil {
		return err
	}
	if a.CallID == "" {
		return fmt.Errorf("%s has nothing to do", id)
	}
	switch agent.State(a.State) {
	case agent.Preview:
		_, err = s.engine.Accept(ctx, id, a.CallID, "")
	default:
		_, err = s.engine.Done(ctx, id, a.CallID, DoneOptions{Disposition: "sale", Stop: true})
	}
	return err
}

// The process that has a callback in its hands ends without a word: once its lease is over the callback comes to an agent of the other one.
func TestACallbackSurvivesTheProcessThatHasIt(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a lease to run out")
	}
	first, second := newProcesses(t, func(c *Config) { c.RecordLease = 10 * time.Second })
	second.arrive("jiro")
	second.promised("jiro", in(time.Second, callback.Pool))
	promise := second.only()
	second.offered("jiro")
	second.stop()
	second.stop = func() {}
	first.arrive("hanako")
	first.eventuallyIn(30*time.Second, "the lease is over", func() bool {
		p, _ := first.ledger(promise.ID, "")
		return p.State == callback.Offered && p.Agent == "hanako"
	})
	_, kinds := first.ledger(promise.ID, callback.Offered)
	if want := []string{"made jiro", "due", "offered jiro", "lease-expired jiro", "offered hanako"}; !slices.Equal(kinds, want) {
		t.Errorf("ledger %v, want %v", kinds, want)
	}
}

func TestACampaignThatOneProcessStopsStopsAtAll(t *testing.T) {
	first, second := newProcesses(t, withBoss)
	second.arrive("jiro")
	preview, err := second.engine.GetRecord(second.ctx(), "jiro", rigCampaign)
	second.must(err)
	first.switchTo(false)
	second.eventually("the preview at the other process is withdrawn", func() bool {
		_, err := second.engine.Call(second.ctx(), "jiro", preview.ID)
		return err != nil
	})
	if _, err := second.engine.GetRecord(second.ctx(), "jiro", rigCampaign); second.refusal(err) != CodeCampaignStopped {
		t.Errorf("a record of the stopped campaign: %v", err)
	}
}
