package desk

import (
	"context"
	"net/http"
	"time"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
)

// Inputs and outputs of the operations that start and stop campaigns.
type (
	runInput struct {
		Campaign string `path:"campaign" maxLength:"64" doc:"campaign's id" example:"spring"`
	}
	startInput struct {
		Campaign string `path:"campaign" maxLength:"64" doc:"campaign's id" example:"spring"`
		Body     *api.CampaignStart
	}
	stopInput struct {
		Campaign string `path:"campaign" maxLength:"64" doc:"campaign's id" example:"spring"`
		Body     *api.CampaignStop
	}
	daysInput struct {
		Campaign string `path:"campaign" maxLength:"64" doc:"campaign's id" example:"spring"`
		Limit    int    `query:"limit" minimum:"1" maximum:"1100" default:"31" doc:"most days to answer with" example:"31"`
	}
	runOutput      struct{ Body dialer.RunView }
	calendarOutput struct{ Body api.Calendar }
	daysOutput     struct{ Body api.CampaignDays }
)

// Who may start and stop campaigns.
var (
	runReader  = access{privilege: agent.RunCampaigns}
	runCommand = access{privilege: agent.RunCampaigns, command: true}
)

func (s *Server) runOperations() {
	codes := engineCodes(dialer.CodeUnknownCampaign, dialer.CodeStoreUnavailable)
	register(s, operation{
		id: "get-campaign-run", method: http.MethodGet, path: "/api/v1/campaigns/{campaign}/run", tag: tagSupervisor,
		summary: "Is a campaign running?",
		description: "Tells whether a campaign is running, since when, who started or stopped it and why, and its latest fifty changes. Needs the privilege `" +
			string(agent.RunCampaigns) + "`.",
		access: runReader, codes: codes, example: exampleRun(),
	}, func(ctx context.Context, in *runInput) (*runOutput, error) {
		return runAnswer(s.engine.CampaignRun(ctx, caller(ctx).agent, in.Campaign))
	})
	register(s, operation{
		id: "start-campaign", method: http.MethodPost, path: "/api/v1/campaigns/{campaign}/start", tag: tagSupervisor,
		summary: "Start a campaign",
		description: "Lets records of a campaign be handed out and dialed, in all processes. Starting one that is running changes nothing. Needs the privilege `" +
			string(agent.RunCampaigns) + "`.",
		access: runCommand, codes: codes, request: api.CampaignStart{Why: "the trunk works again"}, example: exampleRun(),
	}, func(ctx context.Context, in *startInput) (*runOutput, error) {
		var body api.CampaignStart
		if in.Body != nil {
			body = *in.Body
		}
		return runAnswer(s.engine.StartCampaign(ctx, caller(ctx).agent, in.Campaign, body.Why))
	})
	register(s, operation{
		id: "stop-campaign", method: http.MethodPost, path: "/api/v1/campaigns/{campaign}/stop", tag: tagSupervisor,
		summary: "Stop a campaign",
		description: "Lets no more records be handed out and nobody be dialed, in all processes. Previews that were not accepted yet go back; calls on the line go " +
			"on to their end. What becomes of callbacks the campaign's `callback.when_stopped` says. The calendar starts it again at its next opening, " +
			"unless `hold` is set. Needs the privilege `" + string(agent.RunCampaigns) + "`.",
		access: runCommand, codes: codes, request: api.CampaignStop{Why: "the trunk is down", Hold: true}, example: exampleStopped(),
	}, func(ctx context.Context, in *stopInput) (*runOutput, error) {
		var body api.CampaignStop
		if in.Body != nil {
			body = *in.Body
		}
		return runAnswer(s.engine.StopCampaign(ctx, caller(ctx).agent, in.Campaign, body.Why, body.Hold))
	})
}

func (s *Server) calendarOperations() {
	register(s, operation{
		id: "get-calendar", method: http.MethodGet, path: "/api/v1/calendar", tag: tagSupervisor,
		summary: "What does the calendar do, and what was missed?",
		description: "Lists what is done at times of the calendar: opening and closing campaigns, keeping the day's figures, forgetting old callbacks. Each is done by " +
			"one process, and once when no process ran at its time: `missed` then tells which times were passed over. Needs the privilege `" +
			string(agent.RunCampaigns) + "`.",
		access: runReader, codes: engineCodes(dialer.CodeStoreUnavailable), example: api.Calendar{Works: []dialer.WorkView{exampleWork()}},
	}, func(ctx context.Context, _ *nothing) (*calendarOutput, error) {
		works, err := s.engine.Calendar(ctx, caller(ctx).agent)
		return &calendarOutput{api.Calendar{Works: filled(works)}}, err
	})
	register(s, operation{
		id: "get-campaign-days", method: http.MethodGet, path: "/api/v1/campaigns/{campaign}/days", tag: tagSupervisor,
		summary: "Show a campaign's figures day by day",
		description: "Shows what was counted on each day that has ended: attempts by result, closed records by disposition. The day ends when `calendar.day` of the " +
			"campaign says. Needs the privilege `" + string(agent.RunCampaigns) + "`.",
		access: runReader, codes: engineCodes(dialer.CodeUnknownCampaign, dialer.CodeStoreUnavailable),
		example: api.CampaignDays{Days: []dialer.DayView{exampleDay()}},
	}, func(ctx context.Context, in *daysInput) (*daysOutput, error) {
		days, err := s.engine.CampaignDays(ctx, caller(ctx).agent, in.Campaign, in.Limit)
		return &daysOutput{api.CampaignDays{Days: filled(days)}}, err
	})
}

func exampleWork() dialer.WorkView {
	due := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	return dialer.WorkView{
		Campaign: "spring", Work: "open", Schedule: "0 9 * * mon-fri", Zone: tokyo, Next: &dialer.WorkTime{At: due.Add(24 * time.Hour)},
		Last:   &dialer.WorkRun{Due: due, Began: due.Add(20 * time.Minute), Attempt: 1},
		Missed: &dialer.MissView{Noticed: due.Add(20 * time.Minute), Times: []time.Time{due.Add(-24 * time.Hour)}, All: 1},
	}
}

func exampleDay() dialer.DayView {
	return dialer.DayView{
		Date: "2026-04-01", Since: "2026-03-31", Results: map[string]int64{"answered": 412, "no-answer": 230, "busy": 41},
		Dispositions: map[string]int64{"sold": 37, "not-interested": 301}, Undialed: map[string]int64{"do-not-call": 3},
	}
}

func runAnswer(v dialer.RunView, err error) (*runOutput, error) {
	v.Log = filled(v.Log)
	return &runOutput{v}, err
}

func exampleRun() dialer.RunView {
	at := time.Date(2026, 4, 1, 7, 30, 0, 0, time.UTC)
	v := exampleStopped()
	v.Running, v.Held, v.Since, v.Why = true, false, &at, "the trunk works again"
	v.Log = append([]dialer.SwitchView{{At: at, Running: true, By: v.By, ByName: v.ByName, Why: v.Why}}, v.Log...)
	return v
}

func exampleStopped() dialer.RunView {
	at := time.Date(2026, 4, 1, 7, 0, 0, 0, time.UTC)
	return dialer.RunView{
		Campaign: "spring", Held: true, Since: &at, By: "sumire", ByName: "Sumire Ito", Why: "the trunk is down",
		Log: []dialer.SwitchView{{At: at, Held: true, By: "sumire", ByName: "Sumire Ito", Why: "the trunk is down"}, {At: at.Add(-7 * time.Hour), Running: true, Why: "calendar"}},
	}
}
