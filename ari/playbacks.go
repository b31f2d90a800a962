package ari

import (
	"context"
	"net/http"
)

// Playbacks handles what [Channels.Play] and [Bridges.Play] began. They answer [ErrNotFound] when it is over.
type Playbacks struct{ c *Client }

// Control is an operation on a playback.
type Control string

// What can be done to a playback; how far forward and reverse go is [Play.Skip].
const (
	Restart Control = "restart"
	Pause   Control = "pause"
	Unpause Control = "unpause"
	Reverse Control = "reverse"
	Forward Control = "forward"
)

// Get returns the playback.
func (s *Playbacks) Get(ctx context.Context, id string) (*Playback, error) {
	return fetch[Playback](ctx, s.c, get("playbacks", id))
}

// Stop ends the playback. It is over when [PlaybackFinished] comes.
func (s *Playbacks) Stop(ctx context.Context, id string) error {
	return s.c.do(ctx, remove("playbacks", id), nil)
}

// Control does the operation. [ErrConflict]: not in this state of the playback.
func (s *Playbacks) Control(ctx context.Context, id string, op Control) error {
	return s.c.do(ctx, request{
		method: http.MethodPost, path: pathOf("playbacks", id, "control"), query: newParams().text("operation", string(op)),
	}, nil)
}
