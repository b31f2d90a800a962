package aritest

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// mailbox is a count of messages.
type mailbox struct{ fresh, old int }

// soundFormats are the formats of the sounds that the server has.
var soundFormats = []any{map[string]any{"language": "en", "format": "wav"}}

// stateOperations are sounds, device states, mailboxes and user events.
func (s *Server) stateOperations() []operation {
	return []operation{
		{"GET", "/sounds", "lang,format", func(p *params) *response {
			if lang := p.get("lang"); lang != "" && lang != "en" {
				return fail(http.StatusNotFound, "No sounds found that matched the query")
			}
			list := []any{}
			for _, name := range s.soundNames() {
				list = append(list, soundJSON(name))
			}
			return ok(list)
		}},
		{"GET", "/sounds/{soundId}", "", func(p *params) *response {
			if !slices.Contains(s.soundNames(), p.get("soundId")) {
				return fail(http.StatusNotFound, "Sound not found")
			}
			return ok(soundJSON(p.get("soundId")))
		}},
		{"GET", "/deviceStates", "", func(*params) *response {
			list := []any{}
			for _, name := range slices.Sorted(maps.Keys(s.devices)) {
				list = append(list, map[string]any{"name": name, "state": s.devices[name]})
			}
			return ok(list)
		}},
		{"GET", "/deviceStates/{deviceName}", "", func(p *params) *response {
			name := p.get("deviceName")
			state, known := s.devices[name]
			if !known {
				state = "UNKNOWN"
				if strings.HasPrefix(name, "Stasis:") {
					state = "NOT_INUSE"
				}
			}
			return ok(map[string]any{"name": name, "state": state})
		}},
		{"PUT", "/deviceStates/{deviceName}", "deviceState", s.device(func(name string, p *params) {
			s.devices[name] = p.get("deviceState")
			s.publish(map[string]any{
				"type": "DeviceStateChanged", "device_state": map[string]any{"name": name, "state": s.devices[name]},
			}, "deviceState:"+name)
		})},
		{"DELETE", "/deviceStates/{deviceName}", "", s.device(func(name string, _ *params) { delete(s.devices, name) })},
		{"GET", "/mailboxes", "", func(*params) *response {
			list := []any{}
			for _, name := range slices.Sorted(maps.Keys(s.mailboxes)) {
				list = append(list, s.mailboxJSON(name))
			}
			return ok(list)
		}},
		{"GET", "/mailboxes/{mailboxName}", "", func(p *params) *response {
			if _, exists := s.mailboxes[p.get("mailboxName")]; !exists {
				return fail(http.StatusNotFound, "Mailbox is does not exist")
			}
			return ok(s.mailboxJSON(p.get("mailboxName")))
		}},
		{"PUT", "/mailboxes/{mailboxName}", "oldMessages,newMessages", func(p *params) *response {
			s.mailboxes[p.get("mailboxName")] = mailbox{p.num("newMessages"), p.num("oldMessages")}
			return noContent()
		}},
		{"DELETE", "/mailboxes/{mailboxName}", "", func(p *params) *response {
			if _, exists := s.mailboxes[p.get("mailboxName")]; !exists {
				return fail(http.StatusNotFound, "Mailbox does not exist")
			}
			delete(s.mailboxes, p.get("mailboxName"))
			return noContent()
		}},
		{"POST", "/events/claim", "channelId,application", func(p *params) *response {
			switch {
			case p.get("channelId") == "":
				return fail(http.StatusBadRequest, "channelId parameter is required")
			case p.get("application") == "":
				return fail(http.StatusBadRequest, "application parameter is required")
			}
			return fail(http.StatusNotImplemented, "Broadcast functionality not available (res_stasis_broadcast not loaded)")
		}},
		{"POST", "/events/user/{eventName}", "application,source,variables", s.userEvent},
	}
}

func (s *Server) soundNames() []string {
	names := slices.Concat(slices.Collect(maps.Keys(sounds)), slices.Collect(maps.Keys(s.opts.Sounds)))
	slices.Sort(names)
	return slices.Compact(names)
}

func soundJSON(name string) map[string]any {
	return map[string]any{"id": name, "text": "", "formats": soundFormats}
}

func (s *Server) mailboxJSON(name string) map[string]any {
	m := s.mailboxes[name]
	return map[string]any{"name": name, "new_messages": m.fresh, "old_messages": m.old}
}

// device checks that the device is one that ARI controls.
func (s *Server) device(h func(name string, p *params)) handler {
	return func(p *params) *response {
		name := p.get("deviceName")
		if !strings.HasPrefix(name, "Stasis:") {
			return fail(http.StatusConflict, "Uncontrolled device specified")
		}
		h(name, p)
		return noContent()
	}
}

func (s *Server) userEvent(p *params) *response {
	name := p.get("application")
	if name == "" {
		return fail(http.StatusBadRequest, "Missing parameter application")
	}
	a := s.apps[name]
	if a == nil {
		return fail(http.StatusNotFound, "Application not found")
	}
	fields := map[string]any{}
	if given, isObject := p.body["variables"].(map[string]any); isObject {
		maps.Copy(fields, given)
	}
	fields["eventname"] = p.get("eventName")
	event := map[string]any{"type": "ChannelUserevent", "eventname": p.get("eventName"), "userevent": fields}
	for _, source := range p.list("source") {
		kind, id, _ := strings.Cut(source, ":")
		switch {
		case kind == "channel" && s.channels[id] != nil:
			event["channel"] = s.channels[id].json()
		case kind == "bridge" && s.bridges[id] != nil:
			event["bridge"] = s.bridges[id].json()
		case kind == "endpoint" && s.endpoints[id] != nil:
			event["endpoint"] = s.endpointJSON(s.endpoints[id])
		case kind == "channel" || kind == "bridge" || kind == "endpoint":
			return fail(http.StatusUnprocessableEntity, "Event source was not found")
		default:
			return fail(http.StatusBadRequest, "Invalid event source URI scheme")
		}
	}
	s.send(a, event)
	return noContent()
}
