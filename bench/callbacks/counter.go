package main

import (
	"sync"
	"sync/atomic"
	"time"
)

// counter counts to n.
type counter struct {
	n        int64
	count    atomic.Int64
	first    sync.Once
	from, to time.Time
	done     chan struct{}
}

func newCounter(n int) *counter { return &counter{n: int64(n), done: make(chan struct{})} }

func (c *counter) one() {
	c.first.Do(func() { c.from = time.Now() })
	if c.count.Add(1) == c.n {
		c.to = time.Now()
		close(c.done)
	}
}

// rate is how many there were a second, from the first on.
func (c *counter) rate() float64 { return float64(c.n) / c.to.Sub(c.from).Seconds() }
