package client

import (
	"context"
	"net/url"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
)

// What an agent can do with a live call. Each command returns when Asterisk has confirmed it. A refusal is an *[api.Problem]: wrong_state
// says in State and Allowed what is possible, forbidden in Privilege what is missing.

// ToAgent is a colleague as a target.
func ToAgent(id string) api.Target { return api.Target{Kind: string(dialer.TargetAgent), ID: id} }

// ToGroup is the longest-idle ready agent of a group as a target.
func ToGroup(id string) api.Target { return api.Target{Kind: string(dialer.TargetGroup), ID: id} }

// ToQueue is a place in the dialplan as a target, for transfers only.
func ToQueue(id string) api.Target { return api.Target{Kind: string(dialer.TargetQueue), ID: id} }

// ToNumber is a telephone number in E.164 as a target.
func ToNumber(e164 string) api.Target {
	return api.Target{Kind: string(dialer.TargetNumber), Number: e164}
}

// Hold lets the contact hear music.
func (c *Client) Hold(ctx context.Context, id string) (dialer.CallView, error) {
	return c.act(ctx, id, "/hold", nil)
}

// Resume takes the contact back from hold.
func (c *Client) Resume(ctx context.Context, id string) (dialer.CallView, error) {
	return c.act(ctx, id, "/resume", nil)
}

// StartConsultation reaches a target while the contact hears music, and returns when the target has been asked.
func (c *Client) StartConsultation(ctx context.Context, id string, to api.Target) (dialer.CallView, error) {
	return c.act(ctx, id, "/consult", to)
}

// EndConsultation releases whoever is being consulted or reached.
func (c *Client) EndConsultation(ctx context.Context, id string) (dialer.CallView, error) {
	return c.act(ctx, id, "/end-consult", nil)
}

// Swap lets contact and consulted target change places.
func (c *Client) Swap(ctx context.Context, id string) (dialer.CallView, error) {
	return c.act(ctx, id, "/swap", nil)
}

// Merge makes a conference of a consultation.
func (c *Client) Merge(ctx context.Context, id string) (dialer.CallView, error) {
	return c.act(ctx, id, "/merge", nil)
}

// CompleteTransfer puts the contact together with the consulted target and leaves.
func (c *Client) CompleteTransfer(ctx context.Context, id string) (dialer.CallView, error) {
	return c.act(ctx, id, "/complete", nil)
}

// StartConference brings a target into the conversation, and returns when the target has been asked.
func (c *Client) StartConference(ctx context.Context, id string, to api.Target) (dialer.CallView, error) {
	return c.act(ctx, id, "/invite", to)
}

// TransferTo hands the contact over to a target, and returns when the target has been asked.
func (c *Client) TransferTo(ctx context.Context, id string, to api.Target) (dialer.CallView, error) {
	return c.act(ctx, id, "/transfer", to)
}

// Retrieve takes back a contact that is being transferred.
func (c *Client) Retrieve(ctx context.Context, id string) (dialer.CallView, error) {
	return c.act(ctx, id, "/retrieve", nil)
}

// Leave leaves the call to the others.
func (c *Client) Leave(ctx context.Context, id string) (dialer.CallView, error) {
	return c.act(ctx, id, "/leave", nil)
}

// Drop releases one party of the call, by its id.
func (c *Client) Drop(ctx context.Context, id, party string) (dialer.CallView, error) {
	return c.act(ctx, id, partyPath(party, "/drop"), nil)
}

// Mute keeps the others from hearing a party.
func (c *Client) Mute(ctx context.Context, id, party string) (dialer.CallView, error) {
	return c.act(ctx, id, partyPath(party, "/mute"), nil)
}

// Unmute lets the others hear a party again.
func (c *Client) Unmute(ctx context.Context, id, party string) (dialer.CallView, error) {
	return c.act(ctx, id, partyPath(party, "/unmute"), nil)
}

// SendDTMF sends digits to a party, "" meaning the contact.
func (c *Client) SendDTMF(ctx context.Context, id, party, digits string) (dialer.CallView, error) {
	return c.act(ctx, id, "/dtmf", api.DTMF{Digits: digits, Party: party})
}

func partyPath(party, command string) string { return "/parties/" + url.PathEscape(party) + command }

func (c *Client) act(ctx context.Context, id, command string, in any) (v dialer.CallView, err error) {
	return v, c.post(ctx, callPath(id, command), in, &v)
}
