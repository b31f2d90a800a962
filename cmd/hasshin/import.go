package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/config"
	"github.com/hasshin/hasshin/dialer/campaign"
)

var importCommand = command{
	name:    "import",
	args:    "FILE",
	summary: "read a file of contacts into the calling list of a campaign",
	about: `
Reads a CSV file with a header line (plain or gzip; - is standard input) into a
campaign's calling list. What its columns mean says the campaign's configuration
under list. Rows that cannot be used, and contacts that the list has already, go
into a rejects file with line and reason; mend it and import it in its turn.

An import that was interrupted goes on where it stopped when the same command is
given again; a file that was imported completely is not imported twice. It works
beside a running server, which hands the new records out at once.`,
	setup: func(flags *flag.FlagSet) func(context.Context, streams, []string) error {
		path := configFlag(flags)
		id := flags.String("campaign", "", "the `campaign` whose list it is for (required)")
		rejects := flags.String("rejects", "", "the `file` for rows that are not imported (default: beside the list, as NAME.rejects.csv)")
		dry := flags.Bool("dry-run", false, "change nothing; tell what would become of the rows, and why of the first that would not be imported")
		return func(ctx context.Context, std streams, args []string) error {
			switch {
			case *id == "":
				return usageError{"--campaign is missing"}
			case len(args) == 0:
				return usageError{"the file is missing"}
			case len(args) > 1 && strings.HasPrefix(args[1], "-"):
				return usageError{fmt.Sprintf("flags go before the file: %s", args[1])}
			case len(args) > 1:
				return usageError{"one file at a time"}
			}
			cfg, err := config.Load(*path)
			if err != nil {
				return counted(err)
			}
			return importList(ctx, std, cfg, campaign.ImportRequest{Campaign: *id, Path: args[0], Stdin: std.in, Rejects: *rejects, DryRun: *dry})
		}
	},
}

// listFile is a file of contacts to import before serving.
type listFile struct{ campaign, path string }

// firstRejects is how many rejected rows a dry run tells.
const firstRejects = 20

// importFlag declares --import, which can be given more than once.
func importFlag(flags *flag.FlagSet) *[]listFile {
	var lists []listFile
	flags.Func("import", "`campaign=file`: import a file of contacts before serving, as the import command does; may be repeated", func(text string) error {
		id, path, ok := strings.Cut(text, "=")
		if !ok || id == "" || path == "" || path == "-" {
			return fmt.Errorf("expected campaign=file")
		}
		lists = append(lists, listFile{campaign: id, path: path})
		return nil
	})
	return &lists
}

// importFirst imports lists before the server takes its first command. With an embedded Redis nobody else can.
func importFirst(ctx context.Context, rdb redis.UniversalClient, cfg *config.Config, lists []listFile, logger zerolog.Logger) error {
	for _, list := range lists {
		c, known := cfg.Dialer.Campaigns[list.campaign]
		if !known {
			return unknownCampaign(list.campaign, cfg)
		}
		arrange, err := c.Arrange()
		if err != nil {
			return err
		}
		sum, err := campaign.Import(ctx, campaign.NewRedisStore(rdb), campaign.ImportRequest{
			Campaign: list.campaign, List: c.List, Path: list.path, Arrange: arrange,
		})
		if errors.Is(err, context.Canceled) {
			logger.Info().Str("file", list.path).Msg("told to stop while importing; the next start goes on from there")
			return nil
		}
		if err != nil {
			return err
		}
		logger.Info().Str("campaign", list.campaign).Str("file", list.path).Bool("before", sum.Already).Int64("imported", sum.Imported).
			Int64("duplicates", sum.DuplicateCount()).Int64("rejected", sum.RejectedCount()).Str("rejects", sum.Rejects).Msg("list imported")
	}
	return nil
}

func unknownCampaign(id string, cfg *config.Config) error {
	return fmt.Errorf("there is no campaign %q in the configuration; it has %s", id, strings.Join(sortedKeys(cfg.Dialer.Campaigns), ", "))
}

