package agent

// State is what an agent is doing.
type State string

const (
	SignedOut State = "signed-out"
	NotReady  State = "not-ready" // signed in, wants no calls; a reason may say why
	Ready     State = "ready"     // wants calls
	Offered   State = "offered"   // a colleague wants to consult, confer or hand a call over
	Preview   State = "preview"   // looks at a record that may be dialed
	OnCall    State = "on-call"   // a contact is being dialed or talked to
	WrapUp    State = "wrap-up"   // the contact is gone, the call not yet done

	Supervising State = "supervising" // listens to a colleague's calls
)

// Busy tells whether the agent is occupied with a call in this state, if only as a listener.
func (s State) Busy() bool {
	return s == Offered || s == Preview || s == OnCall || s == WrapUp || s == Supervising
}

// PhoneState is where the agent's phone leg is.
type PhoneState string

const (
	PhoneDisconnected PhoneState = "disconnected"
	PhoneRinging      PhoneState = "ringing"
	PhoneConnected    PhoneState = "connected" // in the booth
)
