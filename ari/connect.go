package ari

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// Connect connects the event stream and from then on keeps it connected until [Client.Close]. When it returns nil, Asterisk
// knows the application and a [*Connected] is in every subscription.
//
// It tries once and says at once what is wrong: [ErrUnauthorized], [ErrForbidden], [ErrUnavailable] (booting),
// [ErrConnection], [ErrTimeout]. [Client.ConnectWhenReady] waits for an Asterisk that is not there yet.
// A client that is connected, or about to reconnect by itself, has nothing to do and returns nil. After [Replaced] Connect takes
// the application back.
func (c *Client) Connect(ctx context.Context) error {
	s := &c.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.life.Err() != nil {
		return ErrClosed
	}
	if s.ended != nil {
		if !s.replaced.Load() {
			return nil
		}
		select { // so that its Disconnected comes before our Connected
		case <-s.ended:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	conn, err := c.dial(ctx)
	if err != nil {
		return err
	}
	c.announce(false)
	ended := make(chan struct{})
	s.ended = ended
	s.replaced.Store(false)
	s.running.Go(func() {
		defer close(ended)
		c.keep(conn)
	})
	return nil
}

// ConnectWhenReady is Connect that goes on trying, with the backoff of a reconnect, while Asterisk is unreachable or boots.
// Errors: what no waiting mends ([ErrUnauthorized], [ErrForbidden]), [ErrClosed], and the last failure when ctx ends.
func (c *Client) ConnectWhenReady(ctx context.Context) error {
	wait := c.backoff()
	for {
		err := c.Connect(ctx)
		if err == nil || !passing(err) {
			return err
		}
		c.log.Warn().Err(err).Msg("asterisk cannot be reached yet")
		if !wait(ctx) {
			return err
		}
	}
}

// passing tells whether an error of connecting may go away by itself.
func passing(err error) bool {
	return errors.Is(err, ErrConnection) || errors.Is(err, ErrUnavailable) || errors.Is(err, ErrTimeout) || errors.Is(err, ErrNotFound)
}

// Connected tells whether events flow.
func (c *Client) Connected() bool { return c.stream.up.Load() }

// dial makes the WebSocket and sets the event filters on it. From the moment of the handshake Asterisk holds events for us, so
// none is lost while the filters are set.
func (c *Client) dial(ctx context.Context) (*websocket.Conn, error) {
	r := request{method: http.MethodGet, path: "/events"}
	start := time.Now()
	try, cancel := context.WithTimeout(ctx, c.cfg.RequestTimeout)
	defer cancel()
	stop := context.AfterFunc(c.life, cancel)
	defer stop()

	// A transport of its own: this connection is none of the pool's.
	transport := newTransport(c.cfg, 1)
	auth := &http.Request{Header: http.Header{}}
	auth.SetBasicAuth(c.cfg.Username, c.cfg.Password)
	conn, resp, err := websocket.Dial(try, c.base+r.path+"?"+newParams().text("app", strings.Join(c.cfg.apps(), ",")).encode(), &websocket.DialOptions{
		HTTPClient:   &http.Client{Transport: transport, CheckRedirect: noRedirect},
		HTTPHeader:   auth.Header,
		Subprotocols: []string{"ari"},
	})
	if err != nil {
		transport.CloseIdleConnections()
		if resp == nil || resp.StatusCode == http.StatusSwitchingProtocols {
			return nil, c.explain(try, r, start, err)
		}
		body, readErr := io.ReadAll(resp.Body)
		if readErr != nil {
			return nil, c.explain(try, r, start, readErr)
		}
		return nil, refusal(r, resp.StatusCode, body)
	}
	conn.SetReadLimit(maxMessage)
	if err := c.setFilters(try); err != nil {
		return nil, errors.Join(err, conn.CloseNow())
	}
	return conn, nil
}

func (c *Client) setFilters(ctx context.Context) error {
	for _, app := range c.cfg.apps() {
		if _, err := c.Applications.SetEventFilter(ctx, app, EventFilter{Disallowed: c.cfg.DropEvents}); err != nil {
			return fmt.Errorf("setting the event filter of %s: %w", app, err)
		}
	}
	return nil
}

func (c *Client) announce(again bool) {
	c.stream.connects.Add(1)
	c.stream.alive()
	c.stream.up.Store(true)
	c.log.Info().Str("app", c.cfg.App).Bool("again", again).Msg("connected to asterisk's events")
	c.feed.signal(&Connected{EventHeader: signalHeader("Connected", c.cfg.App), Reconnect: again})
}

// keep reads from conn and its successors until the client is closed or the application is taken over.
func (c *Client) keep(conn *websocket.Conn) {
	for {
		err := c.read(conn)
		c.stream.up.Store(false)
		c.feed.signal(&Disconnected{EventHeader: signalHeader("Disconnected", c.cfg.App), Err: err})
		switch {
		case errors.Is(err, ErrClosed):
			return
		case errors.Is(err, ErrReplaced):
			c.log.Error().Str("app", c.cfg.App).Msg("another connection has taken the application over, not reconnecting")
			return
		}
		c.log.Warn().Err(err).Msg("lost asterisk's events")
		if conn = c.redial(); conn == nil {
			return
		}
		c.announce(true)
	}
}

// redial tries until it has a connection, nil when the client is closed.
func (c *Client) redial() *websocket.Conn {
	wait := c.backoff()
	for wait(c.life) {
		conn, err := c.dial(c.life)
		if err == nil {
			return conn
		}
		if c.life.Err() == nil {
			c.log.Warn().Err(err).Msg("cannot reconnect to asterisk's events yet")
		}
	}
	return nil
}

// backoff returns a wait that doubles each time, is cut to between half and all of it by chance so that clients do not come in
// step, and answers false when ctx or the client ends.
func (c *Client) backoff() func(ctx context.Context) bool {
	next := c.cfg.ReconnectMin
	return func(ctx context.Context) bool {
		d := next/2 + rand.N(next/2+1)
		next = min(next*2, c.cfg.ReconnectMax)
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			return true
		case <-ctx.Done():
			return false
		case <-c.done:
			return false
		}
	}
}

// read feeds the messages of conn until it fails and closes it. The error tells why: ErrClosed, ErrReplaced, ErrTimeout for a
// connection that went silent, ErrConnection.
func (c *Client) read(conn *websocket.Conn) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	c.stream.running.Go(func() { cancel(c.watch(ctx, cancel, conn)) })
	var buf bytes.Buffer
	for {
		buf.Reset()
		err := receive(ctx, conn, &buf)
		if err != nil {
			cause := context.Cause(ctx)
			closeErr := conn.CloseNow()
			switch {
			case c.life.Err() != nil:
				return ErrClosed
			case cause != nil:
				return cause
			default:
				return connectionError{errors.Join(err, closeErr)}
			}
		}
		c.stream.alive()
		if _, replaced := c.feed.Push(buf.Bytes()).(*ApplicationReplaced); replaced {
			c.stream.replaced.Store(true)
			c.feed.signal(&Replaced{EventHeader: signalHeader("Replaced", c.cfg.App)})
			if err := conn.Close(websocket.StatusNormalClosure, "replaced"); err != nil {
				c.log.Debug().Err(err).Msg("closing the connection that was replaced")
			}
			return ErrReplaced
		}
		if buf.Cap() > 1<<20 {
			buf = bytes.Buffer{} // one huge message's memory is not kept
		}
	}
}

