package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/hasshin/hasshin/config"
	"github.com/hasshin/hasshin/dialer/campaign"
)

var doNotCallCommand = command{
	name:    "do-not-call",
	args:    "[NUMBER | id:CUSTOMER]…",
	summary: "put numbers and customers on a do-not-call list, take them off it, or look",
	about: `
Adds numbers, and customers by their ids (id:4711), to the do-not-call list of all
campaigns, or with --campaign to that of one. It holds at once, also for callbacks,
for records in agents' previews and for calls that are about to be placed.

With --file, reads them from a CSV file (- is standard input): a number or
id:CUSTOMER, then if wanted until when (2027-01-31, or with time and zone as in
RFC 3339) and why. Lines that cannot be used are told with their numbers; all others
are added, and the command ends with 1.

--check tells who is on the lists, --remove takes off the list.`,
	setup: func(flags *flag.FlagSet) func(context.Context, streams, []string) error {
		path := configFlag(flags)
		d := dncOrder{}
		flags.StringVar(&d.campaign, "campaign", "", "the list of this `campaign` only")
		flags.StringVar(&d.file, "file", "", "read them from a `file`")
		flags.StringVar(&d.until, "until", "", "until `when`: 2027-01-31, or 2027-01-31T18:00:00+09:00 (default: for good)")
		flags.StringVar(&d.why, "why", "", "`reason`, for people to read")
		flags.StringVar(&d.region, "region", "", "`country` whose national numbers are meant, like JP (default: that of the campaign's list; else numbers begin with +)")
		flags.BoolVar(&d.check, "check", false, "tell who of them is on a list")
		flags.BoolVar(&d.remove, "remove", false, "take them off the list")
		return func(ctx context.Context, std streams, args []string) error {
			switch {
			case d.file == "" && len(args) == 0:
				return usageError{"whom? expected numbers, customers as id:CUSTOMER, or --file"}
			case d.check && d.remove:
				return usageError{"--check and --remove contradict each other"}
			}
			cfg, c, err := loadFor(*path, d.campaign)
			if err != nil {
				return err
			}
			d.region = cmp.Or(d.region, c.List.Region)
			return d.run(ctx, std, cfg, args)
		}
	},
}

// dncOrder is what do-not-call is asked to do.
type dncOrder struct {
	campaign, file, until, why, region string
	check, remove                      bool
}

func (d dncOrder) run(ctx context.Context, std streams, cfg *config.Config, args []string) error {
	var entries []campaign.Listing
	var wrong []error
	add := func(where string, l campaign.Listing, err error) {
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s%w", where, err))
			return
		}
		entries = append(entries, l)
	}
	about := campaign.ListingDefaults{Campaign: d.campaign, Region: d.region, Until: d.until, By: who(), Why: d.why}
	for _, name := range args {
		l, err := about.Parse(name, "", "")
		add("", l, err)
	}
	if d.file != "" {
		name := d.file
		if name == "-" {
			name = "standard input"
		}
		err := about.Read(ctx, d.file, std.in, func(line int, l campaign.Listing, err error) { add(fmt.Sprintf("%s:%d: ", name, line), l, err) })
		if err != nil {
			return err
		}
	}
	if len(entries) == 0 {
		return errors.Join(wrong...)
	}
	return errors.Join(withStore(ctx, std, cfg, func(store *campaign.RedisStore) error {
		switch {
		case d.check:
			return d.look(ctx, std.out, store.DoNotCall(), entries)
		case d.remove:
			n := 0
			for _, l := range entries {
				removed, err := store.DoNotCall().Drop(ctx, l)
				if n += removed; err != nil {
					return err
				}
			}
			fmt.Fprintf(std.out, "%s of %s taken off %s\n", grouped(int64(n)), grouped(int64(len(entries))), d.list())
			return nil
		}
		added, err := d.put(ctx, store.DoNotCall(), entries)
		fmt.Fprintf(std.out, "%s of %s are new on %s\n", grouped(int64(added)), grouped(int64(len(entries))), d.list())
		return err
	}), errors.Join(wrong...))
}

func (d dncOrder) list() string {
	if d.campaign == "" {
		return "the do-not-call list of all campaigns"
	}
	return "the do-not-call list of campaign " + d.campaign
}

// put adds entries, those that differ only in whom they are about together.
func (d dncOrder) put(ctx context.Context, list campaign.DoNotCall, entries []campaign.Listing) (int, error) {
	added := 0
	for i := 0; i < len(entries); {
		l := entries[i]
		for i++; i < len(entries) && entries[i].Until.Equal(l.Until) && entries[i].Why == l.Why; i++ {
			l.Numbers, l.Customers = append(l.Numbers, entries[i].Numbers...), append(l.Customers, entries[i].Customers...)
		}
		n, err := list.Put(ctx, l)
		if added += n; err != nil {
			return added, err
		}
	}
	return added, nil
}

func (d dncOrder) look(ctx context.Context, out io.Writer, list campaign.DoNotCall, entries []campaign.Listing) error {
	tell := func(name string, b campaign.Blocked, is bool) {
		if !is {
			fmt.Fprintf(out, "%s  is on no list\n", name)
			return
		}
		until := "for good"
		if !b.Until.IsZero() {
			until = "until " + b.Until.Format(time.RFC3339)
		}
		fmt.Fprintf(out, "%s  on the list %s, since %s, by %s: %s\n", name, until, b.At.Format(time.RFC3339), b.By, b.Why)
	}
	for _, l := range entries {
		for _, number := range l.Numbers {
			found, err := list.Look(ctx, d.campaign, "", []string{number})
			if err != nil {
				return err
			}
			b, is := found.Numbers[number]
			tell(number, b, is)
		}
		for _, customer := range l.Customers {
			found, err := list.Look(ctx, d.campaign, customer, nil)
			if err != nil {
				return err
			}
			if found.Customer == nil {
				tell("id:"+customer, campaign.Blocked{}, false)
			} else {
				tell("id:"+customer, *found.Customer, true)
			}
		}
	}
	return nil
}
