package desk_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/history"
)

// PastCalls has five calls, and notes what was asked for.
func (f *fakeEngine) PastCalls(ctx context.Context, _ string, q history.Query) ([]history.PastCall, error) {
	if err := f.command(ctx, fmt.Sprintf("past %s after %q, %d of %s", q.Campaign, q.After, q.Limit, q.Agent)); err != nil {
		return nil, err
	}
	return slices.Repeat([]history.PastCall{examplePast}, min(5, q.Limit)), nil
}

// DayFigures has one day of two agents, for ranges that are such.
func (f *fakeEngine) DayFigures(ctx context.Context, id, campaign, from, to string) ([]history.DayFigures, error) {
	if to != "" && from > to {
		return nil, fmt.Errorf("%s to %s: %w", from, to, history.ErrBadDate)
	}
	return []history.DayFigures{{
		Campaign: campaign, Date: "2026-04-01", Figures: history.Figures{Attempts: 3}, Agents: map[string]history.Figures{"hanako": {Calls: 2}, "taro": {Calls: 1}},
	}}, f.command(ctx, fmt.Sprintf("figures %s of %s, %q to %q", id, campaign, from, to))
}

// FindContacts has two contacts of whatever is looked for.
func (f *fakeEngine) FindContacts(ctx context.Context, id, campaign, text string, limit int) ([]dialer.ContactView, error) {
	return []dialer.ContactView{{Campaign: "spring", Record: "a/b c"}, {Campaign: "spring", Record: "r2"}}, f.command(ctx, fmt.Sprintf("find %s in %q %q %d", id, campaign, text, limit))
}

// Timeline has one entry.
func (f *fakeEngine) Timeline(ctx context.Context, id, campaign, record, after string, limit int) (dialer.TimelineView, error) {
	return dialer.TimelineView{Entries: []dialer.TimelineEntry{{ID: "1-note-2", Kind: "note"}}}, f.command(ctx, fmt.Sprintf("timeline %s of %q in %s after %q, %d", id, record, campaign, after, limit))
}

// CallTimeline has none.
func (f *fakeEngine) CallTimeline(ctx context.Context, id, call, after string, limit int) (dialer.TimelineView, error) {
	return dialer.TimelineView{}, f.command(ctx, fmt.Sprintf("timeline %s of call %s after %q, %d", id, call, after, limit))
}

var examplePast = history.PastCall{ID: "1775005330000-0", Call: "c1", Campaign: "spring", Record: "r1", Attempt: 1, Last: true, Result: "busy"}

func TestTheHistoryIsToldInPages(t *testing.T) {
	h := open(t)
	c := h.signedIn("sumire")
	for limit, want := range map[int]api.PastCalls{3: {Calls: make([]history.PastCall, 3), More: true}, 5: {Calls: make([]history.PastCall, 5)}} {
		r := h.send("GET", fmt.Sprintf("/api/v1/campaigns/spring/calls?limit=%d&agent=hanako&after=17-3", limit), "", bearer(c)...)
		var got api.PastCalls
		if err := json.Unmarshal([]byte(r.body), &got); err != nil || r.status != 200 {
			t.Fatalf("%d %s: %v", r.status, r.body, err)
		}
		if len(got.Calls) != len(want.Calls) || got.More != want.More || got.Calls[0].Result != "busy" {
			t.Errorf("limit %d: %+v", limit, got)
		}
		if asked := fmt.Sprintf("past spring after %q, %d of hanako", "17-3", limit+1); !slices.Contains(h.engine.done(), asked) {
			t.Errorf("the engine was asked %q, want %q", h.engine.done(), asked)
		}
	}
	for path, status := range map[string]int{"?after=last": 400, "?limit=0": 400, "?from=yesterday": 400} {
		if r := h.send("GET", "/api/v1/campaigns/spring/calls"+path, "", bearer(c)...); r.status != status {
			t.Errorf("%s: %d %s, want %d", path, r.status, r.body, status)
		}
	}
	if r := h.send("GET", "/api/v1/campaigns/spring/calls", "", bearer(h.signedIn("hanako"))...); r.status != 403 {
		t.Errorf("an agent without the privilege: %d %s", r.status, r.body)
	}
}

