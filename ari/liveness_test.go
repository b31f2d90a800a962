package ari_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/ari/aritest"
)

// A server so busy with events that its answers to pings come late is not dead; one that says nothing at all is. Here it never
// answers pings, by a clock that stands still while anybody works.
func TestABusyConnectionIsNotTakenForADeadOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pipes := aritest.NewPipeListener()
		s := newUnstartedServer(t, nil)
		if err := s.Listener.Close(); err != nil {
			t.Fatal(err)
		}
		s.Listener = pipes
		s.Start()
		cfg := s.config()
		cfg.Dial = pipes.Dial
		c := newClient(t, cfg)
		all := c.Subscribe(ari.All())
		if err := c.Connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		expect[*ari.Connected](t, all)
		<-s.joined
		s.deaf.Store(true)
		for range 60 {
			time.Sleep(500 * time.Millisecond) // of the bubble's clock
			s.send(t, `{"type":"BridgeCreated","bridge":{"id":"b1"}}`)
			expect[*ari.BridgeCreated](t, all)
		}
		if s.pings.Load() == 0 {
			t.Error("no ping came in 30 s")
		}
		last := time.Now()
		lost := expect[*ari.Disconnected](t, all)
		if took := time.Since(last); !errors.Is(lost.Err, ari.ErrTimeout) || took > 5*time.Second {
			t.Errorf("after %s: %v; want ErrTimeout within 5 s", took, lost.Err)
		}
	})
}
