package campaign

import (
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/dialer/hours"
)

func TestMistakesInAnAnnouncementAreNamed(t *testing.T) {
	c := Defaults()
	c.Trunk, c.Mode, c.Hours.Profile, c.List.Region = "carrier", ModeAgentless, hours.ProfileUnrestricted, "JP"
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "agentless.announcement: is required") || strings.Contains(err.Error(), "abandon_message") {
		t.Errorf("nothing to announce: %v", err)
	}
	a := &c.Agentless
	a.Announcement, a.Calls, a.AnswerTime, a.AgentDigit, a.DoNotCallDigit = "tone:ring", 0, time.Hour, "12", "12"
	said := c.Validate().Error()
	for _, want := range []string{
		`agentless.announcement: "tone:ring" is not a sound`, "agentless.calls: 0 is out of range", "agentless.answer_time: 1h0m0s is out of range",
		`agentless.agent_digit: "12" is not a digit`, `agentless.do_not_call_digit: "12" is the agent_digit already`, "dialing.abandon_message: is required",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("no word of %q in:\n%s", want, said)
		}
	}
	c.Agentless, c.Dialing.AbandonMessage = AgentlessConfig{Calls: 1, Announcement: "sound:news", AgentDigit: "1", DoNotCallDigit: "*"}, "sound:sorry"
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
}
