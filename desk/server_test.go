package desk_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/desk"
	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/desk/client"
	"github.com/hasshin/hasshin/internal/problem"
)

func TestTheDefaultsAreValid(t *testing.T) {
	if err := desk.Defaults().Validate(); err != nil {
		t.Error(err)
	}
	if got := desk.Defaults().Listen; got != "127.0.0.1:8080" {
		t.Errorf("by default it listens at %s", got)
	}
}

func TestEverythingImpossibleIsToldAtOnce(t *testing.T) {
	c := desk.Defaults()
	c.Listen, c.MetricsListen, c.PublicURL = "8080", "127.0.0.1:99999", "dialer.example.com"
	c.TrustedProxies = []string{"10.0.0.0/8", "proxy"}
	c.TLS.CertFile = "cert.pem"
	c.Session.Idle, c.Session.Lifetime = time.Second, 2*time.Minute
	c.SignIn.Attempts, c.SignIn.AddressAttempts, c.SignIn.MaxDelay, c.SignIn.Parallel, c.SignIn.MaxWait = 0, 0, 0, -1, 0
	c.Events.Keep, c.Events.Ping, c.Events.WriteTimeout = 0, 0, 0
	c.IdempotencyTTL, c.MaxBody, c.ShutdownGrace = 0, 0, -time.Second
	want := []string{
		"listen", "metrics_listen", "public_url", "trusted_proxies[1]", "tls.key_file", "session.idle", "sign_in.attempts",
		"sign_in.address_attempts", "sign_in.max_delay", "sign_in.parallel", "sign_in.max_wait", "events.keep", "events.ping",
		"events.write_timeout", "idempotency_ttl", "max_body", "shutdown_grace",
	}
	problems := problem.Of(c.Validate())
	for i, p := range problems {
		if i >= len(want) || p.Path != want[i] || !strings.Contains(p.Message, "expected") && !strings.Contains(p.Message, "required") {
			t.Errorf("problem %d: %v", i, p)
		}
	}
	if len(problems) != len(want) {
		t.Errorf("%d problems, expected %d", len(problems), len(want))
	}
	c = desk.Defaults()
	c.MetricsListen, c.TLS.KeyFile, c.Session.Lifetime = c.Listen, "key.pem", time.Hour
	if got := problem.Of(c.Validate()); len(got) != 3 {
		t.Errorf("problems: %v", got)
	}
}

func TestMonitoringHasItsOwnAddress(t *testing.T) {
	h := open(t, func(o *desk.Options) { o.Config.MetricsListen = "127.0.0.1:0" })
	h.signedIn("hanako")
	h.send("POST", "/api/v1/session", credentials("hanako", "wrong"))
	monitor := "http://" + h.server.MetricsAddr().String()
	transport := &http.Transport{DisableKeepAlives: true}
	get := func(path string) (int, string) {
		req := must(http.NewRequestWithContext(h.ctx(), "GET", monitor+path, nil))(t)
		resp := must(transport.RoundTrip(req))(t)
		defer resp.Body.Close()
		return resp.StatusCode, string(must(io.ReadAll(resp.Body))(t))
	}
	status, figures := get("/metrics")
	for _, want := range []string{
		`hasshin_http_requests_total{method="POST",route="/api/v1/session",status="201"} 1`,
		`hasshin_http_requests_total{method="POST",route="/api/v1/session",status="401"} 1`,
		`hasshin_sign_ins_total{outcome="ok"} 1`,
		`hasshin_sign_ins_total{outcome="bad_credentials"} 1`,
		`hasshin_http_request_duration_seconds_count{method="POST",route="/api/v1/session"} 2`,
		`hasshin_event_streams 0`,
	} {
		if status != 200 || !strings.Contains(figures, want+"\n") {
			t.Errorf("status %d, no line %s", status, want)
		}
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, body := get(path); status != 200 {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	for _, path := range []string{"/api/v1/agent", "/docs"} {
		if status, _ := get(path); status != 404 {
			t.Errorf("%s is served to monitoring: %d", path, status)
		}
	}
	akira := h.signedIn("akira")
	if r := h.send("GET", "/metrics", "", bearer(akira)...); r.status != 200 || !strings.Contains(r.body, "hasshin_sign_ins_total") {
		t.Errorf("with the privilege: %d", r.status)
	}
}

func TestUnknownPathsAndMethodsDoNotSwellTheFigures(t *testing.T) {
	h := open(t)
	for _, path := range []string{"/a", "/b", "/c?x=1"} {
		h.send("BREW", path, "")
	}
	families := must(h.registry.Gather())(t)
	for _, f := range families {
		if f.GetName() == "hasshin_http_requests_total" && len(f.GetMetric()) != 1 {
			t.Errorf("%d series for three unknown paths: %v", len(f.GetMetric()), f.GetMetric())
		}
	}
}

func TestAtTheEndRequestsInProgressAreFinished(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	hold := make(chan struct{})
	h.engine.set(func(f *fakeEngine) { f.hold = hold })
	answer := make(chan error, 1)
	go func() {
		_, err := c.ConnectPhone(h.ctx())
		answer <- err
	}()
	<-h.engine.entered
	stopped := make(chan struct{})
	go func() { h.stop(); close(stopped) }()
	eventually(t, "it no longer takes connections", func() bool {
		conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	close(hold)
	if err := <-answer; err != nil {
		t.Errorf("the command in progress: %v", err)
	}
	<-stopped
}

func TestAfterTheGraceRequestsAreCutOff(t *testing.T) {
	h := open(t, func(o *desk.Options) { o.Config.ShutdownGrace = 50 * time.Millisecond })
	c := h.signedIn("hanako")
	h.engine.set(func(f *fakeEngine) { f.hold = make(chan struct{}) }) // for ever
	answer := make(chan error, 1)
	go func() {
		_, err := c.ConnectPhone(h.ctx())
		answer <- err
	}()
	<-h.engine.entered
	h.stop()
	if err := <-answer; err == nil {
		t.Error("the command was answered")
	}
	if !strings.Contains(h.log.String(), "cut off") {
		t.Error("the log does not tell")
	}
}

func TestAnAddressInUseIsAnErrorAtOnce(t *testing.T) {
	h := open(t)
	cfg := desk.Defaults()
	cfg.Listen = h.server.Addr().String()
	second := must(desk.New(desk.Options{Config: cfg, Engine: h.engine, Redis: nowhere(t)}))(t)
	if err := second.Run(h.ctx()); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("err = %v", err)
	}
}

func TestALongPathOrHeaderIsRefused(t *testing.T) {
	h := open(t)
	req := must(http.NewRequestWithContext(h.ctx(), "GET", h.url+"/healthz", nil))(t)
	req.Header.Set("X-Long", strings.Repeat("x", 64<<10))
	resp := must((&http.Transport{DisableKeepAlives: true}).RoundTrip(req))(t)
	resp.Body.Close()
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status %d", resp.StatusCode)
	}
}

func TestRequestsKeepTheIdTheyComeWith(t *testing.T) {
	h := open(t)
	if r := h.send("GET", "/nothing", "", api.HeaderRequestID, "trace-17"); r.problem.RequestID != "trace-17" {
		t.Errorf("request id %q", r.problem.RequestID)
	}
	if r := h.send("GET", "/nothing", "", api.HeaderRequestID, "bad id\""); r.problem.RequestID == "" || strings.Contains(r.problem.RequestID, "bad") {
		t.Errorf("request id %q", r.problem.RequestID)
	}
}

// certify writes a certificate for 127.0.0.1.
func certify(t *testing.T, dir, name string) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der := must(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))(t)
	keyDER := must(x509.MarshalPKCS8PrivateKey(key))(t)
	certFile, keyFile = filepath.Join(dir, name+".crt"), filepath.Join(dir, name+".key")
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool = x509.NewCertPool()
	pool.AddCert(must(x509.ParseCertificate(der))(t))
	return certFile, keyFile, pool
}

