package aritest

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// playback is media on a channel, or on the channel that plays to a bridge. It holds that channel's thread.
type playback struct {
	s          *Server
	id, target string
	media      []string
	index      int
	lang       string
	state      string // queued, playing, continuing, paused, done, failed
	on         *channel
	timer      *timer
	until      time.Time     // when the current media ends
	left       time.Duration // of it, while paused
	ended      func()        // after the end
}

func (p *playback) json() map[string]any {
	out := map[string]any{
		"id": p.id, "media_uri": p.media[p.index], "target_uri": p.target, "language": p.lang, "state": p.state,
	}
	if p.index+1 < len(p.media) {
		out["next_media_uri"] = p.media[p.index+1]
	}
	return out
}

// topic is what the playback's events are published to.
func (p *playback) topic() string { return p.target }

func (p *playback) tell(eventType string) {
	p.s.publish(map[string]any{"type": eventType, "playback": p.json()}, p.topic())
}

// sounds that exist without being named in Options.
var sounds = map[string]time.Duration{
	"tt-monkeys": 16 * time.Second, "demo-congrats": 30 * time.Second, "hello-world": 1500 * time.Millisecond,
	"beep": 500 * time.Millisecond, "vm-nobodyavail": 2 * time.Second, "vm-goodbye": 1200 * time.Millisecond,
}

// forever is the length of media that does not end by itself.
const forever = time.Duration(-1)

// length is how long media plays, and whether it exists.
func (s *Server) length(uri string) (d time.Duration, exists, plays bool) {
	scheme, name, _ := strings.Cut(uri, ":")
	switch scheme {
	case "sound":
		name, _, _ = strings.Cut(name, "?")
		if n, isSilence := strings.CutPrefix(name, "silence/"); isSilence {
			if seconds, err := strconv.Atoi(n); err == nil {
				return time.Duration(seconds) * time.Second, true, true
			}
		}
		d, known := s.opts.Sounds[name]
		if !known {
			d, known = sounds[name]
		}
		return d, known, true
	case "recording":
		r, known := s.stored[name]
		if !known {
			return 0, false, false
		}
		return r.length, true, true
	case "tone":
		return forever, true, true
	case "digits", "characters":
		return time.Duration(len(name)) * 600 * time.Millisecond, true, true
	case "number":
		return time.Second, true, true
	}
	return 0, false, false // an unknown scheme is logged and passed over
}

// newPlayback reads a play request.
func (s *Server) newPlayback(p *params, target string) (*playback, *response) {
	media := p.list("media")
	switch {
	case p.num("skipms") < 0:
		return nil, fail(http.StatusBadRequest, "skipms cannot be negative")
	case p.num("offsetms") < 0:
		return nil, fail(http.StatusBadRequest, "offsetms cannot be negative")
	case len(media) == 0:
		return nil, fail(http.StatusInternalServerError, "Failed to queue media for playback")
	}
	id := p.get("playbackId")
	if id == "" {
		id = s.newID()
	}
	lang := p.get("lang")
	if lang == "" {
		lang = "en"
	}
	return &playback{s: s, id: id, target: target, media: media, lang: lang, state: "queued"}, nil
}

func (s *Server) playOnChannel(c *channel, p *params) *response {
	pb, bad := s.newPlayback(p, "channel:"+c.id)
	if bad != nil {
		return bad
	}
	pb.on = c
	s.playbacks[pb.id] = pb
	snapshot := pb.json()
	// Playing starts on the channel's thread, after the request has been answered or before.
	c.after(0, func() { pb.enqueue() })
	return created(snapshot)
}

func (s *Server) playOnBridge(b *bridge, p *params) *response {
	pb, bad := s.newPlayback(p, "bridge:"+b.id)
	if bad != nil {
		return bad
	}
	if b.player == nil || b.player.dead {
		b.player = s.addChannel("Announcer", "ARI", "")
		b.player.internal = true
	}
	pb.on = b.player
	pb.ended = func() {
		if b.player != nil && len(b.player.queue) == 0 {
			player := b.player
			b.player = nil
			player.hangup(16, 0)
		}
	}
	s.playbacks[pb.id] = pb
	snapshot := pb.json()
	pb.on.after(0, func() { pb.enqueue() })
	return created(snapshot)
}

