package scheduler_test

import (
	"context"
	"errors"
	"net"
	"sync"
)

// cutDialer connects until it is cut; then it cuts what is connected and connects no more until mended.
type cutDialer struct {
	addr string

	mu    sync.Mutex
	off   bool
	conns []net.Conn
}

var errCut = errors.New("the test has cut the connection")

func (d *cutDialer) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return nil, errCut
	}
	c, err := (&net.Dialer{}).DialContext(ctx, network, d.addr)
	if err == nil {
		d.conns = append(d.conns, c)
	}
	return c, err
}

func (d *cutDialer) cut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.off = true
	for _, c := range d.conns {
		c.Close() // the client has closed some of them itself
	}
	d.conns = nil
}

func (d *cutDialer) mend() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.off = false
}
