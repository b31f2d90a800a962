package dialer

import (
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hasshin/hasshin/ari/aritest"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/pacing"
	"github.com/hasshin/hasshin/dialer/pacing/decisionlog"
	"github.com/hasshin/hasshin/dialer/pacing/simulate"
)

// What a campaign decided while it dialed, also after a restart, a change of its mode and the end of its day, comes out the same when its log is decided
// again, and can be played again as a day.
func TestTheDecisionLogOfADayIsDecidedAgain(t *testing.T) {
	t.Parallel()
	redis, dir := newRedis(t), t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		r := newRigWith(t, redis, true, func(c *Config) {
			dialsBy(campaign.ModePredictive)(c)
			boss := c.Agents["yuki"]
			boss.Role = agent.RoleSupervisor
			c.Agents["yuki"] = boss
			c.DecisionLog.Directory = dir
		})
		r.numbersAre(aritest.Answer(5 * time.Second))
		r.arrive("hanako", "taro")
		talk := func(id string) {
			r.hasCall(t, id, 30*time.Second)
			time.Sleep(20 * time.Second)
			r.perform(id + " end")
			time.Sleep(3 * time.Second)
			r.perform(id + " done")
		}
		talk("hanako")
		talk("taro")
		r.perform("restart")
		talk("hanako")
		if _, err := r.engine.SetDialingMode(t.Context(), "yuki", rigCampaign, campaign.ModePower, ""); err != nil {
			t.Error(err)
		}
		talk("taro")
		d := r.engine.pacers[rigCampaign]
		on(&d.actor, func() { d.decisions.until = d.decisions.now() }) // the day is over
		for range 3 {                                                  // the first of these may have been placed the day before
			talk("hanako")
		}
		r.judge(t)
	})
	names, err := filepath.Glob(filepath.Join(dir, rigCampaign, "*"))
	if err != nil || len(names) != 3 {
		t.Fatalf("the log has files %q (%v), want one of the first process and two of the second", names, err)
	}
	records, err := decisionlog.ReadFiles(names)
	if err != nil {
		t.Fatal(err)
	}
	other := pacing.Defaults()
	other.MaxPerAgent = 1
	if err := pacing.Replay(other, records); err != nil { // the log has its own settings
		t.Error(err)
	}
	day, err := simulate.ReadDay(records)
	if err != nil {
		t.Fatal(err)
	}
	if day.Agents() != 2 || day.Calls() < 5 || day.Length < 2*time.Minute {
		t.Errorf("the day has %d agents, %d calls and %s; want hanako and taro, and the five or more that they talked in", day.Agents(), day.Calls(), day.Length)
	}
	// The new day's file alone tells where the agents are, too.
	if records, err = decisionlog.ReadFiles(names[2:]); err != nil {
		t.Fatal(err)
	}
	if day, err = simulate.ReadDay(records); err != nil || day.Agents() != 2 {
		t.Errorf("the second day alone: %v, want its two agents", err)
	}
	if err := pacing.Replay(other, records); err == nil {
		t.Error("the second day alone was decided again, without what it depends on")
	}
}
