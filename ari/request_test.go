package ari_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hasshin/hasshin/ari"
)

func TestEveryRequestHasADeadline(t *testing.T) {
	end := make(chan struct{})
	s := newServer(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-end:
		}
	})
	defer close(end)
	cfg := s.config()
	cfg.RequestTimeout = 30 * time.Millisecond
	c := newClient(t, cfg)
	for name, ctx := range map[string]func() (context.Context, context.CancelFunc){
		"without one":  func() (context.Context, context.CancelFunc) { return context.WithCancel(t.Context()) },
		"with a later": func() (context.Context, context.CancelFunc) { return context.WithTimeout(t.Context(), time.Hour) },
		"with a shorter": func() (context.Context, context.CancelFunc) {
			return context.WithTimeout(t.Context(), time.Millisecond)
		},
	} {
		ctx, cancel := ctx()
		defer cancel()
		start := time.Now()
		err := c.Channels.Answer(ctx, "c1")
		if !errors.Is(err, ari.ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: got %v, want ErrTimeout", name, err)
		}
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("%s: it took %s", name, took)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(time.Millisecond, cancel)
	if err := c.Channels.Answer(ctx, "c1"); !errors.Is(err, context.Canceled) || errors.Is(err, ari.ErrTimeout) {
		t.Errorf("canceled: got %v, want context.Canceled", err)
	}
}

func TestErrorsHaveAsterisksWordsAndAnswerToTheirKinds(t *testing.T) {
	kinds := map[string]error{
		"bad request": ari.ErrBadRequest, "unauthorized": ari.ErrUnauthorized, "forbidden": ari.ErrForbidden,
		"not found": ari.ErrNotFound, "conflict": ari.ErrConflict, "not in stasis": ari.ErrNotInStasis, "exists": ari.ErrExists,
		"not up": ari.ErrNotUp, "unprocessable": ari.ErrUnprocessable, "allocation failed": ari.ErrAllocationFailed,
		"unavailable": ari.ErrUnavailable, "connection": ari.ErrConnection, "timeout": ari.ErrTimeout, "closed": ari.ErrClosed,
	}
	for _, test := range []struct {
		status     int
		body, want string
		is         string
	}{
		{404, `{"message":"Channel not found"}`, "ari: POST /channels/c 1/answer: 404 Channel not found", "not found"},
		{409, `{"message":"Channel not in Stasis application"}`, "ari: POST /channels/c 1/answer: 409 Channel not in Stasis application", "conflict, not in stasis"},
		{422, `{"message":"Channel not in Stasis application"}`, "ari: POST /channels/c 1/answer: 422 Channel not in Stasis application", "unprocessable, not in stasis"},
		{409, `{"message":"Channel with given unique ID already exists"}`, "ari: POST /channels/c 1/answer: 409 Channel with given unique ID already exists", "conflict, exists"},
		{412, `{"message":"Channel in invalid state"}`, "ari: POST /channels/c 1/answer: 412 Channel in invalid state", "not up"},
		{400, `{"message":"Invalid \u00fcber"}`, "ari: POST /channels/c 1/answer: 400 Invalid über", "bad request"},
		{403, `{"message":"Forbidden"}`, "ari: POST /channels/c 1/answer: 403 Forbidden", "forbidden"},
		{500, `{"error":"Allocation failed"}`, "ari: POST /channels/c 1/answer: 500 Allocation failed", "allocation failed"},
		{500, `{"message":"Internal error"}`, "ari: POST /channels/c 1/answer: 500 Internal error", ""},
		{503, `{"message":"Asterisk not booted"}`, "ari: POST /channels/c 1/answer: 503 Asterisk not booted", "unavailable"},
		{404, `<html>not ARI</html>`, "ari: POST /channels/c 1/answer: 404 Not Found", "unavailable"},
		{301, ``, "ari: POST /channels/c 1/answer: 301 Moved Permanently", ""},
	} {
		s := newServer(t, func(w http.ResponseWriter, _ *http.Request) { reply(w, test.status, test.body) })
		c := newClient(t, s.config())
		err := c.Channels.Answer(t.Context(), "c 1")
		if err == nil || err.Error() != test.want {
			t.Errorf("got %q, want %q", err, test.want)
		}
		var typed *ari.Error
		if !errors.As(err, &typed) || typed.Method != "POST" || typed.Path != "/channels/c 1/answer" || typed.Status != test.status {
			t.Errorf("got %+v", typed)
		}
		for name, kind := range kinds {
			want := false
			for part := range strings.SplitSeq(test.is, ", ") {
				want = want || part == name
			}
			if errors.Is(err, kind) != want {
				t.Errorf("%v: is %s: %v", err, name, !want)
			}
		}
	}
}

func TestAnUnreadableAnswerIsAnError(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, `{"id":"c1`) })
	c := newClient(t, s.config())
	if _, err := c.Channels.Get(t.Context(), "c1"); err == nil || !strings.Contains(err.Error(), "unreadable answer") {
		t.Errorf("got %v", err)
	}
}

