package calendar_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/scheduler/calendar"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestNextTimesOfSchedules(t *testing.T) {
	for _, c := range []struct {
		what, spec, zone, after string
		want                    []string
	}{
		{"weekdays at nine", "0 9 * * 1-5", "Asia/Tokyo", "2026-11-20T08:59:59+09:00",
			[]string{"2026-11-20T09:00:00+09:00", "2026-11-23T09:00:00+09:00"}},
		{"a time itself is not after it", "0 9 * * *", "UTC", "2026-11-20T09:00:00Z", []string{"2026-11-21T09:00:00Z"}},
		{"in the gap: right after it", "30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00+01:00",
			[]string{"2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"}},
		{"several in the gap: once", "*/15 2 * * *", "Europe/Berlin", "2026-03-29T01:00:00+01:00",
			[]string{"2026-03-29T03:00:00+02:00", "2026-03-30T02:00:00+02:00"}},
		{"the hour that comes twice: the first time", "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00+02:00",
			[]string{"2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"}},
		{"in the second of the two hours: not again", "45 2 * * *", "Europe/Berlin", "2026-10-25T02:30:00+01:00",
			[]string{"2026-10-26T02:45:00+01:00"}},
		{"every hour through the gap", "0 * * * *", "Europe/Berlin", "2026-03-29T00:30:00+01:00",
			[]string{"2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-29T04:00:00+02:00"}},
		{"every half hour through the hour that comes twice", "*/30 * * * *", "Europe/Berlin", "2026-10-25T01:45:00+02:00",
			[]string{"2026-10-25T02:00:00+02:00", "2026-10-25T02:30:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T02:30:00+01:00", "2026-10-25T03:00:00+01:00"}},
		{"midnight that does not exist", "@daily", "America/Santiago", "2026-09-05T12:00:00-04:00",
			[]string{"2026-09-06T01:00:00-03:00", "2026-09-07T00:00:00-03:00"}},
		{"a gap of half an hour", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00+10:30",
			[]string{"2026-10-04T02:30:00+11:00", "2026-10-05T02:15:00+11:00"}},
		{"a day that does not exist", "0 9 * * *", "Pacific/Apia", "2011-12-29T10:00:00-10:00",
			[]string{"2011-12-31T00:00:00+14:00", "2011-12-31T09:00:00+14:00"}},
		{"leap day", "0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", []string{"2028-02-29T00:00:00Z"}},
	} {
		s, err := calendar.Parse(c.spec, zone(t, c.zone))
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		at, err := time.Parse(time.RFC3339, c.after)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			at = s.Next(at)
			if got := at.Format(time.RFC3339); got != want {
				t.Errorf("%s: %s; expected %s", c.what, got, want)
			}
		}
	}
}

func TestSchedulesThatMakeNoSenseAreRefused(t *testing.T) {
	for spec, want := range map[string]string{
		"0 25 * * *":            "0 25 * * *",
		"every day":             "expected minute, hour",
		"0 0 31 2 *":            "no time at all",
		"CRON_TZ=UTC 0 9 * * *": "apart from the schedule",
		"":                      "empty",
	} {
		if _, err := calendar.Parse(spec, time.UTC); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v; expected one that says %q", spec, err, want)
		}
	}
	if _, err := calendar.Parse("@daily", nil); err == nil {
		t.Error("no time zone was accepted")
	}
}
