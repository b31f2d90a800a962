// Command predictive lets robot agents work on a campaign in mode predictive, on a real Asterisk, and says how busy they were at how many abandoned
// calls, how long contacts waited for an agent's voice, and whether anything was left over.
//
// The telephone network is a test phone: people answer after 3 s and a gamma distributed while (shape 3, mean 8 s), a tenth of the numbers is busy or
// does not exist, the rest rings until we give up; conversations are lognormal with a coefficient of variation of 1.
//
// Usage: go run ./predictive [-mode predictive] [-agents 20] [-for 10m] [-talk 40s] [-wrap 5s] [-answer 0.3] [-seed 1] [-v]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/signal"
	"runtime"
	"strings"
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

type options struct {
	mode       campaign.Mode
	agents     int
	span       time.Duration
	talk, wrap time.Duration
	answer     float64
	seed       uint64
	log        zerolog.Logger
}

func main() {
	o := options{mode: campaign.ModePredictive, log: zerolog.Nop()}
	flag.Func("mode", "progressive, predictive or power (default predictive)", func(text string) error { return o.mode.UnmarshalText([]byte(text)) })
	flag.IntVar(&o.agents, "agents", 20, "agents")
	flag.DurationVar(&o.span, "for", 10*time.Minute, "how long they work")
	flag.DurationVar(&o.talk, "talk", 40*time.Second, "mean length of a conversation")
	flag.DurationVar(&o.wrap, "wrap", 5*time.Second, "length of the wrap-up")
	flag.Float64Var(&o.answer, "answer", 0.3, "share of the numbers at which somebody answers")
	flag.Uint64Var(&o.seed, "seed", 1, "for the people's behaviour")
	verbose := flag.Bool("v", false, "let hasshin log to standard error")
	flag.Parse()
	containerlog.SetDefault(containerlog.NewNoopLogger())
	if *verbose {
		o.log = zerolog.New(zerolog.ConsoleWriter{Out: os.Stderr, TimeFormat: time.StampMilli}).With().Timestamp().Logger()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench-predictive:", err)
		os.Exit(1)
	}
}

// behaves says what becomes of a call, by its number.
func (o options) behaves(call *phone.Call) phone.Behaviour {
	dice := rand.New(rand.NewPCG(o.seed, uint64(crowd.Ordinal(call.Number()))))
	switch kind := dice.Float64(); {
	case kind < o.answer:
		wait := 3.0
		for range 3 {
			wait += dice.ExpFloat64() * 8 / 3
		}
		sigma := math.Sqrt(math.Ln2) // of a lognormal with a coefficient of variation of 1
		talk := math.Exp(dice.NormFloat64()*sigma - sigma*sigma/2)
		return phone.Answer().After(time.Duration(wait * float64(time.Second))).HangingUpAfter(max(time.Duration(talk*float64(o.talk)), 3*time.Second))
	case kind < o.answer+0.07:
		return phone.Refuse(486).After(time.Second)
	case kind < o.answer+0.1:
		return phone.Refuse(404)
	}
	return phone.Ring()
}

func run(ctx context.Context, o options) (err error) {
	contacts, err := crowd.NewContacts(o.behaves, zerolog.Nop())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, contacts.Close()) }()
	fmt.Fprintln(os.Stderr, "starting Asterisk, Redis and hasshin …")
	records := 500 + int(float64(o.agents)*o.span.Seconds()/(o.talk+o.wrap).Seconds()/o.answer*3)
	s, err := crowd.Start(ctx, o.mode, contacts, o.agents, records, nil, o.log)
	if err != nil {
		return errors.Join(err, s.Close(context.WithoutCancel(ctx)))
	}
	defer func() { err = errors.Join(err, s.Close(context.WithoutCancel(ctx))) }()
	goroutines := runtime.NumGoroutine()

	working, stop := context.WithCancel(ctx)
	defer stop()
	ready, wait, err := crowd.Robots(working, s, o.agents, func() robot.Plan { return robot.Plan{Talk: time.Hour, WrapUp: o.wrap} }, zerolog.Nop())
	if err != nil {
		return err
	}
	<-ready
	began := time.Now()
	busy, err := watch(ctx, s, o.span)
	ended := time.Now()
	if err == nil {
		err = ringOut(ctx, s)
	}
	stop()
	if err = errors.Join(err, wait()); err != nil {
		return err
	}
	left, err := leftOver(ctx, s)
	if err != nil {
		return err
	}
	time.Sleep(time.Second) // for the last contacts' ears
	for waited := time.Now(); runtime.NumGoroutine() > goroutines && time.Since(waited) < idle; {
		time.Sleep(100 * time.Millisecond)
	}
	heard, calls := contacts.Take()
	return o.report(ctx, s, figures{
		busy: busy, left: left, goroutines: runtime.NumGoroutine() - goroutines, calls: calls, heard: heard, latencies: crowd.Latencies(crowd.Between(heard, began, ended)),
	})
}

// idle is after what time connections that nobody uses are closed, with some to spare: each has goroutines.
const idle = 20 * time.Second

