package campaign

import (
	"slices"
	"time"

	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/hours"
	"github.com/hasshin/hasshin/internal/problem"
	"github.com/hasshin/hasshin/scheduler/calendar"
)

// CalendarConfig is when a campaign is started and stopped by itself: minute, hour, day of month, month and day of week as in cron(5), or a word like
// @daily.
type CalendarConfig struct {
	// Open is when the campaign is started. Only together with close. Default: it runs until somebody stops it.
	Open string `yaml:"open" example:"0 9 * * mon-fri"`

	// Close is when the campaign is stopped.
	Close string `yaml:"close" example:"0 18 * * mon-fri"`

	// Day is when a day of the campaign ends, for the figures of each day. Default: 0 0 * * *.
	Day string `yaml:"day"`

	// Recycle lets closed records begin anew, as `hasshin recycle` does, but by itself.
	Recycle RecycleConfig `yaml:"recycle"`

	// TimeZone is the IANA time zone in which these are meant. Default: that of the campaign's agents (`callback.time_zone`), else of the list.
	TimeZone string `yaml:"time_zone" example:"Asia/Tokyo"`
}

// RecycleConfig says when closed records begin anew, and which: those whose last attempt had one of the results, and that were closed with one of the
// dispositions, as far as these are given. Caps on attempts and do-not-call lists go on to hold.
type RecycleConfig struct {
	// At is when. Default: never.
	At string `yaml:"at" example:"0 3 * * sun"`

	// Results are call results of the last attempt.
	Results []call.Result `yaml:"results" example:"[no-answer, busy]"`

	// Dispositions are those that records were closed with.
	Dispositions []string `yaml:"dispositions"`

	// Older is how long ago a record must have been closed at least. Default: 0s, at any time before.
	Older time.Duration `yaml:"older" example:"168h"`
}

// Recycling says which records begin anew at a time of the calendar.
func (c RecycleConfig) Recycling(at time.Time, by string) Recycling {
	return Recycling{Results: c.Results, Dispositions: c.Dispositions, Before: at.Add(-c.Older), By: by}
}

// mostOlder bounds Older.
const mostOlder = 10 * 366 * 24 * time.Hour

func (c RecycleConfig) validate(codes []string) error {
	var p problem.List
	if c.At == "" {
		if len(c.Results)+len(c.Dispositions) > 0 || c.Older != 0 {
			p.Add("at", "is required: when records begin anew, for example 0 3 * * sun")
		}
		return p.Err()
	}
	if _, err := calendar.Parse(c.At, time.UTC); err != nil {
		p.Add("at", "%s", err)
	}
	if len(c.Results)+len(c.Dispositions) == 0 {
		p.Add("results", "names no records, nor do dispositions; expected for example [no-answer, busy]")
	}
	for i, result := range c.Results {
		if !result.Valid() {
			p.Add(problem.Index("results", i), "%q is not a call result; expected one of %s", result, oneOf(call.Results()))
		}
	}
	for i, code := range c.Dispositions {
		if !slices.Contains(codes, code) {
			p.Add(problem.Index("dispositions", i), "the campaign has no disposition %q; expected one of its codes: %s", code, oneOf(codes))
		}
	}
	if c.Older < 0 || c.Older > mostOlder {
		p.Add("older", "%s is out of range; expected 0s to %dh", c.Older, int(mostOlder.Hours()))
	}
	return p.Err()
}

// RecycleSchedule is when records begin anew; known is false where nothing is said. An error is that of Validate.
func (c Config) RecycleSchedule() (at calendar.Schedule, known bool, err error) {
	if c.Calendar.Recycle.At == "" {
		return at, false, nil
	}
	at, err = calendar.Parse(c.Calendar.Recycle.At, c.CalendarZone())
	return at, true, err
}

// CalendarZone is the time zone of the campaign's calendar.
func (c Config) CalendarZone() *time.Location {
	if zone, err := hours.Zone(c.Calendar.TimeZone); c.Calendar.TimeZone != "" && err == nil {
		return zone
	}
	return c.AgentZone()
}

// Schedules are the times of the calendar: zero ones for what is not configured. An error is that of Validate.
func (c Config) Schedules() (open, closing, day calendar.Schedule, err error) {
	for _, of := range []struct {
		into *calendar.Schedule
		spec string
	}{{&open, c.Calendar.Open}, {&closing, c.Calendar.Close}, {&day, c.Calendar.Day}} {
		if of.spec == "" {
			continue
		}
		if *of.into, err = calendar.Parse(of.spec, c.CalendarZone()); err != nil {
			return open, closing, day, err
		}
	}
	return open, closing, day, nil
}

func (c CalendarConfig) validate(codes []string) error {
	var p problem.List
	p.AddAt("recycle", c.Recycle.validate(codes))
	if c.TimeZone != "" {
		if _, err := hours.Zone(c.TimeZone); err != nil {
			p.Add("time_zone", "%s", err)
		}
	}
	for _, of := range []struct{ name, spec string }{{"open", c.Open}, {"close", c.Close}, {"day", c.Day}} {
		if of.spec == "" {
			continue
		}
		if _, err := calendar.Parse(of.spec, time.UTC); err != nil {
			p.Add(of.name, "%s", err)
		}
	}
	switch {
	case c.Open != "" && c.Close == "":
		p.Add("close", "is required with open, or the campaign would be started and never stopped")
	case c.Close != "" && c.Open == "":
		p.Add("open", "is required with close, or the campaign would be stopped and never started")
	case c.Day == "":
		p.Add("day", "is required, for example %s", defaultDay)
	}
	return p.Err()
}

const defaultDay = "0 0 * * *"

// OpenAt tells whether the calendar has the campaign open at a time; known is false for a campaign that it does not open.
func (c Config) OpenAt(now time.Time) (open, known bool) {
	opening, closing, _, err := c.Schedules()
	if err != nil || c.Calendar.Open == "" || c.Calendar.Close == "" {
		return false, false
	}
	next, end := opening.Next(now), closing.Next(now)
	switch {
	case end.IsZero() || next.IsZero():
		return false, false
	case next.Equal(end):
		return false, false
	}
	return end.Before(next), true
}

// Day is the figures of one day of a campaign.
type Day struct {
	Date         string             // YYYY-MM-DD, in the zone of the campaign's calendar
	Since        string             // date of the day before it that figures were kept of, "" for the first; more than a day back if days were missed
	Results      map[string]int64   // attempts by call result
	Dispositions map[string]int64   // closed records by disposition
	Undialed     map[Undialed]int64 // records closed without being dialed, by why
}
