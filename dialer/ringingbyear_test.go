//go:build integration

package dialer_test

import (
	"context"
	"testing"
	"time"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/internal/phone"
)

// The network takes four seconds to find the contact, whose phone then rings for the 15 seconds that the law wants (47 CFR 64.1200(a)(6)), as the
// phone itself counts them, and not much longer.
func TestAPlacedCallRingsForAsLongAsTheLawWants(t *testing.T) {
	const least = 15 * time.Second
	h := newHouseWith(t, message(), map[string]phone.Behaviour{"0001": phone.Ring().Late(4 * time.Second)}, dials(campaign.ModeProgressive), func(c *dialer.Config) {
		k := c.Campaigns[spring]
		k.RingTimeout = least
		c.Campaigns[spring] = k
	})
	h.open("090-1234-0001")
	h.arrive(hanako)
	contact := h.contact()
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	_, err := contact.WaitEnd(ctx)
	must(t, err)
	rang := time.Since(contact.RingingAt())
	t.Logf("it rang for %s", rang)
	if contact.RingingAt().IsZero() || rang < least || rang > least+2*time.Second {
		t.Errorf("it rang for %s, want %s", rang, least)
	}
	asterisktest.Eventually(t, patience, func() bool {
		counts, err := h.store.Counts(h.ctx(), spring)
		return err == nil && counts.Results["no-answer"] == 1 && counts.Waiting == 1
	}, "it was not answered, and is dialed again later")
}
