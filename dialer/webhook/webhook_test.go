package webhook_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/dialer/fill"
	"github.com/hasshin/hasshin/dialer/outbox"
	"github.com/hasshin/hasshin/dialer/webhook"
	"github.com/hasshin/hasshin/internal/secret"
	"github.com/hasshin/hasshin/scheduler"
)

const key = "0123456789abcdef"

// golden is of: printf '1700000000.{"id":"m1"}' | openssl dgst -sha256 -hmac 0123456789abcdef
const golden = "sha256=5807c6b7b3b24e361945fbcef8c6482782a79b8a594f5755bfae268184df5a39"

var names = []string{"contact.id", "contact.number"}

func config(url string) webhook.Config {
	c := webhook.Config{}.Defaults()
	c.ID, c.URL, c.Secret, c.AllowPrivate = "sms", url, secret.New(key), true
	return c
}

func deliver(t *testing.T, c webhook.Config, handed *bool) error {
	t.Helper()
	content, err := json.Marshal(webhook.Content{Webhook: c.ID, URL: c.URL, Body: json.RawMessage(`{"id":"m1"}`)})
	if err != nil {
		t.Fatal(err)
	}
	s := webhook.Sender{
		Find: func(campaign, id string) (webhook.Config, bool) { return c, campaign == "spring" && id == "sms" },
		Now:  func() time.Time { return time.Unix(1_700_000_000, 0) },
	}
	return s.Deliver(t.Context(), outbox.Message{ID: "m1", Campaign: "spring", Content: content}, func() error { *handed = true; return nil })
}

func TestARequestIsSigned(t *testing.T) {
	var handed bool
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		want := webhook.Signature(key, "1700000000", []byte(`{"id":"m1"}`))
		if err != nil || string(body) != `{"id":"m1"}` || r.Method != "POST" || r.URL.Path != "/send" || !handed || r.Header.Get("Hasshin-Delivery") != "m1" ||
			r.Header.Get("Hasshin-Timestamp") != "1700000000" || r.Header.Get("Hasshin-Signature") != want {
			t.Errorf("%v %s %s %q %v", err, r.Method, r.URL, body, r.Header)
		}
		w.WriteHeader(http.StatusAccepted)
	}))
	defer srv.Close()
	if err := deliver(t, config(srv.URL+"/send"), &handed); err != nil {
		t.Error(err)
	}
	if got := webhook.Signature(key, "1700000000", []byte(`{"id":"m1"}`)); got != golden {
		t.Errorf("the signature is %s, want %s, as openssl makes it", got, golden)
	}
}

func TestAnswersSayWhetherToTryAgain(t *testing.T) {
	elsewhere := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	defer other.Close()
	for status, final := range map[int]bool{400: true, 401: true, 404: true, 408: false, 425: false, 429: false, 500: false, 503: false, 301: true, 302: true, 307: true, 308: true} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", other.URL)
			w.WriteHeader(status)
		}))
		var handed bool
		var refusal *outbox.Refusal
		if err := deliver(t, config(srv.URL), &handed); !errors.As(err, &refusal) || refusal.Final != final {
			t.Errorf("%d: %v", status, err)
		}
		srv.Close()
	}
	if elsewhere > 0 {
		t.Errorf("%d redirects were followed", elsewhere)
	}
}

func TestPrivateAddressesAreNotReached(t *testing.T) {
	asked := 0
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer srv.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(srv.URL, "http://"), ":")
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "10.0.0.1", "192.168.1.1", "169.254.169.254", "[fd00::1]", "[64:ff9b::7f00:1]", "100.64.0.1"} {
		c := config("http://" + host + ":" + port)
		c.AllowPrivate = false
		var handed bool
		var refusal *outbox.Refusal
		if err := deliver(t, c, &handed); !errors.As(err, &refusal) || !refusal.Final || !strings.Contains(refusal.Text, "not a public address") {
			t.Errorf("%s: %v", host, err)
		}
	}
	if asked > 0 {
		t.Errorf("the server was asked %d times", asked)
	}
}

