package desk_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/hasshin/hasshin/desk"
	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/desk/client"
	"github.com/hasshin/hasshin/dialer"
)

// watch opens an agent's event stream and takes its snapshot.
func watch(t testing.TB, h *house, c *client.Client) (*client.Stream, api.Snapshot) {
	t.Helper()
	s := must(c.Events(h.ctx()))(t)
	t.Cleanup(s.Close)
	snap, ok := nextValue(t, h, s).(*api.Snapshot)
	if !ok {
		t.Fatal("the first event is no snapshot")
	}
	return s, *snap
}

func next(t testing.TB, h *house, s *client.Stream) api.Event {
	t.Helper()
	return must(s.Next(h.ctx()))(t)
}

func nextValue(t testing.TB, h *house, s *client.Stream) any {
	t.Helper()
	return must(next(t, h, s).Value())(t)
}

// tone is a notice that is easily told from others.
func (h *house) tone(agent, event string) {
	h.server.Notify(dialer.Notice{Agent: agent, Kind: dialer.NoticeTone, At: time.Now(), Data: dialer.ToneView{Event: event}})
}

func TestTheStreamBeginsWithASnapshotAndTellsEachChange(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	s, snap := watch(t, h, c)
	if snap.Agent.ID != "hanako" || snap.Agent.State != "not-ready" || snap.Call != nil || len(snap.Campaigns) != 1 || snap.Campaigns[0].ID != "spring" {
		t.Errorf("snapshot = %s", text(snap))
	}
	must(c.Ready(h.ctx()))(t)
	if a, ok := nextValue(t, h, s).(*dialer.AgentView); !ok || a.State != "ready" {
		t.Errorf("after ready: %s", text(a))
	}
	call := must(c.GetRecord(h.ctx(), "spring"))(t)
	if v, ok := nextValue(t, h, s).(*dialer.CallView); !ok || v.ID != call.ID || v.State != "previewing" {
		t.Errorf("after Get Record: %s", text(v))
	}
	if a, ok := nextValue(t, h, s).(*dialer.AgentView); !ok || a.CallID != call.ID {
		t.Errorf("after Get Record: %s", text(a))
	}
	h.tone("hanako", "offered")
	if v, ok := nextValue(t, h, s).(*dialer.ToneView); !ok || v.Event != "offered" {
		t.Errorf("tone: %s", text(v))
	}
	h.server.Notify(dialer.Notice{Agent: "hanako", Kind: dialer.NoticeCampaign, At: time.Now(), Data: dialer.CampaignView{ID: "spring", Waiting: 9}})
	if v, ok := nextValue(t, h, s).(*dialer.CampaignView); !ok || v.Waiting != 9 {
		t.Errorf("campaign: %s", text(v))
	}
	_, later := watch(t, h, c)
	if later.Call == nil || later.Call.ID != call.ID || later.Agent.CallID != call.ID {
		t.Errorf("snapshot in a call = %s", text(later))
	}
	must(c.Reject(h.ctx(), call.ID))(t)
	_, after := watch(t, h, c)
	if after.Call != nil || after.Agent.State != "ready" {
		t.Errorf("snapshot after the call = %s", text(after))
	}
}

func TestASnapshotShowsWhatTheEngineHadBeforeTheFirstNotice(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	notify := h.engine.notify
	h.engine.set(func(f *fakeEngine) { f.notify = nil })
	call := must(c.GetRecord(h.ctx(), "spring"))(t)
	h.engine.set(func(f *fakeEngine) { f.notify = notify })
	other := openOn(t, h.redis)
	other.engine.set(func(f *fakeEngine) { f.agents, f.calls, f.owner = h.engine.agents, h.engine.calls, h.engine.owner })
	_, snap := watch(t, other, resume(t, other, c.Token()))
	if snap.Call == nil || snap.Call.ID != call.ID || snap.Agent.State != "preview" {
		t.Errorf("snapshot = %s", text(snap))
	}
}

func TestWhileRedisIsAwayASnapshotStillShowsTheCall(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	call := must(c.GetRecord(h.ctx(), "spring"))(t)
	watch(t, h, c)
	h.engine.set(func(f *fakeEngine) { f.down = no(dialer.CodeStoreUnavailable, "Redis is away") })
	_, snap := watch(t, h, c)
	if snap.Call == nil || snap.Call.ID != call.ID || len(snap.Campaigns) != 1 {
		t.Errorf("snapshot = %s", text(snap))
	}
}

func TestTwoTabsSeeTheSame(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	left, _ := watch(t, h, c)
	right, _ := watch(t, h, c)
	for range 3 {
		must(c.Ready(h.ctx()))(t)
		must(c.NotReady(h.ctx(), "lunch"))(t)
	}
	for i := range 6 {
		a, b := next(t, h, left), next(t, h, right)
		if a.Seq != b.Seq || string(a.Data) != string(b.Data) || a.Kind != b.Kind {
			t.Fatalf("event %d: left has %s, right has %s", i, text(a), text(b))
		}
	}
}

