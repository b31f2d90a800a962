package dialer

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/hasshin/hasshin/ari/aritest"
)

// readings are the values of a registry's gauges and counters, by name and labels' values.
func readings(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			all[name] = m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return all
}

func TestPrometheusSeesWhatTheWallboardShows(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	boardScene(t, func(o *Options) { o.Registerer = registry }, func(t *testing.T, r *rig, _ *notebook) {
		see := func(when string, want map[string]float64) map[string]float64 {
			t.Helper()
			time.Sleep(figuresKept)
			synctest.Wait()
			got := readings(t, registry)
			for name, v := range want {
				if has, there := got[name]; !there || has != v {
					t.Errorf("%s: %s is %v (%v), want %v", when, name, has, there, v)
				}
			}
			return got
		}
		r.numbersAre(aritest.Answer(3 * time.Second))
		before := see("at first", map[string]float64{
			"hasshin_agents ready": 0, "hasshin_campaign_running spring": 1, "hasshin_campaign_list_records spring ready": 12, "hasshin_campaign_calls spring dialed": 0,
			"hasshin_campaign_abandon_limit_ratio spring": 0.03,
		})
		r.arrive("hanako")
		see("while the phone rings", map[string]float64{
			"hasshin_agents ready": 1, "hasshin_campaign_agents spring ready": 1, "hasshin_campaign_calls spring dialed": 1, "hasshin_campaign_dialing_level spring": 1,
			"hasshin_campaign_list_records spring out": 1,
		})
		c := r.hasCall(t, "hanako", 30*time.Second)
		see("while they talk", map[string]float64{
			"hasshin_campaign_agents spring on-call": 1, "hasshin_campaign_calls spring talking": 1, "hasshin_campaign_calls spring dialed": 0, "hasshin_contact_wait_seconds spring": 1,
		})
		_, err := r.engine.End(t.Context(), "hanako", c.ID)
		if err == nil {
			_, err = r.engine.Done(t.Context(), "hanako", c.ID, DoneOptions{Disposition: "sale"})
		}
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		r.perform("hanako not-ready") // whoever answers now gets nobody
		time.Sleep(30 * time.Second)
		after := see("in the end", map[string]float64{
			"hasshin_attempts_total spring answered": 1, "hasshin_attempts_total spring abandoned": 1, "hasshin_campaign_hit_ratio spring": 1,
			"hasshin_campaign_abandon_ratio spring": 0.5, "hasshin_agents not-ready": 1,
			"hasshin_campaign_list_records spring closed": 1, "hasshin_campaign_list_penetration_ratio spring": 1. / 12, "hasshin_figures_errors_total": 0,
		})
		if b := after["hasshin_campaign_abandon_budget_calls spring"]; b >= 1 {
			t.Errorf("the budget is %v with one of two abandoned", b)
		}
		if u := after["hasshin_campaign_utilisation_ratio spring"]; u <= 0 || u >= 1 {
			t.Errorf("utilisation %v", u)
		}
		if s := after["hasshin_campaign_completion_seconds spring"]; s <= 0 {
			t.Errorf("%v s until all have been tried", s)
		}
		// What has happened makes no series but of the results that there were, and the time that is only known then.
		for name := range before {
			delete(after, name)
		}
		for name := range after {
			if !strings.HasPrefix(name, "hasshin_attempts_total ") && name != "hasshin_campaign_completion_seconds spring" && name != "hasshin_contact_wait_seconds spring" {
				t.Errorf("calls have made a new series: %s", name)
			}
		}
	})
}

// docs/metrics.md names every figure that the program has, and none that it has not.
func TestEveryFigureIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	names := func(pattern, text string) map[string]bool {
		found := map[string]bool{}
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			found[m[1]] = true
		}
		return found
	}
	documented, has := names("`(hasshin_[a-z_]+)`", string(page)), map[string]bool{}
	if err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "bench" || d.Name() == ".git"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		maps.Copy(has, names(`"(hasshin_[a-z_]+)"`, string(text)))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if len(has) < 30 {
		t.Fatalf("only %d figures were found in the program", len(has))
	}
	for _, name := range slices.Sorted(maps.Keys(has)) {
		if !documented[name] {
			t.Errorf("docs/metrics.md does not tell of %s", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(documented)) {
		if !has[name] {
			t.Errorf("docs/metrics.md tells of %s, which there is not", name)
		}
	}
}
