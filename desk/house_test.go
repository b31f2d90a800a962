package desk_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/hasshin/hasshin/desk"
	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/desk/client"
	"github.com/hasshin/hasshin/desk/passwd"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/internal/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const password = "correct horse"

// house is a desk with all that it needs: a Redis in the process, an engine without telephony, and real HTTP on loopback.
type house struct {
	t        testing.TB
	redis    *miniredis.Miniredis
	engine   *fakeEngine
	server   *desk.Server
	registry *prometheus.Registry
	url      string
	log      *syncBuffer
	clock    *clock

	bodyTimeout time.Duration // 0: the usual one
	stop        func()        // ends the server and waits for it
}

// syncBuffer is a log that can be read while it is written.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// clock stands still until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

var cheapHash = sync.OnceValue(func() secret.String {
	hash, err := passwd.HashWith(passwd.Params{Memory: 64, Time: 1, Threads: 1}, password)
	if err != nil {
		panic(err)
	}
	return secret.New(hash)
})

func staff() map[string]agent.Config {
	person := func(name string, role agent.Role, phone agent.PhoneKind) agent.Config {
		cfg := agent.Defaults()
		cfg.Name, cfg.Role, cfg.PasswordHash, cfg.Phone.Kind = name, role, cheapHash(), phone
		return cfg
	}
	return map[string]agent.Config{
		"hanako": person("Hanako Sato", agent.RoleAgent, agent.PhoneSIP),
		"jiro":   person("", agent.RoleAgent, agent.PhoneSIP),
		"sumire": person("Sumire", agent.RoleSupervisor, agent.PhoneNone),
		"akira":  person("Akira", agent.RoleAdmin, agent.PhoneNone),
	}
}

// open starts a house. Options change the desk's before it is made.
func open(t testing.TB, change ...func(*desk.Options)) *house {
	t.Helper()
	return openOn(t, miniredis.RunT(t), change...)
}

// openHasty starts a house that does not wait long for bodies.
func openHasty(t testing.TB, bodyTimeout time.Duration) *house {
	t.Helper()
	return (&house{t: t, redis: miniredis.RunT(t), bodyTimeout: bodyTimeout}).open()
}

// openOn starts a house on a Redis that exists, as a second process would.
func openOn(t testing.TB, redisServer *miniredis.Miniredis, change ...func(*desk.Options)) *house {
	t.Helper()
	return (&house{t: t, redis: redisServer}).open(change...)
}

func (h *house) open(change ...func(*desk.Options)) *house {
	t := h.t
	t.Helper()
	h.log, h.clock, h.registry = &syncBuffer{}, &clock{now: time.Now()}, prometheus.NewRegistry()
	rdb := redis.NewClient(&redis.Options{Addr: h.redis.Addr(), MaxRetries: -1, DialTimeout: 200 * time.Millisecond})
	opts := desk.Options{
		Config: desk.Defaults(), Redis: rdb, Agents: staff(), Registry: h.registry, Version: "test", Now: h.clock.Now,
		Logger: zerolog.New(h.log).Level(zerolog.DebugLevel),
	}
	opts.Config.Listen = "127.0.0.1:0"
	for _, c := range change {
		c(&opts)
	}
	h.engine = newFakeEngine(opts.Agents)
	opts.Engine = h.engine
	var err error
	if h.server, err = desk.New(opts); err != nil {
		t.Fatal(err)
	}
	h.engine.notify = h.server.Notify
	if h.bodyTimeout > 0 {
		h.server.SetBodyTimeout(h.bodyTimeout)
	}
	if err := h.server.Listen(); err != nil {
		t.Fatal(err)
	}
	h.url = "http://" + h.server.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.server.Run(ctx) }()
	h.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("desk ended with: %v", err)
		}
		if err := rdb.Close(); err != nil {
			t.Errorf("close redis client: %v", err)
		}
	})
	t.Cleanup(h.stop)
	return h
}

// client is a client that is not signed in.
func (h *house) client() *client.Client {
	h.t.Helper()
	c, err := client.New(client.Options{URL: h.url, Backoff: time.Millisecond, MaxBackoff: 20 * time.Millisecond})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(c.Close)
	return c
}

