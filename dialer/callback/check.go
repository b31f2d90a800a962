package callback

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hasshin/hasshin/dialer/hours"
)

// CheckInput is a draft and all that is known about the world at the moment of checking it. The functions must answer from what is at hand: they
// are called while somebody types, Load up to some thousand times.
type CheckInput struct {
	Draft Draft
	Now   time.Time
	// Config is the campaign's setting, as [Config.Validate] lets it pass.
	Config Config
	// Hours are the contact's legal hours. Required.
	Hours *hours.Table

	// Normalize reads the draft's number as a person writes it and gives it in E.164. Required.
	Normalize func(raw string) (e164 string, err error)
	// DoNotCall tells whether a number is on the do-not-call list; nil means that none is.
	DoNotCall func(e164 string) bool
	// Forbidden says why agents may not dial a number that is none of the record's; nil means that they may dial all.
	Forbidden func(e164 string) error

	// Number is the one of the call, in E.164; used when the draft names none.
	Number string
	// RecordZone is the record's IANA time zone, "" for none.
	RecordZone string
	// AgentZone is where the agent reads the time; the campaign's working hours are meant in it. Nil is UTC.
	AgentZone *time.Location

	// Load tells how many other callbacks are promised from slot for the length of one slot; nil means none.
	Load func(slot time.Time) int
	// Groups are the ids of the groups of agents.
	Groups []string
	// MayPersonal and MayPool tell which kinds the agent's privileges allow.
	MayPersonal, MayPool bool
}

// Verdict is what Check has found.
type Verdict struct {
	// Draft is the draft as it would be promised: number in E.164, what was left out filled in. Only sensible when nothing is wrong.
	Draft Draft `json:"draft" doc:"the draft with number in E.164 and what was left out filled in"`
	// Due is the instant in UTC. It is zero when the draft names none.
	Due      time.Time      `json:"due,omitzero" doc:"the instant, in UTC, if the draft names one"`
	Contact  []Clock        `json:"contact" doc:"the same at the contact's; more than one if the contact may be in several time zones that differ"`
	Agent    *Clock         `json:"agent,omitempty" doc:"the same at the agent's"`
	Problems []DraftProblem `json:"problems" doc:"what is wrong; nothing if it can be promised"`
	// Slots are the nearest instants, in order, at which nothing would be wrong with the time. They are looked for only when something is.
	Slots []Slot `json:"slots" doc:"if the time is wrong: the nearest allowed ones, before and after"`
}

// OK reports that the draft can be promised.
func (v Verdict) OK() bool { return len(v.Problems) == 0 }

// Has reports whether a problem was found.
func (v Verdict) Has(code Code) bool {
	return slices.ContainsFunc(v.Problems, func(p DraftProblem) bool { return p.Code == code })
}

// Check judges a draft: at any time while it is typed, and again when it shall be promised.
func Check(in CheckInput) Verdict {
	if in.AgentZone == nil {
		in.AgentZone = time.UTC
	}
	c := checker{in: in, verdict: Verdict{Draft: in.Draft, Contact: []Clock{}, Problems: []DraftProblem{}, Slots: []Slot{}}}
	c.number()
	c.kind()
	c.note()
	c.absence()
	c.time()
	return c.verdict
}

type checker struct {
	in      CheckInput
	verdict Verdict
	zones   []*time.Location // the contact's
}

func (c *checker) wrong(code Code, field, format string, args ...any) {
	c.verdict.Problems = append(c.verdict.Problems, DraftProblem{Code: code, Field: field, Message: fmt.Sprintf(format, args...)})
}

// number checks whom to call, and learns the contact's zones.
func (c *checker) number() {
	d := &c.verdict.Draft
	zoned := c.in.Number
	if d.Number = strings.TrimSpace(d.Number); d.Number == "" {
		d.Number = c.in.Number
	}
	switch e164, err := c.in.Normalize(d.Number); {
	case d.Number == "":
		c.wrong(CodeMalformedNumber, FieldNumber, "there is no number to call")
	case err != nil:
		c.wrong(CodeMalformedNumber, FieldNumber, "%s", err)
	default:
		d.Number, zoned = e164, e164
		if c.in.Forbidden != nil {
			if err := c.in.Forbidden(e164); err != nil {
				c.wrong(CodeNumberForbidden, FieldNumber, "%s", err)
			}
		}
		if c.in.DoNotCall != nil && c.in.DoNotCall(e164) {
			c.wrong(CodeDoNotCall, FieldNumber, "%s is on the do-not-call list", e164)
		}
	}
	zones, err := c.in.Hours.Zones(zoned, c.in.RecordZone)
	if err == nil { // else the contact's zone is not known for sure, and nothing is allowed
		c.zones = zones
	}
}

