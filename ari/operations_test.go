package ari_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/ari"
)

var update = flag.Bool("update", false, "write the golden files anew")

// operations calls each method of each service once with all that it can be given.
func operations(ctx context.Context, c *ari.Client) []error {
	var errs []error
	do := func(err error) { errs = append(errs, err) }
	got := func(_ any, err error) { do(err) }
	vars := map[string]string{"CALLERID(num)": "1"}

	ch := c.Channels
	got(ch.List(ctx))
	got(ch.Originate(ctx, ari.Originate{
		Endpoint: "PJSIP/+81@carrier", ChannelID: "c/1", OtherChannelID: "c2", App: "app", AppArgs: []string{"a", "b c"}, CallerID: `"A B" <1>`,
		Timeout: 1500 * time.Millisecond, Variables: vars, Originator: "o",
	}))
	got(ch.Originate(ctx, ari.Originate{Endpoint: "PJSIP/1", Context: "x", Extension: "s", Priority: 2, Label: "l", Timeout: -1, Formats: []string{"alaw", "ulaw"}}))
	got(ch.Create(ctx, ari.CreateChannel{
		Endpoint: "PJSIP/1", App: "app", AppArgs: []string{"a"}, ChannelID: "c1", OtherChannelID: "c2", Originator: "o", Formats: []string{"ulaw"}, Variables: vars,
	}))
	got(ch.Get(ctx, "c1"))
	do(ch.Hangup(ctx, "c1", ari.HangupBusy))
	do(ch.Hangup(ctx, "c1", ari.Cause(21)))
	do(ch.Continue(ctx, "c1", ari.Continue{Context: "x", Extension: "s", Priority: 1, Label: "l"}))
	do(ch.Move(ctx, "c1", "other", "a", "b"))
	do(ch.Redirect(ctx, "c1", "PJSIP/sip:1@host:5060"))
	do(ch.Answer(ctx, "c1"))
	do(ch.Ring(ctx, "c1"))
	do(ch.StopRing(ctx, "c1"))
	do(ch.Progress(ctx, "c1"))
	do(ch.SendDTMF(ctx, "c1", ari.DTMF{Digits: "1#", Before: time.Second, Between: 50 * time.Millisecond, Duration: 60 * time.Millisecond, After: time.Millisecond}))
	do(ch.Mute(ctx, "c1", ari.In))
	do(ch.Unmute(ctx, "c1", ari.In))
	do(ch.Hold(ctx, "c1"))
	do(ch.Unhold(ctx, "c1"))
	do(ch.StartMOH(ctx, "c1", "quiet"))
	do(ch.StopMOH(ctx, "c1"))
	do(ch.StartSilence(ctx, "c1"))
	do(ch.StopSilence(ctx, "c1"))
	got(ch.Play(ctx, "c1", ari.Play{Media: []string{"sound:a", "sound:b"}, Lang: "en", Offset: time.Second, Skip: 2 * time.Second}))
	got(ch.Play(ctx, "c1", ari.Play{PlaybackID: "p 1", Media: []string{"tone:425/500,0/500"}}))
	got(ch.Record(ctx, "c1", ari.Record{Name: "r", Format: "wav", MaxDuration: time.Minute, MaxSilence: time.Millisecond, IfExists: "append", Beep: true, TerminateOn: "#"}))
	got(ch.Variable(ctx, "c1", "V"))
	do(ch.SetVariable(ctx, "c1", "V", ""))
	got(ch.Variables(ctx, "c1", "V", "W"))
	do(ch.SetVariables(ctx, "c1", vars))
	got(ch.Snoop(ctx, "c1", ari.Snoop{Spy: ari.Both, Whisper: ari.Out, App: "app", AppArgs: []string{"a"}}))
	got(ch.Snoop(ctx, "c1", ari.Snoop{SnoopID: "s1", App: "app"}))
	do(ch.Dial(ctx, "c1", ari.DialOptions{Caller: "c2", Timeout: 30 * time.Second}))
	got(ch.RTPStatistics(ctx, "c1"))
	got(ch.ExternalMedia(ctx, ari.ExternalMedia{
		ChannelID: "e1", App: "app", ExternalHost: "h:1", Encapsulation: "rtp", Transport: "udp", ConnectionType: "client", Format: "ulaw",
		Direction: "both", Data: "d", TransportData: "t", Variables: vars,
	}))
	do(ch.TransferProgress(ctx, "c1", "channel_answered"))
	do(ch.Claim(ctx, "c1", "app"))
	do(c.UserEvent(ctx, "ev", "app", []string{"channel:c1", "bridge:b1"}, map[string]any{"n": 1}))

	b := c.Bridges
	got(b.List(ctx))
	got(b.Create(ctx, ari.CreateBridge{Type: "mixing,dtmf_events", Name: "n", Variables: vars}))
	got(b.Create(ctx, ari.CreateBridge{ID: "b1", Type: "holding"}))
	got(b.Get(ctx, "b1"))
	do(b.Destroy(ctx, "b1"))
	do(b.AddChannel(ctx, "b1", ari.AddChannel{Channels: []string{"c1", "c2"}, Role: "announcer", AbsorbDTMF: true, Mute: true, InhibitConnectedLineUpdates: true}))
	do(b.RemoveChannel(ctx, "b1", "c1", "c2"))
	do(b.SetVideoSource(ctx, "b1", "c1"))
	do(b.ClearVideoSource(ctx, "b1"))
	do(b.StartMOH(ctx, "b1", "quiet"))
	do(b.StopMOH(ctx, "b1"))
	got(b.Play(ctx, "b1", ari.Play{PlaybackID: "p1", Media: []string{"sound:a"}, Format: "slin16"}))
	got(b.Play(ctx, "b1", ari.Play{Media: []string{"sound:a"}}))
	got(b.Record(ctx, "b1", ari.Record{Name: "r", Format: "wav", Recorder: "slin16"}))
	got(b.Variable(ctx, "b1", "V"))
	do(b.SetVariable(ctx, "b1", "V", "x"))
	got(b.Variables(ctx, "b1", "V", "W"))
	do(b.SetVariables(ctx, "b1", vars))

	got(c.Playbacks.Get(ctx, "p1"))
	do(c.Playbacks.Stop(ctx, "p1"))
	do(c.Playbacks.Control(ctx, "p1", ari.Forward))

	r := c.Recordings
	got(r.ListStored(ctx))
	got(r.GetStored(ctx, "dir/r"))
	file, err := r.StoredFile(ctx, "dir/r")
	if err == nil {
		err = file.Close()
	}
	do(err)
	got(r.CopyStored(ctx, "r", "dir/s"))
	do(r.DeleteStored(ctx, "r"))
	got(r.GetLive(ctx, "r"))
	do(r.CancelLive(ctx, "r"))
	do(r.StopLive(ctx, "r"))
	do(r.PauseLive(ctx, "r"))
	do(r.UnpauseLive(ctx, "r"))
	do(r.MuteLive(ctx, "r"))
	do(r.UnmuteLive(ctx, "r"))

	e := c.Endpoints
	got(e.List(ctx))
	got(e.ListByTech(ctx, "PJSIP"))
	got(e.Get(ctx, "PJSIP", "1001"))
	do(e.SendMessage(ctx, ari.Message{To: "pjsip:1", From: "pjsip:2", Body: "hello", Variables: vars}))
	do(e.SendMessageToEndpoint(ctx, "PJSIP", "1001", ari.Message{To: "nobody", From: "pjsip:2", Body: "hello"}))
	do(e.Refer(ctx, ari.Refer{To: "pjsip:1", From: "pjsip:2", ReferTo: "sip:3@h", ToSelf: true, Variables: vars}))
	do(e.ReferToEndpoint(ctx, "PJSIP", "1001", ari.Refer{From: "pjsip:2", ReferTo: "sip:3@h"}))

	a := c.Applications
	got(a.List(ctx))
	got(a.Get(ctx, "app"))
	got(a.Subscribe(ctx, "app", "channel:c1", "endpoint:PJSIP/1001"))
	got(a.Unsubscribe(ctx, "app", "channel:c1"))

	s := c.Asterisk
	got(s.Info(ctx, "build", "status"))
	got(s.Ping(ctx))
	got(s.Variable(ctx, "V"))
	do(s.SetVariable(ctx, "V", "a+b"))
	got(s.GetObject(ctx, "res_pjsip", "endpoint", "a1"))
	got(s.UpdateObject(ctx, "res_pjsip", "endpoint", "a1", []ari.ConfigTuple{{Attribute: "allow", Value: "ulaw"}}))
	do(s.DeleteObject(ctx, "res_pjsip", "endpoint", "a1"))
	got(s.ListModules(ctx))
	got(s.GetModule(ctx, "m.so"))
	do(s.LoadModule(ctx, "m.so"))
	do(s.UnloadModule(ctx, "m.so"))
	do(s.ReloadModule(ctx, "m.so"))
	got(s.ListLogging(ctx))
	do(s.AddLog(ctx, "log", "notice,error"))
	do(s.RotateLog(ctx, "log"))
	do(s.DeleteLog(ctx, "log"))

	got(c.Sounds.List(ctx, "en", "wav"))
	got(c.Sounds.Get(ctx, "hello"))
	got(c.DeviceStates.List(ctx))
	got(c.DeviceStates.Get(ctx, "Stasis:x"))
	do(c.DeviceStates.Update(ctx, "Stasis:x", "INUSE"))
	do(c.DeviceStates.Delete(ctx, "Stasis:x"))
	got(c.Mailboxes.List(ctx))
	got(c.Mailboxes.Get(ctx, "m"))
	do(c.Mailboxes.Update(ctx, "m", 0, 2))
	do(c.Mailboxes.Delete(ctx, "m"))
	return errs
}