func TestNobodySeesTheEventsOfAnother(t *testing.T) {
	h := open(t)
	hanako, jiro := h.signedIn("hanako"), h.signedIn("jiro")
	s, _ := watch(t, h, jiro)
	must(hanako.Ready(h.ctx()))(t)
	must(jiro.Ready(h.ctx()))(t)
	if a, ok := nextValue(t, h, s).(*dialer.AgentView); !ok || a.ID != "jiro" {
		t.Errorf("jiro is told of %s", text(a))
	}
}

// dial opens the stream by hand.
func (h *house) dial(query string, header http.Header, subprotocols ...string) (*websocket.Conn, *http.Response, error) {
	h.t.Helper()
	return h.dialTo("/api/v1/events"+query, header, subprotocols...)
}

func (h *house) dialTo(path string, header http.Header, subprotocols ...string) (*websocket.Conn, *http.Response, error) {
	h.t.Helper()
	transport := &http.Transport{}
	h.t.Cleanup(transport.CloseIdleConnections)
	conn, resp, err := websocket.Dial(h.ctx(), strings.Replace(h.url, "http", "ws", 1)+path, &websocket.DialOptions{
		HTTPHeader: header, Subprotocols: subprotocols, HTTPClient: &http.Client{Transport: transport},
	})
	if err == nil {
		h.t.Cleanup(func() { _ = conn.CloseNow() })
	}
	return conn, resp, err
}

func (h *house) readEvent(conn *websocket.Conn) api.Event {
	h.t.Helper()
	_, frame, err := conn.Read(h.ctx())
	if err != nil {
		h.t.Fatal(err)
	}
	var e api.Event
	if err := json.Unmarshal(frame, &e); err != nil {
		h.t.Fatal(err)
	}
	return e
}

func TestAStreamGoesOnWhereItWas(t *testing.T) {
	h := open(t, func(o *desk.Options) { o.Config.Events.Keep = 4 })
	c := h.signedIn("hanako")
	auth := http.Header{"Authorization": {"Bearer " + c.Token()}}
	conn, _, err := h.dial("", auth)
	if err != nil {
		t.Fatal(err)
	}
	first := h.readEvent(conn)
	for _, name := range []string{"a", "b", "c"} {
		h.tone("hanako", name)
	}
	seen := h.readEvent(conn)
	if seen.Seq != first.Seq+1 {
		t.Fatalf("event %d after snapshot %d", seen.Seq, first.Seq)
	}
	_ = conn.CloseNow()

	at := api.Position{Stream: first.Stream, Seq: seen.Seq}
	again, _, err := h.dial("?"+at.Query(), auth)
	if err != nil {
		t.Fatal(err)
	}
	if e := h.readEvent(again); e.Kind != api.EventResumed || e.Stream != first.Stream || e.Seq != seen.Seq {
		t.Errorf("first event = %s", text(e))
	}
	for i := uint64(1); i <= 2; i++ {
		if e := h.readEvent(again); e.Seq != seen.Seq+i {
			t.Errorf("event %d, expected %d", e.Seq, seen.Seq+i)
		}
	}
	for range 5 {
		h.tone("hanako", "more")
	}
	for name, query := range map[string]string{
		"too long ago":   "?" + at.Query(),
		"another stream": "?stream=ABC&since=" + "1",
		"in the future":  "?stream=" + first.Stream + "&since=99",
	} {
		conn, _, err := h.dial(query, auth)
		if err != nil {
			t.Fatal(err)
		}
		if e := h.readEvent(conn); e.Kind != api.EventSnapshot || e.Seq != first.Seq+8 {
			t.Errorf("%s: first event = %s", name, text(e))
		}
	}
}

