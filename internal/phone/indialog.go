package phone

import (
	"context"
	"fmt"
	"time"

	"github.com/emiago/sipgo/sip"
)

// request starts a request within the dialog, to the other side's contact, from our one socket. The dialog layer adds the rest.
func (c *Call) request(method sip.RequestMethod) *sip.Request {
	var remote sip.Uri
	if c.incoming {
		remote = c.in.InviteRequest.Contact().Address
	} else {
		remote = c.out.InviteRequest.Recipient
		if contact := c.out.InviteResponse.Contact(); contact != nil {
			remote = contact.Address
		}
	}
	req := sip.NewRequest(method, *remote.Clone())
	c.p.laddr.Copy(&req.Laddr)
	return req
}

// exchange sends a request within the dialog and returns the final response. The caller has the turn.
func (c *Call) exchange(ctx context.Context, req *sip.Request) (*sip.Response, error) {
	var res *sip.Response
	var err error
	if c.incoming {
		res, err = c.in.Do(ctx, req)
	} else {
		res, err = c.out.Do(ctx, req)
	}
	if err != nil {
		return nil, fmt.Errorf("%s within call %v: %w", req.Method, c, err)
	}
	if !res.IsSuccess() {
		return res, fmt.Errorf("within call %v: %w", c, &StatusError{Method: string(req.Method), Code: res.StatusCode, Reason: res.Reason})
	}
	return res, nil
}

// sdp writes our side of the session as it now is.
func (c *Call) sdp() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.version++
	dir := c.theirs.reverse().and(c.want)
	return writeSDP(c.media.local, []Codec{c.session.codec}, c.session.eventType, dir, c.version)
}

// onReinvite answers a re-INVITE: the other side holds, resumes or moves its media (RFC 3264, 8).
func (c *Call) onReinvite(req *sip.Request, tx sip.ServerTransaction) {
	body, err := c.renegotiate(req.Body())
	if err != nil {
		c.p.log.Debug().Err(err).Stringer("call", c).Msg("re-INVITE")
		c.p.respond(req, tx, sip.StatusNotAcceptableHere)
		return
	}
	c.respondSDP(req, tx, body)
}

// onUpdate answers an UPDATE (RFC 3311), which may carry an offer too.
func (p *Phone) onUpdate(req *sip.Request, tx sip.ServerTransaction) {
	c := p.find(req)
	switch {
	case c == nil:
		p.respond(req, tx, sip.StatusCallTransactionDoesNotExists)
	case len(req.Body()) == 0:
		p.respond(req, tx, sip.StatusOK)
	default:
		c.onReinvite(req, tx)
	}
}

func (c *Call) respondSDP(req *sip.Request, tx sip.ServerTransaction, body []byte) {
	res := sip.NewSDPResponseFromRequest(req, body)
	res.AppendHeader(&sip.ContactHeader{Address: c.p.uri()})
	if err := tx.Respond(res); err != nil {
		c.p.log.Debug().Err(err).Stringer("call", c).Msg("answering an offer")
	}
}

// renegotiate takes a new offer, none meaning that we make one, and returns our description.
func (c *Call) renegotiate(offered []byte) ([]byte, error) {
	if len(offered) == 0 {
		return c.sdp(), nil
	}
	offer, err := parseSDP(offered)
	if err != nil {
		return nil, err
	}
	codec, err := offer.pick(c.p.cfg.Codecs)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.theirs = offer.direction
	c.session = negotiated{remote: offer.remote, codec: codec, eventType: offer.eventType,
		sends: offer.direction.reverse().sends() && c.want == sendRecv}
	session := c.session
	c.mu.Unlock()
	c.media.connect(session)
	return c.sdp(), nil
}

// HeldByOther tells whether the other side holds the call: it does not want to hear us.
func (c *Call) HeldByOther() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.theirs == sendOnly || c.theirs == inactive
}

// Hold presses the phone's own hold key: a re-INVITE with sendonly, after which it sends nothing. What the other side plays
// meanwhile is its own affair.
func (c *Call) Hold(ctx context.Context) error { return c.reinvite(ctx, sendOnly) }

// Resume takes Hold back.
func (c *Call) Resume(ctx context.Context) error { return c.reinvite(ctx, sendRecv) }

