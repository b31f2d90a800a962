// Package call is the life of one call as a state machine: which states it can be in, what can happen in each, who is where in each, and
// what is to be done on the way. It does no I/O. The engine feeds it events, carries out the actions it answers with and brings every
// leg to the place that the state wants it in.
package call

//go:generate go run ./diagram

// State is where a call is in its life, as the agent who owns it sees it.
type State string

const (
	Previewing   State = "previewing"      // the agent looks at the record; nothing is dialed
	Summoning    State = "agent-ringing"   // accepted: the agent's own phone is rung before the contact is dialed
	Returning    State = "returning"       // the record is being given back to the calling list
	Dialing      State = "dialing"         // the contact is being dialed and the network has said nothing yet
	Ringing      State = "ringing"         // the contact's phone rings, or the network plays something
	Talking      State = "talking"         // agent and contact hear each other
	Held         State = "held"            // the contact hears music
	Reaching     State = "consult-ringing" // the contact hears music while somebody is being reached for a consultation
	Consulting   State = "consulting"      // agent and target talk, the contact hears music
	Alternated   State = "alternated"      // agent and contact talk, the target of the consultation hears music
	Inviting     State = "inviting"        // agent and contact talk on while somebody is being reached for a conference
	Conference   State = "conference"      // everybody hears everybody
	Transferring State = "transferring"    // the contact hears music while the one to take over is being reached
	Referring    State = "referring"       // the contact's own network has been asked to take the contact elsewhere (SIP REFER)
	Handing      State = "handing-over"    // those who stay are being put together, without the agent
	Parting      State = "parting"         // the contact is gone; agent and target are still talking
	Rescuing     State = "rescuing"        // the agent's phone is gone: the others hear music while it is rung again
	Ending       State = "ending"          // the legs are being hung up
	WrapUp       State = "wrap-up"         // nobody is with the agent; the agent says what became of the call
	Closing      State = "closing"         // disposition and record are being written
	Closed       State = "closed"          // the agent is done with the call
)

// Previous stands in the table for the state before the agent's phone was lost, or before the command that is taken back.
const Previous State = "(previous)"

// Event is something that happens to a call.
type Event string

// Commands: what the agent asks for.
const (
	Accept     Event = "accept"      // dial the previewed record
	Summon     Event = "summon"      // the same, by an agent whose phone has to be rung first
	Reject     Event = "reject"      // give the record back, show me another
	Cancel     Event = "cancel"      // give the record back, show me nothing
	Hold       Event = "hold"        // let the contact hear music
	Resume     Event = "resume"      // take the contact back
	Consult    Event = "consult"     // talk to somebody while the contact waits
	EndConsult Event = "end-consult" // release the one consulted, invited or asked to take over
	Swap       Event = "swap"        // talk to the other one of contact and target
	Merge      Event = "merge"       // make a conference of contact, target and agent
	Complete   Event = "complete"    // put contact and target together and leave
	Invite     Event = "invite"      // bring somebody into the conversation (instant conference)
	Transfer   Event = "transfer"    // let somebody else have the contact (instant transfer)
	Refer      Event = "refer"       // let the contact's network do that
	Retrieve   Event = "retrieve"    // take back a contact that is being transferred
	Leave      Event = "leave"       // leave the conference, the others go on
	End        Event = "end"         // hang up
	Done       Event = "done"        // close the call
	Undo       Event = "undo"        // take done or cancel back, while that is possible
)

// Facts: what Asterisk, the calling list, other agents and the clock report.
const (
	ContactRinging  Event = "contact-ringing"              // the network reports ringing or progress
	ContactAnswered Event = "contact-answered"             // the contact's channel is up
	ContactGone     Event = "contact-gone"                 // the contact's channel is gone, and others are still there
	TargetUp        Event = "target-up"                    // the target answered, or accepted the offer
	TargetGone      Event = "target-gone"                  // the target left, refused, or could not be reached
	TargetGoneStays Event = "target-gone-conference-stays" // the same, and there are others in the conference
	TakenOver       Event = "taken-over"                   // an agent accepted the contact
	OnlyContact     Event = "only-contact"                 // everybody else has left the conference
	Alone           Event = "alone"                        // nobody but the agent is left
	Settled         Event = "settled"                      // everybody is where the state wants them
	Referred        Event = "referred"                     // the network took the contact elsewhere
	NotReferred     Event = "not-referred"                 // the network refused to
	AgentGone       Event = "agent-gone"                   // the agent's phone left the booth
	AgentBack       Event = "agent-back"                   // the agent's phone is in the booth again
	AgentLost       Event = "agent-lost"                   // the agent's phone could not be brought back
	Overdue         Event = "overdue"                      // the state lasted longer than its deadline
	RecordReturned  Event = "record-returned"              // the calling list has the record back
	RecordClosed    Event = "record-closed"                // the calling list has the outcome
	StoreFailed     Event = "store-failed"                 // the calling list could not be written; nothing changed
)

// Action is something the engine is to do when a call changes its state, beside bringing the legs to their places.
type Action string

const (
	ReturnRecord  Action = "return-record" // give the record back to the calling list
	RingAgent     Action = "ring-agent"    // ring the agent's own phone
	ReleaseAgent  Action = "release-agent" // hang it up again
	DialContact   Action = "dial-contact"  // make the contact's leg
	ReachTarget   Action = "reach-target"  // make the target's leg, or offer the call to the target
	ReferContact  Action = "refer-contact" // send the contact's leg through the dialplan that sends a REFER
	DropTarget    Action = "drop-target"   // hang up the target's leg, or withdraw the offer
	HangUp        Action = "hang-up"       // hang up contact, target and all others
	CheckLegs     Action = "check-legs"    // ask Asterisk which of the legs still exist
	CloseRecord   Action = "close-record"  // write result and disposition to the calling list
	ToneConnected Action = "tone-connected"
	ToneHeld      Action = "tone-held"
	ToneRetrieved Action = "tone-retrieved"
	ToneEnded     Action = "tone-ended"
	ToneError     Action = "tone-error"
)

// live are the states in which the contact, or somebody else, is with the agent or about to be.
var live = map[State]bool{
	Dialing: true, Ringing: true, Talking: true, Held: true, Reaching: true, Consulting: true, Alternated: true, Inviting: true,
	Conference: true, Transferring: true, Referring: true, Handing: true, Parting: true, Rescuing: true, Ending: true,
}

// Live tells whether in this state somebody is on the line with the agent, or about to be.
func (s State) Live() bool { return live[s] }

// Transient tells whether the state is one that a command passes through on its way: it lasts until Asterisk or the calling list has
// answered, and a command is not finished while it lasts.
func (s State) Transient() bool {
	return s == Returning || s == Handing || s == Ending || s == Closing || s == Referring
}
