package dialer

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/callback"
	"github.com/hasshin/hasshin/dialer/campaign"
)

// How an agent gets the next record or callback.

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
