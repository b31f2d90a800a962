package desk

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
)

type (
	wallboardOutput struct{ Body dialer.WallboardView }
	courseInput     struct {
		Campaign string `path:"campaign" maxLength:"64" doc:"campaign's id" example:"spring"`
	}
	courseOutput struct{ Body dialer.CourseView }
)

func (s *Server) wallboardOperation() {
	register(s, operation{
		id: "get-wallboard", method: http.MethodGet, path: "/api/v1/wallboard", tag: tagSupervisor,
		summary: "Show the live figures of campaigns and agents",
		description: "Shows how each campaign and each agent is doing: the last half hour of the campaigns, the time since signing in of the agents. Agents and calls are " +
			"those of the process that answers; the list, the abandon limit and the callbacks are of all. `calls` has what `list-live-calls` shows, `courses` what " +
			"`get-campaign-course` does; `runs` and `dialings` what `get-campaign-run` and `get-campaign-dialing` do, of the campaigns that one may run. Needs the privilege `" +
			string(agent.SeeAgents) + "`.",
		access: access{privilege: agent.SeeAgents}, codes: engineCodes(dialer.CodeStoreUnavailable), example: exampleWallboard(),
	}, func(ctx context.Context, _ *nothing) (*wallboardOutput, error) {
		v, err := s.engine.Wallboard(ctx, caller(ctx).agent)
		return &wallboardOutput{whole(v).(dialer.WallboardView)}, err
	})
	register(s, operation{
		id: "get-campaign-course", method: http.MethodGet, path: "/api/v1/campaigns/{campaign}/course", tag: tagSupervisor,
		summary: "Show how a campaign's figures went",
		description: "Shows the last half hour of a campaign, minute by minute, as charts need it; of the process that answers, and less when it is younger. Needs the " +
			"privilege `" + string(agent.SeeAgents) + "`.",
		access: access{privilege: agent.SeeAgents}, codes: engineCodes(dialer.CodeUnknownCampaign), example: exampleCourse(),
	}, func(ctx context.Context, in *courseInput) (*courseOutput, error) {
		v, err := s.engine.Course(ctx, caller(ctx).agent, in.Campaign)
		return &courseOutput{wholeCourse(v)}, err
	})
}

func exampleCourse() dialer.CourseView {
	at := time.Date(2026, 4, 1, 1, 30, 20, 0, time.UTC)
	utilisation, agents, contacts := 0.874, 12.4, 0.09
	return dialer.CourseView{Campaign: "spring", At: at, Step: 60, Steps: []dialer.CourseStep{
		{From: at.Truncate(time.Minute), Utilisation: &utilisation, AgentWait: &agents, ContactWait: &contacts, Attempts: 16, Answered: 6},
	}}
}

func exampleWallboard() dialer.WallboardView {
	at := time.Date(2026, 4, 1, 1, 30, 0, 0, time.UTC)
	done, begins, ends, waiting := at.Add(5*time.Hour), at.Add(-10*24*time.Hour), at.Add(20*24*time.Hour), at.Add(-700*time.Millisecond)
	return dialer.WallboardView{
		At: at,
		Campaigns: []dialer.CampaignBoard{{
			ID: "spring", Name: "Spring", Mode: "predictive", Running: true, From: at.Add(-30 * time.Minute),
			Agents:   map[string]int{"ready": 2, "on-call": 14, "wrap-up": 3, "not-ready": 1},
			Attempts: 482, Results: map[string]int{"answered": 171, "no-answer": 214, "busy": 61, "abandoned": 3, "invalid-number": 33},
			HitRatio: 0.361, Utilisation: 0.874,
			AgentWait:   dialer.WaitView{Times: 168, Mean: 12.4, P50: 9.5, P90: 29, P99: 47.2, Worst: 48.1},
			ContactWait: dialer.WaitView{Times: 168, Mean: 0.09, P50: 0.082, P90: 0.171, P99: 0.604, Worst: 1.7},
			QueueWait:   dialer.WaitView{Times: 171, Mean: 0.12, P50: 0.084, P90: 0.178, P99: 2.003, Worst: 2.003},
			Placed:      &dialer.PlacedView{Dialing: 4, Ringing: 17, Detecting: 1, Waiting: 1, WaitingSince: &waiting, Message: 2},
			List:        dialer.ListView{Total: 20000, Ready: 4800, Waiting: 5879, Out: 41, Promised: 160, Closed: 9120, Penetration: 0.456, DoneAt: &done},
			Abandon:     dialer.AbandonView{Limit: 0.03, Rate: 0.0121, Answered: 4130, Abandoned: 50, Begins: &begins, Ends: &ends}, CallbacksDue: 2,
		}},
		Agents: []dialer.AgentBoardView{{
			AgentView: exampleAgent(), At: at, SignedInAt: at.Add(-2 * time.Hour), Calls: 41, Utilisation: 0.86, Wait: 13.2,
			Waits:   dialer.WaitView{Times: 41, Mean: 13.2, P50: 10.1, P90: 28.4, P99: 41, Worst: 41.3},
			Results: map[string]int{"answered": 40, "machine": 1}, HitRatio: 1,
			Seconds: map[string]float64{"ready": 980, "on-call": 4920, "wrap-up": 940, "not-ready": 360},
		}},
		Runs: []dialer.RunView{exampleRun()}, Dialings: []dialer.DialingView{exampleDialing()}, Courses: []dialer.CourseView{exampleCourse()},
		Calls: []dialer.LiveCallView{exampleLiveCall()},
	}
}

func exampleBoardEvent(kind string, seq uint64) api.BoardEvent {
	board := exampleWallboard()
	e := api.BoardEvent{Seq: seq, Kind: kind, At: board.At}
	var data any
	switch kind {
	case api.EventSnapshot:
		data = board
	case api.EventAgent:
		data = board.Agents[0]
	case api.EventCampaign:
		data = board.Campaigns[0]
	case api.EventRun:
		data = board.Runs[0]
	case api.EventDialing:
		data = board.Dialings[0]
	case api.EventCourse:
		data = board.Courses[0]
	case api.EventCall:
		data = board.Calls[0]
	case api.EventRecordingFailed:
		c := board.Calls[0]
		data = dialer.RecordingFailure{
			Call: c.ID, Campaign: c.Campaign, Agent: c.Agent, AgentName: c.AgentName, At: board.At, Problem: "the recording was ended by Asterisk itself; is its disk full?",
		}
	}
	if kind == api.EventSnapshot || kind == api.EventResumed {
		e.Stream = "F3KQ2M7XW4R5T6Y7"
	}
	if data != nil {
		e.Data, _ = json.Marshal(data) // structs of strings, numbers and times cannot fail
	}
	return e
}
