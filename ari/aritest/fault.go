package aritest

import (
	"context"
	"errors"
	"net"
	"sync"
)

// faultListener hands out connections that can be frozen.
type faultListener struct {
	net.Listener
	mu     sync.Mutex
	conns  map[*faultConn]struct{}
	frozen bool
}

func (l *faultListener) Accept() (net.Conn, error) {
	inner, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &faultConn{Conn: inner, owner: l, done: make(chan struct{}), thawed: make(chan struct{})}
	close(c.thawed)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns[c] = struct{}{}
	if l.frozen {
		c.freeze()
	}
	return c, nil
}

// freeze freezes or thaws all connections, those to come included.
func (l *faultListener) freeze(frozen bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.frozen = frozen
	for c := range l.conns {
		if frozen {
			c.freeze()
		} else {
			c.thaw()
		}
	}
}

// faultConn is a connection that, while frozen, neither takes what comes nor sends what goes.
type faultConn struct {
	net.Conn
	owner *faultListener
	done  chan struct{}
	once  sync.Once

	mu     sync.Mutex
	thawed chan struct{} // closed unless frozen
}

func (c *faultConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err := c.flow(); err != nil {
		return 0, err
	}
	return n, err
}

func (c *faultConn) Write(p []byte) (int, error) {
	if err := c.flow(); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

func (c *faultConn) Close() error {
	c.once.Do(func() {
		close(c.done)
		c.owner.mu.Lock()
		delete(c.owner.conns, c)
		c.owner.mu.Unlock()
	})
	return c.Conn.Close()
}

// flow waits until the connection is not frozen, or closed.
func (c *faultConn) flow() error {
	c.mu.Lock()
	thawed := c.thawed
	c.mu.Unlock()
	select {
	case <-thawed:
		return nil
	case <-c.done:
		return net.ErrClosed
	}
}

func (c *faultConn) frozen() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.thawed:
		return false
	default:
		return true
	}
}

func (c *faultConn) freeze() {
	if !c.frozen() {
		c.mu.Lock()
		c.thawed = make(chan struct{})
		c.mu.Unlock()
	}
}

func (c *faultConn) thaw() {
	if c.frozen() {
		c.mu.Lock()
		close(c.thawed)
		c.mu.Unlock()
	}
}

type lineKey struct{}

// lineOf is the connection that a request came on.
func lineOf(ctx context.Context) *faultConn { return ctx.Value(lineKey{}).(*faultConn) }

func withLine(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, lineKey{}, c)
}

// Drop breaks every event socket, as a network would. Channels and bridges stay; what happens until the application connects again is
// lost, and a channel that is answered meanwhile is hung up.
func (s *Server) Drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for sock := range s.sockets {
		sock.close()
	}
}

// Stall leaves the event sockets open and silent: half-open connections. Requests are answered as ever. Sockets opened later work.
func (s *Server) Stall() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for sock := range s.sockets {
		sock.line.freeze()
	}
}

// Unstall lets stalled sockets go on with what they held back.
func (s *Server) Unstall() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for sock := range s.sockets {
		sock.line.thaw()
	}
}

// Pause freezes the whole server: connections, those made from now on included, stay open and nothing is answered.
func (s *Server) Pause() { s.lines.freeze(true) }

// Unpause ends [Server.Pause].
func (s *Server) Unpause() { s.lines.freeze(false) }

// Restart is a restart of Asterisk: every connection breaks and channels, bridges, applications and dynamic configuration are gone, with
// no event to tell. Stored recordings stay.
func (s *Server) Restart() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopTimers()
	for sock := range s.sockets {
		sock.close()
	}
	s.reset()
}

// Boot makes the server answer 503 "Asterisk not booted" from now on, or with ready true, end that.
func (s *Server) Boot(ready bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.booting = !ready
}

// SendRaw sends a message to an application as it is, e.g. an event of a type that does not exist yet.
func (s *Server) SendRaw(application string, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.apps[application]
	if a == nil || a.socket == nil {
		return errors.New("aritest: application " + application + " is not connected")
	}
	a.socket.put(data, nil)
	return nil
}

// Connected reports whether somebody is connected for the application.
func (s *Server) Connected(application string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.apps[application]
	return a != nil && a.socket != nil
}

// PipeListener is a listener without a network, for tests in a [testing/synctest] bubble: connections are made with [PipeListener.Dial].
type PipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

// NewPipeListener returns a listener for [Options].Listener.
func NewPipeListener() *PipeListener {
	return &PipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
}

// Dial connects; it has the form of [net.Dialer.DialContext] for use in an [net/http.Transport].
func (l *PipeListener) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept waits for a [PipeListener.Dial].
func (l *PipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close ends the listener.
func (l *PipeListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

// Addr is a made-up address.
func (l *PipeListener) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "aritest.invalid:80" }
