package main

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/coder/websocket"
)

// server is as much of an Asterisk as a client needs to connect to: any number of event WebSockets, and an answer to everything.
type server struct {
	*httptest.Server
	opened atomic.Int64 // TCP connections
	joined chan *websocket.Conn
}

const user, password, app = "bench", "secret", "bench"

func newServer() *server {
	s := &server{joined: make(chan *websocket.Conn, 4)}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.opened.Add(1)
		}
	}
	s.Start()
	return s
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	if u, p, _ := r.BasicAuth(); u != user || p != password {
		http.Error(w, `{"message":"Authentication required"}`, http.StatusUnauthorized)
		return
	}
	if !strings.HasSuffix(r.URL.Path, "/events") {
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(`{"id":"c1","name":"PJSIP/c1","state":"Up"}`)) // the client tells if it does not arrive
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // Accept has answered
	}
	s.joined <- conn
	for {
		if _, _, err := conn.Read(context.Background()); err != nil {
			return
		}
	}
}

func send(ctx context.Context, conn *websocket.Conn, messages [][]byte) error {
	for _, m := range messages {
		if err := conn.Write(ctx, websocket.MessageText, m); err != nil {
			return err
		}
	}
	return nil
}

// freezer carries TCP connections until it is frozen; then they stay open and silent.
type freezer struct {
	net.Listener
	to     string
	frozen atomic.Bool

	mu    sync.Mutex
	conns []net.Conn
}

func newFreezer(to string) (*freezer, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &freezer{Listener: l, to: to}
	go f.accept()
	return f, nil
}

func (f *freezer) accept() {
	for {
		near, err := f.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", f.to)
		if err != nil {
			near.Close()
			continue
		}
		f.mu.Lock()
		f.conns = append(f.conns, near, far)
		f.mu.Unlock()
		go f.carry(near, far)
		go f.carry(far, near)
	}
}

func (f *freezer) carry(from, to net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if f.frozen.Load() {
			continue
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (f *freezer) stop() {
	f.Close()
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.conns {
		c.Close()
	}
}
