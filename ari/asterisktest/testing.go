package asterisktest

import (
	"context"
	"testing"
	"time"

	"github.com/hasshin/hasshin/ari"
)

// buildAndStart bounds Start where the test has no deadline of its own; the first run on a machine builds the image.
const buildAndStart = 10 * time.Minute

// Start is [Run] for tests: it fails the test if Asterisk does not start, removes the container when the test and its subtests are done,
// and shows the end of Asterisk's log if the test failed.
func Start(tb testing.TB, opts ...Option) *Container {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), buildAndStart)
	defer cancel()
	c, err := Run(ctx, append([]Option{WithLogger(tb)}, opts...)...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		// The test's own context has ended by now.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(tb.Context()), 30*time.Second)
		defer cancel()
		if tb.Failed() {
			tb.Logf("asterisk %s wrote last:\n%s", c.SIPAddr(), c.logTail(ctx, 200))
		}
		if err := c.Terminate(ctx); err != nil {
			tb.Error(err)
		}
	})
	return c
}

// StartClient is [Container.Client] for tests: it fails the test if the client cannot connect and closes it when the test is done.
func (c *Container) StartClient(tb testing.TB, app string) *ari.Client {
	tb.Helper()
	cl, err := c.Client(tb.Context(), app)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := cl.Close(); err != nil {
			tb.Errorf("close ari client: %v", err)
		}
	})
	return cl
}

// Eventually polls until hold reports true, and fails the test with what if it does not within d.
func Eventually(tb testing.TB, d time.Duration, hold func() bool, what string) {
	tb.Helper()
	deadline := time.NewTimer(d)
	defer deadline.Stop()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for !hold() {
		select {
		case <-poll.C:
		case <-deadline.C:
			tb.Fatalf("not within %v: %s", d, what)
		}
	}
}
