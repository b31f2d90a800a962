package aritest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// bridge joins channels.
type bridge struct {
	s        *Server
	id, name string
	kind     string // "mixing" or "holding"
	created  time.Time
	channels []*channel
	vars     map[string]string
	music    bool
	video    string
	dead     bool
	// player is the channel that plays to the bridge, and recorder the one that records it.
	player, recorder *channel
}

// technology is what Asterisk would choose.
func (b *bridge) technology() string {
	switch {
	case b.kind == "holding":
		return "holding_bridge"
	case len(b.members()) > 2:
		return "softmix"
	}
	return "simple_bridge"
}

// members are the channels that are told of.
func (b *bridge) members() []*channel {
	return slices.DeleteFunc(slices.Clone(b.channels), func(c *channel) bool { return c.internal })
}

func (b *bridge) json() map[string]any {
	ids := []string{}
	for _, c := range b.members() {
		ids = append(ids, c.id)
	}
	mode := "none"
	if b.video != "" {
		mode = "single"
	}
	out := map[string]any{
		"id": b.id, "technology": b.technology(), "bridge_type": b.kind, "bridge_class": "stasis", "creator": "Stasis",
		"name": b.name, "channels": ids, "creationtime": timestamp(b.created), "video_mode": mode,
	}
	if b.video != "" {
		out["video_source_id"] = b.video
	}
	return out
}

// join puts the channel into the bridge, out of the one it is in.
func (b *bridge) join(c *channel) {
	c.partBridge()
	a := c.app
	// The join and the channel's own loop each subscribe.
	a.subscribe("bridge", b.id)
	a.subscribe("bridge", b.id)
	c.bridge = b
	b.channels = append(b.channels, c)
	b.s.publish(map[string]any{"type": "ChannelEnteredBridge", "bridge": b.json(), "channel": c.json()}, "bridge:"+b.id)
}

// partBridge takes the channel out of its bridge.
func (c *channel) partBridge() {
	b := c.bridge
	if b == nil {
		return
	}
	c.bridge = nil
	b.channels = slices.DeleteFunc(b.channels, func(other *channel) bool { return other == c })
	b.s.publish(map[string]any{"type": "ChannelLeftBridge", "bridge": b.json(), "channel": c.json()}, "bridge:"+b.id)
	if c.app != nil {
		c.app.unsubscribe("bridge", b.id, false)
		if !c.hungup {
			// A hang-up ends the loop before it gives its subscription back, so that the application still hears of the bridge's end.
			c.app.unsubscribe("bridge", b.id, false)
		}
	}
	if len(b.members()) == 0 {
		b.music = false // what plays does not stay alone
	}
}

func (s *Server) bridgeOperations() []operation {
	return []operation{
		{"GET", "/bridges", "", func(*params) *response {
			list := []any{}
			for _, b := range s.bridges {
				list = append(list, b.json())
			}
			return ok(list)
		}},
		{"POST", "/bridges", "type,bridgeId,name,variables", s.createBridge},
		{"POST", "/bridges/{bridgeId}", "type,name,variables", s.createBridge},
		{"GET", "/bridges/{bridgeId}", "", s.withBridge(func(b *bridge, _ *params) *response { return ok(b.json()) })},
		{"DELETE", "/bridges/{bridgeId}", "", s.withBridge(s.destroyBridge)},
		{"POST", "/bridges/{bridgeId}/addChannel", "channel,role,absorbDTMF,mute,inhibitConnectedLineUpdates", s.withBridge(s.addToBridge)},
		{"POST", "/bridges/{bridgeId}/removeChannel", "channel", s.withBridge(s.removeFromBridge)},
		{"POST", "/bridges/{bridgeId}/moh", "mohClass", s.withBridge(func(b *bridge, _ *params) *response {
			b.music = true
			return noContent()
		})},
		{"DELETE", "/bridges/{bridgeId}/moh", "", s.withBridge(func(b *bridge, _ *params) *response {
			if !b.music {
				return fail(http.StatusConflict, "Bridge isn't playing music")
			}
			b.music = false
			return noContent()
		})},
		{"POST", "/bridges/{bridgeId}/play", playParams + ",announcer_format", s.withBridge(s.playOnBridge)},
		{"POST", "/bridges/{bridgeId}/play/{playbackId}", playParams + ",announcer_format", s.withBridge(s.playOnBridge)},
		{"POST", "/bridges/{bridgeId}/record", recordParams + ",recorder_format", s.withBridge(s.recordBridge)},
		{"POST", "/bridges/{bridgeId}/videoSource/{channelId}", "", s.withBridge(s.setVideoSource)},
		{"DELETE", "/bridges/{bridgeId}/videoSource", "", s.withBridge(func(b *bridge, _ *params) *response {
			b.video = ""
			return noContent()
		})},
		{"GET", "/bridges/{bridgeId}/variables", "variables", s.withBridge(s.bridgeVariables)},
		{"POST", "/bridges/{bridgeId}/variables", "variables", s.withBridge(s.setBridgeVariables)},
		{"GET", "/bridges/{bridgeId}/variable", "variable", s.withBridge(s.bridgeVariable)},
		{"POST", "/bridges/{bridgeId}/variable", "variable,value,report_events", s.withBridge(s.setBridgeVariable)},
	}
}

