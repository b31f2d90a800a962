// Package client is a Go client for hasshin's API: sign-in, the commands of an agent, and the event stream, which reconnects and goes on
// where it was by itself.
//
//	c, err := client.New(client.Options{URL: "http://127.0.0.1:8080"})
//	session, err := c.SignIn(ctx, "hanako", password)
//	events, err := c.Events(ctx)
//	call, err := c.GetRecord(ctx, "spring")
//
// A refusal is an *[api.Problem], to be had with errors.As; its Code says why. Commands carry an idempotency key, so a command whose answer
// was lost with its connection is repeated without being done twice.
package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	mathrand "math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/desk/api"
)

// Options is what a [Client] is made of.
type Options struct {
	// URL is the server's address, for example http://127.0.0.1:8080
	URL string

	// HTTP makes the requests. It must not have a Timeout: a command takes as long as a phone rings. Nil means a client of its own.
	HTTP *http.Client

	// Token signs in with a session that exists. Default: none, see [Client.SignIn].
	Token string

	// Attempts is how often a request is tried when its connection breaks. Default: 4.
	Attempts int

	// Backoff is the first wait between attempts; it doubles up to MaxBackoff and is jittered. Default: 100ms.
	Backoff time.Duration

	// MaxBackoff is the longest wait between attempts. Default: 5s.
	MaxBackoff time.Duration

	// Silence is how long nothing may come over the event stream, not even a ping, until its connection is given up. It must be longer
	// than the server pings (events.ping). Default: 45s.
	Silence time.Duration

	// Logger is told of broken connections. The zero value discards them.
	Logger zerolog.Logger
}

// Client talks to one server as one agent. It may be used by several goroutines.
type Client struct {
	base *url.URL
	http *http.Client
	opts Options

	mu    sync.Mutex
	token string
}

// New makes a client. It connects to nothing yet.
func New(opts Options) (*Client, error) {
	base, err := url.Parse(strings.TrimSuffix(opts.URL, "/"))
	if err != nil {
		return nil, fmt.Errorf("address of the server: %w", err)
	}
	if (base.Scheme != "http" && base.Scheme != "https") || base.Host == "" {
		return nil, fmt.Errorf("address of the server: %q; expected something like http://127.0.0.1:8080", opts.URL)
	}
	if opts.HTTP == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		opts.HTTP = &http.Client{Transport: transport}
	}
	if opts.Attempts == 0 {
		opts.Attempts = 4
	}
	if opts.Backoff == 0 {
		opts.Backoff = 100 * time.Millisecond
	}
	if opts.MaxBackoff == 0 {
		opts.MaxBackoff = 5 * time.Second
	}
	if opts.Silence == 0 {
		opts.Silence = 45 * time.Second
	}
	return &Client{base: base, http: opts.HTTP, opts: opts, token: opts.Token}, nil
}

// Token is the bearer token of the session, "" when not signed in.
func (c *Client) Token() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.token
}

func (c *Client) setToken(token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.token = token
}

// Close gives idle connections back. Event streams are closed by themselves.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// call is one request to the API.
type call struct {
	method, path string
	in           any       // body, nil for none
	out          any       // where the answer goes, nil if there is none to read
	file         io.Writer // where an answer goes that is a file
	once         bool      // do not repeat when the connection breaks

	// body is what is sent instead of in, from its beginning, and kind its media type.
	body func() (io.Reader, error)
	kind string
}

// open gives the body of one attempt, nil for none, and its media type.
func (r call) open() (func() (io.Reader, error), string, error) {
	switch {
	case r.body != nil:
		return r.body, r.kind, nil
	case r.in == nil:
		return func() (io.Reader, error) { return http.NoBody, nil }, "", nil
	}
	text, err := json.Marshal(r.in)
	if err != nil {
		return nil, "", fmt.Errorf("%s %s: encode: %w", r.method, r.path, err)
	}
	return func() (io.Reader, error) { return bytes.NewReader(text), nil }, "application/json", nil
}

// do sends a request, and again if its connection breaks. Each attempt carries the same idempotency key.
func (c *Client) do(ctx context.Context, r call) error {
	var err error
	if r.body, r.kind, err = r.open(); err != nil {
		return err
	}
	key := rand.Text()
	for attempt := 1; ; attempt++ {
		err := c.try(ctx, r, key)
		if err == nil || attempt >= c.opts.Attempts || ctx.Err() != nil || !again(err, r.once) {
			return err
		}
		wait := c.backoff(attempt)
		if p := (*api.Problem)(nil); errors.As(err, &p) {
			wait = time.Duration(p.Retry) * time.Second
		}
		c.opts.Logger.Warn().Err(err).Int("attempt", attempt).Dur("wait", wait).Msg("request is repeated")
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// again tells whether the same request should be sent once more: its connection broke, or the first of it is still being worked on.
func again(err error, once bool) bool {
	if p := (*api.Problem)(nil); errors.As(err, &p) {
		return p.Code == api.CodeIdempotencyInFlight
	}
	return !once && errors.Is(err, errConnection)
}

var errConnection = errors.New("connection broke")

// maxAnswer bounds how much of an answer is read.
const maxAnswer = 16 << 20

func (c *Client) try(ctx context.Context, r call, key string) error {
	body, err := r.body()
	if err != nil {
		return fmt.Errorf("%s %s: %w", r.method, r.path, err)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, c.base.String()+r.path, body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", r.method, r.path, err)
	}
	if r.kind != "" {
		req.Header.Set("Content-Type", r.kind)
	}
	if token := c.Token(); token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if r.method != http.MethodGet {
		req.Header.Set(api.HeaderIdempotencyKey, `"`+key+`"`)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("%s %s: %w: %w", r.method, r.path, errConnection, err)
	}
	defer resp.Body.Close()
	if r.file != nil && resp.StatusCode < 400 {
		if _, err := io.Copy(r.file, resp.Body); err != nil {
			return fmt.Errorf("%s %s: %w", r.method, r.path, err)
		}
		return nil
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("%s %s: %w: %w", r.method, r.path, errConnection, err)
	}
	if resp.StatusCode >= 400 {
		return fmt.Errorf("%s %s: %w", r.method, r.path, problem(resp, answer))
	}
	if r.out == nil || len(answer) == 0 {
		return nil
	}
	if err := json.Unmarshal(answer, r.out); err != nil {
		return fmt.Errorf("%s %s: decode: %w", r.method, r.path, err)
	}
	return nil
}

// problem reads a refusal. What is no problem document comes from something between us and the server.
func problem(resp *http.Response, body []byte) error {
	p := new(api.Problem)
	contentType, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	if contentType == api.ProblemType {
		if err := json.Unmarshal(body, p); err == nil && p.Code != "" {
			return p
		}
	}
	return fmt.Errorf("HTTP status %s, %d bytes of %q: not an answer of hasshin", resp.Status, len(body), contentType)
}

// backoff is the wait after the n-th attempt: twice as long each time, between half and all of it by chance.
func (c *Client) backoff(n int) time.Duration {
	full := min(float64(c.opts.MaxBackoff), float64(c.opts.Backoff)*math.Pow(2, float64(n-1)))
	return time.Duration(full/2 + mathrand.Float64()*full/2)
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
