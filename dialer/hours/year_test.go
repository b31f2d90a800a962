package hours

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nyaruka/phonenumbers"
)

// law says what a profile forbids, written down a second time without its code: minute is of the day, by the wall clock.
type law func(day time.Weekday, date string, minute int) bool

var laws = map[ProfileName]law{
	ProfileUS: func(_ time.Weekday, _ string, minute int) bool { return minute >= 8*60 && minute < 21*60 },
	ProfileUK: func(day time.Weekday, date string, minute int) bool {
		from := 8 * 60
		if day == time.Saturday {
			from = 9 * 60
		}
		return minute >= from && minute < 21*60 && day != time.Sunday && !slices.Contains(bankHolidays2026, date)
	},
	ProfileJapan: func(_ time.Weekday, _ string, minute int) bool { return minute >= 9*60 && minute < 20*60 },
	ProfileStrict: func(day time.Weekday, date string, minute int) bool {
		return (minute >= 10*60 && minute < 13*60 || minute >= 14*60 && minute < 20*60) &&
			day != time.Sunday && day != time.Saturday && !slices.Contains(strictHolidays2026, date)
	},
}

var (
	// From gov.uk/bank-holidays, the three divisions together, with Boxing Day itself.
	bankHolidays2026 = []string{
		"2026-01-01", "2026-01-02", "2026-03-17", "2026-04-03", "2026-04-06", "2026-05-04", "2026-05-25", "2026-07-13", "2026-08-03", "2026-08-31",
		"2026-11-30", "2026-12-25", "2026-12-26", "2026-12-28", "2027-01-01",
	}
	strictHolidays2026 = []string{
		"2025-12-31", "2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01", "2026-05-08", "2026-05-14", "2026-05-25", "2026-07-14", "2026-08-15",
		"2026-11-01", "2026-11-11", "2026-12-24", "2026-12-25", "2026-12-26", "2026-12-31", "2027-01-01",
	}
	yearBegins = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	minutes    = int(yearBegins.AddDate(1, 0, 0).Sub(yearBegins) / time.Minute)
)

// allZones are the names of the time zone database.
func allZones(t testing.TB) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/zones.txt")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(text))
}

// different keeps of zones whose clocks agree all year one each.
func different(t testing.TB, names []string) []*time.Location {
	var zones []*time.Location
	known := map[string]bool{}
	for _, zone := range zonesNamed(t, names...) {
		var key strings.Builder
		for at := yearBegins; at.Before(yearBegins.AddDate(1, 0, 0)); {
			_, offset := at.In(zone).Zone()
			_, change := at.In(zone).ZoneBounds()
			fmt.Fprint(&key, at.Unix(), " ", offset, "\n")
			if change.IsZero() {
				break
			}
			at = change
		}
		if !known[key.String()] {
			known[key.String()] = true
			zones = append(zones, zone)
		}
	}
	return zones
}

// numbersZones are the zones that the numbering plan knows for numbers that begin with one of the prefixes.
func numbersZones(t testing.TB, prefixes ...string) []string {
	var names []string
	for _, prefix := range prefixes {
		found, err := phonenumbers.GetTimezonesForPrefix(prefix)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, found...)
	}
	return names
}

// A year of minutes in every zone that there is, clock changes included: what the wall clock there forbids is not allowed, and nothing else is
// forbidden. The wall clock comes from package time's calendar, not from the arithmetic that is tested.
func TestAYearOfMinutes(t *testing.T) {
	for _, c := range []struct {
		profile ProfileName
		zones   []string
		least   int // that many zones with different clocks, or the test has lost some
	}{
		{ProfileStrict, allZones(t), 60},
		{ProfileUS, numbersZones(t, "1"), 12},
		{ProfileUK, numbersZones(t, "44"), 1},
		{ProfileJapan, numbersZones(t, "81"), 1},
	} {
		zones := different(t, c.zones)
		if len(zones) < c.least {
			t.Errorf("%s: %d zones differ, want at least %d", c.profile, len(zones), c.least)
		}
		table := mustTable(t, Config{Profile: c.profile})
		for part := range 2 { // for two processors
			t.Run(fmt.Sprintf("%s/%d", c.profile, part), func(t *testing.T) {
				t.Parallel()
				for i := part; i < len(zones); i += 2 {
					yearIn(t, table, laws[c.profile], zones[i])
				}
			})
		}
	}
}

