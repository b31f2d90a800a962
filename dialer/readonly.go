package dialer

import (
	"time"

	"github.com/hasshin/hasshin/dialer/call"
)

// idle makes what an agent wrote about a call read-only once the agent has left it alone for a while in wrap-up: whoever sits down at the
// desk later does not change it by mistake. What became of the call can still be said, and done.
type idle struct {
	timer    *time.Timer
	readOnly bool
}

// watchIdle starts the time of a wrap-up anew, or stops it in any other state.
func (c *callActor) watchIdle() {
	if c.idle.timer != nil {
		c.idle.timer.Stop()
	}
	after := c.cfg.ReadOnlyAfter
	if c.state != call.WrapUp || after == 0 || c.idle.readOnly {
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(after, func() {
		c.post(func() {
			if c.idle.timer != timer || c.state != call.WrapUp { // touched at the last moment
				return
			}
			c.idle.readOnly = true
			c.log.Info().Str("agent", c.owner.id).Dur("idle", after).Msg("note and fields are read-only now")
			c.changed()
		})
	})
	c.idle.timer = timer
}

// writable refuses to change note and fields of a call that was left alone for too long.
func (c *callActor) writable() error {
	if !c.idle.readOnly {
		return nil
	}
	return refuse(CodeReadOnly, "the call was left alone in wrap-up for %s: note and fields can no longer be changed", c.cfg.ReadOnlyAfter)
}
