package ari

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"
)

// Channels makes and handles channels. Operations on a channel answer [ErrNotFound] when it is gone, [ErrNotInStasis] when
// it is not in an application (any more) and [ErrNotUp] when its state does not allow them.
//
// Answer, SetVariable and the operations of [Bridges] that move a channel wait in Asterisk for the channel's own thread, which a
// prompt, recording or digits being sent to that channel hold: stop those first.
type Channels struct{ c *Client }

// Originate is a call to be made: [Channels.Originate].
type Originate struct {
	Endpoint string // required: "PJSIP/1001", "PJSIP/+81312345678@carrier", "Local/100@default"

	// ChannelID names the channel; give one, so that events can be told before the answer is here. OtherChannelID names the
	// second half of a Local channel.
	ChannelID      string
	OtherChannelID string

	// Either App, to enter it when answered, or a place in the dialplan.
	App       string
	AppArgs   []string
	Context   string
	Extension string
	Priority  int
	Label     string

	CallerID   string            // `"Name" <number>`, or a number
	Timeout    time.Duration     // to ring, rounded up to seconds; 0: Asterisk's 30 s; below 0: for ever
	Variables  map[string]string // also functions: "CALLERID(name)", "PJSIP_HEADER(add,X-Case)"
	Originator string            // channel whose account and codecs the new one takes over
	Formats    []string          // instead of an originator: "ulaw", "alaw", "opus"
}

// Originate makes a channel and dials it. With an App the channel enters it when answered, and the application is told of
// its end in any case. It is never sent twice: after [ErrConnection] or [ErrTimeout] look for the channel by its id.
//
// Errors: [ErrBadRequest]; [ErrExists] for a ChannelID that is in use; [ErrAllocationFailed] often for an endpoint that
// is not known or not registered.
func (s *Channels) Originate(ctx context.Context, o Originate) (*Channel, error) {
	q := newParams().
		text("endpoint", o.Endpoint).text("app", o.App).text("appArgs", strings.Join(o.AppArgs, ",")).
		text("context", o.Context).text("extension", o.Extension).number("priority", o.Priority).text("label", o.Label).
		text("callerId", o.CallerID).text("otherChannelId", o.OtherChannelID).
		text("originator", o.Originator).text("formats", strings.Join(o.Formats, ","))
	if o.Timeout < 0 {
		q.always("timeout", "-1")
	} else {
		q.seconds("timeout", o.Timeout)
	}
	r := request{method: http.MethodPost, path: "/channels", query: q, body: variablesBody(o.Variables)}
	if o.ChannelID != "" {
		r.path = pathOf("channels", o.ChannelID)
	}
	return fetch[Channel](ctx, s.c, r)
}

// CreateChannel is a channel to be made without dialing it: [Channels.Create].
type CreateChannel struct {
	Endpoint       string // required
	App            string // required
	AppArgs        []string
	ChannelID      string
	OtherChannelID string
	Originator     string
	Formats        []string
	// Variables are the only way to give such a channel a caller id: "CALLERID(num)", "CONNECTEDLINE(num)".
	Variables map[string]string
}

// Create makes a channel that is in the application at once, state Down, to be put into a bridge and dialed with
// [Channels.Dial]. With a ChannelID it is sent again after a lost connection: nobody is rung by it, and if the first try had
// worked the channel is there under its id.
func (s *Channels) Create(ctx context.Context, o CreateChannel) (*Channel, error) {
	q := newParams().
		text("endpoint", o.Endpoint).text("app", o.App).text("appArgs", strings.Join(o.AppArgs, ",")).
		text("channelId", o.ChannelID).text("otherChannelId", o.OtherChannelID).
		text("originator", o.Originator).text("formats", strings.Join(o.Formats, ","))
	r := request{
		method: http.MethodPost, path: "/channels/create", query: q, body: variablesBody(o.Variables),
		again: o.ChannelID != "", after: exists,
	}
	channel, err := fetch[Channel](ctx, s.c, r)
	if err == nil && channel.ID == "" {
		return s.Get(ctx, o.ChannelID) // the try whose answer was lost had made it
	}
	return channel, err
}

// exists: a thing that is to be under our own id and is there has been made by us.
func exists(e *Error) bool { return errors.Is(e, ErrExists) }

// DialOptions are the options of [Channels.Dial].
type DialOptions struct {
	Caller  string        // channel of the caller, if there is one
	Timeout time.Duration // to ring, rounded up to seconds; 0: for ever; see [Channels.Dial]
}

// Dial dials a channel made by [Channels.Create]. Before its StasisStart this is [ErrConflict].
//
// With a Timeout, Asterisk 22.10 may crash when the channel leaves a bridge in the moment in which it was put there, at any time of the
// call (set_interval_hook in res/stasis/control.c reads the features of a bridge channel that is gone). It is safer to hang up with
// [HangupNoAnswer] after a time of one's own, which has the same end for the other side.
func (s *Channels) Dial(ctx context.Context, id string, o DialOptions) error {
	return s.post(ctx, id, "dial", newParams().text("caller", o.Caller).seconds("timeout", o.Timeout))
}

