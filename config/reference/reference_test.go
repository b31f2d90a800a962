package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/hasshin/hasshin/config"
)

func generated(t *testing.T) (root string, files map[string][]byte) {
	t.Helper()
	root, module, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	files, err = generate(root, module)
	if err != nil {
		t.Fatal(err)
	}
	return root, files
}

func TestFilesAreUpToDate(t *testing.T) {
	root, files := generated(t)
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s is not what go generate ./config writes (-generated +file):\n%s", name, diff)
		}
	}
}

// schema compiles what is generated; that checks it against the metaschema, too.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	_, files := generated(t)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(files["docs/config.schema.json"]))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("config.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("config.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if s.DraftVersion != 2020 {
		t.Errorf("it is draft %d, want 2020-12", s.DraftVersion)
	}
	return s
}

func validate(t *testing.T, s *jsonschema.Schema, text []byte) error {
	t.Helper()
	var doc any
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc)
}

func TestSchemaTakesWhatIsRight(t *testing.T) {
	s := schema(t)
	root, _ := generated(t)
	demo, err := os.ReadFile(filepath.Join(root, "deploy", "hasshin", "hasshin.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"example":            example,
		"demo":               string(demo),
		"nothing":            "{}",
		"nothing beneath":    "agents:\nhttp:\nasterisk:\n",
		"from the variables": "command_timeout: ${env:T}\nhttp: {max_body: \"${env:M}\"}\nredis: {cluster: \"${env:C}\"}\nlog: {level: \"${env:L}\"}",
		"secret from a file": "redis: {password_file: /run/secrets/redis}",
		"redis as address":   "redis: 127.0.0.1:6379",
		"nested disposition": "campaigns: {demo: {dispositions: [{code: a, children: [{code: b}]}]}}",
	} {
		if err := validate(t, s, []byte(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSchemaRefusesWhatIsWrong(t *testing.T) {
	s := schema(t)
	for name, text := range map[string]string{
		"unknown key":        "htpp: {}",
		"unknown inner key":  "campaigns: {demo: {ring_timout: 30s}}",
		"wrong type":         "campaigns: {demo: {ring_timeout: 30}}",
		"not a duration":     "campaigns: {demo: {ring_timeout: soon}}",
		"unknown value":      "log: {level: verbose}",
		"unknown kind":       "agents: {hanako: {phone: {kind: softphone}}}",
		"out of range":       "redis: {db: 99}",
		"number as text":     "trunks: {carrier: {caller_id: 312345678}}",
		"list for a mapping": "agents: [hanako]",
		"deep unknown key":   "campaigns: {demo: {dispositions: [{code: a, children: [{kode: b}]}]}}",
	} {
		if err := validate(t, s, []byte(text)); err == nil {
			t.Errorf("%s: the schema takes %q", name, text)
		}
	}
}

// TestSchemaAgreesWithHasshin: what hasshin takes, the schema takes.
func TestSchemaAgreesWithHasshin(t *testing.T) {
	s := schema(t)
	t.Setenv("ARI_PASSWORD", "x")
	t.Setenv("HASH", "$argon2id$v=19$m=65536,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$6tT2ZfMd4HfYqV9yX1m3bVQk0gZ8d2bqv3Cq1o1zXqE")
	names, err := filepath.Glob("../testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	taken := 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		input, _, _ := strings.Cut(string(text), "----------\n")
		if strings.HasPrefix(input, "==> ") {
			continue // several files; each alone is not a whole configuration
		}
		place := filepath.Join(t.TempDir(), "hasshin.yaml")
		if err := os.WriteFile(place, []byte(input), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := config.Load(place); err != nil {
			continue
		}
		taken++
		if err := validate(t, s, []byte(input)); err != nil {
			t.Errorf("%s: hasshin takes it, the schema does not: %v", name, err)
		}
	}
	if taken < 3 {
		t.Errorf("only %d configurations were compared, want at least 3", taken)
	}
}

func TestCommentsThatContradictTheCodeAreRefused(t *testing.T) {
	for _, tt := range []struct{ doc, standard, want, err string }{
		{"How long. Default: 30s.", "30s", "How long.", ""},
		{"How long. Default: 30s. More.", "30s", "How long. More.", ""},
		{"How long. Default: 30s.", "20s", "", "it says that the default is 30s, and it is 20s"},
		{"A name. Default: the id.", "", "A name. Default: the id.", ""},
		{"Reasons. Default: a, b.", "[a, b]", "Reasons.", ""},
		{"Address. Default: 127.0.0.1:8080. With 0 it is chosen.", "127.0.0.1:8080", "Address. With 0 it is chosen.", ""},
	} {
		got, err := withoutDefault(tt.doc, tt.standard)
		errText := ""
		if err != nil {
			errText = err.Error()
		}
		if got != tt.want || errText != tt.err {
			t.Errorf("withoutDefault(%q, %q) = %q, %q; want %q, %q", tt.doc, tt.standard, got, errText, tt.want, tt.err)
		}
	}
}

func TestPlainComments(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"RingTimeout is how long it rings.", "How long it rings."},
		{"RingTimeout bounds the ringing.", "Bounds the ringing."},
		{"RingTimeout of the phone.", "RingTimeout of the phone."},
		{"RingTimeout is json (one line) or so.", "json (one line) or so."},
		{"Something else\nover two lines.", "Something else over two lines."},
	} {
		if got := plain(tt.text, "RingTimeout"); got != tt.want {
			t.Errorf("plain(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}
