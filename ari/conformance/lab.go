package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hasshin/hasshin/ari"
)

// patience bounds the wait for anything.
const patience = 20 * time.Second

// apps numbers the applications of a test run.
var apps atomic.Int64

// lab is a test with a client and an application of its own.
type lab struct {
	*testing.T
	ctx    context.Context
	target Target
	app    string
	*ari.Client
}

func newLab(t *testing.T, target Target) *lab {
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	t.Cleanup(cancel)
	l := &lab{T: t, ctx: ctx, target: target, app: fmt.Sprintf("conformance-%d", apps.Add(1))}
	l.Client = l.connect(l.app)
	return l
}

// connect returns a further client.
func (l *lab) connect(app string, side ...string) *ari.Client {
	l.Helper()
	cfg := l.target.Config(app)
	cfg.SideApps = side
	client, err := ari.New(cfg)
	if err != nil {
		l.Fatal(err)
	}
	l.Cleanup(func() {
		if err := client.Close(); err != nil {
			l.Errorf("close client: %v", err)
		}
	})
	if err := client.Connect(l.ctx); err != nil {
		l.Fatal(err)
	}
	return client
}

// id makes an id that no other test uses.
func (l *lab) id(name string) string { return l.app + "-" + name }

// must stops the test at an unexpected error.
func (l *lab) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

// refused checks that a request was refused with a status and a message; ids of the test are written as "{name}" in the message.
func (l *lab) refused(err error, status int, message string, kinds ...error) {
	l.Helper()
	var e *ari.Error
	if !errors.As(err, &e) {
		l.Errorf("want %d %q, got %v", status, message, err)
		return
	}
	message = strings.ReplaceAll(message, "{", l.app+"-")
	message = strings.ReplaceAll(message, "}", "")
	if e.Status != status || e.Message != message {
		l.Errorf("want %d %q, got %d %q", status, message, e.Status, e.Message)
	}
	for _, kind := range kinds {
		if !errors.Is(err, kind) {
			l.Errorf("%v is not %v", err, kind)
		}
	}
}

// record is what a subscription has seen, one line an event.
type record struct {
	l     *lab
	sub   *ari.Subscription
	lines []string
	last  ari.Event
}

// watch records the events of channels and bridges named by their short names.
func (l *lab) watch(filters ...ari.Filter) *record {
	sub := l.Subscribe(filters...)
	l.Cleanup(sub.Close)
	return &record{l: l, sub: sub}
}

func (l *lab) channel(names ...string) ari.Filter { return ari.ForChannel(l.ids(names)...) }
func (l *lab) bridge(names ...string) ari.Filter  { return ari.ForBridge(l.ids(names)...) }

func (l *lab) ids(names []string) []string {
	ids := make([]string, len(names))
	for i, name := range names {
		ids[i] = l.id(name)
	}
	return ids
}

// until reads until an event whose line begins with prefix has come, and returns it.
func (r *record) until(prefix string) ari.Event {
	r.l.Helper()
	ctx, cancel := context.WithTimeout(r.l.ctx, patience)
	defer cancel()
	for {
		ev, err := r.sub.Next(ctx)
		if err != nil {
			r.l.Fatalf("no %q: %v; so far:\n%s", prefix, err, strings.Join(r.lines, "\n"))
		}
		line := r.l.line(ev)
		if line == "" {
			continue
		}
		r.lines = append(r.lines, line)
		r.last = ev
		if strings.HasPrefix(line, prefix) {
			return ev
		}
	}
}

// untilAll reads until events with all the prefixes have come, in any order.
func (r *record) untilAll(prefixes ...string) {
	r.l.Helper()
	seen := len(r.lines)
	for {
		missing := slices.DeleteFunc(slices.Clone(prefixes), func(prefix string) bool {
			return slices.ContainsFunc(r.lines[seen:], func(line string) bool { return strings.HasPrefix(line, prefix) })
		})
		if len(missing) == 0 {
			return
		}
		r.until("")
	}
}

// took compares what has been read with the lines wanted.
func (r *record) took(want ...string) {
	r.l.Helper()
	r.settle()
	if diff := cmp.Diff(want, r.lines); diff != "" {
		r.l.Errorf("events (-want +got):\n%s", diff)
	}
	r.lines = nil
}

// settle puts events into one order that Asterisk tells from two threads, in either order: ringing is both a state and a Dial event, and
// what the far end does can overtake the Dial event that says that the call was placed.
func (r *record) settle() {
	for again := true; again; {
		again = false
		for i := 1; i < len(r.lines); i++ {
			before, line := r.lines[i-1], r.lines[i]
			ringing := strings.HasSuffix(line, " Ringing") && strings.Contains(before, ` "RINGING" `)
			overtaken := strings.HasPrefix(line, "Dial ") && strings.Contains(line, ` "" `) &&
				(strings.HasPrefix(before, "ChannelHangupRequest") || strings.HasPrefix(before, "ChannelStateChange") ||
					strings.Contains(before, ` "RINGING" `))
			if ringing || overtaken {
				r.lines[i-1], r.lines[i] = line, before
				again = true
			}
		}
	}
}

