package ari

import (
	"context"
	"errors"
	"net/http"
)

// Bridges makes and handles bridges. Operations on a bridge answer [ErrNotFound] when it is gone and [ErrConflict] when it was
// not made over ARI.
type Bridges struct{ c *Client }

// CreateBridge is a bridge to be made: [Bridges.Create].
type CreateBridge struct {
	ID string // give one, so that its events can be told before the answer is here
	// Type is a comma separated list: "mixing" (the default) or "holding", with "dtmf_events" (digits always come as events),
	// "proxy_media" (never native), "video_sfu", "video_single", "sdp_label".
	Type      string
	Name      string
	Variables map[string]string
}

// Create makes a bridge. It lives until it is destroyed. With an ID it is sent again after a lost connection: if the first
// try had worked, the bridge is there under its id. Errors: [ErrExists].
func (s *Bridges) Create(ctx context.Context, o CreateBridge) (*Bridge, error) {
	r := request{
		method: http.MethodPost, path: "/bridges", query: newParams().text("type", o.Type).text("name", o.Name),
		body: variablesBody(o.Variables),
	}
	if o.ID != "" {
		r.path, r.again, r.after = pathOf("bridges", o.ID), true, exists
	}
	bridge, err := fetch[Bridge](ctx, s.c, r)
	if err == nil && bridge.ID == "" {
		return s.Get(ctx, o.ID) // the try whose answer was lost had made it
	}
	return bridge, err
}

// List returns all bridges that Asterisk has, ours or not.
func (s *Bridges) List(ctx context.Context) ([]Bridge, error) {
	return fetchList[Bridge](ctx, s.c, get("bridges"))
}

// Get returns the bridge.
func (s *Bridges) Get(ctx context.Context, id string) (*Bridge, error) {
	return fetch[Bridge](ctx, s.c, get("bridges", id))
}

// Destroy ends the bridge. The channels in it stay in their application. Errors: [ErrNotFound] when it is gone already, or, while
// Asterisk has just ended it, [ErrConflict].
func (s *Bridges) Destroy(ctx context.Context, id string) error {
	r := remove("bridges", id)
	r.after = func(e *Error) bool { return gone(e) || errors.Is(e, ErrNotInStasis) }
	return s.c.do(ctx, r, nil)
}

// AddChannel is who is to join a bridge, and how: [Bridges.AddChannel].
type AddChannel struct {
	Channels []string // required
	// Role in a holding bridge: "participant" (the default, hears the music) or "announcer" (is heard by all).
	Role       string
	AbsorbDTMF bool // digits of the channel do not reach the others
	Mute       bool // what the channel says does not reach the others
	// InhibitConnectedLineUpdates keeps the phones from being told whom they are joined with.
	InhibitConnectedLineUpdates bool
}

// AddChannel joins channels to the bridge, taking each out of the one it is in. That it returns does not prove that they have
// joined: [ChannelEnteredBridge] does. It waits for the channel's thread, which a prompt holds. Errors: [ErrNotFound] for the
// bridge, [ErrBadRequest] for a channel that is gone, [ErrNotInStasis], [ErrConflict] for one being recorded.
func (s *Bridges) AddChannel(ctx context.Context, id string, o AddChannel) error {
	return s.post(ctx, id, "addChannel", newParams().list("channel", o.Channels).text("role", o.Role).
		flag("absorbDTMF", o.AbsorbDTMF).flag("mute", o.Mute).
		flag("inhibitConnectedLineUpdates", o.InhibitConnectedLineUpdates))
}

// RemoveChannel takes channels out of the bridge; they stay in their application. Errors: [ErrBadRequest] for a channel that
// is gone, [ErrUnprocessable] for one that is not in the bridge.
func (s *Bridges) RemoveChannel(ctx context.Context, id string, channels ...string) error {
	return s.post(ctx, id, "removeChannel", newParams().list("channel", channels))
}

// StartMOH plays music on hold to the bridge; class "" is the default one. A holding bridge needs it to play anything.
func (s *Bridges) StartMOH(ctx context.Context, id, class string) error {
	return s.post(ctx, id, "moh", newParams().text("mohClass", class))
}

// StopMOH ends [Bridges.StartMOH]. [ErrConflict]: no music plays.
func (s *Bridges) StopMOH(ctx context.Context, id string) error {
	return s.c.do(ctx, request{method: http.MethodDelete, path: pathOf("bridges", id, "moh"), again: true}, nil)
}

// Play plays media that all in the bridge hear.
func (s *Bridges) Play(ctx context.Context, id string, o Play) (*Playback, error) {
	return fetch[Playback](ctx, s.c, o.request("bridges", id))
}

// Record records what is said in the bridge.
func (s *Bridges) Record(ctx context.Context, id string, o Record) (*LiveRecording, error) {
	return fetch[LiveRecording](ctx, s.c, o.request("bridges", id))
}

// SetVideoSource makes the channel the one that is seen.
func (s *Bridges) SetVideoSource(ctx context.Context, id, channel string) error {
	return s.c.do(ctx, request{method: http.MethodPost, path: pathOf("bridges", id, "videoSource", channel)}, nil)
}

// ClearVideoSource lets the bridge choose again.
func (s *Bridges) ClearVideoSource(ctx context.Context, id string) error {
	return s.c.do(ctx, request{method: http.MethodDelete, path: pathOf("bridges", id, "videoSource"), again: true}, nil)
}

// Variable returns a bridge variable's value.
func (s *Bridges) Variable(ctx context.Context, id, name string) (string, error) {
	return s.c.variable(ctx, pathOf("bridges", id, "variable"), name)
}

// SetVariable sets a bridge variable.
func (s *Bridges) SetVariable(ctx context.Context, id, name, value string) error {
	return s.post(ctx, id, "variable", newParams().text("variable", name).always("value", value))
}

// Variables returns several bridge variables at once.
func (s *Bridges) Variables(ctx context.Context, id string, names ...string) (map[string]string, error) {
	return s.c.variables(ctx, pathOf("bridges", id, "variables"), names)
}

// SetVariables sets several bridge variables at once.
func (s *Bridges) SetVariables(ctx context.Context, id string, variables map[string]string) error {
	return s.c.do(ctx, request{
		method: http.MethodPost, path: pathOf("bridges", id, "variables"), body: map[string]any{"variables": variables},
	}, nil)
}

func (s *Bridges) post(ctx context.Context, id, operation string, q *params) error {
	return s.c.do(ctx, request{method: http.MethodPost, path: pathOf("bridges", id, operation), query: q}, nil)
}
