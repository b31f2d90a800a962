// Command progressive measures how long after the contact's 200 OK the agent's voice is at the contact's ear, while many agents work at once on a
// campaign in mode progressive: dialing, state in Redis, tones, and screen events to every agent's program are all switched on.
//
// A raw loop takes turns with it: on the same Asterisk, for the same agents in the same booths and with the same telephones it does StasisStart →
// addChannel and nothing else. Talks and wrap-ups last between half and one and a half of their mean, so that answers come at any time.
//
// Usage: go run ./progressive [-agents 100] [-rate 25] [-for 10s] [-turns 3] [-v]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"time"

	"github.com/rs/zerolog"
	containerlog "github.com/testcontainers/testcontainers-go/log"

	"github.com/hasshin/hasshin/bench/crowd"
	"github.com/hasshin/hasshin/bench/report"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/internal/phone"
)

func main() {
	var o options
	flag.IntVar(&o.agents, "agents", 100, "agents")
	flag.Float64Var(&o.rate, "rate", 25, "contacts who answer each second")
	flag.DurationVar(&o.span, "for", 10*time.Second, "how long to measure in a turn")
	flag.IntVar(&o.turns, "turns", 3, "turns of each")
	flag.StringVar(&o.profile, "cpuprofile", "", "write what the processor does in hasshin's first turn to this `file`")
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
	turns   int
	profile string
	log     zerolog.Logger
}

// An agent's cycle is agents/rate: the phone rings for 40 ms on average, and of the rest one half is talk and the other wrap-up.
const ringing = 40 * time.Millisecond

func (o options) cycle() time.Duration {
	return time.Duration(float64(o.agents) / o.rate * float64(time.Second))
}

// half is how long a talk lasts, or a wrap-up.
func (o options) half() time.Duration {
	mean := (o.cycle() - ringing) / 2
	return mean/2 + rand.N(mean)
}

// longest is more than the longest talk.
func (o options) longest() time.Duration { return o.cycle() }

func (o options) behave(*phone.Call) phone.Behaviour {
	return phone.Answer().After(ringing/2 + rand.N(ringing)).HangingUpAfter(o.half())
}

func run(ctx context.Context, o options) (err error) {
	contacts, err := crowd.NewContacts(o.behave, zerolog.Nop())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, contacts.Close()) }()
	fmt.Fprintln(os.Stderr, "starting Asterisk, Redis and hasshin …")
	records := int(1.5*o.rate*(o.span+o.warmUp()+switching).Seconds())*o.turns + 10*o.agents
	s, err := crowd.Start(ctx, campaign.ModeProgressive, contacts, o.agents, records, nil, o.log)
	defer func() { err = errors.Join(err, s.Close(context.WithoutCancel(ctx))) }()
	if err != nil {
		return err
	}
	b := &bench{options: o, s: s, contacts: contacts}
	defer func() { err = errors.Join(err, b.end()) }()
	if err := b.begin(ctx); err != nil {
		return err
	}
	for n := range o.turns {
		if err := b.take(ctx, n, "raw loop", b.rawTurn, &b.raws); err != nil {
			return err
		}
		if err := b.take(ctx, n, "hasshin", b.ourTurn, &b.ours); err != nil {
			return err
		}
	}
	return b.report()
}

func (b *bench) report() error {
	ours, theirs := crowd.Latencies(b.ours.heard), crowd.Latencies(b.raws.heard)
	perSecond := func(s side) float64 { return float64(len(s.heard)) / b.span.Seconds() / float64(b.turns) }
	nobody := func(s side) (n float64) {
		for _, h := range s.heard {
			if h.Nobody {
				n++
			}
		}
		return n
	}
	name := fmt.Sprintf("connect-%d", b.agents)
	figures := []report.Figure{
		{Bench: name, Name: "answers", Value: perSecond(b.ours), Unit: "/s", Baseline: report.Than(perSecond(b.raws)), Target: fmt.Sprintf("%g", b.rate)},
	}
	for _, q := range []struct {
		name, target string
		share        float64
	}{{"p50", "", 0.5}, {"p90", "", 0.9}, {"p99", "≤ ×1.3", 0.99}, {"max", "", 1}} {
		figures = append(figures, report.Figure{
			Bench: name, Name: "answer → agent's voice, " + q.name, Value: crowd.Quantile(ours, q.share), Unit: "ms",
			Baseline: report.Than(crowd.Quantile(theirs, q.share)), Target: q.target,
		})
	}
	figures = append(figures, report.Figure{
		Bench: name, Name: "answered and heard nobody", Value: nobody(b.ours), Unit: "contacts", Baseline: report.Than(nobody(b.raws)), Target: "0",
	})
	figures = append(figures, b.ours.used.Figures(name, "an answer", float64(b.ours.calls), b.raws.used, float64(b.raws.calls))...)
	return report.Write(os.Stdout, fmt.Sprintf("from the contact's 200 OK to the agent's voice at the contact's ear, %d agents in mode progressive, %d turns of %s; "+
		"baseline: a raw loop for the same agents in turns with it", b.agents, b.turns, b.span), figures)
}
