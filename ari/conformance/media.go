package conformance

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hasshin/hasshin/ari"
)

// playbacks are media played to channels and bridges.
var playbacks = []story{
	{"plays to a channel to its end", func(l *lab) {
		l.up("a")
		r := l.watch(l.channel("a"))
		p, err := l.Channels.Play(l.ctx, l.id("a"), ari.Play{PlaybackID: l.id("p"), Media: []string{"sound:silence/1"}})
		l.must(err)
		if p.ID != l.id("p") || p.State != "queued" && p.State != "playing" || p.TargetURI != "channel:"+l.id("a") || p.Language != "en" {
			l.Errorf("response: %+v", p)
		}
		r.until("PlaybackFinished")
		r.took(`PlaybackStarted p channel:a sound:silence/1 playing`, `PlaybackFinished p channel:a sound:silence/1 done`)
		l.eventually("the playback is gone", func() bool {
			_, err := l.Playbacks.Get(l.ctx, l.id("p"))
			return isNotFound(err)
		})
		l.refused(l.Playbacks.Stop(l.ctx, l.id("p")), http.StatusNotFound, "Playback not found", ari.ErrNotFound)
	}},
	{"plays several media", func(l *lab) {
		l.up("a")
		r := l.watch(l.channel("a"))
		p, err := l.Channels.Play(l.ctx, l.id("a"), ari.Play{PlaybackID: l.id("p"), Media: []string{"sound:silence/1", "sound:beep"}})
		l.must(err)
		if p.NextMediaURI != "sound:beep" {
			l.Errorf("response: %+v", p)
		}
		r.until("PlaybackFinished")
		r.took(
			`PlaybackStarted p channel:a sound:silence/1 playing`,
			`PlaybackContinuing p channel:a sound:silence/1 continuing`,
			`PlaybackStarted p channel:a sound:beep playing`,
			`PlaybackFinished p channel:a sound:beep done`,
		)
	}},
	{"an unknown sound fails", func(l *lab) {
		l.up("a")
		r := l.watch(l.channel("a"))
		_, err := l.Channels.Play(l.ctx, l.id("a"), ari.Play{PlaybackID: l.id("p"), Media: []string{"sound:no-such-sound"}})
		l.must(err)
		r.until("PlaybackFinished")
		r.took(`PlaybackStarted p channel:a sound:no-such-sound playing`, `PlaybackFinished p channel:a sound:no-such-sound failed`)
	}},
	{"one waits for the other, and is stopped", func(l *lab) {
		l.up("a")
		r := l.watch(l.channel("a"))
		for _, name := range []string{"p", "q"} {
			_, err := l.Channels.Play(l.ctx, l.id("a"), ari.Play{PlaybackID: l.id(name), Media: []string{"sound:tt-monkeys"}})
			l.must(err)
		}
		r.until("PlaybackStarted p")
		q, err := l.Playbacks.Get(l.ctx, l.id("q"))
		l.must(err)
		if q.State != "queued" {
			l.Errorf("q is %s", q.State)
		}
		l.stop("p")
		r.until("PlaybackStarted q")
		l.stop("q")
		r.until("PlaybackFinished q")
		r.took(
			`PlaybackStarted p channel:a sound:tt-monkeys playing`,
			`PlaybackFinished p channel:a sound:tt-monkeys done`,
			`PlaybackStarted q channel:a sound:tt-monkeys playing`,
			`PlaybackFinished q channel:a sound:tt-monkeys done`,
		)
	}},
	{"is paused, unpaused and refused what makes no sense", func(l *lab) {
		l.up("a")
		r := l.watch(l.channel("a"))
		_, err := l.Channels.Play(l.ctx, l.id("a"), ari.Play{PlaybackID: l.id("p"), Media: []string{"sound:tt-monkeys"}})
		l.must(err)
		r.until("PlaybackStarted")
		control := func(op ari.Control) error { return l.Playbacks.Control(l.ctx, l.id("p"), op) }
		l.controllable("p", func() error { return control(ari.Pause) })
		p, err := l.Playbacks.Get(l.ctx, l.id("p"))
		l.must(err)
		if p.State != "paused" {
			l.Errorf("after pause: %s", p.State)
		}
		l.refused(control(ari.Forward), http.StatusConflict, "Can only forward while media is playing", ari.ErrConflict)
		l.must(control(ari.Unpause))
		l.must(control(ari.Restart))
		l.refused(control(""), http.StatusBadRequest, "Missing operation")
		l.refused(control("dance"), http.StatusBadRequest, "Invalid operation dance")
		l.stop("p")
		r.until("PlaybackFinished")
		l.eventually("the playback is gone", func() bool { return isNotFound(control(ari.Pause)) })
	}},
	{"hanging up ends it", func(l *lab) {
		l.up("a")
		r := l.watch(l.channel("a"))
		_, err := l.Channels.Play(l.ctx, l.id("a"), ari.Play{PlaybackID: l.id("p"), Media: []string{"sound:tt-monkeys"}})
		l.must(err)
		r.until("PlaybackStarted")
		l.must(l.Channels.Hangup(l.ctx, l.id("a"), ""))
		r.until("ChannelDestroyed")
		r.took(
			`PlaybackStarted p channel:a sound:tt-monkeys playing`,
			`ChannelHangupRequest a 32 soft=true 0`,
			`PlaybackFinished p channel:a sound:tt-monkeys failed`,
			`StasisEnd a`,
			`ChannelDestroyed a 16 "Normal Clearing" 0`,
		)
	}},
	{"plays to a bridge", func(l *lab) {
		l.makeBridge("b", "mixing")
		l.up("a")
		r := l.watch(l.bridge("b"), ari.ForPlayback(l.id("p")))
		l.must(l.join("b", "a"))
		r.until("ChannelEnteredBridge")
		p, err := l.Bridges.Play(l.ctx, l.id("b"), ari.Play{PlaybackID: l.id("p"), Media: []string{"sound:beep"}})
		l.must(err)
		if p.TargetURI != "bridge:"+l.id("b") {
			l.Errorf("response: %+v", p)
		}
		r.until("PlaybackFinished")
		r.took(
			`ChannelEnteredBridge b a [a]`,
			`PlaybackStarted p bridge:b sound:beep playing`,
			`PlaybackFinished p bridge:b sound:beep done`,
		)
	}},
}

