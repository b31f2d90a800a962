package aritest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// maxID is the longest id that a request may choose.
const maxID = 149

// defaultTimeout is how long an originated call rings when the request does not say.
const defaultTimeout = 30 * time.Second

// formats are the media formats that the server knows.
var formats = []string{"ulaw", "alaw", "g722", "opus", "gsm", "slin", "slin16"}

// checkEndpoint checks what both originate and create check first, in Asterisk's order.
func checkEndpoint(p *params) *response {
	id, endpoint := p.get("channelId"), p.get("endpoint")
	tech, resource, _ := strings.Cut(endpoint, "/")
	switch {
	case len(id) > maxID || len(p.get("otherChannelId")) > maxID:
		return fail(http.StatusBadRequest, "Uniqueid length exceeds maximum of %d", maxID)
	case endpoint == "":
		return fail(http.StatusBadRequest, "Endpoint must be specified")
	case p.get("originator") != "" && p.get("formats") != "":
		return fail(http.StatusBadRequest, "Originator and formats can't both be specified")
	case tech == "" || resource == "":
		return fail(http.StatusBadRequest, "Invalid endpoint specified")
	}
	return nil
}

// newChannel makes a channel to an endpoint; the response is not nil if that cannot be.
func (s *Server) newChannel(p *params) (*channel, Behavior, *response) {
	id := p.get("channelId")
	tech, resource, _ := strings.Cut(p.get("endpoint"), "/")
	for _, format := range p.list("formats") {
		if !slices.Contains(formats, format) {
			return nil, Behavior{}, fail(http.StatusBadRequest, "Provided format (%s) was not found", format)
		}
	}
	variables, bad := p.vars()
	if bad != nil {
		return nil, Behavior{}, bad
	}
	b, reachable := s.lookup(tech, resource)
	if !reachable {
		return nil, Behavior{}, allocationFailed()
	}
	if id != "" && s.channels[id] != nil {
		return nil, Behavior{}, fail(http.StatusConflict, "Channel with given unique ID already exists")
	}
	c := s.addChannel(tech, resource, id)
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		c.setVar(name, variables[name])
	}
	return c, b, nil
}

// addChannel makes a channel in state Down.
func (s *Server) addChannel(tech, resource, id string) *channel {
	if id == "" {
		id = s.newID()
	}
	s.next++
	peer := resource
	if _, trunk, found := strings.Cut(resource, "@"); found && tech == "PJSIP" {
		peer = trunk
	}
	c := &channel{
		s: s, id: id, name: fmt.Sprintf("%s/%s-%08x", tech, peer, s.next), tech: tech, dial: resource,
		state: "Down", created: time.Now(), language: "en", vars: map[string]string{},
		dialplan: place{context: "hasshin-incoming", exten: "s", priority: 1},
	}
	if tech == "Local" {
		c.dialplan.exten, c.dialplan.context, _ = strings.Cut(resource, "@")
	}
	s.channels[id] = c
	return c
}

func (s *Server) originate(p *params) *response {
	if bad := checkEndpoint(p); bad != nil {
		return bad
	}
	if p.get("app") == "" && p.get("extension") == "" {
		return fail(http.StatusBadRequest, "Application or extension must be specified")
	}
	if originator := p.get("originator"); originator != "" && s.channels[originator] == nil {
		return fail(http.StatusBadRequest, "Provided originator channel was not found")
	}
	c, b, bad := s.newChannel(p)
	if bad != nil {
		return bad
	}
	if id := parseCallerID(p.get("callerId")); id != (party{}) {
		c.caller, c.connected = id, id
	}
	c.dialplan.app, c.dialplan.data = "AppDial2", "(Outgoing Line)"
	name := p.get("app")
	if a := s.apps[name]; a != nil {
		a.subscribe("channel", c.id)
	}
	timeout := defaultTimeout
	switch n := p.num("timeout"); {
	case n > 0:
		timeout = time.Duration(n) * time.Second
	case n == -1:
		timeout = 0
	}
	args := splitArgs(p.get("appArgs"))
	answered := func() {
		if name == "" || !c.enter(s.apps[name], args) {
			// In the dialplan, of which this server has none, or for an application that is not there: the call ends.
			c.hangup(16, 0)
		}
	}
	snapshot := c.json()
	c.after(0, func() { c.place(b, timeout, answered) })
	return ok(snapshot)
}

func (s *Server) create(p *params) *response {
	if bad := checkEndpoint(p); bad != nil {
		return bad
	}
	c, b, bad := s.newChannel(p)
	if bad != nil {
		return bad
	}
	c.byCreate = true
	c.far = &dialing{behavior: b}
	a := s.apps[p.get("app")]
	if a != nil {
		a.subscribe("channel", c.id)
	}
	args := splitArgs(p.get("appArgs"))
	snapshot := c.json()
	c.after(0, func() {
		if !c.enter(a, args) {
			c.hangup(0, 0)
		}
	})
	return ok(snapshot)
}

// dialCreated is POST /channels/{channelId}/dial.
func (s *Server) dialCreated(c *channel, p *params) *response {
	switch {
	case c.state != "Down":
		return fail(http.StatusConflict, "Channel is not in the 'Down' state")
	case !c.byCreate || c.dialed:
		return fail(http.StatusConflict, "Dialing a channel not created by ARI")
	}
	c.dialed = true
	if caller := s.channels[p.get("caller")]; caller != nil {
		c.connected = caller.caller
	}
	timeout := time.Duration(p.num("timeout")) * time.Second
	c.submit(func() { c.place(c.far.behavior, timeout, func() {}) })
	return noContent()
}

// expire is the end of a call that was not answered in time.
func (c *channel) expire() {
	if c.byCreate {
		c.requestHangup(map[string]any{"cause": 32, "soft": true})
	}
	c.hangup(19, sipOfCause(19))
}

// refused is the far end saying no.
func (c *channel) refused(cause, sip int) {
	c.cause, c.techCause = cause, sip
	fields := map[string]any{"cause": cause}
	if sip != 0 {
		fields["tech_cause"] = sip
	}
	c.requestHangup(fields)
	if !c.byCreate {
		c.tellDial(dialStatus(cause), c.dial)
	}
	c.hangup(cause, sip)
}

// parseCallerID reads `"Name" <number>`, `Name <number>` or a bare number.
func parseCallerID(text string) party {
	if text == "" {
		return party{}
	}
	name, number, found := strings.Cut(text, "<")
	if !found {
		if strings.Trim(text, "+0123456789-() ") == "" {
			return party{number: strings.NewReplacer("-", "", "(", "", ")", "", " ", "").Replace(text)}
		}
		return party{name: strings.Trim(strings.TrimSpace(text), `"`)}
	}
	return party{name: strings.Trim(strings.TrimSpace(name), `"`), number: strings.TrimSuffix(strings.TrimSpace(number), ">")}
}

// splitArgs splits the arguments of an application.
func splitArgs(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}
