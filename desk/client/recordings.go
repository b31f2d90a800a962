package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/recording"
)

// StartRecording begins to record a call, and returns when it is being recorded.
func (c *Client) StartRecording(ctx context.Context, id string) (dialer.CallView, error) {
	return c.act(ctx, id, "/record-start", nil)
}

// StopRecording ends the recording of a call.
func (c *Client) StopRecording(ctx context.Context, id string) (dialer.CallView, error) {
	return c.act(ctx, id, "/record-stop", nil)
}

// PauseRecording keeps what is said out of the recording, from its return on.
func (c *Client) PauseRecording(ctx context.Context, id string) (dialer.CallView, error) {
	return c.act(ctx, id, "/record-pause", nil)
}

// ResumeRecording ends [Client.PauseRecording].
func (c *Client) ResumeRecording(ctx context.Context, id string) (dialer.CallView, error) {
	return c.act(ctx, id, "/record-resume", nil)
}

// Recordings lists a page of recordings, the newest first. For the next page, After is the ID of the last one of this page. Allow is of no use here.
func (c *Client) Recordings(ctx context.Context, q recording.Query) ([]recording.Meta, error) {
	query := between(q.Campaign, q.From, q.Before)
	for name, value := range map[string]string{"record": q.Record, "agent": q.Agent, "call": q.Call, "after": q.After} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if q.Limit != 0 {
		query.Set("limit", strconv.Itoa(q.Limit))
	}
	var v api.Recordings
	err := c.get(ctx, "/api/v1/recordings?"+query.Encode(), &v)
	return v.Recordings, err
}

// Recording is what is known of a recording. Its file is at RecordingAudio.
func (c *Client) Recording(ctx context.Context, id string) (m recording.Meta, err error) {
	return m, c.get(ctx, recordingPath(id), &m)
}

// RecordingAudio is the address of a recording's file, which is to be had with the session's token and, in parts, by range requests.
func (c *Client) RecordingAudio(id string) string {
	return c.base.String() + recordingPath(id) + "/audio"
}

// DeleteRecording deletes a recording for good.
func (c *Client) DeleteRecording(ctx context.Context, id string) error {
	return c.do(ctx, call{method: http.MethodDelete, path: recordingPath(id)})
}

func recordingPath(id string) string { return "/api/v1/recordings/" + url.PathEscape(id) }
