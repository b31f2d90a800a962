package dialer

import (
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hasshin/hasshin/ari/aritest"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// runs and dialings are what of them was told after the first so many.
func (n *notebook) runs(first int) (all []RunView) {
	for _, c := range n.since(first) {
		if c.Run != nil {
			all = append(all, *c.Run)
		}
	}
	return all
}

func (n *notebook) dialings(first int) (all []line) {
	for _, c := range n.since(first) {
		if c.Dialing != nil {
			all = append(all, c)
		}
	}
	return all
}

// namesYuki gives the supervisor a name that is not the id.
func namesYuki(o *Options) { named("yuki", "鈴木 由紀")(&o.Config) }

// Who is not configured any more is told of by the id.
func TestWhoSwitchesACampaignIsToldWhereverItWasDone(t *testing.T) {
	t.Parallel()
	boardScene(t, namesYuki, func(t *testing.T, r *rig, n *notebook) {
		time.Sleep(time.Second)
		synctest.Wait()
		if first := n.runs(0); len(first) != 1 || !first[0].Running || first[0].Since != nil || len(first[0].Log) != 0 {
			t.Fatalf("at first %+v was told of who runs it", first)
		}
		at := len(n.since(0))
		told := func(within time.Duration) RunView {
			t.Helper()
			time.Sleep(within)
			synctest.Wait()
			all := n.runs(at)
			if len(all) != 1 {
				t.Fatalf("told %+v, want one word", all)
			}
			at = len(n.since(0))
			return all[0]
		}
		if v, err := r.engine.StopCampaign(t.Context(), "yuki", rigCampaign, "no trunk", true); err != nil || v.ByName != "鈴木 由紀" || v.Log[0].ByName != "鈴木 由紀" {
			t.Fatalf("the stop is answered with %+v, %v", v, err)
		}
		if v := told(boardPause); v.Running || !v.Held || v.By != "yuki" || v.ByName != "鈴木 由紀" || v.Why != "no trunk" || len(v.Log) != 1 || v.Log[0].Why != "no trunk" || v.Log[0].ByName != "鈴木 由紀" {
			t.Errorf("of the stop was told %+v", v)
		}
		// What another process does is found in Redis.
		switches := r.engine.store.Switches()
		if _, _, err := switches.Set(t.Context(), rigCampaign, campaign.Switching{Run: true, By: "sumire"}); err != nil {
			t.Fatal(err)
		}
		if v := told(switchesEvery + boardPause); !v.Running || v.Held || v.By != "sumire" || v.ByName != "sumire" || len(v.Log) != 2 || v.Log[0].ByName != "sumire" {
			t.Errorf("of another process's start was told %+v", v)
		}
		for range switchesTold {
			for _, run := range []bool{false, true} {
				if _, _, err := switches.Set(t.Context(), rigCampaign, campaign.Switching{Run: run, By: "sumire"}); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Millisecond)
			}
		}
		if v := told(switchesEvery + boardPause); !v.Running || len(v.Log) != switchesTold {
			t.Errorf("of many switches was told %+v", v)
		}
		runs, dialings, err := r.engine.BoardRuns(t.Context())
		if err != nil || len(runs) != 1 || len(runs[0].Log) != switchesTold || len(dialings) != 1 {
			t.Errorf("the board has %+v, %+v, %v", runs, dialings, err)
		}
	})
}

func TestAChangeOfTheModeIsToldAtOnceAndFiguresOfTheDialingOnceASecond(t *testing.T) {
	t.Parallel()
	boardScene(t, namesYuki, func(t *testing.T, r *rig, n *notebook) {
		r.numbersAre(aritest.RejectAfter(300*time.Millisecond, 486))
		r.arrive("hanako", "taro")
		time.Sleep(4 * time.Second) // calls come and go
		synctest.Wait()
		all := n.dialings(0)
		if len(all) < 3 {
			t.Fatalf("while calls come and go %d words were told", len(all))
		}
		for i, c := range all[1:] {
			last := all[i]
			if gap := c.when.Sub(last.when); gap < dialingPause {
				t.Errorf("told again %s after", gap)
			}
			if reflect.DeepEqual(last.Dialing.legible(), c.Dialing.legible()) {
				t.Errorf("told again though nothing is other: %+v", c.Dialing)
			}
		}
		at := len(n.since(0))
		began := time.Now()
		if v, err := r.engine.SetDialingMode(t.Context(), "yuki", rigCampaign, campaign.ModePredictive, "few answers"); err != nil || v.ByName != "鈴木 由紀" {
			t.Fatalf("the change is answered with %+v, %v", v, err)
		}
		time.Sleep(boardPause)
		synctest.Wait()
		changed := slices.DeleteFunc(n.dialings(at), func(c line) bool { return c.Dialing.Mode != "predictive" })
		if len(changed) == 0 || changed[0].when.Sub(began) > boardPause || changed[0].Dialing.By != "yuki" || changed[0].Dialing.ByName != "鈴木 由紀" || changed[0].Dialing.Why != "few answers" || changed[0].Dialing.Since == nil {
			t.Fatalf("of the mode was told %+v", changed)
		}
		// Another process changes it.
		at = len(n.since(0))
		change := campaign.ModeChange{Mode: campaign.ModeProgressive, Configured: campaign.ModeProgressive, At: time.Now(), By: "sumire"}
		if err := r.engine.store.ChangeMode(t.Context(), rigCampaign, change); err != nil {
			t.Fatal(err)
		}
		time.Sleep(measureEvery + boardPause)
		synctest.Wait()
		if all := n.dialings(at); len(all) == 0 || all[len(all)-1].Dialing.Mode != "progressive" || all[len(all)-1].Dialing.ByName != "sumire" {
			t.Errorf("of another process's change was told %+v", all)
		}
	})
}

