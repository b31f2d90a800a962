//go:build integration

package dialer_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/recording"
	"github.com/hasshin/hasshin/internal/phone"
)

// Fifty conversations that are recorded at once, beside as many that are not. `make recordings-fifty` says so; it wants a machine with nothing else to do.
const (
	fifty      = 50
	fiftyTalks = 20 * time.Second
)

// fiftyCall is one of them. No two have the same two voices.
type fiftyCall struct {
	who     *human
	contact *phone.Call
	id      string
	voices  [2]phone.Voice // the agent's, the contact's
}

func fiftyVoices(i int) [2]phone.Voice {
	all := phone.Voices()
	return [2]phone.Voice{all[i%11], all[11+i%12]}
}

func fiftyAgent(i int) string { return fmt.Sprintf("fifty-%02d", i) }

// fiftyTalking brings all of them together.
func fiftyTalking(t *testing.T, policy recording.Policy) (*house, []*fiftyCall) {
	t.Helper()
	answers, numbers := map[string]phone.Behaviour{}, []string(nil)
	for i := range fifty {
		voiceOf[fiftyAgent(i)] = fiftyVoices(i)[0]
		number := fmt.Sprintf("01%02d", i)
		answers[number] = phone.Answer().Saying(fiftyVoices(i)[1])
		numbers = append(numbers, "090-1234-"+number)
	}
	h := newHouseOn(t, []asterisktest.Option{asterisktest.WithRTPPorts(1000)}, answers, withSumire, recorded(t, policy), func(c *dialer.Config) {
		for i := range fifty {
			c.Agents[fiftyAgent(i)] = c.Agents[hanako]
		}
	})
	h.logLevel = zerolog.WarnLevel
	h.open(numbers...)
	calls := make([]*fiftyCall, fifty)
	for i := range calls {
		c := &fiftyCall{who: h.arrive(fiftyAgent(i))}
		v := c.who.record()
		c.id = v.ID
		c.who.accept(c.id)
		c.contact = h.contact()
		c.who.await(c.id, "talking")
		var n int
		_, err := fmt.Sscanf(c.contact.Number()[len(c.contact.Number())-2:], "%d", &n)
		must(t, err)
		c.voices = [2]phone.Voice{fiftyVoices(i)[0], fiftyVoices(n)[1]}
		calls[i] = c
	}
	return h, calls
}

// gaps is what is missing of live audio, of all ears together.
type gaps struct {
	frames, missing int           // of 20 ms
	longest         time.Duration // without the voice
	ears            int           // that missed more than fewFrames in a row
}

func (g gaps) String() string {
	return fmt.Sprintf("%d of %d frames of 20 ms missing (%.3f %%), longest gap %v, %d of %d ears with a gap above %d frames",
		g.missing, g.frames, 100*float64(g.missing)/float64(g.frames), g.longest, g.ears, 2*fifty, fewFrames)
}

// heardIn sums up what all ears heard of those they talk with.
func heardIn(calls []*fiftyCall, from, to time.Time) (g gaps) {
	for _, c := range calls {
		for ear, voice := range map[*phone.Call]phone.Voice{c.who.leg: c.voices[1], c.contact: c.voices[0]} {
			heard, last, worst := 0, from, time.Duration(0)
			for _, s := range ear.Ear().Timeline(from, to) {
				if slices.Contains(s.Heard, voice) {
					heard += s.Frames
					worst = max(worst, s.From.Sub(last))
					last = s.To
				}
			}
			worst = max(worst, to.Sub(last))
			sent := int(to.Sub(from) / (20 * time.Millisecond))
			g.frames += sent
			g.missing += max(sent-heard, 0)
			g.longest = max(g.longest, worst.Round(time.Millisecond))
			if worst > fewFrames*20*time.Millisecond {
				g.ears++
			}
		}
	}
	return g
}

func TestFiftyRecordingsAtOnce(t *testing.T) {
	if os.Getenv("HASSHIN_FIFTY") == "" {
		t.Skip("make recordings-fifty does this")
	}
	var without, with gaps
	var files []recording.Meta
	run := func(name string, policy recording.Policy, after func(t *testing.T, h *house, calls []*fiftyCall)) (g gaps) {
		in := func(t *testing.T) {
			h, calls := fiftyTalking(t, policy)
			<-time.After(time.Second)
			from := time.Now()
			<-time.After(fiftyTalks)
			to := time.Now()
			<-time.After(200 * time.Millisecond) // what was sent is on its way
			g = heardIn(calls, from, to)
			var ending sync.WaitGroup
			for _, c := range calls {
				ending.Go(func() {
					if _, err := h.engine.End(h.t.Context(), c.who.id, c.id); err != nil {
						t.Error(err)
					}
				})
			}
			ending.Wait()
			after(t, h, calls)
			for _, c := range calls {
				_, err := h.engine.Done(h.ctx(), c.who.id, c.id, dialer.DoneOptions{Disposition: "sale", Stop: true})
				must(t, err)
			}
		}
		t.Run(name, func(t *testing.T) { t.Run("calls", in) }) // houses are side by side, but for this: one has ended when the next begins
		return g
	}
	without = run("without", recording.Policy{When: recording.Never}, func(*testing.T, *house, []*fiftyCall) {})
	with = run("recorded", recording.Policy{When: recording.Always, Channels: recording.Stereo}, func(t *testing.T, h *house, calls []*fiftyCall) {
		for _, c := range calls {
			m := h.stored(c.id, 1)[0]
			files = append(files, m)
			took := m.Ended.Sub(m.Started).Milliseconds()
			if m.Problem != "" || m.Millis < took-100 || m.Millis > took+100 {
				t.Errorf("%s plays for %d ms, was recorded for %d: %s", m.File, m.Millis, took, m.Problem)
			}
			sound := h.hear(m)
			for side, voice := range c.voices {
				heard, _, all := frames(sound[side], voice)
				if all-heard > all/50+fewFrames {
					t.Errorf("%s: %v is heard in %d of %d frames of channel %d", m.File, voice, heard, all, side)
				}
				if other, _, _ := frames(sound[side], c.voices[1-side]); other > fewFrames {
					t.Errorf("%s: %v is heard in %d frames of channel %d", m.File, c.voices[1-side], other, side)
				}
			}
		}
	})
	worst := int64(0)
	for _, m := range files {
		took := m.Ended.Sub(m.Started).Milliseconds()
		worst = max(worst, took-m.Millis, m.Millis-took)
	}
	t.Logf("not recorded: %v", without)
	t.Logf("recorded:     %v", with)
	t.Logf("%d files, the worst %d ms off", len(files), worst)
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		t.Logf("load %s", strings.TrimSpace(string(load)))
	}
	if with.longest > without.longest+fewFrames*20*time.Millisecond || with.missing > without.missing+with.frames/1000 {
		t.Error("recording takes something out of the voices")
	}
}
