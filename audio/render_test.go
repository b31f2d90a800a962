package audio

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// strength is the amplitude of a frequency in samples, by the Goertzel algorithm.
func strength(samples []int16, hz float64, rate int) float64 {
	k := 2 * math.Cos(2*math.Pi*hz/float64(rate))
	var s1, s2 float64
	for _, x := range samples {
		s1, s2 = float64(x)+k*s1-s2, s1
	}
	return math.Sqrt(max(0, s1*s1+s2*s2-k*s1*s2)) * 2 / float64(len(samples))
}

// pitch finds the strongest of the semitones from 300 to 1,500 Hz.
func pitch(samples []int16, rate int) float64 {
	best, at := 0.0, 0.0
	for hz := 300.0; hz < 1500; hz *= math.Pow(2, 1.0/24) {
		if s := strength(samples, hz, rate); s > best {
			best, at = s, hz
		}
	}
	return at
}

// Every rendered tone must have its notes, in order, at their pitch and place, and silence between them.
func TestRenderedTonesHaveTheirNotes(t *testing.T) {
	for _, rate := range []int{RateNarrow, RateWide, RateFull} {
		for _, tone := range Tones() {
			samples := tone.Render(rate)
			at := 0
			for i, n := range tone.Notes {
				length, gap := n.Milliseconds*rate/1000, n.Gap*rate/1000
				note := samples[at : at+length]
				if got := pitch(note, rate); math.Abs(math.Log2(got/float64(n.Hz))) > 1.0/24 {
					t.Errorf("%s at %d: note %d sounds at %.0f Hz, want %d", tone.Name, rate, i+1, got, n.Hz)
				}
				if s := strength(note, float64(n.Hz), rate); s < tone.Peak*math.MaxInt16/8 {
					t.Errorf("%s at %d: note %d is faint: %.0f", tone.Name, rate, i+1, s)
				}
				for j, x := range samples[at+length : at+length+gap] {
					if x != 0 {
						t.Errorf("%s at %d: sound in the gap after note %d, sample %d", tone.Name, rate, i+1, j)
						break
					}
				}
				at += length + gap
			}
			if at != len(samples) {
				t.Errorf("%s at %d: %d samples, want %d", tone.Name, rate, len(samples), at)
			}
		}
	}
}

// No sample may clip, each note begins and ends at zero, and its loudness has no step: a step clicks. The bound is what the note's own
// waveform can do from one sample to the next, and the envelope little more.
func TestRenderedTonesDoNotClick(t *testing.T) {
	for _, rate := range []int{RateNarrow, RateWide, RateFull} {
		for _, tone := range Tones() {
			samples := tone.Render(rate)
			limit := tone.Peak * math.MaxInt16
			highest := 0
			for _, n := range tone.Notes {
				highest = max(highest, n.Hz)
			}
			step := 0.0
			total := 0.0
			for i, p := range envelope.Partials {
				step += p * 2 * math.Sin(math.Pi*float64(highest*(i+1))/float64(rate))
				total += p
			}
			step = step/total*limit + 4
			previous := int16(0)
			for i, x := range append(samples, 0) {
				if math.Abs(float64(x)) > limit+1 {
					t.Fatalf("%s at %d: sample %d is %d, above the peak of %.0f", tone.Name, rate, i, x, limit)
				}
				if d := math.Abs(float64(x) - float64(previous)); d > step {
					t.Fatalf("%s at %d: a step of %.0f at sample %d, at most %.0f is the sound's own", tone.Name, rate, d, i, step)
				}
				previous = x
			}
			if samples[0] != 0 || samples[len(samples)-1] != 0 {
				t.Errorf("%s at %d begins at %d and ends at %d, want 0", tone.Name, rate, samples[0], samples[len(samples)-1])
			}
		}
	}
}

