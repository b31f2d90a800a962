package desk_test

import (
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/desk"
	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/desk/client"
	"github.com/hasshin/hasshin/desk/passwd"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/internal/secret"
)

// nowhere is a Redis that does not answer.
func nowhere(t testing.TB) redis.UniversalClient {
	t.Helper()
	rdb := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, DialTimeout: 100 * time.Millisecond})
	t.Cleanup(func() {
		if err := rdb.Close(); err != nil {
			t.Error(err)
		}
	})
	return rdb
}

// later moves both clocks.
func (h *house) later(d time.Duration) {
	h.clock.add(d)
	h.redis.FastForward(d)
}

func resume(t testing.TB, h *house, token string) *client.Client {
	t.Helper()
	c, err := client.New(client.Options{URL: h.url, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestASessionOutlivesTheProcessAndItsAgentIsSignedInAgain(t *testing.T) {
	first := open(t)
	token := first.signedIn("hanako").Token()
	first.stop()
	second := openOn(t, first.redis)
	c := resume(t, second, token)
	if a := must(c.Ready(second.ctx()))(t); a.State != "ready" {
		t.Errorf("agent = %s", text(a))
	}
	must(c.Session(second.ctx()))(t)
	if got := strings.Join(second.engine.done(), ", "); got != "sign-in hanako, ready hanako" {
		t.Errorf("the engine was told %s", got)
	}
}

func TestASessionThatIsUsedLastsUntilItsAppointedEnd(t *testing.T) {
	h := open(t, func(o *desk.Options) {
		o.Config.Session.Idle, o.Config.Session.Lifetime = time.Hour, 3*time.Hour
	})
	c := h.signedIn("hanako")
	began := h.clock.Now()
	for range 5 { // 2 h 55 min
		h.later(35 * time.Minute)
		s := must(c.Session(h.ctx()))(t)
		if left := s.Expires.Sub(h.clock.Now()); left <= 0 || left > time.Hour {
			t.Errorf("expires in %s", left)
		}
		if d := s.Ends.Sub(began) - 3*time.Hour; d.Abs() > time.Second {
			t.Errorf("ends %s", s.Ends)
		}
	}
	h.later(6 * time.Minute)
	_, err := c.Session(h.ctx())
	wantCode(t, err, api.CodeUnauthenticated)
}

func TestASessionThatIsNotUsedEnds(t *testing.T) {
	h := open(t, func(o *desk.Options) { o.Config.Session.Idle = time.Hour })
	c := h.signedIn("hanako")
	h.later(61 * time.Minute)
	_, err := c.Session(h.ctx())
	wantCode(t, err, api.CodeUnauthenticated)
}

func TestRedisHasNoTokens(t *testing.T) {
	h := open(t)
	token := h.signedIn("hanako").Token()
	if strings.Contains(h.redis.Dump(), token) {
		t.Error("the token itself is in Redis")
	}
	if len(token) != 43 {
		t.Errorf("token of %d characters, expected 43 for 256 bits", len(token))
	}
	if h.signedIn("hanako").Token() == token {
		t.Error("two sessions have the same token")
	}
	for _, key := range h.redis.Keys() {
		if h.redis.TTL(key) == 0 {
			t.Errorf("%s never expires", key)
		}
	}
}

func TestANewPasswordEndsOldSessions(t *testing.T) {
	first := open(t)
	token := first.signedIn("hanako").Token()
	first.stop()
	second := openOn(t, first.redis, func(o *desk.Options) {
		cfg := o.Agents["hanako"]
		cfg.PasswordHash = secret.New(must(passwd.HashWith(passwd.Params{Memory: 64, Time: 1, Threads: 1}, "new"))(t))
		o.Agents["hanako"] = cfg
	})
	_, err := resume(t, second, token).Session(second.ctx())
	wantCode(t, err, api.CodeUnauthenticated)
}

func TestAnAgentWhoIsNoLongerConfiguredHasNoSession(t *testing.T) {
	first := open(t)
	token := first.signedIn("hanako").Token()
	first.stop()
	second := openOn(t, first.redis, func(o *desk.Options) { delete(o.Agents, "hanako") })
	_, err := resume(t, second, token).Session(second.ctx())
	wantCode(t, err, api.CodeUnauthenticated)
}

func TestWhileRedisIsAwayPeopleWhoAreSignedInGoOn(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	call := must(c.GetRecord(h.ctx(), "spring"))(t)
	h.redis.Close()
	if v := must(c.End(h.ctx(), call.ID))(t); v.State != "wrap-up" {
		t.Errorf("end while Redis is away: %s", text(v))
	}
	_, err := h.client().SignIn(h.ctx(), "jiro", password)
	p := wantCode(t, err, api.Code(dialer.CodeStoreUnavailable))
	if p.Retry == 0 {
		t.Error("no Retry-After")
	}
	_, err = resume(t, h, "some other token").Session(h.ctx())
	wantCode(t, err, api.Code(dialer.CodeStoreUnavailable))
	if err := h.redis.Restart(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "people can sign in again", func() bool {
		_, err := h.client().SignIn(h.ctx(), "jiro", password)
		return err == nil
	})
}

func TestAGarbledTokenIsNoSession(t *testing.T) {
	h := open(t)
	for _, token := range []string{"", "x", strings.Repeat("y", 5000), "a b", "../../x"} {
		r := h.send("GET", "/api/v1/session", "", "Authorization", "Bearer "+token)
		if r.problem.Code != api.CodeUnauthenticated {
			t.Errorf("token %.20q: %d %s", token, r.status, r.body)
		}
	}
	if r := h.send("GET", "/api/v1/session", "", "Authorization", "Basic aGFuYWtvOmNvcnJlY3QgaG9yc2U="); r.problem.Code != api.CodeUnauthenticated {
		t.Errorf("basic authentication: %s", r.body)
	}
}
