package aritest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Version is the Asterisk that the server says it is.
const Version = "22.10.1"

// objectKey names an object of dynamic configuration.
type objectKey struct{ class, kind, id string }

// configTypes are the kinds of objects that can be pushed, by configuration class.
var configTypes = map[string][]string{
	"res_pjsip": {"endpoint", "auth", "aor", "contact", "transport", "identify", "domain_alias", "global", "system"},
}

// configFields are fields that an object has without being given any.
var configFields = map[string]map[string]string{
	"endpoint": {"context": "default", "direct_media": "true", "dtmf_mode": "rfc4733", "transport": "", "aors": "", "auth": "", "allow": "(nothing)"},
	"auth":     {"auth_type": "userpass", "username": "", "password": "", "realm": ""},
	"aor":      {"max_contacts": "0", "remove_existing": "false", "qualify_frequency": "0", "contact": ""},
}

func defaultModules() map[string]string {
	modules := map[string]string{}
	for name, description := range map[string]string{
		"chan_pjsip.so": "PJSIP Channel Driver", "res_pjsip.so": "Basic SIP resource", "app_stasis.so": "Stasis dialplan application",
		"res_ari.so": "Asterisk RESTful Interface", "bridge_simple.so": "Simple two channel bridging module",
	} {
		modules[name] = description
	}
	return modules
}

func (s *Server) asteriskOperations() []operation {
	return []operation{
		{"GET", "/asterisk/ping", "", func(*params) *response {
			return ok(map[string]any{"asterisk_id": "aritest", "ping": "pong", "timestamp": timestamp(time.Now())})
		}},
		{"GET", "/asterisk/info", "only", s.info},
		{"GET", "/asterisk/variable", "variable", func(p *params) *response {
			if p.get("variable") == "" {
				return fail(http.StatusBadRequest, "Variable name is required")
			}
			return ok(map[string]any{"value": s.globals[p.get("variable")]})
		}},
		{"POST", "/asterisk/variable", "variable,value", func(p *params) *response {
			if p.get("variable") == "" {
				return fail(http.StatusBadRequest, "Variable name is required")
			}
			s.globals[p.get("variable")] = p.get("value")
			return noContent()
		}},
		{"GET", "/asterisk/config/dynamic/{configClass}/{objectType}/{id}", "", s.getObject},
		{"PUT", "/asterisk/config/dynamic/{configClass}/{objectType}/{id}", "fields", s.putObject},
		{"DELETE", "/asterisk/config/dynamic/{configClass}/{objectType}/{id}", "", s.deleteObject},
		{"GET", "/asterisk/modules", "", func(*params) *response {
			list := []any{}
			for _, name := range slices.Sorted(maps.Keys(s.modules)) {
				list = append(list, s.module(name))
			}
			return ok(list)
		}},
		{"GET", "/asterisk/modules/{moduleName}", "", func(p *params) *response {
			if _, loaded := s.modules[p.get("moduleName")]; !loaded {
				return fail(http.StatusNotFound, "Module could not be found in running modules")
			}
			return ok(s.module(p.get("moduleName")))
		}},
		{"POST", "/asterisk/modules/{moduleName}", "", func(p *params) *response {
			name := p.get("moduleName")
			if _, loaded := s.modules[name]; loaded {
				return fail(http.StatusConflict, "Module is already loaded")
			}
			if !strings.HasSuffix(name, ".so") {
				return fail(http.StatusConflict, "Module could not be loaded properly")
			}
			s.modules[name] = name
			return noContent()
		}},
		{"DELETE", "/asterisk/modules/{moduleName}", "", func(p *params) *response {
			if _, loaded := s.modules[p.get("moduleName")]; !loaded {
				return fail(http.StatusNotFound, "Module not found in running modules")
			}
			delete(s.modules, p.get("moduleName"))
			return noContent()
		}},
		{"PUT", "/asterisk/modules/{moduleName}", "", func(p *params) *response {
			if _, loaded := s.modules[p.get("moduleName")]; !loaded {
				return fail(http.StatusNotFound, "Module not found in running modules")
			}
			return noContent()
		}},
		{"GET", "/asterisk/logging", "", func(*params) *response {
			list := []any{}
			for name, levels := range s.logs {
				list = append(list, map[string]any{"channel": name, "type": "File", "status": "Enabled", "configuration": levels})
			}
			return ok(list)
		}},
		{"POST", "/asterisk/logging/{logChannelName}", "configuration", func(p *params) *response {
			name, levels := p.get("logChannelName"), p.get("configuration")
			switch _, exists := s.logs[name]; {
			case levels == "":
				return fail(http.StatusBadRequest, "Configuration levels are required")
			case exists:
				return fail(http.StatusConflict, "Log channel already exists")
			}
			s.logs[name] = levels
			return noContent()
		}},
		{"DELETE", "/asterisk/logging/{logChannelName}", "", s.withLog(func(name string) { delete(s.logs, name) })},
		{"PUT", "/asterisk/logging/{logChannelName}/rotate", "", s.withLog(func(string) {})},
	}
}