// kind checks who is to handle it.
func (c *checker) kind() {
	d := &c.verdict.Draft
	if d.Kind == "" {
		d.Kind = c.in.Config.Kind
		if d.Kind == Personal && !c.in.MayPersonal && c.in.MayPool {
			d.Kind = Pool // left to us, and there is but one that is allowed
		} else if d.Kind == Pool && !c.in.MayPool && c.in.MayPersonal {
			d.Kind = Personal
		}
	}
	switch {
	case !slices.Contains(Kinds(), d.Kind):
		c.wrong(CodeUnknownKind, FieldKind, "%q is no kind of callback; expected %s", d.Kind, listed(Kinds()))
	case d.Kind == Personal && !c.in.MayPersonal, d.Kind == Pool && !c.in.MayPool:
		c.wrong(CodeKindLocked, FieldKind, "you may not promise %s callbacks", d.Kind)
	}
}

func (c *checker) note() {
	d := &c.verdict.Draft
	d.Note = strings.TrimSpace(d.Note)
	if n := utf8.RuneCountInString(d.Note); n > c.in.Config.NoteLength {
		c.wrong(CodeNoteTooLong, FieldNote, "the note has %d characters; expected at most %d", n, c.in.Config.NoteLength)
	}
}

// absence checks what happens without the owner.
func (c *checker) absence() {
	d := &c.verdict.Draft
	if d.Kind == Pool {
		d.Absent = nil // a pool callback has no owner who could be absent
		return
	}
	if d.Absent == nil {
		standard := c.in.Config.Absent
		d.Absent = &AbsenceDraft{Minutes: int(standard.Wait / time.Minute), Then: standard.Then, Group: standard.Group}
	} else {
		own := *d.Absent // the caller's draft stays as it is
		d.Absent = &own
	}
	a := d.Absent
	if longest := int(MaxWait / time.Minute); a.Minutes < 0 || a.Minutes > longest {
		c.wrong(CodeWaitOutOfRange, FieldWait, "%d minutes is out of range; expected 0 to %d", a.Minutes, longest)
	}
	if a.Then != ToGroup {
		a.Group = ""
	}
	switch {
	case !slices.Contains(AbsenceRules(), a.Then):
		c.wrong(CodeUnknownRule, FieldThen, "%q is no rule for an absent owner; expected %s", a.Then, listed(AbsenceRules()))
	case a.Then == ToGroup && a.Group == "":
		c.wrong(CodeGroupMissing, FieldGroup, "name the group of agents that gets the callback; expected %s", c.groups())
	case a.Then == ToGroup && !slices.Contains(c.in.Groups, a.Group):
		c.wrong(CodeUnknownGroup, FieldGroup, "there is no group %q; expected %s", a.Group, c.groups())
	case a.Then == ToNextShift && len(c.in.Config.WorkingHours) == 0:
		c.wrong(CodeNoShift, FieldThen, "nobody knows when the next shift is: the campaign has no working hours")
	}
}

func (c *checker) groups() string {
	if len(c.in.Groups) == 0 {
		return "another rule: no group is configured"
	}
	return "one of " + strings.Join(c.in.Groups, ", ")
}

// time finds the instant that is meant, judges it, and looks for better ones when it is wrong.
func (c *checker) time() {
	before := len(c.verdict.Problems)
	zone, near := c.resolve()
	if due := c.verdict.Due; !due.IsZero() {
		c.show(due)
		c.verdict.Problems = append(c.verdict.Problems, c.judge(due)...)
	}
	if len(c.verdict.Problems) > before {
		c.verdict.Slots = c.slots(near, zone)
	}
}

// show renders the instant at both ends.
func (c *checker) show(due time.Time) {
	c.verdict.Contact = append(c.verdict.Contact, clocks(due, c.zones)...)
	agent := clockIn(due, c.in.AgentZone)
	c.verdict.Agent = &agent
}

