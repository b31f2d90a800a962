package dialer

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/audio"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/campaign"
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

func (a *agentActor) doGetRecord(campaignID string, reply func(CallView, error)) {
	if err := a.refuseRecord(campaignID); err != nil {
		reply(CallView{}, err)
		return
	}
	if a.seeking {
		a.asked = append(a.asked, func(c *callActor) {
			if c == nil {
				a.doGetRecord(campaignID, reply)
				return
			}
			a.next, a.campaign = true, campaignID // a callback comes before what is in the list
			c.post(func() { reply(c.view(), nil) })
		})
		return
	}
	a.next, a.campaign = true, campaignID
	a.fetch(campaignID, reply)
}

// refuseRecord says why the agent cannot have a record of a campaign now, or nil.
func (a *agentActor) refuseRecord(campaignID string) error {
	_, known := a.e.cfg.Campaigns[campaignID]
	switch {
	case a.e.stopping():
		return refuse(CodeShuttingDown, "the server is stopping")
	case a.state == agent.SignedOut:
		return a.notSignedIn()
	case !known:
		err := refuse(CodeUnknownCampaign, "there is no campaign %q", campaignID)
		err.Allowed = slices.Clone(a.cfg.Campaigns)
		return err
	case !slices.Contains(a.cfg.Campaigns, campaignID):
		err := refuse(CodeNotInCampaign, "agent %s does not work in campaign %s", a.id, campaignID)
		err.Allowed = slices.Clone(a.cfg.Campaigns)
		return err
	case a.phone.missing():
		return refuse(CodePhoneNotConnected, "the phone is not connected; connect it before getting a record")
	case a.state != agent.Ready:
		return a.wrongState("get record", string(agent.Ready))
	case a.fetching:
		return a.wrongState("a second get record")
	case a.phone.perCall():
		return a.phone.settle()
	}
	return nil
}

// fetch takes a due callback, or else the next record of the calling list, and offers it as a preview. The agent's goroutine does not wait for
// Redis.
func (a *agentActor) fetch(campaignID string, reply func(CallView, error)) {
	a.fetching = true
	a.e.aside(func() {
		f, err := a.e.takeWork(a, campaignID)
		taken := a.post(func() {
			a.fetching = false
			if a.back != nil { // what was done before is taken back
				if err == nil {
					a.e.aside(func() { a.giveBack(f.campaign, f.record.ID, f.token) })
				}
				a.hasBack()
				reply(CallView{}, a.wrongState("get record", string(agent.Ready)))
				return
			}
			a.offer(campaignID, f, err, reply)
		})
		if !taken && err == nil {
			a.giveBack(f.campaign, f.record.ID, f.token)
		}
	})
}

// found is a record for an agent.
type found struct {
	campaign string
	record   *campaign.Record
	token    campaign.Token
	promise  *callback.Promise // that the record was taken for; nil for one of the calling list
}

// takeWork takes what is next for an agent who works in a campaign: a callback, of any of the agent's campaigns, or a record of this one's list,
// by their priorities.
func (e *Engine) takeWork(a *agentActor, campaignID string) (*found, error) {
	records := e.cfg.Campaigns[campaignID].Callback.Priority.Records
	if f, err := e.takeCallback(a, func(priority int) bool { return priority >= records }); !errors.Is(err, campaign.ErrNoRecord) {
		return f, err
	}
	f, err := e.takeRecord(a, campaignID)
	var refused *Error
	if !errors.Is(err, campaign.ErrNoRecord) && !(errors.As(err, &refused) && refused.Code == CodeCampaignStopped) {
		return f, err
	}
	if later, err := e.takeCallback(a, func(priority int) bool { return priority < records }); !errors.Is(err, campaign.ErrNoRecord) {
		return later, err
	}
	return nil, err
}

// takeRecord takes the next record of a calling list.
func (e *Engine) takeRecord(a *agentActor, campaignID string) (*found, error) {
	if !e.running(campaignID) {
		return nil, e.stopped(campaignID)
	}
	record, token, err := e.takeDialable(campaignID, a.id)
	return &found{campaign: campaignID, record: record, token: token}, err
}

// storeTimeout bounds one operation on a calling list.
const storeTimeout = 5 * time.Second

