package dialer

import (
	"context"
	"errors"
	"fmt"

	"github.com/hasshin/hasshin/ari"
)

// announce lets everybody in the booth hear that recording begins: over the voices, each by a snoop channel that whispers, and so it is in no track. It
// is not played to the booth itself: when somebody leaves one in that moment, Asterisk 22.10 ends with all its calls (docs/asterisk.md).
func (r *recorder) announce(p *recorded) {
	c := r.c
	if c.cfg.Recording.Announcement == "" || r.announced {
		return
	}
	r.announced = true
	if r.announcing == nil {
		r.announcing = map[string]*recorded{}
	}
	for i, leg := range r.inBooth(p) {
		id := recordChannel(c.id, fmt.Sprintf("%s-announcement-%d", p.meta.ID, i))
		r.announcing[id] = p
		c.hand.atOnce(requestTimeout, func(ctx context.Context) {
			err := c.node.snoop(ctx, leg, c.id, ari.Snoop{SnoopID: id, Spy: ari.None, Whisper: ari.Out, App: c.node.cfg.App, AppArgs: []string{"announce", c.id}})
			if err != nil {
				c.post(func() { r.unannounced(id, err) })
			}
		})
	}
}

// onAnnouncement takes what Asterisk reports of a channel that whispers the announcement. It answers whether it is one.
func (r *recorder) onAnnouncement(l leg) bool {
	c, id := r.c, l.channel.ID
	if _, ours := r.announcing[id]; !ours {
		return false
	}
	switch l.kind {
	case legCreated:
		media := "sound:" + c.cfg.Recording.Announcement
		c.hand.atOnce(requestTimeout, func(ctx context.Context) {
			if _, err := c.node.ari.Channels.Play(ctx, id, ari.Play{PlaybackID: id, Media: []string{media}}); err != nil {
				c.post(func() { r.unannounced(id, err) })
			}
		})
	case legGone:
		delete(r.announcing, id)
	}
	return true
}

// announcementOver takes the end of a playback that may be the announcement of a recording.
func (n *node) announcementOver(playback ari.Playback) {
	prefix, name := owner(playback.ID)
	if prefix != prefixRecord {
		return
	}
	c := n.e.callOf(name)
	if c == nil {
		return
	}
	if playback.State != "failed" {
		c.post(func() { c.recorder.hush(playback.ID) })
		return
	}
	n.aside(func(ctx context.Context) { // for want of the sound, or because its listener has hung up
		err := n.stillThere(ctx, playback.ID)
		c.post(func() {
			if err == nil {
				err = errNotPlayed
			}
			c.recorder.unannounced(playback.ID, err)
		})
	})
}

// hush lets a channel go that whispered the announcement.
func (r *recorder) hush(id string) {
	if _, ours := r.announcing[id]; !ours {
		return
	}
	delete(r.announcing, id)
	n := r.c.node
	n.background.Go(func() {
		if err := n.hangUp(id); err != nil {
			n.log.Warn().Err(err).Str("channel", id).Msg("a channel that announced a recording cannot be released")
		}
	})
}

// unannounced takes that somebody was not told. The recording goes on: it is for people to judge what it is worth. Who has just hung up need not be told.
func (r *recorder) unannounced(id string, err error) {
	p, ours := r.announcing[id]
	if !ours || errors.Is(err, ari.ErrNotFound) {
		delete(r.announcing, id)
		return
	}
	r.hush(id)
	if r.part != p || p.unannounced { // the part is over, or it was told of another one
		return
	}
	p.unannounced = true
	sound, why := r.c.cfg.Recording.Announcement, describe(err)
	r.c.log.Error().Str("sound", sound).Str("recording", p.meta.ID).Str("problem", why).Msg("the announcement of the recording was not played")
	p.meta.Add("its announcement, " + sound + ", was not played: " + why)
	r.c.e.recordings.note(p.shown())
	r.c.changed()
}
