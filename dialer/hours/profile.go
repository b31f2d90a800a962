package hours

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// ProfileName names a shipped profile.
type ProfileName string

const (
	ProfileUS           ProfileName = "us"           // United States: federal law; many states are stricter
	ProfileUK           ProfileName = "uk"           // United Kingdom: Ofcom's statements and the practice of the Direct Marketing Association
	ProfileJapan        ProfileName = "jp"           // Japan: the authorities' reading of the law; no hours are in the law itself
	ProfileStrict       ProfileName = "strict"       // hours that are allowed in about every country that has a rule
	ProfileUnrestricted ProfileName = "unrestricted" // any hour; for calls that no rule covers
)

// ProfileNames lists the shipped profiles.
func ProfileNames() []ProfileName {
	names := make([]ProfileName, len(profiles))
	for i, p := range profiles {
		names[i] = p.Name
	}
	return names
}

// UnmarshalText refuses an unknown profile.
func (n *ProfileName) UnmarshalText(text []byte) error {
	if !slices.Contains(ProfileNames(), ProfileName(text)) {
		return fmt.Errorf("there is no profile %q; expected one of %s", text, listed(ProfileNames()))
	}
	*n = ProfileName(text)
	return nil
}

// Profile is what a jurisdiction asks of whoever calls its people. It is data for a campaign, not legal advice: Sources say where each figure
// comes from and whether it binds.
type Profile struct {
	Name      ProfileName
	Title     string
	Regions   []string // ISO 3166 alpha-2: countries whose lists take this profile when none is named
	Open      Week
	Holidays  []Holiday
	Calendars []CalendarName
	Limits    Limits
	Sources   []Source
}

// Limits are what dialing without an agent has to keep.
type Limits struct {
	AbandonShare   float64       // most abandoned calls, of all calls that a person answered, in one AbandonPeriod: 0.03 is 3 %
	AbandonPeriod  time.Duration // over which the share is measured, for each campaign
	ConnectLimit   time.Duration // from the contact's answer until an agent, or the message, must be there; later is abandoned
	MinRing        time.Duration // how long to let it ring at least before giving up
	AbandonMessage bool          // an abandoned contact must be told who called and how to reach the seller
	AbandonLockout time.Duration // after an abandoned call: how long the number is not dialed again without an agent reserved for it; 0 is no such rule
}

// Source says where a figure of a profile comes from.
type Source struct {
	Figure   string // which: "hours", "abandon limit", …
	Citation string // law or document, with its section
	Says     string // what it says, in short
	Binding  bool   // law or regulation; else guidance, custom, or our own choice
}

// ProfileNamed finds a shipped profile.
func ProfileNamed(name ProfileName) (Profile, bool) {
	i := slices.IndexFunc(profiles, func(p Profile) bool { return p.Name == name })
	if i < 0 {
		return Profile{}, false
	}
	return profiles[i], true
}

// Profiles lists all shipped profiles.
func Profiles() []Profile { return slices.Clone(profiles) }

// ProfileOf is the profile of a country (ISO 3166 alpha-2), the strict one when none is shipped for it.
func ProfileOf(region string) Profile {
	for _, p := range profiles {
		if slices.Contains(p.Regions, region) {
			return p
		}
	}
	strict, _ := ProfileNamed(ProfileStrict)
	return strict
}

// listed joins names for an error message.
func listed[T ~string](names []T) string {
	parts := make([]string, len(names))
	for i, n := range names {
		parts[i] = string(n)
	}
	return strings.Join(parts, ", ")
}
