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
var table = []Row{
	// The preview: nothing has been dialed yet.
	{Previewing, Accept, Creating, do(CreateContact)},
	{Previewing, Reject, Returning, do(ReturnRecord)},
	{Previewing, Cancel, Returning, do(ReturnRecord)},
	{Previewing, AgentLost, Returning, do(ReturnRecord)},

	{Returning, RecordReturned, Closed, nil},
	{Returning, StoreFailed, Previewing, nil},

	// Setting up: channel, booth, and only then dialing, so that the agent hears the network's own ringing.
	{Creating, ContactCreated, Joining, do(JoinContact)},
	{Creating, ContactGone, WrapUp, do(ToneEnded)},
	{Creating, End, Ending, do(HangUpContact)},
	{Creating, Done, Ending, do(HangUpContact)},
	{Creating, AgentGone, Ending, do(HangUpContact)},
	{Creating, Overdue, Ending, do(HangUpContact)},

	{Joining, ContactJoined, Dialing, do(DialContact)},
	{Joining, ContactGone, WrapUp, do(ToneEnded)},
	{Joining, End, Ending, do(HangUpContact)},
	{Joining, Done, Ending, do(HangUpContact)},
	{Joining, AgentGone, Ending, do(HangUpContact)},
	{Joining, Refused, Ending, do(HangUpContact)},
	{Joining, Overdue, Ending, do(HangUpContact)},

	{Dialing, ContactRinging, Ringing, nil},
	{Dialing, ContactAnswered, Talking, do(ToneConnected)},
	{Dialing, ContactGone, WrapUp, do(ToneEnded)},
	{Dialing, End, Ending, do(HangUpContact)},
	{Dialing, Done, Ending, do(HangUpContact)},
	{Dialing, AgentGone, Ending, do(HangUpContact)}, // nobody would be there to answer: hang up before they do
	{Dialing, Refused, Ending, do(HangUpContact)},
	{Dialing, Overdue, Ending, do(HangUpContact)},

	{Ringing, ContactAnswered, Talking, do(ToneConnected)},
	{Ringing, ContactGone, WrapUp, do(ToneEnded)},
	{Ringing, End, Ending, do(HangUpContact)},
	{Ringing, Done, Ending, do(HangUpContact)},
	{Ringing, AgentGone, Ending, do(HangUpContact)},
	{Ringing, Overdue, Ending, do(HangUpContact)},

	// The conversation.
	{Talking, ContactGone, WrapUp, do(ToneEnded)},
	{Talking, End, Ending, do(HangUpContact)},
	{Talking, Done, Ending, do(HangUpContact)},
	{Talking, AgentGone, Rescuing, do(HoldContact)},

	// The agent's phone dropped: the contact waits with music while it is rung again.
	{Rescuing, AgentBack, Rejoining, do(JoinContact)},
	{Rescuing, AgentLost, Ending, do(HangUpContact)},
	{Rescuing, ContactGone, WrapUp, do(ToneEnded)},
	{Rescuing, End, Ending, do(HangUpContact)},
	{Rescuing, Done, Ending, do(HangUpContact)},

	{Rejoining, ContactJoined, Talking, do(ToneRetrieved)},
	{Rejoining, AgentGone, Rescuing, do(HoldContact)},
	{Rejoining, ContactGone, WrapUp, do(ToneEnded)},
	{Rejoining, End, Ending, do(HangUpContact)},
	{Rejoining, Done, Ending, do(HangUpContact)},
	{Rejoining, Refused, Ending, do(HangUpContact)},
	{Rejoining, Overdue, Ending, do(HangUpContact)},

	// Hanging up. A channel that appears only now was being created when the agent changed their mind.
	{Ending, ContactGone, WrapUp, do(ToneEnded)},
	{Ending, ContactCreated, Ending, do(HangUpContact)},
	{Ending, Overdue, Ending, do(CheckContact, HangUpContact)},

	// After the call.
	{WrapUp, Done, Closing, do(CloseRecord)},
	{WrapUp, ContactCreated, WrapUp, do(HangUpContact)},

	{Closing, RecordClosed, Closed, nil},
	{Closing, StoreFailed, WrapUp, nil},
}

// Table returns the transition table, for documentation and tests.
func Table() []Row { return append([]Row(nil), table...) }

type key struct {
	state State
	event Event
}

var (
	byKey    = map[key]Row{}
	commands = []Event{Accept, Reject, Cancel, End, Done}
	allowed  = map[State][]Event{}
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
	allowed[Closed] = []Event{}
}

// Next answers what happens in state on event; ok is false when nothing does.
func Next(state State, event Event) (row Row, ok bool) {
	row, ok = byKey[key{state, event}]
	return row, ok
}

// Allowed lists the commands possible in state, in a fixed order.
func Allowed(state State) []Event { return allowed[state] }
