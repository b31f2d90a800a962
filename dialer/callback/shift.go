package callback

import (
	"time"
)

// lookedAhead is how far ahead the next shift is looked for.
const lookedAhead = 15 * 24 * time.Hour

// NextShift is when working hours begin next after an instant, in the agents' zone; zero when they never do, or never end.
func (c Config) NextShift(after time.Time, zone *time.Location) time.Time {
	if len(c.WorkingHours) == 0 {
		return time.Time{}
	}
	open := c.WorkingHours.Open(after.In(zone))
	for at := after.Truncate(time.Minute).Add(time.Minute); at.Before(after.Add(lookedAhead)); at = at.Add(time.Minute) {
		now := c.WorkingHours.Open(at.In(zone))
		if now && !open {
			return at
		}
		open = now
	}
	return time.Time{}
}
