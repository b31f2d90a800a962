package dialer

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/dialer/history"
	"github.com/hasshin/hasshin/dialer/stats"
)

// WallboardView is the figures of all campaigns and agents of this process at a moment.
type WallboardView struct {
	At        time.Time        `json:"at" doc:"by the server's clock"`
	Campaigns []CampaignBoard  `json:"campaigns"`
	Agents    []AgentBoardView `json:"agents" doc:"those signed in"`
	Runs      []RunView        `json:"runs" doc:"who started and stopped the campaigns that the one who asks may run, with the latest eight changes"`
	Dialings  []DialingView    `json:"dialings" doc:"how those of them dial that do so by themselves"`
	Courses   []CourseView     `json:"courses" doc:"how the campaigns' figures went in the last half hour"`
	Calls     []LiveCallView   `json:"calls" doc:"what list-live-calls shows: calls that the one who asks may do something with"`
}

// CampaignBoard is the figures of a campaign.
type CampaignBoard struct {
	ID      string         `json:"id"`
	Name    string         `json:"name"`
	Mode    string         `json:"mode" enum:"preview,progressive,predictive,power,agentless" doc:"that is set now"`
	Running bool           `json:"running"`
	From    time.Time      `json:"from" doc:"the figures that follow, up to list, are of the time since then: half an hour, or less when the process is younger"`
	Agents  map[string]int `json:"agents" doc:"how many are in which state, those signed out left out"`

	Attempts    int            `json:"attempts" doc:"that ended"`
	Results     map[string]int `json:"results" doc:"attempts by call result"`
	HitRatio    float64        `json:"hit_ratio" doc:"part of the attempts that was answered, 0 to 1"`
	Utilisation float64        `json:"utilisation" doc:"part of the agents' time, that of not-ready left out, that went into previews, calls and wrap-up, 0 to 1"`
	AgentWait   WaitView       `json:"agent_wait" doc:"from an agent's being ready until work came"`
	ContactWait WaitView       `json:"contact_wait" doc:"from a contact's answer until contact and agent were joined, where calls are placed before there is an agent"`
	QueueWait   WaitView       `json:"queue_wait" doc:"the same of all contacts who waited for an agent: of those who got none until they were given up, or hung up"`

	Placed *PlacedView `json:"placed,omitempty" doc:"calls that are placed and have no agent yet, of this process; left out in mode preview, where agents place their own"`

	List    ListView    `json:"list"`
	Abandon AbandonView `json:"abandon"`

	CallbacksDue int64 `json:"callbacks_due" doc:"callbacks that are due and not with an agent"`

	StoredAt *time.Time `json:"stored_at,omitempty" doc:"list, abandon and callbacks_due are as they were then: Redis could not be read since. Left out when all is of now"`
}

// WaitView is how long somebody waited.
type WaitView struct {
	Times int     `json:"times" doc:"how often"`
	Mean  float64 `json:"mean_seconds"`
	P50   float64 `json:"p50_seconds" doc:"the part of 0.5 of the times it was not longer; to two percent of it, as the other percentiles"`
	P90   float64 `json:"p90_seconds"`
	P99   float64 `json:"p99_seconds"`
	Worst float64 `json:"worst_seconds"`
}

// ListView is how far a calling list is worked off, over all processes.
type ListView struct {
	Total       int64      `json:"total" doc:"records"`
	Ready       int64      `json:"ready" doc:"that can be dialed now, or when their calling hours are open"`
	Waiting     int64      `json:"waiting" doc:"to be dialed again at a later time"`
	Filtered    int64      `json:"filtered" doc:"left out by the campaign's filter"`
	Out         int64      `json:"out" doc:"with an agent, or being dialed"`
	Promised    int64      `json:"promised" doc:"waiting for the time of a callback"`
	Closed      int64      `json:"closed"`
	Penetration float64    `json:"penetration" doc:"part of the records that is closed for good, 0 to 1"`
	DoneAt      *time.Time `json:"done_at,omitempty" doc:"when those that can be dialed now have each been tried once, at the rate of attempts since from; left out without any"`
}

