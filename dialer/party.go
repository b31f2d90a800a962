package dialer

import (
	"cmp"
	"slices"
	"time"

	"github.com/hasshin/hasshin/dialer/call"
)

// phase is how far a party's leg has come. Phases only go forward.
type phase int

const (
	asked   phase = iota // wanted; its channel is being created, or the offer is on its way
	offered              // an agent has been offered the call and has not answered yet
	created              // the channel is in Stasis, not dialed
	dialing              // dialed, nothing heard yet
	ringing
	up
	gone
)

// party is one of those on a call beside its owner: the contact, the target of a consultation or transfer, a member of a conference.
type party struct {
	id      string      // contact, t1, t2 …: part of the channel's id
	target  Target      // who it is; for the contact only its name and number
	channel string      // "" as long as there is none
	phase   phase       //
	place   call.Place  // where Asterisk last said it is
	moving  call.Place  // where a request under way takes it
	agent   *agentActor // a colleague: the leg is that agent's own phone
	tried   []string    // ids of agents of a group that have been offered the call
	rest    []string    // those not yet tried, best first
	dialed  time.Time   // when an outside number's leg was dialed
	rang    time.Time   // since when it rings
	alerts  bool        // rang is from a 180; before, the network was heard at most
	timer   *time.Timer // ends an offer that nobody takes, or a ringing that nobody answers
	chase   *time.Timer // looks whether a leg that was hung up is gone
	leaving bool        // being hung up, or on its way home
	stuck   bool        // it was told that it cannot be hung up
	muted   bool
	tries   int // failed moves
}

// stopTimer ends the time that an offer or a ringing has. A call just taken up from the journal has not begun it yet.
func (p *party) stopTimer() {
	if p.timer != nil {
		p.timer.Stop()
	}
}

func (p *party) state() string {
	switch {
	case p == nil || p.phase == gone || p.leaving:
		return "gone"
	case p.phase == offered || p.phase == asked && p.target.internal():
		return "offered"
	case p.phase < ringing:
		return "dialing"
	case p.phase == ringing:
		return "ringing"
	case p.place == call.Waiting:
		return "on-hold"
	}
	return "talking"
}

// name is who this is, for people.
func (p *party) name() string {
	if p.agent != nil {
		return p.agent.name()
	}
	return cmp.Or(p.target.Name, p.target.ID, p.target.Number)
}

// everybody lists those on the call who have not left or been sent away, the contact first.
func (c *callActor) everybody() []*party {
	all := make([]*party, 0, 2+len(c.members))
	if c.contact != nil {
		all = append(all, c.contact)
	}
	if c.target != nil {
		all = append(all, c.target)
	}
	return append(all, c.members...)
}

// byChannel finds whose leg a channel is, those included who are on their way out.
func (c *callActor) byChannel(channel string) *party {
	for _, p := range slices.Concat(c.everybody(), c.parting) {
		if p.channel == channel {
			return p
		}
	}
	return nil
}

// place names the bridge of a place for this call.
func (c *callActor) bridgeOf(place call.Place) string {
	switch place {
	case call.Booth:
		return boothBridge(c.owner.id)
	case call.Waiting:
		return holdBridge(c.node.cfg.Name)
	case call.Own:
		return ownBridge(c.id)
	}
	return ""
}

// placeOf tells which place of this call a bridge is.
func (c *callActor) placeOf(bridge string, p *party) call.Place {
	switch {
	case p.agent != nil && bridge == boothBridge(p.agent.id):
		return call.Home
	case bridge == boothBridge(c.owner.id):
		return call.Booth
	case bridge == holdBridge(c.node.cfg.Name):
		return call.Waiting
	case bridge == ownBridge(c.id):
		return call.Own
	}
	return call.Nowhere
}

// wanted tells where the present state wants a party; ok is false when it is not to be moved.
func (c *callActor) wanted(p *party) (place call.Place, ok bool) {
	layout, ok := call.LayoutOf(c.state)
	if !ok || p.leaving || p.phase == gone || p.channel == "" || p.phase < created {
		return "", false
	}
	switch p {
	case c.contact:
		place = layout.Contact
	case c.target:
		place = layout.Target
	default:
		place = layout.Members
	}
	return place, place != call.Nowhere && place != call.Away
}

// arrange brings everybody to where the state wants them: out of the booth first, into it only when those are out. It is called again after
// each step that Asterisk confirms, and answers whether everybody is in place.
func (c *callActor) arrange() (settled bool) {
	settled = true
	clear := true // nobody is on the way out of the booth
	var in []*party
	for _, p := range slices.Concat(c.parting, c.everybody()) {
		if p.leaving && (p.place == call.Booth || p.moving == call.Booth) {
			clear = false // until its leg is gone it would overhear
		}
		want, ok := c.wanted(p)
		if !ok {
			continue
		}
		if p.moving != "" {
			settled = false
			clear = clear && p.moving == call.Booth
			continue
		}
		if p.place == want {
			continue
		}
		settled = false
		if want == call.Booth {
			in = append(in, p)
			continue
		}
		clear = false
		c.move(p, want)
	}
	if !clear {
		return settled && len(in) == 0
	}
	for _, p := range in {
		c.move(p, call.Booth)
	}
	return settled
}

func (c *callActor) move(p *party, to call.Place) {
	p.moving = to
	c.hand.move(p.channel, c.bridgeOf(to), to == call.Own)
}

// settle arranges, and once everybody is in place lets what waited for it follow: dialing, tones, answers to commands.
func (c *callActor) settle() {
	if !c.arrange() || c.state.Transient() && c.state != call.Handing {
		return
	}
	for _, p := range c.everybody() {
		if p.phase == created && p.agent == nil {
			p.phase, p.dialed = dialing, time.Now()
			c.hand.dial(p)
			c.awaitPickup(p)
		}
	}
	if slices.ContainsFunc(c.everybody(), func(p *party) bool { return p.phase == asked || p.leaving }) {
		return
	}
	if c.state == call.Handing {
		c.step(call.Settled)
		return
	}
	for _, tone := range c.tones {
		c.owner.post(func() { c.owner.playTone(tone) })
	}
	c.tones = nil
	c.answerWaiting()
	if !c.told {
		c.told = true
		c.changed()
		if c.state == call.WrapUp {
			c.restPhone()
		}
	}
}
