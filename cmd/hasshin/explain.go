package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/hasshin/hasshin/config"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/hours"
	"github.com/hasshin/hasshin/dialer/treatment"
)

var explainCommand = command{
	name:    "explain",
	summary: "say why a contact is dialed now or not, and when next",
	about: `
With --campaign alone, prints the table of treatments that is in effect.

With --record (its id, or one of its telephone numbers), tells where the record
is, what was done with it, and whether each of its numbers may be dialed now, not
before when, or never, and why. The code that decides is the one that dials.

With --plan, tries the treatment out: attempt by attempt, when each would be made
and at which number, if they came to what --results says. The chain is that of the
record, or the one given with --numbers; then no Redis is needed.

  hasshin explain --campaign spring --record c42
  hasshin explain --campaign spring --record c42 --plan --results busy,busy,no-answer
  hasshin explain --campaign spring --plan --numbers mobile:+819012345678,home:+81312345678 --zone Asia/Tokyo`,
	setup: func(flags *flag.FlagSet) func(context.Context, streams, []string) error {
		path := configFlag(flags)
		q := question{}
		flags.StringVar(&q.campaign, "campaign", "", "the `campaign` (required)")
		flags.StringVar(&q.record, "record", "", "the `id` of the record, or one of its numbers in E.164")
		flags.BoolVar(&q.plan, "plan", false, "try the treatment out")
		flags.StringVar(&q.results, "results", string(call.NoAnswer), "for --plan: `results` or dispositions of the attempts, joined by commas; the last one is repeated")
		flags.StringVar(&q.numbers, "numbers", "", "for --plan without a record: its `numbers`, joined by commas, with their types (mobile:+819012345678)")
		flags.StringVar(&q.zone, "zone", "", "for --plan without a record: its IANA time `zone`")
		flags.StringVar(&q.from, "from", "", "explain as if it were this `time`: 2026-11-23T09:00:00+09:00 (default now)")
		flags.BoolVar(&q.unattended, "unattended", false, "decide as for calls that are placed before an agent is there: lock-outs after abandoned calls hold")
		return func(ctx context.Context, std streams, _ []string) error {
			if q.campaign == "" {
				return usageError{"--campaign is missing"}
			}
			if q.record == "" && q.plan && q.numbers == "" {
				return usageError{"--plan needs --record or --numbers"}
			}
			cfg, c, err := loadFor(*path, q.campaign)
			if err != nil {
				return err
			}
			return explain(ctx, std, cfg, c, q)
		}
	},
}

// question is what explain is asked.
type question struct {
	campaign, record, results, numbers, zone, from string
	plan, unattended                               bool
}

