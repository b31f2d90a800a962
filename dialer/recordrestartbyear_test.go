//go:build integration

package dialer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/recording"
	"github.com/hasshin/hasshin/internal/phone"
)

// Asterisk dies in a recording and comes back: what it had written is kept, the recording says what is missing, and the next call is recorded whole.
func TestAsteriskDiesInARecording(t *testing.T) {
	policy := recording.Policy{When: recording.Always, Channels: recording.Stereo}
	h := newHouse(t, map[string]phone.Behaviour{"0001": phone.Answer()}, withSumire, recorded(t, policy))
	h.journal = dialer.NewRedisJournal(h.rdb)
	s := &story{house: h}
	s.agent, s.contact, s.id = h.talking()
	s.recordingIs("recording")
	<-time.After(2500 * time.Millisecond) // Asterisk writes every 2.05 s
	died := time.Now()
	must(t, h.ast.Kill(t.Context()))
	must(t, h.ast.Start(t.Context()))
	s.agent.await(s.id, "wrap-up")
	m := h.stored(s.id, 1)[0]
	if m.Ended.After(died.Add(time.Second)) || m.Ended.Before(died.Add(-time.Second)) {
		t.Errorf("it ended %v after Asterisk died", m.Ended.Sub(died))
	}
	for _, want := range []string{"ended while hasshin was not connected to Asterisk", "are missing at the end of the left channel", "are missing at the end of the right channel"} {
		if !strings.Contains(m.Problem, want) {
			t.Errorf("the problem is %q, want %q in it", m.Problem, want)
		}
	}
	sound := h.hear(m)
	for side, voice := range []phone.Voice{agentVoice, contactVoice} {
		if len(sound[side]) < 2*sampleRate {
			t.Errorf("of channel %d %d samples are kept, want 2 s", side, len(sound[side]))
		}
		holds(t, "until Asterisk died", sound[side], voice, 0.7, []phone.Voice{contactVoice, agentVoice}[side])
	}
	open, err := recording.NewStore(h.rdb).Open(h.ctx())
	must(t, err)
	if len(open) != 0 {
		t.Errorf("these are not over: %+v", open)
	}
	h.noFileLeft()
	t.Logf("%d ms of %v, %v after Asterisk died: %s", m.Millis, m.Ended.Sub(m.Started), time.Since(died), m.Problem)
}