func (s *Server) withBridge(h func(*bridge, *params) *response) handler {
	return func(p *params) *response {
		b := s.bridges[p.get("bridgeId")]
		if b == nil {
			return fail(http.StatusNotFound, "Bridge not found")
		}
		return h(b, p)
	}
}

func (s *Server) createBridge(p *params) *response {
	id := p.get("bridgeId")
	if id != "" && s.bridges[id] != nil {
		return fail(http.StatusConflict, "Bridge with id '%s' already exists", id)
	}
	if id == "" {
		id = s.newID()
	}
	variables, bad := p.vars()
	if bad != nil {
		return bad
	}
	kind := "mixing"
	for t := range strings.SplitSeq(p.get("type"), ",") {
		switch strings.TrimSpace(t) {
		case "holding":
			kind = "holding"
		case "", "mixing", "dtmf_events", "proxy_media", "video_sfu", "video_single", "sdp_label":
		default:
			return fail(http.StatusInternalServerError, "Unable to create bridge")
		}
	}
	if variables == nil {
		variables = map[string]string{}
	}
	b := &bridge{s: s, id: id, name: p.get("name"), kind: kind, created: time.Now(), vars: variables}
	s.bridges[id] = b
	return ok(b.json())
}

func (s *Server) destroyBridge(b *bridge, _ *params) *response {
	b.dead = true
	for _, c := range slices.Clone(b.channels) {
		c.partBridge()
	}
	delete(s.bridges, b.id)
	s.publish(map[string]any{"type": "BridgeDestroyed", "bridge": b.json()}, "bridge:"+b.id)
	for _, a := range s.apps {
		a.unsubscribe("bridge", b.id, true)
		s.forget(a)
	}
	for _, c := range []*channel{b.player, b.recorder} {
		if c != nil {
			c.hangup(16, 0)
		}
	}
	return noContent()
}

// namedChannels are the channels of a request, all in Stasis.
func (s *Server) namedChannels(p *params) ([]*channel, *response) {
	names := p.list("channel")
	if len(names) == 0 {
		return nil, fail(http.StatusBadRequest, "Missing parameter channel")
	}
	var out []*channel
	for _, id := range names {
		c := s.channels[id]
		switch {
		case c == nil:
			return nil, fail(http.StatusBadRequest, "Channel not found")
		case c.app == nil:
			return nil, fail(http.StatusUnprocessableEntity, "Channel not in Stasis application")
		}
		out = append(out, c)
	}
	return out, nil
}

func (s *Server) addToBridge(b *bridge, p *params) *response {
	list, bad := s.namedChannels(p)
	if bad != nil {
		return bad
	}
	for _, c := range list {
		if c.record != nil {
			return fail(http.StatusConflict, "Channel %s currently recording", c.id)
		}
	}
	return s.onThreads(list, func(c *channel) {
		if !b.dead && c.app != nil {
			c.role = p.get("role")
			b.join(c)
		}
	})
}

func (s *Server) removeFromBridge(b *bridge, p *params) *response {
	list, bad := s.namedChannels(p)
	if bad != nil {
		return bad
	}
	for _, c := range list {
		if c.bridge != b {
			return fail(http.StatusUnprocessableEntity, "Channel not in this bridge")
		}
	}
	return s.onThreads(list, func(c *channel) {
		if c.bridge == b {
			c.partBridge()
		}
	})
}

// onThreads runs f on the thread of each channel, one channel after another, and answers 204 when that is done. A channel that goes
// meanwhile is passed over: Asterisk answers 204 then too.
func (s *Server) onThreads(list []*channel, f func(*channel)) *response {
	done := make(chan struct{})
	var next func(i int)
	next = func(i int) {
		if i == len(list) {
			close(done)
			return
		}
		c := list[i]
		cmd := c.submit(func() { f(c) })
		if cmd.ran {
			next(i + 1)
			return
		}
		cmd.then = func() { next(i + 1) }
	}
	next(0)
	resp := noContent()
	resp.after = func(r *http.Request) *response {
		select {
		case <-done:
		case <-r.Context().Done():
		}
		return nil
	}
	return resp
}

func (s *Server) setVideoSource(b *bridge, p *params) *response {
	c := s.channels[p.get("channelId")]
	switch {
	case c == nil:
		return fail(http.StatusNotFound, "Channel not found")
	case c.app == nil:
		return fail(http.StatusConflict, "Channel not in Stasis application")
	case c.bridge != b:
		return fail(http.StatusUnprocessableEntity, "Channel not in this bridge")
	}
	b.video = c.id
	return noContent()
}
