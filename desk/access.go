package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
)

// access says who may use an operation, and how.
type access struct {
	open      bool            // no session is needed
	privilege agent.Privilege // needed beside a session; "" for none
	command   bool            // takes an Idempotency-Key
	upload    bool            // its body is a file, which goes to the disk and may be as long as max_upload says
}

// adapter registers operations with the mux, behind a guard each. It is huma's adapter for the standard mux otherwise.
type adapter struct {
	*Server
}

// accessKey is where an operation carries its access.
const accessKey = "access"

// Handle implements huma.Adapter.
func (a adapter) Handle(op *huma.Operation, handler func(huma.Context)) {
	who := op.Metadata[accessKey].(access)
	a.handle(op.Method+" "+op.Path, who, func(w http.ResponseWriter, r *http.Request) {
		handler(humago.NewContext(op, r, w))
	})
}

// ServeHTTP implements huma.Adapter.
func (a adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.Handler().ServeHTTP(w, r) }

// handle registers a handler behind its guard.
func (s *Server) handle(pattern string, who access, next http.HandlerFunc) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		x := exchangeOf(r.Context())
		_, x.route, _ = strings.Cut(pattern, " ")
		var body []byte
		var err error
		if who.upload {
			defer x.dropUpload()
			body, err = s.receiveFile(w, r, who)
		} else if body, err = s.receive(w, r); err == nil {
			err = s.admit(r, who)
		}
		if err != nil {
			writeProblem(w, r, err)
			return
		}
		if key := r.Header.Get(api.HeaderIdempotencyKey); who.command && key != "" {
			s.once(w, r, key, body, next)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), commandLimit)
		defer cancel()
		next(w, r.WithContext(ctx))
	})
}

// defaultBodyTimeout is how long the body of a request may take to arrive.
const defaultBodyTimeout = 10 * time.Second

// receive reads the whole body. A deadline for reading must not outlast it: net/http would take its passing for the client's going away and
// cancel a command that takes longer.
func (s *Server) receive(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	conn := http.NewResponseController(w)
	if err := conn.SetReadDeadline(time.Now().Add(s.bodyTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, fmt.Errorf("set read deadline: %w", err)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.cfg.MaxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, api.NewProblem(api.CodeTooLarge, fmt.Sprintf("the limit is %d bytes", tooLarge.Limit))
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, api.NewProblem(api.CodeRequestTimeout, "")
	case err != nil:
		return nil, api.NewProblem(api.CodeBadRequest, "the body could not be read")
	}
	if err := conn.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, fmt.Errorf("clear read deadline: %w", err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

// admit checks where a request comes from, whose it is, and whether that person may do it.
func (s *Server) admit(r *http.Request, who access) error {
	if err := s.origins.Check(r); err != nil {
		return api.NewProblem(api.CodeCrossOrigin, err.Error())
	}
	if who.open {
		return nil
	}
	token, fromCookie := s.token(r)
	if token == "" {
		return api.NewProblem(api.CodeUnauthenticated, "send a token with Authorization: Bearer, or the session's cookie")
	}
	if fromCookie && !safe(r.Method) && r.Header.Get("Origin") == "" && r.Header.Get("Sec-Fetch-Site") == "" {
		// Browsers send one or the other, and the check above has seen that it is right. Without either, the cookie alone is not believed.
		return api.NewProblem(api.CodeCrossOrigin, "a command with a cookie needs an Origin header; programs should send a bearer token")
	}
	sess, err := s.sessions.find(r.Context(), token)
	if err != nil {
		return s.sessionProblem(err)
	}
	id, err := s.identify(r.Context(), sess)
	if err != nil {
		return err
	}
	exchangeOf(r.Context()).who = id
	if who.privilege != "" && !s.can(who.privilege, id.cfg) {
		p := api.NewProblem(api.CodeForbidden, fmt.Sprintf("this needs the privilege %s", who.privilege))
		p.Privilege = string(who.privilege)
		return p
	}
	return nil
}

// can tells whether a person has a privilege outside of calls. What is done in a call is for the engine to judge: it knows the campaign.
func (s *Server) can(p agent.Privilege, cfg agent.Config) bool {
	return s.privileges.Can(p, cfg, agent.Change{})
}

func (s *Server) sessionProblem(err error) error {
	switch {
	case errors.Is(err, errNoSession):
		return api.NewProblem(api.CodeUnauthenticated, "the session has ended")
	case errors.Is(err, context.Canceled):
		return err
	}
	s.log.Error().Err(err).Msg("a session cannot be looked up")
	return api.NewProblem(api.Code(dialer.CodeStoreUnavailable), "sessions cannot be looked up")
}

// identify finds the person of a session, whose role is what the configuration says now. A person whom this process has not seen yet is
// signed in with the engine: to be signed in outlasts the process, and the engine begins with nobody.
func (s *Server) identify(ctx context.Context, sess session) (*identity, error) {
	cfg, ok := s.agents[sess.Agent]
	if !ok || passwordSeal(cfg) != sess.Seal {
		return nil, api.NewProblem(api.CodeUnauthenticated, "the session has ended")
	}
	id := &identity{agent: sess.Agent, cfg: cfg, session: sess}
	if !s.works(cfg) {
		return id, nil
	}
	if _, seen := s.present.Load(sess.Agent); !seen {
		if _, err := s.engine.SignIn(ctx, sess.Agent); err != nil {
			return nil, err
		}
		s.present.Store(sess.Agent, true)
	}
	return id, nil
}

// works tells whether a person handles calls, and not only watches.
func (s *Server) works(cfg agent.Config) bool {
	return s.can(agent.HandleCalls, cfg) && cfg.Phone.Kind != agent.PhoneNone
}

// token finds the session's token: in the Authorization header, as a subprotocol of a WebSocket, or in the cookie.
func (s *Server) token(r *http.Request) (token string, fromCookie bool) {
	if scheme, rest, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(rest), false
	}
	for _, offered := range subprotocols(r) {
		if token, ok := strings.CutPrefix(offered, api.BearerProtocol); ok {
			return token, false
		}
	}
	if cookie, err := r.Cookie(s.cookieName()); err == nil {
		return cookie.Value, true
	}
	return "", false
}

func subprotocols(r *http.Request) []string {
	var all []string
	for _, header := range r.Header.Values("Sec-WebSocket-Protocol") {
		for p := range strings.SplitSeq(header, ",") {
			all = append(all, strings.TrimSpace(p))
		}
	}
	return all
}

// cookieName has the prefix that forbids other sites and plain HTTP to set it, where that is possible (RFC 6265bis, section 4.1.3).
func (s *Server) cookieName() string {
	if s.cfg.secure() {
		return "__Host-hasshin"
	}
	return "hasshin"
}

func (s *Server) cookie(token string, maxAge time.Duration) *http.Cookie {
	c := &http.Cookie{
		Name: s.cookieName(), Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: s.cfg.secure(),
		MaxAge: int(maxAge.Seconds()),
	}
	if maxAge <= 0 {
		c.MaxAge = -1
	}
	return c
}

// address is the client's: of the connection, or what a trusted proxy says of it.
func (s *Server) address(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.trusted(addr); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = hop.Unmap()
	}
	return addr
}

func (s *Server) trusted(addr netip.Addr) bool {
	for _, network := range s.proxies {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}
