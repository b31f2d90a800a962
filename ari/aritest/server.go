package aritest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Order says which goes first when a request causes events: they, or its response. Asterisk promises neither.
type Order int

// The orders.
const (
	// Natural writes events and response as they come, in either order.
	Natural Order = iota
	// EventsFirst writes the response when the events that the request caused at once have been written.
	EventsFirst
	// ResponseFirst writes the events when the response has been written.
	ResponseFirst
)

// Options of a [Server]. The zero value is ready for use.
type Options struct {
	// Username and Password of the ARI user who may write. Default "aritest", "aritest".
	Username, Password string
	// Listener accepts the server's connections. Default: a free port of 127.0.0.1.
	Listener net.Listener
	// Second is how long a second lasts: of ringing, timeouts, sounds and digits. Default: a second. Less makes tests quicker.
	Second time.Duration
	// Order of events and responses.
	Order Order
	// Latency, if set, is how long the request waits before it is looked at.
	Latency func(method, path string) time.Duration
	// Refuse, if set, says which requests are refused and not done: a status with a message, 0 for those that are not.
	Refuse func(method, path string) (status int, message string)
	// Sounds that exist besides silence/N, tt-monkeys, demo-congrats, hello-world and beep, with how long they last.
	Sounds map[string]time.Duration
	// Logf, if set, gets a line for each request and event.
	Logf func(format string, args ...any)
}

// Server is an Asterisk without media.
type Server struct {
	opts   Options
	lines  *faultListener
	http   *http.Server
	served chan struct{}
	router *router

	// mu guards everything below and every channel, bridge, application and socket. Nothing waits while holding it.
	mu         sync.Mutex
	booting    bool
	closed     bool
	started    time.Time
	next       int // number in generated names and ids
	apps       map[string]*app
	channels   map[string]*channel
	bridges    map[string]*bridge
	playbacks  map[string]*playback
	recordings map[string]*recording
	stored     map[string]*storedRecording
	endpoints  map[string]*endpoint
	objects    map[objectKey]map[string]string
	objectIDs  map[string][]string
	globals    map[string]string
	dialplan   map[string]Extension
	modules    map[string]string
	logs       map[string]string
	devices    map[string]string
	mailboxes  map[string]mailbox
	sockets    map[*socket]struct{}
	gate       chan struct{} // of the request being handled, with ResponseFirst
	requests   map[string]int
	problems   []string
	tasks      sync.WaitGroup // socket writers and readers
}

// New starts a server. The caller must [Server.Close] it; in a test use [Start].
func New(opts Options) (*Server, error) {
	if opts.Username == "" {
		opts.Username = "aritest"
	}
	if opts.Password == "" {
		opts.Password = "aritest"
	}
	if opts.Second == 0 {
		opts.Second = time.Second
	}
	if opts.Logf == nil {
		opts.Logf = func(string, ...any) {}
	}
	if opts.Listener == nil {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("aritest: %w", err)
		}
		opts.Listener = l
	}
	s := &Server{
		opts:      opts,
		lines:     &faultListener{Listener: opts.Listener, conns: map[*faultConn]struct{}{}},
		served:    make(chan struct{}),
		sockets:   map[*socket]struct{}{},
		endpoints: map[string]*endpoint{},
		stored:    map[string]*storedRecording{},
		requests:  map[string]int{},
	}
	s.reset()
	s.router = s.routes()
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 30 * time.Second, ConnContext: withLine}
	go func() {
		defer close(s.served)
		if err := s.http.Serve(s.lines); !errors.Is(err, http.ErrServerClosed) {
			s.problem("serve: %v", err)
		}
	}()
	return s, nil
}

// Start is [New] for tests: it closes the server when the test is done and fails the test if clients sent requests that Asterisk would
// have ignored in part, e.g. with an unknown parameter.
func Start(tb testing.TB, opts Options) *Server {
	tb.Helper()
	s, err := New(opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// reset forgets everything that a restart of Asterisk forgets. The caller holds mu or is alone.
func (s *Server) reset() {
	s.started = time.Now()
	s.apps = map[string]*app{}
	s.channels = map[string]*channel{}
	s.bridges = map[string]*bridge{}
	s.playbacks = map[string]*playback{}
	s.recordings = map[string]*recording{}
	s.objects = map[objectKey]map[string]string{}
	s.objectIDs = map[string][]string{}
	s.globals = map[string]string{}
	s.modules = defaultModules()
	s.logs = map[string]string{}
	s.devices = map[string]string{}
	s.mailboxes = map[string]mailbox{}
}

// Close hangs up every channel silently, closes all connections and waits for the server's goroutines. It returns what was wrong with
// requests, see [Start].
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	s.stopTimers()
	for sock := range s.sockets {
		sock.close()
	}
	s.mu.Unlock()
	err := s.http.Close()
	<-s.served
	s.tasks.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.problems {
		err = errors.Join(err, errors.New(p))
	}
	if err != nil {
		return fmt.Errorf("aritest: %w", err)
	}
	return nil
}

// URL is the base of the REST interface, e.g. "http://127.0.0.1:41235/ari".
func (s *Server) URL() string { return "http://" + s.lines.Addr().String() + "/ari" }

// Username is the ARI user's name.
func (s *Server) Username() string { return s.opts.Username }

// Password is the ARI user's password.
func (s *Server) Password() string { return s.opts.Password }

// Requests is how often the operation, e.g. "POST /channels/{channelId}/play", was requested.
func (s *Server) Requests(operation string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests[operation]
}

// problem notes something that a test should fail for.
func (s *Server) problem(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problems = append(s.problems, fmt.Sprintf(format, args...))
}

// serve does what Asterisk does before it looks for the resource.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if s.opts.Latency != nil {
		if wait(r.Context(), s.opts.Latency(r.Method, r.URL.Path)) != nil {
			return
		}
	}
	if s.opts.Refuse != nil {
		if status, message := s.opts.Refuse(r.Method, r.URL.Path); status != 0 {
			respond(w, fail(status, "%s", message))
			return
		}
	}
	user, password, ok := r.BasicAuth()
	if !ok {
		user, password, ok = strings.Cut(r.URL.Query().Get("api_key"), ":")
	}
	if !ok || user != s.opts.Username || password != s.opts.Password {
		w.Header().Set("WWW-Authenticate", `Basic realm="Asterisk REST Interface"`)
		respond(w, fail(http.StatusUnauthorized, "Authentication required"))
		return
	}
	s.mu.Lock()
	booting := s.booting
	s.mu.Unlock()
	switch {
	case booting:
		respond(w, fail(http.StatusServiceUnavailable, "Asterisk not booted"))
	case strings.HasSuffix(r.URL.Path, "/"):
		respond(w, fail(http.StatusNotFound, "ARI URLs do not end with a slash. Try %s", strings.TrimSuffix(r.URL.Path, "/")))
	default:
		s.dispatch(w, r)
	}
}

// scaled is how long d lasts here.
func (s *Server) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) * s.opts.Second.Seconds())
}

// newID makes a unique id as Asterisk does, "1795348505.12".
func (s *Server) newID() string {
	s.next++
	return strconv.FormatInt(s.started.Unix(), 10) + "." + strconv.Itoa(s.next)
}

// timestamp is now in ARI's format.
func timestamp(t time.Time) string { return t.Format("2006-01-02T15:04:05.000-0700") }

// wait waits for d or the end of ctx.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
