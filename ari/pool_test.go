package ari

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
)

// TestAtMostThePoolsSizeInConnections counts at the client's end, where it can be counted exactly: a server learns late of
// a connection's end.
func TestAtMostThePoolsSizeInConnections(t *testing.T) {
	const size, requests, inFlight = 8, 4000, 32
	var arrived atomic.Int64
	full := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if arrived.Add(1) == size {
			close(full)
		}
		select {
		case <-full: // the pool is used to its full size, or this is a timeout
		case <-r.Context().Done():
		}
		w.Write([]byte(`{"id":"c1"}`))
	}))
	defer s.Close()
	c, err := New(Config{URL: s.URL, Username: "u", Password: "p", App: "a", Connections: size})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()

	var opened atomic.Int64
	var open, most high
	dial := c.pool.DialContext
	c.pool.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		opened.Add(1)
		most.note(open.n.Add(1))
		conn, err := dial(ctx, network, addr)
		return countedConn{conn, sync.OnceFunc(func() { open.n.Add(-1) })}, err
	}

	var workers sync.WaitGroup
	var left atomic.Int64
	left.Store(requests)
	for range inFlight {
		workers.Go(func() {
			for left.Add(-1) >= 0 {
				if _, err := c.Channels.Get(t.Context(), "c1"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	workers.Wait()
	if n := most.n.Load(); n > size {
		t.Errorf("%d connections were open at once, want at most %d", n, size)
	}
	// net/http gives up a connection whose writing goroutine got no processor for 50 ms: on a busy machine there are a few.
	if n := opened.Load(); n > requests/100 {
		t.Errorf("%d connections were opened for %d requests, so they are not used again", n, requests)
	}
	if stats := c.Stats(); stats.Requests != requests || stats.Retries != 0 {
		t.Errorf("stats: %+v", stats)
	}
}

// high is a number that can keep its highest value.
type high struct{ n atomic.Int64 }

func (h *high) note(n int64) {
	for old := h.n.Load(); n > old && !h.n.CompareAndSwap(old, n); old = h.n.Load() {
	}
}

type countedConn struct {
	net.Conn
	gone func()
}

func (c countedConn) Close() error {
	c.gone()
	return c.Conn.Close()
}
