package ari

import (
	"encoding/json"
	"time"
)

// Event is something that Asterisk, or the connection to it, tells. The concrete types are pointers to the structs of this
// package that are named like the event on the wire ([*StasisStart], [*ChannelDestroyed], …); [*RawEvent] for a type that
// this package does not know; and the signals [*Connected], [*Disconnected] and [*Replaced].
//
// One event is shared by all subscriptions that get it: read it, do not change it.
type Event interface {
	// Type is the event's type as on the wire, "StasisStart".
	Type() string
	// Header is what all events have.
	Header() *EventHeader

	decode(p *parser)
	refs(r *refs)
}

// EventHeader is what all events have.
type EventHeader struct {
	Type        string    `json:"type"`
	Application string    `json:"application,omitempty"`
	Timestamp   time.Time `json:"timestamp,omitzero"` // when Asterisk made the event; signals: when we saw it
	AsteriskID  string    `json:"asterisk_id,omitempty"`
}

// Header returns h.
func (h *EventHeader) Header() *EventHeader { return h }

// RawEvent is an event of a type that this package does not know, or, with Err set, a message that is not what ARI promises.
type RawEvent struct {
	EventHeader
	Data json.RawMessage `json:"-"` // the whole message
	Err  error           `json:"-"` // why it could not be read; nil for a well-formed event of an unknown type
}

// StasisStart says that a channel has entered the application.
type StasisStart struct {
	EventHeader
	Args           []string `json:"args"`
	Channel        Channel  `json:"channel"`
	ReplaceChannel *Channel `json:"replace_channel,omitempty"`
}

// StasisEnd says that a channel has left the application. It may live on elsewhere; [ChannelDestroyed] is the end.
type StasisEnd struct {
	EventHeader
	Channel Channel `json:"channel"`
}

// ChannelCreated says that a channel was made.
type ChannelCreated struct {
	EventHeader
	Channel Channel `json:"channel"`
}

// ChannelDestroyed is the last event of a channel.
type ChannelDestroyed struct {
	EventHeader
	Channel   Channel `json:"channel"`
	Cause     int     `json:"cause"` // Q.850
	CauseText string  `json:"cause_txt"`
	TechCause int     `json:"tech_cause,omitempty"` // the SIP status code, when the end was not a normal one
}

// ChannelHangupRequest says that a side hung up, or that the channel was told to.
type ChannelHangupRequest struct {
	EventHeader
	Channel   Channel `json:"channel"`
	Cause     int     `json:"cause,omitempty"` // Q.850
	TechCause int     `json:"tech_cause,omitempty"`
	Soft      bool    `json:"soft,omitempty"`
}

// ChannelStateChange says that a channel's state is a new one.
type ChannelStateChange struct {
	EventHeader
	Channel Channel `json:"channel"`
}

// ChannelEnteredBridge says that a channel has joined a bridge: the proof that addChannel worked.
type ChannelEnteredBridge struct {
	EventHeader
	Bridge  Bridge  `json:"bridge"`
	Channel Channel `json:"channel,omitzero"`
}

// ChannelLeftBridge says that a channel has left a bridge, possibly on its way into another one.
type ChannelLeftBridge struct {
	EventHeader
	Bridge  Bridge  `json:"bridge"`
	Channel Channel `json:"channel"`
}

// ChannelDtmfReceived says that a digit has ended.
type ChannelDtmfReceived struct {
	EventHeader
	Digit      string  `json:"digit"` // 0–9, A–D, # or *
	DurationMS int     `json:"duration_ms"`
	Channel    Channel `json:"channel"`
}

// ChannelDialplan says that a channel is about to run a dialplan application.
type ChannelDialplan struct {
	EventHeader
	Channel         Channel `json:"channel"`
	DialplanApp     string  `json:"dialplan_app"`
	DialplanAppData string  `json:"dialplan_app_data"`
}

// ChannelCallerId says that a channel's caller id changed.
type ChannelCallerId struct {
	EventHeader
	CallerPresentation     int     `json:"caller_presentation"`
	CallerPresentationText string  `json:"caller_presentation_txt"`
	Channel                Channel `json:"channel"`
}

// ChannelConnectedLine says that the other party of a channel changed.
type ChannelConnectedLine struct {
	EventHeader
	Channel Channel `json:"channel"`
}

// ChannelVarset says that a variable was set; without a channel it is a global one.
type ChannelVarset struct {
	EventHeader
	Variable string   `json:"variable"`
	Value    string   `json:"value"`
	Channel  *Channel `json:"channel,omitempty"`
}

