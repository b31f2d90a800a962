package asterisktest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// resources are ARI's collections, each served by a module of its own; ping alone answers before they are there.
var resources = []string{
	"/asterisk/info?only=system", "/applications", "/bridges", "/channels", "/deviceStates", "/endpoints", "/recordings/stored", "/sounds",
}

// probeTimeout is ample for an Asterisk on loopback that is up.
const probeTimeout = 2 * time.Second

// portTakenError says that Asterisk could not bind a port.
type portTakenError struct{ line string }

func (e *portTakenError) Error() string { return "port taken: " + e.line }

// waitReady waits until Asterisk says that it is fully booted and every ARI resource answers our user.
func (c *Container) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, c.opts.startup, fmt.Errorf("not ready within %v", c.opts.startup))
	defer cancel()
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	for {
		err := c.ready(ctx)
		// Also when all is well with ARI: SIP may have found its port taken.
		if fatal := c.startFailure(ctx); fatal != nil {
			return fatal
		}
		if err == nil {
			return nil
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
			return fmt.Errorf("%w (last: %w)\n%s", context.Cause(ctx), err, c.logTail(context.WithoutCancel(ctx), 40))
		}
	}
}

// ready reports what is still missing.
func (c *Container) ready(ctx context.Context) error {
	if _, err := c.CLI(ctx, "core waitfullybooted"); err != nil {
		return err
	}
	for _, resource := range resources {
		if err := c.probe(ctx, resource); err != nil {
			return err
		}
	}
	return nil
}

// probe makes one request. Whoever has taken the port may never answer, so it has a deadline of its own.
func (c *Container) probe(ctx context.Context, resource string) (err error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL()+resource, nil)
	if err != nil {
		return err
	}
	req.SetBasicAuth(c.opts.username, c.opts.password)
	req.Close = true // leave none of Asterisk's HTTP sessions open
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	if resp.StatusCode != http.StatusOK {
		body, readErr := io.ReadAll(io.LimitReader(resp.Body, 1024))
		return errors.Join(fmt.Errorf("GET %s: %s: %s", resource, resp.Status, strings.TrimSpace(string(body))), readErr)
	}
	return nil
}

// startFailure returns an error when waiting longer is of no use: the container ended, or a port was taken.
func (c *Container) startFailure(ctx context.Context) error {
	state, err := c.ctr.State(ctx)
	if err != nil {
		return fmt.Errorf("state of the container: %w", err)
	}
	logs, err := c.Logs(ctx)
	if err != nil {
		return err
	}
	for line := range strings.Lines(logs) {
		if strings.Contains(line, "Address already in use") {
			return &portTakenError{line: strings.TrimSpace(line)}
		}
	}
	if !state.Running {
		return fmt.Errorf("asterisk ended with status %d\n%s", state.ExitCode, c.logTail(ctx, 40))
	}
	return nil
}

// logTail returns the last lines of the log, or why there are none.
func (c *Container) logTail(ctx context.Context, lines int) string {
	logs, err := c.Logs(ctx)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimRight(logs, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
