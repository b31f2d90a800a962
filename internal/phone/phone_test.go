package phone_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/hasshin/hasshin/internal/phone"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newPhone opens a phone for the length of the test.
func newPhone(t *testing.T, cfg phone.Config) *phone.Phone {
	t.Helper()
	p, err := phone.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("closing phone %s: %v", p.User(), err)
		}
	})
	return p
}

// within bounds a step of a test.
func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// callBetween has caller call callee, who answers as its configuration says, and returns both ends, answered.
func callBetween(t *testing.T, caller, callee *phone.Phone, opts ...phone.DialOption) (out, in *phone.Call) {
	t.Helper()
	ctx := within(t, 5*time.Second)
	out, err := caller.Call(ctx, "sip:"+callee.User()+"@"+callee.Addr().String(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	in, err = callee.NextCall(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := in.WaitAnswered(ctx); err != nil {
		t.Fatal(err)
	}
	return out, in
}

func dial(t *testing.T, caller, callee *phone.Phone, opts ...phone.DialOption) *phone.Call {
	t.Helper()
	c, err := caller.Dial(within(t, 5*time.Second), "sip:"+callee.User()+"@"+callee.Addr().String(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func endOf(t *testing.T, c *phone.Call) phone.End {
	t.Helper()
	end, err := c.WaitEnd(within(t, 5*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return end
}

func TestTwoPhonesTalk(t *testing.T) {
	t.Parallel()
	alice := newPhone(t, phone.Config{User: "alice", Voice: phone.VoiceAt(0)})
	bob := newPhone(t, phone.Config{User: "bob", Voice: phone.VoiceAt(1), Behave: phone.Always(phone.Answer())})
	a, b := callBetween(t, alice, bob)

	phone.AssertHears(t, phone.WhoHears{a: {b}, b: {a}})
	if lost := a.Stats().Lost + b.Stats().Lost; lost > 0 {
		t.Errorf("%d packets lost", lost)
	}
	if got := b.From(); got != "alice" {
		t.Errorf("the callee sees caller %q", got)
	}

	if err := a.Hangup(within(t, time.Second)); err != nil {
		t.Fatal(err)
	}
	if end := endOf(t, a); !end.Local || !end.Answered || end.Status != 200 {
		t.Errorf("the end at who hung up: %+v", end)
	}
	if end := endOf(t, b); end.Local || !end.Answered || end.Status != 200 {
		t.Errorf("the end at the other side: %+v", end)
	}
	if n := len(alice.Calls()) + len(bob.Calls()); n != 0 {
		t.Errorf("%d calls left behind", n)
	}
}

func TestCalleeHangsUp(t *testing.T) {
	t.Parallel()
	alice := newPhone(t, phone.Config{User: "alice"})
	bob := newPhone(t, phone.Config{User: "bob", Behave: phone.Always(phone.Answer().HangingUpAfter(100 * time.Millisecond))})
	a, b := callBetween(t, alice, bob)
	if end := endOf(t, a); end.Local || !end.Answered {
		t.Errorf("the end at the caller: %+v", end)
	}
	if end := endOf(t, b); !end.Local {
		t.Errorf("the end at the callee: %+v", end)
	}
	if lasted := func() time.Duration { e, _ := b.End(); return e.At.Sub(b.AnsweredAt()) }(); lasted < 100*time.Millisecond {
		t.Errorf("the call lasted %v", lasted)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, status := range []int{404, 480, 486, 503, 600, 603} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			alice := newPhone(t, phone.Config{User: "alice"})
			bob := newPhone(t, phone.Config{User: "bob", Behave: phone.Always(phone.Refuse(status))})
			_, err := alice.Call(within(t, 5*time.Second), "sip:bob@"+bob.Addr().String())
			var refused *phone.StatusError
			if !errors.As(err, &refused) || refused.Code != status {
				t.Fatalf("calling a phone that refuses with %d: %v", status, err)
			}
			b, err := bob.NextCall(within(t, time.Second))
			if err != nil {
				t.Fatal(err)
			}
			if end := endOf(t, b); end.Status != status || !end.Local || end.Answered {
				t.Errorf("the end at who refused: %+v", end)
			}
		})
	}
}

func TestRingThenDecideByHand(t *testing.T) {
	t.Parallel()
	alice := newPhone(t, phone.Config{User: "alice", Voice: phone.VoiceAt(0)})
	bob := newPhone(t, phone.Config{User: "bob", Voice: phone.VoiceAt(1)})

	a := dial(t, alice, bob)
	b, err := bob.NextCall(within(t, time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.WaitRinging(within(t, time.Second)); err != nil {
		t.Fatal(err)
	}
	if !a.AnsweredAt().IsZero() {
		t.Fatal("answered before it was told to")
	}
	if err := b.Answer(within(t, time.Second)); err != nil {
		t.Fatal(err)
	}
	phone.AssertHears(t, phone.WhoHears{a: {b}, b: {a}}, phone.Staying(100*time.Millisecond))

	second := dial(t, alice, bob)
	b2, err := bob.NextCall(within(t, time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if err := b2.Refuse(within(t, time.Second), 486); err != nil {
		t.Fatal(err)
	}
	if end := endOf(t, second); end.Status != 486 || end.Local {
		t.Errorf("refused by hand: %+v", end)
	}
}

func TestCancelWhileRinging(t *testing.T) {
	t.Parallel()
	alice := newPhone(t, phone.Config{User: "alice"})
	bob := newPhone(t, phone.Config{User: "bob", Behave: phone.Always(phone.Ring())})
	a := dial(t, alice, bob)
	if err := a.WaitRinging(within(t, time.Second)); err != nil {
		t.Fatal(err)
	}
	b, err := bob.NextCall(within(t, time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Hangup(within(t, time.Second)); err != nil {
		t.Fatal(err)
	}
	if end := endOf(t, a); end.Status != 487 || !end.Local || end.Answered {
		t.Errorf("the end at who cancelled: %+v", end)
	}
	if end := endOf(t, b); end.Status != 487 || end.Local || end.Answered {
		t.Errorf("the end at who rang: %+v", end)
	}
}

func TestAnswerAfterAWhile(t *testing.T) {
	t.Parallel()
	alice := newPhone(t, phone.Config{User: "alice"})
	bob := newPhone(t, phone.Config{User: "bob", Behave: phone.Always(phone.Answer().After(150 * time.Millisecond))})
	a, b := callBetween(t, alice, bob)
	if rang := b.AnsweredAt().Sub(b.RingingAt()); rang < 150*time.Millisecond || rang > 5*time.Second {
		t.Errorf("rang for %v, want 150 ms", rang)
	}
	if !a.RingingAt().Before(a.AnsweredAt()) {
		t.Errorf("the caller saw ringing at %v, the answer at %v", a.RingingAt(), a.AnsweredAt())
	}
}

func TestEarlyMedia(t *testing.T) {
	t.Parallel()
	announcement, talk := phone.VoiceAt(2), phone.VoiceAt(1)
	alice := newPhone(t, phone.Config{User: "alice"})
	bob := newPhone(t, phone.Config{User: "bob",
		Behave: phone.Always(phone.Ring().WithEarlyMedia(announcement).Saying(talk))})
	a := dial(t, alice, bob)
	if err := a.Ear().WaitHears(within(t, 2*time.Second), announcement); err != nil {
		t.Fatal(err)
	}
	if !a.AnsweredAt().IsZero() {
		t.Fatal("early media counted as an answer")
	}
	b, err := bob.NextCall(within(t, time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Answer(within(t, time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := a.Ear().WaitHears(within(t, 2*time.Second), talk); err != nil {
		t.Fatal(err)
	}
}

func TestAutoAnswerWhenAsked(t *testing.T) {
	t.Parallel()
	alice := newPhone(t, phone.Config{User: "alice"})
	bob := newPhone(t, phone.Config{User: "bob"})
	callBetween(t, alice, bob, phone.WithHeader("Call-Info", "<sip:asterisk>;answer-after=0"))
}

func TestHoldKey(t *testing.T) {
	t.Parallel()
	alice := newPhone(t, phone.Config{User: "alice", Voice: phone.VoiceAt(0)})
	bob := newPhone(t, phone.Config{User: "bob", Voice: phone.VoiceAt(1), Behave: phone.Always(phone.Answer())})
	a, b := callBetween(t, alice, bob)
	for _, holder := range []struct{ c, other *phone.Call }{{a, b}, {b, a}} {
		if err := holder.c.Hold(within(t, time.Second)); err != nil {
			t.Fatal(err)
		}
		if !holder.other.HeldByOther() {
			t.Errorf("%v does not know that %v holds the call", holder.other, holder.c)
		}
		phone.AssertHears(t, phone.WhoHears{a: {}, b: {}}, phone.Staying(100*time.Millisecond))
		if err := holder.c.Resume(within(t, time.Second)); err != nil {
			t.Fatal(err)
		}
		phone.AssertHears(t, phone.WhoHears{a: {b}, b: {a}}, phone.Staying(100*time.Millisecond))
	}
}

func TestReferAcceptedAndRefused(t *testing.T) {
	t.Parallel()
	alice := newPhone(t, phone.Config{User: "alice"})
	bob := newPhone(t, phone.Config{User: "bob", Behave: phone.Always(phone.Answer()),
		Refer: func(_ *phone.Call, target string) int {
			if target == "sip:vip@192.0.2.1" {
				return 603
			}
			return 202
		}})
	a, b := callBetween(t, alice, bob)
	if err := a.Refer(within(t, time.Second), "sip:carol@192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	err := a.Refer(within(t, time.Second), "sip:vip@192.0.2.1")
	var refused *phone.StatusError
	if !errors.As(err, &refused) || refused.Code != 603 {
		t.Fatalf("the refused REFER: %v", err)
	}
	if got := b.Referred(); len(got) != 1 || got[0] != "sip:carol@192.0.2.1" {
		t.Errorf("referred to %q", got)
	}
}

func TestDTMFBothWays(t *testing.T) {
	t.Parallel()
	alice := newPhone(t, phone.Config{User: "alice", Voice: phone.VoiceAt(0)})
	bob := newPhone(t, phone.Config{User: "bob", Behave: phone.Always(phone.Answer())})
	a, b := callBetween(t, alice, bob)
	const all = "0123456789*#ABCD"
	var sending sync.WaitGroup
	for _, leg := range []struct{ from, to *phone.Call }{{a, b}, {b, a}} {
		sending.Go(func() {
			if err := leg.from.SendDTMF(within(t, 10*time.Second), all); err != nil {
				t.Error(err)
			}
			if err := leg.to.WaitDigits(within(t, time.Second), all); err != nil {
				t.Error(err)
			}
		})
	}
	sending.Wait()
	for _, d := range b.Digits() {
		if d.Duration != 100*time.Millisecond {
			t.Errorf("digit %c lasted %v, want 100 ms", d.Digit, d.Duration)
		}
	}
	if err := a.SendDTMF(within(t, time.Second), "12x"); err == nil {
		t.Error("x was sent as a digit")
	}
}

// The send time of a voice's first packet and its arrival at the ear differ by what loopback takes.
func TestSayTellsWhenAndEarTellsWhen(t *testing.T) {
	t.Parallel()
	alice := newPhone(t, phone.Config{User: "alice", Voice: phone.VoiceAt(0)})
	bob := newPhone(t, phone.Config{User: "bob", Behave: phone.Always(phone.Answer())})
	a, b := callBetween(t, alice, bob)
	var delays []time.Duration
	for i := range 9 {
		v := phone.VoiceAt(1 + i)
		sent, err := a.Say(within(t, 5*time.Second), v)
		if err != nil {
			t.Fatal(err)
		}
		heard, err := b.Ear().WaitHeard(within(t, 5*time.Second), v, sent)
		if err != nil {
			t.Fatal(err)
		}
		delays = append(delays, heard.Sub(sent))
	}
	slices.Sort(delays)
	// On a busy machine the sender may be stopped between looking at the clock and sending: the median bears some of that.
	if delays[0] < 0 || delays[len(delays)/2] > 5*time.Millisecond {
		t.Errorf("from the wire to the ear: %v", delays)
	}
}

func TestALaw(t *testing.T) {
	t.Parallel()
	alice := newPhone(t, phone.Config{User: "alice", Voice: phone.VoiceAt(0), Codecs: []phone.Codec{phone.PCMA}})
	bob := newPhone(t, phone.Config{User: "bob", Voice: phone.VoiceAt(1), Behave: phone.Always(phone.Answer())})
	a, b := callBetween(t, alice, bob)
	phone.AssertHears(t, phone.WhoHears{a: {b}, b: {a}}, phone.Staying(100*time.Millisecond))

	ulaw := newPhone(t, phone.Config{User: "ulaw", Codecs: []phone.Codec{phone.PCMU}, Behave: phone.Always(phone.Answer())})
	_, err := alice.Call(within(t, time.Second), "sip:ulaw@"+ulaw.Addr().String())
	var refused *phone.StatusError
	if !errors.As(err, &refused) || refused.Code != 488 {
		t.Errorf("no codec in common: %v", err)
	}
}

// A trunk peer is one socket for any number; what becomes of a call depends on the number.
func TestTrunkPeerBehavesByNumber(t *testing.T) {
	t.Parallel()
	trunk := newPhone(t, phone.Config{User: "trunk", Behave: func(c *phone.Call) phone.Behaviour {
		if c.Number() == "5550110" {
			return phone.Refuse(486)
		}
		return phone.Answer().Saying(phone.VoiceAt(3))
	}})
	alice := newPhone(t, phone.Config{User: "alice", Server: trunk.Addr().String()})
	if _, err := alice.Call(within(t, time.Second), "5550110"); err == nil {
		t.Fatal("the busy number answered")
	}
	a, err := alice.Call(within(t, time.Second), "5550100")
	if err != nil {
		t.Fatal(err)
	}
	c, err := trunk.CallTo(within(t, time.Second), "5550100")
	if err != nil {
		t.Fatal(err)
	}
	phone.AssertHears(t, phone.WhoHears{a: {c}, c: {}}, phone.Staying(100*time.Millisecond))
	if c.String() != "5550100" {
		t.Errorf("the call is named %q", c)
	}
}

func TestFiftyCallsAtOnce(t *testing.T) {
	t.Parallel()
	const calls = 50
	alice := newPhone(t, phone.Config{User: "alice"})
	bob := newPhone(t, phone.Config{User: "bob", Behave: phone.Always(phone.Answer())})
	outs := make([]*phone.Call, calls)
	var dialing sync.WaitGroup
	for i := range calls {
		dialing.Go(func() {
			var err error
			outs[i], err = alice.Call(within(t, 10*time.Second), fmt.Sprintf("sip:n%d@%s", i, bob.Addr()), phone.WithVoice(phone.VoiceAt(i)))
			if err != nil {
				t.Error(err)
			}
		})
	}
	dialing.Wait()
	if t.Failed() {
		return
	}
	var listening sync.WaitGroup
	for i := range outs {
		listening.Go(func() {
			in, err := bob.CallTo(within(t, time.Second), fmt.Sprintf("n%d", i))
			if err != nil {
				t.Error(err)
				return
			}
			if err := in.Ear().WaitHears(within(t, 5*time.Second), phone.VoiceAt(i)); err != nil {
				t.Errorf("call %d: %v", i, err)
			}
		})
	}
	listening.Wait()
}

func TestCloseInMidCall(t *testing.T) {
	t.Parallel()
	alice := newPhone(t, phone.Config{User: "alice", Voice: phone.VoiceAt(0)})
	bob := newPhone(t, phone.Config{User: "bob", Behave: phone.Always(phone.Answer())})
	a, _ := callBetween(t, alice, bob)
	if err := bob.Close(); err != nil {
		t.Fatal(err)
	}
	if end := endOf(t, a); end.Local || !end.Answered {
		t.Errorf("the end at the other side of a phone that closed: %+v", end)
	}
	if _, err := bob.NextCall(within(t, time.Second)); !errors.Is(err, phone.ErrClosed) {
		t.Errorf("NextCall on a closed phone: %v", err)
	}
	if _, err := bob.Dial(within(t, time.Second), "sip:alice@"+alice.Addr().String()); !errors.Is(err, phone.ErrClosed) {
		t.Errorf("Dial on a closed phone: %v", err)
	}
}
