//go:build integration

package dialer_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/audio"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/internal/phone"
)

const (
	// The house keeps these while an agent is there and no call is up.
	keptHold  = "hs.hold."
	keptBooth = "hs.booth."
	keptAgent = "hs.agent."
)

func TestPreviewCallByEar(t *testing.T) {
	h := newHouse(t, map[string]phone.Behaviour{"0001": phone.Ring()})
	h.open("090-1234-0001")
	agent := h.arrive(hanako)
	call := agent.record()
	if v := agent.accept(call.ID); v.Number != "+819012340001" {
		t.Errorf("dialed %s, want +819012340001", v.Number)
	}

	contact := h.contact()
	agent.await(call.ID, "ringing")
	if err := agent.leg.Ear().WaitHears(h.ctx(), phone.Ringback); err != nil {
		t.Errorf("while it rings: %v", err)
	}

	must(t, contact.Answer(h.ctx()))
	agent.await(call.ID, "talking")
	phone.AssertHears(t, phone.WhoHears{agent.leg: {contact}, contact: {agent.leg}})

	v, err := h.engine.End(h.ctx(), hanako, call.ID)
	must(t, err)
	if v.State != "wrap-up" || v.Result != "answered" {
		t.Errorf("after end: %s, %s; want wrap-up, answered", v.State, v.Result)
	}
	_, err = contact.WaitEnd(h.ctx())
	must(t, err)
	h.nothingLeft(keptHold, keptBooth, keptAgent)
	phone.AssertHears(t, phone.WhoHears{agent.leg: {}})

	if v, err = h.engine.Done(h.ctx(), hanako, call.ID, dialer.DoneOptions{Disposition: "sale", Stop: true}); err != nil || v.State != "closed" {
		t.Errorf("done: %s, %v; want closed", v.State, err)
	}
	must(t, h.engine.SignOut(h.ctx(), hanako))
	h.nothingLeft(keptHold)
}

// The tone that tells of the end of the last call is still sounding when the next contact is dialed.
func TestRingingIsHeardRightAfterTheLastCall(t *testing.T) {
	h := newHouse(t, map[string]phone.Behaviour{"0001": phone.Answer(), "0002": phone.Ring(), "0003": phone.Ring()})
	h.audio = audio.Defaults()
	h.open("090-1234-0001", "090-1234-0002", "090-1234-0003")
	agent := h.arrive(hanako)
	call := agent.record()
	agent.accept(call.ID)
	agent.await(call.ID, "talking")
	for _, pause := range []bool{false, true} {
		_, err := h.engine.End(h.ctx(), hanako, call.ID)
		must(t, err)
		if pause { // until the tone has been played, and with it all that was there to make it heard
			asterisktest.Eventually(t, 3*time.Second, func() bool {
				now := time.Now()
				last := agent.leg.Ear().Timeline(now.Add(-500*time.Millisecond), now)
				return len(last) == 1 && slices.Equal(last[0].Heard, []phone.Voice{phone.DeadAir})
			}, "nothing is sent to the agent after the end's tone")
		}
		_, err = h.engine.Done(h.ctx(), hanako, call.ID, dialer.DoneOptions{Disposition: "sale"})
		must(t, err)
		call = h.notice("the next preview", func(n dialer.Notice) (dialer.CallView, bool) {
			v, ok := n.Data.(dialer.CallView)
			return v, ok && v.ID != call.ID && v.State == "previewing"
		})
		agent.accept(call.ID)
		if err := agent.leg.Ear().WaitHears(h.ctx(), phone.Ringback); err != nil {
			t.Errorf("while it rings: %v", err)
		}
	}
}

func TestEarlyMediaIsHeardBeforeTheAnswer(t *testing.T) {
	h := newHouse(t, map[string]phone.Behaviour{"0001": phone.Answer().After(3 * time.Second).WithEarlyMedia(networkVoice)})
	h.open("090-1234-0001")
	agent := h.arrive(hanako)
	call := agent.record()
	agent.accept(call.ID)
	if err := agent.leg.Ear().WaitHears(h.ctx(), networkVoice); err != nil {
		t.Errorf("before the answer: %v", err)
	}
	agent.await(call.ID, "talking")
	phone.AssertHears(t, phone.WhoHears{agent.leg: {h.contact()}})
}

