package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"time"

	"github.com/hasshin/hasshin/config"
	"github.com/hasshin/hasshin/dialer/history"
	"github.com/hasshin/hasshin/internal/redisconn"
)

var exportCommand = command{
	name:    "export",
	args:    "calls",
	summary: "write the history of calls as CSV or JSON lines",
	about: `
Writes what became of calls, one row for each attempt, the oldest first, to standard
output. docs/history.md tells what the columns are. It works beside a running server.

  hasshin export --from 2026-04-01 --to 2026-05-01 --campaign spring calls > april.csv

--from and --to are about when a call was over. A date means midnight in the time
zone of the campaign's calendar, in which all times are written, too.`,
	setup: func(flags *flag.FlagSet) func(context.Context, streams, []string) error {
		path := configFlag(flags)
		x := export{}
		flags.StringVar(&x.campaign, "campaign", "", "only this `campaign` (default: all)")
		flags.StringVar(&x.from, "from", "", "from this `time` on: 2026-04-01, or 2026-04-01T09:00:00+09:00")
		flags.StringVar(&x.to, "to", "", "before this `time`")
		flags.StringVar(&x.format, "format", "csv", "csv or jsonl")
		return func(ctx context.Context, std streams, args []string) error {
			switch {
			case len(args) > 1:
				// The flag package ends at the first argument that is none; flags after it are welcome all the same.
				if err := flags.Parse(args[1:]); err != nil {
					return usageError{err.Error()}
				}
				if flags.NArg() > 0 {
					return usageError{fmt.Sprintf("%q is too much; expected calls", flags.Arg(0))}
				}
			}
			if len(args) == 0 || args[0] != "calls" {
				return usageError{"what? expected calls"}
			}
			if x.format != "csv" && x.format != "jsonl" {
				return usageError{fmt.Sprintf("--format: %q; expected csv or jsonl", x.format)}
			}
			cfg, err := config.Load(*path)
			if err != nil {
				return counted(err)
			}
			if _, known := cfg.Dialer.Campaigns[x.campaign]; x.campaign != "" && !known {
				return unknownCampaign(x.campaign, cfg)
			}
			return x.run(ctx, std, cfg)
		}
	},
}

// export is what is to be written.
type export struct{ campaign, from, to, format string }

// writer takes the entries.
type writer interface {
	Write(history.PastCall) error
	Flush() error
}

func (x export) run(ctx context.Context, std streams, cfg *config.Config) (err error) {
	if cfg.Redis.Embedded {
		return errors.New("redis is embedded in the server, where no other program can reach it; configure a Redis of its own")
	}
	var ids []string
	for id := range cfg.Dialer.Campaigns {
		if x.campaign == "" || id == x.campaign {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids { // before anything is written
		if _, err := x.query(id, cfg.Dialer.Campaigns[id].CalendarZone()); err != nil {
			return err
		}
	}
	log := cfg.Log
	log.Level = "warn"
	rdb, err := redisconn.Open(ctx, cfg.Redis, newLogger(log, std.err))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rdb.Close()) }()
	out := bufio.NewWriter(std.out)
	store := history.NewStore(rdb)
	for i, id := range ids {
		zone := cfg.Dialer.Campaigns[id].CalendarZone()
		var w writer = history.NewJSONL(out, zone)
		if x.format == "csv" {
			table := history.NewCSV(out, zone)
			if i == 0 {
				if err := table.Names(); err != nil {
					return err
				}
			}
			w = table
		}
		q, err := x.query(id, zone)
		if err != nil {
			return err
		}
		for e, err := range store.All(ctx, q) {
			if err != nil {
				return errors.Join(err, w.Flush(), out.Flush())
			}
			if err := w.Write(e); err != nil {
				return err
			}
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return out.Flush()
}

func (x export) query(campaign string, zone *time.Location) (history.Query, error) {
	q := history.Query{Campaign: campaign}
	for _, of := range []struct {
		flag, text string
		into       *time.Time
	}{{"--from", x.from, &q.From}, {"--to", x.to, &q.Before}} {
		if of.text == "" {
			continue
		}
		at, err := time.ParseInLocation(time.DateOnly, of.text, zone)
		if err != nil {
			at, err = time.Parse(time.RFC3339, of.text)
		}
		if err != nil {
			return q, usageError{fmt.Sprintf("%s: %q is not a time; expected 2026-04-01 or 2026-04-01T09:00:00+09:00", of.flag, of.text)}
		}
		*of.into = at
	}
	return q, nil
}