// stop stops a playback that has started.
func (l *lab) stop(name string) {
	l.Helper()
	l.controllable(name, func() error { return l.Playbacks.Stop(l.ctx, l.id(name)) })
}

// controllable does something to a playback that has started. For a moment after PlaybackStarted Asterisk answers 500 "Could not … playback":
// it tells of the start before it can be stopped.
func (l *lab) controllable(name string, do func() error) {
	l.Helper()
	l.eventually("playback "+name+" obeys", func() bool {
		err := do()
		var refused *ari.Error
		if errors.As(err, &refused) && refused.Status == http.StatusInternalServerError && strings.HasPrefix(refused.Message, "Could not") {
			return false
		}
		l.must(err)
		return true
	})
}

// recordings are live and stored recordings.
var recordings = []story{
	{"records a channel, which cannot be bridged meanwhile", func(l *lab) {
		l.makeBridge("b", "mixing")
		l.up("a")
		r := l.watch(l.channel("a"), ari.ForRecording(l.id("rec")))
		rec, err := l.Channels.Record(l.ctx, l.id("a"), ari.Record{Name: l.id("rec"), Format: "wav"})
		l.must(err)
		if rec.Name != l.id("rec") || rec.Format != "wav" || rec.State != "queued" && rec.State != "recording" || rec.TargetURI != "channel:"+l.id("a") {
			l.Errorf("response: %+v", rec)
		}
		r.until("RecordingStarted")
		l.refused(l.join("b", "a"), http.StatusConflict, "Channel {a} currently recording", ari.ErrConflict)
		_, err = l.Channels.Record(l.ctx, l.id("a"), ari.Record{Name: l.id("rec"), Format: "wav"})
		l.refused(err, http.StatusConflict, "Recording '{rec}' already exists and can not be overwritten", ari.ErrConflict)
		l.must(l.Recordings.PauseLive(l.ctx, l.id("rec")))
		live, err := l.Recordings.GetLive(l.ctx, l.id("rec"))
		l.must(err)
		if live.State != "paused" {
			l.Errorf("after pause: %s", live.State)
		}
		l.must(l.Recordings.UnpauseLive(l.ctx, l.id("rec")))
		l.must(l.Recordings.StopLive(l.ctx, l.id("rec")))
		r.until("RecordingFinished")
		r.took(`RecordingStarted rec channel:a recording`, `RecordingFinished rec channel:a done`)
		l.keeps("rec")
		l.must(l.join("b", "a"))
		r.until("ChannelEnteredBridge")
	}},
	{"a cancelled recording is not kept", func(l *lab) {
		l.up("a")
		r := l.watch(ari.ForRecording(l.id("rec")))
		_, err := l.Channels.Record(l.ctx, l.id("a"), ari.Record{Name: l.id("rec"), Format: "wav"})
		l.must(err)
		r.until("RecordingStarted")
		l.must(l.Recordings.CancelLive(l.ctx, l.id("rec")))
		r.until("RecordingFinished")
		r.took(`RecordingStarted rec channel:a recording`, `RecordingFinished rec channel:a done`)
		_, err = l.Recordings.GetStored(l.ctx, l.id("rec"))
		l.refused(err, http.StatusNotFound, "Recording not found", ari.ErrNotFound)
	}},
	{"records a bridge", func(l *lab) {
		l.makeBridge("b", "mixing")
		l.up("a")
		r := l.watch(l.bridge("b"), ari.ForRecording(l.id("rec")))
		l.must(l.join("b", "a"))
		r.until("ChannelEnteredBridge")
		_, err := l.Bridges.Record(l.ctx, l.id("b"), ari.Record{Name: l.id("rec"), Format: "wav", MaxDuration: time.Second})
		l.must(err)
		r.until("RecordingFinished")
		r.took(`ChannelEnteredBridge b a [a]`, `RecordingStarted rec bridge:b recording`, `RecordingFinished rec bridge:b done`)
		l.keeps("rec")
	}},
	{"mistakes", func(l *lab) {
		l.up("a")
		record := func(o ari.Record) error {
			_, err := l.Channels.Record(l.ctx, l.id("a"), o)
			return err
		}
		l.refused(record(ari.Record{Name: l.id("r"), Format: "nosuchformat"}),
			http.StatusUnprocessableEntity, "specified format is unknown on this system", ari.ErrUnprocessable)
		l.refused(record(ari.Record{Name: l.id("r"), Format: "wav", TerminateOn: "x"}), http.StatusBadRequest, "terminateOn invalid")
		l.refused(record(ari.Record{Name: l.id("r"), Format: "wav", IfExists: "laugh"}), http.StatusBadRequest, "ifExists invalid")
		missing := func(err error) {
			l.Helper()
			l.refused(err, http.StatusNotFound, "Recording not found", ari.ErrNotFound)
		}
		missing(l.Recordings.StopLive(l.ctx, l.id("nothing")))
		missing(l.Recordings.CancelLive(l.ctx, l.id("nothing")))
		missing(l.Recordings.DeleteStored(l.ctx, l.id("nothing")))
		_, err := l.Recordings.GetLive(l.ctx, l.id("nothing"))
		missing(err)
		_, err = l.Recordings.StoredFile(l.ctx, l.id("nothing"))
		missing(err)
		_, err = l.Recordings.CopyStored(l.ctx, l.id("nothing"), l.id("copy"))
		missing(err)
	}},
}

