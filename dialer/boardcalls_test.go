package dialer

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// lives is what of calls was told, as states of each; a state that was told twice in a row is there once.
func (n *notebook) lives(first int) map[string][]string {
	all := map[string][]string{}
	for _, c := range n.since(first) {
		if v := c.Call; v != nil {
			if states := all[v.Agent]; len(states) == 0 || states[len(states)-1] != v.State {
				all[v.Agent] = append(states, v.State)
			}
		}
	}
	return all
}

func TestCallsAreToldFromTheirBeginningToTheirEnd(t *testing.T) {
	t.Parallel()
	boardScene(t, nil, func(t *testing.T, r *rig, n *notebook) {
		r.arrive("hanako")
		c := r.hasCall(t, "hanako", 30*time.Second)
		synctest.Wait()
		for _, told := range n.since(0) {
			if v := told.Call; v != nil && (v.ID != c.ID || v.Campaign != rigCampaign || v.Number == "" || v.AgentName == "" || !told.when.Equal(told.At)) {
				t.Errorf("told %+v at %s", v, told.when)
			}
		}
		r.perform("hanako hold")
		r.perform("hanako resume")
		synctest.Wait()
		late := &notebook{}
		stop := r.engine.WatchWallboard(late.note)
		defer stop()
		synctest.Wait()
		if got := late.lives(0); !reflect.DeepEqual(got, map[string][]string{"hanako": {"talking"}}) {
			t.Errorf("who comes later is told %v", got)
		}
		r.perform("hanako end")
		synctest.Wait()
		over := len(n.since(0))
		for _, told := range n.since(0) {
			if v := told.Call; v != nil && v.State == CallOver && (v.Number != "" || v.Name != "") {
				t.Errorf("of the end was told %+v", v)
			}
		}
		r.perform("hanako done")
		synctest.Wait()
		states := n.lives(0)["hanako"]
		want := []string{"talking", "held", "talking", "ending", CallOver}
		states = slices.DeleteFunc(states, func(s string) bool { return s == "holding" || s == "resuming" })
		if !reflect.DeepEqual(states, want) {
			t.Errorf("of the call was told %v, want %v", states, want)
		}
		for _, told := range n.since(over) {
			if told.Call != nil && told.Call.ID == c.ID {
				t.Errorf("after its end %+v was told", told.Call)
			}
		}
	})
}

// Of calls one is told as one may do something with them: not of one's own, and not of those of groups that one does not supervise.
func TestWhoSeesWhichCall(t *testing.T) {
	t.Parallel()
	boardScene(t, func(o *Options) {
		boss := o.Config.Agents["yuki"]
		boss.Supervises = []string{"sales"}
		o.Config.Agents["yuki"] = boss
		o.Config.Groups = map[string][]string{"sales": {"hanako"}}
	}, func(t *testing.T, r *rig, n *notebook) {
		for _, one := range []struct {
			by, of string
			sees   bool
		}{{"yuki", "hanako", true}, {"yuki", "taro", false}, {"yuki", "yuki", false}, {"hanako", "taro", false}, {"nobody", "hanako", false}} {
			v, sees := r.engine.SeenBy(one.by, LiveCallView{ID: "c", Agent: one.of, Campaign: rigCampaign, State: "talking"})
			if sees != one.sees || sees && !slices.Contains(v.Allowed, "listen") {
				t.Errorf("%s sees a call of %s: %v, may %v", one.by, one.of, sees, v.Allowed)
			}
		}
		r.arrive("hanako", "taro")
		r.hasCall(t, "hanako", 30*time.Second)
		r.hasCall(t, "taro", 30*time.Second)
		polled, err := r.engine.LiveCalls(t.Context(), "yuki")
		if err != nil || len(polled) != 1 || polled[0].Agent != "hanako" {
			t.Fatalf("yuki's list has %+v, %v", polled, err)
		}
		synctest.Wait()
		var told []LiveCallView
		for _, c := range n.since(0) {
			if c.Call == nil {
				continue
			}
			if v, sees := r.engine.SeenBy("yuki", *c.Call); sees {
				told = append(told, v)
			}
		}
		if len(told) == 0 || !reflect.DeepEqual(told[len(told)-1], polled[0]) {
			t.Errorf("the last told is %+v, the list has %+v", told, polled[0])
		}
		if board, err := r.engine.Wallboard(t.Context(), "yuki"); err != nil || !reflect.DeepEqual(board.Calls, polled) {
			t.Errorf("the wallboard has %+v, %v", board.Calls, err)
		}
	})
}

// Supervisors are told at once that a call is not recorded, and once only while it is tried again in vain.
func TestAFailedRecordingIsToldAtOnce(t *testing.T) {
	addr := newRedis(t)
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		r := timelineRig(t, addr)
		n := &notebook{}
		defer r.engine.WatchWallboard(n.note)()
		r.arrive(rigAgents[:1]...)
		defer r.stop()
		for _, line := range []string{"hanako record", "hanako accept", "wait 15s"} {
			r.perform(line)
			synctest.Wait()
		}
		began := time.Now()
		for range 3 {
			open, err := r.engine.recordings.store.Open(ctx)
			if err != nil || len(open) != 1 {
				t.Fatalf("open recordings: %+v, %v", open, err)
			}
			for _, track := range open[0].Tracks {
				if err := r.engine.nodes[0].ari.Recordings.StopLive(ctx, track.Name); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(endsBefore + 200*time.Millisecond)
			time.Sleep(4*retryFirst + time.Second) // it is recorded again
			synctest.Wait()
		}
		var told []line
		states := map[string]bool{}
		for _, c := range n.since(0) {
			if c.Recording != nil {
				told = append(told, c)
			}
			if c.Call != nil {
				states[c.Call.Recording] = true
				if failed := c.Call.Recording == "failed"; failed != (c.Call.RecordingProblem != "") {
					t.Errorf("told %+v", c.Call)
				}
			}
		}
		if len(told) != 1 {
			t.Fatalf("told %d times: %+v", len(told), told)
		}
		if f, late := told[0].Recording, told[0].when.Sub(began); f.Agent != "hanako" || f.Campaign != rigCampaign || f.Call == "" || f.Problem != errEndedItself.Error() || late > endsBefore+100*time.Millisecond {
			t.Errorf("after %s told %+v", late, f)
		}
		if !states["recording"] || !states["failed"] {
			t.Errorf("of the call's recording was told %v", states)
		}
		r.perform("hanako end")
		r.perform("hanako done")
	})
}
