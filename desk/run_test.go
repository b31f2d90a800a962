package desk_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
)

func (f *fakeEngine) CampaignRun(ctx context.Context, id, campaign string) (dialer.RunView, error) {
	return f.switched(ctx, "run "+id, campaign)
}

func (f *fakeEngine) StartCampaign(ctx context.Context, id, campaign, why string) (dialer.RunView, error) {
	return f.switched(ctx, fmt.Sprintf("start %s %q", id, why), campaign)
}

func (f *fakeEngine) StopCampaign(ctx context.Context, id, campaign, why string, hold bool) (dialer.RunView, error) {
	return f.switched(ctx, fmt.Sprintf("stop %s %q %v", id, why, hold), campaign)
}

func (f *fakeEngine) Calendar(ctx context.Context, id string) ([]dialer.WorkView, error) {
	return []dialer.WorkView{{Campaign: "spring", Work: "open", Schedule: "@daily", Zone: "UTC"}}, f.command(ctx, "calendar "+id)
}

func (f *fakeEngine) Wallboard(ctx context.Context, id string) (dialer.WallboardView, error) {
	v := dialer.WallboardView{Campaigns: []dialer.CampaignBoard{{ID: "spring", Mode: "preview", Attempts: 7}}}
	f.mu.Lock()
	for _, id := range slices.Sorted(maps.Keys(f.agents)) {
		if a := *f.agents[id]; a.State != "signed-out" {
			v.Agents = append(v.Agents, dialer.AgentBoardView{AgentView: a})
		}
	}
	f.mu.Unlock()
	return v, f.command(ctx, "wallboard "+id)
}

func (f *fakeEngine) Course(ctx context.Context, id, campaign string) (dialer.CourseView, error) {
	return dialer.CourseView{Campaign: campaign, Step: 60}, f.command(ctx, "course "+id+" "+campaign)
}

func (f *fakeEngine) CampaignDays(ctx context.Context, id, campaign string, limit int) ([]dialer.DayView, error) {
	if _, err := f.switched(ctx, fmt.Sprintf("days %s %d", id, limit), campaign); err != nil {
		return nil, err
	}
	return nil, nil
}

func (f *fakeEngine) ContactReached(ctx context.Context, id, number, how string) ([]dialer.PromiseView, error) {
	if err := f.command(ctx, fmt.Sprintf("reached %s %s %q", id, number, how)); err != nil {
		return nil, err
	}
	return f.book(id, "spring", true)
}

func TestWhoeverReachesAContactTellsSo(t *testing.T) {
	h := open(t).withBook()
	before := len(h.engine.done())
	v := must(h.signedIn("sumire").ContactReached(h.ctx(), "+81312345611", "called us"))(t)
	if len(v.Callbacks) != 2 || v.Callbacks[1].Allowed == nil {
		t.Errorf("callbacks %s", text(v))
	}
	if did := h.engine.done()[before:]; !slices.Contains(did, `reached sumire +81312345611 "called us"`) {
		t.Errorf("the engine did %q", did)
	}
}

func (f *fakeEngine) switched(ctx context.Context, name, campaign string) (dialer.RunView, error) {
	if campaign != "spring" {
		return dialer.RunView{}, no(dialer.CodeUnknownCampaign, "there is no campaign %q", campaign)
	}
	if err := f.command(ctx, name); err != nil {
		return dialer.RunView{}, err
	}
	now := time.Now()
	return dialer.RunView{Campaign: campaign, Running: true, Since: &now}, nil
}

func TestSupervisorsStartAndStopCampaigns(t *testing.T) {
	h := open(t)
	ctx, c := h.ctx(), h.signedIn("sumire")
	before := len(h.engine.done())
	if v := must(c.CampaignRun(ctx, "spring"))(t); !v.Running || v.Log == nil {
		t.Errorf("run: %s", text(v))
	}
	must(c.StopCampaign(ctx, "spring", "no trunk", true))(t)
	must(c.StartCampaign(ctx, "spring", ""))(t)
	if v := must(c.Calendar(ctx))(t); len(v.Works) != 1 || v.Works[0].Schedule != "@daily" {
		t.Errorf("calendar %s", text(v))
	}
	if v := must(c.CampaignDays(ctx, "spring", 7))(t); v.Days == nil {
		t.Errorf("days %s", text(v))
	}
	if did := h.engine.done()[before:]; !slices.Equal(did, []string{"run sumire", `stop sumire "no trunk" true`, `start sumire ""`, "calendar sumire", "days sumire 7"}) {
		t.Errorf("the engine did %q", did)
	}
	if v := must(c.Wallboard(ctx))(t); len(v.Campaigns) != 1 || v.Campaigns[0].Attempts != 7 || v.Agents == nil {
		t.Errorf("wallboard %s", text(v))
	}
	if v := must(c.CampaignCourse(ctx, "spring"))(t); v.Step != 60 || v.Steps == nil {
		t.Errorf("course %s", text(v))
	}
	_, err := c.StartCampaign(ctx, "winter", "")
	wantCode(t, err, api.Code(dialer.CodeUnknownCampaign))
	_, err = h.signedIn("hanako").StopCampaign(ctx, "spring", "", false)
	if p := wantCode(t, err, api.CodeForbidden); p.Privilege != "campaigns.run" {
		t.Errorf("an agent lacks %q", p.Privilege)
	}
}
