package desk

import (
	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
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
	if v.Record.Fields == nil {
		v.Record.Fields = map[string]string{}
	}
	return v
}

func wholeCampaign(v dialer.CampaignView) dialer.CampaignView {
	v.Dispositions = filled(v.Dispositions)
	v.Privileges = filled(v.Privileges)
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

func mapped[T any](s []T, f func(T) T) []T {
	out := make([]T, len(s))
	for i, v := range s {
		out[i] = f(v)
	}
	return out
}
