package ari

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

// Client is a Stasis application on one Asterisk. Its methods are safe for use by any number of goroutines.
type Client struct {
	Channels     *Channels
	Bridges      *Bridges
	Playbacks    *Playbacks
	Recordings   *Recordings
	Endpoints    *Endpoints
	Applications *Applications
	Asterisk     *Asterisk
	Sounds       *Sounds
	DeviceStates *DeviceStates
	Mailboxes    *Mailboxes

	cfg    Config
	base   string // URL without a slash at the end
	log    zerolog.Logger
	http   *http.Client
	pool   *http.Transport
	feed   *Feed
	life   context.Context // ends with Close
	end    context.CancelFunc
	done   <-chan struct{} // of life
	stream stream

	requests, retries atomic.Uint64
}

// New checks cfg and returns a client that is not connected yet: requests work at once, events flow after [Client.Connect].
func New(cfg Config) (*Client, error) {
	cfg = cfg.withDefaults()
	base, err := cfg.validate()
	if err != nil {
		return nil, err
	}
	c := &Client{cfg: cfg, base: strings.TrimSuffix(base.String(), "/"), log: cfg.Logger, feed: NewFeed(cfg.Logger)}
	c.life, c.end = context.WithCancel(context.Background())
	c.done = c.life.Done()
	c.stream.began = time.Now()
	c.pool = newTransport(cfg, cfg.Connections)
	c.http = &http.Client{Transport: c.pool, CheckRedirect: noRedirect}
	c.Channels = &Channels{c}
	c.Bridges = &Bridges{c}
	c.Playbacks = &Playbacks{c}
	c.Recordings = &Recordings{c}
	c.Endpoints = &Endpoints{c}
	c.Applications = &Applications{c}
	c.Asterisk = &Asterisk{c}
	c.Sounds = &Sounds{c}
	c.DeviceStates = &DeviceStates{c}
	c.Mailboxes = &Mailboxes{c}
	return c, nil
}

// newTransport pools at most n connections. No proxy: Asterisk is on a private network.
func newTransport(cfg Config, n int) *http.Transport {
	return &http.Transport{
		DialContext:         cfg.Dial,
		TLSClientConfig:     cfg.TLS,
		TLSHandshakeTimeout: cfg.RequestTimeout,
		MaxConnsPerHost:     n,
		MaxIdleConnsPerHost: n,
		IdleConnTimeout:     idleTimeout,
		DisableCompression:  true, // Asterisk has none
	}
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// App is the name of the Stasis application.
func (c *Client) App() string { return c.cfg.App }

// Subscribe returns a subscription to the events that fit any of the filters; without one, to signals only. It works before
// the thing exists that it is about: ids are chosen by the caller, so subscribe first, then act. No request is made.
func (c *Client) Subscribe(filters ...Filter) *Subscription { return c.feed.Subscribe(filters...) }

// Stats are figures of a client for metrics.
type Stats struct {
	FeedStats
	Requests  uint64 // sent, each try counted
	Retries   uint64 // of them, sent again after a lost connection
	Connects  uint64 // times that the event stream was connected
	Connected bool
}

// Stats returns figures for metrics.
func (c *Client) Stats() Stats {
	return Stats{
		FeedStats: c.feed.Stats(), Requests: c.requests.Load(), Retries: c.retries.Load(),
		Connects: c.stream.connects.Load(), Connected: c.Connected(),
	}
}

// Close ends the connection, all requests and all subscriptions, and waits for the client's goroutines. What subscriptions
// still hold can be taken; each gets a last [*Disconnected] if there was a connection. Closing twice is harmless. The error is
// always nil.
func (c *Client) Close() error {
	c.end()
	c.stream.wait()
	c.feed.Close()
	c.pool.CloseIdleConnections()
	return nil
}

// stream is the state of the event connection.
type stream struct {
	mu       sync.Mutex     // held while connecting for the first time, and while waiting for running
	running  sync.WaitGroup // goroutines
	ended    chan struct{}  // closed when the one that keeps the connection has ended; guarded by mu, nil before the first
	replaced atomic.Bool    // it has ended, or is about to, because the application was taken over
	up       atomic.Bool
	connects atomic.Uint64
	began    time.Time    // of the client, for a clock that nobody sets
	lastRead atomic.Int64 // ns from then to the last sign of life
}

func (s *stream) wait() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running.Wait()
}

func (s *stream) alive() { s.lastRead.Store(int64(time.Since(s.began))) }

// silent is how long there has been no sign of life.
func (s *stream) silent() time.Duration {
	return time.Since(s.began) - time.Duration(s.lastRead.Load())
}