func TestWhoMayOpenAStream(t *testing.T) {
	h := open(t, func(o *desk.Options) { o.Config.PublicURL = "http://dialer.example.com" })
	token := h.signedIn("hanako").Token()
	cookie := "hasshin=" + token
	for name, test := range map[string]struct {
		header       http.Header
		subprotocols []string
		code         api.Code
		selected     string
	}{
		"a program":                 {http.Header{"Authorization": {"Bearer " + token}}, nil, "", ""},
		"a page with a cookie":      {http.Header{"Cookie": {cookie}, "Origin": {h.url}}, nil, "", ""},
		"a page behind a proxy":     {http.Header{"Cookie": {cookie}, "Origin": {"http://dialer.example.com"}}, nil, "", ""},
		"a page with a token":       {http.Header{"Origin": {h.url}}, []string{api.EventsProtocol, api.BearerProtocol + token}, "", api.EventsProtocol},
		"nobody":                    {nil, nil, api.CodeUnauthenticated, ""},
		"a wrong token":             {http.Header{"Authorization": {"Bearer " + token + "x"}}, nil, api.CodeUnauthenticated, ""},
		"another site's page":       {http.Header{"Cookie": {cookie}, "Origin": {"https://evil.example"}}, nil, api.CodeCrossOrigin, ""},
		"another page with a token": {http.Header{"Origin": {"https://evil.example"}}, []string{api.BearerProtocol + token}, api.CodeCrossOrigin, ""},
		"a cookie from nowhere":     {http.Header{"Cookie": {cookie}}, nil, api.CodeCrossOrigin, ""},
	} {
		t.Run(name, func(t *testing.T) {
			conn, resp, err := h.dial("", test.header, test.subprotocols...)
			if test.code == "" {
				if err != nil {
					t.Fatal(err)
				}
				if conn.Subprotocol() != test.selected {
					t.Errorf("subprotocol %q, expected %q", conn.Subprotocol(), test.selected)
				}
				if e := h.readEvent(conn); e.Kind != api.EventSnapshot {
					t.Errorf("first event = %s", text(e))
				}
				return
			}
			if err == nil {
				t.Fatal("the stream was opened")
			}
			var p api.Problem
			if err := json.NewDecoder(resp.Body).Decode(&p); err != nil || p.Code != test.code {
				t.Errorf("problem %s, %v; expected %s", text(p), err, test.code)
			}
		})
	}
	if r := h.send("GET", "/api/v1/events?token="+token, ""); r.problem.Code != api.CodeUnauthenticated {
		t.Errorf("a token in the address: %s", r.body)
	}
}

func TestSignOutEndsTheStreams(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	s, _ := watch(t, h, c)
	other, _ := watch(t, h, h.signedIn("jiro"))
	if err := c.SignOut(h.ctx()); err != nil {
		t.Fatal(err)
	}
	for range s.Events() { // the sign-out itself may still be told
	}
	if err := s.Err(); !errors.Is(err, client.ErrSignedOut) {
		t.Errorf("the stream ended with %v", err)
	}
	h.tone("jiro", "still here")
	if v, ok := nextValue(t, h, other).(*dialer.ToneView); !ok || v.Event != "still here" {
		t.Error("the other agent's stream ended too")
	}
}

func TestSignOutAtAnotherProcessEndsTheStreamsSoon(t *testing.T) {
	h := open(t, func(o *desk.Options) { o.Config.Events.Ping = time.Second })
	c := h.signedIn("hanako")
	s, _ := watch(t, h, c)
	other := openOn(t, h.redis)
	if err := resume(t, other, c.Token()).SignOut(h.ctx()); err != nil {
		t.Fatal(err)
	}
	for range s.Events() {
	}
	if err := s.Err(); !errors.Is(err, client.ErrSignedOut) {
		t.Errorf("the stream ended with %v", err)
	}
}

func TestAnOpenStreamKeepsItsSession(t *testing.T) {
	h := open(t, func(o *desk.Options) { o.Config.Events.Ping, o.Config.Session.Idle = time.Second, time.Hour })
	c := h.signedIn("hanako")
	s, _ := watch(t, h, c)
	for range 2 {
		h.later(40 * time.Minute)
		eventually(t, "the session is prolonged", func() bool {
			for _, key := range h.redis.Keys() {
				if strings.HasPrefix(key, "hs:session:") {
					return h.redis.TTL(key) > 50*time.Minute
				}
			}
			return false
		})
	}
	must(c.Session(h.ctx()))(t)
	s.Close()
}

func TestTheEndOfTheProcessIsToldToStreams(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	conn, _, err := h.dial("", http.Header{"Authorization": {"Bearer " + c.Token()}})
	if err != nil {
		t.Fatal(err)
	}
	h.readEvent(conn)
	stopped := make(chan struct{})
	go func() { h.stop(); close(stopped) }()
	_, _, err = conn.Read(h.ctx())
	if websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("the stream ended with %v, expected close code 1001", err)
	}
	<-stopped
}

func TestAReaderThatTalksIsSentAway(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	conn, _, err := h.dial("", http.Header{"Authorization": {"Bearer " + c.Token()}})
	if err != nil {
		t.Fatal(err)
	}
	h.readEvent(conn)
	if err := conn.Write(h.ctx(), websocket.MessageText, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := conn.Read(h.ctx()); websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
		t.Errorf("the stream ended with %v, expected close code 1008", err)
	}
}

func TestAStreamEndsWithItsContext(t *testing.T) {
	h := open(t)
	c := h.signedIn("hanako")
	ctx, cancel := context.WithCancel(h.ctx())
	s := must(c.Events(ctx))(t)
	cancel()
	for range s.Events() {
	}
	if err := s.Err(); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	if _, err := h.client().Events(h.ctx()); !errors.Is(err, &api.Problem{Code: api.CodeUnauthenticated}) {
		t.Errorf("without signing in: %v", err)
	}
}
