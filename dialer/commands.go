package dialer

import (
	"context"
	"slices"
	"sort"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
)

// What agents and their programs can ask of the engine. Each command is answered when Asterisk's events, or the calling list, have
// confirmed it. Errors are *Error, or the context's own.

// bounded gives a command a deadline.
func (e *Engine) bounded(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, limit)
}

func (e *Engine) agent(id string) (*agentActor, error) {
	if a := e.agents[id]; a != nil {
		return a, nil
	}
	return nil, refuse(CodeUnknownAgent, "there is no agent %q", id)
}

var errGone = refuse(CodeShuttingDown, "the server is stopping")

// ofAgent runs a command on the agent's goroutine.
func ofAgent[T any](ctx context.Context, e *Engine, id string, command func(a *agentActor, reply func(T, error))) (T, error) {
	a, err := e.agent(id)
	if err != nil {
		var none T
		return none, err
	}
	ctx, cancel := e.bounded(ctx, e.cfg.CommandTimeout)
	defer cancel()
	return ask(ctx, &a.actor, errGone, func(reply func(T, error)) { command(a, reply) })
}

// ofCall runs a command on the goroutine of one of the agent's calls.
func (e *Engine) ofCall(ctx context.Context, agentID, callID string, command func(c *callActor, reply func(CallView, error))) (CallView, error) {
	if _, err := e.agent(agentID); err != nil {
		return CallView{}, err
	}
	unknown := refuse(CodeUnknownCall, "there is no call %q, or it is closed", callID)
	c := e.callOf(callID)
	if c == nil {
		return CallView{}, unknown
	}
	if c.agent.id != agentID {
		return CallView{}, refuse(CodeNotYourCall, "call %s belongs to another agent", callID)
	}
	ctx, cancel := e.bounded(ctx, e.cfg.CommandTimeout)
	defer cancel()
	return ask(ctx, &c.actor, unknown, func(reply func(CallView, error)) { command(c, reply) })
}

// SignIn begins an agent's session: not ready, phone not connected. Signing in twice changes nothing.
func (e *Engine) SignIn(ctx context.Context, agentID string) (AgentView, error) {
	if e.stopping() {
		return AgentView{}, errGone
	}
	return ofAgent(ctx, e, agentID, (*agentActor).doSignIn)
}

// SignOut ends an agent's session. It is refused while the agent has a call.
func (e *Engine) SignOut(ctx context.Context, agentID string) error {
	_, err := ofAgent(ctx, e, agentID, (*agentActor).doSignOut)
	return err
}

// Agent shows an agent.
func (e *Engine) Agent(ctx context.Context, agentID string) (AgentView, error) {
	return ofAgent(ctx, e, agentID, func(a *agentActor, reply func(AgentView, error)) { reply(a.view(), nil) })
}