// offer puts what was taken to the agent as a preview.
func (a *agentActor) offer(campaignID string, f *found, err error, reply func(CallView, error)) {
	var refused *Error
	switch {
	case errors.Is(err, campaign.ErrNoRecord):
		a.next = false
		a.changed()
		a.tellCampaign(campaignID)
		reply(CallView{}, refuse(CodeNoRecord, "campaign %s has no record to hand out now", campaignID))
	case errors.As(err, &refused):
		a.next = false
		a.changed()
		a.log.Warn().Err(err).Str("campaign", campaignID).Msg("no record")
		reply(CallView{}, refused)
	case err != nil:
		a.next = false
		a.changed()
		a.log.Error().Err(err).Str("campaign", campaignID).Msg("no record can be taken from the calling list")
		reply(CallView{}, &Error{Code: CodeStoreUnavailable, Message: "the calling list cannot be read now; nothing was changed", Err: err})
	default:
		c := a.preview(f)
		if c == nil {
			reply(CallView{}, a.wrongState("get record", string(agent.Ready)))
			return
		}
		c.post(func() { reply(c.view(), nil) })
	}
}

// preview makes a call of what was taken, or gives it back if the agent went away meanwhile.
func (a *agentActor) preview(f *found) *callActor {
	if a.state != agent.Ready || !a.phone.serves() || a.e.stopping() || !a.e.mayDial(f.campaign, f.promise) {
		a.e.aside(func() { a.giveBack(f.campaign, f.record.ID, f.token) })
		return nil
	}
	a.after = restored{agent.Ready, ""}
	c := newCallActor(a, f)
	if f.promise != nil {
		a.e.metrics.offered(f.promise)
	}
	a.call = c
	a.e.addCall(c)
	a.enter(agent.Preview, "")
	c.post(c.begin)
	a.playTone(offerTone(f.promise))
	return c
}

// offerTone names the tone of a preview.
func offerTone(p *callback.Promise) string {
	switch {
	case p == nil:
		return "offered"
	case p.Kind == callback.Personal:
		return "personal-callback-offered"
	}
	return "callback-offered"
}

func (a *agentActor) giveBack(campaignID, record string, token campaign.Token) {
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	if err := a.e.store.Return(ctx, campaignID, record, token, campaign.EndedReleased, ""); err != nil {
		a.log.Warn().Err(err).Str("record", record).Msg("record not given back; it returns to the list when its lease ends")
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

// Offers of colleagues.

// offerCall puts a colleague's call to the agent. It answers why the agent cannot have it, or "".
func (a *agentActor) offerCall(c *callActor, from *agentActor, kind call.Event) string {
	switch {
	case a.state == agent.SignedOut:
		return "is not signed in"
	case !a.phone.serves():
		return "has no phone connected"
	case a.phone.node != c.node:
		return "is on another Asterisk"
	case a.call != nil || a.fetching || a.state.Busy():
		return "is busy"
	case a.state != agent.Ready:
		return "is not ready"
	}
	a.call, a.after = c, restored{agent.Ready, ""}
	a.enter(agent.Offered, "")
	tone := "consult-offered"
	if kind == call.Transfer {
		tone = "transfer-offered"
	}
	a.log.Info().Str("call", c.id).Str("from", from.id).Str("kind", string(kind)).Msg("offer")
	a.playTone(tone)
	return ""
}

// enterCall says that the agent has accepted.
func (a *agentActor) enterCall(c *callActor) {
	if a.call == c {
		a.phone.node.tone.hush(a.id)
		a.enter(agent.OnCall, "")
	}
}

// release ends an offer or a part in a colleague's call: the agent is what it was before.
func (a *agentActor) release(c *callActor) {
	if a.call != c {
		return
	}
	a.call = nil
	if a.phone.missing() && a.after.state == agent.Ready {
		a.after = restored{agent.NotReady, reasonPhone}
	}
	a.enter(a.after.state, a.after.reason)
	a.phone.rest(c)
	a.changed()
}

// handedOver takes the agent into the wrap-up after a call that a colleague has now.
func (a *agentActor) handedOver(c *callActor, next bool) {
	if a.call != c {
		return
	}
	a.next = a.next && next
	a.enter(agent.WrapUp, "")
	a.phone.rest(c)
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
		view, err := a.e.campaignView(ctx, a, campaignID)
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
