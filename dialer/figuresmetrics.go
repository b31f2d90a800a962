package dialer

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
)

// What the wallboard shows, for Prometheus. It is read when Prometheus asks, and kept for a moment should others ask too. Labels are campaigns, states and
// call results alone: how many series there are does not depend on what happens.

const (
	// figuresKept is for how long a reading is shown again.
	figuresKept = time.Second
	// figuresTimeout bounds one reading.
	figuresTimeout = 2 * time.Second
	// overdueAfter is how late a callback that nobody has taken is to be overdue.
	overdueAfter = time.Minute
)

var (
	agentStates = []agent.State{agent.NotReady, agent.Ready, agent.Offered, agent.Preview, agent.OnCall, agent.WrapUp, agent.Supervising}
	// Of calls with an agent, then of those that have none yet.
	callStates = []call.State{
		call.Previewing, call.Summoning, call.Returning, call.Dialing, call.Ringing, call.Talking, call.Held, call.Reaching, call.Consulting, call.Alternated,
		call.Inviting, call.Conference, call.Transferring, call.Referring, call.Handing, call.Parting, call.Rescuing, call.Ending, call.WrapUp, call.Closing,
	}
	placedStages = []stage{stageDialed, stageAnalysing, stageAnnouncing, stageWaiting, stagePutting, stageTelling, stageMachine, stageLeaving}
)

// figure is one that is made when it is asked for.
type figure struct {
	desc *prometheus.Desc
}

func newFigure(name, help string, labels ...string) figure {
	return figure{prometheus.NewDesc(name, help, labels, nil)}
}

func (f figure) is(v float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(f.desc, prometheus.GaugeValue, v, labels...) // the number of labels is ours
}

// figures is a collector of what the wallboard shows.
type figures struct {
	e      *Engine
	errors prometheus.Counter

	mu   sync.Mutex
	at   time.Time
	read []prometheus.Metric
}

var (
	figureAgents      = newFigure("hasshin_agents", "Agents of this process who are signed in, by state.", "state")
	figureTeam        = newFigure("hasshin_campaign_agents", "Agents of this process who work in the campaign, by state; who works in several is among each one's.", "campaign", "state")
	figureCalls       = newFigure("hasshin_campaign_calls", "Calls of this process that are not over, by state of the call with its agent or, without one yet, of the placed call.", "campaign", "state")
	figureRunning     = newFigure("hasshin_campaign_running", "1 while the campaign may dial.", "campaign")
	figureUtilisation = newFigure("hasshin_campaign_utilisation_ratio", "Part of the agents' time of the last half hour, not-ready left out, that went into previews, calls and wrap-up.", "campaign")
	figureHits        = newFigure("hasshin_campaign_hit_ratio", "Part of the attempts of the last half hour that was answered.", "campaign")
	figureAbandoned   = newFigure("hasshin_campaign_abandon_ratio", "Part of the people who answered in the measuring period that got no agent in time, of all processes.", "campaign")
	figureLimit       = newFigure("hasshin_campaign_abandon_limit_ratio", "Largest part of them that the campaign allows.", "campaign")
	figureBudget      = newFigure("hasshin_campaign_abandon_budget_calls", "Abandoned calls that the measuring period still allows.", "campaign")
	figureDue         = newFigure("hasshin_campaign_callbacks_due", "Callbacks that are due and not with an agent, of all processes.", "campaign")
	figureOverdue     = newFigure("hasshin_campaign_callbacks_overdue", "Of them, those a minute late or more.", "campaign")
	figurePenetration = newFigure("hasshin_campaign_list_penetration_ratio", "Part of the calling list's records that is closed for good.", "campaign")
	figureRecords     = newFigure("hasshin_campaign_list_records", "Records of the calling list, by what they are: ready, waiting, filtered, out, promised, closed.", "campaign", "is")
	figureCompletion  = newFigure("hasshin_campaign_completion_seconds", "Estimated time until the records that can be dialed now have each been tried once; left out while nothing is dialed.", "campaign")
	figureDialing     = newFigure("hasshin_campaign_dialing_level", "Calls in flight for each agent at work (ready, on a call or in wrap-up), in this process.", "campaign")
	figureRisk        = newFigure("hasshin_campaign_risk_level_ratio", "Risk of an abandoned call at which predictive dialing places the next one.", "campaign")
	figureUploads     = newFigure("hasshin_recording_uploads", "Recordings that are not uploaded yet, of all processes: pending, or failed at least once and tried again.", "state")
)

func allFigures() []figure {
	return []figure{
		figureAgents, figureTeam, figureCalls, figureRunning, figureUtilisation, figureHits, figureAbandoned, figureLimit, figureBudget, figureDue, figureOverdue,
		figurePenetration, figureRecords, figureCompletion, figureDialing, figureRisk, figureUploads,
	}
}

// newFigures registers the figures of an engine; registry may be nil.
func newFigures(e *Engine, registry prometheus.Registerer) error {
	f := &figures{e: e, errors: prometheus.NewCounter(prometheus.CounterOpts{
		Name: "hasshin_figures_errors_total", Help: "Times that a part of the figures could not be read; that part was left out.",
	})}
	if registry == nil {
		return nil
	}
	if err := registry.Register(f.errors); err != nil {
		return err
	}
	return registry.Register(f)
}

// Describe implements prometheus.Collector.
func (f *figures) Describe(to chan<- *prometheus.Desc) {
	for _, g := range allFigures() {
		to <- g.desc
	}
}

