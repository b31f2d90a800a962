package callback

import (
	"fmt"
	"slices"
	"time"
)

// wallLayouts are how the wall clock is written; the first is how we write it.
var wallLayouts = []string{"2006-01-02T15:04", "2006-01-02T15:04:05"}

// parseWall reads a date and time without zone. It is returned as if it were UTC.
func parseWall(at string) (time.Time, error) {
	for _, layout := range wallLayouts {
		if t, err := time.Parse(layout, at); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a date and time; expected YYYY-MM-DDTHH:MM, for example 2026-11-23T10:00", at)
}

// instants lists, in their order, the instants at which the wall clock in a zone shows wall (whose own zone is not looked at): one as a rule,
// none when the clocks are put forward over it, two when they are put back over it.
func instants(wall time.Time, zone *time.Location) []time.Time {
	var found []time.Time
	for _, offset := range offsetsAround(wall, zone) {
		at := time.Unix(wall.Unix()-int64(offset), 0)
		if _, there := at.In(zone).Zone(); there == offset {
			found = append(found, at.UTC())
		}
	}
	slices.SortFunc(found, time.Time.Compare)
	return found
}

// around is longer than any offset from UTC, so that the instant looked for cannot lie farther from the wall clock read as UTC.
const around = 30 * time.Hour

// offsetsAround lists the offsets, in seconds east of UTC, that a zone has near a wall clock time, each once.
func offsetsAround(wall time.Time, zone *time.Location) []int {
	var offsets []int
	last := wall.Add(around)
	for at := wall.Add(-around); !at.After(last); {
		_, offset := at.In(zone).Zone()
		if !slices.Contains(offsets, offset) {
			offsets = append(offsets, offset)
		}
		_, change := at.In(zone).ZoneBounds()
		if change.IsZero() {
			break
		}
		at = change
	}
	return offsets
}

// gapAt finds the change of the clocks that leaves out a wall clock time: the instant, and what the clocks show just before and at it.
func gapAt(wall time.Time, zone *time.Location) (change time.Time, from, to string) {
	last := wall.Add(around)
	for at := wall.Add(-around); !at.After(last); at = change {
		if _, change = at.In(zone).ZoneBounds(); change.IsZero() {
			break
		}
		_, before := change.Add(-time.Second).In(zone).Zone()
		_, after := change.In(zone).Zone()
		left := change.Unix() + int64(before) // wall clock that would have been shown, had nothing changed
		right := change.Unix() + int64(after)
		if w := wall.Unix(); w >= left && w < right {
			return change, time.Unix(left, 0).UTC().Format("15:04"), time.Unix(right, 0).UTC().Format("15:04")
		}
	}
	return time.Time{}, "", ""
}

// localTime writes an instant as a wall clock in a zone, with the hour where it is needed.
func localTime(at time.Time, zone *time.Location) LocalTime {
	local := at.In(zone)
	l := LocalTime{At: local.Format(wallLayouts[0]), Zone: zone.String()}
	_, offset := local.Zone()
	both := instants(time.Unix(at.Unix()+int64(offset), 0).UTC(), zone)
	if len(both) > 1 {
		l.Hour = Later
		if both[0].Equal(at) {
			l.Hour = Earlier
		}
	}
	return l
}

// Clock is an instant as a wall clock shows it.
type Clock struct {
	LocalTime
	Weekday string `json:"weekday" doc:"day of the week, in English"`
	Offset  string `json:"offset" example:"+09:00" doc:"offset from UTC then"`
}

func clockIn(at time.Time, zone *time.Location) Clock {
	local := at.In(zone)
	return Clock{LocalTime: localTime(at, zone), Weekday: local.Weekday().String(), Offset: local.Format("-07:00")}
}

// clocks shows an instant in zones; of zones that agree then only the first.
func clocks(at time.Time, zones []*time.Location) []Clock {
	var shown []Clock
	for _, zone := range zones {
		c := clockIn(at, zone)
		if !slices.ContainsFunc(shown, func(s Clock) bool { return s.At == c.At && s.Offset == c.Offset }) {
			shown = append(shown, c)
		}
	}
	return shown
}
