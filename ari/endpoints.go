package ari

import (
	"context"
	"net/http"
	"strings"
)

// Endpoints tells of phones and trunks, and sends them text messages and REFERs outside of calls.
type Endpoints struct{ c *Client }

// List returns all endpoints.
func (s *Endpoints) List(ctx context.Context) ([]Endpoint, error) {
	return fetchList[Endpoint](ctx, s.c, get("endpoints"))
}

// ListByTech returns the endpoints of a technology, "PJSIP".
func (s *Endpoints) ListByTech(ctx context.Context, tech string) ([]Endpoint, error) {
	return fetchList[Endpoint](ctx, s.c, get("endpoints", tech))
}

// Get returns the endpoint, "PJSIP", "1001".
func (s *Endpoints) Get(ctx context.Context, tech, resource string) (*Endpoint, error) {
	return fetch[Endpoint](ctx, s.c, get("endpoints", tech, resource))
}

// Message is a text message: [Endpoints.SendMessage].
type Message struct {
	To        string // "pjsip:endpoint/sip:someone@host"; not for [Endpoints.SendMessageToEndpoint]
	From      string // required
	Body      string
	Variables map[string]string
}

// SendMessage sends a text message. It is never sent twice.
func (s *Endpoints) SendMessage(ctx context.Context, m Message) error {
	return s.send(ctx, pathOf("endpoints", "sendMessage"), m)
}

// SendMessageToEndpoint sends a text message to the endpoint. It is never sent twice.
func (s *Endpoints) SendMessageToEndpoint(ctx context.Context, tech, resource string, m Message) error {
	m.To = ""
	return s.send(ctx, pathOf("endpoints", tech, resource, "sendMessage"), m)
}

func (s *Endpoints) send(ctx context.Context, path string, m Message) error {
	return s.c.do(ctx, request{
		method: http.MethodPut, path: path,
		query: newParams().text("to", m.To).text("from", m.From).text("body", m.Body), body: variablesBody(m.Variables),
	}, nil)
}

// Refer is a REFER outside of a call: [Endpoints.Refer].
type Refer struct {
	To        string // "pjsip:endpoint/sip:someone@host"; not for [Endpoints.ReferToEndpoint]
	From      string // required
	ReferTo   string // required: where to go
	ToSelf    bool   // ReferTo is on this Asterisk
	Variables map[string]string
}

// Refer sends a REFER. It is never sent twice.
func (s *Endpoints) Refer(ctx context.Context, o Refer) error {
	return s.refer(ctx, pathOf("endpoints", "refer"), o)
}

// ReferToEndpoint sends a REFER to the endpoint. It is never sent twice.
func (s *Endpoints) ReferToEndpoint(ctx context.Context, tech, resource string, o Refer) error {
	o.To = ""
	return s.refer(ctx, pathOf("endpoints", tech, resource, "refer"), o)
}

func (s *Endpoints) refer(ctx context.Context, path string, o Refer) error {
	return s.c.do(ctx, request{
		method: http.MethodPost, path: path, body: variablesBody(o.Variables),
		query: newParams().text("to", o.To).text("from", o.From).text("refer_to", o.ReferTo).flag("to_self", o.ToSelf),
	}, nil)
}

// Applications handles Stasis applications and what Asterisk tells them of.
type Applications struct{ c *Client }

// List returns all applications.
func (s *Applications) List(ctx context.Context) ([]Application, error) {
	return fetchList[Application](ctx, s.c, get("applications"))
}

// Get returns the application.
func (s *Applications) Get(ctx context.Context, name string) (*Application, error) {
	return fetch[Application](ctx, s.c, get("applications", name))
}

// Subscribe asks Asterisk for the events of sources: "channel:ID", "bridge:ID", "endpoint:PJSIP/1001". Asterisk counts: each
// wants its own [Applications.Unsubscribe], and neither is ever sent twice. It is not needed for channels that we made, nor for
// those in the application, nor for bridges that they are in. Asterisk 22 can deadlock over deviceState sources: avoid them.
// Errors: [ErrUnprocessable] for a source that does not exist.
func (s *Applications) Subscribe(ctx context.Context, name string, sources ...string) (*Application, error) {
	return s.subscription(ctx, http.MethodPost, name, sources)
}

// Unsubscribe takes one [Applications.Subscribe] back. [ErrConflict]: there is none.
func (s *Applications) Unsubscribe(ctx context.Context, name string, sources ...string) (*Application, error) {
	return s.subscription(ctx, http.MethodDelete, name, sources)
}

func (s *Applications) subscription(ctx context.Context, method, name string, sources []string) (*Application, error) {
	return fetch[Application](ctx, s.c, request{
		method: method, path: pathOf("applications", name, "subscription"),
		query: newParams().text("eventSource", strings.Join(sources, ",")),
	})
}

// EventFilter says which event types Asterisk sends: the allowed ones, or all if there are none, without the disallowed.
type EventFilter struct {
	Allowed    []string
	Disallowed []string
}

// SetEventFilter replaces the application's filter. The client sets [Config.DropEvents] anew at each connect.
func (s *Applications) SetEventFilter(ctx context.Context, name string, f EventFilter) (*Application, error) {
	objects := func(types []string) []map[string]string {
		list := make([]map[string]string, len(types))
		for i, t := range types {
			list[i] = map[string]string{"type": t}
		}
		return list
	}
	return fetch[Application](ctx, s.c, request{
		method: http.MethodPut, path: pathOf("applications", name, "eventFilter"), again: true,
		body: map[string]any{"allowed": objects(f.Allowed), "disallowed": objects(f.Disallowed)},
	})
}
