package dialer

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/audit"
)

// maySupervise refuses to let somebody do to an agent's call what needs a privilege.
func (e *Engine) maySupervise(by agent.Config, agentID, campaignID string, p agent.Privilege) *Error {
	if !e.cfg.Privileges.Can(p, by, e.cfg.Campaigns[campaignID].Privileges) {
		return without(p, "this needs the privilege %s", p)
	}
	if len(by.Supervises) == 0 || slices.ContainsFunc(by.Supervises, func(group string) bool { return slices.Contains(e.cfg.Groups[group], agentID) }) {
		return nil
	}
	return without(p, "%s is in none of the groups that you supervise", agentID)
}

// SuperviseAgent lets a supervisor hear an agent's present call and all that follow, until StopSupervising, or changes the mode if the agent is
// supervised already. It answers when the call is heard, or at once when the agent is in none. Between calls nothing is heard.
//
// The supervisor needs a phone that is connected, and takes no calls meanwhile.
func (e *Engine) SuperviseAgent(ctx context.Context, supervisor, agentID string, mode SuperviseMode) (AgentView, error) {
	a, err := e.agent(supervisor)
	if err != nil {
		return AgentView{}, err
	}
	switch to, known := e.agents[agentID]; {
	case !known:
		return AgentView{}, refuse(CodeUnknownAgent, "there is no agent %q", agentID)
	case to == a:
		return AgentView{}, refuse(CodeUnknownTarget, "nobody supervises themselves")
	}
	p, known := modePrivilege[mode]
	if !known {
		return AgentView{}, refuse(CodeUnknownTarget, "%q is no way to supervise", mode)
	}
	// A campaign may give the privilege, or take it: in the agent's campaigns there must be one in which it is there.
	refused := e.maySupervise(a.cfg, agentID, "", p)
	for _, id := range e.agents[agentID].cfg.Campaigns {
		if refused == nil {
			break
		}
		if err := e.maySupervise(a.cfg, agentID, id, p); err == nil {
			refused = nil
		}
	}
	if refused != nil {
		return AgentView{}, refused
	}
	return ofAgent(ctx, e, supervisor, func(a *agentActor, reply func(AgentView, error)) { a.doSupervise(agentID, "", mode, reply) })
}

// SuperviseCall is SuperviseAgent for one call: the supervisor follows it to whoever has it, until it ends.
func (e *Engine) SuperviseCall(ctx context.Context, supervisor, callID string, mode SuperviseMode) (AgentView, error) {
	p, known := modePrivilege[mode]
	if !known {
		return AgentView{}, refuse(CodeUnknownTarget, "%q is no way to supervise", mode)
	}
	owner, _, err := e.supervisable(ctx, supervisor, callID, p)
	if err != nil {
		return AgentView{}, err
	}
	return ofAgent(ctx, e, supervisor, func(a *agentActor, reply func(AgentView, error)) {
		a.doSupervise(owner, callID, mode, reply)
	})
}

// supervisable finds a live call that a supervisor may do something with.
func (e *Engine) supervisable(ctx context.Context, supervisor, callID string, p agent.Privilege) (owner string, c *callActor, err error) {
	a, err := e.agent(supervisor)
	if err != nil {
		return "", nil, err
	}
	c = e.callOf(callID)
	if c == nil {
		return "", nil, refuse(CodeUnknownCall, "there is no call %q, or it is over", callID)
	}
	ctx, cancel := e.bounded(ctx, e.cfg.CommandTimeout)
	defer cancel()
	owner, err = ask(ctx, &c.actor, refuse(CodeUnknownCall, "the call is over"), func(reply func(string, error)) {
		switch err := e.maySupervise(a.cfg, c.owner.id, c.campaignID, p); {
		case err != nil:
			reply("", err)
		case c.owner == a:
			reply("", refuse(CodeWrongState, "this is your own call"))
		case !c.state.Live():
			reply("", refuse(CodeUnknownCall, "nobody is on the line"))
		default:
			reply(c.owner.id, nil)
		}
	})
	return owner, c, err
}

// StopSupervising ends SuperviseAgent or SuperviseCall; the supervisor is ready or not as before.
func (e *Engine) StopSupervising(ctx context.Context, supervisor string) (AgentView, error) {
	return ofAgent(ctx, e, supervisor, (*agentActor).doStopSupervising)
}

// TakeOver lets a supervisor take the call that is being heard: the contact, and all others in a conference, come to the supervisor; its agent
// goes to wrap-up. Somebody being consulted is released. It answers when they are together.
func (e *Engine) TakeOver(ctx context.Context, supervisor string) (CallView, error) {
	return ofAgent(ctx, e, supervisor, (*agentActor).doTakeOver)
}

