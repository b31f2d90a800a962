package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/hasshin/hasshin/audio"
	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
)

// Done is what an agent can say with [Client.Done].
type Done = api.Done

// SignIn begins a session; everything after it is done as this agent. Signing in is not repeated when its connection breaks.
func (c *Client) SignIn(ctx context.Context, agent, password string) (api.Session, error) {
	var s api.Session
	err := c.do(ctx, call{method: http.MethodPost, path: "/api/v1/session", in: api.SignIn{Agent: agent, Password: password}, out: &s, once: true})
	if err != nil {
		return api.Session{}, err
	}
	c.setToken(s.Token)
	return s, nil
}

// Session tells who is signed in.
func (c *Client) Session(ctx context.Context) (s api.Session, err error) {
	return s, c.get(ctx, "/api/v1/session", &s)
}

// SignOut ends all sessions of the agent. It is refused with wrong_state while the agent has a call.
func (c *Client) SignOut(ctx context.Context) error {
	if err := c.do(ctx, call{method: http.MethodDelete, path: "/api/v1/session", once: true}); err != nil {
		return err
	}
	c.setToken("")
	return nil
}

// Agent shows the agent who is signed in.
func (c *Client) Agent(ctx context.Context) (v dialer.AgentView, err error) {
	return v, c.get(ctx, "/api/v1/agent", &v)
}

// Agents shows all agents. It needs the privilege agents.see.
func (c *Client) Agents(ctx context.Context) ([]dialer.AgentView, error) {
	var v api.Agents
	err := c.get(ctx, "/api/v1/agents", &v)
	return v.Agents, err
}

// PhoneCredentials are what the agent's own phone needs to register with Asterisk.
func (c *Client) PhoneCredentials(ctx context.Context) (v dialer.PhoneCredentials, err error) {
	return v, c.get(ctx, "/api/v1/agent/phone", &v)
}

// ConnectPhone rings the agent's phone and returns when it is in the booth.
func (c *Client) ConnectPhone(ctx context.Context) (v dialer.AgentView, err error) {
	return v, c.post(ctx, "/api/v1/agent/phone", nil, &v)
}

// ReconnectPhone rings the agent's phone even if it counts as connected, because it has lost its end of the leg.
func (c *Client) ReconnectPhone(ctx context.Context) (v dialer.AgentView, err error) {
	return v, c.post(ctx, "/api/v1/agent/phone", api.Connect{Again: true}, &v)
}

// DisconnectPhone hangs up the agent's phone.
func (c *Client) DisconnectPhone(ctx context.Context) (v dialer.AgentView, err error) {
	return v, c.do(ctx, call{method: http.MethodDelete, path: "/api/v1/agent/phone", out: &v})
}

// Ready says that the agent wants calls.
func (c *Client) Ready(ctx context.Context) (v dialer.AgentView, err error) {
	return v, c.post(ctx, "/api/v1/agent/ready", nil, &v)
}

// NotReady says that the agent wants no calls, and why: one of [Client.NotReadyReasons], or nothing.
func (c *Client) NotReady(ctx context.Context, reason string) (v dialer.AgentView, err error) {
	return v, c.post(ctx, "/api/v1/agent/not-ready", api.NotReady{Reason: reason}, &v)
}

// NotReadyReasons lists the reasons to choose from.
func (c *Client) NotReadyReasons(ctx context.Context) ([]string, error) {
	var v api.Reasons
	err := c.get(ctx, "/api/v1/not-ready-reasons", &v)
	return v.Reasons, err
}

// Tones are the tones that the agent hears, as a page can make them.
func (c *Client) Tones(ctx context.Context) (v audio.Sheet, err error) {
	return v, c.get(ctx, "/api/v1/tones", &v)
}

// Campaigns shows the campaigns that the agent works in.
func (c *Client) Campaigns(ctx context.Context) ([]dialer.CampaignView, error) {
	var v api.Campaigns
	err := c.get(ctx, "/api/v1/campaigns", &v)
	return v.Campaigns, err
}

