package desk_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hasshin/hasshin/desk"
	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/desk/client"
	"github.com/hasshin/hasshin/desk/passwd"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/internal/secret"
)

func credentials(agent, password string) string {
	return fmt.Sprintf(`{"agent": %q, "password": %q}`, agent, password)
}

func TestAWrongPasswordAndAnUnknownAgentLookTheSame(t *testing.T) {
	h := open(t)
	wrong := h.send("POST", "/api/v1/session", credentials("hanako", "wrong"))
	unknown := h.send("POST", "/api/v1/session", credentials("nobody", "wrong"))
	for name, r := range map[string]reply{"wrong": wrong, "unknown": unknown} {
		if r.status != 401 || r.problem.Code != api.CodeBadCredentials {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	if a, b := strings.Replace(wrong.body, wrong.problem.RequestID, "", 1), strings.Replace(unknown.body, unknown.problem.RequestID, "", 1); a != b {
		t.Errorf("the answers differ:\n%s\n%s", a, b)
	}
	if got := h.engine.done(); len(got) > 0 {
		t.Errorf("the engine was told %v", got)
	}
}

func TestAnUnknownAgentCostsAsMuchWorkAsAKnownOne(t *testing.T) {
	hash := must(passwd.HashWith(passwd.Params{Memory: 16 * 1024, Time: 4, Threads: 1}, password))(t)
	h := open(t, func(o *desk.Options) {
		for id, cfg := range o.Agents {
			cfg.PasswordHash = secret.New(hash)
			o.Agents[id] = cfg
		}
		o.Config.SignIn.Attempts = 1000
	})
	// Processor time, because other processes make the wall's meaningless.
	cost := func(agent string) time.Duration {
		before := processorTime(t)
		for range 8 {
			h.send("POST", "/api/v1/session", credentials(agent, "wrong"))
		}
		return processorTime(t) - before
	}
	known, unknown := cost("hanako"), cost("nobody")
	if unknown < known/2 || known < unknown/2 || known < 20*time.Millisecond {
		t.Errorf("a known agent costs %s, an unknown one %s", known, unknown)
	}
}

func processorTime(t testing.TB) time.Duration {
	t.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func TestWrongPasswordsAreDelayedMoreAndMore(t *testing.T) {
	h := open(t)
	try := func(agent, password string) reply {
		return h.send("POST", "/api/v1/session", credentials(agent, password))
	}
	for i := range 5 {
		if r := try("hanako", "wrong"); r.problem.Code != api.CodeBadCredentials {
			t.Fatalf("attempt %d: %s", i+1, r.body)
		}
	}
	for _, wait := range []int{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300} {
		for range 2 { // being refused does not prolong the wait
			r := try("hanako", password) // not even the right one helps now
			if r.status != 429 || r.problem.Code != api.CodeRateLimited || r.header.Get("Retry-After") != strconv.Itoa(wait) || r.problem.Retry != wait {
				t.Fatalf("expected to wait %d s: Retry-After %q, %s", wait, r.header.Get("Retry-After"), r.body)
			}
		}
		if r := try("jiro", "wrong"); wait == 1 && r.problem.Code != api.CodeBadCredentials {
			t.Fatalf("another agent from the same address: %s", r.body)
		}
		h.clock.add(time.Duration(wait) * time.Second)
		if r := try("hanako", "wrong"); r.problem.Code != api.CodeBadCredentials {
			t.Fatalf("after waiting %d s: %s", wait, r.body)
		}
	}
	h.clock.add(300 * time.Second)
	if r := try("hanako", password); r.status != 201 {
		t.Fatalf("the right password after the wait: %s", r.body)
	}
	if r := try("hanako", "wrong"); r.problem.Code != api.CodeBadCredentials {
		t.Errorf("success did not clear the account: %s", r.body)
	}
}

func TestWrongPasswordsAreForgottenAfterAWhile(t *testing.T) {
	h := open(t)
	for range 6 {
		h.send("POST", "/api/v1/session", credentials("hanako", "wrong"))
	}
	h.clock.add(12 * time.Minute)
	for i := range 5 {
		if r := h.send("POST", "/api/v1/session", credentials("hanako", "wrong")); r.problem.Code != api.CodeBadCredentials {
			t.Fatalf("attempt %d after a pause: %s", i+1, r.body)
		}
	}
}

func TestOneAddressCannotTryAllAgents(t *testing.T) {
	h := open(t, func(o *desk.Options) { o.Config.SignIn.AddressAttempts = 10 })
	for i := range 10 {
		if r := h.send("POST", "/api/v1/session", credentials(fmt.Sprintf("agent%d", i), "spring2026")); r.problem.Code != api.CodeBadCredentials {
			t.Fatalf("attempt %d: %s", i+1, r.body)
		}
	}
	if r := h.send("POST", "/api/v1/session", credentials("hanako", "spring2026")); r.problem.Code != api.CodeRateLimited {
		t.Errorf("eleventh agent: %s", r.body)
	}
}

// Sign-ins that wait for their turn are no guesses: an office behind one address begins its shift at once.
func TestAShiftSignsInFromOneAddressAtOnce(t *testing.T) {
	h := open(t, func(o *desk.Options) {
		o.Config.SignIn.Attempts, o.Config.SignIn.AddressAttempts, o.Config.SignIn.Parallel = 60, 3, 2
	})
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			if r := h.send("POST", "/api/v1/session", credentials([]string{"hanako", "jiro", "sumire", "akira"}[i%4], password)); r.status != 201 {
				t.Errorf("sign-in %d: %d %s", i, r.status, r.body)
			}
		})
	}
	all.Wait()
}