// breaking breaks the connection of the first n requests after a first one that goes well, and then lets then answer.
func breaking(n int64, then http.HandlerFunc) (handle http.HandlerFunc, seen *atomic.Int64) {
	seen = new(atomic.Int64)
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/ping") { // to have a connection in the pool
			reply(w, http.StatusOK, `{}`)
			return
		}
		io.Copy(io.Discard, r.Body) // the request has arrived whole
		if seen.Add(1) > n {
			then(w, r)
			return
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			conn.Close()
		}
	}, seen
}

func TestOnlyWhatMayBeDoneTwiceIsSentAgain(t *testing.T) {
	ok := func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, `{}`) }
	list := func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, `[]`) }
	missing := func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusNotFound, `{"message":"Channel not found"}`)
	}
	ending := func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusConflict, `{"message":"Bridge not in Stasis application"}`)
	}
	there := func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			reply(w, http.StatusOK, `{"id":"x1"}`)
			return
		}
		reply(w, http.StatusConflict, `{"message":"Bridge with id 'x1' already exists"}`)
	}
	for _, test := range []struct {
		name  string
		do    func(context.Context, *ari.Client) error
		then  http.HandlerFunc
		again bool
	}{
		{"get", func(ctx context.Context, c *ari.Client) error { _, err := c.Channels.Get(ctx, "x1"); return err }, ok, true},
		{"list", func(ctx context.Context, c *ari.Client) error { _, err := c.Bridges.List(ctx); return err }, list, true},
		{"hangup", func(ctx context.Context, c *ari.Client) error { return c.Channels.Hangup(ctx, "x1", "") }, ok, true},
		{"hangup, the first try had worked", func(ctx context.Context, c *ari.Client) error { return c.Channels.Hangup(ctx, "x1", "") }, missing, true},
		{"open a file", func(ctx context.Context, c *ari.Client) error {
			f, err := c.Recordings.StoredFile(ctx, "x1")
			if err == nil {
				err = f.Close()
			}
			return err
		}, ok, true},
		{"destroy", func(ctx context.Context, c *ari.Client) error { return c.Bridges.Destroy(ctx, "x1") }, missing, true},
		{"destroy, while Asterisk forgets the bridge", func(ctx context.Context, c *ari.Client) error { return c.Bridges.Destroy(ctx, "x1") }, ending, true},
		{"unhold", func(ctx context.Context, c *ari.Client) error { return c.Channels.Unhold(ctx, "x1") }, ok, true},
		{"update object", func(ctx context.Context, c *ari.Client) error {
			_, err := c.Asterisk.UpdateObject(ctx, "res_pjsip", "aor", "x1", nil)
			return err
		}, list, true},
		{"create a bridge with an id", func(ctx context.Context, c *ari.Client) error {
			b, err := c.Bridges.Create(ctx, ari.CreateBridge{ID: "x1"})
			if err == nil && b.ID != "x1" {
				err = fmt.Errorf("got %+v", b)
			}
			return err
		}, there, true},
		{"create a channel with an id", func(ctx context.Context, c *ari.Client) error {
			ch, err := c.Channels.Create(ctx, ari.CreateChannel{Endpoint: "PJSIP/1", App: app, ChannelID: "x1"})
			if err == nil && ch.ID != "x1" {
				err = fmt.Errorf("got %+v", ch)
			}
			return err
		}, there, true},

		{"create a bridge without an id", func(ctx context.Context, c *ari.Client) error {
			_, err := c.Bridges.Create(ctx, ari.CreateBridge{})
			return err
		}, ok, false},
		{"originate, even with an id: it rings people", func(ctx context.Context, c *ari.Client) error {
			_, err := c.Channels.Originate(ctx, ari.Originate{Endpoint: "PJSIP/1", App: app, ChannelID: "x1"})
			return err
		}, ok, false},
		{"dial", func(ctx context.Context, c *ari.Client) error {
			return c.Channels.Dial(ctx, "x1", ari.DialOptions{})
		}, ok, false},
		{"answer", func(ctx context.Context, c *ari.Client) error { return c.Channels.Answer(ctx, "x1") }, ok, false},
		{"play, even with an id: it is heard", func(ctx context.Context, c *ari.Client) error {
			_, err := c.Channels.Play(ctx, "x1", ari.Play{PlaybackID: "p1", Media: []string{"sound:beep"}})
			return err
		}, ok, false},
		{"add to a bridge", func(ctx context.Context, c *ari.Client) error {
			return c.Bridges.AddChannel(ctx, "b1", ari.AddChannel{Channels: []string{"x1"}})
		}, ok, false},
		{"subscribe: Asterisk counts", func(ctx context.Context, c *ari.Client) error {
			_, err := c.Applications.Subscribe(ctx, app, "channel:x1")
			return err
		}, ok, false},
		{"unsubscribe: Asterisk counts", func(ctx context.Context, c *ari.Client) error {
			_, err := c.Applications.Unsubscribe(ctx, app, "channel:x1")
			return err
		}, ok, false},
		{"rotate a log", func(ctx context.Context, c *ari.Client) error { return c.Asterisk.RotateLog(ctx, "x1") }, ok, false},
		{"send a message", func(ctx context.Context, c *ari.Client) error {
			return c.Endpoints.SendMessage(ctx, ari.Message{To: "pjsip:1", From: "pjsip:2"})
		}, ok, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			handle, seen := breaking(2, test.then)
			s := newServer(t, handle)
			c := newClient(t, s.config())
			if _, err := c.Asterisk.Ping(t.Context()); err != nil {
				t.Fatal(err)
			}
			err := test.do(t.Context(), c)
			switch {
			case test.again && err != nil:
				t.Errorf("after %d tries: %v", seen.Load(), err)
			case test.again && (seen.Load() < 3 || c.Stats().Retries == 0):
				t.Errorf("it was sent %d times, with %+v", seen.Load(), c.Stats())
			case !test.again && !errors.Is(err, ari.ErrConnection):
				t.Errorf("got %v, want ErrConnection", err)
			case !test.again && seen.Load() != 1:
				t.Errorf("it was sent %d times", seen.Load())
			}
		})
	}
}

