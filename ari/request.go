package ari

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// request is one operation of ARI.
type request struct {
	method string
	path   string  // escaped, below the base URL
	query  *params // as the API's description has it
	body   any     // what the description wants in the body; nil for none

	// again: doing it twice is the same as doing it once, so it may be sent again when the connection was lost.
	again bool
	// after turns the refusal of a request that was sent again into success when it says that the first try had worked.
	after func(*Error) bool
}

// gone: a thing that is to go and is not there any more has gone.
func gone(e *Error) bool { return errors.Is(e, ErrNotFound) }

// errDoneBefore is no error: the refusal of a second try says that the first had worked. There is no answer to read.
var errDoneBefore = errors.New("done by a try whose answer was lost")

// tries and the wait between them, for requests that may be sent again.
const (
	tries     = 3
	firstWait = 50 * time.Millisecond
)

// Asterisk reads 4,096 bytes of request line; what is longer goes into the body, where it looks for the same names.
const maxTarget = 3500

// do makes the request and lets read take what it wants from the answer's body. Errors: *Error, or ErrClosed.
func (c *Client) do(ctx context.Context, r request, read func(p *parser)) error {
	answer, err := c.send(ctx, r)
	if errors.Is(err, errDoneBefore) {
		return nil
	}
	if err != nil || read == nil {
		return err
	}
	var p parser
	p.reset(answer)
	read(&p)
	if err := p.end(); err != nil {
		return r.failed(fmt.Errorf("unreadable answer: %w", err))
	}
	return nil
}

// failed is an error without an answer from Asterisk.
func (r request) failed(err error) *Error {
	path, unescapeErr := url.PathUnescape(r.path)
	if unescapeErr != nil {
		path = r.path
	}
	return &Error{Method: r.method, Path: path, Err: err}
}

func (c *Client) send(ctx context.Context, r request) (string, error) {
	if _, has := ctx.Deadline(); !has {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.cfg.RequestTimeout)
		defer cancel()
	}
	for try := 1; ; try++ {
		answer, err := c.try(ctx, r)
		var refused *Error
		switch {
		case err == nil:
			return answer, nil
		case try > 1 && r.after != nil && errors.As(err, &refused) && r.after(refused):
			return "", errDoneBefore
		case !r.again || !c.another(ctx, try, err):
			return "", err
		}
	}
}

// another waits before a request that was lost with its connection is sent again; false: it is not to be.
func (c *Client) another(ctx context.Context, try int, err error) bool {
	if try == tries || !errors.Is(err, ErrConnection) {
		return false
	}
	c.log.Warn().Err(err).Int("try", try).Msg("request lost with its connection, sending it again")
	wait := time.NewTimer(firstWait << (try - 1))
	defer wait.Stop()
	select {
	case <-wait.C:
		c.retries.Add(1)
		return true
	case <-ctx.Done():
		return false
	case <-c.done:
		return false
	}
}

// try sends r once and reads the answer whole, so that its connection can be used again.
func (c *Client) try(ctx context.Context, r request) (string, error) {
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, c.cfg.RequestTimeout)
	defer cancel()
	stop := context.AfterFunc(c.life, cancel)
	defer stop()

	resp, err := c.roundTrip(ctx, r)
	if err != nil {
		return "", c.explain(ctx, r, start, err)
	}
	defer resp.Body.Close() // read to its end or broken: there is nothing to learn from closing
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxMessage))
	if err != nil {
		return "", c.explain(ctx, r, start, err)
	}
	if resp.StatusCode/100 != 2 {
		return "", refusal(r, resp.StatusCode, body)
	}
	return string(body), nil
}

func (c *Client) roundTrip(ctx context.Context, r request) (*http.Response, error) {
	c.requests.Add(1)
	target := c.base + r.path
	body, query := r.body, r.query.encode()
	hasBody := r.method == http.MethodPost || r.method == http.MethodPut
	if query != "" && hasBody && (r.query.commas || len(r.path)+len(query) > maxTarget) {
		body = r.query.into(body)
	} else if query != "" {
		target += "?" + query
	}
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("encoding the body: %w", err)
		}
		content = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target, content)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.SetBasicAuth(c.cfg.Username, c.cfg.Password)
	return c.http.Do(req)
}

// explain turns a lost round trip into what the caller should know: who gave up, and why.
func (c *Client) explain(ctx context.Context, r request, start time.Time, err error) error {
	var urlErr *url.Error
	if errors.As(err, &urlErr) {
		err = urlErr.Err // it repeats method and URL
	}
	var netErr net.Error
	switch {
	case c.life.Err() != nil:
		err = ErrClosed
	case errors.Is(ctx.Err(), context.Canceled):
		err = context.Canceled
	case ctx.Err() != nil, errors.As(err, &netErr) && netErr.Timeout():
		err = timeoutError{time.Since(start).Round(time.Millisecond).String()}
	default:
		err = connectionError{err}
	}
	return r.failed(err)
}

// refusal reads Asterisk's words. A body that is not ARI's leaves the message empty.
func refusal(r request, status int, body []byte) *Error {
	e := r.failed(nil)
	e.Status = status
	var p parser
	var words errorBody
	p.reset(string(body))
	words.decode(&p)
	if p.end() == nil {
		if e.Message = words.Message; e.Message == "" {
			e.Message = words.Error
		}
	}
	return e
}

// pathOf joins segments to a path, each escaped so that Asterisk, which reads + as a space, gets it as it is.
func pathOf(segments ...string) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteByte('/')
		b.WriteString(strings.ReplaceAll(url.QueryEscape(s), "+", "%20"))
	}
	return b.String()
}
