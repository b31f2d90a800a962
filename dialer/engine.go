// Package dialer is the dialing engine: it takes the agents' commands and Asterisk's events to the right call, and what follows from
// them to Asterisk, to the calling lists and to whoever watches.
//
// Every agent and every call is owned by one goroutine (see actor) that does one thing at a time. A command is finished when an event
// of Asterisk's has confirmed it, not when the request was accepted.
package dialer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/audio"
	"github.com/hasshin/hasshin/dialer/audit"
	"github.com/hasshin/hasshin/dialer/callerid"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/directory"
	"github.com/hasshin/hasshin/dialer/floor"
	"github.com/hasshin/hasshin/dialer/history"
	"github.com/hasshin/hasshin/dialer/hours"
	"github.com/hasshin/hasshin/dialer/imports"
	"github.com/hasshin/hasshin/dialer/mail"
	"github.com/hasshin/hasshin/dialer/outbox"
	"github.com/hasshin/hasshin/dialer/recording"
	"github.com/hasshin/hasshin/dialer/script"
	"github.com/hasshin/hasshin/dialer/stats"
	"github.com/hasshin/hasshin/dialer/trunk"
	"github.com/hasshin/hasshin/scheduler/calendar"
)

// Options is what an [Engine] is made of.
type Options struct {
	Config Config
	Store  campaign.Store

	// Audio says which event has which tone. The zero value means the defaults.
	Audio audio.Config

	// Journal lets a process go on where another one stopped: calls and agents survive it. Without one, stopping the engine ends the calls.
	Journal Journal

	// Notify is told what happens, in order for each agent. It is called from the engine's goroutines and must not block. Optional.
	Notify func(Notice)

	// Dial makes the connections to Asterisk, through a tunnel or, in tests, through memory; nil is the network. It must heed the context.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// Targets remembers agents' favourite targets and those they used lately. Without one there are none.
	Targets directory.Memory

	// Scheduler wakes callbacks at their time. Without one none can be promised.
	Scheduler Scheduler

	// Audit keeps who listened to whom. Without one nobody can supervise.
	Audit audit.Log

	// Floor tells of agents at other processes that share the Redis. Without one this process is the only one.
	Floor *floor.Floor

	// Calendar makes the calendar that does works at their times. Without one campaigns are opened and closed by hand alone.
	Calendar func(works []calendar.Work) (*calendar.Calendar, error)

	// TrunkRedis counts the trunks' channels and the uses of caller ids, for all processes that share it. Without one a trunk cannot have limits, congestion
	// is each campaign's own affair, and there are no groups of caller ids.
	TrunkRedis redis.UniversalClient

	// History is written by the Store; here it is read, trimmed, and written where the Store cannot. Without one it cannot be seen.
	History *history.Store

	// Imports runs imports of lists; the engine lets it run. Without one there are none but the command's.
	Imports *imports.Runner

	// Registerer takes the engine's metrics. Optional.
	Registerer prometheus.Registerer
	// Outbox sends messages to contacts; who makes the engine runs it. Without one none can be sent.
	Outbox *outbox.Outbox
	// Recordings keeps what is known of recordings. Without it, or without a directory for them in the configuration, nothing is recorded.
	Recordings *recording.Store

	Logger zerolog.Logger
}

