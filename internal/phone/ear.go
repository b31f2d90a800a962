package phone

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"sync"
	"time"
)

// What an ear can hear beside voices and [Silence]. They cannot be said.
const (
	// Ringback is the network's ringing tone of the US, 440 and 480 Hz together.
	Ringback Voice = -1
	// Music is sound that is neither a voice the ear listens for nor ringback: hold music, speech, an announcement, another tone.
	Music Voice = -2
	// DeadAir is no packets at all.
	DeadAir Voice = -3
)

const (
	frameTime = 20 * time.Millisecond
	// deadAirAfter is how long packets must stay away to count as dead air: more than a busy machine delays them.
	deadAirAfter = 100 * time.Millisecond
	// glanceTime is the stretch of the immediate past that "hears now" means.
	glanceTime = 200 * time.Millisecond
	// fewFrames in a row may hold anything: one where a tone begins or ends, one lost.
	fewFrames = 2
	// mostly is the share of frames in which a voice must be for it to be heard.
	mostly = 0.8
	// maxSpans bounds a timeline; the oldest spans go first. One lasts as long as what is heard stays the same.
	maxSpans = 16384
)

// span is a run of frames with the same content.
type span struct {
	from, to time.Time // arrival of the first packet; arrival of the last plus its 20 ms
	frames   int
	content
}

// Ear is the timeline of what arrived on one call. Times are the kernel's arrival times of packets, so they are right within
// one packet even when the process is late. Its methods are safe for concurrent use and work after the call has ended.
type Ear struct {
	a *analyser // nil: deaf

	mu       sync.Mutex
	spans    []span // of a long call only the newer ones
	partial  [frameSamples]float32
	filled   int
	next     uint32       // RTP timestamp that continues the previous packet
	history  [3]*spectrum // oldest first
	pending  time.Time    // arrival of the newest if that is not judged yet, else zero
	gap      bool         // the next frame does not follow the newest in history
	lastSeen time.Time
	ended    time.Time // when the call ended: dead air is not counted beyond
}

func newEar(a *analyser) *Ear {
	e := &Ear{a: a}
	for i := range e.history {
		e.history[i] = new(spectrum)
	}
	return e
}

// packet takes the payload of one RTP packet.
func (e *Ear) packet(at time.Time, timestamp uint32, table *[256]float32, payload []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lastSeen = at
	if e.a == nil {
		return
	}
	if timestamp != e.next {
		e.filled = 0
		e.settle()
		e.gap = true
	}
	e.next = timestamp + uint32(len(payload))
	for _, code := range payload {
		e.partial[e.filled] = table[code]
		if e.filled++; e.filled == frameSamples {
			e.filled = 0
			e.frame(at)
		}
	}
}

// frame measures the full frame in partial. One that holds only voices is judged at once; any other waits for its successor.
func (e *Ear) frame(at time.Time) {
	newest := e.history[0]
	e.history[0], e.history[1], e.history[2] = e.history[1], e.history[2], newest
	e.a.analyse(&e.partial, newest)
	newest.follows = !e.gap
	e.gap = false
	if !e.pending.IsZero() {
		e.add(e.pending, e.a.judge(e.before(1), e.history[1], newest))
		e.pending = time.Time{}
	}
	verdict := e.a.judge(e.before(2), newest, nil)
	if verdict.other {
		e.pending = at
		return
	}
	e.add(at, verdict)
}

// before is the spectrum of the frame before the one in history[i], nil if packets are missing between them.
func (e *Ear) before(i int) *spectrum {
	if !e.history[i].follows {
		return nil
	}
	return e.history[i-1]
}

// settle judges a pending frame, the newest, that has no successor.
func (e *Ear) settle() {
	if e.pending.IsZero() {
		return
	}
	e.add(e.pending, e.a.judge(e.before(2), e.history[2], nil))
	e.pending = time.Time{}
}

func (e *Ear) add(at time.Time, c content) {
	end := at.Add(frameTime)
	if n := len(e.spans); n > 0 {
		if last := &e.spans[n-1]; last.content == c && at.Sub(last.to) < deadAirAfter {
			last.to = end
			last.frames++
			return
		}
		if n == maxSpans {
			e.spans = append(e.spans[:0], e.spans[n/2:]...)
		}
	}
	e.spans = append(e.spans, span{from: at, to: end, frames: 1, content: c})
}

// end marks the end of the call, beyond which nothing is missed.
func (e *Ear) end(at time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.a != nil {
		e.settle()
	}
	e.ended = at
}

// Span is a stretch of time in which an ear heard the same all along.
type Span struct {
	// From is the arrival of its first packet, To the arrival of the last plus 20 ms.
	From, To time.Time
	// Frames of 20 ms that arrived in it; 0 in dead air.
	Frames int
	// Heard are the voices, [Ringback] and [Music] in it, or else [Silence] or [DeadAir] alone.
	Heard []Voice
}

