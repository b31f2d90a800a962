package dialer

import (
	"slices"

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
	r.part = &recorded{meta: *s.Part, leg: s.Leg, muted: s.Muted, noted: true}
	for range s.Part.Tracks {
		r.part.tracks = append(r.part.tracks, track{made: true, begun: true})
	}
	r.leg, r.legOf = s.Leg, r.c.owner.id
	r.c.e.recordings.hold(s.Part.ID)
}

// reconcile compares the part being recorded with what Asterisk has after a connect.
func (r *recorder) reconcile(present map[string]ari.Channel) {
	if r.part == nil {
		return
	}
	for i, t := range r.part.meta.Tracks {
		_, there := present[t.Name]
		r.part.tracks[i].over = !there
	}
	if r.part.tracks[0].over {
		r.finish("recording broke off while the connection to Asterisk was lost")
		r.leg, r.legOf = "", ""
		return
	}
	r.part.muting = false
}

// releaseUnlessTrack hangs up a channel that recorded for an earlier process.
func (c *callActor) releaseUnlessTrack(channel string) {
	if p := c.recorder.part; p != nil && slices.ContainsFunc(p.meta.Tracks, func(t recording.Track) bool { return t.Name == channel }) {
		return
	}
	c.node.releaseOrphan(channel, "nothing is recorded with it any more")
}
