package conformance

import (
	"errors"
	"maps"
	"net/http"
	"slices"

	"github.com/hasshin/hasshin/ari"
)

// bridges are joining, moving, holding and destroying.
var bridges = []story{
	{"create with a chosen id, get, list, destroy", func(l *lab) {
		b := l.makeBridge("b", "mixing")
		if b.ID != l.id("b") || b.Name != "b" || b.Type != "mixing" || b.Class != "stasis" || b.Creator != "Stasis" || len(b.Channels) != 0 {
			l.Errorf("created: %+v", b)
		}
		_, err := l.Bridges.Get(l.ctx, b.ID)
		l.must(err)
		list, err := l.Bridges.List(l.ctx)
		l.must(err)
		if !slices.ContainsFunc(list, func(other ari.Bridge) bool { return other.ID == b.ID }) {
			l.Error("not in the list")
		}
		l.must(l.Bridges.Destroy(l.ctx, b.ID))
		l.eventually("the bridge is gone", func() bool {
			_, err := l.Bridges.Get(l.ctx, b.ID)
			return isNotFound(err)
		})
		l.refused(l.Bridges.Destroy(l.ctx, b.ID), http.StatusNotFound, "Bridge not found", ari.ErrNotFound)
	}},
	{"two channels join, one leaves, one is hung up", func(l *lab) {
		l.makeBridge("b", "mixing")
		l.up("a", "c")
		r := l.watch(l.bridge("b"))
		l.must(l.join("b", "a"))
		r.until("ChannelEnteredBridge b a")
		l.must(l.join("b", "c"))
		r.until("ChannelEnteredBridge b c")
		l.must(l.Bridges.RemoveChannel(l.ctx, l.id("b"), l.id("a")))
		r.until("ChannelLeftBridge b a")
		l.must(l.Channels.Hangup(l.ctx, l.id("c"), ""))
		r.until("ChannelLeftBridge b c")
		r.took(
			`ChannelEnteredBridge b a [a]`,
			`ChannelEnteredBridge b c [a c]`,
			`ChannelLeftBridge b a [c]`,
			`ChannelLeftBridge b c []`,
		)
	}},
	{"hold and resume: a channel moves between bridges", func(l *lab) {
		l.makeBridge("booth", "mixing")
		hold := l.makeBridge("hold", "holding")
		if hold.Type != "holding" || hold.Technology != "holding_bridge" {
			l.Errorf("holding bridge: %+v", hold)
		}
		l.must(l.Bridges.StartMOH(l.ctx, hold.ID, ""))
		l.up("agent", "contact")
		agent, contact, booth := l.watch(l.channel("agent")), l.watch(l.channel("contact")), l.watch(l.bridge("booth"))
		l.must(l.join("booth", "agent", "contact"))
		contact.until("ChannelEnteredBridge booth contact")
		contact.lines = nil
		l.must(l.join("hold", "contact"))
		contact.until("ChannelEnteredBridge hold contact")
		l.must(l.join("booth", "contact"))
		contact.until("ChannelEnteredBridge booth contact")
		contact.took(
			`ChannelLeftBridge booth contact [agent]`,
			`ChannelEnteredBridge hold contact [contact]`,
			`ChannelLeftBridge hold contact []`,
			`ChannelEnteredBridge booth contact [agent contact]`,
		)
		l.must(l.Channels.Hangup(l.ctx, l.id("agent"), ""))
		agent.until("ChannelDestroyed")
		booth.until("ChannelLeftBridge booth agent")
	}},
	{"music ends when the last channel leaves, and can be started again", func(l *lab) {
		for _, kind := range []string{"holding", "mixing"} {
			b := l.makeBridge(kind, kind)
			l.must(l.Bridges.StartMOH(l.ctx, b.ID, ""))
			l.must(l.Bridges.StopMOH(l.ctx, b.ID))
			l.must(l.Bridges.StartMOH(l.ctx, b.ID, ""))
			l.must(l.Bridges.StartMOH(l.ctx, b.ID, ""))
			channel := "in-" + kind
			l.up(channel)
			r := l.watch(l.channel(channel))
			l.must(l.join(kind, channel))
			r.until("ChannelEnteredBridge")
			l.must(l.Bridges.RemoveChannel(l.ctx, b.ID, l.id(channel)))
			r.until("ChannelLeftBridge")
			// The channel that plays does not stay alone, so music has to be started again for whoever comes next.
			l.eventually("the music has ended", func() bool {
				return errors.Is(l.Bridges.StopMOH(l.ctx, b.ID), ari.ErrConflict)
			})
			l.must(l.Bridges.StartMOH(l.ctx, b.ID, ""))
			l.must(l.Bridges.StopMOH(l.ctx, b.ID))
		}
	}},
	{"destroying a bridge lets its channels go", func(l *lab) {
		l.makeBridge("b", "mixing")
		l.up("a")
		r := l.watch(l.channel("a"))
		l.must(l.join("b", "a"))
		r.until("ChannelEnteredBridge")
		l.must(l.Bridges.Destroy(l.ctx, l.id("b")))
		r.until("ChannelLeftBridge")
		r.took(`ChannelEnteredBridge b a [a]`, `ChannelLeftBridge b a []`)
		l.makeBridge("d", "mixing")
		l.must(l.join("d", "a"))
		r.until("ChannelEnteredBridge d")
	}},
	{"variables", func(l *lab) {
		l.makeBridge("b", "mixing")
		l.must(l.Bridges.SetVariable(l.ctx, l.id("b"), "CASE", "42"))
		value, err := l.Bridges.Variable(l.ctx, l.id("b"), "CASE")
		l.must(err)
		if value != "42" {
			l.Errorf("CASE = %q", value)
		}
		_, err = l.Bridges.Variable(l.ctx, l.id("b"), "NOT_SET")
		l.refused(err, http.StatusNotFound, "Provided variable was not found", ari.ErrNotFound)
		l.must(l.Bridges.SetVariables(l.ctx, l.id("b"), map[string]string{"CASE": "43", "MORE": "1"}))
		several, err := l.Bridges.Variables(l.ctx, l.id("b"), "CASE", "MORE")
		l.must(err)
		if !maps.Equal(several, map[string]string{"CASE": "43", "MORE": "1"}) {
			l.Errorf("variables: %v", several)
		}
		_, err = l.Bridges.Variable(l.ctx, l.id("b"), "")
		l.refused(err, http.StatusBadRequest, "Variable name is required")
	}},
	{"joining a bridge while a prompt plays to the channel waits for the prompt", func(l *lab) {
		l.makeBridge("b", "mixing")
		l.up("a")
		r := l.watch(l.channel("a"))
		_, err := l.Channels.Play(l.ctx, l.id("a"), ari.Play{PlaybackID: l.id("p"), Media: []string{"sound:silence/2"}})
		l.must(err)
		r.until("PlaybackStarted")
		l.must(l.join("b", "a"))
		r.until("ChannelEnteredBridge")
		r.took(
			`PlaybackStarted p channel:a sound:silence/2 playing`,
			`PlaybackFinished p channel:a sound:silence/2 done`,
			`ChannelEnteredBridge b a [a]`,
		)
	}},
	{"stopping the prompt lets the channel join at once", func(l *lab) {
		l.makeBridge("b", "mixing")
		l.up("a")
		r := l.watch(l.channel("a"))
		_, err := l.Channels.Play(l.ctx, l.id("a"), ari.Play{PlaybackID: l.id("p"), Media: []string{"sound:tt-monkeys"}})
		l.must(err)
		r.until("PlaybackStarted")
		l.stop("p")
		l.must(l.join("b", "a"))
		r.until("ChannelEnteredBridge")
		r.took(
			`PlaybackStarted p channel:a sound:tt-monkeys playing`,
			`PlaybackFinished p channel:a sound:tt-monkeys done`,
			`ChannelEnteredBridge b a [a]`,
		)
	}},
}
