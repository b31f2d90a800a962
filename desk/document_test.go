package desk_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"html"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/hasshin/hasshin/desk"
	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// documented is an operation as the OpenAPI document has it.
type documented struct {
	method, path string
	OperationID  string `json:"operationId"`
	Summary      string
	Description  string
	Tags         []string
	Responses    map[string]struct {
		Description string
		Content     map[string]documentedMedia
	}
	RequestBody *struct {
		Content map[string]documentedMedia
	}
}

type documentedMedia struct {
	Schema struct {
		Ref string `json:"$ref"`
	}
	Example  any
	Examples map[string]struct {
		Ref   string `json:"$ref"`
		Value any
	}
}

// operations reads the document that is served.
func operations(t testing.TB, h *house) []documented {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]documented
	}
	if err := json.Unmarshal([]byte(h.send("GET", "/openapi.json", "").body), &doc); err != nil {
		t.Fatal(err)
	}
	var all []documented
	for path, methods := range doc.Paths {
		for method, op := range methods {
			op.method, op.path = strings.ToUpper(method), path
			all = append(all, op)
		}
	}
	if len(all) == 0 {
		t.Fatal("the document describes nothing")
	}
	return all
}

// golden compares with a file, or writes it.
func golden(t testing.TB, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; write it with: go test ./desk -update", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is out of date (-file +now); write it anew with: go test ./desk -update\n%s", file, diff)
	}
}

func TestTheDocumentIsTheOneInDocs(t *testing.T) {
	h := open(t, func(o *desk.Options) { o.Version = "dev" })
	golden(t, "../docs/openapi.yaml", []byte(h.send("GET", "/openapi.yaml", "").body))
}

func TestTheTableOfErrorsInDocsIsComplete(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(`# Errors of the API

<!-- Generated from desk/api/code.go by go test ./desk -update. Do not edit. -->

A refused request is answered with problem details ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)), media type
` + "`application/problem+json`" + `. Programs should look at ` + "`code`" + `: each code has one HTTP status and one meaning, for ever. ` + "`state`" + ` and ` + "`allowed`" + `
say what is possible instead, ` + "`errors`" + ` what is wrong with the request piece by piece, and ` + "`request_id`" + ` finds the request in the log.

| code | status | meaning | what to do |
|---|---|---|---|
`)
	for _, info := range api.Codes() {
		fmt.Fprintf(&b, "| `%s` | %d | %s | %s |\n", info.Code, info.Status, info.Title, info.Help)
	}
	golden(t, "../docs/errors.md", b.Bytes())
}

func parseJSON(t testing.TB, text string) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

const documentURL = "hasshin:openapi.json"

// schemas compiles schemas of the document that is served.
func schemas(t testing.TB, h *house) func(ref string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource(documentURL, parseJSON(t, h.send("GET", "/openapi.json", "").body)); err != nil {
		t.Fatal(err)
	}
	return func(ref string) *jsonschema.Schema {
		t.Helper()
		schema, err := c.Compile(documentURL + ref)
		if err != nil {
			t.Fatal(err)
		}
		return schema
	}
}

func TestTheDocumentIsValidOpenAPI31(t *testing.T) {
	h := open(t)
	c := jsonschema.NewCompiler()
	meta, err := os.ReadFile("testdata/openapi-3.1.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.AddResource("oas.json", parseJSON(t, string(meta))); err != nil {
		t.Fatal(err)
	}
	oas := must(c.Compile("oas.json"))(t)
	doc := parseJSON(t, h.send("GET", "/openapi.json", "").body)
	if err := oas.Validate(doc); err != nil {
		t.Errorf("%#v", err)
	}
	if err := oas.Validate(map[string]any{"openapi": "3.1.0"}); err == nil {
		t.Error("the validator accepts anything")
	}
	compile := schemas(t, h)
	components := doc.(map[string]any)["components"].(map[string]any)["schemas"].(map[string]any)
	for name := range components {
		compile("#/components/schemas/" + name)
	}
	for _, want := range []string{"Event", "Snapshot", "Agent", "Call", "Campaign", "Tone", "Problem"} {
		if components[want] == nil {
			t.Errorf("there is no schema %s", want)
		}
	}
}

