package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
)

// Script shows the script of a call's campaign, with what is known of the contact filled in.
func (c *Client) Script(ctx context.Context, call string) (dialer.ScriptView, error) {
	return c.script(ctx, http.MethodGet, call, "", nil)
}

// AnswerScript keeps the contact's answer in a step of the script; "" takes it back.
func (c *Client) AnswerScript(ctx context.Context, call, step, value string) (dialer.ScriptView, error) {
	return c.script(ctx, http.MethodPut, call, "/answers/"+url.PathEscape(step), api.ScriptReply{Value: value})
}

func (c *Client) script(ctx context.Context, method, id, rest string, in any) (dialer.ScriptView, error) {
	var v dialer.ScriptView
	err := c.do(ctx, call{method: method, path: "/api/v1/calls/" + url.PathEscape(id) + "/script" + rest, in: in, out: &v})
	return v, err
}
