package pacing

import "time"

// Kind says what happened.
type Kind string

// What a controller is told. Every event is about the campaign that it paces.
const (
	AgentReady   Kind = "agent-ready"   // an agent can take a call; also signing in
	AgentTalking Kind = "agent-talking" // an agent is on a call that the pacing did not place (Connected says it of those that it did)
	AgentWrapUp  Kind = "agent-wrap-up" // the contact has left, the agent is not done yet
	AgentAway    Kind = "agent-away"    // not ready, on a pause, signed out

	Dialed    Kind = "dialed"     // a call that was asked for has been placed
	NotDialed Kind = "not-dialed" // a call that was asked for will not be placed: no record was due, or it was refused at once
	Answered  Kind = "answered"   // machine detection listens; without detection, Live comes at once and Answered not at all
	Live      Kind = "live"       // a person answered and needs an agent now
	Connected Kind = "connected"  // the person of Call has Agent
	Abandoned Kind = "abandoned"  // the person of Call got no agent within the connect limit
	Ended     Kind = "ended"      // a call is over that never was live, or whose person hung up before there was an agent

	Tick   Kind = "tick"   // time passed; at least every [MaxInterval]
	Period Kind = "period" // Live and Abandoned count the measuring period as it stands; at the start, and when a new one begins
	Lines  Kind = "lines"  // Free says how many more calls the trunks take; a negative number: as many as one likes
	Switch Kind = "switch" // Mode is in effect from now

	// Callbacks says when callbacks come due that agents of the campaign will be given: of Agent alone, or with "" of anybody. It takes the place of what
	// was said before of the same. Who is given one is not there for those who answer.
	Callbacks Kind = "callbacks"
)

// MaxInterval is how long a controller may be left without an event: calls in flight grow older and agents come nearer to
// their end without anything happening.
const MaxInterval = 200 * time.Millisecond

// Event is what happened, and when. Times never go back. Which fields beyond At and Kind count depends on the kind.
type Event struct {
	At    time.Time `json:"at"`
	Kind  Kind      `json:"kind"`
	Call  string    `json:"call,omitempty"`
	Agent string    `json:"agent,omitempty"`

	LiveCount      int  `json:"live,omitempty"`      // Period: people who answered
	AbandonedCount int  `json:"abandoned,omitempty"` // Period: of these, abandoned
	Free           int  `json:"free,omitempty"`      // Lines
	Mode           Mode `json:"mode,omitempty"`      // Switch

	// Callbacks: when each comes due that no agent has yet, in any order; those in the past are waiting for somebody who is ready. Of an agent's own only the
	// first counts. Those later than a call may ring make no difference.
	Due []time.Time `json:"due,omitempty"`
}

// Limit says what kept a decision from dialing more.
type Limit string

// Why a decision did not dial one more call.
const (
	ByRisk     Limit = "risk"     // one more live answer would be too likely to find no agent
	ByWall     Limit = "wall"     // the abandon budget is spent, or what is in flight may spend all of it: one call for each ready agent
	ByOneToOne Limit = "ready"    // the mode dials for ready agents only
	ByGuard    Limit = "guard"    // the most calls per agent are in flight
	ByLines    Limit = "lines"    // the trunks are full
	ByNobody   Limit = "no-agent" // nobody is signed in
)

// Decision is how many calls to place now, with what it was decided on. It answers one event and is the same whenever the same
// events are told to a controller of the same configuration.
type Decision struct {
	Dial  int   `json:"dial"`            // place this many calls now
	Limit Limit `json:"limit,omitempty"` // what kept it from more
	Mode  Mode  `json:"mode"`            // in effect: progressive when the budget is spent

	Ready    int `json:"ready"`          // agents who can take a call at once
	Kept     int `json:"kept,omitempty"` // how many of these are kept for callbacks: due, or before a call placed now has rung out
	Busy     int `json:"busy"`           // talking or in wrap-up
	InFlight int `json:"in_flight"`      // calls without an outcome yet, those of this decision not counted
	Waiting  int `json:"waiting"`        // people who answered and have no agent yet

	AnswerRate float64 `json:"answer_rate"` // believed share of calls that a person answers
	Risk       float64 `json:"risk"`        // that an answer to the last call it dialed, or else to the one it did not, costs an abandoned call
	Level      float64 `json:"level"`       // the risk that is allowed
	Budget     float64 `json:"budget"`      // abandoned calls that the period still allows
}
