package desk_test

import (
	"slices"
	"testing"

	"github.com/hasshin/hasshin/desk"
	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
)

func TestTheConfigurationChangesWhatRolesAndPeopleMayDo(t *testing.T) {
	h := open(t, func(o *desk.Options) {
		o.Privileges = agent.Bundles{agent.RoleAgent: {Remove: []agent.Privilege{agent.Transfer}}}
		jiro := o.Agents["jiro"]
		jiro.Privileges = agent.Change{Add: []agent.Privilege{agent.SeeAgents, agent.Transfer}}
		o.Agents["jiro"] = jiro
		sumire := o.Agents["sumire"]
		sumire.Privileges = agent.Change{Remove: []agent.Privilege{agent.SeeAgents}}
		o.Agents["sumire"] = sumire
	})
	for id, want := range map[string]struct{ see, transfer bool }{
		"hanako": {false, false}, "jiro": {true, true}, "sumire": {false, true}, "akira": {true, true},
	} {
		c := h.signedIn(id)
		s := must(c.Session(h.ctx()))(t)
		if slices.Contains(s.Privileges, "agents.see") != want.see || slices.Contains(s.Privileges, "calls.transfer") != want.transfer {
			t.Errorf("%s may %v", id, s.Privileges)
		}
		_, err := c.Agents(h.ctx())
		if want.see != (err == nil) {
			t.Errorf("%s asks for all agents: %v", id, err)
		}
		if !want.see {
			if p := wantCode(t, err, api.CodeForbidden); p.Privilege != "agents.see" || p.Status != 403 {
				t.Errorf("%s is refused with %s", id, text(p))
			}
		}
	}
}

func TestWithoutTheFirstPrivilegeNobodyHandlesCalls(t *testing.T) {
	h := open(t, func(o *desk.Options) {
		o.Privileges = agent.Bundles{agent.RoleAgent: {Remove: []agent.Privilege{agent.HandleCalls}}}
	})
	c := h.signedIn("hanako")
	if did := h.engine.done(); len(did) != 0 {
		t.Errorf("the engine was told %v", did)
	}
	_, err := c.GetRecord(h.ctx(), "spring")
	if p := wantCode(t, err, api.CodeForbidden); p.Privilege != "calls.handle" {
		t.Errorf("problem = %s", text(p))
	}
}

func TestWhatTheEngineForbidsNamesThePrivilege(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	id := must(c.GetRecord(h.ctx(), "spring"))(t).ID
	h.engine.set(func(f *fakeEngine) {
		f.refuse = &dialer.Error{Code: dialer.CodeForbidden, Message: "hold needs the privilege calls.hold", Privilege: agent.HoldCalls}
	})
	_, err := c.Hold(h.ctx(), id)
	p := wantCode(t, err, api.CodeForbidden)
	if p.Privilege != "calls.hold" || p.Status != 403 || p.Detail != "hold needs the privilege calls.hold" {
		t.Errorf("problem = %s", text(p))
	}
}
