package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/config"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// importHouse is a folder with a configuration whose Redis is at addr; it gives the path of the configuration.
func importHouse(t *testing.T, addr string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hasshin.yaml")
	err := os.WriteFile(path, fmt.Appendf(nil, `
redis: %s
asterisk: [{name: a, url: "http://127.0.0.1:8088/ari", username: u, password: p}]
trunks: {carrier: {dial: "PJSIP/{number}@carrier"}}
campaigns:
  demo:
    trunk: carrier
    list: {region: JP, columns: {id: id, name: name}}
`, addr), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// runImport runs the command and gives its exit code and what it said.
func runImport(ctx context.Context, stdin string, args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	code = run(ctx, streams{strings.NewReader(stdin), &o, &e}, append([]string{"import"}, args...))
	return code, o.String(), e.String()
}

func TestImportCommand(t *testing.T) {
	cfg := importHouse(t, miniredis.RunT(t).Addr())
	list := filepath.Join(t.TempDir(), "list.csv")
	content := "id,phone,name\na,090-1234-0001,佐藤\nb,090-1234-0001,鈴木\nc,bad,高橋\n"
	if err := os.WriteFile(list, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := runImport(t.Context(), "", "--config", cfg, "--campaign", "demo", "--dry-run", list)
	if files, err := filepath.Glob(filepath.Join(filepath.Dir(list), "*")); code != exitOK || err != nil || len(files) != 1 ||
		!strings.Contains(out, "nothing was changed") || !strings.Contains(out, "1  imported into demo") || !strings.Contains(out, "line 4: invalid_number: column phone: ") {
		t.Errorf("the dry run: exit code %d, files %v\n%s%s", code, files, out, errs)
	}
	code, out, errs = runImport(t.Context(), "", "--config", cfg, "--campaign", "demo", list)
	if code != exitOK {
		t.Fatalf("exit code %d\n%s%s", code, out, errs)
	}
	rejects := strings.TrimSuffix(list, ".csv") + ".rejects.csv"
	for _, want := range []string{"3  rows read", "1  imported into demo", "1  duplicate_number_in_file", "1  invalid_number", rejects} {
		if !strings.Contains(out, want) {
			t.Errorf("the summary does not tell %q:\n%s", want, out)
		}
	}
	code, out, errs = runImport(t.Context(), "", "--config", cfg, "--campaign", "demo", list)
	if code != exitOK || !strings.Contains(out, "was imported into demo before (import 1): nothing was done") {
		t.Errorf("the second time: exit code %d\n%s%s", code, out, errs)
	}
	code, out, errs = runImport(t.Context(), "id,phone,name\nd,090-1234-0004,伊藤\n", "--config", cfg, "--campaign", "demo", "-")
	if code != exitOK || !strings.Contains(out, "standard input: finished") {
		t.Errorf("from standard input: exit code %d\n%s%s", code, out, errs)
	}
}

func TestImportCommandRefuses(t *testing.T) {
	cfg := importHouse(t, miniredis.RunT(t).Addr())
	embedded := importHouse(t, "embedded")
	for name, c := range map[string]struct {
		args []string
		in   string
		code int
		says string
	}{
		"no campaign":      {args: []string{"--config", cfg, "list.csv"}, code: exitUsage, says: "--campaign is missing"},
		"no file":          {args: []string{"--config", cfg, "--campaign", "demo"}, code: exitUsage, says: "the file is missing"},
		"flags behind":     {args: []string{"--config", cfg, "--campaign", "demo", "-", "--rejects", "x"}, code: exitUsage, says: "flags go before"},
		"two files":        {args: []string{"--config", cfg, "--campaign", "demo", "a", "b"}, code: exitUsage, says: "one file"},
		"unknown campaign": {args: []string{"--config", cfg, "--campaign", "dmeo", "-"}, code: exitFailure, says: `no campaign "dmeo" in the configuration; it has demo`},
		"embedded redis":   {args: []string{"--config", embedded, "--campaign", "demo", "-"}, code: exitFailure, says: "hasshin serve --import demo=FILE"},
		"missing column":   {args: []string{"--config", cfg, "--campaign", "demo", "-"}, in: "id,tel,name\n", code: exitFailure, says: `no column "phone"`},
		"missing file":     {args: []string{"--config", cfg, "--campaign", "demo", "/nonexistent/list.csv"}, code: exitFailure, says: "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errs := runImport(t.Context(), c.in, c.args...)
			if code != c.code || !strings.Contains(errs, c.says) || out != "" {
				t.Errorf("exit code %d, want %d and an error with %q\nout: %s\nerr: %s", code, c.code, c.says, out, errs)
			}
		})
	}
}

func TestImportBeforeServing(t *testing.T) {
	server := miniredis.RunT(t)
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer rdb.Close()
	cfg, err := config.Load(importHouse(t, server.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	lists := importFlag(flags)
	for _, wrong := range []string{"demo", "=list.csv", "demo=", "demo=-"} {
		if err := flags.Parse([]string{"--import", wrong}); err == nil || !strings.Contains(err.Error(), "expected campaign=file") {
			t.Errorf("--import %s: %v", wrong, err)
		}
	}
	list := filepath.Join(t.TempDir(), "list.csv")
	if err := os.WriteFile(list, []byte("id,phone,name\na,090-1234-0001,佐藤\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := flags.Parse([]string{"--import", "demo=" + list, "--import", "other=" + list}); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	err = importFirst(t.Context(), rdb, cfg, *lists, zerolog.New(&log))
	if err == nil || !strings.Contains(err.Error(), `no campaign "other"`) {
		t.Errorf("a list for an unknown campaign: %v", err)
	}
	if !strings.Contains(log.String(), `"imported":1`) {
		t.Errorf("the log does not tell of the list: %s", log.String())
	}
	counts, err := campaign.NewRedisStore(rdb).Counts(t.Context(), "demo")
	if err != nil || counts.Ready != 1 {
		t.Errorf("records to hand out: %+v, %v", counts, err)
	}
}

func TestImportCommandWaitsForRedis(t *testing.T) {
	server := miniredis.RunT(t)
	cfg := importHouse(t, server.Addr())
	server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	code, _, errs := runImport(ctx, "id,phone,name\n", "--config", cfg, "--campaign", "demo", "-")
	if code != exitFailure || !strings.Contains(errs, "redis cannot be reached; waiting") {
		t.Errorf("exit code %d\n%s", code, errs)
	}
}

func TestProgress(t *testing.T) {
	now := time.Unix(0, 0)
	at := campaign.Progress{Rows: 450_000, Duplicates: 9000, Rejected: 4500, Bytes: 45, TotalBytes: 100, Rate: 37_040, Remaining: 14_900 * time.Millisecond}
	text := " 45 %  450,000 rows  37,040 rows/s  15s left  9,000 duplicates  4,500 rejected"
	for _, c := range []struct {
		name     string
		terminal bool
		want     string
	}{
		{"terminal", true, "\r[#############·················] " + text + "\x1b[K\n"},
		{"file", false, text + "\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			p := newProgress(&out, c.terminal)
			p.now = func() time.Time { return now }
			p.shown = now
			p.update(at)
			if out.Len() > 0 {
				t.Errorf("drawn at once: %q", out.String())
			}
			now = now.Add(time.Minute)
			p.update(at)
			p.update(at)
			p.end()
			if out.String() != c.want {
				t.Errorf("got %q, want %q", out.String(), c.want)
			}
		})
	}
}
