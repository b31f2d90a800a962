//go:build integration

package phone_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/internal/phone"
)

// lab has two desk phones and extensions that play what a phone must recognise.
const (
	labPhones = `
[1001](desk-phone)
auth = 1001
aors = 1001
[1001](phone-auth)
username = 1001
password = secret-1
[1001](phone-aor)

[1002](desk-phone)
auth = 1002
aors = 1002
[1002](phone-auth)
username = 1002
password = secret-2
[1002](phone-aor)
`
	labExtensions = `
[hasshin-agents](+)
exten => ringback,1,Answer()
 same => n,Playtones(ring)
 same => n,Wait(60)
exten => ringback-us,1,Answer()
 same => n,Playtones(440+480/2000,0/4000)
 same => n,Wait(60)
exten => ringback-jp,1,Answer()
 same => n,Playtones(400+15/1000,0/2000)
 same => n,Wait(60)
exten => music,1,Answer()
 same => n,MusicOnHold(default)
exten => _100X,1,Dial(PJSIP/${EXTEN})
exten => _auto.,1,Dial(PJSIP/${EXTEN:4},,b(asks^s^1))
exten => tone,1,Answer()
 same => n,Playback(hasshin/offered)
 same => n,Hangup()
exten => refer,1,Answer()
 same => n,Transfer(PJSIP/sip:5550100@127.0.0.1:9)
 same => n,GotoIf($["${TRANSFERSTATUS}"="SUCCESS"]?yes)
 same => n,Playtones(600)
 same => n,Wait(60)
 same => n(yes),Playtones(1000)
 same => n,Wait(60)
[asks]
exten => s,1,Set(PJSIP_HEADER(add,Call-Info)=<sip:asterisk>\;answer-after=0)
 same => n,Return()
`
)

func lab(t *testing.T) *asterisktest.Container {
	t.Helper()
	return asterisktest.Start(t,
		asterisktest.WithConfig("pjsip.d/lab.conf", labPhones), asterisktest.WithConfig("extensions.d/lab.conf", labExtensions))
}

