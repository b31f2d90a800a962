package ari_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/hasshin/hasshin/ari"
)

func TestAWrongPasswordIsAnErrorAtOnce(t *testing.T) {
	s := newServer(t, nil)
	cfg := s.config()
	cfg.Password = "guess"
	c := newClient(t, cfg)
	for name, connect := range map[string]func(context.Context) error{"Connect": c.Connect, "ConnectWhenReady": c.ConnectWhenReady} {
		start := time.Now()
		err := connect(context.Background()) // one that never ends
		if !errors.Is(err, ari.ErrUnauthorized) {
			t.Errorf("%s: got %v", name, err)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("%s took %s", name, took)
		}
		if err != nil && strings.Contains(err.Error(), "guess") {
			t.Errorf("%s: the error tells the password: %v", name, err)
		}
	}
	if c.Connected() {
		t.Error("it says it is connected")
	}
}

func TestAnUnreachableAsteriskIsAnErrorAtOnceOrWaitedFor(t *testing.T) {
	s := newUnstartedServer(t, nil)
	addr := s.Listener.Addr().String()
	if err := s.Listener.Close(); err != nil {
		t.Fatal(err)
	}
	c := newClient(t, s.config())
	if err := c.Connect(t.Context()); !errors.Is(err, ari.ErrConnection) {
		t.Fatalf("got %v, want ErrConnection", err)
	}

	short, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if err := c.ConnectWhenReady(short); !errors.Is(err, ari.ErrConnection) && !errors.Is(err, ari.ErrTimeout) {
		t.Errorf("when its context ended it said %v, want the last failure", err)
	}

	done := make(chan error, 1)
	go func() { done <- c.ConnectWhenReady(t.Context()) }()
	var err error
	if s.Listener, err = net.Listen("tcp", addr); err != nil {
		t.Fatal(err)
	}
	s.Start()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if !c.Connected() {
		t.Error("it says it is not connected")
	}
}

func TestABootingAsteriskIsUnavailableNotWithoutTheThing(t *testing.T) {
	for _, status := range []int{http.StatusNotFound, http.StatusServiceUnavailable} {
		s := newServer(t, nil)
		s.status.Store(int64(status))
		c := newClient(t, s.config())
		if err := c.Connect(t.Context()); !errors.Is(err, ari.ErrUnavailable) || errors.Is(err, ari.ErrNotFound) {
			t.Errorf("%d: Connect said %v, want ErrUnavailable only", status, err)
		}
		if _, err := c.Channels.Get(t.Context(), "c1"); !errors.Is(err, ari.ErrUnavailable) || errors.Is(err, ari.ErrNotFound) {
			t.Errorf("%d: Get said %v, want ErrUnavailable only", status, err)
		}
		done := make(chan error, 1)
		go func() { done <- c.ConnectWhenReady(t.Context()) }()
		s.status.Store(0)
		if err := <-done; err != nil {
			t.Errorf("%d: %v", status, err)
		}
	}
}

func TestALostConnectionIsToldInOrderAndMended(t *testing.T) {
	s := newServer(t, nil)
	c, all := connect(t, s)
	one := c.Subscribe(ari.ForChannel("c1"))
	s.send(t, `{"type":"StasisStart","channel":{"id":"c1"}}`, `{"type":"StasisStart","channel":{"id":"c2"}}`)
	expect[*ari.StasisStart](t, all)
	expect[*ari.StasisStart](t, all)
	s.hangUp()
	if lost := expect[*ari.Disconnected](t, all); !errors.Is(lost.Err, ari.ErrConnection) {
		t.Errorf("disconnected because of %v, want ErrConnection", lost.Err)
	}
	if again := expect[*ari.Connected](t, all); !again.Reconnect {
		t.Error("the second Connected does not say that it is a reconnect")
	}
	<-s.joined
	s.send(t, `{"type":"StasisEnd","channel":{"id":"c1"}}`)
	expect[*ari.StasisEnd](t, all)

	expect[*ari.StasisStart](t, one)
	expect[*ari.Disconnected](t, one)
	expect[*ari.Connected](t, one)
	expect[*ari.StasisEnd](t, one)

	s.mu.Lock()
	defer s.mu.Unlock()
	want := `{"allowed":[],"disallowed":[{"type":"ChannelVarset"},{"type":"ChannelDialplan"},{"type":"ChannelCallerId"},{"type":"ChannelConnectedLine"}]}`
	if len(s.filters) != 2 || s.filters[0] != want || s.filters[1] != want {
		t.Errorf("event filters set: %q, want twice %q", s.filters, want)
	}
}

func TestAReplacedClientSaysSoAndDoesNotFight(t *testing.T) {
	s := newServer(t, nil)
	first, events := connect(t, s)
	_, events2 := connect(t, s)
	expect[*ari.ApplicationReplaced](t, events)
	expect[*ari.Replaced](t, events)
	if lost := expect[*ari.Disconnected](t, events); !errors.Is(lost.Err, ari.ErrReplaced) {
		t.Errorf("disconnected because of %v, want ErrReplaced", lost.Err)
	}
	if first.Connected() {
		t.Error("it says it is connected")
	}
	if _, fought := events2.TryNext(); fought {
		t.Error("the second client was replaced in turn")
	}
	if err := first.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect[*ari.Connected](t, events)
	expect[*ari.ApplicationReplaced](t, events2)
}

func TestConnectingTwiceIsHarmless(t *testing.T) {
	s := newServer(t, nil)
	c, all := connect(t, s)
	if err := c.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.send(t, `{"type":"BridgeCreated","bridge":{"id":"b1"}}`)
	expect[*ari.BridgeCreated](t, all)
}

