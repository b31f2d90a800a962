package phone

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// partial is one sinusoid of a test sound.
type partial struct {
	hz, peak, phase float64
}

// sound renders sinusoids through µ-law, as packets would carry them.
func sound(frames int, partials ...partial) []byte {
	out := make([]byte, frames*frameSamples)
	for n := range out {
		x := 0.0
		for _, p := range partials {
			x += p.peak * math.Sin(2*math.Pi*p.hz*float64(n)/sampleRate+p.phase)
		}
		out[n] = encodeULaw(int16(max(-32768, min(32767, x))))
	}
	return out
}

// listen plays µ-law samples to a fresh ear, 20 ms of it each 20 ms from a fixed time on.
func listen(samples []byte) *Ear {
	e := newEar(defaultAnalyser())
	at := playedAt
	for i := 0; i+frameSamples <= len(samples); i += frameSamples {
		e.packet(at, uint32(i)+7, PCMU.table(), samples[i:i+frameSamples])
		at = at.Add(frameTime)
	}
	e.end(at)
	return e
}

var playedAt = time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)

func whole(e *Ear) Heard { return e.Between(playedAt, time.Time{}) }

func voicePartial(v Voice) partial {
	return partial{hz: float64(v), peak: DefaultAmplitude, phase: float64(v)}
}

func TestEachVoiceIsHeardAlone(t *testing.T) {
	for _, v := range listened {
		if got := whole(listen(sound(10, voicePartial(v)))); !got.Exactly(v) || got.Share[v] != 1 || got.Share[Music] > 0 {
			t.Errorf("%v was heard as %v", v, got)
		}
	}
}

func TestQuietAndLoudVoices(t *testing.T) {
	for _, peak := range []float64{200, 1000, 30000} {
		p := voicePartial(650)
		p.peak = peak
		if got := whole(listen(sound(10, p))); got.Share[650] != 1 || !got.Exactly(650) {
			t.Errorf("at peak %v: %v", peak, got)
		}
	}
}

// A conference: every set of voices that does not clip must be told apart, whatever the phases.
func TestVoicesTogether(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 200 {
		n := 2 + random.IntN(6)
		perm := random.Perm(len(listened))
		var want []Voice
		var mix []partial
		for _, i := range perm[:n] {
			want = append(want, listened[i])
			mix = append(mix, partial{float64(listened[i]), DefaultAmplitude * (0.5 + random.Float64()/2), random.Float64() * 7})
		}
		got := whole(listen(sound(10, mix...)))
		if !got.Exactly(want...) {
			t.Fatalf("round %d: %v was heard as %v: %v", round, want, got, got.Objections(want...))
		}
	}
}

func TestSilenceAndFaintNoise(t *testing.T) {
	if got := whole(listen(sound(10))); got.Share[Silence] != 1 {
		t.Errorf("silence was heard as %v", got)
	}
	if got := whole(listen(sound(10, partial{hz: 650, peak: 20}))); got.Share[Silence] != 1 {
		t.Errorf("a tone far below hearing was heard as %v", got)
	}
}

func TestRingbackAndItsNeighbours(t *testing.T) {
	us := []partial{{440, 3000, 1}, {480, 3000, 2}}
	japan := []partial{{400, 3000, 1}, {15, 3000, 2}}
	for name, tones := range map[string][]partial{"US": us, "Japanese": japan} {
		if got := whole(listen(sound(50, tones...))); got.Share[Ringback] < 0.99 || !got.Exactly(Ringback) {
			t.Errorf("%s ringback was heard as %v", name, got)
		}
		withVoice := append([]partial{voicePartial(850)}, tones...)
		if got := whole(listen(sound(50, withVoice...))); !got.Exactly(Ringback, 850) {
			t.Errorf("%s ringback and a voice were heard as %v", name, got)
		}
	}
	for name, other := range map[string][]partial{
		"European ringback, 425 Hz": {{425, 4000, 0}},
		"450 Hz":                    {{450, 4000, 0}},
		"dial tone, 350+440 Hz":     {{350, 3000, 0}, {440, 3000, 1}},
		"busy tone, 480+620 Hz":     {{480, 3000, 0}, {620, 3000, 1}},
		"Japanese dial tone":        {{400, 4000, 0}},
		"a fax's calling tone":      {{1100, 4000, 0}},
	} {
		if got := whole(listen(sound(50, other...))); got.Share[Ringback] > 0 || !got.Exactly(Music) {
			t.Errorf("%s was heard as %v", name, got)
		}
	}
}

