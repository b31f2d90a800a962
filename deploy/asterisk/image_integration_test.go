//go:build integration

package asterisk_test

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/deploy/asterisk"
	"github.com/hasshin/hasshin/internal/phone"
)

// app is what the dialplan's helpers come back to.
const app = "hasshin"

func TestAnAsteriskHasNothingToComplainAboutAtStart(t *testing.T) {
	for role, opts := range map[string][]asterisktest.Option{
		"node":    nil,
		"carrier": {asterisktest.WithCarrierRole()},
	} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			logs, err := asterisktest.Start(t, opts...).Logs(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(logs, "Asterisk Ready") {
				t.Errorf("the log does not tell of the start:\n%s", logs)
			}
			for line := range strings.Lines(logs) {
				if strings.Contains(line, "WARNING[") || strings.Contains(line, "ERROR[") || strings.HasPrefix(line, "hasshin:") {
					t.Error(line)
				}
			}
		})
	}
}

// A voicemail is found out by its long greeting, and its channel comes back to the application.
func TestAMDTellsAVoicemailAndComesBack(t *testing.T) {
	t.Parallel()
	carrier := asterisktest.Start(t, asterisktest.WithCarrierRole())
	client := asterisktest.Start(t, asterisktest.WithTrunk(carrier.SIPAddr())).StartClient(t, app)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()

	events := originate(t, ctx, client, "contact", "PJSIP/0312345015@carrier")
	wantStart(t, ctx, events, nil)
	if err := client.Channels.SetVariable(ctx, "contact", "HASSHIN_AMD_OPTIONS", "2500,1500,800,5000"); err != nil {
		t.Fatal(err)
	}
	if err := client.Channels.Continue(ctx, "contact", ari.Continue{Context: "hasshin-amd", Extension: "s", Priority: 1}); err != nil {
		t.Fatal(err)
	}
	wantStart(t, ctx, events, []string{"amd", "MACHINE"})
}

// A transfer by REFER tells its outcome, and a refused one leaves the channel with us.
func TestATransferTellsItsOutcome(t *testing.T) {
	t.Parallel()
	contact := newPhone(t, phone.Config{
		Behave: phone.Always(phone.Answer()),
		Refer: func(c *phone.Call, _ string) int {
			if c.Number() == "unwilling" {
				return 603
			}
			return 202
		},
	})
	client := asterisktest.Start(t, asterisktest.WithTrunk(contact.Addr().String())).StartClient(t, app)
	for number, want := range map[string][]string{
		"willing":   {"transfer", "SUCCESS", "0"},
		"unwilling": {"transfer", "FAILURE", "603"},
	} {
		t.Run(number, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			events := originate(t, ctx, client, "contact-"+number, "PJSIP/"+number+"@carrier")
			wantStart(t, ctx, events, nil)
			if err := client.Channels.SetVariable(ctx, "contact-"+number, "HASSHIN_TRANSFER_TO", "sip:0312345678@"+contact.Addr().String()); err != nil {
				t.Fatal(err)
			}
			if err := client.Channels.Continue(ctx, "contact-"+number, ari.Continue{Context: "hasshin-transfer", Extension: "s", Priority: 1}); err != nil {
				t.Fatal(err)
			}
			wantStart(t, ctx, events, want)
		})
	}
}

// Hold music is played on and on: at any moment a contact that is put on hold hears it at once.
func TestHoldMusicHasNoSilenceAtTheBeginning(t *testing.T) {
	t.Parallel()
	contact := newPhone(t, phone.Config{Behave: phone.Always(phone.Answer())})
	client := asterisktest.Start(t, asterisktest.WithTrunk(contact.Addr().String())).StartClient(t, app)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()

	wantStart(t, ctx, originate(t, ctx, client, "contact", "PJSIP/0312345678@carrier"), nil)
	call, err := contact.NextCall(ctx)
	if err != nil {
		t.Fatal(err)
	}
	held := time.Now()
	if err := client.Channels.StartMOH(ctx, "contact", ""); err != nil {
		t.Fatal(err)
	}
	at, err := call.Ear().WaitHeard(ctx, phone.Music, held)
	if err != nil {
		t.Fatal(err)
	}
	if waited := at.Sub(held); waited > 500*time.Millisecond {
		t.Errorf("music began after %v", waited)
	}
}