// line writes what matters of an event; ids without the application's name.
func (l *lab) line(ev ari.Event) string {
	var s string
	switch ev := ev.(type) {
	case *ari.Connected, *ari.Disconnected:
		return ""
	case *ari.Replaced:
		return "Replaced"
	case *ari.StasisStart:
		s = fmt.Sprintf("StasisStart %s %s %v", ev.Channel.ID, ev.Channel.State, ev.Args)
	case *ari.StasisEnd:
		s = fmt.Sprintf("StasisEnd %s", ev.Channel.ID)
	case *ari.ChannelStateChange:
		s = fmt.Sprintf("ChannelStateChange %s %s", ev.Channel.ID, ev.Channel.State)
	case *ari.ChannelDestroyed:
		s = fmt.Sprintf("ChannelDestroyed %s %d %q %d", ev.Channel.ID, ev.Cause, ev.CauseText, ev.TechCause)
	case *ari.ChannelHangupRequest:
		s = fmt.Sprintf("ChannelHangupRequest %s %d soft=%t %d", ev.Channel.ID, ev.Cause, ev.Soft, ev.TechCause)
	case *ari.Dial:
		s = fmt.Sprintf("Dial %s %q %s", ev.Peer.ID, ev.DialStatus, ev.DialString)
	case *ari.ChannelEnteredBridge:
		s = fmt.Sprintf("ChannelEnteredBridge %s %s %v", ev.Bridge.ID, ev.Channel.ID, l.ours(ev.Bridge.Channels))
	case *ari.ChannelLeftBridge:
		s = fmt.Sprintf("ChannelLeftBridge %s %s %v", ev.Bridge.ID, ev.Channel.ID, l.ours(ev.Bridge.Channels))
	case *ari.BridgeDestroyed:
		s = fmt.Sprintf("BridgeDestroyed %s", ev.Bridge.ID)
	case *ari.PlaybackStarted:
		s = "PlaybackStarted " + l.playback(ev.Playback)
	case *ari.PlaybackContinuing:
		s = "PlaybackContinuing " + l.playback(ev.Playback)
	case *ari.PlaybackFinished:
		s = "PlaybackFinished " + l.playback(ev.Playback)
	case *ari.RecordingStarted:
		s = fmt.Sprintf("RecordingStarted %s %s %s", ev.Recording.Name, ev.Recording.TargetURI, ev.Recording.State)
	case *ari.RecordingFinished:
		s = fmt.Sprintf("RecordingFinished %s %s %s", ev.Recording.Name, ev.Recording.TargetURI, ev.Recording.State)
	case *ari.RecordingFailed:
		s = fmt.Sprintf("RecordingFailed %s %s %s", ev.Recording.Name, ev.Recording.TargetURI, ev.Recording.State)
	case *ari.ChannelDtmfReceived:
		s = fmt.Sprintf("ChannelDtmfReceived %s %s", ev.Channel.ID, ev.Digit)
	default:
		s = ev.Type()
	}
	return strings.ReplaceAll(s, l.app+"-", "")
}

// ours leaves out the channels that Asterisk makes for itself to play music or prompts to a bridge.
func (l *lab) ours(ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !strings.HasPrefix(id, l.app) })
}

func (l *lab) playback(p ari.Playback) string {
	return fmt.Sprintf("%s %s %s %s", p.ID, p.TargetURI, p.MediaURI, p.State)
}

// originate calls a number of the carrier from a channel with a short name.
func (l *lab) originate(name, number string) {
	l.Helper()
	_, err := l.Channels.Originate(l.ctx, ari.Originate{Endpoint: "PJSIP/" + number + "@carrier", ChannelID: l.id(name), App: l.app})
	l.must(err)
	l.Cleanup(func() { l.gone(name) })
}

// up returns when a channel is up and in the application.
func (l *lab) up(names ...string) {
	l.Helper()
	for _, name := range names {
		r := l.watch(l.channel(name))
		l.originate(name, answersAtOnce)
		r.until("StasisStart")
		r.sub.Close()
	}
}

// gone hangs up a channel if it is there.
func (l *lab) gone(name string) {
	l.Helper()
	// The test's context is over when cleanups run.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(l.ctx), patience)
	defer cancel()
	if err := l.Channels.Hangup(ctx, l.id(name), ""); err != nil && !errors.Is(err, ari.ErrNotFound) {
		l.Errorf("hang up %s: %v", name, err)
	}
}

// makeBridge makes a bridge that is destroyed at the test's end.
func (l *lab) makeBridge(name, kind string) *ari.Bridge {
	l.Helper()
	b, err := l.Bridges.Create(l.ctx, ari.CreateBridge{ID: l.id(name), Type: kind, Name: name})
	l.must(err)
	l.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(l.ctx), patience)
		defer cancel()
		err := l.Bridges.Destroy(ctx, b.ID)
		for errors.Is(err, ari.ErrConflict) && ctx.Err() == nil { // what Asterisk answers while it destroys the bridge already
			<-time.After(10 * time.Millisecond)
			err = l.Bridges.Destroy(ctx, b.ID)
		}
		if err != nil && !errors.Is(err, ari.ErrNotFound) {
			l.Errorf("destroy bridge %s: %v", name, err)
		}
	})
	return b
}

func (l *lab) join(bridge string, channels ...string) error {
	return l.Bridges.AddChannel(l.ctx, l.id(bridge), ari.AddChannel{Channels: l.ids(channels)})
}

// Numbers of the carrier.
const (
	answersAtOnce   = "5550000"
	answersAfter1   = "5550100"
	hangsUpAfter1   = "5550101"
	echoes          = "5550002"
	busy            = "5550010"
	neverAnswers    = "5550011"
	rejects         = "5550012"
	unknownNumber   = "5550013"
	congested       = "5550014"
	earlyThenAnswer = "5550116"
	earlyThen404    = "5550017"
)

func isNotFound(err error) bool { return errors.Is(err, ari.ErrNotFound) }

// eventually polls until hold is true.
func (l *lab) eventually(what string, hold func() bool) {
	l.Helper()
	ctx, cancel := context.WithTimeout(l.ctx, patience)
	defer cancel()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for !hold() {
		select {
		case <-poll.C:
		case <-ctx.Done():
			l.Fatalf("not within %v: %s", patience, what)
		}
	}
}