// A receiver that is overloaded for a while gets each request once, under the same id and with a signature of its own time.
func TestARequestIsTriedUntilItIsTaken(t *testing.T) {
	var mu sync.Mutex
	tries, taken := map[string]int{}, map[string]int{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		id := r.Header.Get(webhook.HeaderDelivery)
		if tries[id]++; tries[id] < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		taken[id]++
	}))
	defer srv.Close()
	rdb := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	defer rdb.Close()
	times, err := scheduler.New(scheduler.Config{
		Redis: rdb, Name: "outbox", Shards: 2, PollInterval: 20 * time.Millisecond, Backoff: func(int) time.Duration { return 20 * time.Millisecond },
	})
	if err != nil {
		t.Fatal(err)
	}
	c := config(srv.URL)
	s := webhook.Sender{Find: func(string, string) (webhook.Config, bool) { return c, true }}
	box := outbox.New(outbox.Options{Redis: rdb, Scheduler: times, Deliver: map[outbox.Kind]outbox.Deliver{outbox.KindWebhook: s.Deliver}, Logger: zerolog.Nop()})
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = box.Run(ctx) }) // ends with ctx
	defer running.Wait()
	defer stop()
	content, err := json.Marshal(webhook.Content{Webhook: c.ID, URL: c.URL, Body: json.RawMessage(`{}`)})
	if err != nil {
		t.Fatal(err)
	}
	const requests = 5
	for i := range requests {
		m := outbox.Message{ID: fmt.Sprint("w", i), Kind: outbox.KindWebhook, Campaign: "spring", Record: "r1", Queued: time.Now().UTC(), Content: content}
		if err := box.Add(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	deadline := time.Now().Add(15 * time.Second)
	for sent := 0; sent < requests; time.Sleep(10 * time.Millisecond) { // nothing tells when
		all, err := box.Of(t.Context(), "spring", "r1")
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("%+v, %v", all, err)
		}
		sent = 0
		for _, m := range all {
			if m.State == outbox.Sent && m.Attempts == 3 && !m.Twice {
				sent++
			}
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for i := range requests {
		if id := fmt.Sprint("w", i); taken[id] != 1 {
			t.Errorf("%s was taken %d times", id, taken[id])
		}
	}
}

// What may have arrived is in doubt; what found nobody is not.
func TestSilenceLeavesADoubt(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		panic(http.ErrAbortHandler)
	}))
	c := config(srv.URL)
	var handed bool
	var refusal *outbox.Refusal
	if err := deliver(t, c, &handed); err == nil || errors.As(err, &refusal) {
		t.Errorf("no answer: %v", err)
	}
	srv.Close()
	if err := deliver(t, c, &handed); !errors.As(err, &refusal) || refusal.Final {
		t.Errorf("nobody there: %v", err)
	}
}

func TestAnAddressLeadsWhereTheConfigurationSays(t *testing.T) {
	for value, want := range map[string]string{
		"C-1": "https://e.com/c/C-1?n=C-1", "../x": "https://e.com/c/..%2Fx?n=..%2Fx", "..": "https://e.com/c/%2E%2E?n=%2E%2E", "a&b=c#d @": "https://e.com/c/a%26b%3Dc%23d%20%40?n=a%26b%3Dc%23d%20%40",
	} {
		got, err := webhook.Address("https://e.com/c/{{contact.id}}?n={{contact.id}}", fill.Values{"contact.id": value})
		if err != nil || got != want {
			t.Errorf("%q makes %s, %v; want %s", value, got, err, want)
		}
	}
	for _, url := range []string{
		"", "ftp://e.com", "e.com", "https://{{contact.id}}", "https://e.com{{contact.id}}", "https://e.{{contact.id}}/x", "https://e.com:{{contact.id}}/", "{{contact.id}}", "https://a:b@e.com/",
		"javascript:alert(1)", "https://e.com/{{contact.nam}}", "https://e.com/{{",
	} {
		if err := (webhook.Link{Name: "x", URL: url}).Validate(names); err == nil {
			t.Errorf("%q is allowed", url)
		}
	}
	for _, url := range []string{"https://e.com", "http://e.com:8080/x?y={{contact.id}}", "https://e.com/{{contact.id}}"} {
		if err := (webhook.Link{Name: "x", URL: url}).Validate(names); err != nil {
			t.Errorf("%q: %v", url, err)
		}
	}
}
