package dialer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"sync"
	"time"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/audio"
)

// tonePlayer lets an agent, and nobody else, hear a tone. To an agent who is alone in the booth it is played as it is. In a conversation that
// would take the agent out of it, so there each tone has a snoop channel that whispers into the agent's leg and is gone after it. A tone that is
// not to be as loud as it is always has one: a volume set on the agent's leg would change the conversation, too.
type tonePlayer struct {
	n *node

	mu      sync.Mutex
	playing map[string]tone // by id: of the snoop channel, and of the playback
}

// tone is a sound on its way to an agent's ear.
type tone struct {
	leg, media string
	call       string // in which it is played; "" for none
	volume     audio.Volume
	direct     bool // played to the leg itself
	hushed     bool
	still      bool          // silence is played to the leg, so that a whisper can be heard
	ended      chan struct{} // closed when it is over
}

func newTonePlayer(n *node) *tonePlayer { return &tonePlayer{n: n, playing: map[string]tone{}} }

// play starts a tone, given as media URI, on an agent's leg and returns at once. It is of the agent's call, if there is one.
func (t *tonePlayer) play(agentID, callID, leg, media string, volume audio.Volume) {
	old := t.hush(agentID) // the newest event is what matters
	id := toneChannel(agentID)
	t.mu.Lock()
	t.playing[id] = tone{leg: leg, call: callID, media: media, volume: volume, ended: make(chan struct{})}
	t.mu.Unlock()
	t.n.aside(func(ctx context.Context) {
		awaitEnds(ctx, old)
		if err := t.begin(ctx, id, agentID); err != nil {
			t.remove(id)
			t.explain(ctx, leg, media, err)
		}
	})
}

// begin plays a tone to an agent who is alone; else it makes the snoop channel, whose StasisStart tells when that can play.
func (t *tonePlayer) begin(ctx context.Context, id, agentID string) error {
	t.mu.Lock()
	tn, wanted := t.playing[id]
	wanted = wanted && !tn.hushed
	if wanted {
		tn.direct = tn.volume == 1 && t.alone(agentID, tn.leg)
		t.playing[id] = tn
	}
	t.mu.Unlock()
	var err error
	switch {
	case !wanted:
		t.remove(id)
	case tn.direct:
		_, err = t.n.ari.Channels.Play(ctx, tn.leg, ari.Play{PlaybackID: id, Media: []string{tn.media}})
		t.stopIfHushed(ctx, id)
	default:
		err = t.n.snoop(ctx, tn.leg, tn.call, ari.Snoop{SnoopID: id, Whisper: "out", App: t.n.cfg.App, AppArgs: []string{"tone"}})
	}
	return err
}

// alone tells whether an agent is alone in the booth. Then a tone is played to the leg, never in the booth: when somebody leaves the booth in that
// moment, Asterisk 22.10 ends with all its calls (docs/asterisk.md).
func (t *tonePlayer) alone(agentID, leg string) bool { return t.n.booths.alone(agentID, leg) }

// stopIfHushed ends a tone that was hushed before Asterisk knew of it.
func (t *tonePlayer) stopIfHushed(ctx context.Context, id string) {
	t.mu.Lock()
	hushed := t.playing[id].hushed
	t.mu.Unlock()
	if hushed {
		t.stop(ctx, id)
	}
}

// hush ends what an agent is being played: the event it told of has been answered. It answers what to wait for until it is silent.
func (t *tonePlayer) hush(agentID string) []<-chan struct{} {
	t.mu.Lock()
	var ids []string
	var ends []<-chan struct{}
	for id, tn := range t.playing {
		if _, name := owner(id); name == agentID {
			tn.hushed = true
			t.playing[id] = tn
			ids, ends = append(ids, id), append(ends, tn.ended)
		}
	}
	t.mu.Unlock()
	for _, id := range ids {
		t.n.aside(func(ctx context.Context) { t.end(ctx, id) })
	}
	return ends
}

// hushNow ends what an agent is being played before somebody comes into the booth, and waits for it: whoever is being played something hears
// nobody, and no ringing.
func (t *tonePlayer) hushNow(ctx context.Context, agentID string) { awaitEnds(ctx, t.hush(agentID)) }

// endLimit is longer than the end of a tone takes.
const endLimit = 300 * time.Millisecond

