// Package callback keeps promises to call back.
//
// A [Draft] is what an agent types on a call; [Check] judges it, while it is typed and again when it shall be promised: whether the time exists
// where it is meant, whether the contact may be called then, whether there is room for it. Check does no I/O and reads no clock: all that it needs
// to know comes in [CheckInput].
package callback
