package recording

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"time"
)

// What Asterisk records as sln: signed 16-bit samples, little endian, 8000 a second, one channel.
const (
	rate        = 8000
	sampleBytes = 2
)

// Samples is a track as Asterisk recorded it.
type Samples struct {
	io.Reader
	Size    int64         // in bytes
	Late    time.Duration // how much later it began than the first track
	Channel int           // of the file
}

func (s Samples) pad() int64 { return int64(s.Late) * rate / int64(time.Second) }

func (s Samples) length() int64 { return s.pad() + s.Size/sampleBytes }

// Plays is how long so many bytes of a track play.
func Plays(bytes int64) time.Duration { return time.Duration(bytes/sampleBytes) * time.Second / rate }

// Until cuts off what was recorded after so long from the beginning of the first track: nobody has asked for what Asterisk records until it stops.
func (s *Samples) Until(end time.Duration) {
	most := max(int64(end-s.Late), 0) * rate / int64(time.Second)
	s.Size = min(s.Size, most*sampleBytes)
}

// Join writes a WAV file (RIFF, PCM) with so many channels, each track in its own, beginning when it began, or mixed with others that go into the
// same; the shorter ones end in silence. It answers how long the file plays.
func Join(w io.Writer, channels int, tracks []Samples) (time.Duration, error) {
	var frames int64
	for _, t := range tracks {
		frames = max(frames, t.length())
	}
	out := bufio.NewWriterSize(w, 64<<10)
	header(out, frames, channels)
	in := make([]*bufio.Reader, len(tracks))
	for i, t := range tracks {
		in[i] = bufio.NewReaderSize(io.LimitReader(t.Reader, t.Size), 64<<10)
	}
	le := binary.LittleEndian
	var sample [sampleBytes]byte
	sum := make([]int32, channels)
	for frame := range frames {
		clear(sum)
		for i, t := range tracks {
			if frame < t.pad() || frame >= t.length() {
				continue
			}
			if _, err := io.ReadFull(in[i], sample[:]); err != nil {
				if errors.Is(err, io.EOF) {
					err = io.ErrUnexpectedEOF // it is shorter than it said
				}
				return 0, err
			}
			sum[t.Channel] += int32(int16(le.Uint16(sample[:])))
		}
		for _, v := range sum {
			le.PutUint16(sample[:], uint16(int16(min(max(v, math.MinInt16), math.MaxInt16))))
			if _, err := out.Write(sample[:]); err != nil {
				return 0, err
			}
		}
	}
	return time.Duration(frames) * time.Second / rate, out.Flush()
}

// header writes that of a WAV file. What is written to a bufio.Writer fails at its Flush, if at all.
func header(w *bufio.Writer, frames int64, channels int) {
	block := uint16(channels * sampleBytes)
	data := uint32(frames * int64(block))
	le := binary.LittleEndian
	h := append([]byte("RIFF"), le.AppendUint32(nil, 36+data)...)
	h = append(h, "WAVEfmt "...)
	h = le.AppendUint32(h, 16)
	h = le.AppendUint16(h, 1) // PCM
	h = le.AppendUint16(h, uint16(channels))
	h = le.AppendUint32(h, rate)
	h = le.AppendUint32(h, rate*uint32(block))
	h = le.AppendUint16(h, block)
	h = le.AppendUint16(h, 8*sampleBytes)
	h = append(h, "data"...)
	h = le.AppendUint32(h, data)
	_, _ = w.Write(h)
}
