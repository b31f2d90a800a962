package robot

import (
	"slices"
	"time"

	"github.com/hasshin/hasshin/internal/phone"
)

// What a robot takes for heard. The tones that hasshin itself lets an agent hear during calls are all shorter: their notes than leastVoice,
// the whole than leastSpeech.
const (
	leastVoice   = 160 * time.Millisecond // a contact's tone
	leastRinging = 240 * time.Millisecond // on end: speech can sound like ringing for a syllable
	leastSpeech  = time.Second            // speech or music
	leastBeep    = 200 * time.Millisecond
)

// Timeline is what an ear heard, oldest first.
type Timeline []phone.Span

// For is how long v was heard between from and to, all its pieces together.
func (t Timeline) For(v phone.Voice, from, to time.Time) time.Duration {
	var sum time.Duration
	for _, s := range t {
		if slices.Contains(s.Heard, v) {
			sum += overlap(s, from, to)
		}
	}
	return sum
}

// Voices are the tones heard between from and to for long enough to be no note of a tone, in the order in which they came.
func (t Timeline) Voices(from, to time.Time) []phone.Voice {
	var out []phone.Voice
	for _, s := range t {
		for _, v := range s.Heard {
			if v > phone.Silence && !slices.Contains(out, v) && t.For(v, from, to) >= leastVoice {
				out = append(out, v)
			}
		}
	}
	return out
}

// reached is when the sum of what was heard of v from `from` on came to d.
func (t Timeline) reached(v phone.Voice, from time.Time, d time.Duration) (time.Time, bool) {
	for _, s := range t {
		if !slices.Contains(s.Heard, v) {
			continue
		}
		part := overlap(s, from, s.To)
		if part >= d {
			return s.To.Add(d - part), true
		}
		d -= part
	}
	return time.Time{}, false
}

// flutter is what an ear may take for something else in the midst of ringing, where its tones begin, end or beat.
const flutter = 60 * time.Millisecond

// rung is when ringing had been heard on end for long enough after from to be sure of it.
func (t Timeline) rung(from time.Time) (time.Time, bool) {
	var began, until time.Time
	for _, s := range t {
		if !slices.Contains(s.Heard, phone.Ringback) || s.From.Before(from) {
			continue
		}
		if s.From.Sub(until) > flutter {
			began = s.From
		}
		until = s.To
		if until.Sub(began) >= leastRinging {
			return began.Add(leastRinging), true
		}
	}
	return time.Time{}, false
}

// withoutRinging leaves out the stretches in which ringing was heard, with their flutter.
func (t Timeline) withoutRinging() Timeline {
	rings := func(i int) bool { return i >= 0 && i < len(t) && slices.Contains(t[i].Heard, phone.Ringback) }
	var out Timeline
	for i, s := range t {
		if !rings(i) && !(s.To.Sub(s.From) <= flutter && (rings(i-1) || rings(i+1))) {
			out = append(out, s)
		}
	}
	return out
}

func overlap(s phone.Span, from, to time.Time) time.Duration {
	begin, end := s.From, s.To
	if begin.Before(from) {
		begin = from
	}
	if end.After(to) {
		end = to
	}
	return max(end.Sub(begin), 0)
}

// machine tells whether a recorded greeting and then a beep was heard between from and to.
func machine(t Timeline, beep phone.Voice, from, to time.Time) bool {
	greeted, ok := t.reached(phone.Music, from, leastSpeech)
	return ok && t.For(beep, greeted, to) >= leastBeep
}

// listener watches what a robot's phone hears in one call and tells each new kind of sound once.
type listener struct {
	cfg   Config
	legs  func() []*phone.Call
	since time.Time
	told  map[Kind]bool
}

func newListener(cfg Config, legs func() []*phone.Call) *listener {
	return &listener{cfg: cfg, legs: legs, told: map[Kind]bool{}}
}

// timeline is what was heard from the listener's beginning to `to`, on all legs the phone has had.
func (l *listener) timeline(to time.Time) Timeline {
	if l.cfg.Deaf || l.since.IsZero() {
		return nil
	}
	var all Timeline
	for _, leg := range l.legs() {
		all = append(all, leg.Ear().Timeline(l.since, to)...)
	}
	return all
}

// hear returns what is new about a call that was, or was not yet, answered.
func (l *listener) hear(answered, now time.Time) []Moment {
	t := l.timeline(now)
	var out []Moment
	once := func(kind Kind, v phone.Voice, at time.Time, ok bool) {
		if ok && !l.told[kind] {
			l.told[kind] = true
			out = append(out, Moment{At: at, Kind: kind, Voice: v})
		}
	}
	if answered.IsZero() {
		at, ok := t.rung(l.since)
		once(HeardRinging, phone.Ringback, at, ok)
		t = t.withoutRinging()
		for _, v := range t.Voices(l.since, now) {
			at, ok := t.reached(v, l.since, leastVoice)
			once(HeardAnnouncement, v, at, ok)
		}
		at, ok = t.reached(phone.Music, l.since, leastSpeech)
		once(HeardAnnouncement, phone.Music, at, ok)
		return out
	}
	speech, ok := t.reached(phone.Music, answered, leastSpeech)
	once(HeardSpeech, phone.Music, speech, ok)
	if machine(t, l.cfg.Beep, answered, now) {
		at, ok := t.reached(l.cfg.Beep, speech, leastBeep)
		once(HeardBeep, l.cfg.Beep, at, ok)
		return out
	}
	for _, v := range t.Voices(answered, now) {
		if v != l.cfg.Beep {
			at, ok := t.reached(v, answered, leastVoice)
			once(HeardVoice, v, at, ok)
		}
	}
	return out
}
