package aritest

import (
	"net/http"
	"slices"
	"strings"
)

func (s *Server) endpointJSON(e *endpoint) map[string]any {
	ids := []string{}
	for _, c := range s.channels {
		if strings.HasPrefix(c.name, e.tech+"/"+e.resource+"-") {
			ids = append(ids, c.id)
		}
	}
	slices.Sort(ids)
	state := "online"
	if e.behavior.offline {
		state = "offline"
	}
	return map[string]any{"technology": e.tech, "resource": e.resource, "state": state, "channel_ids": ids}
}

// endpointsOf are the endpoints of a technology, the carrier's trunk included; all with an empty one.
func (s *Server) endpointsOf(tech string) []any {
	list := []any{}
	all := append([]*endpoint{{tech: "PJSIP", resource: "carrier"}}, mapValues(s.endpoints)...)
	for _, e := range all {
		if tech == "" || strings.EqualFold(e.tech, tech) {
			list = append(list, s.endpointJSON(e))
		}
	}
	return list
}

func mapValues(m map[string]*endpoint) []*endpoint {
	var out []*endpoint
	for _, e := range m {
		out = append(out, e)
	}
	return out
}

// technologies are those of the channel drivers that the image loads.
var technologies = []string{"PJSIP", "Local", "Message", "Snoop", "UnicastRTP", "Announcer", "Recorder"}

func (s *Server) endpointOperations() []operation {
	message := func(p *params) *response {
		if p.get("to") == "" {
			return fail(http.StatusBadRequest, "To must be specified")
		}
		return &response{status: http.StatusAccepted}
	}
	return []operation{
		{"GET", "/endpoints", "", func(*params) *response { return ok(s.endpointsOf("")) }},
		{"PUT", "/endpoints/sendMessage", "to,from,body,variables", message},
		{"POST", "/endpoints/refer", "to,from,refer_to,to_self,variables", message},
		{"GET", "/endpoints/{tech}", "", func(p *params) *response {
			tech := p.get("tech")
			if !slices.ContainsFunc(technologies, func(t string) bool { return strings.EqualFold(t, tech) }) {
				return fail(http.StatusNotFound, "No Endpoints found - invalid tech %s", tech)
			}
			return ok(s.endpointsOf(tech))
		}},
		{"GET", "/endpoints/{tech}/{resource}", "", s.withEndpoint(func(e *endpoint, _ *params) *response { return ok(s.endpointJSON(e)) })},
		{"PUT", "/endpoints/{tech}/{resource}/sendMessage", "from,body,variables",
			s.withEndpoint(func(*endpoint, *params) *response { return &response{status: http.StatusAccepted} })},
		{"POST", "/endpoints/{tech}/{resource}/refer", "from,refer_to,to_self,variables",
			s.withEndpoint(func(*endpoint, *params) *response { return &response{status: http.StatusAccepted} })},
	}
}

func (s *Server) withEndpoint(h func(*endpoint, *params) *response) handler {
	return func(p *params) *response {
		tech, resource := p.get("tech"), p.get("resource")
		if tech == "PJSIP" && resource == "carrier" {
			return h(&endpoint{tech: tech, resource: resource}, p)
		}
		e := s.endpoints[tech+"/"+resource]
		if e == nil {
			return fail(http.StatusNotFound, "Endpoint not found")
		}
		return h(e, p)
	}
}
