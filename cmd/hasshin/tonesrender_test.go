package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/audio"
)

// tonesConfigText is a whole configuration with this audio section. Its tones begin in line 6.
func tonesConfigText(section string) string {
	return `redis: embedded
asterisk: [{name: ast1, url: "http://127.0.0.1:8088/ari", username: u, password: hunter2}]
trunks: {carrier: {dial: "PJSIP/{number}@carrier"}}
campaigns: {demo: {trunk: carrier, list: {region: JP}}}
audio:
` + section
}

// longHeld is clearly longer than the built-in tone of held.
const longHeld = "660/500,0/100,440/700"

// wav is what the head of a RIFF WAVE file says, and its samples.
type wav struct {
	format, channels, bits uint16
	rate, bytesPerSecond   uint32
	samples                []int16
}

func readWAV(t *testing.T, file string) wav {
	t.Helper()
	b := []byte(file)
	if len(b) < 44 || file[:4] != "RIFF" || file[8:16] != "WAVEfmt " || file[36:40] != "data" {
		t.Fatalf("%d bytes that are no WAV file: %.44q", len(b), file)
	}
	le := binary.LittleEndian
	if riff, data := le.Uint32(b[4:]), le.Uint32(b[40:]); int(riff) != len(b)-8 || int(data) != len(b)-44 {
		t.Errorf("the file has %d bytes, but says %d in all and %d of samples", len(b), riff+8, data)
	}
	w := wav{format: le.Uint16(b[20:]), channels: le.Uint16(b[22:]), rate: le.Uint32(b[24:]), bytesPerSecond: le.Uint32(b[28:]), bits: le.Uint16(b[34:])}
	for at := 44; at+2 <= len(b); at += 2 {
		w.samples = append(w.samples, int16(le.Uint16(b[at:])))
	}
	return w
}

func (w wav) lasts() time.Duration {
	return time.Duration(len(w.samples)) * time.Second / time.Duration(w.rate)
}

func (w wav) loudest() (peak int16) {
	for _, s := range w.samples {
		peak = max(peak, s, -s)
	}
	return peak
}

// rendered runs a command line that writes a WAV file to standard output.
func rendered(t *testing.T, args ...string) (wav, said) {
	t.Helper()
	got := hasshin(t, "", args...)
	if got.code != exitOK {
		t.Fatalf("%v ends with %d: %s", args, got.code, got.err)
	}
	return readWAV(t, got.out), got
}

func TestTonesRenderAtEachRate(t *testing.T) {
	held, _ := audio.ToneNamed("held")
	for _, rate := range []int{8000, 16000, 48000} {
		w, _ := rendered(t, "tones", "render", "held", "--rate", fmt.Sprint(rate))
		if w.format != 1 || w.channels != 1 || w.bits != 16 || int(w.rate) != rate || int(w.bytesPerSecond) != 2*rate {
			t.Errorf("at %d Hz: format %d, %d channels of %d bits, %d Hz, %d bytes/s; want PCM, one, 16", rate, w.format, w.channels, w.bits, w.rate, w.bytesPerSecond)
		}
		if w.lasts() != held.Duration() {
			t.Errorf("at %d Hz it lasts %v, want %v", rate, w.lasts(), held.Duration())
		}
		if w.loudest() < 1000 {
			t.Errorf("at %d Hz its loudest sample is %d: nobody hears that", rate, w.loudest())
		}
	}
}

func TestTonesWithAnotherCadence(t *testing.T) {
	path := configFile(t, tonesConfigText(fmt.Sprintf("  tones: {held: %q}\n", longHeld)))
	const lasts = 1300 * time.Millisecond

	builtIn, _ := rendered(t, "tones", "render", "held")
	changed, changedFile := rendered(t, "tones", "render", "held", "--config", path)
	if builtIn.lasts() == lasts || changed.lasts() != lasts {
		t.Errorf("held lasts %v built in and %v as configured, want %v", builtIn.lasts(), changed.lasts(), lasts)
	}
	tried, alike := rendered(t, "tones", "render", "--cadence", longHeld)
	if tried.lasts() != lasts || alike.err != "" {
		t.Errorf("tried, it lasts %v and is too much like another: %s", tried.lasts(), alike.err)
	}
	if _, again := rendered(t, "tones", "render", "--cadence", longHeld, "--config", path); !strings.Contains(again.err, "too much like held ") {
		t.Errorf("tried beside itself: %q, want that it is too much like held", again.err)
	}

	sounds := t.TempDir()
	if got := hasshin(t, "", "tones", "--write", sounds); got.code != exitOK {
		t.Fatal(got.err)
	}
	before := readSounds(t, sounds)
	if got := hasshin(t, "", "tones", "--write", sounds, "--config", path); got.code != exitOK {
		t.Fatal(got.err)
	}
	for name, content := range readSounds(t, sounds) {
		if differs := content != before[name]; differs != strings.HasPrefix(name, "held.") {
			t.Errorf("%s differs after the change of held: %t", name, differs)
		}
	}
	if w := readWAV(t, readSounds(t, sounds)["held.wav16"]); w.lasts() != lasts {
		t.Errorf("what Asterisk has lasts %v, want %v", w.lasts(), lasts)
	}
	if readSounds(t, sounds)["held.wav16"] != changedFile.out {
		t.Error("what Asterisk has is not what was rendered")
	}
}