// Collect implements prometheus.Collector.
func (f *figures) Collect(to chan<- prometheus.Metric) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := time.Now(); f.read == nil || now.Sub(f.at) >= figuresKept {
		f.at, f.read = now, f.gather(now)
	}
	for _, m := range f.read {
		to <- m
	}
}

// gather reads everything.
func (f *figures) gather(now time.Time) []prometheus.Metric {
	ctx, cancel := context.WithTimeout(context.Background(), figuresTimeout)
	defer cancel()
	var all []prometheus.Metric
	people := f.e.stats.AgentsByState()
	for _, state := range agentStates {
		all = append(all, figureAgents.is(float64(people[state]), string(state)))
	}
	calls := f.callsByState(ctx)
	for _, id := range sortedKeys(f.e.cfg.Campaigns) {
		all = append(all, f.ofCampaign(ctx, id, now, calls[id])...)
	}
	if r := f.e.recordings; r != nil && r.uploads != nil {
		waiting, err := r.store.Waiting(ctx)
		if f.failed(err, "") {
			return all
		}
		pending, failed := 0, 0
		for _, m := range waiting {
			if m.Upload.Tries > 0 {
				failed++
			} else {
				pending++
			}
		}
		all = append(all, figureUploads.is(float64(pending), "pending"), figureUploads.is(float64(failed), "failed"))
	}
	return all
}

// failed notes that something could not be read.
func (f *figures) failed(err error, campaignID string) bool {
	if err == nil {
		return false
	}
	f.errors.Inc()
	f.e.log.Warn().Err(err).Str("campaign", campaignID).Msg("a part of the figures for Prometheus cannot be read")
	return true
}

func (f *figures) ofCampaign(ctx context.Context, id string, now time.Time, calls map[string]int) []prometheus.Metric {
	board := f.e.liveBoard(id, now)
	running := 0.0
	if board.Running {
		running = 1
	}
	all := []prometheus.Metric{figureRunning.is(running, id), figureUtilisation.is(board.Utilisation, id), figureHits.is(board.HitRatio, id)}
	for _, state := range agentStates {
		all = append(all, figureTeam.is(float64(board.Agents[string(state)]), id, string(state)))
	}
	for _, state := range callStates {
		all = append(all, figureCalls.is(float64(calls[string(state)]), id, string(state)))
	}
	if f.e.pacers[id] != nil {
		for _, s := range placedStages {
			all = append(all, figureCalls.is(float64(calls[string(s)]), id, string(s)))
		}
		all = append(all, f.ofDialing(ctx, id)...)
	}
	if f.failed(f.e.storedBoard(ctx, &board, now), id) {
		return all
	}
	overdue, err := f.e.callbacksDue(ctx, id, -overdueAfter)
	if f.failed(err, id) {
		return all
	}
	list := board.List
	all = append(all, figureDue.is(float64(board.CallbacksDue), id), figureOverdue.is(float64(overdue), id), figurePenetration.is(list.Penetration, id))
	for is, n := range map[string]int64{"ready": list.Ready, "waiting": list.Waiting, "filtered": list.Filtered, "out": list.Out, "promised": list.Promised, "closed": list.Closed} {
		all = append(all, figureRecords.is(float64(n), id, is))
	}
	if list.DoneAt != nil {
		all = append(all, figureCompletion.is(list.DoneAt.Sub(now).Seconds(), id))
	}
	if f.e.pacers[id] != nil {
		all = append(all, figureAbandoned.is(board.Abandon.Rate, id), figureLimit.is(board.Abandon.Limit, id))
	}
	return all
}

// ofDialing has what only the campaign's pacing knows.
func (f *figures) ofDialing(ctx context.Context, id string) []prometheus.Metric {
	d := f.e.pacers[id]
	last, err := ask(ctx, &d.actor, errGone, func(reply func(pacingNow, error)) {
		reply(pacingNow{working: d.last.Ready + d.last.Busy, inFlight: d.last.InFlight, level: d.last.Level, budget: d.last.Budget}, nil)
	})
	if f.failed(err, id) {
		return nil
	}
	level := 0.0
	if last.working > 0 {
		level = float64(last.inFlight) / float64(last.working)
	}
	return []prometheus.Metric{figureDialing.is(level, id), figureRisk.is(last.level, id), figureBudget.is(last.budget, id)}
}

// pacingNow is what a campaign's pacing decided last.
type pacingNow struct {
	working, inFlight int
	level, budget     float64
}

// callsByState counts the calls of each campaign by state.
func (f *figures) callsByState(ctx context.Context) map[string]map[string]int {
	counts := map[string]map[string]int{}
	for id := range f.e.cfg.Campaigns {
		counts[id] = map[string]int{}
	}
	for _, c := range f.e.liveCalls() {
		state, err := ask(ctx, &c.actor, errGone, func(reply func(call.State, error)) { reply(c.state, nil) })
		if err != nil {
			continue // it ended just now
		}
		counts[c.campaignID][string(state)]++
	}
	for id, d := range f.e.pacers {
		stages, err := ask(ctx, &d.actor, errGone, func(reply func(map[stage]int, error)) {
			n := map[stage]int{}
			for _, p := range d.calls {
				n[p.stage]++
			}
			reply(n, nil)
		})
		if f.failed(err, id) {
			continue
		}
		for s, n := range stages {
			counts[id][string(s)] += n
		}
	}
	return counts
}
