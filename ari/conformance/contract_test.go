//go:build integration

package conformance_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/ari/asterisktest"
)

// wantCoverage is how much of what Asterisk serves the client must know, in each resource.
const wantCoverage = 0.95

// unknownOnPurpose are served, and of no use to a client like ours.
var unknownOnPurpose = map[string]string{
	"GET /events": "the event socket, which Connect opens",
}

// TestContract checks the client against the API description that the running Asterisk serves: every request that the client can make
// must be an operation there, with parameters that are there; and every field that is there must be read. It prints how much is known.
func TestContract(t *testing.T) {
	docs := readDocs(t, asterisktest.Start(t))
	t.Run("requests", func(t *testing.T) { checkRequests(t, docs) })
	t.Run("responses", func(t *testing.T) { checkResponses(t, docs) })
	t.Run("events", func(t *testing.T) { checkEvents(t, docs) })
}

// coverage counts known of served things by resource.
type coverage struct {
	known, served map[string]int
	missing       []string
}

func newCoverage() *coverage { return &coverage{known: map[string]int{}, served: map[string]int{}} }

func (c *coverage) count(resource, what string, known bool) {
	c.served[resource]++
	if known {
		c.known[resource]++
		return
	}
	c.missing = append(c.missing, what)
}

// report prints the figures and fails the test below the wanted coverage.
func (c *coverage) report(t *testing.T, what string) {
	t.Helper()
	known, served := 0, 0
	for _, resource := range docResources {
		if c.served[resource] == 0 {
			continue
		}
		known, served = known+c.known[resource], served+c.served[resource]
		share := float64(c.known[resource]) / float64(c.served[resource])
		t.Logf("%-13s %s: %4d of %4d known, %5.1f %%", resource, what, c.known[resource], c.served[resource], 100*share)
		if share <= wantCoverage {
			t.Errorf("%s: %.1f %% of the %s known, want more than %.0f %%", resource, 100*share, what, 100*wantCoverage)
		}
	}
	t.Logf("%-13s %s: %4d of %4d known, %5.1f %%", "all", what, known, served, 100*float64(known)/float64(served))
	for _, missing := range c.missing {
		t.Logf("not known: %s", missing)
	}
}

// wire is an HTTP server that keeps the last request and answers what it is told to.
type wire struct {
	*httptest.Server
	mu     sync.Mutex
	method string
	path   string
	query  []string
	body   []string // names at the top of the body
	answer []byte
	status int
}

func newWire(t *testing.T) *wire {
	w := &wire{status: http.StatusNoContent}
	w.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.method, w.path, w.query, w.body = r.Method, r.URL.Path, nil, nil
		for name := range r.URL.Query() {
			w.query = append(w.query, name)
		}
		if data, err := io.ReadAll(r.Body); err == nil && len(data) > 0 {
			var object map[string]json.RawMessage
			if err := json.Unmarshal(data, &object); err != nil {
				t.Errorf("%s %s: body %s: %v", r.Method, r.URL.Path, data, err)
			}
			for name := range object {
				w.body = append(w.body, name)
			}
		}
		rw.WriteHeader(w.status)
		rw.Write(w.answer)
	}))
	t.Cleanup(w.Close)
	return w
}

