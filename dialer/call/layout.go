package call

// Place is where a leg is: in which bridge, and so whom it hears.
type Place string

const (
	Nowhere Place = ""      // in no bridge
	Booth   Place = "booth" // in the owner's booth: hears the agent and all others in it
	Waiting Place = "hold"  // in the holding bridge: hears music and nobody
	Own     Place = "own"   // in a mixing bridge of the call's own: hears the others in it; the agent is not
	Away    Place = "away"  // in the dialplan, out of our hands
	Home    Place = "home"  // an agent's leg in its own booth
)

// Layout is who is where in a state.
type Layout struct {
	Contact Place
	Target  Place // the one being consulted, invited or asked to take over
	Members Place // all others of a conference
}

// layouts is who is where in each state. The engine brings every leg to its place, out of the booth first and into it afterwards, so
// that nobody overhears what they are not to hear.
var layouts = map[State]Layout{
	Dialing:      {Contact: Booth},
	Ringing:      {Contact: Booth},
	Talking:      {Contact: Booth},
	Held:         {Contact: Waiting},
	Reaching:     {Contact: Waiting, Target: Booth}, // before it is dialed: the agent hears it ring
	Consulting:   {Contact: Waiting, Target: Booth},
	Alternated:   {Contact: Booth, Target: Waiting},
	Inviting:     {Contact: Booth, Target: Nowhere, Members: Booth}, // the others do not hear it ring
	Conference:   {Contact: Booth, Target: Booth, Members: Booth},
	Transferring: {Contact: Waiting, Target: Nowhere},
	Referring:    {Contact: Away},
	Handing:      {Contact: Own, Target: Own, Members: Own},
	Parting:      {Contact: Nowhere, Target: Booth, Members: Booth},
	Rescuing:     {Contact: Waiting, Target: Waiting, Members: Waiting},
	WrapUp:       {Contact: Own, Target: Own, Members: Own},
	Closing:      {Contact: Own, Target: Own, Members: Own},
	Closed:       {Contact: Own, Target: Own, Members: Own},
}

// LayoutOf tells who is where in state; ok is false for states in which nobody is to be anywhere.
func LayoutOf(state State) (l Layout, ok bool) {
	l, ok = layouts[state]
	return l, ok
}
