//go:build integration

package dialer_test

import (
	"testing"
	"time"

	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/callerid"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/treatment"
	"github.com/hasshin/hasshin/internal/phone"
)

// What contacts' phones are shown (SIP From): a number of their own area where there is one, others in turn, and to who is called again the same.
func TestCallerIDsOnTheLine(t *testing.T) {
	const tokyo, tokyo2, osaka, free = "+81312345671", "+81312345672", "+81661234567", "+81120123456"
	h := newHouseWith(t, message(), map[string]phone.Behaviour{
		"0001": phone.Refuse(486), "0002": phone.Refuse(486), "0003": phone.Refuse(486), "0004": phone.Refuse(486), "0005": phone.Refuse(486),
	}, dials(campaign.ModeProgressive), func(c *dialer.Config) {
		c.CallerIDs = map[string]callerid.Group{"japan": {
			Rule: callerid.RoundRobin, Numbers: []string{tokyo, tokyo2, osaka}, LocalPresence: true, Default: free,
		}}
		k := c.Campaigns[spring]
		k.CallerIDGroup = "japan"
		k.Treatment.Results = map[call.Result]treatment.Rule{call.Busy: {RetryAfter: []time.Duration{time.Second}}}
		c.Campaigns[spring] = k
	})
	h.open("06-6123-0001", "03-3456-0002", "090-1234-0003", "03-3456-0004", "03-3456-0005")
	h.arrive(hanako)
	first := map[string]string{}
	for len(first) < 5 {
		c := h.contact()
		if before, again := first[c.Number()]; again && c.From() != before {
			t.Errorf("%s was shown %s, then %s", c.Number(), before, c.From())
		}
		first[c.Number()] = c.From()
	}
	for number, want := range map[string]string{
		"+81661230001": osaka, "+81334560002": tokyo, "+819012340003": free, "+81334560004": tokyo2, "+81334560005": tokyo,
	} {
		if first[number] != want {
			t.Errorf("%s was shown %s, want %s", number, first[number], want)
		}
	}
	for again := 0; again < 3; {
		c := h.contact()
		if c.From() != first[c.Number()] {
			t.Errorf("%s was shown %s, then %s", c.Number(), first[c.Number()], c.From())
		}
		again++
	}
}