func TestEveryOperationIsDescribedWithItsErrorsAndExamples(t *testing.T) {
	h := open(t)
	compile := schemas(t, h)
	ids := map[string]bool{}
	check := func(what string, media documentedMedia, example any) {
		if media.Schema.Ref == "" {
			return
		}
		raw := must(json.Marshal(example))(t)
		if err := compile(media.Schema.Ref).Validate(parseJSON(t, string(raw))); err != nil {
			t.Errorf("%s: the example is not what the schema says: %v\n%s", what, err, raw)
		}
	}
	for _, op := range operations(t, h) {
		name := op.method + " " + op.path
		if op.OperationID == "" || ids[op.OperationID] {
			t.Errorf("%s: operation id %q is missing or used twice", name, op.OperationID)
		}
		ids[op.OperationID] = true
		if op.Summary == "" || len(op.Description) < 20 || len(op.Tags) != 1 {
			t.Errorf("%s: summary %q, description %q, tags %v", name, op.Summary, op.Description, op.Tags)
		}
		if op.RequestBody != nil {
			media, isJSON := op.RequestBody.Content["application/json"]
			if !isJSON {
				media = op.RequestBody.Content["text/csv"]
			}
			if media.Example == nil {
				t.Errorf("%s: no example of a request", name)
			}
			check(name+" request", media, media.Example)
		}
		refusals := 0
		for status, r := range op.Responses {
			if problems, ok := r.Content[api.ProblemType]; ok {
				for code, example := range problems.Examples {
					refusals++
					info, known := api.Info(api.Code(code))
					if !known || fmt.Sprint(info.Status) != status || !strings.Contains(r.Description, "`"+code+"`: "+info.Title) {
						t.Errorf("%s: code %s is not described under %s: %s", name, code, status, r.Description)
					}
					if example.Ref != "#/components/examples/"+code {
						t.Errorf("%s: example of %s is %v", name, code, example)
					}
				}
				continue
			}
			if media, ok := r.Content["application/json"]; ok {
				if media.Example == nil && len(media.Examples) == 0 {
					t.Errorf("%s: no example of the answer %s", name, status)
				}
				if media.Example != nil {
					check(name+" "+status, media, media.Example)
				}
				for key, example := range media.Examples {
					check(name+" "+key, media, example.Value)
				}
			}
		}
		if refusals == 0 {
			t.Errorf("%s: no errors are listed", name)
		}
	}
	for _, info := range api.Codes() {
		example := compile("#/components/schemas/Problem")
		var doc struct {
			Components struct {
				Examples map[string]struct{ Value any }
			}
		}
		if err := json.Unmarshal([]byte(h.send("GET", "/openapi.json", "").body), &doc); err != nil {
			t.Fatal(err)
		}
		if err := example.Validate(doc.Components.Examples[string(info.Code)].Value); err != nil {
			t.Errorf("example of %s: %v", info.Code, err)
		}
	}
}

// What is sent is what the document says, even of views whose lists the engine left out.
func TestAnswersAndEventsAreWhatTheDocumentSays(t *testing.T) {
	h := open(t)
	compile := schemas(t, h)
	sumire := h.signedIn("sumire")
	valid := func(schema, body string) {
		t.Helper()
		if err := compile("#/components/schemas/" + schema).Validate(parseJSON(t, body)); err != nil {
			t.Errorf("%v\n%s", err, body)
		}
	}
	h.engine.set(func(f *fakeEngine) { f.promises = promises() })
	session := h.send("POST", "/api/v1/session", credentials("hanako", password))
	valid("Session", session.body)
	hanako := h.signedIn("hanako")
	conn, _, err := h.dial("", map[string][]string{"Authorization": {"Bearer " + hanako.Token()}})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ method, path, body, schema string }{
		{"GET", "/api/v1/session", "", "Session"},
		{"GET", "/api/v1/agent", "", "Agent"},
		{"GET", "/api/v1/agent/phone", "", "PhoneCredentials"},
		{"POST", "/api/v1/agent/phone", "", "Agent"},
		{"POST", "/api/v1/agent/ready", "", "Agent"},
		{"GET", "/api/v1/not-ready-reasons", "", "Reasons"},
		{"GET", "/api/v1/campaigns", "", "Campaigns"},
		{"POST", "/api/v1/campaigns/spring/get-record", "", "Call"},
		{"POST", "/api/v1/calls/call-1/accept", `{"number": "+815012345600"}`, "Call"},
		{"GET", "/api/v1/calls/call-1", "", "Call"},
		{"GET", "/api/v1/calls/call-1/targets?q=jiro", "", "Targets"},
		{"PUT", "/api/v1/favourites/agent/jiro", "", ""},
		{"GET", "/api/v1/targets", "", "Targets"},
		{"PUT", "/api/v1/calls/call-1/fields/city", `{"value": "Sendai"}`, "Call"},
		{"POST", "/api/v1/calls/call-1/do-not-call", `{"scope": "chain"}`, "Call"},
		{"POST", "/api/v1/calls/call-1/end", "", "Call"},
		{"POST", "/api/v1/calls/call-1/callback/check", pastDraft, "Verdict"},
		{"PUT", "/api/v1/calls/call-1/callback", rightDraft, "Call"},
		{"GET", "/api/v1/callbacks", "", "Callbacks"},
		{"GET", "/api/v1/campaigns/spring/callbacks/p1", "", "Promise"},
		{"POST", "/api/v1/campaigns/spring/callbacks/p1/cancel", "", "Promise"},
		{"PUT", "/api/v1/calls/call-1/disposition", `{"disposition": "sold"}`, "Call"},
		{"POST", "/api/v1/calls/call-1/done", "", "Call"},
		{"GET", "/healthz", "", "Health"},
		{"GET", "/readyz", "", "Health"},
	} {
		r := h.send(step.method, step.path, step.body, bearer(hanako)...)
		if r.status >= 300 {
			t.Fatalf("%s %s: %s", step.method, step.path, r.body)
		}
		if step.schema != "" {
			valid(step.schema, r.body)
		} else if r.status != 204 || r.body != "" {
			t.Errorf("%s %s: %d %q, want no content", step.method, step.path, r.status, r.body)
		}
	}
	valid("Agents", h.send("GET", "/api/v1/agents", "", bearer(sumire)...).body)
	valid("Problem", h.send("GET", "/api/v1/agents", "", bearer(hanako)...).body)
	valid("Problem", h.send("POST", "/api/v1/campaigns/spring/callbacks/p1/move", `{"when": {"at": "2020-01-01T10:00", "zone": "UTC"}}`, bearer(hanako)...).body)
	h.tone("hanako", "last")
	schemaOf := map[string]string{api.EventSnapshot: "Snapshot", api.EventAgent: "Agent", api.EventCall: "Call", api.EventTone: "Tone"}
	for last := false; !last; {
		_, frame, err := conn.Read(h.ctx())
		if err != nil {
			t.Fatal(err)
		}
		valid("Event", string(frame))
		var e api.Event
		if err := json.Unmarshal(frame, &e); err != nil {
			t.Fatal(err)
		}
		valid(schemaOf[e.Kind], string(e.Data))
		last = e.Kind == api.EventTone
	}
}

