package dialer

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/audio"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/directory"
)

// agentActor owns one agent: what it is doing, its phone leg and booth (agentphone.go) and which call it has.
type agentActor struct {
	actor
	e   *Engine
	id  string
	cfg agent.Config
	log zerolog.Logger

	state  agent.State
	reason string
	since  time.Time
	after  restored // what to go back to when the call is done

	call     *callActor
	fetching bool               // a record is being taken for a preview
	seeking  bool               // a callback is being looked for that nobody asked for
	asked    []func(*callActor) // commands that wait for what comes of that
	back     *back              // a call that is to be had again
	campaign string             // of the last Get Record
	next     bool               // whether done brings the next preview

	phone phone

	supervision *supervision // of a colleague; nil for none

	presence   atomic.Pointer[directory.Presence] // for those who look for targets
	readySince atomic.Int64                       // Unix ns since when ready and idle, 0 when not; for those who look for the longest-idle agent
}

// restored is the state that an agent has again after a call.
type restored struct {
	state  agent.State
	reason string
}

func newAgentActor(e *Engine, id string, cfg agent.Config) *agentActor {
	a := &agentActor{
		actor: newActor(), e: e, id: id, cfg: cfg, log: e.log.With().Str("agent", id).Logger(),
		state: agent.SignedOut, since: time.Now(),
	}
	a.phone.init(a)
	return a
}

func (a *agentActor) view() AgentView {
	v := AgentView{
		ID: a.id, Name: a.name(), State: string(a.state), Reason: a.reason, Since: a.since,
		Phone: a.phone.view(), Campaigns: slices.Clone(a.cfg.Campaigns), Next: a.next,
	}
	if v.Campaigns == nil {
		v.Campaigns = []string{}
	}
	if a.call != nil {
		v.CallID = a.call.id
	}
	if a.phone.node != nil {
		v.Node = a.phone.node.cfg.Name
	}
	v.Supervision = a.supervision.view()
	return v
}

func (a *agentActor) name() string { return cmp.Or(a.cfg.Name, a.id) }

// nameOf is what people call an agent: the configured name, or the id where there is none, as of agents who are not configured any more.
func (e *Engine) nameOf(agentID string) string { return cmp.Or(e.cfg.Agents[agentID].Name, agentID) }

func (a *agentActor) changed() {
	a.show()
	a.save()
	a.e.tell(a.id, NoticeAgent, a.view())
	a.tellWatchers()
}

func (a *agentActor) enter(state agent.State, reason string) {
	if a.state == state && a.reason == reason {
		return
	}
	a.log.Info().Str("from", string(a.state)).Str("to", string(state)).Str("reason", reason).Msg("agent state")
	a.state, a.reason, a.since = state, reason, time.Now()
	a.readySince.Store(0)
	if state == agent.Ready {
		a.readySince.Store(a.since.UnixNano())
		a.post(a.seekCallback)
	}
	a.e.stats.Agent(a.since, a.id, state, a.cfg.Campaigns)
	a.tellDialing()
	a.changed()
}

// wrongState is the refusal of a command that the agent's present state does not have.
func (a *agentActor) wrongState(what string, allowed ...string) *Error {
	err := refuse(CodeWrongState, "%s is not possible while the agent is %s", what, a.state)
	err.State, err.Allowed = string(a.state), allowed
	return err
}

func (a *agentActor) notSignedIn() *Error {
	return refuse(CodeNotSignedIn, "agent %s is not signed in", a.id)
}

// Commands. Each runs on the agent's goroutine.

func (a *agentActor) doSignIn(reply func(AgentView, error)) {
	if a.state == agent.SignedOut {
		a.next, a.campaign = false, ""
		a.enter(agent.NotReady, "")
	}
	reply(a.view(), nil)
}

func (a *agentActor) doReady(reply func(AgentView, error)) {
	switch {
	case a.state == agent.SignedOut:
		reply(AgentView{}, a.notSignedIn())
	case a.state.Busy() && !a.phone.missing():
		a.after = restored{agent.Ready, ""}
		a.changed()
		reply(a.view(), nil)
	case a.phone.missing():
		reply(AgentView{}, refuse(CodePhoneNotConnected, "the phone is not connected; connect it before going ready"))
	default:
		if a.phone.perCall() {
			if err := a.phone.settle(); err != nil { // it is rung on that node
				reply(AgentView{}, err)
				return
			}
		}
		a.enter(agent.Ready, "")
		reply(a.view(), nil)
	}
}

