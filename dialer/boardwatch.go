package dialer

import (
	"context"
	"errors"
	"math"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A wallboard that is watched is told of each change by itself: of an agent's at the moment when it happens, of a campaign's figures soon after
// something happened that counts in them, but not more often than people can read. While nobody watches, nothing is worked out.

const (
	// boardPause is the least time between two looks at a campaign's figures: four a second.
	boardPause = 250 * time.Millisecond
	// boardRefresh is how often they are looked at without anything having happened here: other processes count too, and time itself changes some.
	boardRefresh = 2 * time.Second
)

// BoardChange is what has changed on a wallboard, whole: an agent, a call, a campaign's figures, who runs it or how it dials; or steps of its course that are new
// or others than before; or a recording has failed. The others are nil.
type BoardChange struct {
	At        time.Time
	Agent     *AgentBoardView // State "signed-out": no longer on the board
	Campaign  *CampaignBoard
	Run       *RunView // with the latest of its log
	Dialing   *DialingView
	Course    *CourseView   // at first the half hour, then the steps that changed; steps in which nothing happened are left out
	Call      *LiveCallView // of anybody, Allowed is empty; State CallOver: no longer on the board
	Recording *RecordingFailure
}

// WatchWallboard tells each change of the wallboard until stop is called: at first the figures of each campaign and the calls that go on, then what
// changes, in order for each agent, call and campaign. tell is called from the engine's goroutines and must not block; after stop has returned it is not called any more. The
// engine's end ends it, too.
func (e *Engine) WatchWallboard(tell func(BoardChange)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	o := &onlooker{e: e, tell: tell, agents: map[string]AgentView{}, calls: map[string]LiveCallView{}, touched: map[string]bool{}, wake: make(chan struct{}, 1), boards: map[string]*lookedAt{}}
	for id := range e.cfg.Campaigns {
		o.boards[id] = &lookedAt{}
	}
	e.onlookers.add(o)
	for _, c := range e.liveCalls() {
		c.post(func() { e.callChanged(c) })
	}
	var looking sync.WaitGroup
	looking.Go(func() { o.run(ctx) })
	return func() {
		cancel()
		e.onlookers.remove(o)
		looking.Wait()
	}
}

// onlookers are those who watch the wallboard. Whoever comes does not wait for what others are being told: they may hold a lock that the telling needs.
type onlookers struct {
	mu  sync.Mutex // of add and remove
	all atomic.Pointer[[]*onlooker]
}

func (os *onlookers) add(o *onlooker) {
	os.mu.Lock()
	defer os.mu.Unlock()
	all := append(slices.Clone(os.list()), o)
	os.all.Store(&all)
}

// remove waits for what is being told.
func (os *onlookers) remove(o *onlooker) {
	os.mu.Lock()
	all := slices.DeleteFunc(slices.Clone(os.list()), func(other *onlooker) bool { return other == o })
	os.all.Store(&all)
	os.mu.Unlock()
	o.telling.Lock()
	defer o.telling.Unlock()
	o.gone = true
}

func (os *onlookers) list() []*onlooker {
	if all := os.all.Load(); all != nil {
		return *all
	}
	return nil
}

// each visits those who watch; usually there is none, or one.
func (os *onlookers) each(visit func(*onlooker)) {
	for _, o := range os.list() {
		o.visited(visit)
	}
}

// onlooker is one who watches.
type onlooker struct {
	e    *Engine
	tell func(BoardChange)

	telling sync.RWMutex // held while it is visited
	gone    bool

	mu      sync.Mutex
	agents  map[string]AgentView // as told last
	calls   map[string]LiveCallView
	touched map[string]bool // campaigns in which something happened since they were looked at

	wake   chan struct{}        // capacity 1
	boards map[string]*lookedAt // by campaign; only run uses it
}

func (o *onlooker) visited(visit func(*onlooker)) {
	o.telling.RLock()
	defer o.telling.RUnlock()
	if !o.gone {
		visit(o)
	}
}

// lookedAt is a campaign's figures, as told last.
type lookedAt struct {
	at     time.Time
	told   *CampaignBoard
	stored time.Time // when what is in Redis was last read
	failed bool
	run    boardRun
	course boardCourse
}

// agentChanged tells of an agent, and that the agent's campaigns are to be looked at. It is called on the agent's goroutine.
func (e *Engine) agentChanged(v AgentView) {
	e.onlookers.each(func(o *onlooker) {
		o.mu.Lock()
		before, known := o.agents[v.ID]
		o.agents[v.ID] = v
		o.mu.Unlock()
		if known && reflect.DeepEqual(before, v) {
			return
		}
		now := time.Now()
		f, _ := e.stats.AgentAt(now, v.ID)
		b := agentBoard(now, v, f)
		o.tell(BoardChange{At: now, Agent: &b})
		o.touch(v.Campaigns...)
	})
}

// figuresChanged says that something happened that counts in a campaign's figures.
func (e *Engine) figuresChanged(campaignID string) {
	e.onlookers.each(func(o *onlooker) { o.touch(campaignID) })
}

func (o *onlooker) touch(campaigns ...string) {
	o.mu.Lock()
	for _, id := range campaigns {
		o.touched[id] = true
	}
	o.mu.Unlock()
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// run looks at the campaigns' figures until nobody watches any more.
func (o *onlooker) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.e.closing:
			return
		case <-o.wake:
		case <-timer.C:
		}
		next := time.Now().Add(boardRefresh)
		for _, id := range sortedKeys(o.boards) {
			due := o.due(id)
			if now := time.Now(); !now.Before(due) {
				o.look(ctx, id, now)
				due = now.Add(boardRefresh)
			}
			if due.Before(next) {
				next = due
			}
		}
		timer.Reset(time.Until(next))
	}
}