// resolve finds the instant that the draft names, or says why there is none. It also gives the zone to suggest times in, and the instant to suggest
// them near to.
func (c *checker) resolve() (zone *time.Location, near time.Time) {
	when := &c.verdict.Draft.When
	zone, err := hours.Zone(when.Zone)
	if err != nil {
		c.wrong(CodeUnknownZone, FieldZone, "%s", err)
		zone = c.in.AgentZone
		if len(c.zones) > 0 {
			zone = c.zones[0]
		}
		return zone, c.in.Now
	}
	wall, err := parseWall(when.At)
	if err != nil {
		c.wrong(CodeMalformedTime, FieldAt, "%s", err)
		return zone, c.in.Now
	}
	when.At = wall.Format(wallLayouts[0])
	if wall.Second() != 0 {
		when.At = wall.Format(wallLayouts[1])
	}
	if when.Hour != "" && when.Hour != Earlier && when.Hour != Later {
		c.wrong(CodeUnknownHour, FieldHour, "%q is unknown; expected %s or %s", when.Hour, Earlier, Later)
		return zone, wall.Add(-offsetIn(zone, wall))
	}
	switch found := instants(wall, zone); len(found) {
	case 0:
		change, from, to := gapAt(wall, zone)
		c.wrong(CodeClockChangeGap, FieldAt, "%s does not exist in %s: the clocks are put forward from %s to %s",
			wall.Format("2006-01-02 15:04"), zone, from, to)
		return zone, change
	case 1:
		when.Hour = ""
		c.verdict.Due = found[0]
		return zone, found[0]
	default:
		return zone, c.choose(found, zone)
	}
}

// choose takes the one of two instants that the draft means, or asks which.
func (c *checker) choose(found []time.Time, zone *time.Location) time.Time {
	first, last := found[0], found[len(found)-1]
	switch c.verdict.Draft.When.Hour {
	case Earlier:
		c.verdict.Due = first
	case Later:
		c.verdict.Due = last
		return last
	default:
		a, b := clockIn(first, zone), clockIn(last, zone)
		c.wrong(CodeAmbiguousHour, FieldHour, "%s happens twice in %s, because the clocks are put back: is the earlier one meant (UTC%s) or the later (UTC%s)?",
			first.In(zone).Format("2006-01-02 15:04"), zone, a.Offset, b.Offset)
		c.verdict.Problems[len(c.verdict.Problems)-1].Choices = []Clock{a, b}
	}
	return first
}

// offsetIn is about how far a zone's clock is ahead of UTC at a wall clock time.
func offsetIn(zone *time.Location, wall time.Time) time.Duration {
	_, offset := wall.In(zone).Zone()
	return time.Duration(offset) * time.Second
}

// judge tells what is wrong with calling back at an instant.
func (c *checker) judge(due time.Time) []DraftProblem {
	var found []DraftProblem
	wrong := func(code Code, format string, args ...any) {
		found = append(found, DraftProblem{Code: code, Field: FieldAt, Message: fmt.Sprintf(format, args...)})
	}
	if !due.After(c.in.Now) {
		wrong(CodePast, "%s is past", due.In(c.in.AgentZone).Format("2006-01-02 15:04 MST"))
	}
	if horizon := c.in.Now.Add(c.in.Config.Horizon); due.After(horizon) {
		wrong(CodeBeyondHorizon, "is too far ahead; the campaign promises callbacks until %s", horizon.In(c.in.AgentZone).Format("2006-01-02 15:04 MST"))
	}
	if allowed, why := c.in.Hours.Allowed(due, c.zones); !allowed {
		code := map[hours.Reason]Code{hours.OutsideHours: CodeOutsideHours, hours.OnHoliday: CodeHoliday, hours.NoZone: CodeContactZone}[why.Reason]
		wrong(code, "the contact may not be called then: %s", why)
	}
	if c.verdict.Draft.Kind == Personal && !c.in.Config.WorkingHours.Open(due.In(c.in.AgentZone)) {
		wrong(CodeOutsideWork, "the owner is not at work then: it is %s in %s", due.In(c.in.AgentZone).Format("Monday 15:04"), c.in.AgentZone)
	}
	if limit := c.in.Config.SlotLimit; limit > 0 && c.in.Load != nil {
		slot := due.Truncate(c.in.Config.Slot).UTC()
		if load := c.in.Load(slot); load >= limit {
			wrong(CodeSlotFull, "%d callbacks are promised already from %s for %s; the campaign allows %d", load,
				slot.In(c.in.AgentZone).Format("15:04"), c.in.Config.Slot, limit)
		}
	}
	return found
}
