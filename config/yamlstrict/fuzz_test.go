package yamlstrict_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/config/yamlstrict"
	"github.com/hasshin/hasshin/internal/problem"
)

// FuzzDecode: whatever stands in the file, there is a configuration or an error
// that can be shown, in bounded time.
func FuzzDecode(f *testing.F) {
	names, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		input, _, _ := strings.Cut(string(text), divider)
		f.Add([]byte(input))
	}
	for _, text := range []string{
		"\xff", "\x00", "a: \x1b[31m", "\ufeffname: x\r\n", "a: &a [*a]", "a: &a\n  <<: *a\n", strings.Repeat("[", 200), strings.Repeat("- ", 200),
		"? ", ": ", "<<: *x", "*x : y", "&x a: b", "name: |+\n\n", "name: >9\n x", "key: 'hunter2\n\n  x'\n", "%YAML 1.2\n---\nname: x\n...\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		began := time.Now()
		source, issues := yamlstrict.Parse("fuzz.yaml", ".", text)
		if (source == nil) == (len(issues) == 0) {
			t.Fatalf("source %v with issues %v", source, issues)
		}
		if source != nil {
			var s station
			result := yamlstrict.Decode([]*yamlstrict.Source{source}, &s, testOptions)
			result.Locate(problem.Of(s.validate()))
			issues = result.Issues()
			if len(issues) == 0 {
				if _, err := yamlstrict.Encode(s); err != nil {
					t.Errorf("encode: %v", err)
				}
			}
		}
		for _, issue := range issues {
			if issue.Message == "" || issue.File != "fuzz.yaml" || issue.Line > 0 && issue.Column < 1 {
				t.Errorf("an issue that says too little: %#v", issue)
			}
		}
		_ = issues.Error()
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("took %s", took)
		}
	})
}

// TestBillionLaughs: aliases of aliases make a small file large.
func TestBillionLaughs(t *testing.T) {
	var b strings.Builder
	b.WriteString("name: x\ntags: &t0 [x, x, x, x, x, x, x, x, x, x]\nlabels:\n")
	for i := range 11 {
		fmt.Fprintf(&b, "  l%d: &t%d [%s*t%d]\n", i, i+1, strings.Repeat(fmt.Sprintf("*t%d, ", i), 9), i)
	}
	_, issues := yamlstrict.Parse("laughs.yaml", ".", []byte(b.String()))
	if len(issues) == 0 || !strings.Contains(issues.Error(), "with its aliases this has more than") {
		t.Errorf("issues: %v, want one about too many values", issues)
	}
}
