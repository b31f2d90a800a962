package desk

import (
	"context"
	"net/http"

	"github.com/hasshin/hasshin/desk/api"
)

type healthOutput struct{ Body api.Health }

func (s *Server) probeOperations() {
	register(s, operation{
		id: "healthz", method: http.MethodGet, path: "/healthz", tag: tagProbes,
		summary:     "Is the process alive?",
		description: "Answers as long as the process does, whatever it is connected to. A failure means: restart it.",
		access:      everyone, example: api.Health{Status: "alive", Version: "0.1.0"},
	}, func(context.Context, *nothing) (*healthOutput, error) {
		return &healthOutput{api.Health{Status: "alive", Version: s.version}}, nil
	})
	register(s, operation{
		id: "readyz", method: http.MethodGet, path: "/readyz", tag: tagProbes,
		summary:     "Can the process handle calls?",
		description: "Content when at least one Asterisk node is connected and Redis answers. Otherwise `errors` says what is missing.",
		access:      everyone, codes: []api.Code{api.CodeNotReady}, example: api.Health{Status: "ready", Version: "0.1.0"},
	}, func(ctx context.Context, _ *nothing) (*healthOutput, error) {
		if faults := s.ready(ctx); len(faults) > 0 {
			p := api.NewProblem(api.CodeNotReady, "")
			p.Errors = faults
			return nil, p
		}
		return &healthOutput{api.Health{Status: "ready", Version: s.version}}, nil
	})
}
