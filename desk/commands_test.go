package desk_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/desk/client"
	"github.com/hasshin/hasshin/dialer"
)

func TestAnAgentWorksThroughTwoCalls(t *testing.T) {
	h := open(t)
	ctx := h.ctx()
	c := h.client()

	session := must(c.SignIn(ctx, "hanako", password))(t)
	if session.Agent != "hanako" || session.Name != "Hanako Sato" || session.Role != "agent" || session.Token == "" {
		t.Errorf("session = %s", text(session))
	}
	if session.Privileges == nil || !slices.Contains(session.Privileges, "calls.handle") {
		t.Errorf("privileges = %v", session.Privileges)
	}
	if a := must(c.Agent(ctx))(t); a.State != "not-ready" {
		t.Errorf("after sign-in: %s", text(a))
	}
	if p := must(c.PhoneCredentials(ctx))(t); p.Username != "agent-hanako" || p.Password == "" {
		t.Errorf("credentials = %s", text(p))
	}
	if a := must(c.ConnectPhone(ctx))(t); a.Phone.State != "connected" {
		t.Errorf("after connect: %s", text(a))
	}
	if a := must(c.ReconnectPhone(ctx))(t); a.Phone.State != "connected" {
		t.Errorf("after connecting again: %s", text(a))
	}
	if r := must(c.NotReadyReasons(ctx))(t); !slices.Equal(r, []string{"break", "lunch"}) {
		t.Errorf("reasons = %v", r)
	}
	if a := must(c.NotReady(ctx, "lunch"))(t); a.Reason != "lunch" {
		t.Errorf("not ready: %s", text(a))
	}
	if a := must(c.Ready(ctx))(t); a.State != "ready" {
		t.Errorf("ready: %s", text(a))
	}
	if all := must(c.Campaigns(ctx))(t); len(all) != 1 || all[0].ID != "spring" || all[0].Dispositions == nil {
		t.Errorf("campaigns = %s", text(all))
	}

	call := must(c.GetRecord(ctx, "spring"))(t)
	if call.State != "previewing" || call.Agent != "hanako" || call.Parties == nil {
		t.Errorf("preview = %s", text(call))
	}
	if v := must(c.Accept(ctx, call.ID, "+815012345600"))(t); v.Number != "+815012345600" {
		t.Errorf("accepted = %s", text(v))
	}
	if v := must(c.Call(ctx, call.ID))(t); v.State != "dialing" {
		t.Errorf("call = %s", text(v))
	}
	if v := must(c.End(ctx, call.ID))(t); v.State != "wrap-up" {
		t.Errorf("ended = %s", text(v))
	}
	if v := must(c.SetDisposition(ctx, call.ID, "sold"))(t); v.Disposition != "sold" {
		t.Errorf("disposition: %s", text(v))
	}
	must(c.SetNote(ctx, call.ID, "nice"))(t)
	if v := must(c.Done(ctx, call.ID, client.Done{Disposition: "sold", Note: "very nice", Stop: true}))(t); v.State != "closed" {
		t.Errorf("done = %s", text(v))
	}
	second := must(c.GetRecord(ctx, "spring"))(t)
	must(c.Reject(ctx, second.ID))(t)
	third := must(c.GetRecord(ctx, "spring"))(t)
	must(c.Cancel(ctx, third.ID))(t)
	fourth := must(c.GetRecord(ctx, "spring"))(t)
	must(c.RejectBecause(ctx, fourth.ID, "not my case"))(t)
	must(c.DisconnectPhone(ctx))(t)
	if err := c.SignOut(ctx); err != nil {
		t.Fatal(err)
	}

	want := []string{
		"sign-in hanako", "credentials hanako", "connect hanako", "reconnect hanako", "not-ready lunch hanako", "ready hanako", "get-record hanako",
		"accept +815012345600 call-1", "end call-1", "disposition sold call-1", "note nice call-1", "done sold very nice true call-1",
		"get-record hanako", "reject call-2", "get-record hanako", "cancel call-3", "get-record hanako", "reject not my case call-4", "disconnect hanako", "sign-out hanako",
	}
	if got := h.engine.done(); !slices.Equal(got, want) {
		t.Errorf("the engine was told\n%s\nexpected\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestBodiesThatSayNothingMayBeLeftOut(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	call := must(c.GetRecord(h.ctx(), "spring"))(t)
	for _, path := range []string{"/api/v1/agent/not-ready", "/api/v1/calls/" + call.ID + "/accept", "/api/v1/calls/" + call.ID + "/done"} {
		if r := h.send("POST", path, "", bearer(c)...); r.status != 200 {
			t.Errorf("POST %s without a body: %d %s", path, r.status, r.body)
		}
	}
}

func TestGetRecordSaysWhereTheCallIs(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	r := h.send("POST", "/api/v1/campaigns/spring/get-record", "", bearer(c)...)
	if r.status != 201 || r.header.Get("Location") != "/api/v1/calls/call-1" {
		t.Errorf("status %d, location %q", r.status, r.header.Get("Location"))
	}
	if strings.Contains(r.body, "null") {
		t.Errorf("an absent list is null: %s", r.body)
	}
}

func TestEachRefusalOfTheEngineBecomesAProblemWithItsCode(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	call := must(c.GetRecord(h.ctx(), "spring"))(t)
	engines := 0
	for _, info := range api.Codes() {
		if !engineCode(info.Code) {
			continue
		}
		engines++
		t.Run(string(info.Code), func(t *testing.T) {
			h.engine.set(func(f *fakeEngine) {
				f.refuse = &dialer.Error{Code: dialer.Code(info.Code), Message: "because", State: "talking", Allowed: []string{"end"}}
			})
			_, err := c.End(h.ctx(), call.ID)
			p := wantCode(t, err, info.Code)
			if p.Status != info.Status || p.Title != info.Title || p.Detail != "because" || p.State != "talking" || !slices.Equal(p.Allowed, []string{"end"}) {
				t.Errorf("problem = %s", text(p))
			}
			if p.Type != "/docs#error-"+string(info.Code) {
				t.Errorf("type = %s", p.Type)
			}
		})
	}
	if engines < 19 {
		t.Errorf("only %d of the engine's codes were tried", engines)
	}
}

func TestACodeThatNobodyKnowsIsADefect(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	h.engine.set(func(f *fakeEngine) { f.refuse = no("brand_new", "secret detail") })
	_, err := c.Ready(h.ctx())
	p := wantCode(t, err, api.CodeInternal)
	if strings.Contains(text(p), "secret") {
		t.Errorf("the client is told %s", text(p))
	}
	eventually(t, "the log tells the cause", func() bool { return strings.Contains(h.log.String(), "secret detail") })
}

func TestAPanicIsAnInternalProblemThatTheLogExplains(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	h.engine.set(func(f *fakeEngine) { f.panics = true })
	for name, headers := range map[string][]string{"without key": bearer(c), "with key": append(bearer(c), "Idempotency-Key", "k1")} {
		r := h.send("POST", "/api/v1/agent/ready", "", headers...)
		if r.status != 500 || r.problem.Code != api.CodeInternal || strings.Contains(r.body, "defect of") && strings.Contains(r.body, "own defect") {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
		log := h.log.String()
		if !strings.Contains(log, r.problem.RequestID) || !strings.Contains(log, "the engine's own defect") || !strings.Contains(log, "fakeengine_test.go") {
			t.Errorf("%s: the log does not explain it", name)
		}
	}
	h.engine.set(func(f *fakeEngine) { f.panics = false })
	must(c.Ready(h.ctx()))(t)
}

func TestWhatIsWrongWithARequestIsSaidPieceByPiece(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	call := must(c.GetRecord(h.ctx(), "spring"))(t)
	tests := map[string]struct {
		method, path, body string
		headers            []string
		code               api.Code
		location           string
	}{
		"not JSON":           {"POST", "/api/v1/agent/not-ready", "{", nil, api.CodeBadRequest, "body"},
		"wrong type":         {"POST", "/api/v1/agent/not-ready", `{"reason": 7}`, nil, api.CodeBadRequest, "body.reason"},
		"unknown member":     {"POST", "/api/v1/agent/not-ready", `{"raeson": "lunch"}`, nil, api.CodeBadRequest, "body.raeson"},
		"too long":           {"POST", "/api/v1/agent/not-ready", `{"reason": "` + strings.Repeat("x", 65) + `"}`, nil, api.CodeBadRequest, "body.reason"},
		"required body":      {"PUT", "/api/v1/calls/" + call.ID + "/note", ``, nil, api.CodeBadRequest, ""},
		"required member":    {"PUT", "/api/v1/calls/" + call.ID + "/note", `{}`, nil, api.CodeBadRequest, "body"},
		"not an object":      {"PUT", "/api/v1/calls/" + call.ID + "/note", `[]`, nil, api.CodeBadRequest, "body"},
		"another media type": {"POST", "/api/v1/agent/not-ready", `reason=lunch`, []string{"Content-Type", "application/x-www-form-urlencoded"}, api.CodeUnsupportedMedia, "body"},
		"too large":          {"POST", "/api/v1/agent/not-ready", `{"reason": "` + strings.Repeat("x", 70_000) + `"}`, nil, api.CodeTooLarge, ""},
		"long id":            {"GET", "/api/v1/calls/" + strings.Repeat("x", 65), "", nil, api.CodeBadRequest, "path.id"},
		"empty key":          {"POST", "/api/v1/agent/ready", "", []string{"Idempotency-Key", `""`}, api.CodeBadRequest, "header.Idempotency-Key"},
		"broken key":         {"POST", "/api/v1/agent/ready", "", []string{"Idempotency-Key", `"abc`}, api.CodeBadRequest, "header.Idempotency-Key"},
		"long key":           {"POST", "/api/v1/agent/ready", "", []string{"Idempotency-Key", strings.Repeat("x", 256)}, api.CodeBadRequest, "header.Idempotency-Key"},
		"unknown address":    {"GET", "/api/v1/nothing", "", nil, api.CodeNotFound, ""},
		"unknown version":    {"GET", "/api/v2/agent", "", nil, api.CodeNotFound, ""},
		"unknown method":     {"PATCH", "/api/v1/agent", "", nil, api.CodeMethodNotAllowed, ""},
		"stream by HTTP":     {"GET", "/api/v1/events", "", nil, api.CodeUpgradeRequired, ""},
		"half a position":    {"GET", "/api/v1/events?stream=x", "", nil, api.CodeBadRequest, "query.since"},
		"no number":          {"GET", "/api/v1/events?stream=x&since=y", "", nil, api.CodeBadRequest, "query.since"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := h.send(test.method, test.path, test.body, append(bearer(c), test.headers...)...)
			if r.problem.Code != test.code {
				t.Fatalf("code %q, expected %q: %s", r.problem.Code, test.code, r.body)
			}
			if test.location != "" && (len(r.problem.Errors) == 0 || r.problem.Errors[0].Location != test.location || r.problem.Errors[0].Message == "") {
				t.Errorf("errors = %s, expected one at %s", text(r.problem.Errors), test.location)
			}
		})
	}
	r := h.send("PATCH", "/api/v1/agent", "", bearer(c)...)
	if r.header.Get("Allow") != "GET, HEAD" || !slices.Equal(r.problem.Allowed, []string{"GET", "HEAD"}) {
		t.Errorf("allow: header %q, member %v", r.header.Get("Allow"), r.problem.Allowed)
	}
}