func TestAHalfOpenConnectionIsSeenWithinFiveSeconds(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	proxy := newProxy(t, s.Listener.Addr().String())
	cfg := s.config()
	cfg.URL = "http://" + proxy.addr() + "/ari"
	cfg.RequestTimeout = 200 * time.Millisecond // of the attempts to reconnect through the frozen proxy
	c := newClient(t, cfg)
	all := c.Subscribe(ari.All())
	if err := c.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect[*ari.Connected](t, all)
	start := time.Now()
	proxy.freeze()
	lost := expect[*ari.Disconnected](t, all)
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("seen after %s", took)
	}
	if !errors.Is(lost.Err, ari.ErrTimeout) {
		t.Errorf("disconnected because of %v, want ErrTimeout", lost.Err)
	}
	proxy.thaw()
	expect[*ari.Connected](t, all)
}

func TestPingsAreSentAndPongsOnlyInAnswer(t *testing.T) {
	s := newServer(t, nil)
	cfg := s.config()
	cfg.PingInterval, cfg.PongTimeout = time.Millisecond, time.Second
	c := newClient(t, cfg)
	if err := c.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return s.pings.Load() >= 20 }, "twenty pings")
	if n := s.pongs.Load(); n != 0 {
		t.Errorf("%d pongs came to no ping", n)
	}
}

func TestAHugeEventIsRead(t *testing.T) {
	s := newServer(t, nil)
	_, all := connect(t, s)
	value := strings.Repeat("x", 3<<20)
	s.send(t, fmt.Sprintf(`{"type":"ChannelVarset","variable":"v","value":"%s"}`, value), `{"type":"BridgeCreated","bridge":{"id":"b1"}}`)
	if got := expect[*ari.ChannelVarset](t, all); got.Value != value {
		t.Errorf("%d bytes arrived of %d", len(got.Value), len(value))
	}
	expect[*ari.BridgeCreated](t, all)
}

func TestCloseEndsWhateverGoesOn(t *testing.T) {
	block := make(chan struct{})
	defer close(block)
	hang := func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-block:
		}
	}
	t.Run("a connected client", func(t *testing.T) {
		s := newServer(t, nil)
		c, all := connect(t, s)
		closeInTime(t, c)
		if lost := expect[*ari.Disconnected](t, all); !errors.Is(lost.Err, ari.ErrClosed) {
			t.Errorf("disconnected because of %v, want ErrClosed", lost.Err)
		}
		if _, err := all.Next(t.Context()); !errors.Is(err, ari.ErrClosed) || !all.Closed() {
			t.Errorf("after the last event: %v, closed %v", err, all.Closed())
		}
		if err := c.Connect(t.Context()); !errors.Is(err, ari.ErrClosed) {
			t.Errorf("Connect after Close: %v", err)
		}
		if _, err := c.Channels.List(t.Context()); !errors.Is(err, ari.ErrClosed) {
			t.Errorf("a request after Close: %v", err)
		}
		if sub := c.Subscribe(ari.All()); !sub.Closed() {
			t.Error("a subscription after Close is open")
		}
	})
	t.Run("a request", func(t *testing.T) {
		arrived := make(chan struct{})
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) { close(arrived); hang(w, r) })
		c, _ := connect(t, s)
		done := make(chan error, 1)
		go func() { done <- c.Channels.Answer(t.Context(), "c1") }()
		<-arrived
		closeInTime(t, c)
		if err := <-done; !errors.Is(err, ari.ErrClosed) {
			t.Errorf("got %v, want ErrClosed", err)
		}
	})
	t.Run("reconnecting", func(t *testing.T) {
		s := newServer(t, nil)
		c, all := connect(t, s)
		s.status.Store(http.StatusServiceUnavailable)
		s.hangUp()
		expect[*ari.Disconnected](t, all)
		closeInTime(t, c)
	})
	t.Run("a half-open connection", func(t *testing.T) {
		s := newServer(t, nil)
		proxy := newProxy(t, s.Listener.Addr().String())
		cfg := s.config()
		cfg.URL = "http://" + proxy.addr() + "/ari"
		c := newClient(t, cfg)
		if err := c.Connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		proxy.freeze()
		closeInTime(t, c)
	})
	t.Run("connecting", func(t *testing.T) {
		listener, err := net.Listen("tcp", "127.0.0.1:0") // accepts, by the kernel, and says nothing
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		c := newClient(t, ari.Config{URL: "http://" + listener.Addr().String(), Username: user, Password: password, App: app})
		done := make(chan error, 1)
		go func() { done <- c.Connect(t.Context()) }()
		if conn, err := listener.Accept(); err != nil {
			t.Fatal(err)
		} else {
			defer conn.Close()
		}
		closeInTime(t, c)
		if err := <-done; !errors.Is(err, ari.ErrClosed) {
			t.Errorf("got %v, want ErrClosed", err)
		}
	})
}

func closeInTime(t *testing.T, c *ari.Client) {
	t.Helper()
	start := time.Now()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("Close took %s", took)
	}
}

// recorded returns the messages of 150 calls.
func recorded(t *testing.T) [][]byte {
	t.Helper()
	f, err := os.Open("testdata/ari-events.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Split(bytes.TrimSpace(text), []byte("\n"))
}

// eventually polls until hold answers true.
func eventually(t *testing.T, hold func() bool, what string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !hold() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("it did not come to: %s", what)
		}
	}
}
