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

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/deploy/asterisk"
	"github.com/hasshin/hasshin/internal/phone"
)

const (
	app = "hasshin" // what the dialplan's helpers come back to

	talk         phone.Voice = 1000 // what the carrier says when it talks
	announcement phone.Voice = 600  // what it says before the answer of …n16
	own          phone.Voice = 650
)

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

// The simulated carrier, row by row of the table in deploy/README.md.
func TestTheDialedNumberDecidesWhatTheCarrierDoes(t *testing.T) {
	carrier := asterisktest.Start(t, asterisktest.WithCarrierRole())
	caller := newPhone(t, phone.Config{Server: carrier.SIPAddr(), Voice: own, Listen: []phone.Voice{own, talk, announcement}})

	for _, row := range []struct {
		number string
		// The course of the call.
		rings    bool
		answers  time.Duration // after the INVITE; at that moment or up to a second later
		hangsUp  time.Duration // after the answer; 0: not before we do
		refuses  int           // instead of an answer
		before   phone.Voice   // heard before the answer
		after    phone.Voice   // heard after it
		speaks   bool          // the voice after the answer, or before the refusal, is human
		givingUp bool          // nobody answers
	}{
		{number: "0312345000", answers: 0, after: talk},
		{number: "0312345200", rings: true, answers: 2 * time.Second, after: talk},
		{number: "+81312345201", rings: true, answers: time.Second, after: talk, hangsUp: 2 * time.Second},
		{number: "0312345002", answers: 0, after: own},
		{number: "0312345010", refuses: 486},
		{number: "0312345011", rings: true, givingUp: true},
		{number: "0312345012", rings: true, refuses: 603},
		{number: "0312345013", refuses: 404},
		{number: "0312345014", refuses: 503},
		{number: "0312345015", rings: true, answers: time.Second, speaks: true},
		{number: "0312345216", rings: true, before: announcement, answers: 2 * time.Second, after: talk},
		{number: "0312345017", rings: true, speaks: true, refuses: 404},
		{number: "0312345018", answers: 0, after: talk},
		{number: "0312345118", rings: true, answers: 10 * time.Second, after: talk},
		{number: "0312345077", rings: true, answers: time.Second, after: talk},
		{number: "110", refuses: 486},
	} {
		t.Run(row.number, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			begin := time.Now()
			call, err := caller.Dial(ctx, row.number)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { hangUp(t, call) })

			if row.rings {
				if err := call.WaitRinging(ctx); err != nil {
					t.Fatal(err)
				}
			}
			if row.before != phone.Silence {
				if err := call.Ear().WaitHears(ctx, row.before); err != nil {
					t.Error(err)
				}
			}
			if row.givingUp {
				hangUp(t, call)
				wantEnd(t, ctx, call, 487)
				return
			}
			if row.refuses != 0 {
				if row.speaks {
					wantHeard(t, ctx, call, phone.Music, begin)
				}
				wantEnd(t, ctx, call, row.refuses)
				return
			}
			if err := call.WaitAnswered(ctx); err != nil {
				t.Fatal(err)
			}
			if took := call.AnsweredAt().Sub(begin); took < row.answers || took > row.answers+time.Second {
				t.Errorf("answered after %v, want %v", took, row.answers)
			}
			if rang := call.RingingAt().Before(call.AnsweredAt()); rang != row.rings {
				t.Errorf("rang: %t, want %t", rang, row.rings)
			}
			switch {
			case row.speaks:
				wantHeard(t, ctx, call, phone.Music, call.AnsweredAt())
			default:
				if err := call.Ear().WaitHears(ctx, row.after); err != nil {
					t.Error(err)
				}
			}
			if row.hangsUp != 0 {
				end := wantEnd(t, ctx, call, 200)
				if took := end.At.Sub(call.AnsweredAt()); end.Local || took < row.hangsUp || took > row.hangsUp+time.Second {
					t.Errorf("ended after %v (by us: %t), want the carrier to hang up after %v", took, end.Local, row.hangsUp)
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

func hangUp(t *testing.T, call *phone.Call) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Second)
	defer cancel()
	if err := call.Hangup(ctx); err != nil {
		t.Error(err)
	}
}

func wantHeard(t *testing.T, ctx context.Context, call *phone.Call, what phone.Voice, after time.Time) {
	t.Helper()
	if _, err := call.Ear().WaitHeard(ctx, what, after); err != nil {
		t.Error(err)
	}
}

func wantEnd(t *testing.T, ctx context.Context, call *phone.Call, status int) phone.End {
	t.Helper()
	end, err := call.WaitEnd(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if end.Status != status {
		t.Errorf("ended with %d %s, want %d", end.Status, end.Text, status)
	}
	return end
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
