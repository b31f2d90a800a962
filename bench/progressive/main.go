// Command progressive measures how long after the contact's 200 OK the agent's voice is at the contact's ear, while many agents work at once on a
// campaign in mode progressive: dialing, state in Redis, tones, and screen events to every agent's program are all switched on.
//
// In the same run, on the same Asterisk and with the same phones, a raw loop does the same for as many agents: StasisStart → addChannel and nothing else.
//
// Usage: go run ./progressive [-agents 100] [-rate 25] [-for 30s] [-v]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"runtime/pprof"
	"time"

	"github.com/rs/zerolog"
	containerlog "github.com/testcontainers/testcontainers-go/log"

	"github.com/hasshin/hasshin/bench/crowd"
	"github.com/hasshin/hasshin/bench/report"
	"github.com/hasshin/hasshin/bench/robot"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/internal/phone"
)

func main() {
	var o options
	flag.IntVar(&o.agents, "agents", 100, "agents")
	flag.Float64Var(&o.rate, "rate", 25, "contacts who answer each second")
	flag.DurationVar(&o.span, "for", 30*time.Second, "how long to measure each way")
	flag.StringVar(&o.profile, "cpuprofile", "", "write what the processor does while hasshin connects to this `file`")
	verbose := flag.Bool("v", false, "let hasshin log to standard error")
	flag.Parse()
	containerlog.SetDefault(containerlog.NewNoopLogger())
	o.log = zerolog.Nop()
	if *verbose {
		o.log = zerolog.New(zerolog.ConsoleWriter{Out: os.Stderr, TimeFormat: time.StampMilli}).With().Timestamp().Logger()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench-connect, progressive:", err)
		os.Exit(1)
	}
}

type options struct {
	agents  int
	rate    float64
	span    time.Duration
	profile string
	log     zerolog.Logger
}

// warmUp is not measured.
const warmUp = 5 * time.Second

func run(ctx context.Context, o options) (err error) {
	// An agent's cycle is N/rate: a ring of 40 ms on average, and the rest half talk, half wrap-up.
	cycle := time.Duration(float64(o.agents) / o.rate * float64(time.Second))
	talk := cycle / 2
	wrap := max(cycle-talk-100*time.Millisecond, 0)
	contacts, err := crowd.NewContacts(func(*phone.Call) phone.Behaviour {
		return phone.Answer().After(20*time.Millisecond + rand.N(40*time.Millisecond)).HangingUpAfter(talk)
	}, zerolog.Nop())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, contacts.Close()) }()
	fmt.Fprintln(os.Stderr, "starting Asterisk, Redis and hasshin …")
	records := int(2*o.rate*(o.span+2*warmUp).Seconds()) + 10*o.agents
	s, err := crowd.Start(ctx, campaign.ModeProgressive, contacts, o.agents, records, nil, o.log)
	if err != nil {
		return errors.Join(err, s.Close(context.WithoutCancel(ctx)))
	}
	defer func() { err = errors.Join(err, s.Close(context.WithoutCancel(ctx))) }()

	fmt.Fprintf(os.Stderr, "raw loop: %d agents, cycle %s …\n", o.agents, cycle)
	raw, err := crowd.NewRaw(ctx, s.Asterisk, o.agents, zerolog.Nop())
	if err != nil {
		return err
	}
	raw.Wrap, raw.Number = wrap, crowd.Number
	began := time.Now()
	_, failed, err := raw.Run(ctx, o.span+warmUp)
	rawHeard := settle(contacts, talk)
	err = errors.Join(err, raw.Close())
	if err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d requests of the raw loop failed", failed)
	}
	theirs := crowd.Latencies(rawHeard, began.Add(warmUp), began.Add(warmUp+o.span))

	fmt.Fprintf(os.Stderr, "progressive: %d agents …\n", o.agents)
	working, stop := context.WithCancel(ctx)
	defer stop()
	ready, wait, err := crowd.Robots(working, s, o.agents, func() robot.Plan { return robot.Plan{Talk: time.Minute, WrapUp: wrap} }, zerolog.Nop())
	if err != nil {
		return err
	}
	select {
	case <-ready:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if o.profile != "" {
		f, err := os.Create(o.profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	began = time.Now()
	select {
	case <-time.After(o.span + warmUp):
	case <-ctx.Done():
	}
	ended := time.Now()
	stop()
	err = wait()
	heard := settle(contacts, talk)
	if err != nil {
		return err
	}
	ours := crowd.Latencies(heard, began.Add(warmUp), ended)
	nobody := 0
	for _, h := range heard {
		if h.Nobody && h.Answered.After(began) && h.Answered.Before(ended.Add(-talk)) {
			nobody++
		}
	}
	persecond := func(l []time.Duration) float64 { return float64(len(l)) / o.span.Seconds() }
	bench := fmt.Sprintf("connect-%d", o.agents)
	return report.Write(os.Stdout, fmt.Sprintf("from the contact's 200 OK to the agent's voice at the contact's ear, %d agents in mode progressive; baseline: a raw loop "+
		"for as many agents in the same run", o.agents), []report.Figure{
		{Bench: bench, Name: "answers", Value: persecond(ours), Unit: "/s", Baseline: report.Than(persecond(theirs)), Target: fmt.Sprintf("%g", o.rate)},
		{Bench: bench, Name: "answer → agent's voice, p50", Value: crowd.Quantile(ours, 0.5), Unit: "ms", Baseline: report.Than(crowd.Quantile(theirs, 0.5))},
		{Bench: bench, Name: "answer → agent's voice, p99", Value: crowd.Quantile(ours, 0.99), Unit: "ms", Baseline: report.Than(crowd.Quantile(theirs, 0.99)), Target: "≤ ×1.3"},
		{Bench: bench, Name: "answered and heard nobody", Value: float64(nobody), Unit: "contacts", Target: "0"},
	})
}

// settle waits for the last calls' ends and takes what was heard.
func settle(c *crowd.Contacts, talk time.Duration) []crowd.Heard {
	time.Sleep(talk + time.Second)
	heard, _ := c.Take()
	return heard
}
