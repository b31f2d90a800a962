// Package api has the types that travel between the desk and its clients: requests, responses, problems and events. The server (package
// desk) and the Go client (package desk/client) share them; the OpenAPI document is generated from them.
//
// Agents, calls and campaigns are the engine's own views, see [dialer.AgentView], [dialer.CallView] and [dialer.CampaignView].
package api

import (
	"time"

	"github.com/hasshin/hasshin/dialer"
)

// Headers beyond the standard ones.
const (
	// HeaderIdempotencyKey makes a command safe to repeat (draft-ietf-httpapi-idempotency-key-header).
	HeaderIdempotencyKey = "Idempotency-Key"
	// HeaderIdempotencyReplayed is "true" on a response that answers a repeated command from memory.
	HeaderIdempotencyReplayed = "Idempotency-Replayed"
	// HeaderRequestID names the request in the log. A client may send its own.
	HeaderRequestID = "X-Request-Id"
)

// SignIn are the credentials of an agent.
type SignIn struct {
	Agent    string `json:"agent" minLength:"1" maxLength:"64" doc:"agent's id" example:"hanako"`
	Password string `json:"password" minLength:"1" maxLength:"1024" doc:"the agent's password" example:"correct horse battery staple"`
	Cookie   bool   `json:"cookie,omitempty" doc:"for pages: put the token into an HttpOnly cookie instead of the response" example:"false"`
}

// Session tells who is signed in.
type Session struct {
	Token      string    `json:"token,omitempty" doc:"opaque bearer token; only in the answer to signing in, and not when it went into a cookie" example:"x3mN0nLUwJbm8mWnYB5cG1g9yq2P9y9CzvXyC6Zt3nE"`
	Agent      string    `json:"agent" doc:"agent's id" example:"hanako"`
	Name       string    `json:"name" doc:"display name" example:"Hanako Sato"`
	Role       string    `json:"role" enum:"agent,supervisor,admin" doc:"the agent's role"`
	Privileges []string  `json:"privileges" doc:"what the agent may do; in a campaign it may be more or less, see its privileges" example:"[\"calls.handle\"]"`
	Expires    time.Time `json:"expires" doc:"when the session ends unless it is used before, RFC 3339"`
	Ends       time.Time `json:"ends" doc:"when the session ends however much it is used, RFC 3339"`
}

// NotReady says why an agent is not ready.
type NotReady struct {
	Reason string `json:"reason,omitempty" maxLength:"64" doc:"one of the configured reasons, or nothing" example:"lunch"`
}

// Connect says how to connect a phone.
type Connect struct {
	Again bool `json:"again,omitempty" doc:"ring the phone even if it counts as connected, because it has lost its end; the old leg ends when the new one is in the booth" example:"false"`
}

// Reasons are the reasons an agent can choose from when not ready.
type Reasons struct {
	Reasons []string `json:"reasons" doc:"the configured reasons, in their order" example:"[\"break\",\"lunch\"]"`
}

// Accept chooses what to dial.
type Accept struct {
	Number string `json:"number,omitempty" maxLength:"32" doc:"the number of the record's chain to dial, E.164; left out: the first" example:"+815012345600"`
}

// Reject says why an offer is not taken.
type Reject struct {
	Reason string `json:"reason,omitempty" maxLength:"1000" doc:"why; the ledger of a callback keeps it" example:"I am not the one who knows the case"`
}

// Target is whom to consult, bring into a conference or transfer to.
type Target struct {
	Kind   string `json:"kind" enum:"agent,group,queue,number" doc:"agent: a colleague; group: the longest-idle ready agent of it; queue: a place in the dialplan (for transfers only); number: a telephone number" example:"agent"`
	ID     string `json:"id,omitempty" maxLength:"64" doc:"of an agent, a group or a queue" example:"jiro"`
	Number string `json:"number,omitempty" maxLength:"32" doc:"of a number: E.164" example:"+81312345622"`
}

// DTMF are digits to send.
type DTMF struct {
	Digits string `json:"digits" minLength:"1" maxLength:"64" doc:"0 to 9, *, #, A to D; w and W pause half a second and a second" example:"1234#"`
	Party  string `json:"party,omitempty" maxLength:"64" doc:"id of the party that gets them; left out: the contact" example:"contact"`
}

// DispositionChoice is what the agent says became of the call.
type DispositionChoice struct {
	Disposition string `json:"disposition" maxLength:"64" doc:"code of one of the campaign's dispositions; empty takes back what was chosen" example:"sold"`
}

// Note is free text about a call.
type Note struct {
	Note string `json:"note" maxLength:"10000" doc:"the whole note; it replaces what was there" example:"asked for a quote by mail"`
}

// FieldValue is what a business field of the record is to say.
type FieldValue struct {
	Value string `json:"value" maxLength:"4096" doc:"the whole value; empty removes the field" example:"Sendai"`
}

// DoNotCall says how much of a record is not to be called any more.
type DoNotCall struct {
	Scope string `json:"scope" enum:"number,chain" doc:"number: the one dialed last, or the record's only one; chain: all numbers of the record" example:"number"`
}

// Targets are targets to choose from.
type Targets struct {
	Targets []dialer.TargetView `json:"targets" doc:"best fits first; among equals favourites, then those used lately"`
}

// Done closes a call.
type Done struct {
	Disposition string `json:"disposition,omitempty" maxLength:"64" doc:"code of a disposition; left out: the one chosen before" example:"sold"`
	Note        string `json:"note,omitempty" maxLength:"10000" doc:"note about the call; left out: the one written before" example:"asked for a quote by mail"`
	Stop        bool   `json:"stop,omitempty" doc:"done and stop: offer no further preview" example:"false"`
	Undo        bool   `json:"undo,omitempty" doc:"let it be taken back for a few seconds, and write it after that" example:"false"`
}

// Cancel gives a preview back.
type Cancel struct {
	Undo bool `json:"undo,omitempty" doc:"let it be taken back for a few seconds, and give the record back after that" example:"false"`
}

// Agents is a list of agents.
type Agents struct {
	Agents []dialer.AgentView `json:"agents" doc:"all agents, in the order of their ids"`
}

// Campaigns is a list of campaigns.
type Campaigns struct {
	Campaigns []dialer.CampaignView `json:"campaigns" doc:"the campaigns the agent works in"`
}

// Health is the answer of a probe that is content.
type Health struct {
	Status  string `json:"status" enum:"alive,ready" doc:"alive: the process answers; ready: it can handle calls"`
	Version string `json:"version,omitempty" doc:"version of hasshin" example:"0.1.0"`
}
