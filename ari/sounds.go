package ari

import (
	"context"
	"net/http"
)

// Sounds tells which sound files Asterisk has.
type Sounds struct{ c *Client }

// List returns the sounds that exist in the language and format; "" is any. [ErrNotFound]: there is none.
func (s *Sounds) List(ctx context.Context, language, format string) ([]Sound, error) {
	r := get("sounds")
	r.query = newParams().text("lang", language).text("format", format)
	return fetchList[Sound](ctx, s.c, r)
}

// Get returns the sound, "hello-world".
func (s *Sounds) Get(ctx context.Context, id string) (*Sound, error) {
	return fetch[Sound](ctx, s.c, get("sounds", id))
}

// DeviceStates handles the device states that ARI controls, "Stasis:NAME".
type DeviceStates struct{ c *Client }

// List returns the device states that ARI controls.
func (s *DeviceStates) List(ctx context.Context) ([]DeviceState, error) {
	return fetchList[DeviceState](ctx, s.c, get("deviceStates"))
}

// Get returns the state of any device.
func (s *DeviceStates) Get(ctx context.Context, name string) (*DeviceState, error) {
	return fetch[DeviceState](ctx, s.c, get("deviceStates", name))
}

// Update sets the state. [ErrConflict]: the device is not one that ARI controls.
func (s *DeviceStates) Update(ctx context.Context, name, state string) error {
	return s.c.do(ctx, request{
		method: http.MethodPut, path: pathOf("deviceStates", name), query: newParams().text("deviceState", state), again: true,
	}, nil)
}

// Delete forgets the state.
func (s *DeviceStates) Delete(ctx context.Context, name string) error {
	return s.c.do(ctx, remove("deviceStates", name), nil)
}

// Mailboxes handles the message counts of mailboxes that ARI controls.
type Mailboxes struct{ c *Client }

// List returns all mailboxes.
func (s *Mailboxes) List(ctx context.Context) ([]Mailbox, error) {
	return fetchList[Mailbox](ctx, s.c, get("mailboxes"))
}

// Get returns the mailbox.
func (s *Mailboxes) Get(ctx context.Context, name string) (*Mailbox, error) {
	return fetch[Mailbox](ctx, s.c, get("mailboxes", name))
}

// Update sets the counts, making the mailbox if need be.
func (s *Mailboxes) Update(ctx context.Context, name string, oldMessages, newMessages int) error {
	q := newParams().count("oldMessages", oldMessages).count("newMessages", newMessages)
	return s.c.do(ctx, request{method: http.MethodPut, path: pathOf("mailboxes", name), query: q, again: true}, nil)
}

// Delete forgets the mailbox.
func (s *Mailboxes) Delete(ctx context.Context, name string) error {
	return s.c.do(ctx, remove("mailboxes", name), nil)
}
