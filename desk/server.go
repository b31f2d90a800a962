// Package desk is what people and programs touch: the HTTP API with its OpenAPI document and docs page, sign-in, and the event stream.
//
// A [Server] stands between them and the engine (see [Engine]): it knows who is asking and whether they may, turns requests into commands
// and refusals into problem details, and hands the engine's notices to whoever watches.
package desk

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	stdlog "log"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/audio"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
)

// Options is what a [Server] is made of.
type Options struct {
	Config Config
	Engine Engine

	// Redis has sessions and the answers to commands. 6.2 or later; single, Sentinel or Cluster.
	Redis redis.UniversalClient

	// Agents are the people who may sign in, by id.
	Agents map[string]agent.Config

	// Audio is what agents hear at which event; the engine has the same. Zero means the defaults.
	Audio audio.Config

	// Privileges says what their roles may do, where it differs from what the roles come with. The engine's configuration has the same.
	Privileges agent.Bundles

	Logger zerolog.Logger

	// Registry has the figures that /metrics shows; the desk adds its own. Nil means a new one, with those of Go and of the
	// process.
	Registry *prometheus.Registry

	// Version of hasshin, for the OpenAPI document and the probes. Default: dev.
	Version string

	// Now is the clock of sessions and of delays after wrong passwords. Nil means time.Now.
	Now func() time.Time
}

// Server is the desk. Make it with [New].
type Server struct {
	cfg         Config
	engine      Engine
	redis       redis.UniversalClient
	agents      map[string]agent.Config
	sheet       audio.Sheet
	privileges  agent.Bundles
	log         zerolog.Logger
	now         func() time.Time
	version     string
	registry    *prometheus.Registry
	metrics     *metrics
	sessions    *sessions
	signIns     *signIns
	idempotency *idempotency
	hub         *hub
	connections connections
	present     sync.Map // ids of agents whom this process has signed in with the engine

	origins      *http.CrossOriginProtection
	publicOrigin string
	proxies      []netip.Prefix
	tls          *tls.Config
	bodyTimeout  time.Duration

	mux     *http.ServeMux
	api     huma.API
	order   []string // ids of the operations, as they follow each other on the docs page
	handler http.Handler

	stopped  context.Context // ends when commands in progress must be given up
	giveUp   context.CancelFunc
	stopping atomic.Bool

	mu       sync.Mutex
	listener net.Listener
	monitor  net.Listener
}

// New makes a desk. It opens no port yet; [Server.Listen] and [Server.Run] do.
func New(opts Options) (*Server, error) {
	if opts.Engine == nil || opts.Redis == nil {
		return nil, errors.New("a desk needs an engine and a Redis")
	}
	if err := opts.Config.Validate(); err != nil {
		return nil, err
	}
	s := &Server{
		cfg: opts.Config, engine: opts.Engine, redis: opts.Redis, agents: opts.Agents, privileges: opts.Privileges, log: opts.Logger, now: opts.Now,
		version: opts.Version, registry: opts.Registry, mux: http.NewServeMux(), origins: http.NewCrossOriginProtection(),
		bodyTimeout: defaultBodyTimeout,
	}
	if opts.Audio.IsZero() {
		opts.Audio = audio.Defaults()
	}
	s.sheet = audio.NewSheet(opts.Audio)
	if s.now == nil {
		s.now = time.Now
	}
	if s.version == "" {
		s.version = "dev"
	}
	if s.registry == nil {
		s.registry = prometheus.NewRegistry()
		s.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	}
	var err error
	if s.metrics, err = newMetrics(s.registry); err != nil {
		return nil, fmt.Errorf("register metrics: %w", err)
	}
	if s.signIns, err = newSignIns(s.cfg.SignIn, s.agents, s.now); err != nil {
		return nil, err
	}
	if s.tls, err = s.cfg.TLS.load(); err != nil {
		return nil, err
	}
	if err := s.trust(); err != nil {
		return nil, err
	}
	s.sessions = newSessions(s.redis, s.cfg.Session, s.now, s.log)
	s.idempotency = newIdempotency(s.redis, s.cfg.IdempotencyTTL, s.log)
	s.hub = newHub(s.engine, s.cfg.Events.Keep, s.log)
	s.stopped, s.giveUp = context.WithCancel(context.Background())
	if err := s.routes(); err != nil {
		return nil, err
	}
	s.handler = s.observed(s.recovering(s.dispatch))
	return s, nil
}