// music plays chords of equally tempered notes with harmonics and decay, over the whole range of the voices.
func music(frames int, seed uint64) []byte {
	random := rand.New(rand.NewPCG(seed, seed))
	samples := make([]float64, frames*frameSamples)
	for start := 0; start < len(samples); start += sampleRate / 5 {
		for range 4 {
			hz := 110 * math.Pow(2, float64(random.IntN(48))/12)
			peak := 1500 + 2500*random.Float64()
			for harmonic := 1.0; harmonic <= 5 && hz*harmonic < 3800; harmonic++ {
				phase := random.Float64() * 7
				for n := start; n < len(samples); n++ {
					age := float64(n-start) / sampleRate
					if age > 0.8 {
						break
					}
					samples[n] += peak / harmonic / harmonic * math.Exp(-4*age) * math.Sin(2*math.Pi*hz*harmonic*age+phase)
				}
			}
		}
	}
	out := make([]byte, len(samples))
	for n, x := range samples {
		out[n] = encodeULaw(int16(max(-32000, min(32000, x))))
	}
	return out
}

func TestMusicIsNotAVoice(t *testing.T) {
	for seed := range uint64(8) {
		got := whole(listen(music(250, seed)))
		if got.Share[Music] < 0.9 {
			t.Errorf("music %d was heard as %v", seed, got)
		}
		for _, v := range listened {
			if got.Share[v] > 0.03 || got.Longest[v] > fewFrames {
				t.Errorf("music %d: %v for %.1f%% of the time, at most %d frames", seed, v, got.Share[v]*100, got.Longest[v])
			}
		}
	}
}

func TestVoiceUnderMusic(t *testing.T) {
	for seed := range uint64(5) {
		mixed := music(200, seed)
		voice := sound(200, voicePartial(850))
		for i := range mixed {
			mixed[i] = encodeULaw(int16(max(-32000, min(32000, PCMU.table()[mixed[i]]+PCMU.table()[voice[i]]))))
		}
		if got := whole(listen(mixed)); got.Share[850] < mostly || got.Share[Music] < mostly {
			t.Errorf("850 Hz under music %d was heard as %v", seed, got)
		}
	}
}

// Speech-like noise, filtered and bursting, must not be a voice.
func TestNoiseIsNotAVoice(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	out := make([]byte, 500*frameSamples)
	y := 0.0
	for n := range out {
		y = 0.7*y + random.NormFloat64()*2000
		out[n] = encodeULaw(int16(max(-32000, min(32000, y*(1+math.Sin(2*math.Pi*4*float64(n)/sampleRate))))))
	}
	got := whole(listen(out))
	if !got.Exactly(Music) {
		t.Errorf("noise was heard as %v: %v", got, got.Objections(Music))
	}
}

// A tone that begins anywhere within a frame is first heard in the packet that holds its beginning, or, where that holds hardly
// any of it, in the next; and no other voice is heard at the seam.
func TestOnsetWithinAFrame(t *testing.T) {
	for _, previous := range []Voice{Silence, 1450} {
		for offset := 0; offset < frameSamples; offset += 10 {
			samples := append(sound(10, partial{hz: float64(previous), peak: DefaultAmplitude * min(1, float64(previous))}),
				sound(10, voicePartial(650))...)
			samples = samples[frameSamples-offset:]
			e := listen(samples)
			at, ok := e.FirstHeard(650, playedAt)
			begin := time.Duration(9*frameSamples+offset) * time.Second / sampleRate
			exact := playedAt.Add(begin.Truncate(frameTime))
			if !ok || at.Before(exact) || at.Sub(exact) > frameTime {
				t.Errorf("after %v, %d samples into a frame: first heard at %v, began in the packet at %v", previous, offset, at, exact)
			}
			for v, run := range whole(e).Longest {
				if v != 650 && v != previous && run > fewFrames {
					t.Errorf("after %v, %d samples into a frame: %v for %d frames", previous, offset, v, run)
				}
			}
		}
	}
}

