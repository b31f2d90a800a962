package dialer

import "slices"

// GivenUp tells whether a channel is a leg that Asterisk holds although it has been hung up, and that was given up for that: Asterisk lists it for ten
// minutes, and no test can do anything about it.
func (e *Engine) GivenUp(channel string) bool {
	return slices.ContainsFunc(e.nodes, func(n *node) bool {
		n.held.mu.Lock()
		defer n.held.mu.Unlock()
		return n.held.given[channel]
	})
}