func TestEveryAttemptEndsInOneCallResult(t *testing.T) {
	h := newHouse(t, map[string]phone.Behaviour{
		"0486": phone.Refuse(486), "0603": phone.Refuse(603), "0404": phone.Refuse(404), "0503": phone.Refuse(503), "0480": phone.Refuse(480),
		"0001": phone.Ring(), "0002": phone.Answer().HangingUpAfter(300 * time.Millisecond), "0003": phone.Answer(),
		"0004": phone.Ring(),
	}, func(c *dialer.Config) {
		k := c.Campaigns[spring]
		k.RingTimeout = 2 * time.Second
		c.Campaigns[spring] = k
	})
	rows := []struct {
		number, result string
		act            func(agent *human, id string)
	}{
		{"090-1234-0486", "busy", nil},
		{"090-1234-0603", "rejected", nil},
		{"090-1234-0404", "invalid-number", nil},
		{"090-1234-0503", "congestion", nil},
		{"090-1234-0480", "no-answer", nil},
		{"090-1234-0001", "no-answer", nil}, // rings until the ring timeout
		{"090-1234-0002", "answered", nil},  // the contact hangs up
		{"090-1234-0003", "answered", func(agent *human, id string) {
			agent.await(id, "talking")
			_, err := h.engine.End(h.ctx(), hanako, id)
			must(t, err)
		}},
		{"090-1234-0004", "cancelled", func(agent *human, id string) {
			agent.await(id, "ringing")
			_, err := h.engine.End(h.ctx(), hanako, id)
			must(t, err)
		}},
	}
	var numbers []string
	for _, r := range rows {
		numbers = append(numbers, r.number)
	}
	h.open(numbers...)
	agent := h.arrive(hanako)
	call := agent.record()
	for i, r := range rows {
		agent.accept(call.ID)
		if r.act != nil {
			r.act(agent, call.ID)
		}
		v := agent.await(call.ID, "wrap-up")
		if err := agent.leg.Ear().WaitHears(h.ctx()); err != nil { // no ringing that nobody ends
			t.Errorf("%s: after the end: %v", r.number, err)
		}
		phone.AssertHears(t, phone.WhoHears{agent.leg: {}}, phone.Staying(2*time.Second))
		if v.Result != r.result {
			t.Errorf("%s: %s (%s), want %s", r.number, v.Result, v.Cause, r.result)
		}
		last := i == len(rows)-1
		_, err := h.engine.Done(h.ctx(), hanako, call.ID, dialer.DoneOptions{Disposition: "no-interest", Stop: last})
		must(t, err)
		record, err := h.store.Get(h.ctx(), spring, v.Record.ID)
		must(t, err)
		if n := len(record.Attempts()); n != 1 {
			t.Errorf("%s: %d attempts in the history, want 1", r.number, n)
		}
		if !last {
			call = h.notice("the next preview", func(n dialer.Notice) (dialer.CallView, bool) {
				v, ok := n.Data.(dialer.CallView)
				return v, ok && v.ID != call.ID && v.State == "previewing"
			})
		}
	}
	h.nothingLeft(keptHold, keptBooth, keptAgent)
}

func TestRejectBringsAnotherRecordAndCancelDoesNot(t *testing.T) {
	h := newHouse(t, nil)
	h.open("090-1234-0001", "090-1234-0002", "090-1234-0003")
	agent := h.arrive(hanako)
	first := agent.record()
	_, err := h.engine.Reject(h.ctx(), hanako, first.ID, "")
	must(t, err)
	second := h.notice("the next preview", func(n dialer.Notice) (dialer.CallView, bool) {
		v, ok := n.Data.(dialer.CallView)
		return v, ok && v.ID != first.ID && v.State == "previewing"
	})
	if second.Record.ID == first.Record.ID {
		t.Errorf("the rejected record came straight back")
	}
	_, err = h.engine.Cancel(h.ctx(), hanako, second.ID)
	must(t, err)
	v, err := h.engine.Agent(h.ctx(), hanako)
	must(t, err)
	if v.State != "ready" || v.CallID != "" || v.Next {
		t.Errorf("after cancel: %+v, want ready without a call", v)
	}
	counts, err := h.store.Counts(h.ctx(), spring)
	must(t, err)
	if counts.Ready != 3 || counts.Out != 0 {
		t.Errorf("%d records waiting and %d out, want 3 and 0", counts.Ready, counts.Out)
	}
}

func TestCommandsInTheWrongState(t *testing.T) {
	h := newHouse(t, map[string]phone.Behaviour{"0001": phone.Answer()})
	h.open("090-1234-0001")
	agent := h.arrive(hanako)
	call := agent.record()

	refused := func(what string, code dialer.Code, err error) {
		t.Helper()
		var got *dialer.Error
		if !errors.As(err, &got) || got.Code != code {
			t.Errorf("%s: %v, want %s", what, err, code)
		}
	}
	_, err := h.engine.End(h.ctx(), hanako, call.ID)
	refused("end of a preview", dialer.CodeWrongState, err)
	_, err = h.engine.GetRecord(h.ctx(), hanako, spring)
	refused("a second record", dialer.CodeWrongState, err)
	_, err = h.engine.GetRecord(h.ctx(), hanako, "winter")
	refused("an unknown campaign", dialer.CodeUnknownCampaign, err)
	_, err = h.engine.Accept(h.ctx(), hanako, call.ID, "+81300000000")
	refused("a number of somebody else's", dialer.CodeUnknownNumber, err)
	refused("sign-out with a call", dialer.CodeWrongState, h.engine.SignOut(h.ctx(), hanako))

	agent.accept(call.ID)
	agent.await(call.ID, "talking")
	_, err = h.engine.Accept(h.ctx(), hanako, call.ID, "")
	refused("accepting twice", dialer.CodeWrongState, err)
	_, err = h.engine.Done(h.ctx(), hanako, call.ID, dialer.DoneOptions{})
	refused("done without a disposition", dialer.CodeDispositionRequired, err)
	_, err = h.engine.SetDisposition(h.ctx(), hanako, call.ID, "nonsense")
	refused("an unknown disposition", dialer.CodeUnknownDisposition, err)

	// Done on a live call ends it first.
	v, err := h.engine.Done(h.ctx(), hanako, call.ID, dialer.DoneOptions{Disposition: "sale"})
	must(t, err)
	if v.State != "closed" || v.Result != "answered" {
		t.Errorf("after done: %s, %s; want closed, answered", v.State, v.Result)
	}
	_, err = h.engine.Call(h.ctx(), hanako, call.ID)
	refused("a closed call", dialer.CodeUnknownCall, err)
}
