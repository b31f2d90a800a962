// Command robots lets one or more robot agents work a campaign's calling list off, all at once, and writes a line of JSON for each call: for
// load tests, and for seeing hasshin work without people.
//
//	ROBOT_PASSWORD=… go run ./robots -url http://127.0.0.1:8080 -campaign demo -talk 5s -reject-every 10 robot1 robot2
//
// The agents' phones must be of kind sip and their passwords the same. It ends when the list has nothing more for any of them, or on a signal;
// then calls are ended and the robots sign out.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/bench/robot"
	"github.com/hasshin/hasshin/dialer"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "robots:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, log io.Writer) error {
	flags := flag.NewFlagSet("robots", flag.ContinueOnError)
	cfg := robot.Config{Password: os.Getenv("ROBOT_PASSWORD")}
	flags.StringVar(&cfg.URL, "url", "http://127.0.0.1:8080", "`address` of hasshin")
	flags.StringVar(&cfg.Campaign, "campaign", "demo", "`id` of the campaign")
	flags.BoolVar(&cfg.Deaf, "deaf", false, "do not listen, which saves most of a robot's cost")
	disposition := flags.String("disposition", "", "`code` of the disposition for every call")
	var habits habits
	flags.DurationVar(&habits.plan.Talk, "talk", 5*time.Second, "how long to talk")
	flags.DurationVar(&habits.plan.GiveUp, "give-up", 0, "end calls that are not answered by then; 0 leaves that to the campaign")
	flags.BoolVar(&habits.plan.LeaveMachine, "leave-machine", true, "hang up on answering machines")
	flags.IntVar(&habits.rejectEvery, "reject-every", 0, "reject each `n`th preview")
	verbose := flags.Bool("v", false, "let the phones log to standard error")
	flags.SetOutput(log)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if cfg.Password == "" || flags.NArg() == 0 {
		return errors.New("needs the agents' ids as arguments and their password in ROBOT_PASSWORD")
	}
	if *disposition != "" {
		cfg.Dispositions = map[robot.Outcome]string{robot.Otherwise: *disposition}
	}
	if *verbose {
		cfg.Logger = zerolog.New(zerolog.ConsoleWriter{Out: log}).With().Timestamp().Logger()
	}
	return workOff(ctx, cfg, habits, flags.Args(), out)
}

// habits are what a robot does with its previews.
type habits struct {
	plan        robot.Plan
	rejectEvery int
}

// act is for one robot: it counts its previews.
func (h habits) act() func(dialer.CallView) robot.Plan {
	n := 0
	return func(dialer.CallView) robot.Plan {
		n++
		if h.rejectEvery > 0 && n%h.rejectEvery == 0 {
			return robot.Plan{Reject: true}
		}
		return h.plan
	}
}

// workOff lets all robots work until each has nothing more to do. The first that fails stops the others.
func workOff(ctx context.Context, cfg robot.Config, habits habits, agents []string, out io.Writer) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var (
		working sync.WaitGroup
		mu      sync.Mutex
		errs    []error
	)
	failed := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		errs = append(errs, err)
		stop()
	}
	lines := json.NewEncoder(out)
	cfg.Report = func(r robot.Report) {
		mu.Lock()
		err := lines.Encode(lineOf(r))
		mu.Unlock()
		if err != nil {
			failed(fmt.Errorf("write report: %w", err))
		}
	}
	for _, id := range agents {
		cfg.Agent, cfg.Act = id, habits.act()
		r, err := robot.New(cfg)
		if err != nil {
			failed(err)
			break
		}
		working.Go(func() {
			if err := r.Run(ctx); err != nil {
				failed(err)
			}
		})
	}
	working.Wait()
	return errors.Join(errs...)
}

// line is a call as it is written. Times are in seconds.
type line struct {
	At          time.Time `json:"at"`
	Agent       string    `json:"agent"`
	Call        string    `json:"call"`
	Record      string    `json:"record"`
	Number      string    `json:"number,omitempty"`
	Rejected    bool      `json:"rejected,omitempty"`
	Result      string    `json:"result,omitempty"`
	Cause       string    `json:"cause,omitempty"`
	Outcome     string    `json:"outcome,omitempty"`
	Disposition string    `json:"disposition,omitempty"`
	Rang        float64   `json:"rang"`
	Talked      float64   `json:"talked"`
	Heard       []string  `json:"heard,omitempty"`
}

func lineOf(r robot.Report) line {
	l := line{
		At: r.Previewed, Agent: r.Agent, Call: r.Call, Record: r.Record.ID, Number: r.Number, Rejected: r.Rejected, Result: r.Result, Cause: r.Cause,
		Outcome: string(r.Outcome), Disposition: r.Disposition, Talked: r.Talk().Seconds(),
	}
	switch {
	case !r.Answered.IsZero():
		l.Rang = r.Answered.Sub(r.Dialed).Seconds()
	case !r.Dialed.IsZero():
		l.Rang = r.Ended.Sub(r.Dialed).Seconds()
	}
	for _, v := range r.Voices() {
		l.Heard = append(l.Heard, v.String())
	}
	return l
}