func TestTheDocsPageNeedsNoOtherServerAndHasNoDeadLinks(t *testing.T) {
	h := open(t)
	page := h.send("GET", "/docs", "")
	if page.status != 200 || page.header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("%d %s", page.status, page.header.Get("Content-Type"))
	}
	if csp := page.header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none';") || strings.Contains(csp, "unsafe") || strings.Contains(csp, "http") {
		t.Errorf("policy %q", csp)
	}
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(`\bid="([^"]*)"`).FindAllStringSubmatch(page.body, -1) {
		if ids[m[1]] {
			t.Errorf("id %q is used twice", m[1])
		}
		ids[m[1]] = true
	}
	links := regexp.MustCompile(`\b(?:src|href|srcset|action|data|poster|content|ping)\s*=\s*["']([^"']*)["']`).FindAllStringSubmatch(page.body, -1)
	if len(links) < 60 {
		t.Errorf("only %d links were found", len(links))
	}
	for _, m := range links {
		target := m[1]
		switch {
		case strings.HasPrefix(target, "#"):
			if !ids[target[1:]] {
				t.Errorf("%s leads nowhere", target)
			}
		case strings.HasPrefix(target, "//"), strings.Contains(target, ":"):
			t.Errorf("the page refers to %s", target)
		case strings.HasPrefix(target, "/"):
			if r := h.send("GET", target, ""); r.status != 200 {
				t.Errorf("%s: %d", target, r.status)
			}
		}
	}
	for _, file := range []string{"/docs/docs.css", "/docs/docs.js"} {
		r := h.send("GET", file, "")
		if found := regexp.MustCompile(`(?i)(https?:|//[a-z]|url\(|@import|\bimport\b|fetch\(|XMLHttpRequest|innerHTML)`).FindString(strings.ReplaceAll(r.body, "// Narrows", "")); found != "" {
			t.Errorf("%s has %q", file, found)
		}
	}
	if inline := regexp.MustCompile(`(?i)(<style|\sstyle=|\son[a-z]+=|<script(?: defer)?>)`).FindString(page.body); inline != "" {
		t.Errorf("the policy would block %q", inline)
	}
	for _, op := range operations(t, h) {
		if !ids[op.OperationID] || !strings.Contains(page.body, html.EscapeString(op.Summary)) {
			t.Errorf("%s %s is not on the page", op.method, op.path)
		}
	}
	for _, info := range api.Codes() {
		if !ids["error-"+string(info.Code)] {
			t.Errorf("the code %s is not on the page, but problems point there", info.Code)
		}
	}
	if again := h.send("GET", "/docs", "", "If-None-Match", page.header.Get("ETag")); again.status != 304 || again.body != "" {
		t.Errorf("asked again: %d", again.status)
	}
}

func TestProbesTellWhatIsMissing(t *testing.T) {
	h := open(t)
	if r := h.send("GET", "/readyz", ""); r.status != 200 || !strings.Contains(r.body, `"ready"`) {
		t.Errorf("ready: %d %s", r.status, r.body)
	}
	h.engine.set(func(f *fakeEngine) { f.down = no(dialer.CodeNodeUnavailable, "no Asterisk node is connected") })
	h.redis.Close()
	r := h.send("GET", "/readyz", "")
	var missing []string
	for _, fault := range r.problem.Errors {
		missing = append(missing, fault.Location)
	}
	if r.status != 503 || r.problem.Code != api.CodeNotReady || !slices.Equal(missing, []string{"asterisk", "redis"}) {
		t.Errorf("not ready: %d %s", r.status, r.body)
	}
	if r := h.send("GET", "/healthz", ""); r.status != 200 || !strings.Contains(r.body, `"alive"`) {
		t.Errorf("alive: %d %s", r.status, r.body)
	}
}
