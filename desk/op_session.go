package desk

import (
	"context"
	"errors"
	"net/http"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
)

// Inputs and outputs of the session's operations.
type (
	signInInput   struct{ Body api.SignIn }
	sessionOutput struct {
		SetCookie []string `header:"Set-Cookie" hidden:"true"`
		Body      api.Session
	}
	signOutOutput struct {
		SetCookie []string `header:"Set-Cookie" hidden:"true"`
	}
	nothing struct{}
)

func (s *Server) sessionOperations() {
	register(s, operation{
		id: "sign-in", method: http.MethodPost, path: "/api/v1/session", tag: tagSession,
		summary: "Sign in",
		description: "Begins a session and signs the agent in for work: not ready, phone not connected. The token in the answer goes into the " +
			"`Authorization: Bearer` header of all other requests. A page says `cookie: true` instead and gets it as an HttpOnly, SameSite=Strict " +
			"cookie that its scripts cannot read; then commands need an `Origin` header, which browsers send by themselves.\n\n" +
			"After some wrong passwords further attempts are delayed (`rate_limited`), twice as long each time.",
		access: everyone, status: http.StatusCreated,
		codes: append(engineCodes(dialer.CodeStoreUnavailable, dialer.CodeNodeUnavailable),
			api.CodeBadCredentials, api.CodeRateLimited, api.CodeBusy),
		request: api.SignIn{Agent: "hanako", Password: "correct horse battery staple"}, example: exampleSession(true),
	}, s.signIn)
	register(s, operation{
		id: "get-session", method: http.MethodGet, path: "/api/v1/session", tag: tagSession,
		summary:     "Show who is signed in",
		description: "Tells whose session it is, what that person may do, and when the session ends. Asking prolongs it, as every request does.",
		access:      signedIn, example: exampleSession(false),
	}, s.getSession)
	register(s, operation{
		id: "sign-out", method: http.MethodDelete, path: "/api/v1/session", tag: tagSession,
		summary: "Sign out",
		description: "Signs the agent out: the phone is disconnected, all sessions of the agent end and so do its event streams. Refused with " +
			"`wrong_state` while the agent has a call.",
		access: signedIn, codes: engineCodes(dialer.CodeWrongState),
	}, s.signOut)
}

func (s *Server) signIn(ctx context.Context, in *signInInput) (*sessionOutput, error) {
	out, err := s.openSession(ctx, in)
	outcome := "ok"
	if err != nil {
		outcome = string(problemOf(ctx, err).Code)
	}
	s.metrics.signIns.WithLabelValues(outcome).Inc()
	return out, err
}

func (s *Server) openSession(ctx context.Context, in *signInInput) (*sessionOutput, error) {
	log := s.log.With().Str("request", exchangeOf(ctx).requestID).Logger()
	if err := s.signIns.check(ctx, log, exchangeOf(ctx).from, in.Body.Agent, in.Body.Password); err != nil {
		return nil, err
	}
	cfg := s.agents[in.Body.Agent]
	token, sess, err := s.sessions.open(ctx, in.Body.Agent, cfg)
	if err != nil {
		log.Error().Err(err).Msg("a session cannot be stored")
		return nil, api.NewProblem(api.Code(dialer.CodeStoreUnavailable), "the session cannot be stored")
	}
	id, err := s.identify(ctx, sess)
	if err != nil {
		// Without the engine's consent the session is of no use. It is unknown to all but us, so if it cannot be removed it just expires.
		return nil, errors.Join(err, s.sessions.close(context.WithoutCancel(ctx), sess))
	}
	exchangeOf(ctx).who = id
	out := &sessionOutput{Body: s.sessionView(id)}
	if in.Body.Cookie {
		out.SetCookie = []string{s.cookie(token, s.cfg.Session.Lifetime).String()}
	} else {
		out.Body.Token = token
	}
	return out, nil
}

func (s *Server) getSession(ctx context.Context, _ *nothing) (*sessionOutput, error) {
	return &sessionOutput{Body: s.sessionView(caller(ctx))}, nil
}

func (s *Server) signOut(ctx context.Context, _ *nothing) (*signOutOutput, error) {
	who := caller(ctx)
	if s.works(who.cfg) {
		if err := s.engine.SignOut(ctx, who.agent); err != nil {
			return nil, err
		}
	}
	if err := s.endSessions(ctx, who.agent); err != nil {
		return nil, err
	}
	return &signOutOutput{SetCookie: []string{s.cookie("", 0).String()}}, nil
}

// endSessions ends all sessions of an agent whom the engine has signed out.
func (s *Server) endSessions(ctx context.Context, agentID string) error {
	s.present.Delete(agentID)
	// From here on it is done, whether the client waits for it or not.
	if err := s.sessions.closeAll(context.WithoutCancel(ctx), agentID); err != nil {
		s.log.Error().Err(err).Str("agent", agentID).Msg("sessions cannot be removed")
		return api.NewProblem(api.Code(dialer.CodeStoreUnavailable), "the sessions cannot be removed")
	}
	s.connections.signedOut(agentID)
	return nil
}

func (s *Server) sessionView(id *identity) api.Session {
	view := api.Session{
		Agent: id.agent, Name: id.cfg.Name, Role: string(id.cfg.Role), Privileges: []string{},
		Expires: id.session.expires.UTC(), Ends: id.session.Ends.UTC(),
	}
	if view.Name == "" {
		view.Name = id.agent
	}
	for _, p := range s.privileges.Of(id.cfg, agent.Change{}) {
		view.Privileges = append(view.Privileges, string(p))
	}
	return view
}
