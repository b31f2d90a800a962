package aritest

import (
	"context"
	"net/http"
	"sync"

	"github.com/coder/websocket"

	"github.com/hasshin/hasshin/internal/queue"
)

// socket is an application's event WebSocket.
type socket struct {
	conn   *websocket.Conn
	queue  *queue.Queue[message]
	apps   []string
	cancel context.CancelFunc
	line   *faultConn

	mu      sync.Mutex
	waiting int           // messages put and not yet written
	idle    chan struct{} // closed when waiting is 0
}

// message is an event on its way, held back until gate is closed.
type message struct {
	data []byte
	gate <-chan struct{}
}

func newSocket(conn *websocket.Conn, line *faultConn, cancel context.CancelFunc) *socket {
	idle := make(chan struct{})
	close(idle)
	return &socket{conn: conn, line: line, queue: queue.New[message](), cancel: cancel, idle: idle}
}

func (k *socket) put(data []byte, gate <-chan struct{}) {
	k.mu.Lock()
	if k.waiting == 0 {
		k.idle = make(chan struct{})
	}
	k.waiting++
	k.mu.Unlock()
	if k.queue.Put(message{data, gate}) < 0 {
		k.written()
	}
}

func (k *socket) written() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.waiting--; k.waiting == 0 {
		close(k.idle)
	}
}

// close ends the socket without a closing handshake: the peer sees the connection break.
func (k *socket) close() {
	k.cancel()
	k.queue.Close()
	k.conn.CloseNow()
}

// serveEvents is GET /events: it connects applications and sends events until either side ends.
func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request) {
	p := &params{r: r, query: r.URL.Query(), body: map[string]any{}}
	names := p.list("app")
	if len(names) == 0 {
		respond(w, fail(http.StatusBadRequest, "HTTP request is missing param: [app]"))
		return
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true, Subprotocols: []string{"ari"}})
	if err != nil {
		return // Accept has answered
	}
	s.tasks.Add(1)
	defer s.tasks.Done()
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	defer cancel()
	defer conn.CloseNow()
	sock := newSocket(conn, lineOf(r.Context()), cancel)
	s.mu.Lock()
	s.sockets[sock] = struct{}{}
	s.register(sock, names)
	s.mu.Unlock()

	var reader sync.WaitGroup
	reader.Go(func() {
		defer sock.close()
		// Asterisk ignores what it does not understand; reading also answers pings.
		for {
			if _, _, err := conn.Read(ctx); err != nil {
				return
			}
		}
	})
	s.write(ctx, sock)
	s.mu.Lock()
	s.unregister(sock)
	s.mu.Unlock()
	cancel()
	conn.CloseNow()
	reader.Wait()
}

// write sends what is put into the socket.
func (s *Server) write(ctx context.Context, sock *socket) {
	for {
		m, err := sock.queue.Next(ctx)
		if err != nil {
			return
		}
		if m.gate != nil {
			select {
			case <-m.gate:
			case <-ctx.Done():
				return
			}
		}
		if sock.conn.Write(ctx, websocket.MessageText, m.data) != nil {
			return
		}
		sock.written()
	}
}

// flushed waits until every event put so far has been written, except to stalled sockets.
func (s *Server) flushed(ctx context.Context) {
	s.mu.Lock()
	var idles []chan struct{}
	for sock := range s.sockets {
		if !sock.line.frozen() {
			sock.mu.Lock()
			idles = append(idles, sock.idle)
			sock.mu.Unlock()
		}
	}
	s.mu.Unlock()
	for _, idle := range idles {
		select {
		case <-idle:
		case <-ctx.Done():
			return
		}
	}
}
