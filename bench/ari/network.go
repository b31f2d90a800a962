package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/bench/report"
)

// lag is how a subscriber is slow.
type lag struct {
	name   string
	pauses func(i int) time.Duration // before taking event i
}

// loss sends bursts to slow subscribers of both clients over real WebSockets and counts what does not arrive.
func loss(ctx context.Context, messages [][]byte) ([]report.Figure, error) {
	calls := append(append([][]byte{}, messages...), messages...) // 150 calls twice
	var figures []report.Figure
	for _, test := range []struct {
		lag   lag
		burst [][]byte
	}{
		{lag{"lost of 1,000 events, subscriber pauses 50 ms", func(i int) time.Duration {
			if i == 1 {
				return 50 * time.Millisecond
			}
			return 0
		}}, messages[:1000]},
		{lag{"lost in a burst of 300 calls, 1 ms of work an event", func(int) time.Duration { return time.Millisecond }}, calls},
	} {
		var ours, plain float64
		var oursErr, plainErr error
		var both sync.WaitGroup
		both.Go(func() { ours, oursErr = ourLoss(ctx, test.lag, test.burst) })
		both.Go(func() { plain, plainErr = plainLoss(ctx, test.lag, test.burst) })
		both.Wait()
		if err := errors.Join(oursErr, plainErr); err != nil {
			return nil, fmt.Errorf("%s: %w", test.lag.name, err)
		}
		figures = append(figures, figure(test.lag.name, ours, "events", report.Than(plain), "0"))
	}
	return figures, nil
}

// quiet is how long nothing must come for a burst to count as over.
const quiet = time.Second

func ourLoss(ctx context.Context, l lag, burst [][]byte) (float64, error) {
	s := newServer()
	defer s.Close()
	c, err := connected(ctx, s.URL)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	sub := c.Subscribe(ari.All())
	conn := <-s.joined
	if err := send(ctx, conn, burst); err != nil {
		return 0, err
	}
	got := 0
	for got < len(burst) {
		wait, cancel := context.WithTimeout(ctx, quiet)
		_, err := sub.Next(wait)
		cancel()
		if err != nil {
			break
		}
		got++
		time.Sleep(l.pauses(got))
	}
	return float64(len(burst) - got), conn.CloseNow()
}

func plainLoss(ctx context.Context, l lag, burst [][]byte) (float64, error) {
	s := newServer()
	defer s.Close()
	header := http.Header{}
	req := &http.Request{Header: header}
	req.SetBasicAuth(user, password)
	client, _, err := websocket.Dial(ctx, s.URL+"/events?app="+app, &websocket.DialOptions{HTTPHeader: header})
	if err != nil {
		return 0, err
	}
	hub := &plainHub{}
	sub := hub.subscribe("", 100)
	var reading sync.WaitGroup
	reading.Go(func() {
		for {
			_, message, err := client.Read(ctx)
			if err != nil || hub.push(message) != nil {
				return
			}
		}
	})
	conn := <-s.joined
	if err := send(ctx, conn, burst); err != nil {
		return 0, err
	}
	got := 0
	for waiting := true; waiting; {
		select {
		case <-sub.events:
			got++
			time.Sleep(l.pauses(got))
		case <-time.After(quiet):
			waiting = false
		}
	}
	err = errors.Join(conn.CloseNow(), client.CloseNow())
	reading.Wait()
	return float64(len(burst) - got), err
}

func config(url string) ari.Config {
	return ari.Config{URL: url, Username: user, Password: password, App: app}
}

func connected(ctx context.Context, url string) (*ari.Client, error) {
	c, err := ari.New(config(url))
	if err != nil {
		return nil, err
	}
	if err := c.Connect(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// connections counts the TCP connections that 4,000 requests take at 32 in flight.
func connections(ctx context.Context) ([]report.Figure, error) {
	const requests, inFlight = 4000, 32
	s := newServer()
	defer s.Close()
	c, err := ari.New(config(s.URL))
	if err != nil {
		return nil, err
	}
	defer c.Close()
	spent, err := spread(requests, inFlight, func() error {
		_, err := c.Channels.Get(ctx, "c1")
		return err
	})
	if err != nil {
		return nil, err
	}
	ours := s.opened.Swap(0)

	plain := &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	plainSpent, err := spread(requests, inFlight, func() error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/channels/c1", nil)
		if err != nil {
			return err
		}
		req.SetBasicAuth(user, password)
		resp, err := plain.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		_, err = io.ReadAll(resp.Body)
		return err
	})
	if err != nil {
		return nil, err
	}
	plain.CloseIdleConnections()
	return []report.Figure{
		figure("connections for 4,000 requests, 32 in flight", float64(ours), "connections", report.Than(float64(s.opened.Load())), "≤ 16"),
		figure("requests, 32 in flight", requests/spent.Seconds(), "requests/s", report.Than(requests/plainSpent.Seconds()), ""),
	}, nil
}

func spread(n, workers int64, do func() error) (time.Duration, error) {
	var left atomic.Int64
	left.Store(n)
	var failed atomic.Pointer[error]
	var running sync.WaitGroup
	start := time.Now()
	for range workers {
		running.Go(func() {
			for left.Add(-1) >= 0 {
				if err := do(); err != nil {
					failed.Store(&err)
					return
				}
			}
		})
	}
	running.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return time.Since(start), nil
}

// failures measures how soon a silent peer is noticed and a wrong password told. The plain client does neither by itself, so there
// is no baseline.
func failures(ctx context.Context) ([]report.Figure, error) {
	s := newServer()
	defer s.Close()
	f, err := newFreezer(s.Listener.Addr().String())
	if err != nil {
		return nil, err
	}
	defer f.stop()
	c, err := connected(ctx, "http://"+f.Addr().String())
	if err != nil {
		return nil, err
	}
	defer c.Close()
	sub := c.Subscribe()
	f.frozen.Store(true)
	frozen := time.Now()
	wait, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	ev, err := sub.Next(wait)
	if err != nil {
		return nil, fmt.Errorf("the silent peer was not noticed: %w", err)
	}
	if _, ok := ev.(*ari.Disconnected); !ok {
		return nil, fmt.Errorf("expected Disconnected, got %s", ev.Type())
	}
	noticed := time.Since(frozen)

	cfg := config(s.URL)
	cfg.Password = "wrong"
	wrong, err := ari.New(cfg)
	if err != nil {
		return nil, err
	}
	defer wrong.Close()
	start := time.Now()
	if err := wrong.Connect(ctx); !errors.Is(err, ari.ErrUnauthorized) {
		return nil, fmt.Errorf("with a wrong password Connect said: %v", err)
	}
	return []report.Figure{
		figure("half-open connection noticed after", noticed.Seconds(), "s", nil, "≤ 5"),
		figure("wrong password told after", float64(time.Since(start).Microseconds())/1000, "ms", nil, ""),
	}, nil
}