func TestItSpeaksTLSItself(t *testing.T) {
	cert, key, pool := certify(t, t.TempDir(), "a")
	h := open(t, func(o *desk.Options) { o.Config.TLS.CertFile, o.Config.TLS.KeyFile = cert, key })
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	c := must(client.New(client.Options{URL: strings.Replace(h.url, "http:", "https:", 1), HTTP: &http.Client{Transport: transport}}))(t)
	t.Cleanup(c.Close)
	if _, err := c.SignIn(h.ctx(), "hanako", password); err != nil {
		t.Fatal(err)
	}
	s := must(c.Events(h.ctx()))(t)
	defer s.Close()
	if e := next(t, h, s); e.Kind != api.EventSnapshot {
		t.Errorf("first event = %s", text(e))
	}
}

func TestACertificateThatIsNotThereIsAnErrorAtOnce(t *testing.T) {
	cfg := desk.Defaults()
	cfg.TLS.CertFile, cfg.TLS.KeyFile = "/nowhere/a.crt", "/nowhere/a.key"
	_, err := desk.New(desk.Options{Config: cfg, Engine: newFakeEngine(nil), Redis: nowhere(t)})
	if err == nil || !strings.Contains(err.Error(), "tls.cert_file") {
		t.Errorf("err = %v", err)
	}
}

func TestABodyThatNeverComesIsGivenUp(t *testing.T) {
	h := openHasty(t, 100*time.Millisecond)
	c := h.signedIn("hanako")
	conn := must(net.Dial("tcp", strings.TrimPrefix(h.url, "http://")))(t)
	defer conn.Close()
	request := "POST /api/v1/agent/not-ready HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20\r\nAuthorization: Bearer " + c.Token() + "\r\n\r\n{"
	if _, err := conn.Write([]byte(request)); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	answer := must(io.ReadAll(io.LimitReader(conn, 2000)))(t)
	if !strings.HasPrefix(string(answer), "HTTP/1.1 408 ") || !strings.Contains(string(answer), `"request_timeout"`) {
		t.Errorf("answer:\n%s", answer)
	}
}

// A command may take longer than its body: net/http must not take the end of the body's deadline for the end of the client.
func TestACommandMayTakeLongerThanItsBody(t *testing.T) {
	h := openHasty(t, 50*time.Millisecond)
	c := h.signedIn("hanako")
	hold := make(chan struct{})
	h.engine.set(func(f *fakeEngine) { f.hold = hold })
	time.AfterFunc(200*time.Millisecond, func() { close(hold) })
	req := must(http.NewRequestWithContext(context.Background(), "POST", h.url+"/api/v1/agent/not-ready", strings.NewReader(`{"reason": "lunch"}`)))(t)
	req.Header.Set("Authorization", "Bearer "+c.Token())
	req.Header.Set("Content-Type", "application/json")
	resp := must((&http.Transport{DisableKeepAlives: true}).RoundTrip(req))(t)
	resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Errorf("status %d", resp.StatusCode)
	}
}
