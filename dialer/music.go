package dialer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hasshin/hasshin/ari"
)

// music keeps the holding bridge of a node playing, so that whoever is put on hold hears music at once. Asterisk ends the music of a bridge
// when the last channel leaves, and music that starts anew takes its time: a start while the old music is on its way out is refused or lost,
// and the piece may begin softly. So one channel of our own, the listener, stays in the bridge all the time. It is an external media channel,
// for which Asterisk needs no dialplan; what it hears goes to the discard port (RFC 863) of Asterisk's own host, where nobody listens.
//
// One goroutine does all that is done about it, one thing at a time.
type music struct {
	actor
	n       *node
	inside  bool // the listener is in the bridge
	playing bool // and music was started after it came
	ended   bool // no music is wanted any more
	failed  int  // tries in a row
	again   *time.Timer
}

// discard is where what the listener hears is sent.
const discard = "127.0.0.1:9"

func newMusic(n *node) *music { return &music{actor: newActor(), n: n} }

// stop ends the goroutine and leaves the music.
func (m *music) stop() {
	m.post(func() {
		m.ended = true
		m.stopTimer()
	})
	m.inbox.Close()
	<-m.done
}

// release ends the music, for a node that handles no calls any more.
func (m *music) release() {
	m.ended = true
	m.stopTimer()
	if !m.n.connected() {
		return
	}
	if err := m.n.hangUp(listenerChannel(m.n.cfg.Name)); err != nil {
		m.n.log.Warn().Err(err).Msg("hold music cannot be ended")
	}
	m.n.dropBridge(holdBridge(m.n.cfg.Name))
}

func (m *music) stopTimer() {
	if m.again != nil {
		m.again.Stop()
	}
}

// ensure brings about what is missing: the bridge, the listener, the listener in the bridge. Its coming into the bridge starts the music.
func (m *music) ensure() {
	m.stopTimer()
	if m.ended || m.playing || !m.n.connected() {
		return // a node that is not connected calls it again when it is
	}
	if m.inside {
		m.start()
		return
	}
	m.attempt(m.settle)
}

// attempt makes requests, and all anew after a while if one is refused.
func (m *music) attempt(requests func(ctx context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	err := requests(ctx)
	if err == nil {
		m.retryIn(2 * requestTimeout) // unless events say that it worked
		return
	}
	m.failed++
	pause := min(insistPause<<min(m.failed-1, 10), 30*time.Second)
	m.n.log.Warn().Err(err).Dur("retry_in", pause).Msg("hold music cannot be kept playing; it is tried again")
	m.retryIn(pause)
}

func (m *music) retryIn(pause time.Duration) {
	m.stopTimer()
	m.again = time.AfterFunc(pause, func() { m.post(m.ensure) })
}

// stale is how many failed tries a listener that is there, but does not come into the bridge, is given.
const stale = 3

func (m *music) settle(ctx context.Context) error {
	name := m.n.cfg.Name
	if err := m.n.makeHold(ctx); err != nil {
		return fmt.Errorf("make the holding bridge: %w", err)
	}
	_, err := m.n.ari.Channels.Get(ctx, listenerChannel(name))
	switch {
	case err == nil && m.failed >= stale:
		m.failed = 0
		return m.n.ari.Channels.Hangup(ctx, listenerChannel(name), ari.HangupNormal) // its end brings the next
	case errors.Is(err, ari.ErrNotFound):
		_, err = m.n.ari.Channels.ExternalMedia(ctx, ari.ExternalMedia{
			ChannelID: listenerChannel(name), App: m.n.cfg.App, ExternalHost: discard, Format: "ulaw",
		})
		if err != nil {
			return fmt.Errorf("make the channel that listens to it (is chan_rtp loaded?): %w", err)
		}
		return nil // StasisStart tells when it can be put into the bridge
	case err != nil:
		return err
	}
	return m.join(ctx)
}

func (m *music) join(ctx context.Context) error {
	name := m.n.cfg.Name
	err := m.n.ari.Bridges.AddChannel(ctx, holdBridge(name), ari.AddChannel{Channels: []string{listenerChannel(name)}})
	if err != nil {
		return fmt.Errorf("put the channel that listens to it into the holding bridge: %w", err)
	}
	return nil
}

// reconcile compares with what Asterisk has after a connect: bridge is where the listener is.
func (m *music) reconcile(bridge string) {
	m.inside, m.playing = bridge == holdBridge(m.n.cfg.Name), false
	m.ensure() // a start changes nothing for music that plays
}

// onLeg takes what Asterisk reports of the listener.
func (m *music) onLeg(l leg) {
	hold := holdBridge(m.n.cfg.Name)
	switch {
	case m.ended || l.channel.ID != listenerChannel(m.n.cfg.Name):
	case l.kind == legCreated:
		m.attempt(m.join)
	case l.kind == legEntered && l.bridge == hold:
		m.inside = true
		m.start()
	case l.kind == legLeft && l.bridge == hold, l.kind == legGone:
		if m.playing {
			m.n.log.Warn().Str("channel", l.channel.ID).Msg("the channel that keeps hold music playing is gone; it is made anew")
		}
		m.inside, m.playing = false, false
		m.retryIn(insistPause) // its end is told in two events
	}
}

// start starts the music for the listener.
func (m *music) start() {
	if m.ended {
		return
	}
	m.attempt(func(ctx context.Context) error {
		if err := m.play(ctx); err != nil {
			return err
		}
		m.playing, m.failed = true, 0
		return nil
	})
}

// entered is called when somebody is put on hold: while there is no listener, music starts now.
func (m *music) entered() {
	if m.playing || m.ended {
		return
	}
	m.n.log.Info().Msg("hold music starts late: nothing kept it playing")
	m.attempt(m.play)
}

func (m *music) play(ctx context.Context) error {
	return m.n.ari.Bridges.StartMOH(ctx, holdBridge(m.n.cfg.Name), "default")
}
