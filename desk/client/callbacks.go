package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/callback"
)

// CheckCallback judges a callback while it is typed. Nothing is kept.
func (c *Client) CheckCallback(ctx context.Context, id string, d callback.Draft) (v callback.Verdict, err error) {
	return v, c.post(ctx, callPath(id, "/callback/check"), d, &v)
}

// SetCallback drafts the call's callback, which is promised at done. What cannot be promised is refused with invalid_callback, whose Verdict says why.
func (c *Client) SetCallback(ctx context.Context, id string, d callback.Draft) (v dialer.CallView, err error) {
	return v, c.do(ctx, call{method: http.MethodPut, path: callPath(id, "/callback"), in: d, out: &v})
}

// ClearCallback takes back what [Client.SetCallback] drafted.
func (c *Client) ClearCallback(ctx context.Context, id string) (v dialer.CallView, err error) {
	return v, c.do(ctx, call{method: http.MethodDelete, path: callPath(id, "/callback"), out: &v})
}

// Callbacks lists promised callbacks: the agent's own, or everybody's, which needs the privilege callbacks.manage. Scope "" is the open ones, Limit
// 0 is 200 and at most 1000; more tells that there are more.
func (c *Client) Callbacks(ctx context.Context, q dialer.CallbackQuery) (found []dialer.PromiseView, more bool, err error) {
	query := between(q.Campaign, q.From, q.Before)
	if q.Scope != "" {
		query.Set("scope", string(q.Scope))
	}
	if q.Everybodys {
		query.Set("everybody", "true")
	}
	if q.Limit != 0 {
		query.Set("limit", strconv.Itoa(q.Limit))
	}
	var v api.Callbacks
	err = c.get(ctx, "/api/v1/callbacks?"+query.Encode(), &v)
	return v.Callbacks, v.More, err
}

func between(campaign string, from, before time.Time) url.Values {
	query := url.Values{}
	if campaign != "" {
		query.Set("campaign", campaign)
	}
	for name, at := range map[string]time.Time{"from": from, "before": before} {
		if !at.IsZero() {
			query.Set(name, at.Format(time.RFC3339Nano))
		}
	}
	return query
}

// Callback shows a promised callback with its ledger.
func (c *Client) Callback(ctx context.Context, campaign, id string) (v dialer.PromiseView, err error) {
	return v, c.get(ctx, promisePath(campaign, id, ""), &v)
}

// MoveCallback gives a promised callback another time.
func (c *Client) MoveCallback(ctx context.Context, campaign, id string, when callback.LocalTime, why string) (v dialer.PromiseView, err error) {
	return v, c.post(ctx, promisePath(campaign, id, "/move"), api.CallbackMove{When: when, Why: why}, &v)
}

// HandOverCallback makes another agent's of a promised callback, or with "" the pool's, and returns the one that takes its place.
func (c *Client) HandOverCallback(ctx context.Context, campaign, id, to string) (v dialer.PromiseView, err error) {
	return v, c.post(ctx, promisePath(campaign, id, "/hand-over"), api.CallbackHandOver{To: to}, &v)
}

// CancelCallback takes a promised callback back.
func (c *Client) CancelCallback(ctx context.Context, campaign, id, why string) (v dialer.PromiseView, err error) {
	return v, c.post(ctx, promisePath(campaign, id, "/cancel"), api.CallbackCancel{Why: why}, &v)
}

// ReleaseCallback gives everybody what had come to a supervisor. It needs the privilege callbacks.manage.
func (c *Client) ReleaseCallback(ctx context.Context, campaign, id string) (v dialer.PromiseView, err error) {
	return v, c.post(ctx, promisePath(campaign, id, "/release"), nil, &v)
}

// ContactReached tells that a contact was reached in another way, and returns the callbacks that were promised to it. It needs the privilege
// callbacks.manage.
func (c *Client) ContactReached(ctx context.Context, number, how string) (v api.Callbacks, err error) {
	return v, c.post(ctx, "/api/v1/callbacks/reached", api.ContactReached{Number: number, How: how}, &v)
}

// ExportCallbacks writes the ledger of callbacks to w as CSV: a line for each callback, or with events for all that happened to them. Zero times are no
// bounds, "" is every campaign that the agent manages. It is not repeated when its connection breaks; what was written then is only a part.
func (c *Client) ExportCallbacks(ctx context.Context, w io.Writer, campaign string, from, before time.Time, events bool) error {
	query := between(campaign, from, before)
	if events {
		query.Set("events", "true")
	}
	path := "/api/v1/callbacks/export.csv?" + query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base.String()+path, nil)
	if err != nil {
		return fmt.Errorf("export callbacks: %w", err)
	}
	if token := c.Token(); token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("export callbacks: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 400 {
		answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		if err != nil {
			return fmt.Errorf("export callbacks: %w", err)
		}
		return fmt.Errorf("export callbacks: %w", problem(resp, answer))
	}
	if _, err := io.Copy(w, resp.Body); err != nil {
		return fmt.Errorf("export callbacks: %w", err)
	}
	return nil
}

func promisePath(campaign, id, command string) string {
	return "/api/v1/campaigns/" + url.PathEscape(campaign) + "/callbacks/" + url.PathEscape(id) + command
}
