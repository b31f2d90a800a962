// Package history keeps what became of calls: one stream in Redis for each campaign, with an entry for each attempt and for each call that ended
// without one, and one hash for each day with what was counted on it.
//
// An entry is written by the same script that closes or gives back the call's record (package campaign), so a crash loses none and writes none
// twice. Where the record was no longer the call's own, [Store.Append] writes it, once whatever happens.
package history
