// Command actions measures how long after an agent's command its effect is heard at the phones.
//
// Beside the commands, and in the same rounds on the same Asterisk, it measures what a move costs without hasshin: one addChannel request
// that takes a channel from one bridge to another, until the voice in the new bridge arrives at its phone. Times are the kernel's of the
// first RTP packet.
//
// Usage: go run ./actions [-rounds 40] [-v]
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

	"github.com/hasshin/hasshin/bench/report"
)

func main() {
	rounds := flag.Int("rounds", 40, "rounds to measure; each is two calls and four raw moves")
	verbose := flag.Bool("v", false, "let hasshin log to standard error")
	flag.Parse()
	log := zerolog.Nop()
	if *verbose {
		log = zerolog.New(zerolog.ConsoleWriter{Out: os.Stderr, TimeFormat: time.StampMilli}).With().Timestamp().Logger()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *rounds, log); err != nil {
		fmt.Fprintln(os.Stderr, "bench-actions:", err)
		os.Exit(1)
	}
}

// samples are the times of each action, raw moves among them.
type samples map[string][]time.Duration

// The actions in the order of the report.
const rawMove = "raw move"

var actions = []string{"hold, music", "resume, agent's voice", "swap, agent's voice", "merge, target's voice", "complete transfer, target's voice"}

func run(ctx context.Context, rounds int, log zerolog.Logger) (err error) {
	r, err := newRig(ctx, 2*(rounds+1), log)
	defer func() { err = errors.Join(err, r.close()) }()
	if err != nil {
		return err
	}
	taken := samples{}
	for i := range rounds + 1 {
		round := samples{}
		if err := r.round(ctx, round); err != nil {
			return fmt.Errorf("round %d: %w", i+1, err)
		}
		if i == 0 {
			continue // the first warms up
		}
		for name, d := range round {
			taken[name] = append(taken[name], d...)
		}
		if i%10 == 0 {
			fmt.Fprintf(os.Stderr, "%d of %d rounds\n", i, rounds)
		}
	}
	title := fmt.Sprintf("from the command to its effect at the contact's ear, %d rounds; baseline: %d raw addChannel moves in between", rounds, len(taken[rawMove]))
	return report.Write(os.Stdout, title, figures(taken))
}

// margin is how much later than the raw move an action may be heard.
const margin = 60 * time.Millisecond

func figures(taken samples) []report.Figure {
	var all []report.Figure
	raw := taken[rawMove]
	slices.Sort(raw)
	for _, name := range actions {
		ours := taken[name]
		slices.Sort(ours)
		for _, p := range []struct {
			name  string
			share float64
		}{{"p50", 0.5}, {"p99", 0.99}} {
			base := quantile(raw, p.share)
			f := report.Figure{Bench: "actions", Name: name + ", " + p.name, Value: ms(quantile(ours, p.share)), Unit: "ms", Baseline: report.Than(ms(base))}
			if p.share == 0.99 {
				f.Target = fmt.Sprintf("≤ %.0f", ms(base+margin))
			}
			all = append(all, f)
		}
	}
	return all
}

// quantile is the smallest value that at least that share of all does not exceed (nearest rank).
func quantile(sorted []time.Duration, share float64) time.Duration {
	rank := int(share*float64(len(sorted)) + 0.999999)
	return sorted[min(max(rank, 1), len(sorted))-1]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
