//go:build integration

package robot_test

import (
	"context"
	"testing"
	"time"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/bench/robot"
	"github.com/hasshin/hasshin/bench/stack"
	"github.com/hasshin/hasshin/desk/client"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/internal/phone"
)

// A robot that is told to stop in the midst of anything hangs up, closes its record and signs out.
func TestARobotThatIsToldToStopLeavesNothingBehind(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	w := newWorld(ctx, t)
	for n, when := range []robot.Kind{robot.PhoneConnected, robot.Offered, robot.Dialed, robot.Answered} {
		told, stop := context.WithCancel(ctx)
		r, err := robot.New(robot.Config{
			URL: w.stack.URL(), Agent: "robot", Password: stack.Password, Campaign: stack.Campaign,
			Act: func(dialer.CallView) robot.Plan { return robot.Plan{Talk: time.Minute} },
			Observe: func(m robot.Moment) {
				if m.Kind == when {
					stop()
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Run(told); err != nil {
			t.Errorf("told to stop when %s: %v", when, err)
		}
		stop()
		w.checkAsterisk(ctx, t, 0, "hs.hold.ast1")
		if v, err := w.stack.Engine.Agent(ctx, "robot"); err != nil || v.State != "signed-out" || v.Phone.State != "disconnected" {
			t.Errorf("told to stop when %s, the robot is %s, its phone %s: %v", when, v.State, v.Phone.State, err)
		}
		counts, err := w.stack.Store.Counts(ctx, stack.Campaign)
		if err != nil {
			t.Fatal(err)
		}
		if counts.Out != 0 {
			t.Errorf("told to stop when %s, the robot still has %d records", when, counts.Out)
		}
		t.Logf("%d: told to stop when %s: %d records closed, results %v", n, when, counts.Closed, counts.Results)
	}
	counts, err := w.stack.Store.Counts(ctx, stack.Campaign)
	if err != nil {
		t.Fatal(err)
	}
	if counts.Closed == 0 || counts.Results[string(call.Answered)] != 1 {
		t.Errorf("%d records are closed with results %v; want the one that was answered among them", counts.Closed, counts.Results)
	}
}

// A robot that finds the desk as one that was killed left it, in a call and with the phone in the booth, clears it and works on.
func TestARobotWorksOnAfterOneThatWasKilled(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	w := newWorld(ctx, t)
	killed := abandon(ctx, t, w)

	var done []string
	r := w.robot(t, "robot", func(_ int, s story) robot.Plan {
		return robot.Plan{Talk: talk, Stop: true}
	})
	if err := r.Run(ctx); err != nil {
		t.Fatal(err)
	}
	for _, report := range w.reports {
		done = append(done, report.Record.ID)
	}
	if len(done) != 1 || done[0] == killed.Record.ID {
		t.Errorf("the robot called %v; want one contact, and not %s again", done, killed.Record.ID)
	}
	record, err := w.stack.Store.Get(ctx, stack.Campaign, killed.Record.ID)
	if err != nil {
		t.Fatal(err)
	}
	if attempts := record.Attempts(); record.ClosedAt.IsZero() || len(attempts) != 1 || attempts[0].Result != call.Answered {
		t.Errorf("the record of the killed robot's call is %s with attempts %+v", record.State, attempts)
	}
	w.checkAsterisk(ctx, t, 0, "hs.hold.ast1")
}

// abandon brings an agent into a call, by hand, and leaves.
func abandon(ctx context.Context, t *testing.T, w *world) dialer.CallView {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	c, err := client.New(client.Options{URL: w.stack.URL()})
	must(err)
	t.Cleanup(c.Close)
	_, err = c.SignIn(ctx, "robot", stack.Password)
	must(err)
	account, err := c.PhoneCredentials(ctx)
	must(err)
	handset, err := phone.New(phone.Config{User: account.Username, Password: account.Password, Server: account.Registrar})
	must(err)
	t.Cleanup(func() {
		if err := handset.Close(); err != nil {
			t.Log(err) // its account is gone by now
		}
	})
	must(handset.Register(ctx))
	_, err = c.ConnectPhone(ctx)
	must(err)
	_, err = c.Ready(ctx)
	must(err)
	view, err := c.GetRecord(ctx, stack.Campaign)
	must(err)
	_, err = c.Accept(ctx, view.ID, "")
	must(err)
	contact, err := w.contact.NextCall(ctx)
	must(err)
	must(contact.WaitAnswered(ctx))
	asterisktest.Eventually(t, 5*time.Second, func() bool {
		view, err = c.Call(ctx, view.ID)
		must(err)
		return view.State == string(call.Talking)
	}, "the call is talking")
	return view
}