func TestDeadAirAndTimeline(t *testing.T) {
	e := newEar(defaultAnalyser())
	tone, quiet := sound(1, voicePartial(650)), sound(1)
	at, timestamp := playedAt, uint32(0)
	play := func(samples []byte, frames int) {
		for range frames {
			e.packet(at, timestamp, PCMU.table(), samples)
			at, timestamp = at.Add(frameTime), timestamp+frameSamples
		}
	}
	play(tone, 10)
	play(quiet, 10)
	at = at.Add(300 * time.Millisecond)
	play(tone, 10)
	at = at.Add(200 * time.Millisecond)
	e.end(at)

	var got []string
	for _, s := range e.Timeline(playedAt, time.Time{}) {
		got = append(got, fmt.Sprintf("%v..%v %v %d", s.From.Sub(playedAt), s.To.Sub(playedAt), s.Heard, s.Frames))
	}
	want := []string{
		"0s..200ms [650 Hz] 10",
		"200ms..400ms [silence] 10",
		"400ms..700ms [dead air] 0",
		"700ms..900ms [650 Hz] 10",
		"900ms..1.1s [dead air] 0",
	}
	if !slices.Equal(got, want) {
		t.Errorf("timeline:\n%q\nwant\n%q", got, want)
	}
	if h := e.Between(playedAt.Add(100*time.Millisecond), playedAt.Add(300*time.Millisecond)); h.Share[650] != 0.5 || h.Share[Silence] != 0.5 {
		t.Errorf("a stretch across two spans: %v", h)
	}
	if at, ok := e.FirstHeard(DeadAir, playedAt); !ok || at.Sub(playedAt) != 400*time.Millisecond {
		t.Errorf("dead air from %v", at.Sub(playedAt))
	}
}

// Packets of any length and codec feed the same frames; after a gap in the timestamps a frame begins anew.
func TestOddPackets(t *testing.T) {
	e := newEar(defaultAnalyser())
	samples := sound(30, voicePartial(1850))
	at := playedAt
	for i := 0; i < len(samples); {
		n := min(80+i%3*40, len(samples)-i)
		e.packet(at, uint32(i), PCMU.table(), samples[i:i+n])
		at = at.Add(time.Duration(n) * time.Second / sampleRate)
		i += n
	}
	e.end(at)
	if got := whole(e); !got.Exactly(1850) || got.Share[1850] < 0.99 {
		t.Errorf("odd packet lengths: %v", got)
	}
}

func TestTimelineForgetsItsBeginningOnly(t *testing.T) {
	e := newEar(defaultAnalyser())
	tone, quiet := sound(1, voicePartial(650)), sound(1)
	at := playedAt
	for i := range maxSpans + 10 {
		e.packet(at, uint32(i*frameSamples), PCMU.table(), [][]byte{tone, quiet}[i%2])
		at = at.Add(frameTime)
	}
	e.end(at)
	if n := len(e.spans); n > maxSpans || n < maxSpans/2 {
		t.Errorf("%d spans kept", n)
	}
	if h := e.Between(at.Add(-time.Second), at); h.Share[650] != 0.5 {
		t.Errorf("the last second: %v", h)
	}
}

func BenchmarkFrame(b *testing.B) {
	for name, samples := range map[string][]byte{
		"silence": sound(1), "voice": sound(1, voicePartial(650)), "music": music(50, 1),
	} {
		b.Run(name, func(b *testing.B) {
			e := newEar(defaultAnalyser())
			b.ReportAllocs()
			at := time.Now()
			for i := range b.N {
				frame := i % (len(samples) / frameSamples) * frameSamples
				e.packet(at, uint32(i)*frameSamples, PCMU.table(), samples[frame:frame+frameSamples])
				at = at.Add(frameTime)
			}
		})
	}
}

// A pause within a tone, and packets that a busy machine holds back, are not its end; 200 ms of something else are, and so is that nothing comes any more.
func TestATonesEndIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, after := range []int{0, 30} { // frames of something else after it
			e := newEar(defaultAnalyser())
			began := time.Now()
			timestamp := uint32(0)
			play := func(frames int, partials ...partial) {
				for range frames {
					e.packet(time.Now(), timestamp, PCMU.table(), sound(1, partials...))
					timestamp += frameSamples
					time.Sleep(frameTime)
				}
			}
			var ended time.Time
			go func() {
				play(10, voicePartial(850))
				play(3)
				time.Sleep(300 * time.Millisecond)
				play(10, voicePartial(850))
				ended = time.Now()
				play(after, voicePartial(650))
			}()
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			at, err := e.WaitOver(ctx, 850, began)
			cancel()
			synctest.Wait()
			if err != nil || ended.IsZero() || at.Sub(ended).Abs() > frameTime {
				t.Errorf("%d frames after it: over at %v, %v; it ended at %v", after, at.Sub(began), err, ended.Sub(began))
			}
			time.Sleep(time.Second)
		}
	})
}
