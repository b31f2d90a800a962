package phone

import (
	"math"
	"math/cmplx"
)

// Thresholds of the analysis, in 16-bit scale or as shares of a frame's power.
const (
	silentRMS     = 40.0 // below this a frame is silence (µ-law's own noise floor is 4)
	leastPeak     = 100  // a voice weaker than this is not heard
	cleanShare    = 0.93 // a frame whose power is this much voices and ringback holds nothing else
	voiceInClean  = 0.01 // least share of a voice in a clean frame: 20 dB under the rest
	voiceInOther  = 0.08 // least share of a voice under music or speech, where its phase must be steady as well
	steadyPhase   = 0.45 // radians a frame: a note within 3.6 Hz of a voice passes, one further away does not
	ringbackEven  = 2.0  // the two tones of ringback are within this factor of each other
	otherAboveRMS = 60.0 // what is left after voices and ringback counts as other sound above this level
)

// spectrum is what one frame holds.
type spectrum struct {
	power    float64      // mean square
	voices   []complex128 // complex peak amplitude of each candidate, phase at the frame's first sample
	follows  bool         // nothing is missing between the frame before and this one
	ringback float64      // share of the power that is one of ringbacks, 0 unless both its tones are there
}

// analyser correlates frames with a fixed set of candidate frequencies: for each one a Goertzel filter unrolled into a table of
// its coefficients, which a processor runs several times faster than the recursion. It is immutable and shared by all ears with
// the same candidates.
type analyser struct {
	voices []Voice
	cos    [][frameSamples]float32
	sin    [][frameSamples]float32
	turn   []complex128 // rotation of each voice's phase from one frame to the next

	rings [len(ringbacks)]pair
}

// ringbacks are the two tones of ringback in the countries whose indications the Asterisk image has: the US and Japan (ITU-T E.180
// supplement 2; Asterisk's indications.conf).
var ringbacks = [...][2]float64{{440, 480}, {400, 15}}

// pair fits two tones to a frame. They do not fill it with whole periods and overlap in it, so both are fitted together, by least
// squares: dual is the inverse of base's Gram matrix.
type pair struct {
	base [4][frameSamples]float32
	dual [4][4]float64
}

func newPair(hz [2]float64) (p pair) {
	fill(&p.base[0], &p.base[1], hz[0])
	fill(&p.base[2], &p.base[3], hz[1])
	var gram [4][4]float64
	for i := range 4 {
		for j := range 4 {
			gram[i][j] = float64(dot(&p.base[i], &p.base[j]))
		}
	}
	p.dual = invert(gram)
	return p
}

func newAnalyser(voices []Voice) *analyser {
	a := &analyser{
		voices: voices,
		cos:    make([][frameSamples]float32, len(voices)),
		sin:    make([][frameSamples]float32, len(voices)),
		turn:   make([]complex128, len(voices)),
	}
	for i, v := range voices {
		fill(&a.cos[i], &a.sin[i], float64(v))
		a.turn[i] = cmplx.Rect(1, 2*math.Pi*float64(v)*frameSamples/sampleRate)
	}
	for i, hz := range ringbacks {
		a.rings[i] = newPair(hz)
	}
	return a
}

func fill(cos, sin *[frameSamples]float32, hz float64) {
	for n := range frameSamples {
		s, c := math.Sincos(2 * math.Pi * hz * float64(n) / sampleRate)
		cos[n], sin[n] = float32(c), float32(s)
	}
}

// dot keeps four sums so that the additions need not wait for each other.
func dot(a, b *[frameSamples]float32) float32 {
	var s0, s1, s2, s3 float32
	for n := 0; n < frameSamples; n += 4 {
		s0 += a[n] * b[n]
		s1 += a[n+1] * b[n+1]
		s2 += a[n+2] * b[n+2]
		s3 += a[n+3] * b[n+3]
	}
	return s0 + s1 + s2 + s3
}

// invert inverts a symmetric positive definite matrix by Gauss-Jordan elimination; no pivoting is needed for such.
func invert(m [4][4]float64) [4][4]float64 {
	var inv [4][4]float64
	for i := range 4 {
		inv[i][i] = 1
	}
	for col := range 4 {
		pivot := m[col][col]
		for j := range 4 {
			m[col][j] /= pivot
			inv[col][j] /= pivot
		}
		for row := range 4 {
			if row == col {
				continue
			}
			factor := m[row][col]
			for j := range 4 {
				m[row][j] -= factor * m[col][j]
				inv[row][j] -= factor * inv[col][j]
			}
		}
	}
	return inv
}

