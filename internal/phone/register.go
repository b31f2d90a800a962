package phone

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/google/uuid"
)

// registrationTime is asked for; the server may grant less.
const registrationTime = 5 * time.Minute

// registration keeps a phone known at its server.
type registration struct {
	mu      sync.Mutex // one REGISTER at a time
	callID  string
	seq     uint32
	stop    chan struct{} // closed to end the refreshing goroutine; nil while not registered
	expires time.Duration
}

// StatusError is a final SIP response that says no.
type StatusError struct {
	// Method of the request.
	Method string
	// Code of the response, for example 486.
	Code int
	// Reason phrase of the response.
	Reason string
}

func (e *StatusError) Error() string { return fmt.Sprintf("%s: %d %s", e.Method, e.Code, e.Reason) }

// Register registers the phone at its server, answering a digest challenge, and keeps it registered until [Phone.Unregister] or
// Close. On a phone that is registered it registers again. The server's refusal is a *[StatusError].
func (p *Phone) Register(ctx context.Context) error {
	r := &p.register
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := p.sendRegister(ctx, registrationTime); err != nil {
		return err
	}
	if r.stop == nil {
		if !p.enter() {
			return ErrClosed
		}
		r.stop = make(chan struct{})
		go p.refresh(r.stop)
	}
	return nil
}

// Registered tells whether the last REGISTER was accepted.
func (p *Phone) Registered() bool {
	p.register.mu.Lock()
	defer p.register.mu.Unlock()
	return p.register.stop != nil
}

// Unregister takes the phone's registration back. It does nothing on a phone that is not registered.
func (p *Phone) Unregister(ctx context.Context) error {
	r := &p.register
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stop == nil {
		return nil
	}
	close(r.stop)
	r.stop = nil
	return p.sendRegister(ctx, 0)
}

// refresh registers anew at half time.
func (p *Phone) refresh(stop chan struct{}) {
	defer p.work.Done()
	for {
		p.register.mu.Lock()
		wait := p.register.expires / 2
		p.register.mu.Unlock()
		timer := time.NewTimer(wait)
		select {
		case <-stop:
			timer.Stop()
			return
		case <-timer.C:
		}
		ctx, cancel := context.WithTimeout(context.Background(), goodbye)
		p.register.mu.Lock()
		var err error
		if p.register.stop == stop { // not taken back meanwhile
			err = p.sendRegister(ctx, registrationTime)
		}
		p.register.mu.Unlock()
		cancel()
		if err != nil {
			p.log.Warn().Err(err).Msg("refreshing the registration; it is tried again")
		}
	}
}

// sendRegister sends one REGISTER (RFC 3261, 10.2) and, challenged, a second; r.mu is held.
func (p *Phone) sendRegister(ctx context.Context, expires time.Duration) error {
	r := &p.register
	server, err := p.serverURI("")
	if err != nil {
		return err
	}
	if r.callID == "" {
		r.callID = uuid.NewString()
	}
	aor := sip.Uri{Scheme: "sip", User: p.cfg.User, Host: server.Host, Port: server.Port}
	req := sip.NewRequest(sip.REGISTER, server)
	from := &sip.FromHeader{Address: aor}
	from.Params.Add("tag", sip.GenerateTagN(16))
	callID := sip.CallIDHeader(r.callID)
	r.seq++
	req.AppendHeader(from)
	req.AppendHeader(&sip.ToHeader{Address: aor})
	req.AppendHeader(&callID)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: r.seq, MethodName: sip.REGISTER})
	req.AppendHeader(&sip.ContactHeader{Address: p.uri()})
	req.AppendHeader(sip.NewHeader("Expires", strconv.Itoa(int(expires/time.Second))))
	req.AppendHeader(sip.NewHeader("Allow", allow))

	res, err := p.client.Do(ctx, req)
	if err == nil && (res.StatusCode == 401 || res.StatusCode == 407) && p.cfg.Password != "" {
		res, err = p.client.DoDigestAuth(ctx, req, res, sipgo.DigestAuth{Username: p.cfg.User, Password: p.cfg.Password})
		r.seq = req.CSeq().SeqNo
	}
	if err != nil {
		return fmt.Errorf("registering %s at %s: %w", p.cfg.User, p.cfg.Server, err)
	}
	if !res.IsSuccess() {
		return fmt.Errorf("registering %s at %s: %w", p.cfg.User, p.cfg.Server,
			&StatusError{Method: "REGISTER", Code: res.StatusCode, Reason: res.Reason})
	}
	r.expires = granted(res, expires)
	return nil
}

// granted is the time the server grants: the least that any Contact or the Expires header of the response says.
func granted(res *sip.Response, asked time.Duration) time.Duration {
	least := asked
	take := func(seconds string) {
		if n, err := strconv.Atoi(strings.TrimSpace(seconds)); err == nil && n > 0 {
			least = min(least, time.Duration(n)*time.Second)
		}
	}
	if h := res.GetHeader("Expires"); h != nil {
		take(h.Value())
	}
	if contact := res.Contact(); contact != nil {
		if v, ok := contact.Params.Get("expires"); ok {
			take(v)
		}
	}
	return least
}

// serverURI is the URI of user at the configured server.
func (p *Phone) serverURI(user string) (sip.Uri, error) {
	if p.cfg.Server == "" {
		return sip.Uri{}, errors.New("phone: no server is configured")
	}
	host, port, err := sip.ParseAddr(p.cfg.Server)
	if err != nil {
		return sip.Uri{}, fmt.Errorf("phone: server %q: %w", p.cfg.Server, err)
	}
	return sip.Uri{Scheme: "sip", User: user, Host: host, Port: port}, nil
}
