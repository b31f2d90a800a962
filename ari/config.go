package ari

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
)

// Config says how to reach an Asterisk and what to be there. URL, Username, Password and App are required.
type Config struct {
	// URL is the base of ARI: "http://127.0.0.1:8088/ari"; https works, too.
	URL      string
	Username string
	Password string
	// App is the name of the Stasis application. One connection at a time can be it.
	App string
	// SideApps are further applications on the same event stream. What Asterisk tells of the channels of an application comes one event after the
	// other, however many processors there are; in an application of its own, what one would rather not wait for is not waited for. Between two
	// applications' events there is no order.
	SideApps []string

	// Connections is the size of the pool of keep-alive HTTP connections, and so the most requests in flight; further ones
	// wait for their turn. Each is a thread in Asterisk. Default 16.
	Connections int
	// RequestTimeout is the deadline of a request whose context has none, and the most that one try may take in any case.
	// Default 5 s.
	RequestTimeout time.Duration
	// DropEvents are event types that Asterisk need not send. Default [NoisyEvents]; empty but not nil: send all.
	DropEvents []string

	// PingInterval and PongTimeout: a ping goes out at this interval while connected, and the connection is given up if
	// nothing at all came within the timeout after it. Default 2 s each, so that a half-open one is seen within 4 s.
	PingInterval time.Duration
	PongTimeout  time.Duration
	// ReconnectMin and ReconnectMax bound the wait between attempts to reconnect, which doubles and is jittered.
	// Default 100 ms and 5 s.
	ReconnectMin time.Duration
	ReconnectMax time.Duration

	// Dial makes the TCP connections, to go through a tunnel or, in tests, through memory; nil is the network. It must heed the
	// context.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// TLS is for an https URL; nil is the system's default.
	TLS *tls.Config
	// Logger gets what an operator should know. The zero value logs nothing.
	Logger zerolog.Logger
}

// NoisyEvents are those that most applications have no use for, a third of all that a call makes.
func NoisyEvents() []string {
	return []string{"ChannelVarset", "ChannelDialplan", "ChannelCallerId", "ChannelConnectedLine"}
}

const (
	// idleTimeout is below the 15 s after which Asterisk closes an idle connection (http.conf session_keep_alive), so that
	// it is us who close it and no request runs into the closing.
	idleTimeout = 10 * time.Second
	// maxMessage bounds one message of the event stream and one response; only a broken server goes beyond it.
	maxMessage = 64 << 20
)

func (cfg Config) withDefaults() Config {
	set := func(d *time.Duration, value time.Duration) {
		if *d == 0 {
			*d = value
		}
	}
	set(&cfg.RequestTimeout, 5*time.Second)
	set(&cfg.PingInterval, 2*time.Second)
	set(&cfg.PongTimeout, 2*time.Second)
	set(&cfg.ReconnectMin, 100*time.Millisecond)
	set(&cfg.ReconnectMax, 5*time.Second)
	if cfg.Dial == nil {
		cfg.Dial = (&net.Dialer{Timeout: cfg.RequestTimeout}).DialContext
	}
	if cfg.Connections == 0 {
		cfg.Connections = 16
	}
	if cfg.DropEvents == nil {
		cfg.DropEvents = NoisyEvents()
	}
	return cfg
}

// apps are all applications of the connection.
func (cfg Config) apps() []string { return append([]string{cfg.App}, cfg.SideApps...) }

// validate names every field that is wrong.
func (cfg Config) validate() (*url.URL, error) {
	var wrong []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Errorf(format, args...))
		}
	}
	base, err := url.Parse(cfg.URL)
	if err != nil {
		wrong = append(wrong, fmt.Errorf("URL: %w", err))
	} else {
		check(base.Scheme == "http" || base.Scheme == "https", "URL %q: must begin with http:// or https://", base.Redacted())
		check(base.Host != "", "URL %q: must name a host", base.Redacted())
		check(base.User == nil, "URL: user and password belong into Username and Password")
		check(base.RawQuery == "" && base.Fragment == "", "URL %q: must have neither query nor fragment", base.Redacted())
	}
	check(cfg.Username != "", "Username: required")
	check(cfg.Password != "", "Password: required")
	check(cfg.App != "", "App: required")
	for i, app := range cfg.apps() {
		check(i == 0 || app != "", "SideApps: a name is empty")
		check(!strings.Contains(app, ","), "application %q: a name must not contain a comma", app)
		check(!slices.Contains(cfg.apps()[:i], app), "application %q: named twice", app)
	}
	check(cfg.Connections > 0, "Connections: must be positive, is %d", cfg.Connections)
	for _, d := range []struct {
		name  string
		value time.Duration
	}{
		{"RequestTimeout", cfg.RequestTimeout}, {"PingInterval", cfg.PingInterval}, {"PongTimeout", cfg.PongTimeout},
		{"ReconnectMin", cfg.ReconnectMin}, {"ReconnectMax", cfg.ReconnectMax},
	} {
		check(d.value > 0, "%s: must be positive, is %s", d.name, d.value)
	}
	check(cfg.ReconnectMin <= cfg.ReconnectMax, "ReconnectMin: %s is more than ReconnectMax, %s", cfg.ReconnectMin, cfg.ReconnectMax)
	if len(wrong) > 0 {
		return nil, fmt.Errorf("ari config: %w", errors.Join(wrong...))
	}
	return base, nil
}
