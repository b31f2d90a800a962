package main

import (
	"fmt"
	"syscall"
	"time"

	"github.com/hasshin/hasshin/bench/report"
	"github.com/hasshin/hasshin/dialer/pacing"
)

// cost is the processor time that a decision takes, while calls and conversations end and begin.
func cost(agents, calls int, target string) (report.Figure, error) {
	c := pacing.New(pacing.Defaults())
	at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	decisions := 0
	tell := func(after time.Duration, e pacing.Event) {
		at = at.Add(after)
		e.At = at
		c.Handle(e)
		decisions++
	}
	tell(0, pacing.Event{Kind: pacing.Period, LiveCount: 100_000})
	agent := func(i int) string { return fmt.Sprint("agent-", i) }
	call := func(i int) string { return fmt.Sprint("call-", i) }
	for i := range agents {
		tell(time.Second, pacing.Event{Kind: pacing.AgentTalking, Agent: agent(i)})
	}
	// As many calls as are to be in flight, spread over the 26 s that they ring.
	spread := 26 * time.Second / time.Duration(calls)
	for i := range calls {
		tell(spread, pacing.Event{Kind: pacing.Dialed, Call: call(i)})
	}
	before := decisions
	start, err := processorTime()
	if err != nil {
		return report.Figure{}, err
	}
	for i := range 20_000 {
		tell(spread/2, pacing.Event{Kind: pacing.Ended, Call: call(i)})
		tell(0, pacing.Event{Kind: pacing.Dialed, Call: call(i + calls)})
		tell(spread/2, pacing.Event{Kind: pacing.AgentWrapUp, Agent: agent(i % agents)})
		tell(0, pacing.Event{Kind: pacing.AgentTalking, Agent: agent((i + agents/2) % agents)})
		tell(0, pacing.Event{Kind: pacing.Tick})
	}
	end, err := processorTime()
	if err != nil {
		return report.Figure{}, err
	}
	return report.Figure{
		Bench: "pacing", Name: fmt.Sprintf("decision, %d agents and %d calls in flight", agents, calls),
		Value: float64((end - start).Nanoseconds()) / 1000 / float64(decisions-before), Unit: "µs", Target: target,
	}, nil
}

// processorTime is what this process has used so far.
func processorTime() (time.Duration, error) {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return 0, fmt.Errorf("getrusage: %w", err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano()), nil
}
