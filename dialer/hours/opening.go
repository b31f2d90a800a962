package hours

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hasshin/hasshin/internal/problem"
)

// Window is a stretch of a day by the wall clock, from its beginning to just before its end. In configuration: 09:00-18:30.
type Window struct {
	from, to int // seconds after midnight
}

// UnmarshalText reads HH:MM-HH:MM. The end may be 24:00.
func (w *Window) UnmarshalText(text []byte) error {
	from, to, ok := strings.Cut(strings.TrimSpace(string(text)), "-")
	a, okA := clock(from)
	b, okB := clock(to)
	switch {
	case !ok || !okA || !okB:
		return fmt.Errorf("%q is not a window of hours; expected HH:MM-HH:MM, for example 09:00-18:00", text)
	case a >= b:
		return fmt.Errorf("%q ends before it begins; a window over midnight is written as two: 22:00-24:00 and, for the next day, 00:00-02:00", text)
	}
	w.from, w.to = a, b
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (w Window) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

func (w Window) String() string {
	clock := func(s int) string { return fmt.Sprintf("%02d:%02d", s/3600, s/60%60) }
	return clock(w.from) + "-" + clock(w.to)
}

// clock reads HH:MM, from 00:00 to 24:00, as seconds after midnight.
func clock(text string) (int, bool) {
	h, m, ok := strings.Cut(text, ":")
	hour, errH := strconv.ParseUint(h, 10, 8)
	minute, errM := strconv.ParseUint(m, 10, 8)
	if !ok || errH != nil || errM != nil || len(h) != 2 || len(m) != 2 || minute > 59 || hour > 24 || hour == 24 && minute > 0 {
		return 0, false
	}
	return int(hour*3600 + minute*60), true
}

// Opening is windows on some days of the week. In configuration: mon-fri 09:00-12:00,13:00-18:00.
type Opening struct {
	days    [7]bool // by time.Weekday
	windows []Window
}

// UnmarshalText reads DAYS WINDOWS: days are mon, mon-fri, "mon,wed" or daily, windows HH:MM-HH:MM joined by commas.
func (o *Opening) UnmarshalText(text []byte) error {
	days, windows, ok := strings.Cut(strings.TrimSpace(string(text)), " ")
	if !ok {
		return fmt.Errorf("%q is not an opening; expected days and hours, for example mon-fri 09:00-18:00", text)
	}
	var read Opening
	for part := range strings.SplitSeq(days, ",") {
		if err := read.add(part); err != nil {
			return err
		}
	}
	for part := range strings.SplitSeq(windows, ",") {
		var w Window
		if err := w.UnmarshalText([]byte(part)); err != nil {
			return err
		}
		read.windows = append(read.windows, w)
	}
	*o = read
	return nil
}

var dayNames = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// add opens a day or a range of days.
func (o *Opening) add(part string) error {
	name := func(text string) (int, bool) {
		i := slices.Index(dayNames[:], strings.ToLower(strings.TrimSpace(text)))
		return i, i >= 0
	}
	if strings.EqualFold(part, "daily") {
		o.days = [7]bool{true, true, true, true, true, true, true}
		return nil
	}
	first, last, ranged := strings.Cut(part, "-")
	if !ranged {
		last = first
	}
	a, okA := name(first)
	b, okB := name(last)
	if !okA || !okB {
		return fmt.Errorf("%q is no day of the week; expected mon, tue, wed, thu, fri, sat, sun, a range like mon-fri, or daily", part)
	}
	for day := a; ; day = (day + 1) % 7 {
		o.days[day] = true
		if day == b {
			return nil
		}
	}
}

// MarshalText writes what UnmarshalText reads.
func (o Opening) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

func (o Opening) String() string {
	var windows []string
	for _, w := range o.windows {
		windows = append(windows, w.String())
	}
	return strings.Join(o.runs(), ",") + " " + strings.Join(windows, ",")
}

// runs names the days, from Monday on, three or more in a row as a range.
func (o Opening) runs() []string {
	var names []string
	day := func(i int) int { return (i + 1) % 7 }
	for i := 0; i < 7; i++ {
		if !o.days[day(i)] {
			continue
		}
		last := i
		for last+1 < 7 && o.days[day(last+1)] {
			last++
		}
		switch {
		case last-i == 6:
			return []string{"daily"}
		case last-i >= 2:
			names = append(names, dayNames[day(i)]+"-"+dayNames[day(last)])
			i = last
		default:
			names = append(names, dayNames[day(i)])
		}
	}
	return names
}

// Week is when something is open, as a list of openings. Empty is always open.
type Week []Opening

// Validate reports openings that are none.
func (w Week) Validate() error {
	var p problem.List
	for i, o := range w {
		if len(o.windows) == 0 {
			p.Add(problem.Index("", i), "is empty; expected days and hours, for example mon-fri 09:00-18:00")
		}
	}
	return p.Err()
}

// Open reports whether a wall clock, whatever its zone, is inside of the week. Of local only date and time are read.
func (w Week) Open(local time.Time) bool {
	if len(w) == 0 {
		return true
	}
	h, m, s := local.Clock()
	return inside(w.on(local.Weekday()), h*3600+m*60+s)
}

// on lists the windows of a weekday, in order and without overlaps.
func (w Week) on(day time.Weekday) []Window {
	var all []Window
	for _, o := range w {
		if o.days[day] {
			all = append(all, o.windows...)
		}
	}
	return merged(all)
}

// merged puts windows in order and joins those that touch.
func merged(all []Window) []Window {
	slices.SortFunc(all, func(a, b Window) int { return a.from - b.from })
	var out []Window
	for _, w := range all {
		if n := len(out); n > 0 && w.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, w.to)
			continue
		}
		out = append(out, w)
	}
	return out
}

func inside(windows []Window, second int) bool {
	for _, w := range windows {
		if second >= w.from && second < w.to {
			return true
		}
	}
	return false
}

// MustWeek reads openings written in the program; a mistake in them panics.
func MustWeek(openings ...string) Week {
	week := make(Week, len(openings))
	for i, text := range openings {
		if err := week[i].UnmarshalText([]byte(text)); err != nil {
			panic("hours: " + err.Error())
		}
	}
	return week
}
