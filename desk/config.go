package desk

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/hasshin/hasshin/internal/problem"
)

// Config is everything the desk is told.
type Config struct {
	// Listen is the host:port that people and programs connect to. Default: 127.0.0.1:8080. With a port of 0 the system chooses one.
	Listen string `yaml:"listen"`

	// MetricsListen is a second host:port, for monitoring alone: /metrics, /healthz and /readyz without sign-in. Bind it to a private
	// address. Default: none; the figures are then at /metrics of the first address, for those with the privilege metrics.see.
	MetricsListen string `yaml:"metrics_listen"`

	// PublicURL is the address under which browsers see hasshin, when a proxy stands between, for example https://dialer.example.com.
	// Pages from there may use the API, and cookies are marked Secure if it begins with https. Default: none.
	PublicURL string `yaml:"public_url"`

	// TrustedProxies are the networks of proxies whose X-Forwarded-For tells the client's address, for example [10.0.0.0/8]. Default:
	// none; the header is ignored.
	TrustedProxies []string `yaml:"trusted_proxies"`

	// TLS makes the desk speak HTTPS itself.
	TLS TLSConfig `yaml:"tls"`

	// Session says how long people stay signed in.
	Session SessionConfig `yaml:"session"`

	// SignIn bounds what sign-ins may cost.
	SignIn SignInConfig `yaml:"sign_in"`

	// Events tunes the event stream.
	Events EventsConfig `yaml:"events"`

	// IdempotencyTTL is how long the answer to a command with an Idempotency-Key is kept to be given again. Default: 10m.
	IdempotencyTTL time.Duration `yaml:"idempotency_ttl"`

	// MaxBody is the largest body of a request, in bytes. Default: 65536.
	MaxBody int64 `yaml:"max_body"`

	// MaxUpload is the largest file that can be sent to be imported, in bytes. Such a file waits on the disk, in the system's folder for temporary files, until it
	// is imported. Default: 268435456, 256 MiB.
	MaxUpload int64 `yaml:"max_upload"`

	// ShutdownGrace is how long requests in progress may take to finish when the process is told to stop. Default: 15s.
	ShutdownGrace time.Duration `yaml:"shutdown_grace"`
}

// TLSConfig names a certificate. Both files or neither.
type TLSConfig struct {
	// CertFile has the certificate and those of its issuers, PEM. A changed file is used without a restart.
	CertFile string `yaml:"cert_file"`

	// KeyFile has the private key, PEM.
	KeyFile string `yaml:"key_file"`
}

// Enabled tells whether TLS is wanted.
func (c TLSConfig) Enabled() bool { return c.CertFile != "" || c.KeyFile != "" }

// SessionConfig says how long people stay signed in.
type SessionConfig struct {
	// Idle is how long a session lasts without being used; an open event stream uses it. Default: 12h.
	Idle time.Duration `yaml:"idle"`

	// Lifetime is how long a session lasts at most, however much it is used. Default: 24h.
	Lifetime time.Duration `yaml:"lifetime"`
}

// SignInConfig bounds what sign-ins may cost.
type SignInConfig struct {
	// Attempts is how many wrong passwords an agent may send from one address before the next ones are delayed. Default: 5.
	Attempts int `yaml:"attempts"`

	// AddressAttempts is how many wrong passwords one address may send for all agents together before the next ones are delayed. An
	// office behind one address needs some. Default: 100.
	AddressAttempts int `yaml:"address_attempts"`

	// MaxDelay is the longest delay; it begins with 1s and doubles with each wrong password. Default: 5m.
	MaxDelay time.Duration `yaml:"max_delay"`

	// Parallel is how many passwords are checked at the same time; each occupies one core and, with the recommended hash, 64 MiB. 0 means
	// half of the cores, so that the other half is left for calls. Default: 0.
	Parallel int `yaml:"parallel"`

	// MaxWait is how long a sign-in waits for its turn before it is told to come back later. Default: 10s.
	MaxWait time.Duration `yaml:"max_wait"`
}

// EventsConfig tunes the event stream.
type EventsConfig struct {
	// Keep is how many events are kept for each agent, so that a reader that was away or slow can catch up without a new snapshot.
	// Default: 256.
	Keep int `yaml:"keep"`

	// Ping is how often an idle connection is checked. Default: 15s.
	Ping time.Duration `yaml:"ping"`

	// WriteTimeout is how long a reader may take nothing before its connection is closed, and how long a ping may go unanswered.
	// Default: 10s.
	WriteTimeout time.Duration `yaml:"write_timeout"`
}

