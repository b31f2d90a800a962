package desk

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
)

// board is the stream of the wallboard's figures, one for all who watch it. The engine works the figures out only while somebody does, and a while
// longer: who was cut off goes on where it was.
type board struct {
	*backlog
	engine Engine

	watch     int    // counts the times that the engine tells; what comes of an earlier one is not taken
	stop      func() // makes the engine stop telling; nil while it does not
	primed    bool
	closed    bool
	idle      *time.Timer // runs while nobody reads
	agents    map[string]dialer.AgentBoardView
	campaigns map[string]dialer.CampaignBoard
	runs      map[string]dialer.RunView
	dialings  map[string]dialer.DialingView
	courses   map[string]dialer.CourseView
	calls     map[string]dialer.LiveCallView // of anybody
}

// boardLinger is how long the engine tells on when nobody reads any more.
const boardLinger = time.Minute

func newBoard(events *backlog, engine Engine) *board {
	b := &board{backlog: events, engine: engine}
	b.forget()
	return b
}

// watched is the board as one person sees it.
type watched struct {
	*board
	who string
}

func (b *board) read() *reader {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.idle != nil {
		b.idle.Stop()
	}
	if b.stop == nil && !b.closed {
		watch := b.watch
		b.stop = b.engine.WatchWallboard(func(c dialer.BoardChange) { b.publish(watch, c) })
	}
	return b.enter()
}

func (b *board) leave(r *reader) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.readers, r)
	if len(b.readers) == 0 && b.stop != nil && !b.closed {
		b.idle = time.AfterFunc(boardLinger, b.rest)
	}
}

// rest lets the engine stop telling when there is still nobody.
func (b *board) rest() {
	b.mu.Lock()
	stop := b.stop
	if len(b.readers) > 0 || stop == nil {
		b.mu.Unlock()
		return
	}
	b.forget()
	b.mu.Unlock()
	stop() // waits for what is being told, which waits for the lock
}

// forget drops what was told. The lock is held. Nobody can go on from here: what happens next is not told.
func (b *board) forget() {
	b.stop, b.primed = nil, false
	b.agents, b.campaigns, b.calls = map[string]dialer.AgentBoardView{}, map[string]dialer.CampaignBoard{}, map[string]dialer.LiveCallView{}
	b.runs, b.dialings, b.courses = map[string]dialer.RunView{}, map[string]dialer.DialingView{}, map[string]dialer.CourseView{}
	b.ring = nil
	b.seq++
	b.watch++
}

// close ends the telling for good. Nobody reads any more.
func (b *board) close() {
	b.mu.Lock()
	b.closed = true
	if b.idle != nil {
		b.idle.Stop()
	}
	b.mu.Unlock()
	b.rest()
}

// publish adds what has changed. It does not block.
func (b *board) publish(watch int, c dialer.BoardChange) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if watch != b.watch {
		return
	}
	switch {
	case c.Agent != nil:
		b.agents[c.Agent.ID] = *c.Agent
		b.append(dialer.NoticeAgent, c.At, *c.Agent)
	case c.Campaign != nil:
		b.campaigns[c.Campaign.ID] = *c.Campaign
		b.append(dialer.NoticeCampaign, c.At, *c.Campaign)
	case c.Run != nil:
		b.runs[c.Run.Campaign] = *c.Run
		b.append(api.EventRun, c.At, *c.Run)
	case c.Dialing != nil:
		b.dialings[c.Dialing.Campaign] = *c.Dialing
		b.append(api.EventDialing, c.At, *c.Dialing)
	case c.Course != nil:
		b.courses[c.Course.Campaign] = b.courses[c.Course.Campaign].With(*c.Course)
		b.append(api.EventCourse, c.At, *c.Course)
	case c.Call != nil:
		b.calls[c.Call.ID] = *c.Call
		if b.primed && c.Call.State == dialer.CallOver {
			delete(b.calls, c.Call.ID)
		}
		b.append(dialer.NoticeCall, c.At, *c.Call)
	case c.Recording != nil:
		b.append(api.EventRecordingFailed, c.At, *c.Recording)
	}
}