func (s *Server) withLog(h func(name string)) handler {
	return func(p *params) *response {
		name := p.get("logChannelName")
		if _, exists := s.logs[name]; !exists {
			return fail(http.StatusNotFound, "Log channel does not exist")
		}
		h(name)
		return noContent()
	}
}

func (s *Server) module(name string) map[string]any {
	return map[string]any{"name": name, "description": s.modules[name], "use_count": 0, "status": "Running", "support_level": "core"}
}

func (s *Server) info(p *params) *response {
	whole := map[string]any{
		"build": map[string]any{
			"os": "Linux", "kernel": "unknown", "options": "OPTIONAL_API", "machine": "unknown",
			"date": "2026-01-01 00:00:00 UTC", "user": "aritest",
		},
		"system": map[string]any{"version": Version, "entity_id": "aritest"},
		"config": map[string]any{"name": "aritest", "default_language": "en", "setid": map[string]any{"user": "", "group": ""}},
		"status": map[string]any{"startup_time": timestamp(s.started), "last_reload_time": timestamp(s.started)},
	}
	if only := p.list("only"); len(only) > 0 {
		maps.DeleteFunc(whole, func(part string, _ any) bool { return !slices.Contains(only, part) })
	}
	return ok(whole)
}

// object checks the path of a dynamic configuration request.
func (s *Server) object(p *params) (objectKey, *response) {
	key := objectKey{p.get("configClass"), p.get("objectType"), p.get("id")}
	kinds, known := configTypes[key.class]
	switch {
	case !known:
		return key, fail(http.StatusNotFound, "configClass '%s' not found", key.class)
	case !slices.Contains(kinds, key.kind):
		return key, fail(http.StatusNotFound, "objectType '%s' not found", key.kind)
	}
	return key, nil
}

func (s *Server) getObject(p *params) *response {
	key, bad := s.object(p)
	if bad != nil {
		return bad
	}
	fields, exists := s.objects[key]
	if !exists {
		return fail(http.StatusNotFound, "Object with id '%s' not found", key.id)
	}
	return ok(tuples(fields))
}

func (s *Server) putObject(p *params) *response {
	key, bad := s.object(p)
	if bad != nil {
		return bad
	}
	given, _ := p.body["fields"].([]any)
	existing, exists := s.objects[key]
	if exists && len(given) == 0 {
		return fail(http.StatusBadRequest, "Fields must be provided to update object '%s'", key.id)
	}
	fields := maps.Clone(configFields[key.kind])
	if exists {
		fields = maps.Clone(existing)
	}
	if fields == nil {
		fields = map[string]string{}
	}
	for _, item := range given {
		tuple, _ := item.(map[string]any)
		name := fmt.Sprint(tuple["attribute"])
		if _, known := fields[name]; !known && strings.HasPrefix(name, "no_such") {
			verb := "Creation"
			if exists {
				verb = "Update"
			}
			return fail(http.StatusBadRequest, "%s of object '%s' failed field value validation", verb, key.id)
		}
		fields[name] = fmt.Sprint(tuple["value"])
	}
	s.objects[key] = fields
	if key.kind == "endpoint" && s.endpoints["PJSIP/"+key.id] == nil {
		s.endpoints["PJSIP/"+key.id] = &endpoint{tech: "PJSIP", resource: key.id, behavior: Offline()}
	}
	return ok(tuples(fields))
}

func (s *Server) deleteObject(p *params) *response {
	key, bad := s.object(p)
	if bad != nil {
		return bad
	}
	if _, exists := s.objects[key]; !exists {
		return fail(http.StatusNotFound, "Object with id '%s' not found", key.id)
	}
	delete(s.objects, key)
	if key.kind == "endpoint" {
		delete(s.endpoints, "PJSIP/"+key.id)
	}
	return noContent()
}

func tuples(fields map[string]string) []any {
	list := []any{}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		list = append(list, map[string]any{"attribute": name, "value": fields[name]})
	}
	return list
}