func TestTheFiguresOfDaysAreToldOfCampaignsAndAgents(t *testing.T) {
	h := open(t)
	c := h.signedIn("sumire")
	all := must(c.DayFigures(h.ctx(), "spring", "2026-04-01", "2026-04-30"))(t)
	if len(all.Days) != 1 || all.Days[0].Attempts != 3 || len(all.Days[0].Agents) != 2 {
		t.Errorf("%+v", all)
	}
	if asked := `figures sumire of spring, "2026-04-01" to "2026-04-30"`; !slices.Contains(h.engine.done(), asked) {
		t.Errorf("the engine was asked %q, want %q", h.engine.done(), asked)
	}
	r := h.send("GET", "/api/v1/campaigns/spring/figures?agent=taro", "", bearer(c)...)
	var one api.CampaignFigures
	if err := json.Unmarshal([]byte(r.body), &one); err != nil || len(one.Days) != 1 || len(one.Days[0].Agents) != 1 || one.Days[0].Agents["taro"].Calls != 1 {
		t.Errorf("of one agent: %d %s: %v", r.status, r.body, err)
	}
	for query, status := range map[string]int{"?from=2026-04-02&to=2026-04-01": 400, "?from=yesterday": 400, "?from=2026-4-1": 400} {
		if r := h.send("GET", "/api/v1/campaigns/spring/figures"+query, "", bearer(c)...); r.status != status {
			t.Errorf("%s: %d %s, want %d", query, r.status, r.body, status)
		}
	}
	if r := h.send("GET", "/api/v1/campaigns/spring/figures", "", bearer(h.signedIn("hanako"))...); r.status != 403 {
		t.Errorf("an agent without the privilege: %d %s", r.status, r.body)
	}
}

func TestContactsAreFoundAndTheirTimelineTold(t *testing.T) {
	h := open(t)
	c := h.signedIn("sumire")
	found := must(c.FindContacts(h.ctx(), "", "やまだ ta"))(t)
	if len(found.Contacts) != 2 || found.Contacts[0].Numbers == nil {
		t.Errorf("%s", text(found))
	}
	v := must(c.ContactTimeline(h.ctx(), "spring", found.Contacts[0].Record, "5-note-1", 7))(t)
	if len(v.Entries) != 1 || v.Contact.Numbers == nil {
		t.Errorf("%s", text(v))
	}
	for _, asked := range []string{`find sumire in "" "やまだ ta" 20`, `timeline sumire of "a/b c" in spring after "5-note-1", 7`} {
		if !slices.Contains(h.engine.done(), asked) {
			t.Errorf("the engine was asked %q, want %q", h.engine.done(), asked)
		}
	}
	hanako := bearer(h.signedIn("hanako"))
	if r := h.send("GET", "/api/v1/calls/c1/timeline", "", hanako...); r.status != 200 {
		t.Errorf("of the own call: %d %s", r.status, r.body)
	}
	for path, status := range map[string]int{"/api/v1/contacts?q=x": 403, "/api/v1/contacts/spring/r1/timeline": 403} {
		if r := h.send("GET", path, "", hanako...); r.status != status {
			t.Errorf("%s by an agent: %d %s, want %d", path, r.status, r.body, status)
		}
	}
	for _, path := range []string{"/api/v1/contacts", "/api/v1/contacts?q=", "/api/v1/contacts?q=x&limit=0", "/api/v1/contacts/spring/r1/timeline?limit=501"} {
		if r := h.send("GET", path, "", bearer(c)...); r.status != 400 {
			t.Errorf("%s: %d %s, want 400", path, r.status, r.body)
		}
	}
}
