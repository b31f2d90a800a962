//go:build integration

package conformance_test

import (
	"context"
	"testing"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/ari/conformance"
)

// TestRealAsterisk runs the suite against an Asterisk whose trunk leads to a second one in the carrier's role.
func TestRealAsterisk(t *testing.T) {
	carrier := asterisktest.Start(t, asterisktest.WithCarrierRole())
	asterisk := asterisktest.Start(t, asterisktest.WithTrunk(carrier.SIPAddr()))
	do := func(what func(context.Context) error) func(*testing.T) {
		return func(t *testing.T) {
			t.Helper()
			if err := what(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	conformance.Run(t, conformance.Target{
		Config: asterisk.Config,
		Restart: do(func(ctx context.Context) error {
			if err := asterisk.Kill(ctx); err != nil {
				return err
			}
			return asterisk.Start(ctx)
		}),
		Pause:   do(asterisk.Pause),
		Unpause: do(asterisk.Unpause),
	})
}
