package dialer

import (
	"slices"

	"github.com/hasshin/hasshin/ari"
)

// How a call is laid down by a process and found by the next.

// layDown ends the call's goroutine and leaves the call to the next process.
func (c *callActor) layDown() {
	c.stopTimers()
	c.failure = refuse(CodeShuttingDown, "the server is stopping; the call goes on")
	c.answerWaiting()
	c.save()
	c.e.removeCall(c)
	c.hand.close()
	c.inbox.Close()
}

// releaseUnlessOurs hangs up a channel with the call's id that nobody on the call has: it was made just before the last process ended.
func (c *callActor) releaseUnlessOurs(channel string) {
	if c.byChannel(channel) == nil {
		c.node.releaseOrphan(channel, "nobody on the call has it")
	}
}

// reconcile compares the legs with what Asterisk has after a connect. What happened in between is taken as if it happened now.
func (c *callActor) reconcile(present map[string]ari.Channel, where map[string]string) {
	var lost, there []*party
	for _, p := range slices.Concat(c.everybody(), c.parting) {
		ch, ok := present[p.channel]
		switch {
		case ok:
			there = append(there, p)
			p.moving, p.place = "", c.placeOf(where[ch.ID], p)
			p.phase = max(p.phase, created)
			if ch.State != "Down" {
				p.phase = max(p.phase, dialing)
			}
		case p.channel != "" && (p.phase >= created || p.leaving):
			lost = append(lost, p)
		}
	}
	for _, p := range lost {
		c.lost(p, 0, 0, "gone while the connection to Asterisk was lost")
	}
	c.recorder.reconcile(present)
	for _, p := range there {
		switch ch := present[p.channel]; ch.State {
		case "Ringing": // before its time is looked at
			c.rings(p, true)
		case "Up":
			c.node.route(ch.ID, leg{kind: legUp, channel: ch})
		}
	}
	c.settle()
}
