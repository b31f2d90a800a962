package ari

import (
	"encoding/json"
	"time"
)

//go:generate go run ./internal/gen -o decode_gen.go types.go events.go

// The models of ARI, as https://docs.asterisk.org/Asterisk_22_Documentation/API_Documentation/Asterisk_REST_Interface
// describes them. decode_gen.go is made from these structs: a json tag names the field on the wire, and a ref tag says that
// a plain string field names something that a subscription can ask for. Times are in UTC.

// Channel is one leg of a call as Asterisk sees it at the moment of the event or response.
type Channel struct {
	ID         string `json:"id"`
	ProtocolID string `json:"protocol_id"` // the SIP Call-ID for PJSIP channels
	Name       string `json:"name"`        // "PJSIP/carrier-00000012"
	// State is "Down", "Rsrved", "OffHook", "Dialing", "Ring", "Ringing", "Up", "Busy", "Dialing Offhook", "Pre-ring" or "Unknown".
	State        string            `json:"state"`
	Caller       CallerID          `json:"caller"`
	Connected    CallerID          `json:"connected"`
	AccountCode  string            `json:"accountcode"`
	Dialplan     Dialplan          `json:"dialplan"`
	CreationTime time.Time         `json:"creationtime,omitzero"`
	Language     string            `json:"language"`
	Vars         map[string]string `json:"channelvars,omitempty"` // those named by ari.conf's channelvars
	CallerRDNIS  string            `json:"caller_rdnis,omitempty"`
	TenantID     string            `json:"tenantid,omitempty"`
}

// CallerID is a party's name and number.
type CallerID struct {
	Name   string `json:"name"`
	Number string `json:"number"`
}

// Dialplan is a place in the dialplan, and the application that runs there.
type Dialplan struct {
	Context  string `json:"context"`
	Exten    string `json:"exten"`
	Priority int    `json:"priority"`
	AppName  string `json:"app_name"`
	AppData  string `json:"app_data"`
}

// Bridge joins channels.
type Bridge struct {
	ID            string            `json:"id"`
	Technology    string            `json:"technology"`   // "simple_bridge", "native_rtp", "softmix", "holding_bridge"
	Type          string            `json:"bridge_type"`  // "mixing" or "holding"
	Class         string            `json:"bridge_class"` // "stasis" for those made over ARI
	Creator       string            `json:"creator"`
	Name          string            `json:"name"`
	Channels      []string          `json:"channels"`
	VideoMode     string            `json:"video_mode,omitempty"` // "none", "talker", "single" or "sfu"
	VideoSourceID string            `json:"video_source_id,omitempty"`
	CreationTime  time.Time         `json:"creationtime,omitzero"`
	Vars          map[string]string `json:"bridgevars,omitempty"`
}

// Playback is media being played to a channel or a bridge.
type Playback struct {
	ID           string `json:"id"`
	MediaURI     string `json:"media_uri"`
	NextMediaURI string `json:"next_media_uri,omitempty"`
	TargetURI    string `json:"target_uri"` // "channel:ID" or "bridge:ID"
	Language     string `json:"language,omitempty"`
	State        string `json:"state"` // "queued", "playing", "continuing", "paused", "done" or "failed"
}

// LiveRecording is a recording in progress. The durations are whole seconds, known once it has ended.
type LiveRecording struct {
	Name            string `json:"name"`
	Format          string `json:"format"`
	TargetURI       string `json:"target_uri"` // "channel:ID" or "bridge:ID"
	State           string `json:"state"`      // "queued", "recording", "paused", "done", "failed" or "canceled"
	Duration        int    `json:"duration,omitempty"`
	TalkingDuration int    `json:"talking_duration,omitempty"` // only when a maximum silence was given
	SilenceDuration int    `json:"silence_duration,omitempty"`
	Cause           string `json:"cause,omitempty"` // why it failed
}

// StoredRecording is a recording on Asterisk's disk.
type StoredRecording struct {
	Name   string `json:"name"`
	Format string `json:"format"`
}

// Endpoint is a phone or trunk that channels can be made to.
type Endpoint struct {
	Technology string   `json:"technology"`
	Resource   string   `json:"resource"`
	State      string   `json:"state,omitempty"` // "unknown", "offline" or "online"
	ChannelIDs []string `json:"channel_ids"`
}

// TextMessage is an out-of-call text message.
type TextMessage struct {
	From      string            `json:"from"` // "pjsip:alice"
	To        string            `json:"to"`
	Body      string            `json:"body"`
	Variables map[string]string `json:"variables,omitempty"`
}

