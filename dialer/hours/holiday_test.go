package hours

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDaysAreThoseOfPackageTime(t *testing.T) {
	for at := time.Date(1890, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2410; at = at.AddDate(0, 0, 1) {
		day := floorDiv(int(at.Unix()), secondsADay)
		d := date{at.Year(), int(at.Month()), at.Day()}
		if dateOf(day) != d || d.dayNumber() != day || weekdayOf(day) != at.Weekday() {
			t.Fatalf("%s is %v, day %d of %d, %s", at.Format(time.DateOnly), dateOf(day), d.dayNumber(), day, weekdayOf(day))
		}
	}
}

// daysOf lists the days of a year that a rule means.
func daysOf(year int, is func(int, date) bool) []string {
	var days []string
	for at := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() == year; at = at.AddDate(0, 0, 1) {
		if is(int(at.Unix()/secondsADay), date{year, int(at.Month()), at.Day()}) {
			days = append(days, at.Format("01-02"))
		}
	}
	return days
}

func TestRules(t *testing.T) {
	for _, c := range []struct {
		rule string
		year int
		want []string
	}{
		{"2026-12-28", 2026, []string{"12-28"}},
		{"2026-12-28", 2027, nil},
		{"2026-12-30 to 2027-01-02", 2026, []string{"12-30", "12-31"}},
		{"2026-12-30 to 2027-01-02", 2027, []string{"01-01", "01-02"}},
		{"12-25", 2031, []string{"12-25"}},
		{"02-29", 2026, nil},
		{"02-29", 2028, []string{"02-29"}},
		{"12-30 to 01-02", 2026, []string{"01-01", "01-02", "12-30", "12-31"}},
		{"first monday of september", 2026, []string{"09-07"}},
		{"third monday of january", 2026, []string{"01-19"}},
		{"fourth Thursday of November", 2026, []string{"11-26"}},
		{"last monday of may", 2026, []string{"05-25"}},
		{"last  sunday of february", 2032, []string{"02-29"}},
		{"easter", 2026, []string{"04-05"}},
		{"easter", 2027, []string{"03-28"}},
		{"easter", 2008, []string{"03-23"}},
		{"easter", 2038, []string{"04-25"}},
		{"easter-2", 2024, []string{"03-29"}},
		{"easter+1", 2027, []string{"03-29"}},
		{"easter+39", 2026, []string{"05-14"}},
		{"easter-47", 2008, []string{"02-05"}},
		{"easter-70", 2285, []string{"01-11"}},
		{"easter+70", 2038, []string{"07-04"}},
	} {
		var r Rule
		if err := r.UnmarshalText([]byte(c.rule)); err != nil {
			t.Errorf("%s: %v", c.rule, err)
			continue
		}
		if diff := cmp.Diff(c.want, daysOf(c.year, r.matches)); diff != "" {
			t.Errorf("%s in %d (-want +got):\n%s", c.rule, c.year, diff)
		}
		text, err := r.MarshalText()
		var again Rule
		if err != nil || again.UnmarshalText(text) != nil || again.String() != r.String() {
			t.Errorf("%s is written %q, %v", c.rule, text, err)
		}
	}
	for _, wrong := range []string{"", "christmas", "02-30", "2026-02-29", "13-01", "fifth monday of may", "first monday of", "first mon of may", "easter1", "easter+71", "easter+", "2026-05-02 to 2026-05-01", "01-01 to", "last of may"} {
		var r Rule
		if err := r.UnmarshalText([]byte(wrong)); err == nil {
			t.Errorf("%q was accepted", wrong)
		}
	}
}

// The days are those that the governments publish.
func TestCalendars(t *testing.T) {
	for _, c := range []struct {
		name CalendarName
		year int
		want []string
	}{
		// opm.gov, federal holidays; both the day and the one on which it is observed.
		{CalendarUS, 2026, []string{"01-01", "01-19", "02-16", "05-25", "06-19", "07-03", "07-04", "09-07", "10-12", "11-11", "11-26", "12-25"}},
		{CalendarUS, 2021, []string{"01-01", "01-18", "02-15", "05-31", "06-18", "06-19", "07-04", "07-05", "09-06", "10-11", "11-11", "11-25", "12-24", "12-25", "12-31"}},
		// gov.uk/bank-holidays, all divisions.
		{CalendarUK, 2026, []string{"01-01", "01-02", "03-17", "04-03", "04-06", "05-04", "05-25", "07-12", "07-13", "08-03", "08-31", "11-30", "12-25", "12-26", "12-28"}},
		{CalendarUK, 2027, []string{"01-01", "01-02", "01-04", "03-17", "03-26", "03-29", "05-03", "05-31", "07-12", "08-02", "08-30", "11-30", "12-25", "12-26", "12-27", "12-28"}},
		// 内閣府 「国民の祝日」について.
		{CalendarJapan, 2026, []string{"01-01", "01-12", "02-11", "02-23", "03-20", "04-29", "05-03", "05-04", "05-05", "05-06", "07-20", "08-11", "09-21", "09-22", "09-23", "10-12", "11-03", "11-23"}},
		{CalendarJapan, 2027, []string{"01-01", "01-11", "02-11", "02-23", "03-21", "03-22", "04-29", "05-03", "05-04", "05-05", "07-19", "08-11", "09-20", "09-23", "10-11", "11-03", "11-23"}},
		{CalendarJapan, 2024, []string{"01-01", "01-08", "02-11", "02-12", "02-23", "03-20", "04-29", "05-03", "05-04", "05-05", "05-06", "07-15", "08-11", "08-12", "09-16", "09-22", "09-23", "10-14", "11-03", "11-04", "11-23"}},
	} {
		days := calendars[c.name](c.year)
		is := func(day int, _ date) bool { return days[day] != "" }
		if diff := cmp.Diff(c.want, daysOf(c.year, is)); diff != "" {
			t.Errorf("%s in %d (-want +got):\n%s", c.name, c.year, diff)
		}
	}
}

func TestOpenings(t *testing.T) {
	for text, want := range map[string]string{
		"mon-fri 09:00-12:00,13:00-18:00": "mon-fri 09:00-12:00,13:00-18:00",
		"MON,wed 09:00-18:00":             "mon,wed 09:00-18:00",
		"sat-mon 10:00-24:00":             "mon,sat,sun 10:00-24:00",
		"daily 00:00-24:00":               "daily 00:00-24:00",
		"mon-sun 08:00-09:00":             "daily 08:00-09:00",
		"sun 08:05-08:06":                 "sun 08:05-08:06",
	} {
		var o Opening
		if err := o.UnmarshalText([]byte(text)); err != nil || o.String() != want {
			t.Errorf("%q is %q, %v, want %q", text, o, err, want)
		}
	}
	for _, wrong := range []string{"", "mon", "09:00-18:00", "mon 9:00-18:00", "mon 09:00", "mon 09:00-09:00", "mon 24:00-24:00", "mon 09:00-24:01", "mon 09:60-10:00", "mon 25:00-26:00", "montag 09:00-18:00", "mon- 09:00-10:00", "mon 09:00-10:00,", "mon +9:00-10:00"} {
		var o Opening
		if err := o.UnmarshalText([]byte(wrong)); err == nil {
			t.Errorf("%q was accepted as %q", wrong, o)
		}
	}
	joined := MustWeek("mon 13:00-18:00,09:00-12:00", "mon-tue 12:00-13:30").on(time.Monday)
	if len(joined) != 1 || joined[0].String() != "09:00-18:00" {
		t.Errorf("windows that touch are %v, want one", joined)
	}
}

func TestZones(t *testing.T) {
	for _, c := range []struct {
		number, record string
		choice         ZoneChoice
		want           []string
	}{
		{"+81312345678", "", ZonesBoth, []string{"Asia/Tokyo"}},
		{"+81312345678", "Asia/Tokyo", ZonesBoth, []string{"Asia/Tokyo"}},
		{"+12125551234", "America/Denver", ZonesBoth, []string{"America/Denver", "America/New_York"}},
		{"+12125551234", "America/Denver", ZonesRecord, []string{"America/Denver"}},
		{"+12125551234", "", ZonesRecord, []string{"America/New_York"}},
		{"+80012345678", "", ZonesBoth, nil},
		{"+80012345678", "Asia/Tokyo", ZonesBoth, []string{"Asia/Tokyo"}},
		{"0312345678", "", ZonesBoth, nil}, // not E.164, so not of country 3…
		{"+1x", "", ZonesBoth, nil},
		{"", "", ZonesBoth, nil},
	} {
		zones, err := Zones(c.number, c.record, c.choice)
		var names []string
		for _, zone := range zones {
			names = append(names, zone.String())
		}
		if diff := cmp.Diff(c.want, names); diff != "" || err != nil {
			t.Errorf("%s, %q, %s: %v, zones (-want +got):\n%s", c.number, c.record, c.choice, err, diff)
		}
	}
	for _, wrong := range []string{"Local", "Edo", "Asia//Tokyo", "../Asia/Tokyo", "Asia/./Tokyo"} {
		if _, err := Zones("+81312345678", wrong, ZonesBoth); err == nil {
			t.Errorf("%q was accepted", wrong)
		}
	}
}

func TestProfileOfACountry(t *testing.T) {
	for region, want := range map[string]ProfileName{"US": ProfileUS, "GB": ProfileUK, "JP": ProfileJapan, "FR": ProfileStrict, "": ProfileStrict} {
		if got := (Config{}).ProfileFor(region).Name; got != want {
			t.Errorf("%s has the profile %s, want %s", region, got, want)
		}
	}
	if got := (Config{Profile: ProfileUK}).ProfileFor("JP").Name; got != ProfileUK {
		t.Errorf("a profile that is named is %s, want uk", got)
	}
}
