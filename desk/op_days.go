package desk

import (
	"context"
	"errors"
	"maps"
	"net/http"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/history"
)

type (
	figuresInput struct {
		Campaign string `path:"campaign" maxLength:"64" doc:"campaign's id" example:"spring"`
		From     string `query:"from" format:"date" doc:"first day, by the campaign's calendar; left out: thirty days before the last" example:"2026-04-01"`
		To       string `query:"to" format:"date" doc:"last day, included; left out: today" example:"2026-04-30"`
		Agent    string `query:"agent" maxLength:"64" doc:"id of an agent: of the agents only this one's figures" example:"hanako"`
	}
	figuresOutput struct{ Body api.CampaignFigures }
)

func (s *Server) dayOperations() {
	register(s, operation{
		id: "list-day-figures", method: http.MethodGet, path: "/api/v1/campaigns/{campaign}/figures", tag: tagSupervisor,
		summary: "Show what was counted, day by day and agent by agent",
		description: "Figures of a campaign and of each of its agents on the days of a range, at most 400; today's are those until now. A call counts on the day when its history was " +
			"written, at the end of its wrap-up, so the figures are those of the calls that `list-past-calls` has between two midnights. They are kept for 400 days, longer " +
			"than the calls. Needs the privilege `" + string(agent.SeeHistory) + "`.",
		access: access{privilege: agent.SeeHistory}, codes: engineCodes(dialer.CodeUnknownCampaign, dialer.CodeStoreUnavailable),
		example: api.CampaignFigures{Days: []history.DayFigures{exampleDayFigures()}, Percentiles: exampleDayFigures().Percentiles},
	}, func(ctx context.Context, in *figuresInput) (*figuresOutput, error) {
		days, err := s.engine.DayFigures(ctx, caller(ctx).agent, in.Campaign, in.From, in.To)
		if errors.Is(err, history.ErrBadDate) {
			return nil, api.NewProblem(api.CodeBadRequest, err.Error())
		}
		for _, d := range days {
			maps.DeleteFunc(d.Agents, func(id string, _ history.Figures) bool { return in.Agent != "" && id != in.Agent })
		}
		return &figuresOutput{api.CampaignFigures{Days: filled(days), Percentiles: history.MergedPercentiles(days)}}, err
	})
}

func exampleDayFigures() history.DayFigures {
	hanako := history.Figures{
		Attempts: 61, Calls: 61, Answered: 61, HitRatio: 1, Results: map[string]int64{"answered": 61}, Dispositions: map[string]int64{"sale": 9, "no-interest": 52},
		Talk: 7411.2, WrapUp: 1220.4, AgentWaits: 61, AgentWait: 790.8, ContactWaits: 61, ContactWait: 6.1, QueueWaits: 61, QueueWait: 6.1, Kept: 2, Promised: 3,
	}
	all := hanako
	all.Attempts, all.Calls, all.Answered, all.Abandoned, all.HitRatio = 169, 169, 62, 1, 0.367
	all.QueueWaits, all.QueueWait = 62, 8.1
	all.Percentiles = &history.WaitPercentiles{
		Agent: history.Percentiles{P50: 9.51, P90: 29.02, P99: 48.07}, Contact: history.Percentiles{P50: 0.082, P90: 0.171, P99: 0.604},
		Queue: history.Percentiles{P50: 0.084, P90: 0.178, P99: 2.003},
	}
	all.Results = map[string]int64{"answered": 61, "abandoned": 1, "no-answer": 84, "busy": 23}
	return history.DayFigures{Campaign: "spring", Date: "2026-04-01", Figures: all, Agents: map[string]history.Figures{"hanako": hanako}}
}
