package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/hasshin/hasshin/config"
	"github.com/hasshin/hasshin/dialer/mail"
	"github.com/hasshin/hasshin/dialer/outbox"
)

var bounceCommand = command{
	name:    "bounce",
	summary: "take a letter that came back from the mail server, and show it to agents",
	about: `
Reads an e-mail on standard input: a delivery status notification (RFC 3464) about a
letter that an agent had sent. The letter is shown as failed from then on, with the
last server's own words, and an address that takes no letters is marked.

A mail server runs it for each message to mail.bounces, Postfix for example with
recipient_delimiter = + and this line in /etc/aliases:

  bounces: "|hasshin bounce --config /etc/hasshin/hasshin.yaml"

It ends with 0, also for what is no notification or is about no letter of ours: that is
told and thrown away. It ends with 75 (EX_TEMPFAIL) when it cannot be written now; then
the mail server tries again.`,
	setup: func(flags *flag.FlagSet) func(context.Context, streams, []string) error {
		path := configFlag(flags)
		return func(ctx context.Context, std streams, _ []string) error {
			cfg, err := config.Load(*path)
			if err != nil {
				return tryAgain{counted(err)} // better kept by the mail server than lost for a mistake of ours
			}
			return takeBounce(ctx, std, cfg)
		}
	},
}

// tryAgain is an error that may be gone later.
type tryAgain struct{ error }

func (e tryAgain) Unwrap() error { return e.error }

// bounceWithin is how long Redis may take: mail servers do not wait for ever.
const bounceWithin = time.Minute

func takeBounce(ctx context.Context, std streams, cfg *config.Config) error {
	b, err := mail.ReadBounce(std.in, cfg.Dialer.Mail.Bounces)
	if errors.Is(err, mail.ErrNoBounce) {
		fmt.Fprintf(std.err, "thrown away: %s\n", err)
		return nil
	}
	if err != nil {
		return tryAgain{err}
	}
	if !b.Failed() {
		fmt.Fprintf(std.out, "letter %s to %s: %s; nothing to be shown\n", b.Letter, b.Recipient, b.Action)
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, bounceWithin)
	defer cancel()
	err = withRedis(ctx, std, cfg, func(rdb redis.UniversalClient) error {
		box := outbox.New(outbox.Options{Redis: rdb, GiveUp: cfg.Dialer.Mail.GiveUp, Keep: cfg.Dialer.Mail.Keep})
		m, err := box.CameBack(ctx, b.Letter, b.Text, b.OfAddress())
		if errors.Is(err, outbox.ErrUnknown) {
			fmt.Fprintf(std.err, "thrown away: letter %s: %s\n", b.Letter, err)
			return nil
		}
		if err == nil {
			fmt.Fprintf(std.out, "letter %s of campaign %s, record %s, did not reach %s: %s\n", m.ID, m.Campaign, m.Record, m.To, b.Text)
		}
		return err
	})
	if err != nil {
		return tryAgain{err}
	}
	return nil
}
