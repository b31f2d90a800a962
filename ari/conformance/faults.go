package conformance

import (
	"context"
	"errors"
	"time"

	"github.com/hasshin/hasshin/ari"
)

// faults are what the client does when Asterisk goes away.
var faults = []story{
	{"Asterisk restarts", func(l *lab) {
		l.up("a")
		r := l.watch(ari.All())
		l.target.Restart(l.T)
		l.signal(r, func(ev ari.Event) bool { _, is := ev.(*ari.Disconnected); return is })
		l.signal(r, func(ev ari.Event) bool { c, is := ev.(*ari.Connected); return is && c.Reconnect })
		_, err := l.Channels.Get(l.ctx, l.id("a"))
		if !errors.Is(err, ari.ErrNotFound) {
			l.Errorf("the channel after the restart: %v", err)
		}
		app, err := l.Applications.Get(l.ctx, l.app)
		l.must(err)
		if len(app.EventsDisallowed) != len(ari.NoisyEvents()) {
			l.Errorf("event filter after the restart: %v", app.EventsDisallowed)
		}
		l.up("b")
	}},
	{"Asterisk falls silent with all connections open", func(l *lab) {
		r := l.watch(ari.All())
		l.target.Pause(l.T)
		start := time.Now()
		l.signal(r, func(ev ari.Event) bool { _, is := ev.(*ari.Disconnected); return is })
		if took := time.Since(start); took > 5*time.Second {
			l.Errorf("noticed only after %v", took)
		}
		l.target.Unpause(l.T)
		l.signal(r, func(ev ari.Event) bool { c, is := ev.(*ari.Connected); return is && c.Reconnect })
		l.up("b")
	}},
}

// signal reads until a signal of the connection comes.
func (l *lab) signal(r *record, is func(ari.Event) bool) {
	l.Helper()
	ctx, cancel := context.WithTimeout(l.ctx, patience)
	defer cancel()
	for {
		ev, err := r.sub.Next(ctx)
		if err != nil {
			l.Fatalf("no signal: %v", err)
		}
		if is(ev) {
			return
		}
	}
}
