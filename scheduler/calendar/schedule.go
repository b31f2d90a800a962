package calendar

import (
	"fmt"
	"time"

	"github.com/robfig/cron/v3"
)

// Schedule is times of the calendar in a time zone.
type Schedule struct {
	cron cron.Schedule
	zone *time.Location
	wall bool // cron goes by the clock on the wall, told as if it were UTC
	spec string
}

// String is the schedule as it was written.
func (s Schedule) String() string { return s.spec }

// Zone is the time zone in which it is meant.
func (s Schedule) Zone() *time.Location { return s.zone }

var parser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)

// allHours are the bits of the hours that cron.SpecSchedule has for *.
const allHours = 1<<24 - 1

// Parse reads minute, hour, day of month, month and day of week as in cron(5), or one of @yearly, @monthly, @weekly, @daily, @hourly and @every 90m.
func Parse(spec string, zone *time.Location) (Schedule, error) {
	if zone == nil {
		return Schedule{}, fmt.Errorf("schedule %q: a time zone is required", spec)
	}
	parsed, err := parser.Parse(spec)
	if err != nil {
		return Schedule{}, fmt.Errorf("schedule %q: %w; expected minute, hour, day of month, month, day of week like 0 9 * * 1-5, or a word like @daily", spec, err)
	}
	s := Schedule{cron: parsed, zone: zone, spec: spec}
	if fields, ok := parsed.(*cron.SpecSchedule); ok {
		if fields.Location != time.Local {
			return Schedule{}, fmt.Errorf("schedule %q names a time zone; expected it apart from the schedule", spec)
		}
		s.wall = fields.Hour&allHours != allHours
		fields.Location = zone
		if s.wall {
			fields.Location = time.UTC
		}
	}
	if s.Next(time.Unix(0, 0)).IsZero() {
		return Schedule{}, fmt.Errorf("schedule %q has no time at all", spec)
	}
	return s, nil
}

// Next is the first time after that one; zero if there is none within five years.
func (s Schedule) Next(after time.Time) time.Time {
	after = after.In(s.zone)
	if !s.wall {
		return s.cron.Next(after)
	}
	// A moment told by the wall may be some hours before or after where it seems, by what clocks have been set forward or back.
	wall := s.cron.Next(onWall(after).Add(-25 * time.Hour))
	for !wall.IsZero() {
		if at := s.moment(wall); at.After(after) {
			return at
		}
		wall = s.cron.Next(wall)
	}
	return time.Time{}
}

// onWall is what the clock on the wall shows, as if it were UTC.
func onWall(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.Add(time.Duration(offset) * time.Second).UTC()
}

// moment is when the clock on the wall shows that first; if it never does, because it is set forward over it, when it is set.
func (s Schedule) moment(wall time.Time) time.Time {
	near := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, s.zone)
	from, to := near.ZoneBounds()
	var found time.Time
	for _, t := range []time.Time{near, from.Add(-1), to} {
		if t.IsZero() {
			continue
		}
		_, offset := t.In(s.zone).Zone()
		at := wall.Add(-time.Duration(offset) * time.Second).In(s.zone)
		if onWall(at).Equal(wall) && (found.IsZero() || at.Before(found)) {
			found = at
		}
	}
	if !found.IsZero() {
		return found
	}
	for _, set := range []time.Time{from, to} {
		if !set.IsZero() && onWall(set.Add(-1)).Before(wall) && onWall(set).After(wall) {
			return set
		}
	}
	return near
}
