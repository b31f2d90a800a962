package audio

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/hasshin/hasshin/internal/problem"
)

// Preference is how one person hears the tones.
type Preference struct {
	// Volume of the tones beside what they are rendered with: a factor from 0 to 4, or decibels from -60dB to 12dB. Default: 1.
	Volume Volume `yaml:"volume"`

	// Off are the events without a tone for this person, or all.
	Off []Event `yaml:"off"`
}

// allEvents in a list of those that are off stands for each of them.
const allEvents Event = "all"

// DefaultPreference hears everything as it is rendered.
func DefaultPreference() Preference { return Preference{Volume: 1} }

// Hears tells whether the person hears the tone of an event.
func (p Preference) Hears(e Event) bool {
	return p.Volume > 0 && !slices.Contains(p.Off, e) && !slices.Contains(p.Off, allEvents)
}

// Validate reports all that is impossible in p.
func (p Preference) Validate() error {
	var wrong problem.List
	if p.Volume < 0 || p.Volume > loudest || math.IsNaN(float64(p.Volume)) {
		wrong.Add("volume", "%v is out of range; expected %s", float64(p.Volume), volumes)
	}
	for i, e := range p.Off {
		if e != allEvents && !slices.Contains(Events(), e) {
			wrong.Add(problem.Index("off", i), "there is no event %q; expected all, or one of %s", e, eventNames())
		}
	}
	return wrong.Err()
}

func eventNames() string {
	var names []string
	for _, e := range Events() {
		names = append(names, string(e))
	}
	return strings.Join(names, ", ")
}

// Volume is the factor by which tones are louder than they are rendered, or softer; 0 is silence.
type Volume float64

const (
	loudest Volume = 4
	volumes        = "a factor from 0 to 4, or decibels from -60dB to 12dB"
)

// UnmarshalText takes a factor ("0.5") or decibels ("-6dB").
func (v *Volume) UnmarshalText(b []byte) error {
	text, decibels := strings.CutSuffix(string(b), "dB")
	x, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if decibels && err == nil {
		if x < -60 || x > 12 {
			err = strconv.ErrRange
		}
		x = math.Pow(10, x/20)
	}
	if err != nil || !(x >= 0 && x <= float64(loudest)) {
		return fmt.Errorf("%q is not a volume; expected %s", b, volumes)
	}
	*v = Volume(x)
	return nil
}

// MarshalText writes the factor.
func (v Volume) MarshalText() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(v), 'g', 4, 64), nil
}
