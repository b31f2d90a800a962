package aritest

import (
	"bytes"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// recording is a live recording. It holds the thread of the channel it runs on and bars it from bridges.
type recording struct {
	s            *Server
	name, format string
	target       string
	state        string // queued, recording, paused, done, canceled, failed
	started      time.Time
	length       time.Duration // known at the end
	on           *channel
	own          bool // on is a channel made for the recording of a bridge
}

// storedRecording is a recording on disk.
type storedRecording struct {
	name, format string
	length       time.Duration
	data         []byte
}

func (r *storedRecording) json() map[string]any {
	return map[string]any{"name": r.name, "format": r.format}
}

func (r *recording) json() map[string]any {
	out := map[string]any{"name": r.name, "format": r.format, "state": r.state, "target_uri": r.target}
	if r.state == "done" || r.state == "canceled" {
		out["duration"] = int(r.length / time.Second)
	}
	return out
}

func (r *recording) tell(eventType string) {
	r.s.publish(map[string]any{"type": eventType, "recording": r.json()}, r.target)
}

// newRecording reads a record request.
func (s *Server) newRecording(p *params, target string) (*recording, *response) {
	name, format := p.get("name"), p.get("format")
	ifExists, terminate := p.get("ifExists"), p.get("terminateOn")
	switch {
	case p.num("maxDurationSeconds") < 0:
		return nil, fail(http.StatusBadRequest, "max_duration_seconds cannot be negative")
	case p.num("maxSilenceSeconds") < 0:
		return nil, fail(http.StatusBadRequest, "max_silence_seconds cannot be negative")
	case !slices.Contains([]string{"", "none", "any", "*", "#"}, terminate):
		return nil, fail(http.StatusBadRequest, "terminateOn invalid")
	case !slices.Contains([]string{"", "fail", "overwrite", "append"}, ifExists):
		return nil, fail(http.StatusBadRequest, "ifExists invalid")
	case !slices.Contains([]string{"wav", "ulaw", "alaw", "sln", "gsm"}, format):
		return nil, fail(http.StatusUnprocessableEntity, "specified format is unknown on this system")
	case name == "":
		return nil, fail(http.StatusInternalServerError, "Error parsing request")
	case strings.HasPrefix(path.Clean(name), ".."):
		return nil, fail(http.StatusBadRequest, "Recording name invalid")
	case s.recordings[name] != nil, s.stored[name] != nil && ifExists != "overwrite" && ifExists != "append":
		return nil, fail(http.StatusConflict, "Recording '%s' already exists and can not be overwritten", name)
	}
	return &recording{s: s, name: name, format: format, target: target, state: "queued"}, nil
}

func (s *Server) recordChannel(c *channel, p *params) *response {
	r, bad := s.newRecording(p, "channel:"+c.id)
	if bad != nil {
		return bad
	}
	r.on = c
	return r.begin(p)
}

func (s *Server) recordBridge(b *bridge, p *params) *response {
	r, bad := s.newRecording(p, "bridge:"+b.id)
	if bad != nil {
		return bad
	}
	r.on = s.addChannel("Recorder", "ARI", "")
	r.on.internal, r.own = true, true
	b.recorder = r.on
	return r.begin(p)
}

func (r *recording) begin(p *params) *response {
	r.s.recordings[r.name] = r
	limit := time.Duration(p.num("maxDurationSeconds")) * time.Second
	c := r.on
	c.record = r
	snapshot := r.json()
	c.after(0, func() {
		c.submit(func() {
			if r.state != "queued" {
				return
			}
			c.busy = true
			r.state, r.started = "recording", time.Now()
			r.tell("RecordingStarted")
			if limit > 0 {
				c.after(r.s.scaled(limit), func() { r.finish("done") })
			}
		})
	})
	return created(snapshot)
}

// finish ends the recording as done (kept) or canceled (thrown away).
func (r *recording) finish(state string) {
	if r.s.recordings[r.name] != r {
		return
	}
	running := r.state == "recording" || r.state == "paused"
	r.state = state
	if running {
		r.length = time.Since(r.started)
	}
	delete(r.s.recordings, r.name)
	if state == "done" && running {
		r.s.stored[r.name] = &storedRecording{name: r.name, format: r.format, length: r.length, data: sound(r.format, r.length)}
	}
	r.on.record = nil
	r.state = "done" // Asterisk says so of a cancelled one too
	r.tell("RecordingFinished")
	if running {
		r.on.free()
	}
	if r.own {
		r.on.hangup(16, 0)
	}
}

// sound is what a recording's file has: of raw samples as many as there would be, of any other format only its beginning.
func sound(format string, length time.Duration) []byte {
	if format != "sln" {
		return []byte("RIFF")
	}
	return bytes.Repeat([]byte{1, 0}, int(length*8000/time.Second))
}

func (s *Server) recordingOperations() []operation {
	live := func(states []string, h func(*recording)) handler {
		return func(p *params) *response {
			r := s.recordings[p.get("recordingName")]
			switch {
			case r == nil:
				return fail(http.StatusNotFound, "Recording not found")
			case !slices.Contains(states, r.state):
				return fail(http.StatusConflict, "Recording not in session")
			}
			h(r)
			return noContent()
		}
	}
	stored := func(h func(*storedRecording, *params) *response) handler {
		return func(p *params) *response {
			r := s.stored[p.get("recordingName")]
			if r == nil {
				return fail(http.StatusNotFound, "Recording not found")
			}
			return h(r, p)
		}
	}
	all, running := []string{"queued", "recording", "paused"}, []string{"recording", "paused"}
	end := func(state string) func(*recording) {
		return func(r *recording) { r.on.after(0, func() { r.finish(state) }) }
	}
	return []operation{
		{"GET", "/recordings/stored", "", func(*params) *response {
			list := []any{}
			for _, r := range s.stored {
				list = append(list, r.json())
			}
			return ok(list)
		}},
		{"GET", "/recordings/stored/{recordingName}", "", stored(func(r *storedRecording, _ *params) *response { return ok(r.json()) })},
		{"DELETE", "/recordings/stored/{recordingName}", "", stored(func(r *storedRecording, _ *params) *response {
			delete(s.stored, r.name)
			return noContent()
		})},
		{"GET", "/recordings/stored/{recordingName}/file", "", stored(func(r *storedRecording, _ *params) *response {
			return &response{status: http.StatusOK, raw: r.data, mime: "audio/" + r.format}
		})},
		{"POST", "/recordings/stored/{recordingName}/copy", "destinationRecordingName", stored(func(r *storedRecording, p *params) *response {
			name := p.get("destinationRecordingName")
			switch {
			case s.stored[name] != nil:
				return fail(http.StatusConflict, "A recording with the same name already exists on the system")
			case strings.HasPrefix(path.Clean(name), ".."):
				return fail(http.StatusBadRequest, "Invalid destination recording name")
			}
			dup := *r
			dup.name = name
			s.stored[name] = &dup
			return ok(dup.json())
		})},
		{"GET", "/recordings/live/{recordingName}", "", func(p *params) *response {
			r := s.recordings[p.get("recordingName")]
			if r == nil {
				return fail(http.StatusNotFound, "Recording not found")
			}
			return ok(r.json())
		}},
		{"DELETE", "/recordings/live/{recordingName}", "", live(all, end("canceled"))},
		{"POST", "/recordings/live/{recordingName}/stop", "", live(all, end("done"))},
		{"POST", "/recordings/live/{recordingName}/pause", "", live(running, func(r *recording) { r.state = "paused" })},
		{"DELETE", "/recordings/live/{recordingName}/pause", "", live(running, func(r *recording) { r.state = "recording" })},
		{"POST", "/recordings/live/{recordingName}/mute", "", live(running, func(*recording) {})},
		{"DELETE", "/recordings/live/{recordingName}/mute", "", live(running, func(*recording) {})},
	}
}
