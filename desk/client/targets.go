package client

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
)

// SearchTargets finds whom to consult, invite and transfer to, by any part of a name, reading, id, group or number; "" lists favourites and
// those used lately first, then all. id is that of a call, "" outside of calls. At most limit targets are found, 20 if it is 0, never more than 200.
func (c *Client) SearchTargets(ctx context.Context, id, text string, limit int) ([]dialer.TargetView, error) {
	path := "/api/v1/targets"
	if id != "" {
		path = callPath(id, "/targets")
	}
	q := url.Values{}
	if text != "" {
		q.Set("q", text)
	}
	if limit != 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	var v api.Targets
	err := c.get(ctx, path, &v)
	return v.Targets, err
}

// AddFavourite makes a target one of the agent's favourites.
func (c *Client) AddFavourite(ctx context.Context, target api.Target) error {
	return c.do(ctx, call{method: http.MethodPut, path: favouritePath(target)})
}

// RemoveFavourite takes a target off the agent's favourites.
func (c *Client) RemoveFavourite(ctx context.Context, target api.Target) error {
	return c.do(ctx, call{method: http.MethodDelete, path: favouritePath(target)})
}

func favouritePath(t api.Target) string {
	return "/api/v1/favourites/" + url.PathEscape(t.Kind) + "/" + url.PathEscape(cmp.Or(t.ID, t.Number))
}