func importList(ctx context.Context, std streams, cfg *config.Config, req campaign.ImportRequest) (err error) {
	c, known := cfg.Dialer.Campaigns[req.Campaign]
	if !known {
		return unknownCampaign(req.Campaign, cfg)
	}
	if cfg.Redis.Embedded {
		file := req.Path
		if file == "-" {
			file = "FILE"
		}
		return fmt.Errorf("redis is embedded in the server: what this command imports would be gone with it; "+
			"configure a Redis of its own, or to try things out: hasshin serve --import %s=%s", req.Campaign, file)
	}
	req.List = c.List
	if req.Arrange, err = c.Arrange(); err != nil {
		return err
	}

	return withStore(ctx, std, cfg, func(store *campaign.RedisStore) error { return importInto(ctx, std, store, req) })
}

func importInto(ctx context.Context, std streams, store *campaign.RedisStore, req campaign.ImportRequest) error {
	show := newProgress(std.err, isTerminal(std.err))
	req.OnProgress = show.update
	var first []campaign.Reject
	if req.DryRun {
		req.OnReject = func(r campaign.Reject) {
			if len(first) < firstRejects {
				first = append(first, r)
			}
		}
	}
	sum, err := campaign.Import(ctx, store, req)
	show.end()
	if sum.Read > 0 || err == nil {
		if _, errOut := io.WriteString(std.out, tellImport(sum, req.DryRun, err)); errOut != nil {
			return errors.Join(err, errOut)
		}
	}
	for _, r := range first {
		if _, errOut := fmt.Fprintf(std.out, "line %d: %s: %s\n", r.Line, r.Reason, r.Text); errOut != nil {
			return errors.Join(err, errOut)
		}
	}
	switch {
	case req.DryRun && errors.Is(err, context.Canceled):
		return errors.New("interrupted; nothing was changed")
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("interrupted after %s rows; the same command goes on from there", grouped(sum.Read))
	case err != nil && sum.Read > 0 && !req.DryRun:
		return fmt.Errorf("%w\nwhat was imported stays; the same command goes on from there", err)
	}
	return err
}

// tellImport is the summary of an import for a person.
func tellImport(sum campaign.Summary, dry bool, err error) string {
	var b strings.Builder
	switch {
	case err != nil:
		fmt.Fprintf(&b, "%s: not finished\n", sum.File)
	case sum.Already:
		fmt.Fprintf(&b, "%s was imported into %s before (import %d): nothing was done. It had brought:\n", sum.File, sum.Campaign, sum.Import)
	case dry:
		fmt.Fprintf(&b, "%s: nothing was changed; an import would bring:\n", sum.File)
	case sum.ResumedAt > 0:
		fmt.Fprintf(&b, "%s: went on at line %s and finished in %s\n", sum.File, grouped(int64(sum.ResumedAt)), sum.Duration.Round(100*time.Millisecond))
	default:
		fmt.Fprintf(&b, "%s: finished in %s\n", sum.File, sum.Duration.Round(100*time.Millisecond))
	}
	line := func(n int64, what string) { fmt.Fprintf(&b, "  %12s  %s\n", grouped(n), what) }
	line(sum.Read, "rows read")
	line(sum.Imported, "imported into "+sum.Campaign)
	for _, kind := range sortedKeys(sum.Duplicates) {
		line(sum.Duplicates[kind], string(kind))
	}
	for _, reason := range sortedKeys(sum.Rejected) {
		line(sum.Rejected[reason], string(reason))
	}
	if sum.Rejects != "" {
		fmt.Fprintf(&b, "rows that were not imported are in %s\n", sum.Rejects)
	}
	if sum.RejectsLost && !dry {
		b.WriteString("the rejects file of the earlier run is gone: rows rejected then are missing from it\n")
	}
	return b.String()
}

// grouped writes 1234567 as 1,234,567.
func grouped(n int64) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