// Defaults returns the configuration that is used where nothing is said.
func Defaults() Config {
	return Config{
		Listen:         "127.0.0.1:8080",
		Session:        SessionConfig{Idle: 12 * time.Hour, Lifetime: 24 * time.Hour},
		SignIn:         SignInConfig{Attempts: 5, AddressAttempts: 100, MaxDelay: 5 * time.Minute, MaxWait: 10 * time.Second},
		Events:         EventsConfig{Keep: 256, Ping: 15 * time.Second, WriteTimeout: 10 * time.Second},
		IdempotencyTTL: 10 * time.Minute,
		MaxBody:        64 << 10,
		MaxUpload:      256 << 20,
		ShutdownGrace:  15 * time.Second,
	}
}

// Validate reports all that is impossible in c. Whether the files of TLS exist shows when the desk is made.
func (c Config) Validate() error {
	var p problem.List
	checkAddress(&p, "listen", c.Listen)
	if c.MetricsListen != "" {
		checkAddress(&p, "metrics_listen", c.MetricsListen)
		if c.MetricsListen == c.Listen && !strings.HasSuffix(c.Listen, ":0") {
			p.Add("metrics_listen", "%q is the address of listen already; expected another one, or none", c.MetricsListen)
		}
	}
	if c.PublicURL != "" {
		if u, err := url.Parse(c.PublicURL); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
			p.Add("public_url", "%q is not the address of a site; expected https://HOST without a path", c.PublicURL)
		}
	}
	for i, network := range c.TrustedProxies {
		if _, err := parseNetwork(network); err != nil {
			p.Add(problem.Index("trusted_proxies", i), "%q is not a network; expected for example 10.0.0.0/8 or 192.0.2.7", network)
		}
	}
	switch {
	case c.TLS.CertFile != "" && c.TLS.KeyFile == "":
		p.Add("tls.key_file", "is required beside cert_file")
	case c.TLS.CertFile == "" && c.TLS.KeyFile != "":
		p.Add("tls.cert_file", "is required beside key_file")
	}
	between(&p, "session.idle", c.Session.Idle, time.Minute, 30*24*time.Hour)
	between(&p, "session.lifetime", c.Session.Lifetime, time.Minute, 365*24*time.Hour)
	if c.Session.Lifetime < c.Session.Idle {
		p.Add("session.lifetime", "%s is shorter than idle, %s", c.Session.Lifetime, c.Session.Idle)
	}
	count(&p, "sign_in.attempts", int64(c.SignIn.Attempts), 1, 1000)
	count(&p, "sign_in.address_attempts", int64(c.SignIn.AddressAttempts), 1, 100_000)
	between(&p, "sign_in.max_delay", c.SignIn.MaxDelay, time.Second, 24*time.Hour)
	count(&p, "sign_in.parallel", int64(c.SignIn.Parallel), 0, 1024)
	between(&p, "sign_in.max_wait", c.SignIn.MaxWait, time.Second, time.Minute)
	count(&p, "events.keep", int64(c.Events.Keep), 1, 100_000)
	between(&p, "events.ping", c.Events.Ping, time.Second, 10*time.Minute)
	between(&p, "events.write_timeout", c.Events.WriteTimeout, time.Second, time.Minute)
	between(&p, "idempotency_ttl", c.IdempotencyTTL, time.Minute, 7*24*time.Hour)
	count(&p, "max_body", c.MaxBody, 1024, 16<<20)
	count(&p, "max_upload", c.MaxUpload, 64<<10, 16<<30)
	between(&p, "shutdown_grace", c.ShutdownGrace, 0, 10*time.Minute)
	return p.Err()
}

// secure tells whether browsers reach the desk over HTTPS.
func (c Config) secure() bool {
	return c.TLS.Enabled() || strings.HasPrefix(c.PublicURL, "https://")
}

func checkAddress(p *problem.List, path, address string) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		p.Add(path, "%q is not an address; expected HOST:PORT, for example 127.0.0.1:8080", address)
		return
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		p.Add(path, "%q is not a port; expected a number from 0 to 65535", port)
	}
}

func between(p *problem.List, path string, d, low, high time.Duration) {
	if d < low || d > high {
		p.Add(path, "%s is out of range; expected %s to %s", d, low, high)
	}
}

func count(p *problem.List, path string, n, low, high int64) {
	if n < low || n > high {
		p.Add(path, "%d is out of range; expected %d to %d", n, low, high)
	}
}

// parseNetwork reads a network or a single address.
func parseNetwork(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		addr, err := netip.ParseAddr(text)
		if err != nil {
			return netip.Prefix{}, err
		}
		return addr.Unmap().Prefix(addr.Unmap().BitLen())
	}
	return netip.ParsePrefix(text)
}
