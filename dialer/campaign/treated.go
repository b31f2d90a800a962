package campaign

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hasshin/hasshin/dialer/hours"
	"github.com/hasshin/hasshin/dialer/treatment"
)

// Policy is by what a campaign decides about its records. An error is that of Validate.
func (c Config) Policy() (*treatment.Policy, error) {
	table, err := c.CallingHours()
	if err != nil {
		return nil, err
	}
	var final []string
	for _, choice := range c.Choices() {
		if choice.Final || choice.Contacted || choice.DoNotCall {
			final = append(final, choice.Code)
		}
	}
	return &treatment.Policy{Table: c.Treatment.Table(final), Hours: table, Caps: c.AttemptCaps, Filter: c.Filter.Name()}, nil
}

// Treated is a record as its campaign's policy decides about it.
func (c Config) Treated(r *Record) treatment.Record {
	return treatment.Record{Zone: r.TimeZone, Chain: chainOf(r.Numbers), Attempts: r.treatedAttempts(), Skip: c.Filter.Unmet(r.Fields)}
}

// Facts are what the do-not-call lists and, if attempts are logged, the log of attempts say of a record's customer and numbers at this moment.
func (c Config) Facts(ctx context.Context, store Store, campaignID string, r *Record, logged bool) (treatment.Facts, Blocks, error) {
	numbers := make([]string, len(r.Numbers))
	for i, n := range r.Numbers {
		numbers[i] = n.E164
	}
	facts := treatment.Facts{Numbers: map[string]treatment.NumberFacts{}}
	blocks, err := store.DoNotCall().Look(ctx, campaignID, c.CustomerOf(r), numbers)
	if err == nil && logged {
		facts.Numbers, err = store.Attempts().Look(ctx, numbers)
	}
	if err != nil {
		return treatment.Facts{}, Blocks{}, err
	}
	for number, blocked := range blocks.Numbers {
		n := facts.Numbers[number]
		n.Block = blocked.Block()
		facts.Numbers[number] = n
	}
	if blocks.Customer != nil {
		facts.Customer = blocks.Customer.Block()
	}
	return facts, blocks, nil
}

// PlaceOf is where a record waits that a decision was made about.
func (c Config) PlaceOf(r *Record, d treatment.Decision) *Place {
	return &Place{Filing: d.Filing, Rank: d.Rank, Sorted: len(c.Sort) > 0, Key: c.Sort.Key(r.Fields)}
}

func chainOf(numbers []Number) []treatment.Number {
	chain := make([]treatment.Number, len(numbers))
	for i, n := range numbers {
		chain[i] = treatment.Number{E164: n.E164, Type: n.Type, Zone: n.Zone, Open: n.week()}
	}
	return chain
}

// week is the number's own hours; those that are none are never stored.
func (n Number) week() hours.Week {
	week, err := parseOpen(n.Open)
	if err != nil {
		return nil
	}
	return week
}

// parseOpen reads openings with ; between them.
func parseOpen(text string) (hours.Week, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var week hours.Week
	for part := range strings.SplitSeq(text, ";") {
		var o hours.Opening
		if err := o.UnmarshalText([]byte(part)); err != nil {
			return nil, err
		}
		week = append(week, o)
	}
	return week, nil
}

// treatedAttempts are those since the record was last recycled by hand, each with the disposition that was chosen after it.
func (r *Record) treatedAttempts() []treatment.Attempt {
	var all []treatment.Attempt
	for _, h := range r.History {
		if h.Ending == EndedRecycled {
			all = nil
		}
		for i, a := range h.Attempts {
			t := treatment.Attempt{Number: a.Number, Result: a.Result, Ended: a.Ended}
			if i == len(h.Attempts)-1 {
				t.Disposition = h.Disposition
			}
			all = append(all, t)
		}
	}
	return all
}

// Clone is a copy that shares nothing that changes.
func (r *Record) Clone() *Record {
	c := *r
	c.Numbers, c.Fields, c.History = slices.Clone(r.Numbers), maps.Clone(r.Fields), slices.Clone(r.History)
	return &c
}

// With is the record as it will be once a handling with this outcome is noted.
func (r *Record) With(o Outcome) *Record {
	after := r.Clone()
	after.History = append(after.History, Handling{Attempts: o.Attempts, Disposition: o.Disposition})
	after.Numbers = append(after.Numbers, o.Numbers...)
	if after.Fields == nil {
		after.Fields = map[string]string{}
	}
	maps.Copy(after.Fields, o.Fields)
	return after
}

// Arrange says where a new record of the campaign waits: its class and sort key.
func (c Config) Arrange() (Arrange, error) {
	policy, err := c.Policy()
	if err != nil {
		return nil, fmt.Errorf("campaign: %w", err)
	}
	return func(numbers []Number, zone string, fields map[string]string) (string, uint64, bool) {
		class := policy.Class(treatment.Record{Zone: zone, Chain: chainOf(numbers), Skip: c.Filter.Unmet(fields)})
		return class, c.Sort.Key(fields), len(c.Sort) > 0
	}, nil
}

// Arrange is what [Config.Arrange] gives: class and sort key of a record, and whether the campaign has sort keys.
type Arrange func(numbers []Number, zone string, fields map[string]string) (class string, key uint64, sorted bool)