// Application is a Stasis application and what it is subscribed to.
type Application struct {
	Name             string   `json:"name"`
	ChannelIDs       []string `json:"channel_ids"`
	BridgeIDs        []string `json:"bridge_ids"`
	EndpointIDs      []string `json:"endpoint_ids"`
	DeviceNames      []string `json:"device_names"`
	EventsAllowed    []string `json:"events_allowed" wire:"types"`    // event types; none: all
	EventsDisallowed []string `json:"events_disallowed" wire:"types"` // event types; these win over the allowed
}

// AsteriskInfo tells about the server; parts that were not asked for are zero.
type AsteriskInfo struct {
	Build  BuildInfo  `json:"build"`
	System SystemInfo `json:"system"`
	Config ConfigInfo `json:"config"`
	Status StatusInfo `json:"status"`
}

// BuildInfo tells how Asterisk was built.
type BuildInfo struct {
	OS      string `json:"os"`
	Kernel  string `json:"kernel"`
	Options string `json:"options"`
	Machine string `json:"machine"`
	Date    string `json:"date"`
	User    string `json:"user"`
}

// SystemInfo tells which Asterisk this is.
type SystemInfo struct {
	Version  string `json:"version"`
	EntityID string `json:"entity_id"`
}

// ConfigInfo is a part of asterisk.conf. A limit of 0 is none.
type ConfigInfo struct {
	Name            string  `json:"name"`
	DefaultLanguage string  `json:"default_language"`
	MaxChannels     int     `json:"max_channels,omitempty"`
	MaxOpenFiles    int     `json:"max_open_files,omitempty"`
	MaxLoad         float64 `json:"max_load,omitempty"`
	SetID           SetID   `json:"setid"`
}

// SetID is whom Asterisk runs as.
type SetID struct {
	User  string `json:"user"`
	Group string `json:"group"`
}

// StatusInfo tells since when Asterisk and its configuration have been in effect.
type StatusInfo struct {
	StartupTime    time.Time `json:"startup_time,omitzero"`
	LastReloadTime time.Time `json:"last_reload_time,omitzero"`
}

// Pong is Asterisk's answer to a ping.
type Pong struct {
	AsteriskID string    `json:"asterisk_id"`
	Ping       string    `json:"ping"` // "pong"
	Timestamp  time.Time `json:"timestamp,omitzero"`
}

// Module is a loadable part of Asterisk.
type Module struct {
	Name         string `json:"name"`
	Description  string `json:"description"`
	UseCount     int    `json:"use_count"`
	Status       string `json:"status"`        // "Running", "Not Running", …
	SupportLevel string `json:"support_level"` // "core", "extended", "deprecated", …
}

// LogChannel is a place that Asterisk logs to.
type LogChannel struct {
	Channel       string `json:"channel"`
	Type          string `json:"type"`
	Status        string `json:"status"`
	Configuration string `json:"configuration"` // the levels
}

// ConfigTuple is one attribute of a dynamic configuration (sorcery) object.
type ConfigTuple struct {
	Attribute string `json:"attribute"`
	Value     string `json:"value"`
}

// Sound is a sound file that Asterisk can play.
type Sound struct {
	ID      string           `json:"id"`
	Text    string           `json:"text,omitempty"`
	Formats []FormatLanguage `json:"formats"`
}

// FormatLanguage is one form in which a sound exists.
type FormatLanguage struct {
	Language string `json:"language"`
	Format   string `json:"format"`
}

// DeviceState is the state of a device, or of one that ARI controls ("Stasis:NAME").
type DeviceState struct {
	Name string `json:"name"`
	// State is "UNKNOWN", "NOT_INUSE", "INUSE", "BUSY", "INVALID", "UNAVAILABLE", "RINGING", "RINGINUSE" or "ONHOLD".
	State string `json:"state"`
}

// Mailbox counts the messages of a mailbox that ARI controls.
type Mailbox struct {
	Name        string `json:"name"`
	OldMessages int    `json:"old_messages"`
	NewMessages int    `json:"new_messages"`
}