// alike tells whether people would confuse two tones: as many notes, each within a semitone and a quarter of the length of the other's.
func alike(a, b Tone) bool {
	if len(a.Notes) != len(b.Notes) {
		return false
	}
	for i := range a.Notes {
		interval := math.Abs(math.Log2(float64(a.Notes[i].Hz) / float64(b.Notes[i].Hz)))
		longer := math.Abs(math.Log(float64(a.Notes[i].Milliseconds) / float64(b.Notes[i].Milliseconds)))
		if interval > 1.5/12 || longer > math.Log(1.25) {
			return false
		}
	}
	return true
}

// melody is a tone as intervals in semitones, which is what one remembers of it wherever it is pitched.
func melody(tone Tone) string {
	var out string
	for i, n := range tone.Notes[1:] {
		out += fmt.Sprintf(" %+.0f", 12*math.Log2(float64(n.Hz)/float64(tone.Notes[i].Hz)))
	}
	return out
}

func TestTonesAreTellable(t *testing.T) {
	all := Tones()
	for i, a := range all {
		for _, b := range all[:i] {
			if alike(a, b) {
				t.Errorf("%s and %s are alike", a.Name, b.Name)
			}
			if len(a.Notes) > 1 && melody(a) == melody(b) {
				t.Errorf("%s and %s have the same melody", a.Name, b.Name)
			}
		}
		if d := a.Duration(); d < 100*time.Millisecond || d > 700*time.Millisecond {
			t.Errorf("%s lasts %v", a.Name, d)
		}
		if last := a.Notes[len(a.Notes)-1]; last.Gap != 0 {
			t.Errorf("%s ends with a gap", a.Name)
		}
	}
	shift := func(t Tone, by float64) Tone {
		notes := append([]Note(nil), t.Notes...)
		for i := range notes {
			notes[i].Hz = int(float64(notes[i].Hz) * by)
		}
		t.Notes = notes
		return t
	}
	if !alike(all[0], shift(all[0], 1.03)) {
		t.Error("alike does not see that two tones half a semitone apart are alike")
	}
}

func TestWAVHeader(t *testing.T) {
	tone, _ := ToneNamed("offered")
	for _, rate := range []int{RateNarrow, RateWide, RateFull} {
		wav, samples := tone.WAV(rate), tone.Render(rate)
		if string(wav[:4]) != "RIFF" || string(wav[8:16]) != "WAVEfmt " || string(wav[36:40]) != "data" {
			t.Fatalf("chunks: %q", wav[:44])
		}
		le := binary.LittleEndian
		for what, pair := range map[string][2]int{
			"size of RIFF": {int(le.Uint32(wav[4:])), len(wav) - 8},
			"format":       {int(le.Uint16(wav[20:])), 1},
			"channels":     {int(le.Uint16(wav[22:])), 1},
			"rate":         {int(le.Uint32(wav[24:])), rate},
			"byte rate":    {int(le.Uint32(wav[28:])), 2 * rate},
			"block":        {int(le.Uint16(wav[32:])), 2},
			"bits":         {int(le.Uint16(wav[34:])), 16},
			"size of data": {int(le.Uint32(wav[40:])), 2 * len(samples)},
			"a sample":     {int(int16(le.Uint16(wav[44+2*100:]))), int(samples[100])},
			"last sample":  {int(int16(le.Uint16(wav[len(wav)-2:]))), 0},
			"whole length": {len(wav), 44 + 2*len(samples)},
		} {
			if pair[0] != pair[1] {
				t.Errorf("at %d: %s is %d, want %d", rate, what, pair[0], pair[1])
			}
		}
	}
}

// The sound files in the repository are what the table renders.
func TestSoundFilesAreUpToDate(t *testing.T) {
	dir := filepath.Join("..", "deploy", "asterisk", "sounds", SoundDirectory)
	there, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := Defaults().Files()
	if len(there) != len(files) || len(files) != 3*len(Events()) {
		t.Errorf("%d sound files, %d rendered, %d events; run go generate ./audio", len(there), len(files), len(Events()))
	}
	for _, f := range files {
		got, err := os.ReadFile(filepath.Join(dir, f.Name))
		if err != nil {
			t.Error(err)
			continue
		}
		if string(got) != string(f.Content) {
			t.Errorf("%s differs from what its table says; run go generate ./audio", f.Name)
		}
	}
}
