package ari

import "strconv"

// Cause is the [HangupReason] of a Q.850 cause, 1 to 127.
func Cause(q850 int) HangupReason { return HangupReason(strconv.Itoa(q850)) }

func isCause(reason HangupReason) bool {
	_, err := strconv.Atoi(string(reason))
	return err == nil
}
