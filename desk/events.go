package desk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/desk/api"
)

// errSignedOut is the cause of event streams' ends when their session ends.
var errSignedOut = errors.New("signed out")

// errTalks is the cause of the end of an event stream whose client sends something.
var errTalks = errors.New("this stream is for reading")

// connections are the open event streams, so that they can be ended.
type connections struct {
	mu     sync.Mutex
	open   map[*connection]struct{}
	closed bool
	ended  sync.WaitGroup
}

// connection is one open event stream.
type connection struct {
	agent  string
	cancel context.CancelCauseFunc
}

// add registers a connection; it answers false when no more are taken.
func (c *connections) add(conn *connection) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	if c.open == nil {
		c.open = map[*connection]struct{}{}
	}
	c.open[conn] = struct{}{}
	c.ended.Add(1)
	return true
}

func (c *connections) remove(conn *connection) {
	c.mu.Lock()
	delete(c.open, conn)
	c.mu.Unlock()
	c.ended.Done()
}

// signedOut ends all connections of an agent.
func (c *connections) signedOut(agent string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.open {
		if conn.agent == agent {
			conn.cancel(errSignedOut)
		}
	}
}

// close ends all connections, takes no more, and waits until they are gone.
func (c *connections) close() {
	c.mu.Lock()
	c.closed = true
	for conn := range c.open {
		conn.cancel(errStopping)
	}
	c.mu.Unlock()
	c.ended.Wait()
}

// source is a stream of events that a connection can read.
type source interface {
	read() *reader
	leave(*reader)
	// snapshot is the state as of a sequence number.
	snapshot(ctx context.Context) (state any, seq uint64, err error)
	// frame is an event as it goes over the wire to the one who reads.
	frame(e *entry) ([]byte, error)
}

// serveEvents is an agent's event stream.
func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request) {
	s.serveStream(w, r, s.hub.stream(caller(r.Context()).agent))
}

// serveBoardEvents is the event stream of the wallboard.
func (s *Server) serveBoardEvents(w http.ResponseWriter, r *http.Request) {
	s.serveStream(w, r, watched{s.hub.board, caller(r.Context()).agent})
}

// serveStream sends the events of a source over a WebSocket.
func (s *Server) serveStream(w http.ResponseWriter, r *http.Request, of source) {
	who := caller(r.Context())
	from, err := position(r.URL.Query())
	if err != nil {
		writeProblem(w, r, err)
		return
	}
	if err := s.eventsOrigin(r); err != nil {
		writeProblem(w, r, err)
		return
	}
	// The request's own context is of no use once the connection is taken over; the stream has one of its own.
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(r.Context()))
	defer cancel(nil)
	conn := &connection{agent: who.agent, cancel: cancel}
	if !s.connections.add(conn) {
		writeProblem(w, r, errStopping)
		return
	}
	defer s.connections.remove(conn)

	// The origin is checked already, with public_url in mind, so that a refusal is a problem like all others.
	shake := &handshake{ResponseWriter: w}
	ws, err := websocket.Accept(shake, r, &websocket.AcceptOptions{Subprotocols: []string{api.EventsProtocol}, InsecureSkipVerify: true})
	if err != nil {
		if shake.refused != 0 {
			code := api.CodeBadRequest
			if shake.refused == http.StatusUpgradeRequired {
				code = api.CodeUpgradeRequired
			}
			writeProblem(w, r, api.NewProblem(code, err.Error()))
		}
		return
	}
	s.metrics.streams.Inc()
	defer s.metrics.streams.Dec()
	log := s.log.With().Str("agent", who.agent).Str("request", exchangeOf(ctx).requestID).Logger()
	log.Debug().Str("stream", from.Stream).Uint64("since", from.Seq).Msg("event stream opened")

	// Clients have nothing to say here. Reading goes on all the same, for pings, pongs and the end, and ends with the connection alone: to
	// give up reading would tear the connection before the close code is sent.
	var reading sync.WaitGroup
	defer reading.Wait()
	reading.Go(func() {
		if _, _, err := ws.Read(context.WithoutCancel(ctx)); err == nil {
			cancel(errTalks)
			return
		}
		cancel(context.Canceled)
	})
	defer ws.CloseNow() // when stream panics; otherwise it is closed already
	err = s.stream(ctx, ws, who, of, from, log)
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	status, reason := closing(err)
	log.Debug().Err(err).Int("close", int(status)).Msg("event stream closed")
	_ = ws.Close(status, reason) // the connection may be gone already; either way it is closed now
}

// closing is how a connection ends, by the error that ended it (RFC 6455, section 7.4; 4000 and up are ours).
func closing(err error) (websocket.StatusCode, string) {
	switch {
	case errors.Is(err, errSignedOut):
		return api.CloseSignedOut, "signed out"
	case errors.Is(err, errStopping):
		return websocket.StatusGoingAway, "the server is stopping"
	case errors.Is(err, errTalks):
		return websocket.StatusPolicyViolation, errTalks.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return websocket.StatusPolicyViolation, "too slow"
	case errors.Is(err, context.Canceled):
		return websocket.StatusNormalClosure, ""
	}
	return websocket.StatusInternalError, "the server had a problem; connect again"
}

