package dialer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/ari"
)

// node is one Asterisk: its client, its holding bridge, and the goroutine that takes its events to their owners.
type node struct {
	e      *Engine
	cfg    NodeConfig
	ari    *ari.Client
	sub    *ari.Subscription
	log    zerolog.Logger
	tone   *tonePlayer
	music  *music
	snoops *snoops
	held   *heldLegs
	booths *booths

	background sync.WaitGroup // requests nobody waits for

	revived []*callActor // taken up from the journal, waiting for the first connection

	up     atomic.Bool  // connected and reconciled
	lost   atomic.Int64 // when the connection was lost the last time, in ns
	agents atomic.Int64 // phones connected or connecting
	amd    atomic.Bool  // the dialplan helper for machine detection is known to be there
}

// unusedEvents say nothing that others do not say as well: Dial tells of ringing and answering.
var unusedEvents = []string{"ChannelStateChange", "PlaybackStarted"}

func newNode(e *Engine, cfg NodeConfig, dial func(ctx context.Context, network, address string) (net.Conn, error)) (*node, error) {
	log := e.log.With().Str("node", cfg.Name).Logger()
	client, err := ari.New(ari.Config{
		URL: cfg.URL, Username: cfg.Username, Password: cfg.Password.Reveal(), App: cfg.App,
		DropEvents: append(ari.NoisyEvents(), unusedEvents...), Connections: cfg.Connections, RequestTimeout: requestTimeout, Dial: dial, Logger: log,
	})
	if err != nil {
		return nil, err
	}
	n := &node{e: e, cfg: cfg, ari: client, log: log, booths: newBooths()}
	n.tone, n.music, n.snoops, n.held = newTonePlayer(n), newMusic(n), newSnoops(n.snoopThere), newHeldLegs(n)
	return n, nil
}

func (n *node) connected() bool { return n.up.Load() }

// run connects, and hands out events until ctx ends.
func (n *node) run(ctx context.Context) {
	go n.music.run()
	n.sub = n.ari.Subscribe(ari.All())
	if !n.connect(ctx) {
		n.music.stop()
		n.sub.Close()
		return
	}
	defer func() {
		n.music.stop() // it still needs the connection
		n.held.stop()
		n.background.Wait()
		if err := n.ari.Close(); err != nil {
			n.log.Warn().Err(err).Msg("closing the connection to Asterisk")
		}
	}()
	for ev := range n.sub.All(ctx) {
		n.handle(ctx, ev)
	}
}

// connect tries until the first connection stands. From then on the client keeps itself connected.
func (n *node) connect(ctx context.Context) bool {
	wait := 500 * time.Millisecond
	for {
		err := n.ari.Connect(ctx)
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		hint := "is Asterisk running, and is ARI enabled at this address (http.conf, ari.conf)?"
		if errors.Is(err, ari.ErrUnauthorized) {
			hint = "Asterisk refuses the ARI user or its password: compare with ari.conf"
		}
		n.log.Error().Err(err).Str("url", n.cfg.URL).Str("user", n.cfg.Username).Str("hint", hint).Dur("retry_in", wait).
			Msg("cannot connect to Asterisk")
		select {
		case <-time.After(wait):
			wait = min(wait*2, 10*time.Second)
		case <-ctx.Done():
			return false
		}
	}
}

