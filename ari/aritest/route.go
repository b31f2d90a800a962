package aritest

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// maxBody is the largest request body that Asterisk takes.
const maxBody = 40960

// params are a request's parameters: the path's, the query's and the body's, which Asterisk treats as one.
type params struct {
	r     *http.Request
	query map[string][]string
	body  map[string]any
}

// get returns a parameter; the path wins over the query and the query over the body, as in Asterisk.
func (p *params) get(name string) string {
	if v := p.r.PathValue(name); v != "" {
		return v
	}
	if v := p.query[name]; len(v) > 0 {
		return v[0]
	}
	switch v := p.body[name].(type) {
	case string:
		return v
	case float64:
		return fmt.Sprint(int64(v))
	case bool:
		return fmt.Sprint(v)
	}
	return ""
}

// list returns a parameter that may be given several times, or once with commas.
func (p *params) list(name string) []string {
	var values []string
	switch v := p.body[name].(type) {
	case []any:
		for _, item := range v {
			values = append(values, fmt.Sprint(item))
		}
	case string:
		values = []string{v}
	}
	if len(p.query[name]) > 0 {
		values = p.query[name]
	}
	var out []string
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, part)
			}
		}
	}
	return out
}

// num returns a whole number, 0 when absent.
func (p *params) num(name string) int {
	var n int
	if _, err := fmt.Sscan(p.get(name), &n); err != nil {
		return 0
	}
	return n
}

// vars returns the object "variables" of the body.
func (p *params) vars() (map[string]string, *response) {
	raw, ok := p.body["variables"]
	if !ok {
		return nil, nil
	}
	object, ok := raw.(map[string]any)
	if !ok {
		return nil, fail(http.StatusBadRequest, "The 'variables' field must be a JSON object")
	}
	out := map[string]string{}
	for name, v := range object {
		switch v := v.(type) {
		case string:
			out[name] = v
		case map[string]any:
			value, ok := v["value"].(string)
			if !ok {
				return nil, fail(http.StatusBadRequest, "Each object value in 'variables' must include string field 'value'")
			}
			out[name] = value
		default:
			return nil, fail(http.StatusBadRequest,
				"Each value in 'variables' must be a string or an object with 'value' and optional 'report_events'")
		}
	}
	return out, nil
}

// response is what a handler answers: a status, a body or none.
type response struct {
	status int
	body   any
	raw    []byte // instead of body, with its type
	mime   string
	// after, if set, is called without the lock before the response is written and may replace it. It waits for a channel's thread.
	after func(*http.Request) *response
}

// fail is an error response with Asterisk's text.
func fail(status int, format string, args ...any) *response {
	return &response{status: status, body: map[string]any{"message": fmt.Sprintf(format, args...)}}
}

func ok(body any) *response       { return &response{status: http.StatusOK, body: body} }
func created(body any) *response  { return &response{status: http.StatusCreated, body: body} }
func noContent() *response        { return &response{status: http.StatusNoContent} }
func allocationFailed() *response { return fail(http.StatusInternalServerError, "Allocation failed") }

// handler answers a request. It is called with the server's lock held.
type handler func(p *params) *response

// operation is a row of the table of what the server does.
type operation struct {
	method, path string
	params       string // names of query and body parameters, with commas between
	handle       handler
}

// router finds operations by path, as Asterisk does: a named segment goes before a parameter, and of an unknown method it can say so.
type router struct {
	operations []operation
	children   map[string]*router
	param      string // name of the parameter that child any stands for
	any        *router
}

// routes builds the router from the tables.
func (s *Server) routes() *router {
	root := &router{}
	for _, op := range slices.Concat(
		s.channelOperations(), s.bridgeOperations(), s.playbackOperations(), s.recordingOperations(),
		s.endpointOperations(), s.applicationOperations(), s.asteriskOperations(), s.stateOperations(),
	) {
		root.add(strings.Split(strings.Trim(op.path, "/"), "/"), op)
	}
	return root
}