// watch looks at the agents from time to time and answers which share of the time they were on a call or in wrap-up.
func watch(ctx context.Context, s *stack.Stack, span time.Duration) (busy float64, err error) {
	const every = 200 * time.Millisecond
	look := time.NewTicker(every)
	defer look.Stop()
	end := time.After(span)
	looks, seen := 0, 0
	for {
		select {
		case <-look.C:
		case <-end:
			return float64(seen) / float64(max(looks, 1)), nil
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
		agents, err := s.Engine.Agents(ctx)
		if err != nil {
			return 0, err
		}
		for _, a := range agents {
			looks++
			if a.State == "on-call" || a.State == "wrap-up" {
				seen++
			}
		}
	}
}

// ringOut stops the campaign, as at the end of a shift: nobody new is called, and whoever answers until the last call has ended still gets an agent.
func ringOut(ctx context.Context, s *stack.Stack) error {
	if _, _, err := s.Store.Switches().Set(ctx, stack.Campaign, campaign.Switching{By: "bench", Why: "the end"}); err != nil {
		return err
	}
	select {
	case <-time.After(ringTimeout + 4*time.Second): // the engine looks every 2 s
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// ringTimeout is that of crowd.Start.
const ringTimeout = 26 * time.Second

// leftOver waits until the last calls have rung out and lists what Asterisk still has of ours then.
func leftOver(ctx context.Context, s *stack.Stack) (left []string, err error) {
	client, err := s.Asterisk.Client(ctx, "onlooker")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	for until := time.Now().Add(40 * time.Second); ; time.Sleep(500 * time.Millisecond) {
		left = nil
		channels, err := client.Channels.List(ctx)
		if err != nil {
			return nil, err
		}
		for _, c := range channels {
			if !strings.HasPrefix(c.ID, "hs.hold.") {
				left = append(left, c.ID)
			}
		}
		bridges, err := client.Bridges.List(ctx)
		if err != nil {
			return nil, err
		}
		for _, b := range bridges {
			if !strings.HasPrefix(b.ID, "hs.hold.") {
				left = append(left, b.ID)
			}
		}
		if len(left) == 0 || time.Now().After(until) {
			return left, nil
		}
	}
}

type figures struct {
	busy       float64
	left       []string
	goroutines int
	calls      int
	heard      []crowd.Heard
	latencies  []time.Duration
}

func (o options) report(ctx context.Context, s *stack.Stack, f figures) error {
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(200 * time.Millisecond) { // the last results are being written
		counts, err := s.Store.Counts(ctx, stack.Campaign)
		if err != nil {
			return err
		}
		if counts.Out == 0 || time.Now().After(until) {
			break
		}
	}
	counts, err := s.Store.Counts(ctx, stack.Campaign)
	if err != nil {
		return err
	}
	k := campaign.Defaults()
	k.List.Region = "GB" // as package stack has it
	sums, err := s.Store.CountAnswers(ctx, stack.Campaign, k.AnswerPeriod(time.Now()), campaign.Answers{})
	if err != nil {
		return err
	}
	nobody, told := 0, 0
	for _, h := range f.heard {
		if h.Nobody {
			nobody++
		}
		if h.Message {
			told++
		}
	}
	attempts := int64(0)
	for _, n := range counts.Results {
		attempts += n
	}
	for _, id := range f.left {
		fmt.Fprintln(os.Stderr, "left over:", id)
	}
	fig := func(name string, value float64, unit, target string) report.Figure {
		return report.Figure{Bench: string(o.mode), Name: name, Value: value, Unit: unit, Target: target}
	}
	rate := 0.0
	if sums.Live > 0 {
		rate = 100 * float64(sums.Abandoned) / float64(sums.Live)
	}
	return report.Write(os.Stdout, fmt.Sprintf("%d agents in mode %s for %s: talk %s on average, wrap-up %s, %.0f %% of the numbers answer", o.agents, o.mode, o.span, o.talk, o.wrap, 100*o.answer),
		[]report.Figure{
			fig("agents on a call or in wrap-up", 100*f.busy, "% of the time", ""),
			fig("attempts", float64(attempts), "calls", ""),
			fig("answered by a person", float64(sums.Live), "calls", ""),
			fig("abandoned", float64(sums.Abandoned), "calls", ""),
			fig("abandoned, of those answered", rate, "%", "≤ 3"),
			fig("answer → agent's voice, p50", crowd.Quantile(f.latencies, 0.5), "ms", ""),
			fig("answer → agent's voice, p99", crowd.Quantile(f.latencies, 0.99), "ms", ""),
			fig("contacts who heard no agent", float64(nobody), "contacts", fmt.Sprint(sums.Abandoned)),
			fig("of these, heard the message", float64(told), "contacts", fmt.Sprint(sums.Abandoned)),
			fig("records still out", float64(counts.Out), "records", "0"),
			fig("channels and bridges left over", float64(len(f.left)), "", "0"),
			fig("goroutines more than before", float64(f.goroutines), "", "≤ 0"),
		})
}
