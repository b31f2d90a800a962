package campaign

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/callback"
)

const pool = callback.QueuePool

// promise makes a record's promise by closing the record, as hanako does it at the end of a call.
func promise(t testing.TB, s *RedisStore, id string, p callback.Promise) *Record {
	t.Helper()
	r, token, err := s.Take(t.Context(), demo, "hanako", time.Minute)
	must(t, err)
	p.ID, p.By, p.Number, p.Made, p.Zone = id, "hanako", r.Numbers[0].E164, time.Now(), "Asia/Tokyo"
	if p.Kind == "" {
		p.Kind, p.Holder = callback.Pool, "hanako"
	}
	if p.Kind == callback.Personal {
		p.Owner, p.Holder = "hanako", "hanako"
	}
	outcome := Outcome{Attempts: []Attempt{{Number: p.Number, Result: call.Answered}}, Promise: &p}
	must(t, s.Close(t.Context(), demo, r.ID, token, outcome))
	return r
}

// dueNow makes a pool promise that has come due.
func dueNow(t testing.TB, s *RedisStore, id string) {
	t.Helper()
	promise(t, s, id, callback.Promise{Due: time.Now().Add(-time.Second)})
	wake(t, s, id, Wake{})
}

func later() callback.Promise { return callback.Promise{Due: time.Now().Add(time.Hour)} }

// takeDue takes what is due for an agent: of the agent's own first, then of the pool.
func takeDue(t testing.TB, s *RedisStore, agent string) (*Record, *callback.Promise, Token) {
	t.Helper()
	r, p, token, err := s.Promises().Take(t.Context(), demo, agent, []callback.Queue{callback.QueueOf(agent), pool}, time.Minute)
	if err != nil {
		t.Fatalf("a due callback for %s: %v", agent, err)
	}
	return r, p, token
}

func wake(t testing.TB, s *RedisStore, id string, w Wake) Woken {
	t.Helper()
	woken, err := s.Promises().Wake(t.Context(), demo, id, w)
	must(t, err)
	return woken
}

func ledgerOf(t testing.TB, s *RedisStore, id string) (*callback.Promise, []string) {
	t.Helper()
	p, err := s.Promises().Get(t.Context(), demo, id)
	must(t, err)
	var kinds []string
	for _, ev := range p.Events {
		kinds = append(kinds, ev.Kind)
	}
	return p, kinds
}

func expect[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func testPromiseMade(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb)
	addRecords(t, rdb, demo, 1)
	due := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	r := promise(t, s, "p1", callback.Promise{Due: due, Note: "after the meeting"})
	p, kinds := ledgerOf(t, s, "p1")
	if p.State != callback.Waiting || !p.Due.Equal(due) || p.Record != r.ID || p.Note != "after the meeting" || !slices.Equal(kinds, []string{"made"}) {
		t.Errorf("promise %+v", p)
	}
	got, err := s.Get(t.Context(), demo, r.ID)
	must(t, err)
	expect(t, "the record is", got.State, Promised)
	counts, err := s.Counts(t.Context(), demo)
	must(t, err)
	expect(t, "promised", counts.Promised, 1)
	alarms, err := s.Promises().Alarms(t.Context(), demo, 10)
	must(t, err)
	if !slices.Equal(alarms, []Alarm{{"p1", due}}) {
		t.Errorf("alarms %v", alarms)
	}
	must(t, s.Promises().AlarmSet(t.Context(), demo, "p1", due.Add(time.Second))) // not the one it has
	alarms, _ = s.Promises().Alarms(t.Context(), demo, 10)
	expect(t, "alarms with another time", len(alarms), 1)
	must(t, s.Promises().AlarmSet(t.Context(), demo, "p1", due))
	alarms, _ = s.Promises().Alarms(t.Context(), demo, 10)
	expect(t, "alarms that are set", len(alarms), 0)
	if woken := wake(t, s, "p1", Wake{}); woken.State != callback.Waiting || !woken.Next.Equal(due) {
		t.Errorf("woken too early: %+v", woken)
	}
	if _, _, _, err := s.Promises().Take(t.Context(), demo, "jiro", []callback.Queue{pool}, time.Minute); !errors.Is(err, ErrNoRecord) {
		t.Errorf("taken before its time: %v", err)
	}
}

