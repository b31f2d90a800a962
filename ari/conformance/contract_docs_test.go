//go:build integration

package conformance_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hasshin/hasshin/ari/asterisktest"
)

// docResources are the parts of ARI whose contract is checked.
var docResources = []string{
	"applications", "asterisk", "bridges", "channels", "deviceStates", "endpoints", "events", "mailboxes", "playbacks", "recordings", "sounds",
}

// apiDocs are what an Asterisk serves below /ari/api-docs: Swagger 1.1 with models that can have subtypes.
type apiDocs struct {
	operations []docOperation
	models     map[string]docModel
}

type docOperation struct {
	resource string
	method   string
	path     []string
	response string // responseClass
	params   []docParam
}

func (o docOperation) String() string { return o.method + " /" + strings.Join(o.path, "/") }

type docParam struct {
	Name      string `json:"name"`
	ParamType string `json:"paramType"` // path, query or body
}

type docModel struct {
	Properties map[string]docProperty `json:"properties"`
	SubTypes   []string               `json:"subTypes"`
}

type docProperty struct {
	Type string `json:"type"`
}

// readDocs asks the running Asterisk for its API description.
func readDocs(t *testing.T, asterisk *asterisktest.Container) apiDocs {
	t.Helper()
	docs := apiDocs{models: map[string]docModel{}}
	for _, resource := range docResources {
		var file struct {
			APIs []struct {
				Path       string `json:"path"`
				Operations []struct {
					Method     string     `json:"httpMethod"`
					Response   string     `json:"responseClass"`
					Parameters []docParam `json:"parameters"`
				} `json:"operations"`
			} `json:"apis"`
			Models map[string]docModel `json:"models"`
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, asterisk.URL()+"/api-docs/"+resource+".json", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth(asterisk.Username(), asterisk.Password())
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("api-docs of %s: %s", resource, resp.Status)
		}
		if err := json.NewDecoder(resp.Body).Decode(&file); err != nil {
			t.Fatalf("api-docs of %s: %v", resource, err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Fatal(err)
		}
		for _, api := range file.APIs {
			for _, op := range api.Operations {
				docs.operations = append(docs.operations, docOperation{
					resource, op.Method, strings.Split(strings.Trim(api.Path, "/"), "/"), op.Response, op.Parameters,
				})
			}
		}
		for name, model := range file.Models {
			docs.models[name] = model
		}
	}
	return docs
}

// find returns the operation of a request, the one with the most literal path if several fit.
func (d apiDocs) find(method, path string) *docOperation {
	segments := strings.Split(strings.TrimPrefix(path, "/ari/"), "/")
	best, literals := -1, -1
	for i, op := range d.operations {
		if op.method != method || len(op.path) != len(segments) {
			continue
		}
		fits, count := true, 0
		for j, segment := range op.path {
			if strings.HasPrefix(segment, "{") {
				continue
			}
			count++
			fits = fits && segment == segments[j]
		}
		if fits && count > literals {
			best, literals = i, count
		}
	}
	if best < 0 {
		return nil
	}
	return &d.operations[best]
}

// events are the names of all event types, in order.
func (d apiDocs) events() []string {
	return slices.Sorted(slices.Values(d.models["Event"].SubTypes))
}

// eventModel is an event's model with the properties of what it is a subtype of.
func (d apiDocs) eventModel(name string) docModel {
	whole := docModel{Properties: map[string]docProperty{}}
	for _, part := range []string{"Message", "Event", name} {
		for property, of := range d.models[part].Properties {
			whole.Properties[property] = of
		}
	}
	return whole
}

// sampler makes JSON values of models, each leaf with a value that occurs nowhere else.
type sampler struct {
	docs apiDocs
	next int
	// paths of all leaves made.
	paths []string
}

// sample makes a value of a type. List elements get the path of the list.
func (s *sampler) sample(path, kind string) any {
	if element, isList := strings.CutPrefix(kind, "List["); isList {
		return []any{s.sample(path, strings.TrimSuffix(element, "]"))}
	}
	if model, known := s.docs.models[kind]; known {
		return s.object(path, model)
	}
	if !slices.Contains(s.paths, path) {
		s.paths = append(s.paths, path)
	}
	s.next++
	switch kind {
	case "string":
		if strings.HasSuffix(path, "timestamp") {
			return s.sample(path, "Date") // a date by what Asterisk sends, though not by what it says
		}
		return fmt.Sprintf("v%d", s.next)
	case "int", "long":
		return s.next
	case "double":
		return float64(s.next) + 0.5
	case "boolean":
		return true
	case "Date":
		return fmt.Sprintf("2026-01-02T03:%02d:%02d.004+0000", s.next/60%60, s.next%60)
	case "object":
		return map[string]any{"key": fmt.Sprintf("v%d", s.next)}
	}
	panic("api-docs have a type that the test does not know: " + kind)
}

func (s *sampler) object(path string, model docModel) map[string]any {
	out := map[string]any{}
	names := make([]string, 0, len(model.Properties))
	for name := range model.Properties {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		out[name] = s.sample(strings.TrimPrefix(path+"."+name, "."), model.Properties[name].Type)
	}
	return out
}

// without returns a deep copy of value that lacks the leaf at path.
func without(value any, path string) any {
	head, rest, nested := strings.Cut(path, ".")
	switch value := value.(type) {
	case []any:
		return []any{without(value[0], path)}
	case map[string]any:
		out := map[string]any{}
		for name, v := range value {
			switch {
			case name != head:
				out[name] = v
			case nested:
				out[name] = without(v, rest)
			}
		}
		return out
	}
	return value
}
