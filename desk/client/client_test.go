package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/desk/client"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// to is a client of a server that misbehaves as handler says.
func to(t *testing.T, handler http.HandlerFunc) (*client.Client, context.Context) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	c, err := client.New(client.Options{
		URL: server.URL + "/", Token: "t", Attempts: 3, Backoff: time.Millisecond, MaxBackoff: 2 * time.Millisecond, Silence: 300 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return c, ctx
}

func TestAddressesThatAreNoneAreRefused(t *testing.T) {
	for _, url := range []string{"", "127.0.0.1:8080", "ftp://example.com", "http://", "http://a b"} {
		if _, err := client.New(client.Options{URL: url}); err == nil {
			t.Errorf("%q was taken", url)
		}
	}
}

func TestAnAnswerThatIsNotTheServersIsSaidToBe(t *testing.T) {
	c, ctx := to(t, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "<html>proxy</html>", http.StatusBadGateway)
	})
	_, err := c.Agent(ctx)
	if err == nil || !strings.Contains(err.Error(), "502 Bad Gateway") || !strings.Contains(err.Error(), "not an answer of hasshin") {
		t.Errorf("err = %v", err)
	}
	c, ctx = to(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{")) })
	if _, err := c.Agent(ctx); err == nil || !strings.Contains(err.Error(), "decode") {
		t.Errorf("err = %v", err)
	}
}

func TestACommandInFlightIsAskedForAgainWithTheSameKey(t *testing.T) {
	var keys []string
	c, ctx := to(t, func(w http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.Header.Get(api.HeaderIdempotencyKey))
		if len(keys) < 3 {
			p := api.NewProblem(api.CodeIdempotencyInFlight, "")
			p.Retry = 0
			w.Header().Set("Content-Type", api.ProblemType)
			w.WriteHeader(p.Status)
			_ = json.NewEncoder(w).Encode(p)
			return
		}
		_, _ = w.Write([]byte(`{"id": "hanako"}`))
	})
	v, err := c.Ready(ctx)
	if err != nil || v.ID != "hanako" {
		t.Fatalf("%+v, %v", v, err)
	}
	if len(keys) != 3 || keys[0] != keys[2] || len(keys[0]) < 20 {
		t.Errorf("keys = %v", keys)
	}
	if _, err := c.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	if keys[3] == keys[0] {
		t.Error("two commands have the same key")
	}
}

func TestItGivesUpAfterSomeAttempts(t *testing.T) {
	var tries atomic.Int32
	c, ctx := to(t, func(http.ResponseWriter, *http.Request) {
		tries.Add(1)
		panic(http.ErrAbortHandler)
	})
	if _, err := c.Ready(ctx); err == nil || !strings.Contains(err.Error(), "connection broke") {
		t.Errorf("err = %v", err)
	}
	if n := tries.Load(); n != 3 {
		t.Errorf("%d attempts, expected 3", n)
	}
	if _, err := c.SignIn(ctx, "hanako", "x"); err == nil {
		t.Error("no error")
	}
	if n := tries.Load(); n != 4 {
		t.Errorf("signing in was tried %d times, expected once", n-3)
	}
}

// stream serves connections one after the other with what each of them is to send.
func stream(t *testing.T, say ...func(ctx context.Context, conn *websocket.Conn)) (*client.Client, context.Context, *[]string) {
	var queries []string
	c, ctx := to(t, func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{api.EventsProtocol}})
		if err != nil {
			t.Error(err)
			return
		}
		queries = append(queries, r.URL.RawQuery)
		say[len(queries)-1](r.Context(), conn)
		_ = conn.CloseNow()
	})
	return c, ctx, &queries
}

func send(t *testing.T, ctx context.Context, conn *websocket.Conn, frames ...string) {
	t.Helper()
	for _, frame := range frames {
		if err := conn.Write(ctx, websocket.MessageText, []byte(frame)); err != nil {
			t.Errorf("send: %v", err)
		}
	}
}

const (
	snapshot5 = `{"stream": "S", "seq": 5, "kind": "snapshot", "data": {}}`
	tone6     = `{"seq": 6, "kind": "tone", "data": {"event": "a"}}`
	tone7     = `{"seq": 7, "kind": "tone", "data": {"event": "b"}}`
	tone8     = `{"seq": 8, "kind": "tone", "data": {"event": "c"}}`
	resumed6  = `{"stream": "S", "seq": 6, "kind": "resumed"}`
)

func TestAServerThatFallsSilentIsLeft(t *testing.T) {
	c, ctx, queries := stream(t,
		func(ctx context.Context, conn *websocket.Conn) {
			send(t, ctx, conn, snapshot5, tone6)
			_, _, _ = conn.Read(ctx) // and then nothing, until the client has had enough
		},
		func(ctx context.Context, conn *websocket.Conn) {
			send(t, ctx, conn, resumed6, tone7)
			_ = conn.Close(api.CloseSignedOut, "")
		})
	s, err := c.Events(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var seqs []uint64
	for e := range s.Events() {
		seqs = append(seqs, e.Seq)
	}
	if len(seqs) != 3 || seqs[2] != 7 {
		t.Errorf("events %v, expected 5, 6, 7", seqs)
	}
	if (*queries)[1] != "stream=S&since=6" {
		t.Errorf("it went on from %q", (*queries)[1])
	}
	if err := s.Err(); !errors.Is(err, client.ErrSignedOut) {
		t.Errorf("err = %v", err)
	}
}

func TestAPingIsASignOfLife(t *testing.T) {
	const pings = 60 // at 20 ms each four times as long as the silence that is borne
	c, ctx, queries := stream(t, func(ctx context.Context, conn *websocket.Conn) {
		ctx = conn.CloseRead(ctx)
		send(t, ctx, conn, snapshot5)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for range pings {
			<-tick.C
			if err := conn.Ping(ctx); err != nil {
				t.Errorf("ping: %v", err)
				return
			}
		}
		send(t, ctx, conn, tone6)
		_ = conn.Close(api.CloseSignedOut, "")
	})
	s, err := c.Events(ctx)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range s.Events() {
		n++
	}
	if n != 2 || len(*queries) != 1 {
		t.Errorf("%d events over %d connections, expected 2 over one", n, len(*queries))
	}
}

func TestAGapOrGarbageIsMendedByASnapshot(t *testing.T) {
	for name, wrong := range map[string]string{"a gap": tone8, "garbage": `{`, "something twice": tone6} {
		t.Run(name, func(t *testing.T) {
			c, ctx, queries := stream(t,
				func(ctx context.Context, conn *websocket.Conn) {
					send(t, ctx, conn, snapshot5, tone6, wrong)
					_, _, _ = conn.Read(ctx)
				},
				func(ctx context.Context, conn *websocket.Conn) {
					send(t, ctx, conn, `{"stream": "S", "seq": 8, "kind": "snapshot", "data": {}}`)
					_ = conn.Close(api.CloseSignedOut, "")
				})
			s, err := c.Events(ctx)
			if err != nil {
				t.Fatal(err)
			}
			var seqs []uint64
			for e := range s.Events() {
				seqs = append(seqs, e.Seq)
			}
			if len(seqs) != 3 || seqs[1] != 6 || seqs[2] != 8 || (*queries)[1] != "" {
				t.Errorf("events %v, then connected with %q", seqs, (*queries)[1])
			}
		})
	}
}
