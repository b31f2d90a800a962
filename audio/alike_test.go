package audio

import (
	"strings"
	"testing"

	"github.com/hasshin/hasshin/internal/problem"
)

func TestBuiltInTonesAreFarFromEachOther(t *testing.T) {
	all := Tones()
	pictures := make([]spectrogram, len(all))
	for i, tone := range all {
		pictures[i] = picture(tone)
		for j := range i {
			if alike := pictures[i].like(pictures[j]); alike > 0.8 {
				t.Errorf("%s and %s: %.2f, too near to the bound of %.2f", tone.Name, all[j].Name, alike, TooAlike)
			}
		}
	}
}

func TestWhatOneWouldConfuseIsTooAlike(t *testing.T) {
	for _, tone := range Tones() {
		same := picture(tone)
		for what, other := range map[string]Tone{
			"itself":                    tone,
			"softer":                    {Peak: tone.Peak / 4, Notes: tone.Notes},
			"half a semitone higher":    changed(tone, 1.03, 1, 0),
			"a semitone lower":          changed(tone, 1/1.06, 1, 0),
			"a tenth faster":            changed(tone, 1, 1.1, 0),
			"slower":                    changed(tone, 1, 0.85, 0),
			"with pauses 15 ms longer":  changed(tone, 1, 1, 15),
			"a bit higher and quicker":  changed(tone, 1.02, 1.08, 0),
			"a bit lower, longer pause": changed(tone, 0.98, 1, 12),
		} {
			if alike := same.like(picture(other)); alike < TooAlike || alike > 1.0001 {
				t.Errorf("%s and it %s: %.2f, want at least %.2f", tone.Name, what, alike, TooAlike)
			}
		}
	}
}

func TestWhatOneWouldNotConfuse(t *testing.T) {
	for name, pair := range map[string][2]Cadence{
		"the order of notes": {"660/150,0/40,880/150", "880/150,0/40,660/150"},
		"one note and three": {"988/500", "988/90,0/130,988/90,0/130,988/90"},
		"a third apart":      {"660/200", "831/200"},
		"an octave apart":    {"500/200", "1000/200"},
		"one pitch and two":  {"500/200", "500+740/200"},
	} {
		var tones [2]Tone
		for i, c := range pair {
			notes, err := c.Notes()
			if err != nil {
				t.Fatal(err)
			}
			tones[i] = Tone{Peak: medium, Notes: notes}
		}
		if alike := Similarity(tones[0], tones[1]); alike >= TooAlike {
			t.Errorf("%s: %.2f, want less than %.2f", name, alike, TooAlike)
		}
	}
}

func TestValidateComparesWhatIsHeard(t *testing.T) {
	near := Cadence("880/155,0/20,665/230") // held, hardly changed
	for name, row := range map[string]struct {
		change func(*Config)
		path   string // of the problem; none: it is fine
	}{
		"a changed tone that nears another's": {func(c *Config) { c.Cadences = map[string]Cadence{"ended": near} }, "tones.ended"},
		"the tone it nears is the changed one": {func(c *Config) {
			c.Cadences = map[string]Cadence{"accepted": near}
		}, "tones.accepted"},
		"a tone of its own for one event": {func(c *Config) {
			c.Cadences = map[string]Cadence{"my-own": near}
			c.Error = "my-own"
		}, "tones.my-own"},
		"it is allowed": {func(c *Config) {
			c.Cadences, c.AllowSame = map[string]Cadence{"ended": near}, true
		}, ""},
		"nobody hears the other": {func(c *Config) {
			c.Cadences, c.Held = map[string]Cadence{"ended": near}, "none"
		}, ""},
		"it is not used":        {func(c *Config) { c.Cadences = map[string]Cadence{"spare": near} }, ""},
		"it changes a little":   {func(c *Config) { c.Cadences = map[string]Cadence{"held": near} }, ""},
		"it differs from all":   {func(c *Config) { c.Cadences = map[string]Cadence{"held": "660/90,0/40,440/140"} }, ""},
		"sounds are not looked": {func(c *Config) { c.Cadences, c.Held = map[string]Cadence{"ended": near}, "sound:custom/gong" }, ""},
	} {
		c := Defaults()
		row.change(&c)
		found := problem.Of(c.Validate())
		switch {
		case row.path == "" && len(found) > 0:
			t.Errorf("%s: %v", name, found)
		case row.path != "" && (len(found) != 1 || found[0].Path != row.path || !strings.Contains(found[0].Message, "sounds too much like")):
			t.Errorf("%s: %v, want one problem at %s", name, found, row.path)
		}
	}
}

// changed is a tone at another pitch, tempo, and with other pauses.
func changed(t Tone, pitch, tempo float64, pause int) Tone {
	notes := append([]Note(nil), t.Notes...)
	for i := range notes {
		notes[i].Hz = int(float64(notes[i].Hz) * pitch)
		notes[i].Milliseconds = int(float64(notes[i].Milliseconds) / tempo)
		if notes[i].Gap > 0 {
			notes[i].Gap = int(float64(notes[i].Gap)/tempo) + pause
		}
	}
	t.Notes = notes
	return t
}
