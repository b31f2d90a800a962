// Package pacing decides when the next call is placed, so that agents neither wait for people nor people for agents.
//
// A [Controller] is told every [Event] of its campaign and answers each with a [Decision]: how many calls to place now. It has no
// clock, no randomness and does no I/O: the same events make the same decisions, in production, in package simulate, and when a
// day that was logged as [Record]s is decided again by [Replay].
//
// # How it predicts
//
// It learns how long people take to answer, how long calls last that nobody answers, how long agents talk and wrap up, all as
// hazards by age (life.go), and believes in a share of calls that people answer, which may change at any time (answers.go). From the
// ages of the calls in flight and of the conversations it computes, for fifteen times within the next half minute, how likely more
// people have answered by then than agents will be ready (outlook.go): exactly for small numbers, by the first three cumulants for
// large ones. It places calls while the risk that one more answer costs an abandoned call stays within a level.
//
// # Callbacks
//
// An agent who is given a callback is not there for somebody who answers. So whoever runs a controller tells it when callbacks come due ([Callbacks]):
// those that are anybody's take one agent each, those of one agent take that one. By each time within the horizon they lessen the agents who will be there,
// and an agent who is ready is not dialed for, not even one to one, when a callback is due before a call placed now has rung out: it would be
// answered too late.
//
// # How it keeps the limit
//
// Each live answer adds the abandon limit to a budget and each abandoned call takes one from it. The level follows the budget: it
// goes to nothing as the budget runs out (budget.go). When one more abandoned call would break the limit, or when the calls in flight could
// spend what is left even if people answered as they did in the last hours, one call is placed for each ready agent and no more, until the period allows it again. A period begins
// with an empty budget, so a controller without history starts that way too.
package pacing
