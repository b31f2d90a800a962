package main

import (
	"context"
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/hasshin/hasshin/dialer/pacing"
	"github.com/hasshin/hasshin/dialer/pacing/simulate"
)

// limit is the share of live answers that may be abandoned in a shift.
const limit = 0.03

// Seeds of the shifts that are measured, and of those on which methods are tuned. All methods get the same.
const (
	measured   = 1
	tuned      = 1001
	tuneShifts = 2
)

// method makes a pacer for one shift.
type method struct {
	name  string
	pacer func(simulate.Scenario) simulate.Pacer
}

func controller(name string, mode pacing.Mode) method {
	return method{name, func(simulate.Scenario) simulate.Pacer {
		cfg := pacing.Defaults()
		cfg.Mode = mode
		return pacing.New(cfg)
	}}
}

// levels is the adaptive level method with settings; target is in agents for each agent of the team.
func levels(name string, kind simulate.LevelMethod, start, most, target float64, readyOnly bool) method {
	return method{name, func(s simulate.Scenario) simulate.Pacer {
		return &simulate.Levels{
			Method: kind, Level: start, MaxLevel: most, DropLimit: limit, Target: target * float64(s.Agents), ReadyOnly: readyOnly, Shift: s.Shift,
		}
	}}
}

// adaptive are the adaptive methods; ours beside.
var adaptive = []simulate.LevelMethod{simulate.HardLimit, simulate.Tapered, simulate.Average}

// cell plays a scenario with every method, the pacing itself first.
func cell(ctx context.Context, s simulate.Scenario, shifts int, alone bool) ([]row, error) {
	methods := []method{controller("predictive", pacing.Predictive), controller("progressive", pacing.Progressive)}
	if !alone {
		best, err := tune(ctx, s, ratios())
		if err != nil {
			return nil, err
		}
		methods = append(methods, best)
		for _, kind := range adaptive {
			// The defaults of its documentation: level 1 at first, 3 at most, target 0, all agents and lines counted.
			methods = append(methods, levels(string(kind)+", default", kind, 1, 3, 0, false))
			best, err := tune(ctx, s, settings(kind))
			if err != nil {
				return nil, err
			}
			methods = append(methods, best)
		}
	}
	var rows []row
	for _, m := range methods {
		summary, err := play(ctx, s, m, measured, shifts)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row{m.name, summary})
	}
	return rows, nil
}

// play simulates shifts side by side, as many at a time as there are processors.
func play(ctx context.Context, s simulate.Scenario, m method, seed uint64, shifts int) (simulate.Summary, error) {
	all := make([]simulate.Shift, shifts)
	work, playing := errgroup.WithContext(ctx)
	work.SetLimit(runtime.GOMAXPROCS(0))
	for i := range all {
		work.Go(func() error {
			if err := playing.Err(); err != nil {
				return err
			}
			all[i] = simulate.Run(s, seed+uint64(i), m.pacer(s), nil)
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		return simulate.Summary{}, err
	}
	return simulate.Summarise(all), nil
}

// ratios are calls for each ready agent.
func ratios() []method {
	var all []method
	for _, r := range []float64{1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, 5} {
		all = append(all, levels(fmt.Sprintf("ratio %g (tuned)", r), simulate.FixedRatio, r, r, 0, true))
	}
	return all
}

// settings are what one could set an adaptive method to.
func settings(kind simulate.LevelMethod) []method {
	var all []method
	for _, readyOnly := range []bool{false, true} {
		for _, target := range []float64{0, -0.03, -0.06, -0.1, -0.15, -0.2, -0.3, -0.5} {
			all = append(all, levels(fmt.Sprintf("%s, tuned", kind), kind, 1, 8, target, readyOnly))
		}
	}
	return all
}

// tune chooses the settings that keep agents busiest among those that keep the limit, on shifts of their own; if none does, those
// that abandon least.
func tune(ctx context.Context, s simulate.Scenario, from []method) (method, error) {
	var best method
	var reached simulate.Summary
	for _, m := range from {
		summary, err := play(ctx, s, m, tuned, tuneShifts)
		if err != nil {
			return method{}, err
		}
		if best.pacer == nil || better(summary, reached) {
			best, reached = m, summary
		}
	}
	return best, nil
}

func better(a, b simulate.Summary) bool {
	keepsA, keepsB := a.WorstAbandon <= limit, b.WorstAbandon <= limit
	switch {
	case keepsA != keepsB:
		return keepsA
	case keepsA:
		return a.Utilisation.Mean > b.Utilisation.Mean
	}
	return a.WorstAbandon < b.WorstAbandon
}
