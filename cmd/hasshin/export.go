package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"iter"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/config"
	"github.com/hasshin/hasshin/dialer/history"
)

var exportCommand = command{
	name:    "export",
	args:    "calls|days",
	summary: "write the history of calls, or the figures of days, as CSV or JSON lines",
	about: `
Writes to standard output, the oldest first; docs/history.md tells what the columns
are. It works beside a running server.

  calls   what became of calls, one row for each attempt
  days    what was counted on each day, a row of the campaign and one of each agent

  hasshin export --from 2026-04-01 --to 2026-05-01 --campaign spring calls > april.csv

--from and --to are about when a call was over. A date means midnight in the time
zone of the campaign's calendar, in which all times are written, too. What begins
at --to is not among it; days are meant by dates only, and are all those kept if
nothing is said.`,
	setup: func(flags *flag.FlagSet) func(context.Context, streams, []string) error {
		path := configFlag(flags)
		x := export{}
		flags.StringVar(&x.campaign, "campaign", "", "only this `campaign` (default: all)")
		flags.StringVar(&x.from, "from", "", "from this `time` on: 2026-04-01, or 2026-04-01T09:00:00+09:00")
		flags.StringVar(&x.to, "to", "", "before this `time`")
		flags.StringVar(&x.format, "format", "csv", "csv or jsonl")
		return func(ctx context.Context, std streams, args []string) error {
			if len(args) > 1 {
				// The flag package ends at the first argument that is none; flags after it are welcome all the same.
				if err := flags.Parse(args[1:]); err != nil {
					return usageError{err.Error()}
				}
				if flags.NArg() > 0 {
					return usageError{fmt.Sprintf("%q is too much; expected calls or days", flags.Arg(0))}
				}
			}
			if len(args) == 0 || args[0] != "calls" && args[0] != "days" {
				return usageError{"what? expected calls or days"}
			}
			if x.format != "csv" && x.format != "jsonl" {
				return usageError{fmt.Sprintf("--format: %q; expected csv or jsonl", x.format)}
			}
			cfg, _, err := loadFor(*path, x.campaign)
			if err != nil {
				return err
			}
			return x.run(ctx, std, cfg, args[0] == "days")
		}
	},
}

// export is what is to be written.
type export struct{ campaign, from, to, format string }

// part is what is to be written of one campaign.
type part struct {
	query     history.Query
	zone      *time.Location
	first, to string // days: first, and last
}

func (x export) run(ctx context.Context, std streams, cfg *config.Config, days bool) error {
	var parts []part
	for _, id := range sortedKeys(cfg.Dialer.Campaigns) {
		if x.campaign != "" && id != x.campaign {
			continue
		}
		p := part{zone: cfg.Dialer.Campaigns[id].CalendarZone()}
		var err error
		if p.query, err = x.query(id, p.zone); err == nil && days {
			p.first, p.to, err = x.days(p.zone, time.Now())
		}
		if err != nil { // before anything is written
			return err
		}
		parts = append(parts, p)
	}
	return withRedis(ctx, std, cfg, func(rdb redis.UniversalClient) error {
		out, store := bufio.NewWriter(std.out), history.NewStore(rdb)
		for i, p := range parts {
			var err error
			switch {
			case days && x.format == "csv":
				err = writeTable(history.NewDayCSV(out), i == 0, daysOf(ctx, store, p))
			case days:
				err = writeRows(history.NewDayJSONL(out), daysOf(ctx, store, p))
			case x.format == "csv":
				err = writeTable(history.NewCSV(out, p.zone), i == 0, store.All(ctx, p.query))
			default:
				err = writeRows(history.NewJSONL(out, p.zone), store.All(ctx, p.query))
			}
			if err = errors.Join(err, out.Flush()); err != nil {
				return err
			}
		}
		return nil
	})
}

// rowWriter takes what is written.
type rowWriter[T any] interface {
	Write(T) error
	Flush() error
}

// tableWriter is one with names above the rows.
type tableWriter[T any] interface {
	rowWriter[T]
	Names() error
}

func writeTable[T any](w tableWriter[T], names bool, all iter.Seq2[T, error]) error {
	if names {
		if err := w.Names(); err != nil {
			return err
		}
	}
	return writeRows(w, all)
}

func writeRows[T any](w rowWriter[T], all iter.Seq2[T, error]) error {
	for row, err := range all {
		if err == nil {
			err = w.Write(row)
		}
		if err != nil {
			return errors.Join(err, w.Flush())
		}
	}
	return w.Flush()
}

func daysOf(ctx context.Context, store *history.Store, p part) iter.Seq2[history.DayFigures, error] {
	return func(yield func(history.DayFigures, error) bool) {
		days, err := store.Days(ctx, p.query.Campaign, p.first, p.to)
		if err != nil {
			yield(history.DayFigures{}, err)
			return
		}
		for _, d := range days {
			if !yield(d, nil) {
				return
			}
		}
	}
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

// days are the first and the last day that are wanted: all that are kept until the last, if nothing is said.
func (x export) days(zone *time.Location, now time.Time) (first, last string, err error) {
	date := func(flag, text string) (time.Time, error) {
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			return at, usageError{fmt.Sprintf("%s: %q is not a date; expected 2026-04-01", flag, text)}
		}
		return at, nil
	}
	before := now.In(zone).AddDate(0, 0, 1)
	if x.to != "" {
		if before, err = date("--to", x.to); err != nil {
			return "", "", err
		}
	}
	from := before.AddDate(0, 0, -history.DaysKept)
	if x.from != "" {
		if from, err = date("--from", x.from); err != nil {
			return "", "", err
		}
	}
	return from.Format(time.DateOnly), before.AddDate(0, 0, -1).Format(time.DateOnly), nil
}
