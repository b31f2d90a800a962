//go:build integration

package dialer_test

import (
	"encoding/binary"
	"math"
	"testing"
	"time"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/hours"
	"github.com/hasshin/hasshin/internal/phone"
)

// messageVoice is what the message to an abandoned contact says.
var messageVoice = phone.VoiceAt(4)

// message is the file of the message: a second of messageVoice.
func message() map[string]string {
	var raw []byte
	for i := range 8000 {
		raw = binary.LittleEndian.AppendUint16(raw, uint16(int16(4000*math.Sin(2*math.Pi*float64(messageVoice)*float64(i)/8000))))
	}
	return map[string]string{"/usr/share/asterisk/sounds/en/hasshin-sorry.sln": string(raw)}
}

// dials lets the house's campaign dial by itself, at any hour.
func dials(mode campaign.Mode) func(*dialer.Config) {
	return func(c *dialer.Config) {
		k := c.Campaigns[spring]
		k.Mode, k.Dialing.AbandonMessage, k.Hours.Profile = mode, "sound:hasshin-sorry", hours.ProfileUnrestricted
		c.Campaigns[spring] = k
	}
}

// talking waits until the agent has a contact on the line.
func (w *human) talking() dialer.CallView {
	w.h.t.Helper()
	return w.h.notice("a contact for "+w.id, func(n dialer.Notice) (dialer.CallView, bool) {
		v, ok := n.Data.(dialer.CallView)
		return v, ok && n.Agent == w.id && v.State == "talking"
	})
}

func TestProgressiveByEar(t *testing.T) {
	h := newHouseWith(t, message(), map[string]phone.Behaviour{
		"0001": phone.Refuse(486), "0002": phone.Answer().After(time.Second), "0003": phone.Ring(),
	}, dials(campaign.ModeProgressive))
	h.open("090-1234-0001", "090-1234-0002", "090-1234-0003")
	agent := h.arrive(hanako)
	contact := h.contact()
	for contact.Number() != "+819012340002" { // the busy one comes first
		contact = h.contact()
	}
	if contact.From() != "+81312345678" {
		t.Errorf("the contact sees %q, want the caller id of the trunk", contact.From())
	}
	must(t, contact.WaitAnswered(h.ctx()))
	heard, err := contact.Ear().WaitHeard(h.ctx(), agentVoice, contact.AnsweredAt())
	must(t, err)
	t.Logf("the contact hears the agent %s after the answer", heard.Sub(contact.AnsweredAt()))
	v := agent.talking()
	phone.AssertHears(t, phone.WhoHears{agent.leg: {contact}, contact: {agent.leg}})

	// It is a call like any other.
	_, err = h.engine.Hold(h.ctx(), hanako, v.ID)
	must(t, err)
	phone.AssertHears(t, phone.WhoHears{agent.leg: {}, contact: {phone.Music}})
	_, err = h.engine.Resume(h.ctx(), hanako, v.ID)
	must(t, err)
	phone.AssertHears(t, phone.WhoHears{agent.leg: {contact}, contact: {agent.leg}})
	must(t, contact.Hangup(h.ctx()))
	agent.await(v.ID, "wrap-up")
	h.nothingLeft(keptHold, keptBooth, keptAgent)
	_, err = h.engine.Done(h.ctx(), hanako, v.ID, dialer.DoneOptions{Disposition: "sale"})
	must(t, err)

	// The next one answers when nobody is ready: the message within the connect limit, then the end.
	contact = h.contact()
	must(t, contact.WaitRinging(h.ctx()))
	_, err = h.engine.SetNotReady(h.ctx(), hanako, "break")
	must(t, err)
	must(t, contact.Answer(h.ctx()))
	told, err := contact.Ear().WaitHeard(h.ctx(), messageVoice, contact.AnsweredAt())
	must(t, err)
	if after := told.Sub(contact.AnsweredAt()); after < 1900*time.Millisecond || after > 2500*time.Millisecond {
		t.Errorf("the message begins %s after the answer, want 2s", after)
	}
	_, err = contact.WaitEnd(h.ctx())
	must(t, err)
	h.nothingLeft(keptHold, keptBooth, keptAgent)
	want := map[string]int64{"busy": 1, "answered": 1, "abandoned": 1}
	var counts campaign.Counts
	asterisktest.Eventually(t, patience, func() bool {
		counts, err = h.store.Counts(h.ctx(), spring)
		return err == nil && counts.Closed == 1 && counts.Waiting == 2
	}, "the answered contact is closed, and the two others wait to be dialed again")
	for result, n := range want {
		if counts.Results[result] != n || len(counts.Results) != len(want) {
			t.Errorf("results %v, want %v", counts.Results, want)
			break
		}
	}
}

// The process ends while one contact's phone rings; the next process puts that contact to the agent.
func TestAPlacedCallOutlivesItsProcess(t *testing.T) {
	h := newHouseWith(t, message(), map[string]phone.Behaviour{"0001": phone.Ring()}, dials(campaign.ModeProgressive))
	h.journal = dialer.NewRedisJournal(h.rdb)
	h.open("090-1234-0001")
	who := h.arrive(hanako)
	contact := h.contact()
	must(t, contact.WaitRinging(h.ctx()))
	h.stop()
	h.start()
	must(t, contact.Answer(h.ctx()))
	v := who.talking()
	phone.AssertHears(t, phone.WhoHears{who.leg: {contact}, contact: {who.leg}})
	a, err := h.engine.Agent(h.ctx(), hanako)
	must(t, err)
	if a.State != string(agent.OnCall) || a.CallID != v.ID {
		t.Errorf("the agent is %s with call %q, want on-call with %s", a.State, a.CallID, v.ID)
	}
	must(t, contact.Hangup(h.ctx()))
	agentDone(t, h, v.ID)
}

func agentDone(t *testing.T, h *house, id string) {
	t.Helper()
	asterisktest.Eventually(t, patience, func() bool {
		_, err := h.engine.Done(h.ctx(), hanako, id, dialer.DoneOptions{Disposition: "sale", Stop: true})
		return err == nil
	}, "the call is done")
}
