package desk

import (
	"context"
	"net/http"
	"time"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// Inputs and outputs of the operations on campaigns that dial by themselves.
type (
	modeInput struct {
		Campaign string `path:"campaign" maxLength:"64" doc:"campaign's id" example:"spring"`
		Body     api.ModeChoice
	}
	dialingOutput struct{ Body dialer.DialingView }
)

func (s *Server) dialingOperations() {
	codes := engineCodes(dialer.CodeUnknownCampaign, dialer.CodeUnknownMode)
	register(s, operation{
		id: "get-campaign-dialing", method: http.MethodGet, path: "/api/v1/campaigns/{campaign}/dialing", tag: tagSupervisor,
		summary: "How does a campaign dial?",
		description: "Shows how a campaign that dials by itself does so at this moment: its mode, agents, calls in flight, contacts who wait, and what the abandon limit " +
			"still allows in the measuring period. Needs the privilege `" + string(agent.RunCampaigns) + "`.",
		access: runReader, codes: codes, example: exampleDialing(),
	}, func(ctx context.Context, in *runInput) (*dialingOutput, error) {
		v, err := s.engine.Dialing(ctx, caller(ctx).agent, in.Campaign)
		return &dialingOutput{v}, err
	})
	register(s, operation{
		id: "set-campaign-mode", method: http.MethodPut, path: "/api/v1/campaigns/{campaign}/mode", tag: tagSupervisor,
		summary: "Change the mode of a campaign that dials",
		description: "Changes between progressive, predictive and power while the campaign dials, for all processes and beyond restarts, until it is changed again or " +
			"another mode is configured. Calls in flight go on. Who did it and why is kept. Needs the privilege `" + string(agent.RunCampaigns) + "`.",
		access: runReader, codes: append(codes, engineCodes(dialer.CodeStoreUnavailable)...), request: api.ModeChoice{Mode: "progressive", Why: "new agents"},
		example: exampleDialing(),
	}, func(ctx context.Context, in *modeInput) (*dialingOutput, error) {
		v, err := s.engine.SetDialingMode(ctx, caller(ctx).agent, in.Campaign, campaign.Mode(in.Body.Mode), in.Body.Why)
		return &dialingOutput{v}, err
	})
}

func exampleDialing() dialer.DialingView {
	at := time.Date(2026, 4, 1, 7, 30, 0, 0, time.UTC)
	return dialer.DialingView{
		Campaign: "spring", Mode: "progressive", InEffect: "progressive", Configured: "predictive", Since: &at, By: "sumire", ByName: "Sumire Ito", Why: "new agents",
		Running: true, Ready: 2, Busy: 11, InFlight: 2, Limit: "ready", AnswerRate: 0.31, Live: 418, Abandoned: 4, AbandonLimit: 0.03, Budget: 8.57,
		PeriodEnds: time.Date(2026, 4, 1, 15, 0, 0, 0, time.UTC),
	}
}