// ChannelUserevent is an event made by the dialplan's UserEvent or by [Client.UserEvent].
type ChannelUserevent struct {
	EventHeader
	EventName string    `json:"eventname"`
	Channel   *Channel  `json:"channel,omitempty"`
	Bridge    *Bridge   `json:"bridge,omitempty"`
	Endpoint  *Endpoint `json:"endpoint,omitempty"`
	UserEvent UserEvent `json:"userevent"`
}

// ChannelHold says that the phone itself put its peer on hold.
type ChannelHold struct {
	EventHeader
	Channel    Channel `json:"channel"`
	MusicClass string  `json:"musicclass,omitempty"`
}

// ChannelUnhold says that the phone took its peer off hold.
type ChannelUnhold struct {
	EventHeader
	Channel Channel `json:"channel"`
}

// ChannelTalkingStarted says that TALK_DETECT hears somebody.
type ChannelTalkingStarted struct {
	EventHeader
	Channel Channel `json:"channel"`
}

// ChannelTalkingFinished says that TALK_DETECT hears nobody any more.
type ChannelTalkingFinished struct {
	EventHeader
	Channel  Channel `json:"channel"`
	Duration int     `json:"duration"` // ms of talk
}

// ChannelToneDetected says that TONE_DETECT heard its tone.
type ChannelToneDetected struct {
	EventHeader
	Channel Channel `json:"channel"`
}

// ChannelTransfer says that a phone asked for a transfer that is ours to do (PJSIP_TRANSFER_HANDLING()=ari-only).
type ChannelTransfer struct {
	EventHeader
	State      string     `json:"state,omitempty"`
	ReferTo    ReferTo    `json:"refer_to"`
	ReferredBy ReferredBy `json:"referred_by"`
}

// CallBroadcast offers a channel to several applications; the first that claims it gets it.
type CallBroadcast struct {
	EventHeader
	Channel Channel `json:"channel"`
	Caller  string  `json:"caller,omitempty"`
	Called  string  `json:"called,omitempty"`
}

// CallClaimed says which application got a broadcast channel.
type CallClaimed struct {
	EventHeader
	Channel   Channel `json:"channel"`
	WinnerApp string  `json:"winner_app"`
}

// Dial tells how dialing goes on. The last one has a DialStatus such as "ANSWER", "BUSY", "NOANSWER", "CANCEL", "CONGESTION"
// or "CHANUNAVAIL"; before it comes one with none, and perhaps "RINGING" and "PROGRESS".
type Dial struct {
	EventHeader
	Caller     *Channel `json:"caller,omitempty"`
	Peer       Channel  `json:"peer"`
	Forward    string   `json:"forward,omitempty"`
	Forwarded  *Channel `json:"forwarded,omitempty"`
	DialString string   `json:"dialstring,omitempty"`
	DialStatus string   `json:"dialstatus"`
}

// BridgeCreated says that a bridge was made.
type BridgeCreated struct {
	EventHeader
	Bridge Bridge `json:"bridge"`
}

// BridgeDestroyed is the last event of a bridge.
type BridgeDestroyed struct {
	EventHeader
	Bridge Bridge `json:"bridge"`
}

// BridgeMerged says that the channels of BridgeFrom are now in Bridge.
type BridgeMerged struct {
	EventHeader
	Bridge     Bridge `json:"bridge"`
	BridgeFrom Bridge `json:"bridge_from"`
}

// BridgeVideoSourceChanged says that another channel is now seen.
type BridgeVideoSourceChanged struct {
	EventHeader
	Bridge           Bridge `json:"bridge"`
	OldVideoSourceID string `json:"old_video_source_id,omitempty" ref:"channel"`
}

// BridgeBlindTransfer says that a phone transferred its peer to an extension.
type BridgeBlindTransfer struct {
	EventHeader
	Channel        Channel  `json:"channel"`
	ReplaceChannel *Channel `json:"replace_channel,omitempty"`
	Transferee     *Channel `json:"transferee,omitempty"`
	Exten          string   `json:"exten"`
	Context        string   `json:"context"`
	Result         string   `json:"result"`
	IsExternal     bool     `json:"is_external"`
	Bridge         *Bridge  `json:"bridge,omitempty"`
}

