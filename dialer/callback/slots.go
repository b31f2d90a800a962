package callback

import "time"

// Slot is a time at which a callback can be promised.
type Slot struct {
	At      time.Time `json:"at" doc:"the instant, in UTC"`
	When    LocalTime `json:"when" doc:"the same in the draft's time zone: as a draft would name it"`
	Contact []Clock   `json:"contact" doc:"the same at the contact's"`
	Agent   Clock     `json:"agent" doc:"the same at the agent's"`
}

const (
	// suggested is how many slots are looked for on either side.
	suggested = 3
	// lookedBack is how far before the wanted time slots are looked for. Ahead it goes as far as the horizon.
	lookedBack = 14 * 24 * time.Hour
)

// slots suggests the allowed instants nearest to one, in order: a few before it, a few at or after it.
func (c *checker) slots(near time.Time, zone *time.Location) []Slot {
	if c.in.Config.Slot <= 0 {
		return []Slot{} // a config that was not validated must not keep us here for ever
	}
	now, horizon := c.in.Now, c.in.Now.Add(c.in.Config.Horizon)
	if near.Before(now) {
		near = now
	} else if near.After(horizon) {
		near = horizon
	}
	slots := []Slot{}
	for _, at := range append(c.before(near), c.after(near, horizon)...) {
		slots = append(slots, Slot{At: at, When: localTime(at, zone), Contact: clocks(at, c.zones), Agent: clockIn(at, c.in.AgentZone)})
	}
	return slots
}

// grid is the first slot at or after an instant. Slots are counted from UTC midnight.
func (c *checker) grid(at time.Time) time.Time {
	slot := at.Truncate(c.in.Config.Slot)
	if slot.Before(at) {
		slot = slot.Add(c.in.Config.Slot)
	}
	return slot.UTC()
}

func (c *checker) before(near time.Time) []time.Time {
	var found []time.Time
	earliest := near.Add(-lookedBack)
	for at := c.grid(near).Add(-c.in.Config.Slot); at.After(c.in.Now) && at.After(earliest) && len(found) < suggested; at = at.Add(-c.in.Config.Slot) {
		if len(c.judge(at)) == 0 {
			found = append([]time.Time{at}, found...)
		}
	}
	return found
}

func (c *checker) after(near, horizon time.Time) []time.Time {
	var found []time.Time
	for at := c.grid(near); !at.After(horizon) && len(found) < suggested; at = at.Add(c.in.Config.Slot) {
		legal, ok := c.in.Hours.Next(at, c.zones)
		if !ok {
			break // never
		}
		if at = c.grid(legal); !at.After(horizon) && len(c.judge(at)) == 0 {
			found = append(found, at)
		}
	}
	return found
}
