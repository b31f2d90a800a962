package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/audit"
)

// LiveCalls lists other agents' calls that are going on and that the supervisor may do something with.
func (c *Client) LiveCalls(ctx context.Context) ([]dialer.LiveCallView, error) {
	var v api.LiveCalls
	err := c.get(ctx, "/api/v1/live-calls", &v)
	return v.Calls, err
}

// SuperviseAgent lets the supervisor hear an agent's present call and all that follow, or changes the mode. It returns when the call is heard,
// or at once when the agent is in none.
func (c *Client) SuperviseAgent(ctx context.Context, agent string, mode dialer.SuperviseMode) (dialer.AgentView, error) {
	return c.supervise(ctx, api.Supervise{Agent: agent, Mode: string(mode)})
}

// SuperviseCall is [Client.SuperviseAgent] for one call, until it ends.
func (c *Client) SuperviseCall(ctx context.Context, id string, mode dialer.SuperviseMode) (dialer.AgentView, error) {
	return c.supervise(ctx, api.Supervise{Call: id, Mode: string(mode)})
}

func (c *Client) supervise(ctx context.Context, in api.Supervise) (v dialer.AgentView, err error) {
	return v, c.do(ctx, call{method: http.MethodPut, path: "/api/v1/supervision", in: in, out: &v})
}

// StopSupervising ends [Client.SuperviseAgent] and [Client.SuperviseCall].
func (c *Client) StopSupervising(ctx context.Context) (v dialer.AgentView, err error) {
	return v, c.do(ctx, call{method: http.MethodDelete, path: "/api/v1/supervision", out: &v})
}

// TakeOver takes the call that is heard from its agent.
func (c *Client) TakeOver(ctx context.Context) (v dialer.CallView, err error) {
	return v, c.post(ctx, "/api/v1/supervision/take-over", nil, &v)
}

// EndLiveCall ends another agent's call.
func (c *Client) EndLiveCall(ctx context.Context, id string) (v dialer.LiveCallView, err error) {
	return v, c.post(ctx, "/api/v1/live-calls/"+url.PathEscape(id)+"/end", nil, &v)
}

// SignOutAgent ends the session of another agent. It is refused with wrong_state while that agent has a call.
func (c *Client) SignOutAgent(ctx context.Context, id string) error {
	return c.post(ctx, "/api/v1/agents/"+url.PathEscape(id)+"/sign-out", nil, nil)
}

// AuditLog reads a page of the audit log, the newest entries first. For the next page, After is the ID of the last entry of this one.
func (c *Client) AuditLog(ctx context.Context, q audit.Query) ([]dialer.AuditEntryView, error) {
	query := between(q.Campaign, q.From, q.Before)
	for name, value := range map[string]string{"by": q.By, "agent": q.Agent, "call": q.Call, "kind": string(q.Kind), "after": q.After} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if q.Limit != 0 {
		query.Set("limit", strconv.Itoa(q.Limit))
	}
	var v api.AuditLog
	err := c.get(ctx, "/api/v1/audit?"+query.Encode(), &v)
	return v.Entries, err
}