// handle takes one event to its owner.
func (n *node) handle(ctx context.Context, ev ari.Event) {
	switch ev := ev.(type) {
	case *ari.Connected:
		n.reconcile(ctx, ev.Reconnect)
	case *ari.Disconnected:
		n.up.Store(false)
		n.lost.Store(time.Now().UnixNano())
		n.log.Error().Err(ev.Err).Msg("connection to Asterisk lost; conversations go on, commands wait until it is back")
	case *ari.Replaced:
		n.up.Store(false)
		n.log.Error().Str("app", n.cfg.App).Msg("another process took over this Stasis application; only one hasshin may use it on a node")
	case *ari.StasisStart:
		n.route(ev.Channel.ID, leg{kind: legCreated, channel: ev.Channel, args: ev.Args})
	case *ari.ChannelDtmfReceived:
		n.route(ev.Channel.ID, leg{kind: legDigit, channel: ev.Channel, text: ev.Digit})
	case *ari.StasisEnd:
		n.snoopEnded(ev.Channel)
	case *ari.Dial:
		switch ev.DialStatus {
		case "RINGING":
			n.route(ev.Peer.ID, leg{kind: legRinging, channel: ev.Peer})
		case "ANSWER":
			n.route(ev.Peer.ID, leg{kind: legUp, channel: ev.Peer})
		case "PROGRESS":
			n.route(ev.Peer.ID, leg{kind: legProgress, channel: ev.Peer})
		}
	case *ari.ChannelEnteredBridge:
		n.booths.entered(ev.Bridge.ID, ev.Channel.ID)
		if ev.Bridge.ID == holdBridge(n.cfg.Name) && ev.Channel.ID != listenerChannel(n.cfg.Name) {
			n.music.post(n.music.entered)
		}
		n.route(ev.Channel.ID, leg{kind: legEntered, channel: ev.Channel, bridge: ev.Bridge.ID})
	case *ari.ChannelLeftBridge:
		n.booths.left(ev.Bridge.ID, ev.Channel.ID)
		n.route(ev.Channel.ID, leg{kind: legLeft, channel: ev.Channel, bridge: ev.Bridge.ID})
	case *ari.ChannelHangupRequest:
		n.held.hungUp(ev)
	case *ari.ChannelDestroyed:
		if !n.held.gone(ev.Channel.ID) {
			n.ended(ev)
		}
	case *ari.RecordingStarted:
		n.routeRecording(ev.Recording, "started", ev.Timestamp)
	case *ari.RecordingFinished:
		n.routeRecording(ev.Recording, "finished", ev.Timestamp)
	case *ari.RecordingFailed:
		n.routeRecording(ev.Recording, "failed", ev.Timestamp)
	case *ari.ChannelTalkingStarted:
		n.route(ev.Channel.ID, leg{kind: legTalks, channel: ev.Channel})
	case *ari.ChannelTalkingFinished:
		n.route(ev.Channel.ID, leg{kind: legSilent, channel: ev.Channel})
	case *ari.PlaybackFinished:
		n.tone.finished(ev.Playback)
		n.messageOver(ev.Playback)
		n.announcementOver(ev.Playback)
	}
}

// ended takes the end of a leg to whoever has it.
func (n *node) ended(ev *ari.ChannelDestroyed) {
	n.snoops.legGone(ev.Channel.ID)
	n.booths.gone(ev.Channel.ID)
	n.e.legOver(ev.Channel.ID, endingOf(ev))
	n.route(ev.Channel.ID, leg{kind: legGone, channel: ev.Channel, q850: ev.Cause, sip: ev.TechCause, text: ev.CauseText})
}

// lostAt is when the connection was lost the last time, in this process.
func (n *node) lostAt() time.Time { return time.Unix(0, n.lost.Load()) }

// routeRecording takes what happened to a recording to its call.
func (n *node) routeRecording(r ari.LiveRecording, state string, at time.Time) {
	prefix, name := owner(r.Name)
	if c := n.e.callOf(name); prefix == prefixRecord && c != nil {
		c.post(func() { c.recorder.onRecording(r.Name, state, r.Cause, at) })
	}
}

// snoopEnded takes the end of a channel's time in Stasis: all that is told of the end of a snoop channel.
func (n *node) snoopEnded(ch ari.Channel) {
	n.snoops.ended(ch.ID)
	n.tone.remove(ch.ID)
	if prefix, _ := owner(ch.ID); prefix == prefixEar || prefix == prefixRecord {
		n.route(ch.ID, leg{kind: legGone, channel: ch})
	}
}

// legKind is what happened to a leg.
type legKind int

const (
	legCreated  legKind = iota // in Stasis
	legProgress                // 183: the network is heard, and perhaps its ringing tone
	legRinging                 // 180
	legUp
	legEntered // a bridge
	legLeft    // a bridge
	legDigit
	legTalks  // a sound is heard from it, where somebody listens for that (TALK_DETECT)
	legSilent // and no more
	legGone
)

// leg is something that happened to one channel.
type leg struct {
	kind      legKind
	node      *node
	channel   ari.Channel
	bridge    string
	q850, sip int
	text      string
	args      []string // of StasisStart
}

