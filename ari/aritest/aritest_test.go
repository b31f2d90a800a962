package aritest_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/ari/aritest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// connect returns a connected client and everything it hears.
func connect(t *testing.T, s *aritest.Server) (*ari.Client, *ari.Subscription) {
	t.Helper()
	client, err := ari.New(ari.Config{
		URL: s.URL(), Username: s.Username(), Password: s.Password(), App: "lab", DropEvents: []string{},
		PingInterval: 50 * time.Millisecond, PongTimeout: 100 * time.Millisecond, ReconnectMin: time.Millisecond, ReconnectMax: 10 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	events := client.Subscribe(ari.All())
	if err := client.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client, events
}

// next skips to the next event of a type.
func next[E ari.Event](t *testing.T, events *ari.Subscription) E {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		ev, err := events.Next(ctx)
		if err != nil {
			var want E
			t.Fatalf("waiting for %T: %v", want, err)
		}
		if ev, ok := ev.(E); ok {
			return ev
		}
	}
}

func TestIncomingCallIsAnsweredPressesADigitAndHangsUp(t *testing.T) {
	s := aritest.Start(t, aritest.Options{})
	client, events := connect(t, s)
	id, err := s.Incoming(aritest.Call{App: "lab", Args: []string{"in"}, From: "0901234567", To: "100"})
	if err != nil {
		t.Fatal(err)
	}
	start := next[*ari.StasisStart](t, events)
	if start.Channel.ID != id || start.Channel.State != "Ring" || start.Channel.Caller.Number != "0901234567" || !slices.Equal(start.Args, []string{"in"}) {
		t.Errorf("start: %+v", start)
	}
	if err := client.Channels.Answer(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	next[*ari.ChannelStateChange](t, events)
	if err := s.Press(id, "7"); err != nil {
		t.Fatal(err)
	}
	if dtmf := next[*ari.ChannelDtmfReceived](t, events); dtmf.Digit != "7" {
		t.Errorf("digit %q", dtmf.Digit)
	}
	if err := s.HangUp(id, 16); err != nil {
		t.Fatal(err)
	}
	next[*ari.StasisEnd](t, events)
	if left := s.Left(); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}

func TestEndpointsDoWhatTheyAreTold(t *testing.T) {
	s := aritest.Start(t, aritest.Options{Second: 10 * time.Millisecond})
	client, events := connect(t, s)
	for _, c := range []struct {
		name       string
		behavior   aritest.Behavior
		cause, sip int
	}{
		{"busy", aritest.Busy(), 17, 486},
		{"rejects", aritest.Reject(603), 21, 603},
		{"rejects after ringing", aritest.RejectAfter(time.Second, 480), 19, 480},
		{"never answers", aritest.NoAnswer(), 19, 480},
		{"answers for a while", aritest.AnswerFor(time.Second, time.Second), 16, 0},
	} {
		s.Endpoint("PJSIP/1001", c.behavior)
		if _, err := client.Channels.Originate(t.Context(), ari.Originate{Endpoint: "PJSIP/1001", App: "lab", Timeout: 5 * time.Second}); err != nil {
			t.Fatal(err)
		}
		if end := next[*ari.ChannelDestroyed](t, events); end.Cause != c.cause || end.TechCause != c.sip {
			t.Errorf("%s: cause %d, SIP %d", c.name, end.Cause, end.TechCause)
		}
	}
	s.Endpoint("PJSIP/1001", aritest.Offline())
	_, err := client.Channels.Originate(t.Context(), ari.Originate{Endpoint: "PJSIP/1001", App: "lab"})
	if !errors.Is(err, ari.ErrAllocationFailed) {
		t.Errorf("offline: %v", err)
	}
}

func TestDroppedSocketLosesEventsAndKeepsChannels(t *testing.T) {
	s := aritest.Start(t, aritest.Options{})
	client, events := connect(t, s)
	id, err := s.Incoming(aritest.Call{App: "lab"})
	if err != nil {
		t.Fatal(err)
	}
	next[*ari.StasisStart](t, events)
	s.Drop()
	next[*ari.Disconnected](t, events)
	if c := next[*ari.Connected](t, events); !c.Reconnect {
		t.Error("not a reconnect")
	}
	if _, err := client.Channels.Get(t.Context(), id); err != nil {
		t.Errorf("the channel after the drop: %v", err)
	}
}

func TestStalledSocketIsHalfOpen(t *testing.T) {
	s := aritest.Start(t, aritest.Options{})
	client, events := connect(t, s)
	next[*ari.Connected](t, events)
	s.Stall()
	next[*ari.Disconnected](t, events)
	if _, err := client.Asterisk.Ping(t.Context()); err != nil {
		t.Errorf("requests must go on: %v", err)
	}
	next[*ari.Connected](t, events)
}

func TestRestartForgetsEverythingButStoredRecordings(t *testing.T) {
	s := aritest.Start(t, aritest.Options{})
	client, events := connect(t, s)
	next[*ari.Connected](t, events)
	if _, err := client.Bridges.Create(t.Context(), ari.CreateBridge{ID: "b"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Incoming(aritest.Call{App: "lab", ChannelID: "c"}); err != nil {
		t.Fatal(err)
	}
	s.Restart()
	next[*ari.Connected](t, events)
	if left := s.Left(); len(left) > 0 {
		t.Errorf("left after the restart: %v", left)
	}
}

func TestBooting(t *testing.T) {
	s := aritest.Start(t, aritest.Options{})
	client, _ := connect(t, s)
	s.Boot(false)
	if _, err := client.Channels.List(t.Context()); !errors.Is(err, ari.ErrUnavailable) {
		t.Errorf("while booting: %v", err)
	}
	s.Boot(true)
	if _, err := client.Channels.List(t.Context()); err != nil {
		t.Errorf("when booted: %v", err)
	}
}

func TestOrderOfEventAndResponse(t *testing.T) {
	for _, order := range []aritest.Order{aritest.EventsFirst, aritest.ResponseFirst} {
		s := aritest.Start(t, aritest.Options{Order: order})
		client, events := connect(t, s)
		id, err := s.Incoming(aritest.Call{App: "lab"})
		if err != nil {
			t.Fatal(err)
		}
		next[*ari.StasisStart](t, events)
		if err := client.Channels.SetVariable(t.Context(), id, "CASE", "1"); err != nil {
			t.Fatal(err)
		}
		if set := next[*ari.ChannelVarset](t, events); set.Variable != "CASE" || set.Value != "1" {
			t.Errorf("varset: %+v", set)
		}
	}
}

func TestLatencyIsAsGiven(t *testing.T) {
	const slow = 60 * time.Millisecond
	s := aritest.Start(t, aritest.Options{Latency: func(_, path string) time.Duration {
		if strings.HasSuffix(path, "/ping") {
			return slow
		}
		return 0
	}})
	client, _ := connect(t, s)
	start := time.Now()
	if _, err := client.Asterisk.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took < slow {
		t.Errorf("took %v", took)
	}
	if n := s.Requests("GET /asterisk/ping"); n != 1 {
		t.Errorf("%d pings counted", n)
	}
}

func TestUnknownEventsReachTheClientRaw(t *testing.T) {
	s := aritest.Start(t, aritest.Options{})
	_, events := connect(t, s)
	if err := s.SendRaw("lab", []byte(`{"type":"TeaReady","application":"lab"}`)); err != nil {
		t.Fatal(err)
	}
	if raw := next[*ari.RawEvent](t, events); raw.Type() != "TeaReady" {
		t.Errorf("got %s", raw.Type())
	}
	if err := s.SendRaw("nobody", nil); err == nil {
		t.Error("want an error for an application that is not connected")
	}
}

func TestParametersThatAsteriskWouldIgnoreAreReported(t *testing.T) {
	s, err := aritest.New(aritest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+"/bridges?tpye=mixing", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Close = true
	req.SetBasicAuth(s.Username(), s.Password())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("status %s: like Asterisk it is taken", resp.Status)
	}
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), `POST /bridges: unknown parameter "tpye"`) {
		t.Errorf("Close = %v", err)
	}
}

func TestStatusesBeforeAnyResource(t *testing.T) {
	s := aritest.Start(t, aritest.Options{})
	for _, c := range []struct {
		method, path string
		password     string
		status       int
	}{
		{http.MethodGet, "/ari/channels", "wrong", http.StatusUnauthorized},
		{http.MethodGet, "/ari/channels/", s.Password(), http.StatusNotFound},
		{http.MethodGet, "/ari/no-such-thing", s.Password(), http.StatusNotFound},
		{http.MethodPatch, "/ari/channels", s.Password(), http.StatusMethodNotAllowed},
		{http.MethodGet, "/elsewhere", s.Password(), http.StatusNotFound},
		{http.MethodGet, "/ari/events", s.Password(), http.StatusBadRequest},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, strings.TrimSuffix(s.URL(), "/ari")+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Close = true
		req.SetBasicAuth(s.Username(), c.password)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != c.status {
			t.Errorf("%s %s: %s, want %d", c.method, c.path, resp.Status, c.status)
		}
	}
}
