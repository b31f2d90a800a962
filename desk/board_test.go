package desk_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/hasshin/hasshin/desk"
	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/desk/client"
	"github.com/hasshin/hasshin/dialer"
)

// fakeWatching is who watches the fake engine's wallboard.
type fakeWatching struct {
	mu    sync.Mutex
	tell  func(dialer.BoardChange)
	began int
}

// WatchWallboard tells what board is given.
func (f *fakeEngine) WatchWallboard(tell func(dialer.BoardChange)) (stop func()) {
	w := &f.watching
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tell = tell
	w.began++
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.tell = nil
	}
}

func (f *fakeEngine) watched() (times int, now bool) {
	f.watching.mu.Lock()
	defer f.watching.mu.Unlock()
	return f.watching.began, f.watching.tell != nil
}

// boardTells lets the engine tell of an agent's state.
func (h *house) boardTells(agent, state string) {
	v := must(h.engine.Agent(h.ctx(), agent))(h.t)
	v.State = state
	h.tellBoard(dialer.BoardChange{At: time.Now(), Agent: &dialer.AgentBoardView{AgentView: v}})
}

func (h *house) tellBoard(c dialer.BoardChange) {
	w := &h.engine.watching
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.tell != nil {
		w.tell(c)
	}
}

func watchBoard(t testing.TB, h *house, c *client.Client) (*client.Stream, dialer.WallboardView) {
	t.Helper()
	s := must(c.WallboardEvents(h.ctx()))(t)
	t.Cleanup(s.Close)
	board, ok := nextFigures(t, h, s).(*dialer.WallboardView)
	if !ok {
		t.Fatal("the first event is no wallboard")
	}
	return s, *board
}

func nextFigures(t testing.TB, h *house, s *client.Stream) any {
	t.Helper()
	return must(api.BoardEvent(next(t, h, s)).Value())(t)
}

func statesOf(v dialer.WallboardView) map[string]string {
	states := map[string]string{}
	for _, a := range v.Agents {
		states[a.ID] = a.State
	}
	return states
}

func TestTheWallboardsStreamBeginsWithTheWholeBoardAndTellsEachChange(t *testing.T) {
	h := open(t)
	h.signedIn("hanako")
	boss := h.signedIn("sumire")
	s, board := watchBoard(t, h, boss)
	if len(board.Campaigns) != 1 || board.Campaigns[0].Attempts != 7 || board.Campaigns[0].Results == nil || len(board.Agents) != 1 || board.Agents[0].ID != "hanako" {
		t.Fatalf("board %s", text(board))
	}
	h.boardTells("hanako", "ready")
	if a, ok := nextFigures(t, h, s).(*dialer.AgentBoardView); !ok || a.State != "ready" || a.Campaigns == nil || a.Seconds == nil {
		t.Errorf("agent %s", text(a))
	}
	h.tellBoard(dialer.BoardChange{At: time.Now(), Campaign: &dialer.CampaignBoard{ID: "spring", Attempts: 8}})
	if c, ok := nextFigures(t, h, s).(*dialer.CampaignBoard); !ok || c.Attempts != 8 || c.Agents == nil {
		t.Errorf("campaign %s", text(c))
	}
	h.boardTells("jiro", "not-ready")
	nextFigures(t, h, s)
	_, later := watchBoard(t, h, boss)
	if states := statesOf(later); states["hanako"] != "ready" || states["jiro"] != "not-ready" || later.Campaigns[0].Attempts != 8 {
		t.Errorf("later the whole board is %s", text(later))
	}
	h.boardTells("hanako", "signed-out")
	nextFigures(t, h, s)
	if _, board = watchBoard(t, h, boss); len(board.Agents) != 1 {
		t.Errorf("one who has signed out is on the board: %s", text(board))
	}
	if times, _ := h.engine.watched(); times != 1 {
		t.Errorf("the engine was watched %d times for readers at one time", times)
	}
}

// What is told while the whole board is being asked for is newer than the answer.
func TestWhatHappensWhileTheBoardIsReadIsNotLost(t *testing.T) {
	h := open(t)
	h.signedIn("hanako")
	boss := h.signedIn("sumire")
	hold := make(chan struct{})
	h.engine.set(func(f *fakeEngine) { f.hold = hold })
	conn := h.boardBy(boss, "")
	<-h.engine.entered
	h.boardTells("hanako", "signed-out")
	h.boardTells("jiro", "ready")
	close(hold)
	e := h.readEvent(conn)
	v, ok := must(api.BoardEvent(e).Value())(t).(*dialer.WallboardView)
	if !ok || len(v.Agents) != 1 || statesOf(*v)["jiro"] != "ready" {
		t.Errorf("the whole board is %s", text(e))
	}
	h.boardTells("jiro", "on-call")
	if next := h.readEvent(conn); next.Seq != e.Seq+1 {
		t.Errorf("event %d after %d", next.Seq, e.Seq)
	}
}

