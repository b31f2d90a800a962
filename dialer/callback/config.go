package callback

import (
	"fmt"
	"slices"
	"time"

	"github.com/hasshin/hasshin/dialer/hours"
	"github.com/hasshin/hasshin/internal/problem"
)

// Config says which callbacks agents of a campaign can promise.
type Config struct {
	// Horizon is how far ahead a callback can be promised. Default: 2160h.
	Horizon time.Duration `yaml:"horizon"`

	// Slot is the grid of the times that are suggested, and the stretch of time for which slot_limit counts. It divides an hour. Default: 15m.
	Slot time.Duration `yaml:"slot"`

	// SlotLimit is how many callbacks of the campaign can be promised for one slot; 0 is as many as one likes. Default: 0.
	SlotLimit int `yaml:"slot_limit"`

	// WorkingHours are the agents' hours, like mon-fri 09:00-18:00. A personal callback can be promised only within them. Default: any time.
	WorkingHours hours.Week `yaml:"working_hours"`

	// TimeZone is the IANA time zone of the agents, in which working_hours are meant and times are shown to them. Default: that of the list
	// (`list.time_zone`), else UTC.
	TimeZone string `yaml:"time_zone" example:"Asia/Tokyo"`

	// NoteLength is how many characters the note of a callback may have. Default: 1000.
	NoteLength int `yaml:"note_length"`

	// Kind is what a callback is when the agent does not say. Default: personal.
	Kind Kind `yaml:"kind"`

	// Absent is what happens when the owner of a personal callback is absent and the agent who promised it did not say.
	Absent AbsentConfig `yaml:"absent"`

	// Priority says what goes first when an agent could have one or the other: the higher number, from -100 to 100.
	Priority PriorityConfig `yaml:"priority"`

	// Refusals is after how many refusals, or offers that nobody answers, a callback is no longer offered but waits for a supervisor. Default: 3.
	Refusals int `yaml:"refusals"`

	// RefusedFor is how long an agent who has refused a callback is not offered it again. Default: 1m.
	RefusedFor time.Duration `yaml:"refused_for"`

	// Keep is how long callbacks that have ended, and their ledgers, are kept. Default: 17520h.
	Keep time.Duration `yaml:"keep"`

	// WhenReached is what becomes of a callback when its contact is reached in another way: by another campaign, or because it calls itself.
	// Default: note.
	WhenReached ReachedRule `yaml:"when_reached"`

	// SkillField is the name of the business field of records that says which skill an agent must have for their pool callbacks: one of the agent's
	// `skills`. Records without it are for everybody. Default: none.
	SkillField string `yaml:"skill_field" example:"language"`

	// WhenStopped is what becomes of callbacks that are due while the campaign is stopped. Default: wait.
	WhenStopped StoppedRule `yaml:"when_stopped"`
}

// PriorityConfig says what goes first.
type PriorityConfig struct {
	// Personal is that of callbacks that are for their owner or a group. Default: 20.
	Personal int `yaml:"personal"`

	// Pool is that of callbacks that any agent may have. Default: 10.
	Pool int `yaml:"pool"`

	// Records is that of the calling list. What has the same goes after callbacks. Default: 0.
	Records int `yaml:"records"`
}

// ReachedRule says what becomes of a callback whose contact is reached in another way.
type ReachedRule string

const (
	ReachedNote   ReachedRule = "note"   // it stays; the ledger tells the agent who keeps it
	ReachedCancel ReachedRule = "cancel" // it is cancelled, and the ledger tells why
)

// ReachedRules lists the rules.
func ReachedRules() []ReachedRule { return []ReachedRule{ReachedNote, ReachedCancel} }

// UnmarshalText refuses an unknown rule.
func (r *ReachedRule) UnmarshalText(text []byte) error {
	if !slices.Contains(ReachedRules(), ReachedRule(text)) {
		return fmt.Errorf("%q is unknown; expected %s", text, listed(ReachedRules()))
	}
	*r = ReachedRule(text)
	return nil
}

// StoppedRule says what becomes of due callbacks of a campaign that is stopped.
type StoppedRule string

const (
	StoppedWait       StoppedRule = "wait"       // they are delivered once it is started
	StoppedDeliver    StoppedRule = "deliver"    // they are delivered as if it were running
	StoppedSupervisor StoppedRule = "supervisor" // a supervisor decides
)

// StoppedRules lists the rules.
func StoppedRules() []StoppedRule {
	return []StoppedRule{StoppedWait, StoppedDeliver, StoppedSupervisor}
}

// UnmarshalText refuses an unknown rule.
func (r *StoppedRule) UnmarshalText(text []byte) error {
	if !slices.Contains(StoppedRules(), StoppedRule(text)) {
		return fmt.Errorf("%q is unknown; expected %s", text, listed(StoppedRules()))
	}
	*r = StoppedRule(text)
	return nil
}

// AbsentConfig is the rule for a callback whose owner is absent.
type AbsentConfig struct {
	// Wait is how long after the promised time the owner is waited for, in whole minutes. Default: 10m.
	Wait time.Duration `yaml:"wait"`

	// Then is who gets the callback after that. Default: pool.
	Then AbsenceRule `yaml:"then"`

	// Group is the id of the group of agents, for then: group.
	Group string `yaml:"group"`
}

