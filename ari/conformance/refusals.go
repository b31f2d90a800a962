package conformance

import (
	"net/http"
	"strings"
	"testing"

	"github.com/hasshin/hasshin/ari"
)

// refusals are requests that Asterisk refuses, with status and message.
var refusals = []story{
	{"originate", func(l *lab) {
		originate := func(o ari.Originate) error {
			_, err := l.Channels.Originate(l.ctx, o)
			return err
		}
		l.refused(originate(ari.Originate{App: l.app}), http.StatusBadRequest, "Endpoint must be specified", ari.ErrBadRequest)
		l.refused(originate(ari.Originate{Endpoint: "PJSIP", App: l.app}), http.StatusBadRequest, "Invalid endpoint specified")
		l.refused(originate(ari.Originate{Endpoint: "PJSIP/1@carrier"}), http.StatusBadRequest, "Application or extension must be specified")
		l.refused(originate(ari.Originate{Endpoint: "PJSIP/nobody-here", App: l.app}),
			http.StatusInternalServerError, "Allocation failed", ari.ErrAllocationFailed)
		l.refused(originate(ari.Originate{Endpoint: "PJSIP/1@nowhere", App: l.app}),
			http.StatusInternalServerError, "Allocation failed", ari.ErrAllocationFailed)
		l.refused(originate(ari.Originate{Endpoint: "NoSuchTech/1", App: l.app}),
			http.StatusInternalServerError, "Allocation failed", ari.ErrAllocationFailed)
		l.refused(originate(ari.Originate{Endpoint: "PJSIP/" + answersAtOnce + "@carrier", App: l.app, Originator: "a", Formats: []string{"ulaw"}}),
			http.StatusBadRequest, "Originator and formats can't both be specified")
		l.refused(originate(ari.Originate{Endpoint: "PJSIP/" + answersAtOnce + "@carrier", App: l.app, Originator: l.id("nobody")}),
			http.StatusBadRequest, "Provided originator channel was not found")
		l.refused(originate(ari.Originate{Endpoint: "PJSIP/" + answersAtOnce + "@carrier", App: l.app, Formats: []string{"nosuchcodec"}}),
			http.StatusBadRequest, "Provided format (nosuchcodec) was not found")
		l.refused(originate(ari.Originate{Endpoint: "PJSIP/" + answersAtOnce + "@carrier", App: l.app, ChannelID: strings.Repeat("x", 150)}),
			http.StatusBadRequest, "Uniqueid length exceeds maximum of 149")
	}},
	{"a chosen channel id that exists", func(l *lab) {
		l.up("a")
		_, err := l.Channels.Originate(l.ctx, ari.Originate{Endpoint: "PJSIP/" + answersAtOnce + "@carrier", ChannelID: l.id("a"), App: l.app})
		l.refused(err, http.StatusConflict, "Channel with given unique ID already exists", ari.ErrConflict, ari.ErrExists)
		_, err = l.Channels.Create(l.ctx, ari.CreateChannel{Endpoint: "PJSIP/" + answersAtOnce + "@carrier", ChannelID: l.id("a"), App: l.app})
		if err != nil {
			l.refused(err, http.StatusConflict, "Channel with given unique ID already exists", ari.ErrConflict, ari.ErrExists)
		}
	}},
	{"create", func(l *lab) {
		_, err := l.Channels.Create(l.ctx, ari.CreateChannel{App: l.app})
		l.refused(err, http.StatusBadRequest, "Endpoint must be specified")
		_, err = l.Channels.Create(l.ctx, ari.CreateChannel{Endpoint: "PJSIP/nobody-here", App: l.app})
		l.refused(err, http.StatusInternalServerError, "Allocation failed", ari.ErrAllocationFailed)
	}},
	{"operations on a channel that does not exist", func(l *lab) {
		for name, op := range channelOperations(l, l.id("nobody")) {
			l.refuses(name, op, http.StatusNotFound, "Channel not found", ari.ErrNotFound)
		}
		_, err := l.Channels.Get(l.ctx, l.id("nobody"))
		l.refused(err, http.StatusNotFound, "Channel not found", ari.ErrNotFound)
		l.refused(l.Channels.Hangup(l.ctx, l.id("nobody"), ""), http.StatusNotFound, "Channel not found", ari.ErrNotFound)
		_, err = l.Channels.Variable(l.ctx, l.id("nobody"), "X")
		l.refused(err, http.StatusNotFound, "Provided channel was not found", ari.ErrNotFound)
		_, err = l.Channels.Snoop(l.ctx, l.id("nobody"), ari.Snoop{Spy: "both", App: l.app})
		l.refused(err, http.StatusNotFound, "Provided channel was not found", ari.ErrNotFound)
	}},
	{"operations on a channel that is not in the application", func(l *lab) {
		l.originate("a", neverAnswers)
		for name, op := range channelOperations(l, l.id("a")) {
			l.refuses(name, op, http.StatusConflict, "Channel not in Stasis application", ari.ErrConflict, ari.ErrNotInStasis)
		}
	}},
	{"operations on a channel that is not up", func(l *lab) {
		r := l.watch(l.channel("a"))
		_, err := l.Channels.Create(l.ctx, ari.CreateChannel{Endpoint: "PJSIP/" + answersAtOnce + "@carrier", ChannelID: l.id("a"), App: l.app})
		l.must(err)
		l.Cleanup(func() { l.gone("a") })
		r.until("StasisStart")
		for _, name := range []string{"answer", "ring", "dtmf", "mute", "hold", "moh", "silence", "play", "continue", "redirect"} {
			l.refuses(name, channelOperations(l, l.id("a"))[name], http.StatusPreconditionFailed, "Channel in invalid state", ari.ErrNotUp)
		}
	}},
	{"mistaken parameters of channel operations", func(l *lab) {
		l.up("a")
		id := l.id("a")
		l.refused(l.Channels.SendDTMF(l.ctx, id, ari.DTMF{}), http.StatusBadRequest, "DTMF is required")
		l.refused(l.Channels.Mute(l.ctx, id, "sideways"), http.StatusBadRequest, "Invalid direction specified")
		l.refused(l.Channels.Hangup(l.ctx, id, "boredom"), http.StatusBadRequest, "Invalid reason for hangup reason provided")
		l.refused(l.Channels.SetVariable(l.ctx, id, "", "x"), http.StatusBadRequest, "Variable name is required")
		_, err := l.Channels.Variable(l.ctx, id, "NO_SUCH_VARIABLE")
		l.refused(err, http.StatusNotFound, "Provided variable was not found", ari.ErrNotFound)
		_, err = l.Channels.Variable(l.ctx, id, "NO_SUCH_FUNCTION(x)")
		l.refused(err, http.StatusInternalServerError, "Unable to read provided function")
		l.refused(l.Channels.Redirect(l.ctx, id, ""), http.StatusBadRequest, "Required parameter 'endpoint' not provided.")
		l.refused(l.Channels.Redirect(l.ctx, id, "nothing"), http.StatusUnprocessableEntity,
			"Endpoint parameter 'nothing' does not contain tech/resource")
		l.refused(l.Channels.Redirect(l.ctx, id, "IAX2/1"), http.StatusUnprocessableEntity,
			"Endpoint technology 'IAX2' does not match channel technology 'PJSIP'")
		_, err = l.Channels.Snoop(l.ctx, id, ari.Snoop{Spy: "up", App: l.app})
		l.refused(err, http.StatusBadRequest, "Invalid direction specified for spy")
		_, err = l.Channels.Snoop(l.ctx, id, ari.Snoop{App: l.app})
		l.refused(err, http.StatusBadRequest, "Direction must be specified for at least spy or whisper")
		l.refused(l.Channels.Continue(l.ctx, id, ari.Continue{Label: "no-such-label"}), http.StatusNotFound, "Requested label can not be found")
	}},
	{"dial of a channel that was not created", func(l *lab) {
		l.up("a")
		l.refused(l.Channels.Dial(l.ctx, l.id("a"), ari.DialOptions{}), http.StatusConflict, "Channel is not in the 'Down' state", ari.ErrConflict)
	}},
	{"operations on a bridge that does not exist", func(l *lab) {
		id := l.id("nowhere")
		missing := func(err error) { l.Helper(); l.refused(err, http.StatusNotFound, "Bridge not found", ari.ErrNotFound) }
		_, err := l.Bridges.Get(l.ctx, id)
		missing(err)
		missing(l.Bridges.Destroy(l.ctx, id))
		missing(l.Bridges.AddChannel(l.ctx, id, ari.AddChannel{Channels: []string{"x"}}))
		missing(l.Bridges.RemoveChannel(l.ctx, id, "x"))
		missing(l.Bridges.StartMOH(l.ctx, id, ""))
		missing(l.Bridges.StopMOH(l.ctx, id))
		_, err = l.Bridges.Play(l.ctx, id, ari.Play{Media: []string{"sound:beep"}})
		missing(err)
		_, err = l.Bridges.Record(l.ctx, id, ari.Record{Name: l.id("r"), Format: "wav"})
		missing(err)
	}},
	{"adding and removing what cannot be", func(l *lab) {
		l.makeBridge("b", "mixing")
		l.makeBridge("other", "mixing")
		l.up("a")
		l.originate("ringing", neverAnswers)
		add := func(channels ...string) error {
			return l.Bridges.AddChannel(l.ctx, l.id("b"), ari.AddChannel{Channels: channels})
		}
		l.refused(add(), http.StatusBadRequest, "Missing parameter channel", ari.ErrBadRequest)
		l.refused(add(l.id("nobody")), http.StatusBadRequest, "Channel not found", ari.ErrBadRequest)
		l.refused(add(l.id("ringing")), http.StatusUnprocessableEntity, "Channel not in Stasis application", ari.ErrNotInStasis)
		l.refused(l.Bridges.RemoveChannel(l.ctx, l.id("b"), l.id("a")), http.StatusUnprocessableEntity, "Channel not in this bridge")
		l.refused(l.Bridges.RemoveChannel(l.ctx, l.id("b"), l.id("nobody")), http.StatusBadRequest, "Channel not found")
		l.refused(l.Bridges.StopMOH(l.ctx, l.id("b")), http.StatusConflict, "Bridge isn't playing music", ari.ErrConflict)
	}},
}