func TestSendingAgainComesToAnEnd(t *testing.T) {
	handle, seen := breaking(1e9, nil)
	s := newServer(t, handle)
	c := newClient(t, s.config())
	if _, err := c.Channels.Get(t.Context(), "x1"); !errors.Is(err, ari.ErrConnection) {
		t.Errorf("got %v, want ErrConnection", err)
	}
	if n := seen.Load(); n != 3 {
		t.Errorf("it was sent %d times, want 3", n)
	}
}

func TestARefusalOfTheFirstTryIsARefusal(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			reply(w, http.StatusNotFound, `{"message":"Channel not found"}`)
			return
		}
		reply(w, http.StatusConflict, `{"message":"Bridge with id 'x1' already exists"}`)
	})
	c := newClient(t, s.config())
	if err := c.Channels.Hangup(t.Context(), "x1", ""); !errors.Is(err, ari.ErrNotFound) {
		t.Errorf("hangup: got %v, want ErrNotFound", err)
	}
	if _, err := c.Bridges.Create(t.Context(), ari.CreateBridge{ID: "x1"}); !errors.Is(err, ari.ErrExists) {
		t.Errorf("create: got %v, want ErrExists", err)
	}
}

func TestAFileMayTakeLongAsLongAsItFlows(t *testing.T) {
	stall := make(chan struct{})
	defer close(stall)
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		chunks := 20
		if strings.Contains(r.URL.Path, "stalls") {
			chunks = 2
		}
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		w.WriteHeader(http.StatusOK)
		for range chunks {
			<-tick.C
			io.WriteString(w, "0123456789")
			http.NewResponseController(w).Flush()
		}
		if chunks == 2 {
			select {
			case <-stall:
			case <-r.Context().Done():
			}
		}
	})
	cfg := s.config()
	cfg.RequestTimeout = 100 * time.Millisecond
	c := newClient(t, cfg)
	f, err := c.Recordings.StoredFile(t.Context(), "flows")
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(f); err != nil || len(text) != 200 {
		t.Errorf("got %d bytes, %v", len(text), err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if f, err = c.Recordings.StoredFile(t.Context(), "stalls"); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(f); !errors.Is(err, ari.ErrTimeout) || len(text) != 20 {
		t.Errorf("got %d bytes, %v; want 20 and ErrTimeout", len(text), err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func TestAMissingFileIsARefusal(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusNotFound, `{"message":"Recording not found"}`)
	})
	c := newClient(t, s.config())
	if _, err := c.Recordings.StoredFile(t.Context(), "x"); !errors.Is(err, ari.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

func TestConfigNamesEveryFieldThatIsWrong(t *testing.T) {
	_, err := ari.New(ari.Config{URL: "ftp://u:geheim@/x?y", Connections: -1, ReconnectMin: time.Minute})
	if err == nil {
		t.Fatal("no error")
	}
	for _, name := range []string{"http://", "host", "Username", "Password", "App", "Connections", "ReconnectMin", "query", "user and password"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("it does not tell of %s:\n%v", name, err)
		}
	}
	if strings.Contains(err.Error(), "geheim") {
		t.Errorf("it tells the password:\n%v", err)
	}
	for side, says := range map[string]string{"": "a name is empty", "a": "named twice", "b,c": "comma"} {
		_, err := ari.New(ari.Config{URL: "http://127.0.0.1", Username: "u", Password: "p", App: "a", SideApps: []string{side}})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("side application %q: %v, expected %q", side, err, says)
		}
	}
}