// keeps checks that a recording is stored, can be read, copied and deleted.
func (l *lab) keeps(name string) {
	l.Helper()
	stored, err := l.Recordings.GetStored(l.ctx, l.id(name))
	l.must(err)
	if stored.Name != l.id(name) || stored.Format != "wav" {
		l.Errorf("stored: %+v", stored)
	}
	list, err := l.Recordings.ListStored(l.ctx)
	l.must(err)
	if !slices.Contains(list, *stored) {
		l.Error("not in the list of stored recordings")
	}
	file, err := l.Recordings.StoredFile(l.ctx, l.id(name))
	l.must(err)
	data, err := io.ReadAll(file)
	l.must(err)
	l.must(file.Close())
	if len(data) < 4 || string(data[:4]) != "RIFF" {
		l.Errorf("%d bytes that are no WAV", len(data))
	}
	_, err = l.Recordings.CopyStored(l.ctx, l.id(name), l.id("copy"))
	l.must(err)
	_, err = l.Recordings.CopyStored(l.ctx, l.id(name), l.id("copy"))
	l.refused(err, http.StatusConflict, "A recording with the same name already exists on the system", ari.ErrConflict)
	l.must(l.Recordings.DeleteStored(l.ctx, l.id("copy")))
	l.must(l.Recordings.DeleteStored(l.ctx, l.id(name)))
	_, err = l.Recordings.GetStored(l.ctx, l.id(name))
	l.refused(err, http.StatusNotFound, "Recording not found", ari.ErrNotFound)
}
