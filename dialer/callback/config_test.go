package callback

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hasshin/hasshin/dialer/hours"
	"github.com/hasshin/hasshin/internal/problem"
)

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Config)
		paths  []string
	}{
		"nothing wrong":          {change: func(*Config) {}},
		"next shift with hours":  {change: func(c *Config) { c.WorkingHours, c.Absent.Then = hours.MustWeek("daily 09:00-18:00"), ToNextShift }},
		"next shift without any": {change: func(c *Config) { c.Absent.Then = ToNextShift }, paths: []string{"absent.then"}},
		"empty working hours":    {change: func(c *Config) { c.WorkingHours = hours.Week{{}} }, paths: []string{"working_hours[0]"}},
		"nothing said":           {change: func(c *Config) { *c = Config{} }, paths: []string{"horizon", "slot", "kind", "absent.then", "refusals", "keep", "when_reached", "when_stopped"}},
		"slot of seconds":        {change: func(c *Config) { c.Slot = 90 * time.Second }, paths: []string{"slot"}},
		"wait of seconds":        {change: func(c *Config) { c.Absent.Wait = 90 * time.Second }, paths: []string{"absent.wait"}},
		"long wait":              {change: func(c *Config) { c.Absent.Wait = MaxWait + time.Minute }, paths: []string{"absent.wait"}},
		"priority too high":      {change: func(c *Config) { c.Priority.Pool = 101 }, paths: []string{"priority.pool"}},
		"never up":               {change: func(c *Config) { c.Refusals = 1000 }, paths: []string{"refusals"}},
		"refused for days":       {change: func(c *Config) { c.RefusedFor = 25 * time.Hour }, paths: []string{"refused_for"}},
		"group without its rule": {change: func(c *Config) { c.Absent.Group = "night" }, paths: []string{"absent.group"}},
	} {
		config := Defaults()
		c.change(&config)
		var paths []string
		for _, p := range problem.Of(config.Validate()) {
			paths = append(paths, p.Path)
		}
		if diff := cmp.Diff(c.paths, paths); diff != "" {
			t.Errorf("%s: problems at (-want +got):\n%s", name, diff)
		}
	}
}

func TestUnknownNamesAreRefused(t *testing.T) {
	var kind Kind
	var rule AbsenceRule
	if kind.UnmarshalText([]byte("family")) == nil || rule.UnmarshalText([]byte("boss")) == nil {
		t.Error("an unknown kind or rule was accepted")
	}
	for _, k := range Kinds() {
		if err := kind.UnmarshalText([]byte(k)); err != nil || kind != k {
			t.Errorf("%s: %s, %v", k, kind, err)
		}
	}
	for _, r := range AbsenceRules() {
		if err := rule.UnmarshalText([]byte(r)); err != nil || rule != r {
			t.Errorf("%s: %s, %v", r, rule, err)
		}
	}
}
