package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hasshin/hasshin/desk/passwd"
)

// runAsHasshin makes the test binary be hasshin, for the tests that need a process of its own.
const runAsHasshin = "RUN_AS_HASSHIN"

func TestMain(m *testing.M) {
	if os.Getenv(runAsHasshin) != "" {
		main()
	}
	os.Exit(m.Run())
}

// said is what a command wrote and how it ended.
type said struct {
	out, err string
	code     int
}

// hasshin runs a command line in this process.
func hasshin(t *testing.T, stdin string, args ...string) said {
	t.Helper()
	var out, errOut bytes.Buffer
	code := run(t.Context(), streams{strings.NewReader(stdin), &out, &errOut}, args)
	return said{out.String(), errOut.String(), code}
}

func configFile(t *testing.T, text string) string {
	t.Helper()
	place := filepath.Join(t.TempDir(), "hasshin.yaml")
	if err := os.WriteFile(place, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return place
}

func TestCommandLines(t *testing.T) {
	right := configFile(t, `
redis: embedded
asterisk: [{name: ast1, url: "http://127.0.0.1:8088/ari", username: u, password: hunter2}]
trunks: {carrier: {dial: "PJSIP/{number}@carrier"}}
campaigns: {demo: {trunk: carrier, list: {region: JP}}}
`)
	wrong := configFile(t, "redis: embeded\nlogs: {}\n")
	tests := []struct {
		name  string
		args  []string
		stdin string
		code  int
		out   string // in standard output
		err   string // in standard error
	}{
		{name: "nothing", code: exitUsage, err: "usage: hasshin COMMAND"},
		{name: "help", args: []string{"help"}, out: "  serve "},
		{name: "--help", args: []string{"--help"}, out: "  serve "},
		{name: "help of a command", args: []string{"help", "check"}, out: "usage: hasshin check [flags]"},
		{name: "-h of a command", args: []string{"password", "-h"}, out: "usage: hasshin password\n"},
		{name: "help of nothing known", args: []string{"help", "dial"}, code: exitUsage, err: `there is no command "dial"`},
		{name: "unknown command", args: []string{"dial"}, code: exitUsage, err: `there is no command "dial"`},
		{name: "unknown flag", args: []string{"check", "--cofnig", "x"}, code: exitUsage, err: "flag provided but not defined: -cofnig\nsee: hasshin help check"},
		{name: "too much", args: []string{"serve", "now"}, code: exitUsage, err: `"now" is too much`},
		{name: "version", args: []string{"--version"}, out: "hasshin "},
		{name: "right configuration", args: []string{"check", "--config", right}, out: "campaign   demo: preview over carrier, numbers of JP"},
		{name: "the summary warns of embedded", args: []string{"check", "--config", right}, out: "NOTHING LASTS"},
		{name: "in effect", args: []string{"check", "--print", "--config", right}, out: "    password: \"***\"\n    app: hasshin\n"},
		{name: "wrong configuration", args: []string{"check", "--config", wrong}, code: exitFailure, err: "the configuration has 3 mistakes:"},
		{name: "all of it", args: []string{"check", "--config", wrong}, code: exitFailure, err: "hasshin.yaml:2:1: logs: unknown key"},
		{name: "serve refuses it, too", args: []string{"serve", "--config", wrong}, code: exitFailure, err: "the configuration has 3 mistakes:"},
		{name: "no configuration", args: []string{"serve", "--config", "/nonexistent"}, code: exitFailure, err: "there is no file or folder /nonexistent"},
		{name: "empty password", args: []string{"password"}, code: exitFailure, err: "the password is empty"},
		{name: "password too long", args: []string{"password"}, stdin: strings.Repeat("x", passwd.MaxLength+1), code: exitFailure, err: "longer than"},
		{name: "health of nobody", args: []string{"health", "--address", "127.0.0.1:1"}, code: exitFailure, err: "connection refused"},
		{name: "health at no address", args: []string{"health", "--address", "a b"}, code: exitUsage, err: "is not an address"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := hasshin(t, tt.stdin, tt.args...)
			if got.code != tt.code {
				t.Errorf("it ends with %d, want %d", got.code, tt.code)
			}
			if !strings.Contains(got.out, tt.out) || tt.out == "" && got.out != "" {
				t.Errorf("standard output is %q, want %q in it", got.out, tt.out)
			}
			if !strings.Contains(got.err, tt.err) || tt.err == "" && got.err != "" {
				t.Errorf("standard error is %q, want %q in it", got.err, tt.err)
			}
			if strings.Contains(got.out+got.err, "hunter2") {
				t.Error("a secret is printed")
			}
		})
	}
}

func TestPasswordHashes(t *testing.T) {
	for _, typed := range []string{"correct horse\n", "correct horse\r\n", "correct horse", "correct horse\nsecond line\n"} {
		got := hasshin(t, typed, "password")
		if got.code != exitOK {
			t.Fatalf("it ends with %d: %s", got.code, got.err)
		}
		hash := strings.TrimSuffix(got.out, "\n")
		if ok, err := passwd.Verify("correct horse", hash); err != nil || !ok {
			t.Errorf("the hash of %q is %q, which the password does not match (%v)", typed, hash, err)
		}
	}
}

func TestEachCommandHasHelp(t *testing.T) {
	for _, c := range commands {
		got := hasshin(t, "", "help", c.name)
		if got.code != exitOK || !strings.Contains(got.out, strings.TrimSpace(c.about)) || c.about == "" || c.summary == "" {
			t.Errorf("help %s: %d %q", c.name, got.code, got.out)
		}
	}
}

func TestWhereTheConfigurationIs(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv(configVariable, "")
	if got := configPlace(); got != configPlaces[0] && got != configPlaces[1] {
		t.Errorf("nothing said: %s", got)
	}
	if err := os.WriteFile("hasshin.yaml", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := configPlace(); got != "hasshin.yaml" {
		t.Errorf("in the working folder: %s", got)
	}
	t.Setenv(configVariable, "/etc/elsewhere")
	if got := configPlace(); got != "/etc/elsewhere" {
		t.Errorf("by the variable: %s", got)
	}
}

func TestHealthAddresses(t *testing.T) {
	for listen, want := range map[string]string{
		"127.0.0.1:8080":   "127.0.0.1:8080",
		"0.0.0.0:8080":     "127.0.0.1:8080",
		":8080":            "127.0.0.1:8080",
		"[::]:8080":        "[::1]:8080",
		"dialer.local:443": "dialer.local:443",
	} {
		if got := reachable(listen); got != want {
			t.Errorf("to reach %s it asks %s, want %s", listen, got, want)
		}
	}
}