func TestWhoMaySeeTheWallboardMayWatchIt(t *testing.T) {
	h := open(t)
	_, err := h.signedIn("hanako").WallboardEvents(h.ctx())
	if p := wantCode(t, err, api.CodeForbidden); p.Privilege != "agents.see" {
		t.Errorf("an agent lacks %q", p.Privilege)
	}
	if _, err := h.client().WallboardEvents(h.ctx()); !errors.Is(err, &api.Problem{Code: api.CodeUnauthenticated}) {
		t.Errorf("without signing in: %v", err)
	}
	if times, now := h.engine.watched(); times != 0 || now {
		t.Error("the engine is watched for nobody")
	}
}

// boardBy opens the wallboard's stream by hand.
func (h *house) boardBy(c *client.Client, query string) *websocket.Conn {
	h.t.Helper()
	conn, _, err := h.dialTo("/api/v1/wallboard/events"+query, http.Header{"Authorization": {"Bearer " + c.Token()}})
	if err != nil {
		h.t.Fatal(err)
	}
	conn.SetReadLimit(1 << 20)
	return conn
}

func TestTheWallboardsStreamGoesOnWhereItWas(t *testing.T) {
	h := open(t, func(o *desk.Options) { o.Config.Events.Keep = 4 })
	boss := h.signedIn("sumire")
	conn := h.boardBy(boss, "")
	first := h.readEvent(conn)
	for _, state := range []string{"ready", "on-call", "wrap-up"} {
		h.boardTells("hanako", state)
	}
	seen := h.readEvent(conn)
	_ = conn.CloseNow()
	at := api.Position{Stream: first.Stream, Seq: seen.Seq}
	again := h.boardBy(boss, "?"+at.Query())
	if e := h.readEvent(again); e.Kind != api.EventResumed || e.Seq != seen.Seq {
		t.Fatalf("after a cut: %s", text(e))
	}
	for i, want := range []string{"on-call", "wrap-up"} {
		e := h.readEvent(again)
		if a, ok := must(api.BoardEvent(e).Value())(t).(*dialer.AgentBoardView); !ok || a.State != want || e.Seq != seen.Seq+uint64(i)+1 {
			t.Errorf("missed: %s", text(e))
		}
	}
	for range 5 {
		h.boardTells("jiro", "ready")
	}
	if e := h.readEvent(h.boardBy(boss, "?"+at.Query())); e.Kind != api.EventSnapshot || e.Seq != seen.Seq+7 {
		t.Errorf("too long ago: %s", text(e))
	}
}

// When nobody has watched for a while the engine rests, and who comes back then is shown the whole board: nobody has noted what happened.
func TestTheEngineRestsWhenNobodyWatches(t *testing.T) {
	h := open(t)
	boss := h.signedIn("sumire")
	conn := h.boardBy(boss, "")
	first := h.readEvent(conn)
	h.boardTells("hanako", "ready")
	seen := h.readEvent(conn)
	_ = conn.CloseNow()
	at := api.Position{Stream: first.Stream, Seq: seen.Seq}
	eventually(t, "the reader is gone", func() bool { return h.server.RestBoard() })
	if _, now := h.engine.watched(); now {
		t.Error("the engine goes on working figures out")
	}
	if e := h.readEvent(h.boardBy(boss, "?"+at.Query())); e.Kind != api.EventSnapshot {
		t.Errorf("after the rest: %s", text(e))
	}
	if times, now := h.engine.watched(); times != 2 || !now {
		t.Errorf("watched %d times, now %v", times, now)
	}
}

