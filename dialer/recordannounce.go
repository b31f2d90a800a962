package dialer

import (
	"context"

	"github.com/hasshin/hasshin/ari"
)

// announce lets everybody in the booth hear that recording begins. It is played to the booth, over the voices, and so is in no track.
func (r *recorder) announce(p *recorded) {
	c := r.c
	sound := c.cfg.Recording.Announcement
	if sound == "" || r.announced {
		return
	}
	r.announced = true
	booth := boothBridge(c.owner.id)
	id := recordChannel(c.id, p.meta.ID+"-announcement")
	c.hand.atOnce(requestTimeout, func(ctx context.Context) {
		if _, err := c.node.ari.Bridges.Play(ctx, booth, ari.Play{PlaybackID: id, Media: []string{"sound:" + sound}}); err != nil {
			c.post(func() { r.unannounced(p, describe(err)) })
		}
	})
}

// announcementOver takes the end of a playback that may be the announcement of a recording.
func (n *node) announcementOver(playback ari.Playback) {
	prefix, name := owner(playback.ID)
	if prefix != prefixRecord || playback.State != "failed" {
		return
	}
	if c := n.e.callOf(name); c != nil {
		c.post(func() { c.recorder.unannounced(c.recorder.part, "is the sound installed on this Asterisk?") })
	}
}

// unannounced takes that nobody was told. The recording goes on: it is for people to judge what it is worth.
func (r *recorder) unannounced(p *recorded, why string) {
	if p == nil || r.part != p { // the call is over
		return
	}
	sound := r.c.cfg.Recording.Announcement
	r.c.log.Error().Str("sound", sound).Str("recording", p.meta.ID).Str("problem", why).Msg("the announcement of the recording was not played")
	p.meta.Add("its announcement, " + sound + ", was not played: " + why)
	r.c.e.recordings.note(p.shown())
	r.c.changed()
}
