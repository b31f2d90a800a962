package phone

import (
	"net"
	"sync"

	"github.com/emiago/sipgo/sip"
)

// peers notes whom the SIP socket has heard of, so that closing is clean. The SIP stack works on each message in a goroutine that
// nobody can wait for; one that is late looks its peer's address up in the stack's pool and, finding no connection, would open a
// new socket that nobody closes. So Close leaves a connection there that is closed already.
type peers struct {
	mu     sync.Mutex
	known  map[string]struct{}
	closed bool
}

// filter sees each datagram before the stack does.
func (p *peers) filter(from sip.TransportReadProps, data []byte) ([]byte, error) {
	addr := from.RemoteAddr.String()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, nil
	}
	p.known[addr] = struct{}{}
	return data, nil
}

// close lets no more datagrams in and puts closed connections into the pool.
func (p *peers) close(pool *sip.ConnectionPool, local net.Addr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	gone := closedConn{local}
	pool.Add(local.String(), gone)
	for addr := range p.known {
		pool.Add(addr, gone)
	}
}

// closedConn is a connection of the SIP stack on which nothing can be sent.
type closedConn struct{ local net.Addr }

func (c closedConn) LocalAddr() net.Addr        { return c.local }
func (c closedConn) WriteMsg(sip.Message) error { return net.ErrClosed }
func (c closedConn) Ref(int) int                { return 1 }
func (c closedConn) TryClose() (int, error)     { return 1, nil }
func (c closedConn) Close() error               { return nil }
