package conformance

import (
	"net/http"
	"slices"
	"strings"

	"github.com/hasshin/hasshin/ari"
)

// applications are subscriptions, filters and who is connected.
var applications = []story{
	{"get and list", func(l *lab) {
		a, err := l.Applications.Get(l.ctx, l.app)
		l.must(err)
		if a.Name != l.app || len(a.ChannelIDs) != 0 || len(a.BridgeIDs) != 0 {
			l.Errorf("application: %+v", a)
		}
		list, err := l.Applications.List(l.ctx)
		l.must(err)
		if !slices.ContainsFunc(list, func(other ari.Application) bool { return other.Name == l.app }) {
			l.Error("not in the list")
		}
		_, err = l.Applications.Get(l.ctx, l.app+"-nobody")
		l.refused(err, http.StatusNotFound, "Application not found", ari.ErrNotFound)
	}},
	{"is subscribed to its channels and to the bridges they are in", func(l *lab) {
		l.makeBridge("b", "mixing")
		l.up("a")
		r := l.watch(l.channel("a"))
		l.must(l.join("b", "a"))
		r.until("ChannelEnteredBridge")
		l.eventually("subscribed", func() bool {
			a, err := l.Applications.Get(l.ctx, l.app)
			l.must(err)
			return slices.Equal(a.ChannelIDs, []string{l.id("a")}) && slices.Equal(a.BridgeIDs, []string{l.id("b")})
		})
		l.must(l.Channels.Hangup(l.ctx, l.id("a"), ""))
		r.until("ChannelDestroyed")
		// A hang-up in the bridge leaves a subscription to the bridge behind, so that the application hears of its end.
		l.eventually("no longer subscribed to the channel", func() bool {
			a, err := l.Applications.Get(l.ctx, l.app)
			l.must(err)
			return len(a.ChannelIDs) == 0 && slices.Equal(a.BridgeIDs, []string{l.id("b")})
		})
		ends := l.watch(l.bridge("b"))
		l.must(l.Bridges.Destroy(l.ctx, l.id("b")))
		ends.until("BridgeDestroyed")
	}},
	{"subscribes to a bridge and hears of its end", func(l *lab) {
		l.makeBridge("b", "mixing")
		r := l.watch(l.bridge("b"))
		a, err := l.Applications.Subscribe(l.ctx, l.app, "bridge:"+l.id("b"))
		l.must(err)
		if !slices.Equal(a.BridgeIDs, []string{l.id("b")}) {
			l.Errorf("application: %+v", a)
		}
		l.must(l.Bridges.Destroy(l.ctx, l.id("b")))
		r.until("BridgeDestroyed")
	}},
	{"subscribes to another application's channel", func(l *lab) {
		other := l.connect(l.app + "-other")
		l.up("a")
		events := other.Subscribe(ari.ForChannel(l.id("a")))
		_, err := other.Applications.Subscribe(l.ctx, other.App(), "channel:"+l.id("a"))
		l.must(err)
		l.must(l.Channels.Hangup(l.ctx, l.id("a"), ""))
		for ev := range events.All(l.ctx) {
			if _, ok := ev.(*ari.ChannelDestroyed); ok {
				break
			}
		}
	}},
	{"mistaken sources", func(l *lab) {
		subscribe := func(source ...string) error {
			_, err := l.Applications.Subscribe(l.ctx, l.app, source...)
			return err
		}
		unsubscribe := func(source ...string) error {
			_, err := l.Applications.Unsubscribe(l.ctx, l.app, source...)
			return err
		}
		l.refused(subscribe(), http.StatusBadRequest, "Missing parameter eventSource", ari.ErrBadRequest)
		l.refused(subscribe("channel:"+l.id("nobody")), http.StatusUnprocessableEntity, "Event source does not exist")
		l.refused(subscribe("weather:tomorrow"), http.StatusBadRequest, "Invalid event source URI scheme")
		l.refused(unsubscribe("channel:"+l.id("nobody")), http.StatusUnprocessableEntity, "Event source was not subscribed to")
		_, err := l.Applications.Subscribe(l.ctx, l.app+"-nobody", "bridge:x")
		l.refused(err, http.StatusNotFound, "Application not found", ari.ErrNotFound)
	}},
	{"the client's event filter is set, and another one works", func(l *lab) {
		a, err := l.Applications.Get(l.ctx, l.app)
		l.must(err)
		got := slices.Sorted(slices.Values(a.EventsDisallowed))
		if want := slices.Sorted(slices.Values(ari.NoisyEvents())); !slices.Equal(got, want) {
			l.Errorf("disallowed: %v, want %v", got, want)
		}
		_, err = l.Applications.SetEventFilter(l.ctx, l.app, ari.EventFilter{Disallowed: []string{"ChannelStateChange", "Dial"}})
		l.must(err)
		r := l.watch(l.channel("a"))
		l.originate("a", answersAtOnce)
		r.until("StasisStart")
		if slices.ContainsFunc(r.lines, func(line string) bool {
			return strings.HasPrefix(line, "Dial") || strings.HasPrefix(line, "ChannelStateChange")
		}) {
			l.Errorf("filtered events came: %q", r.lines)
		}
		if !slices.ContainsFunc(r.lines, func(line string) bool { return line == "ChannelVarset" || line == "ChannelDialplan" }) {
			l.Logf("no event of those no longer filtered: %q", r.lines)
		}
		_, err = l.Applications.SetEventFilter(l.ctx, l.app+"-nobody", ari.EventFilter{})
		l.refused(err, http.StatusNotFound, "Application not found", ari.ErrNotFound)
	}},
	{"a second connection takes over", func(l *lab) {
		r := l.watch(ari.All())
		second := l.connect(l.app)
		r.until("Replaced")
		events := second.Subscribe(l.channel("a"))
		_, err := second.Channels.Originate(l.ctx, ari.Originate{
			Endpoint: "PJSIP/" + answersAtOnce + "@carrier", ChannelID: l.id("a"), App: l.app,
		})
		l.must(err)
		l.Cleanup(func() { l.gone("a") })
		for ev := range events.All(l.ctx) {
			if _, ok := ev.(*ari.StasisStart); ok {
				break
			}
		}
		l.eventually("the replaced client knows", func() bool { return !l.Connected() })
	}},
	{"two applications on one event stream", func(l *lab) {
		both := l.connect(l.app+"-main", l.app+"-side")
		for _, name := range []string{"main", "side"} {
			app := l.app + "-" + name
			a, err := both.Applications.Get(l.ctx, app)
			l.must(err)
			if len(a.EventsDisallowed) != len(ari.NoisyEvents()) {
				l.Errorf("%s: disallowed: %v", app, a.EventsDisallowed)
			}
			events := both.Subscribe(l.channel(name))
			_, err = both.Channels.Originate(l.ctx, ari.Originate{Endpoint: "PJSIP/" + answersAtOnce + "@carrier", ChannelID: l.id(name), App: app})
			l.must(err)
			l.Cleanup(func() { l.gone(name) })
			for ev := range events.All(l.ctx) {
				if start, ok := ev.(*ari.StasisStart); ok {
					if start.Application != app {
						l.Errorf("of %s, expected %s", start.Application, app)
					}
					break
				}
			}
		}
		l.connect(l.app + "-side")
		l.eventually("whoever loses one application has lost the stream", func() bool { return !both.Connected() })
	}},
	{"user event", func(l *lab) {
		r := l.watch(ari.All())
		l.must(l.UserEvent(l.ctx, "lunch", l.app, nil, map[string]any{"dish": "ramen"}))
		ev := r.until("ChannelUserevent").(*ari.ChannelUserevent)
		if ev.EventName != "lunch" || string(ev.UserEvent["dish"]) != `"ramen"` || string(ev.UserEvent["eventname"]) != `"lunch"` {
			l.Errorf("event: %+v", ev)
		}
		l.refused(l.UserEvent(l.ctx, "lunch", l.app+"-nobody", nil, nil), http.StatusNotFound, "Application not found")
		l.refused(l.UserEvent(l.ctx, "lunch", l.app, []string{"channel:nobody"}, nil), http.StatusUnprocessableEntity, "Event source was not found")
	}},
}