// List returns all channels that Asterisk has, ours or not.
func (s *Channels) List(ctx context.Context) ([]Channel, error) {
	return fetchList[Channel](ctx, s.c, get("channels"))
}

// Get returns the channel.
func (s *Channels) Get(ctx context.Context, id string) (*Channel, error) {
	return fetch[Channel](ctx, s.c, get("channels", id))
}

// HangupReason is told to the other side: one of the constants, or a Q.850 cause in digits (see [Cause]).
type HangupReason string

// The reasons that ARI has names for.
const (
	HangupNormal            HangupReason = "normal"
	HangupBusy              HangupReason = "busy"
	HangupCongestion        HangupReason = "congestion"
	HangupNoAnswer          HangupReason = "no_answer"
	HangupTimeout           HangupReason = "timeout"
	HangupRejected          HangupReason = "rejected"
	HangupUnallocated       HangupReason = "unallocated"
	HangupNormalUnspecified HangupReason = "normal_unspecified"
	HangupNumberIncomplete  HangupReason = "number_incomplete"
	HangupCodecMismatch     HangupReason = "codec_mismatch"
	HangupInterworking      HangupReason = "interworking"
	HangupFailure           HangupReason = "failure"
	HangupAnsweredElsewhere HangupReason = "answered_elsewhere"
)

// Hangup ends the channel; "" is a normal end. It does not wait for the channel's thread. [ErrNotFound]: it is gone already.
func (s *Channels) Hangup(ctx context.Context, id string, reason HangupReason) error {
	q := newParams()
	if isCause(reason) {
		q.text("reason_code", string(reason))
	} else {
		q.text("reason", string(reason))
	}
	return s.c.do(ctx, request{
		method: http.MethodDelete, path: pathOf("channels", id), query: q, again: true, after: gone,
	}, nil)
}

// Continue is where to go on in the dialplan: [Channels.Continue]. What is empty is as it was.
type Continue struct {
	Context   string
	Extension string
	Priority  int
	Label     string
}

// Continue lets the channel leave the application and go on in the dialplan.
func (s *Channels) Continue(ctx context.Context, id string, o Continue) error {
	return s.post(ctx, id, "continue", newParams().
		text("context", o.Context).text("extension", o.Extension).number("priority", o.Priority).text("label", o.Label))
}

// Move takes the channel to another application, or to its own with other arguments.
func (s *Channels) Move(ctx context.Context, id, app string, args ...string) error {
	return s.post(ctx, id, "move", newParams().text("app", app).text("appArgs", strings.Join(args, ",")))
}

// Redirect sends the channel away: before the answer by a 302, after it by a REFER, which Asterisk 22 does only for endpoints of
// the form "PJSIP/sip:number@host:port" and of which the outcome is not told.
func (s *Channels) Redirect(ctx context.Context, id, endpoint string) error {
	return s.post(ctx, id, "redirect", newParams().text("endpoint", endpoint))
}

// Answer answers the channel.
func (s *Channels) Answer(ctx context.Context, id string) error {
	return s.post(ctx, id, "answer", nil)
}

// Ring indicates ringing to the channel.
func (s *Channels) Ring(ctx context.Context, id string) error { return s.post(ctx, id, "ring", nil) }

// StopRing stops it.
func (s *Channels) StopRing(ctx context.Context, id string) error {
	return s.undo(ctx, id, "ring", nil)
}

// Progress indicates progress (183) to the channel.
func (s *Channels) Progress(ctx context.Context, id string) error {
	return s.post(ctx, id, "progress", nil)
}

// TransferProgress tells a phone that asked for a transfer ([ChannelTransfer]) how it goes: "channel_progress",
// "channel_answered", "channel_unavailable" or "channel_declined".
func (s *Channels) TransferProgress(ctx context.Context, id, state string) error {
	return s.post(ctx, id, "transfer_progress", newParams().text("states", state))
}

// RTPStatistics tells how the channel's RTP fares. Errors: [ErrForbidden] for a channel of a kind without RTP.
func (s *Channels) RTPStatistics(ctx context.Context, id string) (*RTPStatistics, error) {
	return fetch[RTPStatistics](ctx, s.c, get("channels", id, "rtp_statistics"))
}

// post does an operation that has no answer. It is never sent twice.
func (s *Channels) post(ctx context.Context, id, operation string, q *params) error {
	return s.c.do(ctx, request{method: http.MethodPost, path: pathOf("channels", id, operation), query: q}, nil)
}

// undo ends a state that an operation began.
func (s *Channels) undo(ctx context.Context, id, operation string, q *params) error {
	return s.c.do(ctx, request{
		method: http.MethodDelete, path: pathOf("channels", id, operation), query: q, again: true,
	}, nil)
}
