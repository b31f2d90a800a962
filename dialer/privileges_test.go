package dialer

import (
	"errors"
	"slices"
	"testing"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// ownedBy is a call in a state, as far as privileges are concerned.
func ownedBy(state call.State, own, inCampaign agent.Change) *callActor {
	cfg := campaign.Defaults()
	cfg.List.Region, cfg.Privileges = "JP", inCampaign
	return &callActor{
		e: &Engine{}, cfg: cfg, state: state, owner: &agentActor{cfg: agent.Config{Role: agent.RoleAgent, Privileges: own}},
		record: &campaign.Record{Numbers: []campaign.Number{{E164: "+442079460999"}}},
	}
}

func TestAllowedIsWhatStateAndPrivilegesAllow(t *testing.T) {
	everything := ownedBy(call.Talking, agent.Change{}, agent.Change{}).allowed()
	if want := []string{"hold", "consult", "invite", "transfer", "end", "done"}; !slices.Equal(everything, want) {
		t.Errorf("an agent may %v, want %v", everything, want)
	}
	c := ownedBy(call.Talking, agent.Change{Remove: []agent.Privilege{agent.HoldCalls}}, agent.Change{Remove: []agent.Privilege{agent.Transfer}})
	if want := []string{"consult", "invite", "end", "done"}; !slices.Equal(c.allowed(), want) {
		t.Errorf("with less: %v, want %v", c.allowed(), want)
	}
	// Without any privilege there is still a way out of each state.
	nothing := agent.Change{Remove: agent.Privileges()}
	for _, row := range call.Table() {
		if c := ownedBy(row.State, nothing, agent.Change{}); len(call.Allowed(row.State)) > 0 && len(c.allowed()) == 0 {
			t.Errorf("nobody without privileges gets out of %s", row.State)
		}
	}
}

func TestACommandWithoutItsPrivilegeIsRefusedByName(t *testing.T) {
	for event, privilege := range privilegeOf {
		c := ownedBy(call.Talking, agent.Change{Remove: []agent.Privilege{privilege}}, agent.Change{})
		done := false
		var got error
		privileged(event, func(*callActor, func(CallView, error)) { done = true })(c, func(_ CallView, err error) { got = err })
		var refused *Error
		if done || !errors.As(got, &refused) || refused.Code != CodeForbidden || refused.Privilege != privilege {
			t.Errorf("%s without %s: done %v, %v", event, privilege, done, got)
		}
		c = ownedBy(call.Talking, agent.Change{}, agent.Change{})
		privileged(event, func(*callActor, func(CallView, error)) { done = true })(c, func(_ CallView, err error) { got = err })
		if !done {
			t.Errorf("%s with %s: %v", event, privilege, got)
		}
		if PrivilegeOf(string(event)) != privilege {
			t.Errorf("%s is said to need %q", event, PrivilegeOf(string(event)))
		}
	}
	if p := PrivilegeOf("resume"); p != "" {
		t.Errorf("resume is said to need %s", p)
	}
}

func TestOutsideNumbersNeedThePrivilegeOfTheirClass(t *testing.T) {
	c := ownedBy(call.Talking, agent.Change{}, agent.Change{})
	for number, lacks := range map[string]agent.Privilege{
		"+81355550007": "", "+12125550123": agent.ReachInternational, "+81990504111": agent.ReachPremium,
		"+442079460999": "", // a number of the record
	} {
		err := c.mayReach(Target{Kind: TargetNumber, Number: number})
		switch {
		case lacks == "" && err != nil:
			t.Errorf("%s: %v", number, err)
		case lacks != "" && (err == nil || err.Code != CodeForbidden || err.Privilege != lacks):
			t.Errorf("%s: %v, want %s", number, err, lacks)
		}
	}
	if err := c.mayReach(Target{Kind: TargetAgent, ID: "taro"}); err != nil {
		t.Errorf("a colleague: %v", err)
	}
	abroad := ownedBy(call.Talking, agent.Change{}, agent.Change{Add: []agent.Privilege{agent.ReachInternational}})
	if err := abroad.mayReach(Target{Kind: TargetNumber, Number: "+12125550123"}); err != nil {
		t.Errorf("abroad in a campaign that calls abroad: %v", err)
	}
}

// TestTheRecordNeedsItsPrivileges asks for the two commands that the table of states does not have.
func TestTheRecordNeedsItsPrivileges(t *testing.T) {
	for command, privilege := range map[string]agent.Privilege{"set-field": "calls.edit_fields", "do-not-call": "calls.do_not_call"} {
		if p := PrivilegeOf(command); p != privilege {
			t.Errorf("%s is said to need %q, want %s", command, p, privilege)
		}
	}
}

func TestWhatCanBeDoneWithAParty(t *testing.T) {
	c := ownedBy(call.Conference, agent.Change{}, agent.Change{})
	c.contact = &party{id: legContact, phase: up}
	ringing, muted, leaving := &party{id: "t1", phase: dialing}, &party{id: "t2", phase: up, muted: true}, &party{id: "t3", phase: up, leaving: true}
	c.members = []*party{muted, leaving}
	check := func(p *party, want ...string) {
		t.Helper()
		if got := c.allowedOn(p); !slices.Equal(got, want) {
			t.Errorf("%s, %s: %v, want %v", c.state, p.id, got, want)
		}
	}
	check(c.contact, "drop", "mute", "dtmf")
	check(muted, "drop", "unmute", "dtmf")
	check(leaving)
	c.state, c.target = call.Inviting, ringing
	check(ringing, "drop")
	c.state = call.Transferring
	check(ringing)
	c.owner.cfg.Privileges.Remove = []agent.Privilege{agent.DropParties, agent.MuteParties}
	c.state = call.Conference
	check(c.contact, "dtmf")
	check(muted, "unmute", "dtmf")
}
