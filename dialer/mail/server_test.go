package mail_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/hasshin/hasshin/dialer/mail"
	"github.com/hasshin/hasshin/internal/secret"
	"github.com/hasshin/hasshin/internal/textfile"
)

const (
	username = "hasshin"
	password = "s3cret"
)

// arrived is an e-mail that the server has taken over.
type arrived struct{ from, to, text string }

// server is a mail server (RFC 5321) that insists on TLS and a password.
type server struct {
	addr string
	ca   string // PEM
	tls  *tls.Config

	mu     sync.Mutex
	mails  []arrived
	refuse func(to string) error // nil: takes all
	taken  func(arrived)         // when an e-mail is there and the answer is not sent yet
	smtp   *smtp.Server
}

func newServer(t testing.TB) *server {
	t.Helper()
	s := &server{}
	s.certify(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	s.serve(t, l)
	t.Cleanup(s.stop)
	return s
}

// certify makes a certificate that vouches for itself.
func (s *server) certify(t testing.TB) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	s.ca = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	s.tls = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

func (s *server) serve(t testing.TB, l net.Listener) {
	t.Helper()
	srv := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{server: s}, nil }))
	srv.Domain, srv.TLSConfig, srv.ErrorLog = "mail.test", s.tls, silent{}
	srv.ReadTimeout, srv.WriteTimeout = 10*time.Second, 10*time.Second
	s.mu.Lock()
	s.smtp = srv
	s.mu.Unlock()
	go func() {
		if err := srv.Serve(l); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Errorf("mail server: %v", err)
		}
	}()
	// Once it has greeted somebody it is known to itself, and can be stopped.
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Read(make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
}

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

func (s *server) stop() {
	s.mu.Lock()
	srv := s.smtp
	s.mu.Unlock()
	_ = srv.Close() // it may be closed
}

// again opens the server at the address that it had.
func (s *server) again(t testing.TB) {
	t.Helper()
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	s.serve(t, l)
}

func (s *server) change(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}

func (s *server) got() []arrived {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]arrived(nil), s.mails...)
}

func (s *server) config(t testing.TB) mail.Config {
	t.Helper()
	host, port, err := net.SplitHostPort(s.addr)
	if err != nil {
		t.Fatal(err)
	}
	cfg := mail.Defaults()
	cfg.Host, cfg.CA, cfg.Username, cfg.Password = host, textfile.File{Name: "ca.pem", Text: s.ca}, username, secret.New(password)
	if cfg.Port, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	cfg.Timeout = 5 * time.Second
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	return cfg
}

type session struct {
	*server
	authenticated bool
	from, to      string
}

func (*session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, pass string) error {
		if user != username || pass != password {
			return smtp.ErrAuthFailed
		}
		s.authenticated = true
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if !s.authenticated {
		return smtp.ErrAuthRequired
	}
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to = to
	if s.refuse != nil {
		return s.refuse(to)
	}
	return nil
}

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err // the connection broke before the final dot: nothing was sent
	}
	m := arrived{s.from, s.to, string(text)}
	s.mu.Lock()
	s.mails = append(s.mails, m)
	taken := s.taken
	s.mu.Unlock()
	if taken != nil {
		taken(m)
	}
	return nil
}

func (*session) Reset()        {}
func (*session) Logout() error { return nil }
