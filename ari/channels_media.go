package ari

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// DTMF are digits to be sent: [Channels.SendDTMF].
type DTMF struct {
	Digits   string        // 0–9, A–D, #, *; w waits half a second
	Before   time.Duration // pause before the first; all in whole milliseconds
	Between  time.Duration // 0: 100 ms
	Duration time.Duration // of each; 0: 100 ms
	After    time.Duration
}

// SendDTMF sends digits to the channel. It returns when they are queued; the channel's thread is busy until they are sent.
func (s *Channels) SendDTMF(ctx context.Context, id string, o DTMF) error {
	return s.post(ctx, id, "dtmf", newParams().text("dtmf", o.Digits).
		millis("before", o.Before).millis("between", o.Between).millis("duration", o.Duration).millis("after", o.After))
}

// Direction is of audio: "in" comes from the channel, "out" goes to it. In a [Snoop] also "none".
type Direction string

// Directions of audio, seen from Asterisk's side of the channel.
const (
	In   Direction = "in"
	Out  Direction = "out"
	Both Direction = "both"
	None Direction = "none"
)

// Mute silences the channel; "" is both directions.
func (s *Channels) Mute(ctx context.Context, id string, d Direction) error {
	return s.post(ctx, id, "mute", newParams().text("direction", string(d)))
}

// Unmute ends [Channels.Mute] of the same direction.
func (s *Channels) Unmute(ctx context.Context, id string, d Direction) error {
	return s.undo(ctx, id, "mute", newParams().text("direction", string(d)))
}

// Hold puts the channel on hold. It is the phone that is told: in a bridge the others still hear it.
func (s *Channels) Hold(ctx context.Context, id string) error { return s.post(ctx, id, "hold", nil) }

// Unhold ends [Channels.Hold].
func (s *Channels) Unhold(ctx context.Context, id string) error { return s.undo(ctx, id, "hold", nil) }

// StartMOH plays music on hold to the channel; class "" is the channel's own. In a bridge the others still hear it.
func (s *Channels) StartMOH(ctx context.Context, id, class string) error {
	return s.post(ctx, id, "moh", newParams().text("mohClass", class))
}

// StopMOH ends [Channels.StartMOH].
func (s *Channels) StopMOH(ctx context.Context, id string) error { return s.undo(ctx, id, "moh", nil) }

// StartSilence plays silence to the channel, so that it gets packets.
func (s *Channels) StartSilence(ctx context.Context, id string) error {
	return s.post(ctx, id, "silence", nil)
}

// StopSilence ends [Channels.StartSilence].
func (s *Channels) StopSilence(ctx context.Context, id string) error {
	return s.undo(ctx, id, "silence", nil)
}

// Play is media to be played: [Channels.Play], [Bridges.Play].
type Play struct {
	// PlaybackID names the playback; give one, so that its events can be told before the answer is here.
	PlaybackID string
	// Media are URIs, played in turn: "sound:hello-world", "recording:name", "number:42", "digits:42", "characters:ab",
	// "tone:ring". A tone never ends by itself.
	Media  []string
	Lang   string        // "" is the channel's
	Offset time.Duration // into the first sound
	Skip   time.Duration // of the operations forward and reverse; 0: 3 s
	Format string        // of the announcer channel of a bridge; "" is Asterisk's choice
}

func (o Play) request(resource, id string) request {
	path := pathOf(resource, id, "play")
	if o.PlaybackID != "" {
		path = pathOf(resource, id, "play", o.PlaybackID)
	}
	q := newParams().list("media", o.Media).text("lang", o.Lang).millis("offsetms", o.Offset).millis("skipms", o.Skip).
		text("announcer_format", o.Format)
	return request{method: http.MethodPost, path: path, query: q}
}

// Play plays media to the channel. In a bridge the others do not hear it, nor the channel them. While it plays the channel
// cannot be put into a bridge: stop it and wait for [PlaybackFinished].
func (s *Channels) Play(ctx context.Context, id string, o Play) (*Playback, error) {
	return fetch[Playback](ctx, s.c, o.request("channels", id))
}

// Record is a recording to be made: [Channels.Record], [Bridges.Record].
type Record struct {
	Name        string        // required
	Format      string        // required: "wav", "ulaw", …
	MaxDuration time.Duration // rounded up to seconds; 0: none
	MaxSilence  time.Duration // rounded up to seconds; 0: none
	IfExists    string        // "fail" (the default), "overwrite" or "append"
	Beep        bool
	TerminateOn string // digits that end it: "none" (the default), "any", "*", "#"
	Recorder    string // format of the recorder channel of a bridge; "" is Asterisk's choice
}

