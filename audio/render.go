package audio

import (
	"encoding/binary"
	"math"
)

// The sample rates in which sound files are rendered: for telephones (Asterisk's `wav`), for wideband ones (`wav16`), and for browsers,
// which speak Opus (`sln48`).
const (
	RateNarrow = 8000
	RateWide   = 16000
	RateFull   = 48000
)

// Envelope is how each note swells and fades. A note that began or ended at once would click.
type Envelope struct {
	// Attack is the time in milliseconds from silence to full loudness, along half a cosine.
	Attack float64 `json:"attack_ms" doc:"from silence to full loudness, along half a cosine"`
	// Decay is the time in milliseconds in which the loudness falls to 1/e after that.
	Decay float64 `json:"decay_ms" doc:"in which the loudness then falls to 1/e"`
	// Release is the time in milliseconds at the note's end in which it fades to silence, along half a cosine.
	Release float64 `json:"release_ms" doc:"at the note's end, in which it fades to silence along half a cosine"`
	// Partials are the strengths of the fundamental and its overtones.
	Partials []float64 `json:"partials" nullable:"false" doc:"strengths of the fundamental and its overtones; overtones of 4 kHz and above are left out"`
}

// envelope of all notes: a struck bar with a felt mallet.
var envelope = Envelope{Attack: 6, Decay: 220, Release: 25, Partials: []float64{1, 0.22, 0.06}}

// at is the loudness, 0 to 1, of a note of that length at time t, both in milliseconds.
func (e Envelope) at(t, length float64) float64 {
	loudness := math.Exp(-max(0, t-e.Attack) / e.Decay)
	if t < e.Attack {
		loudness *= (1 - math.Cos(math.Pi*t/e.Attack)) / 2
	}
	if left := length - t; left < e.Release {
		loudness *= (1 - math.Cos(math.Pi*max(0, left)/e.Release)) / 2
	}
	return loudness
}

// Render renders the tone as 16-bit samples at that rate. It begins and ends at zero.
func (t Tone) Render(rate int) []int16 {
	sum := 0.0
	for _, strength := range envelope.Partials {
		sum += strength
	}
	full := t.Peak * math.MaxInt16 / sum
	var out []int16
	for _, note := range t.Notes {
		length, pitches := note.Milliseconds*rate/1000, note.pitches()
		for n := range length {
			at := float64(n) / float64(rate)
			x := 0.0
			for _, hz := range pitches {
				for i, strength := range envelope.Partials {
					if hz*(i+1) < RateNarrow/2 { // what 8 kHz cannot carry would come out as another pitch, and all rates sound the same
						x += strength * math.Sin(2*math.Pi*float64(hz*(i+1))*at)
					}
				}
			}
			x /= float64(len(pitches))
			loudness := envelope.at(at*1000, float64(length-1)/float64(rate)*1000)
			out = append(out, int16(math.Round(full*loudness*x)))
		}
		out = append(out, make([]int16, note.Gap*rate/1000)...)
	}
	return out
}

// WAV renders the tone as a RIFF WAVE file: 16-bit PCM, mono.
func (t Tone) WAV(rate int) []byte {
	raw := t.raw(rate)
	b := make([]byte, 0, 44+len(raw))
	b = append(b, "RIFF"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(36+len(raw)))
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16) // size of this chunk
	b = binary.LittleEndian.AppendUint16(b, 1)  // PCM
	b = binary.LittleEndian.AppendUint16(b, 1)  // channels
	b = binary.LittleEndian.AppendUint32(b, uint32(rate))
	b = binary.LittleEndian.AppendUint32(b, uint32(2*rate)) // bytes a second
	b = binary.LittleEndian.AppendUint16(b, 2)              // bytes a sample
	b = binary.LittleEndian.AppendUint16(b, 16)             // bits a sample
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(raw)))
	return append(b, raw...)
}

// raw is the tone as signed linear samples, little-endian.
func (t Tone) raw(rate int) []byte {
	var b []byte
	for _, s := range t.Render(rate) {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	return b
}

// File is one sound file for Asterisk.
type File struct {
	// Name with the ending that tells Asterisk the format: .wav is 8 kHz, .wav16 is 16 kHz, .sln48 is 48 kHz without a header, since
	// Asterisk knows no WAV of that rate.
	Name string
	// Content of the file.
	Content []byte
}

// Files renders every tone of the configuration at all rates: what belongs into Asterisk's sounds directory under [SoundDirectory].
func (c Config) Files() []File {
	var out []File
	for _, t := range c.Tones() {
		out = append(out, File{t.Name + ".wav", t.WAV(RateNarrow)}, File{t.Name + ".wav16", t.WAV(RateWide)}, File{t.Name + ".sln48", t.raw(RateFull)})
	}
	return out
}
