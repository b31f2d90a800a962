package conformance

import (
	"errors"
	"net/http"
	"time"

	"github.com/hasshin/hasshin/ari"
)

// createdCalls are channels that are created, put into a bridge and then dialed, so that early media is heard.
var createdCalls = []story{
	{"create, bridge, dial, answer, hang up", func(l *lab) {
		l.makeBridge("b", "mixing")
		r := l.watch(l.channel("a"))
		channel, err := l.Channels.Create(l.ctx, ari.CreateChannel{
			Endpoint: "PJSIP/" + answersAfter1 + "@carrier", ChannelID: l.id("a"), App: l.app, AppArgs: []string{"contact"},
			Variables: map[string]string{"CALLERID(num)": "0312345678"},
		})
		l.must(err)
		l.Cleanup(func() { l.gone("a") })
		if channel.State != "Down" || channel.ID != l.id("a") {
			l.Errorf("response: %+v", channel)
		}
		start := r.until("StasisStart").(*ari.StasisStart)
		if start.Channel.Caller.Number != "0312345678" {
			l.Errorf("caller = %+v", start.Channel.Caller)
		}
		l.must(l.join("b", "a"))
		r.until("ChannelEnteredBridge")
		l.must(l.Channels.Dial(l.ctx, l.id("a"), ari.DialOptions{Timeout: 10 * time.Second}))
		r.until(`Dial a "ANSWER"`)
		r.took(
			`StasisStart a Down [contact]`,
			`ChannelEnteredBridge b a [a]`,
			`Dial a "" `+answersAfter1+`@carrier`,
			`ChannelStateChange a Ringing`,
			`Dial a "RINGING" `,
			`ChannelStateChange a Up`,
			`Dial a "ANSWER" `,
		)
		l.refused(l.Channels.Dial(l.ctx, l.id("a"), ari.DialOptions{}), http.StatusConflict, "Channel is not in the 'Down' state")
		l.must(l.Channels.Hangup(l.ctx, l.id("a"), ari.HangupReason("busy")))
		r.until("ChannelDestroyed")
		r.took(
			`ChannelHangupRequest a 32 soft=true 0`,
			`ChannelLeftBridge b a []`,
			`StasisEnd a`,
			`ChannelDestroyed a 17 "User busy" 486`,
		)
	}},
	{"create, dial, busy", func(l *lab) {
		l.dialsAndFails(busy, 0,
			`Dial a "" `+busy+`@carrier`,
			`ChannelHangupRequest a 17 soft=false 486`,
			`StasisEnd a`,
			`ChannelDestroyed a 17 "User busy" 486`)
	}},
	{"create, dial, nobody answers in time", func(l *lab) {
		l.dialsAndFails(neverAnswers, time.Second,
			`Dial a "" `+neverAnswers+`@carrier`,
			`ChannelStateChange a Ringing`,
			`Dial a "RINGING" `,
			`ChannelHangupRequest a 32 soft=true 0`,
			`StasisEnd a`,
			`ChannelDestroyed a 19 "User alerting, no answer" 480`)
	}},
	{"dial before StasisStart", func(l *lab) {
		// The race is real: whether the dial comes early enough is not in our hands, so each outcome must be one of the two.
		early := false
		for i := range 20 {
			name := string(rune('a' + i))
			_, err := l.Channels.Create(l.ctx, ari.CreateChannel{
				Endpoint: "PJSIP/" + neverAnswers + "@carrier", ChannelID: l.id(name), App: l.app,
			})
			l.must(err)
			if err := l.Channels.Dial(l.ctx, l.id(name), ari.DialOptions{}); err != nil {
				early = true
				if !errors.Is(err, ari.ErrNotInStasis) {
					l.Errorf("dial: %v", err)
				}
			}
			l.gone(name)
			if early {
				break
			}
		}
		l.Logf("too early at least once: %t", early)
	}},
}

func (l *lab) dialsAndFails(number string, timeout time.Duration, want ...string) {
	l.Helper()
	r := l.watch(l.channel("a"))
	_, err := l.Channels.Create(l.ctx, ari.CreateChannel{Endpoint: "PJSIP/" + number + "@carrier", ChannelID: l.id("a"), App: l.app})
	l.must(err)
	l.Cleanup(func() { l.gone("a") })
	r.until("StasisStart")
	r.lines = nil
	l.must(l.Channels.Dial(l.ctx, l.id("a"), ari.DialOptions{Timeout: timeout}))
	r.until("ChannelDestroyed")
	r.took(want...)
}
