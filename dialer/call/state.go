// Package call is the life of one call as a state machine: which states it can be in, what can happen in each and what is to be done
// then. It does no I/O. The engine feeds it events and carries out the actions it answers with.
package call

// State is where a call is in its life.
type State string

const (
	Previewing State = "previewing" // the agent looks at the record; nothing is dialed
	Returning  State = "returning"  // the record is being given back to the calling list
	Creating   State = "creating"   // the contact's channel is being created
	Joining    State = "joining"    // the channel is being put into the agent's booth, so that early media is heard
	Dialing    State = "dialing"    // the network has the call and has said nothing yet
	Ringing    State = "ringing"    // the contact's phone rings, or the network plays something
	Talking    State = "talking"    // the contact has answered
	Rescuing   State = "rescuing"   // the agent's phone is gone: the contact hears music while it is rung again
	Rejoining  State = "rejoining"  // the agent's phone is back: the contact is on its way into the booth
	Ending     State = "ending"     // the contact's leg is being hung up
	WrapUp     State = "wrap-up"    // the contact is gone; the agent says what became of it
	Closing    State = "closing"    // disposition and record are being written
	Closed     State = "closed"     // nothing is left of the call
)

// Event is something that happens to a call.
type Event string

// Commands: what the agent asks for.
const (
	Accept Event = "accept" // dial the previewed record
	Reject Event = "reject" // give the record back, show me another
	Cancel Event = "cancel" // give the record back, show me nothing
	End    Event = "end"    // hang up the contact
	Done   Event = "done"   // close the call
)

// Facts: what Asterisk, the calling list and the clock report.
const (
	ContactCreated  Event = "contact-created"  // the channel is in Stasis
	ContactJoined   Event = "contact-joined"   // the channel entered the booth
	ContactHeld     Event = "contact-held"     // the channel entered the holding bridge
	ContactRinging  Event = "contact-ringing"  // the network reports ringing or progress
	ContactAnswered Event = "contact-answered" // the contact's channel is up
	ContactGone     Event = "contact-gone"     // the contact's channel is gone, or never came to be
	AgentGone       Event = "agent-gone"       // the agent's phone left the booth
	AgentBack       Event = "agent-back"       // the agent's phone is in the booth again
	AgentLost       Event = "agent-lost"       // the agent's phone could not be brought back
	Refused         Event = "refused"          // Asterisk refused a request that the call depends on
	Overdue         Event = "overdue"          // the state lasted longer than its deadline
	RecordReturned  Event = "record-returned"  // the calling list has the record back
	RecordClosed    Event = "record-closed"    // the calling list has the outcome
	StoreFailed     Event = "store-failed"     // the calling list could not be written; nothing changed
)

// Action is something the engine is to do. Actions of one transition are done in order.
type Action string

const (
	ReturnRecord  Action = "return-record"  // give the record back to the calling list
	CreateContact Action = "create-contact" // create the contact's channel
	JoinContact   Action = "join-contact"   // put the contact's channel into the agent's booth
	DialContact   Action = "dial-contact"   // dial the contact's channel
	HoldContact   Action = "hold-contact"   // put the contact's channel into the holding bridge
	HangUpContact Action = "hangup-contact" // hang up the contact's channel
	CheckContact  Action = "check-contact"  // ask Asterisk whether the contact's channel still exists
	CloseRecord   Action = "close-record"   // write result and disposition to the calling list
	ToneConnected Action = "tone-connected" // let the agent hear that the contact answered
	ToneHeld      Action = "tone-held"
	ToneRetrieved Action = "tone-retrieved"
	ToneEnded     Action = "tone-ended"
)

// live are the states in which the contact's channel exists or is about to.
var live = map[State]bool{
	Creating: true, Joining: true, Dialing: true, Ringing: true, Talking: true, Rescuing: true, Rejoining: true, Ending: true,
}

// Live tells whether in this state the contact has a channel, or is about to.
func (s State) Live() bool { return live[s] }

// Transient tells whether the state is one that a command passes through on its way: it lasts until Asterisk or the calling list has
// answered, and a command is not finished while it lasts.
func (s State) Transient() bool { return transient[s] }

var transient = map[State]bool{
	Returning: true, Creating: true, Joining: true, Rejoining: true, Ending: true, Closing: true,
}
