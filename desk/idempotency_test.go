package desk_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
)

func TestARepeatedCommandIsDoneOnce(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	send := func(key string) reply {
		return h.send("POST", "/api/v1/campaigns/spring/get-record", "", append(bearer(c), "Idempotency-Key", key)...)
	}
	first, again := send(`"key-1"`), send(`"key-1"`)
	if first.status != 201 || again.status != 201 || first.body != again.body || again.header.Get("Content-Type") != "application/json" {
		t.Errorf("first %d %s, again %d %s", first.status, first.body, again.status, again.body)
	}
	if first.header.Get(api.HeaderIdempotencyReplayed) != "" || again.header.Get(api.HeaderIdempotencyReplayed) != "true" {
		t.Errorf("replayed: first %q, again %q", first.header.Get(api.HeaderIdempotencyReplayed), again.header.Get(api.HeaderIdempotencyReplayed))
	}
	if first.header.Get("Location") == "" {
		t.Error("the first answer lost its headers")
	}
	if bare := send(`key-1`); bare.body != first.body {
		t.Error("a key without quotes is another one")
	}
	if other := send(`"key-2"`); other.body == first.body {
		t.Error("another key gets the same answer")
	}
	if got := count(h.engine.done(), "get-record hanako"); got != 2 {
		t.Errorf("the engine did it %d times, expected twice", got)
	}
	if ttl := h.redis.TTL(idempotencyKeys(h)[0]); ttl <= 0 || ttl > 10*time.Minute {
		t.Errorf("an answer is kept for %s", ttl)
	}
}

func idempotencyKeys(h *house) []string {
	var keys []string
	for _, key := range h.redis.Keys() {
		if strings.HasPrefix(key, "hs:idem:") {
			keys = append(keys, key)
		}
	}
	return keys
}

func count(all []string, one string) int {
	n := 0
	for _, s := range all {
		if s == one {
			n++
		}
	}
	return n
}

func TestAKeyBelongsToOneRequestOfOneAgent(t *testing.T) {
	h := open(t)
	hanako, jiro := h.signedIn("hanako"), h.signedIn("jiro")
	key := []string{"Idempotency-Key", `"k"`}
	if r := h.send("POST", "/api/v1/agent/not-ready", `{"reason": "lunch"}`, append(bearer(hanako), key...)...); r.status != 200 {
		t.Fatal(r.body)
	}
	for name, r := range map[string]reply{
		"another body":    h.send("POST", "/api/v1/agent/not-ready", `{"reason": "break"}`, append(bearer(hanako), key...)...),
		"another address": h.send("POST", "/api/v1/agent/ready", "", append(bearer(hanako), key...)...),
		"another method":  h.send("DELETE", "/api/v1/agent/phone", "", append(bearer(hanako), key...)...),
	} {
		if r.status != 422 || r.problem.Code != api.CodeIdempotencyConflict {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	if r := h.send("POST", "/api/v1/agent/ready", "", append(bearer(jiro), key...)...); r.status != 200 || r.header.Get(api.HeaderIdempotencyReplayed) != "" {
		t.Errorf("another agent: %d %s", r.status, r.body)
	}
}

func TestRefusalsAreRepeatedButFailuresAreNot(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	send := func(key string) reply {
		return h.send("POST", "/api/v1/agent/ready", "", append(bearer(c), "Idempotency-Key", key)...)
	}
	h.engine.set(func(f *fakeEngine) { f.refuse = no(dialer.CodeWrongState, "not now") })
	if r := send("refused"); r.status != 409 {
		t.Fatal(r.body)
	}
	if r := send("refused"); r.status != 409 || r.header.Get(api.HeaderIdempotencyReplayed) != "true" || r.problem.Code != api.Code(dialer.CodeWrongState) {
		t.Errorf("a refusal: %d %s", r.status, r.body)
	}
	h.engine.set(func(f *fakeEngine) { f.refuse = no(dialer.CodeNodeUnavailable, "no node") })
	if r := send("failed"); r.status != 503 {
		t.Fatal(r.body)
	}
	if r := send("failed"); r.status != 200 || r.header.Get(api.HeaderIdempotencyReplayed) != "" {
		t.Errorf("a failure: %d %s", r.status, r.body)
	}
}

func TestTheSameCommandTwiceAtOnceIsDoneOnce(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	hold := make(chan struct{})
	h.engine.set(func(f *fakeEngine) { f.hold = hold })
	replies := make(chan reply, 3)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			replies <- h.send("POST", "/api/v1/agent/phone", "", append(bearer(c), "Idempotency-Key", "k")...)
		})
	}
	eventually(t, "all three have arrived", func() bool { return h.metric("hasshin_http_requests_active") == 3 })
	close(hold)
	all.Wait()
	close(replies)
	if got := count(h.engine.done(), "connect hanako"); got != 1 {
		t.Errorf("the engine did it %d times", got)
	}
	replayed := 0
	for r := range replies {
		if r.status != 200 {
			t.Errorf("%d %s", r.status, r.body)
		}
		if r.header.Get(api.HeaderIdempotencyReplayed) == "true" {
			replayed++
		}
	}
	if replayed != 2 {
		t.Errorf("%d answers are repetitions, expected 2", replayed)
	}
}

