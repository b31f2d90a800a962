package dialer

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/internal/secret"
)

// reasonPhone is the not-ready reason of an agent whose phone went away.
const reasonPhone = "phone"

// phone is an agent's phone leg: rung once, then kept in the agent's booth; or, without a nailed-up leg, rung at each call (percall.go). It
// belongs to the agent's goroutine.
type phone struct {
	a        *agentActor
	state    agent.PhoneState
	node     *node         // where the booth is; kept until sign-out
	channel  string        // of the present leg, or the one being rung
	made     time.Time     // when Asterisk answered that it has made it; zero before
	next     string        // of a second leg that is to replace the present one (phonereplace.go)
	problem  string        // why the last leg failed
	password secret.String // of a pushed endpoint
	pushed   bool          // the endpoint is on the node

	boothDone chan struct{} // closed when what was asked for the booth last has been done; nil before that

	waiters []func(AgentView, error) // for connected
	leaving []func(AgentView, error) // for disconnected
	until   time.Time                // a lost phone is rung again until then

	wanted bool // without a nailed-up leg: a call wants the phone
	again  bool // it is to be rung again once the present leg is gone
}

// redialPause keeps a phone that cannot be reached from being rung in a tight loop.
const redialPause = time.Second

func (p *phone) init(a *agentActor) {
	p.a, p.state = a, agent.PhoneDisconnected
}

func (p *phone) endpoint() string {
	if p.a.cfg.Phone.Kind == agent.PhoneEndpoint {
		return p.a.cfg.Phone.Endpoint
	}
	return "PJSIP/" + p.object()
}

// object is the name of the pushed endpoint, auth and AOR.
func (p *phone) object() string { return "agent-" + p.a.id }

func (p *phone) ownsEndpoint() bool {
	return p.a.cfg.Phone.Kind == agent.PhoneSIP || p.a.cfg.Phone.Kind == agent.PhonePage
}

func (p *phone) view() PhoneView {
	v := PhoneView{State: string(p.state), Kind: string(p.a.cfg.Phone.Kind), Leg: string(p.a.cfg.Phone.Leg), Problem: p.problem}
	if p.a.cfg.Phone.Kind != agent.PhoneNone {
		v.Endpoint = p.endpoint()
	}
	return v
}

func (p *phone) enter(state agent.PhoneState, problem string) {
	p.state, p.problem = state, problem
	p.a.log.Info().Str("phone", string(state)).Str("problem", problem).Msg("agent phone")
	p.a.changed()
	p.a.supervision.phoneChanged()
}

// settle makes sure that there is a node to use.
func (p *phone) settle() error {
	if p.node != nil && p.node.connected() {
		return nil
	}
	if p.node != nil && p.state != agent.PhoneDisconnected {
		return refuse(CodeNodeUnavailable, "Asterisk node %s is not connected", p.node.cfg.Name)
	}
	n, err := p.a.e.pickNode()
	if err != nil {
		return err
	}
	if p.node != nil {
		p.node.agents.Add(-1)
	}
	p.node, p.pushed = n, false
	n.agents.Add(1)
	return nil
}

func (p *phone) credentials(reply func(PhoneCredentials, error)) {
	switch {
	case p.a.state == agent.SignedOut:
		reply(PhoneCredentials{}, p.a.notSignedIn())
		return
	case !p.ownsEndpoint():
		reply(PhoneCredentials{}, refuse(CodePhoneUnreachable, "a phone of kind %s has credentials of its own", p.a.cfg.Phone.Kind))
		return
	}
	if err := p.settle(); err != nil {
		reply(PhoneCredentials{}, err)
		return
	}
	n, password := p.node, p.secret()
	p.a.e.aside(func() {
		if err := n.pushPhone(p.object(), p.a.cfg.Phone.Kind, password); err != nil {
			reply(PhoneCredentials{}, &Error{Code: CodeRequestRefused, Message: "the phone's endpoint cannot be given to Asterisk", Err: err})
			return
		}
		p.a.post(func() {
			p.pushed = true
			p.a.save()
		})
		c := PhoneCredentials{Username: p.object(), Password: password.Reveal()}
		if p.a.cfg.Phone.Kind == agent.PhonePage {
			c.WebSocket = n.cfg.SIPWebSocket()
		} else {
			c.Registrar = n.cfg.Registrar()
		}
		reply(c, nil)
	})
}

// secret is the configured password, or a random one that lasts until sign-out.
func (p *phone) secret() secret.String {
	if !p.a.cfg.Phone.Password.IsZero() {
		return p.a.cfg.Phone.Password
	}
	if p.password.IsZero() {
		p.password = secret.New(rand.Text())
	}
	return p.password
}

