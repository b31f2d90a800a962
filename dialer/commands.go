package dialer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/campaign"
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

// ofCall runs a command of an agent who has something to do with a call on the call's goroutine: own for the call's owner, part for all
// others. A nil part is refused.
func (e *Engine) ofCall(ctx context.Context, agentID, callID string,
	own func(c *callActor, reply func(CallView, error)), part func(c *callActor, pt *part, reply func(CallView, error)),
) (CallView, error) {
	if _, err := e.agent(agentID); err != nil {
		return CallView{}, err
	}
	unknown := refuse(CodeUnknownCall, "there is no call %q, or it is closed", callID)
	c := e.callOf(callID)
	if c == nil {
		return CallView{}, unknown
	}
	ctx, cancel := e.bounded(ctx, e.cfg.CommandTimeout)
	defer cancel()
	return ask(ctx, &c.actor, unknown, func(reply func(CallView, error)) {
		pt := c.parts[agentID]
		switch {
		case pt != nil && part != nil:
			part(c, pt, reply)
		case pt != nil:
			err := refuse(CodeWrongState, "only the agent who has the call can do that; your part in it is %s", pt.role)
			err.State = string(pt.role)
			for _, event := range partCommands[pt.role] {
				err.Allowed = append(err.Allowed, string(event))
			}
			reply(CallView{}, err)
		case c.owner.id != agentID:
			reply(CallView{}, refuse(CodeNotYourCall, "call %s belongs to another agent", callID))
		case c.closed:
			reply(CallView{}, unknown)
		default:
			own(c, reply)
		}
	})
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

// ReconnectPhone rings the agent's phone even if its leg seems to be up, and answers when the new leg is in the booth. The old one is hung up
// then; a contact on the line stays where it is. For phones that lost their end of the leg, as a page does that is loaded anew.
func (e *Engine) ReconnectPhone(ctx context.Context, agentID string) (AgentView, error) {
	a, err := e.agent(agentID)
	if err != nil {
		return AgentView{}, err
	}
	ctx, cancel := e.bounded(ctx, a.cfg.Phone.RingTimeout+e.cfg.CommandTimeout)
	defer cancel()
	return ask(ctx, &a.actor, errGone, a.phone.reconnect)
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
		v, err := e.campaignView(ctx, a, id, e.store.Counts)
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

// Call shows a call that the agent has or takes part in.
func (e *Engine) Call(ctx context.Context, agentID, callID string) (CallView, error) {
	return e.ofCall(ctx, agentID, callID,
		func(c *callActor, reply func(CallView, error)) { reply(c.view(), nil) },
		func(c *callActor, _ *part, reply func(CallView, error)) { reply(c.viewFor(agentID), nil) })
}

// Accept dials a number of the previewed record, "" meaning the one that the treatment chooses, and answers when the network has been asked for the contact, or with the call in wrap-up when that failed. For a colleague's offer it accepts the offer, and answers when the voices are
// together. An agent without a nailed-up leg is rung first: then it answers when the phone is being rung, with the call in the state
// agent-ringing. If the phone is not answered nothing is dialed, the preview is there again (the offer goes back) and CallView.Problem says why.
func (e *Engine) Accept(ctx context.Context, agentID, callID, number string) (CallView, error) {
	var onList campaign.Blocks
	v, err := e.Call(ctx, agentID, callID)
	if err != nil {
		return CallView{}, err
	}
	at, err := ofAgent(ctx, e, agentID, func(a *agentActor, reply func(agentLeg, error)) {
		reply(agentLeg{a.phone.channel, a.phone.state == agent.PhoneConnected && len(a.phone.leaving) == 0, a.phone.perCall()}, nil)
	})
	if err != nil {
		return CallView{}, err
	}
	if v.State == string(call.Previewing) {
		if number, onList, err = e.prepare(ctx, agentID, callID, number, at); err != nil {
			return CallView{}, err
		}
	}
	return e.ofCall(ctx, agentID, callID,
		func(c *callActor, reply func(CallView, error)) { c.doAccept(number, onList, at, reply) },
		func(c *callActor, pt *part, reply func(CallView, error)) {
			c.partAccept(pt, at, reply)
		})
}

// agentLeg is how an agent's phone is when the agent accepts.
type agentLeg struct {
	channel   string
	connected bool
	perCall   bool // it is rung now
}

// Reject gives the previewed record back; the next preview may follow. A colleague's offer goes back to the colleague. The reason, which may be
// empty, is for the ledger of a callback.
func (e *Engine) Reject(ctx context.Context, agentID, callID, reason string) (CallView, error) {
	return e.ofCall(ctx, agentID, callID, func(c *callActor, reply func(CallView, error)) {
		if _, ok := call.Next(c.state, call.Reject); ok {
			c.reason = reason
		}
		c.command(call.Reject, reply)
	}, (*callActor).partReject)
}

// Cancel gives the previewed record back; no preview follows.
func (e *Engine) Cancel(ctx context.Context, agentID, callID string) (CallView, error) {
	return e.ofCall(ctx, agentID, callID, func(c *callActor, reply func(CallView, error)) { c.doCancel(false, reply) }, nil)
}

// Hold lets the contact hear music and neither hear the other, and answers when the contact is there.
func (e *Engine) Hold(ctx context.Context, agentID, callID string) (CallView, error) {
	return e.ofCall(ctx, agentID, callID, privileged(call.Hold, simple(call.Hold)), nil)
}

// Resume takes the contact back from hold.
func (e *Engine) Resume(ctx context.Context, agentID, callID string) (CallView, error) {
	return e.ofCall(ctx, agentID, callID, simple(call.Resume), nil)
}

// StartConsultation reaches a target while the contact hears music, and answers when the target is being rung or has the offer. The target
// may refuse; CallView.Problem says why then, and the contact is still on hold.
func (e *Engine) StartConsultation(ctx context.Context, agentID, callID string, to Target) (CallView, error) {
	return e.reach(ctx, agentID, callID, call.Consult, to)
}

// EndConsultation releases whoever is being consulted, invited or reached; the contact stays where it is.
func (e *Engine) EndConsultation(ctx context.Context, agentID, callID string) (CallView, error) {
	return e.ofCall(ctx, agentID, callID, simple(call.EndConsult), nil)
}

// Swap lets contact and consulted target change places: one talks to the agent, the other hears music.
func (e *Engine) Swap(ctx context.Context, agentID, callID string) (CallView, error) {
	return e.ofCall(ctx, agentID, callID, privileged(call.Swap, simple(call.Swap)), nil)
}

// Merge makes a conference of a consultation.
func (e *Engine) Merge(ctx context.Context, agentID, callID string) (CallView, error) {
	return e.ofCall(ctx, agentID, callID, privileged(call.Merge, simple(call.Merge)), nil)
}

// CompleteTransfer puts the contact together with the consulted target; the agent goes to wrap-up.
func (e *Engine) CompleteTransfer(ctx context.Context, agentID, callID string) (CallView, error) {
	return e.ofCall(ctx, agentID, callID, privileged(call.Complete, (*callActor).doComplete), nil)
}

// StartConference brings a target into the conversation: agent and contact talk on while it is reached.
func (e *Engine) StartConference(ctx context.Context, agentID, callID string, to Target) (CallView, error) {
	return e.reach(ctx, agentID, callID, call.Invite, to)
}

// TransferTo hands the contact over to a target without talking to it first. The contact hears music until the target takes over; if it
// does not, the call comes back to the agent and CallView.Problem says why.
func (e *Engine) TransferTo(ctx context.Context, agentID, callID string, to Target) (CallView, error) {
	return e.reach(ctx, agentID, callID, call.Transfer, to)
}

func (e *Engine) reach(ctx context.Context, agentID, callID string, event call.Event, to Target) (CallView, error) {
	if to.Kind == TargetNumber {
		// First all that can be refused without asking Redis.
		campaignID := ""
		if _, err := e.ofCall(ctx, agentID, callID, privileged(event, func(c *callActor, reply func(CallView, error)) {
			campaignID = c.campaignID
			reply(CallView{}, c.checkReach(event, to))
		}), nil); err != nil {
			return CallView{}, err
		}
		if err := e.mayBeCalled(ctx, campaignID, to.Number); err != nil {
			return CallView{}, err
		}
	}
	return e.ofCall(ctx, agentID, callID, privileged(event, func(c *callActor, reply func(CallView, error)) { c.doReach(event, to, reply) }), nil)
}

// Retrieve takes back a contact that is being transferred.
func (e *Engine) Retrieve(ctx context.Context, agentID, callID string) (CallView, error) {
	return e.ofCall(ctx, agentID, callID, simple(call.Retrieve), nil)
}

// Leave leaves the call to the others: its owner a conference, a colleague the consultation or conference.
func (e *Engine) Leave(ctx context.Context, agentID, callID string) (CallView, error) {
	return e.ofCall(ctx, agentID, callID, privileged(call.Leave, (*callActor).doLeave), (*callActor).partLeave)
}

// Drop releases one party of a call, by PartyView.ID.
func (e *Engine) Drop(ctx context.Context, agentID, callID, party string) (CallView, error) {
	return e.ofCall(ctx, agentID, callID, privileged(dropParty, func(c *callActor, reply func(CallView, error)) { c.doDrop(party, reply) }), nil)
}

// Mute keeps the others from hearing a party, or lets them hear it again.
func (e *Engine) Mute(ctx context.Context, agentID, callID, party string, mute bool) (CallView, error) {
	event := unmuteParty
	if mute {
		event = muteParty
	}
	return e.ofCall(ctx, agentID, callID, privileged(event, func(c *callActor, reply func(CallView, error)) { c.doMute(party, mute, reply) }), nil)
}

// SendDTMF sends digits to a party, "" meaning the contact, and notes them in the case data.
func (e *Engine) SendDTMF(ctx context.Context, agentID, callID, party, digits string) (CallView, error) {
	return e.ofCall(ctx, agentID, callID, privileged(sendDTMF, func(c *callActor, reply func(CallView, error)) { c.doDTMF(party, digits, reply) }), nil)
}

// End hangs up everybody on the call, ringing or talking, and answers when they are gone and the agent in wrap-up.
func (e *Engine) End(ctx context.Context, agentID, callID string) (CallView, error) {
	return e.ofCall(ctx, agentID, callID, (*callActor).doEnd, nil)
}

// SetDisposition says what became of the call. The code is one of the campaign's, or "" to take it back.
func (e *Engine) SetDisposition(ctx context.Context, agentID, callID, code string) (CallView, error) {
	return e.ofCall(ctx, agentID, callID, func(c *callActor, reply func(CallView, error)) { c.doDisposition(code, reply) }, nil)
}

// SetNote sets the agent's note on the call.
func (e *Engine) SetNote(ctx context.Context, agentID, callID, text string) (CallView, error) {
	return e.ofCall(ctx, agentID, callID, func(c *callActor, reply func(CallView, error)) { c.doNote(text, reply) }, nil)
}

// SearchTargets finds whom the agent can consult, invite and transfer to: colleagues, groups, queues, the numbers of the call's record and those
// of the configured directory, by name, reading, id, group or number, or any part of it; accents, case, width, and hiragana or katakana make no
// difference. Best fits come first, favourites and those used lately before others; an empty query lists these, then all. A whole telephone number
// that nobody has is itself the last target. callID is that of a call of the agent's own, or "" for none. limit 0 means 20; there are never
// more than 200.
func (e *Engine) SearchTargets(ctx context.Context, agentID, callID, query string, limit int) ([]TargetView, error) {
	return e.searchTargets(ctx, agentID, callID, query, limit)
}

// SetFavouriteTarget makes a target one of the agent's favourites, or none any more. Refused with CodeTooManyFavourites when there are
// directory.MaxFavourites already.
func (e *Engine) SetFavouriteTarget(ctx context.Context, agentID string, target Target, favourite bool) error {
	return e.setFavouriteTarget(ctx, agentID, target, favourite)
}

// SetField changes a business field of the record that the campaign's configuration makes editable; "" removes it. Everybody on the call sees
// it at once; the calling list gets it at done, and not at all if the record is rejected or cancelled. Refused with CodeFieldNotEditable for any
// other field, with CodeBadFieldValue for what is no text or longer than campaign.MaxFieldValue.
func (e *Engine) SetField(ctx context.Context, agentID, callID, key, value string) (CallView, error) {
	return e.ofCall(ctx, agentID, callID, privileged(setField, func(c *callActor, reply func(CallView, error)) { c.doSetField(key, value, reply) }), nil)
}

// DoNotCall puts the number dialed last, or all numbers of the record, on the do-not-call list. It answers when that is stored; from then on
// nobody can dial them, in any campaign. The call itself goes on. NumberView.DoNotCall shows which numbers are on the list. A disposition with
// do_not_call does the same for the whole chain at done.
func (e *Engine) DoNotCall(ctx context.Context, agentID, callID string, scope DoNotCallScope) (CallView, error) {
	var numbers []string
	v, err := e.ofCall(ctx, agentID, callID, privileged(doNotCall, func(c *callActor, reply func(CallView, error)) {
		var err error
		numbers, err = c.toBlock(scope)
		reply(c.view(), err)
	}), nil)
	if err != nil {
		return CallView{}, err
	}
	storing, cancel := e.bounded(ctx, storeTimeout)
	defer cancel()
	before, err := e.store.DoNotCall().Check(storing, numbers) // on the list of all campaigns, which is the one that is added to
	if err != nil {
		return CallView{}, &Error{Code: CodeStoreUnavailable, Message: "the do-not-call list cannot be read now; try again", Err: err}
	}
	why := fmt.Sprintf("%s, in campaign %s, call %s", scope, v.Campaign, v.ID)
	if _, err := e.store.DoNotCall().Add(storing, numbers, agentID, why); err != nil {
		return CallView{}, &Error{Code: CodeStoreUnavailable, Message: "the do-not-call list cannot be written now; try again", Err: err}
	}
	shown, err := e.ofCall(ctx, agentID, callID, func(c *callActor, reply func(CallView, error)) {
		c.barNow(numbers, before)
		c.blocked(numbers)
		reply(c.view(), nil)
	}, nil)
	if err != nil { // the call ended meanwhile; what was asked for is done all the same
		for i := range v.Record.Numbers {
			n := &v.Record.Numbers[i]
			n.DoNotCall = n.DoNotCall || slices.Contains(numbers, n.Number)
		}
		return v, nil
	}
	return shown, nil
}

// DoneOptions are what an agent can say with done.
type DoneOptions struct {
	Disposition string // code; "" keeps what was set before
	Note        string // "" keeps what was set before
	Stop        bool   // done-and-stop: no preview follows
	Undo        bool   // it can be taken back for UndoTime, and is written after that
}

// Done closes the call, ending it first if somebody is still on the line, and answers when the record is written. Unless stopped, the next
// preview follows as a new call. An agent who handed the call over is done with the own part only.
//
// A callback that was drafted on the call is checked again and promised in the same step. If it can no longer be promised, done is refused with
// CodeInvalidCallback, and possible again once the callback is mended or cleared. On a preview, done is possible with a draft only.
//
// With Undo it answers when the journal has what is to be written, and the agent goes on; Undo takes it back until CallView.Undo says.
func (e *Engine) Done(ctx context.Context, agentID, callID string, opt DoneOptions) (CallView, error) {
	for {
		checked, err := e.recheck(ctx, agentID, callID)
		if err != nil {
			return CallView{}, err
		}
		v, err := e.ofCall(ctx, agentID, callID,
			func(c *callActor, reply func(CallView, error)) { c.doDone(opt, checked, reply) },
			func(c *callActor, pt *part, reply func(CallView, error)) { c.partDone(pt, opt, reply) })
		if !errors.Is(err, errDraftChanged) {
			return v, err
		}
	}
}