// Limits of the settings.
const (
	minHorizon, maxHorizon = time.Hour, 2 * 365 * 24 * time.Hour
	minSlot, maxSlot       = time.Minute, time.Hour
	maxSlotLimit           = 100_000
	maxNoteLength          = 10_000
	maxPriority            = 100
	maxRefusals            = 100
	maxRefusedFor          = 24 * time.Hour
	minKeep, maxKeep       = 24 * time.Hour, 20 * 365 * 24 * time.Hour
	// MaxWait is the longest that an absent owner can be waited for.
	MaxWait = 24 * time.Hour
)

// Defaults returns the configuration that is used where nothing is said.
func Defaults() Config {
	return Config{
		Horizon:    90 * 24 * time.Hour,
		Slot:       15 * time.Minute,
		NoteLength: 1000,
		Kind:       Personal,
		Absent:     AbsentConfig{Wait: 10 * time.Minute, Then: ToPool},

		Priority:    PriorityConfig{Personal: 20, Pool: 10},
		Refusals:    3,
		RefusedFor:  time.Minute,
		Keep:        2 * 365 * 24 * time.Hour,
		WhenStopped: StoppedWait,
		WhenReached: ReachedNote,
	}
}

// Validate reports all that is impossible in c. Whether the group exists is for the caller to check.
func (c Config) Validate() error {
	var p problem.List
	if c.Horizon < minHorizon || c.Horizon > maxHorizon {
		p.Add("horizon", "%s is out of range; expected %s to %s", c.Horizon, minHorizon, maxHorizon)
	}
	if c.Slot < minSlot || c.Slot > maxSlot || time.Hour%c.Slot != 0 || c.Slot%time.Minute != 0 {
		p.Add("slot", "%s does not divide an hour into whole minutes; expected for example 5m, 10m, 15m, 30m or 1h", c.Slot)
	}
	if c.SlotLimit < 0 || c.SlotLimit > maxSlotLimit {
		p.Add("slot_limit", "%d is out of range; expected 0 (no limit) to %d", c.SlotLimit, maxSlotLimit)
	}
	p.AddAt("working_hours", c.WorkingHours.Validate())
	if c.TimeZone != "" {
		if _, err := hours.Zone(c.TimeZone); err != nil {
			p.Add("time_zone", "%s", err)
		}
	}
	if c.NoteLength < 0 || c.NoteLength > maxNoteLength {
		p.Add("note_length", "%d is out of range; expected 0 to %d", c.NoteLength, maxNoteLength)
	}
	if !slices.Contains(Kinds(), c.Kind) {
		p.Add("kind", "%q is no kind of callback; expected %s", c.Kind, listed(Kinds()))
	}
	p.AddAt("absent", c.Absent.validate(len(c.WorkingHours) > 0))
	for _, of := range []struct {
		name string
		n    int
	}{{"personal", c.Priority.Personal}, {"pool", c.Priority.Pool}, {"records", c.Priority.Records}} {
		if of.n < -maxPriority || of.n > maxPriority {
			p.Add("priority."+of.name, "%d is out of range; expected %d to %d", of.n, -maxPriority, maxPriority)
		}
	}
	if c.Refusals < 1 || c.Refusals > maxRefusals {
		p.Add("refusals", "%d is out of range; expected 1 to %d", c.Refusals, maxRefusals)
	}
	if c.RefusedFor < 0 || c.RefusedFor > maxRefusedFor {
		p.Add("refused_for", "%s is out of range; expected 0s to %s", c.RefusedFor, maxRefusedFor)
	}
	if c.Keep < minKeep || c.Keep > maxKeep {
		p.Add("keep", "%s is out of range; expected %s to %s", c.Keep, minKeep, maxKeep)
	}
	if !slices.Contains(ReachedRules(), c.WhenReached) {
		p.Add("when_reached", "%q is unknown; expected %s", c.WhenReached, listed(ReachedRules()))
	}
	if !slices.Contains(StoppedRules(), c.WhenStopped) {
		p.Add("when_stopped", "%q is unknown; expected %s", c.WhenStopped, listed(StoppedRules()))
	}
	return p.Err()
}

func (a AbsentConfig) validate(shifts bool) error {
	var p problem.List
	if a.Wait < 0 || a.Wait > MaxWait || a.Wait%time.Minute != 0 {
		p.Add("wait", "%s is out of range; expected whole minutes from 0m to %s", a.Wait, MaxWait)
	}
	switch {
	case !slices.Contains(AbsenceRules(), a.Then):
		p.Add("then", "%q is unknown; expected %s", a.Then, listed(AbsenceRules()))
	case a.Then == ToGroup && a.Group == "":
		p.Add("group", "is required with then: group")
	case a.Then != ToGroup && a.Group != "":
		p.Add("group", "is only for then: group, not %s", a.Then)
	case a.Then == ToNextShift && !shifts:
		p.Add("then", "next-shift needs working_hours, or nobody knows when the next shift is")
	}
	return p.Err()
}