func (p *phone) connect(reply func(AgentView, error)) {
	switch {
	case p.a.e.stopping():
		reply(AgentView{}, refuse(CodeShuttingDown, "the server is stopping"))
	case p.a.state == agent.SignedOut:
		reply(AgentView{}, p.a.notSignedIn())
	case p.a.cfg.Phone.Kind == agent.PhoneNone:
		reply(AgentView{}, refuse(CodePhoneUnreachable, "agent %s has no phone in the configuration", p.a.id))
	case p.perCall():
		reply(AgentView{}, refuse(CodePhonePerCall, "the phone of agent %s is rung at each call and needs no connecting", p.a.id))
	case p.state == agent.PhoneConnected:
		reply(p.a.view(), nil)
	case p.state == agent.PhoneRinging:
		p.waiters = append(p.waiters, reply)
	default:
		if err := p.settle(); err != nil {
			reply(AgentView{}, err)
			return
		}
		p.waiters = append(p.waiters, reply)
		p.ring()
	}
}

// ring makes the booth if need be and rings the phone.
func (p *phone) ring() {
	p.channel, p.made = agentChannel(p.a.id), time.Time{}
	p.enter(agent.PhoneRinging, "")
	n, channel, password := p.node, p.channel, secret.String{}
	if p.ownsEndpoint() && !p.pushed {
		password = p.secret()
	}
	p.atBooth(func() {
		err := p.place(n, channel, password)
		made := time.Now()
		p.a.post(func() {
			if p.channel == channel {
				p.made = made
			} else { // given up meanwhile, perhaps before there was anything to hang up
				n.releaseOrphan(channel, "the phone is not wanted any more")
				if p.state == agent.PhoneDisconnected && !p.keepsBooth(n) {
					p.destroyBooth(n)
				}
			}
			if err == nil {
				p.pushed = p.pushed || p.ownsEndpoint()
				p.a.save()
				return
			}
			if p.channel == channel && p.state == agent.PhoneRinging {
				p.failed(placeProblem(p.endpoint(), err))
			}
		})
	})
}

// place does ring's requests. The leg answers for itself, by events.
func (p *phone) place(n *node, channel string, password secret.String) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*requestTimeout)
	defer cancel()
	if !password.IsZero() {
		if err := n.pushPhone(p.object(), p.a.cfg.Phone.Kind, password); err != nil {
			return err
		}
	}
	_, err := n.ari.Bridges.Create(ctx, ari.CreateBridge{ID: boothBridge(p.a.id), Type: n.cfg.talkBridge(), Name: "booth " + p.a.id})
	if err != nil && !errors.Is(err, ari.ErrExists) { // it stands through the loss of a phone
		return fmt.Errorf("booth: %w", err)
	}
	_, err = n.ari.Channels.Originate(ctx, ari.Originate{
		Endpoint: p.endpoint(), App: n.cfg.App, AppArgs: []string{"agent", p.a.id}, ChannelID: channel,
		CallerID: "hasshin <hasshin>", Timeout: p.a.cfg.Phone.RingTimeout,
		// Phones that allow it, and the one in the page, answer by themselves (RFC 5373 describes the practice).
		Variables: map[string]string{"PJSIP_HEADER(add,Call-Info)": "<sip:hasshin>;answer-after=0"},
	})
	return err
}

func placeProblem(endpoint string, err error) string {
	if errors.Is(err, ari.ErrAllocationFailed) {
		return endpoint + " is not registered or does not exist"
	}
	return describe(err)
}

// failed ends a ringing that brought no leg.
func (p *phone) failed(why string) {
	if p.node != nil && time.Now().Before(p.until) && !p.a.e.stopping() {
		p.a.log.Warn().Str("problem", why).Time("until", p.until).Msg("the lost phone is rung again")
		p.channel = ""
		p.enter(agent.PhoneRinging, why)
		// Whoever wants it connected has waited for one whole ringing and is told.
		p.releaseWaiters(refuse(CodePhoneUnreachable, "the phone could not be connected: %s; it is rung again", why))
		time.AfterFunc(redialPause, func() {
			p.a.post(func() {
				if p.state == agent.PhoneRinging && p.channel == "" {
					p.ring()
				}
			})
		})
		return
	}
	p.channel, p.until = "", time.Time{}
	p.enter(agent.PhoneDisconnected, why)
	p.dropBooth()
	if p.a.call != nil && (p.wanted || !p.perCall()) {
		p.a.call.tell(p.a, agentLost)
	}
	p.releaseWaiters(refuse(CodePhoneUnreachable, "the phone could not be connected: %s", why))
}

func (p *phone) releaseWaiters(err error) {
	waiters := p.waiters
	p.waiters = nil
	for _, reply := range waiters {
		if err != nil {
			reply(AgentView{}, err)
		} else {
			reply(p.a.view(), nil)
		}
	}
}

// onLeg takes what Asterisk reports of the phone's channel.
func (p *phone) onLeg(l leg) {
	if p.next != "" && l.channel.ID == p.next {
		p.onNext(l)
		return
	}
	if l.channel.ID != p.channel {
		if l.kind == legCreated {
			l.node.releaseOrphan(l.channel.ID, "a leg that is no longer wanted") // p.node is nil after sign-out
		}
		return
	}
	switch l.kind {
	case legCreated:
		p.enterBooth()
	case legEntered:
		if l.bridge == boothBridge(p.a.id) {
			p.connected()
		}
	case legGone:
		p.gone(l)
	}
}

