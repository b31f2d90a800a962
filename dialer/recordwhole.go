package dialer

import (
	"fmt"
	"io"
	"time"

	"github.com/hasshin/hasshin/dialer/recording"
)

// What is missing of a recording. Asterisk (22.10.1) tells nothing of a full disk: it writes a track by 32 KiB, 2 s, and ends it, as if it had been asked to,
// when one of these cannot be written. What was not written when a track is ended is worse: Asterisk makes the file as long as it should be
// (ftruncate) before it writes the rest (fclose), so that the file ends in zeros and nobody is told.

// shortBy is how much shorter than the conversation a track may be without somebody's being told.
const shortBy = 500 * time.Millisecond

// Asterisk writes so many bytes of a track at a time, and a disk takes them by blocks, so what did not get on it begins with one.
const (
	writtenAtOnce = 32 << 10
	diskBlock     = 4 << 10
)

// wholeness collects what is missing of a recording, track by track.
type wholeness struct {
	m       *recording.Meta
	silence bool // it ends in silence on purpose
	blank   int  // tracks that are nothing but zeros, and no longer than what is written at once
	tracks  int  // that have samples
}

func newWholeness(m *recording.Meta) *wholeness {
	n := len(m.Pauses)
	return &wholeness{m: m, silence: n > 0 && !m.Pauses[n-1].To.Before(m.Ended)}
}

// side says which channel of the file a track is in.
func (w *wholeness) side(t recording.Track) string {
	switch {
	case w.m.Channels == recording.Mono:
		return "of one side"
	case t.Channel == 0:
		return "of the left channel"
	}
	return "of the right channel"
}

// track takes a track with as much as there is of it, from its beginning.
func (w *wholeness) track(t recording.Track, bytes int64) {
	if t.Started.IsZero() {
		return
	}
	end := w.m.Ended
	if !t.Ended.IsZero() {
		end = t.Ended
	}
	if short := end.Sub(t.Started) - recording.Plays(bytes); short > shortBy {
		w.m.Add(fmt.Sprintf("%s are missing at the end %s", short.Round(10*time.Millisecond), w.side(t)))
	}
}

// written looks whether the samples of a track got on Asterisk's disk. size is what Asterisk has of it, used what is wanted of that.
func (w *wholeness) written(t recording.Track, samples io.ReaderAt, size, used int64) error {
	if size == 0 || w.silence {
		return nil
	}
	w.tracks++
	from := max(size-writtenAtOnce-diskBlock, 0)
	tail := make([]byte, size-from)
	if _, err := samples.ReadAt(tail, from); err != nil {
		return err
	}
	zeros := len(tail)
	for zeros > 0 && tail[zeros-1] == 0 {
		zeros--
	}
	begin := from + int64(zeros)
	switch {
	case size-begin > writtenAtOnce, begin == size, begin%diskBlock != 0: // somebody was silent
	case begin == 0:
		w.blank++
	case begin < used:
		w.m.Add(fmt.Sprintf("the last %s %s did not get on Asterisk's disk; is it full?", recording.Plays(used-begin).Round(10*time.Millisecond), w.side(t)))
	}
	return nil
}

// judge tells of a recording of which nothing got on Asterisk's disk; of one track alone nobody can tell it from somebody who is silent.
func (w *wholeness) judge() {
	if w.tracks > 1 && w.blank == w.tracks {
		w.m.Add("nothing of it got on Asterisk's disk; is it full?")
	}
}

// end is when the recording ended: when nobody saw it end, when it was last known to be there, or as late as it plays.
func (w *wholeness) end(first time.Time) time.Time {
	latest := first.Add(time.Duration(w.m.Millis) * time.Millisecond)
	for _, t := range w.m.Tracks {
		if t.Ended.IsZero() {
			return w.m.Ended
		}
		if t.Ended.After(latest) {
			latest = t.Ended
		}
	}
	if latest.After(w.m.Ended) {
		return w.m.Ended
	}
	return latest
}