func TestACommandInFlightAtAnotherProcessIsToldToComeBack(t *testing.T) {
	first := open(t)
	c := first.signedIn("hanako")
	second := openOn(t, first.redis)
	hold := make(chan struct{})
	first.engine.set(func(f *fakeEngine) { f.hold = hold })
	headers := append(bearer(c), "Idempotency-Key", "k")
	var working sync.WaitGroup
	var r1 reply
	working.Go(func() { r1 = first.send("POST", "/api/v1/agent/phone", "", headers...) })
	<-first.engine.entered

	if r := second.send("POST", "/api/v1/agent/phone", "", headers...); r.status != 409 || r.problem.Code != api.CodeIdempotencyInFlight || r.header.Get("Retry-After") != "1" {
		t.Errorf("in flight: %d %s", r.status, r.body)
	}
	if r := second.send("DELETE", "/api/v1/agent/phone", "", headers...); r.problem.Code != api.CodeIdempotencyConflict {
		t.Errorf("another request: %d %s", r.status, r.body)
	}
	close(hold)
	working.Wait()
	r2 := second.send("POST", "/api/v1/agent/phone", "", headers...)
	if r2.body != r1.body || r2.header.Get(api.HeaderIdempotencyReplayed) != "true" {
		t.Errorf("the second process answers %s, the first did %s", r2.body, r1.body)
	}
	if got := second.engine.done(); slices.Contains(got, "connect hanako") {
		t.Errorf("the second process did it too: %v", got)
	}
}

func TestTheKeyOfAProcessThatDiedIsFreeAgain(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	headers := append(bearer(c), "Idempotency-Key", "k")
	if r := h.send("POST", "/api/v1/agent/ready", "", headers...); r.status != 200 {
		t.Fatal(r.body)
	}
	// As it is when its process dies in the middle of the command.
	key := idempotencyKeys(h)[0]
	for _, field := range []string{"status", "type", "body"} {
		h.redis.HDel(key, field)
	}
	h.redis.HSet(key, "owner", "a dead process")
	h.redis.SetTTL(key, 15*time.Second)
	if r := h.send("POST", "/api/v1/agent/ready", "", headers...); r.problem.Code != api.CodeIdempotencyInFlight {
		t.Errorf("before its time: %d %s", r.status, r.body)
	}
	h.redis.FastForward(16 * time.Second)
	if r := h.send("POST", "/api/v1/agent/ready", "", headers...); r.status != 200 {
		t.Errorf("after its time: %d %s", r.status, r.body)
	}
}

func TestACommandWithAKeyGoesOnWhenItsConnectionBreaks(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	hold := make(chan struct{})
	h.engine.set(func(f *fakeEngine) { f.hold = hold })
	ctx, breakIt := context.WithCancel(h.ctx())
	req, err := http.NewRequestWithContext(ctx, "POST", h.url+"/api/v1/agent/phone", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.Token())
	req.Header.Set("Idempotency-Key", "k")
	broken := make(chan error, 1)
	go func() {
		_, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
		broken <- err
	}()
	<-h.engine.entered
	breakIt()
	if err := <-broken; err == nil {
		t.Fatal("the connection did not break")
	}
	h.engine.set(func(f *fakeEngine) { f.hold = nil })
	close(hold)
	r := h.send("POST", "/api/v1/agent/phone", "", append(bearer(c), "Idempotency-Key", "k")...)
	if r.status != 200 || r.header.Get(api.HeaderIdempotencyReplayed) != "true" {
		t.Errorf("asked again: %d, replayed %q, %s", r.status, r.header.Get(api.HeaderIdempotencyReplayed), r.body)
	}
	if got := count(h.engine.done(), "connect hanako"); got != 1 {
		t.Errorf("done %d times", got)
	}
}

func TestACommandWithoutAKeyIsGivenUpWithItsConnection(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	h.engine.set(func(f *fakeEngine) { f.hold = make(chan struct{}) })
	ctx, breakIt := context.WithCancel(h.ctx())
	req, err := http.NewRequestWithContext(ctx, "POST", h.url+"/api/v1/agent/phone", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.Token())
	broken := make(chan error, 1)
	go func() {
		_, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
		broken <- err
	}()
	<-h.engine.entered
	breakIt()
	<-broken
	eventually(t, "the command is given up", func() bool {
		return strings.Contains(h.log.String(), "the client closed the connection") || strings.Contains(h.log.String(), `"code":"request_timeout"`)
	})
}

func TestTheClientRepeatsACommandWhoseAnswerWasLost(t *testing.T) {
	h := open(t)
	lossy := &lossyTransport{RoundTripper: http.DefaultTransport.(*http.Transport).Clone(), lose: 2}
	c := h.clientOver(lossy)
	if _, err := c.SignIn(h.ctx(), "hanako", password); err != nil {
		t.Fatal(err)
	}
	lossy.arm()
	call := must(c.GetRecord(h.ctx(), "spring"))(t)
	if call.ID != "call-1" || count(h.engine.done(), "get-record hanako") != 1 {
		t.Errorf("call %s after %v", call.ID, h.engine.done())
	}
	if lost := lossy.lost(); lost != 2 {
		t.Errorf("%d answers were lost, expected 2", lost)
	}
}