func TestGuessesAtTheSameTimeDoNotSlipByTogether(t *testing.T) {
	h := open(t)
	var checked, limited int
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			r := h.send("POST", "/api/v1/session", credentials("hanako", "wrong"))
			mu.Lock()
			defer mu.Unlock()
			switch r.problem.Code {
			case api.CodeBadCredentials:
				checked++
			case api.CodeRateLimited:
				limited++
			}
		})
	}
	all.Wait()
	if checked != 5 || limited != 35 {
		t.Errorf("%d passwords were checked and %d refused unchecked, expected 5 and 35", checked, limited)
	}
}

func TestASignInThatGetsNoTurnIsToldToComeBack(t *testing.T) {
	h := open(t, func(o *desk.Options) { o.Config.SignIn.Parallel, o.Config.SignIn.MaxWait = 1, time.Second })
	release := h.server.OccupySignIn()
	for range 2 {
		if r := h.send("POST", "/api/v1/session", credentials("hanako", "wrong")); r.status != 503 || r.problem.Code != api.CodeBusy || r.header.Get("Retry-After") == "" {
			t.Errorf("without a turn: %d %s", r.status, r.body)
		}
	}
	release()
	for range 5 { // those without a turn do not count as wrong
		if r := h.send("POST", "/api/v1/session", credentials("hanako", "wrong")); r.problem.Code != api.CodeBadCredentials {
			t.Errorf("with a turn: %d %s", r.status, r.body)
		}
	}
}

func TestTheClientsAddressIsThatOfATrustedProxyOnly(t *testing.T) {
	h := open(t)
	for i := range 7 {
		r := h.send("POST", "/api/v1/session", credentials("hanako", "wrong"), "X-Forwarded-For", fmt.Sprintf("192.0.2.%d", i))
		if limited := r.problem.Code == api.CodeRateLimited; limited != (i >= 5) {
			t.Errorf("no proxy is trusted, attempt %d: %s", i+1, r.body)
		}
	}
	h = open(t, func(o *desk.Options) { o.Config.TrustedProxies = []string{"127.0.0.1", "10.0.0.0/8"} })
	for i := range 7 {
		r := h.send("POST", "/api/v1/session", credentials("hanako", "wrong"), "X-Forwarded-For", fmt.Sprintf("203.0.113.9, 192.0.2.%d, 10.1.2.3", i))
		if r.problem.Code != api.CodeBadCredentials {
			t.Errorf("behind two proxies, attempt %d from its own address: %s", i+1, r.body)
		}
	}
	for i := range 6 {
		r := h.send("POST", "/api/v1/session", credentials("hanako", "wrong"), "X-Forwarded-For", fmt.Sprintf("2001:db8:1:2::%d", i))
		if limited := r.problem.Code == api.CodeRateLimited; limited != (i >= 5) {
			t.Errorf("one IPv6 network, attempt %d: %s", i+1, r.body)
		}
	}
}