// trust sets up which pages and proxies are believed.
func (s *Server) trust() error {
	if s.cfg.PublicURL != "" {
		u, err := url.Parse(s.cfg.PublicURL)
		if err != nil {
			return fmt.Errorf("public_url: %w", err)
		}
		s.publicOrigin = u.Scheme + "://" + u.Host
		if err := s.origins.AddTrustedOrigin(s.publicOrigin); err != nil {
			return fmt.Errorf("public_url: %w", err)
		}
	}
	for _, text := range s.cfg.TrustedProxies {
		network, err := parseNetwork(text)
		if err != nil {
			return fmt.Errorf("trusted_proxies: %w", err)
		}
		s.proxies = append(s.proxies, network)
	}
	return nil
}

// Notify tells the agent's event stream what happened. It never blocks. Give it to the engine.
func (s *Server) Notify(n dialer.Notice) { s.hub.publish(n) }

// Handler is the whole desk as an http.Handler, for a server of your own. Event streams end with [Server.Close].
func (s *Server) Handler() http.Handler { return s.handler }

// Listen opens the ports. [Server.Run] does it by itself unless it was done before.
func (s *Server) Listen() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener != nil {
		return nil
	}
	listener, err := net.Listen("tcp", s.cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if s.cfg.MetricsListen != "" {
		if s.monitor, err = net.Listen("tcp", s.cfg.MetricsListen); err != nil {
			return errors.Join(fmt.Errorf("metrics_listen: %w", err), listener.Close())
		}
	}
	s.listener = listener
	return nil
}

// Addr is the address that is listened on, nil before [Server.Listen].
func (s *Server) Addr() net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return nil
	}
	return s.listener.Addr()
}

// MetricsAddr is the address of metrics_listen, nil if there is none or before [Server.Listen].
func (s *Server) MetricsAddr() net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.monitor == nil {
		return nil
	}
	return s.monitor.Addr()
}

// Run serves until ctx ends or serving is impossible. Then it is no longer ready, ends the event streams with close code 1001, lets
// requests in progress finish for as long as shutdown_grace, and returns. It returns nil when ctx ended it.
func (s *Server) Run(ctx context.Context) error {
	if err := s.Listen(); err != nil {
		return err
	}
	main := s.httpServer(s.handler)
	main.TLSConfig = s.tls
	servers := []*http.Server{main}
	var serving sync.WaitGroup
	failed := make(chan error, 2)
	serve := func(server *http.Server, listener net.Listener) {
		serving.Go(func() {
			var err error
			if server.TLSConfig != nil {
				err = server.ServeTLS(listener, "", "")
			} else {
				err = server.Serve(listener)
			}
			if !errors.Is(err, http.ErrServerClosed) {
				failed <- err
			}
		})
	}
	serve(main, s.listener)
	s.log.Info().Str("url", s.baseURL()).Msg("desk is open")
	if s.monitor != nil {
		monitor := s.httpServer(s.observed(s.recovering(s.monitorMux().ServeHTTP)))
		servers = append(servers, monitor)
		serve(monitor, s.monitor)
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
		err = fmt.Errorf("serve: %w", err)
	}
	s.shutDown(servers)
	serving.Wait()
	return err
}

func (s *Server) shutDown(servers []*http.Server) {
	s.Close()
	grace, cancel := context.WithTimeout(context.Background(), s.cfg.ShutdownGrace)
	defer cancel()
	var closing sync.WaitGroup
	for _, server := range servers {
		closing.Go(func() {
			if err := server.Shutdown(grace); err == nil {
				return
			}
			s.log.Warn().Dur("grace", s.cfg.ShutdownGrace).Msg("requests in progress are cut off")
			s.giveUp()
			if err := server.Close(); err != nil {
				s.log.Warn().Err(err).Msg("a connection did not close")
			}
		})
	}
	closing.Wait()
	s.giveUp()
}

// Close makes the desk not ready, refuses new event streams and ends the open ones with close code 1001. [Server.Run] does it at its end;
// only who serves [Server.Handler] by other means needs it.
func (s *Server) Close() {
	s.stopping.Store(true)
	s.connections.close()
	s.hub.board.close()
}

// Limits of connections. There is no limit for the time between a request and its answer: a command may wait for a phone to be picked up.
// The time for a request's body and for an answer is limited request by request.
const (
	readHeaderTimeout = 10 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 32 << 10
)

func (s *Server) httpServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: stdlog.New(s.log.With().Str("from", "net/http").Logger(), "", 0),
	}
}

func (s *Server) baseURL() string {
	scheme := "http"
	if s.tls != nil {
		scheme = "https"
	}
	return scheme + "://" + s.Addr().String()
}
