package dialer

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/campaign"
	"github.com/hasshin/hasshin/scheduler/calendar"
)

// What is done at times of the calendar, by one process each time whatever their number: campaigns are opened and closed, their days' figures kept,
// closed records begin anew, and callbacks are forgotten that ended long ago.

// Kinds of work; with the campaign's id they name a work.
const (
	workOpen   = "open"
	workClose  = "close"
	workDay    = "day"
	workForget = "forget"
	// workRecycle lets closed records begin anew.
	workRecycle = "recycle"
	workTrim    = "trim"
)

// forgetAt is when what is kept for long enough is forgotten: at night.
const forgetAt = "30 3 * * *"

// byCalendar is the reason that a campaign's log gives for what the calendar does.
const byCalendar = "calendar"

// works are those of all campaigns.
func (e *Engine) works() ([]calendar.Work, error) {
	var all []calendar.Work
	for _, id := range sortedKeys(e.cfg.Campaigns) {
		cfg := e.cfg.Campaigns[id]
		open, closing, day, err := cfg.Schedules()
		if err != nil {
			return nil, fmt.Errorf("campaign %s: calendar: %w", id, err)
		}
		if cfg.Calendar.Open != "" {
			all = append(all,
				calendar.Work{Name: workOpen + "/" + id, Schedule: open, Do: e.switching(id, true)},
				calendar.Work{Name: workClose + "/" + id, Schedule: closing, Do: e.switching(id, false)})
		}
		forget, err := calendar.Parse(forgetAt, cfg.CalendarZone())
		if err != nil {
			return nil, err
		}
		if recycle, known, err := cfg.RecycleSchedule(); err != nil {
			return nil, fmt.Errorf("campaign %s: calendar.recycle: %w", id, err)
		} else if known {
			all = append(all, calendar.Work{Name: workRecycle + "/" + id, Schedule: recycle, Do: e.recycling(id)})
		}
		all = append(all,
			calendar.Work{Name: workDay + "/" + id, Schedule: day, Do: e.closingDay(id)},
			calendar.Work{Name: workForget + "/" + id, Schedule: forget, Do: e.forgetting(id)})
		if e.history != nil {
			all = append(all, calendar.Work{Name: workTrim + "/" + id, Schedule: forget, Do: e.trimming(id)})
		}
	}
	return all, nil
}

func (e *Engine) switching(campaignID string, run bool) func(context.Context, calendar.Occasion) error {
	return func(ctx context.Context, o calendar.Occasion) error {
		_, err := e.switchCampaign(ctx, campaignID, campaign.Switching{Run: run, Why: byCalendar, Due: o.Due})
		return err
	}
}

// closingDay keeps the figures of the day that has ended when its time comes.
func (e *Engine) closingDay(campaignID string) func(context.Context, calendar.Occasion) error {
	zone := e.cfg.Campaigns[campaignID].CalendarZone()
	return func(ctx context.Context, o calendar.Occasion) error {
		date := o.Due.In(zone).Add(-time.Millisecond).Format(time.DateOnly)
		kept, err := e.store.CloseDay(ctx, campaignID, date)
		if kept {
			e.log.Info().Str("campaign", campaignID).Str("date", date).Msg("the day's figures are kept")
		}
		return err
	}
}

// recycling lets closed records begin anew. Done twice it finds those that it missed the first time: what began anew is not closed any more.
func (e *Engine) recycling(campaignID string) func(context.Context, calendar.Occasion) error {
	cfg, policy := e.cfg.Campaigns[campaignID], e.policies[campaignID].attended
	return func(ctx context.Context, o calendar.Occasion) error {
		n, err := e.store.Recycle(ctx, campaignID, cfg, policy, cfg.Calendar.Recycle.Recycling(o.Due, byCalendar))
		e.log.Info().Err(err).Str("campaign", campaignID).Int("records", n).Time("due", o.Due).Msg("records begin anew by the calendar")
		return err
	}
}

func (e *Engine) forgetting(campaignID string) func(context.Context, calendar.Occasion) error {
	return func(ctx context.Context, o calendar.Occasion) error {
		n, err := e.store.Promises().Purge(ctx, campaignID, o.Due.Add(-e.cfg.Campaigns[campaignID].Callback.Keep))
		if n > 0 {
			e.log.Info().Str("campaign", campaignID).Int("callbacks", n).Msg("callbacks forgotten that ended long ago")
		}
		return err
	}
}

// trimming forgets what is in the history for long enough.
func (e *Engine) trimming(campaignID string) func(context.Context, calendar.Occasion) error {
	return func(ctx context.Context, o calendar.Occasion) error {
		n, err := e.history.Trim(ctx, campaignID, o.Due.Add(-e.cfg.History.Keep), e.cfg.History.Most)
		if n > 0 {
			e.log.Info().Str("campaign", campaignID).Int64("entries", n).Msg("calls forgotten that were in the history for long enough")
		}
		return err
	}
}

// openAsConfigured stops campaigns that nobody has ever started or stopped, if their calendar has them closed at this hour.
func (e *Engine) openAsConfigured(ctx context.Context) error {
	if e.calendar == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	for id, cfg := range e.cfg.Campaigns {
		now := time.Now()
		open, known := cfg.OpenAt(now)
		if !known || open || !e.switches[id].Load().Since.IsZero() {
			continue
		}
		if _, err := e.switchCampaign(ctx, id, campaign.Switching{Run: false, Why: byCalendar, Due: now}); err != nil {
			return err
		}
	}
	return nil
}

