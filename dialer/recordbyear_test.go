//go:build integration

package dialer_test

import (
	"encoding/binary"
	"io"
	"math"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/recording"
	"github.com/hasshin/hasshin/dialer/upload/s3test"
	"github.com/hasshin/hasshin/internal/phone"
)

// recorded lets the campaign's calls be recorded.
func recorded(t *testing.T, policy recording.Policy) func(*dialer.Config) {
	dir := t.TempDir()
	return func(c *dialer.Config) {
		c.Recordings.Directory = dir
		k := c.Campaigns[spring]
		k.Recording = policy
		c.Campaigns[spring] = k
		boss := c.Agents[sumire]
		boss.Role = agent.RoleAdmin
		c.Agents[sumire] = boss
	}
}

// stored waits until a call has so many recordings, all with their files, and answers them in the order of their parts.
func (h *house) stored(call string, count int) []recording.Meta {
	h.t.Helper()
	var found []recording.Meta
	asterisktest.Eventually(h.t, patience, func() bool {
		var err error
		found, err = h.engine.Recordings(h.ctx(), sumire, recording.Query{Call: call})
		must(h.t, err)
		return len(found) == count && !slices.ContainsFunc(found, func(m recording.Meta) bool { return m.State != recording.Stored })
	}, "the recordings are kept")
	slices.Reverse(found)
	return found
}

// sound is a recording's samples, by channel.
type sound [][]int16

const (
	sampleRate = 8000
	frame      = sampleRate / 50
)

// noFileLeft asserts that Asterisk has no file of a recording any more: it goes once the recording is known to be stored.
func (h *house) noFileLeft() {
	h.t.Helper()
	asterisktest.Eventually(h.t, patience, func() bool {
		stored, err := h.ari.Recordings.ListStored(h.ctx())
		must(h.t, err)
		return len(stored) == 0
	}, "Asterisk has no file of a recording any more")
}

// hear opens a recording and takes it apart.
func (h *house) hear(m recording.Meta) sound {
	h.t.Helper()
	_, file, err := h.engine.OpenRecording(h.ctx(), sumire, m.ID, true)
	must(h.t, err)
	defer file.Close()
	wav, err := io.ReadAll(file)
	must(h.t, err)
	le := binary.LittleEndian
	channels := int(le.Uint16(wav[22:]))
	if string(wav[:4]) != "RIFF" || string(wav[8:16]) != "WAVEfmt " || le.Uint32(wav[24:]) != sampleRate || le.Uint16(wav[34:]) != 16 ||
		int(le.Uint32(wav[4:])) != len(wav)-8 || int(le.Uint32(wav[40:])) != len(wav)-44 || m.Size != int64(len(wav)) {
		h.t.Fatalf("%s is no WAV file of %d Hz, or its header is wrong: % x", m.File, sampleRate, wav[:44])
	}
	s := make(sound, channels)
	for i, data := 0, wav[44:]; len(data) >= 2; i, data = i+1, data[2:] {
		s[i%channels] = append(s[i%channels], int16(le.Uint16(data)))
	}
	if plays := len(s[0]) * 1000 / sampleRate; int64(plays) != m.Millis {
		h.t.Errorf("%s plays for %d ms, and is said to for %d", m.File, plays, m.Millis)
	}
	return s
}

// has tells how loud a voice is in a stretch of a channel, from 0 to 1 of all that is there (Goertzel).
func has(samples []int16, voice phone.Voice) (share float64) {
	var power, s1, s2 float64
	c := 2 * math.Cos(2*math.Pi*float64(voice)/sampleRate)
	for _, v := range samples {
		x := float64(v)
		power += x * x
		s1, s2 = x+c*s1-s2, s1
	}
	if power < 1000*float64(len(samples)) { // quieter than -60 dB: nothing
		return 0
	}
	return (s1*s1 + s2*s2 - c*s1*s2) * 2 / (float64(len(samples)) * power)
}

// silent tells whether a stretch has nothing at all.
func silent(samples []int16) bool {
	return !slices.ContainsFunc(samples, func(v int16) bool { return v > 40 || v < -40 })
}

// frames counts those of 20 ms in which a voice is heard, and those in which nothing is.
func frames(samples []int16, voice phone.Voice) (heard, quiet, all int) {
	for part := range slices.Chunk(samples, frame) {
		all++
		switch {
		case has(part, voice) > 0.6:
			heard++
		case silent(part):
			quiet++
		}
	}
	return heard, quiet, all
}

// exact tells whether the machine is quiet enough to ask for every sample: Asterisk's snoop channels lose what they come too late for.
var exact = os.Getenv("HASSHIN_RECORDINGS") != ""

// holds asserts that a channel has a voice for a share of the time, and none of the others.
func holds(t *testing.T, what string, samples []int16, voice phone.Voice, share float64, others ...phone.Voice) {
	t.Helper()
	if heard, _, all := frames(samples, voice); all < 10 || float64(heard) < share*float64(all) {
		t.Errorf("%s: %v is heard in %d of %d frames", what, voice, heard, all)
	}
	for _, other := range others {
		few := fewFrames // one with a splice in it may look like anything
		if other == secretVoice {
			few = 0
		}
		if heard, _, _ := frames(samples, other); heard > few {
			t.Errorf("%s: %v is heard in %d frames", what, other, heard)
		}
	}
}

// lasts asserts that a file plays as long as was recorded.
func lasts(t *testing.T, m recording.Meta) {
	t.Helper()
	took := m.Ended.Sub(m.Started).Milliseconds()
	least, most := took*3/4, took*5/4
	if exact {
		least, most = took-100, took+100
	}
	if m.Millis < least || m.Millis > most || m.Problem != "" && exact {
		t.Errorf("part %d plays for %d ms, was recorded for %d: %s", m.Part, m.Millis, took, m.Problem)
	}
	t.Logf("part %d %s: %d ms, recorded for %d ms, %s", m.Part, m.Kind, m.Millis, took, m.File)
}

