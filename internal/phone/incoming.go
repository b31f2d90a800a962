package phone

import (
	"errors"
	"fmt"
	"time"

	"github.com/emiago/sipgo/sip"
)

// reasons are the phrases of final responses that tests give (RFC 3261, 21).
var reasons = map[int]string{
	200: "OK", 301: "Moved Permanently", 302: "Moved Temporarily", 403: "Forbidden", 404: "Not Found", 408: "Request Timeout",
	410: "Gone", 480: "Temporarily Unavailable", 484: "Address Incomplete", 486: "Busy Here", 487: "Request Terminated",
	488: "Not Acceptable Here", 500: "Server Internal Error", 502: "Bad Gateway", 503: "Service Unavailable",
	504: "Server Time-out", 600: "Busy Everywhere", 603: "Decline", 604: "Does Not Exist Anywhere", 606: "Not Acceptable",
}

func reason(status int) string {
	if phrase, ok := reasons[status]; ok {
		return phrase
	}
	return fmt.Sprintf("Status %d", status)
}

// respond answers a request that is not an INVITE; a failure means that the socket is gone.
func (p *Phone) respond(req *sip.Request, tx sip.ServerTransaction, status int) {
	res := sip.NewResponseFromRequest(req, status, reason(status), nil)
	if status == sip.StatusOK && req.Method == sip.OPTIONS {
		res.AppendHeader(sip.NewHeader("Allow", allow))
		res.AppendHeader(sip.NewHeader("Accept", "application/sdp"))
	}
	if err := tx.Respond(res); err != nil {
		p.log.Debug().Err(err).Str("method", string(req.Method)).Int("status", status).Msg("responding")
	}
}

// onInvite runs a new call from its INVITE to its final response, or a re-INVITE of one.
func (p *Phone) onInvite(req *sip.Request, tx sip.ServerTransaction) {
	if to := req.To(); to != nil && to.Params.Has("tag") {
		if c := p.find(req); c != nil {
			c.onReinvite(req, tx)
		} else {
			p.respond(req, tx, sip.StatusCallTransactionDoesNotExists)
		}
		return
	}
	c, err := p.takeCall(req, tx)
	if err != nil {
		p.log.Debug().Err(err).Msg("refusing a call")
		p.respond(req, tx, sip.StatusNotAcceptableHere)
		return
	}
	c.run(p.cfg.Behave(c))
}

// takeCall makes a call of an INVITE whose offer suits us.
func (p *Phone) takeCall(req *sip.Request, tx sip.ServerTransaction) (*Call, error) {
	offer, err := parseSDP(req.Body())
	if err != nil {
		return nil, err
	}
	codec, err := offer.pick(p.cfg.Codecs)
	if err != nil {
		return nil, err
	}
	dialog, err := p.dialogs.ReadInvite(req, tx)
	if err != nil {
		return nil, err
	}
	c, err := p.newCall(p.cfg.Voice)
	if err != nil {
		return nil, err
	}
	tag, _ := dialog.InviteRequest.To().Params.Get("tag")
	c.key = dialogKey{req.CallID().Value(), tag}
	c.incoming, c.in, c.invite = true, dialog, req
	c.number = req.Recipient.User
	if from := req.From(); from != nil {
		c.from = from.Address.User
	}
	c.theirs = offer.direction
	c.session = negotiated{remote: offer.remote, codec: codec, eventType: offer.eventType, sends: offer.direction.reverse().sends()}
	if !p.add(c) {
		c.media.close()
		return nil, ErrClosed
	}
	if p.arrived.Put(c) > maxArrived {
		p.arrived.TryNext()
	}
	return c, nil
}

// run lets the call ring as b says and gives the final response.
func (c *Call) run(b Behaviour) {
	talk := c.p.cfg.Voice
	if b.voice != nil {
		talk = *b.voice
	}
	c.media.begin(talk)
	if b.silent > 0 {
		select {
		case <-time.After(b.silent):
		case <-c.in.Context().Done():
		case <-c.p.closing:
		}
	}
	if err := c.alert(b); err != nil {
		c.lost(err)
		return
	}
	var timeout <-chan time.Time
	if b.status != 0 {
		timer := time.NewTimer(b.wait)
		defer timer.Stop()
		timeout = timer.C
	}
	select {
	case <-timeout:
	case told := <-c.told:
		told.hangUpAfter, told.early, told.alert = b.hangUpAfter, b.early, b.alert
		b = told
	case <-c.in.Context().Done(): // CANCEL, or the transaction died
		c.finish(End{Status: sip.StatusRequestTerminated, Text: "cancelled by the caller"})
		return
	case <-c.p.closing:
		c.finish(End{Local: true, Text: "phone closed"})
		return
	}
	if b.status >= 300 {
		c.refuse(b)
		return
	}
	if b.alert == earlyMedia && c.media.voice() == b.early {
		c.media.begin(talk)
	}
	c.answer(b)
}