func (n *node) route(channel string, l leg) {
	l.node = n
	prefix, name := owner(channel)
	switch prefix {
	case prefixCall, prefixRecord:
		if c := n.e.callOf(name); c != nil && c.post(func() { c.onLeg(l) }) {
			return
		}
		if d := n.e.placedBy(name); d != nil {
			tell := d.post
			if l.kind == legCreated { // answered: somebody waits for a voice
				tell = d.now
			}
			if tell(func() { d.onLeg(name, l) }) {
				return
			}
		}
	case prefixAgent:
		if a := n.e.agentOf(name); a != nil && a.post(func() { a.onLeg(l) }) {
			return
		}
	case prefixTone:
		n.tone.onLeg(l)
		return
	case prefixEar:
		if a := n.e.agentOf(name); a != nil && a.post(func() { a.onEar(l) }) {
			return
		}
	case prefixHold:
		n.music.post(func() { n.music.onLeg(l) })
		return
	default:
		return
	}
	if l.kind == legCreated || l.kind == legUp {
		n.releaseOrphan(channel, "its call or agent is no more")
	}
}

// releaseOrphan hangs up a channel of ours that belongs to nobody.
func (n *node) releaseOrphan(channel, why string) {
	n.log.Warn().Str("channel", channel).Str("why", why).Msg("orphaned channel released")
	n.background.Go(func() {
		if err := n.hangUp(channel); err != nil {
			n.log.Error().Err(err).Str("channel", channel).Msg("orphaned channel cannot be released")
		}
	})
}

