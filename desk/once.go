package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/hasshin/hasshin/desk/api"
)

// errStopping is the cause of contexts that end because the process is told to stop.
var errStopping = errors.New("the process is stopping")

// once answers a command that has an idempotency key: the first time by doing it, after that by telling what came of it.
//
// Such a command goes on to its end even if the client's connection breaks: the client repeats it over a new one and is told the outcome.
func (s *Server) once(w http.ResponseWriter, r *http.Request, header string, body []byte, next http.HandlerFunc) {
	key, err := parseIdempotencyKey(header)
	if err != nil {
		p := api.NewProblem(api.CodeBadRequest, "the idempotency key is malformed")
		p.Errors = []api.Fault{{Location: "header." + api.HeaderIdempotencyKey, Message: err.Error()}}
		writeProblem(w, r, p)
		return
	}
	a, replayed, err := s.idempotency.do(r.Context(), caller(r.Context()).agent, key, fingerprint(r, body), func() *answer {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), commandLimit)
		defer cancel()
		defer context.AfterFunc(s.stopped, cancel)()
		rec := &recorder{header: http.Header{}}
		s.recovering(next)(rec, r.WithContext(ctx))
		return rec.answer()
	})
	if err != nil {
		writeProblem(w, r, err)
		return
	}
	if replayed {
		exchangeOf(r.Context()).replayed = true
		s.metrics.replays.Inc()
		w.Header().Set(api.HeaderIdempotencyReplayed, "true")
	}
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", a.contentType)
	w.WriteHeader(a.status)
	// An error here is the client's going away; it can ask again.
	_, _ = w.Write(a.body)
}

// recorder keeps a response instead of sending it.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *recorder) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(b)
}

func (r *recorder) answer() *answer {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return &answer{status: r.status, contentType: r.header.Get("Content-Type"), body: r.body.Bytes(), header: r.header}
}

// recovering answers a panic of next with an internal problem whose request id finds the stack in the log.
func (s *Server) recovering(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			what := recover()
			if what == nil {
				return
			}
			if what == http.ErrAbortHandler {
				panic(what)
			}
			x := exchangeOf(r.Context())
			s.log.Error().Str("request", x.requestID).Str("route", x.route).Interface("panic", what).Bytes("stack", debug.Stack()).Msg("a handler panicked")
			writeProblem(w, r, fmt.Errorf("panic: %v", what))
		}()
		next(w, r)
	}
}
