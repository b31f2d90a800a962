package main

import (
	"os"
	"runtime/debug"
)

// collectAt is by how much of what is in use, in percent, the memory grows before it is looked through for what is not. Go's own 100 is
// often for a server that has some 50 MB in use: each time one processor is busy for a tenth of a second that Asterisk beside it could use.
const collectAt = 400

// spareProcessor trades memory for processor time, unless the environment says what the operator wants instead.
func spareProcessor() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
}
