package dialer

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/hasshin/hasshin/ari/aritest"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// allThere looks that no record of the list is lost or still out.
func (r *rig) allThere(t *testing.T) {
	t.Helper()
	counts, err := r.engine.store.Counts(t.Context(), rigCampaign)
	if err != nil {
		t.Fatal(err)
	}
	if counts.Total != 12 || counts.Ready+counts.Waiting+counts.Closed != 12 || counts.Out != 0 {
		t.Errorf("%+v, want all 12 records in the list or closed", counts)
	}
}

// All agents leave while a phone rings for each of them: who answers is abandoned and counted, and nobody else is called.
func TestAllAgentsLeaveAtOnce(t *testing.T) {
	t.Parallel()
	dialScene(t, campaign.ModeProgressive, false, func(t *testing.T, r *rig) {
		r.numbersAre(aritest.Answer(3 * time.Second))
		r.arrive(rigAgents...)
		time.Sleep(2 * time.Second)
		if n := len(r.callLegs()); n != len(rigAgents) {
			t.Fatalf("%d phones ring, want one for each of %d agents", n, len(rigAgents))
		}
		for _, id := range rigAgents {
			r.perform(id + " not-ready")
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		n := int64(len(rigAgents))
		if got := r.results(t); got["abandoned"] != n || len(got) != 1 {
			t.Errorf("results %v, want %d abandoned", got, n)
		}
		if sums := r.answers(t); sums != (campaign.Answers{Live: n, Abandoned: n}) {
			t.Errorf("the measuring period has %+v, want %d live and as many abandoned", sums, n)
		}
		r.allThere(t)
	})
}

// The campaign is stopped while phones ring: nobody new is called, and who answers gets an agent.
func TestAStopInTheMiddleOfDialing(t *testing.T) {
	t.Parallel()
	dialScene(t, campaign.ModeProgressive, false, func(t *testing.T, r *rig) {
		r.numbersAre(aritest.Answer(5 * time.Second))
		r.arrive(rigAgents...)
		time.Sleep(2 * time.Second)
		ringing := len(r.callLegs())
		if _, _, err := r.engine.store.Switches().Set(t.Context(), rigCampaign, campaign.Switching{By: "boss", Why: "no trunk"}); err != nil {
			t.Fatal(err)
		}
		for _, id := range rigAgents {
			v := r.hasCall(t, id, 10*time.Second)
			r.perform(id + " end")
			if _, err := r.engine.Done(t.Context(), id, v.ID, DoneOptions{Disposition: "sale"}); err != nil {
				t.Error(err)
			}
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := r.results(t); got["answered"] != int64(ringing) || len(got) != 1 || ringing != len(rigAgents) {
			t.Errorf("results %v, want the %d that rang answered and no other call", got, ringing)
		}
		r.allThere(t)
	})
}
