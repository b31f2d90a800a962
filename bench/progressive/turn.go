package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/bench/crowd"
	"github.com/hasshin/hasshin/bench/report"
	"github.com/hasshin/hasshin/bench/robot"
	"github.com/hasshin/hasshin/bench/stack"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// bench is both ways side by side.
type bench struct {
	options
	s        *stack.Stack
	contacts *crowd.Contacts
	raw      *crowd.Raw

	stopRobots context.CancelFunc
	wait       func() error

	raws, ours side
	profiled   bool
}

// side is what one of both did in all its turns.
type side struct {
	heard []crowd.Heard   // in the measured parts
	calls int             // in all, those of the warm-up too
	used  stack.Processor // for all calls
}

// switching is how long it may take until the engine knows that its campaign was started or stopped.
const switching = 3 * time.Second

// warmUp is not measured: at first all agents are dialed for at once.
func (o options) warmUp() time.Duration { return 2 * o.cycle() }

// begin brings the agents into their booths.
func (b *bench) begin(ctx context.Context) (err error) {
	if err := b.dial(ctx, false); err != nil {
		return err
	}
	working, stop := context.WithCancel(ctx)
	b.stopRobots = stop
	var ready <-chan struct{}
	ready, b.wait, err = crowd.Robots(working, b.s, b.agents, func() robot.Plan { return robot.Plan{Talk: time.Minute, WrapUp: b.half()} }, zerolog.Nop())
	if err != nil {
		return err
	}
	select {
	case <-ready:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	booths, err := b.booths(ctx)
	if err != nil {
		return err
	}
	if b.raw, err = crowd.NewRawIn(ctx, b.s.Asterisk, booths); err != nil {
		return err
	}
	b.raw.Wrap, b.raw.Number, b.raw.Rate = b.half, crowd.Number, 4*b.rate
	return nil
}

// plugIn is how long it may take until all agents are in their booths.
const plugIn = 20 * time.Second

// booths are the agents' bridges, once all of them are there.
func (b *bench) booths(ctx context.Context) (ids []string, err error) {
	client, err := b.s.Asterisk.Client(ctx, "bench")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	for began := time.Now(); ; {
		bridges, err := client.Bridges.List(ctx)
		if err != nil {
			return nil, err
		}
		ids = ids[:0]
		for _, bridge := range bridges {
			if strings.HasPrefix(bridge.ID, "hs.booth.") && len(bridge.Channels) == 1 {
				ids = append(ids, bridge.ID)
			}
		}
		if len(ids) == b.agents {
			return ids, nil
		}
		if time.Since(began) > plugIn {
			return nil, fmt.Errorf("%d agents are in their booths, not %d", len(ids), b.agents)
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return nil, err
		}
	}
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

// dial lets hasshin's campaign dial, or stops it, and waits until it has.
func (b *bench) dial(ctx context.Context, run bool) error {
	if _, _, err := b.s.Store.Switches().Set(ctx, stack.Campaign, campaign.Switching{Run: run, By: "bench"}); err != nil {
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

// take lets one of both have a turn, and says how it went.
func (b *bench) take(ctx context.Context, n int, who string, do func(context.Context) error, of *side) error {
	b.contacts.Take()
	ticks, err := report.ReadTicks()
	if err != nil {
		return err
	}
	before, err := b.s.Processor(ctx)
	if err != nil {
		return err
	}
	if err := do(ctx); err != nil {
		return fmt.Errorf("%s: %w", who, err)
	}
	ended := time.Now()
	now, err := report.ReadTicks()
	if err != nil {
		return err
	}
	if err := pause(ctx, 2*b.longest()+time.Second); err != nil { // until the last calls and wrap-ups are over
		return err
	}
	after, err := b.s.Processor(ctx)
	if err != nil {
		return err
	}
	all, calls := b.contacts.Take()
	heard := crowd.Between(all, ended.Add(-b.span), ended)
	of.heard, of.calls, of.used = append(of.heard, heard...), of.calls+calls, of.used.And(after.Since(before))
	l := crowd.Latencies(heard)
	fmt.Fprintf(os.Stderr, "turn %d, %-8s: %.1f answers/s, p50 %.1f ms, p99 %.1f ms; load %s, %s\n", n+1, who,
		float64(len(heard))/b.span.Seconds(), crowd.Quantile(l, 0.5), crowd.Quantile(l, 0.99), report.LoadAverage(), now.Since(ticks))
	return nil
}

func (b *bench) rawTurn(ctx context.Context) error {
	_, err := b.raw.Run(ctx, b.warmUp()+b.span)
	return err
}

func (b *bench) ourTurn(ctx context.Context) (err error) {
	if err := errors.Join(b.dial(ctx, true), pause(ctx, b.warmUp())); err != nil {
		return err
	}
	if b.profile != "" && !b.profiled {
		b.profiled = true
		f, err := os.Create(b.profile)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	if err := pause(ctx, b.span); err != nil {
		return err
	}
	_, _, err = b.s.Store.Switches().Set(ctx, stack.Campaign, campaign.Switching{By: "bench"})
	return err
}