func (t *router) add(segments []string, op operation) {
	if len(segments) == 0 {
		t.operations = append(t.operations, op)
		return
	}
	var child *router
	if name, isParam := strings.CutPrefix(segments[0], "{"); isParam {
		if t.any == nil {
			t.any, t.param = &router{}, strings.TrimSuffix(name, "}")
		}
		child = t.any
	} else {
		if t.children == nil {
			t.children = map[string]*router{}
		}
		if t.children[segments[0]] == nil {
			t.children[segments[0]] = &router{}
		}
		child = t.children[segments[0]]
	}
	child.add(segments[1:], op)
}

// find returns the place of a path and sets the request's path values.
func (t *router) find(r *http.Request, segments []string) *router {
	for _, segment := range segments {
		text, err := url.PathUnescape(segment)
		if err != nil {
			return nil
		}
		switch {
		case t.children[text] != nil:
			t = t.children[text]
		case t.any != nil:
			r.SetPathValue(t.param, text)
			t = t.any
		default:
			return nil
		}
	}
	return t
}

// dispatch hands a request to its operation.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request) {
	path, isARI := strings.CutPrefix(r.URL.EscapedPath(), "/ari/")
	if !isARI {
		http.NotFound(w, r)
		return
	}
	if path == "events" && r.Method == http.MethodGet {
		s.serveEvents(w, r)
		return
	}
	place := s.router.find(r, strings.Split(path, "/"))
	if place == nil || len(place.operations) == 0 {
		respond(w, fail(http.StatusNotFound, "Resource not found"))
		return
	}
	for _, op := range place.operations {
		if op.method == r.Method {
			s.run(w, r, op)
			return
		}
	}
	respond(w, fail(http.StatusMethodNotAllowed, "Invalid method"))
}

// run does one operation.
func (s *Server) run(w http.ResponseWriter, r *http.Request, op operation) {
	p, bad := readParams(r)
	if bad != nil {
		respond(w, bad)
		return
	}
	s.opts.Logf("aritest: %s %s", r.Method, r.URL)
	s.checkParams(op, p)

	s.mu.Lock()
	s.requests[op.method+" "+op.path]++
	var gate chan struct{}
	if s.opts.Order == ResponseFirst {
		gate = make(chan struct{})
		s.gate = gate
	}
	resp := op.handle(p)
	s.gate = nil
	s.mu.Unlock()
	if resp.after != nil {
		if replaced := resp.after(r); replaced != nil {
			resp = replaced
		}
	}
	if s.opts.Order == EventsFirst {
		s.flushed(r.Context())
	}
	respond(w, resp)
	if gate != nil {
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		close(gate)
	}
}

// checkParams notes parameters that Asterisk would silently ignore: a mistake of the client that nobody sees otherwise.
func (s *Server) checkParams(op operation, p *params) {
	known := strings.Split(op.params, ",")
	for _, name := range slices.Concat(slices.Collect(maps.Keys(p.query)), slices.Collect(maps.Keys(p.body))) {
		if name != "api_key" && op.params != "*" && !slices.Contains(known, name) {
			s.problem("%s %s: unknown parameter %q", op.method, op.path, name)
		}
	}
}

func readParams(r *http.Request) (*params, *response) {
	p := &params{r: r, query: r.URL.Query(), body: map[string]any{}}
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case err != nil:
		return nil, fail(http.StatusBadRequest, "Error parsing request body")
	case len(raw) > maxBody:
		return nil, fail(http.StatusRequestEntityTooLarge, "Request body too large")
	case len(raw) == 0:
		return p, nil
	}
	if err := json.Unmarshal(raw, &p.body); err != nil {
		return nil, fail(http.StatusBadRequest, "Error parsing request body")
	}
	return p, nil
}

// respond writes a response. A client that went away meanwhile is no fault of the server's.
func respond(w http.ResponseWriter, resp *response) {
	switch {
	case resp.raw != nil:
		w.Header().Set("Content-Type", resp.mime)
		w.WriteHeader(resp.status)
		_, _ = w.Write(resp.raw)
	case resp.body != nil:
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(resp.status)
		_ = json.NewEncoder(w).Encode(resp.body)
	default:
		w.WriteHeader(resp.status)
	}
}
