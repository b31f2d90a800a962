package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/bench/report"
)

// speed measures decoding alone, and decoding with dispatch to 1, 100 and 10,000 subscriptions: one to everything, the others to
// a channel each, first those of the recording and then ones that nothing happens on.
func speed(messages [][]byte, each time.Duration) ([]report.Figure, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	ids, err := channelIDs(messages)
	if err != nil {
		return nil, err
	}
	var figures []report.Figure
	add := func(what string, ours, plain contender) error {
		err := measure(messages, each, &ours, &plain)
		figures = append(figures,
			figure(what, ours.perSecond(), "events/s", report.Than(plain.perSecond()), "≥ 300000"),
			figure(what+", allocations", ours.perEvent(), "an event", report.Than(plain.perEvent()), "≤ 6"))
		return err
	}
	err = add("decode",
		contender{push: func(m []byte) error { ari.DecodeEvent(m); return nil }, drain: func() {}},
		contender{push: func(m []byte) error { _, err := plainDecode(m); return err }, drain: func() {}})
	if err != nil {
		return nil, err
	}
	for _, n := range []int{1, 100, 10_000} {
		feed := ari.NewFeed(zerolog.Nop())
		subs := []*ari.Subscription{feed.Subscribe(ari.All())}
		hub := &plainHub{}
		hub.subscribe("", len(messages))
		for i := range n - 1 {
			id := fmt.Sprintf("idle-%d", i)
			if i < len(ids) {
				id = ids[i]
			}
			subs = append(subs, feed.Subscribe(ari.ForChannel(id)))
			hub.subscribe(id, 100)
		}
		ours := contender{push: func(m []byte) error { feed.Push(m); return nil }, drain: func() {
			for _, s := range subs {
				for _, ok := s.TryNext(); ok; _, ok = s.TryNext() {
				}
			}
		}}
		err := add(fmt.Sprintf("decode and dispatch, subscriptions: %d", n), ours, contender{push: hub.push, drain: hub.drain})
		feed.Close()
		if err != nil {
			return nil, err
		}
	}
	return figures, nil
}

// contender is one client in a race.
type contender struct {
	push  func(message []byte) error
	drain func() // empties the subscriptions; that does not count

	took        time.Duration // of processor time
	events      int
	allocations uint64
}

func (c *contender) perSecond() float64 { return float64(c.events) / c.took.Seconds() }
func (c *contender) perEvent() float64  { return float64(c.allocations) / float64(c.events) }

// measure lets the contenders push all messages in turn until each has had the time given. It counts processor time, the garbage
// collector's included, so that what else the machine does matters little.
func measure(messages [][]byte, atLeast time.Duration, contenders ...*contender) error {
	for round, done := 0, false; !done; round++ {
		done = true
		for _, c := range contenders {
			if c.took >= atLeast {
				continue
			}
			done = false
			if err := c.turn(messages, round == 0); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *contender) turn(messages [][]byte, warm bool) error {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start, err := processorTime()
	if err != nil {
		return err
	}
	for _, m := range messages {
		if err := c.push(m); err != nil {
			return err
		}
	}
	end, err := processorTime()
	if err != nil {
		return err
	}
	runtime.ReadMemStats(&after)
	c.drain()
	if !warm {
		c.took += end - start
		c.events += len(messages)
		c.allocations += after.Mallocs - before.Mallocs
	}
	return nil
}

// processorTime is what this process has used so far.
func processorTime() (time.Duration, error) {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return 0, fmt.Errorf("getrusage: %w", err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano()), nil
}

// channelIDs are the ids of the recording's channels, in the order in which they appear.
func channelIDs(messages [][]byte) ([]string, error) {
	var ids []string
	seen := map[string]bool{}
	for _, m := range messages {
		var ev struct {
			Channel struct {
				ID string `json:"id"`
			} `json:"channel"`
		}
		if err := json.Unmarshal(m, &ev); err != nil {
			return nil, err
		}
		if id := ev.Channel.ID; id != "" && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids, nil
}
