package hours

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the numbering plan uses names, like Asia/Calcutta, that systems no longer install by default

	"github.com/nyaruka/phonenumbers"
)

// ZoneChoice says whose word counts about where a contact is.
type ZoneChoice string

const (
	// ZonesBoth asks the number and the record, and obeys both: a contact may have kept an old number, or the record may be out of date.
	ZonesBoth ZoneChoice = "both" // the zones of the number and that of the record, all of them
	// ZonesRecord believes the record and asks the number only where the record says nothing.
	ZonesRecord ZoneChoice = "record" // the record's zone alone; the number's where it has none
)

// UnmarshalText refuses an unknown choice.
func (z *ZoneChoice) UnmarshalText(text []byte) error {
	if choice := ZoneChoice(text); choice != ZonesBoth && choice != ZonesRecord {
		return fmt.Errorf("%q is unknown; expected %s or %s", text, ZonesBoth, ZonesRecord)
	}
	*z = ZoneChoice(text)
	return nil
}

// Zones lists the time zones in which a contact may be: those that the numbering plan gives to a number in E.164 (several for mobile and
// toll-free numbers of wide countries) and the one of the record, an IANA name, "" for none. It is empty when neither says anything. The
// number is not checked; one that no country has, has no zones.
//
// An error names a record's zone that does not exist. The zones of the number come with it.
func Zones(number, recordZone string, choice ZoneChoice) ([]*time.Location, error) {
	var zones []*time.Location
	if recordZone != "" {
		zone, err := Zone(recordZone)
		if err != nil {
			return ofNumber(number), fmt.Errorf("time zone of the record: %w", err)
		}
		if zones = append(zones, zone); choice == ZonesRecord {
			return zones, nil
		}
	}
	for _, zone := range ofNumber(number) {
		if !slices.Contains(zones, zone) {
			zones = append(zones, zone)
		}
	}
	return zones, nil
}

// ofNumber asks the numbering plan.
func ofNumber(number string) []*time.Location {
	digits, international := strings.CutPrefix(number, "+")
	if !international || strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' }) {
		return nil
	}
	names, err := phonenumbers.GetTimezonesForPrefix(digits)
	if err != nil {
		return nil // no zone is the strict answer
	}
	zones := make([]*time.Location, 0, len(names))
	for _, name := range names {
		if name == phonenumbers.UNKNOWN_TIMEZONE {
			continue
		}
		zone, err := Zone(name)
		if err != nil {
			return nil // one that cannot be checked would go unheeded
		}
		zones = append(zones, zone)
	}
	return zones
}

var loaded sync.Map // name → *time.Location; reading one takes a file

// Zone finds a time zone by its IANA name. The same name gives the same pointer.
func Zone(name string) (*time.Location, error) {
	if zone, ok := loaded.Load(name); ok {
		return zone.(*time.Location), nil
	}
	// time.LoadLocation takes "" for UTC, "Local" for this machine's zone, and any spelling of a path.
	if name == "" || name == "Local" || path.Clean(name) != name {
		return nil, fmt.Errorf("%q is not an IANA time zone; expected for example Asia/Tokyo", name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%q is not an IANA time zone; expected for example Asia/Tokyo", name)
	}
	kept, _ := loaded.LoadOrStore(name, zone)
	return kept.(*time.Location), nil
}
