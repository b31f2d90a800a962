// Package agent has what concerns one agent apart from any call: who it is, which phone it uses, the states it can be in and what
// it may do.
package agent

import "fmt"

// Role is a named set of privileges. What is in it, the configuration can change; see [Bundles].
type Role string

const (
	RoleAgent      Role = "agent"
	RoleSupervisor Role = "supervisor"
	RoleAdmin      Role = "admin"
)

// UnmarshalText accepts the names of the roles.
func (r *Role) UnmarshalText(b []byte) error {
	if _, ok := bundles[Role(b)]; !ok {
		return fmt.Errorf("%q is not a role; expected agent, supervisor or admin", b)
	}
	*r = Role(b)
	return nil
}
