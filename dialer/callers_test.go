package dialer

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hasshin/hasshin/ari/aritest"
	"github.com/hasshin/hasshin/dialer/callerid"
	"github.com/hasshin/hasshin/dialer/campaign"
)

const tokyo1, tokyo2 = "+81312345671", "+81312345672"

// inTurn shows contacts two numbers in turn.
func inTurn(c *Config) {
	c.CallerIDs = map[string]callerid.Group{"tokyo": {Name: "Example Ltd", Rule: callerid.RoundRobin, Numbers: []string{tokyo1, tokyo2}}}
	k := c.Campaigns[rigCampaign]
	k.CallerIDGroup, k.CallerID = "tokyo", "+81312345670"
	c.Campaigns[rigCampaign] = k
}

func TestContactsSeeNumbersInTurn(t *testing.T) {
	t.Parallel()
	redis := newRedis(t)
	synctest.Test(t, func(t *testing.T) {
		r := newRigWith(t, redis, true, func(c *Config) { dialsBy(campaign.ModeProgressive)(c); inTurn(c) })
		ctx := context.Background()
		r.numbersAre(aritest.Busy())
		r.arrive("hanako")
		time.Sleep(4 * time.Minute)
		synctest.Wait()
		r.perform("hanako not-ready")
		shown := map[string]int{}
		for _, e := range r.past() {
			shown[e.CallerID]++
			record, err := r.engine.store.Get(ctx, rigCampaign, e.Record)
			if err != nil {
				t.Fatal(err)
			}
			if got := seenBy(record); !slices.Equal(got, []string{e.CallerID}) {
				t.Errorf("record %s has seen %v, and the history says %s", e.Record, got, e.CallerID)
			}
		}
		if shown[tokyo1] != 6 || shown[tokyo2] != 6 {
			t.Errorf("of twelve contacts %v saw each number, want six each", shown)
		}
		r.finish()
		for _, w := range r.wrong {
			t.Error(w)
		}
	})
}

// In a preview campaign the agent is told what the contact sees; whoever else the agent reaches sees the campaign's own caller id.
func TestAPreviewedContactSeesANumberOfTheGroup(t *testing.T) {
	t.Parallel()
	redis := newRedis(t)
	synctest.Test(t, func(t *testing.T) {
		r := newRigWith(t, redis, false, inTurn)
		ctx := context.Background()
		r.arrive("hanako")
		r.perform("hanako record")
		r.perform("hanako accept")
		time.Sleep(3 * time.Second)
		synctest.Wait()
		a, err := r.engine.Agent(ctx, "hanako")
		if err != nil {
			t.Fatal(err)
		}
		v, err := r.engine.Call(ctx, "hanako", a.CallID)
		if err != nil || v.State != "talking" || v.CallerID != tokyo1 {
			t.Errorf("%s as %q, %v: want talking as %s", v.State, v.CallerID, err, tokyo1)
		}
		r.perform("hanako consult " + rigNumber)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		var targetSees string
		channels, err := r.engine.nodes[0].ari.Channels.List(ctx)
		for _, ch := range channels {
			if strings.HasSuffix(ch.ID, ".t1") {
				targetSees = ch.Caller.Number
			}
		}
		if err != nil || targetSees != "+81312345670" {
			t.Errorf("the target sees %q, %v: want the campaign's own caller id", targetSees, err)
		}
		r.perform("hanako end")
		r.perform("hanako done")
		time.Sleep(time.Second)
		synctest.Wait()
		if past := r.past(); len(past) != 1 || past[0].CallerID != tokyo1 {
			t.Errorf("the history has %+v, want one call shown as %s", past, tokyo1)
		}
		r.finish()
		for _, w := range r.wrong {
			t.Error(w)
		}
	})
}
