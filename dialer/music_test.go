//go:build integration

package dialer_test

import (
	"encoding/binary"
	"math"

	"github.com/hasshin/hasshin/ari/asterisktest"
)

// chordForMusic replaces the pieces of hold music by a steady chord, whose notes are whole periods of a packet and nobody's voice, so that
// an ear cannot take a note for a person.
func chordForMusic() []asterisktest.Option {
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
	for _, piece := range []string{"macroform-robot_dity", "reno_project-system", "manolo_camp-morning_coffee", "macroform-cold_day"} {
		opts = append(opts, asterisktest.WithFile("/usr/share/asterisk/moh/hasshin/"+piece+".sln", raw))
	}
	return opts
}