// AbandonView is the abandon limit of a campaign and where it stands, over all processes.
type AbandonView struct {
	Limit     float64    `json:"limit" doc:"part of the people who answer that may get no agent, 0 to 1; 0 when there is none"`
	Rate      float64    `json:"rate" doc:"of the measuring period, 0 to 1"`
	Answered  int64      `json:"answered" doc:"people who answered in the measuring period"`
	Abandoned int64      `json:"abandoned" doc:"of them, those who got no agent within the connect limit"`
	Begins    *time.Time `json:"begins,omitempty" doc:"begin of the measuring period"`
	Ends      *time.Time `json:"ends,omitempty" doc:"end of the measuring period"`
}

// AgentBoardView is an agent now, and the figures since signing in.
type AgentBoardView struct {
	AgentView
	At          time.Time          `json:"at" doc:"the figures are those until then; the time in the present state goes on"`
	SignedInAt  time.Time          `json:"signed_in_at" doc:"or when this process took the agent over"`
	Calls       int                `json:"calls" doc:"that the agent has had"`
	Utilisation float64            `json:"utilisation" doc:"part of the time, that of not-ready left out, that went into previews, calls and wrap-up, 0 to 1"`
	Seconds     map[string]float64 `json:"seconds" doc:"time in each state"`
	Wait        float64            `json:"mean_wait_seconds" doc:"from being ready until work came"`
	Waits       WaitView           `json:"wait" doc:"the same with its percentiles"`
	Results     map[string]int     `json:"results" doc:"attempts that ended with this agent, by call result"`
	HitRatio    float64            `json:"hit_ratio" doc:"part of these attempts that was answered, 0 to 1"`
}

// Wallboard shows the figures of all campaigns and agents of this process. What is of all processes says so.
func (e *Engine) Wallboard(ctx context.Context, agentID string) (WallboardView, error) {
	a, err := e.agent(agentID)
	if err != nil {
		return WallboardView{}, err
	}
	if !e.cfg.Privileges.Can(agent.SeeAgents, a.cfg, agent.Change{}) {
		return WallboardView{}, without(agent.SeeAgents, "to see the wallboard needs the privilege %s", agent.SeeAgents)
	}
	ctx, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	now := time.Now()
	board := WallboardView{At: now, Campaigns: []CampaignBoard{}, Agents: []AgentBoardView{}, Courses: []CourseView{}}
	for _, id := range sortedKeys(e.cfg.Campaigns) {
		v := e.liveBoard(id, now)
		if err := e.storedBoard(ctx, &v, now); err != nil {
			return WallboardView{}, &Error{Code: CodeStoreUnavailable, Message: "the figures of campaign " + id + " cannot be read now", Err: err}
		}
		if p, dials := e.pacedNow(ctx, id); dials {
			v.Placed = &p.placed
		}
		board.Campaigns = append(board.Campaigns, v)
		board.Courses = append(board.Courses, e.courseView(id, now).told())
	}
	runs, dialings, err := e.BoardRuns(ctx)
	if err != nil {
		return WallboardView{}, err
	}
	board.Runs = slices.DeleteFunc(runs, func(v RunView) bool { return !e.MayRun(a.id, v.Campaign) })
	board.Dialings = slices.DeleteFunc(dialings, func(v DialingView) bool { return !e.MayRun(a.id, v.Campaign) })
	all, err := e.Agents(ctx)
	if err != nil {
		return WallboardView{}, err
	}
	for _, v := range all {
		if f, ok := e.stats.AgentAt(now, v.ID); ok {
			board.Agents = append(board.Agents, agentBoard(now, v, f))
		}
	}
	if board.Calls, err = e.LiveCalls(ctx, a.id); err != nil {
		return WallboardView{}, err
	}
	return board, nil
}

func agentBoard(at time.Time, v AgentView, f stats.AgentFigures) AgentBoardView {
	b := AgentBoardView{AgentView: v, At: at, SignedInAt: f.Since, Calls: f.Calls, Utilisation: f.Utilisation(), HitRatio: f.HitRatio()}
	b.Seconds, b.Results = map[string]float64{}, map[string]int{}
	for state, d := range f.In {
		b.Seconds[string(state)] = d.Seconds()
	}
	for result, n := range f.Results {
		b.Results[string(result)] = n
	}
	b.Waits = waitView(f.Wait)
	b.Wait = b.Waits.Mean
	return b
}

