package desk_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/desk/client"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
)

func TestFieldsAndDoNotCallReachTheEngine(t *testing.T) {
	h := open(t)
	ctx, c := h.ctx(), h.signedIn("hanako")
	id := must(c.GetRecord(ctx, "spring"))(t).ID
	before := len(h.engine.done())
	if v := must(c.SetField(ctx, id, "街/city 1?", "神戸"))(t); v.Record.Fields["街/city 1?"] != "神戸" {
		t.Errorf("fields = %s", text(v.Record))
	}
	must(c.SetField(ctx, id, "memo", ""))(t)
	if v := must(c.DoNotCall(ctx, id, dialer.DoNotCallNumber))(t); !v.Record.Numbers[0].DoNotCall {
		t.Errorf("numbers = %s", text(v.Record))
	}
	must(c.DoNotCall(ctx, id, dialer.DoNotCallChain))(t)
	want := []string{"field 街/city 1?=神戸 " + id, "field memo= " + id, "do-not-call number " + id, "do-not-call chain " + id}
	if did := h.engine.done()[before:]; !slices.Equal(did, want) {
		t.Errorf("the engine was told %q, want %q", did, want)
	}
}

// TestDoNotCallIsDoneOnceForEachKey repeats the command as a client does whose connection broke.
func TestDoNotCallIsDoneOnceForEachKey(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	id := must(c.GetRecord(h.ctx(), "spring"))(t).ID
	before := len(h.engine.done())
	headers := append(bearer(c), "Idempotency-Key", "k1")
	first := h.send("POST", "/api/v1/calls/"+id+"/do-not-call", `{"scope": "chain"}`, headers...)
	again := h.send("POST", "/api/v1/calls/"+id+"/do-not-call", `{"scope": "chain"}`, headers...)
	if first.status != 200 || again.status != 200 || again.body != first.body || again.header.Get(api.HeaderIdempotencyReplayed) != "true" {
		t.Errorf("first %d, again %d %s", first.status, again.status, again.body)
	}
	if did := h.engine.done()[before:]; !slices.Equal(did, []string{"do-not-call chain " + id}) {
		t.Errorf("the engine was told %q", did)
	}
}

func TestWhatTheEngineRefusesOfARecordIsTold(t *testing.T) {
	h := open(t)
	ctx, c := h.ctx(), h.signedIn("hanako")
	id := must(c.GetRecord(ctx, "spring"))(t).ID
	refused := func(err *dialer.Error) { h.engine.set(func(f *fakeEngine) { f.refuse = err }) }

	refused(&dialer.Error{Code: dialer.CodeFieldNotEditable, Message: "no", Allowed: []string{"city", "memo"}})
	_, err := c.SetField(ctx, id, "plan", "B")
	if p := wantCode(t, err, api.Code(dialer.CodeFieldNotEditable)); p.Status != 403 || !slices.Equal(p.Allowed, []string{"city", "memo"}) {
		t.Errorf("problem = %s", text(p))
	}
	refused(no(dialer.CodeBadFieldValue, "too long"))
	_, err = c.SetField(ctx, id, "city", strings.Repeat("あ", 4096))
	if p := wantCode(t, err, api.Code(dialer.CodeBadFieldValue)); p.Status != 422 {
		t.Errorf("problem = %s", text(p))
	}
	refused(&dialer.Error{Code: dialer.CodeForbidden, Message: "do-not-call needs it", Privilege: agent.BlockNumbers})
	_, err = c.DoNotCall(ctx, id, dialer.DoNotCallChain)
	if p := wantCode(t, err, api.CodeForbidden); p.Privilege != "calls.do_not_call" {
		t.Errorf("problem = %s", text(p))
	}
	jiro := h.signedIn("jiro")
	_, err = jiro.DoNotCall(ctx, id, dialer.DoNotCallChain)
	wantCode(t, err, api.Code(dialer.CodeNotYourCall))
	_, err = jiro.SearchTargets(ctx, id, "", 0)
	wantCode(t, err, api.Code(dialer.CodeNotYourCall))
}

