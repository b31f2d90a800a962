package agent

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hasshin/hasshin/internal/problem"
)

// Privilege is the right to one kind of action.
type Privilege string

// What takes something back (resume, retrieve, unmute, to end a consultation, to end the call) needs no privilege of its own: whoever can get
// into a state can get out of it.
const (
	HandleCalls     Privilege = "calls.handle"           // sign a phone in, take previews, handle own calls
	HoldCalls       Privilege = "calls.hold"             // put the contact on hold
	Consult         Privilege = "calls.consult"          // consult somebody while the contact waits, and swap the two
	Confer          Privilege = "calls.conference"       // bring others into the conversation
	Transfer        Privilege = "calls.transfer"         // hand the contact over to somebody else
	LeaveConference Privilege = "calls.leave_conference" // leave a conference while the others go on
	DropParties     Privilege = "calls.drop"             // release one party of a call
	MuteParties     Privilege = "calls.mute"             // keep the others from hearing a party
	SendDTMF        Privilege = "calls.dtmf"             // send digits
	EditFields      Privilege = "calls.edit_fields"      // change the business fields that the campaign makes editable
	BlockNumbers    Privilege = "calls.do_not_call"      // put the numbers of a record on the do-not-call list

	SendMessages Privilege = "calls.messages" // send e-mails and other messages to contacts

	PersonalCallbacks Privilege = "calls.callback.personal" // promise callbacks that the agent keeps
	PoolCallbacks     Privilege = "calls.callback.pool"     // promise callbacks that any agent of the campaign keeps
	PreviewCallbacks  Privilege = "calls.callback.preview"  // promise a callback on a preview, without having dialed
	ManageCallbacks   Privilege = "callbacks.manage"        // see, move, hand over and cancel everybody's callbacks

	ListenIn       Privilege = "calls.listen"     // hear colleagues' calls, heard by nobody
	WhisperIn      Privilege = "calls.whisper"    // speak to the agent in a colleague's call
	BargeIn        Privilege = "calls.barge"      // speak to everybody in a colleague's call
	TakeOverCalls  Privilege = "calls.take_over"  // take a call from its agent
	EndOthersCalls Privilege = "calls.end_others" // end a colleague's call

	RecordCalls     Privilege = "calls.record"       // begin and end the recording of own calls, where the campaign leaves it to agents
	PauseRecordings Privilege = "calls.record_pause" // keep a part of a call out of its recording

	ReachNational      Privilege = "targets.outside.national"      // consult, invite and transfer to numbers of the campaign's own country
	ReachInternational Privilege = "targets.outside.international" // the same with numbers of other countries
	ReachPremium       Privilege = "targets.outside.premium"       // the same with premium-rate numbers, and numbers that no country has assigned

	RunCampaigns Privilege = "campaigns.run" // start and stop campaigns, and see who did
	ImportLists  Privilege = "lists.import"  // import lists and do-not-call entries, and see their imports

	SeeAgents        Privilege = "agents.see"        // see all agents, their states and calls
	SignOthersOut    Privilege = "agents.sign_out"   // sign colleagues out
	HearRecordings   Privilege = "recordings.hear"   // list recordings, hear and download them
	DeleteRecordings Privilege = "recordings.delete" // delete recordings

	SeeHistory Privilege = "history.see" // read what became of calls
	SeeAudit   Privilege = "audit.see"   // read who listened to whom, and who took over or ended whose call
	SeeMetrics Privilege = "metrics.see" // read the process's own figures
)

// bundles are the privileges that the roles come with, from the least to the most powerful.
var bundles = map[Role][]Privilege{
	RoleAgent: {
		HandleCalls, HoldCalls, Consult, Confer, Transfer, LeaveConference, DropParties, MuteParties, SendDTMF, EditFields, BlockNumbers,
		RecordCalls, PauseRecordings, SendMessages,
		PersonalCallbacks, PoolCallbacks, PreviewCallbacks,
		ReachNational,
	},
	RoleSupervisor: {
		HandleCalls, HoldCalls, Consult, Confer, Transfer, LeaveConference, DropParties, MuteParties, SendDTMF, EditFields, BlockNumbers,
		RecordCalls, PauseRecordings, SendMessages,
		PersonalCallbacks, PoolCallbacks, PreviewCallbacks,
		ListenIn, WhisperIn, BargeIn, TakeOverCalls, EndOthersCalls,
		ReachNational, ReachInternational,
		SeeAgents, SignOthersOut, ManageCallbacks, RunCampaigns, ImportLists, HearRecordings, SeeHistory,
	},
	RoleAdmin: Privileges(),
}

