package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/hasshin/hasshin/config"
)

// process is a hasshin of its own, whose log is read line by line.
type process struct {
	cmd   *exec.Cmd
	lines chan string // closed at its end
	all   []string
}

// startServe starts `hasshin serve` with a configuration.
func startServe(t *testing.T, text string) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0], "serve", "--config", configFile(t, text))
	cmd.Env = append(os.Environ(), runAsHasshin+"=1")
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: cmd, lines: make(chan string, 10_000)}
	go func() {
		defer close(p.lines)
		for lines := bufio.NewScanner(log); lines.Scan(); {
			p.lines <- lines.Text()
		}
	}()
	t.Cleanup(func() {
		if p.cmd.ProcessState == nil {
			p.cmd.Process.Kill()
			p.cmd.Wait()
		}
		p.drain()
		if t.Failed() {
			t.Logf("its log:\n%s", strings.Join(p.all, "\n"))
		}
	})
	return p
}

// drain takes the log to its end.
func (p *process) drain() {
	for line := range p.lines {
		p.all = append(p.all, line)
	}
}

// waitFor reads the log up to a line that has all the words, and returns it.
func (p *process) waitFor(t *testing.T, words ...string) string {
	t.Helper()
	deadline := time.After(20 * time.Second)
next:
	for {
		select {
		case line, ok := <-p.lines:
			if !ok {
				t.Fatalf("it ended without saying %q", words)
			}
			p.all = append(p.all, line)
			for _, word := range words {
				if !strings.Contains(line, word) {
					continue next
				}
			}
			return line
		case <-deadline:
			t.Fatalf("it did not say %q within 20 s", words)
		}
	}
}

// end sends signals and returns the exit code.
func (p *process) end(t *testing.T, signals ...os.Signal) int {
	t.Helper()
	for _, signal := range signals {
		if err := p.cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
	}
	late := time.AfterFunc(30*time.Second, func() { p.cmd.Process.Kill() })
	defer late.Stop()
	for line := range p.lines {
		p.all = append(p.all, line)
	}
	err := p.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return p.cmd.ProcessState.ExitCode()
}

// closedPort is a loopback address where nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

const serveConfig = `
log: {format: json}
http: {listen: 127.0.0.1:0}
redis: %s
asterisk: [{name: ast1, url: "http://%s/ari", username: hasshin, password: hunter2}]
trunks: {carrier: {dial: "PJSIP/{number}@carrier"}}
campaigns: {demo: {trunk: carrier, list: {region: JP}}}
`

// TestServeWithoutAsterisk: the desk is open, it says who is missing, and a signal ends it.
func TestServeWithoutAsterisk(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(signal.String(), func(t *testing.T) {
			asterisk := closedPort(t)
			p := startServe(t, fmt.Sprintf(serveConfig, "embedded", asterisk))
			p.waitFor(t, `"level":"warn"`, "NOTHING LASTS")
			var opened struct{ URL string }
			var missing string
			for opened.URL == "" || missing == "" {
				line := p.waitFor(t, `"message"`)
				if strings.Contains(line, "desk is open") {
					if err := json.Unmarshal([]byte(line), &opened); err != nil {
						t.Fatal(err)
					}
				}
				if strings.Contains(line, "cannot connect to Asterisk") {
					missing = line
				}
			}
			if !strings.Contains(missing, asterisk) || !strings.Contains(missing, "connection refused") {
				t.Errorf("it does not say which Asterisk is missing and why: %s", missing)
			}
			address := strings.TrimPrefix(opened.URL, "http://")
			if got := hasshin(t, "", "health", "--address", strings.TrimSuffix(address, "/")); got.code != exitOK {
				t.Errorf("health ends with %d: %s", got.code, got.err)
			}
			if got := hasshin(t, "", "health", "--ready", "--address", strings.TrimSuffix(address, "/")); got.code != exitFailure || !strings.Contains(got.err, "503") {
				t.Errorf("ready without Asterisk: %d %s", got.code, got.err)
			}
			if code := p.end(t, signal); code != exitOK {
				t.Errorf("after the signal it ends with %d, want 0", code)
			}
			log := strings.Join(p.all, "\n")
			if !strings.Contains(log, "told to stop") || !strings.Contains(log, "hasshin ends") {
				t.Error("it does not say that it was told to stop and ends")
			}
			if strings.Contains(log, "hunter2") {
				t.Error("a secret is in the log")
			}
		})
	}
}

