package dialer

import (
	"slices"
	"time"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/dialer/recording"
)

// recorderSnapshot is what the journal keeps.
type recorderSnapshot struct {
	On     bool            `json:"on,omitempty"`
	Drawn  bool            `json:"drawn,omitempty"`
	Paused bool            `json:"paused,omitempty"`
	Parts  int             `json:"parts,omitempty"`
	Part   *recording.Meta `json:"part,omitempty"` // one that Asterisk has begun
	Leg    string          `json:"leg,omitempty"`
	Muted  bool            `json:"muted,omitempty"`
}

func (r *recorder) snapshot() *recorderSnapshot {
	if !r.drawn {
		return nil
	}
	s := &recorderSnapshot{On: r.on, Drawn: r.drawn, Paused: r.paused, Parts: r.parts}
	if p := r.part; p != nil && p.noted {
		meta := p.shown()
		s.Part, s.Leg, s.Muted = &meta, p.leg, p.muted
	}
	return s
}

// restore makes the recorder what the snapshot says.
func (r *recorder) restore(s *recorderSnapshot) {
	if s == nil {
		return
	}
	r.on, r.drawn, r.paused, r.parts, r.announced = s.On, s.Drawn, s.Paused, s.Parts, s.Parts > 0
	if s.Part == nil || r.c.e.recordings == nil {
		return
	}
	r.part = &recorded{meta: *s.Part, leg: s.Leg, muted: s.Muted, noted: true, seen: s.Part.Started}
	for range s.Part.Tracks {
		r.part.tracks = append(r.part.tracks, track{made: true, begun: true})
	}
	r.leg, r.legOf = s.Leg, r.c.owner.id
	r.c.e.recordings.hold(s.Part.ID)
}

// reconcile compares the part being recorded with what Asterisk has after a connect.
func (r *recorder) reconcile(present map[string]ari.Channel) {
	p := r.part
	if p == nil {
		return
	}
	for i, t := range p.meta.Tracks {
		if _, there := present[t.Name]; !there && !p.tracks[i].over {
			p.tracks[i].over = true
			r.unseen(p, i)
		}
	}
	if p.tracks[0].over {
		r.finish(endedUnseen)
		r.leg, r.legOf = "", ""
		return
	}
	p.muting, p.seen = false, time.Now()
}

const endedUnseen = "it ended while hasshin was not connected to Asterisk"

// unseen takes that a track ended while nobody was told: it is to be there until the connection was lost, and is wanted as far as it goes.
func (r *recorder) unseen(p *recorded, i int) {
	if lost := r.c.node.lostAt(); p.tracks[i].begun && p.meta.Tracks[i].Ended.IsZero() && lost.After(p.seen) {
		p.meta.Tracks[i].Ended = lost
	}
}

// releaseUnlessTrack hangs up a channel that recorded for an earlier process.
func (c *callActor) releaseUnlessTrack(channel string) {
	if _, announces := c.recorder.announcing[channel]; announces {
		return
	}
	if p := c.recorder.part; p != nil && slices.ContainsFunc(p.meta.Tracks, func(t recording.Track) bool { return t.Name == channel }) {
		return
	}
	c.node.releaseOrphan(channel, "nothing is recorded with it any more")
}
