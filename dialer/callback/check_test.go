package callback

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/hasshin/hasshin/dialer/hours"
)

// at reads an instant in a zone; the wall clock must exist there once.
func at(t testing.TB, zone, wall string) time.Time {
	t.Helper()
	loc := zoneNamed(t, zone)
	local, err := time.ParseInLocation("2006-01-02 15:04", wall, loc)
	if err != nil {
		t.Fatal(err)
	}
	return local
}

func zoneNamed(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := hours.Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func table(t testing.TB, c hours.Config) *hours.Table {
	t.Helper()
	if c.Zones == "" {
		c.Zones = hours.ZonesBoth
	}
	made, err := c.Table("")
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// normalize takes what is in E.164 already.
func normalize(raw string) (string, error) {
	if digits, ok := strings.CutPrefix(raw, "+"); ok && len(digits) > 7 {
		return raw, nil
	}
	return "", fmt.Errorf("%q is not a telephone number", raw)
}

// tokyo is a draft on a call with a contact in Tokyo, on Friday 20 November 2026 at 15:00, with nothing wrong in it.
func tokyo(t testing.TB) CheckInput {
	config := Defaults()
	config.WorkingHours = hours.MustWeek("mon-fri 09:00-18:00")
	config.SlotLimit = 2
	return CheckInput{
		Draft: Draft{
			When: LocalTime{At: "2026-11-24T10:00", Zone: "Asia/Tokyo"}, // the 23rd is a holiday
			Note: " ask for Mr Tanaka ",
		},
		Now:         at(t, "Asia/Tokyo", "2026-11-20 15:00"),
		Config:      config,
		Hours:       table(t, hours.Config{Profile: hours.ProfileJapan, Calendars: []hours.CalendarName{hours.CalendarJapan}}),
		Normalize:   normalize,
		DoNotCall:   func(n string) bool { return n == "+81312340000" },
		Forbidden:   func(n string) error { return forbidden[n] },
		Number:      "+81312345678",
		RecordZone:  "Asia/Tokyo",
		AgentZone:   zoneNamed(t, "Asia/Tokyo"),
		Load:        func(slot time.Time) int { return loads[slot.Format(time.RFC3339)] },
		Groups:      []string{"tier2", "night"},
		MayPersonal: true,
		MayPool:     true,
	}
}

var (
	forbidden = map[string]error{"+81990123456": errors.New("premium-rate numbers are not dialed")}
	loads     = map[string]int{"2026-11-24T02:00:00Z": 2, "2026-11-24T02:15:00Z": 1} // 11:00 and 11:15 in Tokyo
)

func TestNothingWrong(t *testing.T) {
	v := Check(tokyo(t))
	if !v.OK() {
		t.Fatalf("problems %v, want none", v.Problems)
	}
	if want := at(t, "Asia/Tokyo", "2026-11-24 10:00"); !v.Due.Equal(want) || v.Due.Location() != time.UTC {
		t.Errorf("due %s, want %s in UTC", v.Due, want)
	}
	want := Draft{
		When:   LocalTime{At: "2026-11-24T10:00", Zone: "Asia/Tokyo"},
		Number: "+81312345678", Kind: Personal, Note: "ask for Mr Tanaka",
		Absent: &AbsenceDraft{Minutes: 10, Then: ToPool},
	}
	if diff := cmp.Diff(want, v.Draft); diff != "" {
		t.Errorf("draft (-want +got):\n%s", diff)
	}
	clock := Clock{LocalTime: want.When, Weekday: "Tuesday", Offset: "+09:00"}
	if diff := cmp.Diff([]Clock{clock}, v.Contact); diff != "" {
		t.Errorf("at the contact's (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&clock, v.Agent); diff != "" {
		t.Errorf("at the agent's (-want +got):\n%s", diff)
	}
	if len(v.Slots) != 0 {
		t.Errorf("slots %v, want none: nothing is wrong", v.Slots)
	}
}

func TestBadInput(t *testing.T) {
	draft := func(change func(*Draft)) func(*CheckInput) { return func(in *CheckInput) { change(&in.Draft) } }
	when := func(at string) func(*CheckInput) { return draft(func(d *Draft) { d.When.At = at }) }
	for name, c := range map[string]struct {
		change  func(*CheckInput)
		code    Code
		field   string
		message string
	}{
		"no time":         {when(""), CodeMalformedTime, FieldAt, `"" is not a date and time; expected YYYY-MM-DDTHH:MM, for example 2026-11-23T10:00`},
		"time with zone":  {when("2026-11-24T10:00:00Z"), CodeMalformedTime, FieldAt, `is not a date and time`},
		"no such day":     {when("2026-11-31T10:00"), CodeMalformedTime, FieldAt, `"2026-11-31T10:00" is not a date and time`},
		"zone":            {draft(func(d *Draft) { d.When.Zone = "Japan/Tokyo" }), CodeUnknownZone, FieldZone, `"Japan/Tokyo" is not an IANA time zone; expected for example Asia/Tokyo`},
		"no zone":         {draft(func(d *Draft) { d.When.Zone = "" }), CodeUnknownZone, FieldZone, `"" is not an IANA time zone`},
		"machine's zone":  {draft(func(d *Draft) { d.When.Zone = "Local" }), CodeUnknownZone, FieldZone, `"Local" is not an IANA time zone`},
		"hour":            {draft(func(d *Draft) { d.When.Hour = "second" }), CodeUnknownHour, FieldHour, `"second" is unknown; expected earlier or later`},
		"past":            {when("2026-11-20T14:59"), CodePast, FieldAt, "2026-11-20 14:59 JST is past"},
		"this moment":     {when("2026-11-20T15:00"), CodePast, FieldAt, "2026-11-20 15:00 JST is past"},
		"beyond horizon":  {when("2027-02-19T10:00"), CodeBeyondHorizon, FieldAt, "is too far ahead; the campaign promises callbacks until 2027-02-18 15:00 JST"},
		"too early":       {draft(func(d *Draft) { d.When.At, d.Kind = "2026-11-24T08:59", Pool }), CodeOutsideHours, FieldAt, "the contact may not be called then: it is Tuesday 2026-11-24 08:59 in Asia/Tokyo (calls are allowed 09:00-20:00; profile jp)"},
		"too late":        {draft(func(d *Draft) { d.When.At, d.Kind = "2026-11-24T20:00", Pool }), CodeOutsideHours, FieldAt, "it is Tuesday 2026-11-24 20:00 in Asia/Tokyo"},
		"holiday":         {when("2026-11-23T10:00"), CodeHoliday, FieldAt, "the contact may not be called then: it is Monday 2026-11-23 10:00 in Asia/Tokyo (勤労感謝の日, no calls on that day; campaign)"},
		"slot full":       {when("2026-11-24T11:10"), CodeSlotFull, FieldAt, "2 callbacks are promised already from 11:00 for 15m0s; the campaign allows 2"},
		"not at work":     {when("2026-11-24T18:00"), CodeOutsideWork, FieldAt, "the owner is not at work then: it is Tuesday 18:00 in Asia/Tokyo"},
		"number":          {draft(func(d *Draft) { d.Number = "12" }), CodeMalformedNumber, FieldNumber, `"12" is not a telephone number`},
		"no number":       {func(in *CheckInput) { in.Number = "" }, CodeMalformedNumber, FieldNumber, "there is no number to call"},
		"toll fraud":      {draft(func(d *Draft) { d.Number = "+81990123456" }), CodeNumberForbidden, FieldNumber, "premium-rate numbers are not dialed"},
		"do not call":     {draft(func(d *Draft) { d.Number = "+81312340000" }), CodeDoNotCall, FieldNumber, "+81312340000 is on the do-not-call list"},
		"call's number":   {func(in *CheckInput) { in.Number = "+81312340000" }, CodeDoNotCall, FieldNumber, "+81312340000 is on the do-not-call list"},
		"kind":            {draft(func(d *Draft) { d.Kind = "family" }), CodeUnknownKind, FieldKind, `"family" is no kind of callback; expected personal, pool`},
		"personal locked": {func(in *CheckInput) { in.Draft.Kind, in.MayPersonal = Personal, false }, CodeKindLocked, FieldKind, "you may not promise personal callbacks"},
		"pool locked":     {func(in *CheckInput) { in.Draft.Kind, in.MayPool = Pool, false }, CodeKindLocked, FieldKind, "you may not promise pool callbacks"},
		"both locked":     {func(in *CheckInput) { in.MayPersonal, in.MayPool = false, false }, CodeKindLocked, FieldKind, "you may not promise personal callbacks"},
		"note":            {draft(func(d *Draft) { d.Note = strings.Repeat("名", 1001) }), CodeNoteTooLong, FieldNote, "the note has 1001 characters; expected at most 1000"},
		"rule":            {draft(func(d *Draft) { d.Absent = &AbsenceDraft{Then: "boss"} }), CodeUnknownRule, FieldThen, `"boss" is no rule for an absent owner; expected pool, group, next-shift, supervisor`},
		"no group":        {draft(func(d *Draft) { d.Absent = &AbsenceDraft{Then: ToGroup} }), CodeGroupMissing, FieldGroup, "name the group of agents that gets the callback; expected one of tier2, night"},
		"unknown group":   {draft(func(d *Draft) { d.Absent = &AbsenceDraft{Then: ToGroup, Group: "day"} }), CodeUnknownGroup, FieldGroup, `there is no group "day"; expected one of tier2, night`},
		"no groups":       {func(in *CheckInput) { in.Groups, in.Draft.Absent = nil, &AbsenceDraft{Then: ToGroup, Group: "day"} }, CodeUnknownGroup, FieldGroup, "expected another rule: no group is configured"},
		"no shifts":       {func(in *CheckInput) { in.Config.WorkingHours, in.Draft.Absent = nil, &AbsenceDraft{Then: ToNextShift} }, CodeNoShift, FieldThen, "nobody knows when the next shift is"},
		"long wait":       {draft(func(d *Draft) { d.Absent = &AbsenceDraft{Minutes: 1441, Then: ToPool} }), CodeWaitOutOfRange, FieldWait, "1441 minutes is out of range; expected 0 to 1440"},
		"negative wait":   {draft(func(d *Draft) { d.Absent = &AbsenceDraft{Minutes: -1, Then: ToPool} }), CodeWaitOutOfRange, FieldWait, "-1 minutes is out of range"},
		"nowhere":         {func(in *CheckInput) { in.Number, in.RecordZone = "+80012345678", "" }, CodeContactZone, FieldAt, "the contact's time zone is unknown"},
		"record's zone":   {func(in *CheckInput) { in.RecordZone = "Edo" }, CodeContactZone, FieldAt, "the contact's time zone is unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			in := tokyo(t)
			c.change(&in)
			v := Check(in)
			if len(v.Problems) != 1 {
				t.Fatalf("problems %q, want one", v.Problems)
			}
			p := v.Problems[0]
			if p.Code != c.code || p.Field != c.field {
				t.Errorf("%s at %s, want %s at %s", p.Code, p.Field, c.code, c.field)
			}
			if !strings.Contains(p.Message, c.message) {
				t.Errorf("message %q, want %q in it", p.Message, c.message)
			}
			wantSlots := strings.HasPrefix(c.field, "when.") && c.code != CodeContactZone
			if got := len(v.Slots) > 0; got != wantSlots {
				t.Errorf("suggests slots: %v, want %v", got, wantSlots)
			}
			suggestionsPass(t, in, v)
		})
	}
}

// suggestionsPass checks each suggested slot as if the agent had taken it.
func suggestionsPass(t testing.TB, in CheckInput, v Verdict) {
	t.Helper()
	for i, slot := range v.Slots {
		if i > 0 && !slot.At.After(v.Slots[i-1].At) {
			t.Errorf("slot %s comes after %s", slot.At, v.Slots[i-1].At)
		}
		in.Draft.When = slot.When
		again := Check(in)
		if !again.OK() || !again.Due.Equal(slot.At) {
			t.Errorf("the suggested slot %s (%+v) gives %s, %q", slot.At, slot.When, again.Due, again.Problems)
		}
	}
}

func TestEveryCodeIsDistinct(t *testing.T) {
	codes := Codes()
	slices.Sort(codes)
	if n := len(slices.Compact(slices.Clone(codes))); n != len(codes) {
		t.Errorf("%d different codes of %d", n, len(codes))
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	in := tokyo(t)
	in.Draft = Draft{When: LocalTime{At: "2026-11-15T23:00", Zone: "Asia/Tokyo"}, Number: "x", Kind: "y", Note: strings.Repeat("z", 1001), Absent: &AbsenceDraft{Then: "w"}}
	var codes []Code
	for _, p := range Check(in).Problems {
		codes = append(codes, p.Code)
	}
	want := []Code{CodeMalformedNumber, CodeUnknownKind, CodeNoteTooLong, CodeUnknownRule, CodePast, CodeOutsideHours}
	if diff := cmp.Diff(want, codes); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}

func TestWhatIsLeftOutIsFilledIn(t *testing.T) {
	in := tokyo(t)
	in.Config.Absent = AbsentConfig{Wait: 30 * time.Minute, Then: ToGroup, Group: "night"}
	if got, want := Check(in).Draft.Absent.Absence(), (Absence{Wait: 30 * time.Minute, Then: ToGroup, Group: "night"}); got != want {
		t.Errorf("absence %+v, want %+v", got, want)
	}
	in.MayPersonal = false
	v := Check(in)
	if v.Draft.Kind != Pool || v.Draft.Absent != nil || !v.OK() {
		t.Errorf("with personal locked: %+v, %q, want a pool callback without a rule for its owner", v.Draft, v.Problems)
	}
	in.MayPersonal, in.Draft.Kind = true, Pool
	in.Draft.When.At = "2026-11-24T19:00"
	if v := Check(in); !v.OK() {
		t.Errorf("pool callback after the agent's hours: %q, want none: others may be at work", v.Problems)
	}
	own := &AbsenceDraft{Minutes: 0, Then: ToPool, Group: "night"}
	in.Draft.Kind, in.Draft.Absent = Personal, own
	in.Draft.When.At = "2026-11-24T10:00"
	if got, want := Check(in).Draft.Absent.Absence(), (Absence{Then: ToPool}); got != want {
		t.Errorf("absence %+v, want %+v", got, want)
	}
	if own.Group != "night" {
		t.Error("the caller's draft was changed")
	}
}

func TestNearestSlots(t *testing.T) {
	in := tokyo(t)
	suggestions := func(when string) []string {
		in.Draft.When.At = when
		var got []string
		for _, slot := range Check(in).Slots {
			got = append(got, slot.When.At)
		}
		return got
	}
	for _, c := range []struct {
		name, when string
		want       []string
	}{
		{"past: from now on", "2026-11-19T10:00", []string{"2026-11-20T15:15", "2026-11-20T15:30", "2026-11-20T15:45"}},
		{"beyond the horizon: the last before it", "2027-05-01T10:00", []string{"2027-02-18T14:15", "2027-02-18T14:30", "2027-02-18T14:45", "2027-02-18T15:00"}},
		{"full: around it", "2026-11-24T11:00", []string{"2026-11-24T10:15", "2026-11-24T10:30", "2026-11-24T10:45", "2026-11-24T11:15", "2026-11-24T11:30", "2026-11-24T11:45"}},
		{"holiday: the days around it", "2026-11-23T12:00",
			[]string{"2026-11-20T17:15", "2026-11-20T17:30", "2026-11-20T17:45", "2026-11-24T09:00", "2026-11-24T09:15", "2026-11-24T09:30"}},
	} {
		if diff := cmp.Diff(c.want, suggestions(c.when)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// A contact with a mobile number of Britain whose record says New York may be called when both are awake.
func TestSeveralZones(t *testing.T) {
	in := tokyo(t)
	in.Hours = table(t, hours.Config{Profile: hours.ProfileUS})
	in.Number, in.RecordZone, in.Draft.Kind = "+447700900123", "America/New_York", Pool
	in.Draft.When = LocalTime{At: "2026-11-24T10:00", Zone: "Europe/London"}
	v := Check(in)
	if !v.Has(CodeOutsideHours) || !strings.Contains(v.Problems[0].Message, "05:00 in America/New_York") {
		t.Errorf("at 10:00 in London: %q, want that it is 5:00 in New York", v.Problems)
	}
	if len(v.Contact) != 2 || v.Contact[0].At != "2026-11-24T05:00" || v.Contact[1].At != "2026-11-24T10:00" {
		t.Errorf("at the contact's: %+v, want New York and, once, the three zones of Britain", v.Contact)
	}
	if len(v.Slots) != 6 || v.Slots[3].When.At != "2026-11-24T13:00" || v.Slots[2].When.At != "2026-11-23T20:45" {
		t.Errorf("slots %+v, want 13:00 to 20:45 in London", v.Slots)
	}
	in.Hours = table(t, hours.Config{Profile: hours.ProfileUS, Zones: hours.ZonesRecord})
	in.Draft.When.At = "2026-11-24T23:00"
	if v := Check(in); !v.OK() {
		t.Errorf("with the record's word alone: %q, want none at 18:00 in New York", v.Problems)
	}
}

func TestNoSlotWhereNoHourIsCommon(t *testing.T) {
	in := tokyo(t)
	in.Hours = table(t, hours.Config{Profile: hours.ProfileStrict})
	in.Number, in.RecordZone = "+81312345678", "America/Sao_Paulo"
	in.Draft.When.At = "2026-11-26T12:00"
	v := Check(in)
	if !v.Has(CodeOutsideHours) || len(v.Slots) != 0 {
		t.Errorf("%q with slots %v, want none: strict hours in Tokyo and São Paulo never meet", v.Problems, v.Slots)
	}
}

func TestAnUnvalidatedConfigEnds(t *testing.T) {
	in := tokyo(t)
	in.Config = Config{}
	if v := Check(in); v.OK() {
		t.Error("nothing wrong, want a problem")
	}
}

// BenchmarkCheck is what typing costs when it is worst: a toll-free number in all zones of North America, at night.
func BenchmarkCheck(b *testing.B) {
	in := tokyo(b)
	in.Hours = table(b, hours.Config{Profile: hours.ProfileUS})
	in.Number, in.RecordZone = "+18005551234", "America/New_York"
	in.Draft.When = LocalTime{At: "2026-12-24T03:00", Zone: "America/New_York"}
	for b.Loop() {
		if v := Check(in); v.OK() {
			b.Fatal("nothing wrong")
		}
	}
}
