package ari

import (
	"context"
	"net/http"
)

// Asterisk is the server itself: what it is, its variables, dynamic configuration, modules and log.
type Asterisk struct{ c *Client }

// Info tells about the server; only "build", "system", "config" or "status" leaves the others out.
func (s *Asterisk) Info(ctx context.Context, only ...string) (*AsteriskInfo, error) {
	r := get("asterisk", "info")
	r.query = newParams().list("only", only)
	return fetch[AsteriskInfo](ctx, s.c, r)
}

// Ping asks for a sign of life. It takes no locks, so that it answers before all modules are loaded and beside some deadlocks.
func (s *Asterisk) Ping(ctx context.Context) (*Pong, error) {
	return fetch[Pong](ctx, s.c, get("asterisk", "ping"))
}

// Variable returns a global variable or a function's value, "" if there is none.
func (s *Asterisk) Variable(ctx context.Context, name string) (string, error) {
	return s.c.variable(ctx, pathOf("asterisk", "variable"), name)
}

// SetVariable sets a global variable or function. It is never sent twice.
func (s *Asterisk) SetVariable(ctx context.Context, name, value string) error {
	return s.c.do(ctx, request{
		method: http.MethodPost, path: pathOf("asterisk", "variable"),
		query: newParams().text("variable", name).always("value", value),
	}, nil)
}

// GetObject returns a dynamic configuration (sorcery) object: class "res_pjsip", type "endpoint", "auth" or "aor".
func (s *Asterisk) GetObject(ctx context.Context, class, typ, id string) ([]ConfigTuple, error) {
	return fetchList[ConfigTuple](ctx, s.c, get("asterisk", "config", "dynamic", class, typ, id))
}

// UpdateObject makes the object or changes the attributes given. [ErrForbidden]: refused, its log tells why; [ErrNotFound]: no
// such class or type.
func (s *Asterisk) UpdateObject(ctx context.Context, class, typ, id string, fields []ConfigTuple) ([]ConfigTuple, error) {
	if fields == nil {
		fields = []ConfigTuple{}
	}
	r := request{
		method: http.MethodPut, path: pathOf("asterisk", "config", "dynamic", class, typ, id), again: true,
		body: map[string]any{"fields": fields},
	}
	var list []ConfigTuple
	err := s.c.do(ctx, r, func(p *parser) { list = readList[ConfigTuple](p) })
	return list, err
}

// DeleteObject deletes the object. [ErrForbidden]: it is not dynamic.
func (s *Asterisk) DeleteObject(ctx context.Context, class, typ, id string) error {
	return s.c.do(ctx, remove("asterisk", "config", "dynamic", class, typ, id), nil)
}

// ListModules returns all modules.
func (s *Asterisk) ListModules(ctx context.Context) ([]Module, error) {
	return fetchList[Module](ctx, s.c, get("asterisk", "modules"))
}

// GetModule returns the module, "res_pjsip.so".
func (s *Asterisk) GetModule(ctx context.Context, name string) (*Module, error) {
	return fetch[Module](ctx, s.c, get("asterisk", "modules", name))
}

// LoadModule loads the module. [ErrConflict]: it cannot be, or is loaded already.
func (s *Asterisk) LoadModule(ctx context.Context, name string) error {
	return s.module(ctx, http.MethodPost, name, false)
}

// UnloadModule unloads the module. [ErrConflict]: it is in use.
func (s *Asterisk) UnloadModule(ctx context.Context, name string) error {
	return s.c.do(ctx, remove("asterisk", "modules", name), nil)
}

// ReloadModule lets the module read its configuration again.
func (s *Asterisk) ReloadModule(ctx context.Context, name string) error {
	return s.module(ctx, http.MethodPut, name, true)
}

func (s *Asterisk) module(ctx context.Context, method, name string, again bool) error {
	return s.c.do(ctx, request{method: method, path: pathOf("asterisk", "modules", name), again: again}, nil)
}

// ListLogging returns the places that Asterisk logs to.
func (s *Asterisk) ListLogging(ctx context.Context) ([]LogChannel, error) {
	return fetchList[LogChannel](ctx, s.c, get("asterisk", "logging"))
}

// AddLog adds a log channel with levels, "notice,warning,error".
func (s *Asterisk) AddLog(ctx context.Context, name, levels string) error {
	return s.c.do(ctx, request{
		method: http.MethodPost, path: pathOf("asterisk", "logging", name), query: newParams().text("configuration", levels),
	}, nil)
}

// DeleteLog deletes the log channel.
func (s *Asterisk) DeleteLog(ctx context.Context, name string) error {
	return s.c.do(ctx, remove("asterisk", "logging", name), nil)
}

// RotateLog begins a new file. It is never sent twice.
func (s *Asterisk) RotateLog(ctx context.Context, name string) error {
	return s.c.do(ctx, request{method: http.MethodPut, path: pathOf("asterisk", "logging", name, "rotate")}, nil)
}
