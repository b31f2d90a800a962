package desk_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/desk/client"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/callback"
)

const (
	pastDraft  = `{"when": {"at": "2020-01-01T10:00", "zone": "Asia/Tokyo"}, "kind": "personal"}`
	rightDraft = `{"when": {"at": "2031-05-06T10:00", "zone": "Asia/Tokyo"}, "kind": "personal", "absent": {"minutes": 5, "then": "group", "group": "sales"}}`
)

func draftOf(t testing.TB, text string) callback.Draft {
	t.Helper()
	var d callback.Draft
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// promises are one of Hanako's and one of Jiro's.
func promises() []dialer.PromiseView {
	made := time.Date(2031, 5, 5, 3, 4, 5, 678e6, time.UTC)
	due := made.Add(24 * time.Hour)
	return []dialer.PromiseView{
		{
			ID: "p1", Campaign: "spring", Record: "C-1", Number: "+815012345600", Kind: "personal", Owner: "hanako", Holder: "hanako", Zone: "Asia/Tokyo",
			Note: "=HYPERLINK(\"http://evil\",\"click\")", Absent: &dialer.AbsenceView{Minutes: 5, Then: "group", Group: "sales"}, Call: "call-7",
			Made: made, Due: due, State: "kept", Since: due.Add(time.Minute), Allowed: []string{},
			Ledger: []dialer.PromiseEventView{
				{At: made, Kind: "made", By: "hanako"}, {At: due, Kind: "due"}, {At: due.Add(time.Second), Kind: "offered", By: "hanako"},
				{At: due.Add(time.Minute), Kind: "kept", By: "hanako", Text: "@SUM(1)"},
			},
		},
		{
			ID: "p2", Campaign: "spring", Record: "-2", Number: "+81312345611", Kind: "pool", Holder: "jiro", Note: "二行\nの\"注\", と", Zone: "Asia/Tokyo",
			Call: "call-8", Made: made, Due: due, State: "due", Since: due, Queue: "pool", Refusals: 2, Late: 3,
			Ledger: []dialer.PromiseEventView{{At: made, Kind: "made", By: "jiro"}, {At: due, Kind: "due", Text: "＝1+1"}},
		},
	}
}

func (h *house) withBook() *house {
	h.engine.set(func(f *fakeEngine) { f.promises = promises() })
	return h
}

func TestACallbackIsCheckedDraftedAndTakenBack(t *testing.T) {
	h := open(t)
	ctx, c := h.ctx(), h.signedIn("hanako")
	id := must(c.GetRecord(ctx, "spring"))(t).ID
	before := len(h.engine.done())

	v := must(c.CheckCallback(ctx, id, draftOf(t, pastDraft)))(t)
	if v.OK() || !v.Has(callback.CodePast) || len(v.Slots) != 1 || v.Slots[0].When.At != "2031-05-06T10:00" {
		t.Errorf("verdict %s", text(v))
	}
	_, err := c.SetCallback(ctx, id, draftOf(t, pastDraft))
	p := wantCode(t, err, api.Code(dialer.CodeInvalidCallback))
	if p.Status != 422 || p.Verdict == nil || !p.Verdict.Has(callback.CodePast) || len(p.Verdict.Slots) != 1 {
		t.Errorf("problem %s", text(p))
	}
	call := must(c.SetCallback(ctx, id, draftOf(t, rightDraft)))(t)
	if call.Callback == nil || call.Callback.Draft.Absent == nil || call.Callback.Draft.Absent.Group != "sales" || call.Callback.Problems == nil {
		t.Errorf("call %s", text(call))
	}
	if call := must(c.ClearCallback(ctx, id))(t); call.Callback != nil {
		t.Errorf("taken back: %s", text(call))
	}
	want := []string{"check 2020-01-01T10:00 Asia/Tokyo personal " + id, "callback 2031-05-06T10:00 " + id, "clear-callback " + id}
	if did := h.engine.done()[before:]; !slices.Equal(did, want) {
		t.Errorf("the engine was told %q, want %q", did, want)
	}
	if _, err := h.signedIn("jiro").CheckCallback(ctx, id, draftOf(t, rightDraft)); wantCode(t, err, api.Code(dialer.CodeNotYourCall)).Status != 403 {
		t.Errorf("another's call: %v", err)
	}
	h.engine.set(func(f *fakeEngine) { v := judged(draftOf(t, pastDraft)); f.refuse = invalid(v) })
	_, err = c.Done(ctx, id, client.Done{})
	if p := wantCode(t, err, api.Code(dialer.CodeInvalidCallback)); p.Verdict == nil || p.Verdict.Slots == nil {
		t.Errorf("done with what has become impossible: %s", text(p))
	}
}

func TestTheBookIsAskedAndCommanded(t *testing.T) {
	h := open(t).withBook()
	ctx, c := h.ctx(), h.signedIn("hanako")
	before := len(h.engine.done())
	day := time.Date(2031, 5, 6, 0, 0, 0, 0, time.FixedZone("", 9*3600))
	q := dialer.CallbackQuery{Campaign: "spring", Scope: dialer.CallbacksEnded, From: day, Before: day.Add(24 * time.Hour), Limit: 7}
	mine, more, err := c.Callbacks(ctx, q)
	if err != nil || more || len(mine) != 1 || mine[0].ID != "p1" {
		t.Errorf("own: %s, more %v, %v", text(mine), more, err)
	}
	if one := must(c.Callback(ctx, "spring", "p1"))(t); len(one.Ledger) != 4 || one.Ledger[3].Kind != "kept" || one.Absent.Group != "sales" {
		t.Errorf("one: %s", text(one))
	}
	to := callback.LocalTime{At: "2031-05-06T10:00", Zone: "Asia/Tokyo"}
	if v := must(c.MoveCallback(ctx, "spring", "p1", to, "asked for it"))(t); v.Due.Year() != 2031 {
		t.Errorf("moved: %s", text(v))
	}
	if v := must(c.HandOverCallback(ctx, "spring", "p1", "jiro"))(t); v.ID != "next" || v.Owner != "jiro" {
		t.Errorf("handed over: %s", text(v))
	}
	must(c.HandOverCallback(ctx, "spring", "p1", ""))(t)
	must(c.CancelCallback(ctx, "spring", "p1", "has called"))(t)
	must(c.ReleaseCallback(ctx, "spring", "p1"))(t)
	if r := h.send("POST", "/api/v1/campaigns/spring/callbacks/p1/cancel", "", bearer(c)...); r.status != 200 {
		t.Errorf("cancelled without a body: %s", r.body)
	}
	want := []string{
		"book spring false ended 2031-05-05T15:00:00Z 2031-05-06T15:00:00Z 8", `move 2031-05-06T10:00 "asked for it" p1`, `hand-over "jiro" p1`,
		`hand-over "" p1`, `cancel "has called" p1`, "release p1", `cancel "" p1`,
	}
	if did := h.engine.done()[before:]; !slices.Equal(did, want) {
		t.Errorf("the engine was told %q, want %q", did, want)
	}
	_, err = c.MoveCallback(ctx, "spring", "p1", callback.LocalTime{At: "2020-01-01T10:00", Zone: "UTC"}, "")
	if p := wantCode(t, err, api.Code(dialer.CodeInvalidCallback)); p.Verdict == nil || !p.Verdict.Has(callback.CodePast) {
		t.Errorf("moved into the past: %s", text(p))
	}
	_, err = c.Callback(ctx, "spring", "p9")
	wantCode(t, err, api.Code(dialer.CodeUnknownCallback))
	_, err = c.CancelCallback(ctx, "autumn", "p1", "")
	wantCode(t, err, api.Code(dialer.CodeUnknownCampaign))
	h.engine.set(func(f *fakeEngine) {
		f.refuse = &dialer.Error{Code: dialer.CodeWrongState, Message: "no", State: "kept"}
	})
	_, err = c.CancelCallback(ctx, "spring", "p1", "")
	if p := wantCode(t, err, api.Code(dialer.CodeWrongState)); p.Status != 409 || p.State != "kept" {
		t.Errorf("too late: %s", text(p))
	}
}

func TestALongListSaysThatThereIsMore(t *testing.T) {
	h := open(t).withBook()
	c := h.signedIn("sumire")
	for limit, want := range map[int]bool{1: true, 2: false} {
		found, more, err := c.Callbacks(h.ctx(), dialer.CallbackQuery{Everybodys: true, Limit: limit})
		if err != nil || len(found) != limit || more != want {
			t.Errorf("limit %d: %d, more %v, %v", limit, len(found), more, err)
		}
	}
	if r := h.send("GET", "/api/v1/callbacks?scope=overdue", "", bearer(c)...); r.body != `{"callbacks":[],"more":false}`+"\n" {
		t.Errorf("nothing is %q", r.body)
	}
}

// TestOthersCallbacksNeedThePrivilege asks for everything that can be done with another's callback.
func TestOthersCallbacksNeedThePrivilege(t *testing.T) {
	h := open(t).withBook()
	ctx := h.ctx()
	to := callback.LocalTime{At: "2031-05-06T10:00", Zone: "Asia/Tokyo"}
	tries := map[string]func(c *client.Client) error{
		"list": func(c *client.Client) error {
			_, _, err := c.Callbacks(ctx, dialer.CallbackQuery{Everybodys: true})
			return err
		},
		"show":      func(c *client.Client) error { _, err := c.Callback(ctx, "spring", "p2"); return err },
		"move":      func(c *client.Client) error { _, err := c.MoveCallback(ctx, "spring", "p2", to, ""); return err },
		"hand over": func(c *client.Client) error { _, err := c.HandOverCallback(ctx, "spring", "p2", ""); return err },
		"cancel":    func(c *client.Client) error { _, err := c.CancelCallback(ctx, "spring", "p2", ""); return err },
		"release":   func(c *client.Client) error { _, err := c.ReleaseCallback(ctx, "spring", "p2"); return err },
		"export": func(c *client.Client) error {
			return c.ExportCallbacks(ctx, &strings.Builder{}, "", time.Time{}, time.Time{}, false)
		},
	}
	for _, who := range []string{"hanako", "sumire", "akira"} {
		c := h.signedIn(who)
		for name, try := range tries {
			err := try(c)
			if who != "hanako" {
				if err != nil {
					t.Errorf("%s, %s: %v", who, name, err)
				}
				continue
			}
			if p := wantCode(t, err, api.CodeForbidden); p.Privilege != "callbacks.manage" || p.Status != 403 {
				t.Errorf("%s, %s: %s", who, name, text(p))
			}
		}
	}
}

// TestACallbackIsHandedOverOnceForEachKey repeats the command as a client does whose connection broke.
func TestACallbackIsHandedOverOnceForEachKey(t *testing.T) {
	h := open(t).withBook()
	c := h.signedIn("hanako")
	before := len(h.engine.done())
	headers := append(bearer(c), "Idempotency-Key", "k1")
	first := h.send("POST", "/api/v1/campaigns/spring/callbacks/p1/hand-over", `{"to": "jiro"}`, headers...)
	again := h.send("POST", "/api/v1/campaigns/spring/callbacks/p1/hand-over", `{"to": "jiro"}`, headers...)
	if first.status != 200 || again.status != 200 || again.body != first.body || again.header.Get(api.HeaderIdempotencyReplayed) != "true" {
		t.Errorf("first %d %s, again %d %s", first.status, first.body, again.status, again.body)
	}
	if did := h.engine.done()[before:]; !slices.Equal(did, []string{`hand-over "jiro" p1`}) {
		t.Errorf("the engine was told %q", did)
	}
}

func TestRequestsAboutCallbacksAreChecked(t *testing.T) {
	h := open(t).withBook()
	c := h.signedIn("hanako")
	id := must(c.GetRecord(h.ctx(), "spring"))(t).ID
	before := len(h.engine.done())
	draft, book, one := "/api/v1/calls/"+id+"/callback", "/api/v1/callbacks", "/api/v1/campaigns/spring/callbacks/p1"
	long := strings.Repeat("x", 1001)
	tests := map[string]struct{ method, path, body, location string }{
		"no time":             {"PUT", draft, `{}`, "body"},
		"no zone":             {"POST", draft + "/check", `{"when": {"at": "2031-05-06T10:00"}}`, "body.when"},
		"an unknown kind":     {"PUT", draft, `{"when": {"at": "x", "zone": "UTC"}, "kind": "family"}`, "body.kind"},
		"an unknown rule":     {"PUT", draft, `{"when": {"at": "x", "zone": "UTC"}, "absent": {"minutes": 1, "then": "wait"}}`, "body.absent.then"},
		"a wait of two days":  {"PUT", draft, `{"when": {"at": "x", "zone": "UTC"}, "absent": {"minutes": 2880, "then": "pool"}}`, "body.absent.minutes"},
		"a misspelt member":   {"PUT", draft, `{"wen": {}, "when": {"at": "x", "zone": "UTC"}}`, "body.wen"},
		"an unknown scope":    {"GET", book + "?scope=late", "", "query.scope"},
		"a limit of 0":        {"GET", book + "?limit=0", "", "query.limit"},
		"too many":            {"GET", book + "?limit=1001", "", "query.limit"},
		"a time in words":     {"GET", book + "?from=yesterday", "", "query.from"},
		"a date alone":        {"GET", book + "/export.csv?before=2031-05-06", "", "query.before"},
		"perhaps everybody's": {"GET", book + "?everybody=perhaps", "", "query.everybody"},
		"moved to no time":    {"POST", one + "/move", `{"why": "so"}`, "body"},
		"a long why":          {"POST", one + "/cancel", `{"why": "` + long + `"}`, "body.why"},
		"handed to nobody":    {"POST", one + "/hand-over", `{}`, "body"},
		"a long reason":       {"POST", "/api/v1/calls/" + id + "/reject", `{"reason": "` + long + `"}`, "body.reason"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := h.send(test.method, test.path, test.body, bearer(c)...)
			if r.problem.Code != api.CodeBadRequest || len(r.problem.Errors) == 0 || r.problem.Errors[0].Location != test.location {
				t.Errorf("%d %s, want a fault at %s", r.status, r.body, test.location)
			}
		})
	}
	if did := h.engine.done()[before:]; len(did) != 0 {
		t.Errorf("the engine was told %v", did)
	}
}

