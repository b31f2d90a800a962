package main

import (
	"fmt"
	"syscall"
	"time"

	"github.com/hasshin/hasshin/bench/report"
	"github.com/hasshin/hasshin/dialer/pacing"
	"github.com/hasshin/hasshin/dialer/pacing/simulate"
)

// cost is the processor time that a decision takes: two hours are simulated, in which so small a share of calls is answered that many
// are in flight, and the second of them is decided again.
func cost(agents int, share float64, target string) (report.Figure, error) {
	s := simulate.Base(agents, share)
	s.Shift = 2 * time.Hour
	var records []pacing.Record
	inFlight, counted := 0, 0
	simulate.Run(s, measured, pacing.New(pacing.Defaults()), func(e pacing.Event, d pacing.Decision) {
		records = append(records, pacing.Record{Event: e, Decision: d})
	})
	c := pacing.New(pacing.Defaults())
	half := len(records) / 2
	for _, r := range records[:half] {
		c.Handle(r.Event)
	}
	start, err := processorTime()
	if err != nil {
		return report.Figure{}, err
	}
	for _, r := range records[half:] {
		inFlight += c.Handle(r.Event).InFlight
		counted++
	}
	end, err := processorTime()
	if err != nil {
		return report.Figure{}, err
	}
	return report.Figure{
		Bench: "pacing", Name: fmt.Sprintf("decision, %d agents and %d calls in flight", agents, inFlight/counted),
		Value: float64((end - start).Nanoseconds()) / 1000 / float64(counted), Unit: "µs", Target: target,
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
