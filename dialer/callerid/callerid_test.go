package callerid

import (
	"slices"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

const (
	tokyo, tokyo2, osaka = "+81312345678", "+81312345679", "+81661234567"
	newYork, london      = "+12125550100", "+442079460999"
)

func TestWhichNumbersFitAContact(t *testing.T) {
	mixed := Group{Rule: RoundRobin, Numbers: []string{tokyo, osaka, newYork, tokyo2}, LocalPresence: true, Default: london}
	nippon := Group{Rule: RoundRobin, Numbers: []string{tokyo, osaka}, LocalPresence: true, Default: "+81120123456"}
	areas := Group{Rule: RoundRobin, Numbers: []string{tokyo}, LocalPresence: true, Areas: []Area{
		{Prefixes: []string{"+817", "+8172"}, Numbers: []string{osaka}}, {Prefixes: []string{"+81729"}, Numbers: []string{tokyo2}},
	}}
	for _, row := range []struct {
		why, contact string
		group        Group
		want         []string
	}{
		{"the contact's area", "+81398765432", mixed, []string{tokyo, tokyo2}},
		{"another area", "+81698765432", mixed, []string{osaka}},
		{"a mobile has no area: the country's", "+819012345678", mixed, []string{tokyo, osaka, tokyo2}},
		{"an area without a number: the country's", "+81528765432", mixed, []string{tokyo, osaka, tokyo2}},
		{"another country", "+12125550123", mixed, []string{newYork}},
		{"a country without a number: the default", "+33123456789", mixed, []string{london}},
		{"one country only: its mobiles see the default", "+819012345678", nippon, []string{"+81120123456"}},
		{"one country only: an area all the same", "+81698765432", nippon, []string{osaka}},
		{"a configured area", "+81721234567", areas, []string{osaka}},
		{"the longest prefix", "+81729123456", areas, []string{tokyo2}},
		{"no area fits", "+81528765432", areas, []string{tokyo}},
		{"no local presence", "+81698765432", Group{Numbers: []string{tokyo, osaka}}, []string{tokyo, osaka}},
	} {
		if got := newPlan(row.group).offer(row.contact); !slices.Equal(got, row.want) {
			t.Errorf("%s: %s is offered %v, want %v", row.why, row.contact, got, row.want)
		}
	}
}

func chooser(t *testing.T, g Group) (*Chooser, *miniredis.Miniredis) {
	t.Helper()
	server := miniredis.RunT(t)
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1})
	t.Cleanup(func() { _ = rdb.Close() })
	return NewChooser(rdb, map[string]Group{"g": g}), server
}

func choose(t *testing.T, c *Chooser, contact string, seen ...string) string {
	t.Helper()
	number, err := c.Choose(t.Context(), "g", contact, seen)
	if err != nil {
		t.Fatal(err)
	}
	return number
}

func TestRoundRobinTakesTurnsAndAContactKeepsItsNumber(t *testing.T) {
	c, _ := chooser(t, Group{Rule: RoundRobin, Numbers: []string{tokyo, tokyo2, osaka}})
	var got []string
	for range 4 {
		got = append(got, choose(t, c, "+819012345678"))
		if again := choose(t, c, "+819012345679", osaka); again != osaka { // does not take a turn
			t.Errorf("one who has seen %s sees %s", osaka, again)
		}
	}
	if want := []string{tokyo, tokyo2, osaka, tokyo}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if again := choose(t, c, "+819012345678", tokyo, osaka, london); again != osaka { // london was taken out of the group
		t.Errorf("sees %s, want the latest that is still in the group, %s", again, osaka)
	}
	if fresh := choose(t, c, "+819012345678", london); fresh != tokyo2 {
		t.Errorf("sees %s, want the next in turn, %s", fresh, tokyo2)
	}
}

func TestLeastRecentlyUsedCountsThoseWhoSeeTheirsAgain(t *testing.T) {
	c, _ := chooser(t, Group{Rule: LeastRecentlyUsed, Numbers: []string{tokyo, tokyo2, osaka}})
	for i, want := range []string{tokyo, tokyo2, osaka} {
		if got := choose(t, c, "+819012345678"); got != want {
			t.Errorf("call %d shows %s, want %s", i+1, got, want)
		}
	}
	choose(t, c, "+819012345679", tokyo) // the least recent one is used again
	if got := choose(t, c, "+819012345678"); got != tokyo2 {
		t.Errorf("shows %s, want %s", got, tokyo2)
	}
}

func TestWithoutRedisThereIsANumberAllTheSame(t *testing.T) {
	c, server := chooser(t, Group{Rule: LeastRecentlyUsed, Numbers: []string{tokyo, tokyo2, osaka}})
	server.Close()
	first, err := c.Choose(t.Context(), "g", "+819012345678", nil)
	if err == nil || !slices.Contains([]string{tokyo, tokyo2, osaka}, first) {
		t.Errorf("%q, %v: want a number of the group, and why it was not chosen by the rule", first, err)
	}
	if again, _ := c.Choose(t.Context(), "g", "+819012345678", nil); again != first {
		t.Errorf("%q, then %q for the same contact", first, again)
	}
	if kept, err := c.Choose(t.Context(), "g", "+819012345678", []string{osaka}); kept != osaka || err == nil {
		t.Errorf("%q, %v: one who has seen %s sees it again, and the use was not noted", kept, err, osaka)
	}
}

func TestMistakesInAGroupAreNamed(t *testing.T) {
	g := Group{
		Name: "Acme <x>", Rule: "random", Numbers: []string{"0312345678", "+81 3 1234 5678", "+8131", tokyo, tokyo}, Default: "tel",
		Areas: []Area{{Prefixes: []string{"06"}}, {Prefixes: []string{"+816", "+816"}, Numbers: []string{osaka}}},
	}
	said := g.Validate().Error()
	for _, want := range []string{
		`rule: "random" is not a rule`, `name: "Acme <x>" cannot be sent`, `numbers[0]: "0312345678" does not say its country`,
		`numbers[1]: "+81 3 1234 5678" is not written in E.164; expected "+81312345678"`, `numbers[2]: "+8131" is no number`,
		`numbers[4]: "+81312345678" is number 4 already`, `default: "tel" does not say`, `areas[0].numbers: names no number`,
		`areas[0].prefixes[0]: "06" is not how a number begins`, `areas[1].prefixes[1]: "+816" is a prefix of areas[1] already`,
	} {
		if !strings.Contains(said, want) {
			t.Errorf("no word of %q in:\n%s", want, said)
		}
	}
	if err := (Group{Rule: RoundRobin, Numbers: []string{tokyo}, Default: osaka}).Validate(); err == nil || !strings.Contains(err.Error(), "is never shown") {
		t.Errorf("a default that is never shown: %v", err)
	}
	if err := (Group{Name: "Example Ltd", Rule: LeastRecentlyUsed, Numbers: []string{tokyo, osaka}, LocalPresence: true, Default: london}).Validate(); err != nil {
		t.Error(err)
	}
	if err := (Group{}).Validate(); err == nil || !strings.Contains(err.Error(), "numbers: names no number") {
		t.Errorf("an empty group: %v", err)
	}
}

func TestTheNetworkIsToldTheNameToo(t *testing.T) {
	if got := (Group{Name: "Example Ltd"}).Present(tokyo); got != "Example Ltd <+81312345678>" {
		t.Error(got)
	}
	if got := (Group{}).Present(tokyo); got != tokyo {
		t.Error(got)
	}
}
