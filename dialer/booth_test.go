package dialer

import (
	"strings"
	"testing"
	"time"
)

// The order to destroy the old booth may be slow; the new one must not be hit by it.
func TestAPhoneThatIsConnectedAgainAtOnceIsInItsBooth(t *testing.T) {
	s := newSlowShift(t, func(method, path string) time.Duration {
		if method == "DELETE" && strings.Contains(path, "bridges") {
			return 100 * time.Millisecond
		}
		return 0
	})
	s.arrive("hanako")
	_, err := s.engine.DisconnectPhone(s.ctx(), "hanako")
	s.must(err)
	_, err = s.engine.ConnectPhone(s.ctx(), "hanako")
	s.must(err)
	time.Sleep(300 * time.Millisecond)
	if booth := s.asterisk.Bridges()[boothBridge("hanako")]; len(booth) != 1 {
		t.Errorf("the booth has %v, want the phone", booth)
	}
}
