package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/hasshin/hasshin/config/yamlstrict"
	"github.com/hasshin/hasshin/dialer/pacing"
	"github.com/hasshin/hasshin/dialer/pacing/decisionlog"
	"github.com/hasshin/hasshin/dialer/pacing/simulate"
	"github.com/hasshin/hasshin/internal/problem"
)

var simulateCommand = command{
	name:    "simulate",
	args:    "[FILE]",
	summary: "play shifts under pacing settings and compare them, or a recorded day again",
	about: `
Plays shifts of a call centre with the code that paces calls, and tells for each
setting how busy agents were, how long they waited, how many live answers were
abandoned and how many calls went out, with 95 % confidence intervals. Every setting
meets the same contacts; the same seed gives the same figures.

FILE is YAML: pacing, the settings; compare, others by name; scenario, how contacts,
agents and the network behave. What it does not say has its default:

  pacing: {mode: predictive, abandon_limit: 0.03}
  compare:
    careful:     {mode: predictive, abandon_limit: 0.01}
    progressive: {mode: progressive}
  scenario:
    agents: 20
    answer: [{share: 0.15}, {from: 4h, share: 0.3}]

Without FILE, predictive is compared with progressive. --replay takes calls, talks and
agents' presence from a decision log instead of the scenario: a recorded day, under
other settings; without FILE, under its own and progressive. hasshin writes such logs
where decision_log.directory says, a file for each day and start; '*' stands for all:

  hasshin simulate --replay '/var/log/hasshin/decisions/spring/2026-11-23T*'

--check decides that log again, event by event, and reports the first decision that
comes out different. --log writes such a log of the first shift under pacing.`,
	setup: func(flags *flag.FlagSet) func(context.Context, streams, []string) error {
		var r simulation
		flags.IntVar(&r.agents, "agents", 0, "so many agents, instead of what FILE says")
		flags.IntVar(&r.shifts, "shifts", 20, "how many shifts to play for each setting")
		flags.Uint64Var(&r.seed, "seed", 1, "the first shift's seed; each further shift has the next")
		flags.StringVar(&r.scenario, "scenario", "", "one of the benchmark's scenarios instead of FILE's: "+strings.Join(simulate.Names(), ", "))
		flags.StringVar(&r.plot, "plot", "", "draw the comparison into this SVG `file`")
		flags.StringVar(&r.log, "log", "", "write events and decisions of the first shift into this `file`, a JSON object a line")
		flags.StringVar(&r.replay, "replay", "", "play the day in this decision log again: a `file`, or a pattern of several")
		flags.BoolVar(&r.check, "check", false, "decide the log of --replay again, and compare each decision")
		return func(ctx context.Context, std streams, args []string) error {
			// Flags may stand behind the file, too.
			if len(args) > 1 {
				r.file = args[0]
				if err := flags.Parse(args[1:]); err != nil {
					return usageError{err.Error()}
				}
				if flags.NArg() > 0 {
					return usageError{fmt.Sprintf("%q is too much; one file at a time", flags.Arg(0))}
				}
			} else if len(args) == 1 {
				r.file = args[0]
			}
			return r.run(ctx, std.out)
		}
	},
}

// simulation is what was asked for on the command line.
type simulation struct {
	file, scenario, plot, log, replay string
	agents, shifts                    int
	seed                              uint64
	check                             bool
	past                              []pacing.Record // of --replay
}

func (r *simulation) run(ctx context.Context, out io.Writer) error {
	switch {
	case r.shifts < 1:
		return usageError{fmt.Sprintf("--shifts %d: expected 1 or more", r.shifts)}
	case r.replay != "" && (r.scenario != "" || r.agents != 0):
		return usageError{"--replay has the agents and contacts of its day; --scenario and --agents do not go with it"}
	case r.check && r.replay == "":
		return usageError{"--check decides a log again; expected --replay, too"}
	}
	if err := r.readPast(); err != nil {
		return err
	}
	cfg, err := r.config()
	if err != nil {
		return err
	}
	if r.check {
		return r.decideAgain(cfg.Pacing, out)
	}
	play, title, err := r.world(cfg)
	if err != nil {
		return err
	}
	var settings []simulate.Setting
	for i, name := range append([]string{"pacing"}, sortedKeys(cfg.Compare)...) {
		how := cfg.Pacing
		if i > 0 {
			how = cfg.Compare[name]
		}
		summary, err := r.shiftsOf(ctx, how, play, i == 0)
		if err != nil {
			return err
		}
		if i == 0 {
			name = string(how.Mode) + " (pacing)"
		}
		settings = append(settings, simulate.Setting{Name: name, Summary: summary})
	}
	if r.plot != "" {
		if err := writeFile(r.plot, func(w io.Writer) error { return simulate.Plot(w, title, settings, cfg.Pacing.AbandonLimit) }); err != nil {
			return err
		}
	}
	return printSettings(out, title, settings)
}

// player plays one shift.
type player func(pacing.Config, uint64, func(pacing.Event, pacing.Decision)) simulate.Shift

