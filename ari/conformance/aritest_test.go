package conformance_test

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/ari/aritest"
	"github.com/hasshin/hasshin/ari/conformance"
)

// TestInMemory runs the suite against aritest in each of its orders of events and responses.
func TestInMemory(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	for name, order := range map[string]aritest.Order{
		"natural": aritest.Natural, "events first": aritest.EventsFirst, "response first": aritest.ResponseFirst,
	} {
		t.Run(name, func(t *testing.T) {
			asterisk := aritest.Start(t, aritest.Options{Order: order, Second: 100 * time.Millisecond})
			conformance.Run(t, conformance.Target{
				Config: func(app string) ari.Config {
					return ari.Config{
						URL: asterisk.URL(), Username: asterisk.Username(), Password: asterisk.Password(), App: app,
						PingInterval: 200 * time.Millisecond, PongTimeout: 500 * time.Millisecond,
					}
				},
				Restart: func(*testing.T) { asterisk.Restart() },
				Pause:   func(*testing.T) { asterisk.Pause() },
				Unpause: func(*testing.T) { asterisk.Unpause() },
			})
		})
	}
}