// Engine runs agents, calls and campaigns on Asterisk nodes.
type Engine struct {
	cfg    Config
	audio  audio.Config
	store  campaign.Store
	counts *sharedCounts // for agents who are told without having asked
	notify func(Notice)
	log    zerolog.Logger

	scheduler Scheduler
	hours     map[string]*hours.Table                     // of each campaign
	switches  map[string]*atomic.Pointer[campaign.Switch] // whether each campaign is running
	policies  map[string]*policies                        // of each campaign
	scripts   map[string]*script.Script                   // of the campaigns that have one
	letters   map[string][]*mail.Template                 // of each campaign
	outbox    *outbox.Outbox                              // nil: nothing is sent

	targets *directory.Index
	memory  directory.Memory
	guard   *directory.Guard

	auditLog audit.Log
	watchers *watchers

	metrics    *metrics
	floor      *floor.Floor
	calendar   *calendar.Calendar
	recordings *recordings // nil: nothing is recorded
	stats      *stats.Board
	onlookers  onlookers
	trunks     *trunk.Limiter // nil: nothing counts channels
	callers    *callerid.Chooser
	history    *history.Store
	imports    *imports.Runner // nil: lists are imported by the command only

	scribe *scribe
	nodes  []*node
	agents map[string]*agentActor // never changes
	pacers map[string]*pacer      // campaigns that dial by themselves; never changes

	staffing staffing // of the campaigns that dial by themselves

	mu     sync.RWMutex
	calls  map[string]*callActor
	placed map[string]*pacer // calls that no agent has yet
	ended  sync.WaitGroup    // calls that are not yet over

	background sync.WaitGroup // short work beside the actors

	closing   chan struct{} // closed when the engine takes no more work
	lookEvery time.Duration // how often due callbacks that nobody has taken are looked through
}

// New makes an engine; [Engine.Run] starts it.
func New(opts Options) (*Engine, error) {
	if err := opts.Config.Validate(); err != nil {
		return nil, err
	}
	e := &Engine{
		cfg: opts.Config, audio: opts.Audio, store: opts.Store, counts: newSharedCounts(opts.Store.Counts), notify: opts.Notify, log: opts.Logger,
		scheduler: opts.Scheduler, floor: opts.Floor, hours: map[string]*hours.Table{}, switches: map[string]*atomic.Pointer[campaign.Switch]{},
		auditLog: opts.Audit, watchers: newWatchers(), lookEvery: dueEvery,
		agents: map[string]*agentActor{}, pacers: map[string]*pacer{}, calls: map[string]*callActor{}, placed: map[string]*pacer{},
		closing: make(chan struct{}), outbox: opts.Outbox, stats: stats.NewBoard(time.Now()), history: opts.History, imports: opts.Imports,
	}
	if e.audio.IsZero() {
		e.audio = audio.Defaults()
	}
	e.targets, e.memory, e.guard = newIndex(e.cfg), opts.Targets, directory.NewGuard(e.cfg.Directory)
	if e.memory == nil {
		e.memory = directory.Forgetful{}
	}
	if e.auditLog == nil {
		e.auditLog = audit.None{}
	}
	if e.notify == nil {
		e.notify = func(Notice) {}
	}
	e.staffing.posts = map[*agentActor]*post{}
	var err error
	if e.metrics, err = newMetrics(opts.Registerer); err != nil {
		return nil, fmt.Errorf("register metrics: %w", err)
	}
	if err = e.newTrunks(opts); err != nil {
		return nil, err
	}
	if e.callers, err = newCallers(opts); err != nil {
		return nil, err
	}
	e.scribe = newScribe(opts.Journal, e.log)
	for id, cfg := range e.cfg.Campaigns {
		var err error
		if e.hours[id], err = cfg.Hours.Table(cfg.List.Region); err != nil {
			return nil, fmt.Errorf("campaign %s: %w", id, err)
		}
		e.switches[id] = new(atomic.Pointer[campaign.Switch])
		e.switches[id].Store(&campaign.Switch{Running: true}) // until Run has read it
		if cfg.Mode.Dials() {
			e.pacers[id] = newPacer(e, id, cfg)
		}
	}
	if err := e.openDecisions(); err != nil {
		return nil, err
	}
	if e.policies, err = newPolicies(e.cfg); err != nil {
		return nil, err
	}
	if e.scripts, err = readScripts(e.cfg.Campaigns); err != nil {
		return nil, err
	}
	if e.letters, err = readLetters(e.cfg.Campaigns); err != nil {
		return nil, err
	}
	if opts.Calendar != nil {
		works, err := e.works()
		if err != nil {
			return nil, err
		}
		if e.calendar, err = opts.Calendar(works); err != nil {
			return nil, err
		}
	}
	for _, cfg := range e.cfg.Asterisk {
		n, err := newNode(e, cfg, opts.Dial)
		if err != nil {
			return nil, fmt.Errorf("asterisk node %s: %w", cfg.Name, err)
		}
		e.nodes = append(e.nodes, n)
	}
	if dir := e.cfg.Recordings.Directory; dir != "" && opts.Recordings != nil {
		files, err := recording.OpenFiles(dir)
		if err != nil {
			return nil, err
		}
		if e.recordings, err = newRecordings(e, opts.Recordings, files, opts.Registerer); err != nil {
			return nil, errors.Join(err, files.Close())
		}
	}
	for id, cfg := range e.cfg.Agents {
		e.agents[id] = newAgentActor(e, id, cfg)
	}
	if err := newFigures(e, opts.Registerer); err != nil {
		return nil, fmt.Errorf("register figures: %w", err)
	}
	return e, nil
}

