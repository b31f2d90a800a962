package treatment

import (
	"net/url"
	"strings"
	"time"

	"github.com/hasshin/hasshin/dialer/hours"
)

// A class is a set of records that are open and closed at the same times, so that none of them has to be looked at while it is closed. Its name
// says by itself when that is: the time zones of the number to dial, joined by commas, and behind a semicolon the type of the number where the type
// has hours of its own. The class of records that a filter leaves out is "!" and the filter's name.

const (
	alwaysOpen    = "*"
	filteredClass = "!"
)

// class names the class of a number.
func (p *Policy) class(n Number, zones []*time.Location) string {
	typed := len(p.Table.cfg.Types[n.Type].Open) > 0
	if p.Hours.Always() && !typed || len(zones) == 0 {
		return alwaysOpen
	}
	names := make([]string, len(zones))
	for i, zone := range zones {
		names[i] = zone.String()
	}
	name := strings.Join(names, ",")
	if typed {
		name += ";" + url.QueryEscape(n.Type)
	}
	return name
}

// Class is the class in which a new record waits: that of the first number of its chain that has a time zone.
func (p *Policy) Class(r Record) string {
	if r.Skip != "" {
		return filteredClass + p.Filter
	}
	for _, n := range p.Table.ordered(r.Chain) {
		zone := n.Zone
		if zone == "" {
			zone = r.Zone
		}
		if zones, err := p.Hours.Zones(n.E164, zone); err == nil && (len(zones) > 0 || p.Hours.Always()) {
			return p.class(n, zones)
		}
	}
	return alwaysOpen // it is looked at, and closed
}

// Open reports whether records of a class may be dialed at an instant. One that cannot be told is open: each of its records is looked at then.
func (p *Policy) Open(class string, at time.Time) bool {
	if filter, is := strings.CutPrefix(class, filteredClass); is {
		return filter != p.Filter
	}
	if class == alwaysOpen || class == "" {
		return true
	}
	names, escaped, typed := strings.Cut(class, ";")
	var zones []*time.Location
	for name := range strings.SplitSeq(names, ",") {
		zone, err := hours.Zone(name)
		if err != nil {
			return true
		}
		zones = append(zones, zone)
	}
	if allowed, _ := p.Hours.Allowed(at, zones); !allowed {
		return false
	}
	if !typed {
		return true
	}
	typ, err := url.QueryUnescape(escaped)
	if week := p.Table.cfg.Types[typ].Open; err == nil && len(week) > 0 {
		allowed, _ := p.tableOf(week).Allowed(at, zones)
		return allowed
	}
	return true
}