// channelOperations are the operations that need a channel in the application, by name.
func channelOperations(l *lab, id string) map[string]func() error {
	return map[string]func() error{
		"answer":     func() error { return l.Channels.Answer(l.ctx, id) },
		"ring":       func() error { return l.Channels.Ring(l.ctx, id) },
		"stop ring":  func() error { return l.Channels.StopRing(l.ctx, id) },
		"dtmf":       func() error { return l.Channels.SendDTMF(l.ctx, id, ari.DTMF{Digits: "1"}) },
		"mute":       func() error { return l.Channels.Mute(l.ctx, id, "both") },
		"unmute":     func() error { return l.Channels.Unmute(l.ctx, id, "both") },
		"hold":       func() error { return l.Channels.Hold(l.ctx, id) },
		"unhold":     func() error { return l.Channels.Unhold(l.ctx, id) },
		"moh":        func() error { return l.Channels.StartMOH(l.ctx, id, "") },
		"stop moh":   func() error { return l.Channels.StopMOH(l.ctx, id) },
		"silence":    func() error { return l.Channels.StartSilence(l.ctx, id) },
		"no silence": func() error { return l.Channels.StopSilence(l.ctx, id) },
		"continue":   func() error { return l.Channels.Continue(l.ctx, id, ari.Continue{}) },
		"move":       func() error { return l.Channels.Move(l.ctx, id, l.app) },
		"redirect":   func() error { return l.Channels.Redirect(l.ctx, id, "PJSIP/1") },
		"dial":       func() error { return l.Channels.Dial(l.ctx, id, ari.DialOptions{}) },
		"set":        func() error { return l.Channels.SetVariable(l.ctx, id, "X", "y") },
		"play": func() error {
			_, err := l.Channels.Play(l.ctx, id, ari.Play{Media: []string{"sound:beep"}})
			return err
		},
		"record": func() error {
			_, err := l.Channels.Record(l.ctx, id, ari.Record{Name: l.id("r"), Format: "wav"})
			return err
		},
	}
}

// refuses checks one operation and says which it was.
func (l *lab) refuses(name string, op func() error, status int, message string, kinds ...error) {
	l.Helper()
	l.T.Run(name, func(t *testing.T) {
		sub := *l
		sub.T = t
		sub.refused(op(), status, message, kinds...)
	})
}
