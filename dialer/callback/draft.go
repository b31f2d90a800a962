package callback

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Draft is a callback as an agent writes it, before it is promised: what is typed, perhaps wrong, perhaps incomplete. [Check] judges it.
type Draft struct {
	When   LocalTime     `json:"when" doc:"date and time of the callback, by a wall clock"`
	Number string        `json:"number,omitempty" doc:"number to call, as people write it; default: the number of the call. A new one is added to the record's chain"`
	Kind   Kind          `json:"kind,omitempty" enum:"personal,pool" doc:"personal: for the agent who promises it; pool: for any agent of the campaign; default: the campaign's setting"`
	Note   string        `json:"note,omitempty" doc:"what to know when calling back"`
	Absent *AbsenceDraft `json:"absent,omitempty" doc:"what happens to a personal callback when its owner is absent; default: the campaign's setting"`
}

// LocalTime is a date and time by a wall clock.
type LocalTime struct {
	At   string `json:"at" example:"2026-11-23T10:00" doc:"date and time by the wall clock of the zone, YYYY-MM-DDTHH:MM"`
	Zone string `json:"zone" example:"Asia/Tokyo" doc:"IANA time zone: the contact's or the agent's"`
	Hour Hour   `json:"hour,omitempty" enum:"earlier,later" doc:"which of the two is meant when the clocks go back and a wall clock time happens twice"`
}

// Hour chooses between two instants with the same wall clock time.
type Hour string

const (
	Earlier Hour = "earlier" // before the clocks go back
	Later   Hour = "later"   // after it
)

// Kind says who handles a callback.
type Kind string

const (
	Personal Kind = "personal" // for the agent who promises it
	Pool     Kind = "pool"     // for any agent of the campaign
)

// Kinds lists the kinds.
func Kinds() []Kind { return []Kind{Personal, Pool} }

// UnmarshalText refuses an unknown kind.
func (k *Kind) UnmarshalText(text []byte) error {
	if !slices.Contains(Kinds(), Kind(text)) {
		return fmt.Errorf("%q is no kind of callback; expected %s", text, listed(Kinds()))
	}
	*k = Kind(text)
	return nil
}

// AbsenceDraft is what shall happen to a personal callback when its owner is absent at the time, as it is typed.
type AbsenceDraft struct {
	Minutes int         `json:"minutes" minimum:"0" maximum:"1440" doc:"how long after the promised time the owner is waited for"`
	Then    AbsenceRule `json:"then" enum:"pool,group,next-shift,supervisor" doc:"who gets the callback after that"`
	Group   string      `json:"group,omitempty" doc:"id of the group of agents, for then: group"`
}

// Absence is the rule that is promised. The zero value is no rule, as for a pool callback.
func (a *AbsenceDraft) Absence() Absence {
	if a == nil {
		return Absence{}
	}
	return Absence{Wait: time.Duration(a.Minutes) * time.Minute, Then: a.Then, Group: a.Group}
}

// Absence is what happens to a personal callback when its owner is absent at the time.
type Absence struct {
	Wait  time.Duration // how long after the promised time the owner is waited for, in whole minutes
	Then  AbsenceRule   // who gets it after that
	Group string        // for ToGroup: its id
}

// AbsenceRule says who gets a callback whose owner is absent.
type AbsenceRule string

const (
	ToPool       AbsenceRule = "pool"       // any agent of the campaign
	ToGroup      AbsenceRule = "group"      // an agent of a group
	ToNextShift  AbsenceRule = "next-shift" // the owner, at the beginning of the next working hours
	ToSupervisor AbsenceRule = "supervisor" // a supervisor decides
)

// AbsenceRules lists the rules.
func AbsenceRules() []AbsenceRule { return []AbsenceRule{ToPool, ToGroup, ToNextShift, ToSupervisor} }

// UnmarshalText refuses an unknown rule.
func (r *AbsenceRule) UnmarshalText(text []byte) error {
	if !slices.Contains(AbsenceRules(), AbsenceRule(text)) {
		return fmt.Errorf("%q is unknown; expected %s", text, listed(AbsenceRules()))
	}
	*r = AbsenceRule(text)
	return nil
}

// listed joins names for a message.
func listed[T ~string](names []T) string {
	parts := make([]string, len(names))
	for i, n := range names {
		parts[i] = string(n)
	}
	return strings.Join(parts, ", ")
}
