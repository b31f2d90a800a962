package desk

import (
	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/callback"
)

// whole makes absent lists and maps of a view empty ones: JSON has [] and {} for them, never null, as the OpenAPI document says. The view
// itself is left as it is; others hold it too.
func whole(v any) any {
	switch v := v.(type) {
	case dialer.AgentView:
		return wholeAgent(v)
	case dialer.CallView:
		return wholeCall(v)
	case dialer.CampaignView:
		return wholeCampaign(v)
	case api.Snapshot:
		v.Agent = wholeAgent(v.Agent)
		if v.Call != nil {
			call := wholeCall(*v.Call)
			v.Call = &call
		}
		v.Campaigns = mapped(v.Campaigns, wholeCampaign)
		return v
	case dialer.WallboardView:
		v.Campaigns, v.Agents = mapped(v.Campaigns, wholeCampaignBoard), mapped(v.Agents, wholeAgentBoard)
		v.Calls = mapped(v.Calls, wholeLiveCall)
		v.Runs, v.Dialings, v.Courses = mapped(v.Runs, wholeRun), filled(v.Dialings), mapped(v.Courses, wholeCourse)
		return v
	case dialer.CampaignBoard:
		return wholeCampaignBoard(v)
	case dialer.RunView:
		return wholeRun(v)
	case dialer.CourseView:
		return wholeCourse(v)
	case dialer.AgentBoardView:
		return wholeAgentBoard(v)
	case dialer.LiveCallView:
		return wholeLiveCall(v)
	}
	return v
}

func wholeAgent(v dialer.AgentView) dialer.AgentView {
	v.Campaigns = filled(v.Campaigns)
	return v
}

func wholeCall(v dialer.CallView) dialer.CallView {
	v.Allowed = filled(v.Allowed)
	v.Parties = filled(v.Parties)
	v.Record.Numbers = filled(v.Record.Numbers)
	v.Record.History = filled(v.Record.History)
	v.Record.Fields = filledMap(v.Record.Fields)
	if v.Callback != nil {
		verdict := wholeVerdict(*v.Callback)
		v.Callback = &verdict
	}
	if v.Promise != nil {
		promise := wholePromise(*v.Promise)
		v.Promise = &promise
	}
	if v.Rules != nil {
		rules := *v.Rules
		rules.Dispositions, rules.Privileges, rules.Callback.Groups = filled(rules.Dispositions), filled(rules.Privileges), filled(rules.Callback.Groups)
		v.Rules = &rules
	}
	return v
}

func wholeVerdict(v callback.Verdict) callback.Verdict {
	v.Contact = filled(v.Contact)
	v.Problems = filled(v.Problems)
	v.Slots = mapped(v.Slots, func(slot callback.Slot) callback.Slot {
		slot.Contact = filled(slot.Contact)
		return slot
	})
	return v
}

func wholePromise(v dialer.PromiseView) dialer.PromiseView {
	v.Allowed = filled(v.Allowed)
	return v
}

func wholeCampaign(v dialer.CampaignView) dialer.CampaignView {
	v.Dispositions = filled(v.Dispositions)
	v.Privileges = filled(v.Privileges)
	v.Callback.Groups = filled(v.Callback.Groups)
	return v
}

func wholeCampaignBoard(v dialer.CampaignBoard) dialer.CampaignBoard {
	v.Agents, v.Results = filledMap(v.Agents), filledMap(v.Results)
	return v
}

func wholeAgentBoard(v dialer.AgentBoardView) dialer.AgentBoardView {
	v.AgentView, v.Seconds, v.Results = wholeAgent(v.AgentView), filledMap(v.Seconds), filledMap(v.Results)
	return v
}

func wholeRun(v dialer.RunView) dialer.RunView {
	v.Log = filled(v.Log)
	return v
}

func wholeCourse(v dialer.CourseView) dialer.CourseView {
	v.Steps = filled(v.Steps)
	return v
}

func wholeLiveCall(v dialer.LiveCallView) dialer.LiveCallView {
	v.Allowed = filled(v.Allowed)
	return v
}

func wholeTarget(v dialer.TargetView) dialer.TargetView {
	v.For = filled(v.For)
	return v
}

func filled[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func filledMap[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return m
}

func mapped[T any](s []T, f func(T) T) []T {
	out := make([]T, len(s))
	for i, v := range s {
		out[i] = f(v)
	}
	return out
}
