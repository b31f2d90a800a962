// Command pacing measures how busy the pacing keeps agents at how many abandoned calls, beside other ways to pace, by simulation: every
// method plays the same shifts, with the same people at the other end. Seeds are fixed, so the figures are the same on every machine.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"

	"github.com/hasshin/hasshin/bench/report"
	"github.com/hasshin/hasshin/dialer/pacing/simulate"
)

// sizes are the teams of the benchmark.
var sizes = []int{3, 5, 10, 20, 50, 100}

// targets are the utilisations to reach, in per cent, by scenario and in the order of sizes.
var targets = map[string][]float64{
	"p15":  {65, 71, 79, 86, 92, 94},
	"p30":  {75, 78, 82, 87, 92, 94},
	"step": {72, 75, 81, 86, 92, 94},
}

func main() {
	scenario := flag.String("scenario", "", "only this scenario, of "+strings.Join(simulate.Names(), ", "))
	agents := flag.String("agents", "", "only so many agents")
	shifts := flag.Int("shifts", 20, "shifts a cell")
	alone := flag.Bool("alone", false, "without the methods to compare with")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *scenario, *agents, *shifts, *alone); err != nil {
		fmt.Fprintln(os.Stderr, "bench pacing:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, scenario, agents string, shifts int, alone bool) error {
	names, teams := simulate.Names(), sizes
	if scenario != "" {
		names = []string{scenario}
	}
	if agents != "" {
		n, err := strconv.Atoi(agents)
		if err != nil || n < 1 {
			return fmt.Errorf("%q is not a number of agents", agents)
		}
		teams = []int{n}
	}
	var figures []report.Figure
	for _, size := range []struct {
		agents int
		share  float64
		target string
	}{{100, 0.04, "≤ 50"}, {20, 0.15, ""}} {
		f, err := cost(size.agents, size.share, size.target)
		if err != nil {
			return err
		}
		figures = append(figures, f)
	}
	for _, name := range names {
		for _, n := range teams {
			s, err := simulate.Named(name, n)
			if err != nil {
				return err
			}
			rows, err := cell(ctx, s, shifts, alone)
			if err != nil {
				return err
			}
			fmt.Fprintf(os.Stderr, "\n%s (%s), %d agents, %d shifts\n%s", name, simulate.About(name), n, shifts, table(rows))
			figures = append(figures, cellFigures(name, n, rows)...)
		}
	}
	title := fmt.Sprintf("pacing, %d shifts of 8 h a cell; the baseline is the best other method that kept 3 %% abandoned in every shift", shifts)
	return report.Write(os.Stdout, title, figures)
}

// row is what a method came to in a cell.
type row struct {
	method string
	simulate.Summary
}

func table(rows []row) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  %-24s %14s %16s %7s %14s %10s\n", "method", "utilisation %", "abandoned %", "worst", "wait s (p90)", "calls/h")
	for _, r := range rows {
		fmt.Fprintf(&b, "  %-24s %8.1f ± %3.1f %10.2f ± %3.2f %7.2f %8.1f (%3.0f) %10.0f\n", r.method, 100*r.Utilisation.Mean, 100*r.Utilisation.Half,
			100*r.AbandonRate.Mean, 100*r.AbandonRate.Half, 100*r.WorstAbandon, r.WaitMean.Mean, r.WaitP90.Mean, r.CallsPerHour.Mean)
	}
	return b.String()
}

// cellFigures are the pacing's own utilisation, beside the best of the others that kept the limit, and its worst shift.
func cellFigures(name string, n int, rows []row) []report.Figure {
	label := fmt.Sprintf("%s N=%d", name, n)
	use := report.Figure{Bench: "pacing", Name: label + " utilisation", Value: 100 * rows[0].Utilisation.Mean, Unit: "%"}
	if i := slices.Index(sizes, n); i >= 0 && targets[name] != nil {
		use.Target = fmt.Sprintf("≥ %g", targets[name][i])
	}
	for _, r := range rows[1:] {
		if r.WorstAbandon <= limit && (use.Baseline == nil || 100*r.Utilisation.Mean > *use.Baseline) {
			use.Baseline = report.Than(100 * r.Utilisation.Mean)
		}
	}
	return []report.Figure{use, {
		Bench: "pacing", Name: label + " abandoned, worst shift", Value: 100 * rows[0].WorstAbandon, Unit: "%", Target: "≤ 3",
	}}
}