// reconcile brings what we believe in line with what Asterisk has, after each connect: events of the time without a connection are lost.
// A refusal does not leave the node out of service: it is tried again until ctx ends. Events wait meanwhile.
func (n *node) reconcile(ctx context.Context, again bool) {
	for pause := insistPause; ; pause = min(2*pause, 5*time.Second) {
		err := n.takeStock(ctx, again)
		if err == nil {
			return
		}
		n.log.Error().Err(err).Dur("retry_in", pause).Msg("Asterisk does not tell what it has")
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
}

func (n *node) takeStock(ctx context.Context, again bool) error {
	ctx, cancel := context.WithTimeout(ctx, 2*requestTimeout)
	defer cancel()
	listed := time.Now()
	channels, err := n.ari.Channels.List(ctx)
	if err != nil {
		return fmt.Errorf("list channels: %w", err)
	}
	bridges, err := n.ari.Bridges.List(ctx)
	if err != nil {
		return fmt.Errorf("list bridges: %w", err)
	}
	if err := n.makeHold(ctx); err != nil {
		return fmt.Errorf("make the holding bridge: %w", err)
	}
	present := make(map[string]ari.Channel, len(channels))
	for _, ch := range channels {
		present[ch.ID] = ch
	}
	where := map[string]string{}
	for _, b := range bridges {
		for _, ch := range b.Channels {
			where[ch] = b.ID
		}
	}
	n.booths.reconcile(bridges)
	if err := n.tone.reconcile(ctx, present); err != nil {
		return err
	}
	n.held.reconcile(present)
	n.pushPhones(ctx)
	n.countChannels(ctx, present)
	n.up.Store(true)
	listening := where[listenerChannel(n.cfg.Name)]
	n.music.post(func() { n.music.reconcile(listening) })
	for _, c := range n.e.liveCalls() {
		if c.node == n {
			c.post(func() { c.reconcile(present, where) })
		}
	}
	for _, d := range n.e.pacers {
		d.post(func() { d.reconcile(n, present, listed) })
	}
	for _, c := range n.revived {
		c.post(c.resume)
	}
	n.revived = nil
	if r := n.e.recordings; r != nil {
		r.takeUp(n)
	}
	for _, a := range n.e.agents {
		a.post(func() { a.reconcile(n, present, where, listed) })
	}
	n.sweep(channels, bridges)
	n.log.Info().Bool("again", again).Int("channels", len(channels)).Int("bridges", len(bridges)).Msg("connected to Asterisk")
	return nil
}

// pushPhones gives Asterisk the agents' endpoints again: one that restarted has forgotten them, and phones must be able to register
// before they are rung.
func (n *node) pushPhones(ctx context.Context) {
	var pushes sync.WaitGroup
	for _, a := range n.e.agents {
		pushes.Go(func() {
			ready := make(chan func(), 1)
			if !a.post(func() { ready <- a.phone.pushAgain(n) }) {
				return
			}
			select {
			case push := <-ready:
				push()
			case <-ctx.Done():
			}
		})
	}
	pushes.Wait()
}

// makeHold makes the bridge where contacts wait. Its music is music.go's.
func (n *node) makeHold(ctx context.Context) error {
	_, err := n.ari.Bridges.Create(ctx, ari.CreateBridge{ID: holdBridge(n.cfg.Name), Type: "holding", Name: "hold"})
	if errors.Is(err, ari.ErrExists) {
		return nil
	}
	return err
}

// sweep releases channels and bridges with our ids that belong to nothing we know: what an earlier process left behind.
func (n *node) sweep(channels []ari.Channel, bridges []ari.Bridge) {
	for _, ch := range channels {
		prefix, name := owner(ch.ID)
		switch prefix {
		case prefixCall:
			if inDialplan(ch) {
				continue // a contact that was handed to a queue
			}
			c := n.e.callOf(name)
			if c == nil && n.e.placedBy(name) != nil {
				continue
			}
			if c == nil || !c.post(func() { c.releaseUnlessOurs(ch.ID) }) {
				n.releaseOrphan(ch.ID, "left behind by an earlier process")
			}
		case prefixAgent:
			a := n.e.agentOf(name)
			if a == nil || !a.post(func() { a.releaseUnlessMine(n, ch.ID) }) {
				n.releaseOrphan(ch.ID, "left behind by an earlier process")
			}
		case prefixRecord:
			c := n.e.callOf(name)
			if c == nil || !c.post(func() { c.releaseUnlessTrack(ch.ID) }) {
				n.releaseOrphan(ch.ID, "left behind by an earlier process")
			}
		case prefixEar:
			a := n.e.agentOf(name)
			if a == nil || !a.post(func() { a.releaseUnlessEar(n, ch.ID) }) {
				n.releaseOrphan(ch.ID, "left behind by an earlier process")
			}
		case prefixTone:
			if !n.tone.owns(ch.ID) {
				n.releaseOrphan(ch.ID, "left behind by an earlier process")
			}
		case prefixHold:
			if ch.ID != listenerChannel(n.cfg.Name) {
				n.releaseOrphan(ch.ID, "no channel of this node's")
			}
		}
	}
	for _, b := range bridges {
		if id, own := strings.CutPrefix(b.ID, prefixOwn); own && n.e.callOf(id) == nil {
			n.dropBridge(b.ID)
			continue
		}
		name, booth := strings.CutPrefix(b.ID, prefixBooth)
		if !booth {
			continue
		}
		if a := n.e.agentOf(name); a != nil {
			a.post(func() { a.dropStaleBooth(n) })
			continue
		}
		n.dropBridge(b.ID)
	}
}

// inDialplan tells whether a channel is executing the dialplan, rather than being in Stasis or just being made.
func inDialplan(ch ari.Channel) bool {
	switch ch.Dialplan.AppName {
	case "", "Stasis", "AppDial", "AppDial2":
		return false
	}
	return ch.State == "Up"
}

// dropBridge destroys a bridge in the background.
func (n *node) dropBridge(id string) {
	n.background.Go(func() { n.destroyBridge(id) })
}

func (n *node) destroyBridge(id string) {
	if err := n.insist(func(ctx context.Context) error { return n.ari.Bridges.Destroy(ctx, id) }); err != nil {
		n.log.Error().Err(err).Str("bridge", id).Msg("bridge cannot be destroyed")
	}
}

// hangUp ends a channel that belongs to no call.
func (n *node) hangUp(channel string) error {
	return n.insist(func(ctx context.Context) error { return n.ari.Channels.Hangup(ctx, channel, ari.HangupNormal) })
}

// A refused request that must be done is tried insistTries times, with a pause that doubles each time.
const (
	insistTries = 5
	insistPause = 200 * time.Millisecond
)

// insist does a request that must be done, again if it is refused. What is not there (404) needs nothing done.
func (n *node) insist(request func(ctx context.Context) error) error {
	pause := insistPause
	for try := 1; ; try++ {
		ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
		err := request(ctx)
		cancel()
		if err == nil || errors.Is(err, ari.ErrNotFound) {
			return nil
		}
		if try == insistTries {
			return err
		}
		n.log.Warn().Err(err).Msg("a request is tried again")
		time.Sleep(pause)
		pause *= 2
	}
}

// aside runs a request that nobody waits for, with a deadline.
func (n *node) aside(request func(ctx context.Context)) {
	n.background.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
		defer cancel()
		request(ctx)
	})
}