func explain(ctx context.Context, std streams, cfg *config.Config, c campaign.Config, q question) error {
	policy, unattended, keep, err := dialer.Policies(cfg.Dialer, q.campaign)
	if err != nil {
		return err
	}
	if q.unattended {
		policy = unattended
	}
	now := time.Now()
	if q.from != "" {
		if now, err = time.Parse(time.RFC3339, q.from); err != nil {
			return usageError{fmt.Sprintf("--from: %q is not a time; expected for example 2026-11-23T09:00:00+09:00", q.from)}
		}
	}
	assumed, err := assumedResults(q.results, c)
	if err != nil {
		return err
	}
	var b strings.Builder
	switch {
	case q.record == "" && !q.plan:
		tellTreatment(&b, q.campaign, c, policy)
	case q.record == "":
		record, err := typedRecord(q, c)
		if err != nil {
			return err
		}
		tellPlan(&b, policy, record, now, treatment.Facts{}, assumed)
	default:
		err = withStore(ctx, std, cfg, func(store *campaign.RedisStore) error {
			record, err := findRecord(ctx, store, q.campaign, q.record)
			if err != nil {
				return err
			}
			facts, _, err := c.Facts(ctx, store, q.campaign, record, keep > 0)
			if err != nil {
				return err
			}
			treated := c.Treated(record)
			if q.plan {
				tellPlan(&b, policy, treated, now, facts, assumed)
				return nil
			}
			tellRecord(&b, record, policy.Decide(treated, now, facts), now)
			return nil
		})
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(std.out, b.String())
	return err
}

// findRecord reads a record by its id or one of its numbers.
func findRecord(ctx context.Context, store *campaign.RedisStore, campaignID, name string) (*campaign.Record, error) {
	record, err := store.Get(ctx, campaignID, name)
	if errors.Is(err, campaign.ErrNotFound) && strings.HasPrefix(name, "+") {
		record, err = store.FindByNumber(ctx, campaignID, name)
	}
	if errors.Is(err, campaign.ErrNotFound) {
		return nil, fmt.Errorf("campaign %s has no record with the id or number %s", campaignID, name)
	}
	return record, err
}

// tellTreatment is the table and all else that decides.
func tellTreatment(b *strings.Builder, id string, c campaign.Config, p *treatment.Policy) {
	fmt.Fprintf(b, "campaign %s, after each attempt:\n\n%s", id, p.Table)
	for _, limit := range p.Caps {
		fmt.Fprintf(b, "a number is dialed %d× within %s, by all campaigns together\n", limit.Attempts, limit.Within)
	}
	profile := c.Hours.ProfileFor(c.List.Region)
	fmt.Fprintf(b, "calling hours: profile %s (%s)\n", profile.Name, profile.Title)
	if lockout := profile.Limits.AbandonLockout; lockout > 0 {
		fmt.Fprintf(b, "after an abandoned call a number is dialed only for an agent who waits, for %s\n", lockout)
	}
	for _, cond := range c.Filter {
		fmt.Fprintf(b, "filter: %s\n", cond)
	}
	for _, key := range c.Sort {
		fmt.Fprintf(b, "sorted by: %s\n", key)
	}
}

// tellRecord is what becomes of a record, and why.
func tellRecord(b *strings.Builder, r *campaign.Record, d treatment.Decision, now time.Time) {
	fmt.Fprintf(b, "record %s of campaign %s: %s\n", r.ID, r.Campaign, r.State)
	if last := len(r.History) - 1; last >= 0 && len(r.Attempts()) > 0 {
		rows := [][]string{{"attempt", "number", "result", "disposition", "agent"}}
		for _, h := range r.History {
			for _, a := range h.Attempts {
				rows = append(rows, []string{local(a.Ended, r.TimeZone), a.Number, string(a.Result), h.Disposition, a.Agent})
			}
		}
		fmt.Fprintf(b, "\n%s", treatment.Grid(rows))
	}
	b.WriteByte('\n')
	verdict := verdictOf(d, r.TimeZone)
	switch {
	case r.State == campaign.Out && r.Agent == "":
		verdict = fmt.Sprintf("it is being dialed (until %s at the latest, if nobody gives a sign of life)", local(r.LeaseUntil, r.TimeZone))
	case r.State == campaign.Out:
		verdict = fmt.Sprintf("agent %s has it (until %s at the latest, if nobody gives a sign of life)", r.Agent, local(r.LeaseUntil, r.TimeZone))
	case r.State == campaign.Promised:
		verdict = fmt.Sprintf("a callback was promised (%s); the callback decides when", r.Promise)
	case r.State == campaign.Closed && len(r.History) > 0:
		last := r.History[len(r.History)-1]
		why := last.Reason
		if why == "" {
			why = strings.TrimSpace(string(last.Undialed) + " " + last.Disposition)
		}
		verdict = fmt.Sprintf("never: it was closed %s: %s", local(last.At, r.TimeZone), why)
		if d.Verb != treatment.Never {
			verdict += "\nas things are now the treatment would not close it; `hasshin recycle` lets it begin anew"
		}
	case r.State == campaign.Waiting && r.DueAt.After(now) && d.Verb == treatment.Dial:
		verdict += fmt.Sprintf(", but it was filed for %s when it was looked at last; `hasshin recycle --arrange` looks again", local(r.DueAt, r.TimeZone))
	}
	fmt.Fprintf(b, "%s\n", verdict)
	if len(d.Numbers) > 0 {
		rows := [][]string{{"number", "type", "when", "why"}}
		for _, n := range d.Numbers {
			when := "now"
			switch n.Verb {
			case treatment.Wait:
				when = "not before " + local(n.At, r.TimeZone)
			case treatment.Never:
				when = "never"
			}
			rows = append(rows, []string{n.Number.E164, n.Number.Type, when, n.Why})
		}
		fmt.Fprintf(b, "\n%s", treatment.Grid(rows))
	}
	if d.Rank > 0 {
		fmt.Fprintf(b, "priority: %d below the highest\n", d.Rank)
	}
}

// verdictOf is a decision in a sentence.
func verdictOf(d treatment.Decision, zone string) string {
	switch d.Verb {
	case treatment.Dial:
		return "it may be dialed now, at " + d.Number.E164 + ", as soon as an agent is free and no record comes before it"
	case treatment.Wait:
		return fmt.Sprintf("not before %s, because of %s: %s", local(d.At, zone), d.Reason, d.Why)
	}
	return fmt.Sprintf("never, because of %s: %s", d.Reason, d.Why)
}

// tellPlan is the dry run as a table.
func tellPlan(b *strings.Builder, p *treatment.Policy, r treatment.Record, from time.Time, facts treatment.Facts, assumed []treatment.Assumed) {
	steps := p.Plan(r, from, facts, assumed, 0)
	rows := [][]string{{"", "when", "number", "type", "assumed", "priority", "waited for"}}
	for i, s := range steps {
		if s.Decision.Verb != treatment.Dial {
			rows = append(rows, []string{"end", local(s.At, r.Zone), "", "", string(s.Decision.Reason), "", s.Decision.Why})
			continue
		}
		outcome := string(s.Outcome.Result)
		if s.Outcome.Disposition != "" {
			outcome = s.Outcome.Disposition
		}
		waited := string(s.Waited)
		if s.Why != "" {
			waited += ": " + s.Why
		}
		rows = append(rows, []string{
			fmt.Sprint(i + 1), local(s.At, r.Zone), s.Decision.Number.E164, s.Decision.Number.Type, outcome, fmt.Sprint(s.Decision.Rank), waited,
		})
	}
	b.WriteString(treatment.Grid(rows))
}

// local writes an instant by the wall clock of a zone, UTC if there is none.
func local(at time.Time, zone string) string {
	in, err := hours.Zone(zone)
	if err != nil {
		in = time.UTC
	}
	return at.In(in).Format("Mon 2006-01-02 15:04:05 MST")
}

// assumedResults reads --results.
func assumedResults(text string, c campaign.Config) ([]treatment.Assumed, error) {
	var all []treatment.Assumed
	for name := range strings.SplitSeq(text, ",") {
		name = strings.TrimSpace(name)
		if result := call.Result(name); result.Valid() {
			all = append(all, treatment.Assumed{Result: result})
		} else if choice, ok := c.Choice(name); ok {
			all = append(all, treatment.Assumed{Result: call.Answered, Disposition: choice.Code})
		} else {
			return nil, usageError{fmt.Sprintf("--results: %q is neither a call result nor a disposition of the campaign; call results are %v", name, call.Results())}
		}
	}
	return all, nil
}

// typedRecord is the record that --numbers and --zone describe.
func typedRecord(q question, c campaign.Config) (treatment.Record, error) {
	r := treatment.Record{Zone: q.zone}
	if r.Zone == "" {
		r.Zone = c.List.TimeZone
	}
	for text := range strings.SplitSeq(q.numbers, ",") {
		typ, number, typed := strings.Cut(strings.TrimSpace(text), ":")
		if !typed {
			typ, number = "", typ
		}
		n, err := campaign.Normalize(number, c.List.Region)
		if err != nil {
			return treatment.Record{}, usageError{"--numbers: " + err.Error()}
		}
		if slices.ContainsFunc(r.Chain, func(o treatment.Number) bool { return o.E164 == n.E164 }) {
			return treatment.Record{}, usageError{"--numbers: " + n.E164 + " is there twice"}
		}
		r.Chain = append(r.Chain, treatment.Number{E164: n.E164, Type: typ})
	}
	return r, nil
}