// frame is an event as the one who looks may see it. Agents and campaigns are the same for all, so that they are encoded once.
func (w watched) frame(e *entry) ([]byte, error) {
	var of dialer.LiveCallView
	switch v := e.data.(type) {
	case dialer.RunView:
		return w.ofRunner(e, v.Campaign)
	case dialer.DialingView:
		return w.ofRunner(e, v.Campaign)
	case dialer.LiveCallView:
		of = v
	case dialer.RecordingFailure:
		of = dialer.LiveCallView{ID: v.Call, Campaign: v.Campaign, Agent: v.Agent}
	default:
		return e.encode()
	}
	seen, sees := w.call(of)
	switch {
	case !sees: // whether it was seen before or not: nothing but that is told, and the numbers have no gap
		return encodeEvent(api.Event{Seq: e.seq, Kind: api.EventCall, At: e.at}, api.CallOver{ID: of.ID, State: dialer.CallOver})
	case e.kind == api.EventCall:
		return encodeEvent(api.Event{Seq: e.seq, Kind: e.kind, At: e.at}, whole(seen))
	}
	return e.encode()
}

// ofRunner is an event that only those see who may run its campaign.
func (w watched) ofRunner(e *entry, campaign string) ([]byte, error) {
	if w.engine.MayRun(w.who, campaign) {
		return e.encode()
	}
	return encodeEvent(api.Event{Seq: e.seq, Kind: api.EventHidden, At: e.at}, nil)
}

// call is a call as the one who looks sees it, if at all.
func (w watched) call(v dialer.LiveCallView) (dialer.LiveCallView, bool) {
	if v.State == dialer.CallOver {
		return v, false
	}
	return w.engine.SeenBy(w.who, v)
}

// snapshot is the whole board.
func (w watched) snapshot(ctx context.Context) (any, uint64, error) {
	if err := w.prime(ctx, w.who); err != nil {
		return nil, 0, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	v := dialer.WallboardView{At: time.Now(), Campaigns: []dialer.CampaignBoard{}, Agents: []dialer.AgentBoardView{}, Calls: []dialer.LiveCallView{}}
	for _, id := range slices.Sorted(maps.Keys(w.campaigns)) {
		v.Campaigns = append(v.Campaigns, w.campaigns[id])
	}
	for _, id := range slices.Sorted(maps.Keys(w.runs)) {
		if w.engine.MayRun(w.who, id) {
			v.Runs = append(v.Runs, w.runs[id])
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.dialings)) {
		if w.engine.MayRun(w.who, id) {
			v.Dialings = append(v.Dialings, w.dialings[id])
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.courses)) {
		c := w.courses[id]
		v.Courses = append(v.Courses, c.With(dialer.CourseView{Campaign: id, At: v.At, Step: c.Step}))
	}
	for _, id := range slices.Sorted(maps.Keys(w.agents)) {
		if a := w.agents[id]; a.State != stateSignedOut {
			v.Agents = append(v.Agents, a)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.calls)) {
		if c, sees := w.call(w.calls[id]); sees {
			v.Calls = append(v.Calls, c)
		}
	}
	return v, w.seq, nil
}

// stateSignedOut is the state of an agent who is no longer on the board.
const stateSignedOut = "signed-out"

// prime asks the engine for what it has not told yet since it began. What it tells in the meantime wins: it is newer, or comes again.
func (b *board) prime(ctx context.Context, who string) error {
	b.mu.Lock()
	primed := b.primed
	b.mu.Unlock()
	if primed {
		return nil
	}
	v, err := b.engine.Wallboard(ctx, who)
	if err != nil {
		return err
	}
	calls, err := b.engine.BoardCalls(ctx)
	if err != nil {
		return err
	}
	runs, dialings, err := b.engine.BoardRuns(ctx)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	keepTold(b.runs, runs, func(v dialer.RunView) string { return v.Campaign })
	keepTold(b.dialings, dialings, func(v dialer.DialingView) string { return v.Campaign })
	keepTold(b.courses, v.Courses, func(v dialer.CourseView) string { return v.Campaign })
	keepTold(b.calls, calls, func(v dialer.LiveCallView) string { return v.ID })
	keepTold(b.campaigns, v.Campaigns, func(v dialer.CampaignBoard) string { return v.ID })
	keepTold(b.agents, v.Agents, func(v dialer.AgentBoardView) string { return v.ID })
	maps.DeleteFunc(b.calls, func(_ string, v dialer.LiveCallView) bool { return v.State == dialer.CallOver }) // they were kept to win over the answer
	b.primed = true
	return nil
}

// keepTold adds what was asked for. What was told meanwhile is newer, and stays.
func keepTold[V any](told map[string]V, asked []V, id func(V) string) {
	for _, v := range asked {
		if _, newer := told[id(v)]; !newer {
			told[id(v)] = v
		}
	}
}
