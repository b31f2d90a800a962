package aritest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// app is a Stasis application: who is connected for it and what it is subscribed to.
type app struct {
	name       string
	socket     *socket // nil: inactive
	subs       map[string]int
	order      []string // of subs, as first subscribed
	allowed    []any
	disallowed []any
}

// Subscriptions are counted, as Asterisk counts them: an originated channel is subscribed once by the originate and once by StasisStart, so
// that its end is told although StasisEnd takes one away.
func (a *app) subscribe(kind, id string) {
	key := kind + ":" + id
	if a.subs[key] == 0 {
		a.order = append(a.order, key)
	}
	a.subs[key]++
}

// unsubscribe takes one subscription away, or with terminate all, and reports whether there was any.
func (a *app) unsubscribe(kind, id string, terminate bool) bool {
	key := kind + ":" + id
	if a.subs[key] == 0 {
		return false
	}
	a.subs[key]--
	if terminate || a.subs[key] == 0 {
		delete(a.subs, key)
		a.order = slices.DeleteFunc(a.order, func(k string) bool { return k == key })
	}
	return true
}

func (a *app) subscribed(kind, id string) bool { return a.subs[kind+":"+id] > 0 }

func (a *app) ids(kind string) []string {
	out := []string{}
	for _, key := range a.order {
		if id, ok := strings.CutPrefix(key, kind+":"); ok {
			out = append(out, id)
		}
	}
	return out
}

func (a *app) json() map[string]any {
	return map[string]any{
		"name":              a.name,
		"channel_ids":       a.ids("channel"),
		"bridge_ids":        a.ids("bridge"),
		"endpoint_ids":      a.ids("endpoint"),
		"device_names":      a.ids("deviceState"),
		"events_allowed":    orEmpty(a.allowed),
		"events_disallowed": orEmpty(a.disallowed),
	}
}

func orEmpty(list []any) []any {
	if list == nil {
		return []any{}
	}
	return list
}

// passes applies the event filter.
func (a *app) passes(eventType string) bool {
	if filterHas(a.disallowed, eventType) {
		return false
	}
	return len(a.allowed) == 0 || filterHas(a.allowed, eventType)
}

func filterHas(filter []any, eventType string) bool {
	return slices.ContainsFunc(filter, func(item any) bool {
		object, ok := item.(map[string]any)
		return ok && object["type"] == eventType
	})
}

// send puts an event into the application's socket. With nobody connected it is lost, as in Asterisk.
func (s *Server) send(a *app, event map[string]any) {
	if a.socket == nil || !a.passes(event["type"].(string)) {
		return
	}
	message := map[string]any{"application": a.name, "asterisk_id": "aritest"}
	for k, v := range event {
		message[k] = v
	}
	if _, ok := message["timestamp"]; !ok {
		message["timestamp"] = timestamp(time.Now())
	}
	data, err := json.Marshal(message)
	if err != nil {
		panic(err) // the event was built here
	}
	s.opts.Logf("aritest: event %s", data)
	a.socket.put(data, s.gate)
}

// publish sends an event to each application subscribed to one of the topics ("channel:ID", "bridge:ID", …), once.
func (s *Server) publish(event map[string]any, topics ...string) {
	for _, a := range s.apps {
		for _, topic := range topics {
			if a.subs[topic] > 0 {
				s.send(a, event)
				break
			}
		}
	}
}

// register connects a socket to applications; one that was connected is told that it was replaced.
func (s *Server) register(sock *socket, names []string) {
	for _, name := range names {
		a := s.apps[name]
		if a == nil {
			a = &app{name: name, subs: map[string]int{}}
			s.apps[name] = a
		}
		if old := a.socket; old != nil {
			s.send(a, map[string]any{"type": "ApplicationReplaced"})
			old.apps = slices.DeleteFunc(old.apps, func(n string) bool { return n == name })
		}
		a.socket = sock
		sock.apps = append(sock.apps, name)
	}
}

// unregister disconnects a socket from its applications; one with nothing left to watch is forgotten.
func (s *Server) unregister(sock *socket) {
	delete(s.sockets, sock)
	sock.abandon()
	for _, name := range sock.apps {
		if a := s.apps[name]; a != nil && a.socket == sock {
			a.socket = nil
			s.forget(a)
		}
	}
	sock.apps = nil
}

