package directory

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nyaruka/phonenumbers"
)

// Code is the stable name of a reason why an outside number is refused. The codes are part of the API.
type Code string

const (
	NumberNotAllowed    Code = "number_not_allowed"     // the configuration does not let agents dial this number
	TooManyOutsideCalls Code = "too_many_outside_calls" // the agent has dialed as many outside numbers lately as allowed
)

// Refusal is an outside number that the guard does not let pass.
type Refusal struct {
	Code    Code
	Message string // one sentence for a person
}

func (r *Refusal) Error() string { return r.Message }

// Guard decides about outside numbers. It is safe for concurrent use.
//
// What an agent has dialed is kept in this process: an agent's phone, and so all calls of the agent, are on one Asterisk node, which one process
// owns. A restart forgets it.
type Guard struct {
	cfg    OutsideConfig
	listed map[string]bool // numbers of entries
	now    func() time.Time

	mu   sync.Mutex
	used map[string][]time.Time // agent → when outside numbers were dialed within the last hour, oldest first
}

// NewGuard makes the guard of a configuration.
func NewGuard(cfg Config) *Guard {
	g := &Guard{cfg: cfg.Outside, listed: map[string]bool{}, now: time.Now, used: map[string][]time.Time{}}
	for _, e := range cfg.Entries {
		g.listed[e.Number] = true
	}
	return g
}

// Check tells whether a number in E.164 may be dialed from a campaign whose own country is home (ISO 3166 alpha-2). Its error is a *Refusal with
// NumberNotAllowed.
//
// What kind of number it is and of which country comes from the numbering plans of libphonenumber; a number that is in no plan is only dialed if a
// prefix allows it.
func (g *Guard) Check(e164, home string) error {
	if err := g.forbidden(e164); err != nil {
		return err
	}
	if g.listed[e164] || hasPrefix(e164, g.cfg.Prefixes) {
		return nil
	}
	number, err := phonenumbers.Parse(e164, phonenumbers.UNKNOWN_REGION)
	if err != nil || !phonenumbers.IsValidNumber(number) {
		return notAllowed("%s is in no numbering plan", e164)
	}
	switch phonenumbers.GetNumberType(number) {
	case phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST, phonenumbers.PERSONAL_NUMBER:
		if !g.cfg.Premium {
			return notAllowed("%s is a premium-rate number", e164)
		}
	}
	country, allowed := phonenumbers.GetRegionCodeForNumber(number), g.cfg.Countries
	if len(allowed) == 0 {
		allowed = []string{home}
	}
	if !slices.Contains(allowed, country) {
		return notAllowed("%s is a number of %s; allowed are those of %s", e164, nameOf(country), strings.Join(allowed, ", "))
	}
	return nil
}

// forbidden tells what is never dialed, whatever allows it.
func (g *Guard) forbidden(e164 string) error {
	if hasPrefix(e164, g.cfg.ForbiddenPrefixes) {
		return notAllowed("%s begins with a forbidden prefix", e164)
	}
	number, err := phonenumbers.Parse(e164, phonenumbers.UNKNOWN_REGION)
	if err != nil || len(g.cfg.ForbiddenCountries) == 0 {
		return nil
	}
	country := phonenumbers.GetRegionCodeForNumber(number)
	if country == "" {
		// In no plan: it belongs to the calling code's main country as far as anybody knows.
		country = phonenumbers.GetRegionCodeForCountryCode(int(number.GetCountryCode()))
	}
	if slices.Contains(g.cfg.ForbiddenCountries, country) {
		return notAllowed("%s is a number of %s, which is forbidden", e164, country)
	}
	return nil
}

// nameOf gives a country code for people to read: networks of no country have 001 in libphonenumber.
func nameOf(country string) string {
	if country == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY {
		return "no country (satellite or international network)"
	}
	return country
}

func notAllowed(format string, args ...any) error {
	return &Refusal{Code: NumberNotAllowed, Message: fmt.Sprintf(format, args...)}
}

func hasPrefix(e164 string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(e164, prefix) })
}

// Count counts an outside number that the agent is about to dial, or refuses it because there were too many lately. Its error is a *Refusal with
// TooManyOutsideCalls; a refused one is not counted.
func (g *Guard) Count(agent string) error {
	if g.cfg.PerMinute == 0 && g.cfg.PerHour == 0 {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	used := g.used[agent]
	used = slices.Clip(slices.DeleteFunc(used, func(at time.Time) bool { return now.Sub(at) >= time.Hour }))
	g.used[agent] = used
	for _, limit := range []struct {
		calls  int
		within time.Duration
		name   string
	}{{g.cfg.PerMinute, time.Minute, "a minute"}, {g.cfg.PerHour, time.Hour, "an hour"}} {
		if limit.calls == 0 || len(used) < limit.calls {
			continue
		}
		if wait := limit.within - now.Sub(used[len(used)-limit.calls]); wait > 0 {
			return &Refusal{Code: TooManyOutsideCalls, Message: fmt.Sprintf("no more than %d outside numbers %s; the next one in %s",
				limit.calls, limit.name, (wait + time.Second - 1).Truncate(time.Second))}
		}
	}
	g.used[agent] = append(used, now)
	return nil
}