// EndSupervised ends another agent's call. The supervisor need not be listening.
func (e *Engine) EndSupervised(ctx context.Context, supervisor, callID string) (LiveCallView, error) {
	owner, c, err := e.supervisable(ctx, supervisor, callID, agent.EndOthersCalls)
	if err != nil {
		return LiveCallView{}, err
	}
	now := time.Now()
	entry := audit.Entry{
		ID: newID(), Kind: audit.EndCall, By: supervisor, Agent: owner, Call: c.id, Campaign: c.campaignID, Record: c.record.ID, From: now, To: now,
	}
	if err := e.noteAudit(ctx, entry); err != nil {
		return LiveCallView{}, err
	}
	ctx, cancel := e.bounded(ctx, e.cfg.CommandTimeout)
	defer cancel()
	return ask(ctx, &c.actor, refuse(CodeUnknownCall, "the call is over"), func(reply func(LiveCallView, error)) {
		c.doEnd(func(_ CallView, err error) { reply(c.liveView(), err) })
	})
}

func (e *Engine) noteAudit(ctx context.Context, entry audit.Entry) error {
	ctx, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	if err := e.auditLog.Begin(ctx, entry); err != nil {
		return &Error{Code: CodeStoreUnavailable, Message: "the audit log cannot be written now; nothing was done", Err: err}
	}
	return nil
}

// LiveCallView is a call as a supervisor sees it.
type LiveCallView struct {
	ID               string     `json:"id"`
	Campaign         string     `json:"campaign" doc:"campaign's id"`
	Agent            string     `json:"agent" doc:"id of the agent who has it"`
	AgentName        string     `json:"agent_name"`
	State            string     `json:"state" doc:"state of the call"`
	Since            time.Time  `json:"since" doc:"when this state began"`
	Record           string     `json:"record" doc:"id of the contact's record"`
	Name             string     `json:"name" doc:"contact's name"`
	Number           string     `json:"number,omitempty" doc:"number dialed, E.164"`
	Origin           string     `json:"origin" enum:"campaign,callback,personal-callback,transfer,manual" doc:"where the call came from"`
	AnsweredAt       *time.Time `json:"answered_at,omitempty"`
	Recording        string     `json:"recording,omitempty" enum:"off,recording,paused,waiting,failed" doc:"how it is being recorded, if calls of its campaign can be; failed: it should be, recording_problem says why it is not"`
	RecordingProblem string     `json:"recording_problem,omitempty" doc:"why it is not recorded"`
	Allowed          []string   `json:"allowed" doc:"what the supervisor can do: listen, whisper, barge, take-over, end"`
}

func (c *callActor) liveView() LiveCallView {
	v := LiveCallView{
		ID: c.id, Campaign: c.campaignID, Agent: c.owner.id, AgentName: c.owner.name(), State: string(c.state), Since: c.since,
		Record: c.record.ID, Name: c.record.Name, Origin: cmp.Or(c.origin, "campaign"), Allowed: []string{},
	}
	if at := c.attempt(); at != nil {
		v.Number, v.AnsweredAt = at.Number, moment(at.Answered)
	}
	if r := c.recorder.view(); r != nil {
		v.Recording, v.RecordingProblem = r.State, r.Problem
	}
	return v
}

// superviseCommands are what LiveCallView.Allowed can have, with the privilege that each needs.
var superviseCommands = []struct {
	name      string
	privilege agent.Privilege
}{
	{string(ModeListen), agent.ListenIn}, {string(ModeWhisper), agent.WhisperIn}, {string(ModeBarge), agent.BargeIn},
	{"take-over", agent.TakeOverCalls}, {"end", agent.EndOthersCalls},
}

// LiveCalls lists the calls in which somebody is on the line and that a supervisor may do something with, the longest first.
func (e *Engine) LiveCalls(ctx context.Context, supervisor string) ([]LiveCallView, error) {
	if _, err := e.agent(supervisor); err != nil {
		return nil, err
	}
	calls, err := e.BoardCalls(ctx)
	if err != nil {
		return nil, err
	}
	seen := []LiveCallView{}
	for _, v := range calls {
		if v, sees := e.SeenBy(supervisor, v); sees {
			seen = append(seen, v)
		}
	}
	return seen, nil
}

// AuditEntryView is an entry of the audit log, with the names that people have now.
type AuditEntryView struct {
	audit.Entry
	ByName    string `json:"by_name" doc:"name of the one who did it"`
	AgentName string `json:"agent_name,omitempty" doc:"name of the agent to whom it was done"`
}

// AuditLog reads the audit log, the newest entries first.
func (e *Engine) AuditLog(ctx context.Context, by string, q audit.Query) ([]AuditEntryView, error) {
	a, err := e.agent(by)
	if err != nil {
		return nil, err
	}
	if !e.cfg.Privileges.Can(agent.SeeAudit, a.cfg, agent.Change{}) {
		return nil, without(agent.SeeAudit, "to read the audit log needs the privilege %s", agent.SeeAudit)
	}
	ctx, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	entries, err := e.auditLog.List(ctx, q)
	if err != nil {
		return nil, &Error{Code: CodeStoreUnavailable, Message: "the audit log cannot be read now", Err: err}
	}
	named := make([]AuditEntryView, 0, len(entries))
	for _, entry := range entries {
		named = append(named, AuditEntryView{entry, e.nameOf(entry.By), e.nameOf(entry.Agent)})
	}
	return named, nil
}
