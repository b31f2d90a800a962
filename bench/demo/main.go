// Command demo shows hasshin's main job on real SIP and real audio: a robot agent signs in, and works a list of contacts on the simulated
// carrier off. The terminal tells live what happens to each, and at the end a table tells what became of all. It ends with status 1 if a
// call was not as its number promises (deploy/README.md has the table of numbers).
//
// It needs hasshin, Asterisk, Redis and the carrier of `make up`, and takes addresses and the robot's password from deploy/.env:
//
//	go run ./demo
//
// The campaign's calling list is emptied and imported anew each time, so the demo can be run again and again.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/hasshin/hasshin/bench/robot"
	"github.com/hasshin/hasshin/desk/client"
)

// options are where the parts are and what to do with them.
type options struct {
	url, agent, password, campaign string
	redis                          string   // host:port
	importCommand                  []string // empty: the list stays as it is
	talk                           time.Duration
}

func main() {
	opts, err := parse(os.Args[1:])
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		err = run(ctx, opts, newScreen(os.Stdout, colourful(os.Stdout)))
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func parse(args []string) (options, error) {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	envFile := flags.String("env", "../deploy/.env", "`file` of settings that make up wrote")
	opts := options{agent: "robot", campaign: "demo", talk: talk}
	flags.StringVar(&opts.url, "url", "", "address of hasshin (default: from the settings)")
	flags.StringVar(&opts.redis, "redis", "", "`address` of Redis (default: from the settings)")
	command := flags.String("import", "../deploy/compose.sh exec -T hasshin hasshin import --campaign demo --rejects /var/lib/hasshin/contacts.rejects.csv /usr/share/hasshin/demo/contacts.csv",
		"`command` that imports the list after it was emptied; nothing leaves the list as it is")
	if err := flags.Parse(args); err != nil {
		return opts, err
	}
	settings, err := readSettings(*envFile)
	if err != nil {
		return opts, fmt.Errorf("%w\nmake up writes this file", err)
	}
	opts.url = cmp.Or(opts.url, "http://"+cmp.Or(settings["HASSHIN_LISTEN"], "127.0.0.1:8080"))
	opts.redis = cmp.Or(opts.redis, "127.0.0.1:"+cmp.Or(settings["REDIS_PORT"], "6379"))
	opts.password = settings["DEMO_PASSWORD"]
	opts.importCommand = strings.Fields(*command)
	return opts, nil
}

// readSettings reads NAME=VALUE lines; the environment goes before them.
func readSettings(file string) (map[string]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	settings := map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if ok && !strings.HasPrefix(name, "#") {
			settings[name] = strings.Trim(value, `'"`)
		}
	}
	for name := range settings {
		if value, ok := os.LookupEnv(name); ok {
			settings[name] = value
		}
	}
	return settings, nil
}

// run lets the robot work and shows it. Its error says what was not as expected.
func run(ctx context.Context, opts options, show *screen) error {
	if err := ready(ctx, opts.url); err != nil {
		return err
	}
	var reports []robot.Report
	agent, err := robot.New(robot.Config{
		URL: opts.url, Agent: opts.agent, Password: opts.password, Campaign: opts.campaign,
		Voice: agentVoice, Dispositions: rules,
		Act:     plan(opts.talk),
		Observe: show.moment,
		Report:  func(r robot.Report) { reports = append(reports, r) },
	})
	if err != nil {
		return err
	}
	if err := prepare(ctx, opts, agent, show.out); err != nil {
		return err
	}
	show.title(opts)
	began := time.Now()
	err = agent.Run(ctx)
	show.endLine()
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return errors.New("interrupted; the robot has hung up and signed out")
	}
	wrong := show.table(reports, time.Since(began))
	switch {
	case len(reports) == 0:
		return errors.New("the list has no contact to call")
	case wrong > 0:
		return fmt.Errorf("%d of %d calls were not as expected", wrong, len(reports))
	}
	return nil
}

// prepare makes the list as if nobody on it had been called yet.
func prepare(ctx context.Context, opts options, agent *robot.Robot, out io.Writer) error {
	if err := agent.TidyUp(ctx); err != nil {
		return err
	}
	if len(opts.importCommand) == 0 {
		return nil
	}
	if err := freshList(ctx, opts.redis, opts.campaign); err != nil {
		return err
	}
	return importList(ctx, opts.importCommand, out)
}

// ready tells whether hasshin can handle calls.
func ready(ctx context.Context, url string) error {
	c, err := client.New(client.Options{URL: url, Attempts: 1})
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Readiness(ctx); err != nil {
		return fmt.Errorf("hasshin is not ready at %s (make up starts it): %w", url, err)
	}
	return nil
}