// A supervisor's page on a bad line must not hold up the engine or others, and is right again when it reads on.
func TestASlowWatcherGetsTheWholeBoardAndHoldsNobodyUp(t *testing.T) {
	h := open(t, func(o *desk.Options) { o.Config.Events.Keep = 64 })
	boss := h.signedIn("sumire")
	slow := h.boardBy(boss, "")
	first := h.readEvent(slow).Seq
	const events = 3000
	big := dialer.AgentBoardView{AgentView: dialer.AgentView{ID: "hanako", State: "on-call", Name: strings.Repeat("x", 32<<10)}}
	began := time.Now()
	for range events {
		h.tellBoard(dialer.BoardChange{At: time.Now(), Agent: &big})
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("%d changes took %s", events, took)
	}
	fast, _ := watchBoard(t, h, boss)
	h.boardTells("hanako", "wrap-up")
	if a, ok := nextFigures(t, h, fast).(*dialer.AgentBoardView); !ok || a.State != "wrap-up" {
		t.Errorf("another watcher is told %s", text(a))
	}
	boards, seen, state := 0, 0, ""
	for last := first; last < first+events+1; seen++ {
		e := h.readEvent(slow)
		switch v := must(api.BoardEvent(e).Value())(t).(type) {
		case *dialer.WallboardView:
			boards++
			state = statesOf(*v)["hanako"]
		case *dialer.AgentBoardView:
			if e.Seq != last+1 {
				t.Fatalf("event %d after %d without a whole board", e.Seq, last)
			}
			state = v.State
		}
		last = e.Seq
	}
	if boards == 0 || seen >= events {
		t.Errorf("%d whole boards among %d events: the reader was not slow, the test proves nothing", boards, seen)
	}
	if state != "wrap-up" {
		t.Errorf("in the end it sees %s", state)
	}
}

// From the engine's word until a reader has it in hands, over real HTTP on loopback.
func TestAChangeIsOnTheWireAtOnce(t *testing.T) {
	h := open(t)
	conn := h.boardBy(h.signedIn("sumire"), "")
	h.readEvent(conn)
	took := make([]time.Duration, 0, 200)
	for range cap(took) {
		began := time.Now()
		h.boardTells("hanako", "ready")
		if _, _, err := conn.Read(h.ctx()); err != nil {
			t.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	fast := 0
	for _, d := range took {
		if d < 10*time.Millisecond {
			fast++
		}
	}
	t.Logf("%d of %d within 10 ms", fast, len(took))
	if fast < len(took)/2 { // the machine may be busy; a poll would make nearly none
		t.Errorf("only %d of %d changes were there within 10 ms", fast, len(took))
	}
}

func TestWhatTheWallboardsStreamSendsIsWhatTheDocumentSays(t *testing.T) {
	h := open(t)
	h.signedIn("hanako")
	compile := schemas(t, h)
	conn := h.boardBy(h.signedIn("sumire"), "")
	schemaOf := map[string]string{
		api.EventSnapshot: "Wallboard", api.EventAgent: "AgentBoard", api.EventCampaign: "CampaignBoard", api.EventRun: "Run", api.EventDialing: "Dialing",
		api.EventCourse: "Course", api.EventCall: "LiveCall", api.EventRecordingFailed: "RecordingFailure",
	}
	for kind := ""; kind != api.EventAgent; {
		_, frame, err := conn.Read(h.ctx())
		if err != nil {
			t.Fatal(err)
		}
		var e api.BoardEvent
		if err := json.Unmarshal(frame, &e); err != nil {
			t.Fatal(err)
		}
		of := schemaOf[e.Kind]
		if strings.Contains(string(e.Data), `"over"`) {
			of = "CallOver"
		}
		for schema, body := range map[string]string{"BoardEvent": string(frame), of: string(e.Data)} {
			if err := compile("#/components/schemas/" + schema).Validate(parseJSON(t, body)); err != nil {
				t.Errorf("%s: %v\n%s", schema, err, body)
			}
		}
		if kind = e.Kind; kind == api.EventSnapshot { // now it is told what changes
			h.tellBoard(dialer.BoardChange{At: time.Now(), Campaign: &dialer.CampaignBoard{ID: "spring", Mode: "preview", Placed: &dialer.PlacedView{Ringing: 3}}})
			h.tellBoard(dialer.BoardChange{At: time.Now(), Run: &dialer.RunView{Campaign: "spring", Running: true}})
			h.tellBoard(dialer.BoardChange{At: time.Now(), Dialing: &dialer.DialingView{Campaign: "spring", Mode: "power", InEffect: "progressive", Configured: "power", Limit: "wall", PeriodEnds: time.Now()}})
			h.tellBoard(dialer.BoardChange{At: time.Now(), Course: &dialer.CourseView{Campaign: "spring", At: time.Now(), Step: 60, Steps: []dialer.CourseStep{{From: time.Now(), Attempts: 1}}}})
			h.callTells(aCall("c1", "hanako", "talking"))
			h.callTells(dialer.LiveCallView{ID: "c1", State: dialer.CallOver, Origin: "campaign"})
			h.tellBoard(dialer.BoardChange{At: time.Now(), Recording: &dialer.RecordingFailure{Call: "c1", Campaign: "spring", Agent: "hanako", At: time.Now(), Problem: "disk full"}})
			h.boardTells("hanako", "ready")
		}
	}
}
