package dialer

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hasshin/hasshin/ari/aritest"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/trunk"
)

// withLimits gives the rig's trunk limits.
func withLimits(l trunk.Limits, more ...func(*Config)) func(*Config) {
	return func(c *Config) {
		t := c.Trunks["carrier"]
		t.Limits = l
		c.Trunks["carrier"] = t
		for _, m := range more {
			m(c)
		}
	}
}

func TestAPreviewIsNotDialedOnAFullTrunkAndStays(t *testing.T) {
	t.Parallel()
	redis := newRedis(t)
	synctest.Test(t, func(t *testing.T) {
		r := newRigWith(t, redis, false, withLimits(trunk.Limits{Channels: 2, AgentWait: time.Second}))
		ctx := context.Background()
		for _, id := range []string{"hanako", "taro", "jiro"} {
			r.arrive(id)
			if _, err := r.engine.GetRecord(ctx, id, rigCampaign); err != nil {
				t.Fatal(err)
			}
		}
		r.perform("hanako accept")
		r.perform("taro accept")
		time.Sleep(5 * time.Second)
		a, err := r.engine.Agent(ctx, "jiro")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.engine.Accept(ctx, "jiro", a.CallID, ""); codeOf(err) != CodeTrunkFull {
			t.Errorf("a third call on two channels: %v", err)
		}
		if v, err := r.engine.Call(ctx, "jiro", a.CallID); err != nil || v.State != string(call.Previewing) {
			t.Errorf("the preview is %s, %v", v.State, err)
		}
		// A consultation with a number is not reached, and the conversation goes on.
		h, err := r.engine.Agent(ctx, "hanako")
		if err != nil {
			t.Fatal(err)
		}
		v, err := r.engine.StartConsultation(ctx, "hanako", h.CallID, Target{Kind: TargetNumber, Number: rigNumber})
		if err != nil || v.State != string(call.Held) || v.Problem != "trunk carrier: all channels are in use; try again in a moment" {
			t.Errorf("the consultation: %s, problem %q, %v", v.State, v.Problem, err)
		}
		r.perform("taro end") // its channel is free for the consultation, or the preview
		v, err = r.engine.StartConsultation(ctx, "hanako", h.CallID, Target{Kind: TargetNumber, Number: rigNumber})
		if err != nil || v.State != string(call.Reaching) && v.State != string(call.Consulting) {
			t.Errorf("the second consultation: %s, problem %q, %v", v.State, v.Problem, err)
		}
		r.perform("hanako end")
		if _, err := r.engine.Accept(ctx, "jiro", a.CallID, ""); err != nil {
			t.Errorf("with both channels free: %v", err)
		}
		r.judge(t)
	})
}

func TestTwoProcessesNeverUseMoreChannelsThanTheTrunkHas(t *testing.T) {
	const channels = 3
	limited := withLimits(trunk.Limits{Channels: channels}, dialsBy(campaign.ModePower), func(c *Config) {
		k := c.Campaigns[rigCampaign]
		k.Dialing.Ratio = 4
		c.Campaigns[rigCampaign] = k
	})
	first, second := newProcesses(t, limited)
	var mu sync.Mutex
	most, seen := 0, map[string]bool{}
	count := func() {
		n := 0
		for _, s := range []*shift{first, second} {
			for _, id := range s.asterisk.Left() {
				if len(id) > 16 && id[:16] == "channel:"+prefixCall {
					n++
					seen[id] = true
				}
			}
		}
		mu.Lock()
		most = max(most, n)
		mu.Unlock()
	}
	for _, s := range []*shift{first, second} {
		for i, last := range []string{"100", "000", "100", "101", "100", "110", "111", "100", "116", "115", "100", "113"} {
			s.asterisk.Endpoint(fmt.Sprintf("PJSIP/+819012%03d%s@carrier", i+1, last), aritest.AnswerFor(50*time.Millisecond, 100*time.Millisecond))
		}
	}
	// Enough people have answered for the abandon limit to allow several calls for each agent.
	k := first.engine.cfg.Campaigns[rigCampaign]
	_, err := first.store.CountAnswers(first.ctx(), rigCampaign, k.AnswerPeriod(time.Now()), campaign.Answers{Live: 1000})
	first.must(err)
	first.arrive("hanako", "taro")
	second.arrive("jiro", "yuki")
	for _, who := range []struct {
		s  *shift
		id string
	}{{first, "hanako"}, {first, "taro"}, {second, "jiro"}, {second, "yuki"}} {
		go who.s.keepAll(who.id)
	}
	first.eventually("all are dialed", func() bool {
		count()
		counts, err := first.store.Counts(first.ctx(), rigCampaign)
		return err == nil && counts.Ready+counts.Out == 0
	})
	if most > channels || most < 2 {
		t.Errorf("%d channels at once, want several and %d at most", most, channels)
	}
	if len(seen) < 10 {
		t.Errorf("%d calls were seen, want about all of the 12", len(seen))
	}
}

func TestCongestionBacksOffAndLosesNoRecord(t *testing.T) {
	s := newShift(t, dialsBy(campaign.ModeProgressive))
	numbersAre := func(b aritest.Behavior) {
		for i, last := range []string{"100", "000", "100", "101", "100", "110", "111", "100", "116", "115", "100", "113"} {
			s.asterisk.Endpoint(fmt.Sprintf("PJSIP/+819012%03d%s@carrier", i+1, last), b)
		}
	}
	numbersAre(aritest.Reject(503))
	s.arrive("hanako", "taro", "jiro")
	results := func() map[string]int64 {
		counts, err := s.store.Counts(s.ctx(), rigCampaign)
		s.must(err)
		return counts.Results
	}
	s.eventually("calls are congested", func() bool { return results()["congestion"] >= 2 })
	if before := results()["congestion"]; before > 6 {
		t.Errorf("%d calls were placed at once into the congestion", before)
	}
	numbersAre(aritest.AnswerFor(20*time.Millisecond, 20*time.Millisecond))
	for _, id := range []string{"hanako", "taro", "jiro"} {
		go s.keepAll(id)
	}
	var counts campaign.Counts
	s.eventuallyIn(30*time.Second, "all are dialed", func() bool {
		var err error
		counts, err = s.store.Counts(s.ctx(), rigCampaign)
		return err == nil && counts.Ready+counts.Out == 0
	})
	congested, others := counts.Results["congestion"], counts.Results["answered"]+counts.Results["abandoned"]
	if counts.Total != 12 || counts.Waiting+counts.Closed != 12 || others < 12-congested || others+congested < 12 {
		t.Errorf("%+v, want each of the 12 records answered, or congested and to be dialed again", counts)
	}
	if n := strings.Count(s.log.String(), "the network has no room for calls"); n != 1 {
		t.Errorf("the log tells of congestion %d times, want once", n)
	}
}
