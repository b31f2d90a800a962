package desk_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/hasshin/hasshin/desk"
	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
)

// BoardCalls has everybody's calls.
func (f *fakeEngine) BoardCalls(ctx context.Context) ([]dialer.LiveCallView, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.live), nil
}

// SeenBy lets those who may listen do so; the lead of a group only to hanako.
func (f *fakeEngine) SeenBy(supervisor string, v dialer.LiveCallView) (dialer.LiveCallView, bool) {
	v.Allowed = []string{"listen"}
	switch supervisor {
	case "sumire":
		return v, true
	case "lead":
		return v, v.Agent == "hanako"
	}
	return dialer.LiveCallView{}, false
}

// aCall is one that goes on.
func aCall(id, agent, state string) dialer.LiveCallView {
	return dialer.LiveCallView{ID: id, Agent: agent, Campaign: "spring", State: state, Since: time.Now().UTC(), Origin: "campaign", Record: "C-1"}
}

func (h *house) callTells(v dialer.LiveCallView) {
	h.tellBoard(dialer.BoardChange{At: time.Now(), Call: &v})
}

func TestTheWallboardsStreamTellsOfCallsUntilTheyAreOver(t *testing.T) {
	h := open(t)
	h.engine.set(func(f *fakeEngine) { f.live = []dialer.LiveCallView{aCall("c1", "hanako", "talking")} })
	boss := h.signedIn("sumire")
	s, board := watchBoard(t, h, boss)
	if len(board.Calls) != 1 || board.Calls[0].ID != "c1" || !slices.Equal(board.Calls[0].Allowed, []string{"listen"}) {
		t.Fatalf("at first the calls are %s", text(board.Calls))
	}
	told := func() dialer.LiveCallView {
		t.Helper()
		v, ok := nextFigures(t, h, s).(*dialer.LiveCallView)
		if !ok {
			t.Fatal("no call was told")
		}
		return *v
	}
	h.callTells(aCall("c2", "jiro", "dialing"))
	if v := told(); v.ID != "c2" || v.State != "dialing" || len(v.Allowed) != 1 || v.Record != "C-1" {
		t.Errorf("a call that begins is %s", text(v))
	}
	h.callTells(aCall("c1", "hanako", "held"))
	if v := told(); v.State != "held" {
		t.Errorf("a call on hold is %s", text(v))
	}
	_, later := watchBoard(t, h, boss)
	if len(later.Calls) != 2 || later.Calls[0].State != "held" || later.Calls[1].ID != "c2" {
		t.Errorf("later the calls are %s", text(later.Calls))
	}
	h.callTells(dialer.LiveCallView{ID: "c1", State: dialer.CallOver})
	if v := told(); v.ID != "c1" || v.State != dialer.CallOver || v.Record != "" {
		t.Errorf("a call that is over is %s", text(v))
	}
	if _, later = watchBoard(t, h, boss); len(later.Calls) != 1 {
		t.Errorf("after its end the calls are %s", text(later.Calls))
	}
}

// What the list of live calls would not show is not told either: nothing but that a call is none of theirs, so that the numbers have no gap.
func TestEachSupervisorIsToldOfTheCallsInTheirReach(t *testing.T) {
	h := open(t, func(o *desk.Options) {
		lead := o.Agents["sumire"]
		lead.Name = "Lead"
		o.Agents["lead"] = lead
	})
	h.engine.set(func(f *fakeEngine) {
		f.live = []dialer.LiveCallView{aCall("c1", "hanako", "talking"), aCall("c2", "jiro", "talking")}
	})
	boss := h.boardBy(h.signedIn("sumire"), "")
	lead := h.boardBy(h.signedIn("lead"), "")
	ids := func(e api.Event) (ids []string) {
		for _, c := range must(api.BoardEvent(e).Value())(t).(*dialer.WallboardView).Calls {
			ids = append(ids, c.ID)
		}
		return ids
	}
	if all, few := ids(h.readEvent(boss)), ids(h.readEvent(lead)); !slices.Equal(all, []string{"c1", "c2"}) || !slices.Equal(few, []string{"c1"}) {
		t.Errorf("the boss sees %v, the lead %v", all, few)
	}
	secret := aCall("c2", "jiro", "held")
	secret.Name, secret.Number = "Taro Contact", "+81312345678"
	h.callTells(secret)
	h.tellBoard(dialer.BoardChange{At: time.Now(), Recording: &dialer.RecordingFailure{Call: "c2", Campaign: "spring", Agent: "jiro", Problem: "disk full"}})
	h.tellBoard(dialer.BoardChange{At: time.Now(), Recording: &dialer.RecordingFailure{Call: "c1", Campaign: "spring", Agent: "hanako", Problem: "disk full"}})
	h.callTells(aCall("c1", "jiro", "talking")) // handed over
	var seen []string
	for range 4 {
		ours, theirs := h.readEvent(boss), h.readEvent(lead)
		if ours.Seq != theirs.Seq {
			t.Fatalf("event %d for one, %d for the other", ours.Seq, theirs.Seq)
		}
		switch v := must(api.BoardEvent(ours).Value())(t).(type) {
		case *dialer.LiveCallView:
			if v.State == dialer.CallOver {
				t.Errorf("to the boss %s is over", v.ID)
			}
		case *dialer.RecordingFailure:
			if v.Problem != "disk full" {
				t.Errorf("the boss is told %s", text(v))
			}
		}
		switch v := must(api.BoardEvent(theirs).Value())(t).(type) {
		case *dialer.LiveCallView:
			if v.State != dialer.CallOver || v.Name != "" || v.Number != "" || v.Agent != "" || v.Campaign != "" {
				t.Errorf("the lead is told %s", text(v))
			}
			seen = append(seen, v.ID+" over")
		case *dialer.RecordingFailure:
			seen = append(seen, v.Call+" failed")
		}
	}
	if want := []string{"c2 over", "c2 over", "c1 failed", "c1 over"}; !slices.Equal(seen, want) {
		t.Errorf("the lead was told %v, want %v", seen, want)
	}
}

// A call that ends while the whole board is being asked for is not on it.
func TestACallThatEndsWhileTheBoardIsReadIsNotOnIt(t *testing.T) {
	h := open(t)
	boss := h.signedIn("sumire")
	hold := make(chan struct{})
	h.engine.set(func(f *fakeEngine) {
		f.hold, f.live = hold, []dialer.LiveCallView{aCall("c1", "hanako", "talking"), aCall("c2", "jiro", "talking")}
	})
	conn := h.boardBy(boss, "")
	<-h.engine.entered
	h.callTells(dialer.LiveCallView{ID: "c1", State: dialer.CallOver})
	h.callTells(aCall("c2", "jiro", "held"))
	close(hold)
	v := must(api.BoardEvent(h.readEvent(conn)).Value())(t).(*dialer.WallboardView)
	if len(v.Calls) != 1 || v.Calls[0].ID != "c2" || v.Calls[0].State != "held" {
		t.Errorf("the calls are %s", text(v.Calls))
	}
}
