package dialer

import (
	"context"
	"errors"
	"sync"

	"github.com/hasshin/hasshin/ari"
)

// tonePlayer lets an agent, and nobody else, hear a tone under the conversation. A sound played to a bridged channel would take it out of
// the conversation, so each tone has a snoop channel that whispers into the agent's leg and is gone after it.
type tonePlayer struct {
	n *node

	mu      sync.Mutex
	playing map[string]string // snoop channel → media
}

func newTonePlayer(n *node) *tonePlayer { return &tonePlayer{n: n, playing: map[string]string{}} }

// play starts a tone, given as media URI, on an agent's leg and returns at once.
func (t *tonePlayer) play(agentID, leg, media string) {
	t.hush(agentID) // the newest event is what matters
	id := toneChannel(agentID)
	t.mu.Lock()
	t.playing[id] = media
	t.mu.Unlock()
	t.n.aside(func(ctx context.Context) {
		_, err := t.n.ari.Channels.Snoop(ctx, leg, ari.Snoop{SnoopID: id, Whisper: "out", App: t.n.cfg.App, AppArgs: []string{"tone"}})
		if err == nil {
			return // StasisStart tells when it can play
		}
		t.forget(id)
		if !errors.Is(err, ari.ErrNotFound) { // the phone just left: nobody to hear it
			t.n.log.Warn().Err(err).Str("agent", agentID).Str("media", media).Msg("tone not played")
		}
	})
}

// hushed stands for the media of a tone that is no longer wanted.
const hushed = ""

// hush ends what an agent is being played: the event it told of has been answered.
func (t *tonePlayer) hush(agentID string) {
	t.mu.Lock()
	var channels []string
	for id := range t.playing {
		if _, name := owner(id); name == agentID {
			channels = append(channels, id)
			t.playing[id] = hushed
		}
	}
	t.mu.Unlock()
	for _, id := range channels {
		t.n.background.Go(func() { t.end(id) })
	}
}

func (t *tonePlayer) owns(channel string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, ok := t.playing[channel]
	return ok
}

func (t *tonePlayer) forget(channel string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.playing, channel)
}

// onLeg takes what Asterisk reports of a snoop channel.
func (t *tonePlayer) onLeg(l leg) {
	id := l.channel.ID
	switch l.kind {
	case legGone:
		t.forget(id)
	case legCreated:
		t.mu.Lock()
		media, ok := t.playing[id]
		t.mu.Unlock()
		if !ok {
			t.n.releaseOrphan(id, "a tone nobody asked for")
			return
		}
		t.n.aside(func(ctx context.Context) {
			if media == hushed {
				t.end(id)
				return
			}
			if _, err := t.n.ari.Channels.Play(ctx, id, ari.Play{PlaybackID: id, Media: []string{media}}); err != nil {
				t.n.log.Warn().Err(err).Str("media", media).Msg("tone not played")
				t.end(id)
			}
		})
	}
}

// finished releases the snoop channel of a tone that has been played.
func (t *tonePlayer) finished(playback ari.Playback) {
	if !t.owns(playback.ID) {
		return
	}
	t.mu.Lock()
	media := t.playing[playback.ID]
	t.mu.Unlock()
	if playback.State == "failed" && media != hushed {
		t.n.log.Warn().Str("media", playback.MediaURI).Msg("tone not played: is the sound installed on this Asterisk?")
	}
	t.n.background.Go(func() { t.end(playback.ID) })
}

func (t *tonePlayer) end(channel string) {
	if err := t.n.hangUp(channel); err != nil {
		t.n.log.Warn().Err(err).Str("channel", channel).Msg("tone channel cannot be released")
	}
}