func (a *agentActor) doNotReady(reason string, reply func(AgentView, error)) {
	switch {
	case a.state == agent.SignedOut:
		reply(AgentView{}, a.notSignedIn())
	case reason != "" && !slices.Contains(a.e.cfg.NotReadyReasons, reason):
		err := refuse(CodeUnknownReason, "%q is not a reason for not ready", reason)
		err.Allowed = slices.Clone(a.e.cfg.NotReadyReasons)
		reply(AgentView{}, err)
	case a.state.Busy():
		a.after = restored{agent.NotReady, reason} // takes effect after the call
		a.changed()
		reply(a.view(), nil)
	default:
		a.enter(agent.NotReady, reason)
		reply(a.view(), nil)
	}
}

// Reports of the agent's call.

func (a *agentActor) onCallState(c *callActor, state call.State) {
	if a.call != c {
		return
	}
	switch {
	case state.Live():
		a.enter(agent.OnCall, "")
	case state == call.WrapUp || state == call.Closing:
		a.enter(agent.WrapUp, "")
	case state == call.Previewing || state == call.Summoning:
		a.enter(agent.Preview, "")
	}
}

// onCallClosed takes the agent back to the state before the call, or to the next preview.
func (a *agentActor) onCallClosed(c *callActor, next bool) {
	if a.call != c {
		return
	}
	a.call = nil
	a.next = a.next && next
	if a.phone.missing() && a.after.state == agent.Ready {
		a.after = restored{agent.NotReady, reasonPhone}
	}
	a.enter(a.after.state, a.after.reason)
	a.phone.rest(c)
	a.tellCampaign(c.campaignID)
	if a.back != nil {
		a.hasBack()
		return
	}
	if a.state != agent.Ready || !a.next || a.e.stopping() {
		return
	}
	a.fetch(cmp.Or(a.campaign, c.campaignID), func(_ CallView, err error) {
		if err != nil {
			a.log.Info().Err(err).Str("campaign", c.campaignID).Msg("no next preview")
		}
	})
}

// tellCampaign tells the agent the campaign's present figures.
func (a *agentActor) tellCampaign(campaignID string) {
	a.e.aside(func() {
		ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
		defer cancel()
		view, err := a.e.campaignView(ctx, a, campaignID, a.e.counts.get)
		if err != nil {
			a.log.Warn().Err(err).Str("campaign", campaignID).Msg("the campaign's figures cannot be read")
			return
		}
		a.e.tell(a.id, NoticeCampaign, view)
	})
}

// doSignOut ends the agent's session: the phone is hung up, its endpoint withdrawn.
func (a *agentActor) doSignOut(reply func(AgentView, error)) {
	switch {
	case a.state == agent.SignedOut:
		reply(a.view(), nil)
	case a.supervision != nil:
		a.stopSupervising("signed out")
		a.doSignOut(reply)
	case a.state.Busy() || a.fetching:
		reply(AgentView{}, a.wrongState("sign-out"))
	default:
		a.phone.disconnect(func(_ AgentView, err error) {
			if err != nil {
				reply(AgentView{}, err)
				return
			}
			a.next = false
			a.enter(agent.SignedOut, "")
			a.phone.forget()
			reply(a.view(), nil)
		})
	}
}

func (a *agentActor) signOut(ctx context.Context) error {
	_, err := ask(ctx, &a.actor, a.notSignedIn(), a.doSignOut)
	return err
}

// onLeg takes what Asterisk reports of the agent's phone. A colleague's call that the phone takes part in is told, too.
func (a *agentActor) onLeg(l leg) {
	if c := a.call; c != nil && (l.kind == legEntered || l.kind == legLeft) {
		c.post(func() { c.onLeg(l) })
	}
	a.phone.onLeg(l)
}

func (a *agentActor) reconcile(n *node, present map[string]ari.Channel, where map[string]string, listed time.Time) {
	a.phone.reconcile(n, present, where, listed)
	a.supervision.reconcile(n, present, where)
}

// playTone lets the agent hear that something happened, on the phone and in the page.
func (a *agentActor) playTone(event string) {
	a.e.tell(a.id, NoticeTone, ToneView{Event: event})
	media := a.e.audio.Choice(audio.Event(event)).Media()
	if media != "" && a.cfg.Tones.Hears(audio.Event(event)) && a.phone.state == agent.PhoneConnected {
		callID := ""
		if a.call != nil {
			callID = a.call.id
		}
		a.phone.node.tone.play(a.id, callID, a.phone.channel, media, a.cfg.Tones.Volume)
	}
}

// releaseUnlessMine hangs up a leg to this agent's phone that an earlier process left behind.
func (a *agentActor) releaseUnlessMine(n *node, channel string) {
	if a.phone.channel != channel && a.phone.next != channel {
		n.releaseOrphan(channel, "left behind by an earlier process")
	}
}

// dropStaleBooth destroys the agent's booth on n if the agent has none there.
func (a *agentActor) dropStaleBooth(n *node) {
	if a.phone.node != n || a.phone.state == agent.PhoneDisconnected && !a.phone.keepsBooth(n) {
		a.phone.destroyBooth(n)
	}
}