// yearIn compares table and law at each minute of the year, and Next with the minutes that follow.
func yearIn(t *testing.T, table *Table, legal law, zone *time.Location) {
	t.Helper()
	in := []*time.Location{zone}
	closedSince := -1
	for minute := 0; minute < minutes; {
		at := yearBegins.Add(time.Duration(minute) * time.Minute)
		local := at.In(zone)
		h, m, _ := local.Clock()
		date, day, ofDay := local.Format(time.DateOnly), local.Weekday(), h*60+m
		// No zone changes its clocks within these minutes, and none begins a day.
		steps := min(30-at.Minute()%30, 24*60-ofDay, minutes-minute)
		if last := at.Add(time.Duration(steps-1) * time.Minute).In(zone); last.Hour()*60+last.Minute() != ofDay+steps-1 {
			t.Fatalf("%s: the clocks change between %s and %s", zone, local, last)
		}
		for i := range steps {
			want := legal(day, date, ofDay+i)
			now := at.Add(time.Duration(i) * time.Minute)
			if got, why := table.Allowed(now, in); got != want {
				t.Fatalf("%s: allowed %t, want %t: %s", now.In(zone), got, want, why)
			}
			switch {
			case !want && closedSince < 0:
				closedSince = minute + i
			case want && closedSince >= 0:
				from := yearBegins.Add(time.Duration(closedSince) * time.Minute)
				if next, ok := table.Next(from, in); !ok || !next.Equal(now) {
					t.Fatalf("next after %s is %s, want %s", from.In(zone), next, now.In(zone))
				}
				closedSince = -1
			}
		}
		minute += steps
	}
}

// Hours in the night meet the changes of the clocks: what is open from 00:30 to 02:30 is so at each minute that shows it, once, twice or never.
func TestAYearOfNights(t *testing.T) {
	table := mustTable(t, Config{Profile: ProfileUnrestricted, Open: MustWeek("daily 00:30-02:30")})
	night := func(_ time.Weekday, _ string, minute int) bool { return minute >= 30 && minute < 150 }
	for _, zone := range zonesNamed(t, "America/New_York", "Europe/London", "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo", "Atlantic/Azores") {
		yearIn(t, table, night, zone)
	}
}

// A number in several zones is called only when each of them allows it.
func TestAYearOfTollFreeNumbers(t *testing.T) {
	table := mustTable(t, Config{Profile: ProfileUS})
	zones, err := table.Zones("+18005551234", "")
	if err != nil || len(zones) < 10 {
		t.Fatalf("%d zones, %v, want the many of North America", len(zones), err)
	}
	open := 0
	for minute := 0; minute < minutes; minute += 15 {
		at := yearBegins.Add(time.Duration(minute) * time.Minute)
		want := true
		for _, zone := range zones {
			want = want && laws[ProfileUS](0, "", at.In(zone).Hour()*60+at.In(zone).Minute())
		}
		if got, why := table.Allowed(at, zones); got != want {
			t.Fatalf("%s: allowed %t, want %t: %s", at, got, want, why)
		}
		if want {
			open += 15
		}
	}
	// From 8:00 in Guam (UTC+10) to 21:00 in Newfoundland (UTC-3:30, UTC-2:30 in summer).
	if got := open / 365; got < 90 || got > 150 {
		t.Errorf("open %d minutes a day, want between 90 and 150", got)
	}
}

// Every zone that a number can have is a real one, and in the list that the year is tested with.
func TestZonesOfAllNumbers(t *testing.T) {
	known := map[string]bool{}
	for _, name := range allZones(t) {
		known[name] = true
	}
	seen := map[string]bool{}
	for prefix := 1; prefix < 100_000; prefix++ {
		names, err := phonenumbers.GetTimezonesForPrefix(strconv.Itoa(prefix))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if seen[name] || name == phonenumbers.UNKNOWN_TIMEZONE {
				continue
			}
			seen[name] = true
			if _, err := Zone(name); err != nil || !known[name] {
				t.Errorf("+%d is in %s: in the list of zones %t, %v", prefix, name, known[name], err)
			}
		}
	}
	if len(seen) < 200 {
		t.Errorf("%d zones, want the world's", len(seen))
	}
}
