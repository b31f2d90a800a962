package dialer

import (
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
)

// Who may do what in a call. The engine decides it, and nobody else: what it shows as allowed and what it refuses are the same. That an agent
// may handle calls at all is for those to see to who let agents in.

// Commands beside those of the table: on one party of a call, and on its record.
const (
	dropParty   call.Event = "drop"
	muteParty   call.Event = "mute"
	unmuteParty call.Event = "unmute"
	sendDTMF    call.Event = "dtmf"
	setField    call.Event = "set-field"
	doNotCall   call.Event = "do-not-call"

	setCallback   call.Event = "callback"
	clearCallback call.Event = "clear-callback"
)

// privilegeOf is what a command needs beside [agent.HandleCalls]; commands that are not here need nothing more. A command that takes something
// back never does: whoever is in a state must be able to get out of it.
var privilegeOf = map[call.Event]agent.Privilege{
	call.Hold: agent.HoldCalls, call.Consult: agent.Consult, call.Swap: agent.Consult, call.Merge: agent.Confer, call.Invite: agent.Confer,
	call.Transfer: agent.Transfer, call.Complete: agent.Transfer, call.Leave: agent.LeaveConference,
	dropParty: agent.DropParties, muteParty: agent.MuteParties, sendDTMF: agent.SendDTMF,
	setField: agent.EditFields, doNotCall: agent.BlockNumbers,
}

// PrivilegeOf is the privilege that a command on a call, by its name in CallView.Allowed or PartyView.Allowed or one of set-field and
// do-not-call, needs beside [agent.HandleCalls]; "" for none.
func PrivilegeOf(command string) agent.Privilege { return privilegeOf[call.Event(command)] }

// privileges lists what an agent may do in the calls of a campaign.
func (e *Engine) privileges(a *agentActor, campaignID string) []string {
	names := []string{}
	for _, p := range e.cfg.Privileges.Of(a.cfg, e.cfg.Campaigns[campaignID].Privileges) {
		names = append(names, string(p))
	}
	return names
}

// may tells whether the call's owner has a privilege in it.
func (c *callActor) may(p agent.Privilege) bool {
	return p == "" || c.e.cfg.Privileges.Can(p, c.owner.cfg, c.cfg.Privileges)
}

// without refuses a command for want of a privilege.
func without(p agent.Privilege, format string, args ...any) *Error {
	err := refuse(CodeForbidden, format, args...)
	err.Privilege = p
	return err
}

// privileged lets a command be done if the call's owner has the privilege for it.
func privileged(event call.Event, do func(*callActor, func(CallView, error))) func(*callActor, func(CallView, error)) {
	return func(c *callActor, reply func(CallView, error)) {
		if p := privilegeOf[event]; !c.may(p) {
			reply(CallView{}, without(p, "%s needs the privilege %s", event, p))
			return
		}
		do(c, reply)
	}
}

// mayReach refuses an outside number of a class that the call's owner may not reach. Numbers of the record are the contact's own.
func (c *callActor) mayReach(to Target) *Error {
	if !c.outside(to) {
		return nil
	}
	if p := agent.ReachOutside(to.Number, c.cfg.List.Region); !c.may(p) {
		return without(p, "to reach %s needs the privilege %s", to.Number, p)
	}
	return nil
}

// allowedOn lists what the owner can do with one party now.
func (c *callActor) allowedOn(p *party) []string {
	if p.leaving || p.phase == gone {
		return nil
	}
	var names []string
	add := func(event call.Event, possible bool) {
		if possible && c.may(privilegeOf[event]) {
			names = append(names, string(event))
		}
	}
	add(dropParty, c.canDrop(p))
	add(muteParty, p.phase == up && !p.muted)
	add(unmuteParty, p.phase == up && p.muted)
	add(sendDTMF, p.phase == up)
	return names
}

// canDrop tells whether a party can be released in the present state: the last one by ending the call, one being reached by giving it up.
func (c *callActor) canDrop(p *party) bool {
	event := call.Event("")
	switch {
	case p == c.contact && len(c.everybody()) == 1:
		event = call.End
	case p == c.target:
		event = call.EndConsult
	default:
		return c.state.Live()
	}
	_, ok := call.Next(c.state, event)
	return ok
}
