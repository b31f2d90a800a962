package desk

import (
	"crypto/rand"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/desk/api"
)

// metrics are the desk's own figures.
type metrics struct {
	requests  *prometheus.CounterVec   // route, method, status
	durations *prometheus.HistogramVec // route, method
	active    prometheus.Gauge
	signIns   *prometheus.CounterVec // outcome
	replays   prometheus.Counter
	streams   prometheus.Gauge
	events    *prometheus.CounterVec // kind
	snapshots *prometheus.CounterVec // reason
}

func newMetrics(registry prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hasshin_http_requests_total", Help: "Requests answered, by route, method and HTTP status.",
		}, []string{"route", "method", "status"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "hasshin_http_request_duration_seconds", Help: "Time until a request was answered. Event streams are not in it.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"route", "method"}),
		active: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "hasshin_http_requests_active", Help: "Requests being answered now, event streams included.",
		}),
		signIns: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hasshin_sign_ins_total", Help: "Sign-ins, by outcome: ok, or the code of the problem.",
		}, []string{"outcome"}),
		replays: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "hasshin_idempotent_replays_total", Help: "Commands answered from memory because of their idempotency key.",
		}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "hasshin_event_streams", Help: "Open connections to the event stream.",
		}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hasshin_events_sent_total", Help: "Events sent over event streams, by kind.",
		}, []string{"kind"}),
		snapshots: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hasshin_event_snapshots_total", Help: "Snapshots sent, by reason: new (connection without a position), stale (position too old) or slow (reader fell behind).",
		}, []string{"reason"}),
	}
	for _, c := range []prometheus.Collector{m.requests, m.durations, m.active, m.signIns, m.replays, m.streams, m.events, m.snapshots} {
		if err := registry.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// requestIDs that clients choose must be short and harmless in a log.
var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// observed gives each request an id, a line in the log and a place in the figures.
func (s *Server) observed(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		x := &exchange{requestID: r.Header.Get(api.HeaderRequestID), from: s.address(r)}
		if !requestID.MatchString(x.requestID) {
			x.requestID = rand.Text()
		}
		r = withExchange(r, x)
		out := &response{ResponseWriter: w}
		for name, value := range safeHeaders {
			out.Header().Set(name, value)
		}
		out.Header().Set(api.HeaderRequestID, x.requestID)
		s.metrics.active.Inc()
		defer s.metrics.active.Dec()
		next(out, r)
		s.conclude(r, x, out, time.Since(began))
	})
}

// safeHeaders are on every response. What the desk serves is data: no page may frame, script or cache it unless the handler says so.
var safeHeaders = map[string]string{
	"X-Content-Type-Options":  "nosniff",
	"Referrer-Policy":         "no-referrer",
	"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
	"Cache-Control":           "no-store",
}

func (s *Server) conclude(r *http.Request, x *exchange, out *response, took time.Duration) {
	route := x.route
	if route == "" {
		route = "none" // the path is the client's; as a label it could be anything
	}
	status := out.status
	if status == 0 {
		status = http.StatusOK
	}
	s.metrics.requests.WithLabelValues(route, methodLabel(r.Method), strconv.Itoa(status)).Inc()
	if status != http.StatusSwitchingProtocols {
		s.metrics.durations.WithLabelValues(route, methodLabel(r.Method)).Observe(took.Seconds())
	}
	e := s.log.WithLevel(requestLevel(r.Method, status))
	e.Str("request", x.requestID).Str("method", methodLabel(r.Method)).Str("route", route).Int("status", status).Dur("took", took)
	if id := r.PathValue("id"); id != "" && strings.HasPrefix(route, "/api/v1/calls/") {
		e.Str("call", id)
	}
	if x.who != nil {
		e.Str("agent", x.who.agent)
	}
	if x.problem != nil {
		e.Str("code", string(x.problem.Code))
	}
	if x.cause != nil {
		e.Str("cause", masked(x.cause.Error()))
	}
	if x.replayed {
		e.Bool("replayed", true)
	}
	e.Msg("request")
}

func requestLevel(method string, status int) zerolog.Level {
	switch {
	case status >= 500:
		return zerolog.ErrorLevel
	case status >= 400 || !safe(method):
		return zerolog.InfoLevel
	}
	return zerolog.DebugLevel
}

func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// writeTimeout is how long a client may take to receive a response.
const writeTimeout = 30 * time.Second

// response notes the status, and bounds the time for writing from the moment when there is something to write: a command may take long
// to be confirmed, its answer may not.
type response struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (r *response) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
		if status != http.StatusSwitchingProtocols {
			// Where this does not work there is no connection, or none any more, and nothing to bound.
			_ = http.NewResponseController(r.ResponseWriter).SetWriteDeadline(time.Now().Add(writeTimeout))
		}
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (r *response) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.WriteHeader(http.StatusOK)
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController and WebSockets reach the connection.
func (r *response) Unwrap() http.ResponseWriter { return r.ResponseWriter }
