package phone

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// DialOption changes one outgoing call.
type DialOption func(*dialing)

type dialing struct {
	voice   Voice
	headers []sip.Header
	from    string
}

// WithVoice says v from the answer on, instead of the phone's own voice.
func WithVoice(v Voice) DialOption { return func(d *dialing) { d.voice = v } }

// WithHeader adds a header to the INVITE.
func WithHeader(name, value string) DialOption {
	return func(d *dialing) { d.headers = append(d.headers, sip.NewHeader(name, value)) }
}

// WithCaller puts another user than the phone's into From.
func WithCaller(user string) DialOption { return func(d *dialing) { d.from = user } }

// Dial sends an INVITE to a number at the configured server, or to a whole SIP URI, and returns while it is on its way. ctx bounds
// only the sending; [Call.Hangup] gives up.
func (p *Phone) Dial(ctx context.Context, to string, opts ...DialOption) (*Call, error) {
	d := dialing{voice: p.cfg.Voice, from: p.cfg.User}
	for _, opt := range opts {
		opt(&d)
	}
	target, err := p.target(to)
	if err != nil {
		return nil, err
	}
	c, err := p.newCall(d.voice)
	if err != nil {
		return nil, err
	}
	c.number, c.from = target.User, d.from
	if err := p.sendInvite(ctx, c, target, d); err != nil {
		c.media.close()
		return nil, fmt.Errorf("calling %s: %w", to, err)
	}
	return c, nil
}

// Call dials and waits for the answer. If it does not come the call is given up; a refusal is a *[StatusError].
func (p *Phone) Call(ctx context.Context, to string, opts ...DialOption) (*Call, error) {
	c, err := p.Dial(ctx, to, opts...)
	if err != nil {
		return nil, err
	}
	if err := c.WaitAnswered(ctx); err != nil {
		bye, cancel := p.withGoodbye()
		defer cancel()
		return nil, errors.Join(err, c.Hangup(bye))
	}
	return c, nil
}

// withGoodbye is a context for tearing down, which must go on when the caller's own context has ended.
func (p *Phone) withGoodbye() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), goodbye)
}

func (p *Phone) target(to string) (sip.Uri, error) {
	if !strings.HasPrefix(to, "sip:") {
		return p.serverURI(to)
	}
	var uri sip.Uri
	if err := sip.ParseUri(to, &uri); err != nil {
		return uri, fmt.Errorf("calling %q: %w", to, err)
	}
	return uri, nil
}

func (p *Phone) sendInvite(ctx context.Context, c *Call, target sip.Uri, d dialing) error {
	req := sip.NewRequest(sip.INVITE, target)
	from := &sip.FromHeader{Address: sip.Uri{Scheme: "sip", User: d.from, Host: p.Addr().Addr().String()}}
	tag := sip.GenerateTagN(16)
	from.Params.Add("tag", tag)
	req.AppendHeader(from)
	req.AppendHeader(&sip.ContactHeader{Address: p.uri()})
	req.AppendHeader(sip.NewHeader("Allow", allow))
	req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	for _, h := range d.headers {
		req.AppendHeader(h)
	}
	c.version++
	req.SetBody(writeSDP(c.media.local, p.cfg.Codecs, ourEventType, sendRecv, c.version))

	if !p.enter() {
		return ErrClosed
	}
	dialog, err := p.dialogs.WriteInvite(ctx, req)
	if err != nil {
		p.work.Done()
		return err
	}
	waiting, giveUp := context.WithCancel(context.Background())
	c.out, c.invite, c.giveUp = dialog, req, giveUp
	c.key = dialogKey{req.CallID().Value(), tag}
	if !p.add(c) {
		giveUp()
	}
	go func() {
		defer p.work.Done()
		defer giveUp()
		c.follow(waiting)
	}()
	return nil
}

// follow takes the responses to our INVITE until the final one.
func (c *Call) follow(ctx context.Context) {
	err := c.out.WaitAnswer(ctx, sipgo.AnswerOptions{
		OnResponse: c.onProgress, Username: c.p.cfg.User, Password: c.p.cfg.Password,
	})
	var refused *sipgo.ErrDialogResponse
	switch {
	case err == nil:
		c.established()
	case errors.As(err, &refused):
		c.finish(End{Status: refused.Res.StatusCode, Text: refused.Res.Reason, Cause: q850(refused.Res)})
	case ctx.Err() != nil:
		// The answer may have crossed our CANCEL (RFC 3261, 9.1): then the call is up and must be ended properly.
		if res := c.out.InviteResponse; res != nil && res.IsSuccess() {
			c.hangUpUnwanted()
		}
		c.finish(End{Local: true, Status: sip.StatusRequestTerminated, Text: "given up here"})
	default:
		c.finish(End{Text: err.Error()})
	}
}

// onProgress takes each response to the INVITE.
func (c *Call) onProgress(res *sip.Response) error {
	if !res.IsProvisional() || res.StatusCode == sip.StatusTrying {
		return nil
	}
	if len(res.Body()) > 0 {
		if err := c.hear(res.Body()); err != nil {
			c.p.log.Debug().Err(err).Msg("early media")
		}
	}
	c.markRinging()
	return nil
}

// hear applies the session description of a response. Before the answer we listen only.
func (c *Call) hear(body []byte) error {
	answer, err := parseSDP(body)
	if err != nil {
		return err
	}
	codec, err := answer.pick(c.p.cfg.Codecs)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.theirs = answer.direction
	c.session = negotiated{remote: answer.remote, codec: codec, eventType: answer.eventType}
	session := c.session
	c.mu.Unlock()
	c.media.connect(session)
	return nil
}

// established acknowledges the answer and begins to talk.
func (c *Call) established() {
	c.markAnswered()
	ctx, cancel := c.p.withGoodbye()
	defer cancel()
	if err := c.out.Ack(ctx); err != nil {
		c.finish(End{Text: fmt.Sprintf("acknowledging the answer: %v", err)})
		return
	}
	if err := c.hear(c.out.InviteResponse.Body()); err != nil {
		if bye := c.bye(ctx); bye != nil {
			err = errors.Join(err, bye)
		}
		c.finish(End{Local: true, Text: err.Error()})
		return
	}
	c.mu.Lock()
	c.session.sends = c.theirs.reverse().sends()
	session := c.session
	c.mu.Unlock()
	c.media.connect(session)
	c.markRinging() // whoever waits for ringing must not wait for ever on a call answered without it
	c.confirm.Do(func() { close(c.answered) })
}

// hangUpUnwanted acknowledges and ends a call that was answered while we gave up.
func (c *Call) hangUpUnwanted() {
	ctx, cancel := c.p.withGoodbye()
	defer cancel()
	err := c.out.Ack(ctx)
	if err == nil {
		err = c.bye(ctx)
	}
	if err != nil {
		c.p.log.Debug().Err(err).Msg("ending a call answered while it was given up")
	}
}