// readSounds reads all files of ours in a folder of sounds.
func readSounds(t *testing.T, sounds string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(sounds, audio.SoundDirectory, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no sounds in %s (%v)", sounds, err)
	}
	all := map[string]string{}
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(f)] = string(content)
	}
	return all
}

// TestTonesPlay plays with the first program that is there; this one keeps what it was given.
func TestTonesPlay(t *testing.T) {
	programs := t.TempDir()
	kept := filepath.Join(programs, "kept.wav")
	player := fmt.Sprintf("#!/bin/sh\n[ \"$*\" = '-q -' ] || exit 7\nexec /bin/cat > %s\n", kept)
	if err := os.WriteFile(filepath.Join(programs, "aplay"), []byte(player), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", programs)
	_, want := rendered(t, "tones", "render", "held")
	if got := hasshin(t, "", "tones", "play", "held"); got.code != exitOK || got.out != "" {
		t.Fatalf("it ends with %d: %s%s", got.code, got.err, got.out)
	}
	if played, err := os.ReadFile(kept); err != nil || string(played) != want.out {
		t.Errorf("played were %d bytes (%v), want the %d that are rendered", len(played), err, len(want.out))
	}

	if err := os.WriteFile(filepath.Join(programs, "aplay"), []byte("#!/bin/sh\necho no sound card >&2\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got := hasshin(t, "", "tones", "play", "held"); got.code != exitFailure || !strings.Contains(got.err, "no sound card") || !strings.Contains(got.err, "aplay: exit status 1") {
		t.Errorf("a player that fails: %d %s", got.code, got.err)
	}
}

func TestTonesRefused(t *testing.T) {
	bad := func(section string) string { return configFile(t, tonesConfigText(section)) }
	sounds := t.TempDir()
	for name, tt := range map[string]struct {
		args []string
		code int
		err  []string
	}{
		"a cadence that is none":          {[]string{"render", "--cadence", "660/90,beep"}, exitFailure, []string{`the cadence "660/90,beep" part 2, "beep", is not a note; expected HZ/MS`}},
		"a pitch no telephone carries":    {[]string{"play", "--cadence", "660/90,0/40,5000/140"}, exitFailure, []string{`part 3, "5000/140": 5000 Hz is out of range; expected 200 to 3400`}},
		"a cadence that ends in a pause":  {[]string{"render", "--cadence", "660/90,0/40"}, exitFailure, []string{"ends with a pause; leave it out"}},
		"a bad cadence configured":        {[]string{"render", "held", "--config", bad("  tones: {held: \"660/90,0/40,440\"}\n")}, exitFailure, []string{"hasshin.yaml:6:", "audio.tones.held", `part 3, "440", is not a note; expected HZ/MS`}},
		"a bad cadence is not installed":  {[]string{"--write", sounds, "--config", bad("  tones: {held: \"6\"}\n")}, exitFailure, []string{"hasshin.yaml:6:", "audio.tones.held"}},
		"a cadence like another event's":  {[]string{"--write", sounds, "--config", bad("  tones: {held: \"660/500,0/100,440/700\", ended: \"660/500,0/100,440/710\"}\n")}, exitFailure, []string{"hasshin.yaml:6:", "sounds too much like"}},
		"no event":                        {[]string{"render"}, exitUsage, []string{"render needs an event, or --cadence"}},
		"an event that there is not":      {[]string{"render", "beep"}, exitFailure, []string{`no event and no tone "beep"; hasshin tones lists them`}},
		"an event and a cadence":          {[]string{"play", "held", "--cadence", "660/90"}, exitUsage, []string{"do not go together"}},
		"a rate Asterisk does not play":   {[]string{"render", "held", "--rate", "44100"}, exitUsage, []string{"--rate 44100 is not one of 8000, 16000 and 48000"}},
		"neither play nor render":         {[]string{"sing", "held"}, exitUsage, []string{"expected play or render"}},
		"play into a folder":              {[]string{"play", "held", "--write", sounds}, exitUsage, []string{"--write and play do not go together"}},
		"an event at which all is silent": {[]string{"render", "held", "--config", bad("  held: none\n")}, exitFailure, []string{"nothing is heard at held: the configuration says none"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := hasshin(t, "", append([]string{"tones"}, tt.args...)...)
			if got.code != tt.code || got.out != "" {
				t.Errorf("it ends with %d, want %d; written were %d bytes", got.code, tt.code, len(got.out))
			}
			for _, words := range tt.err {
				if !strings.Contains(got.err, words) {
					t.Errorf("it says %q, want %q", got.err, words)
				}
			}
		})
	}
	if left, err := os.ReadDir(sounds); err != nil || len(left) > 0 {
		t.Errorf("written although refused: %v %v", left, err)
	}
}