// forget drops an application that is inactive and has no subscriptions.
func (s *Server) forget(a *app) {
	if a.socket == nil && len(a.subs) == 0 {
		delete(s.apps, a.name)
	}
}

func (s *Server) applicationOperations() []operation {
	return []operation{
		{"GET", "/applications", "", func(*params) *response {
			list := []any{}
			for _, a := range s.apps {
				list = append(list, a.json())
			}
			return ok(list)
		}},
		{"GET", "/applications/{applicationName}", "", s.withApp(func(a *app, _ *params) *response { return ok(a.json()) })},
		{"POST", "/applications/{applicationName}/subscription", "eventSource", s.subscribeApp},
		{"DELETE", "/applications/{applicationName}/subscription", "eventSource", s.unsubscribeApp},
		{"PUT", "/applications/{applicationName}/eventFilter", "filter,allowed,disallowed", s.withApp(s.filterApp)},
	}
}

func (s *Server) withApp(h func(*app, *params) *response) handler {
	return func(p *params) *response {
		a := s.apps[p.get("applicationName")]
		if a == nil {
			return fail(http.StatusNotFound, "Application not found")
		}
		return h(a, p)
	}
}

// eventSources parses and checks the sources named in a request.
func (s *Server) eventSources(p *params, gone func(kind, id string) *response) ([][2]string, *response) {
	names := p.list("eventSource")
	if len(names) == 0 {
		return nil, fail(http.StatusBadRequest, "Missing parameter eventSource")
	}
	var out [][2]string
	for _, name := range names {
		kind, id, _ := strings.Cut(name, ":")
		switch kind {
		case "channel", "bridge", "endpoint", "deviceState":
		default:
			return nil, fail(http.StatusBadRequest, "Invalid event source URI scheme")
		}
		if bad := gone(kind, id); bad != nil {
			return nil, bad
		}
		out = append(out, [2]string{kind, id})
	}
	return out, nil
}

func (s *Server) subscribeApp(p *params) *response {
	if len(p.list("eventSource")) == 0 {
		return fail(http.StatusBadRequest, "Missing parameter eventSource")
	}
	return s.withApp(func(a *app, p *params) *response {
		sources, bad := s.eventSources(p, func(kind, id string) *response {
			if kind == "channel" && s.channels[id] == nil || kind == "bridge" && s.bridges[id] == nil ||
				kind == "endpoint" && s.endpoints[id] == nil {
				return fail(http.StatusUnprocessableEntity, "Event source does not exist")
			}
			return nil
		})
		if bad != nil {
			return bad
		}
		for _, source := range sources {
			a.subscribe(source[0], source[1])
		}
		return ok(a.json())
	})(p)
}

func (s *Server) unsubscribeApp(p *params) *response {
	if len(p.list("eventSource")) == 0 {
		return fail(http.StatusBadRequest, "Missing parameter eventSource")
	}
	return s.withApp(func(a *app, p *params) *response {
		sources, bad := s.eventSources(p, func(kind, id string) *response {
			if !a.subscribed(kind, id) {
				return fail(http.StatusUnprocessableEntity, "Event source was not subscribed to")
			}
			return nil
		})
		if bad != nil {
			return bad
		}
		for _, source := range sources {
			a.unsubscribe(source[0], source[1], false)
		}
		return ok(a.json())
	})(p)
}

func (s *Server) filterApp(a *app, p *params) *response {
	body := p.body
	if inner, ok := body["filter"].(map[string]any); ok {
		body = inner
	}
	allowed, disallowed := a.allowed, a.disallowed
	if len(body) == 0 {
		allowed, disallowed = nil, nil
	}
	for name, list := range map[string]*[]any{"allowed": &allowed, "disallowed": &disallowed} {
		raw, present := body[name]
		if !present {
			continue
		}
		items, isList := raw.([]any)
		if !isList || slices.ContainsFunc(items, func(item any) bool {
			object, _ := item.(map[string]any)
			name, _ := object["type"].(string)
			return name == ""
		}) {
			return fail(http.StatusBadRequest, "Invalid format definition")
		}
		*list = items
	}
	a.allowed, a.disallowed = allowed, disallowed
	return ok(a.json())
}
