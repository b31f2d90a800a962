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

func newSocket(line *faultConn, cancel context.CancelFunc) *socket {
	idle := make(chan struct{})
	close(idle)
	return &socket{line: line, queue: queue.New[message](), cancel: cancel, idle: idle}
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

// abandon says that what waits will not be written any more.
func (k *socket) abandon() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.waiting > 0 {
		k.waiting = 0
		close(k.idle)
	}
}

// close ends the socket without a closing handshake: the peer sees the connection break.
func (k *socket) close() {
	k.cancel()
	k.queue.Close()
	k.line.Close()
}

// serveEvents is GET /events: it connects applications and sends events until either side ends.
func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request) {
	p := &params{r: r, query: r.URL.Query(), body: map[string]any{}}
	names := p.list("app")
	if len(names) == 0 {
		respond(w, fail(http.StatusBadRequest, "HTTP request is missing param: [app]"))
		return
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	defer cancel()
	sock := newSocket(lineOf(r.Context()), cancel)
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.tasks.Add(1)
	defer s.tasks.Done()
	s.sockets[sock] = struct{}{}
	// As in Asterisk the application is there before the handshake is answered, so that the client's next request finds it.
	s.register(sock, names)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.unregister(sock)
	}()
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true, Subprotocols: []string{"ari"}})
	if err != nil {
		return // Accept has answered
	}
	defer conn.CloseNow()
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
	sock.write(ctx, conn)
	cancel()
	conn.CloseNow()
	reader.Wait()
}

// write sends what is put into the socket.
func (k *socket) write(ctx context.Context, conn *websocket.Conn) {
	for {
		m, err := k.queue.Next(ctx)
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
		if conn.Write(ctx, websocket.MessageText, m.data) != nil {
			return
		}
		k.written()
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
