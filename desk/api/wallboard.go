package api

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/hasshin/hasshin/dialer"
)

// BoardEvent is one message of the wallboard's event stream. It is numbered, resumed and skipped as an [Event] is; what its kinds carry is another thing.
type BoardEvent struct {
	Stream string          `json:"stream,omitempty" doc:"id of the stream, on snapshot and resumed; sequence numbers of another stream mean nothing here" example:"F3KQ2M7XW4R5T6Y7"`
	Seq    uint64          `json:"seq" doc:"position in the stream" example:"42"`
	Kind   string          `json:"kind" enum:"snapshot,resumed,agent,campaign,run,dialing,course,call,recording-failed,hidden" doc:"what data is"`
	At     time.Time       `json:"at" doc:"when it happened, by the server's clock"`
	Data   json.RawMessage `json:"data,omitempty" doc:"what is new, by kind: a Wallboard, AgentBoard, CampaignBoard, Run, Dialing, LiveCall or CallOver, whole; a Course with the steps that changed; or a RecordingFailure"`
}

// CallOver is what the wallboard's stream tells of a call that is on the list no longer, or of none of those that one may do something with. It reads as
// a [dialer.LiveCallView] whose State is [dialer.CallOver].
type CallOver struct {
	ID    string `json:"id"`
	State string `json:"state" enum:"over"`
}

// Kinds of a [BoardEvent] that agents' streams do not have.
const (
	EventRun             = "run"              // somebody started or stopped a campaign: Data is a Run
	EventDialing         = "dialing"          // how a campaign dials: Data is a Dialing
	EventCourse          = "course"           // steps of a campaign's course that are new or changed: Data is a Course with these alone
	EventRecordingFailed = "recording-failed" // a call is not recorded though it is to be: Data is a RecordingFailure
	EventHidden          = "hidden"           // something that the reader may not see; it keeps the numbers without a gap
)

// Value is Data decoded by Kind: *dialer.WallboardView for a snapshot, *dialer.AgentBoardView, *dialer.CampaignBoard, *dialer.RunView,
// *dialer.DialingView, *dialer.CourseView, *dialer.LiveCallView or *dialer.RecordingFailure; nil for resumed, hidden and kinds that this version does not know.
func (e BoardEvent) Value() (any, error) {
	var value any
	switch e.Kind {
	case EventSnapshot:
		value = new(dialer.WallboardView)
	case EventAgent:
		value = new(dialer.AgentBoardView)
	case EventCampaign:
		value = new(dialer.CampaignBoard)
	case EventRun:
		value = new(dialer.RunView)
	case EventDialing:
		value = new(dialer.DialingView)
	case EventCourse:
		value = new(dialer.CourseView)
	case EventCall:
		value = new(dialer.LiveCallView)
	case EventRecordingFailed:
		value = new(dialer.RecordingFailure)
	default:
		return nil, nil
	}
	if err := json.Unmarshal(e.Data, value); err != nil {
		return nil, fmt.Errorf("event %d of kind %s: %w", e.Seq, e.Kind, err)
	}
	return value, nil
}
