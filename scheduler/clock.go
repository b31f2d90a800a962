package scheduler

import "time"

// clock tells from what a server said of its clock when, by ours, a time of its will have come for sure. Only the monotonic reading of
// our clock is used, so it may be set at will.
type clock struct {
	base  time.Time
	ahead time.Duration // the server's clock is at least that much ahead of the time since base
	known bool
}

// heard takes in that between sent and received the server's clock was at.
func (c *clock) heard(sent, received, at time.Time) {
	least := time.Duration(at.UnixNano()) - received.Sub(c.base)
	most := time.Duration(at.UnixNano()) - sent.Sub(c.base)
	// The quickest answer tells most. Once it is contradicted, the server's clock was set back, or runs slower, or it is another server.
	if !c.known || least > c.ahead || most < c.ahead {
		c.ahead, c.known = least, true
	}
}

// when is our time at which the server's clock has come to ms, or a moment after that.
func (c *clock) when(ms float64) time.Time {
	return c.base.Add(time.Duration(ms)*time.Millisecond - c.ahead)
}

// reads is what the server's clock shows now, in ms, or a little less.
func (c *clock) reads(now time.Time) float64 {
	return float64((now.Sub(c.base) + c.ahead).Milliseconds())
}
