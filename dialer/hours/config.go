package hours

import (
	"fmt"
	"slices"

	"github.com/hasshin/hasshin/internal/problem"
)

// Config says when contacts of a campaign may be called, by the wall clock where they are. What the profile forbids stays forbidden; all else here only
// narrows it.
type Config struct {
	// Profile is the law and custom to keep. docs/hours.md has the sources. Default: that of the country of the list (`list.region`), strict for
	// countries without.
	Profile ProfileName `yaml:"profile"`

	// Open narrows the hours of the profile: days and hours like mon-fri 09:00-12:00,13:00-18:00; daily stands for all days.
	Open Week `yaml:"open"`

	// Calendars are shipped lists of holidays on which nobody is called: us (federal), uk (all bank holidays of the four nations), jp (national).
	Calendars []CalendarName `yaml:"calendars"`

	// Holidays are further days on which nobody is called, or in other hours.
	Holidays []Holiday `yaml:"holidays"`

	// Zones says whose word counts about where a contact is. Default: both.
	Zones ZoneChoice `yaml:"zones"`
}

// Defaults returns the configuration that is used where nothing is said.
func Defaults() Config { return Config{Zones: ZonesBoth} }

// Validate reports all that is impossible in c.
func (c Config) Validate() error {
	var p problem.List
	if c.Profile != "" && !slices.Contains(ProfileNames(), c.Profile) {
		p.Add("profile", "there is no profile %q; expected one of %s", c.Profile, listed(ProfileNames()))
	}
	p.AddAt("open", c.Open.Validate())
	for i, name := range c.Calendars {
		if !slices.Contains(CalendarNames(), name) {
			p.Add(problem.Index("calendars", i), "there is no calendar %q; expected one of %s", name, listed(CalendarNames()))
		}
	}
	validateHolidays(&p, "holidays", c.Holidays)
	if c.Zones != ZonesBoth && c.Zones != ZonesRecord {
		p.Add("zones", "%q is unknown; expected %s or %s", c.Zones, ZonesBoth, ZonesRecord)
	}
	return p.Err()
}

// ProfileFor is the profile to keep when the list has numbers of a region (ISO 3166 alpha-2).
func (c Config) ProfileFor(region string) Profile {
	if p, ok := ProfileNamed(c.Profile); ok {
		return p
	}
	return ProfileOf(region)
}

// Table puts profile and campaign together. An error is that of Validate.
func (c Config) Table(region string) (*Table, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("calling hours: %w", err)
	}
	profile := c.ProfileFor(region)
	t := &Table{zones: c.Zones}
	for _, l := range []layer{
		newLayer("profile "+string(profile.Name), profile.Open, profile.Holidays, profile.Calendars),
		newLayer("campaign", c.Open, c.Holidays, c.Calendars),
	} {
		if !l.always() {
			t.layers = append(t.layers, l)
		}
	}
	return t, nil
}