func TestTheLogHasNoSecrets(t *testing.T) {
	h := open(t)
	ctx := h.ctx()
	c := h.signedIn("hanako")
	token := c.Token()
	h.send("POST", "/api/v1/session", `{"agent": "hanako", "password": "hunter2`) // broken JSON
	h.send("POST", "/api/v1/session", `{"agent": "hanako", "password": 12345678}`)
	must(c.PhoneCredentials(ctx))(t)
	call := must(c.GetRecord(ctx, "spring"))(t)
	must(c.Accept(ctx, call.ID, "+815012345600"))(t)
	h.engine.set(func(f *fakeEngine) {
		f.refuse = &dialer.Error{Code: dialer.CodeRequestRefused, Message: "refused", Err: fmt.Errorf("PJSIP/+815012345600@carrier unknown")}
	})
	_, err := c.End(ctx, call.ID)
	wantCode(t, err, api.Code(dialer.CodeRequestRefused))
	h.stop()
	log := h.log.String()
	for _, secret := range []string{password, "hunter2", "12345678", token, "sip-secret", "15012345600", "$argon2id$"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log has %q", secret)
		}
	}
	if !strings.Contains(log, "PJSIP/…00@carrier") {
		t.Errorf("the cause is not in the log:\n%s", log)
	}
	for _, want := range []string{`"route":"/api/v1/calls/{id}/accept"`, `"status":200`, `"agent":"hanako"`, `"call":"call-1"`, `"code":"request_refused"`, `"took":`} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s", want)
		}
	}
}

func TestAnswersRepeatNoPassword(t *testing.T) {
	h := open(t)
	for _, body := range []string{`{"agent": "hanako", "password": "hunter2`, `{"agent": "hanako", "password": ["hunter2"]}`, `{"password": "hunter2"}`} {
		if r := h.send("POST", "/api/v1/session", body); r.problem.Code != api.CodeBadRequest || strings.Contains(r.body, "hunter2") {
			t.Errorf("%s answered with %s", body, r.body)
		}
	}
}

