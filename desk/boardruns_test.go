package desk_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/desk"
	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
)

// BoardRuns has everybody's.
func (f *fakeEngine) BoardRuns(context.Context) ([]dialer.RunView, []dialer.DialingView, error) {
	return []dialer.RunView{{Campaign: "spring", Running: true}}, []dialer.DialingView{{Campaign: "spring", Mode: "predictive", InEffect: "predictive", Configured: "predictive"}}, nil
}

// MayRun lets sumire alone.
func (f *fakeEngine) MayRun(id, campaign string) bool { return id == "sumire" && campaign == "spring" }

func (h *house) courseTells(at time.Time, steps ...dialer.CourseStep) {
	h.tellBoard(dialer.BoardChange{At: at, Course: &dialer.CourseView{Campaign: "spring", At: at, Step: 60, Steps: steps}})
}

func TestTheWallboardsStreamTellsWhoRunsACampaignAndHowItDials(t *testing.T) {
	h := open(t)
	boss := h.signedIn("sumire")
	s, board := watchBoard(t, h, boss)
	if len(board.Runs) != 1 || !board.Runs[0].Running || board.Runs[0].Log == nil || len(board.Dialings) != 1 || board.Dialings[0].Mode != "predictive" {
		t.Fatalf("at first the whole board is %s", text(board))
	}
	h.tellBoard(dialer.BoardChange{At: time.Now(), Run: &dialer.RunView{Campaign: "spring", Held: true, By: "sumire", ByName: "伊藤 すみれ"}})
	if v, ok := nextFigures(t, h, s).(*dialer.RunView); !ok || v.Running || !v.Held || v.By != "sumire" || v.ByName != "伊藤 すみれ" || v.Log == nil {
		t.Errorf("told %s", text(v))
	}
	h.tellBoard(dialer.BoardChange{At: time.Now(), Dialing: &dialer.DialingView{Campaign: "spring", Mode: "power", Limit: "wall"}})
	if v, ok := nextFigures(t, h, s).(*dialer.DialingView); !ok || v.Mode != "power" || v.Limit != "wall" {
		t.Errorf("told %s", text(v))
	}
	if _, later := watchBoard(t, h, boss); len(later.Runs) != 1 || !later.Runs[0].Held || len(later.Dialings) != 1 || later.Dialings[0].Limit != "wall" {
		t.Errorf("later the whole board is %s", text(later))
	}
}

// What changed of a course comes by itself; the whole board has all of the half hour, and nothing before.
func TestTheWallboardsStreamTellsTheStepsOfACourseThatChanged(t *testing.T) {
	h := open(t)
	boss := h.signedIn("sumire")
	s, board := watchBoard(t, h, boss)
	if board.Courses == nil {
		t.Fatalf("at first the whole board is %s", text(board))
	}
	now := time.Now()
	minute := now.Truncate(time.Minute)
	h.courseTells(now, dialer.CourseStep{From: minute.Add(-31 * time.Minute), Attempts: 9}, dialer.CourseStep{From: minute.Add(-time.Minute), Attempts: 3})
	nextFigures(t, h, s)
	h.courseTells(now, dialer.CourseStep{From: minute.Add(-time.Minute), Attempts: 4}, dialer.CourseStep{From: minute, Attempts: 1})
	if v, ok := nextFigures(t, h, s).(*dialer.CourseView); !ok || len(v.Steps) != 2 || v.Steps[0].Attempts != 4 || v.Campaign != "spring" {
		t.Errorf("told %s", text(v))
	}
	_, later := watchBoard(t, h, boss)
	if len(later.Courses) != 1 || len(later.Courses[0].Steps) != 2 || later.Courses[0].Steps[0].Attempts != 4 || later.Courses[0].Steps[1].Attempts != 1 || later.Courses[0].Step != 60 {
		t.Errorf("later the courses are %s", text(later.Courses))
	}
}

// Who may see the wallboard but not run campaigns is told that something happened, not what; the numbers have no gap.
func TestWhoMayNotRunACampaignIsNotToldWhoDoes(t *testing.T) {
	h := open(t, func(o *desk.Options) {
		viewer := o.Agents["sumire"]
		viewer.Name = "Viewer"
		viewer.Privileges.Remove = []agent.Privilege{agent.RunCampaigns}
		o.Agents["viewer"] = viewer
	})
	boss, viewer := h.boardBy(h.signedIn("sumire"), ""), h.boardBy(h.signedIn("viewer"), "")
	h.readEvent(boss)
	first := h.readEvent(viewer)
	v := must(api.BoardEvent(first).Value())(t).(*dialer.WallboardView)
	if len(v.Runs) != 0 || len(v.Dialings) != 0 || v.Runs == nil || len(v.Campaigns) != 1 {
		t.Errorf("the viewer's board is %s", text(v))
	}
	h.tellBoard(dialer.BoardChange{At: time.Now(), Run: &dialer.RunView{Campaign: "spring", By: "sumire", Why: "secret"}})
	h.tellBoard(dialer.BoardChange{At: time.Now(), Dialing: &dialer.DialingView{Campaign: "spring", Mode: "power", Why: "secret"}})
	h.courseTells(time.Now(), dialer.CourseStep{From: time.Now().Truncate(time.Minute), Attempts: 1})
	for i, kind := range []string{api.EventHidden, api.EventHidden, api.EventCourse} {
		ours, theirs := h.readEvent(boss), h.readEvent(viewer)
		if theirs.Kind != kind || theirs.Seq != ours.Seq || theirs.Seq != first.Seq+uint64(i)+1 || strings.Contains(string(theirs.Data), "secret") {
			t.Errorf("the viewer is told %s", text(theirs))
		}
		if kind == api.EventHidden && !strings.Contains(string(ours.Data), "secret") {
			t.Errorf("the boss is told %s", text(ours))
		}
		if value, err := api.BoardEvent(theirs).Value(); err != nil || (value == nil) != (kind == api.EventHidden) {
			t.Errorf("the client makes %v, %v of it", value, err)
		}
	}
}
