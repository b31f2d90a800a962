package hours

import (
	"fmt"
	"slices"
	"time"
)

// CalendarName names a shipped list of holidays.
type CalendarName string

const (
	CalendarUS    CalendarName = "us" // federal holidays of the United States, and the days on which they are observed
	CalendarUK    CalendarName = "uk" // bank holidays of England, Wales, Scotland and Northern Ireland, all of them, with their substitutes
	CalendarJapan CalendarName = "jp" // national holidays of Japan, with substitutes and days between two
)

// CalendarNames lists the shipped calendars.
func CalendarNames() []CalendarName { return []CalendarName{CalendarUS, CalendarUK, CalendarJapan} }

// UnmarshalText refuses an unknown calendar.
func (n *CalendarName) UnmarshalText(text []byte) error {
	if !slices.Contains(CalendarNames(), CalendarName(text)) {
		return fmt.Errorf("there is no calendar %q; expected one of %s", text, listed(CalendarNames()))
	}
	*n = CalendarName(text)
	return nil
}

// holidays are names by day number.
type holidays map[int]string

// calendars work out the holidays of a year.
var calendars = map[CalendarName]func(year int) holidays{CalendarUS: usHolidays, CalendarUK: ukHolidays, CalendarJapan: japaneseHolidays}

// add notes the holidays that the rules give for a year.
func (h holidays) add(year, month, dayOfMonth int, name string) int {
	n := date{year, month, dayOfMonth}.dayNumber()
	h[n] = name
	return n
}

// nth is the day number of the nth weekday of a month, from 1; the last for 0.
func nth(year, month, n int, weekday time.Weekday) int {
	if n == 0 {
		last := date{year, month, daysIn(year, month)}.dayNumber()
		return last - (int(weekdayOf(last))-int(weekday)+7)%7
	}
	first := date{year, month, 1}.dayNumber()
	return first + (int(weekday)-int(weekdayOf(first))+7)%7 + 7*(n-1)
}

// usHolidays are those of 5 USC 6103(a). One on a Saturday is observed on the Friday before, one on a Sunday on the Monday after (5 USC 6103(b),
// Executive Order 11582); both days are in.
func usHolidays(year int) holidays {
	h := holidays{
		nth(year, 1, 3, time.Monday):    "Birthday of Martin Luther King, Jr.",
		nth(year, 2, 3, time.Monday):    "Washington's Birthday",
		nth(year, 5, 0, time.Monday):    "Memorial Day",
		nth(year, 9, 1, time.Monday):    "Labor Day",
		nth(year, 10, 2, time.Monday):   "Columbus Day",
		nth(year, 11, 4, time.Thursday): "Thanksgiving Day",
	}
	fixed := []struct {
		year, month, day int
		name             string
	}{
		{year, 1, 1, "New Year's Day"}, {year, 6, 19, "Juneteenth"}, {year, 7, 4, "Independence Day"}, {year, 11, 11, "Veterans Day"},
		{year, 12, 25, "Christmas Day"},
		{year + 1, 1, 1, "New Year's Day"}, // observed on 31 December when it is a Saturday
	}
	for _, f := range fixed {
		n := h.add(f.year, f.month, f.day, f.name)
		switch weekdayOf(n) {
		case time.Saturday:
			h[n-1] = f.name + " (observed)"
		case time.Sunday:
			h[n+1] = f.name + " (observed)"
		}
	}
	return h
}

// ukHolidays are those of the Banking and Financial Dealings Act 1971, schedule 1, and of usual proclamations. What falls on a weekend is
// made up for on the next weekday that is none itself; days of one year only (jubilees, coronations) are not known.
func ukHolidays(year int) holidays {
	easterSunday := easter(year)
	h := holidays{
		easterSunday - 2:             "Good Friday",
		easterSunday + 1:             "Easter Monday",
		nth(year, 5, 1, time.Monday): "Early May bank holiday",
		nth(year, 5, 0, time.Monday): "Spring bank holiday",
		nth(year, 8, 1, time.Monday): "Summer bank holiday (Scotland)",
		nth(year, 8, 0, time.Monday): "Summer bank holiday",
	}
	fixed := []struct {
		month, day int
		name       string
	}{
		{1, 1, "New Year's Day"}, {1, 2, "2nd January (Scotland)"}, {3, 17, "St Patrick's Day (Northern Ireland)"},
		{7, 12, "Battle of the Boyne (Northern Ireland)"}, {11, 30, "St Andrew's Day (Scotland)"}, {12, 25, "Christmas Day"}, {12, 26, "Boxing Day"},
	}
	for _, f := range fixed {
		h.add(year, f.month, f.day, f.name)
	}
	for _, f := range fixed { // after all of them are in, so that no substitute falls on one
		n := date{year, f.month, f.day}.dayNumber()
		if !weekend(n) {
			continue
		}
		for n++; weekend(n) || h[n] != ""; n++ {
		}
		h[n] = f.name + " (substitute day)"
	}
	return h
}

func weekend(n int) bool {
	day := weekdayOf(n)
	return day == time.Saturday || day == time.Sunday
}

// japaneseHolidays are those of 国民の祝日に関する法律 (Act on National Holidays) as it stands since 2022. The equinoxes are worked out by the formula in
// general use for 1980 to 2099; the government announces them in the February before.
func japaneseHolidays(year int) holidays {
	leap := (year - 1980) / 4
	equinox := func(base float64) int { return int(base+0.242194*float64(year-1980)) - leap }
	h := holidays{
		nth(year, 1, 2, time.Monday):  "成人の日",
		nth(year, 7, 3, time.Monday):  "海の日",
		nth(year, 9, 3, time.Monday):  "敬老の日",
		nth(year, 10, 2, time.Monday): "スポーツの日",
	}
	for _, f := range []struct {
		month, day int
		name       string
	}{
		{1, 1, "元日"}, {2, 11, "建国記念の日"}, {2, 23, "天皇誕生日"}, {3, equinox(20.8431), "春分の日"}, {4, 29, "昭和の日"}, {5, 3, "憲法記念日"},
		{5, 4, "みどりの日"}, {5, 5, "こどもの日"}, {8, 11, "山の日"}, {9, equinox(23.2488), "秋分の日"}, {11, 3, "文化の日"}, {11, 23, "勤労感謝の日"},
	} {
		h.add(year, f.month, f.day, f.name)
	}
	first, last := date{year, 1, 1}.dayNumber(), date{year, 12, 31}.dayNumber()
	proper := func(n int) bool { return h[n] != "" }
	var added []int
	for n := first; n <= last; n++ {
		switch {
		case proper(n) && weekdayOf(n) == time.Sunday: // article 3, paragraph 2
			made := n + 1
			for proper(made) {
				made++
			}
			added = append(added, made)
		case !proper(n) && proper(n-1) && proper(n+1): // article 3, paragraph 3
			added = append(added, n)
		}
	}
	for _, n := range added {
		if !proper(n) {
			h[n] = "休日"
		}
	}
	return h
}