// Timeline lists what was heard between from and to, oldest first, dead air included. A zero to means now.
func (e *Ear) Timeline(from, to time.Time) []Span {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []Span
	e.walk(from, to, func(s span, dead bool) {
		out = append(out, Span{From: s.from, To: s.to, Frames: s.frames, Heard: e.names(s.content, dead)})
	})
	return out
}

func (e *Ear) names(c content, dead bool) []Voice {
	if dead {
		return []Voice{DeadAir}
	}
	var out []Voice
	for set := c.voices; set != 0; set &= set - 1 {
		out = append(out, e.a.voices[bits.TrailingZeros64(set)])
	}
	if c.ringback {
		out = append(out, Ringback)
	}
	if c.other {
		out = append(out, Music)
	}
	if out == nil {
		out = []Voice{Silence}
	}
	return out
}

// walk calls visit for each span and each stretch of dead air that overlaps [from, to), clipped to it.
func (e *Ear) walk(from, to time.Time, visit func(s span, dead bool)) {
	now := time.Now()
	if !e.pending.IsZero() && now.Sub(e.pending) > 3*frameTime {
		e.settle()
	}
	if to.IsZero() || to.After(now) {
		to = now
	}
	if !e.ended.IsZero() && to.After(e.ended) {
		to = e.ended
	}
	clipped := func(s span, dead bool) {
		length := s.to.Sub(s.from)
		if s.from.Before(from) {
			s.from = from
		}
		if s.to.After(to) {
			s.to = to
		}
		kept := s.to.Sub(s.from)
		if kept <= 0 {
			return
		}
		if kept < length && s.frames > 0 {
			s.frames = int((int64(s.frames)*int64(kept) + int64(length)/2) / int64(length))
		}
		visit(s, dead)
	}
	// Where the ear has not heard anything yet is dead air too.
	at := from
	for i := e.firstAfter(from); i < len(e.spans); i++ {
		s := e.spans[i]
		if !s.from.Before(to) {
			break
		}
		if s.from.Sub(at) >= deadAirAfter {
			clipped(span{from: at, to: s.from}, true)
		}
		clipped(s, false)
		at = s.to
	}
	if to.Sub(at) >= deadAirAfter {
		clipped(span{from: at, to: to}, true)
	}
}

// firstAfter is the index of the first span that ends after t.
func (e *Ear) firstAfter(t time.Time) int {
	i := len(e.spans)
	for i > 0 && e.spans[i-1].to.After(t) {
		i--
	}
	return i
}

// FirstHeard is the arrival time of the first packet after `after` in which v is, or `after` itself if v was being heard then; ok is
// false if there was none yet. For [DeadAir] it is the time at which packets stopped.
func (e *Ear) FirstHeard(v Voice, after time.Time) (at time.Time, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.walk(after, time.Time{}, func(s span, dead bool) {
		if !ok && e.has(s.content, dead, v) {
			at, ok = s.from, true
		}
	})
	return at, ok
}

// has tells whether content c is, or holds, v.
func (e *Ear) has(c content, dead bool, v Voice) bool {
	switch {
	case dead || v == DeadAir:
		return dead && v == DeadAir
	case v == Ringback:
		return c.ringback
	case v == Music:
		return c.other
	case v == Silence:
		return c == content{}
	}
	for set := c.voices; set != 0; set &= set - 1 {
		if e.a.voices[bits.TrailingZeros64(set)] == v {
			return true
		}
	}
	return false
}

// LastPacket is the arrival time of the newest packet, zero if none came.
func (e *Ear) LastPacket() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.lastSeen
}

// errDeaf is returned where an answer needs analysis that [Config.Deaf] turned off.
var errDeaf = errors.New("this phone is deaf: it was configured not to analyse what it receives")

// poll calls done every frame until it answers true.
func poll(ctx context.Context, done func() bool) error {
	tick := time.NewTicker(frameTime)
	defer tick.Stop()
	for {
		if done() {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// WaitHeard waits for the first packet after `after` that holds v and returns its arrival time.
func (e *Ear) WaitHeard(ctx context.Context, v Voice, after time.Time) (at time.Time, err error) {
	if e.a == nil {
		return at, errDeaf
	}
	err = poll(ctx, func() (ok bool) {
		at, ok = e.FirstHeard(v, after)
		return ok
	})
	if err != nil {
		return at, fmt.Errorf("no %v since %s, but %v: %w", v, after.Format("15:04:05.000"), e.Between(after, time.Time{}), err)
	}
	return at, nil
}
