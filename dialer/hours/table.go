package hours

import (
	"cmp"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Table says when calls are allowed. It is made by [Config.Table], never changes, and can be used by any number of goroutines.
type Table struct {
	layers []layer // all must be open; none when nothing is ever closed
	zones  ZoneChoice
}

// layer is one reason to be closed: the profile, or the campaign's own hours.
type layer struct {
	name      string
	week      [7][]Window // by time.Weekday
	holidays  []Holiday
	calendars []CalendarName
	opens     bool      // some holiday has hours of its own
	years     *sync.Map // year → closings: worked out once
}

// closing is what is different on a holiday.
type closing struct {
	name string
	open []Window
}

// closings are the holidays of a year by day number.
type closings map[int]closing

func newLayer(name string, week Week, holidays []Holiday, calendars []CalendarName) layer {
	l := layer{name: name, holidays: holidays, calendars: calendars, years: &sync.Map{}}
	for _, h := range holidays {
		l.opens = l.opens || len(h.Open) > 0
	}
	for day := range l.week {
		if l.week[day] = week.on(time.Weekday(day)); len(week) == 0 {
			l.week[day] = []Window{{0, secondsADay}}
		}
	}
	return l
}

// on gives the windows of a day and, if it is one, the name of the holiday.
func (l *layer) on(day int) (open []Window, holiday string, is bool) {
	if len(l.holidays)+len(l.calendars) > 0 {
		if c, is := l.year(dateOf(day).year)[day]; is {
			return c.open, c.name, true
		}
	}
	return l.week[weekdayOf(day)], "", false
}

// Years that are kept once they are worked out; nobody plans calls for others.
const firstKept, lastKept = 2000, 2200

func (l *layer) year(year int) closings {
	if known, ok := l.years.Load(year); ok {
		return known.(closings)
	}
	made := closings{}
	for _, name := range l.calendars {
		for day, holiday := range calendars[name](year) {
			made[day] = closing{name: holiday}
		}
	}
	for day, last := (date{year, 1, 1}).dayNumber(), (date{year, 12, 31}).dayNumber(); day <= last; day++ {
		d := dateOf(day)
		for _, h := range l.holidays {
			if h.Day.matches(day, d) {
				made[day] = closing{name: cmp.Or(h.Name, h.Day.text), open: h.Open}
				break
			}
		}
	}
	if year >= firstKept && year <= lastKept {
		l.years.Store(year, made)
	}
	return made
}

// openAt tells whether a wall clock is open. What is outside of the week needs no look at holidays, as long as these only close.
func (l *layer) openAt(day, second int) bool {
	usual := inside(l.week[weekdayOf(day)], second)
	if !usual && !l.opens || len(l.holidays)+len(l.calendars) == 0 {
		return usual
	}
	open, _, _ := l.on(day)
	return inside(open, second)
}

// always tells that the layer is never closed.
func (l *layer) always() bool {
	for _, windows := range l.week {
		if len(windows) != 1 || windows[0] != (Window{0, secondsADay}) {
			return false
		}
	}
	return len(l.holidays)+len(l.calendars) == 0
}

// Always tells that nothing is ever closed.
func (t *Table) Always() bool { return len(t.layers) == 0 }

// Reason says in one word why a call is not allowed.
type Reason string

const (
	// OutsideHours: it is too early or too late, or a day without hours.
	OutsideHours Reason = "outside-hours"
	// OnHoliday: it is a holiday at the contact's.
	OnHoliday Reason = "holiday"
	// NoZone: nobody knows what time it is at the contact's.
	NoZone Reason = "no-zone"
)

// Why says why a call is not allowed. The zero value is what comes with a call that is.
type Why struct {
	Reason  Reason
	Zone    string    // the zone that forbids it
	Local   time.Time // the instant in that zone
	By      string    // what forbids it: "profile us" or "campaign"
	Holiday string    // for OnHoliday: which
	Open    []Window  // the hours of that day, if it has any
}

func (w Why) String() string {
	switch w.Reason {
	case "":
		return "allowed"
	case NoZone:
		return "the contact's time zone is unknown"
	}
	open := "no calls on that day"
	if len(w.Open) > 0 {
		parts := make([]string, len(w.Open))
		for i, window := range w.Open {
			parts[i] = window.String()
		}
		open = "calls are allowed " + strings.Join(parts, " and ")
	}
	if w.Holiday != "" {
		open = w.Holiday + ", " + open
	}
	return fmt.Sprintf("it is %s in %s (%s; %s)", w.Local.Format("Monday 2006-01-02 15:04"), w.Zone, open, w.By)
}

// wall is the local date, as a day number, and the second of the day.
func wall(at time.Time, zone *time.Location) (day, second int) {
	_, offset := at.In(zone).Zone()
	local := int(at.Unix()) + offset
	day = floorDiv(local, secondsADay)
	return day, local - day*secondsADay
}

// Allowed reports whether a contact in all of these zones may be called at an instant, and if not, why. Without zones nobody may, unless
// nothing is ever closed.
func (t *Table) Allowed(at time.Time, zones []*time.Location) (bool, Why) {
	if len(zones) == 0 && len(t.layers) > 0 {
		return false, Why{Reason: NoZone}
	}
	for _, zone := range zones {
		day, second := wall(at, zone)
		if l := t.closedBy(day, second); l != nil {
			return false, l.why(at, zone, day)
		}
	}
	return true, Why{}
}

// closedBy is the first layer that forbids a wall clock.
func (t *Table) closedBy(day, second int) *layer {
	for i := range t.layers {
		if !t.layers[i].openAt(day, second) {
			return &t.layers[i]
		}
	}
	return nil
}

func (l *layer) why(at time.Time, zone *time.Location, day int) Why {
	open, holiday, is := l.on(day)
	w := Why{Reason: OutsideHours, Zone: zone.String(), Local: at.In(zone), By: l.name, Holiday: holiday, Open: open}
	if is {
		w.Reason = OnHoliday
	}
	return w
}

// searched is how far Next looks ahead: long enough for any yearly rule.
const searched = 400 * 24 * time.Hour

// Next is the first instant, at or after one, at which a contact in all of these zones may be called. There is none within 400 days when
// the zones leave no common hour, or when there are no zones.
func (t *Table) Next(at time.Time, zones []*time.Location) (time.Time, bool) {
	if len(zones) == 0 && len(t.layers) > 0 {
		return time.Time{}, false
	}
	end := at.Add(searched)
	for next := at; ; {
		moved := false
		for _, zone := range zones {
			open, ok := t.nextIn(next, zone, end)
			if !ok {
				return time.Time{}, false
			}
			if open.After(next) {
				next, moved = open, true
			}
		}
		if !moved {
			return next, true
		}
	}
}

// nextIn is Next for one zone. Between two changes of the clocks wall time runs like real time, so it goes from opening to opening there, and
// looks anew behind each change.
func (t *Table) nextIn(at time.Time, zone *time.Location, end time.Time) (time.Time, bool) {
	for at.Before(end) {
		day, second := wall(at, zone)
		if t.closedBy(day, second) == nil {
			return at, true
		}
		opens := t.nextStart(day, second)
		candidate := time.Unix(at.Unix()+int64(opens), 0).In(at.Location())
		if _, change := at.In(zone).ZoneBounds(); !change.IsZero() && candidate.After(change) {
			candidate = change.In(at.Location())
		}
		at = candidate
	}
	return time.Time{}, false
}

// nextStart is how many seconds of wall clock it is until some layer's window begins that day, or the day ends. Nothing opens in between.
func (t *Table) nextStart(day, second int) int {
	next := secondsADay
	for i := range t.layers {
		open, _, _ := t.layers[i].on(day)
		for _, w := range open {
			if w.from > second {
				next = min(next, w.from)
			}
		}
	}
	return next - second
}

// Zones finds the zones of a number and its record as the campaign wants it. See [Zones].
func (t *Table) Zones(number, recordZone string) ([]*time.Location, error) {
	return Zones(number, recordZone, t.zones)
}