// due is when a campaign is to be looked at next.
func (o *onlooker) due(id string) time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.touched[id] {
		return o.boards[id].at.Add(boardPause)
	}
	return o.boards[id].at.Add(boardRefresh)
}

// look tells of a campaign what is other than before. What Redis has is shown as it was last while Redis cannot be read.
func (o *onlooker) look(ctx context.Context, id string, now time.Time) {
	o.mu.Lock()
	delete(o.touched, id)
	o.mu.Unlock()
	b := o.boards[id]
	b.at = now
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	v := o.e.liveBoard(id, now)
	if p, dials := o.e.pacedNow(ctx, id); dials {
		v.Placed = &p.placed
		o.lookAtDialing(id, p.dialing, now)
	}
	o.lookAtRun(ctx, id, now)
	o.lookAtCourse(id, now)
	err := o.e.storedBoard(ctx, &v, now)
	switch {
	case err == nil:
		b.stored = now
	case errors.Is(err, context.Canceled):
		return
	default:
		if !b.failed {
			o.e.log.Warn().Err(err).Str("campaign", id).Msg("the wallboard is shown with the list, the abandon limit and the callbacks as they were last")
		}
		if b.told == nil {
			b.failed = true
			return // there is nothing to show yet
		}
		v.List, v.Abandon, v.CallbacksDue, v.StoredAt = b.told.List, b.told.Abandon, b.told.CallbacksDue, &b.stored
	}
	b.failed = err != nil
	if b.told != nil && reflect.DeepEqual(b.told.legible(), v.legible()) {
		return
	}
	b.told = &v
	told := v
	o.tell(BoardChange{At: now, Campaign: &told})
}

// legible is what people can tell from another: figures that change with the time alone, in steps that can be seen.
func (v CampaignBoard) legible() CampaignBoard {
	v.From = time.Time{}
	v.Utilisation = math.Round(v.Utilisation * 1000)
	if v.List.DoneAt != nil {
		at := v.List.DoneAt.Round(time.Minute)
		v.List.DoneAt = &at
	}
	return v
}