func (w *wire) client(t *testing.T) *ari.Client {
	t.Helper()
	client, err := ari.New(ari.Config{URL: w.URL + "/ari", Username: "u", Password: "p", App: "contract"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}

// call makes one request of the client and returns its result; the error matters only where an answer was given.
func (w *wire) call(ctx context.Context, c *ari.Client, r clientRequest, status int, answer any) (any, error) {
	w.mu.Lock()
	w.status, w.answer = status, nil
	if answer != nil {
		data, err := json.Marshal(answer)
		if err != nil {
			panic(err)
		}
		w.answer = data
	}
	w.method = ""
	w.mu.Unlock()
	return r.make(ctx, c)
}

// checkRequests makes every request once with every parameter.
func checkRequests(t *testing.T, docs apiDocs) {
	w := newWire(t)
	client := w.client(t)
	seen := map[string]bool{}
	sent := map[string]map[string]bool{}
	for _, r := range clientRequests {
		_, _ = w.call(t.Context(), client, r, http.StatusNoContent, nil) // what comes back is not the question here
		if w.method == "" {
			t.Errorf("%s made no request", r.name)
			continue
		}
		op := docs.find(w.method, w.path)
		if op == nil {
			t.Errorf("%s: %s %s is not served", r.name, w.method, w.path)
			continue
		}
		seen[op.String()] = true
		if sent[op.String()] == nil {
			sent[op.String()] = map[string]bool{}
		}
		for _, name := range slices.Concat(w.query, w.body) {
			sent[op.String()][name] = true
			if !op.takes(name) {
				t.Errorf("%s: %s has no parameter %q", r.name, op, name)
			}
		}
	}
	operations, parameters := newCoverage(), newCoverage()
	for _, op := range docs.operations {
		if unknownOnPurpose[op.String()] != "" {
			continue
		}
		operations.count(op.resource, op.String(), seen[op.String()])
		for _, p := range op.params {
			if p.ParamType == "path" || p.Name == "filter" {
				continue // a path parameter is in each request; the filter is the body itself
			}
			parameters.count(op.resource, op.String()+" "+p.Name, sent[op.String()][p.Name])
		}
	}
	operations.report(t, "operations")
	known, served := 0, 0
	for resource := range parameters.served {
		known, served = known+parameters.known[resource], served+parameters.served[resource]
	}
	t.Logf("parameters sent: %d of %d", known, served)
	for _, missing := range parameters.missing {
		t.Logf("never sent: %s", missing)
	}
}

// takes reports whether the operation has a parameter of that name. The event filter's two lists are its body, not named by it.
func (o docOperation) takes(name string) bool {
	return slices.ContainsFunc(o.params, func(p docParam) bool {
		return p.Name == name || p.Name == "filter" && (name == "allowed" || name == "disallowed")
	})
}

// checkResponses answers each request with everything that the response can hold, and then without one field at a time: a field whose
// absence changes nothing is not read.
func checkResponses(t *testing.T, docs apiDocs) {
	w := newWire(t)
	client := w.client(t)
	fields := newCoverage()
	done := map[string]bool{}
	for _, r := range clientRequests {
		_, _ = w.call(t.Context(), client, r, http.StatusNoContent, nil)
		op := docs.find(w.method, w.path)
		if op == nil || op.response == "void" || op.response == "binary" || done[op.String()] {
			continue
		}
		done[op.String()] = true
		s := sampler{docs: docs}
		whole := s.sample("", op.response)
		full, err := w.call(t.Context(), client, r, http.StatusOK, whole)
		if err != nil {
			t.Errorf("%s: %v", r.name, err)
			continue
		}
		for _, path := range s.paths {
			less, err := w.call(t.Context(), client, r, http.StatusOK, without(whole, path))
			known := err != nil || !reflect.DeepEqual(full, less)
			fields.count(op.resource, fmt.Sprintf("%s: %s", op, path), known)
		}
	}
	fields.report(t, "response fields")
}

// checkEvents does the same to each event type.
func checkEvents(t *testing.T, docs apiDocs) {
	feed := ari.NewFeed(zerolog.Nop())
	defer feed.Close()
	types, fields := newCoverage(), newCoverage()
	push := func(value any) ari.Event {
		data, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		return feed.Push(data)
	}
	for _, name := range docs.events() {
		s := sampler{docs: docs}
		whole := s.object("", docs.eventModel(name))
		whole["type"] = name
		full := push(whole)
		_, raw := full.(*ari.RawEvent)
		types.count("events", name, !raw && full.Type() == name)
		for _, path := range s.paths {
			if path == "type" {
				continue
			}
			fields.count("events", name+" "+path, !raw && !reflect.DeepEqual(full, push(without(whole, path))))
		}
	}
	types.report(t, "event types")
	fields.report(t, "event fields")
}