// placedTold is what was told of the calls without an agent, one word after another, the same ones in a row once.
func (n *notebook) placedTold() (all []PlacedView) {
	for _, c := range n.since(0) {
		if c.Campaign == nil || c.Campaign.Placed == nil {
			continue
		}
		v := *c.Campaign.Placed
		v.WaitingSince = nil
		if len(all) == 0 || all[len(all)-1] != v {
			all = append(all, v)
		}
	}
	return all
}

func TestCallsWithoutAnAgentAreCountedByHowFarTheyAre(t *testing.T) {
	t.Parallel()
	boardScene(t, nil, func(t *testing.T, r *rig, n *notebook) {
		r.numbersAre(aritest.Answer(3 * time.Second).Late(2 * time.Second))
		r.arrive("hanako", "taro")
		time.Sleep(4 * time.Second)
		r.perform("hanako not-ready")
		r.perform("taro not-ready")
		time.Sleep(2 * time.Second) // one second after the answers
		synctest.Wait()
		board, err := r.engine.Wallboard(t.Context(), "yuki")
		if err != nil {
			t.Fatal(err)
		}
		if p := board.Campaigns[0].Placed; p == nil || p.Waiting != 2 || p.WaitingSince == nil || time.Since(*p.WaitingSince).Round(100*time.Millisecond) != time.Second {
			t.Errorf("a second after the answers %+v", p)
		}
		at := len(n.since(0))
		for i, c := range n.since(0) {
			if c.Campaign != nil && c.Campaign.Placed.Waiting > 0 {
				at = i
				break
			}
		}
		if waits := n.since(at); len(waits) == 0 || waits[0].when.Sub(*waits[0].Campaign.Placed.WaitingSince) > boardPause {
			t.Errorf("that somebody waits was told in %+v", waits)
		}
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		want := []PlacedView{{}, {Dialing: 2}, {Ringing: 2}, {Waiting: 2}, {Message: 2}, {}}
		told := slices.DeleteFunc(n.placedTold(), func(v PlacedView) bool { // the two are not on the way at the very same time
			return v.Dialing+v.Ringing+v.Waiting+v.Message == 1 || v.Dialing*v.Ringing+v.Ringing*v.Waiting+v.Waiting*v.Message > 0
		})
		if !slices.Equal(told, want) {
			t.Errorf("of the two calls was told %+v, want %+v", told, want)
		}
	})
}

func TestThoseWhoHearAnAnnouncementAreCounted(t *testing.T) {
	t.Parallel()
	agentlessScene(t, false, announces(3), func(t *testing.T, r *rig) {
		time.Sleep(4 * time.Second) // into the announcement
		synctest.Wait()
		board, err := r.engine.Wallboard(t.Context(), "yuki")
		if err != nil {
			t.Fatal(err)
		}
		if p := board.Campaigns[0].Placed; p == nil || p.Announcing != 3 {
			t.Errorf("in the announcement %+v, want three who hear it", p)
		}
		if len(board.Dialings) != 1 || board.Dialings[0].Mode != "agentless" {
			t.Errorf("dialings %+v", board.Dialings)
		}
	})
}

func TestCampaignsOfPreviewsPlaceNoCallsByThemselves(t *testing.T) {
	s := newShift(t, withBoss)
	if board := s.board(); board.Campaigns[0].Placed != nil || len(board.Dialings) != 0 || len(board.Runs) != 1 {
		t.Errorf("a campaign of previews: %+v", board)
	}
}

// Who may see the wallboard but not run the campaign is not told who runs it.
func TestRunsAreForThoseWhoMayRunTheCampaign(t *testing.T) {
	s := newShift(t, func(c *Config) {
		withBoss(c)
		boss := c.Agents["yuki"]
		boss.Privileges.Remove = append(boss.Privileges.Remove, agent.RunCampaigns)
		c.Agents["yuki"] = boss
	})
	if s.engine.MayRun("yuki", rigCampaign) || s.engine.MayRun("nobody", rigCampaign) || s.engine.MayRun("yuki", "none") {
		t.Error("somebody may run what they may not")
	}
	if v := s.board(); len(v.Runs) != 0 || len(v.Dialings) != 0 || len(v.Courses) != 1 {
		t.Errorf("the wallboard has %+v", v)
	}
	if all, _, err := s.engine.BoardRuns(s.ctx()); err != nil || len(all) != 1 {
		t.Errorf("of all there is %+v, %v", all, err)
	}
}
