package callback

import "fmt"

// Code is the stable name of something that is wrong with a draft. It is part of the API: programs branch on it, so a code's meaning never
// changes.
type Code string

const (
	CodeMalformedTime   Code = "malformed_time"        // not a date and time
	CodeUnknownZone     Code = "unknown_zone"          // no such IANA time zone
	CodeClockChangeGap  Code = "clock_change_gap"      // the clocks are put forward over that time, so it does not exist
	CodeAmbiguousHour   Code = "ambiguous_hour"        // the clocks are put back over that time, so it happens twice; Choices has both
	CodeUnknownHour     Code = "unknown_hour"          // hour is neither earlier nor later
	CodePast            Code = "in_the_past"           // not later than now
	CodeBeyondHorizon   Code = "beyond_horizon"        // farther ahead than the campaign allows
	CodeOutsideHours    Code = "outside_calling_hours" // the contact may not be called then, in at least one of the zones
	CodeHoliday         Code = "holiday"               // a holiday at the contact's, on which calls are not allowed then
	CodeContactZone     Code = "contact_zone_unknown"  // neither number nor record tell the contact's time zone, so nobody can say what is allowed
	CodeSlotFull        Code = "slot_full"             // as many callbacks are promised for that slot as the campaign allows
	CodeOutsideWork     Code = "outside_working_hours" // a personal callback when its owner is not at work
	CodeMalformedNumber Code = "malformed_number"      // not a telephone number, or none at all
	CodeNumberForbidden Code = "number_not_allowed"    // the configuration does not let agents dial that number
	CodeDoNotCall       Code = "do_not_call"           // the number is on the do-not-call list
	CodeUnknownKind     Code = "unknown_kind"          // neither personal nor pool
	CodeKindLocked      Code = "kind_locked"           // the agent may not promise callbacks of that kind
	CodeNoteTooLong     Code = "note_too_long"         // more characters than the campaign allows
	CodeUnknownRule     Code = "unknown_absence_rule"  // no such rule for an absent owner
	CodeGroupMissing    Code = "group_missing"         // the rule is group, and no group is named
	CodeUnknownGroup    Code = "unknown_group"         // no such group of agents
	CodeNoShift         Code = "no_next_shift"         // the rule is next-shift, and the campaign has no working hours
	CodeWaitOutOfRange  Code = "wait_out_of_range"     // an absent owner cannot be waited for that long
)

// Codes lists all codes.
func Codes() []Code {
	return []Code{
		CodeMalformedTime, CodeUnknownZone, CodeClockChangeGap, CodeAmbiguousHour, CodeUnknownHour, CodePast, CodeBeyondHorizon, CodeOutsideHours, CodeHoliday,
		CodeContactZone, CodeSlotFull, CodeOutsideWork, CodeMalformedNumber, CodeNumberForbidden, CodeDoNotCall, CodeUnknownKind, CodeKindLocked,
		CodeNoteTooLong, CodeUnknownRule, CodeGroupMissing, CodeUnknownGroup, CodeNoShift, CodeWaitOutOfRange,
	}
}

// Fields of a draft that a problem can be about: paths in its JSON.
const (
	FieldAt     = "when.at"
	FieldZone   = "when.zone"
	FieldHour   = "when.hour"
	FieldNumber = "number"
	FieldKind   = "kind"
	FieldNote   = "note"
	FieldWait   = "absent.minutes"
	FieldThen   = "absent.then"
	FieldGroup  = "absent.group"
)

// DraftProblem is one thing that is wrong with a draft.
type DraftProblem struct {
	Code    Code    `json:"code" doc:"stable name of what is wrong"`
	Message string  `json:"message" doc:"one sentence for a person"`
	Field   string  `json:"field" doc:"the part of the draft it is about, for example when.at"`
	Choices []Clock `json:"choices,omitempty" doc:"for ambiguous_hour: the two times that are meant, with hour earlier and later"`
}

func (p DraftProblem) Error() string { return fmt.Sprintf("%s: %s", p.Field, p.Message) }
