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
	Kind   string          `json:"kind" enum:"snapshot,resumed,agent,campaign" doc:"what data is"`
	At     time.Time       `json:"at" doc:"when it happened, by the server's clock"`
	Data   json.RawMessage `json:"data,omitempty" doc:"the new figures, whole: a Wallboard, AgentBoard or CampaignBoard, by kind"`
}

// Value is Data decoded by Kind: *dialer.WallboardView for a snapshot, *dialer.AgentBoardView or *dialer.CampaignBoard; nil for resumed and for kinds
// that this version does not know.
func (e BoardEvent) Value() (any, error) {
	var value any
	switch e.Kind {
	case EventSnapshot:
		value = new(dialer.WallboardView)
	case EventAgent:
		value = new(dialer.AgentBoardView)
	case EventCampaign:
		value = new(dialer.CampaignBoard)
	default:
		return nil, nil
	}
	if err := json.Unmarshal(e.Data, value); err != nil {
		return nil, fmt.Errorf("event %d of kind %s: %w", e.Seq, e.Kind, err)
	}
	return value, nil
}
