package dialer

import (
	"time"

	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/call"
	"github.com/hasshin/hasshin/dialer/recording"
)

// recorder records a call, in parts: what agent and contact talk is one, each consultation another. A snoop channel at each leg in the booth hears
// what comes from there; so nobody is moved for it, and the music that a waiting contact hears is not in it. The agent goes into the left channel of
// the file, everybody else into the right one. While the contact waits nothing is recorded; the file is silent then, and stays as long as the
// conversation was.
//
// What the agent hears could be had by one snoop at the agent's leg (spy=out), but at times that hears nothing at all, as long as it lasts (measured
// on Asterisk 22.10.1); what comes from a leg (spy=in) it always hears.
//
// Everything here runs on the call's goroutine.
type recorder struct {
	c        *callActor
	on       bool // recording is wanted
	drawn    bool // whether it is has been decided
	paused   bool // by the agent
	failed   bool // nothing is tried again until something changes
	problem  string
	reported string        // the problem that supervisors were told last
	retry    time.Duration // until that is done all the same
	parts    int           // begun so far
	part     *recorded
	leg      string // the owner's, as far as known
	legOf    string // whose leg it is
	asking   string // whose is being asked for

	announced  bool                 // whoever talks has been told, or is being told
	announcing map[string]*recorded // channels that tell it, and of which part

	waiters []func(CallView, error)
}

// recordable says which states are recorded, and as what; while others that are live last, the present part is silent.
var recordable = map[call.State]recording.Kind{
	call.Talking: recording.Conversation, call.Alternated: recording.Conversation, call.Inviting: recording.Conversation,
	call.Conference: recording.Conversation, call.Consulting: recording.Consultation,
}

// wanted tells what is to be recorded now: "" for nothing new. quiet keeps the present part, silent.
func (r *recorder) wanted() (kind recording.Kind, quiet bool) {
	c := r.c
	if !r.on || !c.state.Live() || c.state == call.Ending || c.state == call.Handing {
		return "", false
	}
	kind, ok := recordable[c.state]
	if !ok || kind == recording.Consultation && !c.cfg.Recording.Consultations {
		return "", true
	}
	return kind, false
}

// settle begins, ends, silences what is recorded, as the call's state wants it.
func (r *recorder) settle() {
	c := r.c
	if !c.cfg.Recording.Possible() || c.e.recordings == nil {
		return
	}
	if !r.drawn && c.state == call.Talking {
		r.drawn = true
		r.on = r.on || c.cfg.Recording.Draw(c.id)
	}
	if r.legOf != c.owner.id {
		r.leg = ""
		if r.on && c.state.Live() {
			r.findLeg()
		}
	}
	kind, quiet := r.wanted()
	switch p := r.part; {
	case p != nil && (kind == "" && !quiet || kind != "" && kind != p.meta.Kind || p.leg != r.leg && r.leg != "" || r.legOf != c.owner.id):
		r.finish("")
		r.settle()
	case p == nil && kind != "" && r.leg != "" && !r.failed && !r.paused && c.told:
		r.begin(kind) // everybody is in place
	case p != nil:
		r.mute(quiet || r.paused)
		if !quiet && !r.paused && !p.muted && !p.muting && c.told {
			r.addTracks()
		}
	}
	r.answerIfDone()
}

// findLeg asks the owner's goroutine for the leg.
func (r *recorder) findLeg() {
	c, owner := r.c, r.c.owner
	if r.asking == owner.id {
		return
	}
	r.asking = owner.id
	owner.post(func() {
		leg := ""
		if owner.phone.state == agent.PhoneConnected {
			leg = owner.phone.channel
		}
		c.post(func() {
			r.asking = ""
			if c.owner == owner && leg != "" {
				r.leg, r.legOf = leg, owner.id
				r.settle()
			}
		})
	})
}

// ownerLeg takes what became of the owner's phone.
func (r *recorder) ownerLeg(leg string) {
	if leg == "" && r.part != nil {
		r.finish("")
	}
	r.leg, r.legOf, r.failed = leg, r.c.owner.id, false
	if leg == "" {
		r.legOf = ""
	}
	r.settle()
}

// begin makes the channels that record. What is being recorded is in Redis, so that it is found whatever happens to this process; but a Redis
// that is away keeps nobody from recording.
func (r *recorder) begin(kind recording.Kind) {
	c := r.c
	r.parts++
	m := recording.Meta{
		ID: newID(), Call: c.id, Part: r.parts, Kind: kind, Campaign: c.campaignID, Record: c.record.ID, Name: c.record.Name, Agent: c.owner.id,
		Channels: c.cfg.Recording.Channels, State: recording.Recording, Started: time.Now(), Node: c.node.cfg.Name,
	}
	if at := c.attempt(); at != nil {
		m.Number = at.Number
	}
	if kind == recording.Consultation && c.target != nil {
		m.With = c.target.name()
	}
	p := &recorded{meta: m, leg: r.leg}
	r.part, r.problem = p, ""
	r.announce(p)
	c.past.Recordings = append(c.past.Recordings, m.ID)
	c.e.recordings.hold(m.ID)
	r.addTracks()
}

// finish ends the present part and hands it to those who make the file.
func (r *recorder) finish(problem string) {
	p := r.part
	if p.noted && r.c.node.lostAt().After(p.seen) { // whether it went on after that its tracks will show
		for i := range p.tracks {
			r.unseen(p, i)
		}
		p.meta.Add(endedUnseen)
	}
	r.part = nil
	m := p.shown()
	m.State, m.Ended = recording.Collecting, time.Now()
	m.Add(problem)
	if n := len(m.Pauses); n > 0 && m.Pauses[n-1].To.IsZero() {
		m.Pauses[n-1].To = m.Ended
	}
	r.c.e.recordings.collect(r.c.node, m)
}

// over ends what is recorded of a call that is over.
func (r *recorder) over() {
	if r.part != nil {
		r.finish("")
	}
	for id := range r.announcing {
		r.hush(id)
	}
	r.answer(nil)
}
