package desk

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/recording"
)

// Inputs and outputs of the operations on recordings.
type (
	recordingsInput struct {
		Campaign string    `query:"campaign" maxLength:"64" doc:"campaign's id; left out: all" example:"spring"`
		Record   string    `query:"record" maxLength:"256" doc:"id of the contact's record" example:"C-1042"`
		Agent    string    `query:"agent" maxLength:"64" doc:"agent's id" example:"hanako"`
		Call     string    `query:"call" maxLength:"64" doc:"call's id" example:"01jn8z5t0v9q2m4k7c"`
		From     time.Time `query:"from" doc:"what began at this time or later; RFC 3339" example:"2026-04-01T00:00:00Z"`
		Before   time.Time `query:"before" doc:"and before this time; RFC 3339" example:"2026-05-01T00:00:00Z"`
		After    string    `query:"after" maxLength:"64" doc:"id of the last one of the page before" example:"01jn8z6b3k5w8e2n4r"`
		Limit    int       `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"most to answer with" example:"100"`
	}
	recordingInput struct {
		ID string `path:"id" maxLength:"64" doc:"recording's id" example:"01jn8z6b3k5w8e2n4r"`
	}
	audioInput struct {
		ID       string `path:"id" maxLength:"64" doc:"recording's id" example:"01jn8z6b3k5w8e2n4r"`
		Download bool   `query:"download" doc:"let a browser save the file under its name, rather than play it" example:"false"`
	}
	recordingsOutput struct{ Body api.Recordings }
	recordingOutput  struct{ Body recording.Meta }
)

// recordCommand describes a command on the recording of a call. Its id is the name that the call's `recording.allowed` has for it.
func recordCommand(id, summary, description string) operation {
	return operation{
		id: id, method: http.MethodPost, path: "/api/v1/calls/{id}/" + id, tag: tagRecordings, summary: summary, description: description, access: command,
		codes: callCodes(dialer.CodeWrongState, dialer.CodeForbidden, dialer.CodeNotRecorded, dialer.CodeRequestRefused), example: exampleCall(),
	}
}

func (s *Server) recordingOperations() {
	needs := func(p agent.Privilege) string { return " Needs the privilege `" + string(p) + "`." }
	register(s, recordCommand("record-start", "Record the call",
		"Begins to record, and answers when Asterisk records. What was said before is not in it."+needs(agent.RecordCalls)), s.callCommand(s.engine.StartRecording))
	register(s, recordCommand("record-stop", "Stop recording the call",
		"Ends the recording; what was recorded is kept. Refused in a campaign all whose calls are recorded."+needs(agent.RecordCalls)),
		s.callCommand(s.engine.StopRecording))
	register(s, recordCommand("record-pause", "Pause the recording",
		"Keeps what is said from the answer on out of the recording, as card data must be. The file is silent as long."+needs(agent.PauseRecordings)),
		s.callCommand(s.engine.PauseRecording))
	register(s, recordCommand("record-resume", "Go on recording", "Ends the pause: what is said from now on is recorded again."), s.callCommand(s.engine.ResumeRecording))

	register(s, operation{
		id: "list-recordings", method: http.MethodGet, path: "/api/v1/recordings", tag: tagRecordings,
		summary: "List recordings",
		description: "Recordings of the agents whom the caller supervises, the newest first. For the next page, `after` is the id of the last one of this page." +
			needs(agent.HearRecordings),
		access: handler, codes: engineCodes(dialer.CodeStoreUnavailable), example: api.Recordings{Recordings: []recording.Meta{exampleRecording()}},
	}, func(ctx context.Context, in *recordingsInput) (*recordingsOutput, error) {
		found, err := s.engine.Recordings(ctx, caller(ctx).agent, recording.Query{
			Campaign: in.Campaign, Record: in.Record, Agent: in.Agent, Call: in.Call, From: in.From, Before: in.Before, After: in.After, Limit: in.Limit,
		})
		return &recordingsOutput{api.Recordings{Recordings: filled(found)}}, err
	})
	codes := engineCodes(dialer.CodeUnknownRecording, dialer.CodeForbidden, dialer.CodeStoreUnavailable)
	register(s, operation{
		id: "get-recording", method: http.MethodGet, path: "/api/v1/recordings/{id}", tag: tagRecordings,
		summary: "Show a recording", description: "What is known of a recording." + needs(agent.HearRecordings), access: handler, codes: codes, example: exampleRecording(),
	}, func(ctx context.Context, in *recordingInput) (*recordingOutput, error) {
		m, err := s.engine.Recording(ctx, caller(ctx).agent, in.ID)
		return &recordingOutput{m}, err
	})
	register(s, operation{
		id: "get-recording-audio", method: http.MethodGet, path: "/api/v1/recordings/{id}/audio", tag: tagRecordings,
		summary: "Hear a recording",
		description: "The file: WAV, 16-bit PCM, 8000 Hz, stereo (left the agent, right what the agent heard) or mono. Parts of it are to be had by range requests " +
			"(RFC 9110, section 14), so a browser can play it from anywhere. Who gets the file, or its beginning, is in the audit log." + needs(agent.HearRecordings),
		access: handler, codes: append(codes, api.Code(dialer.CodeWrongState), api.CodeRangeNotSatisfiable),
		answer: &answerDoc{"audio/wav", &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}, Example: "RIFF…"}},
	}, func(ctx context.Context, in *audioInput) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			r, w := humago.Unwrap(hc)
			s.serveRecording(w, r, in)
		}}, nil
	})
	register(s, operation{
		id: "delete-recording", method: http.MethodDelete, path: "/api/v1/recordings/{id}", tag: tagRecordings,
		summary: "Delete a recording", description: "Deletes the file and what is known of it, for good. That it was is in the audit log." + needs(agent.DeleteRecordings),
		access: command, status: http.StatusNoContent, codes: append(codes, api.Code(dialer.CodeWrongState)),
	}, func(ctx context.Context, in *recordingInput) (*nothing, error) {
		return &nothing{}, s.engine.DeleteRecording(ctx, caller(ctx).agent, in.ID)
	})
}

