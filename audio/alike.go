package audio

import "math"

// TooAlike is the similarity from which on two tones count as the same to a listener. Measured on the built-in tones: no two of them
// reach 0.8, while each of them a semitone lower, half of one higher, a tenth faster, or with somewhat longer pauses stays above 0.88.
const TooAlike = 0.85

// The resolution of what is compared: steps in time and pitch that are finer than what an agent tells apart at work.
const (
	hopMS         = 20
	windowMS      = 40
	blurMS        = 25.0 // standard deviation
	blurSemitones = 1.0  // standard deviation
	perSemitone   = 4
	slipMS        = 60 // how much earlier or later one of two tones may be
)

// Similarity tells how much two tones sound alike, from 0 (nothing in common) to 1 (the same): the normalised correlation of their
// rendered sound over time and pitch, the best of a few alignments and tempi, whatever their loudness.
func Similarity(a, b Tone) float64 { return picture(a).like(picture(b)) }

// spectrogram is the strength of each band, from low to high, in each step of time.
type spectrogram [][]float64

// picture is the spectrogram of the tone as a telephone carries it, a little blurred. Weak parts count for more than their power,
// as they do to the ear.
func picture(t Tone) spectrogram {
	const rate = RateNarrow
	const window, hop = rate * windowMS / 1000, rate * hopMS / 1000
	padded := append(make([]int16, window), t.Render(rate)...)
	padded = append(padded, make([]int16, 2*window)...)
	steps := int(12 * perSemitone * math.Log2(rate/2/float64(lowestHz)))
	shape := make([]float64, window)
	for i := range shape {
		shape[i] = (1 - math.Cos(2*math.Pi*float64(i)/window)) / 2
	}
	var s spectrogram
	frame := make([]float64, window)
	for at := 0; at+window <= len(padded); at += hop {
		for i := range frame {
			frame[i] = float64(padded[at+i]) * shape[i]
		}
		row := make([]float64, steps)
		for i := range row {
			row[i] = magnitude(frame, lowestHz*math.Pow(2, float64(i)/12/perSemitone)/rate)
		}
		row = blur(row, blurSemitones*perSemitone)
		for i := range row {
			row[i] = math.Sqrt(row[i])
		}
		s = append(s, row)
	}
	return s.blurred()
}

// magnitude of one frequency, given in cycles a sample, by the Goertzel algorithm.
func magnitude(frame []float64, frequency float64) float64 {
	k := 2 * math.Cos(2*math.Pi*frequency)
	var s1, s2 float64
	for _, x := range frame {
		s1, s2 = x+k*s1-s2, s1
	}
	return math.Sqrt(max(0, s1*s1+s2*s2-k*s1*s2))
}

// blur is row under a Gaussian of that standard deviation.
func blur(row []float64, deviation float64) []float64 {
	reach := int(3 * deviation)
	out := make([]float64, len(row))
	for d := -reach; d <= reach; d++ {
		weight := math.Exp(-float64(d*d) / (2 * deviation * deviation))
		for i := max(0, -d); i < min(len(row), len(row)-d); i++ {
			out[i] += weight * row[i+d]
		}
	}
	return out
}

// blurred is blurred along time. One band a semitone is enough afterwards.
func (s spectrogram) blurred() spectrogram {
	out := make(spectrogram, len(s))
	column := make([]float64, len(s))
	for band := 0; band < len(s[0]); band += perSemitone {
		for i := range s {
			column[i] = s[i][band]
		}
		for i, x := range blur(column, blurMS/hopMS) {
			out[i] = append(out[i], x)
		}
	}
	return out
}

// stretched is s played that many times as slowly.
func (s spectrogram) stretched(by float64) spectrogram {
	out := make(spectrogram, int(float64(len(s))*by))
	for i := range out {
		out[i] = s[min(int(float64(i)/by), len(s)-1)]
	}
	return out
}

func (s spectrogram) like(o spectrogram) float64 {
	best := 0.0
	for _, by := range []float64{0.8, 0.9, 1, 1.1, 1.25} {
		t := o.stretched(by)
		strength := math.Sqrt(s.dot(s, 0) * t.dot(t, 0))
		for slip := -slipMS / hopMS; slip <= slipMS/hopMS; slip++ {
			best = max(best, s.dot(t, slip)/strength)
		}
	}
	return best
}

// dot is the inner product with another picture that comes slip steps later.
func (s spectrogram) dot(o spectrogram, slip int) float64 {
	sum := 0.0
	for i := max(0, slip); i < min(len(s), len(o)+slip); i++ {
		other := o[i-slip]
		for band, x := range s[i] {
			sum += x * other[band]
		}
	}
	return sum
}
