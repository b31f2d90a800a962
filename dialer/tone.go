package dialer

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/audio"
)

// tonePlayer lets an agent, and nobody else, hear a tone under the conversation. A sound played to a bridged channel would take it out of
// the conversation, so each tone has a snoop channel that whispers into the agent's leg and is gone after it.
type tonePlayer struct {
	n *node

	mu      sync.Mutex
	playing map[string]tone // by snoop channel
}

// tone is a sound on its way to an agent's ear.
type tone struct {
	leg, media string
	volume     audio.Volume
	hushed     bool
	still      bool // silence is played to the booth, so that it can be heard
}

func newTonePlayer(n *node) *tonePlayer { return &tonePlayer{n: n, playing: map[string]tone{}} }

// play starts a tone, given as media URI, on an agent's leg and returns at once.
func (t *tonePlayer) play(agentID, leg, media string, volume audio.Volume) {
	t.hush(agentID) // the newest event is what matters
	id := toneChannel(agentID)
	t.mu.Lock()
	t.playing[id] = tone{leg: leg, media: media, volume: volume}
	t.mu.Unlock()
	t.n.aside(func(ctx context.Context) {
		_, err := t.n.ari.Channels.Snoop(ctx, leg, ari.Snoop{SnoopID: id, Whisper: "out", App: t.n.cfg.App, AppArgs: []string{"tone"}})
		if err == nil {
			return // StasisStart tells when it can play
		}
		t.forget(id)
		t.explain(ctx, leg, media, err)
	})
}

// hush ends what an agent is being played: the event it told of has been answered.
func (t *tonePlayer) hush(agentID string) {
	t.mu.Lock()
	var channels []string
	for id, tn := range t.playing {
		if _, name := owner(id); name == agentID {
			tn.hushed = true
			t.playing[id] = tn
			channels = append(channels, id)
		}
	}
	t.mu.Unlock()
	for _, id := range channels {
		t.n.background.Go(func() { t.end(id) })
	}
}

// hushNow ends what an agent is being played before somebody comes into the booth, and waits for it: with a third one in it, be it only
// silence, a booth passes no ringing on.
func (t *tonePlayer) hushNow(ctx context.Context, agentID string) {
	t.mu.Lock()
	var channels []string
	for id, tn := range t.playing {
		if _, name := owner(id); name == agentID {
			tn.hushed = true
			t.playing[id] = tn
			channels = append(channels, id)
		}
	}
	t.mu.Unlock()
	for _, id := range channels {
		t.quieten(ctx, id)
		t.end(id)
	}
}

// sounding tells whether an agent is being played a tone.
func (t *tonePlayer) sounding(agentID string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, tn := range t.playing {
		if _, name := owner(id); name == agentID && !tn.hushed {
			return true
		}
	}
	return false
}

func (t *tonePlayer) owns(channel string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, ok := t.playing[channel]
	return ok
}

func (t *tonePlayer) forget(channel string) {
	t.mu.Lock()
	delete(t.playing, channel)
	t.mu.Unlock()
	t.over(channel)
}

// over lets a phone go that waited for the end of its tone.
func (t *tonePlayer) over(channel string) {
	_, agentID := owner(channel)
	if a := t.n.e.agentOf(agentID); a != nil {
		a.post(a.phone.restUnlessWanted)
	}
}

// gone takes the end of a snoop channel. The silence played for its tone ends with it.
func (t *tonePlayer) gone(channel string) {
	t.mu.Lock()
	tn := t.playing[channel]
	delete(t.playing, channel)
	t.mu.Unlock()
	t.over(channel)
	if tn.still {
		t.n.aside(func(ctx context.Context) { t.quieten(ctx, channel) })
	}
}

// onLeg takes what Asterisk reports of a snoop channel.
func (t *tonePlayer) onLeg(l leg) {
	id := l.channel.ID
	switch l.kind {
	case legGone:
		t.gone(id)
	case legCreated:
		t.mu.Lock()
		tn, ok := t.playing[id]
		t.mu.Unlock()
		if !ok {
			t.n.releaseOrphan(id, "a tone nobody asked for")
			return
		}
		t.n.aside(func(ctx context.Context) {
			if tn.hushed { // between its making and its start
				t.end(id)
				return
			}
			err := t.start(ctx, id, tn)
			if err == nil || errors.Is(err, ari.ErrNotFound) { // not found: hushed, or its agent has hung up
				return
			}
			t.end(id)
			t.explain(ctx, tn.leg, tn.media, err)
		})
	}
}