// awaitEnds waits for tones to be over.
func awaitEnds(ctx context.Context, ends []<-chan struct{}) {
	limit := time.NewTimer(endLimit)
	defer limit.Stop()
	for _, end := range ends {
		select {
		case <-end:
		case <-limit.C:
			return
		case <-ctx.Done():
			return
		}
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

// remove takes a tone off the list that is over, and tells who waits for that.
func (t *tonePlayer) remove(id string) {
	t.mu.Lock()
	tn, ok := t.playing[id]
	delete(t.playing, id)
	t.mu.Unlock()
	if !ok {
		return
	}
	close(tn.ended)
	if tn.still {
		t.n.aside(func(ctx context.Context) { t.stop(ctx, still(id)) })
	}
	t.over(id)
}

// over lets a phone go that waited for the end of its tone.
func (t *tonePlayer) over(channel string) {
	_, agentID := owner(channel)
	if a := t.n.e.agentOf(agentID); a != nil {
		a.post(a.phone.restUnlessWanted)
	}
}

// reconcile takes tones off the list whose end was told while nobody listened: their agents' phones would never rest.
func (t *tonePlayer) reconcile(ctx context.Context, present map[string]ari.Channel) error {
	t.mu.Lock()
	were := maps.Clone(t.playing)
	t.mu.Unlock()
	for id, tn := range were {
		_, there := present[id]
		if tn.direct {
			_, err := t.n.ari.Playbacks.Get(ctx, id)
			if there = err == nil; err != nil && !errors.Is(err, ari.ErrNotFound) {
				return fmt.Errorf("look at a tone: %w", err)
			}
		}
		if !there {
			t.remove(id)
		}
	}
	return nil
}

// onLeg takes what Asterisk reports of a snoop channel.
func (t *tonePlayer) onLeg(l leg) {
	id := l.channel.ID
	switch l.kind {
	case legGone:
		t.remove(id)
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
				t.end(ctx, id)
				return
			}
			err := t.start(ctx, id, tn)
			if err == nil || errors.Is(err, ari.ErrNotFound) { // not found: hushed, or its agent has hung up
				return
			}
			t.end(ctx, id)
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

// stillness is played to the leg of an agent who is alone, under a whisper: longer than any tone that comes with hasshin.
const stillness = "sound:silence/2"

// still names the playback of stillness for a tone.
func still(id string) string { return id + ".still" }

// liven makes a whisper heard by an agent who is alone: nothing is sent to the only channel of a bridge, so there is nothing that a whisper
// could be mixed into.
func (t *tonePlayer) liven(ctx context.Context, id string, tn tone) {
	if _, agentID := owner(id); !t.alone(agentID, tn.leg) {
		return
	}
	if _, err := t.n.ari.Channels.Play(ctx, tn.leg, ari.Play{PlaybackID: still(id), Media: []string{stillness}}); err != nil {
		t.explain(ctx, tn.leg, stillness, err)
		return
	}
	t.mu.Lock()
	tn, wanted := t.playing[id]
	wanted = wanted && !tn.hushed
	if wanted {
		tn.still = true
		t.playing[id] = tn
	}
	t.mu.Unlock()
	if !wanted {
		t.stop(ctx, still(id))
	}
}

func (t *tonePlayer) stop(ctx context.Context, playback string) {
	if err := t.n.ari.Playbacks.Stop(ctx, playback); err != nil && !errors.Is(err, ari.ErrNotFound) {
		t.n.log.Warn().Err(err).Str("playback", playback).Msg("a tone cannot be ended")
	}
}

// finished takes the end of a tone's playback. Its snoop channel is released, if it has one.
func (t *tonePlayer) finished(playback ari.Playback) {
	t.mu.Lock()
	tn, ours := t.playing[playback.ID]
	t.mu.Unlock()
	if !ours {
		return
	}
	if tn.direct {
		t.remove(playback.ID)
	}
	t.n.aside(func(ctx context.Context) {
		if !tn.direct {
			t.end(ctx, playback.ID)
		}
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
	if errors.Is(t.n.stillThere(ctx, leg), ari.ErrNotFound) {
		return
	}
	_, agentID := owner(leg)
	t.n.log.Warn().Err(why).Str("agent", agentID).Str("media", media).Msg("tone not played")
}

// stillThere looks, when something at a channel has failed, whether that is because it is going: [ari.ErrNotFound].
func (n *node) stillThere(ctx context.Context, channel string) error {
	select {
	case <-time.After(explainPause):
	case <-ctx.Done():
	}
	_, err := n.ari.Channels.Get(ctx, channel)
	return err
}

// end ends a tone. That it is over is told by an event.
func (t *tonePlayer) end(ctx context.Context, id string) {
	t.mu.Lock()
	tn, ours := t.playing[id]
	t.mu.Unlock()
	if ours && tn.direct {
		t.stop(ctx, id)
		return
	}
	if err := t.n.hangUp(id); err != nil {
		t.n.log.Warn().Err(err).Str("channel", id).Msg("tone channel cannot be released")
	}
}
