// Command ari measures package ari beside a plain client: how many events a core can decode and hand out, what is lost when a
// subscriber is slow, how many connections requests take, and how soon a silent peer is noticed.
//
// The plain client (plain.go) is what one writes in an afternoon: encoding/json, a list of subscriptions that is searched
// for each event, a channel for each subscription that drops when it is full, http.DefaultTransport. Both run in this process,
// one after the other, on the same recorded events.
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/hasshin/hasshin/bench/report"
)

func main() {
	events := flag.String("events", "../ari/testdata/ari-events.jsonl.gz", "recorded events, one a line")
	each := flag.Duration("each", time.Second, "processor time to measure each speed for")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *events, *each); err != nil {
		fmt.Fprintln(os.Stderr, "bench ari:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, events string, each time.Duration) error {
	messages, err := load(events)
	if err != nil {
		return err
	}
	var figures []report.Figure
	for _, part := range []struct {
		name    string
		measure func() ([]report.Figure, error)
	}{
		{"speed", func() ([]report.Figure, error) { return speed(messages, each) }},
		{"loss", func() ([]report.Figure, error) { return loss(ctx, messages) }},
		{"connections", func() ([]report.Figure, error) { return connections(ctx) }},
		{"failures", func() ([]report.Figure, error) { return failures(ctx) }},
	} {
		fmt.Fprintf(os.Stderr, "measuring %s …\n", part.name)
		more, err := part.measure()
		if err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		figures = append(figures, more...)
	}
	title := fmt.Sprintf("package ari beside a plain client, on %d recorded events; speeds by processor time of one core", len(messages))
	return report.Write(os.Stdout, title, figures)
}

func load(name string) ([][]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var messages [][]byte
	lines := bufio.NewScanner(z)
	for lines.Scan() {
		messages = append(messages, bytes.Clone(lines.Bytes()))
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return messages, nil
}

func figure(name string, value float64, unit string, baseline *float64, target string) report.Figure {
	return report.Figure{Bench: "ari", Name: name, Value: value, Unit: unit, Baseline: baseline, Target: target}
}
