package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/hasshin/hasshin/config"
	"github.com/hasshin/hasshin/config/yamlstrict"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/campaign"
)

var checkCommand = command{
	name:    "check",
	summary: "say whether the configuration is right, and all that is wrong in it",
	about: `
Reads the configuration as serve would, without connecting to anything. When it
is right, tells in short what was understood; when not, everything that is wrong,
each with file, line and column, and ends with 1.`,
	setup: func(flags *flag.FlagSet) func(context.Context, streams, []string) error {
		path := configFlag(flags)
		effective := flags.Bool("print", false, "print the whole configuration as it is in effect, defaults included, secrets masked")
		return func(_ context.Context, std streams, _ []string) error {
			return check(std.out, *path, *effective)
		}
	},
}

func check(out io.Writer, path string, effective bool) error {
	cfg, err := config.Load(path)
	if err != nil {
		return counted(err)
	}
	if effective {
		text, err := yamlstrict.Encode(*cfg)
		if err != nil {
			return err
		}
		_, err = out.Write(text)
		return err
	}
	return summarise(out, path, cfg)
}

// counted puts in front how much is wrong: there may be more than a screen of it.
func counted(err error) error {
	var issues yamlstrict.Issues
	if !errors.As(err, &issues) {
		return err
	}
	how := "one mistake"
	if len(issues) > 1 {
		how = fmt.Sprintf("%d mistakes", len(issues))
	}
	return fmt.Errorf("the configuration has %s:\n\n%w", how, err)
}

func summarise(out io.Writer, path string, cfg *config.Config) error {
	var b strings.Builder
	line := func(what, format string, args ...any) {
		fmt.Fprintf(&b, "  %-10s %s\n", what, fmt.Sprintf(format, args...))
	}
	fmt.Fprintf(&b, "%s is right:\n", path)
	for _, n := range cfg.Dialer.Asterisk {
		line("asterisk", "%s at %s, application %s", n.Name, n.URL, n.App)
	}
	if cfg.Redis.Embedded {
		line("redis", "embedded: NOTHING LASTS beyond the end of the process")
	} else {
		line("redis", "%s", cfg.Redis.Where())
	}
	line("http", "%s", cfg.HTTP.Listen)
	for _, name := range sortedKeys(cfg.Dialer.Trunks) {
		line("trunk", "%s: %s", name, cfg.Dialer.Trunks[name].Dial)
	}
	for _, name := range sortedKeys(cfg.Dialer.CallerIDs) {
		line("caller ids", "%s: %s", name, cfg.Dialer.CallerIDs[name])
	}
	members := map[string]int{}
	roles := map[agent.Role]int{}
	for _, a := range cfg.Dialer.Agents {
		roles[a.Role]++
		for _, c := range a.Campaigns {
			members[c]++
		}
	}
	var people []string
	for _, role := range sortedKeys(roles) {
		people = append(people, fmt.Sprintf("%d with role %s", roles[role], role))
	}
	if people == nil {
		people = []string{"none: nobody can sign in"}
	}
	line("agents", "%s", strings.Join(people, ", "))
	for _, id := range sortedKeys(cfg.Dialer.Campaigns) {
		c := cfg.Dialer.Campaigns[id]
		line("campaign", "%s: %s over %s, numbers of %s, agents: %d, dispositions: %d, %s",
			id, c.Mode, c.Trunk, c.List.Region, members[id], len(c.Choices()), shown(cfg.Dialer.Trunks[c.Trunk], c))
	}
	if len(cfg.Dialer.Campaigns) == 0 {
		line("campaigns", "none: there is nothing to dial")
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// shown tells what contacts of a campaign see.
func shown(trunk dialer.TrunkConfig, c campaign.Config) string {
	if c.CallerIDGroup != "" {
		return "shown as one of " + c.CallerIDGroup
	}
	if caller := cmp.Or(c.CallerID, trunk.CallerID); caller != "" {
		return "shown as " + caller
	}
	return "shown without a number"
}

func sortedKeys[K ~string, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
