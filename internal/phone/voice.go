package phone

import (
	"fmt"
	"math"
	"sync"
)

const (
	// sampleRate of G.711 in samples a second.
	sampleRate = 8000
	// frameSamples is one packet: 20 ms.
	frameSamples = 160
	// DefaultAmplitude of a voice: the peak, in 16-bit scale. Seven voices of it may talk at once before a mixer clips.
	DefaultAmplitude = 4000
)

// Voice is the frequency of a pure tone in Hz.
//
// Frequencies that are multiples of 50 Hz have a whole number of periods in a 20 ms frame: their packets are all the same, and any
// two of them are exactly orthogonal over a frame whatever their phases.
type Voice int

// Silence is a voice that says nothing; heard, it is packets without sound.
const Silence Voice = 0

// String is, for example, "650 Hz" or "ringback".
func (v Voice) String() string {
	switch v {
	case Silence:
		return "silence"
	case Ringback:
		return "ringback"
	case Music:
		return "music"
	case DeadAir:
		return "dead air"
	}
	return fmt.Sprintf("%d Hz", int(v))
}

// voices are odd multiples of 50 Hz, so that no one is the second harmonic of another, at least 100 Hz apart, clear of ringback and
// dial tones (350 to 500 Hz and the region around), of the simulated carrier's tones, and of the notes of tempered music by 9 Hz or
// more up to 2 kHz. Primes times 50 Hz come first: they share no harmonic at all.
var voices = [...]Voice{650, 850, 1150, 1450, 1550, 1850, 2050, 2150, 2650, 2950, 3050,
	750, 1350, 1650, 1750, 1950, 2250, 2450, 2550, 2750, 2850, 3150, 3250}

// The tones of the simulated carrier's contacts (deploy/README.md).
const (
	// CarrierTalk is what a contact on the simulated carrier says.
	CarrierTalk Voice = 1000
	// CarrierAnnouncement is what the simulated carrier says in early media.
	CarrierAnnouncement Voice = 600
)

// listened are the voices a phone tells apart by default.
var listened = append(Voices(), CarrierTalk, CarrierAnnouncement)

// Voices are the frequencies for participants of a test to talk in, the best separated first.
func Voices() []Voice { return append([]Voice(nil), voices[:]...) }

// VoiceAt gives participant number i of a test a voice of its own; after the last of [Voices] it begins anew.
func VoiceAt(i int) Voice { return voices[i%len(voices)] }

// tone yields the companded frames of a voice. Frames of a voice with whole periods are rendered once for the process.
type tone struct {
	codec   Codec
	voice   Voice
	fixed   *[frameSamples]byte // the same frame for ever, when the periods fit
	peak    float64
	phase   float64 // radians, where they do not
	advance float64 // radians a sample
}

type toneKey struct {
	codec     Codec
	voice     Voice
	amplitude int
}

// fixedFrames caches one frame for each (codec, voice, amplitude) in use: toneKey → *[frameSamples]byte.
var fixedFrames sync.Map

func newTone(codec Codec, voice Voice, amplitude int) *tone {
	t := &tone{codec: codec, voice: voice, peak: float64(amplitude), advance: 2 * math.Pi * float64(voice) / sampleRate}
	if int(voice)*frameSamples%sampleRate != 0 {
		return t
	}
	key := toneKey{codec, voice, amplitude}
	if cached, ok := fixedFrames.Load(key); ok {
		t.fixed = cached.(*[frameSamples]byte)
		return t
	}
	frame := new([frameSamples]byte)
	t.render(frame)
	cached, _ := fixedFrames.LoadOrStore(key, frame)
	t.fixed = cached.(*[frameSamples]byte)
	return t
}

// next is the tone's next frame. It is valid until the following call and must not be written to.
func (t *tone) next(scratch *[frameSamples]byte) *[frameSamples]byte {
	if t.fixed != nil {
		return t.fixed
	}
	t.render(scratch)
	return scratch
}

func (t *tone) render(frame *[frameSamples]byte) {
	if t.voice == Silence {
		for i := range frame {
			frame[i] = t.codec.silence()
		}
		return
	}
	for i := range frame {
		frame[i] = t.codec.encode(int16(math.Round(t.peak * math.Sin(t.phase))))
		t.phase = math.Mod(t.phase+t.advance, 2*math.Pi)
	}
}
