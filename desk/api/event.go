package api

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/hasshin/hasshin/dialer"
)

// EventsProtocol is the WebSocket subprotocol of the event stream. A page that cannot send an Authorization header offers it together
// with a second one, [BearerProtocol] and the token; the server answers with this one, so that the token is not echoed.
const (
	EventsProtocol = "hasshin.events.v1"
	BearerProtocol = "bearer."
)

// CloseSignedOut is the WebSocket close code of an event stream whose session has ended. Connecting again is pointless without a new
// sign-in.
const CloseSignedOut = 4001

// Kinds of events.
const (
	EventSnapshot = "snapshot"            // Data is a Snapshot: everything as of Seq; forget what you knew
	EventResumed  = "resumed"             // no Data: what you missed after Seq follows
	EventAgent    = dialer.NoticeAgent    // Data is an AgentView
	EventCall     = dialer.NoticeCall     // Data is a CallView
	EventCampaign = dialer.NoticeCampaign // Data is a CampaignView
	EventTone     = dialer.NoticeTone     // Data is a ToneView
)

// Event is one message of the event stream.
//
// The first message of a connection is a snapshot or resumed; both carry the stream's id. Of the messages after it, each has a Seq one
// higher than the one before. A later snapshot means that the reader was too slow and events were skipped.
type Event struct {
	Stream string          `json:"stream,omitempty" doc:"id of the stream, on snapshot and resumed; sequence numbers of another stream mean nothing here" example:"F3KQ2M7XW4R5T6Y7"`
	Seq    uint64          `json:"seq" doc:"position in the stream" example:"42"`
	Kind   string          `json:"kind" enum:"snapshot,resumed,agent,call,campaign,tone" doc:"what data is"`
	At     time.Time       `json:"at" doc:"when it happened, by the server's clock"`
	Data   json.RawMessage `json:"data,omitempty" doc:"the new state, whole: a Snapshot, AgentView, CallView, CampaignView or ToneView, by kind"`
}

// Snapshot is everything an agent's page shows.
type Snapshot struct {
	Agent     dialer.AgentView      `json:"agent"`
	Call      *dialer.CallView      `json:"call,omitempty" doc:"the call being handled, if any"`
	Campaigns []dialer.CampaignView `json:"campaigns" doc:"the agent's campaigns"`
}

// Value is Data decoded by Kind: *Snapshot, *dialer.AgentView, *dialer.CallView, *dialer.CampaignView or *dialer.ToneView; nil for
// resumed and for kinds that this version does not know.
func (e Event) Value() (any, error) {
	var value any
	switch e.Kind {
	case EventSnapshot:
		value = new(Snapshot)
	case EventAgent:
		value = new(dialer.AgentView)
	case EventCall:
		value = new(dialer.CallView)
	case EventCampaign:
		value = new(dialer.CampaignView)
	case EventTone:
		value = new(dialer.ToneView)
	default:
		return nil, nil
	}
	if err := json.Unmarshal(e.Data, value); err != nil {
		return nil, fmt.Errorf("event %d of kind %s: %w", e.Seq, e.Kind, err)
	}
	return value, nil
}

// Position is a place in a stream, from which it can be resumed.
type Position struct {
	Stream string
	Seq    uint64
}

// Query is the position as parameters of the event stream's address; empty for the zero position.
func (p Position) Query() string {
	if p.Stream == "" {
		return ""
	}
	return "stream=" + p.Stream + "&since=" + strconv.FormatUint(p.Seq, 10)
}
