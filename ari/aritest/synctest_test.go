package aritest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/ari/aritest"
)

// Whole minutes of ringing and of hold pass at once on the clock of a synctest bubble.
func TestTimePassesAtOnceInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lines := aritest.NewPipeListener()
		s, err := aritest.New(aritest.Options{Listener: lines})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}()
		client, err := ari.New(ari.Config{URL: s.URL(), Username: s.Username(), Password: s.Password(), App: "lab", Dial: lines.Dial})
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		events := client.Subscribe(ari.All())
		if err := client.Connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		s.Endpoint("PJSIP/1001", aritest.NoAnswer())
		if _, err := client.Channels.Originate(t.Context(), ari.Originate{Endpoint: "PJSIP/1001", App: "lab", Timeout: 5 * time.Minute}); err != nil {
			t.Fatal(err)
		}
		for ev := range events.All(t.Context()) {
			if _, ended := ev.(*ari.ChannelDestroyed); ended {
				break
			}
		}
		if took := time.Since(start); took < 5*time.Minute || took > 5*time.Minute+time.Second {
			t.Errorf("rang for %v", took)
		}

		start = time.Now()
		s.Stall()
		for ev := range events.All(t.Context()) {
			if _, lost := ev.(*ari.Disconnected); lost {
				break
			}
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("a half-open socket was noticed after %v", took)
		}
	})
}
