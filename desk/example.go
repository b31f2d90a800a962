package desk

import (
	"encoding/json"
	"time"

	"github.com/hasshin/hasshin/desk/api"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
)

// The examples of the OpenAPI document tell one story: Hanako of the campaign "spring" handles a call to a contact.

var exampleTime = time.Date(2026, 4, 1, 9, 30, 0, 0, time.UTC)

func exampleSession(withToken bool) api.Session {
	session := api.Session{
		Agent: "hanako", Name: "Hanako Sato", Role: "agent", Privileges: examplePrivileges(),
		Expires: exampleTime.Add(12 * time.Hour), Ends: exampleTime.Add(24 * time.Hour),
	}
	if withToken {
		session.Token = "x3mN0nLUwJbm8mWnYB5cG1g9yq2P9y9CzvXyC6Zt3nE"
	}
	return session
}

func examplePrivileges() []string {
	names := []string{}
	for _, p := range (agent.Bundles{}).Of(agent.Config{Role: agent.RoleAgent}, agent.Change{}) {
		names = append(names, string(p))
	}
	return names
}

func exampleAgent() dialer.AgentView {
	return dialer.AgentView{
		ID: "hanako", Name: "Hanako Sato", State: "on-call", Since: exampleTime.Add(12 * time.Second),
		Phone:  dialer.PhoneView{State: "connected", Kind: "sip", Leg: "nailed-up", Endpoint: "PJSIP/agent-hanako"},
		CallID: "01jn8z5t0v9q2m4k7c", Campaigns: []string{"spring"}, Next: true, Node: "ast1",
	}
}

func exampleCampaign() dialer.CampaignView {
	return dialer.CampaignView{
		ID: "spring", Name: "Spring offers", Mode: "preview", State: "running", Waiting: 11811, Later: 402, Out: 2, Finished: 176, Promised: 12, Required: true,
		Callback: dialer.CallbackRulesView{
			Kind: "personal", Absent: dialer.AbsenceView{Minutes: 10, Then: "pool"}, Groups: []string{"sales"}, NextShift: true, Horizon: 90 * 24 * 3600,
			Slot: 15, NoteLength: 1000, TimeZone: "Asia/Tokyo",
		},
		Privileges:   examplePrivileges(),
		Dispositions: []dialer.DispositionView{{Code: "sold", Name: "Sold"}, {Code: "not-interested", Name: "Not interested"}},
	}
}

func exampleCall() dialer.CallView {
	answered := exampleTime.Add(12 * time.Second)
	return dialer.CallView{
		ID: "01jn8z5t0v9q2m4k7c", Campaign: "spring", Agent: "hanako", Origin: "campaign", State: "talking",
		Allowed: []string{"hold", "consult", "invite", "transfer", "end", "done"}, Since: answered, Number: "+815012345600", AnsweredAt: &answered,
		Record: dialer.RecordView{
			ID: "C-1042", Name: "Taro Yamada", TimeZone: "Asia/Tokyo",
			Numbers: []dialer.NumberView{{Number: "+815012345600", Type: "mobile"}, {Number: "+81312345611", Type: "home"}},
			Fields:  map[string]string{"city": "Sendai", "contract": "B-77"},
			History: []dialer.AttemptView{{At: exampleTime.Add(-24 * time.Hour), Number: "+81312345611", Agent: "jiro", Result: "no-answer"}},
		},
		Parties: []dialer.PartyView{{ID: "contact", Role: "contact", State: "talking", Name: "Taro Yamada", Allowed: []string{"drop", "mute", "dtmf"}}},
	}
}

// exampleHeld is the call while the contact hears music.
func exampleHeld() dialer.CallView {
	v := exampleCall()
	v.State, v.Allowed, v.Parties[0].State = "held", []string{"resume", "consult", "transfer", "end", "done"}, "on-hold"
	return v
}

// exampleConsultation is the call with a colleague in it, or being asked.
func exampleConsultation(state string) dialer.CallView {
	v := exampleCall()
	v.State = state
	jiro := dialer.PartyView{ID: "t1", Role: "target", State: "talking", Name: "Jiro Suzuki", Agent: "jiro", Allowed: []string{"drop", "mute", "dtmf"}}
	switch state {
	case "consult-ringing":
		v.Allowed, v.Parties[0].State, jiro.State = []string{"end-consult", "end", "done"}, "on-hold", "offered"
	case "alternated":
		v.Allowed, jiro.State = []string{"end-consult", "swap", "merge", "complete", "end", "done"}, "on-hold"
	case "inviting":
		v.Allowed, jiro.State = []string{"end-consult", "end", "done"}, "offered"
	case "transferring":
		v.Allowed, v.Parties[0].State, jiro.State = []string{"retrieve", "end", "done"}, "on-hold", "offered"
	case "conference":
		v.Allowed = []string{"invite", "leave", "end", "done"}
	}
	switch {
	case state == "transferring":
		jiro.Allowed = nil
	case jiro.State == "offered":
		jiro.Allowed = []string{"drop"}
	}
	v.Parties = append(v.Parties, jiro)
	return v
}

// exampleTransferred is the call after a colleague took it over, as the agent sees it who had it before.
func exampleTransferred() dialer.CallView {
	v := exampleCall()
	v.State, v.Allowed, v.Origin, v.HandedTo, v.HandedToName = "wrap-up", []string{"done"}, "transfer", "jiro", "Jiro Suzuki"
	v.Parties[0].Allowed = nil
	return v
}

// exampleBlocked is the call whose contact does not want to be called at this number any more.
func exampleBlocked() dialer.CallView {
	v := exampleCall()
	v.Record.Numbers[0].DoNotCall = true
	return v
}

func exampleTargets(inCall bool) api.Targets {
	since := exampleTime.Add(-5 * time.Minute)
	all, transfer := []string{"consult", "invite", "transfer"}, []string{"transfer"}
	targets := []dialer.TargetView{
		{Kind: "agent", ID: "jiro", Name: "Jiro Suzuki", Groups: []string{"sales"}, State: "ready", Since: &since, Available: true, Favourite: true, UsedAt: &since, For: all},
		{Kind: "group", ID: "sales", Name: "sales", Available: true, Ready: 3, For: all},
		{Kind: "queue", ID: "help", Name: "help", Available: true, For: transfer},
		{Kind: "number", Number: "+442079460999", Name: "Head office", For: all, Refused: string(dialer.CodeForbidden),
			Why: "to reach +442079460999 needs the privilege targets.outside.international"},
	}
	if inCall {
		targets = append(targets, dialer.TargetView{Kind: "number", Number: "+81312345611", Name: "Taro Yamada", Type: "home", Contact: true, Available: true, For: all})
	}
	return api.Targets{Targets: targets}
}

func exampleEvent(kind string, seq uint64) api.Event {
	e := api.Event{Seq: seq, Kind: kind, At: exampleTime.Add(12 * time.Second)}
	var data any
	call := exampleCall()
	switch kind {
	case api.EventSnapshot:
		data = api.Snapshot{Agent: exampleAgent(), Call: &call, Campaigns: []dialer.CampaignView{exampleCampaign()}}
	case api.EventCall:
		data = call
	case api.EventAgent:
		data = exampleAgent()
	case api.EventCampaign:
		data = exampleCampaign()
	case api.EventTone:
		data = dialer.ToneView{Event: "connected"}
	}
	if kind == api.EventSnapshot || kind == api.EventResumed {
		e.Stream = "F3KQ2M7XW4R5T6Y7"
	}
	if data != nil {
		e.Data, _ = json.Marshal(data) // structs of strings, numbers and times cannot fail
	}
	return e
}
