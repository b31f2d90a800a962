package dialer

import (
	"time"

	"github.com/hasshin/hasshin/audio"
	"github.com/hasshin/hasshin/dialer/call"
)

// reminder lets an agent hear from time to time that the contact is still on hold.
type reminder struct {
	timer *time.Timer
	since time.Time // when the state began that it is for
}

// remind starts or stops the reminder, as the present state wants it. Whatever else happens while the contact is on hold does not put
// the next reminder off.
func (c *callActor) remind() {
	if c.state == call.Held && c.reminder.timer != nil && c.reminder.since.Equal(c.since) {
		return
	}
	if c.reminder.timer != nil {
		c.reminder.timer.Stop()
	}
	c.reminder = reminder{}
	every := c.e.cfg.HoldReminder
	if c.state != call.Held || every == 0 {
		return
	}
	since := c.since
	c.reminder = reminder{since: since, timer: time.AfterFunc(every, func() {
		c.post(func() {
			if c.state != call.Held || !c.since.Equal(since) {
				return
			}
			owner := c.owner
			owner.post(func() { owner.playTone(string(audio.HoldReminder)) })
			c.reminder.timer.Reset(every)
		})
	})}
}