func (o Record) request(resource, id string) request {
	q := newParams().text("name", o.Name).text("format", o.Format).
		seconds("maxDurationSeconds", o.MaxDuration).seconds("maxSilenceSeconds", o.MaxSilence).
		text("ifExists", o.IfExists).flag("beep", o.Beep).text("terminateOn", o.TerminateOn).text("recorder_format", o.Recorder)
	return request{method: http.MethodPost, path: pathOf(resource, id, "record"), query: q}
}

// Record records what comes from the channel. It holds the channel's thread and bars it from bridges: to record a
// conversation record the bridge, or a snoop.
func (s *Channels) Record(ctx context.Context, id string, o Record) (*LiveRecording, error) {
	return fetch[LiveRecording](ctx, s.c, o.request("channels", id))
}

// Variable returns a variable or function's value. [ErrNotFound]: the channel, or the variable, does not exist.
func (s *Channels) Variable(ctx context.Context, id, name string) (string, error) {
	return s.c.variable(ctx, pathOf("channels", id, "variable"), name)
}

// SetVariable sets a variable or function. It is never sent twice, since a function may add rather than set.
func (s *Channels) SetVariable(ctx context.Context, id, name, value string) error {
	return s.post(ctx, id, "variable", newParams().text("variable", name).always("value", value))
}

// Variables returns several variables at once.
func (s *Channels) Variables(ctx context.Context, id string, names ...string) (map[string]string, error) {
	return s.c.variables(ctx, pathOf("channels", id, "variables"), names)
}

// SetVariables sets several variables at once.
func (s *Channels) SetVariables(ctx context.Context, id string, variables map[string]string) error {
	return s.c.do(ctx, request{
		method: http.MethodPost, path: pathOf("channels", id, "variables"), body: map[string]any{"variables": variables},
	}, nil)
}

// Snoop is an ear and a mouth at a channel: [Channels.Snoop].
type Snoop struct {
	SnoopID string    // the id of the snooping channel; give one
	Spy     Direction // what to hear: In is what the channel says
	Whisper Direction // where to speak: Out is heard by the channel
	App     string    // required
	AppArgs []string
}

// Snoop makes a channel that hears and speaks into the channel id, and enters the application.
func (s *Channels) Snoop(ctx context.Context, id string, o Snoop) (*Channel, error) {
	path := pathOf("channels", id, "snoop")
	if o.SnoopID != "" {
		path = pathOf("channels", id, "snoop", o.SnoopID)
	}
	q := newParams().text("spy", string(o.Spy)).text("whisper", string(o.Whisper)).text("app", o.App).
		text("appArgs", strings.Join(o.AppArgs, ","))
	return fetch[Channel](ctx, s.c, request{method: http.MethodPost, path: path, query: q})
}

// ExternalMedia is a channel whose audio goes to a program of ours: [Channels.ExternalMedia].
type ExternalMedia struct {
	ChannelID      string
	App            string // required
	ExternalHost   string // "host:port"; for a WebSocket client the name of its connection
	Encapsulation  string // "rtp" (the default), "audiosocket" or "none"
	Transport      string // "udp" (the default), "tcp" or "websocket"
	ConnectionType string // "client" (the default) or "server"
	Format         string // required
	Direction      string // "both"
	Data           string // for audiosocket: its UUID
	TransportData  string
	Variables      map[string]string
}

// ExternalMedia makes a channel whose audio goes to and comes from a program of ours.
func (s *Channels) ExternalMedia(ctx context.Context, o ExternalMedia) (*Channel, error) {
	q := newParams().text("channelId", o.ChannelID).text("app", o.App).text("external_host", o.ExternalHost).
		text("encapsulation", o.Encapsulation).text("transport", o.Transport).text("connection_type", o.ConnectionType).
		text("format", o.Format).text("direction", o.Direction).text("data", o.Data).text("transport_data", o.TransportData)
	return fetch[Channel](ctx, s.c, request{
		method: http.MethodPost, path: "/channels/externalMedia", query: q, body: variablesBody(o.Variables),
	})
}

// Claim takes a channel that was offered to several applications ([CallBroadcast]) into the application app. [ErrConflict]:
// another one was faster.
func (s *Channels) Claim(ctx context.Context, id, app string) error {
	q := newParams().text("channelId", id).text("application", app)
	return s.c.do(ctx, request{method: http.MethodPost, path: "/events/claim", query: q}, nil)
}

// UserEvent sends a [ChannelUserevent] to the application app about sources ("channel:ID", "bridge:ID", "endpoint:PJSIP/1001",
// "deviceState:NAME"), with anything in it that can be JSON.
func (c *Client) UserEvent(ctx context.Context, name, app string, sources []string, variables map[string]any) error {
	r := request{
		method: http.MethodPost, path: pathOf("events", "user", name),
		query: newParams().text("application", app).list("source", sources),
	}
	if len(variables) > 0 {
		text, err := json.Marshal(variables)
		if err != nil {
			return r.failed(err)
		}
		r.body = map[string]any{"variables": json.RawMessage(text)}
	}
	return c.do(ctx, r, nil)
}
