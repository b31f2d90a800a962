package phone_test

import (
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"

	"github.com/hasshin/hasshin/internal/phone"
)

// registrar is a SIP registrar that challenges, grants one second and notes what it accepted.
type registrar struct {
	addr string

	mu       sync.Mutex
	accepted []registration
}

type registration struct {
	callID  string
	seq     uint32
	expires string
}

func newRegistrar(t *testing.T, password string) *registrar {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ua, err := sipgo.NewUA()
	if err != nil {
		t.Fatal(err)
	}
	server, err := sipgo.NewServer(ua)
	if err != nil {
		t.Fatal(err)
	}
	r := &registrar{addr: conn.LocalAddr().String()}
	server.OnRegister(func(req *sip.Request, tx sip.ServerTransaction) {
		if err := tx.Respond(r.answer(req, password)); err != nil {
			t.Errorf("registrar: %v", err)
		}
	})
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := server.ServeUDP(conn); err != nil {
			t.Errorf("registrar: %v", err)
		}
	})
	t.Cleanup(func() {
		if err := errors.Join(ua.Close(), conn.Close()); err != nil {
			t.Error(err)
		}
		serving.Wait()
	})
	return r
}

func (r *registrar) answer(req *sip.Request, password string) *sip.Response {
	challenge := digest.Challenge{Realm: "test", Nonce: "n", Algorithm: "MD5", QOP: []string{"auth"}}
	given := req.GetHeader("Authorization")
	if given == nil {
		res := sip.NewResponseFromRequest(req, 401, "Unauthorized", nil)
		res.AppendHeader(sip.NewHeader("WWW-Authenticate", challenge.String()))
		return res
	}
	got, err := digest.ParseCredentials(given.Value())
	if err != nil {
		return sip.NewResponseFromRequest(req, 400, err.Error(), nil)
	}
	want, err := digest.Digest(&challenge, digest.Options{Method: "REGISTER", URI: got.URI, Username: got.Username,
		Password: password, Cnonce: got.Cnonce, Count: got.Nc})
	if err != nil || want.Response != got.Response {
		return sip.NewResponseFromRequest(req, 403, "Forbidden", nil)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.accepted = append(r.accepted, registration{req.CallID().Value(), req.CSeq().SeqNo, req.GetHeader("Expires").Value()})
	res := sip.NewResponseFromRequest(req, 200, "OK", nil)
	contact := req.Contact().Clone()
	contact.Params.Add("expires", "1")
	res.AppendHeader(contact)
	return res
}

func (r *registrar) list() []registration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]registration(nil), r.accepted...)
}

// A phone stays registered: it registers anew at half of the time that the registrar grants, not of what it asked for.
func TestRegistrationIsRefreshed(t *testing.T) {
	t.Parallel()
	r := newRegistrar(t, "secret")
	p := newPhone(t, phone.Config{User: "1001", Password: "secret", Server: r.addr})
	if err := p.Register(within(t, 5*time.Second)); err != nil {
		t.Fatal(err)
	}
	deadline := within(t, 10*time.Second)
	for tick := time.NewTicker(20 * time.Millisecond); len(r.list()) < 3; {
		select {
		case <-tick.C:
		case <-deadline.Done():
			t.Fatalf("not refreshed: %+v", r.list())
		}
	}
	if err := p.Unregister(within(t, 5*time.Second)); err != nil {
		t.Fatal(err)
	}
	all := r.list()
	for i, got := range all {
		wantExpires := "300"
		if i == len(all)-1 {
			wantExpires = "0"
		}
		if got.expires != wantExpires || got.callID != all[0].callID || i > 0 && got.seq <= all[i-1].seq {
			t.Errorf("REGISTER %d of %d: %+v", i+1, len(all), got)
		}
	}
	if p.Registered() {
		t.Error("still registered")
	}
}

func TestRegistrationErrors(t *testing.T) {
	t.Parallel()
	r := newRegistrar(t, "secret")
	wrong := newPhone(t, phone.Config{User: "1001", Password: "wrong", Server: r.addr})
	var refused *phone.StatusError
	if err := wrong.Register(within(t, 5*time.Second)); !errors.As(err, &refused) || refused.Code != 403 {
		t.Errorf("a wrong password: %v", err)
	}
	without := newPhone(t, phone.Config{User: "1001", Server: r.addr})
	if err := without.Register(within(t, 5*time.Second)); !errors.As(err, &refused) || refused.Code != 401 {
		t.Errorf("no password: %v", err)
	}
	nowhere := newPhone(t, phone.Config{User: "1001"})
	if err := nowhere.Register(within(t, time.Second)); err == nil || !strings.Contains(err.Error(), "no server is configured") {
		t.Errorf("no server: %v", err)
	}
	silent := newPhone(t, phone.Config{User: "1001", Server: "127.0.0.1:9"})
	if err := silent.Register(within(t, 50*time.Millisecond)); err == nil {
		t.Error("registered where nobody is")
	}
}
