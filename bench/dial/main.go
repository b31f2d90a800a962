// Command dial measures sustained dialing: how many attempts a second one node makes, each with its record taken under a lease, its call kept in
// Redis before it is placed, and its result written. Six of ten numbers are busy, two do not exist, and two ring for 100 ms and are busy then, so that
// nothing but dialing limits it.
//
// In turns with it, in the same run and on the same Asterisk, a raw loop dials the same mix, with as many calls in flight and, with -rate, evenly spread
// over the second: originate, and on ChannelDestroyed the next. The agents of both are in their booths all the time.
//
// Usage: go run ./dial [-rate 200] [-agents 20] [-for 15s] [-turns 2] [-v]
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
	"github.com/hasshin/hasshin/bench/robot"
	"github.com/hasshin/hasshin/bench/stack"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/internal/phone"
)

// plan is what is measured.
type plan struct {
	agents  int           // and so calls in flight
	rate    float64       // attempts a second that both are to make; 0 for as many as they can
	span    time.Duration // of each turn
	turns   int
	profile string // file for what the processor does while hasshin dials; "" for none
}

func main() {
	var p plan
	flag.IntVar(&p.agents, "agents", 20, "agents, and so calls in flight")
	flag.Float64Var(&p.rate, "rate", 200, "attempts a second that both are to make, at most 1000; 0 for as many as they can")
	flag.DurationVar(&p.span, "for", 15*time.Second, "how long each turn is measured")
	flag.IntVar(&p.turns, "turns", 2, "turns of each")
	flag.StringVar(&p.profile, "cpuprofile", "", "write what the processor does in hasshin's first turn to this `file`")
	verbose := flag.Bool("v", false, "let hasshin log to standard error")
	flag.Parse()
	containerlog.SetDefault(containerlog.NewNoopLogger())
	log := zerolog.Nop()
	if *verbose {
		log = zerolog.New(zerolog.ConsoleWriter{Out: os.Stderr, TimeFormat: time.StampMilli}).With().Timestamp().Logger()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, p, log); err != nil {
		fmt.Fprintln(os.Stderr, "bench-dial:", err)
		os.Exit(1)
	}
}

// behave is what becomes of the call to a contact.
func behave(c *phone.Call) phone.Behaviour {
	switch n := crowd.Ordinal(c.Number()) % 10; {
	case n < 6:
		return phone.Refuse(486)
	case n < 8:
		return phone.Refuse(404)
	}
	return phone.Refuse(486).After(100 * time.Millisecond)
}

const (
	warmUp = 3 * time.Second // is not measured
	// switching is how long it may take until the engine knows that its campaign was started or stopped.
	switching = 3 * time.Second
)

func run(ctx context.Context, p plan, log zerolog.Logger) (err error) {
	contacts, err := crowd.NewContacts(behave, zerolog.Nop())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, contacts.Close()) }()
	fmt.Fprintln(os.Stderr, "starting Asterisk, Redis and hasshin …")
	most := 900.0
	if p.rate > 0 {
		most = 1.2 * p.rate
	}
	records := int((p.span + warmUp + 2*switching).Seconds() * float64(p.turns) * most)
	s, err := crowd.StartWith(ctx, campaign.ModeProgressive, contacts, p.agents, records, func(c *dialer.Config) {
		t := c.Trunks[stack.Trunk]
		t.Limits.CallsPerSecond = p.rate
		c.Trunks[stack.Trunk] = t
	}, log)
	defer func() { err = errors.Join(err, s.Close(context.WithoutCancel(ctx))) }()
	if err != nil {
		return err
	}
	b := &bench{plan: p, s: s}
	b.count()
	if err := b.begin(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.end()) }()
	for range p.turns {
		if err := errors.Join(b.rawTurn(ctx), b.ourTurn(ctx)); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "raw %.0f/s, hasshin %.0f/s\n", b.raws[len(b.raws)-1].rate(), b.ours[len(b.ours)-1].rate())
	}
	return b.report()
}

// bench is both ways side by side.
type bench struct {
	plan
	s        *stack.Stack
	raw      *crowd.Raw
	requests requests // to Redis

	stopRobots context.CancelFunc
	wait       func() error

	raws, ours []turn
	others     int64 // attempts with a result that no number has
}

// begin brings the agents of both to their booths.
func (b *bench) begin(ctx context.Context) (err error) {
	if err := b.run(ctx, false); err != nil {
		return err
	}
	if b.raw, err = crowd.NewRaw(ctx, b.s.Asterisk, b.agents, zerolog.Nop()); err != nil {
		return err
	}
	b.raw.Number, b.raw.Rate = crowd.Number, b.rate
	working, stop := context.WithCancel(ctx)
	b.stopRobots = stop
	var ready <-chan struct{}
	if ready, b.wait, err = crowd.Robots(working, b.s, b.agents, func() robot.Plan { return robot.Plan{} }, zerolog.Nop()); err != nil {
		return err
	}
	<-ready
	_, err = b.raw.Run(ctx, warmUp)
	return errors.Join(err, pause(ctx, time.Second))
}

func (b *bench) end() error {
	var err error
	if b.stopRobots != nil {
		b.stopRobots()
	}
	if b.wait != nil {
		err = b.wait()
	}
	if b.raw != nil {
		err = errors.Join(err, b.raw.Close())
	}
	return err
}

// run lets hasshin's campaign dial, or stops it, and waits until it has.
func (b *bench) run(ctx context.Context, dial bool) error {
	if _, _, err := b.s.Store.Switches().Set(ctx, stack.Campaign, campaign.Switching{Run: dial, By: "bench"}); err != nil {
		return err
	}
	return pause(ctx, switching)
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (b *bench) rawTurn(ctx context.Context) error {
	before, err := b.s.Processor(ctx)
	if err != nil {
		return err
	}
	asked, began := b.requests.n.Load(), time.Now()
	ended, err := b.raw.Run(ctx, b.span)
	took := time.Since(began)
	if err != nil {
		return err
	}
	after, err := b.s.Processor(ctx)
	b.raws = append(b.raws, turn{float64(ended), took, after.Since(before), float64(b.requests.n.Load() - asked)})
	return errors.Join(err, pause(ctx, time.Second)) // until the last calls have ended
}

func (b *bench) ourTurn(ctx context.Context) error {
	if err := errors.Join(b.run(ctx, true), pause(ctx, warmUp)); err != nil {
		return err
	}
	if b.profile != "" && len(b.ours) == 0 {
		f, err := os.Create(b.profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	before, err := b.s.Processor(ctx)
	if err != nil {
		return err
	}
	asked := b.requests.n.Load()
	results, err := b.s.Store.Counts(ctx, stack.Campaign)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := pause(ctx, b.span); err != nil {
		return err
	}
	after, err := b.s.Store.Counts(ctx, stack.Campaign)
	took := time.Since(began)
	if err != nil {
		return err
	}
	requests := float64(b.requests.n.Load() - asked)
	now, err := b.s.Processor(ctx)
	if err != nil {
		return err
	}
	if after.Ready == 0 {
		return errors.New("the calling list was too short for this machine; raise its length")
	}
	ended := int64(0)
	for _, r := range []string{"busy", "invalid-number"} {
		ended += after.Results[r] - results.Results[r]
	}
	b.others = -after.Results["busy"] - after.Results["invalid-number"]
	for _, n := range after.Results {
		b.others += n
	}
	b.ours = append(b.ours, turn{float64(ended), took, now.Since(before), requests})
	return b.run(ctx, false)
}
