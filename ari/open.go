package ari

import (
	"context"
	"errors"
	"io"
	"time"
)

// open makes a GET whose answer is too large to hold. Lost before the answer began, it is sent again.
func (c *Client) open(ctx context.Context, r request) (io.ReadCloser, error) {
	for try := 1; ; try++ {
		f, err := c.openOnce(ctx, r)
		if err == nil {
			return f, nil
		}
		if !c.another(ctx, try, err) {
			return nil, err
		}
	}
}

func (c *Client) openOnce(ctx context.Context, r request) (*file, error) {
	start := time.Now()
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(c.life, func() { cancel(ErrClosed) })
	f := &file{c: c, ctx: ctx, r: r, start: start}
	f.stalled = time.AfterFunc(c.cfg.RequestTimeout, func() {
		cancel(timeoutError{time.Since(start).Round(time.Millisecond).String()})
	})
	f.release = func() {
		f.stalled.Stop()
		stop()
		cancel(nil)
	}
	resp, err := c.roundTrip(ctx, r)
	if err != nil {
		err = f.explain(err)
		f.release()
		return nil, err
	}
	f.body = resp.Body
	if resp.StatusCode/100 != 2 {
		body, err := io.ReadAll(io.LimitReader(f, maxMessage))
		return nil, errors.Join(refusal(r, resp.StatusCode, body), err, f.Close())
	}
	return f, nil
}

// file is an answer that is read as it comes.
type file struct {
	c       *Client
	ctx     context.Context // of the whole transfer
	r       request
	start   time.Time
	body    io.ReadCloser
	stalled *time.Timer
	release func()
}

func (f *file) Read(b []byte) (int, error) {
	n, err := f.body.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		return n, f.explain(err)
	}
	f.stalled.Reset(f.c.cfg.RequestTimeout)
	return n, err
}

func (f *file) Close() error {
	err := f.body.Close()
	f.release()
	return err
}

func (f *file) explain(err error) error {
	if cause := context.Cause(f.ctx); cause != nil && (errors.Is(cause, ErrTimeout) || errors.Is(cause, ErrClosed)) {
		return f.r.failed(cause)
	}
	return f.c.explain(f.ctx, f.r, f.start, err)
}