// Run controls the nodes until ctx ends. With a journal it then leaves everything as it is, for the next process to take up: conversations go
// on meanwhile. Without one it hangs up what is being dialed or talked, gives records back and signs the agents out.
func (e *Engine) Run(ctx context.Context) error {
	if err := e.loadSwitches(ctx); err != nil {
		return err
	}
	if err := e.openAsConfigured(ctx); err != nil {
		return err
	}
	for _, n := range e.nodes {
		if err := e.takeUp(ctx, n); err != nil {
			return fmt.Errorf("taking up the calls of node %s: %w", n.cfg.Name, err)
		}
	}
	var nodes, agents, sweeper, scribe, trunks sync.WaitGroup
	nodeCtx, stopNodes := context.WithCancel(context.WithoutCancel(ctx))
	defer stopNodes()
	scribeCtx, stopScribe := context.WithCancel(context.WithoutCancel(ctx))
	defer stopScribe()
	if e.trunks != nil {
		trunks.Go(func() { e.trunks.Run(scribeCtx) })
	}
	scribe.Go(func() { e.scribe.run(scribeCtx) })
	for _, a := range e.agents {
		agents.Go(a.run)
	}
	for _, n := range e.nodes {
		nodes.Go(func() { n.run(nodeCtx) })
	}
	stopDialing := e.startDialing(ctx)
	sweeper.Go(func() { e.sweepLeases(ctx) })
	sweeper.Go(func() { e.every(ctx, switchesEvery, e.lookAtSwitch) })
	sweeper.Go(func() { e.runCallbacks(ctx) })
	sweeper.Go(func() { e.indexNames(ctx) })
	sweeper.Go(func() { e.runCalendar(ctx) })
	if e.floor != nil {
		sweeper.Go(func() { e.floor.Run(ctx, e.told, e.hear) })
	}
	if e.imports != nil {
		sweeper.Go(func() { e.imports.Run(ctx, e.importEnded) })
	}
	if e.recordings != nil {
		sweeper.Go(func() { e.recordings.sweepAlways(ctx) })
		if e.recordings.uploads != nil {
			sweeper.Go(func() { e.recordings.uploads.run(ctx) })
		}
	}

	<-ctx.Done()
	close(e.closing)
	stopDialing()
	sweeper.Wait()
	if e.scribe.journal == nil {
		e.drain()
	} else {
		e.layDown()
	}
	for _, a := range e.agents {
		a.inbox.Close()
	}
	agents.Wait()
	e.background.Wait()
	if e.recordings != nil {
		e.recordings.close()
	}
	stopNodes()
	nodes.Wait()
	stopScribe()
	scribe.Wait()
	trunks.Wait()
	return nil
}

// layDown ends the calls' goroutines and leaves the calls.
func (e *Engine) layDown() {
	for _, c := range e.liveCalls() {
		c.post(c.layDown)
	}
	e.ended.Wait()
}

// drainTimeout is how long the end of a process waits for calls to end.
const drainTimeout = 10 * time.Second

// drain ends all calls, then takes the agents' phones out of their booths.
func (e *Engine) drain() {
	for _, c := range e.liveCalls() {
		c.post(c.shutDown)
	}
	over := make(chan struct{})
	go func() { e.ended.Wait(); close(over) }()
	select {
	case <-over:
	case <-time.After(drainTimeout):
		left := e.liveCalls()
		e.log.Error().Int("calls", len(left)).Msg("calls did not end in time; their records return to the lists when their leases end")
		for _, c := range left {
			c.post(c.abandonShip)
		}
		<-over
	}
	ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
	defer cancel()
	var leaving sync.WaitGroup
	for _, a := range e.agents {
		leaving.Go(func() {
			if err := a.signOut(ctx); err != nil {
				a.log.Warn().Err(err).Msg("agent could not be signed out at shutdown")
			}
		})
	}
	leaving.Wait()
	for _, n := range e.nodes {
		n.music.post(n.music.release)
	}
}

