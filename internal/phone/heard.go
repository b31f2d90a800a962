package phone

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Heard sums up a stretch of a timeline.
type Heard struct {
	// Frames that arrived in it.
	Frames int
	// Share of the stretch's frames, 0 to 1, that held each voice, [Ringback], [Music], [Silence] or [DeadAir].
	Share map[Voice]float64
	// Longest run of consecutive frames of each.
	Longest map[Voice]int
}

// Between sums up what was heard from `from` to `to`; a zero to means now.
func (e *Ear) Between(from, to time.Time) Heard {
	h := Heard{Share: map[Voice]float64{}, Longest: map[Voice]int{}}
	run := map[Voice]int{}
	total := 0
	for _, s := range e.Timeline(from, to) {
		frames := s.Frames
		h.Frames += frames
		if slices.Equal(s.Heard, []Voice{DeadAir}) {
			frames = int(s.To.Sub(s.From) / frameTime)
		}
		total += frames
		for v := range run {
			if !slices.Contains(s.Heard, v) {
				delete(run, v)
			}
		}
		for _, v := range s.Heard {
			run[v] += frames
			h.Share[v] += float64(frames)
			h.Longest[v] = max(h.Longest[v], run[v])
		}
	}
	for v := range h.Share {
		h.Share[v] /= float64(max(total, 1))
	}
	return h
}

const (
	// overlooked is the number of frames for which packets may stay away within a stretch.
	overlooked = 25
	// leastFrames must have arrived to speak of having heard anything.
	leastFrames = 4
)

// Exactly tells whether want, and no other voice, ringback or music, was heard: each of want in most of the frames, anything else
// in no more than two frames in a row. Without want it tells whether nothing was heard, be it silence or dead air. Less than half a
// second of dead air is overlooked: a busy machine may hold packets back for as long.
func (h Heard) Exactly(want ...Voice) bool { return len(h.Objections(want...)) == 0 }

// Objections lists in what h differs from exactly want, in words.
func (h Heard) Objections(want ...Voice) []string {
	var out []string
	for _, v := range want {
		if h.missing(v) {
			out = append(out, fmt.Sprintf("%v missing (%.0f%%)", v, h.Share[v]*100))
		}
	}
	for _, v := range slices.Sorted(maps.Keys(h.Longest)) {
		if v == Silence || v == DeadAir || slices.Contains(want, v) {
			continue
		}
		if h.Longest[v] > fewFrames {
			out = append(out, fmt.Sprintf("%v heard (%.0f%%)", v, h.Share[v]*100))
		}
	}
	return out
}

// missing tells whether v was not heard most of the time in which packets came.
func (h Heard) missing(v Voice) bool {
	arrived := 1.0
	if h.Longest[DeadAir] < overlooked {
		arrived -= h.Share[DeadAir]
	}
	return h.Frames < leastFrames || h.Share[v] < mostly*arrived
}

// String is, for example, "650 Hz 98%, silence 2%".
func (h Heard) String() string {
	var parts []string
	for _, v := range slices.SortedFunc(maps.Keys(h.Share), func(a, b Voice) int {
		switch {
		case h.Share[a] > h.Share[b]:
			return -1
		case h.Share[a] < h.Share[b]:
			return 1
		}
		return int(a - b)
	}) {
		parts = append(parts, fmt.Sprintf("%v %.0f%%", v, h.Share[v]*100))
	}
	if parts == nil {
		return "nothing yet"
	}
	return strings.Join(parts, ", ")
}

// Now sums up the last 200 ms.
func (e *Ear) Now() Heard { return e.Between(time.Now().Add(-glanceTime), time.Time{}) }

// Hears tells whether exactly these are heard now; see [Heard.Exactly].
func (e *Ear) Hears(want ...Voice) bool { return e.a != nil && e.Now().Exactly(want...) }

// HearsNothing tells whether there is neither voice nor ringback nor music now.
func (e *Ear) HearsNothing() bool { return e.Hears() }

// WaitHears waits until exactly these are heard over 200 ms, counted from now on; none means that nothing is heard. Its error
// says what is heard instead.
func (e *Ear) WaitHears(ctx context.Context, want ...Voice) error {
	if e.a == nil {
		return errDeaf
	}
	start := time.Now()
	var got Heard
	err := poll(ctx, func() bool {
		now := time.Now()
		got = e.Between(now.Add(-glanceTime), now)
		return now.Sub(start) >= glanceTime && got.Exactly(want...)
	})
	if err != nil {
		return fmt.Errorf("heard %v: %s: %w", got, strings.Join(got.Objections(want...), ", "), err)
	}
	return nil
}

// WaitOver waits until v has been heard after `after` and is over: for 200 ms of what arrived after it there was none of it, or nothing at all arrives
// any more for the half second that a busy machine may hold packets back. It returns when it was heard last.
func (e *Ear) WaitOver(ctx context.Context, v Voice, after time.Time) (at time.Time, err error) {
	if at, err = e.WaitHeard(ctx, v, after); err != nil {
		return at, err
	}
	err = poll(ctx, func() bool {
		without := 0
		for _, s := range e.Timeline(at, time.Time{}) {
			if slices.Contains(s.Heard, v) {
				at, without = s.To, 0
				continue
			}
			without += s.Frames
		}
		return without >= int(glanceTime/frameTime) || time.Since(latest(at, e.LastPacket())) >= overlooked*frameTime
	})
	if err != nil {
		return at, fmt.Errorf("%v is not over: %w", v, err)
	}
	return at, nil
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
