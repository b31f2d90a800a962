package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/hasshin/hasshin/desk/api"
)

// Errors that end a [Stream].
var (
	// ErrSignedOut means that the session has ended.
	ErrSignedOut = errors.New("the session has ended")
	// ErrStreamClosed means that [Stream.Close] was called.
	ErrStreamClosed = errors.New("the event stream is closed")
)

// Stream is an event stream, the agent's or the wallboard's. When its connection breaks it connects again and goes on where it was: what comes out of it has no
// gaps and nothing twice. Where events were lost for good, because the client was away or slow for too long or the server is a new
// process, a snapshot comes out instead.
type Stream struct {
	c      *Client
	path   string
	events chan api.Event
	cancel context.CancelCauseFunc
	done   chan struct{}
	err    error // valid once done is closed

	at api.Position // of the last event handed out; only the stream's own goroutine uses it
}

// Events connects to the event stream. The first event is a snapshot. The stream ends with ctx, with the session, or by [Stream.Close].
// Take events swiftly: a reader that lags far behind is given a snapshot instead of what it missed.
func (c *Client) Events(ctx context.Context) (*Stream, error) {
	return c.stream(ctx, "/api/v1/events")
}

// WallboardEvents connects to the event stream of the wallboard, whose events are [api.BoardEvent]s: convert what comes. It is a Stream as that of Events is,
// and needs the privilege agents.see.
func (c *Client) WallboardEvents(ctx context.Context) (*Stream, error) {
	return c.stream(ctx, "/api/v1/wallboard/events")
}

func (c *Client) stream(ctx context.Context, path string) (*Stream, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	s := &Stream{c: c, path: path, events: make(chan api.Event), cancel: cancel, done: make(chan struct{})}
	conn, err := s.dial(ctx)
	if err != nil {
		cancel(err)
		return nil, err
	}
	go func() {
		defer close(s.done)
		defer close(s.events)
		s.err = s.run(ctx, conn)
		cancel(s.err)
	}()
	return s, nil
}

// Events is the stream's channel; it is closed when the stream ends.
func (s *Stream) Events() <-chan api.Event { return s.events }

// Err waits for the end of the stream and says why it ended.
func (s *Stream) Err() error {
	<-s.done
	return s.err
}

// Close ends the stream and waits until it has ended.
func (s *Stream) Close() {
	s.cancel(ErrStreamClosed)
	<-s.done
}

// Next is the next event, or why there is none.
func (s *Stream) Next(ctx context.Context) (api.Event, error) {
	select {
	case e, ok := <-s.events:
		if !ok {
			return api.Event{}, s.Err()
		}
		return e, nil
	case <-ctx.Done():
		return api.Event{}, context.Cause(ctx)
	}
}

// run reads until the stream ends, and connects again whenever the connection does.
func (s *Stream) run(ctx context.Context, conn *connection) error {
	for {
		err := s.read(ctx, conn)
		_ = conn.CloseNow() // it is broken, or not wanted any more
		failed := 0
		for {
			switch {
			case ctx.Err() != nil:
				return context.Cause(ctx)
			case final(err):
				return fmt.Errorf("%w: %w", ErrSignedOut, err)
			}
			failed++
			wait := s.c.backoff(failed)
			s.c.opts.Logger.Warn().Err(err).Dur("wait", wait).Msg("event stream connects again")
			if err := sleep(ctx, wait); err != nil {
				return err
			}
			if conn, err = s.dial(ctx); err == nil {
				break
			}
		}
	}
}

// final tells whether connecting again is pointless.
func final(err error) bool {
	return websocket.CloseStatus(err) == api.CloseSignedOut || errors.Is(err, &api.Problem{Code: api.CodeUnauthenticated})
}

// connection is a WebSocket and its watchdog, which each ping pacifies.
type connection struct {
	*websocket.Conn
	alive *time.Timer // set while the connection is read, used by the goroutine that reads
}

// errSilence ends a connection on which nothing came: the other side may be gone without a word.
var errSilence = errors.New("nothing came for too long, not even a ping")

// dialTimeout bounds one attempt to connect.
const dialTimeout = 10 * time.Second

func (s *Stream) dial(ctx context.Context) (*connection, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	address := *s.c.base
	address.Scheme = strings.Replace(address.Scheme, "http", "ws", 1)
	address.Path += s.path
	address.RawQuery = s.at.Query()
	c := &connection{}
	conn, resp, err := websocket.Dial(ctx, address.String(), &websocket.DialOptions{
		HTTPClient:   s.c.http,
		HTTPHeader:   http.Header{"Authorization": {"Bearer " + s.c.Token()}},
		Subprotocols: []string{api.EventsProtocol},
		OnPingReceived: func(context.Context, []byte) bool {
			c.alive.Reset(s.c.opts.Silence)
			return true
		},
	})
	if err == nil {
		conn.SetReadLimit(maxAnswer)
		c.Conn = conn
		return c, nil
	}
	if resp != nil && resp.Body != nil {
		// Dial keeps the first bytes of the answer, more than a problem has.
		body, readErr := io.ReadAll(resp.Body)
		if readErr == nil && resp.StatusCode >= 400 {
			return nil, fmt.Errorf("event stream: %w", problem(resp, body))
		}
	}
	return nil, fmt.Errorf("event stream: %w", err)
}

// read hands events out until the connection ends.
func (s *Stream) read(ctx context.Context, conn *connection) error {
	reading, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	conn.alive = time.AfterFunc(s.c.opts.Silence, func() { giveUp(errSilence) })
	defer conn.alive.Stop()
	for first := true; ; first = false {
		// Only while we wait must the server give a sign of life: the consumer may take its time with an event.
		conn.alive.Reset(s.c.opts.Silence)
		_, frame, err := conn.Read(reading)
		conn.alive.Stop()
		switch {
		case err != nil && reading.Err() != nil:
			return context.Cause(reading)
		case err != nil:
			return err
		}
		var e api.Event
		if err := json.Unmarshal(frame, &e); err != nil {
			s.at = api.Position{} // nothing is sure any more; a snapshot makes it so
			return fmt.Errorf("decode event: %w", err)
		}
		switch {
		case e.Kind == api.EventSnapshot:
			s.at.Stream = e.Stream
		case first && e.Kind == api.EventResumed && e.Stream == s.at.Stream && e.Seq == s.at.Seq:
			continue
		case first || e.Seq != s.at.Seq+1:
			at := s.at
			s.at = api.Position{}
			return fmt.Errorf("event %d of kind %s after %d of stream %q: a gap", e.Seq, e.Kind, at.Seq, at.Stream)
		}
		select {
		case s.events <- e:
			s.at.Seq = e.Seq
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
