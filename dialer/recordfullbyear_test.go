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

// recordingDisk is where Asterisk records to.
const recordingDisk = "/var/spool/asterisk/recording"

// onDisk runs a command where Asterisk records to.
func (h *house) onDisk(command string) {
	h.t.Helper()
	if out, err := h.ast.Exec(h.ctx(), "sh", "-c", "cd "+recordingDisk+" && "+command); err != nil {
		h.t.Fatalf("%v: %s", err, out)
	}
}

// fillDisk leaves no room there: cat ends when it is full.
func (h *house) fillDisk() { h.onDisk("! cat /dev/zero > filler 2> /dev/null") }

// figure is the sum of a counter or gauge of the present engine, of those with a label.
func (h *house) figure(name, label string) (sum float64) {
	h.t.Helper()
	families, err := h.figures.Gather()
	must(h.t, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			of := label == ""
			for _, l := range m.GetLabel() {
				of = of || l.GetValue() == label
			}
			if f.GetName() == name && of {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return sum
}

// recordingIs waits until the call's recording is in a state.
func (s *story) recordingIs(state string) dialer.CallView {
	s.t.Helper()
	var v dialer.CallView
	asterisktest.Eventually(s.t, patience, func() bool {
		var err error
		v, err = s.engine.Call(s.ctx(), hanako, s.id)
		must(s.t, err)
		return v.Recording != nil && v.Recording.State == state
	}, "the recording is "+state)
	return v
}

// Asterisk's disk gets full in a recording, and once more just before a recording's end, when Asterisk itself notices nothing. Both are told, what was
// recorded before is kept, and nobody on the line notices.
func TestTheDiskOfAsteriskGetsFullInARecording(t *testing.T) {
	disk := asterisktest.WithSmallDisk(recordingDisk, 256<<10)
	policy := recording.Policy{When: recording.Always, Channels: recording.Stereo}
	h := newHouseOn(t, []asterisktest.Option{disk}, map[string]phone.Behaviour{"0001": phone.Answer()}, withSumire, recorded(t, policy))
	s := &story{house: h}
	s.agent, s.contact, s.id = h.talking()
	s.recordingIs("recording")
	began := time.Now()
	<-time.After(2500 * time.Millisecond) // Asterisk writes every 2.05 s
	h.fillDisk()
	v := s.recordingIs("failed")
	if !strings.Contains(v.Recording.Problem, "is its disk full?") || !slices.Contains(v.Recording.Allowed, "record-start") {
		t.Errorf("the call says %+v", v.Recording)
	}
	if !slices.Contains(h.complaints.list(), "the call is not recorded") {
		t.Errorf("the log says %q", h.complaints.list())
	}
	if n := h.figure("hasshin_recordings_broken_off_total", spring); n != 1 {
		t.Errorf("%v recordings have broken off, by the figures", n)
	}
	live, err := h.engine.LiveCalls(h.ctx(), sumire)
	must(t, err)
	if len(live) != 1 || live[0].Recording != "failed" || live[0].RecordingProblem != v.Recording.Problem {
		t.Errorf("a supervisor sees %+v", live)
	}
	first := h.stored(s.id, 1)[0]
	h.onDisk("test \"$(ls)\" = filler") // what was recorded has left the disk

	h.onDisk("rm filler")
	_, err = h.engine.StartRecording(h.ctx(), hanako, s.id)
	must(t, err)
	s.recordingIs("recording")
	<-time.After(time.Second)
	undisturbed(t, s.agent.leg, contactVoice, began, time.Now())
	undisturbed(t, s.contact, agentVoice, began, time.Now())
	h.fillDisk()
	s.do(func() (dialer.CallView, error) { return h.engine.End(h.ctx(), hanako, s.id) }, "wrap-up")
	second := h.stored(s.id, 2)[1]

	sound := h.hear(first)
	for side, voice := range []phone.Voice{agentVoice, contactVoice} {
		if len(sound[side]) < 2*sampleRate {
			t.Errorf("of channel %d %d samples are kept, want 2 s", side, len(sound[side]))
		}
		holds(t, "before the disk was full", sound[side], voice, 0.7, []phone.Voice{contactVoice, agentVoice}[side])
	}
	for _, want := range []string{"ended by Asterisk itself; is its disk full?", "are missing at the end of the left channel", "are missing at the end of the right channel"} {
		if !strings.Contains(first.Problem, want) {
			t.Errorf("the first part's problem is %q, want %q in it", first.Problem, want)
		}
	}
	if second.Problem != "nothing of it got on Asterisk's disk; is it full?" {
		t.Errorf("the second part's problem is %q; it plays %d ms", second.Problem, second.Millis)
	}
	asterisktest.Eventually(t, patience, func() bool { // what is stored is counted a moment later, and done once Asterisk's part is deleted
		return h.figure("hasshin_recordings_total", "incomplete") == 2 && h.figure("hasshin_recordings_unfinished", "") == 0
	}, "two recordings are incomplete and none has no file yet, by the figures")
	s.finish()
}
