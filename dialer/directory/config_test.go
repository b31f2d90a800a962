package directory

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/hasshin/hasshin/internal/problem"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestValidate(t *testing.T) {
	entry := Entry{Name: "Head office", Reading: "ほんしゃ", Number: "+81312345678", Group: "Offices"}
	for name, c := range map[string]struct {
		change func(*Config)
		paths  []string
		says   string
	}{
		"defaults": {change: func(*Config) {}},
		"everything set": {change: func(c *Config) {
			c.Entries = []Entry{entry, {Name: "Branch", Number: "+81612345678"}}
			c.Outside = OutsideConfig{
				Countries: []string{"JP", "GB"}, ForbiddenCountries: []string{"CU"}, Prefixes: []string{"+1212"}, ForbiddenPrefixes: []string{"+81570"},
				Premium: true, PerMinute: 0, PerHour: 10000,
			}
		}},
		"entries": {
			change: func(c *Config) {
				c.Entries = []Entry{{Number: "+81312345678"}, {Name: "a"}, {Name: "b", Number: "03-1234-5678"}, entry, {Name: strings.Repeat("x", 129), Number: "+81612345678"}}
			},
			paths: []string{"entries[0].name", "entries[1].number", "entries[2].number", "entries[3].number", "entries[4].name"},
			says:  "+81312345678 is the number of entry 1 already",
		},
		"entry that is forbidden": {
			change: func(c *Config) { c.Entries, c.Outside.ForbiddenCountries = []Entry{entry}, []string{"JP"} },
			paths:  []string{"entries[0].number"}, says: "cannot be dialed: +81312345678 is a number of JP, which is forbidden",
		},
		"entry with a forbidden prefix": {
			change: func(c *Config) { c.Entries, c.Outside.ForbiddenPrefixes = []Entry{entry}, []string{"+813"} },
			paths:  []string{"entries[0].number"}, says: "forbidden prefix",
		},
		"countries": {
			change: func(c *Config) {
				c.Outside.Countries, c.Outside.ForbiddenCountries = []string{"JP", "jp", "Japan"}, []string{"JP", "XX"}
			},
			paths: []string{"outside.countries[1]", "outside.countries[2]", "outside.forbidden_countries[1]", "outside.forbidden_countries[0]"},
			says:  "in capitals: JP",
		},
		"prefixes": {
			change: func(c *Config) { c.Outside.Prefixes, c.Outside.ForbiddenPrefixes = []string{"44"}, []string{"+"} },
			paths:  []string{"outside.prefixes[0]", "outside.forbidden_prefixes[0]"},
		},
		"rates": {
			change: func(c *Config) { c.Outside.PerMinute, c.Outside.PerHour = -1, 10001 },
			paths:  []string{"outside.per_minute", "outside.per_hour"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := Defaults()
			c.change(&cfg)
			err := cfg.Validate()
			var paths []string
			for _, p := range problem.Of(err) {
				paths = append(paths, p.Path)
			}
			if diff := cmp.Diff(c.paths, paths); diff != "" {
				t.Errorf("problems at (-want +got):\n%s%v", diff, err)
			}
			if err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("it says %q, want %q in it", err, c.says)
			}
		})
	}
}
