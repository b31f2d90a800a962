// Command connect measures how long after the contact's 200 OK contact and agent hear each other.
//
// Two ways are measured in one run, call by call in turn, on the same Asterisk and with the same phones: preview calls through hasshin
// (desk, engine and a robot agent over the real API), and a raw loop that does nothing but StasisStart → addChannel into a booth. Every
// phone talks in a tone of its own, and the time is that of the first RTP packet with the other's tone, dated by the kernel.
//
// Usage: go run ./connect [-calls 200] [-v]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"time"

	"github.com/rs/zerolog"
	containerlog "github.com/testcontainers/testcontainers-go/log"

	"github.com/hasshin/hasshin/bench/report"
)

func main() {
	calls := flag.Int("calls", 200, "calls to measure each way")
	verbose := flag.Bool("v", false, "let hasshin log to standard error")
	flag.Parse()
	containerlog.SetDefault(containerlog.NewNoopLogger())
	log := zerolog.Nop()
	if *verbose {
		log = zerolog.New(zerolog.ConsoleWriter{Out: os.Stderr, TimeFormat: time.StampMilli}).With().Timestamp().Logger()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *calls, log); err != nil {
		fmt.Fprintln(os.Stderr, "bench-connect:", err)
		os.Exit(1)
	}
}

// warmUp calls of each way are made first and not counted.
const warmUp = 5

func run(ctx context.Context, calls int, log zerolog.Logger) (err error) {
	r, err := newRig(ctx, calls+warmUp, log)
	defer func() { err = errors.Join(err, r.close()) }()
	if err != nil {
		return err
	}
	var preview, raw []latency
	for i := range calls + warmUp {
		a, err := r.raw.call(ctx, r.contact)
		if err != nil {
			return fmt.Errorf("raw call %d: %w", i+1, err)
		}
		b, err := r.preview.call(ctx, r.contact)
		if err != nil {
			return fmt.Errorf("preview call %d: %w", i+1, err)
		}
		if i >= warmUp {
			raw, preview = append(raw, a), append(preview, b)
		}
		progress(i+1, calls+warmUp)
	}
	title := fmt.Sprintf("from the contact's 200 OK to the other's voice, %d preview calls; baseline: a raw loop of StasisStart → addChannel, "+
		"as many calls in turn", calls)
	return report.Write(os.Stdout, title, figures(preview, raw))
}

// latency is one call's, both ways, from the contact's 200 OK.
type latency struct {
	contactHears time.Duration // the agent's voice at the contact's ear
	agentHears   time.Duration // the contact's voice at the agent's ear
}

func figures(preview, raw []latency) []report.Figure {
	var all []report.Figure
	for _, ear := range []struct {
		name string
		of   func(latency) time.Duration
	}{
		{"agent's voice at the contact's ear", func(l latency) time.Duration { return l.contactHears }},
		{"contact's voice at the agent's ear", func(l latency) time.Duration { return l.agentHears }},
	} {
		ours, theirs := sorted(preview, ear.of), sorted(raw, ear.of)
		for _, p := range []struct {
			name   string
			share  float64
			target string
		}{{"p50", 0.5, ""}, {"p99", 0.99, "≤ ×1.3"}} {
			all = append(all, report.Figure{
				Bench: "connect", Name: ear.name + ", " + p.name, Value: ms(quantile(ours, p.share)), Unit: "ms",
				Baseline: report.Than(ms(quantile(theirs, p.share))), Target: p.target,
			})
		}
	}
	return all
}

func sorted(all []latency, of func(latency) time.Duration) []time.Duration {
	out := make([]time.Duration, len(all))
	for i, l := range all {
		out[i] = of(l)
	}
	slices.Sort(out)
	return out
}

// quantile is the smallest value that at least that share of all does not exceed (nearest rank).
func quantile(sorted []time.Duration, share float64) time.Duration {
	rank := int(share*float64(len(sorted)) + 0.999999)
	return sorted[min(max(rank, 1), len(sorted))-1]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// progress says how far it is, on a terminal in one line.
func progress(done, all int) {
	info, err := os.Stderr.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	switch {
	case terminal && done < all:
		fmt.Fprintf(os.Stderr, "\r%d of %d calls each way", done, all)
	case terminal:
		fmt.Fprint(os.Stderr, "\r\033[K")
	case done%50 == 0:
		fmt.Fprintf(os.Stderr, "%d of %d calls each way\n", done, all)
	}
}