func TestTheLedgerIsExportedForPeopleAndSpreadsheets(t *testing.T) {
	h := open(t).withBook()
	c := h.signedIn("sumire")
	var all, events strings.Builder
	day := time.Date(2031, 5, 6, 0, 0, 0, 0, time.UTC)
	before := len(h.engine.done())
	if err := c.ExportCallbacks(h.ctx(), &all, "spring", day, day.Add(time.Hour), false); err != nil {
		t.Fatal(err)
	}
	if err := c.ExportCallbacks(h.ctx(), &events, "", time.Time{}, time.Time{}, true); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/callbacks.csv", []byte(all.String()))
	golden(t, "testdata/callback-events.csv", []byte(events.String()))
	if did := h.engine.done()[before:]; !slices.Equal(did, []string{"ledger spring 2031-05-06T00:00:00Z 2031-05-06T01:00:00Z", "ledger  - -"}) {
		t.Errorf("the engine was told %q", did)
	}
	r := h.send("GET", "/api/v1/callbacks/export.csv", "", bearer(c)...)
	if r.header.Get("Content-Type") != "text/csv; charset=utf-8; header=present" || !strings.Contains(r.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("headers %v", r.header)
	}
	h.engine.set(func(f *fakeEngine) { f.promises = nil })
	if r := h.send("GET", "/api/v1/callbacks/export.csv?events=true", "", bearer(c)...); r.body != "campaign,callback,record,number,at,event,by,text\n" {
		t.Errorf("nothing is %q", r.body)
	}
}

func TestAnExportThatFailsIsNeverTakenForAWholeOne(t *testing.T) {
	h := open(t).withBook()
	c := h.signedIn("sumire")
	export := func() error {
		return c.ExportCallbacks(h.ctx(), &strings.Builder{}, "", time.Time{}, time.Time{}, false)
	}
	h.engine.set(func(f *fakeEngine) { f.refuse = no(dialer.CodeStoreUnavailable, "away") })
	wantCode(t, export(), api.Code(dialer.CodeStoreUnavailable))
	wantCode(t, c.ExportCallbacks(h.ctx(), &strings.Builder{}, "autumn", time.Time{}, time.Time{}, false), api.Code(dialer.CodeUnknownCampaign))
	h.engine.set(func(f *fakeEngine) { f.torn = no(dialer.CodeStoreUnavailable, "Redis went away") })
	err := export()
	if p := (*api.Problem)(nil); err == nil || errors.As(err, &p) {
		t.Errorf("broken off on the way: %v, want a broken connection", err)
	}
	eventually(t, "the log tells the cause", func() bool { return strings.Contains(h.log.String(), "Redis went away") })
}