// The tones for agents are where Asterisk looks for them.
func TestTheTonesOfAgentsCanBePlayed(t *testing.T) {
	t.Parallel()
	tones, err := fs.Glob(asterisk.Files, "sounds/hasshin/*.wav")
	if err != nil || len(tones) == 0 {
		t.Fatalf("there are no tones: %v", err)
	}
	agent := newPhone(t, phone.Config{Behave: phone.Always(phone.Answer())})
	client := asterisktest.Start(t, asterisktest.WithTrunk(agent.Addr().String())).StartClient(t, app)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	events := originate(t, ctx, client, "agent", "PJSIP/0312345678@carrier")
	wantStart(t, ctx, events, nil)
	call, err := agent.NextCall(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range tones {
		name := "hasshin/" + strings.TrimSuffix(path.Base(file), ".wav")
		begin := time.Now()
		if _, err := client.Channels.Play(ctx, "agent", ari.Play{Media: []string{"sound:" + name}}); err != nil {
			t.Fatal(err)
		}
		if state := playbackEnd(t, ctx, events); state != "done" {
			t.Errorf("%s ended as %s", name, state)
		}
		if heard := call.Ear().Between(begin, time.Time{}); heard.Exactly() {
			t.Errorf("%s: heard nothing but %v", name, heard)
		}
	}
}

// A phone in a page is pushed over ARI, reaches Asterisk by WebSocket and is asked who it is.
func TestAPushedPagePhoneCanRegisterOverWebSocket(t *testing.T) {
	t.Parallel()
	node := asterisktest.Start(t)
	client := node.StartClient(t, app)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for _, object := range []struct {
		kind   string
		fields []ari.ConfigTuple
	}{
		{"auth", []ari.ConfigTuple{{Attribute: "auth_type", Value: "digest"}, {Attribute: "username", Value: "page"}, {Attribute: "password", Value: "secret"}}},
		{"aor", []ari.ConfigTuple{{Attribute: "max_contacts", Value: "1"}, {Attribute: "remove_existing", Value: "yes"}}},
		{"endpoint", []ari.ConfigTuple{
			{Attribute: "transport", Value: "transport-ws"}, {Attribute: "webrtc", Value: "yes"}, {Attribute: "allow", Value: "!all,opus,ulaw"},
			{Attribute: "auth", Value: "page"}, {Attribute: "aors", Value: "page"}, {Attribute: "rtp_timeout", Value: "6"},
		}},
	} {
		if _, err := client.Asterisk.UpdateObject(ctx, "res_pjsip", object.kind, "page", object.fields); err != nil {
			t.Fatal(err)
		}
	}

	socket, _, err := websocket.Dial(ctx, node.SIPWebSocketURL(), &websocket.DialOptions{Subprotocols: []string{"sip"}})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.CloseNow()
	// RFC 7118: SIP over WebSocket.
	register := strings.Join([]string{
		"REGISTER sip:asterisk SIP/2.0",
		"Via: SIP/2.0/WS page.invalid;branch=z9hG4bKpage",
		"Max-Forwards: 70",
		"From: <sip:page@asterisk>;tag=page",
		"To: <sip:page@asterisk>",
		"Call-ID: page",
		"CSeq: 1 REGISTER",
		"Contact: <sip:page@page.invalid;transport=ws>",
		"Expires: 60",
		"Content-Length: 0",
		"", "",
	}, "\r\n")
	if err := socket.Write(ctx, websocket.MessageText, []byte(register)); err != nil {
		t.Fatal(err)
	}
	_, answer, err := socket.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(answer), "SIP/2.0 401 ") {
		t.Errorf("answer: %s", answer)
	}
	logs, err := node.Logs(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(logs) {
		if strings.Contains(line, "ERROR[") {
			t.Error(line)
		}
	}
}

func playbackEnd(t *testing.T, ctx context.Context, events *ari.Subscription) (state string) {
	t.Helper()
	for {
		ev, err := events.Next(ctx)
		if err != nil {
			t.Fatalf("the playback does not end: %v", err)
		}
		if ev, ok := ev.(*ari.PlaybackFinished); ok {
			return ev.Playback.State
		}
	}
}

func newPhone(t *testing.T, cfg phone.Config) *phone.Phone {
	t.Helper()
	p, err := phone.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// originate calls an endpoint into the application and hangs up when the test is done.
func originate(t *testing.T, ctx context.Context, client *ari.Client, id, endpoint string) *ari.Subscription {
	t.Helper()
	events := client.Subscribe(ari.ForChannel(id))
	t.Cleanup(events.Close)
	if _, err := client.Channels.Originate(ctx, ari.Originate{Endpoint: endpoint, App: app, ChannelID: id, Timeout: 10 * time.Second}); err != nil {
		t.Fatal(err)
	}
	return events
}

// wantStart waits for the channel to come into the application, with arguments that begin with args.
func wantStart(t *testing.T, ctx context.Context, events *ari.Subscription, args []string) {
	t.Helper()
	for {
		ev, err := events.Next(ctx)
		if err != nil {
			t.Fatalf("no StasisStart with %q: %v", args, err)
		}
		switch ev := ev.(type) {
		case *ari.StasisStart:
			if len(ev.Args) < len(args) || !slices.Equal(ev.Args[:len(args)], args) {
				t.Fatalf("came back with %q, want %q", ev.Args, args)
			}
			return
		case *ari.ChannelDestroyed:
			t.Fatalf("hung up: %d %s (SIP %d)", ev.Cause, ev.CauseText, ev.TechCause)
		}
	}
}
