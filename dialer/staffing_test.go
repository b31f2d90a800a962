package dialer

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/ari/aritest"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// second is a campaign beside the rig's.
const second = "second"

// sharedStory lets agents who work in two campaigns that dial by themselves take contacts for ten minutes, and answers how many each of them had of each.
func sharedStory(t *testing.T, agents []string, records map[string]int, first, other campaign.StaffingConfig) (had map[string]map[string]int, abandoned int64) {
	t.Helper()
	server := newRedis(t)
	had = map[string]map[string]int{}
	synctest.Test(t, func(t *testing.T) {
		r := newRigWith(t, server, false, func(c *Config) {
			dialsBy(campaign.ModeProgressive)(c)
			k := c.Campaigns[rigCampaign]
			k.Staffing, k.Treatment.MaxAttempts = first, 1
			c.Campaigns[rigCampaign] = k
			k.Staffing = other
			c.Campaigns[second] = k
			for id, a := range c.Agents {
				a.Campaigns = []string{rigCampaign, second}
				c.Agents[id] = a
			}
		})
		rdb := redis.NewClient(&redis.Options{Addr: server, Protocol: 2, DisableIdentity: true})
		defer rdb.Close()
		r.numbersAre(aritest.Answer(2 * time.Second))
		for id, n := range records {
			r.addContacts(t, rdb, id, n)
		}
		r.arrive(agents...)
		seen := map[string]bool{}
		for range 600 {
			time.Sleep(time.Second)
			synctest.Wait()
			for i, id := range agents {
				a, err := r.engine.Agent(t.Context(), id)
				if err != nil || a.CallID == "" {
					continue
				}
				v, err := r.engine.Call(t.Context(), id, a.CallID)
				if err != nil {
					continue
				}
				if !seen[v.ID] {
					seen[v.ID] = true
					if had[id] == nil {
						had[id] = map[string]int{}
					}
					had[id][v.Campaign]++
				}
				if time.Since(v.Since) > time.Duration(3+i)*time.Second {
					_, _ = r.engine.Done(t.Context(), id, a.CallID, DoneOptions{Disposition: "sale"})
				}
			}
		}
		for _, id := range []string{rigCampaign, second} {
			counts, err := r.engine.store.Counts(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			abandoned += counts.Results["abandoned"]
		}
		for _, id := range agents {
			r.goHome(id)
		}
		time.Sleep(40 * time.Second)
		synctest.Wait()
		if left := r.engine.liveCalls(); len(left) > 0 {
			t.Errorf("%d calls are left", len(left))
		}
		r.inspectDialing()
		r.stop()
		for _, w := range r.wrong {
			t.Error(w)
		}
	})
	return had, abandoned
}

// addContacts puts contacts into a campaign's list, who answer after two seconds.
func (r *rig) addContacts(t *testing.T, rdb *redis.Client, id string, n int) {
	t.Helper()
	var rows strings.Builder
	rows.WriteString("name,phone\n")
	for i := range n {
		number := fmt.Sprintf("+8180%d%07d", 1+len(id)%5, i)
		fmt.Fprintf(&rows, "Contact %d,%s\n", i, number)
		r.asterisk.Endpoint("PJSIP/"+number+"@carrier", aritest.Answer(2*time.Second))
	}
	sum, err := campaign.Import(t.Context(), campaign.NewRedisStore(rdb), campaign.ImportRequest{
		Campaign: id, List: r.engine.cfg.Campaigns[id].List, Path: "-", Stdin: strings.NewReader(rows.String()), Rejects: filepath.Join(t.TempDir(), "rejects.csv"),
	})
	if err != nil || sum.Imported != int64(n) {
		t.Fatalf("the list was not imported: %+v %v", sum, err)
	}
}

func TestAgentsOfTwoCampaignsAreSharedByWeight(t *testing.T) {
	t.Parallel()
	had, abandoned := sharedStory(t, rigAgents, map[string]int{rigCampaign: 600, second: 600}, campaign.StaffingConfig{Weight: 3}, campaign.StaffingConfig{Weight: 1})
	for id, n := range had {
		all := n[rigCampaign] + n[second]
		if share := float64(n[rigCampaign]) / float64(all); all < 40 || share < 0.70 || share > 0.80 {
			t.Errorf("%s had %v; want at least 40 contacts, three of four of the first campaign", id, n)
		}
	}
	if len(had) != len(rigAgents) || abandoned > 0 {
		t.Errorf("%d agents had contacts, and %d contacts got nobody; want %d and none", len(had), abandoned, len(rigAgents))
	}
}

func TestACampaignHasItsMinimumOfAgents(t *testing.T) {
	t.Parallel()
	had, abandoned := sharedStory(t, rigAgents[:2], map[string]int{rigCampaign: 600, second: 600}, campaign.StaffingConfig{Weight: 100},
		campaign.StaffingConfig{Weight: 1, Minimum: 1})
	first, other := 0, 0
	for _, n := range had {
		first, other = first+n[rigCampaign], other+n[second]
	}
	if share := float64(other) / float64(first+other); share < 0.35 || share > 0.65 || abandoned > 0 {
		t.Errorf("the second campaign gave %d of %d contacts, %d got nobody; want about half, as one of two agents is always there, and none", other, first+other, abandoned)
	}
}

func TestACampaignWithNothingToDialLendsItsAgents(t *testing.T) {
	t.Parallel()
	had, abandoned := sharedStory(t, rigAgents[:2], map[string]int{rigCampaign: 600}, campaign.StaffingConfig{Weight: 1}, campaign.StaffingConfig{Weight: 100, Minimum: 2})
	for id, n := range had {
		if n[rigCampaign] < 40 || n[second] > 0 {
			t.Errorf("%s had %v; want at least 40 contacts of the campaign that has some", id, n)
		}
	}
	if abandoned > 0 || len(had) != 2 {
		t.Errorf("%d contacts got nobody; want none: %v", abandoned, had)
	}
}
