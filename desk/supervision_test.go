package desk_test

import (
	"slices"
	"testing"
	"time"

	"github.com/hasshin/hasshin/desk"
	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/audit"
)

func TestASupervisorListensThroughTheAPI(t *testing.T) {
	h := open(t, func(o *desk.Options) {
		sumire := o.Agents["sumire"]
		sumire.Phone.Kind = agent.PhoneSIP // whoever listens needs one
		o.Agents["sumire"] = sumire
	})
	c := h.signedIn("sumire")
	h.engine.set(func(f *fakeEngine) {
		f.live = []dialer.LiveCallView{{ID: "c1", Agent: "hanako", State: "talking", Allowed: []string{"listen"}}}
	})
	live := must(c.LiveCalls(h.ctx()))(t)
	if len(live) != 1 || live[0].ID != "c1" || !slices.Equal(live[0].Allowed, []string{"listen"}) {
		t.Errorf("live calls = %+v", live)
	}
	v := must(c.SuperviseAgent(h.ctx(), "hanako", dialer.ModeListen))(t)
	if v.State != "supervising" || v.Supervision.Agent != "hanako" || v.Supervision.Mode != "listen" {
		t.Errorf("supervising an agent: %+v", v)
	}
	v = must(c.SuperviseCall(h.ctx(), "c1", dialer.ModeBarge))(t)
	if v.Supervision.Call != "c1" || v.Supervision.Mode != "barge" {
		t.Errorf("supervising a call: %+v", v)
	}
	must(c.TakeOver(h.ctx()))(t)
	must(c.EndLiveCall(h.ctx(), "c1"))(t)
	if v = must(c.StopSupervising(h.ctx()))(t); v.Supervision != nil {
		t.Errorf("stopped: %+v", v)
	}
	want := []string{"supervise hanako listen", "supervise c1 barge", "take-over sumire", "end-live-call c1", "stop-supervising sumire"}
	for _, command := range want {
		if !slices.ContainsFunc(h.engine.done(), func(did string) bool { return did == command || did == command+" sumire" }) {
			t.Errorf("the engine did %v, want %s in it", h.engine.done(), command)
		}
	}
	for _, body := range []string{`{"mode": "listen"}`, `{"agent": "hanako", "call": "c1", "mode": "listen"}`, `{"agent": "hanako", "mode": "shout"}`} {
		if r := h.send("PUT", "/api/v1/supervision", body, bearer(c)...); r.problem.Code != api.CodeBadRequest {
			t.Errorf("%s answered with %s", body, r.body)
		}
	}
}

func TestTheAuditLogIsRead(t *testing.T) {
	h := open(t)
	c := h.signedIn("akira")
	h.engine.set(func(f *fakeEngine) {
		f.audited = []dialer.AuditEntryView{{Entry: audit.Entry{ID: "a1", Kind: audit.Listen, By: "sumire"}, ByName: "伊藤 すみれ"}}
	})
	q := audit.Query{
		By: "sumire", Agent: "hanako", Campaign: "spring", Call: "c1", Kind: audit.Listen, From: time.Unix(10, 0).UTC(), Before: time.Unix(20, 0).UTC(), After: "a2", Limit: 7,
	}
	entries := must(c.AuditLog(h.ctx(), q))(t)
	if len(entries) != 1 || entries[0].By != "sumire" || entries[0].ByName != "伊藤 すみれ" {
		t.Errorf("entries = %+v", entries)
	}
	h.engine.set(func(f *fakeEngine) {
		if f.asked != q {
			t.Errorf("the engine was asked for %+v, want %+v", f.asked, q)
		}
	})
	if _, err := h.signedIn("sumire").AuditLog(h.ctx(), audit.Query{}); wantCode(t, err, api.CodeForbidden).Privilege != string(agent.SeeAudit) {
		t.Errorf("a supervisor is refused with %v", err)
	}
}