// analyse measures one frame into out, whose voices slice it reuses.
func (a *analyser) analyse(pcm *[frameSamples]float32, out *spectrum) {
	out.power = float64(dot(pcm, pcm)) / frameSamples
	out.ringback = 0
	out.voices = out.voices[:0]
	if out.power < silentRMS*silentRMS {
		return
	}
	if ring, amp, share := a.bestRing(pcm, out.power); share >= voiceInOther {
		// Not filling a frame, ringback spills into the voices near it: take it out before they are measured.
		out.ringback = share
		without := *pcm
		for i := range amp {
			for n := range without {
				without[n] -= float32(amp[i]) * ring.base[i][n]
			}
		}
		pcm = &without
	}
	for i := range a.voices {
		re := float64(dot(pcm, &a.cos[i])) * 2 / frameSamples
		im := float64(dot(pcm, &a.sin[i])) * 2 / frameSamples
		out.voices = append(out.voices, complex(re, -im))
	}
}

// bestRing is the ringback that explains most of the frame.
func (a *analyser) bestRing(pcm *[frameSamples]float32, power float64) (best *pair, amp [4]float64, share float64) {
	for i := range a.rings {
		if s, fitted := a.rings[i].share(pcm, power); s > share {
			best, amp, share = &a.rings[i], fitted, s
		}
	}
	return best, amp, share
}

// share fits the pair to the frame and returns its amplitudes and the share of power it explains, 0 if the two tones are not about
// as strong.
func (p *pair) share(pcm *[frameSamples]float32, power float64) (share float64, amp [4]float64) {
	var proj [4]float64
	for i := range 4 {
		proj[i] = float64(dot(pcm, &p.base[i]))
	}
	explained := 0.0
	for i := range 4 {
		for j := range 4 {
			amp[i] += p.dual[i][j] * proj[j]
		}
		explained += amp[i] * proj[i]
	}
	one, other := math.Hypot(amp[0], amp[1]), math.Hypot(amp[2], amp[3])
	if one > other*ringbackEven || other > one*ringbackEven {
		return 0, amp
	}
	return explained / frameSamples / power, amp
}

// content is the verdict on one frame.
type content struct {
	voices   uint64 // bit i: candidate i
	ringback bool
	other    bool // sound that is neither a candidate nor ringback: music, speech, another tone
}

// judge decides what s holds. before and after are the neighbouring frames, nil where there is none in sequence: under music or
// speech a voice counts only if its phase goes on steadily into one of them, since a note that merely passes near does not.
func (a *analyser) judge(before, s, after *spectrum) content {
	var c content
	if len(s.voices) == 0 { // silence: nothing was measured
		return c
	}
	captured := s.ringback
	for _, v := range s.voices {
		if share := peakPower(v) / s.power; share >= voiceInClean {
			captured += share
		}
	}
	clean := captured >= cleanShare
	least := voiceInClean
	if !clean {
		least = voiceInOther
	}
	heard := 0.0
	for i, v := range s.voices {
		share := peakPower(v) / s.power
		if share < least || cmplx.Abs(v) < leastPeak {
			continue
		}
		if clean || a.steady(i, before, s) || a.steady(i, s, after) {
			c.voices |= 1 << i
			heard += share
		}
	}
	if s.ringback >= voiceInOther && (clean || s.ringback > 0.5) {
		// Near voices would be counted twice only below 600 Hz, where there are none.
		c.ringback = true
		heard += s.ringback
	}
	if rest := 1 - heard; rest > 1-cleanShare && rest*s.power > otherAboveRMS*otherAboveRMS {
		c.other = true
	}
	return c
}

// steady tells whether candidate i's phase turned from s to next as its frequency says.
func (a *analyser) steady(i int, s, next *spectrum) bool {
	if s == nil || next == nil || len(s.voices) == 0 || len(next.voices) == 0 {
		return false
	}
	return math.Abs(cmplx.Phase(next.voices[i]*cmplx.Conj(s.voices[i]*a.turn[i]))) < steadyPhase
}

// peakPower is the mean square of a sine of that complex peak amplitude.
func peakPower(v complex128) float64 { return (real(v)*real(v) + imag(v)*imag(v)) / 2 }
