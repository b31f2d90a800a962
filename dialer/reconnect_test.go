package dialer

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A phone that is being rung while the connection to Asterisk is made anew is not in the list of channels that was read meanwhile; that does not
// say that it is gone.
func TestAPhoneRungWhileAsteriskIsReconnectedIsNotTakenForGone(t *testing.T) {
	var slow atomic.Bool
	s := newSlowShift(t, func(method, path string) time.Duration {
		if slow.Load() && method == "POST" && strings.HasPrefix(path, "/ari/channels") {
			return time.Second
		}
		return 0
	})
	slow.Store(true)
	_, err := s.engine.SignIn(s.ctx(), "hanako")
	s.must(err)
	rung := make(chan error, 1)
	go func() {
		_, err := s.engine.ConnectPhone(s.ctx(), "hanako")
		rung <- err
	}()
	s.eventually("the phone is being rung", func() bool {
		a, err := s.engine.Agent(s.ctx(), "hanako")
		return err == nil && a.Phone.State == "ringing"
	})
	s.asterisk.Drop()
	s.eventually("the connection is lost", func() bool { return s.engine.Available() != nil })
	s.eventually("it is back", func() bool { return s.engine.Available() == nil })
	if err := <-rung; err != nil {
		t.Errorf("the phone: %v", err)
	}
}