func (p *phone) enterBooth() {
	n, id, channel := p.node, p.a.id, p.channel
	n.background.Go(func() { n.bringHome(id, channel) })
}

// bringHome puts the leg to an agent's phone into the agent's booth. One that cannot be put there is hung up, and rung again.
func (n *node) bringHome(agentID, channel string) {
	err := n.insist(func(ctx context.Context) error {
		err := n.ari.Bridges.AddChannel(ctx, boothBridge(agentID), ari.AddChannel{Channels: []string{channel}})
		if errors.Is(err, ari.ErrBadRequest) { // addChannel's word for a channel that is gone
			return nil
		}
		return err
	})
	if err == nil {
		return // ChannelEnteredBridge or ChannelDestroyed tells the rest
	}
	log := n.log.With().Str("agent", agentID).Str("channel", channel).Logger()
	log.Error().Err(err).Msg("the phone cannot be put into the booth")
	if err := n.hangUp(channel); err != nil {
		log.Error().Err(err).Msg("the phone cannot be hung up")
	}
}

func (p *phone) connected() {
	if p.state == agent.PhoneConnected {
		return
	}
	p.until = time.Time{}
	p.enter(agent.PhoneConnected, "")
	if p.a.call != nil {
		p.a.call.tell(p.a, agentBack)
	} else if p.a.state == agent.NotReady && p.a.reason == reasonPhone {
		p.a.enter(agent.Ready, "") // it was ready until the phone went away
	}
	p.releaseWaiters(nil)
	p.restUnlessWanted()
}

// gone takes the end of the leg: wanted, refused, or lost in service.
func (p *phone) gone(l leg) {
	switch {
	case len(p.leaving) > 0:
		p.left()
	case p.state == agent.PhoneRinging:
		p.failed(ringProblem(l))
	case p.perCall():
		p.dropped()
	default:
		p.dropNext()
		p.lost()
	}
}

func ringProblem(l leg) string {
	switch {
	case l.sip == 486 || l.q850 == 17:
		return "the phone is busy"
	case l.sip == 603 || l.q850 == 21:
		return "the call was declined at the phone"
	case l.q850 == 18 || l.q850 == 19:
		return "the phone was not answered"
	case l.sip != 0:
		return fmt.Sprintf("the phone answered with SIP status %d", l.sip)
	case l.text != "":
		return strings.ToLower(l.text)
	}
	return fmt.Sprintf("cause %d", l.q850)
}

// lost handles a phone that went away in service: whoever is on the line waits with music, and the phone is rung again.
func (p *phone) lost() {
	p.a.log.Warn().Msg("the agent's phone left its booth")
	p.until = time.Now().Add(p.a.e.cfg.RescueTimeout)
	if p.a.call != nil {
		p.a.call.tell(p.a, agentGone)
	} else if p.a.state == agent.Ready {
		p.a.enter(agent.NotReady, reasonPhone)
	}
	if err := p.settle(); err != nil {
		p.state = agent.PhoneRinging
		p.failed(err.Error())
		return
	}
	p.ring()
}

// stopRinging ends the ringing that Asterisk makes in the agent's ear for a leg in the booth that rang: it does not end with that leg.
func (p *phone) stopRinging() {
	if p.state != agent.PhoneConnected {
		return
	}
	n, channel := p.node, p.channel
	n.aside(func(ctx context.Context) {
		if err := n.ari.Channels.StopRing(ctx, channel); err != nil && !errors.Is(err, ari.ErrNotFound) {
			p.a.log.Warn().Err(err).Msg("the ringing in the agent's ear cannot be ended")
		}
	})
}

// pushAgain answers what gives node n the phone's endpoint once more.
func (p *phone) pushAgain(n *node) func() {
	if p.node != n || !p.pushed {
		return func() {}
	}
	name, kind, password := p.object(), p.a.cfg.Phone.Kind, p.secret()
	return func() {
		if err := n.pushPhone(name, kind, password); err != nil {
			p.a.log.Error().Err(err).Msg("the phone's endpoint cannot be given to Asterisk again")
		}
	}
}

// reconcile compares the leg with what node n had after a connect, when its channels were listed. Of one made since then the list says nothing.
func (p *phone) reconcile(n *node, present map[string]ari.Channel, where map[string]string, listed time.Time) {
	if p.node != n {
		return
	}
	if p.next != "" { // what became of it was missed; whoever wanted it asks again
		p.dropNext()
		p.releaseWaiters(refuse(CodePhoneUnreachable, "the connection to Asterisk was lost meanwhile"))
	}
	if p.channel == "" {
		return
	}
	defer p.restUnlessWanted()
	_, up := present[p.channel]
	switch {
	case !up && (p.made.IsZero() || p.made.After(listed)):
	case !up:
		p.gone(leg{kind: legGone, text: "gone while the connection to Asterisk was lost"})
	case where[p.channel] == boothBridge(p.a.id):
		p.connected()
	case p.state == agent.PhoneConnected && where[p.channel] != "":
		// It takes part in a colleague's call, which knows where it belongs.
	case present[p.channel].State == "Up":
		p.enterBooth()
	}
}
