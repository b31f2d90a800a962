package desk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
)

// The phone in the page speaks SIP over WebSocket (RFC 7118) through the page's own origin: no other port of Asterisk needs to be open to
// agents' browsers, the certificate is the page's, and only who is signed in gets through. The voices themselves (SRTP) take the direct way.

// pathSIP is where the page's phone connects; the API tells it as the websocket of a phone's credentials.
const pathSIP = "/sip"

// sipProtocol is the WebSocket subprotocol of SIP (RFC 7118, section 3).
const sipProtocol = "sip"

const (
	// sipDialTimeout bounds the connection to Asterisk.
	sipDialTimeout = 5 * time.Second
	// sipMaxMessage is the longest SIP message that is passed on, in bytes: Asterisk takes no longer ones over a WebSocket.
	sipMaxMessage = 65535
)

// phoneOf is what the agent's own phone needs. A phone in the page is told our address, not Asterisk's.
func (s *Server) phoneOf(ctx context.Context) (dialer.PhoneCredentials, error) {
	credentials, err := s.engine.PhoneCredentials(ctx, caller(ctx).agent)
	if credentials.WebSocket != "" {
		credentials.WebSocket = pathSIP
	}
	return credentials, err
}

// serveSIP passes SIP messages between the agent's page and the Asterisk that has the agent's booth.
func (s *Server) serveSIP(w http.ResponseWriter, r *http.Request) {
	who := caller(r.Context())
	if err := s.eventsOrigin(r); err != nil {
		writeProblem(w, r, err)
		return
	}
	credentials, err := s.engine.PhoneCredentials(r.Context(), who.agent)
	if err != nil {
		writeProblem(w, r, problemOf(r.Context(), err))
		return
	}
	if credentials.WebSocket == "" {
		writeProblem(w, r, api.NewProblem(api.Code(dialer.CodePhoneUnreachable), "only a phone of kind "+string(agent.PhonePage)+" connects here"))
		return
	}
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(r.Context()))
	defer cancel(nil)
	conn := &connection{agent: who.agent, cancel: cancel}
	if !s.connections.add(conn) {
		writeProblem(w, r, errStopping)
		return
	}
	defer s.connections.remove(conn)
	log := s.log.With().Str("agent", who.agent).Str("request", exchangeOf(ctx).requestID).Logger()

	far, err := dialSIP(ctx, credentials.WebSocket)
	if err != nil {
		log.Warn().Err(err).Str("url", credentials.WebSocket).Msg("Asterisk takes no SIP over WebSocket")
		writeProblem(w, r, api.NewProblem(api.Code(dialer.CodeNodeUnavailable), "Asterisk takes no SIP over WebSocket now"))
		return
	}
	defer far.CloseNow() // when the page goes away; harmless when closed already
	shake := &handshake{ResponseWriter: w}
	near, err := websocket.Accept(shake, r, &websocket.AcceptOptions{Subprotocols: []string{sipProtocol}, InsecureSkipVerify: true})
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
	defer near.CloseNow()
	log.Debug().Msg("page phone connected")
	err = s.join(ctx, near, far, who)
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	log.Debug().Err(err).Msg("page phone disconnected")
	status, reason := closing(err)
	_ = near.Close(status, reason) // it may be gone already
}

func dialSIP(ctx context.Context, url string) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, sipDialTimeout)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{Subprotocols: []string{sipProtocol}})
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(sipMaxMessage)
	return conn, nil
}

// join passes messages on, both ways, until one side ends, ctx does, or the session has ended.
func (s *Server) join(ctx context.Context, near, far *websocket.Conn, who *identity) error {
	near.SetReadLimit(sipMaxMessage)
	ended := make(chan error, 2)
	var passing sync.WaitGroup
	// Closing both is what ends the two that pass messages on, so the contexts of their reads are not ctx: its end would tear the
	// connection before the page is told why.
	pass := func(from, to *websocket.Conn) {
		passing.Go(func() { ended <- passMessages(context.WithoutCancel(ctx), from, to, s.cfg.Events.WriteTimeout) })
	}
	pass(near, far)
	pass(far, near)
	ping := time.NewTicker(s.cfg.Events.Ping)
	defer ping.Stop()
	for {
		select {
		case <-ctx.Done():
			return s.part(near, far, &passing, context.Cause(ctx))
		case err := <-ended:
			return s.part(near, far, &passing, err)
		case <-ping.C:
			if err := s.check(ctx, near, who); err != nil {
				return s.part(near, far, &passing, err)
			}
		}
	}
}

// part ends both connections and waits until nothing is passed on any more.
func (s *Server) part(near, far *websocket.Conn, passing *sync.WaitGroup, cause error) error {
	status, reason := closing(cause)
	_ = near.Close(status, reason) // either may be gone already
	_ = far.CloseNow()
	passing.Wait()
	return cause
}

func passMessages(ctx context.Context, from, to *websocket.Conn, limit time.Duration) error {
	for {
		kind, message, err := from.Read(ctx)
		if err != nil {
			if websocket.CloseStatus(err) != -1 {
				return context.Canceled // closed in good order
			}
			return errors.Join(context.Canceled, fmt.Errorf("read: %w", err))
		}
		writing, cancel := context.WithTimeout(ctx, limit)
		err = to.Write(writing, kind, message)
		cancel()
		if err != nil {
			return errors.Join(context.Canceled, fmt.Errorf("write: %w", err))
		}
	}
}
