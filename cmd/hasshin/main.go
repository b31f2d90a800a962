// Command hasshin is an outbound dialer server that runs beside Asterisk.
//
// `hasshin serve` is the server (serve.go: configuration → Redis → engine →
// desk); the other commands help with setting it up and looking after it.
package main

import (
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

	"github.com/rs/zerolog"
)

// Exit codes.
const (
	exitOK      = 0
	exitFailure = 1 // it was tried and did not work; check: the configuration is wrong
	exitUsage   = 2 // the command line is wrong

	exitTryAgain = 75 // bounce: EX_TEMPFAIL of sysexits.h, which mail servers know
)

// sameSignal is how long after a signal further ones count as the same.
const sameSignal = time.Second

// command is one of hasshin's subcommands.
type command struct {
	name    string
	args    string // what follows the flags, for the usage line
	summary string // one line, for the list
	about   string // what it does, for its own help
	// setup declares the flags and returns what runs once they are parsed.
	setup func(flags *flag.FlagSet) func(ctx context.Context, std streams, args []string) error
}

// streams are where a command reads and writes.
type streams struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

var commands = []command{
	serveCommand,
	checkCommand,
	importCommand,
	explainCommand,
	recycleCommand,
	exportCommand,
	doNotCallCommand,
	bounceCommand,
	passwordCommand,
	simulateCommand,
	tonesCommand,
	healthCommand,
	versionCommand,
}

func main() {
	zerolog.TimeFieldFormat = "2006-01-02T15:04:05.000Z07:00"
	ctx, restore := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// After the first signal the default comes back: a second one ends the process at once. Not quite at once, as timeout(1) and others
	// send the same signal to the process and to its group.
	context.AfterFunc(ctx, func() { time.AfterFunc(sameSignal, restore) })
	os.Exit(run(ctx, streams{os.Stdin, os.Stdout, os.Stderr}, os.Args[1:]))
}

// run finds the command, lets it run and says what went wrong. It returns the exit code.
func run(ctx context.Context, std streams, args []string) int {
	if len(args) == 0 {
		printUsage(std.err)
		return exitUsage
	}
	name, args := args[0], args[1:]
	switch name {
	case "help", "-h", "-help", "--help":
		return help(ctx, std, args)
	case "-v", "-version", "--version":
		name = "version"
	}
	for _, c := range commands {
		if c.name == name {
			return c.run(ctx, std, args)
		}
	}
	fmt.Fprintf(std.err, "hasshin: there is no command %q\n\n", name)
	printUsage(std.err)
	return exitUsage
}

func (c command) run(ctx context.Context, std streams, args []string) int {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the messages are ours
	do := c.setup(flags)
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		c.printUsage(std.out, flags)
		return exitOK
	case err != nil:
		return c.misused(std, err)
	}
	if c.args == "" && flags.NArg() > 0 {
		return c.misused(std, fmt.Errorf("%q is too much; it takes only flags", flags.Arg(0)))
	}
	err := do(ctx, std, flags.Args())
	var usage usageError
	var again tryAgain
	switch {
	case errors.As(err, &usage):
		return c.misused(std, err)
	case err != nil:
		fmt.Fprintf(std.err, "hasshin %s: %v\n", c.name, err)
		if errors.As(err, &again) {
			return exitTryAgain
		}
		return exitFailure
	}
	return exitOK
}

// usageError says that the command line is wrong.
type usageError struct{ message string }

func (e usageError) Error() string { return e.message }

func (c command) misused(std streams, err error) int {
	fmt.Fprintf(std.err, "hasshin %s: %v\nsee: hasshin help %s\n", c.name, err, c.name)
	return exitUsage
}

func help(ctx context.Context, std streams, args []string) int {
	if len(args) == 0 {
		printUsage(std.out)
		return exitOK
	}
	return run(ctx, std, []string{args[0], "-help"})
}

func printUsage(w io.Writer) {
	fmt.Fprint(w, "hasshin is an outbound dialer server for Asterisk.\n\nusage: hasshin COMMAND [flags]\n\n")
	for _, c := range commands {
		fmt.Fprintf(w, "  %-10s %s\n", c.name, c.summary)
	}
	fmt.Fprintf(w, "  %-10s %s\n\n", "help", "say more about a command: hasshin help COMMAND")
}

func (c command) printUsage(w io.Writer, flags *flag.FlagSet) {
	line := "usage: hasshin " + c.name
	options := 0
	flags.VisitAll(func(*flag.Flag) { options++ })
	if options > 0 {
		line += " [flags]"
	}
	if c.args != "" {
		line += " " + c.args
	}
	fmt.Fprintf(w, "%s\n\n%s\n", line, strings.TrimSpace(c.about))
	if options > 0 {
		fmt.Fprint(w, "\nflags:\n")
		flags.SetOutput(w)
		flags.PrintDefaults()
	}
}
