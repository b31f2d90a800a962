package conformance

import (
	"maps"
	"net/http"
	"slices"

	"github.com/hasshin/hasshin/ari"
)

// channels are operations on a channel that is up.
var channels = []story{
	{"variables", func(l *lab) {
		r := l.watch(l.channel("a"))
		_, err := l.Channels.Originate(l.ctx, ari.Originate{
			Endpoint: "PJSIP/" + answersAtOnce + "@carrier", ChannelID: l.id("a"), App: l.app,
			Variables: map[string]string{"CASE": "42", "CALLERID(name)": "Case"},
		})
		l.must(err)
		l.Cleanup(func() { l.gone("a") })
		r.until("StasisStart")
		l.has("a", "CASE", "42")
		l.has("a", "CALLERID(name)", "Case")
		l.must(l.Channels.SetVariable(l.ctx, l.id("a"), "CASE", "43"))
		l.has("a", "CASE", "43")
		l.must(l.Channels.SetVariable(l.ctx, l.id("a"), "CALLERID(num)", "0399999999"))
		channel, err := l.Channels.Get(l.ctx, l.id("a"))
		l.must(err)
		if channel.Caller != (ari.CallerID{Name: "Case", Number: "0399999999"}) {
			l.Errorf("caller = %+v", channel.Caller)
		}
	}},
	{"several variables at once", func(l *lab) {
		l.up("a")
		l.must(l.Channels.SetVariables(l.ctx, l.id("a"), map[string]string{"ONE": "1", "TWO": "2"}))
		got, err := l.Channels.Variables(l.ctx, l.id("a"), "ONE", "TWO")
		l.must(err)
		if !maps.Equal(got, map[string]string{"ONE": "1", "TWO": "2"}) {
			l.Errorf("variables: %v", got)
		}
		_, err = l.Channels.Variables(l.ctx, l.id("a"), "ONE", "NOT_SET")
		l.refused(err, http.StatusNotFound, "Provided variable was not found", ari.ErrNotFound)
		_, err = l.Channels.Variables(l.ctx, l.id("nobody"), "ONE")
		l.refused(err, http.StatusNotFound, "Provided channel was not found", ari.ErrNotFound)
		l.refused(l.Channels.SetVariables(l.ctx, l.id("nobody"), map[string]string{"ONE": "1"}),
			http.StatusNotFound, "Provided channel was not found", ari.ErrNotFound)
	}},
	{"RTP statistics", func(l *lab) {
		l.up("a")
		stats, err := l.Channels.RTPStatistics(l.ctx, l.id("a"))
		l.must(err)
		if stats.ChannelUniqueID != l.id("a") {
			l.Errorf("statistics: %+v", stats)
		}
		_, err = l.Channels.RTPStatistics(l.ctx, l.id("nobody"))
		l.refused(err, http.StatusNotFound, "Channel not found", ari.ErrNotFound)
	}},
	{"external media", func(l *lab) {
		r := l.watch(l.channel("m"))
		external := func(o ari.ExternalMedia) error {
			_, err := l.Channels.ExternalMedia(l.ctx, o)
			return err
		}
		l.must(external(ari.ExternalMedia{ChannelID: l.id("m"), App: l.app, ExternalHost: "127.0.0.1:17999", Format: "ulaw"}))
		l.Cleanup(func() { l.gone("m") })
		r.until("StasisStart")
		r.took(
			`Dial m "" 127.0.0.1:17999/c(ulaw)`,
			`ChannelStateChange m Up`,
			`Dial m "ANSWER" 127.0.0.1:17999/c(ulaw)`,
			`StasisStart m Up []`,
		)
		l.refused(external(ari.ExternalMedia{ExternalHost: "127.0.0.1:17999", Format: "ulaw"}), http.StatusBadRequest, "app cannot be empty")
		l.refused(external(ari.ExternalMedia{App: l.app, ExternalHost: "127.0.0.1:17999"}), http.StatusBadRequest, "format cannot be empty")
		l.refused(external(ari.ExternalMedia{App: l.app, ExternalHost: "127.0.0.1", Format: "ulaw"}), http.StatusBadRequest,
			"external_host must be <host>:<port> for all transports other than websocket")
	}},
	{"claiming is not offered", func(l *lab) {
		l.refused(l.Channels.Claim(l.ctx, l.id("nobody"), l.app), http.StatusNotImplemented,
			"Broadcast functionality not available (res_stasis_broadcast not loaded)")
	}},
	{"get and list", func(l *lab) {
		l.up("a")
		channel, err := l.Channels.Get(l.ctx, l.id("a"))
		l.must(err)
		if channel.State != "Up" || channel.Language != "en" || channel.Dialplan.AppName != "Stasis" {
			l.Errorf("channel: %+v", channel)
		}
		list, err := l.Channels.List(l.ctx)
		l.must(err)
		if !slices.ContainsFunc(list, func(c ari.Channel) bool { return c.ID == l.id("a") }) {
			l.Error("not in the list")
		}
	}},
	{"operations without an event", func(l *lab) {
		l.up("a")
		for _, name := range []string{"answer", "ring", "stop ring", "dtmf", "mute", "unmute", "hold", "unhold", "moh", "stop moh", "silence", "no silence"} {
			if err := channelOperations(l, l.id("a"))[name](); err != nil {
				l.Errorf("%s: %v", name, err)
			}
		}
	}},
	{"digits", func(l *lab) {
		r := l.watch(l.channel("a"))
		l.originate("a", echoes)
		r.until("StasisStart")
		l.must(l.Channels.SendDTMF(l.ctx, l.id("a"), ari.DTMF{Digits: "1*5"}))
		// An echo is no phone and can make two of one digit: each must come, in order.
		for _, digit := range []string{"1", "*", "5"} {
			r.until("ChannelDtmfReceived a " + digit)
		}
	}},
	{"digits in a bridge that promises their events", func(l *lab) {
		l.makeBridge("b", "mixing,dtmf_events")
		r := l.watch(l.channel("a"))
		l.originate("a", echoes)
		l.up("c")
		r.until("StasisStart")
		l.must(l.join("b", "a", "c"))
		r.until("ChannelEnteredBridge b a")
		l.must(l.Channels.SendDTMF(l.ctx, l.id("a"), ari.DTMF{Digits: "7"}))
		r.until("ChannelDtmfReceived a 7")
	}},
	{"snoop", func(l *lab) {
		l.up("a")
		r := l.watch(l.channel("s"))
		_, err := l.Channels.Snoop(l.ctx, l.id("a"), ari.Snoop{SnoopID: l.id("s"), Spy: "both", Whisper: "out", App: l.app, AppArgs: []string{"ear"}})
		l.must(err)
		l.Cleanup(func() { l.gone("s") })
		r.until("StasisStart")
		r.took(`StasisStart s Up [ear]`)
		l.must(l.Channels.Hangup(l.ctx, l.id("s"), ""))
		r.until("StasisEnd")
		r.took(`ChannelHangupRequest s 32 soft=true 0`, `StasisEnd s`)
	}},
	{"a snoop ends with what it listens to", func(l *lab) {
		l.up("a")
		r := l.watch(l.channel("s"))
		_, err := l.Channels.Snoop(l.ctx, l.id("a"), ari.Snoop{SnoopID: l.id("s"), Spy: "in", App: l.app})
		l.must(err)
		r.until("StasisStart")
		l.must(l.Channels.Hangup(l.ctx, l.id("a"), ""))
		r.until("StasisEnd s")
	}},
	{"moves to another application", func(l *lab) {
		other := *l
		other.app = l.app + "-other"
		other.Client = l.connect(other.app)
		l.up("a")
		mine, theirs := l.watch(l.channel("a")), other.Subscribe(ari.ForChannel(l.id("a")))
		l.must(l.Channels.Move(l.ctx, l.id("a"), other.app, "moved"))
		mine.until("StasisEnd")
		for ev := range theirs.All(l.ctx) {
			if start, ok := ev.(*ari.StasisStart); ok {
				if !slices.Equal(start.Args, []string{"moved"}) {
					l.Errorf("args = %q", start.Args)
				}
				break
			}
		}
		l.must(l.Channels.Hangup(l.ctx, l.id("a"), ""))
		mine.until("ChannelDestroyed")
		mine.took(
			`StasisEnd a`,
			`ChannelHangupRequest a 32 soft=true 0`,
			`ChannelDestroyed a 16 "Normal Clearing" 0`,
		)
	}},
	{"cannot move to an application that is not there", func(l *lab) {
		l.up("a")
		r := l.watch(l.channel("a"))
		l.must(l.Channels.Move(l.ctx, l.id("a"), l.app+"-nobody"))
		r.until("ApplicationMoveFailed")
		_, err := l.Channels.Get(l.ctx, l.id("a"))
		l.must(err)
	}},
	{"continues in the dialplan, where it ends", func(l *lab) {
		l.up("a")
		r := l.watch(l.channel("a"))
		l.must(l.Channels.Continue(l.ctx, l.id("a"), ari.Continue{Context: "no-such-context", Extension: "s", Priority: 1}))
		r.until("ChannelDestroyed")
		r.took(`StasisEnd a`, `ChannelDestroyed a 0 "Unknown" 0`)
	}},
}

func (l *lab) has(channel, variable, want string) {
	l.Helper()
	got, err := l.Channels.Variable(l.ctx, l.id(channel), variable)
	l.must(err)
	if got != want {
		l.Errorf("%s = %q, want %q", variable, got, want)
	}
}
