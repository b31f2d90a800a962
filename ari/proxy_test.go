package ari_test

import (
	"io"
	"net"
	"sync"
	"testing"
)

// proxy carries TCP connections until it is frozen: then they stay open and silent, as when a cable is cut. Thawed, it carries
// new connections; the frozen ones stay so.
type proxy struct {
	listener net.Listener
	to       string
	running  sync.WaitGroup

	mu     sync.Mutex
	frozen bool
	conns  []*proxied
}

type proxied struct {
	near, far net.Conn
	silent    bool // guarded by proxy.mu
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: listener, to: to}
	p.running.Go(p.accept)
	t.Cleanup(func() {
		p.listener.Close()
		p.mu.Lock()
		for _, c := range p.conns {
			c.near.Close()
			c.far.Close()
		}
		p.mu.Unlock()
		p.running.Wait()
	})
	return p
}

func (p *proxy) addr() string { return p.listener.Addr().String() }

func (p *proxy) freeze() { p.set(true) }
func (p *proxy) thaw()   { p.set(false) }

func (p *proxy) set(frozen bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.frozen = frozen
	for _, c := range p.conns {
		c.silent = true
	}
}

func (p *proxy) accept() {
	for {
		near, err := p.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", p.to)
		if err != nil {
			near.Close()
			continue
		}
		c := &proxied{near: near, far: far}
		p.mu.Lock()
		c.silent = p.frozen
		p.conns = append(p.conns, c)
		p.mu.Unlock()
		p.running.Go(func() { p.carry(c, near, far) })
		p.running.Go(func() { p.carry(c, far, near) })
	}
}

// carry passes on until the connection is silent; then it swallows, the end of the connection too.
func (p *proxy) carry(c *proxied, from, to net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		p.mu.Lock()
		silent := c.silent
		p.mu.Unlock()
		switch {
		case silent && err != nil:
			return
		case silent:
			continue
		}
		if n > 0 {
			if _, writeErr := to.Write(buf[:n]); writeErr != nil {
				err = writeErr
			}
		}
		if err != nil {
			if err == io.EOF {
				to.Close()
			}
			return
		}
	}
}