// RTPStatistics tells how a channel's RTP fares, from its RTCP. Losses are packets, jitters and round trips seconds.
type RTPStatistics struct {
	TxCount             int64   `json:"txcount"`
	RxCount             int64   `json:"rxcount"`
	TxJitter            float64 `json:"txjitter"`
	RxJitter            float64 `json:"rxjitter"`
	RemoteMaxJitter     float64 `json:"remote_maxjitter"`
	RemoteMinJitter     float64 `json:"remote_minjitter"`
	RemoteNormDevJitter float64 `json:"remote_normdevjitter"`
	RemoteStdDevJitter  float64 `json:"remote_stdevjitter"`
	LocalMaxJitter      float64 `json:"local_maxjitter"`
	LocalMinJitter      float64 `json:"local_minjitter"`
	LocalNormDevJitter  float64 `json:"local_normdevjitter"`
	LocalStdDevJitter   float64 `json:"local_stdevjitter"`
	TxLoss              int64   `json:"txploss"`
	RxLoss              int64   `json:"rxploss"`
	RemoteMaxRxLoss     float64 `json:"remote_maxrxploss"`
	RemoteMinRxLoss     float64 `json:"remote_minrxploss"`
	RemoteNormDevRxLoss float64 `json:"remote_normdevrxploss"`
	RemoteStdDevRxLoss  float64 `json:"remote_stdevrxploss"`
	LocalMaxRxLoss      float64 `json:"local_maxrxploss"`
	LocalMinRxLoss      float64 `json:"local_minrxploss"`
	LocalNormDevRxLoss  float64 `json:"local_normdevrxploss"`
	LocalStdDevRxLoss   float64 `json:"local_stdevrxploss"`
	RTT                 float64 `json:"rtt"`
	MaxRTT              float64 `json:"maxrtt"`
	MinRTT              float64 `json:"minrtt"`
	NormDevRTT          float64 `json:"normdevrtt"`
	StdDevRTT           float64 `json:"stdevrtt"`
	LocalSSRC           int64   `json:"local_ssrc"`
	RemoteSSRC          int64   `json:"remote_ssrc"`
	TxOctetCount        int64   `json:"txoctetcount"`
	RxOctetCount        int64   `json:"rxoctetcount"`
	ChannelUniqueID     string  `json:"channel_uniqueid"`
}

// ContactInfo is a registered contact of an endpoint. The round trip is microseconds, empty when not measured.
type ContactInfo struct {
	URI           string `json:"uri"`
	ContactStatus string `json:"contact_status"` // "Reachable", "Unreachable", "Unknown", "NonQualified", "Removed", …
	AOR           string `json:"aor"`
	RoundtripUsec string `json:"roundtrip_usec,omitempty"`
}

// Peer is the state of a peer of the older channel drivers.
type Peer struct {
	PeerStatus string `json:"peer_status"`
	Cause      string `json:"cause,omitempty"`
	Address    string `json:"address,omitempty"`
	Port       string `json:"port,omitempty"`
	Time       string `json:"time,omitempty"`
}

// ReferTo is where a phone's REFER wants its peer to go.
type ReferTo struct {
	RequestedDestination RequiredDestination `json:"requested_destination"`
	DestinationChannel   *Channel            `json:"destination_channel,omitempty"`
	ConnectedChannel     *Channel            `json:"connected_channel,omitempty"`
	Bridge               *Bridge             `json:"bridge,omitempty"`
}

// ReferredBy is who sent a REFER.
type ReferredBy struct {
	SourceChannel    Channel  `json:"source_channel"`
	ConnectedChannel *Channel `json:"connected_channel,omitempty"`
	Bridge           *Bridge  `json:"bridge,omitempty"`
}

// RequiredDestination is the target of a REFER.
type RequiredDestination struct {
	ProtocolID               string            `json:"protocol_id,omitempty"`
	Destination              string            `json:"destination,omitempty"`
	AdditionalProtocolParams []AdditionalParam `json:"additional_protocol_params,omitempty"`
}

// AdditionalParam is a protocol parameter of a REFER.
type AdditionalParam struct {
	Name  string `json:"parameter_name"`
	Value string `json:"parameter_value"`
}

// RESTHeader is a header of a request over the WebSocket.
type RESTHeader struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Variables are channel or bridge variables by name.
type Variables struct {
	Variables map[string]string `json:"variables"`
}

type variable struct {
	Value string `json:"value"`
}

// errorBody is what Asterisk answers a refused request with; out of memory and its like come under "error".
type errorBody struct {
	Message string `json:"message"`
	Error   string `json:"error"`
}

// UserEvent is the body of a [ChannelUserevent]: whatever its sender put there.
type UserEvent = map[string]json.RawMessage