func TestServeWithoutRedis(t *testing.T) {
	redis := closedPort(t)
	p := startServe(t, fmt.Sprintf(serveConfig, redis, closedPort(t)))
	p.waitFor(t, "redis cannot be reached; waiting for it", redis)
	if code := p.end(t, syscall.SIGTERM); code != exitOK {
		t.Errorf("told to stop while it waits it ends with %d, want 0", code)
	}
}

// TestOneSignalSentTwice: timeout(1) signals the process and its group, which is no reason to hurry.
func TestOneSignalSentTwice(t *testing.T) {
	p := startServe(t, fmt.Sprintf(serveConfig, "embedded", closedPort(t)))
	p.waitFor(t, "desk is open")
	if code := p.end(t, syscall.SIGTERM, syscall.SIGTERM); code != exitOK {
		t.Errorf("it ends with %d, want 0", code)
	}
	if last := p.all[len(p.all)-1]; !strings.Contains(last, "hasshin ends") {
		t.Errorf("its last words are %q", last)
	}
}

func TestServeAtAPortInUse(t *testing.T) {
	taken := httptest.NewServer(http.NotFoundHandler())
	defer taken.Close()
	address := taken.Listener.Addr().String()
	text := strings.Replace(fmt.Sprintf(serveConfig, "embedded", closedPort(t)), "127.0.0.1:0", address, 1)
	before := goleak.IgnoreCurrent()
	got := hasshin(t, "", "serve", "--config", configFile(t, text))
	if got.code != exitFailure || !strings.Contains(got.err, address) || !strings.Contains(got.err, "address already in use") {
		t.Errorf("it ends with %d and says %q, want 1 and which address is in use", got.code, got.err)
	}
	goleak.VerifyNone(t, before)
}

// TestBothEndInOrder: the desk ends before the engine is told to, whatever ends them.
func TestBothEndInOrder(t *testing.T) {
	broken := errors.New("broken")
	// part runs until its context ends or it fails, and notes its end.
	var ended []string
	part := func(name string, fails error) func(context.Context) error {
		return func(ctx context.Context) error {
			if fails == nil {
				<-ctx.Done()
			}
			ended = append(ended, name) // one after the other, else the race detector tells
			return fails
		}
	}
	for _, tt := range []struct {
		name         string
		desk, engine error
		signal       bool
		order        string
	}{
		{name: "signal", signal: true, order: "desk engine"},
		{name: "desk fails", desk: broken, order: "desk engine"},
		{name: "engine fails", engine: broken, order: "engine desk"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if tt.signal {
				cancel()
			}
			ended = nil
			err := runBoth(ctx, part("desk", tt.desk), part("engine", tt.engine), zerolog.Nop())
			if got := strings.Join(ended, " "); got != tt.order {
				t.Errorf("they ended in the order %q, want %q", got, tt.order)
			}
			if failed := tt.desk != nil || tt.engine != nil; failed != errors.Is(err, broken) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestLogFormats(t *testing.T) {
	for _, tt := range []struct {
		format, want string
	}{
		{"json", `{"level":"info",`},
		{"auto", `{"level":"info",`}, // a test's standard error is no terminal
		{"console", "INF hello"},
	} {
		var b strings.Builder
		logger := newLogger(config.LogConfig{Level: "info", Format: tt.format}, &b)
		logger.Debug().Msg("not this")
		logger.Info().Msg("hello")
		if !strings.Contains(b.String(), tt.want) || strings.Contains(b.String(), "not this") {
			t.Errorf("%s: %q, want %q and no debug line", tt.format, b.String(), tt.want)
		}
	}
	if got := newLogger(config.LogConfig{Level: "error"}, &strings.Builder{}).GetLevel(); got != zerolog.ErrorLevel {
		t.Errorf("level %s, want error", got)
	}
}
