//go:build integration

package dialer_test

import (
	"testing"
	"time"

	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/recording"
	"github.com/hasshin/hasshin/internal/phone"
)

// A recording goes on while no engine is there, and the next one makes its file. It is mono, with both voices.
func TestARecordingOutlivesItsEngine(t *testing.T) {
	h := newHouse(t, map[string]phone.Behaviour{"0001": phone.Answer()}, withSumire, recorded(t, recording.Policy{When: recording.OnDemand, Channels: recording.Mono}))
	h.journal = dialer.NewRedisJournal(h.rdb)
	s := &story{house: h}
	s.agent, s.contact, s.id = h.talking()
	v, err := h.engine.StartRecording(h.ctx(), hanako, s.id)
	must(t, err)
	if v.Recording == nil || v.Recording.State != "recording" {
		t.Fatalf("the recording is %+v", v.Recording)
	}
	h.stop()
	<-time.After(time.Second)
	h.start()
	v, err = h.engine.Call(h.ctx(), hanako, s.id)
	must(t, err)
	if v.Recording == nil || v.Recording.State != "recording" {
		t.Errorf("after the restart the recording is %+v", v.Recording)
	}
	<-time.After(500 * time.Millisecond)
	_, err = h.engine.StopRecording(h.ctx(), hanako, s.id)
	must(t, err)
	m := h.stored(s.id, 1)[0]
	lasts(t, m)
	sound := h.hear(m)
	if len(sound) != 1 {
		t.Fatalf("%d channels, want one", len(sound))
	}
	both := 0
	for i := 0; i+frame <= len(sound[0]); i += frame {
		if part := sound[0][i : i+frame]; has(part, agentVoice) > 0.3 && has(part, contactVoice) > 0.3 {
			both++
		}
	}
	if all := len(sound[0]) / frame; both < all*6/10 {
		t.Errorf("both voices are in %d of %d frames", both, all)
	}
	s.do(func() (dialer.CallView, error) { return h.engine.End(h.ctx(), hanako, s.id) }, "wrap-up")
	s.finish()
}
