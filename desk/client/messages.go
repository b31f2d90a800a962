package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
)

// Channels shows what the contact of a call can be reached by beside the telephone.
func (c *Client) Channels(ctx context.Context, id string) (dialer.ChannelsView, error) {
	var v dialer.ChannelsView
	err := c.do(ctx, call{method: http.MethodGet, path: "/api/v1/calls/" + url.PathEscape(id) + "/channels", out: &v})
	return v, err
}

// DraftEmail fills in a letter for one of the record's addresses, "" the best.
func (c *Client) DraftEmail(ctx context.Context, id, template, to string) (dialer.EmailDraftView, error) {
	var v dialer.EmailDraftView
	err := c.do(ctx, call{method: http.MethodPost, path: "/api/v1/calls/" + url.PathEscape(id) + "/emails/draft", in: api.EmailChoice{Template: template, To: to}, out: &v})
	return v, err
}

// SendEmail sends a letter, and returns when it cannot be lost any more.
func (c *Client) SendEmail(ctx context.Context, id string, e dialer.Email) (dialer.MessageView, error) {
	var v dialer.MessageView
	in := api.EmailToSend{ID: e.ID, Template: e.Template, To: e.To, Subject: e.Subject, Text: e.Text}
	err := c.do(ctx, call{method: http.MethodPost, path: "/api/v1/calls/" + url.PathEscape(id) + "/emails", in: in, out: &v})
	return v, err
}

// SendWebhook sends a request to another program, under a new id of the caller's, and returns when it cannot be lost any more.
func (c *Client) SendWebhook(ctx context.Context, id, webhook, message string) (dialer.MessageView, error) {
	var v dialer.MessageView
	path := "/api/v1/calls/" + url.PathEscape(id) + "/webhooks/" + url.PathEscape(webhook)
	err := c.do(ctx, call{method: http.MethodPost, path: path, in: api.WebhookToSend{ID: message}, out: &v})
	return v, err
}

// Messages lists what was sent to the contact of a call, the oldest first.
func (c *Client) Messages(ctx context.Context, id string) ([]dialer.MessageView, error) {
	var v api.Messages
	err := c.do(ctx, call{method: http.MethodGet, path: "/api/v1/calls/" + url.PathEscape(id) + "/messages", out: &v})
	return v.Messages, err
}
