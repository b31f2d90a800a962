package dialer

import (
	"regexp"
	"slices"
)

// TargetKind says what a target is.
type TargetKind string

const (
	TargetContact TargetKind = "contact" // the call's own contact; not to be asked for
	TargetAgent   TargetKind = "agent"   // a colleague
	TargetGroup   TargetKind = "group"   // the longest-idle ready agent of a group
	TargetQueue   TargetKind = "queue"   // a place in the dialplan
	TargetNumber  TargetKind = "number"  // a telephone number, of a contact or an outside one
)

// Target is whom one can consult, invite to a conference or transfer to.
type Target struct {
	Kind   TargetKind
	ID     string // of an agent, a group or a queue
	Number string // E.164, of a number
	Name   string // shown to people

	problem string // why the last agent asked could not take it
}

// internal tells whether the target is one or several of our agents.
func (t Target) internal() bool { return t.Kind == TargetAgent || t.Kind == TargetGroup }

var e164Pattern = regexp.MustCompile(`^\+[1-9][0-9]{3,14}$`)

// checkTarget refuses what is no target for the agent.
func (e *Engine) checkTarget(agentID string, t Target) error {
	switch t.Kind {
	case TargetAgent:
		if t.ID == agentID {
			return refuse(CodeUnknownTarget, "one cannot reach oneself")
		}
		if e.agents[t.ID] == nil {
			return refuse(CodeUnknownTarget, "there is no agent %q", t.ID)
		}
	case TargetGroup:
		if _, ok := e.cfg.Groups[t.ID]; !ok {
			err := refuse(CodeUnknownTarget, "there is no group %q", t.ID)
			err.Allowed = sortedKeys(e.cfg.Groups)
			return err
		}
	case TargetQueue:
		if _, ok := e.cfg.Queues[t.ID]; !ok {
			err := refuse(CodeUnknownTarget, "there is no queue %q", t.ID)
			err.Allowed = sortedKeys(e.cfg.Queues)
			return err
		}
	case TargetNumber:
		if !e164Pattern.MatchString(t.Number) {
			return refuse(CodeUnknownTarget, "%q is not a number in E.164; expected + and 4 to 15 digits, for example +81312345678", t.Number)
		}
	default:
		err := refuse(CodeUnknownTarget, "%q is not a kind of target", t.Kind)
		err.Allowed = []string{string(TargetAgent), string(TargetGroup), string(TargetQueue), string(TargetNumber)}
		return err
	}
	return nil
}

// refers tells whether a transfer leaves Asterisk to others: to a queue in the dialplan, or to a number through a trunk that takes REFER.
func (e *Engine) refers(trunk string, t Target) bool {
	return t.Kind == TargetQueue || t.Kind == TargetNumber && e.cfg.Trunks[trunk].Refer != ""
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
