package desk_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/hasshin/hasshin/desk/api"
)

// declaredCodes reads the constants of type Code from a source file.
func declaredCodes(t testing.TB, file string) []api.Code {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []api.Code
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if typ, ok := spec.Type.(*ast.Ident); !ok || typ.Name != "Code" {
			return true
		}
		for _, value := range spec.Values {
			code, err := strconv.Unquote(value.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, api.Code(code))
		}
		return true
	})
	if len(codes) == 0 {
		t.Fatalf("%s declares no codes", file)
	}
	return codes
}

func TestEveryCodeIsInTheTable(t *testing.T) {
	table := map[api.Code]bool{}
	for _, info := range api.Codes() {
		if table[info.Code] {
			t.Errorf("%s is in the table twice", info.Code)
		}
		table[info.Code] = true
		if info.Status < 400 || info.Title == "" || !strings.HasSuffix(info.Help, ".") {
			t.Errorf("%s is not documented well: %+v", info.Code, info)
		}
	}
	declared := append(declaredCodes(t, "../dialer/errors.go"), declaredCodes(t, "api/code.go")...)
	for _, code := range declared {
		if !table[code] {
			t.Errorf("%s is declared but not in the table of codes", code)
		}
		delete(table, code)
	}
	for code := range table {
		t.Errorf("%s is in the table but nowhere declared", code)
	}
}

// engineCode tells whether a code is one of the engine's.
func engineCode(code api.Code) bool {
	for _, own := range []api.Code{
		api.CodeBadRequest, api.CodeBadCredentials, api.CodeUnauthenticated, api.CodeForbidden, api.CodeCrossOrigin, api.CodeNotFound,
		api.CodeMethodNotAllowed, api.CodeRequestTimeout, api.CodeTooLarge, api.CodeUnsupportedMedia, api.CodeIdempotencyConflict,
		api.CodeIdempotencyInFlight, api.CodeUpgradeRequired, api.CodeRangeNotSatisfiable, api.CodeRateLimited, api.CodeBusy, api.CodeNotReady, api.CodeInternal,
	} {
		if code == own {
			return false
		}
	}
	return true
}