func TestRequestsOnTheWire(t *testing.T) {
	var wire strings.Builder // requests come one at a time
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if (len(body) > 0) != (r.Header.Get("Content-Type") == "application/json") {
			t.Errorf("%s %s: body %q with content type %q", r.Method, r.URL, body, r.Header.Get("Content-Type"))
		}
		fmt.Fprintf(&wire, "%s %s %s\n", r.Method, r.RequestURI, body)
		reply(w, http.StatusOK, `{"id":"x"}`)
	})
	c := newClient(t, s.config())
	for i, err := range operations(t.Context(), c) {
		if err != nil {
			t.Errorf("operation %d: %v", i, err)
		}
	}
	got := strings.ReplaceAll(wire.String(), " \n", "\n")
	const golden = "testdata/requests.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the requests differ from %s (run with -update to accept):\n%s", golden, got)
	}
}

func TestWhatIsTooLongForARequestLineGoesIntoTheBody(t *testing.T) {
	var target, body string
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		target, body = r.RequestURI, string(text)
		reply(w, http.StatusOK, `{}`)
	})
	c := newClient(t, s.config())
	long := strings.Repeat("9", 4000)
	if _, err := c.Channels.Originate(t.Context(), ari.Originate{Endpoint: "PJSIP/1", App: app, AppArgs: []string{long}, ChannelID: "c1", Variables: map[string]string{"V": "w"}}); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`{"app":"test","appArgs":"%s","endpoint":"PJSIP/1","variables":{"V":"w"}}`, long)
	if target != "/ari/channels/c1" || body != want {
		t.Errorf("got %s %s", target, body)
	}
}
