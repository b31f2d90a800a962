package dialer

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// Snoop channels of one call are gone before one of the next call comes to the same leg.
func TestSnoopChannelsOfTwoCallsDoNotMeet(t *testing.T) {
	var enters func(leg, call, channel string) (time.Duration, error)
	goes := map[string]time.Time{} // when a channel is gone; the zero time is never
	var asked int
	story := func(name string, play func(t *testing.T, s *snoops)) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				clear(goes)
				asked = 0
				s := newSnoops(func(_ context.Context, channel string) (bool, error) {
					asked++
					at, known := goes[channel]
					if !known {
						return false, errors.New("the connection is lost")
					}
					return at.IsZero() || time.Now().Before(at), nil
				})
				enters = func(leg, call, channel string) (time.Duration, error) {
					begin := time.Now()
					err := s.enter(t.Context(), leg, call, channel)
					goes[channel] = time.Time{}
					return time.Since(begin), err
				}
				play(t, s)
			})
		})
	}
	want := func(t *testing.T, took time.Duration, err error, least, most time.Duration, wantErr error) {
		t.Helper()
		if took < least || took > most || !errors.Is(err, wantErr) {
			t.Errorf("entered after %s with %v, want %s to %s, %v", took, err, least, most, wantErr)
		}
	}
	story("the second waits until the first is gone", func(t *testing.T, s *snoops) {
		took, err := enters("leg", "call-1", "a")
		want(t, took, err, 0, 0, nil)
		s.ended("a") // which is not enough
		goes["a"] = time.Now().Add(45 * time.Millisecond)
		took, err = enters("leg", "call-2", "b")
		want(t, took, err, 45*time.Millisecond, 60*time.Millisecond, nil)
		took, err = enters("leg", "call-2", "c")
		want(t, took, err, 0, 0, nil)
	})
	story("nobody waits in one call, nor for another leg", func(t *testing.T, _ *snoops) {
		for _, e := range [][3]string{{"leg", "call-1", "a"}, {"leg", "call-1", "b"}, {"other", "call-2", "c"}} {
			took, err := enters(e[0], e[1], e[2])
			want(t, took, err, 0, 0, nil)
		}
		if asked != 0 {
			t.Errorf("Asterisk was asked %d times", asked)
		}
	})
	story("one that stays does not keep the next away", func(t *testing.T, _ *snoops) {
		_, _ = enters("leg", "call-1", "a")
		took, err := enters("leg", "call-2", "b")
		want(t, took, err, snoopLimit, snoopLimit, errSnoopStays)
	})
	story("what ended long ago is not asked for", func(t *testing.T, s *snoops) {
		_, _ = enters("leg", "call-1", "a")
		s.ended("a")
		time.Sleep(snoopLimit)
		took, err := enters("leg", "call-2", "b")
		want(t, took, err, 0, 0, nil)
		s.legGone("leg")
		if asked != 0 || len(s.at) != 0 {
			t.Errorf("asked %d times, %v is kept", asked, s.at)
		}
	})
	story("with the connection lost nobody waits", func(t *testing.T, _ *snoops) {
		_, _ = enters("leg", "call-1", "a")
		delete(goes, "a")
		if took, err := enters("leg", "call-2", "b"); took != 0 || err == nil {
			t.Errorf("entered after %s with %v", took, err)
		}
	})
}