// What each role may do. Signed out means without any session.
func TestWhoMayDoWhat(t *testing.T) {
	h := open(t).withBook() // p1 is Hanako's, p2 another agent's
	clients := map[string]*client.Client{}
	for role, id := range map[string]string{"agent": "hanako", "supervisor": "sumire", "admin": "akira"} {
		clients[role] = h.signedIn(id)
	}
	const all, watchers, admins = "agent supervisor admin", "supervisor admin", "admin"
	table := []struct{ method, path, body, roles string }{
		{"GET", "/api/v1/session", "", all},
		{"GET", "/api/v1/agent", "", all},
		{"GET", "/api/v1/tones", "", all},
		{"GET", "/api/v1/not-ready-reasons", "", all},
		{"GET", "/api/v1/campaigns", "", all},
		{"GET", "/api/v1/events", "", all},
		{"GET", "/api/v1/agent/phone", "", all},
		{"POST", "/api/v1/agent/phone", "", all},
		{"DELETE", "/api/v1/agent/phone", "", all},
		{"POST", "/api/v1/agent/ready", "", all},
		{"POST", "/api/v1/agent/not-ready", "", all},
		{"POST", "/api/v1/campaigns/spring/get-record", "", all},
		{"GET", "/api/v1/calls/x", "", all},
		{"POST", "/api/v1/calls/x/accept", "", all},
		{"POST", "/api/v1/calls/x/reject", "", all},
		{"POST", "/api/v1/calls/x/cancel", "", all},
		{"POST", "/api/v1/calls/x/end", "", all},
		{"PUT", "/api/v1/calls/x/disposition", `{"disposition": "sold"}`, all},
		{"PUT", "/api/v1/calls/x/note", `{"note": "n"}`, all},
		{"POST", "/api/v1/calls/x/done", "", all},
		{"POST", "/api/v1/calls/x/undo", "", all},
		{"POST", "/api/v1/calls/x/hold", "", all},
		{"POST", "/api/v1/calls/x/resume", "", all},
		{"POST", "/api/v1/calls/x/consult", `{"kind": "agent", "id": "jiro"}`, all},
		{"POST", "/api/v1/calls/x/end-consult", "", all},
		{"POST", "/api/v1/calls/x/swap", "", all},
		{"POST", "/api/v1/calls/x/merge", "", all},
		{"POST", "/api/v1/calls/x/complete", "", all},
		{"POST", "/api/v1/calls/x/invite", `{"kind": "agent", "id": "jiro"}`, all},
		{"POST", "/api/v1/calls/x/leave", "", all},
		{"POST", "/api/v1/calls/x/parties/t1/drop", "", all},
		{"POST", "/api/v1/calls/x/parties/t1/mute", "", all},
		{"POST", "/api/v1/calls/x/parties/t1/unmute", "", all},
		{"POST", "/api/v1/calls/x/transfer", `{"kind": "agent", "id": "jiro"}`, all},
		{"POST", "/api/v1/calls/x/retrieve", "", all},
		{"POST", "/api/v1/calls/x/dtmf", `{"digits": "1"}`, all},
		{"GET", "/api/v1/calls/x/script", "", all},
		{"GET", "/api/v1/calls/x/channels", "", all},
		{"GET", "/api/v1/calls/x/messages", "", all},
		{"GET", "/api/v1/calls/x/timeline", "", all},
		{"POST", "/api/v1/calls/x/webhooks/sms", `{"id": "m1"}`, all},
		{"POST", "/api/v1/calls/x/emails/draft", `{"template": "offer"}`, all},
		{"POST", "/api/v1/calls/x/emails", `{"id": "m1", "template": "offer", "to": "a@example.com", "subject": "s", "text": "t"}`, all},
		{"PUT", "/api/v1/calls/x/script/answers/offer", `{"value": "yes"}`, all},
		{"PUT", "/api/v1/calls/x/fields/city", `{"value": "Sendai"}`, all},
		{"POST", "/api/v1/calls/x/do-not-call", `{"scope": "chain"}`, all},
		{"GET", "/api/v1/calls/x/targets", "", all},
		{"GET", "/api/v1/targets", "", all},
		{"PUT", "/api/v1/favourites/agent/jiro", "", all},
		{"DELETE", "/api/v1/favourites/agent/jiro", "", all},
		{"POST", "/api/v1/calls/x/callback/check", rightDraft, all},
		{"PUT", "/api/v1/calls/x/callback", rightDraft, all},
		{"DELETE", "/api/v1/calls/x/callback", "", all},
		{"GET", "/api/v1/callbacks", "", all},
		{"GET", "/api/v1/callbacks?everybody=true", "", watchers},
		{"GET", "/api/v1/callbacks/export.csv", "", watchers},
		{"POST", "/api/v1/callbacks/reached", `{"number": "+815012345600"}`, watchers},
		{"GET", "/api/v1/campaigns/spring/run", "", watchers},
		{"GET", "/api/v1/campaigns/spring/days", "", watchers},
		{"GET", "/api/v1/calendar", "", watchers},
		{"GET", "/api/v1/campaigns/spring/dialing", "", watchers},
		{"PUT", "/api/v1/campaigns/spring/mode", `{"mode": "progressive"}`, watchers},
		{"GET", "/api/v1/wallboard", "", watchers},
		{"GET", "/api/v1/wallboard/events", "", watchers},
		{"GET", "/api/v1/campaigns/spring/calls", "", watchers},
		{"GET", "/api/v1/campaigns/spring/figures", "", watchers},
		{"GET", "/api/v1/contacts", "", watchers},
		{"GET", "/api/v1/contacts/spring/r1/timeline", "", watchers},
		{"GET", "/api/v1/campaigns/spring/course", "", watchers},
		{"POST", "/api/v1/agents/x/sign-out", "", watchers},
		{"POST", "/api/v1/campaigns/spring/start", "", watchers},
		{"POST", "/api/v1/campaigns/spring/stop", "", watchers},
		{"GET", "/api/v1/campaigns/spring/callbacks/p1", "", all},
		{"POST", "/api/v1/campaigns/spring/callbacks/p1/move", `{"when": {"at": "2031-05-06T10:00", "zone": "UTC"}}`, all},
		{"POST", "/api/v1/campaigns/spring/callbacks/p1/hand-over", `{"to": "jiro"}`, all},
		{"POST", "/api/v1/campaigns/spring/callbacks/p1/cancel", "", all},
		{"POST", "/api/v1/campaigns/spring/callbacks/p1/release", "", all},
		{"GET", "/api/v1/campaigns/spring/callbacks/p2", "", watchers},
		{"POST", "/api/v1/campaigns/spring/callbacks/p2/move", `{"when": {"at": "2031-05-06T10:00", "zone": "UTC"}}`, watchers},
		{"POST", "/api/v1/campaigns/spring/callbacks/p2/hand-over", `{"to": "jiro"}`, watchers},
		{"POST", "/api/v1/campaigns/spring/callbacks/p2/cancel", "", watchers},
		{"POST", "/api/v1/campaigns/spring/callbacks/p2/release", "", watchers},
		{"GET", "/api/v1/agents", "", watchers},
		{"GET", "/api/v1/live-calls", "", all}, // an agent's list is empty
		{"PUT", "/api/v1/supervision", `{"agent": "jiro", "mode": "listen"}`, watchers},
		{"DELETE", "/api/v1/supervision", "", all},
		{"POST", "/api/v1/supervision/take-over", "", watchers},
		{"POST", "/api/v1/live-calls/x/end", "", watchers},
		{"GET", "/api/v1/audit", "", admins},
		{"POST", "/api/v1/calls/x/record-start", "", all},
		{"POST", "/api/v1/calls/x/record-stop", "", all},
		{"POST", "/api/v1/calls/x/record-pause", "", all},
		{"POST", "/api/v1/calls/x/record-resume", "", all},
		{"GET", "/api/v1/recordings", "", all}, // an agent's list is empty
		{"GET", "/api/v1/recordings/x", "", watchers},
		{"GET", "/api/v1/recordings/x/audio", "", watchers},
		{"DELETE", "/api/v1/recordings/x", "", watchers},
		{"GET", "/api/v1/imports", "", watchers},
		{"POST", "/api/v1/imports", "", watchers},
		{"GET", "/api/v1/imports/x", "", watchers},
		{"POST", "/api/v1/imports/x/cancel", "", watchers},
		{"GET", "/api/v1/imports/x/rejects", "", watchers},
		{"GET", "/metrics", "", admins},
	}
	listed := map[string]bool{}
	for _, row := range table {
		listed[row.method+" "+row.path] = true
		if r := h.send(row.method, row.path, row.body); r.status != 401 || r.problem.Code != api.CodeUnauthenticated || r.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s %s without a session: %d %s", row.method, row.path, r.status, r.body)
		}
		for role, c := range clients {
			r := h.send(row.method, row.path, row.body, bearer(c)...)
			allowed := r.status != 401 && r.problem.Code != api.CodeForbidden
			if want := slices.Contains(strings.Fields(row.roles), role); allowed != want {
				t.Errorf("%s %s as %s: %d %s, allowed should be %v", row.method, row.path, role, r.status, r.body, want)
			}
		}
	}
	// Whatever the document describes is in the table or open to everyone.
	everyone := []string{"POST /api/v1/session", "DELETE /api/v1/session", "GET /healthz", "GET /readyz"}
	for _, op := range operations(t, h) {
		path := strings.NewReplacer("recordings/{id}", "recordings/x", "imports/{id}", "imports/x", "calls/{id}", "calls/x", "agents/{id}", "agents/x", "campaigns/{id}", "campaigns/spring",
			"{party}", "t1", "{key}", "city", "{step}", "offer", "{webhook}", "sms",
			"{kind}/{target}", "agent/jiro", "{campaign}/{record}", "spring/r1", "campaigns/{campaign}/callbacks/{id}", "campaigns/spring/callbacks/p1", "campaigns/{campaign}/", "campaigns/spring/").Replace(op.path)
		if name := op.method + " " + path; !listed[name] && !slices.Contains(everyone, name) {
			t.Errorf("%s is not in the table of who may do what", name)
		}
	}
}