// signedIn is a client of somebody who is.
func (h *house) signedIn(agent string) *client.Client {
	h.t.Helper()
	c := h.client()
	if _, err := c.SignIn(h.ctx(), agent, password); err != nil {
		h.t.Fatal(err)
	}
	return c
}

// ctx ends when a test has taken far too long.
func (h *house) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	h.t.Cleanup(cancel)
	return ctx
}

// reply is what came back for a request.
type reply struct {
	status  int
	header  http.Header
	body    string
	problem api.Problem
}

// send makes a request by hand. headers are pairs.
func (h *house) send(method, path, body string, headers ...string) reply {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.ctx(), method, h.url+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	r := reply{status: resp.StatusCode, header: resp.Header, body: string(text)}
	if resp.StatusCode >= 400 {
		if got := resp.Header.Get("Content-Type"); got != api.ProblemType {
			h.t.Errorf("%s %s: status %d with content type %q, expected %s", method, path, resp.StatusCode, got, api.ProblemType)
		}
		if err := json.Unmarshal(text, &r.problem); err != nil {
			h.t.Errorf("%s %s: %v in %s", method, path, err, text)
		}
		if r.problem.Status != resp.StatusCode {
			h.t.Errorf("%s %s: problem says %d, HTTP says %d", method, path, r.problem.Status, resp.StatusCode)
		}
		// A repetition's problem names the request that was refused in the first place.
		replayed := resp.Header.Get(api.HeaderIdempotencyReplayed) == "true"
		if r.problem.RequestID == "" || !replayed && r.problem.RequestID != resp.Header.Get(api.HeaderRequestID) {
			h.t.Errorf("%s %s: request id %q in the problem, %q in the header", method, path, r.problem.RequestID, resp.Header.Get(api.HeaderRequestID))
		}
	}
	return r
}

// bearer is a header pair.
func bearer(c *client.Client) []string { return []string{"Authorization", "Bearer " + c.Token()} }

// wantCode fails the test unless err is a problem with that code.
func wantCode(t testing.TB, err error, code api.Code) *api.Problem {
	t.Helper()
	var p *api.Problem
	if !errors.As(err, &p) {
		t.Fatalf("got %v, expected the problem %s", err, code)
	}
	if p.Code != code {
		t.Fatalf("got %v, expected the problem %s", p, code)
	}
	return p
}

// eventually waits until ok says so.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("waited too long until %s", what)
		}
		<-tick.C
	}
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func text(v any) string { return fmt.Sprintf("%+v", v) }

// metric adds up all values of a counter or gauge.
func (h *house) metric(name string) float64 {
	h.t.Helper()
	families, err := h.registry.Gather()
	if err != nil {
		h.t.Fatal(err)
	}
	sum := 0.0
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, m := range family.GetMetric() {
			sum += m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return sum
}

// clientOver is a client with a transport of its own.
func (h *house) clientOver(transport http.RoundTripper) *client.Client {
	h.t.Helper()
	c, err := client.New(client.Options{
		URL: h.url, HTTP: &http.Client{Transport: transport}, Backoff: time.Millisecond, MaxBackoff: 20 * time.Millisecond,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(c.Close)
	return c
}

// lossyTransport loses a number of answers once it is armed: the server has done what it was asked, the client never learns.
type lossyTransport struct {
	http.RoundTripper
	lose int

	mu    sync.Mutex
	armed bool
	n     int
}

func (l *lossyTransport) arm() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.armed = true
}

func (l *lossyTransport) lost() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.n
}

func (l *lossyTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := l.RoundTripper.RoundTrip(req)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil && l.armed && l.n < l.lose {
		l.n++
		resp.Body.Close()
		return nil, errors.New("the connection broke")
	}
	return resp, err
}

// CloseIdleConnections lets the client close what is below.
func (l *lossyTransport) CloseIdleConnections() {
	l.RoundTripper.(interface{ CloseIdleConnections() }).CloseIdleConnections()
}