// deskPhone is registered phone 1001 or 1002.
func deskPhone(t *testing.T, asterisk *asterisktest.Container, n int, cfg phone.Config) *phone.Phone {
	t.Helper()
	cfg.User, cfg.Password, cfg.Server = fmt.Sprint(1000+n), fmt.Sprint("secret-", n), asterisk.SIPAddr()
	p := newPhone(t, cfg)
	if err := p.Register(within(t, 5*time.Second)); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestWithAsterisk(t *testing.T) {
	asterisk := lab(t)

	t.Run("registers, again and back", func(t *testing.T) {
		p := deskPhone(t, asterisk, 1, phone.Config{})
		for _, step := range []struct {
			do    func() error
			there bool
		}{
			{func() error { return nil }, true},
			{func() error { return p.Register(within(t, 5*time.Second)) }, true},
			{func() error { return p.Unregister(within(t, 5*time.Second)) }, false},
			{func() error { return p.Register(within(t, 5*time.Second)) }, true},
		} {
			if err := step.do(); err != nil {
				t.Fatal(err)
			}
			contacts, err := asterisk.CLI(t.Context(), "pjsip show contacts")
			if err != nil {
				t.Fatal(err)
			}
			if there := strings.Contains(contacts, p.Addr().String()); there != step.there || p.Registered() != step.there {
				t.Errorf("registered: %v at Asterisk, %v at the phone, want %v:\n%s", there, p.Registered(), step.there, contacts)
			}
		}
	})

	t.Run("a wrong password is a clear error", func(t *testing.T) {
		p := newPhone(t, phone.Config{User: "1001", Password: "wrong", Server: asterisk.SIPAddr()})
		err := p.Register(within(t, 5*time.Second))
		var refused *phone.StatusError
		if !errors.As(err, &refused) || refused.Code != 401 && refused.Code != 403 {
			t.Fatalf("registered with a wrong password: %v", err)
		}
	})

	t.Run("hears its echo within a few packets", func(t *testing.T) {
		p := deskPhone(t, asterisk, 1, phone.Config{Voice: phone.VoiceAt(0)})
		c := answered(t, p, "*43")
		phone.AssertHears(t, phone.WhoHears{c: {c}})
		var delays []time.Duration
		for i := range 20 {
			v := phone.VoiceAt(1 + i%5)
			sent, err := c.Say(within(t, time.Second), v)
			if err != nil {
				t.Fatal(err)
			}
			heard, err := c.Ear().WaitHeard(within(t, time.Second), v, sent)
			if err != nil {
				t.Fatal(err)
			}
			delays = append(delays, heard.Sub(sent))
		}
		slices.Sort(delays)
		t.Logf("echo: median %v, longest %v", delays[len(delays)/2], delays[len(delays)-1])
		// Each digit of it is Asterisk's: the packet's way through its channel thread. A busy machine adds to single ones.
		if median := delays[len(delays)/2]; median <= 0 || median > 40*time.Millisecond {
			t.Errorf("the median echo took %v", median)
		}
	})

	t.Run("recognises the ringback of the configured country", func(t *testing.T) {
		p := deskPhone(t, asterisk, 1, phone.Config{})
		c := answered(t, p, "ringback")
		if err := c.Ear().WaitHears(within(t, 5*time.Second), phone.Ringback); err != nil {
			t.Error(err)
		}
	})

	t.Run("recognises ringback and hold music", func(t *testing.T) {
		p := deskPhone(t, asterisk, 1, phone.Config{})
		for _, country := range []string{"us", "jp"} {
			ring := answered(t, p, "ringback-"+country)
			if err := ring.Ear().WaitHears(within(t, 5*time.Second), phone.Ringback); err != nil {
				t.Errorf("%s: %v", country, err)
			}
			// Its pause is silent.
			if err := ring.Ear().WaitHears(within(t, 5*time.Second)); err != nil {
				t.Errorf("%s: %v", country, err)
			}
		}
		music := answered(t, p, "music")
		phone.AssertHears(t, phone.WhoHears{music: {phone.Music}}, phone.Within(10*time.Second), phone.Staying(2*time.Second))
	})

	t.Run("hears a tone of ours", func(t *testing.T) {
		p := deskPhone(t, asterisk, 1, phone.Config{})
		c := answered(t, p, "tone")
		if _, err := c.Ear().WaitHeard(within(t, 5*time.Second), phone.Music, c.AnsweredAt()); err != nil {
			t.Error(err)
		}
		end := endOf(t, c)
		if lasted := c.Ear().Between(c.AnsweredAt(), end.At).Share[phone.Music]; lasted < 0.5 {
			t.Errorf("heard %v", c.Ear().Between(c.AnsweredAt(), end.At))
		}
	})

	t.Run("two phones in a call, with hold key and digits", func(t *testing.T) {
		one := deskPhone(t, asterisk, 1, phone.Config{Voice: phone.VoiceAt(0)})
		two := deskPhone(t, asterisk, 2, phone.Config{Voice: phone.VoiceAt(1)})
		a, err := one.Call(within(t, 5*time.Second), "auto1002") // Call-Info asks 1002 to answer
		if err != nil {
			t.Fatal(err)
		}
		b, err := two.NextCall(within(t, time.Second))
		if err != nil {
			t.Fatal(err)
		}
		phone.AssertHears(t, phone.WhoHears{a: {b}, b: {a}})

		if err := a.Hold(within(t, 5*time.Second)); err != nil {
			t.Fatal(err)
		}
		// What the holder still gets depends on how Asterisk bridges; the held one hears music.
		phone.AssertHears(t, phone.WhoHears{b: {phone.Music}}, phone.Within(5*time.Second))
		if err := a.Resume(within(t, 5*time.Second)); err != nil {
			t.Fatal(err)
		}
		phone.AssertHears(t, phone.WhoHears{a: {b}, b: {a}})

		if err := a.SendDTMF(within(t, 5*time.Second), "12#"); err != nil {
			t.Fatal(err)
		}
		if err := b.WaitDigits(within(t, 5*time.Second), "12#"); err != nil {
			t.Error(err)
		}
		if err := b.Hangup(within(t, 5*time.Second)); err != nil {
			t.Fatal(err)
		}
		if end := endOf(t, a); end.Local || end.Cause != 16 {
			t.Errorf("the end at the caller: %+v", end)
		}
	})

	t.Run("refuses, and is given up", func(t *testing.T) {
		one := deskPhone(t, asterisk, 1, phone.Config{})
		two := deskPhone(t, asterisk, 2, phone.Config{Behave: phone.Always(phone.Refuse(486))})
		_, err := one.Call(within(t, 5*time.Second), "1002")
		var refused *phone.StatusError
		if !errors.As(err, &refused) || refused.Code != 486 {
			t.Errorf("a busy phone: %v", err)
		}
		if err := two.Close(); err != nil {
			t.Fatal(err)
		}
		two = deskPhone(t, asterisk, 2, phone.Config{})
		a, err := one.Dial(within(t, 5*time.Second), "1002")
		if err != nil {
			t.Fatal(err)
		}
		b, err := two.NextCall(within(t, 5*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		if err := a.WaitRinging(within(t, 5*time.Second)); err != nil {
			t.Fatal(err)
		}
		if err := a.Hangup(within(t, 5*time.Second)); err != nil {
			t.Fatal(err)
		}
		if end := endOf(t, b); end.Status != 487 || end.Local {
			t.Errorf("the end at the phone that rang: %+v", end)
		}
	})

	t.Run("takes a REFER or not", func(t *testing.T) {
		for _, tc := range []struct {
			status int
			hears  phone.Voice
		}{{202, phone.CarrierTalk}, {603, phone.CarrierAnnouncement}} {
			p := deskPhone(t, asterisk, 1, phone.Config{Refer: func(*phone.Call, string) int { return tc.status }})
			c := answered(t, p, "refer")
			phone.AssertHears(t, phone.WhoHears{c: {tc.hears}}, phone.Within(5*time.Second))
			if got := c.Referred(); (tc.status == 202) != slices.Contains(got, "sip:5550100@127.0.0.1:9") {
				t.Errorf("with %d: referred to %q", tc.status, got)
			}
			if err := p.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func answered(t *testing.T, p *phone.Phone, number string) *phone.Call {
	t.Helper()
	c, err := p.Call(within(t, 5*time.Second), number)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The simulated carrier's table of numbers (deploy/README.md), by the final status and by ear.
func TestCarrierNumbers(t *testing.T) {
	carrier := asterisktest.Start(t, asterisktest.WithCarrierRole())
	peer := newPhone(t, phone.Config{User: "hasshin", Server: carrier.SIPAddr(), Voice: phone.VoiceAt(0)})

	for _, tc := range []struct {
		number  string
		status  int           // final
		rings   bool          // is there an 18x without sound
		before  []phone.Voice // heard before the final status
		after   []phone.Voice // heard after the answer
		answers time.Duration // from INVITE to answer, at least
		ends    time.Duration // from answer to BYE, at least; 0: does not end by itself
	}{
		{number: "5550000", status: 200, after: []phone.Voice{phone.CarrierTalk}},
		{number: "5550200", status: 200, rings: true, answers: 2 * time.Second, after: []phone.Voice{phone.CarrierTalk}},
		{number: "5550201", status: 200, rings: true, answers: time.Second, after: []phone.Voice{phone.CarrierTalk}, ends: 2 * time.Second},
		{number: "5550002", status: 200, after: []phone.Voice{phone.VoiceAt(0)}},
		{number: "5550010", status: 486},
		{number: "5550011", status: 487, rings: true},
		{number: "5550012", status: 603, rings: true},
		{number: "5550013", status: 404},
		{number: "5550014", status: 503},
		{number: "5550015", status: 200, rings: true, answers: time.Second, after: []phone.Voice{phone.Music}},
		{number: "5550116", status: 200, before: []phone.Voice{phone.CarrierAnnouncement}, answers: time.Second, after: []phone.Voice{phone.CarrierTalk}},
		{number: "5550017", status: 404, before: []phone.Voice{phone.Music}},
		{number: "5550018", status: 200, rings: true, after: []phone.Voice{phone.CarrierTalk}},
		{number: "5550099", status: 200, rings: true, answers: time.Second, after: []phone.Voice{phone.CarrierTalk}},
	} {
		t.Run(tc.number, func(t *testing.T) {
			t.Parallel()
			c, err := peer.Dial(within(t, 5*time.Second), tc.number)
			if err != nil {
				t.Fatal(err)
			}
			dialed := time.Now()
			if tc.rings {
				if err := c.WaitRinging(within(t, 5*time.Second)); err != nil {
					t.Fatal(err)
				}
			}
			if tc.before != nil {
				if err := c.Ear().WaitHears(within(t, 5*time.Second), tc.before...); err != nil {
					t.Error(err)
				}
				if !c.AnsweredAt().IsZero() {
					t.Error("what should come before the answer came after it")
				}
			}
			if tc.status == 487 {
				if err := c.Hangup(within(t, 5*time.Second)); err != nil {
					t.Fatal(err)
				}
			}
			if tc.status != 200 {
				end, err := c.WaitEnd(within(t, 15*time.Second))
				if err != nil {
					t.Fatal(err)
				}
				if end.Status != tc.status || end.Answered {
					t.Errorf("it ended with %+v, want status %d", end, tc.status)
				}
				return
			}
			if err := c.WaitAnswered(within(t, 15*time.Second)); err != nil {
				t.Fatal(err)
			}
			if took := c.AnsweredAt().Sub(dialed); took < tc.answers-100*time.Millisecond {
				t.Errorf("answered after %v, want %v", took, tc.answers)
			}
			phone.AssertHears(t, phone.WhoHears{c: sources(tc.after)}, phone.Within(5*time.Second))
			if tc.ends == 0 {
				if err := c.Hangup(within(t, 5*time.Second)); err != nil {
					t.Error(err)
				}
				return
			}
			end, err := c.WaitEnd(within(t, tc.ends+5*time.Second))
			if err != nil {
				t.Fatal(err)
			}
			if lasted := end.At.Sub(c.AnsweredAt()); end.Local || lasted < tc.ends-100*time.Millisecond {
				t.Errorf("hung up by the other side: %v, after %v; want after %v", !end.Local, lasted, tc.ends)
			}
		})
	}
}

func sources(voices []phone.Voice) (out []phone.Source) {
	for _, v := range voices {
		out = append(out, v)
	}
	return out
}
