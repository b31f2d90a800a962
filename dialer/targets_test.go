//go:build integration

package dialer_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/directory"
	"github.com/hasshin/hasshin/internal/phone"
)

func TestTargetsAreFoundReachedAndRemembered(t *testing.T) {
	h := newHouse(t, map[string]phone.Behaviour{"0001": phone.Answer(), "0007": phone.Answer().Saying(targetVoice)}, withTaro, func(c *dialer.Config) {
		colleague := c.Agents[taro]
		colleague.Name, colleague.Reading = "山口 太郎", "ヤマグチ タロウ"
		c.Agents[taro] = colleague
		c.Directory.Entries = []directory.Entry{{Name: "Partner", Number: outside, Group: "Offices"}}
		c.Directory.Outside.PerMinute = 2
	})
	h.open()
	h.chains("佐藤 一郎,090-1234-0001,03-1234-0002,\n")
	agent := h.arrive(hanako)
	h.arrive(taro)

	search := func(call, text string) []dialer.TargetView {
		t.Helper()
		found, err := h.engine.SearchTargets(h.ctx(), hanako, call, text, 0)
		must(t, err)
		return found
	}
	one := func(call, text string) dialer.TargetView {
		t.Helper()
		found := search(call, text)
		if len(found) != 1 {
			t.Fatalf("%q finds %+v, want one target", text, found)
		}
		return found[0]
	}
	if v := one("", "やまぐち"); v.Kind != "agent" || v.ID != taro || v.State != "ready" || !v.Available || !slices.Equal(v.Groups, []string{"sales"}) {
		t.Errorf("the colleague: %+v, want ready", v)
	}
	if found := search("", "佐藤"); len(found) != 0 {
		t.Errorf("without a call the contact's numbers are found: %+v", found)
	}

	call := agent.record()
	agent.accept(call.ID)
	agent.await(call.ID, "talking")
	if found := search(call.ID, "佐藤"); len(found) != 2 || !found[0].Contact || found[0].Refused != "" {
		t.Errorf("the contact's numbers: %+v", found)
	}
	if v := one(call.ID, "+44 20 7946 0123"); v.Number != "+442079460123" || v.Refused != "forbidden" || v.Available {
		t.Errorf("a number abroad: %+v, want it refused for want of the privilege", v)
	}
	_, err := h.engine.SearchTargets(h.ctx(), taro, call.ID, "", 0)
	wantRefused(t, "looking at a colleague's call", err, dialer.CodeNotYourCall)

	// Reached, it is remembered.
	if v := one(call.ID, "partner"); v.Number != outside || v.UsedAt != nil || v.Refused != "" {
		t.Errorf("before it was used: %+v", v)
	}
	v, err := h.engine.StartConference(h.ctx(), hanako, call.ID, to(dialer.TargetNumber, outside))
	must(t, err)
	if !slices.ContainsFunc(v.Parties, func(p dialer.PartyView) bool { return p.Name == "Partner" }) {
		t.Errorf("parties %+v, want the partner by name", v.Parties)
	}
	agent.await(call.ID, "conference")
	asterisktest.Eventually(t, patience, func() bool { return one(call.ID, "partner").UsedAt != nil }, "the partner was used lately")
	must(t, h.engine.SetFavouriteTarget(h.ctx(), hanako, to(dialer.TargetAgent, taro), true))
	if found := search(call.ID, ""); found[0].ID != taro || !found[0].Favourite || found[1].Number != outside {
		t.Errorf("an empty search begins with %+v, want the favourite and what was used", found[:2])
	}
	wantRefused(t, "oneself as a favourite", h.engine.SetFavouriteTarget(h.ctx(), hanako, to(dialer.TargetAgent, hanako), true), dialer.CodeUnknownTarget)
	must(t, h.engine.SetFavouriteTarget(h.ctx(), hanako, to(dialer.TargetAgent, taro), false))
	if v := one(call.ID, "やまぐち"); v.Favourite {
		t.Errorf("still a favourite: %+v", v)
	}

	// What the contact does not want to be called on any more shows there, too.
	_, err = h.engine.DoNotCall(h.ctx(), hanako, call.ID, dialer.DoNotCallNumber)
	must(t, err)
	if v := one(call.ID, "090-1234-0001"); v.Refused != string(dialer.CodeDoNotCall) {
		t.Errorf("the blocked number: %+v", v)
	}
	_, err = h.engine.Done(h.ctx(), hanako, call.ID, dialer.DoneOptions{Disposition: "sale", Stop: true})
	must(t, err)
	h.nothingLeft(keptHold, keptBooth, keptAgent)
}

func TestGuardOnOutsideNumbers(t *testing.T) {
	const forbiddenPrefix, british = "+81570012345", "+442079460123"
	h := newHouse(t, map[string]phone.Behaviour{"0001": phone.Answer(), "0002": phone.Refuse(486), "0007": phone.Refuse(486)}, func(c *dialer.Config) {
		c.Directory.Outside.ForbiddenPrefixes = []string{"+81570"}
		c.Directory.Outside.PerMinute = 2
		a := c.Agents[hanako]
		a.Role = "admin" // may dial whatever the guard lets pass
		c.Agents[hanako] = a
	})
	h.open()
	h.chains("Aoi,090-1234-0001,03-1234-0002,\n")
	agent := h.arrive(hanako)
	call := agent.record()
	agent.accept(call.ID)
	agent.await(call.ID, "talking")
	invite := func(number string) error {
		_, err := h.engine.StartConference(h.ctx(), hanako, call.ID, to(dialer.TargetNumber, number))
		if err == nil {
			asterisktest.Eventually(t, patience, func() bool { // everybody is busy
				v, err := h.engine.Call(h.ctx(), hanako, call.ID)
				must(t, err)
				return v.State == "talking"
			}, "the call is back to two")
		}
		return err
	}
	wantRefused(t, "a number abroad", invite(british), dialer.CodeNumberNotAllowed)
	wantRefused(t, "a premium-rate number", invite("+81990504123"), dialer.CodeNumberNotAllowed)
	wantRefused(t, "a forbidden prefix", invite(forbiddenPrefix), dialer.CodeNumberNotAllowed)
	wantRefused(t, "no number", invite("110"), dialer.CodeUnknownTarget)
	found, err := h.engine.SearchTargets(h.ctx(), hanako, call.ID, british, 5)
	must(t, err)
	var refused []string
	for _, v := range found {
		refused = append(refused, v.Refused)
	}
	if diff := cmp.Diff([]string{string(dialer.CodeNumberNotAllowed)}, refused); diff != "" {
		t.Errorf("how the search shows a number abroad (-want +got):\n%s", diff)
	}

	began := time.Now()
	must(t, invite(outside))
	must(t, invite(outside))
	wantRefused(t, "a third one within a minute", invite(outside), dialer.CodeTooManyOutsideCalls)
	must(t, invite("+81312340002")) // a number of the record is none of the guard's business
	if took := time.Since(began); took > time.Minute {
		t.Fatalf("this took %s: the limit proves nothing", took)
	}
}
