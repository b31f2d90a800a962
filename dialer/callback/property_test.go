package callback

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hasshin/hasshin/dialer/hours"
)

// Whatever is typed: what Check lets pass is in the future, within the horizon, legal in every zone, and shows the wall clock that was typed;
// what it suggests instead, it lets pass.
func TestWhatPassesIsTrue(t *testing.T) {
	numbers := []string{"+81312345678", "+12125551234", "+18005551234", "+447700900123", "+6565551234", "+61412345678", "+5511987654321", "+97714123456"}
	zones := []string{"", "Asia/Tokyo", "America/New_York", "Europe/London", "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns"}
	passed, refused, suggested := 0, 0, 0
	rapid.Check(t, func(r *rapid.T) {
		in := tokyo(t)
		in.Number = rapid.SampledFrom(numbers).Draw(r, "number")
		in.RecordZone = rapid.SampledFrom(zones).Draw(r, "record zone")
		in.AgentZone = zoneNamed(t, rapid.SampledFrom(zones[1:]).Draw(r, "agent zone"))
		in.Hours = table(t, hours.Config{
			Profile: rapid.SampledFrom(hours.ProfileNames()).Draw(r, "profile"),
			Zones:   rapid.SampledFrom([]hours.ZoneChoice{hours.ZonesBoth, hours.ZonesRecord}).Draw(r, "choice"),
		})
		in.Now = time.Unix(rapid.Int64Range(1767225600, 1830297600).Draw(r, "now"), 0) // 2026 and 2027
		in.Config.Slot = rapid.SampledFrom([]time.Duration{5, 10, 15, 30, 60}).Draw(r, "slot") * time.Minute
		in.Config.Horizon = time.Duration(rapid.IntRange(1, 120).Draw(r, "horizon")) * 24 * time.Hour
		if rapid.Bool().Draw(r, "any working hours") {
			in.Config.WorkingHours = nil
		}
		full := rapid.IntRange(1, 5).Draw(r, "one full slot in")
		in.Load = func(slot time.Time) int { return 2 * int(slot.Unix()/60%int64(full)/max(1, int64(full-1))) }
		in.Draft.Kind = rapid.SampledFrom(Kinds()).Draw(r, "kind")
		in.Draft.When = LocalTime{
			At:   in.Now.UTC().Add(time.Duration(rapid.IntRange(-24*60, 130*24*60).Draw(r, "ahead")) * time.Minute).Format("2006-01-02T15:04"),
			Zone: rapid.SampledFrom(zones[1:]).Draw(r, "zone"),
			Hour: rapid.SampledFrom([]Hour{"", Earlier, Later}).Draw(r, "hour"),
		}

		v := Check(in)
		suggested += len(v.Slots)
		suggestionsPass(t, in, v)
		if !v.OK() {
			refused++
			return
		}
		passed++
		if !v.Due.After(in.Now) || v.Due.After(in.Now.Add(in.Config.Horizon)) {
			r.Fatalf("due %s, now %s, horizon %s", v.Due, in.Now, in.Config.Horizon)
		}
		if got := v.Due.In(zoneNamed(t, in.Draft.When.Zone)).Format("2006-01-02T15:04"); got != in.Draft.When.At {
			r.Fatalf("%s is %s there", in.Draft.When.At, got)
		}
		contact, err := in.Hours.Zones(in.Number, in.RecordZone)
		if err != nil {
			r.Fatal(err)
		}
		for _, zone := range contact {
			if allowed, why := in.Hours.Allowed(v.Due, []*time.Location{zone}); !allowed {
				r.Fatalf("due %s: %s", v.Due, why)
			}
			shows := func(c Clock) bool { return c.At == v.Due.In(zone).Format("2006-01-02T15:04") }
			if !slices.ContainsFunc(v.Contact, shows) {
				r.Fatalf("none of the contact's clocks %+v shows the time in %s", v.Contact, zone)
			}
		}
		again := in
		again.Draft = v.Draft
		if w := Check(again); !w.OK() || !w.Due.Equal(v.Due) || w.Draft.When != v.Draft.When {
			r.Fatalf("checked again: %+v, %q", w.Draft, w.Problems)
		}
	})
	if passed == 0 || refused == 0 || suggested == 0 {
		t.Errorf("%d passed, %d refused, %d suggested: the test says nothing", passed, refused, suggested)
	}
}

// A wall clock and an instant belong together in both directions, in every zone that numbers can be in, around every change of the clocks.
func TestLocalTimeGoesBothWays(t *testing.T) {
	for _, name := range []string{"America/New_York", "Europe/London", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Tokyo", "Africa/Casablanca", "America/St_Johns", "Asia/Kathmandu"} {
		zone := zoneNamed(t, name)
		for now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); now.Year() == 2026; now = now.Add(15 * time.Minute) {
			l := localTime(now, zone)
			wall, err := parseWall(l.At)
			if err != nil {
				t.Fatal(err)
			}
			found := instants(wall, zone)
			i := 0
			if l.Hour == Later {
				i = 1
			}
			if len(found) <= i || !found[i].Equal(now) || (len(found) > 1) != (l.Hour != "") {
				t.Fatalf("%s is %+v, which is %v", now, l, found)
			}
		}
	}
}
