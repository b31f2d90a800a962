package conformance_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/ari/aritest"
	"github.com/hasshin/hasshin/ari/conformance"
)

// TestInMemoryKnowsEveryRequest makes every request of the client: aritest must serve it and know its parameters.
func TestInMemoryKnowsEveryRequest(t *testing.T) {
	asterisk := aritest.Start(t, aritest.Options{})
	client, err := ari.New(ari.Config{URL: asterisk.URL(), Username: asterisk.Username(), Password: asterisk.Password(), App: "every"})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for _, r := range clientRequests {
		var refused *ari.Error
		if _, err := r.make(t.Context(), client); errors.As(err, &refused) {
			if refused.Status == http.StatusMethodNotAllowed || refused.Message == "Resource not found" {
				t.Errorf("%s: %v", r.name, err)
			}
		}
	}
}

// TestEveryMethodOfTheClientIsChecked keeps the table of requests complete.
func TestEveryMethodOfTheClientIsChecked(t *testing.T) {
	for _, method := range clientMethods() {
		if !slices.ContainsFunc(clientRequests, func(r clientRequest) bool { return r.method() == method }) {
			t.Errorf("the method %s of the client is not in clientRequests", method)
		}
	}
}

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
