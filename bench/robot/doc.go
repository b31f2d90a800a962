// Package robot is an agent that works by itself: it signs in through the HTTP API as any agent's page does, registers a SIP phone,
// lets it be put into its booth, goes ready and works a calling list off, one preview after the other, until nothing is left.
//
// It knows what happens from the event stream, never by polling, and it knows what the call sounds like from its own ear: ringback, the
// contact's voice, a recorded greeting and its beep, silence. What became of a call is decided from both, as a person would.
//
// [Config.Act] says what the robot does with each preview, so that one robot can be made to reject, to give up while it rings or to
// hang up at once; [Config.Observe] is told each moment as it happens and [Config.Report] each finished call.
package robot