// secretVoice says what must not be recorded.
var secretVoice = phone.VoiceAt(6)

func TestACallIsRecordedInStereo(t *testing.T) {
	policy := recording.Policy{When: recording.Always, Channels: recording.Stereo, Consultations: true}
	storage := s3test.New(t)
	uploaded := func(c *dialer.Config) { c.Recordings.Upload = storage.Config() }
	h := newHouse(t, map[string]phone.Behaviour{"0001": phone.Answer(), "0007": phone.Answer().Saying(targetVoice)}, withTaro, withSumire, recorded(t, policy), uploaded)
	h.journal = dialer.NewRedisJournal(h.rdb)
	s := &story{house: h}
	s.agent, s.contact, s.id = h.talking()
	is := func(state string) {
		t.Helper()
		asterisktest.Eventually(t, patience, func() bool {
			v, err := h.engine.Call(h.ctx(), hanako, s.id)
			must(t, err)
			return v.Recording != nil && v.Recording.State == state
		}, "the recording is "+state)
	}
	is("recording")
	<-time.After(time.Second)

	// Card data: nothing of the pause is in the file.
	_, err := h.engine.PauseRecording(h.ctx(), hanako, s.id)
	must(t, err)
	is("paused")
	secretly := func() {
		t.Helper()
		for _, who := range []*phone.Call{s.agent.leg, s.contact} {
			voice := who.Voice()
			_, err := who.Say(h.ctx(), secretVoice)
			must(t, err)
			defer func() {
				_, err := who.Say(h.ctx(), voice)
				must(t, err)
			}()
		}
		<-time.After(time.Second)
	}
	secretly()
	<-time.After(200 * time.Millisecond) // what was said is on its way
	_, err = h.engine.ResumeRecording(h.ctx(), hanako, s.id)
	must(t, err)
	<-time.After(time.Second)
	if _, err = h.engine.StopRecording(h.ctx(), hanako, s.id); err == nil {
		t.Error("recording was stopped in a campaign all whose calls are recorded")
	}

	// On hold nothing is recorded, and the conversation goes on in the same part.
	s.do(func() (dialer.CallView, error) { return h.engine.Hold(h.ctx(), hanako, s.id) }, "held")
	is("waiting")
	secretly()
	<-time.After(200 * time.Millisecond)
	s.do(func() (dialer.CallView, error) { return h.engine.Resume(h.ctx(), hanako, s.id) }, "talking")
	is("recording")
	<-time.After(1500 * time.Millisecond)

	// A consultation is a part of its own.
	s.do(func() (dialer.CallView, error) {
		return h.engine.StartConsultation(h.ctx(), hanako, s.id, to(dialer.TargetNumber, outside))
	}, "consult-ringing")
	s.agent.await(s.id, "consulting")
	is("recording")
	<-time.After(time.Second)
	s.do(func() (dialer.CallView, error) { return h.engine.EndConsultation(h.ctx(), hanako, s.id) }, "held")
	s.do(func() (dialer.CallView, error) { return h.engine.Resume(h.ctx(), hanako, s.id) }, "talking")
	is("recording")
	phone.AssertHears(t, phone.WhoHears{s.agent.leg: {s.contact}, s.contact: {s.agent.leg}})
	<-time.After(3 * time.Second)
	s.do(func() (dialer.CallView, error) { return h.engine.End(h.ctx(), hanako, s.id) }, "wrap-up")

	parts := h.stored(s.id, 3)
	kinds := []recording.Kind{parts[0].Kind, parts[1].Kind, parts[2].Kind}
	if want := []recording.Kind{recording.Conversation, recording.Consultation, recording.Conversation}; !slices.Equal(kinds, want) {
		t.Errorf("the parts are %v, want %v", kinds, want)
	}
	for _, m := range parts {
		lasts(t, m)
	}
	first := h.hear(parts[0])
	holds(t, "left", first[0], agentVoice, 0.3, secretVoice, contactVoice, targetVoice)
	holds(t, "right", first[1], contactVoice, 0.3, secretVoice, agentVoice, targetVoice)
	for side, samples := range first { // the pause and the hold
		if _, quiet, all := frames(samples, secretVoice); quiet < 80 {
			t.Errorf("channel %d is silent in %d of %d frames, want the pause and the hold to be", side, quiet, all)
		}
	}
	second := h.hear(parts[1])
	holds(t, "left, in the consultation", second[0], agentVoice, 0.7, contactVoice, targetVoice)
	holds(t, "right, in the consultation", second[1], targetVoice, 0.7, contactVoice, agentVoice)
	third := h.hear(parts[2])
	holds(t, "left, after it", third[0], agentVoice, 0.7, contactVoice)
	holds(t, "right, after it", third[1], contactVoice, 0.7, agentVoice)

	asterisktest.Eventually(t, patience, func() bool {
		return !slices.ContainsFunc(h.stored(s.id, 3), func(m recording.Meta) bool { return m.Upload == nil || m.Upload.State != recording.Uploaded })
	}, "the recordings are uploaded")
	h.noFileLeft()
	must(t, h.engine.DeleteRecording(h.ctx(), sumire, parts[0].ID))
	if _, _, err := h.engine.OpenRecording(h.ctx(), sumire, parts[0].ID, true); err == nil {
		t.Error("a deleted recording can be heard")
	}
	if _, err := h.engine.Recordings(h.ctx(), hanako, recording.Query{}); err != nil {
		t.Error(err)
	}
	s.finish()
}
