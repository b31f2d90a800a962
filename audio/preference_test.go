package audio

import (
	"math"
	"strings"
	"testing"

	"github.com/hasshin/hasshin/internal/problem"
)

func TestVolumes(t *testing.T) {
	for text, want := range map[string]float64{
		"1": 1, "0": 0, "0.5": 0.5, "4": 4, "-6dB": 0.501, "0dB": 1, "6 dB": 1.995, "-60dB": 0.001, "12dB": 3.981,
	} {
		var v Volume
		if err := v.UnmarshalText([]byte(text)); err != nil || math.Abs(float64(v)-want) > 0.001 {
			t.Errorf("%s is %v (%v), want %v", text, v, err, want)
		}
		written, err := v.MarshalText()
		var again Volume
		if err != nil || again.UnmarshalText(written) != nil || math.Abs(float64(again-v)) > 0.001 {
			t.Errorf("%s is written %s (%v)", text, written, err)
		}
	}
	for _, text := range []string{"", "loud", "-1", "4.1", "dB", "13dB", "-61dB", "NaN", "+Inf", "-InfdB", "NaNdB", "6db"} {
		v := Volume(0.7)
		if err := v.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), "expected a factor from 0 to 4") || v != 0.7 {
			t.Errorf("%q: %v, %v", text, v, err)
		}
	}
}

func TestWhoHearsWhat(t *testing.T) {
	for name, row := range map[string]struct {
		p    Preference
		held bool
	}{
		"by default":      {DefaultPreference(), true},
		"another is off":  {Preference{Volume: 0.5, Off: []Event{Connected}}, true},
		"it is off":       {Preference{Volume: 1, Off: []Event{Connected, Held}}, false},
		"all are off":     {Preference{Volume: 1, Off: []Event{"all"}}, false},
		"without volume":  {Preference{Volume: 0}, false},
		"whispers of one": {Preference{Volume: 0.001}, true},
	} {
		if got := row.p.Hears(Held); got != row.held {
			t.Errorf("%s: hears %v", name, got)
		}
		if err := row.p.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	found := problem.Of(Preference{Volume: -1, Off: []Event{Held, "hold", "none"}}.Validate())
	if len(found) != 3 || found[0].Path != "volume" || found[1].Path != "off[1]" || !strings.Contains(found[1].Message, `there is no event "hold"; expected all, or one of offered, `) {
		t.Errorf("problems: %v", found)
	}
}
