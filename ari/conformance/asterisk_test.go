//go:build integration

package conformance_test

import (
	"testing"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/ari/conformance"
)

// TestRealAsterisk runs the suite against an Asterisk whose trunk leads to a second one in the carrier's role.
func TestRealAsterisk(t *testing.T) {
	carrier := asterisktest.Start(t, asterisktest.WithCarrierRole())
	asterisk := asterisktest.Start(t, asterisktest.WithTrunk(carrier.SIPAddr()))
	conformance.Run(t, conformance.Target{Config: asterisk.Config})
}
