// Command dial measures sustained dialing: how many attempts a second one node makes, each with its record taken under a lease, its call kept in
// Redis before it is placed, and its result written. Every number is busy, so that nothing but dialing limits it.
//
// In the same run, on the same Asterisk, a raw loop keeps as many calls in flight: originate, and on ChannelDestroyed the next.
//
// Usage: go run ./dial [-agents 20] [-for 20s] [-v]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/pprof"
	"time"

	"github.com/rs/zerolog"
	containerlog "github.com/testcontainers/testcontainers-go/log"

	"github.com/hasshin/hasshin/bench/crowd"
	"github.com/hasshin/hasshin/bench/report"
	"github.com/hasshin/hasshin/bench/robot"
	"github.com/hasshin/hasshin/bench/stack"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/internal/phone"
)

func main() {
	agents := flag.Int("agents", 20, "agents, and so calls in flight")
	span := flag.Duration("for", 20*time.Second, "how long to measure each way")
	profile := flag.String("cpuprofile", "", "write what the processor does while hasshin dials to this `file`")
	verbose := flag.Bool("v", false, "let hasshin log to standard error")
	flag.Parse()
	containerlog.SetDefault(containerlog.NewNoopLogger())
	log := zerolog.Nop()
	if *verbose {
		log = zerolog.New(zerolog.ConsoleWriter{Out: os.Stderr, TimeFormat: time.StampMilli}).With().Timestamp().Logger()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *agents, *span, *profile, log); err != nil {
		fmt.Fprintln(os.Stderr, "bench-dial:", err)
		os.Exit(1)
	}
}

// warmUp is not measured.
const warmUp = 3 * time.Second

func run(ctx context.Context, agents int, span time.Duration, profile string, log zerolog.Logger) (err error) {
	contacts, err := crowd.NewContacts(phone.Always(phone.Refuse(486)), zerolog.Nop())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, contacts.Close()) }()
	fmt.Fprintln(os.Stderr, "starting Asterisk, Redis and hasshin …")
	records := int((span + 2*warmUp).Seconds() * 1000)
	s, err := crowd.Start(ctx, campaign.ModeProgressive, contacts, agents, records, nil, log)
	if err != nil {
		return errors.Join(err, s.Close(context.WithoutCancel(ctx)))
	}
	defer func() { err = errors.Join(err, s.Close(context.WithoutCancel(ctx))) }()

	fmt.Fprintf(os.Stderr, "raw loop: %d calls in flight …\n", agents)
	raw, err := crowd.NewRaw(ctx, s.Asterisk, agents, zerolog.Nop())
	if err != nil {
		return err
	}
	raw.Number = crowd.Number
	if _, _, err = raw.Run(ctx, warmUp); err == nil {
		time.Sleep(time.Second) // until the last calls have ended
		var ended, failed int64
		before, err := processor(ctx, s)
		if err != nil {
			return err
		}
		if ended, failed, err = raw.Run(ctx, span); err != nil {
			return err
		}
		after, err := processor(ctx, s)
		if err != nil {
			return err
		}
		if failed > 0 {
			return fmt.Errorf("%d requests of the raw loop failed", failed)
		}
		return ours(ctx, s, agents, span, baseline{float64(ended) / span.Seconds(), after.since(before, float64(ended))}, raw, profile)
	}
	return err
}

// baseline is what the raw loop did.
type baseline struct {
	rate float64 // attempts a second
	used used    // for each attempt
}

func ours(ctx context.Context, s *stack.Stack, agents int, span time.Duration, base baseline, raw *crowd.Raw, profile string) error {
	if err := raw.Close(); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "raw %.0f/s; hasshin: %d agents …\n", base.rate, agents)
	working, stop := context.WithCancel(ctx)
	defer stop()
	ready, wait, err := crowd.Robots(working, s, agents, func() robot.Plan { return robot.Plan{} }, zerolog.Nop())
	if err != nil {
		return err
	}
	<-ready
	time.Sleep(warmUp)
	before, err := s.Store.Counts(ctx, stack.Campaign)
	if err != nil {
		return err
	}
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	usedBefore, err := processor(ctx, s)
	if err != nil {
		return err
	}
	began := time.Now()
	select {
	case <-time.After(span):
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	after, err := s.Store.Counts(ctx, stack.Campaign)
	took := time.Since(began)
	usedAfter, e := processor(ctx, s)
	stop()
	if err = errors.Join(err, e, wait()); err != nil {
		return err
	}
	if after.Ready == 0 {
		return errors.New("the calling list was too short for this machine; raise its length")
	}
	busy := after.Results["busy"] - before.Results["busy"]
	others := int64(0)
	for result, n := range after.Results {
		if result != "busy" {
			others += n
		}
	}
	each := usedAfter.since(usedBefore, float64(busy))
	processorTime := func(who string, ours, raw float64) report.Figure {
		return report.Figure{Bench: "dial", Name: "processor time for an attempt, " + who, Value: ours, Unit: "ms", Baseline: report.Than(raw)}
	}
	return report.Write(os.Stdout, fmt.Sprintf("sustained dialing of busy numbers with %d calls in flight; baseline: a raw originate loop with as many in the same run", agents),
		[]report.Figure{
			{Bench: "dial", Name: "attempts", Value: float64(busy) / took.Seconds(), Unit: "/s", Baseline: report.Than(base.rate), Target: "≥ ×0.9"},
			{Bench: "dial", Name: "attempts with another result than busy", Value: float64(others), Unit: "calls", Target: "0"},
			processorTime("all together", each.sum(), base.used.sum()),
			processorTime("Asterisk", each.asterisk, base.used.asterisk),
			processorTime("Redis", each.redis, base.used.redis),
			processorTime("hasshin and the telephones", each.own, base.used.own),
		})
}