func TestTargetsAreSearchedAndKept(t *testing.T) {
	h := open(t)
	ctx, c := h.ctx(), h.signedIn("hanako")
	id := must(c.GetRecord(ctx, "spring"))(t).ID
	before := len(h.engine.done())
	if found := must(c.SearchTargets(ctx, "", "", 0))(t); found == nil || len(found) != 0 {
		t.Errorf("found %s, want an empty list", text(found))
	}
	for _, target := range []api.Target{client.ToAgent("jiro"), client.ToNumber("+81312345622"), client.ToQueue("a/b c")} {
		if err := c.AddFavourite(ctx, target); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.RemoveFavourite(ctx, client.ToAgent("jiro")); err != nil {
		t.Fatal(err)
	}
	found := must(c.SearchTargets(ctx, id, "すずき & +81", 7))(t)
	if len(found) != 2 || found[0].Number != "+81312345622" || found[0].ID != "" || found[1].ID != "a/b c" || !found[1].Favourite {
		t.Errorf("found %s", text(found))
	}
	want := []string{
		`targets "" 20 `, "favourite agent jiro true hanako", "favourite number +81312345622 true hanako", "favourite queue a/b c true hanako",
		"favourite agent jiro false hanako", `targets "すずき & +81" 7 ` + id,
	}
	if did := h.engine.done()[before:]; !slices.Equal(did, want) {
		t.Errorf("the engine was told %q, want %q", did, want)
	}
	h.engine.set(func(f *fakeEngine) { f.refuse = no(dialer.CodeTooManyFavourites, "there is no room") })
	if p := wantCode(t, c.AddFavourite(ctx, client.ToGroup("sales")), api.Code(dialer.CodeTooManyFavourites)); p.Status != 409 {
		t.Errorf("problem = %s", text(p))
	}
	_, err := h.signedIn("sumire").SearchTargets(ctx, "call-9", "", 0)
	if p := (*api.Problem)(nil); !errors.As(err, &p) || p.Code != api.Code(dialer.CodeUnknownCall) {
		t.Errorf("of an unknown call: %v", err)
	}
}

func TestRequestsAboutRecordsAndTargetsAreChecked(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	id := must(c.GetRecord(h.ctx(), "spring"))(t).ID
	before := len(h.engine.done())
	tests := map[string]struct{ method, path, body, location string }{
		"no value":         {"PUT", "/api/v1/calls/" + id + "/fields/city", `{}`, "body"},
		"a number":         {"PUT", "/api/v1/calls/" + id + "/fields/city", `{"value": 5}`, "body.value"},
		"a long value":     {"PUT", "/api/v1/calls/" + id + "/fields/city", `{"value": "` + strings.Repeat("x", 4097) + `"}`, "body.value"},
		"a long key":       {"PUT", "/api/v1/calls/" + id + "/fields/" + strings.Repeat("x", 257), `{"value": ""}`, "path.key"},
		"no scope":         {"POST", "/api/v1/calls/" + id + "/do-not-call", `{}`, "body"},
		"an unknown scope": {"POST", "/api/v1/calls/" + id + "/do-not-call", `{"scope": "everybody"}`, "body.scope"},
		"a limit of 0":     {"GET", "/api/v1/calls/" + id + "/targets?limit=0", "", "query.limit"},
		"too many":         {"GET", "/api/v1/targets?limit=201", "", "query.limit"},
		"a limit in words": {"GET", "/api/v1/targets?limit=all", "", "query.limit"},
		"a long text":      {"GET", "/api/v1/targets?q=" + strings.Repeat("x", 129), "", "query.q"},
		"an unknown kind":  {"PUT", "/api/v1/favourites/robot/r2", "", "path.kind"},
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