// world is where the shifts take place: the scenario, or a recorded day.
func (r simulation) world(cfg simulate.Config) (player, string, error) {
	if r.replay == "" {
		s := cfg.Scenario
		title := fmt.Sprintf("%d agents, %s, %d shifts", s.Agents, brief(s.Shift), r.shifts)
		return func(how pacing.Config, seed uint64, see func(pacing.Event, pacing.Decision)) simulate.Shift {
			return simulate.Run(s, seed, pacing.New(how), see)
		}, title, nil
	}
	day, err := simulate.ReadDay(r.past)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", r.replay, err)
	}
	title := fmt.Sprintf("the day in %s (%d agents, %s, %d calls), played %d times", filepath.Base(r.replay), day.Agents(), brief(day.Length), day.Calls(), r.shifts)
	return func(how pacing.Config, seed uint64, see func(pacing.Event, pacing.Decision)) simulate.Shift {
		return day.Run(how.ConnectLimit, seed, pacing.New(how), see)
	}, title, nil
}

// readPast reads the decision log that is to be played again.
func (r *simulation) readPast() error {
	if r.replay == "" {
		return nil
	}
	names, err := filepath.Glob(r.replay) // sorted, and the names are times
	if err != nil || len(names) == 0 {
		names = []string{r.replay} // to say what is wrong with it
	}
	r.past, err = decisionlog.ReadFiles(names)
	return err
}

// decideAgain looks whether the log's decisions come out the same.
func (r simulation) decideAgain(how pacing.Config, out io.Writer) error {
	if err := pacing.Replay(how, r.past); err != nil {
		return fmt.Errorf("%s: %w", r.replay, err)
	}
	decisions, calls := 0, 0
	for _, record := range r.past {
		if record.Begin == nil {
			decisions++
			calls += record.Decision.Dial
		}
	}
	_, err := fmt.Fprintf(out, "%d decisions, %d calls: each comes out as it is in the log\n", decisions, calls)
	return err
}

func (r simulation) shiftsOf(ctx context.Context, how pacing.Config, play player, logged bool) (simulate.Summary, error) {
	var shifts []simulate.Shift
	for i := range r.shifts {
		if err := ctx.Err(); err != nil {
			return simulate.Summary{}, err
		}
		var records []pacing.Record
		var see func(pacing.Event, pacing.Decision)
		if logged && i == 0 && r.log != "" {
			see = func(e pacing.Event, d pacing.Decision) {
				records = append(records, pacing.Record{Event: e, Decision: d})
			}
		}
		shifts = append(shifts, play(how, r.seed+uint64(i), see))
		if see != nil {
			if err := writeFile(r.log, func(w io.Writer) error { return decisionlog.Write(w, records) }); err != nil {
				return simulate.Summary{}, err
			}
		}
	}
	return simulate.Summarise(shifts), nil
}

// config reads the file, or is what is compared when there is none.
func (r simulation) config() (simulate.Config, error) {
	cfg := simulate.Defaults()
	for _, record := range r.past {
		if record.Begin != nil {
			cfg.Pacing = record.Begin.Pacing
			break
		}
	}
	result := &yamlstrict.Result{}
	if r.file != "" {
		text, err := os.ReadFile(r.file)
		if err != nil {
			return cfg, err
		}
		source, issues := yamlstrict.Parse(r.file, filepath.Dir(r.file), text)
		if source == nil {
			return cfg, issues
		}
		result = yamlstrict.Decode([]*yamlstrict.Source{source}, &cfg, yamlstrict.Options{Defaults: []any{pacing.Defaults}})
		result.Locate(problem.Of(cfg.Validate()))
		if err := result.Issues().Err(); err != nil {
			return cfg, counted(err)
		}
	}
	if len(cfg.Compare) == 0 && cfg.Pacing.Mode != pacing.Progressive {
		other := cfg.Pacing
		other.Mode = pacing.Progressive
		cfg.Compare = map[string]pacing.Config{string(pacing.Progressive): other}
	}
	if r.scenario != "" {
		s, err := simulate.Named(r.scenario, cfg.Scenario.Agents)
		if err != nil {
			return cfg, usageError{"--scenario: " + err.Error()}
		}
		cfg.Scenario = s
	}
	if r.agents != 0 {
		cfg.Scenario.Agents = r.agents
		if err := cfg.Scenario.Validate(); err != nil {
			return cfg, usageError{err.Error()}
		}
	}
	return cfg, nil
}

func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

func printSettings(out io.Writer, title string, settings []simulate.Setting) error {
	if _, err := fmt.Fprintf(out, "%s; ± is the 95 %% confidence interval\n\n", title); err != nil {
		return err
	}
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\tutilisation\tabandoned\tworst shift\tagent's wait\tp90\tcalls/h\tconversations/h\t")
	for _, s := range settings {
		fmt.Fprintf(t, "%s\t%s %%\t%s %%\t%.2f %%\t%s s\t%.0f s\t%s\t%s\t\n", s.Name,
			plusMinus(s.Utilisation, 100, 1), plusMinus(s.AbandonRate, 100, 2), 100*s.WorstAbandon,
			plusMinus(s.WaitMean, 1, 1), s.WaitP90.Mean, plusMinus(s.CallsPerHour, 1, 0), plusMinus(s.TalksPerHour, 1, 0))
	}
	return t.Flush()
}

func plusMinus(e simulate.Estimate, by float64, digits int) string {
	return fmt.Sprintf("%.*f ± %.*f", digits, by*e.Mean, digits, by*e.Half)
}

// brief writes a length in hours and minutes.
func brief(d time.Duration) string {
	d = d.Round(time.Minute)
	return fmt.Sprintf("%d:%02d h", int(d.Hours()), int(d.Minutes())%60)
}
