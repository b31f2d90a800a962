package ari

import (
	"context"
	"io"
	"net/http"
)

// Recordings handles live and stored recordings. A name may have slashes for folders.
type Recordings struct{ c *Client }

// ListStored returns all stored recordings.
func (s *Recordings) ListStored(ctx context.Context) ([]StoredRecording, error) {
	return fetchList[StoredRecording](ctx, s.c, get("recordings", "stored"))
}

// GetStored returns the stored recording.
func (s *Recordings) GetStored(ctx context.Context, name string) (*StoredRecording, error) {
	return fetch[StoredRecording](ctx, s.c, get("recordings", "stored", name))
}

// StoredFile opens the stored recording's file, which the caller must close: until then it has a connection of the pool. It
// may take as long as it flows; a pause longer than the client's request timeout, and the end of ctx, end it.
func (s *Recordings) StoredFile(ctx context.Context, name string) (io.ReadCloser, error) {
	return s.c.open(ctx, get("recordings", "stored", name, "file"))
}

// CopyStored copies the stored recording to another name. [ErrConflict]: that one exists.
func (s *Recordings) CopyStored(ctx context.Context, name, to string) (*StoredRecording, error) {
	return fetch[StoredRecording](ctx, s.c, request{
		method: http.MethodPost, path: pathOf("recordings", "stored", name, "copy"),
		query: newParams().text("destinationRecordingName", to),
	})
}

// DeleteStored deletes the stored recording.
func (s *Recordings) DeleteStored(ctx context.Context, name string) error {
	return s.c.do(ctx, remove("recordings", "stored", name), nil)
}

// GetLive returns the recording in progress.
func (s *Recordings) GetLive(ctx context.Context, name string) (*LiveRecording, error) {
	return fetch[LiveRecording](ctx, s.c, get("recordings", "live", name))
}

// CancelLive ends the recording and throws it away.
func (s *Recordings) CancelLive(ctx context.Context, name string) error {
	return s.c.do(ctx, remove("recordings", "live", name), nil)
}

// StopLive ends the recording and stores it.
func (s *Recordings) StopLive(ctx context.Context, name string) error {
	return s.live(ctx, http.MethodPost, name, "stop")
}

// PauseLive pauses the recording: the time is cut out.
func (s *Recordings) PauseLive(ctx context.Context, name string) error {
	return s.live(ctx, http.MethodPost, name, "pause")
}

// UnpauseLive ends [Recordings.PauseLive].
func (s *Recordings) UnpauseLive(ctx context.Context, name string) error {
	return s.live(ctx, http.MethodDelete, name, "pause")
}

// MuteLive records silence: the time is kept.
func (s *Recordings) MuteLive(ctx context.Context, name string) error {
	return s.live(ctx, http.MethodPost, name, "mute")
}

// UnmuteLive ends [Recordings.MuteLive].
func (s *Recordings) UnmuteLive(ctx context.Context, name string) error {
	return s.live(ctx, http.MethodDelete, name, "mute")
}

func (s *Recordings) live(ctx context.Context, method, name, operation string) error {
	return s.c.do(ctx, request{
		method: method, path: pathOf("recordings", "live", name, operation), again: method == http.MethodDelete,
	}, nil)
}