func TestACookieWorksForPagesOfThisSiteOnly(t *testing.T) {
	h := open(t)
	r := h.send("POST", "/api/v1/session", `{"agent": "hanako", "password": "`+password+`", "cookie": true}`, "Origin", h.url)
	if r.status != 201 || strings.Contains(r.body, "token") {
		t.Fatalf("sign in: %d %s", r.status, r.body)
	}
	set := r.header.Get("Set-Cookie")
	cookie, err := http.ParseSetCookie(set)
	if err != nil {
		t.Fatal(err)
	}
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" || cookie.Secure || cookie.Name != "hasshin" || cookie.MaxAge != 86400 {
		t.Errorf("cookie = %s", set)
	}
	header := cookie.Name + "=" + cookie.Value
	const ready = "/api/v1/agent/ready"
	for name, test := range map[string]struct {
		headers []string
		code    api.Code
	}{
		"this site":                {[]string{"Cookie", header, "Origin", h.url}, ""},
		"this site, newer browser": {[]string{"Cookie", header, "Sec-Fetch-Site", "same-origin"}, ""},
		"another site":             {[]string{"Cookie", header, "Origin", "https://evil.example"}, api.CodeCrossOrigin},
		"a sandboxed page":         {[]string{"Cookie", header, "Origin", "null"}, api.CodeCrossOrigin},
		"a site beside":            {[]string{"Cookie", header, "Sec-Fetch-Site", "same-site"}, api.CodeCrossOrigin},
		"nobody knows who":         {[]string{"Cookie", header}, api.CodeCrossOrigin},
		"a wrong cookie":           {[]string{"Cookie", header + "x", "Origin", h.url}, api.CodeUnauthenticated},
	} {
		if r := h.send("POST", ready, "", test.headers...); r.problem.Code != test.code {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	if r := h.send("GET", "/api/v1/session", "", "Cookie", header); r.status != 200 {
		t.Errorf("reading with a cookie: %s", r.body)
	}
	out := h.send("DELETE", "/api/v1/session", "", "Cookie", header, "Origin", h.url)
	if out.status != 204 || !strings.Contains(out.header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("sign out: %d, %s", out.status, out.header.Get("Set-Cookie"))
	}
	if r := h.send("GET", "/api/v1/session", "", "Cookie", header); r.problem.Code != api.CodeUnauthenticated {
		t.Errorf("after sign-out: %s", r.body)
	}
}

func TestOtherSitesCannotSignPeopleIn(t *testing.T) {
	h := open(t)
	r := h.send("POST", "/api/v1/session", credentials("hanako", password), "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")
	if r.problem.Code != api.CodeCrossOrigin {
		t.Errorf("%d %s", r.status, r.body)
	}
}

func TestBehindAProxyCookiesAreSecureAndItsSiteIsBelieved(t *testing.T) {
	h := open(t, func(o *desk.Options) { o.Config.PublicURL = "https://dialer.example.com" })
	r := h.send("POST", "/api/v1/session", `{"agent": "hanako", "password": "`+password+`", "cookie": true}`, "Origin", "https://dialer.example.com")
	if r.status != 201 {
		t.Fatalf("sign in: %s", r.body)
	}
	if set := r.header.Get("Set-Cookie"); !strings.HasPrefix(set, "__Host-hasshin=") || !strings.Contains(set, "Secure") {
		t.Errorf("cookie = %s", set)
	}
}

func TestSignOutIsRefusedWhileThereIsACall(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	must(c.GetRecord(h.ctx(), "spring"))(t)
	p := wantCode(t, c.SignOut(h.ctx()), api.Code(dialer.CodeWrongState))
	if p.State != "preview" || !slices.Equal(p.Allowed, []string{"reject", "cancel"}) {
		t.Errorf("problem = %s", text(p))
	}
	must(c.Session(h.ctx()))(t)
}

func TestSigningOutEndsAllSessionsOfTheAgentAndNoOthers(t *testing.T) {
	h := open(t)
	first, second, other := h.signedIn("hanako"), h.signedIn("hanako"), h.signedIn("jiro")
	token := first.Token()
	if err := first.SignOut(h.ctx()); err != nil {
		t.Fatal(err)
	}
	_, err := second.Session(h.ctx())
	wantCode(t, err, api.CodeUnauthenticated)
	if r := h.send("GET", "/api/v1/session", "", "Authorization", "Bearer "+token); r.problem.Code != api.CodeUnauthenticated {
		t.Errorf("the first session lives: %s", r.body)
	}
	must(other.Session(h.ctx()))(t)
	for _, key := range h.redis.Keys() {
		if strings.Contains(key, "hanako") {
			t.Errorf("%s is left in Redis", key)
		}
	}
}

func TestASupervisorSignsAnotherAgentOut(t *testing.T) {
	h := open(t)
	hanako, jiro, sumire := h.signedIn("hanako"), h.signedIn("jiro"), h.signedIn("sumire")
	if p := wantCode(t, jiro.SignOutAgent(h.ctx(), "hanako"), api.CodeForbidden); p.Privilege != "agents.sign_out" {
		t.Errorf("an agent lacks %q", p.Privilege)
	}
	must(hanako.GetRecord(h.ctx(), "spring"))(t)
	wantCode(t, sumire.SignOutAgent(h.ctx(), "hanako"), api.Code(dialer.CodeWrongState))
	must(hanako.Session(h.ctx()))(t)
	if err := sumire.SignOutAgent(h.ctx(), "jiro"); err != nil {
		t.Fatal(err)
	}
	_, err := jiro.Session(h.ctx())
	wantCode(t, err, api.CodeUnauthenticated)
	must(sumire.Session(h.ctx()))(t)
}

func TestAnAgentThatTheEngineDoesNotTakeHasNoSession(t *testing.T) {
	h := open(t)
	h.engine.set(func(f *fakeEngine) { f.refuse = no(dialer.CodeNodeUnavailable, "no node") })
	_, err := h.client().SignIn(h.ctx(), "hanako", password)
	p := wantCode(t, err, api.Code(dialer.CodeNodeUnavailable))
	if p.Retry == 0 {
		t.Error("no Retry-After")
	}
	if keys := h.redis.Keys(); len(keys) > 0 {
		t.Errorf("%v is left in Redis", keys)
	}
}

func TestAnAgentWithoutAPhoneIsNotSignedInForWork(t *testing.T) {
	h := open(t)
	c := h.signedIn("sumire")
	if agents := must(c.Agents(h.ctx()))(t); len(agents) != 4 || agents[0].ID != "akira" || agents[0].Campaigns == nil {
		t.Errorf("agents = %s", text(agents))
	}
	if got := h.engine.done(); len(got) > 0 {
		t.Errorf("the engine was told %v", got)
	}
	if err := c.SignOut(h.ctx()); err != nil {
		t.Fatal(err)
	}
}

func TestADefectiveHashIsFoundAtTheStart(t *testing.T) {
	agents := staff()
	cfg := agents["hanako"]
	cfg.PasswordHash = secret.New("$argon2id$v=19$m=99999999,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8")
	_, err := desk.New(desk.Options{Config: desk.Defaults(), Agents: map[string]agent.Config{"hanako": cfg}, Engine: newFakeEngine(nil), Redis: nowhere(t)})
	if err == nil || !strings.Contains(err.Error(), "agent hanako: password_hash: argon2id memory m=99999999") {
		t.Errorf("err = %v", err)
	}
}
