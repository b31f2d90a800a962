//go:build integration

package dialer_test

import (
	"testing"
	"time"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/internal/phone"
)

var beepVoice = phone.VoiceAt(5)

// says lets a contact make a sound for so long, and then be silent: AMD() goes by how long sounds last.
func (h *house) says(c *phone.Call, voice phone.Voice, long time.Duration) (until time.Time) {
	h.t.Helper()
	_, err := c.Say(h.ctx(), voice)
	must(h.t, err)
	time.Sleep(long)
	until, err = c.Say(h.ctx(), phone.Silence)
	must(h.t, err)
	return until
}

// A machine is left the message behind its beep and never meets the agent; a person who says hello does.
func TestMachinesByEar(t *testing.T) {
	quiet := phone.Answer().Saying(phone.Silence)
	h := newHouseWith(t, message(), map[string]phone.Behaviour{"0001": quiet, "0002": quiet}, dials(campaign.ModeProgressive), func(c *dialer.Config) {
		k := c.Campaigns[spring]
		k.Machines.Detection, k.Machines.Message, k.Machines.GreetingPause = campaign.DetectionAsterisk, "sound:hasshin-sorry", 1200*time.Millisecond
		c.Campaigns[spring] = k
	})
	h.open("090-1234-0001", "090-1234-0002")
	who := h.arrive(hanako)
	answers := func() *phone.Call {
		c := h.contact()
		must(t, c.WaitAnswered(h.ctx()))
		return c
	}
	machine := answers()
	h.says(machine, contactVoice, 3*time.Second) // the greeting
	time.Sleep(600 * time.Millisecond)
	beeped := h.says(machine, beepVoice, 400*time.Millisecond)
	told, err := machine.Ear().WaitHeard(h.ctx(), messageVoice, machine.AnsweredAt())
	must(t, err)
	if after := told.Sub(beeped); after < 0 {
		t.Errorf("the message begins %s before the beep is over", -after)
	} else {
		t.Logf("the message begins %s after the beep", after.Round(time.Millisecond))
	}
	_, err = machine.WaitEnd(h.ctx())
	must(t, err)
	if _, heard := machine.Ear().FirstHeard(agentVoice, machine.AnsweredAt()); heard {
		t.Error("the machine heard the agent")
	}

	person := answers()
	hello := h.says(person, contactVoice, 400*time.Millisecond)
	heard, err := person.Ear().WaitHeard(h.ctx(), agentVoice, person.AnsweredAt())
	must(t, err)
	t.Logf("the person hears the agent %s after hello", heard.Sub(hello).Round(time.Millisecond))
	v := who.talking()
	_, err = person.Say(h.ctx(), contactVoice)
	must(t, err)
	phone.AssertHears(t, phone.WhoHears{who.leg: {person}, person: {who.leg}})
	must(t, person.Hangup(h.ctx()))
	agentDone(t, h, v.ID)
	asterisktest.Eventually(t, patience, func() bool {
		counts, err := h.store.Counts(h.ctx(), spring)
		return err == nil && counts.Results["message-left"] == 1 && counts.Results["answered"] == 1
	}, "one machine and one answer are counted")
}
