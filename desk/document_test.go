package desk_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// documented is an operation as the OpenAPI document has it.
type documented struct {
	method, path string
	OperationID  string `json:"operationId"`
	Summary      string
	Description  string
	Tags         []string
	Responses    map[string]struct {
		Description string
		Content     map[string]struct {
			Schema   any
			Example  any
			Examples map[string]any
		}
	}
	RequestBody *struct {
		Content map[string]struct{ Example any }
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