// Agents shows all agents, by id.
func (e *Engine) Agents(ctx context.Context) ([]AgentView, error) {
	ids := make([]string, 0, len(e.agents))
	for id := range e.agents {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	all := make([]AgentView, 0, len(ids))
	for _, id := range ids {
		v, err := e.Agent(ctx, id)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// PhoneCredentials gives the agent's own phone what it needs to register, after making its endpoint known to Asterisk.
func (e *Engine) PhoneCredentials(ctx context.Context, agentID string) (PhoneCredentials, error) {
	return ofAgent(ctx, e, agentID, func(a *agentActor, reply func(PhoneCredentials, error)) { a.phone.credentials(reply) })
}

// ConnectPhone rings the agent's phone and answers when it is in the booth.
func (e *Engine) ConnectPhone(ctx context.Context, agentID string) (AgentView, error) {
	a, err := e.agent(agentID)
	if err != nil {
		return AgentView{}, err
	}
	ctx, cancel := e.bounded(ctx, a.cfg.Phone.RingTimeout+e.cfg.CommandTimeout)
	defer cancel()
	return ask(ctx, &a.actor, errGone, a.phone.connect)
}

// DisconnectPhone hangs the agent's phone up. It is refused while a contact is on the line.
func (e *Engine) DisconnectPhone(ctx context.Context, agentID string) (AgentView, error) {
	return ofAgent(ctx, e, agentID, func(a *agentActor, reply func(AgentView, error)) { a.phone.disconnect(reply) })
}

// SetReady says that the agent wants calls. In a call it takes effect afterwards.
func (e *Engine) SetReady(ctx context.Context, agentID string) (AgentView, error) {
	return ofAgent(ctx, e, agentID, (*agentActor).doReady)
}

// SetNotReady says that the agent wants no calls, and why: one of [Engine.NotReadyReasons], or nothing. In a call it takes effect afterwards.
func (e *Engine) SetNotReady(ctx context.Context, agentID, reason string) (AgentView, error) {
	return ofAgent(ctx, e, agentID, func(a *agentActor, reply func(AgentView, error)) { a.doNotReady(reason, reply) })
}

// NotReadyReasons lists the reasons that SetNotReady takes.
func (e *Engine) NotReadyReasons() []string { return slices.Clone(e.cfg.NotReadyReasons) }

// Campaigns shows the campaigns that the agent works in.
func (e *Engine) Campaigns(ctx context.Context, agentID string) ([]CampaignView, error) {
	a, err := e.agent(agentID)
	if err != nil {
		return nil, err
	}
	all := make([]CampaignView, 0, len(a.cfg.Campaigns))
	for _, id := range a.cfg.Campaigns {
		v, err := e.campaignView(ctx, id)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// GetRecord takes the next record of a campaign and offers it to the agent as a preview.
func (e *Engine) GetRecord(ctx context.Context, agentID, campaignID string) (CallView, error) {
	return ofAgent(ctx, e, agentID, func(a *agentActor, reply func(CallView, error)) { a.doGetRecord(campaignID, reply) })
}

// Call shows one of the agent's calls.
func (e *Engine) Call(ctx context.Context, agentID, callID string) (CallView, error) {
	return e.ofCall(ctx, agentID, callID, func(c *callActor, reply func(CallView, error)) { reply(c.view(), nil) })
}

// Accept dials a number of the previewed record, "" meaning the first of its chain. It answers when the network has been asked for the
// contact, or with the call in wrap-up when that failed.
func (e *Engine) Accept(ctx context.Context, agentID, callID, number string) (CallView, error) {
	connected := false
	if a, err := e.Agent(ctx, agentID); err == nil {
		connected = a.Phone.State == string(agent.PhoneConnected)
	}
	return e.ofCall(ctx, agentID, callID, func(c *callActor, reply func(CallView, error)) { c.doAccept(number, connected, reply) })
}

// Reject gives the previewed record back; the next preview may follow.
func (e *Engine) Reject(ctx context.Context, agentID, callID string) (CallView, error) {
	return e.ofCall(ctx, agentID, callID, (*callActor).doReject)
}

// Cancel gives the previewed record back; no preview follows.
func (e *Engine) Cancel(ctx context.Context, agentID, callID string) (CallView, error) {
	return e.ofCall(ctx, agentID, callID, (*callActor).doCancel)
}

// End hangs up the contact, ringing or talking, and answers when the leg is gone and the agent in wrap-up.
func (e *Engine) End(ctx context.Context, agentID, callID string) (CallView, error) {
	return e.ofCall(ctx, agentID, callID, (*callActor).doEnd)
}

// SetDisposition says what became of the call. The code is one of the campaign's, or "" to take it back.
func (e *Engine) SetDisposition(ctx context.Context, agentID, callID, code string) (CallView, error) {
	return e.ofCall(ctx, agentID, callID, func(c *callActor, reply func(CallView, error)) { c.doDisposition(code, reply) })
}

// SetNote sets the agent's note on the call.
func (e *Engine) SetNote(ctx context.Context, agentID, callID, text string) (CallView, error) {
	return e.ofCall(ctx, agentID, callID, func(c *callActor, reply func(CallView, error)) { c.doNote(text, reply) })
}

// DoneOptions are what an agent can say with done.
type DoneOptions struct {
	Disposition string // code; "" keeps what was set before
	Note        string // "" keeps what was set before
	Stop        bool   // done-and-stop: no preview follows
}

// Done closes the call, ending it first if the contact is still there, and answers when the record is written. Unless stopped, the next
// preview follows as a new call.
func (e *Engine) Done(ctx context.Context, agentID, callID string, opt DoneOptions) (CallView, error) {
	return e.ofCall(ctx, agentID, callID, func(c *callActor, reply func(CallView, error)) { c.doDone(opt, reply) })
}
