package dialer

import (
	"strings"
	"sync"
	"testing"
	"time"
)

// The order to destroy the old booth may be slow; the new one must not be hit by it.
func TestAPhoneThatIsConnectedAgainAtOnceIsInItsBooth(t *testing.T) {
	const slow = 100 * time.Millisecond
	var mu sync.Mutex
	var destroyed, made time.Time // when Asterisk was asked
	s := newSlowShift(t, func(method, path string) time.Duration {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case method == "DELETE" && strings.Contains(path, "bridges"):
			destroyed = time.Now()
			return slow
		case method == "POST" && strings.HasSuffix(path, boothBridge("hanako")):
			made = time.Now()
		}
		return 0
	})
	s.arrive("hanako")
	_, err := s.engine.DisconnectPhone(s.ctx(), "hanako")
	s.must(err)
	_, err = s.engine.ConnectPhone(s.ctx(), "hanako")
	s.must(err)
	mu.Lock()
	if destroyed.IsZero() || made.Sub(destroyed) < slow {
		t.Errorf("the new booth was asked for %v after the old one was to be destroyed, which takes %v", made.Sub(destroyed), slow)
	}
	mu.Unlock()
	if booth := s.asterisk.Bridges()[boothBridge("hanako")]; len(booth) != 1 {
		t.Errorf("the booth has %v, want the phone", booth)
	}
}
