package call

// Row is one line of the transition table: in State, on Event, the call goes to Next and Do is done.
type Row struct {
	State State
	Event Event
	Next  State
	Do    []Action
}

func do(actions ...Action) []Action { return actions }

// table is the whole life of a call. What it has no row for does not happen to a call: a command is refused, a fact is ignored.
// Who is where in each state is in layout.go.
var table = []Row{
	// The preview: nothing has been dialed yet.
	{Previewing, Accept, Dialing, do(DialContact)},
	{Previewing, Reject, Returning, do(ReturnRecord)},
	{Previewing, Cancel, Returning, do(ReturnRecord)},
	{Previewing, AgentLost, Returning, do(ReturnRecord)},
	{Previewing, Done, Closing, do(CloseRecord)}, // a callback is promised instead of a call now

	// An agent without a nailed-up leg: the contact is dialed once the agent is there to hear it ring. Nothing is lost if the agent is not.
	{Previewing, Summon, Summoning, do(RingAgent)},
	{Summoning, AgentBack, Dialing, do(DialContact)},
	{Summoning, AgentLost, Previewing, do(ReleaseAgent)},
	{Summoning, AgentGone, Previewing, do(ReleaseAgent)},
	{Summoning, Overdue, Previewing, do(ReleaseAgent)},
	{Summoning, End, Previewing, do(ReleaseAgent)},
	{Summoning, Reject, Returning, do(ReleaseAgent, ReturnRecord)},
	{Summoning, Cancel, Returning, do(ReleaseAgent, ReturnRecord)},

	{Returning, RecordReturned, Closed, nil},
	{Returning, StoreFailed, Previewing, nil},
	{Returning, Undo, Previous, nil}, // the calling list does not have it yet

	// The contact's leg is in the booth before it is dialed, so that the agent hears the network's own ringing.
	{Dialing, ContactRinging, Ringing, nil},
	{Dialing, ContactAnswered, Talking, do(ToneConnected)},
	{Dialing, Alone, WrapUp, do(ToneEnded)},
	{Dialing, End, Ending, do(HangUp)},
	{Dialing, Done, Ending, do(HangUp)},
	{Dialing, AgentGone, Ending, do(HangUp)}, // nobody would be there to answer: hang up before they do
	{Dialing, Overdue, Ending, do(HangUp)},

	{Ringing, ContactAnswered, Talking, do(ToneConnected)},
	{Ringing, Alone, WrapUp, do(ToneEnded)},
	{Ringing, End, Ending, do(HangUp)},
	{Ringing, Done, Ending, do(HangUp)},
	{Ringing, AgentGone, Ending, do(HangUp)},
	{Ringing, Overdue, Ending, do(HangUp)},

	// The conversation.
	{Talking, Hold, Held, do(ToneHeld)},
	{Talking, Consult, Reaching, do(ReachTarget)},
	{Talking, Invite, Inviting, do(ReachTarget)},
	{Talking, Transfer, Transferring, do(ReachTarget)},
	{Talking, Refer, Referring, do(ReferContact)},
	{Talking, TakenOver, Talking, nil}, // by a supervisor, as out of other states
	{Talking, Alone, WrapUp, do(ToneEnded)},
	{Talking, End, Ending, do(HangUp)},
	{Talking, Done, Ending, do(HangUp)},
	{Talking, AgentGone, Rescuing, nil},

	{Held, Resume, Talking, do(ToneRetrieved)},
	{Held, Consult, Reaching, do(ReachTarget)},
	{Held, Transfer, Transferring, do(ReachTarget)},
	{Held, Refer, Referring, do(ReferContact)},
	{Held, TakenOver, Talking, nil},
	{Held, Alone, WrapUp, do(ToneEnded)},
	{Held, End, Ending, do(HangUp)},
	{Held, Done, Ending, do(HangUp)},
	{Held, AgentGone, Rescuing, nil},

	// Consultation: the contact waits with music.
	{Reaching, TargetUp, Consulting, nil},
	{Reaching, TargetGone, Held, do(ToneError)},
	{Reaching, EndConsult, Held, do(DropTarget)},
	{Reaching, ContactGone, Ending, do(HangUp)},
	{Reaching, Alone, WrapUp, do(ToneEnded)},
	{Reaching, End, Ending, do(HangUp)},
	{Reaching, Done, Ending, do(HangUp)},
	{Reaching, AgentGone, Rescuing, do(DropTarget)},

	{Consulting, Swap, Alternated, nil},
	{Consulting, Merge, Conference, nil},
	{Consulting, Complete, Handing, nil},
	{Consulting, TakenOver, Talking, nil},
	{Consulting, EndConsult, Held, do(DropTarget)},
	{Consulting, TargetGone, Held, do(ToneEnded)},
	{Consulting, ContactGone, Parting, do(ToneEnded)},
	{Consulting, Alone, WrapUp, do(ToneEnded)},
	{Consulting, End, Ending, do(HangUp)},
	{Consulting, Done, Ending, do(HangUp)},
	{Consulting, AgentGone, Rescuing, nil},

	{Alternated, Swap, Consulting, nil},
	{Alternated, Merge, Conference, nil},
	{Alternated, Complete, Handing, nil},
	{Alternated, TakenOver, Talking, nil},
	{Alternated, EndConsult, Talking, do(DropTarget)},
	{Alternated, TargetGone, Talking, nil},
	{Alternated, ContactGone, Parting, do(ToneEnded)},
	{Alternated, Alone, WrapUp, do(ToneEnded)},
	{Alternated, End, Ending, do(HangUp)},
	{Alternated, Done, Ending, do(HangUp)},
	{Alternated, AgentGone, Rescuing, nil},

	// Conference.
	{Inviting, TargetUp, Conference, nil},
	{Inviting, TargetGone, Talking, do(ToneError)},
	{Inviting, TargetGoneStays, Conference, do(ToneError)},
	{Inviting, EndConsult, Conference, do(DropTarget)},
	{Inviting, ContactGone, Ending, do(HangUp)},
	{Inviting, Alone, WrapUp, do(ToneEnded)},
	{Inviting, End, Ending, do(HangUp)},
	{Inviting, Done, Ending, do(HangUp)},
	{Inviting, AgentGone, Rescuing, do(DropTarget)},

	{Conference, Invite, Inviting, do(ReachTarget)},
	{Conference, OnlyContact, Talking, nil},
	{Conference, ContactGone, Parting, do(ToneEnded)},
	{Conference, Leave, Handing, nil},
	{Conference, TakenOver, Conference, nil}, // the agent left it to a colleague
	{Conference, AgentLost, Handing, nil},    // the others go on; while the phone is rung again they need no music
	{Conference, Alone, WrapUp, do(ToneEnded)},
	{Conference, End, Ending, do(HangUp)},
	{Conference, Done, Ending, do(HangUp)},

	// Instant transfer: the contact waits with music and comes back if nobody takes over.
	{Transferring, TargetUp, Handing, nil},
	{Transferring, TakenOver, Talking, nil},
	{Transferring, TargetGone, Talking, do(ToneRetrieved)},
	{Transferring, Retrieve, Talking, do(DropTarget, ToneRetrieved)},
	{Transferring, ContactGone, Ending, do(HangUp)},
	{Transferring, Alone, WrapUp, do(ToneEnded)},
	{Transferring, End, Ending, do(HangUp)},
	{Transferring, Done, Ending, do(HangUp)},
	{Transferring, AgentLost, Ending, do(HangUp)},

	{Referring, Referred, Ending, do(HangUp)},
	{Referring, NotReferred, Transferring, do(ReachTarget)},
	{Referring, Overdue, Ending, do(HangUp)}, // still in the dialplan, from where it cannot be called back
	{Referring, Alone, WrapUp, do(ToneEnded)},
	{Referring, End, Ending, do(HangUp)}, // our leg ends once the network has answered; what it answered stands
	{Referring, Done, Ending, do(HangUp)},

	{Handing, Settled, WrapUp, nil},
	{Handing, Alone, WrapUp, do(ToneEnded)},
	{Handing, Overdue, Ending, do(HangUp)},

	{Parting, EndConsult, Ending, do(HangUp)},
	{Parting, Alone, WrapUp, do(ToneEnded)},
	{Parting, End, Ending, do(HangUp)},
	{Parting, Done, Ending, do(HangUp)},
	{Parting, AgentGone, Ending, do(HangUp)},

	// The agent's phone dropped: the others wait with music while it is rung again.
	{Rescuing, AgentBack, Previous, nil},
	{Rescuing, AgentLost, Ending, do(HangUp)},
	{Rescuing, ContactGone, Ending, do(HangUp)},
	{Rescuing, Alone, WrapUp, do(ToneEnded)},
	{Rescuing, End, Ending, do(HangUp)},
	{Rescuing, Done, Ending, do(HangUp)},

	{Ending, Alone, WrapUp, do(ToneEnded)},
	{Ending, Overdue, Ending, do(CheckLegs, HangUp)},

	// After the call.
	{WrapUp, Done, Closing, do(CloseRecord)},

	{Closing, RecordClosed, Closed, nil},
	{Closing, StoreFailed, WrapUp, nil},
	{Closing, Undo, Previous, nil}, // the outcome is not written yet
}

