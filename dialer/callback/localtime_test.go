package callback

import (
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/dialer/hours"
)

// anyHour is a draft in a zone, at which nothing but the clocks can be wrong.
func anyHour(t testing.TB, zone, when string) CheckInput {
	in := tokyo(t)
	in.Hours = table(t, hours.Config{Profile: hours.ProfileUnrestricted})
	in.Config.WorkingHours, in.Config.SlotLimit = nil, 0
	in.Now = at(t, "UTC", when[:4]+"-01-02 00:00").Add(-48 * time.Hour)
	in.Config.Horizon = 366 * 24 * time.Hour
	in.Draft.When = LocalTime{At: when, Zone: zone}
	return in
}

func TestClockChangeGap(t *testing.T) {
	for _, c := range []struct{ zone, when, says, before, after string }{
		{"America/New_York", "2026-03-08T02:30", "2026-03-08 02:30 does not exist in America/New_York: the clocks are put forward from 02:00 to 03:00", "2026-03-08T01:45", "2026-03-08T03:00"},
		{"America/New_York", "2026-03-08T02:00", "from 02:00 to 03:00", "2026-03-08T01:45", "2026-03-08T03:00"},
		{"America/New_York", "2026-03-08T02:59", "from 02:00 to 03:00", "2026-03-08T01:45", "2026-03-08T03:00"},
		{"Europe/London", "2026-03-29T01:30", "2026-03-29 01:30 does not exist in Europe/London: the clocks are put forward from 01:00 to 02:00", "2026-03-29T00:45", "2026-03-29T02:00"},
		{"Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-04 02:15 does not exist in Australia/Lord_Howe: the clocks are put forward from 02:00 to 02:30", "2026-10-04T01:45", "2026-10-04T02:30"},
	} {
		in := anyHour(t, c.zone, c.when)
		v := Check(in)
		if len(v.Problems) != 1 || v.Problems[0].Code != CodeClockChangeGap || v.Problems[0].Field != FieldAt || !strings.Contains(v.Problems[0].Message, c.says) {
			t.Errorf("%s in %s: %q, want a gap: %s", c.when, c.zone, v.Problems, c.says)
		}
		if !v.Due.IsZero() || v.Agent != nil {
			t.Errorf("%s in %s is %s, want no instant", c.when, c.zone, v.Due)
		}
		if len(v.Slots) != 6 || v.Slots[2].When.At != c.before || v.Slots[3].When.At != c.after {
			t.Errorf("%s in %s: slots %+v, want them around the gap, %s and %s", c.when, c.zone, v.Slots, c.before, c.after)
		}
		suggestionsPass(t, in, v)
	}
	for _, c := range []struct{ zone, when string }{
		{"America/New_York", "2026-03-08T01:59"}, {"America/New_York", "2026-03-08T03:00"},
		{"Europe/London", "2026-03-29T00:59"}, {"Europe/London", "2026-03-29T02:00"},
		{"Australia/Lord_Howe", "2026-10-04T01:59"}, {"Australia/Lord_Howe", "2026-10-04T02:30"},
	} {
		if v := Check(anyHour(t, c.zone, c.when)); !v.OK() {
			t.Errorf("%s in %s, beside the gap: %q, want no problem", c.when, c.zone, v.Problems)
		}
	}
}

func TestAmbiguousHour(t *testing.T) {
	for _, c := range []struct {
		zone, when     string
		earlier, later string // UTC
		offsets        [2]string
	}{
		{"America/New_York", "2026-11-01T01:30", "2026-11-01 05:30", "2026-11-01 06:30", [2]string{"-04:00", "-05:00"}},
		{"America/New_York", "2026-11-01T01:00", "2026-11-01 05:00", "2026-11-01 06:00", [2]string{"-04:00", "-05:00"}},
		{"Europe/London", "2026-10-25T01:59", "2026-10-25 00:59", "2026-10-25 01:59", [2]string{"+01:00", "+00:00"}},
		{"Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04 14:45", "2026-04-04 15:15", [2]string{"+11:00", "+10:30"}}, // half an hour only
	} {
		in := anyHour(t, c.zone, c.when)
		v := Check(in)
		if len(v.Problems) != 1 || v.Problems[0].Code != CodeAmbiguousHour || v.Problems[0].Field != FieldHour || !v.Due.IsZero() {
			t.Fatalf("%s in %s: %q, %s, want to be asked which", c.when, c.zone, v.Problems, v.Due)
		}
		p := v.Problems[0]
		if !strings.Contains(p.Message, "happens twice in "+c.zone) || !strings.Contains(p.Message, "UTC"+c.offsets[0]) || !strings.Contains(p.Message, "UTC"+c.offsets[1]) {
			t.Errorf("message %q, want zone and both offsets %q", p.Message, c.offsets)
		}
		if len(p.Choices) != 2 || p.Choices[0].Hour != Earlier || p.Choices[1].Hour != Later {
			t.Fatalf("choices %+v, want earlier and later", p.Choices)
		}
		for i, utc := range []string{c.earlier, c.later} {
			in.Draft.When = p.Choices[i].LocalTime
			v := Check(in)
			if want := at(t, "UTC", utc); !v.OK() || !v.Due.Equal(want) {
				t.Errorf("%+v: %s, %q, want %s", in.Draft.When, v.Due, v.Problems, want)
			}
			if v.Draft.When != in.Draft.When {
				t.Errorf("draft %+v became %+v, want it to keep the hour", in.Draft.When, v.Draft.When)
			}
		}
		suggestionsPass(t, anyHour(t, c.zone, c.when), v)
	}
	for _, c := range []struct{ zone, when string }{
		{"America/New_York", "2026-11-01T00:59"}, {"America/New_York", "2026-11-01T02:00"},
		{"Australia/Lord_Howe", "2026-04-05T01:29"}, {"Australia/Lord_Howe", "2026-04-05T02:00"},
	} {
		if v := Check(anyHour(t, c.zone, c.when)); !v.OK() {
			t.Errorf("%s in %s, beside the ambiguous hour: %q, want no problem", c.when, c.zone, v.Problems)
		}
	}
}

func TestAnHourNotNeededIsLeftOut(t *testing.T) {
	in := anyHour(t, "Europe/London", "2026-06-01T10:00")
	in.Draft.When.Hour = Later
	if v := Check(in); !v.OK() || v.Draft.When.Hour != "" {
		t.Errorf("%+v, %q, want no problem and no hour", v.Draft.When, v.Problems)
	}
}
