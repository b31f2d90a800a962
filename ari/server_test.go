package ari_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/hasshin/hasshin/ari"
)

// server is as much of an Asterisk as the transport needs: it checks the password, has one event WebSocket, takes the event
// filter, and hands all other requests to handle.
type server struct {
	*httptest.Server
	handle http.HandlerFunc

	opened atomic.Int64  // TCP connections so far
	pings  atomic.Int64  // WebSocket pings that came
	pongs  atomic.Int64  // and pongs, to no ping of ours
	deaf   atomic.Bool   // answer no ping
	status atomic.Int64  // answer every request with it, as while booting
	joined chan struct{} // a token for each event connection

	mu      sync.Mutex
	socket  *websocket.Conn
	filters []string // bodies
}

const user, password, app = "hasshin", "secret", "test"

func newServer(t *testing.T, handle http.HandlerFunc) *server {
	t.Helper()
	s := newUnstartedServer(t, handle)
	s.Start()
	return s
}

func newUnstartedServer(t *testing.T, handle http.HandlerFunc) *server {
	t.Helper()
	s := &server{handle: handle, joined: make(chan struct{}, 100)}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.opened.Add(1)
		}
	}
	t.Cleanup(func() {
		s.hangUp()
		s.Close()
	})
	return s
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	if status := int(s.status.Load()); status != 0 {
		http.Error(w, "<html>the server of a booting Asterisk</html>", status)
		return
	}
	if u, p, _ := r.BasicAuth(); u != user || p != password {
		reply(w, http.StatusUnauthorized, `{"message":"Authentication required"}`)
		return
	}
	switch {
	case r.URL.Path == "/ari/events":
		s.events(w, r)
	case strings.HasSuffix(r.URL.Path, "/eventFilter"):
		body, err := io.ReadAll(r.Body)
		if err != nil {
			reply(w, http.StatusBadRequest, `{"message":"Error parsing request body"}`)
			return
		}
		s.mu.Lock()
		s.filters = append(s.filters, string(body))
		s.mu.Unlock()
		reply(w, http.StatusOK, `{"name":"test"}`)
	case s.handle == nil:
		reply(w, http.StatusNotFound, `{"message":"Resource not found"}`)
	default:
		s.handle(w, r)
	}
}

func (s *server) events(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols:   []string{"ari"},
		OnPingReceived: func(context.Context, []byte) bool { s.pings.Add(1); return !s.deaf.Load() },
		OnPongReceived: func(context.Context, []byte) { s.pongs.Add(1) },
	})
	if err != nil {
		return // Accept has answered
	}
	s.mu.Lock()
	old := s.socket
	s.socket = conn
	s.mu.Unlock()
	if old != nil {
		write(old, `{"type":"ApplicationReplaced","application":"test"}`)
	}
	s.joined <- struct{}{}
	for {
		if _, _, err := conn.Read(context.Background()); err != nil {
			break
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.socket == conn {
		s.socket = nil
	}
}

// send sends messages on the event connection.
func (s *server) send(t *testing.T, messages ...string) {
	t.Helper()
	s.mu.Lock()
	conn := s.socket
	s.mu.Unlock()
	if conn == nil {
		t.Fatal("there is no event connection")
	}
	for _, message := range messages {
		if err := write(conn, message); err != nil {
			t.Fatal(err)
		}
	}
}

func write(conn *websocket.Conn, message string) error {
	return conn.Write(context.Background(), websocket.MessageText, []byte(message))
}

// hangUp breaks the event connection.
func (s *server) hangUp() {
	s.mu.Lock()
	conn := s.socket
	s.mu.Unlock()
	if conn != nil {
		conn.CloseNow()
	}
}

func reply(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if status != http.StatusNoContent {
		w.Write([]byte(body))
	}
}

// config is for a client of s.
func (s *server) config() ari.Config {
	return ari.Config{
		URL: "http://" + s.Listener.Addr().String() + "/ari", Username: user, Password: password, App: app,
		ReconnectMin: time.Millisecond, ReconnectMax: 20 * time.Millisecond,
	}
}

func newClient(t *testing.T, cfg ari.Config) *ari.Client {
	t.Helper()
	c, err := ari.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func connect(t *testing.T, s *server) (*ari.Client, *ari.Subscription) {
	t.Helper()
	c := newClient(t, s.config())
	all := c.Subscribe(ari.All())
	if err := c.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect[*ari.Connected](t, all)
	<-s.joined
	return c, all
}

// expect takes the next event, which must be a T.
func expect[T ari.Event](t *testing.T, sub *ari.Subscription) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	ev, err := sub.Next(ctx)
	if err != nil {
		t.Fatalf("waiting for a %T: %v", *new(T), err)
	}
	want, ok := ev.(T)
	if !ok {
		t.Fatalf("got a %s, want a %T", ev.Type(), *new(T))
	}
	return want
}
