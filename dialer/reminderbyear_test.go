//go:build integration

package dialer_test

import (
	"testing"
	"time"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/audio"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/internal/phone"
)

// TestAgentsAreRemindedOfAHold listens through a hold of several reminders, and on after it.
func TestAgentsAreRemindedOfAHold(t *testing.T) {
	const every, reminders = time.Second, 3
	h := newTonesHouse(t, func(c *dialer.Config) { c.HoldReminder = every })
	agent, contact, id := h.talking()
	reminder := pitchOf[audio.HoldReminder]

	began := time.Now()
	_, err := h.engine.Hold(h.ctx(), hanako, id)
	must(t, err)
	last := began
	for n := range reminders {
		at, err := agent.leg.Ear().WaitHeard(h.ctx(), reminder, last.Add(every/2))
		if err != nil {
			t.Fatalf("reminder %d: %v", n+1, err)
		}
		last = at
	}
	if took := last.Sub(began); took < reminders*every || took > (reminders+1)*every { // up to one late, on a busy machine
		t.Errorf("%d reminders are heard within %v, want %v", reminders, took, reminders*every)
	}
	if _, heard := contact.Ear().FirstHeard(phone.Music, began); !heard {
		t.Error("the contact hears no music")
	}
	asterisktest.Eventually(t, patience, func() bool {
		return agent.leg.Ear().Between(time.Now().Add(-100*time.Millisecond), time.Time{}).Longest[reminder] == 0
	}, "the last reminder is over")
	_, err = h.engine.Resume(h.ctx(), hanako, id)
	must(t, err)
	resumed := time.Now()
	_, err = agent.leg.Ear().WaitHeard(h.ctx(), pitchOf[audio.Retrieved], resumed.Add(-every/2))
	must(t, err)
	must(t, agent.leg.Ear().WaitHears(h.ctx(), contactVoice)) // the tone of the resume is over
	phone.AssertHears(t, phone.WhoHears{agent.leg: {contact}, contact: {agent.leg}}, phone.Staying(every+every/2))
	if at, heard := agent.leg.Ear().FirstHeard(reminder, resumed.Add(every/2)); heard {
		t.Errorf("the agent is reminded %v after the resume", at.Sub(resumed))
	}
	if at, heard := contact.Ear().FirstHeard(reminder, time.Time{}); heard {
		t.Errorf("the contact hears a reminder %v after the hold", at.Sub(began))
	}
}
