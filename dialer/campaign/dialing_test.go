package campaign

import (
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/dialer/hours"
	"github.com/hasshin/hasshin/dialer/pacing"
)

func TestValidateDialing(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Config)
		says   string // "" for nothing wrong
	}{
		"progressive":      {change: func(c *Config) { c.Mode = ModeProgressive }},
		"preview without":  {change: func(c *Config) { c.Mode, c.Dialing = ModePreview, DialingConfig{} }},
		"no message":       {change: func(c *Config) { c.Mode, c.Dialing.AbandonMessage = ModePower, "" }, says: "dialing.abandon_message: is required in mode power"},
		"endless message":  {change: func(c *Config) { c.Dialing.AbandonMessage = "tone:ring" }, says: "expected sound:NAME"},
		"short ring":       {change: func(c *Config) { c.Mode, c.RingTimeout = ModePredictive, 14*time.Second }, says: "expected 15s, the least that the profile allows"},
		"short ring, seen": {change: func(c *Config) { c.Mode, c.RingTimeout = ModePreview, 14*time.Second }},
		"strict ring": {change: func(c *Config) {
			c.Mode, c.RingTimeout, c.Hours.Profile = ModePredictive, 20*time.Second, hours.ProfileStrict
		}, says: "expected 24s"},
		"long ring":          {change: func(c *Config) { c.Mode, c.RingTimeout = ModePredictive, 91*time.Second }, says: "to 1m30s"},
		"laxer limit":        {change: func(c *Config) { c.Dialing.AbandonLimit = 0.05 }, says: "the profile allows up to 0.03"},
		"laxer connect":      {change: func(c *Config) { c.Dialing.ConnectLimit = 3 * time.Second }, says: "expected 100ms to 2s"},
		"no ratio":           {change: func(c *Config) { c.Mode, c.Dialing.Ratio = ModePower, 0 }, says: "dialing.ratio: 0 is out of range"},
		"too many per agent": {change: func(c *Config) { c.Dialing.MaxPerAgent = 51 }, says: "dialing.max_per_agent: 51 is out of range"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := valid()
			cfg.Dialing.AbandonMessage = "sound:custom/sorry"
			c.change(&cfg)
			err := cfg.Validate()
			switch {
			case c.says == "" && err != nil:
				t.Errorf("%v, want nothing wrong", err)
			case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
				t.Errorf("%v, want it to say %q", err, c.says)
			}
		})
	}
}

func TestPacingTakesTheStricterOfProfileAndCampaign(t *testing.T) {
	c := valid()
	c.Mode, c.RingTimeout = ModePredictive, 20*time.Second
	c.Dialing = DialingConfig{Ratio: 2, AbandonLimit: 0.01, ConnectLimit: time.Second, MaxPerAgent: 3}
	want := pacing.Config{Mode: pacing.Predictive, Ratio: 2, AbandonLimit: 0.01, ConnectLimit: time.Second, RingTimeout: 20 * time.Second, MaxPerAgent: 3}
	if got := c.Pacing(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if err := c.Pacing().Validate(); err != nil {
		t.Error(err)
	}
	c.Dialing = dialingDefaults()
	if got := c.Pacing(); got.AbandonLimit != 0.03 || got.ConnectLimit != 2*time.Second {
		t.Errorf("%+v, want the limits of the profile", got)
	}
}

func TestPeriods(t *testing.T) {
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	const day = 24 * time.Hour
	at := time.Date(2026, 5, 1, 15, 30, 0, 0, time.UTC)
	if p := PeriodAt(at, day, tokyo); p.Name != "2026-05-02/1" || p.Last != "2026-05-01/1" || !p.Ends.Equal(time.Date(2026, 5, 2, 15, 0, 0, 0, time.UTC)) ||
		!p.Begins.Equal(time.Date(2026, 5, 1, 15, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v, want the day of the second of May in Tokyo, which ends at 15:00 UTC", p)
	}
	for _, zone := range []*time.Location{tokyo, newYork, time.UTC} {
		for _, length := range []time.Duration{day, 30 * day} {
			// Each period follows the one before without a gap, over changes of the clock.
			p := PeriodAt(at, length, zone)
			for range 40 {
				last := PeriodAt(p.Ends.Add(-time.Second), length, zone)
				next := PeriodAt(p.Ends, length, zone)
				if last != p || next.Last != p.Name || !next.Ends.After(p.Ends) {
					t.Fatalf("%s, %s: %+v is followed by %+v", zone, length, p, next)
				}
				p = next
			}
		}
	}
}

func TestCountAnswersKeepsThisPeriodAndTheLast(t *testing.T) {
	s, ctx := NewRedisStore(newMiniredis(t)), t.Context()
	count := func(period, last string, add, want Answers) {
		t.Helper()
		got, err := s.CountAnswers(ctx, "spring", Period{Name: period, Last: last}, add)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", period, got, err, want)
		}
	}
	count("a", "z", Answers{}, Answers{})
	count("a", "z", Answers{Live: 3, Abandoned: 1}, Answers{Live: 3, Abandoned: 1})
	count("a", "z", Answers{Live: 2}, Answers{Live: 5, Abandoned: 1})
	count("b", "a", Answers{Live: 1}, Answers{Live: 1})
	count("a", "z", Answers{}, Answers{Live: 5, Abandoned: 1})
	count("c", "b", Answers{Abandoned: 1}, Answers{Abandoned: 1})
	count("b", "a", Answers{}, Answers{Live: 1})
	count("a", "z", Answers{}, Answers{})
}