// alert sends the provisional response.
func (c *Call) alert(b Behaviour) error {
	switch b.alert {
	case noAlert:
		return nil
	case ringing:
		c.markRinging()
		return c.in.Respond(sip.StatusRinging, "Ringing", nil, sip.NewHeader("Allow", allow))
	}
	c.markRinging()
	c.media.begin(b.early)
	c.media.connect(c.session)
	return c.in.Respond(sip.StatusSessionInProgress, "Session Progress", c.sdp(),
		sip.NewHeader("Content-Type", "application/sdp"), sip.NewHeader("Allow", allow))
}

func (c *Call) refuse(b Behaviour) {
	var headers []sip.Header
	for _, h := range b.headers {
		headers = append(headers, sip.NewHeader(h[0], h[1]))
	}
	// The response waits for its ACK; whoever waits for the call's end need not.
	c.finish(End{Local: true, Status: b.status, Text: reason(b.status)})
	if err := c.in.Respond(b.status, reason(b.status), nil, headers...); err != nil {
		c.p.log.Debug().Err(err).Stringer("call", c).Msg("refusing")
	}
}

// answer sends the 200, talks, and waits for the ACK.
func (c *Call) answer(b Behaviour) {
	headers := []sip.Header{sip.NewHeader("Content-Type", "application/sdp"), sip.NewHeader("Allow", allow)}
	for _, h := range b.headers {
		headers = append(headers, sip.NewHeader(h[0], h[1]))
	}
	body := c.sdp()
	c.markAnswered()
	c.media.connect(c.session)
	if err := c.in.Respond(sip.StatusOK, "OK", body, headers...); err != nil {
		c.lost(err)
		return
	}
	c.confirm.Do(func() { close(c.answered) })
	if b.hangUpAfter == 0 {
		return
	}
	timer := time.NewTimer(b.hangUpAfter)
	defer timer.Stop()
	select {
	case <-timer.C:
		ctx, cancel := c.p.withGoodbye()
		defer cancel()
		if err := c.Hangup(ctx); err != nil {
			c.p.log.Warn().Err(err).Msg("hanging up as scripted")
		}
	case <-c.done:
	case <-c.p.closing:
	}
}

// lost ends a call whose INVITE transaction went wrong while we responded.
func (c *Call) lost(err error) {
	if !c.alive() { // hung up before the ACK came
		return
	}
	c.mu.Lock()
	c.answeredAt = time.Time{}
	c.mu.Unlock()
	if errors.Is(err, sip.ErrTransactionCanceled) || c.in.Context().Err() != nil {
		c.finish(End{Status: sip.StatusRequestTerminated, Text: "cancelled by the caller"})
		return
	}
	c.finish(End{Text: err.Error()})
}

// onAck confirms the answer of an incoming call.
func (p *Phone) onAck(req *sip.Request, tx sip.ServerTransaction) {
	c := p.find(req)
	if c == nil || !c.incoming {
		return // the ACK of a refusal, or of a re-INVITE to a caller
	}
	if err := c.in.ReadAck(req, tx); err != nil {
		p.log.Debug().Err(err).Stringer("call", c).Msg("ACK")
	}
}

// onBye ends a call from the other side.
func (p *Phone) onBye(req *sip.Request, tx sip.ServerTransaction) {
	c := p.find(req)
	if c == nil {
		p.respond(req, tx, sip.StatusCallTransactionDoesNotExists)
		return
	}
	var err error
	if c.incoming {
		err = c.in.ReadBye(req, tx)
	} else {
		err = c.out.ReadBye(req, tx)
	}
	if err != nil {
		p.log.Debug().Err(err).Stringer("call", c).Msg("BYE")
	}
	c.finish(End{Status: sip.StatusOK, Text: "hung up by the other side", Cause: q850(req)})
}

// onCancel answers a CANCEL whose INVITE is not there; the SIP stack handles the others.
func (p *Phone) onCancel(req *sip.Request, tx sip.ServerTransaction) {
	p.respond(req, tx, sip.StatusCallTransactionDoesNotExists)
}

// onOther accepts what needs no more: OPTIONS of a server's qualify, NOTIFY of a mailbox, INFO, MESSAGE.
func (p *Phone) onOther(req *sip.Request, tx sip.ServerTransaction) {
	p.respond(req, tx, sip.StatusOK)
}
