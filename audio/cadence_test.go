package audio

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/hasshin/hasshin/internal/problem"
)

func TestCadencesAreReadAndWritten(t *testing.T) {
	for text, want := range map[Cadence][]Note{
		"660/90,0/40,440/140": {{Hz: 660, Milliseconds: 90, Gap: 40}, {Hz: 440, Milliseconds: 140}},
		"200/30":              {{Hz: 200, Milliseconds: 30}},
		"350+440/200":         {{Hz: 350, With: []int{440}, Milliseconds: 200}},
		"500/50,600/50":       {{Hz: 500, Milliseconds: 50}, {Hz: 600, Milliseconds: 50}},
	} {
		got, err := text.Notes()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
		if again := cadenceOf(got); again != text {
			t.Errorf("%s is written %s", text, again)
		}
	}
	if _, err := Cadence(" 660/90 , 440/140").Notes(); err != nil {
		t.Errorf("with blanks: %v", err)
	}
}

func TestWrongCadences(t *testing.T) {
	for text, want := range map[Cadence]string{
		"":                           "is empty; expected HZ/MS",
		"660":                        `part 1, "660", is not a note; expected HZ/MS`,
		"660/90,":                    `part 2, "", is not a note`,
		"660/90ms":                   `"90ms" is not a length; expected whole milliseconds`,
		"660/":                       `"" is not a length`,
		"a4/90":                      `"a4" is not a pitch; expected whole Hz`,
		"660.5/90":                   `"660.5" is not a pitch`,
		"660+/90":                    `"" is not a pitch`,
		"660+0/90":                   "0 Hz is out of range; expected 200 to 3400",
		"5000/90":                    "5000 Hz is out of range",
		"-660/90":                    "-660 Hz is out of range",
		"660/5":                      "5 ms is out of range; expected 30 to 3000",
		"660/-5":                     "-5 ms is out of range",
		"0/40,660/90":                "is a pause before the first note; leave it out",
		"660/90,0/40":                "ends with a pause; leave it out",
		"660/90,0/40,0/20,440/90":    "is a pause after a pause; write one, 0/60",
		"660/90,0/0,440/90":          "is a pause of 0 ms; expected 1 to 3000",
		"660/90,0/-1,440/90":         "is a pause of -1 ms",
		"660/3000,440/3000":          "lasts 6000 ms; expected at most 5000",
		"300+400+500+600+700/90":     "has more than 4 pitches at once",
		"660/99999999999999999999":   "is not a length",
		"660/90;440/90":              "is not a length",
		"660/90,0/9000000,440/90":    "is a pause of 9000000 ms",
		"660/90,440/90,0/1,+0/90":    "is not a pitch",
		"660/90,0/10,440 /90,660/90": `"440 " is not a pitch`,
	} {
		if _, err := text.Notes(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestConfiguredCadencesAreRendered(t *testing.T) {
	c := Defaults()
	c.Cadences = map[string]Cadence{"held": "660/90,0/40,440/140", "dial-like": "350+440/200"}
	c.Connected = "dial-like"
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	if got := c.Choice(Connected).Media(); got != "sound:hasshin/dial-like" {
		t.Errorf("connected plays %s", got)
	}
	files := map[string][]byte{}
	for _, f := range c.Files() {
		files[f.Name] = f.Content
	}
	if len(files) != 3*(len(Events())+1) {
		t.Errorf("%d files", len(files))
	}
	if got, want := len(files["held.wav"]), 44+2*8*270; got != want {
		t.Errorf("held.wav has %d bytes, want %d", got, want)
	}
	if got, want := len(files["dial-like.sln48"]), 2*48*200; got != want {
		t.Errorf("dial-like.sln48 has %d bytes, want %d", got, want)
	}
	own, _ := named(c.Tones(), "dial-like")
	samples := own.Render(RateNarrow)
	for _, hz := range []float64{350, 440} {
		if s := strength(samples, hz, RateNarrow); s < own.Peak*math.MaxInt16/8 {
			t.Errorf("%.0f Hz is faint: %.0f", hz, s)
		}
	}
	sheet := NewSheet(c)
	if got := sheet.Tones["held"].Cadence(); got != "660/90,0/40,440/140" || sheet.Events[Connected] != "dial-like" {
		t.Errorf("the sheet for the page has %s, %s", got, sheet.Events[Connected])
	}
}

// High notes have no overtones that a narrow rate would fold back as other pitches.
func TestHighNotesDoNotFoldBack(t *testing.T) {
	high := Tone{Peak: 0.2, Notes: []Note{{Hz: 3000, Milliseconds: 200}}}
	samples := high.Render(RateNarrow)
	if folded, own := strength(samples, 2000, RateNarrow), strength(samples, 3000, RateNarrow); folded > own/100 {
		t.Errorf("2,000 Hz at %.0f beside 3,000 Hz at %.0f", folded, own)
	}
}

func TestWrongCadencesAreToldWithTheirPath(t *testing.T) {
	c := Defaults()
	c.Cadences = map[string]Cadence{"held": "660", "My Tone": "660/90", "none": "660/90"}
	c.Error = "My Tone"
	got := map[string]string{}
	for _, p := range problem.Of(c.Validate()) {
		got[p.Path] = p.Message
	}
	for path, want := range map[string]string{
		"tones.held":    `"660": part 1, "660", is not a note`,
		"tones.My Tone": "is not a name for a tone; expected small letters",
		"tones.none":    "is not a name for a tone",
	} {
		if !strings.Contains(got[path], want) {
			t.Errorf("%s: %q, want %q in it (all: %v)", path, got[path], want, got)
		}
	}
}