func testPersonal(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb)
	addRecords(t, rdb, demo, 1)
	absent := callback.Absence{Wait: 30 * time.Millisecond, Then: "pool"}
	promise(t, s, "p1", callback.Promise{Kind: callback.Personal, Due: time.Now().Add(-time.Second), Absent: absent})
	woken := wake(t, s, "p1", Wake{})
	if woken.Queue != callback.QueueOf("hanako") || !woken.Changed || woken.Next.IsZero() {
		t.Fatalf("woken: %+v", woken)
	}
	if _, _, _, err := s.Promises().Take(t.Context(), demo, "jiro", []callback.Queue{callback.QueueOf("jiro"), pool}, time.Minute); !errors.Is(err, ErrNoRecord) {
		t.Errorf("somebody else took it: %v", err)
	}
	var again Woken
	eventually(t, "the wait for the owner is over", func() bool {
		again = wake(t, s, "p1", Wake{OwnerThere: true, Again: time.Minute})
		return again.Next.After(woken.Next)
	})
	if again.Changed || time.Until(again.Next) < 50*time.Second {
		t.Errorf("its owner is in a call, but: %+v", again)
	}
	if gone := wake(t, s, "p1", Wake{}); gone.Queue != pool || !gone.Changed || !gone.Next.IsZero() {
		t.Errorf("its owner is away, but: %+v", gone)
	}
	r, p, token, err := s.Promises().Take(t.Context(), demo, "jiro", []callback.Queue{callback.QueueOf("jiro"), pool}, time.Minute)
	must(t, err)
	expect(t, "taken for", r.Promise, "p1")
	expect(t, "its state", p.State, callback.Offered)
	out, err := s.Get(t.Context(), demo, r.ID)
	must(t, err)
	if out.State != Out || out.Promise != "p1" || out.Agent != "jiro" {
		t.Errorf("the record is %+v", out)
	}
	outcome := Outcome{Attempts: []Attempt{{Number: r.Numbers[0].E164, Result: call.NoAnswer}}}
	must(t, s.Close(t.Context(), demo, r.ID, token, outcome))
	must(t, s.Close(t.Context(), demo, r.ID, token, outcome))
	p, kinds := ledgerOf(t, s, "p1")
	want := []string{"made", "due", "owner-absent", "offered", "kept"}
	if p.State != callback.Kept || !slices.Equal(kinds, want) || p.Events[4].Text != "no-answer" || p.Events[4].By != "jiro" {
		t.Errorf("the ledger ends %+v", p.Events)
	}
	ended, err := s.Promises().List(t.Context(), demo, Filter{Ended: true})
	must(t, err)
	open, err := s.Promises().List(t.Context(), demo, Filter{})
	must(t, err)
	if len(ended) != 1 || len(open) != 0 {
		t.Errorf("%d open, %d ended", len(open), len(ended))
	}
	closed, err := s.Get(t.Context(), demo, r.ID)
	must(t, err)
	expect(t, "the record is", closed.State, Closed)
}

func testRefusedCallback(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb)
	addRecords(t, rdb, demo, 1)
	promise(t, s, "p1", callback.Promise{Kind: callback.Personal, Due: time.Now().Add(-time.Second), Absent: callback.Absence{Then: "pool"}})
	wake(t, s, "p1", Wake{})
	for i, agent := range []string{"hanako", "jiro", "taro"} {
		queues := []callback.Queue{callback.QueueOf(agent), pool}
		r, _, token, err := s.Promises().Take(t.Context(), demo, agent, queues, time.Minute)
		if err != nil {
			t.Fatalf("offer %d, to %s: %v", i, agent, err)
		}
		must(t, s.Return(t.Context(), demo, r.ID, token, EndedRejected, "lunch"))
		if _, _, _, err := s.Promises().Take(t.Context(), demo, agent, queues, time.Minute); !errors.Is(err, ErrNoRecord) {
			t.Errorf("it came straight back to %s: %v", agent, err)
		}
	}
	p, kinds := ledgerOf(t, s, "p1")
	expect(t, "queue after three refusals", p.Queue, callback.QueueSupervisor)
	expect(t, "refusals", p.Refusals, 3)
	want := []string{"made", "due", "offered", "rejected", "offered", "rejected", "offered", "rejected", "escalated"}
	if !slices.Equal(kinds, want) || p.Events[3].Text != "lunch" {
		t.Errorf("ledger %+v", p.Events)
	}
	must(t, s.Promises().Change(t.Context(), demo, "p1", Change{Kind: ChangeRelease, By: "boss"}))
	if _, _, _, err := s.Promises().Take(t.Context(), demo, "saburo", []callback.Queue{pool}, time.Minute); err != nil {
		t.Errorf("released, but: %v", err)
	}
}

