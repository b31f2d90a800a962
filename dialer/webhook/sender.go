package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"syscall"
	"time"

	"github.com/hasshin/hasshin/dialer/outbox"
)

// Body is what is posted.
type Body struct {
	ID       string            `json:"id"` // of the message, the same at every try
	Webhook  string            `json:"webhook"`
	Campaign string            `json:"campaign"`
	Record   string            `json:"record"`
	Call     string            `json:"call"`
	Agent    string            `json:"agent"`
	Number   string            `json:"number"` // E.164
	Text     string            `json:"text,omitempty"`
	Fields   map[string]string `json:"fields,omitempty"`
}

// Content is a request as it waits in the outbox. Secrets stay in the configuration.
type Content struct {
	Webhook string          `json:"webhook"`
	URL     string          `json:"url"`
	Body    json.RawMessage `json:"body"`
}

// Headers of a request.
const (
	HeaderDelivery  = "Hasshin-Delivery"  // id of the message, the same at every try
	HeaderTimestamp = "Hasshin-Timestamp" // when this try was made, in seconds since 1970
	HeaderSignature = "Hasshin-Signature" // sha256= and the hexadecimal HMAC-SHA256 of timestamp, a dot and the body, under the secret
)

// Signature is the value of [HeaderSignature].
func Signature(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// Sender posts requests.
type Sender struct {
	// Find gives a campaign's webhook by its id.
	Find func(campaign, id string) (Config, bool)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Deliver implements [outbox.Deliver]. 2xx is taken; 408, 425, 429 and 5xx are tried again; redirects are not followed: they and everything else are final.
func (s *Sender) Deliver(ctx context.Context, m outbox.Message, handOver func() error) error {
	var c Content
	if err := json.Unmarshal(m.Content, &c); err != nil {
		return &outbox.Refusal{Final: true, Text: "the request cannot be read: " + err.Error()}
	}
	cfg, ok := s.Find(m.Campaign, c.Webhook)
	if !ok {
		return &outbox.Refusal{Final: true, Text: fmt.Sprintf("campaign %s has no webhook %s any more", m.Campaign, c.Webhook)}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(c.Body))
	if err != nil {
		return &outbox.Refusal{Final: true, Text: err.Error()}
	}
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	timestamp := strconv.FormatInt(now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "hasshin")
	req.Header.Set(HeaderDelivery, m.ID)
	req.Header.Set(HeaderTimestamp, timestamp)
	req.Header.Set(HeaderSignature, Signature(cfg.Secret.Reveal(), timestamp, c.Body))
	if err := handOver(); err != nil {
		return err
	}
	return post(cfg, req)
}

// maxAnswer is how much of an answer is read, so that its connection can end in order.
const maxAnswer = 4 << 10

func post(cfg Config, req *http.Request) error {
	transport := &http.Transport{
		DialContext:       (&net.Dialer{Timeout: cfg.Timeout, Control: guard(cfg.AllowPrivate)}).DialContext,
		Proxy:             nil, // a proxy would look names up by itself, past the guard
		DisableKeepAlives: true, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: 32 << 10,
	}
	client := &http.Client{Transport: transport, Timeout: cfg.Timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	var private *privateError
	switch {
	case errors.As(err, &private):
		return &outbox.Refusal{Final: true, Text: private.Error()}
	case unsent(err):
		return &outbox.Refusal{Text: err.Error()}
	case err != nil:
		return err // it may have arrived
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxAnswer)) // what is said in it is for people who look there
	switch {
	case resp.StatusCode/100 == 2:
		return nil
	case resp.StatusCode/100 == 3:
		return &outbox.Refusal{Final: true, Text: resp.Status + ": redirects are not followed; expected the address itself in the configuration"}
	}
	again := resp.StatusCode/100 == 5 || resp.StatusCode == http.StatusRequestTimeout || resp.StatusCode == http.StatusTooEarly || resp.StatusCode == http.StatusTooManyRequests
	return &outbox.Refusal{Final: !again, Text: resp.Status}
}

// unsent tells whether no connection came about, so that nothing can have arrived.
func unsent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// privateError is an address that must not be reached.
type privateError struct{ address string }

func (e *privateError) Error() string {
	return e.address + " is not a public address; allow_private: true would let it be reached"
}

// nat64 and shared are not public, either (RFC 6052, RFC 6598): the one leads anywhere, the other to the provider's own network.
var nat64, shared = netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("100.64.0.0/10")

// guard looks at the address that is really connected to, after names were looked up: a name cannot lead elsewhere afterwards.
func guard(allowPrivate bool) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		ip := at.Addr().Unmap()
		if !allowPrivate && (!ip.IsGlobalUnicast() || ip.IsPrivate() || nat64.Contains(ip) || shared.Contains(ip)) {
			return &privateError{ip.String()}
		}
		return nil
	}
}
