//go:build integration

package asterisktest_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/ari/asterisktest"
)

func TestContainer(t *testing.T) {
	const lab = `
[lab]
exten => here,1,Answer()
 same => n,Hangup()
`
	asterisk := asterisktest.Start(t,
		asterisktest.WithConfig("extensions.d/lab.conf", lab),
		asterisktest.WithFile("/var/lib/asterisk/marker.txt", []byte("put here\n")),
		asterisktest.WithEnv(map[string]string{"NODE_NAME": "lab-node"}),
	)
	ctx := t.Context()

	t.Run("has the snippet, the file and the environment", func(t *testing.T) {
		if got := cli(t, asterisk, "dialplan show lab"); !strings.Contains(got, "'here'") {
			t.Errorf("dialplan show lab: %s", got)
		}
		got, err := asterisk.Exec(ctx, "cat", "/var/lib/asterisk/marker.txt")
		if err != nil || got != "put here\n" {
			t.Errorf("marker = %q, %v", got, err)
		}
		if got := cli(t, asterisk, "core show settings"); !strings.Contains(got, "lab-node") {
			t.Errorf("core show settings lacks the node's name:\n%s", got)
		}
	})
	t.Run("refuses a wrong password", func(t *testing.T) {
		if got := status(t, asterisk.URL()+"/channels", asterisk.Username(), "wrong"); got != http.StatusUnauthorized {
			t.Errorf("status = %d", got)
		}
	})
	t.Run("starts without a warning", func(t *testing.T) {
		logs, err := asterisk.Logs(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(logs) {
			if strings.Contains(line, "WARNING[") || strings.Contains(line, "ERROR[") {
				t.Errorf("log: %s", line)
			}
		}
	})
	t.Run("exec reports a failing command", func(t *testing.T) {
		if out, err := asterisk.Exec(ctx, "sh", "-c", "echo oops; exit 3"); err == nil || !strings.Contains(err.Error(), "exit status 3: oops") {
			t.Errorf("got %q, %v", out, err)
		}
	})
	t.Run("comes back on the same address after a kill and a stop", func(t *testing.T) {
		for _, down := range []func(context.Context) error{asterisk.Kill, asterisk.Stop} {
			if err := down(ctx); err != nil {
				t.Fatal(err)
			}
			if err := dial(ctx, asterisk); err == nil {
				t.Error("answers though it is down")
			}
			if err := asterisk.Start(ctx); err != nil {
				t.Fatal(err)
			}
			if got := status(t, asterisk.URL()+"/channels", asterisk.Username(), asterisk.Password()); got != http.StatusOK {
				t.Errorf("status after start = %d", got)
			}
		}
	})
	t.Run("pauses half-open", func(t *testing.T) {
		if err := asterisk.Pause(ctx); err != nil {
			t.Fatal(err)
		}
		short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		defer cancel()
		if err := dial(short, asterisk); err == nil || short.Err() == nil {
			t.Errorf("want silence until the deadline, got %v", err)
		}
		if err := asterisk.Unpause(ctx); err != nil {
			t.Fatal(err)
		}
		if err := dial(ctx, asterisk); err != nil {
			t.Error(err)
		}
	})
}

func TestTwoContainersOfWhichOneCallsTheOther(t *testing.T) {
	carrier := asterisktest.Start(t, asterisktest.WithCarrierRole())
	node := asterisktest.Start(t, asterisktest.WithTrunk(carrier.SIPAddr()))
	client := node.StartClient(t, "")
	if _, err := client.Channels.Originate(t.Context(), ari.Originate{Endpoint: "PJSIP/5550000@carrier", App: client.App()}); err != nil {
		t.Fatal(err)
	}
	asterisktest.Eventually(t, 5*time.Second, func() bool {
		return strings.Contains(cli(t, carrier, "core show channels concise"), "!Up!")
	}, "a call arrives at the carrier and is answered")
}

func TestRunSaysWhyAsteriskDoesNotStart(t *testing.T) {
	c, err := asterisktest.Run(t.Context(), asterisktest.WithEnv(map[string]string{"ARI_PASSWORD_FILE": "/nowhere"}))
	if err == nil {
		c.Terminate(t.Context())
		t.Fatal("want an error")
	}
	if !strings.Contains(err.Error(), "/nowhere") {
		t.Errorf("the log is not in the error: %v", err)
	}
}

func cli(tb testing.TB, c *asterisktest.Container, command string) string {
	tb.Helper()
	out, err := c.CLI(tb.Context(), command)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func status(tb testing.TB, url, user, password string) int {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, url, nil)
	if err != nil {
		tb.Fatal(err)
	}
	req.SetBasicAuth(user, password)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		tb.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// dial makes one request.
func dial(ctx context.Context, c *asterisktest.Container) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL()+"/asterisk/ping", nil)
	if err != nil {
		return err
	}
	req.Close = true
	req.SetBasicAuth(c.Username(), c.Password())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}
