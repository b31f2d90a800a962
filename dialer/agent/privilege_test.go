package agent_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/hasshin/hasshin/dialer/agent"
)

func TestRolesOnlyAddToEachOther(t *testing.T) {
	var lesser []agent.Privilege
	for _, role := range []agent.Role{agent.RoleAgent, agent.RoleSupervisor, agent.RoleAdmin} {
		has := agent.Bundles{}.Of(agent.Config{Role: role}, agent.Change{})
		for _, p := range lesser {
			if !slices.Contains(has, p) {
				t.Errorf("%s lacks %s, which a lesser role has", role, p)
			}
		}
		if len(has) <= len(lesser) {
			t.Errorf("%s has no more than a lesser role: %v", role, has)
		}
		lesser = has
	}
	if len(lesser) != len(agent.Privileges()) {
		t.Errorf("the administrator has %v, want all", lesser)
	}
}

func TestEachPrivilegeIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{} // cells of the table of privileges, by privilege
	for line := range strings.Lines(string(page)) {
		if cells := strings.Split(strings.TrimSpace(line), "|"); len(cells) == 7 {
			rows[strings.Trim(cells[1], " `")] = cells[2:6]
		}
	}
	for _, p := range agent.Privileges() {
		row := rows[string(p)]
		if row == nil || strings.TrimSpace(row[0]) == "" {
			t.Errorf("docs/api.md does not say what %s is", p)
			continue
		}
		for i, role := range []agent.Role{agent.RoleAgent, agent.RoleSupervisor, agent.RoleAdmin} {
			has := agent.Bundles{}.Can(p, agent.Config{Role: role}, agent.Change{})
			if said := strings.TrimSpace(row[1+i]) == "✓"; said != has {
				t.Errorf("docs/api.md says that %s having %s is %v, and it is %v", role, p, said, has)
			}
		}
	}
}

func TestWhoCanDoWhat(t *testing.T) {
	only := func(p ...agent.Privilege) agent.Change { return agent.Change{Add: p} }
	not := func(p ...agent.Privilege) agent.Change { return agent.Change{Remove: p} }
	tests := map[string]struct {
		role     agent.Role
		bundle   agent.Change
		own      agent.Change
		campaign agent.Change
		want     bool // of calls abroad
	}{
		"an agent":                        {role: agent.RoleAgent},
		"a supervisor":                    {role: agent.RoleSupervisor, want: true},
		"given to the role":               {role: agent.RoleAgent, bundle: only(agent.ReachInternational), want: true},
		"given to the person":             {role: agent.RoleAgent, own: only(agent.ReachInternational), want: true},
		"given in the campaign":           {role: agent.RoleAgent, campaign: only(agent.ReachInternational), want: true},
		"taken from the role":             {role: agent.RoleSupervisor, bundle: not(agent.ReachInternational)},
		"taken from the person":           {role: agent.RoleSupervisor, own: not(agent.ReachInternational)},
		"taken in the campaign":           {role: agent.RoleSupervisor, campaign: not(agent.ReachInternational)},
		"the person in spite of the role": {role: agent.RoleAgent, bundle: not(agent.ReachInternational), own: only(agent.ReachInternational), want: true},
		"the campaign is over the person": {role: agent.RoleAgent, own: only(agent.ReachInternational), campaign: not(agent.ReachInternational)},
		"the person in a freer campaign":  {role: agent.RoleAgent, own: not(agent.ReachInternational), campaign: only(agent.ReachInternational)},
		"something else is given":         {role: agent.RoleAgent, own: only(agent.ReachPremium, agent.SeeAgents)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			cfg := agent.Config{Role: test.role, Privileges: test.own}
			bundles := agent.Bundles{test.role: test.bundle}
			if got := bundles.Can(agent.ReachInternational, cfg, test.campaign); got != test.want {
				t.Errorf("can is %v, want %v", got, test.want)
			}
			if listed := slices.Contains(bundles.Of(cfg, test.campaign), agent.ReachInternational); listed != test.want {
				t.Errorf("listed is %v, want %v", listed, test.want)
			}
		})
	}
}

func TestImpossibleChanges(t *testing.T) {
	both := agent.Change{Add: []agent.Privilege{agent.Transfer}, Remove: []agent.Privilege{agent.Confer, agent.Transfer}}
	if err := both.Validate(); err == nil || !strings.Contains(err.Error(), "remove[1]: calls.transfer is added, too") {
		t.Errorf("added and removed: %v", err)
	}
	global := agent.Change{Add: []agent.Privilege{agent.SeeAgents}, Remove: []agent.Privilege{agent.HandleCalls, agent.Transfer}}
	err := global.ValidateForCampaign()
	if err == nil || strings.Count(err.Error(), "\n") != 1 || !strings.Contains(err.Error(), "add[0]: agents.see") || !strings.Contains(err.Error(), "remove[0]: calls.handle") {
		t.Errorf("in a campaign: %v", err)
	}
	if err := global.Validate(); err != nil {
		t.Errorf("of a role: %v", err)
	}
	var p agent.Privilege
	if err := p.UnmarshalText([]byte("calls.hodl")); err == nil || !strings.Contains(err.Error(), "calls.hold") {
		t.Errorf("unknown privilege: %v", err)
	}
	for _, known := range agent.Privileges() {
		if err := p.UnmarshalText([]byte(known)); err != nil || p != known {
			t.Errorf("%s: %v", known, err)
		}
	}
}

func TestOutsideNumbersAreClassedByWhatTheyCost(t *testing.T) {
	tests := []struct {
		number, home string
		want         agent.Privilege
	}{
		{"+81312345678", "JP", agent.ReachNational},
		{"+819012345678", "JP", agent.ReachNational},
		{"+81120123456", "JP", agent.ReachNational},
		{"+81990504111", "JP", agent.ReachPremium},
		{"+442079460999", "JP", agent.ReachInternational},
		{"+442079460999", "GB", agent.ReachNational},
		{"+441534123456", "GB", agent.ReachInternational}, // Jersey
		{"+447012345678", "GB", agent.ReachPremium},       // a personal number
		{"+449090123456", "GB", agent.ReachPremium},
		{"+12125550123", "US", agent.ReachNational},
		{"+18005550123", "US", agent.ReachNational},
		{"+18005550123", "CA", agent.ReachNational}, // toll-free in the whole plan
		{"+18765551234", "US", agent.ReachInternational},
		{"+19002345678", "US", agent.ReachPremium},
		{"+870773111632", "JP", agent.ReachPremium}, // a ship
		{"+80012345678", "JP", agent.ReachInternational},
		{"+979123456789", "JP", agent.ReachPremium},
		{"+99912345678", "JP", agent.ReachPremium}, // of no plan
		{"nonsense", "JP", agent.ReachPremium},
	}
	for _, test := range tests {
		if got := agent.ReachOutside(test.number, test.home); got != test.want {
			t.Errorf("%s from %s: %s, want %s", test.number, test.home, got, test.want)
		}
	}
}
