package aritest

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

func (s *Server) channelVariable(p *params) *response {
	name := p.get("variable")
	c := s.channels[p.get("channelId")]
	switch {
	case name == "":
		return fail(http.StatusBadRequest, "Variable name is required")
	case c == nil:
		return fail(http.StatusNotFound, "Provided channel was not found")
	}
	value, bad := c.variable(name)
	if bad != nil {
		return bad
	}
	return ok(map[string]any{"value": value})
}

// variable reads a channel variable or one of the functions that are modelled.
func (c *channel) variable(name string) (string, *response) {
	value, known := c.vars[name]
	switch name {
	case "CALLERID(num)":
		value, known = c.caller.number, true
	case "CALLERID(name)":
		value, known = c.caller.name, true
	case "CHANNEL(name)":
		value, known = c.name, true
	case "CHANNEL(state)":
		value, known = c.state, true
	}
	if place, asks := strings.CutPrefix(name, "DIALPLAN_EXISTS("); asks {
		context, _, _ := strings.Cut(place, ",")
		value, known = "0", true
		if c.s.dialplan[context] != nil {
			value = "1"
		}
	}
	switch {
	case known:
		return value, nil
	case strings.HasSuffix(name, ")"):
		return "", fail(http.StatusInternalServerError, "Unable to read provided function")
	}
	return "", fail(http.StatusNotFound, "Provided variable was not found")
}

func (s *Server) setChannelVariable(p *params) *response {
	return s.inStasis(false, func(c *channel, p *params) *response {
		name, value := p.get("variable"), p.get("value")
		if name == "" {
			return fail(http.StatusBadRequest, "Variable name is required")
		}
		cmd := c.submit(func() { c.setVar(name, value) })
		return awaited(cmd, noContent(), fail(http.StatusBadRequest, "Failed to execute function"))
	})(p)
}

// channelVariables is GET /channels/{channelId}/variables.
func (s *Server) channelVariables(p *params) *response {
	names := p.list("variables")
	c := s.channels[p.get("channelId")]
	switch {
	case len(names) == 0:
		return fail(http.StatusBadRequest, "At least one variable name is required")
	case c == nil:
		return fail(http.StatusNotFound, "Provided channel was not found")
	}
	values := map[string]any{}
	for _, name := range names {
		value, bad := c.variable(name)
		if bad != nil {
			return bad
		}
		values[name] = value
	}
	return ok(map[string]any{"variables": values})
}

// setChannelVariables is POST /channels/{channelId}/variables.
func (s *Server) setChannelVariables(p *params) *response {
	values, bad := requiredVars(p)
	switch {
	case bad != nil:
		return bad
	case s.channels[p.get("channelId")] == nil:
		return fail(http.StatusNotFound, "Provided channel was not found")
	}
	return s.inStasis(false, func(c *channel, _ *params) *response {
		cmd := c.submit(func() {
			for _, name := range slices.Sorted(maps.Keys(values)) {
				c.setVar(name, values[name])
			}
		})
		return awaited(cmd, noContent(), fail(http.StatusBadRequest, "Failed to execute function"))
	})(p)
}

// requiredVars are the variables of a request that must have some.
func requiredVars(p *params) (map[string]string, *response) {
	values, bad := p.vars()
	if bad == nil && values == nil {
		bad = fail(http.StatusBadRequest, "The 'variables' field is required")
	}
	return values, bad
}

// bridgeVariables is GET /bridges/{bridgeId}/variables.
func (s *Server) bridgeVariables(b *bridge, p *params) *response {
	names := p.list("variables")
	if len(names) == 0 {
		return fail(http.StatusBadRequest, "At least one variable name is required")
	}
	values := map[string]any{}
	for _, name := range names {
		value, known := b.vars[name]
		if !known {
			return fail(http.StatusNotFound, "Provided variable was not found")
		}
		values[name] = value
	}
	return ok(map[string]any{"variables": values})
}

// setBridgeVariables is POST /bridges/{bridgeId}/variables.
func (s *Server) setBridgeVariables(b *bridge, p *params) *response {
	values, bad := requiredVars(p)
	if bad != nil {
		return bad
	}
	maps.Copy(b.vars, values)
	return noContent()
}

func (s *Server) bridgeVariable(b *bridge, p *params) *response {
	name := p.get("variable")
	if name == "" {
		return fail(http.StatusBadRequest, "Variable name is required")
	}
	value, known := b.vars[name]
	if !known {
		return fail(http.StatusNotFound, "Provided variable was not found")
	}
	return ok(map[string]any{"value": value})
}

func (s *Server) setBridgeVariable(b *bridge, p *params) *response {
	name := p.get("variable")
	if name == "" {
		return fail(http.StatusBadRequest, "Variable name is required")
	}
	b.vars[name] = p.get("value")
	return noContent()
}
