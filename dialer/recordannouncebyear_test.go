//go:build integration

package dialer_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/recording"
	"github.com/hasshin/hasshin/internal/phone"
)

// Everybody on the call hears that recording begins, each time that the agent begins it, over the conversation; it is not in the file.
func TestARecordingIsAnnouncedToEverybody(t *testing.T) {
	policy := recording.Policy{When: recording.OnDemand, Channels: recording.Stereo, Announcement: "beep"}
	h := newHouse(t, map[string]phone.Behaviour{"0001": phone.Answer()}, withSumire, recorded(t, policy))
	s := &story{house: h}
	s.agent, s.contact, s.id = h.talking()
	ears := []*phone.Call{s.agent.leg, s.contact}
	for range 2 {
		began := time.Now()
		for _, ear := range ears {
			if at, heard := ear.Ear().FirstHeard(phone.Music, began); heard {
				t.Fatalf("%v hears a sound before: at %v", ear, at)
			}
		}
		_, err := h.engine.StartRecording(h.ctx(), hanako, s.id)
		must(t, err)
		for _, ear := range ears {
			over, err := ear.Ear().WaitOver(h.ctx(), phone.Music, began)
			must(t, err)
			heard := time.Duration(0)
			for _, span := range ear.Ear().Timeline(began, time.Time{}) {
				if slices.Contains(span.Heard, phone.Music) {
					heard += time.Duration(span.Frames) * 20 * time.Millisecond
				}
			}
			t.Logf("%v heard the beep for %v, until %v after it was asked for", ear, heard, over.Sub(began).Round(time.Millisecond))
			if heard < 100*time.Millisecond || heard > time.Second {
				t.Errorf("%v heard the beep for %v", ear, heard)
			}
		}
		s.hears(phone.WhoHears{s.agent.leg: {s.contact}, s.contact: {s.agent.leg}})
		<-time.After(time.Second)
		_, err = h.engine.StopRecording(h.ctx(), hanako, s.id)
		must(t, err)
	}
	for _, m := range h.stored(s.id, 2) {
		lasts(t, m)
		sound := h.hear(m)
		holds(t, "left", sound[0], agentVoice, 0.7, contactVoice)
		holds(t, "right", sound[1], contactVoice, 0.7, agentVoice)
	}
	s.do(func() (dialer.CallView, error) { return h.engine.End(h.ctx(), hanako, s.id) }, "wrap-up")
	s.finish()
}

// A sound that Asterisk does not have is told of: by the log, and for good by the recording.
func TestAnAnnouncementThatNobodyHeardIsTold(t *testing.T) {
	policy := recording.Policy{When: recording.Always, Channels: recording.Stereo, Announcement: "custom/nothing"}
	h := newHouse(t, map[string]phone.Behaviour{"0001": phone.Answer()}, withSumire, recorded(t, policy))
	s := &story{house: h}
	s.agent, s.contact, s.id = h.talking()
	asterisktest.Eventually(t, patience, func() bool {
		return slices.Contains(h.complaints.list(), "the announcement of the recording was not played")
	}, "the log says so")
	s.do(func() (dialer.CallView, error) { return h.engine.End(h.ctx(), hanako, s.id) }, "wrap-up")
	if m := h.stored(s.id, 1)[0]; !strings.Contains(m.Problem, "its announcement, custom/nothing, was not played") {
		t.Errorf("the recording's problem is %q", m.Problem)
	}
	s.finish()
}
