package phone_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/internal/phone"
)

// recorder is a test that notes how an assertion ends it.
type recorder struct {
	testing.TB
	said string
}

func (r *recorder) Helper() {}

func (r *recorder) Fatal(args ...any) { r.said = args[0].(error).Error() }

func TestMatrixReportsWhoHearsWhat(t *testing.T) {
	t.Parallel()
	alice := newPhone(t, phone.Config{User: "alice", Voice: 650})
	bob := newPhone(t, phone.Config{User: "bob", Voice: 850, Behave: phone.Always(phone.Answer())})
	a, b := callBetween(t, alice, bob)

	r := &recorder{TB: t}
	phone.AssertHears(r, phone.WhoHears{a: {b, phone.Music}, b: {}}, phone.Within(400*time.Millisecond))
	for _, want := range []string{
		"did not come true within 400ms",
		"ear \\ voice", "alice (650 Hz)", "bob (850 Hz)",
		"heard ", "music WANTED, 0%", "UNWANTED, ",
	} {
		if !strings.Contains(r.said, want) {
			t.Errorf("the report lacks %q:\n%s", want, r.said)
		}
	}
}

// A matrix that comes true and then breaks is a failure: someone was heard who should not have been.
func TestMatrixMustStay(t *testing.T) {
	t.Parallel()
	alice := newPhone(t, phone.Config{User: "alice", Voice: 650})
	bob := newPhone(t, phone.Config{User: "bob", Voice: 850, Behave: phone.Always(phone.Answer())})
	a, b := callBetween(t, alice, bob)
	if err := b.Ear().WaitHears(within(t, time.Second), 650); err != nil {
		t.Fatal(err)
	}
	result := make(chan error)
	go func() {
		result <- phone.CheckHears(t.Context(), phone.WhoHears{a: {phone.Voice(850)}, b: {phone.Voice(650)}}, phone.Staying(10*time.Second))
	}()
	// The check needs 200 ms of the past to see that it is true now; only then may it break.
	if err := b.Ear().WaitHears(within(t, time.Second), 650); err != nil {
		t.Fatal(err)
	}
	sent, err := a.Say(within(t, time.Second), 1150)
	if err != nil {
		t.Fatal(err)
	}
	err = <-result
	if err == nil || !strings.Contains(err.Error(), "1150 Hz") && !strings.Contains(err.Error(), "did not stay") {
		t.Fatalf("a voice changed and the matrix said: %v", err)
	}
	if took := time.Since(sent); took > 8*time.Second {
		t.Errorf("it took %v to notice", took)
	}
}

func TestMatrixRefusesWhatCannotBeTold(t *testing.T) {
	t.Parallel()
	alice := newPhone(t, phone.Config{User: "alice", Voice: 650, Listen: []phone.Voice{650, 850}})
	bob := newPhone(t, phone.Config{User: "bob", Voice: 650, Behave: phone.Always(phone.Answer())})
	deaf := newPhone(t, phone.Config{User: "deaf", Deaf: true, Behave: phone.Always(phone.Answer())})
	a, b := callBetween(t, alice, bob)
	c, d := callBetween(t, alice, deaf, phone.WithVoice(850))
	for name, tc := range map[string]struct {
		who  phone.WhoHears
		want string
	}{
		"two with one voice":      {phone.WhoHears{a: {b}}, "both talk at 650 Hz"},
		"a voice not listened to": {phone.WhoHears{a: {phone.Voice(1150)}}, "does not listen for"},
		"who says nothing":        {phone.WhoHears{c: {d}}, "says nothing"},
		"a deaf ear":              {phone.WhoHears{d: {c}}, "deaf"},
	} {
		err := phone.CheckHears(t.Context(), tc.who, phone.Within(50*time.Millisecond))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMatrixEndsWithItsContext(t *testing.T) {
	t.Parallel()
	alice := newPhone(t, phone.Config{User: "alice", Voice: 650})
	bob := newPhone(t, phone.Config{User: "bob", Behave: phone.Always(phone.Answer())})
	a, b := callBetween(t, alice, bob)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	if err := phone.CheckHears(ctx, phone.WhoHears{a: {phone.Music}, b: {a}}); err == nil || time.Since(start) > 2*time.Second {
		t.Errorf("after %v: %v", time.Since(start), err)
	}
}
