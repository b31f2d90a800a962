package main

import (
	"context"
	"flag"
	"fmt"
	"os/user"
	"strings"
	"time"

	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
)

var recycleCommand = command{
	name:    "recycle",
	summary: "let closed records of a campaign begin anew, or put its list in another order",
	about: `
Lets records that are closed be dialed again, as if they were new: those whose last
attempt had one of --results, or that were closed with one of --dispositions. Caps
on attempts and do-not-call lists go on to hold. It works beside a running server;
from cron, for example at night: hasshin recycle --campaign spring --results no-answer --older 720h

With --arrange, gives all records that wait the places that the configuration wants
now: after sort, hours or treatment were changed.`,
	setup: func(flags *flag.FlagSet) func(context.Context, streams, []string) error {
		path := configFlag(flags)
		id := flags.String("campaign", "", "the `campaign` (required)")
		results := flags.String("results", "", "call `results` of the last attempt, joined by commas")
		dispositions := flags.String("dispositions", "", "`dispositions`, joined by commas")
		older := flags.Duration("older", 0, "only those that were closed at least so long ago")
		arrange := flags.Bool("arrange", false, "put the records that wait in order; recycle none")
		return func(ctx context.Context, std streams, _ []string) error {
			cfg, c, err := loadFor(*path, *id)
			switch {
			case err != nil:
				return err
			case *id == "":
				return usageError{"--campaign is missing"}
			case !*arrange && *results == "" && *dispositions == "":
				return usageError{"which records? expected --results or --dispositions, or --arrange"}
			case *arrange && *results+*dispositions != "":
				return usageError{"--arrange recycles nothing; leave out --results and --dispositions"}
			}
			q, err := recycling(*results, *dispositions, c)
			if err != nil {
				return err
			}
			if *older > 0 {
				q.Before = time.Now().Add(-*older)
			}
			policy, _, _, err := dialer.Policies(cfg.Dialer, *id)
			if err != nil {
				return err
			}
			return withStore(ctx, std, cfg, func(store *campaign.RedisStore) error {
				if *arrange {
					n, err := store.Rearrange(ctx, *id, c, policy)
					fmt.Fprintf(std.out, "%s records of %s put in order\n", grouped(int64(n)), *id)
					return err
				}
				n, err := store.Recycle(ctx, *id, c, policy, q)
				fmt.Fprintf(std.out, "%s records of %s begin anew\n", grouped(int64(n)), *id)
				return err
			})
		}
	},
}

func recycling(results, dispositions string, c campaign.Config) (campaign.Recycling, error) {
	q := campaign.Recycling{By: who()}
	for _, name := range commas(results) {
		result := call.Result(name)
		if !result.Valid() {
			return q, usageError{fmt.Sprintf("--results: %q is not a call result; they are %v", name, call.Results())}
		}
		q.Results = append(q.Results, result)
	}
	for _, code := range commas(dispositions) {
		if _, ok := c.Choice(code); !ok {
			return q, usageError{fmt.Sprintf("--dispositions: the campaign has no disposition %q", code)}
		}
		q.Dispositions = append(q.Dispositions, code)
	}
	return q, nil
}

func commas(text string) []string {
	var parts []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// who gives a command from the command line, for histories.
func who() string {
	if u, err := user.Current(); err == nil {
		return "command line, " + u.Username
	}
	return "command line"
}
