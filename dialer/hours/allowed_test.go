package hours

import (
	"strings"
	"testing"
	"time"
)

func mustTable(t testing.TB, c Config) *Table {
	t.Helper()
	if c.Zones == "" {
		c.Zones = ZonesBoth
	}
	table, err := c.Table("")
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func zonesNamed(t testing.TB, names ...string) []*time.Location {
	t.Helper()
	zones := make([]*time.Location, len(names))
	for i, name := range names {
		var err error
		if zones[i], err = Zone(name); err != nil {
			t.Fatal(err)
		}
	}
	return zones
}

// instant reads a wall clock in a zone.
func instant(t testing.TB, zone, wall string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04:05", wall, zonesNamed(t, zone)[0])
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func holiday(t testing.TB, day, name string, open ...string) Holiday {
	t.Helper()
	h := Holiday{Name: name}
	if err := h.Day.UnmarshalText([]byte(day)); err != nil {
		t.Fatal(err)
	}
	for _, text := range open {
		var w Window
		if err := w.UnmarshalText([]byte(text)); err != nil {
			t.Fatal(err)
		}
		h.Open = append(h.Open, w)
	}
	return h
}

func TestAllowed(t *testing.T) {
	own := Config{Profile: ProfileUS, Open: MustWeek("mon-fri 07:00-12:00,13:00-18:00", "sat 10:00-23:00"), Holidays: []Holiday{
		holiday(t, "12-25", "Christmas"), holiday(t, "12-24", "", "09:00-11:00"),
	}}
	for _, c := range []struct {
		name         string
		config       Config
		zones        []string
		local        string // in the first zone
		reason       Reason
		says, zoneIs string
	}{
		{name: "at the opening", config: Config{Profile: ProfileUS}, zones: []string{"America/Chicago"}, local: "2026-03-01 08:00:00"},
		{name: "a second before", config: Config{Profile: ProfileUS}, zones: []string{"America/Chicago"}, local: "2026-03-01 07:59:59", reason: OutsideHours,
			says: "it is Sunday 2026-03-01 07:59 in America/Chicago (calls are allowed 08:00-21:00; profile us)"},
		{name: "a second before the end", config: Config{Profile: ProfileUS}, zones: []string{"America/Chicago"}, local: "2026-03-01 20:59:59"},
		{name: "at the end", config: Config{Profile: ProfileUS}, zones: []string{"America/Chicago"}, local: "2026-03-01 21:00:00", reason: OutsideHours},
		{name: "legal in one of two zones", config: Config{Profile: ProfileUS}, zones: []string{"America/Chicago", "America/Los_Angeles"}, local: "2026-03-02 09:59:59",
			reason: OutsideHours, zoneIs: "America/Los_Angeles"},
		{name: "legal in both", config: Config{Profile: ProfileUS}, zones: []string{"America/Chicago", "America/Los_Angeles"}, local: "2026-03-02 10:00:00"},
		{name: "no zone", config: Config{Profile: ProfileUS}, local: "2026-03-02 10:00:00", reason: NoZone, says: "time zone is unknown"},
		{name: "no zone where nothing is closed", config: Config{Profile: ProfileUnrestricted}, local: "2026-03-02 03:00:00"},
		{name: "no zone where the campaign has hours", config: Config{Profile: ProfileUnrestricted, Open: MustWeek("daily 00:00-23:00")}, local: "2026-03-02 03:00:00", reason: NoZone},
		{name: "own hours are not wider than the profile", config: own, zones: []string{"America/Chicago"}, local: "2026-03-02 07:30:00", reason: OutsideHours, says: "profile us"},
		{name: "own hours are narrower", config: own, zones: []string{"America/Chicago"}, local: "2026-03-02 12:30:00", reason: OutsideHours, says: "allowed 07:00-12:00 and 13:00-18:00; campaign"},
		{name: "own hours, evening", config: own, zones: []string{"America/Chicago"}, local: "2026-03-07 21:30:00", reason: OutsideHours, says: "profile us"},
		{name: "a day without hours", config: own, zones: []string{"America/Chicago"}, local: "2026-03-08 12:00:00", reason: OutsideHours, says: "no calls on that day; campaign"},
		{name: "holiday", config: own, zones: []string{"America/Chicago"}, local: "2026-12-25 10:00:00", reason: OnHoliday, says: "Christmas, no calls on that day; campaign"},
		{name: "holiday in one of two zones", config: own, zones: []string{"America/Chicago", "Australia/Sydney"}, local: "2026-12-23 15:00:00", reason: OnHoliday, zoneIs: "Australia/Sydney"},
		{name: "holiday with hours of its own", config: own, zones: []string{"America/Chicago"}, local: "2026-12-24 10:59:59"},
		{name: "outside of the holiday's hours", config: own, zones: []string{"America/Chicago"}, local: "2026-12-24 11:00:00", reason: OnHoliday, says: "12-24, calls are allowed 09:00-11:00; campaign"},
		{name: "Sunday in Britain", config: Config{Profile: ProfileUK}, zones: []string{"Europe/London"}, local: "2026-06-14 12:00:00", reason: OutsideHours, says: "no calls on that day; profile uk"},
		{name: "substitute of a bank holiday", config: Config{Profile: ProfileUK}, zones: []string{"Europe/London"}, local: "2026-12-28 12:00:00", reason: OnHoliday, says: "Boxing Day (substitute day)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			zones := zonesNamed(t, c.zones...)
			in := "UTC"
			if len(c.zones) > 0 {
				in = c.zones[0]
			}
			at := instant(t, in, c.local)
			table := mustTable(t, c.config)
			allowed, why := table.Allowed(at, zones)
			if allowed != (c.reason == "") || why.Reason != c.reason || !strings.Contains(why.String(), c.says) {
				t.Errorf("%t, %q: %s, want %q: %s", allowed, why.Reason, why, c.reason, c.says)
			}
			if c.zoneIs != "" && why.Zone != c.zoneIs {
				t.Errorf("forbidden in %s, want %s", why.Zone, c.zoneIs)
			}
		})
	}
}

func TestNext(t *testing.T) {
	us := mustTable(t, Config{Profile: ProfileUS})
	for _, c := range []struct {
		name  string
		table *Table
		zones []string
		from  string // in the first zone
		want  string // in the first zone; "" for never
	}{
		{"at once", us, []string{"America/New_York"}, "2026-05-05 12:34:56", "2026-05-05 12:34:56"},
		{"this morning", us, []string{"America/New_York"}, "2026-05-05 03:00:00", "2026-05-05 08:00:00"},
		{"tomorrow", us, []string{"America/New_York"}, "2026-05-05 21:00:00", "2026-05-06 08:00:00"},
		{"over the clocks going forward", us, []string{"America/New_York"}, "2026-03-07 21:30:00", "2026-03-08 08:00:00"},
		{"over the clocks going back", us, []string{"America/New_York"}, "2026-10-31 21:30:00", "2026-11-01 08:00:00"},
		{"in both zones", us, []string{"America/New_York", "Pacific/Honolulu"}, "2026-05-05 09:00:00", "2026-05-05 14:00:00"},
		{"the short common hour of a toll-free number", us, []string{"America/New_York", "Pacific/Guam"}, "2026-05-05 09:00:00", "2026-05-05 18:00:00"},
		{"after the holidays", mustTable(t, Config{Profile: ProfileUS, Holidays: []Holiday{holiday(t, "12-29 to 01-03", "")}}), []string{"Asia/Tokyo"}, "2026-12-28 22:00:00", "2027-01-04 08:00:00"},
		{"only in the hour that is left out", mustTable(t, Config{Profile: ProfileUnrestricted, Open: MustWeek("sun 02:00-02:30")}), []string{"America/New_York"}, "2026-03-08 00:00:00", "2026-03-15 02:00:00"},
		{"behind a gap, in the middle of a window", mustTable(t, Config{Profile: ProfileUnrestricted, Open: MustWeek("daily 02:30-04:00")}), []string{"America/New_York"}, "2026-03-08 01:00:00", "2026-03-08 03:00:00"},
		{"never", mustTable(t, Config{Profile: ProfileUS, Open: MustWeek("daily 06:00-07:00")}), []string{"America/New_York"}, "2026-05-05 12:00:00", ""},
		{"no common hour", mustTable(t, Config{Profile: ProfileStrict}), []string{"Asia/Tokyo", "America/Sao_Paulo"}, "2026-05-05 12:00:00", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			zones := zonesNamed(t, c.zones...)
			got, ok := c.table.Next(instant(t, c.zones[0], c.from), zones)
			if !ok {
				if c.want != "" {
					t.Fatalf("never, want %s", c.want)
				}
				return
			}
			if local := got.In(zones[0]).Format("2006-01-02 15:04:05"); local != c.want {
				t.Errorf("%s, want %q", local, c.want)
			}
			if allowed, why := c.table.Allowed(got, zones); !allowed {
				t.Errorf("%s is not allowed: %s", got, why)
			}
		})
	}
	if _, ok := us.Next(time.Now(), nil); ok {
		t.Error("there is a next instant without a zone")
	}
}