// Available answers nil when calls can be handled: at least one Asterisk node is connected.
func (e *Engine) Available() error {
	if slices.ContainsFunc(e.nodes, (*node).connected) {
		return nil
	}
	return refuse(CodeNodeUnavailable, "no Asterisk node is connected")
}

func (e *Engine) stopping() bool {
	select {
	case <-e.closing:
		return true
	default:
		return false
	}
}

// pickNode chooses the connected node with the fewest agents.
func (e *Engine) pickNode() (*node, error) {
	var best *node
	for _, n := range e.nodes {
		if n.connected() && (best == nil || n.agents.Load() < best.agents.Load()) {
			best = n
		}
	}
	if best == nil {
		return nil, refuse(CodeNodeUnavailable, "no Asterisk node is connected; the phone can be connected when one is back")
	}
	return best, nil
}

// Route an event to whoever owns the channel it is about. An event about a channel of ours that nobody owns is a leftover.

func (e *Engine) agentOf(name string) *agentActor { return e.agents[name] }

func (e *Engine) callOf(id string) *callActor {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.calls[id]
}

func (e *Engine) liveCalls() []*callActor {
	e.mu.RLock()
	defer e.mu.RUnlock()
	all := make([]*callActor, 0, len(e.calls))
	for _, c := range e.calls {
		all = append(all, c)
	}
	return all
}

func (e *Engine) addCall(c *callActor) {
	e.ended.Add(1)
	e.mu.Lock()
	e.calls[c.id] = c
	e.mu.Unlock()
	go func() {
		defer e.ended.Done()
		c.run()
	}()
	c.post(func() { e.callChanged(c) })
}

func (e *Engine) removeCall(c *callActor) {
	e.mu.Lock()
	delete(e.calls, c.id)
	e.mu.Unlock()
}

// aside does short, bounded work that no actor should wait for.
func (e *Engine) aside(work func()) { e.background.Go(work) }

func (e *Engine) tell(agent, kind string, data any) {
	if v, is := data.(AgentView); is {
		e.agentChanged(v)
	}
	e.notify(Notice{Agent: agent, Kind: kind, At: time.Now(), Data: data})
}

// sweepLeases brings records back whose holder died. After Redis was away it waits a whole lease, so that holders that are alive can renew
// theirs first.
func (e *Engine) sweepLeases(ctx context.Context) {
	every := time.NewTicker(e.cfg.RecordLease / 6)
	defer every.Stop()
	healthySince := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		for id := range e.cfg.Campaigns {
			if time.Since(healthySince) < e.cfg.RecordLease {
				// Look whether the store answers, but leave its leases alone yet.
				if _, err := e.store.Counts(ctx, id); err != nil && !errors.Is(err, context.Canceled) {
					e.log.Warn().Err(err).Str("campaign", id).Msg("the calling list cannot be read")
					healthySince = time.Now()
				}
				continue
			}
			records, err := e.store.SweepExpired(ctx, id)
			switch {
			case errors.Is(err, context.Canceled):
				return
			case err != nil:
				e.log.Warn().Err(err).Str("campaign", id).Msg("expired leases cannot be swept")
				healthySince = time.Now()
			case len(records) > 0:
				e.log.Warn().Str("campaign", id).Strs("records", records).Msg("records returned to the calling list: their holder gave no sign of life")
				e.offerSwept(ctx, id, records)
			}
		}
	}
}

// requestTimeout bounds one request to Asterisk that belongs to a command.
const requestTimeout = 5 * time.Second

// describe gives Asterisk's own words for a refused request.
func describe(err error) string {
	var refused *ari.Error
	if errors.As(err, &refused) && refused.Message != "" {
		return refused.Message
	}
	return err.Error()
}