// position reads where the client wants to go on.
func position(q url.Values) (api.Position, error) {
	p := api.Position{Stream: q.Get("stream")}
	since := q.Get("since")
	var err error
	if since != "" {
		p.Seq, err = strconv.ParseUint(since, 10, 64)
	}
	if err != nil || (p.Stream == "") != (since == "") {
		problem := api.NewProblem(api.CodeBadRequest, "stream and since belong together")
		problem.Errors = []api.Fault{{Location: "query.since", Message: "expected the seq of the last event seen, together with the id of its stream"}}
		return api.Position{}, problem
	}
	return p, nil
}

// eventsOrigin refuses pages of other sites. The check of other requests leaves reading alone; a WebSocket must not.
func (s *Server) eventsOrigin(r *http.Request) error {
	origin := r.Header.Get("Origin")
	if origin == "" {
		if _, fromCookie := s.token(r); fromCookie {
			return api.NewProblem(api.CodeCrossOrigin, "an event stream with a cookie needs an Origin header; programs should send a bearer token")
		}
		return nil
	}
	u, err := url.Parse(origin)
	if err == nil && u.Host != "" && (u.Host == r.Host || origin == s.publicOrigin) {
		return nil
	}
	return api.NewProblem(api.CodeCrossOrigin, fmt.Sprintf("origin %q", origin))
}

// stream sends events until ctx ends or the client does not take them any more.
func (s *Server) stream(ctx context.Context, ws *websocket.Conn, who *identity, of source, from api.Position, log zerolog.Logger) error {
	reader := of.read()
	defer of.leave(reader)
	send := func(frame []byte) error {
		ctx, cancel := s.lenient(ctx)
		defer cancel()
		return ws.Write(ctx, websocket.MessageText, frame)
	}
	snapshot := func(reason string) error {
		frame, err := s.snapshotFrame(ctx, of, reader)
		if err != nil {
			return err
		}
		s.metrics.snapshots.WithLabelValues(reason).Inc()
		return send(frame)
	}

	var err error
	switch {
	case from.Stream == "":
		err = snapshot("new")
	case reader.resume(from):
		var frame []byte
		if frame, err = encodeEvent(api.Event{Stream: s.hub.id, Seq: from.Seq, Kind: api.EventResumed, At: time.Now()}, nil); err == nil {
			err = send(frame)
		}
	default:
		err = snapshot("stale")
	}
	if err != nil {
		return err
	}
	ping := time.NewTicker(s.cfg.Events.Ping)
	defer ping.Stop()
	for {
		events, missed := reader.take()
		if missed > 0 {
			log.Warn().Uint64("missed", missed).Msg("a reader of the event stream was too slow and gets a snapshot")
			if err := snapshot("slow"); err != nil {
				return err
			}
			continue
		}
		for _, e := range events {
			frame, err := of.frame(e)
			if err != nil {
				return err
			}
			if err := send(frame); err != nil {
				return err
			}
			s.metrics.events.WithLabelValues(e.kind).Inc()
		}
		if len(events) > 0 {
			continue
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-reader.wake:
		case <-ping.C:
			if err := s.check(ctx, ws, who); err != nil {
				return err
			}
		}
	}
}

// snapshotFrame is a snapshot, encoded; the reader goes on behind it.
func (s *Server) snapshotFrame(ctx context.Context, of source, reader *reader) ([]byte, error) {
	snap, seq, err := of.snapshot(ctx)
	if err != nil {
		return nil, fmt.Errorf("make snapshot: %w", err)
	}
	reader.next = seq + 1
	return encodeEvent(api.Event{Stream: s.hub.id, Seq: seq, Kind: api.EventSnapshot, At: time.Now()}, whole(snap))
}

// check sees whether the client is still there and its session too; it may have been ended at another process.
func (s *Server) check(ctx context.Context, ws *websocket.Conn, who *identity) error {
	sess, err := s.sessions.use(ctx, who.session.id)
	switch {
	case errors.Is(err, errNoSession):
		return errSignedOut
	case err != nil && ctx.Err() == nil:
		s.log.Warn().Err(err).Str("agent", who.agent).Msg("the session of an event stream cannot be checked")
	case err == nil:
		if cfg, ok := s.agents[sess.Agent]; !ok || passwordSeal(cfg) != sess.Seal {
			return errSignedOut
		}
	}
	ctx, cancel := s.lenient(ctx)
	defer cancel()
	return ws.Ping(ctx)
}

// lastMoment is how long a message on its way may still take when the stream is to end.
const lastMoment = time.Second

// lenient bounds the sending of one message. The end of ctx does not interrupt it at once: that would tear the connection, and the client
// would not be told why.
func (s *Server) lenient(ctx context.Context) (context.Context, context.CancelFunc) {
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.Events.WriteTimeout)
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(lastMoment, cancel) })
	return sending, func() { stop(); cancel() }
}

// handshake keeps the text of a refusal from being sent: of a handshake, or of a part of a file.
type handshake struct {
	http.ResponseWriter
	allowed []int // statuses that are none; without any, that of a handshake that succeeded
	refused int
}

// WriteHeader implements http.ResponseWriter.
func (h *handshake) WriteHeader(status int) {
	if status != http.StatusSwitchingProtocols && !slices.Contains(h.allowed, status) {
		h.refused = status
		return
	}
	h.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (h *handshake) Write(b []byte) (int, error) {
	if h.refused != 0 {
		return len(b), nil
	}
	return h.ResponseWriter.Write(b)
}

// Unwrap lets the WebSocket reach the connection.
func (h *handshake) Unwrap() http.ResponseWriter { return h.ResponseWriter }
