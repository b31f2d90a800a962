package desk

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/desk/web"
	"github.com/hasshin/hasshin/dialer/agent"
)

// routes registers everything that is served.
func (s *Server) routes() error {
	s.api = huma.NewAPI(s.document(), adapter{s})
	s.sessionOperations()
	s.agentOperations()
	s.toneOperations()
	s.callOperations()
	s.actionOperations()
	s.recordOperations()
	s.scriptOperations()
	s.messageOperations()
	s.targetOperations()
	s.draftOperations()
	s.bookOperations()
	s.reachedOperation()
	s.ledgerOperation()
	s.supervisorOperations()
	s.supervisionOperations()
	s.runOperations()
	s.dialingOperations()
	s.calendarOperations()
	s.recordingOperations()
	s.importOperations()
	s.wallboardOperation()
	s.signOutOtherOperation()
	s.historyOperations()
	s.dayOperations()
	s.contactOperations()
	s.probeOperations()
	s.documentEvents()
	s.documentBoardEvents()
	s.documentMetrics()
	s.openResponses()

	s.handle("GET "+pathEvents, access{privilege: agent.HandleCalls}, s.serveEvents)
	s.handle("GET "+pathBoardEvents, access{privilege: agent.SeeAgents}, s.serveBoardEvents)
	s.handle("GET "+pathMetrics, access{privilege: agent.SeeMetrics}, s.metricsHandler().ServeHTTP)
	s.handle("GET "+pathSIP, access{privilege: agent.HandleCalls}, s.serveSIP)
	s.serveDocs()
	return s.servePage(web.Files())
}

// Addresses that are not only in an operation's own description.
const (
	pathEvents      = "/api/v1/events"
	pathBoardEvents = "/api/v1/wallboard/events"
	pathMetrics     = "/metrics"
	pathDocs        = "/docs"
)

// dispatch hands a request to its handler, and answers those that have none as problems, which the mux would do in plain text.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request) {
	handler, pattern := s.mux.Handler(r)
	if pattern != "" {
		s.mux.ServeHTTP(w, r)
		return
	}
	// The mux says by its own answer whether the address is unknown or only the method.
	rec := &recorder{header: http.Header{}}
	handler.ServeHTTP(rec, r)
	if rec.status != http.StatusMethodNotAllowed {
		writeProblem(w, r, api.NewProblem(api.CodeNotFound, ""))
		return
	}
	p := api.NewProblem(api.CodeMethodNotAllowed, "")
	w.Header().Set("Allow", rec.header.Get("Allow"))
	for method := range strings.SplitSeq(rec.header.Get("Allow"), ",") {
		p.Allowed = append(p.Allowed, strings.TrimSpace(method))
	}
	writeProblem(w, r, p)
}

func (s *Server) metricsHandler() http.Handler {
	return promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{Registry: s.registry})
}

// monitorMux is what metrics_listen serves.
func (s *Server) monitorMux() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET "+pathMetrics, s.metricsHandler())
	for _, path := range []string{"/healthz", "/readyz"} {
		mux.HandleFunc("GET "+path, s.mux.ServeHTTP)
	}
	return mux
}

// readyTimeout bounds the questions of a readiness probe.
const readyTimeout = 2 * time.Second

// ready finds what keeps the process from handling calls; nothing if it can.
func (s *Server) ready(ctx context.Context) []api.Fault {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	var faults []api.Fault
	if s.stopping.Load() {
		faults = append(faults, api.Fault{Location: "process", Message: "is stopping"})
	}
	if err := s.engine.Available(); err != nil {
		faults = append(faults, api.Fault{Location: "asterisk", Message: err.Error()})
	}
	if err := s.redis.Ping(ctx).Err(); err != nil {
		faults = append(faults, api.Fault{Location: "redis", Message: "does not answer"})
	}
	return faults
}