func receive(ctx context.Context, conn *websocket.Conn, buf *bytes.Buffer) error {
	_, r, err := conn.Reader(ctx)
	if err != nil {
		return err
	}
	_, err = buf.ReadFrom(r)
	return err
}

// closeTimeout is how long Close waits for Asterisk to say goodbye, too.
const closeTimeout = time.Second

// watch pings until ctx ends, and says goodbye when the client is closed. It returns ErrTimeout when neither the answer nor
// anything else came in time: a peer that is gone without a word is otherwise not noticed for hours. Pongs are only ever sent
// in answer to a ping.
func (c *Client) watch(ctx context.Context, cancel context.CancelCauseFunc, conn *websocket.Conn) error {
	ticker := time.NewTicker(c.cfg.PingInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-c.done:
			late := time.AfterFunc(closeTimeout, func() { cancel(ErrClosed) })
			defer late.Stop()
			if err := conn.Close(websocket.StatusNormalClosure, ""); err != nil && !errors.Is(err, net.ErrClosed) {
				c.log.Debug().Err(err).Msg("asterisk did not answer the closing of the event connection")
			}
			return ErrClosed
		case <-ticker.C:
		}
		ping, done := context.WithTimeout(ctx, c.cfg.PongTimeout)
		err := conn.Ping(ping)
		late := ping.Err() != nil
		done()
		switch {
		case err == nil:
			c.stream.alive()
		case ctx.Err() != nil:
			return nil
		case !late:
			return connectionError{err}
		case c.stream.silent() < c.cfg.PongTimeout:
			// Busy, not dead: the answer waits behind a burst of events.
		default:
			return timeoutError{"silent for " + c.stream.silent().Round(time.Millisecond).String()}
		}
	}
}
