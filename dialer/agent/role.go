// Package agent has what concerns one agent apart from any call: who it is, which phone it uses, the states it can be in and what
// it may do.
package agent

import (
	"fmt"
	"maps"
	"slices"
)

// Role is a named set of privileges.
type Role string

const (
	RoleAgent      Role = "agent"
	RoleSupervisor Role = "supervisor"
	RoleAdmin      Role = "admin"
)

// UnmarshalText accepts the names of the roles.
func (r *Role) UnmarshalText(b []byte) error {
	if _, ok := privileges[Role(b)]; !ok {
		return fmt.Errorf("%q is not a role; expected agent, supervisor or admin", b)
	}
	*r = Role(b)
	return nil
}

// Privilege is the right to one kind of action.
type Privilege string

const (
	HandleCalls Privilege = "calls.handle" // sign a phone in, take previews, handle own calls
	SeeAgents   Privilege = "agents.see"   // see all agents, their states and calls
	SeeMetrics  Privilege = "metrics.see"  // read the process's own figures
)

var privileges = map[Role]map[Privilege]bool{
	RoleAgent:      {HandleCalls: true},
	RoleSupervisor: {HandleCalls: true, SeeAgents: true},
	RoleAdmin:      {HandleCalls: true, SeeAgents: true, SeeMetrics: true},
}

// Can tells whether the role has the privilege.
func (r Role) Can(p Privilege) bool { return privileges[r][p] }

// Privileges lists what the role may do, in the order of their names.
func (r Role) Privileges() []Privilege { return slices.Sorted(maps.Keys(privileges[r])) }
