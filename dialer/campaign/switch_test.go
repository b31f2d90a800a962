package campaign

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

func testSwitches(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb).Switches()
	set := func(order Switching, run, changed bool) Switch {
		t.Helper()
		sw, did, err := s.Set(t.Context(), demo, order)
		must(t, err)
		if sw.Running != run || did != changed {
			t.Errorf("%+v: running %v, changed %v; want %v, %v", order, sw.Running, did, run, changed)
		}
		return sw
	}
	fresh, err := s.Get(t.Context(), demo)
	must(t, err)
	if fresh != (Switch{Running: true}) {
		t.Errorf("a campaign that nobody has switched is %+v", fresh)
	}
	set(Switching{Run: true, By: "boss"}, true, false) // it is running already
	stopped := set(Switching{By: "boss", Why: "no trunk"}, false, true)
	if stopped.By != "boss" || stopped.Why != "no trunk" || time.Since(stopped.Since).Abs() > time.Minute {
		t.Errorf("stopped: %+v", stopped)
	}
	now, err := s.Get(t.Context(), demo)
	must(t, err)
	if now != stopped {
		t.Errorf("read as %+v, want %+v", now, stopped)
	}
	at := time.Now()
	set(Switching{Run: true, Due: at.Add(-time.Hour)}, false, false) // the calendar comes late: somebody has decided since
	set(Switching{Run: true, Due: at.Add(time.Hour)}, true, true)
	set(Switching{Run: true, Due: at.Add(time.Hour)}, true, false)    // once more
	set(Switching{Run: false, Due: at.Add(time.Minute)}, true, false) // a closing that an opening has overtaken
	held := set(Switching{Hold: true, By: "boss"}, false, true)
	if !held.Held {
		t.Errorf("held: %+v", held)
	}
	set(Switching{Run: true, Due: at.Add(3 * time.Hour)}, false, false) // not even the calendar
	if sw := set(Switching{Run: true, Hold: true, By: "jiro"}, true, true); sw.Held {
		t.Errorf("started and held: %+v", sw)
	}
	log, err := s.Log(t.Context(), demo, 10)
	must(t, err)
	var who []string
	for _, l := range log {
		who = append(who, l.By)
	}
	if len(log) != 4 || !log[0].Running || who[0] != "jiro" || !log[1].Held || who[2] != "" || log[3] != stopped {
		t.Errorf("log %+v", log)
	}
	if other, err := s.Get(t.Context(), "other"); err != nil || !other.Running {
		t.Errorf("another campaign is %+v, %v", other, err)
	}
}

func testRefusalRules(t *testing.T, rdb redis.UniversalClient) {
	cfg := Defaults()
	cfg.Callback.Refusals, cfg.Callback.RefusedFor, cfg.RefusedFor = 2, 0, 0
	s := NewRedisStore(rdb).For(map[string]Config{demo: cfg})
	addRecords(t, rdb, demo, 2)
	first, token := take(t, s, "hanako")
	must(t, s.Return(t.Context(), demo, first.ID, token, EndedRejected, ""))
	if again, _ := take(t, s, "hanako"); again.ID != first.ID {
		t.Errorf("with refused_for 0s the next is %s, want %s again", again.ID, first.ID)
	}
	dueNow(t, s, "p1")
	for range 2 {
		r, _, token := takeDue(t, s, "jiro")
		must(t, s.Return(t.Context(), demo, r.ID, token, EndedRejected, ""))
	}
	p, _ := ledgerOf(t, s, "p1")
	expect(t, "after two refusals by the same agent it waits for", p.Queue, "sup")
}

func testEscalation(t *testing.T, rdb redis.UniversalClient) {
	s := NewRedisStore(rdb)
	addRecords(t, rdb, demo, 2)
	dueNow(t, s, "p1")
	promise(t, s, "p2", later())
	n, err := s.Promises().Escalate(t.Context(), demo, "no trunk")
	must(t, err)
	expect(t, "escalated", n, 1)
	p, kinds := ledgerOf(t, s, "p1")
	if p.Queue != "sup" || kinds[len(kinds)-1] != "escalated" || p.Events[len(p.Events)-1].Text != "no trunk" {
		t.Errorf("%s in %s: %v", p.ID, p.Queue, kinds)
	}
	if any, err := s.Promises().AnyDue(t.Context(), demo); err != nil || any {
		t.Errorf("something is left for agents: %v, %v", any, err)
	}
	if again, err := s.Promises().Escalate(t.Context(), demo, "no trunk"); err != nil || again != 0 {
		t.Errorf("once more: %d, %v", again, err)
	}
}
