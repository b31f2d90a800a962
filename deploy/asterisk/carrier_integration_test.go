//go:build integration

package asterisk_test

import (
	"context"
	"testing"
	"time"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/internal/phone"
)

const (
	talk         phone.Voice = 1000 // what the carrier says when it talks
	announcement phone.Voice = 600  // what it says before the answer of …n16
	own          phone.Voice = 650
)

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
