package campaign

import (
	"time"

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

	// TimeZone is the IANA time zone in which these are meant. Default: that of the campaign's agents (`callback.time_zone`), else of the list.
	TimeZone string `yaml:"time_zone" example:"Asia/Tokyo"`
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

func (c CalendarConfig) validate() error {
	var p problem.List
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
