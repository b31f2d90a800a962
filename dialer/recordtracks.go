package dialer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/recording"
)

// recorded is the part being recorded.
type recorded struct {
	meta   recording.Meta
	tracks []track // of meta.Tracks
	leg    string  // the owner's
	muted  bool
	muting bool      // a change is under way
	noted  bool      // it was told that it has begun
	seen   time.Time // the last time that Asterisk was asked and had it

	unannounced bool // somebody was not told of it
}

// track is how far one of the tracks has come.
type track struct{ made, begun, over bool }

// begun tells whether all tracks that there are have begun.
func (p *recorded) begun() bool {
	return !slices.ContainsFunc(p.tracks, func(t track) bool { return !t.begun && !t.over })
}

func (p *recorded) index(name string) int {
	return slices.IndexFunc(p.meta.Tracks, func(t recording.Track) bool { return t.Name == name })
}

// addTracks makes tracks of those legs in the booth that have none yet.
func (r *recorder) addTracks() {
	c, p := r.c, r.part
	right := 1
	if p.meta.Channels == recording.Mono {
		right = 0
	}
	before := len(p.tracks)
	for i, leg := range r.inBooth(p) {
		r.addTrack(leg, min(i, right))
	}
	if len(p.tracks) > before {
		c.e.recordings.note(p.shown())
	}
}

// inBooth lists the legs in the booth, the owner's first.
func (r *recorder) inBooth(p *recorded) []string {
	legs := []string{p.leg}
	for _, other := range r.c.everybody() {
		if other.place == call.Booth && other.phase == up && !other.leaving {
			legs = append(legs, other.channel)
		}
	}
	return legs
}

func (r *recorder) addTrack(leg string, channel int) {
	c, p := r.c, r.part
	if slices.ContainsFunc(p.meta.Tracks, func(t recording.Track) bool { return t.Leg == leg }) {
		return
	}
	name := recordChannel(c.id, fmt.Sprintf("%s-%d", p.meta.ID, len(p.tracks)))
	p.meta.Tracks = append(p.meta.Tracks, recording.Track{Name: name, Leg: leg, Channel: channel})
	p.tracks = append(p.tracks, track{})
	c.hand.atOnce(requestTimeout, func(ctx context.Context) {
		err := c.node.snoop(ctx, leg, c.id, ari.Snoop{
			SnoopID: name, Spy: ari.In, Whisper: ari.None, App: c.node.cfg.App, AppArgs: []string{"record", c.id},
		})
		if err != nil {
			c.post(func() { r.trackFailed(p, name, err) })
		}
	})
}

// shown is what is known, apart from what changes here.
func (p *recorded) shown() recording.Meta {
	m := p.meta
	m.Tracks, m.Pauses = slices.Clone(m.Tracks), slices.Clone(m.Pauses)
	return m
}

// trackFailed takes a track that cannot be recorded. If its leg has just gone, nothing is lost by it.
func (r *recorder) trackFailed(p *recorded, name string, err error) {
	i := p.index(name)
	if r.part != p || p.tracks[i].over {
		return
	}
	if errors.Is(err, ari.ErrNotFound) && i > 0 {
		p.tracks[i].over = true
		r.settle()
		return
	}
	r.fail(p, err)
}

// onTrack takes what Asterisk reports of a channel that records.
func (r *recorder) onTrack(l leg) {
	if r.onAnnouncement(l) {
		return
	}
	p, i := r.part, -1
	if p != nil {
		i = p.index(l.channel.ID)
	}
	if i < 0 {
		if l.kind == legCreated {
			l.node.releaseOrphan(l.channel.ID, "nothing is recorded with it any more")
		}
		return
	}
	switch l.kind {
	case legCreated:
		p.tracks[i].made = true
		r.start(p)
	case legGone: // the leg is gone, and its track with it
		p.tracks[i].over = true
		if i == 0 {
			r.finish("")
			r.leg, r.legOf = "", "" // the agent may have another one by now
			r.c.changed()
			return
		}
		p.meta.Tracks[i].Ended = time.Now()
		r.settle()
	}
}

// start lets the first tracks begin, as nearly at once as can be, and later ones when they can. How far apart they were Asterisk's events tell.
func (r *recorder) start(p *recorded) {
	c := r.c
	if !p.noted && slices.ContainsFunc(p.tracks, func(t track) bool { return !t.made && !t.over }) {
		return
	}
	for i, t := range p.meta.Tracks {
		if !p.tracks[i].made || p.tracks[i].begun || p.tracks[i].over {
			continue
		}
		c.hand.atOnce(requestTimeout, func(ctx context.Context) {
			_, err := c.node.ari.Channels.Record(ctx, t.Name, ari.Record{Name: t.Name, Format: "sln", IfExists: "fail"})
			if err != nil && !errors.Is(err, ari.ErrConflict) { // it was asked to before
				c.post(func() { r.trackFailed(p, t.Name, err) })
			}
		})
	}
}

// endsBefore is how long before its channel a recording ends that ends with it.
const endsBefore = time.Second

// onRecording takes what Asterisk reports of a track.
func (r *recorder) onRecording(name, state, cause string, at time.Time) {
	p, i := r.part, -1
	if p != nil {
		i = p.index(name)
	}
	if i < 0 {
		return
	}
	switch state {
	case "started":
		p.meta.Tracks[i].Started, p.tracks[i].begun = at, true
		if !p.begun() {
			return
		}
		if !p.noted {
			p.noted, p.meta.Started, p.seen = true, time.Now(), time.Now()
			r.c.log.Info().Str("recording", p.meta.ID).Str("kind", string(p.meta.Kind)).Msg("recording")
		}
		r.c.e.recordings.note(p.shown())
		r.c.changed()
	case "failed":
		r.trackFailed(p, name, fmt.Errorf("cannot record: %s", cause))
	case "finished": // nobody asked for it: with its leg, or by itself, as on a full disk
		time.AfterFunc(endsBefore, func() {
			r.c.post(func() {
				if r.part == p && !p.tracks[i].over {
					r.fail(p, errEndedItself)
				}
			})
		})
	}
}

var errEndedItself = errors.New("the recording was ended by Asterisk itself; is its disk full?")

// A call that could not be recorded any more is tried again after retryFirst, and each time later, up to retryLimit: what was recorded has gone to
// hasshin's disk by then, and left room on Asterisk's.
const (
	retryFirst = 10 * time.Second
	retryLimit = 5 * time.Minute
)

// fail gives a part up; what there is of it is kept.
func (r *recorder) fail(p *recorded, err error) {
	if r.part != p {
		return
	}
	r.c.log.Error().Err(err).Str("recording", p.meta.ID).Msg("the call is not recorded")
	r.problem, r.failed = describe(err), true
	if r.reported != r.problem || time.Since(p.meta.Started) > retryLimit { // it had gone well for long
		r.reported = r.problem
		r.c.e.recordingFailed(r.c, r.problem)
	}
	r.finish(r.problem)
	r.retry = min(max(2*r.retry, retryFirst), retryLimit)
	time.AfterFunc(r.retry, func() { r.c.post(r.again) })
	r.c.e.recordings.metrics.brokenOff.WithLabelValues(r.c.campaignID).Inc()
	r.answer(&Error{Code: CodeNotRecorded, Message: "the call is not recorded: " + r.problem, Err: err})
	r.c.changed()
}

// again tries to record a call that could not be.
func (r *recorder) again() {
	if !r.failed {
		return
	}
	r.failed = false
	r.settle()
	r.c.changed()
}