func testCallbackBook(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb)
	addRecords(t, rdb, demo, 3)
	due := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	for _, id := range []string{"p1", "p2", "p3"} {
		promise(t, s, id, callback.Promise{Kind: callback.Personal, Due: due, Absent: callback.Absence{Then: "pool"}})
	}
	change := func(id string, c Change) error { return s.Promises().Change(t.Context(), demo, id, c) }
	later := due.Add(time.Hour)
	must(t, change("p1", Change{Kind: ChangeMove, By: "hanako", Due: later}))
	must(t, change("p2", Change{Kind: ChangeHandOver, By: "hanako", NewID: "p4", Owner: "jiro"}))
	must(t, change("p2", Change{Kind: ChangeHandOver, By: "hanako", NewID: "p4", Owner: "jiro"})) // once more
	must(t, change("p3", Change{Kind: ChangeCancel, By: "hanako", Why: "she called us"}))
	var state *StateError
	if err := change("p3", Change{Kind: ChangeMove, Due: later}); !errors.As(err, &state) || state.State != callback.Cancelled {
		t.Errorf("moving what is cancelled: %v", err)
	}
	if err := change("p9", Change{Kind: ChangeCancel}); !errors.Is(err, ErrNotFound) {
		t.Errorf("cancelling what is not: %v", err)
	}
	moved, _ := ledgerOf(t, s, "p1")
	if !moved.Due.Equal(later) {
		t.Errorf("moved to %v, want %v", moved.Due, later)
	}
	handed, kinds := ledgerOf(t, s, "p4")
	if handed.Owner != "jiro" || handed.Holder != "jiro" || handed.By != "hanako" || !handed.Due.Equal(due) || handed.State != callback.Waiting || !slices.Equal(kinds, []string{"made"}) {
		t.Errorf("handed over: %+v", handed)
	}
	for who, want := range map[string][]string{"hanako": {"p1"}, "jiro": {"p4"}} {
		list, err := s.Promises().List(t.Context(), demo, Filter{Holder: who})
		must(t, err)
		var ids []string
		for _, p := range list {
			ids = append(ids, p.ID)
		}
		if !slices.Equal(ids, want) {
			t.Errorf("the book of %s has %v, want %v", who, ids, want)
		}
	}
	alarms, err := s.Promises().Alarms(t.Context(), demo, 10)
	must(t, err)
	if !slices.Equal(alarms, []Alarm{{"p4", due}, {"p1", later}}) {
		t.Errorf("alarms %v", alarms)
	}
	if soonest, err := s.Promises().Alarms(t.Context(), demo, 1); err != nil || !slices.Equal(soonest, alarms[:1]) {
		t.Errorf("the soonest alarm is %v, %v", soonest, err)
	}
}

func testCallbackLeaseLost(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb)
	addRecords(t, rdb, demo, 1)
	dueNow(t, s, "p1")
	r, _, dead, err := s.Promises().Take(t.Context(), demo, "hanako", []callback.Queue{pool}, time.Millisecond)
	must(t, err)
	var swept []string
	eventually(t, "the lease ends", func() bool {
		swept, err = s.SweepExpired(t.Context(), demo)
		must(t, err)
		return len(swept) > 0
	})
	if !slices.Equal(swept, []string{r.ID}) {
		t.Fatalf("swept %v", swept)
	}
	again, p, token := takeDue(t, s, "jiro")
	expect(t, "refusals", p.Refusals, 0)
	if err := s.Close(t.Context(), demo, r.ID, dead, Outcome{}); !errors.Is(err, ErrLeaseLost) {
		t.Errorf("the dead one closes it: %v", err)
	}
	must(t, s.Close(t.Context(), demo, again.ID, token, Outcome{Undialed: UndialedDoNotCall}))
	p, _ = ledgerOf(t, s, "p1")
	if last := p.Events[len(p.Events)-1]; p.State != callback.Expired || last.Text != string(UndialedDoNotCall) {
		t.Errorf("ended %s: %+v", p.State, last)
	}
	// It never went back to the calling list.
	if _, _, err := s.Take(t.Context(), demo, "taro", time.Minute); !errors.Is(err, ErrNoRecord) {
		t.Errorf("the calling list has it: %v", err)
	}
}

func testPostponed(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb)
	addRecords(t, rdb, demo, 1)
	dueNow(t, s, "p1")
	r, _, token := takeDue(t, s, "hanako")
	at := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	must(t, s.Promises().Postpone(t.Context(), demo, r.ID, token, at, "calling hours"))
	if err := s.Promises().Postpone(t.Context(), demo, r.ID, token, at, "calling hours"); !errors.Is(err, ErrLeaseLost) {
		t.Errorf("twice: %v", err)
	}
	p, kinds := ledgerOf(t, s, "p1")
	if p.State != callback.Waiting || !p.Due.Equal(at) || kinds[len(kinds)-1] != "postponed" {
		t.Errorf("%+v", p)
	}
}

