package directory

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestGuard(t *testing.T) {
	const (
		tokyo     = "+81312345678"
		mobile    = "+819012345678"
		premium   = "+81990504123"
		navi      = "+81570012345"
		freeDial  = "+81120123456"
		london    = "+442079460123"
		personal  = "+447012345678" // British personal numbers: looks like a mobile one, costs like premium
		newYork   = "+12122345678"
		jamaica   = "+18762345678" // the same calling code as New York
		kazakh    = "+77172345678"
		satellite = "+881612345678"
		noPlan    = "+819999999999999"
	)
	allowing := func(change func(*OutsideConfig)) Config {
		c := Defaults()
		if change != nil {
			change(&c.Outside)
		}
		return c
	}
	for name, c := range map[string]struct {
		cfg     Config
		home    string
		allowed []string
		refused map[string]string // number → part of why
	}{
		"by default only national numbers": {
			cfg: allowing(nil), home: "JP",
			allowed: []string{tokyo, mobile, navi, freeDial},
			refused: map[string]string{
				premium: "premium", london: "number of GB; allowed are those of JP", newYork: "number of US", jamaica: "JM", satellite: "no country",
				noPlan: "no numbering plan", "+": "no numbering plan", "": "no numbering plan", "0312345678": "no numbering plan",
			},
		},
		"a calling code is no country": {
			cfg: allowing(nil), home: "US", allowed: []string{newYork}, refused: map[string]string{jamaica: "JM", tokyo: "JP"},
		},
		"numbers that only look like mobile ones": {
			cfg: allowing(nil), home: "GB", allowed: []string{london}, refused: map[string]string{personal: "premium"},
		},
		"countries replace that of the campaign": {
			cfg:     allowing(func(o *OutsideConfig) { o.Countries = []string{"GB", "US"} }),
			home:    "JP",
			allowed: []string{london, newYork}, refused: map[string]string{tokyo: "JP", jamaica: "JM"},
		},
		"premium": {
			cfg:  allowing(func(o *OutsideConfig) { o.Premium = true }),
			home: "JP", allowed: []string{premium}, refused: map[string]string{london: "GB"},
		},
		"prefixes are allowed beside": {
			cfg:  allowing(func(o *OutsideConfig) { o.Prefixes = []string{"+4420", "+81990504", "+8199999"} }),
			home: "JP", allowed: []string{tokyo, london, premium, noPlan}, refused: map[string]string{personal: "premium"},
		},
		"what is forbidden stays so": {
			cfg: allowing(func(o *OutsideConfig) {
				o.Countries, o.ForbiddenCountries = []string{"JP", "US", "RU"}, []string{"KZ", "JM"}
				o.Prefixes, o.ForbiddenPrefixes = []string{"+1", "+7"}, []string{"+81570"}
			}),
			home: "JP", allowed: []string{tokyo, newYork},
			refused: map[string]string{kazakh: "KZ, which is forbidden", jamaica: "JM, which is forbidden", navi: "forbidden prefix"},
		},
		"what is forbidden is so in no plan, too": {
			cfg: allowing(func(o *OutsideConfig) {
				o.ForbiddenCountries, o.Prefixes = []string{"JP"}, []string{"+81"}
			}),
			home: "GB", refused: map[string]string{noPlan: "JP, which is forbidden"},
		},
		"entries may be dialed": {
			cfg: Config{Entries: []Entry{{Name: "Partner", Number: london}}}, home: "JP",
			allowed: []string{london, tokyo}, refused: map[string]string{newYork: "US"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.cfg.Validate(); err != nil {
				t.Fatal(err)
			}
			g := NewGuard(c.cfg)
			for _, number := range c.allowed {
				if err := g.Check(number, c.home); err != nil {
					t.Errorf("%s: %v, want it allowed", number, err)
				}
			}
			for number, why := range c.refused {
				err := g.Check(number, c.home)
				var r *Refusal
				if !errors.As(err, &r) || r.Code != NumberNotAllowed || !strings.Contains(r.Message, why) {
					t.Errorf("%s: %v, want it not allowed because of %q", number, err, why)
				}
			}
		})
	}
}

func TestGuardCountsPerAgent(t *testing.T) {
	c := Defaults()
	c.Outside.PerMinute, c.Outside.PerHour = 2, 4
	g := NewGuard(c)
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	g.now = func() time.Time { return now }
	at := func(after time.Duration, agent, refused string) {
		t.Helper()
		now = now.Add(after)
		err := g.Count(agent)
		var r *Refusal
		switch {
		case refused == "" && err != nil:
			t.Errorf("at %s: %v, want it let pass", now.Format(time.TimeOnly), err)
		case refused != "" && (!errors.As(err, &r) || r.Code != TooManyOutsideCalls || !strings.Contains(r.Message, refused)):
			t.Errorf("at %s: %v, want too many: %s", now.Format(time.TimeOnly), err, refused)
		}
	}
	at(0, "hanako", "")                                                             // 9:00:00
	at(10*time.Second, "hanako", "")                                                // 9:00:10
	at(10*time.Second, "hanako", "2 outside numbers a minute; the next one in 40s") // 9:00:20
	at(0, "taro", "")                                                               // others are not concerned
	at(40*time.Second-time.Millisecond, "hanako", "a minute; the next one in 1s")   // a moment before 9:01:00
	at(time.Millisecond, "hanako", "")                                              // 9:01:00: refused ones did not count
	at(time.Minute, "hanako", "")                                                   // 9:02:00
	at(time.Minute, "hanako", "4 outside numbers an hour; the next one in 57m0s")   // 9:03:00
	at(57*time.Minute-time.Second, "hanako", "the next one in 1s")                  // 9:59:59
	at(time.Second, "hanako", "")                                                   // 10:00:00
	at(0, "hanako", "the next one in 10s")                                          // that of 9:00:10 counts still
}

func TestGuardWithoutLimits(t *testing.T) {
	c := Defaults()
	c.Outside.PerMinute, c.Outside.PerHour = 0, 0
	g := NewGuard(c)
	for range 1000 {
		if err := g.Count("hanako"); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(g.used); n != 0 {
		t.Errorf("what is not limited is kept: %d agents", n)
	}
}

func TestGuardNeverLetsMorePass(t *testing.T) {
	c := Defaults()
	c.Outside.PerMinute, c.Outside.PerHour = 5, 0
	g := NewGuard(c)
	var all sync.WaitGroup
	passed := make(chan bool, 64)
	for range 64 {
		all.Go(func() { passed <- g.Count("hanako") == nil })
	}
	all.Wait()
	close(passed)
	n := 0
	for ok := range passed {
		if ok {
			n++
		}
	}
	if n != 5 {
		t.Errorf("%d of 64 at once passed, want 5", n)
	}
}
