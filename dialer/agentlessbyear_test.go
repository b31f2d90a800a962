//go:build integration

package dialer_test

import (
	"errors"
	"testing"
	"time"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/internal/phone"
)

// A contact hears the announcement; one presses for an agent and talks to one, one wants no more calls, one only listens.
func TestAgentlessByEar(t *testing.T) {
	h := newHouseWith(t, message(), map[string]phone.Behaviour{"0001": phone.Answer(), "0002": phone.Answer(), "0003": phone.Answer()},
		dials(campaign.ModeAgentless), func(c *dialer.Config) {
			k := c.Campaigns[spring]
			k.Agentless = campaign.AgentlessConfig{Calls: 3, Announcement: "sound:hasshin-sorry", AnswerTime: 5 * time.Second, AgentDigit: "1", DoNotCallDigit: "9"}
			c.Campaigns[spring] = k
		})
	h.fill("090-1234-0001", "090-1234-0002", "090-1234-0003")
	h.start()
	contacts := map[string]*phone.Call{}
	for range 3 {
		c := h.contact()
		contacts[c.Number()] = c
	}
	who := h.arrive(hanako)
	for number, digit := range map[string]string{"+819012340001": "1", "+819012340002": "9"} {
		c := contacts[number]
		must(t, c.WaitAnswered(h.ctx()))
		_, err := c.Ear().WaitHeard(h.ctx(), messageVoice, c.AnsweredAt())
		must(t, err)
		if err := c.SendDTMF(h.ctx(), digit); !errors.Is(err, phone.ErrEnded) { // nine ends the call while the phone still pauses behind it
			must(t, err)
		}
	}
	v := who.talking()
	talker := contacts["+819012340001"]
	phone.AssertHears(t, phone.WhoHears{who.leg: {talker}, talker: {who.leg}})
	for _, number := range []string{"+819012340002", "+819012340003"} {
		c := contacts[number]
		_, err := c.WaitEnd(h.ctx())
		must(t, err)
		if _, heard := c.Ear().FirstHeard(messageVoice, c.AnsweredAt()); !heard {
			t.Errorf("%s did not hear the announcement", c)
		}
		if _, heard := c.Ear().FirstHeard(agentVoice, c.AnsweredAt()); heard {
			t.Errorf("%s heard the agent", c)
		}
	}
	must(t, talker.Hangup(h.ctx()))
	agentDone(t, h, v.ID)
	asterisktest.Eventually(t, patience, func() bool {
		counts, err := h.store.Counts(h.ctx(), spring)
		return err == nil && counts.Closed == 3 && counts.Results["answered"] == 3
	}, "three answers are counted")
	blocked, err := h.store.DoNotCall().Look(h.ctx(), spring, "", []string{"+819012340001", "+819012340002", "+819012340003"})
	must(t, err)
	if _, on := blocked.Numbers["+819012340002"]; !on || len(blocked.Numbers) != 1 {
		t.Errorf("on the do-not-call list: %v, want +819012340002 alone", blocked.Numbers)
	}
}