func testSuperseded(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb)
	addRecords(t, rdb, demo, 1)
	dueNow(t, s, "p1")
	r, _, token := takeDue(t, s, "hanako")
	next := callback.Promise{ID: "p2", Number: r.Numbers[0].E164, Kind: callback.Pool, Holder: "hanako", Due: time.Now().Add(time.Hour), Zone: "UTC"}
	must(t, s.Close(t.Context(), demo, r.ID, token, Outcome{Promise: &next, Attempts: []Attempt{{Result: call.Answered}}}))
	first, _ := ledgerOf(t, s, "p1")
	second, _ := ledgerOf(t, s, "p2")
	expect(t, "the first is", first.State, callback.Kept)
	expect(t, "the second is", second.State, callback.Waiting)
	must(t, s.Promises().Note(t.Context(), demo, r.ID, "reached-elsewhere", "jiro", "campaign autumn"))
	_, kinds := ledgerOf(t, s, "p2")
	expect(t, "noted", kinds[len(kinds)-1], "reached-elsewhere")
}

func testAddedNumber(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb)
	addRecords(t, rdb, demo, 1)
	r, token, err := s.Take(t.Context(), demo, "hanako", time.Minute)
	must(t, err)
	added := Number{E164: "+81312345678", Type: "work"}
	p := callback.Promise{ID: "p1", Number: added.E164, Kind: callback.Pool, Due: time.Now().Add(time.Hour), Zone: "UTC"}
	must(t, s.Close(t.Context(), demo, r.ID, token, Outcome{Promise: &p, Numbers: []Number{added}}))
	found, err := s.FindByNumber(t.Context(), demo, added.E164)
	must(t, err)
	if found.ID != r.ID || len(found.Numbers) != 2 || found.Numbers[1] != added {
		t.Errorf("found %s with %v", found.ID, found.Numbers)
	}
}

func testAhead(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb)
	addRecords(t, rdb, demo, 6)
	at := time.Now().Truncate(time.Millisecond)
	ahead := func(most int, queues ...callback.Queue) map[string]Ahead {
		t.Helper()
		found, err := s.Promises().Ahead(t.Context(), demo, queues, time.Minute, most)
		must(t, err)
		all := map[string]Ahead{}
		for _, f := range found {
			all[f.ID] = f
		}
		expect(t, "each once", len(all), len(found))
		return all
	}
	expect(t, "of none", len(ahead(10, pool, callback.QueueOf("hanako"))), 0)
	dueNow(t, s, "supervisors")
	_, err := s.Promises().Escalate(t.Context(), demo, "")
	must(t, err)
	dueNow(t, s, "waits")
	r, _, token, err := s.Promises().Take(t.Context(), demo, "jiro", []callback.Queue{pool}, time.Minute)
	must(t, err)
	must(t, s.Return(t.Context(), demo, r.ID, token, EndedRejected, "lunch"))
	promise(t, s, "hanakos", callback.Promise{Kind: callback.Personal, Due: at.Add(30 * time.Second)})
	promise(t, s, "asleep", callback.Promise{Due: at.Add(-2 * time.Second)})
	promise(t, s, "later", callback.Promise{Due: at.Add(2 * time.Minute)})
	promise(t, s, "skilled", callback.Promise{Due: at.Add(10 * time.Second), Skill: "french"})
	all := ahead(10, pool, callback.QueueOf("hanako"))
	expect(t, "found", len(all), 3)
	expect(t, "refused by", strings.Join(all["waits"].Refused, ","), "jiro")
	if h := all["hanakos"]; h.Queue != callback.QueueOf("hanako") || !h.Due.Equal(at.Add(30*time.Second)) || h.Refused != nil {
		t.Errorf("hanako's: %+v", h)
	}
	if c := all["asleep"]; c.Queue != pool || !c.Due.Equal(at.Add(-2*time.Second)) {
		t.Errorf("what came: %+v", c)
	}
	expect(t, "of the skill", ahead(10, callback.QueueOfSkill("french"))["skilled"].Queue, callback.QueueOfSkill("french"))
	expect(t, "of somebody else's", len(ahead(10, callback.QueueOf("taro"))), 0)
	expect(t, "at most one of each", len(ahead(1, pool)), 2) // one that waits, and the first to come
	_, _, _, err = s.Promises().Take(t.Context(), demo, "taro", []callback.Queue{pool}, time.Minute)
	must(t, err)
	if _, there := ahead(10, pool)["waits"]; there {
		t.Error("one that an agent has is still to be given")
	}
}
