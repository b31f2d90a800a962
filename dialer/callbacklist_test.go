package dialer

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// shelf lists promises as a store does, by due time or by the time of their end.
type shelf []*callback.Promise

func (s *shelf) list(f campaign.Filter) ([]*callback.Promise, error) {
	var found []*callback.Promise
	for _, p := range *s {
		at := p.Due
		if f.Ended {
			at = p.Since
		}
		if !at.Before(f.From) {
			found = append(found, p)
		}
	}
	found = found[min(int(f.Offset), len(found)):]
	return found[:min(int(f.Limit), len(found))], nil
}

func TestAListInPagesLosesAndRepeatsNothing(t *testing.T) {
	start := time.Now().Truncate(time.Millisecond)
	for _, ended := range []bool{false, true} {
		var s shelf
		var want []string
		for i, minute := range []int{0, 0, 0, 0, 0, 1, 2, 2, 3} { // five at one time are more than a page
			p := &callback.Promise{ID: string(rune('a' + i)), Due: start.Add(time.Duration(minute) * time.Minute)}
			if p.Since = p.Due; ended {
				p.Due = start
			}
			s, want = append(s, p), append(want, p.ID)
		}
		var got []string
		for p, err := range paged(campaign.Filter{Ended: ended, Limit: 2}, map[string]bool{}, s.list) {
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, p.ID); p.ID == "f" && !ended {
				s = s[5:] // what was read ends meanwhile
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("ended %v: %v, want %v", ended, got, want)
		}
	}
}

func TestAnErrorEndsAListInPages(t *testing.T) {
	away := errors.New("away")
	n := 0
	for _, err := range paged(campaign.Filter{Limit: 2}, map[string]bool{}, func(campaign.Filter) ([]*callback.Promise, error) { return nil, away }) {
		if n++; !errors.Is(err, away) || n > 1 {
			t.Fatalf("%d: %v", n, err)
		}
	}
	if n != 1 {
		t.Errorf("told %d times", n)
	}
}

func TestTheLedgerHasOpenAndEndedCallbacksForThoseWhoManageThem(t *testing.T) {
	s := newShift(t, func(c *Config) {
		a := c.Agents["yuki"]
		a.Role = agent.RoleSupervisor
		c.Agents["yuki"] = a
	})
	s.arrive("hanako")
	s.promised("hanako", in(time.Hour, callback.Personal))
	old := s.only().ID
	handed, err := s.engine.HandOverCallback(s.ctx(), "hanako", rigCampaign, old, "")
	s.must(err)

	var refused *Error
	if _, err := s.engine.CallbackLedger(s.ctx(), "hanako", rigCampaign, time.Time{}, time.Time{}); !errors.As(err, &refused) || refused.Privilege != agent.ManageCallbacks {
		t.Errorf("hanako reads it: %v", err)
	}
	ledger, err := s.engine.CallbackLedger(s.ctx(), "yuki", "", time.Time{}, time.Time{})
	s.must(err)
	var all []PromiseView
	for p, err := range ledger {
		s.must(err)
		all = append(all, p)
	}
	if len(all) != 2 || all[0].ID != handed.ID || all[1].ID != old || all[1].State != "handed-over" {
		t.Fatalf("ledger %+v", all)
	}
	last := all[1].Ledger[len(all[1].Ledger)-1]
	if last.Kind != "handed-over" || last.By != "hanako" || last.Text != handed.ID || all[0].Ledger[0].Kind != "made" {
		t.Errorf("ledgers %+v, %+v", all[0].Ledger, all[1].Ledger)
	}

	ended := CallbackQuery{Scope: CallbacksEnded, Limit: 1}
	if mine, err := s.engine.Callbacks(s.ctx(), "hanako", ended); err != nil || len(mine) != 1 || mine[0].ID != old {
		t.Errorf("hanako's ended ones: %+v, %v", mine, err)
	}
	if late, err := s.engine.Callbacks(s.ctx(), "hanako", CallbackQuery{Scope: CallbacksOverdue}); err != nil || len(late) > 0 {
		t.Errorf("overdue: %+v, %v", late, err)
	}
	views, err := s.engine.Campaigns(s.ctx(), "hanako")
	s.must(err)
	if v := views[0]; v.Promised != 1 || v.Finished != 0 || v.Callback.Kind != "personal" || v.Callback.Horizon != 90*24*3600 || v.Callback.Slot != 15 {
		t.Errorf("campaign %+v", v)
	}
}