// runCalendar does the works until ctx ends.
func (e *Engine) runCalendar(ctx context.Context) {
	if e.calendar == nil {
		return
	}
	if err := e.calendar.Run(ctx); err != nil {
		e.log.Error().Err(err).Msg("the calendar has stopped; campaigns are not opened and closed by themselves any more")
	}
}

// WorkView is something that is done at times of the calendar.
type WorkView struct {
	Campaign string    `json:"campaign" doc:"campaign's id"`
	Work     string    `json:"work" enum:"open,close,day,forget,recycle,trim" doc:"open and close: start and stop the campaign; day: keep the day's figures; forget: callbacks that ended long ago; recycle: let closed records begin anew; trim: calls that are in the history for long enough"`
	Schedule string    `json:"schedule" doc:"minute, hour, day of month, month and day of week, or a word like @daily" example:"0 9 * * mon-fri"`
	Zone     string    `json:"zone" doc:"IANA time zone in which it is meant" example:"Asia/Tokyo"`
	Next     *WorkTime `json:"next,omitempty" doc:"when it is done next; nothing while no process has entered it"`
	Last     *WorkRun  `json:"last,omitempty" doc:"how it went last; nothing before its time has first come"`
	Missed   *MissView `json:"missed,omitempty" doc:"what was missed the last time that something was: no process ran then"`
}

// WorkTime is when a work is done next.
type WorkTime struct {
	At      time.Time `json:"at" doc:"when; for one that failed: when it is tried again"`
	Running bool      `json:"running" doc:"a process is at it now"`
}

// WorkRun is how a work went.
type WorkRun struct {
	Due     time.Time `json:"due" doc:"the time of the schedule that it was done for"`
	Began   time.Time `json:"began" doc:"when it was begun"`
	Attempt int       `json:"attempt" doc:"which try it was, from 1"`
	Error   string    `json:"error,omitempty" doc:"why it failed; it is tried again"`
}

// MissView is times of the calendar that nothing was done for.
type MissView struct {
	Noticed time.Time   `json:"noticed" doc:"when that was noticed, and the latest of them made up for"`
	Times   []time.Time `json:"times" doc:"the times, at most the latest hundred"`
	All     int         `json:"all" doc:"how many there are"`
}

// Calendar shows what is done at times of the calendar and what was missed. It needs the privilege campaigns.run.
func (e *Engine) Calendar(ctx context.Context, agentID string) ([]WorkView, error) {
	a, err := e.agent(agentID)
	if err != nil {
		return nil, err
	}
	if !e.cfg.Privileges.Can(agent.RunCampaigns, a.cfg, agent.Change{}) {
		return nil, without(agent.RunCampaigns, "to see the calendar needs the privilege %s", agent.RunCampaigns)
	}
	all := []WorkView{}
	if e.calendar == nil {
		return all, nil
	}
	ctx, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	status, err := e.calendar.Status(ctx)
	if err != nil {
		return nil, &Error{Code: CodeStoreUnavailable, Message: "the calendar cannot be read now", Err: err}
	}
	for _, s := range status {
		kind, id, _ := strings.Cut(s.Work, "/")
		v := WorkView{Campaign: id, Work: kind, Schedule: s.When.String(), Zone: s.When.Zone().String()}
		if !s.Next.IsZero() {
			v.Next = &WorkTime{At: s.Next, Running: s.Running}
		}
		if r := s.Last; r != nil {
			v.Last = &WorkRun{Due: r.Due, Began: r.Began, Attempt: r.Attempt, Error: r.Error}
			if r.Missed.All > 0 {
				v.Missed = &MissView{Noticed: r.Missed.Noticed, Times: r.Missed.Times, All: r.Missed.All}
			}
		}
		all = append(all, v)
	}
	return all, nil
}

// DayView is the figures of one day of a campaign.
type DayView struct {
	Date         string           `json:"date" doc:"YYYY-MM-DD, in the zone of the campaign's calendar" example:"2026-04-01"`
	Since        string           `json:"since,omitempty" doc:"the day with figures before it; what was counted after that one is in this one" example:"2026-03-31"`
	Results      map[string]int64 `json:"results" doc:"attempts, by call result"`
	Dispositions map[string]int64 `json:"dispositions" doc:"records closed, by disposition"`
	Undialed     map[string]int64 `json:"undialed" doc:"records closed without being dialed, by why"`
}

// CampaignDays shows the figures of a campaign's latest days, the newest first. It needs the privilege campaigns.run.
func (e *Engine) CampaignDays(ctx context.Context, agentID, campaignID string, limit int) ([]DayView, error) {
	if err := e.runs(agentID, campaignID); err != nil {
		return nil, err
	}
	ctx, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	days, err := e.store.Days(ctx, campaignID, limit)
	if err != nil {
		return nil, &Error{Code: CodeStoreUnavailable, Message: "the campaign's days cannot be read now", Err: err}
	}
	all := make([]DayView, 0, len(days))
	for _, d := range days {
		v := DayView{Date: d.Date, Since: d.Since, Results: d.Results, Dispositions: d.Dispositions, Undialed: map[string]int64{}}
		for why, n := range d.Undialed {
			v.Undialed[string(why)] = n
		}
		all = append(all, v)
	}
	return all, nil
}

// callbacksDue counts the callbacks of a campaign that are due within a time from now, or overdue, and not with an agent: so many agents the pacing
// must not spend on fresh records. It asks Redis, in one short command.
func (e *Engine) callbacksDue(ctx context.Context, campaignID string, within time.Duration) (int64, error) {
	if e.scheduler == nil || !e.delivers(campaignID) {
		return 0, nil
	}
	return e.store.Promises().DueBefore(ctx, campaignID, time.Now().Add(within))
}