// enqueue puts the playback on its channel's thread.
func (p *playback) enqueue() {
	cmd := p.on.submit(func() { p.start() })
	if !cmd.ran {
		cmd.then = func() {
			if !cmd.ran {
				delete(p.s.playbacks, p.id)
			}
		}
	}
}

// start plays on the channel's thread, unless it was cancelled while queued.
func (p *playback) start() {
	if p.state != "queued" {
		p.finish("done")
		return
	}
	p.on.busy, p.on.playing = true, p
	p.play()
}

// play begins the current media.
func (p *playback) play() {
	d, exists, plays := p.s.length(p.media[p.index])
	if d != forever {
		d = p.s.scaled(d)
	}
	if !plays {
		p.next()
		return
	}
	p.state = "playing"
	p.tell("PlaybackStarted")
	switch {
	case !exists:
		p.over("failed")
	case d != forever:
		p.run(d)
	}
}

// run lets the media play for d.
func (p *playback) run(d time.Duration) {
	p.until = time.Now().Add(d)
	p.timer = p.on.after(d, func() { p.over("done") })
}

// over is the end of the current media.
func (p *playback) over(state string) {
	if p.index+1 < len(p.media) {
		p.state = "continuing"
		p.tell("PlaybackContinuing")
		p.next()
		return
	}
	p.finish(state)
}

// next goes on with the following media, if any.
func (p *playback) next() {
	if p.index+1 == len(p.media) {
		p.finish("")
		return
	}
	p.index++
	p.play()
}

// finish ends the playback and frees the thread. An empty state tells nothing, as when nothing could be played.
func (p *playback) finish(state string) {
	p.timer.stop()
	if state != "" {
		p.state = state
		p.tell("PlaybackFinished")
	}
	delete(p.s.playbacks, p.id)
	if p.on.playing == p {
		p.on.playing = nil
		p.on.free()
	}
	if p.ended != nil {
		p.ended()
	}
}

// endMedia ends what plays or records when the channel goes.
func (c *channel) endMedia() {
	if c.playing != nil {
		p := c.playing
		c.playing = nil
		p.finish("failed")
	}
	if c.record != nil {
		c.record.finish("done")
	}
}

func (s *Server) playbackOperations() []operation {
	with := func(h func(*playback, *params) *response) handler {
		return func(p *params) *response {
			pb := s.playbacks[p.get("playbackId")]
			if pb == nil {
				return fail(http.StatusNotFound, "Playback not found")
			}
			return h(pb, p)
		}
	}
	return []operation{
		{"GET", "/playbacks/{playbackId}", "", with(func(pb *playback, _ *params) *response { return ok(pb.json()) })},
		{"DELETE", "/playbacks/{playbackId}", "", with(func(pb *playback, _ *params) *response {
			switch pb.state {
			case "queued":
				pb.state = "done"
			case "playing", "continuing", "paused":
				pb.on.after(0, func() {
					if pb.on.playing == pb {
						pb.finish("done")
					}
				})
			}
			return noContent()
		})},
		{"POST", "/playbacks/{playbackId}/control", "operation", func(p *params) *response {
			op := p.get("operation")
			switch op {
			case "":
				return fail(http.StatusBadRequest, "Missing operation")
			case "pause", "unpause", "restart", "reverse", "forward":
				return with(s.controlPlayback)(p)
			}
			return fail(http.StatusBadRequest, "Invalid operation %s", op)
		}},
	}
}

func (s *Server) controlPlayback(pb *playback, p *params) *response {
	op := p.get("operation")
	playing := pb.state == "playing" || pb.state == "continuing"
	switch {
	case playing && op == "pause":
		pb.timer.stop()
		pb.left = time.Until(pb.until)
		pb.state = "paused"
	case pb.state == "paused" && op == "unpause":
		pb.state = "playing"
		pb.run(pb.left)
	case playing && op == "restart":
		pb.timer.stop()
		if d, _, _ := s.length(pb.media[pb.index]); d != forever {
			pb.run(s.scaled(d))
		}
	case playing, pb.state == "paused" && op == "pause", pb.state == "queued" && op == "restart":
	default:
		return fail(http.StatusConflict, "Can only %s while media is playing", op)
	}
	return noContent()
}
