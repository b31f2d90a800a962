package conformance

import (
	"strings"
	"time"

	"github.com/hasshin/hasshin/ari"
)

// calls are originated calls: how they are answered, refused and ended.
var calls = []story{
	{"is answered after ringing and hung up by us", func(l *lab) {
		r := l.watch(l.channel("a"))
		channel, err := l.Channels.Originate(l.ctx, ari.Originate{
			Endpoint: "PJSIP/" + answersAfter1 + "@carrier", ChannelID: l.id("a"), App: l.app, AppArgs: []string{"one", "two"},
			CallerID: `"Hasshin" <0312345678>`,
		})
		l.must(err)
		l.Cleanup(func() { l.gone("a") })
		if channel.ID != l.id("a") || channel.State != "Down" || channel.Caller != (ari.CallerID{Name: "Hasshin", Number: "0312345678"}) {
			l.Errorf("response: %+v", channel)
		}
		if !strings.HasPrefix(channel.Name, "PJSIP/carrier-") {
			l.Errorf("name = %q", channel.Name)
		}
		start := r.until("StasisStart").(*ari.StasisStart)
		r.took(
			`Dial a "" `+answersAfter1+`@carrier`,
			`ChannelStateChange a Ringing`,
			`Dial a "RINGING" `+answersAfter1+`@carrier`,
			`ChannelStateChange a Up`,
			`Dial a "ANSWER" `+answersAfter1+`@carrier`,
			`StasisStart a Up [one two]`,
		)
		if start.Channel.Dialplan.AppName != "Stasis" || start.Channel.Dialplan.AppData != l.app+",one,two" {
			l.Errorf("dialplan of StasisStart: %+v", start.Channel.Dialplan)
		}
		if start.Channel.CreationTime.IsZero() || start.Timestamp.Before(start.Channel.CreationTime) {
			l.Errorf("created %v, started %v", start.Channel.CreationTime, start.Timestamp)
		}
		l.must(l.Channels.Hangup(l.ctx, l.id("a"), ""))
		r.until("ChannelDestroyed")
		r.took(
			`ChannelHangupRequest a 32 soft=true 0`,
			`StasisEnd a`,
			`ChannelDestroyed a 16 "Normal Clearing" 0`,
		)
	}},
	{"is hung up by the contact", func(l *lab) {
		r := l.watch(l.channel("a"))
		l.originate("a", hangsUpAfter1)
		r.until("StasisStart")
		r.lines = nil
		r.until("ChannelDestroyed")
		r.took(
			`ChannelHangupRequest a 16 soft=false 0`,
			`StasisEnd a`,
			`ChannelDestroyed a 16 "Normal Clearing" 0`,
		)
	}},
	{"is busy", func(l *lab) {
		l.fails(busy,
			`ChannelHangupRequest a 17 soft=false 486`,
			`Dial a "BUSY" `+busy+`@carrier`,
			`ChannelDestroyed a 17 "User busy" 486`)
	}},
	{"is rejected after ringing", func(l *lab) {
		l.fails(rejects,
			`ChannelStateChange a Ringing`,
			`Dial a "RINGING" `+rejects+`@carrier`,
			`ChannelHangupRequest a 21 soft=false 603`,
			`Dial a "NOANSWER" `+rejects+`@carrier`,
			`ChannelDestroyed a 21 "Call Rejected" 603`)
	}},
	{"goes to an unknown number", func(l *lab) {
		l.fails(unknownNumber,
			`ChannelHangupRequest a 1 soft=false 404`,
			`Dial a "NOANSWER" `+unknownNumber+`@carrier`,
			`ChannelDestroyed a 1 "Unallocated (unassigned) number" 404`)
	}},
	{"meets congestion", func(l *lab) {
		l.fails(congested,
			`ChannelHangupRequest a 34 soft=false 503`,
			`Dial a "CONGESTION" `+congested+`@carrier`,
			`ChannelDestroyed a 34 "Circuit/channel congestion" 503`)
	}},
	{"is not answered in time", func(l *lab) {
		r := l.watch(l.channel("a"))
		_, err := l.Channels.Originate(l.ctx, ari.Originate{
			Endpoint: "PJSIP/" + neverAnswers + "@carrier", ChannelID: l.id("a"), App: l.app, Timeout: time.Second,
		})
		l.must(err)
		r.until("ChannelDestroyed")
		r.took(
			`Dial a "" `+neverAnswers+`@carrier`,
			`ChannelStateChange a Ringing`,
			`Dial a "RINGING" `+neverAnswers+`@carrier`,
			`ChannelDestroyed a 19 "User alerting, no answer" 480`,
		)
	}},
	{"is given up by us while it rings", func(l *lab) {
		r := l.watch(l.channel("a"))
		l.originate("a", neverAnswers)
		r.untilAll(`Dial a "RINGING"`, `ChannelStateChange a Ringing`)
		r.lines = nil
		l.must(l.Channels.Hangup(l.ctx, l.id("a"), ""))
		r.until("ChannelDestroyed")
		r.took(
			`ChannelHangupRequest a 32 soft=true 0`,
			`Dial a "NOANSWER" `+neverAnswers+`@carrier`,
			`ChannelDestroyed a 16 "Normal Clearing" 0`,
		)
	}},
	{"has early media and is answered", func(l *lab) {
		r := l.watch(l.channel("a"))
		l.originate("a", earlyThenAnswer)
		r.until("StasisStart")
		r.took(
			`Dial a "" `+earlyThenAnswer+`@carrier`,
			`Dial a "PROGRESS" `+earlyThenAnswer+`@carrier`,
			`ChannelStateChange a Up`,
			`Dial a "ANSWER" `+earlyThenAnswer+`@carrier`,
			`StasisStart a Up []`,
		)
	}},
	{"has early media and fails", func(l *lab) {
		l.fails(earlyThen404,
			`Dial a "PROGRESS" `+earlyThen404+`@carrier`,
			`ChannelHangupRequest a 1 soft=false 404`,
			`Dial a "NOANSWER" `+earlyThen404+`@carrier`,
			`ChannelDestroyed a 1 "Unallocated (unassigned) number" 404`)
	}},
	{"for an application that nobody is connected for ends at answer", func(l *lab) {
		_, err := l.Channels.Originate(l.ctx, ari.Originate{
			Endpoint: "PJSIP/" + answersAtOnce + "@carrier", ChannelID: l.id("a"), App: l.app + "-nobody",
		})
		l.must(err)
		l.eventually("the channel goes", func() bool {
			_, err := l.Channels.Get(l.ctx, l.id("a"))
			return isNotFound(err)
		})
	}},
}

// fails originates a call that ends before it is answered, after its first Dial event, with the given events.
func (l *lab) fails(number string, want ...string) {
	l.Helper()
	r := l.watch(l.channel("a"))
	l.originate("a", number)
	r.until("ChannelDestroyed")
	r.took(append([]string{`Dial a "" ` + number + `@carrier`}, want...)...)
}