// serveRecording sends a recording, or the part of it that is asked for.
func (s *Server) serveRecording(w http.ResponseWriter, r *http.Request, in *audioInput) {
	// Whoever reads on, as players do, is noted once.
	ranges := r.Header.Get("Range")
	begins := ranges == "" || strings.HasPrefix(ranges, "bytes=0-") || !strings.HasPrefix(ranges, "bytes=") || strings.Contains(ranges, ",") || strings.HasPrefix(ranges, "bytes=-")
	m, file, err := s.engine.OpenRecording(r.Context(), caller(r.Context()).agent, in.ID, begins)
	if err != nil {
		writeProblem(w, r, problemOf(r.Context(), err))
		return
	}
	defer func() {
		if err := file.Close(); err != nil {
			s.log.Warn().Err(err).Str("recording", m.ID).Msg("closing a recording's file")
		}
	}()
	// A long file outlasts the deadline of ordinary answers.
	if err := http.NewResponseController(w).SetWriteDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		s.log.Warn().Err(err).Msg("clear write deadline")
	}
	disposition := "inline"
	if in.Download {
		disposition = "attachment"
	}
	name := path.Base(m.File)
	w.Header().Set("Content-Type", "audio/wav")
	w.Header().Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": name}))
	w.Header().Set("Cache-Control", "no-store")
	part := &handshake{ResponseWriter: w, allowed: []int{http.StatusOK, http.StatusPartialContent, http.StatusNotModified, http.StatusPreconditionFailed}}
	http.ServeContent(part, r, name, m.Ended, file)
	if part.refused == http.StatusRequestedRangeNotSatisfiable {
		for _, header := range []string{"Content-Disposition", "Last-Modified", "Accept-Ranges"} {
			w.Header().Del(header)
		}
		writeProblem(w, r, api.NewProblem(api.CodeRangeNotSatisfiable, ""))
	}
}

func exampleRecording() recording.Meta {
	c := exampleCall()
	return recording.Meta{
		ID: "01jn8z6b3k5w8e2n4r", Call: c.ID, Part: 1, Kind: recording.Conversation, Campaign: c.Campaign, Record: c.Record.ID, Name: c.Record.Name, Number: c.Number,
		Agent: c.Agent, Channels: recording.Stereo, State: recording.Stored, Started: c.Since, Ended: c.Since.Add(83 * time.Second), Millis: 83_000, Size: 2_656_044,
		File: "spring/2026-04-01/093012-C-1042-01jn8z5t0v9q2m4k7c-1.wav", Node: "ast1",
		Pauses: []recording.Pause{{From: c.Since.Add(40 * time.Second), To: c.Since.Add(55 * time.Second)}},
	}
}