// Privileges lists all privileges.
func Privileges() []Privilege {
	return []Privilege{
		HandleCalls, HoldCalls, Consult, Confer, Transfer, LeaveConference, DropParties, MuteParties, SendDTMF, EditFields, BlockNumbers,
		RecordCalls, PauseRecordings, SendMessages,
		PersonalCallbacks, PoolCallbacks, PreviewCallbacks,
		ListenIn, WhisperIn, BargeIn, TakeOverCalls, EndOthersCalls,
		ReachNational, ReachInternational, ReachPremium, HearRecordings, SeeHistory, DeleteRecordings, SeeAgents, SignOthersOut, SeeAudit, SeeMetrics, ManageCallbacks, RunCampaigns, ImportLists,
	}
}

// UnmarshalText accepts the names of the privileges.
func (p *Privilege) UnmarshalText(b []byte) error {
	if !slices.Contains(Privileges(), Privilege(b)) {
		names := make([]string, 0, len(Privileges()))
		for _, known := range Privileges() {
			names = append(names, string(known))
		}
		return fmt.Errorf("%q is not a privilege; expected one of %s", b, strings.Join(names, ", "))
	}
	*p = Privilege(b)
	return nil
}

// OfCalls tells whether the privilege is about what is done in a call, and so can differ from campaign to campaign.
func (p Privilege) OfCalls() bool {
	return p != HandleCalls && (strings.HasPrefix(string(p), "calls.") || strings.HasPrefix(string(p), "targets."))
}

// Change adapts what somebody may do.
type Change struct {
	// Add are privileges given beside the usual ones.
	Add []Privilege `yaml:"add"`

	// Remove are privileges taken away.
	Remove []Privilege `yaml:"remove"`
}

// Validate reports privileges that are both added and removed.
func (c Change) Validate() error {
	var p problem.List
	for i, name := range c.Remove {
		if slices.Contains(c.Add, name) {
			p.Add(problem.Index("remove", i), "%s is added, too; expected it in one of the two", name)
		}
	}
	return p.Err()
}

// ValidateForCampaign is Validate for a campaign, which can change only what is done in a call.
func (c Change) ValidateForCampaign() error {
	var p problem.List
	p.AddAt("", c.Validate())
	for _, list := range []struct {
		key   string
		names []Privilege
	}{{"add", c.Add}, {"remove", c.Remove}} {
		for i, name := range list.names {
			if !name.OfCalls() {
				p.Add(problem.Index(list.key, i), "%s has nothing to do with a campaign; expected one of calls.… (without %s) or targets.…", name, HandleCalls)
			}
		}
	}
	return p.Err()
}

// Bundles says how roles differ from what they come with; the zero value is: not at all.
type Bundles map[Role]Change

func (b Bundles) can(r Role, p Privilege) bool {
	change := b[r]
	return !slices.Contains(change.Remove, p) && (slices.Contains(bundles[r], p) || slices.Contains(change.Add, p))
}

// Can tells whether an agent has a privilege: the role's, and what is added for the agent or in the campaign, but nothing that is removed for
// the one or in the other. Outside of calls the campaign is the zero value.
func (b Bundles) Can(p Privilege, c Config, campaign Change) bool {
	if slices.Contains(c.Privileges.Remove, p) || slices.Contains(campaign.Remove, p) {
		return false
	}
	return b.can(c.Role, p) || slices.Contains(c.Privileges.Add, p) || slices.Contains(campaign.Add, p)
}

// Of lists the privileges that an agent has in a campaign, in the order of [Privileges].
func (b Bundles) Of(c Config, campaign Change) []Privilege {
	return slices.DeleteFunc(Privileges(), func(p Privilege) bool { return !b.Can(p, c, campaign) })
}
