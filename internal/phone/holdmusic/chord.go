// Package holdmusic gives a test's Asterisk hold music without soft passages, so that an ear that does not hear it has found a gap.
package holdmusic

import (
	"encoding/binary"
	"math"

	"github.com/hasshin/hasshin/ari/asterisktest"
)

// pieces are those of the image's class of hold music.
var pieces = []string{"macroform-robot_dity", "reno_project-system", "manolo_camp-morning_coffee", "macroform-cold_day"}

// Chord replaces each piece by ten seconds of a chord, whose notes are whole periods of a packet and nobody's voice, so that an ear cannot take
// a note for a person.
func Chord() []asterisktest.Option {
	const rate, seconds = 8000, 10
	var raw []byte // signed linear, as the image keeps its pieces
	for i := range rate * seconds {
		sample := 0.0
		for _, f := range []float64{700, 900, 1100} {
			sample += 2500 * math.Sin(2*math.Pi*f*float64(i)/rate)
		}
		raw = binary.LittleEndian.AppendUint16(raw, uint16(int16(sample)))
	}
	var opts []asterisktest.Option
	for _, piece := range pieces {
		opts = append(opts, asterisktest.WithFile("/usr/share/asterisk/moh/hasshin/"+piece+".sln", raw))
	}
	return opts
}