// GetRecord takes the next record of a campaign as a preview.
func (c *Client) GetRecord(ctx context.Context, campaign string) (v dialer.CallView, err error) {
	return v, c.post(ctx, "/api/v1/campaigns/"+url.PathEscape(campaign)+"/get-record", nil, &v)
}

// Call shows one of the agent's calls.
func (c *Client) Call(ctx context.Context, id string) (v dialer.CallView, err error) {
	return v, c.get(ctx, callPath(id, ""), &v)
}

// Accept dials a number of the previewed record, "" meaning the first; or takes what a colleague offers.
func (c *Client) Accept(ctx context.Context, id, number string) (v dialer.CallView, err error) {
	return v, c.post(ctx, callPath(id, "/accept"), api.Accept{Number: number}, &v)
}

// Reject gives the previewed record back; the next preview may follow. A colleague's offer goes back to the colleague.
func (c *Client) Reject(ctx context.Context, id string) (v dialer.CallView, err error) {
	return v, c.post(ctx, callPath(id, "/reject"), nil, &v)
}

// RejectBecause is [Client.Reject] with a reason, which the ledger of a callback keeps.
func (c *Client) RejectBecause(ctx context.Context, id, reason string) (v dialer.CallView, err error) {
	return v, c.post(ctx, callPath(id, "/reject"), api.Reject{Reason: reason}, &v)
}

// Cancel gives the previewed record back; no preview follows.
func (c *Client) Cancel(ctx context.Context, id string) (v dialer.CallView, err error) {
	return v, c.post(ctx, callPath(id, "/cancel"), nil, &v)
}

// End hangs up everybody on the call and returns when they are gone.
func (c *Client) End(ctx context.Context, id string) (v dialer.CallView, err error) {
	return v, c.post(ctx, callPath(id, "/end"), nil, &v)
}

// SetDisposition says what became of the call; "" takes it back.
func (c *Client) SetDisposition(ctx context.Context, id, code string) (v dialer.CallView, err error) {
	return v, c.do(ctx, call{method: http.MethodPut, path: callPath(id, "/disposition"), in: api.DispositionChoice{Disposition: code}, out: &v})
}

// SetNote sets the note on the call, whole.
func (c *Client) SetNote(ctx context.Context, id, note string) (v dialer.CallView, err error) {
	return v, c.do(ctx, call{method: http.MethodPut, path: callPath(id, "/note"), in: api.Note{Note: note}, out: &v})
}

// SetField changes a business field of the call's record; "" removes it.
func (c *Client) SetField(ctx context.Context, id, key, value string) (v dialer.CallView, err error) {
	path := callPath(id, "/fields/"+url.PathEscape(key))
	return v, c.do(ctx, call{method: http.MethodPut, path: path, in: api.FieldValue{Value: value}, out: &v})
}

// DoNotCall puts the number dialed last, or the whole chain of the record, on the do-not-call list, and returns when that is stored.
func (c *Client) DoNotCall(ctx context.Context, id string, scope dialer.DoNotCallScope) (v dialer.CallView, err error) {
	return v, c.post(ctx, callPath(id, "/do-not-call"), api.DoNotCall{Scope: string(scope)}, &v)
}

// Done closes the call and returns when the record is written.
func (c *Client) Done(ctx context.Context, id string, done Done) (v dialer.CallView, err error) {
	return v, c.post(ctx, callPath(id, "/done"), done, &v)
}

// Health asks whether the process is alive.
func (c *Client) Health(ctx context.Context) (v api.Health, err error) {
	return v, c.get(ctx, "/healthz", &v)
}

// Readiness asks whether the process can handle calls. If not, the error is the problem not_ready, whose Errors say what is missing.
func (c *Client) Readiness(ctx context.Context) (v api.Health, err error) {
	return v, c.get(ctx, "/readyz", &v)
}

func callPath(id, command string) string { return "/api/v1/calls/" + url.PathEscape(id) + command }

func (c *Client) get(ctx context.Context, path string, out any) error {
	return c.do(ctx, call{method: http.MethodGet, path: path, out: out})
}

func (c *Client) post(ctx context.Context, path string, in, out any) error {
	return c.do(ctx, call{method: http.MethodPost, path: path, in: in, out: out})
}