// Table returns the transition table, for documentation and tests.
func Table() []Row { return append([]Row(nil), table...) }

type key struct {
	state State
	event Event
}

var (
	byKey    = map[key]Row{}
	commands = []Event{
		Accept, Reject, Cancel, Hold, Resume, Consult, EndConsult, Swap, Merge, Complete, Invite, Transfer, Retrieve, Leave, End, Done,
	}
	allowed = map[State][]Event{Closed: {}}
)

func init() {
	for _, r := range table {
		k := key{r.State, r.Event}
		if _, twice := byKey[k]; twice {
			panic("call: two rows for " + string(r.State) + " on " + string(r.Event))
		}
		byKey[k] = r
	}
	for _, r := range table {
		if _, done := allowed[r.State]; done {
			continue
		}
		allowed[r.State] = []Event{}
		for _, c := range commands {
			if _, ok := byKey[key{r.State, c}]; ok {
				allowed[r.State] = append(allowed[r.State], c)
			}
		}
	}
}

// Next answers what happens in state on event; ok is false when nothing does.
func Next(state State, event Event) (row Row, ok bool) {
	row, ok = byKey[key{state, event}]
	return row, ok
}

// Allowed lists the commands possible in state, in a fixed order.
func Allowed(state State) []Event { return allowed[state] }