// liveBoard has the figures of a campaign that this process has itself.
func (e *Engine) liveBoard(id string, now time.Time) CampaignBoard {
	cfg, f := e.cfg.Campaigns[id], e.stats.CampaignAt(now, id)
	v := CampaignBoard{
		ID: id, Name: cmp.Or(cfg.Name, id), Mode: string(e.modeOf(id)), Running: e.running(id), From: f.From,
		Agents: map[string]int{}, Attempts: f.Attempts(), Results: map[string]int{}, HitRatio: f.HitRatio(), Utilisation: f.Utilisation(),
		AgentWait: waitView(f.AgentWait), ContactWait: waitView(f.ContactWait), QueueWait: waitView(f.QueueWait),
	}
	for state, n := range f.Agents {
		v.Agents[string(state)] = n
	}
	for result, n := range f.Results {
		v.Results[string(result)] = n
	}
	return v
}

// storedBoard adds the figures that Redis has.
func (e *Engine) storedBoard(ctx context.Context, v *CampaignBoard, now time.Time) error {
	counts, err := e.store.Counts(ctx, v.ID)
	if err != nil {
		return err
	}
	v.List = listView(counts, v.Attempts, v.From, now)
	if v.Abandon, err = e.abandonView(ctx, v.ID, e.cfg.Campaigns[v.ID], now); err != nil {
		return err
	}
	v.CallbacksDue, err = e.callbacksDue(ctx, v.ID, 0)
	return err
}

func waitView(w stats.Wait) WaitView {
	at := func(q float64) float64 { return min(w.How.Quantile(q), w.Worst).Round(10 * time.Microsecond).Seconds() }
	return WaitView{Times: w.Times, Mean: w.Mean().Seconds(), P50: at(0.5), P90: at(0.9), P99: at(0.99), Worst: w.Worst.Seconds()}
}

func listView(c campaign.Counts, attempts int, from, now time.Time) ListView {
	v := ListView{Total: c.Total, Ready: c.Ready, Waiting: c.Waiting, Filtered: c.Filtered, Out: c.Out, Promised: c.Promised, Closed: c.Closed - c.Promised}
	if c.Total > 0 {
		v.Penetration = float64(v.Closed) / float64(c.Total)
	}
	if attempts > 0 && now.After(from) {
		each := float64(now.Sub(from)) / float64(attempts)
		at := now.Add(time.Duration(each * float64(c.Ready)))
		v.DoneAt = &at
	}
	return v
}

func (e *Engine) abandonView(ctx context.Context, id string, cfg campaign.Config, now time.Time) (AbandonView, error) {
	if !cfg.Mode.Dials() {
		return AbandonView{}, nil
	}
	period := cfg.AnswerPeriod(now)
	sums, err := e.store.CountAnswers(ctx, id, period, campaign.Answers{})
	if err != nil {
		return AbandonView{}, err
	}
	v := AbandonView{Limit: cfg.Pacing().AbandonLimit, Answered: sums.Live, Abandoned: sums.Abandoned, Begins: &period.Begins, Ends: &period.Ends}
	if v.Answered > 0 {
		v.Rate = float64(v.Abandoned) / float64(v.Answered)
	}
	return v, nil
}

// noteAttempt tells the figures of an attempt that has ended.
func (e *Engine) noteAttempt(campaignID string, at campaign.Attempt) {
	e.stats.Attempt(at.Ended, campaignID, at.Agent, at.Result, !at.Answered.IsZero() || at.Result == call.Abandoned)
	e.metrics.attempts.WithLabelValues(campaignID, string(at.Result)).Inc()
	e.figuresChanged(campaignID)
}

// noteUnserved tells the figures of a contact who has waited for an agent in vain, if one has.
func (e *Engine) noteUnserved(c history.PastCall) {
	if wait, waited := c.QueueWait(); waited && c.Joined.IsZero() {
		e.stats.Unserved(c.Ended, c.Campaign, wait)
	}
}

// noteConnected tells the figures of a contact who is joined with an agent after a wait.
func (e *Engine) noteConnected(campaignID string, wait time.Duration) {
	e.stats.Connected(time.Now(), campaignID, wait)
	e.metrics.connects.WithLabelValues(campaignID).Observe(wait.Seconds())
	e.figuresChanged(campaignID)
}
