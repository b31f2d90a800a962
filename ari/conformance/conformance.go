// Package conformance is a suite of tests of ARI: what statuses, messages, events and order of events there are. It runs against the
// in-memory Asterisk of package aritest and against a real one, so that the former cannot drift away from the latter.
package conformance

import (
	"testing"

	"github.com/hasshin/hasshin/ari"
)

// Target is the Asterisk under test. Calls to "PJSIP/NUMBER@carrier" must reach a simulated carrier (deploy/README.md has its numbers).
type Target struct {
	// Config of a client, with a different application for each test.
	Config func(app string) ari.Config
	// Restart ends Asterisk without a word and starts it again.
	Restart func(t *testing.T)
	// Pause leaves all connections open and answers nothing, until Unpause.
	Pause, Unpause func(t *testing.T)
}

// Run runs the whole suite. Its tests run in parallel, each with an application and ids of its own, except for those at the end that
// restart and pause Asterisk.
func Run(t *testing.T, target Target) {
	for _, area := range []struct {
		name  string
		cases []story
	}{
		{"calls", calls},
		{"refusals", refusals},
		{"created", createdCalls},
		{"bridges", bridges},
		{"playbacks", playbacks},
		{"recordings", recordings},
		{"channels", channels},
		{"applications", applications},
		{"server", server},
	} {
		t.Run(area.name, func(t *testing.T) {
			for _, s := range area.cases {
				t.Run(s.name, func(t *testing.T) {
					t.Parallel()
					s.tell(newLab(t, target))
				})
			}
		})
	}
	t.Run("faults", func(t *testing.T) {
		for _, s := range faults {
			t.Run(s.name, func(t *testing.T) { s.tell(newLab(t, target)) })
		}
	})
}

// story is one test.
type story struct {
	name string
	tell func(*lab)
}