// BridgeAttendedTransfer says that a phone joined its two calls.
type BridgeAttendedTransfer struct {
	EventHeader
	TransfererFirstLeg         Channel  `json:"transferer_first_leg"`
	TransfererSecondLeg        Channel  `json:"transferer_second_leg"`
	ReplaceChannel             *Channel `json:"replace_channel,omitempty"`
	Transferee                 *Channel `json:"transferee,omitempty"`
	TransferTarget             *Channel `json:"transfer_target,omitempty"`
	Result                     string   `json:"result"`
	IsExternal                 bool     `json:"is_external"`
	TransfererFirstLegBridge   *Bridge  `json:"transferer_first_leg_bridge,omitempty"`
	TransfererSecondLegBridge  *Bridge  `json:"transferer_second_leg_bridge,omitempty"`
	DestinationType            string   `json:"destination_type"`
	DestinationBridge          string   `json:"destination_bridge,omitempty" ref:"bridge"`
	DestinationApplication     string   `json:"destination_application,omitempty"`
	DestinationLinkFirstLeg    *Channel `json:"destination_link_first_leg,omitempty"`
	DestinationLinkSecondLeg   *Channel `json:"destination_link_second_leg,omitempty"`
	DestinationThreewayChannel *Channel `json:"destination_threeway_channel,omitempty"`
	DestinationThreewayBridge  *Bridge  `json:"destination_threeway_bridge,omitempty"`
}

// PlaybackStarted says that media begins to play.
type PlaybackStarted struct {
	EventHeader
	Playback Playback `json:"playback"`
}

// PlaybackContinuing says that the next of several media begins to play.
type PlaybackContinuing struct {
	EventHeader
	Playback Playback `json:"playback"`
}

// PlaybackFinished says that a playback is over: State tells "done" from "failed".
type PlaybackFinished struct {
	EventHeader
	Playback Playback `json:"playback"`
}

// RecordingStarted says that a recording has begun.
type RecordingStarted struct {
	EventHeader
	Recording LiveRecording `json:"recording"`
}

// RecordingFinished says that a recording is complete and stored.
type RecordingFinished struct {
	EventHeader
	Recording LiveRecording `json:"recording"`
}

// RecordingFailed says that a recording went wrong; its Cause tells why.
type RecordingFailed struct {
	EventHeader
	Recording LiveRecording `json:"recording"`
}

// ApplicationMoveFailed says that a channel could not be moved to the application Destination.
type ApplicationMoveFailed struct {
	EventHeader
	Channel     Channel  `json:"channel"`
	Destination string   `json:"destination"`
	Args        []string `json:"args"`
}

// ApplicationRegistered says that an application was registered on an outbound WebSocket.
type ApplicationRegistered struct {
	EventHeader
}

// ApplicationUnregistered says that an application was taken off an outbound WebSocket.
type ApplicationUnregistered struct {
	EventHeader
}

// ApplicationReplaced says that another connection has taken the application over; the signal [Replaced] follows it.
type ApplicationReplaced struct {
	EventHeader
}

// DeviceStateChanged says that a device's state changed.
type DeviceStateChanged struct {
	EventHeader
	DeviceState DeviceState `json:"device_state"`
}

// ContactStatusChange says that a registered contact came, went, or does not answer any more.
type ContactStatusChange struct {
	EventHeader
	Endpoint    Endpoint    `json:"endpoint"`
	ContactInfo ContactInfo `json:"contact_info"`
}

// PeerStatusChange says that the state of a peer changed.
type PeerStatusChange struct {
	EventHeader
	Endpoint Endpoint `json:"endpoint"`
	Peer     Peer     `json:"peer"`
}

// EndpointStateChange says that an endpoint went online or offline.
type EndpointStateChange struct {
	EventHeader
	Endpoint Endpoint `json:"endpoint"`
}

// TextMessageReceived is an out-of-call text message to the application.
type TextMessageReceived struct {
	EventHeader
	Message  TextMessage `json:"message"`
	Endpoint *Endpoint   `json:"endpoint,omitempty"`
}

// MissingParams says what a WebSocket request lacks.
type MissingParams struct {
	EventHeader
	Params []string `json:"params"`
}

// RESTResponse answers a request that was made over the WebSocket. This package makes its requests over HTTP and gets none.
type RESTResponse struct {
	EventHeader
	TransactionID string `json:"transaction_id"`
	RequestID     string `json:"request_id"`
	StatusCode    int    `json:"status_code"`
	ReasonPhrase  string `json:"reason_phrase"`
	URI           string `json:"uri"`
	ContentType   string `json:"content_type,omitempty"`
	MessageBody   string `json:"message_body,omitempty"`
}
