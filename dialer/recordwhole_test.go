package dialer

import (
	"bytes"
	"testing"
	"time"

	"github.com/hasshin/hasshin/dialer/recording"
)

// What a track is at its end tells whether it got on Asterisk's disk: zeros from the beginning of a block on, no more of them than Asterisk writes at once.
func TestWhatIsMissingOfARecordingIsTold(t *testing.T) {
	begin := time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)
	const second = 16000 // bytes
	track := func(voice, zeros int) []byte { return append(bytes.Repeat([]byte{1}, voice), make([]byte, zeros)...) }
	full := track(10*second, 0)
	rows := map[string]struct {
		left, right []byte
		gone        time.Duration // when the right one's leg went, from the beginning
		muted       bool          // at the end
		want        string
	}{
		"whole": {left: full, right: full},
		"short, as a machine that is busy has it": {left: full[:10*second-7000], right: full},
		"short":                       {left: full, right: full[:8*second], want: "2s are missing at the end of the right channel"},
		"nothing there":               {left: full, right: nil, want: "10s are missing at the end of the right channel"},
		"a leg that went":             {left: full, right: full[:4*second], gone: 4 * time.Second},
		"a leg that went, and short":  {left: full, right: full[:2*second], gone: 4 * time.Second, want: "2s are missing at the end of the right channel"},
		"the end not written":         {left: full, right: track(4*32768, 10*second-4*32768), want: "the last 1.81s of the right channel did not get on Asterisk's disk; is it full?"},
		"half of it written":          {left: track(4*32768+3*4096, 10*second-4*32768-3*4096), right: full, want: "the last 1.04s of the left channel did not get on Asterisk's disk; is it full?"},
		"somebody is silent":          {left: full, right: track(4*32768+320, 10*second-4*32768-320)},
		"somebody is silent for long": {left: full, right: track(3*32768, 10*second-3*32768)},
		"paused at the end":           {left: full, right: track(4*32768, 10*second-4*32768), muted: true},
		"one has said nothing":        {left: full, right: make([]byte, 10*second)},
	}
	for what, row := range rows {
		t.Run(what, func(t *testing.T) {
			m := &recording.Meta{Channels: recording.Stereo, Started: begin, Ended: begin.Add(10 * time.Second)}
			m.Tracks = []recording.Track{{Channel: 0, Started: begin}, {Channel: 1, Started: begin}}
			if row.gone > 0 {
				m.Tracks[1].Ended = begin.Add(row.gone)
			}
			if row.muted {
				m.Pauses = []recording.Pause{{From: begin.Add(5 * time.Second), To: m.Ended}}
			}
			judged(t, m, row.left, row.right)
			if m.Problem != row.want {
				t.Errorf("problem %q, want %q", m.Problem, row.want)
			}
		})
	}
	for what, size := range map[string]int{"nothing of it got on Asterisk's disk; is it full?": second, "": 3 * second} {
		m := &recording.Meta{Channels: recording.Stereo, Started: begin, Ended: begin.Add(time.Duration(size) * time.Second / second)}
		m.Tracks = []recording.Track{{Channel: 0, Started: begin}, {Channel: 1, Started: begin}}
		judged(t, m, make([]byte, size), make([]byte, size))
		if m.Problem != what {
			t.Errorf("%d bytes that are nothing but zeros: problem %q, want %q", size, m.Problem, what)
		}
	}
}

// judged looks at the tracks of a recording as is done when its file is made.
func judged(t *testing.T, m *recording.Meta, tracks ...[]byte) {
	t.Helper()
	w := newWholeness(m)
	for i, samples := range tracks {
		size := int64(len(samples))
		w.track(m.Tracks[i], size)
		if err := w.written(m.Tracks[i], bytes.NewReader(samples), size, size); err != nil {
			t.Fatal(err)
		}
	}
	w.judge()
}