// start plays a tone on its snoop channel, as loud as the agent wants it. Only the snoop channel is touched: a volume set on the agent's
// leg would change the conversation, too.
func (t *tonePlayer) start(ctx context.Context, channel string, tn tone) error {
	if tn.volume != 1 {
		factor := strconv.FormatFloat(float64(tn.volume), 'f', 4, 64)
		if err := t.n.ari.Channels.SetVariable(ctx, channel, "VOLUME(TX)", factor); err != nil {
			return fmt.Errorf("set its volume: %w", err)
		}
	}
	t.liven(ctx, channel, tn)
	_, err := t.n.ari.Channels.Play(ctx, channel, ari.Play{PlaybackID: channel, Media: []string{tn.media}})
	return err
}

// stillness is played to a booth in which the agent is alone: longer than any tone.
const stillness = "sound:silence/10"

// still names the playback of stillness for a tone.
func still(channel string) string { return channel + ".still" }

// liven makes a whisper heard by an agent who is alone: nothing is sent to the only channel of a bridge, so there is nothing that a whisper
// could be mixed into. Silence that everybody in the booth may hear gives it something.
func (t *tonePlayer) liven(ctx context.Context, channel string, tn tone) {
	_, agentID := owner(channel)
	booth := boothBridge(agentID)
	b, err := t.n.ari.Bridges.Get(ctx, booth)
	if err == nil && len(b.Channels) > 1 {
		return
	}
	if err == nil {
		_, err = t.n.ari.Bridges.Play(ctx, booth, ari.Play{PlaybackID: still(channel), Media: []string{stillness}})
	}
	if err != nil {
		t.explain(ctx, tn.leg, stillness, err)
		return
	}
	t.mu.Lock()
	tn, wanted := t.playing[channel]
	wanted = wanted && !tn.hushed
	if wanted {
		tn.still = true
		t.playing[channel] = tn
	}
	t.mu.Unlock()
	if !wanted {
		t.quieten(ctx, channel)
	}
}

func (t *tonePlayer) quieten(ctx context.Context, channel string) {
	if err := t.n.ari.Playbacks.Stop(ctx, still(channel)); err != nil && !errors.Is(err, ari.ErrNotFound) {
		t.n.log.Warn().Err(err).Str("channel", channel).Msg("silence cannot be ended")
	}
}

// finished releases the snoop channel of a tone that has been played.
func (t *tonePlayer) finished(playback ari.Playback) {
	t.mu.Lock()
	tn, ours := t.playing[playback.ID]
	t.mu.Unlock()
	if !ours {
		return
	}
	t.n.aside(func(ctx context.Context) {
		t.end(playback.ID)
		if playback.State == "failed" && !tn.hushed {
			t.explain(ctx, tn.leg, tn.media, errNotPlayed)
		}
	})
}

// explainPause is longer than a hang-up takes in Asterisk.
const explainPause = 100 * time.Millisecond

var errNotPlayed = errors.New("is the sound installed on this Asterisk?")

// explain warns of a tone that could not be played. To the phone of an agent who is hanging up none can, and that needs no warning; Asterisk
// refuses it in several ways.
func (t *tonePlayer) explain(ctx context.Context, leg, media string, why error) {
	select {
	case <-time.After(explainPause):
	case <-ctx.Done():
	}
	if _, err := t.n.ari.Channels.Get(ctx, leg); errors.Is(err, ari.ErrNotFound) {
		return
	}
	_, agentID := owner(leg)
	t.n.log.Warn().Err(why).Str("agent", agentID).Str("media", media).Msg("tone not played")
}

func (t *tonePlayer) end(channel string) {
	if err := t.n.hangUp(channel); err != nil {
		t.n.log.Warn().Err(err).Str("channel", channel).Msg("tone channel cannot be released")
	}
}
