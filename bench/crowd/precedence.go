package crowd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
)

// Who goes first when the processors are not enough for all is as in deploy: Asterisk, whose audio cannot wait, and everybody else after it. Here
// that is this process, in which not only hasshin is but the telephones of the world, too.
const (
	asteriskShares = 4096 // of its container, as in deploy/compose.yaml; 1024 is as much as everybody has
	groupNice      = "10" // of this process's scheduling group, where the kernel has one for each session, see sched(7)
	collectAt      = 400  // as `hasshin serve` does
)

// afterAsterisk lets this process go after Asterisk.
func afterAsterisk() error {
	debug.SetGCPercent(collectAt)
	if err := os.WriteFile("/proc/self/autogroup", []byte(groupNice), 0); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("let Asterisk go first: %w", err)
	}
	return nil
}