func (c *Call) reinvite(ctx context.Context, want direction) error {
	if err := c.takeTurn(ctx); err != nil {
		return err
	}
	defer c.endTurn()
	if !c.alive() || c.AnsweredAt().IsZero() {
		return fmt.Errorf("re-INVITE: %w", ErrEnded)
	}
	c.mu.Lock()
	c.version++
	body := writeSDP(c.media.local, c.p.cfg.Codecs, ourEventType, want, c.version)
	c.mu.Unlock()
	req := c.request(sip.INVITE)
	req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	req.SetBody(body)
	res, err := c.exchange(ctx, req)
	if err != nil {
		return err
	}
	ack := c.request(sip.ACK)
	ack.SetBody(nil)
	if c.incoming {
		err = c.in.WriteRequest(ack)
	} else {
		err = c.out.WriteRequest(ack)
	}
	if err != nil {
		return fmt.Errorf("acknowledging a re-INVITE within call %v: %w", c, err)
	}
	answer, err := parseSDP(res.Body())
	if err != nil {
		return err
	}
	codec, err := answer.pick(c.p.cfg.Codecs)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.want, c.theirs = want, answer.direction
	c.session = negotiated{remote: answer.remote, codec: codec, eventType: answer.eventType,
		sends: want == sendRecv && answer.direction.reverse().sends()}
	session := c.session
	c.mu.Unlock()
	c.media.connect(session)
	return nil
}

// onRefer accepts or refuses a transfer (RFC 3515). Accepted, it reports success; the phone does not make the new call.
func (p *Phone) onRefer(req *sip.Request, tx sip.ServerTransaction) {
	c := p.find(req)
	to := req.ReferTo()
	if c == nil || to == nil {
		p.respond(req, tx, sip.StatusCallTransactionDoesNotExists)
		return
	}
	target := to.Address.String()
	status := p.cfg.Refer(c, target)
	p.respond(req, tx, status)
	if status < 200 || status > 299 {
		return
	}
	c.mu.Lock()
	c.referred = append(c.referred, target)
	c.mu.Unlock()
	ctx, cancel := p.withGoodbye()
	defer cancel()
	if err := c.notifyTransfer(ctx); err != nil {
		p.log.Debug().Err(err).Msg("reporting a transfer")
	}
}

// notifyTransfer reports the outcome of an accepted REFER (RFC 3515, 2.4.5).
func (c *Call) notifyTransfer(ctx context.Context) error {
	if err := c.takeTurn(ctx); err != nil {
		return err
	}
	defer c.endTurn()
	req := c.request(sip.NOTIFY)
	req.AppendHeader(sip.NewHeader("Event", "refer"))
	req.AppendHeader(sip.NewHeader("Subscription-State", "terminated;reason=noresource"))
	req.AppendHeader(sip.NewHeader("Content-Type", "message/sipfrag;version=2.0"))
	req.SetBody([]byte("SIP/2.0 200 OK\r\n"))
	_, err := c.exchange(ctx, req)
	return err
}

// Referred lists the targets of the REFERs the phone accepted in this call, in order.
func (c *Call) Referred() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.referred...)
}

// Refer transfers the other side to target, a SIP URI. It returns when the REFER is accepted; a refusal is a *[StatusError].
func (c *Call) Refer(ctx context.Context, target string) error {
	var uri sip.Uri
	if err := sip.ParseUri(target, &uri); err != nil {
		return fmt.Errorf("refer to %q: %w", target, err)
	}
	if err := c.takeTurn(ctx); err != nil {
		return err
	}
	defer c.endTurn()
	req := c.request(sip.REFER)
	req.AppendHeader(&sip.ReferToHeader{Address: uri})
	_, err := c.exchange(ctx, req)
	return err
}

// digit lengths: what desk phones send.
const (
	digitTime = 100 * time.Millisecond
	digitGap  = 60 * time.Millisecond
)

// SendDTMF sends digits as telephone events (RFC 4733), 100 ms each, and returns when the last has been sent.
func (c *Call) SendDTMF(ctx context.Context, digits string) error {
	order, done, err := orders(digits, digitTime, digitGap)
	if err != nil {
		return err
	}
	c.media.mu.Lock()
	if c.media.eventType == 0 {
		c.media.mu.Unlock()
		return fmt.Errorf("the other side of call %v takes no telephone events", c)
	}
	c.media.dialing.queue = append(c.media.dialing.queue, order...)
	c.media.mu.Unlock()
	select {
	case <-done:
		return nil
	case <-c.done:
		return fmt.Errorf("sending DTMF: %w", ErrEnded)
	case <-ctx.Done():
		return fmt.Errorf("sending DTMF: %w", context.Cause(ctx))
	}
}

// Digits are the DTMF digits received so far.
func (c *Call) Digits() []Digit { return c.media.digits.all() }

// WaitDigits waits until the digits received so far are want.
func (c *Call) WaitDigits(ctx context.Context, want string) error {
	var got []byte
	err := poll(ctx, func() bool {
		got = got[:0]
		for _, d := range c.Digits() {
			got = append(got, d.Digit)
		}
		return string(got) == want
	})
	if err != nil {
		return fmt.Errorf("digits %q received, want %q: %w", got, want, err)
	}
	return nil
}
