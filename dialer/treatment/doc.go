// Package treatment decides what to do with a record after an attempt: dial which of its numbers now, or not before when, or never again,
// and why.
//
// A [Config] is a table with a row for each call result or disposition: retry after, on which number, how often for a number, a record and a day,
// and then what. [Config.Table] adds the shipped rows for what a campaign does not say. A [Policy] is the table together with calling hours,
// attempt caps and lock-outs, and [Policy.Decide] is the one function that decides, for the engine as well as for `hasshin explain`.
//
// Nothing here does I/O or reads a clock: a decision follows from the record with its attempts, the instant, and what is known of the numbers
// ([Facts]).
package treatment
