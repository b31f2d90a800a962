package dialer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hasshin/hasshin/ari"
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
	c       *callActor
	on      bool // recording is wanted
	drawn   bool // whether it is has been decided
	paused  bool // by the agent
	failed  bool // nothing is tried again until something changes
	problem string
	parts   int // begun so far
	part    *recorded
	leg     string // the owner's, as far as known
	legOf   string // whose leg it is
	asking  string // whose is being asked for

	waiters []func(CallView, error)
}

// recorded is the part being recorded.
type recorded struct {
	meta   recording.Meta
	tracks []track // of meta.Tracks
	leg    string  // the owner's
	muted  bool
	muting bool // a change is under way
	noted  bool // it was told that it has begun
}

// track is how far one of the tracks has come.
type track struct{ made, begun, over bool }

// begun tells whether all tracks that there are have begun.
func (p *recorded) begun() bool {
	return !slices.ContainsFunc(p.tracks, func(t track) bool { return !t.begun && !t.over })
}

func (p *recorded) index(name string) int {
	return slices.IndexFunc(p.meta.Tracks, func(t recording.Track) bool { return t.Name == name })
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
	if r.parts == 1 && c.cfg.Recording.Announcement != "" {
		c.announce(c.cfg.Recording.Announcement)
	}
	c.past.Recordings = append(c.past.Recordings, m.ID)
	c.e.recordings.hold(m.ID)
	r.addTracks()
}

// addTracks makes tracks of those legs in the booth that have none yet.
func (r *recorder) addTracks() {
	c, p := r.c, r.part
	right := 1
	if p.meta.Channels == recording.Mono {
		right = 0
	}
	before := len(p.tracks)
	r.addTrack(p.leg, 0)
	for _, other := range c.everybody() {
		if other.place == call.Booth && other.phase == up && !other.leaving {
			r.addTrack(other.channel, right)
		}
	}
	if len(p.tracks) > before {
		c.e.recordings.note(p.shown())
	}
}

func (r *recorder) addTrack(leg string, channel int) {
	c, p := r.c, r.part
	if slices.ContainsFunc(p.meta.Tracks, func(t recording.Track) bool { return t.Leg == leg }) {
		return
	}
	name := recordChannel(c.id, fmt.Sprintf("%s-%d", p.meta.ID, len(p.tracks)))
	p.meta.Tracks = append(p.meta.Tracks, recording.Track{Name: name, Leg: leg, Channel: channel})
	p.tracks = append(p.tracks, track{})
	c.hand.atOnce(requestTimeout, func(ctx context.Context) {
		err := c.node.snoop(ctx, leg, c.id, ari.Snoop{
			SnoopID: name, Spy: ari.In, Whisper: ari.None, App: c.node.cfg.App, AppArgs: []string{"record", c.id},
		})
		if err != nil {
			c.post(func() { r.trackFailed(p, name, err) })
		}
	})
}

// shown is what is known, apart from what changes here.
func (p *recorded) shown() recording.Meta {
	m := p.meta
	m.Tracks, m.Pauses = slices.Clone(m.Tracks), slices.Clone(m.Pauses)
	return m
}

// trackFailed takes a track that cannot be recorded. If its leg has just gone, nothing is lost by it.
func (r *recorder) trackFailed(p *recorded, name string, err error) {
	i := p.index(name)
	if r.part != p || p.tracks[i].over {
		return
	}
	if errors.Is(err, ari.ErrNotFound) && i > 0 {
		p.tracks[i].over = true
		r.settle()
		return
	}
	r.fail(p, err)
}

// announce lets everybody in the booth hear a sound.
func (c *callActor) announce(sound string) {
	booth := boothBridge(c.owner.id)
	c.hand.atOnce(requestTimeout, func(ctx context.Context) {
		if _, err := c.node.ari.Bridges.Play(ctx, booth, ari.Play{Media: []string{"sound:" + sound}}); err != nil {
			c.log.Error().Err(err).Str("sound", sound).Msg("the announcement of the recording was not played")
		}
	})
}

// onTrack takes what Asterisk reports of a channel that records.
func (r *recorder) onTrack(l leg) {
	p, i := r.part, -1
	if p != nil {
		i = p.index(l.channel.ID)
	}
	if i < 0 {
		if l.kind == legCreated {
			l.node.releaseOrphan(l.channel.ID, "nothing is recorded with it any more")
		}
		return
	}
	switch l.kind {
	case legCreated:
		p.tracks[i].made = true
		r.start(p)
	case legGone: // the leg is gone, and its track with it
		p.tracks[i].over = true
		if i == 0 {
			r.finish("")
			r.leg, r.legOf = "", "" // the agent may have another one by now
			r.c.changed()
			return
		}
		r.settle()
	}
}

// start lets the first tracks begin, as nearly at once as can be, and later ones when they can. How far apart they were Asterisk's events tell.
func (r *recorder) start(p *recorded) {
	c := r.c
	if !p.noted && slices.ContainsFunc(p.tracks, func(t track) bool { return !t.made && !t.over }) {
		return
	}
	for i, t := range p.meta.Tracks {
		if !p.tracks[i].made || p.tracks[i].begun || p.tracks[i].over {
			continue
		}
		c.hand.atOnce(requestTimeout, func(ctx context.Context) {
			_, err := c.node.ari.Channels.Record(ctx, t.Name, ari.Record{Name: t.Name, Format: "sln", IfExists: "fail"})
			if err != nil && !errors.Is(err, ari.ErrConflict) { // it was asked to before
				c.post(func() { r.trackFailed(p, t.Name, err) })
			}
		})
	}
}

// endsBefore is how long before its channel a recording ends that ends with it.
const endsBefore = time.Second

// onRecording takes what Asterisk reports of a track.
func (r *recorder) onRecording(name, state, cause string, at time.Time) {
	p, i := r.part, -1
	if p != nil {
		i = p.index(name)
	}
	if i < 0 {
		return
	}
	switch state {
	case "started":
		p.meta.Tracks[i].Started, p.tracks[i].begun = at, true
		if !p.begun() {
			return
		}
		if !p.noted {
			p.noted, p.meta.Started = true, time.Now()
			r.c.log.Info().Str("recording", p.meta.ID).Str("kind", string(p.meta.Kind)).Msg("recording")
		}
		r.c.e.recordings.note(p.shown())
		r.c.changed()
	case "failed":
		r.trackFailed(p, name, fmt.Errorf("cannot record: %s", cause))
	case "finished": // nobody asked for it: with its leg, or by itself, as on a full disk
		time.AfterFunc(endsBefore, func() {
			r.c.post(func() {
				if r.part == p && !p.tracks[i].over {
					r.fail(p, errEndedItself)
				}
			})
		})
	}
}

var errEndedItself = errors.New("the recording was ended by Asterisk itself; is its disk full?")

// fail gives a part up; what there is of it is kept.
func (r *recorder) fail(p *recorded, err error) {
	if r.part != p {
		return
	}
	r.c.log.Error().Err(err).Str("recording", p.meta.ID).Msg("the call is not recorded")
	r.problem, r.failed = describe(err), true
	r.finish(r.problem)
	r.answer(&Error{Code: CodeNotRecorded, Message: "the call is not recorded: " + r.problem, Err: err})
	r.c.changed()
}

// finish ends the present part and hands it to those who make the file.
func (r *recorder) finish(problem string) {
	p := r.part
	r.part = nil
	m := p.shown()
	m.State, m.Ended, m.Problem = recording.Collecting, time.Now(), problem
	if n := len(m.Pauses); n > 0 && m.Pauses[n-1].To.IsZero() {
		m.Pauses[n-1].To = m.Ended
	}
	r.c.e.recordings.collect(r.c.node, m)
}

// mute lets a part be silent, or not. It is repeated until it is as is wanted.
func (r *recorder) mute(want bool) {
	p, c := r.part, r.c
	if p.muted == want || p.muting || !p.begun() {
		return
	}
	p.muting = true
	at, tracks := time.Now(), slices.Clone(p.meta.Tracks)
	c.hand.atOnce(requestTimeout, func(ctx context.Context) {
		var failed error
		for _, t := range tracks {
			err := c.node.ari.Recordings.UnmuteLive(ctx, t.Name)
			if want {
				err = c.node.ari.Recordings.MuteLive(ctx, t.Name)
			}
			if err != nil && !errors.Is(err, ari.ErrNotFound) {
				failed = err
			}
		}
		c.post(func() { r.wasMuted(p, want, at, failed) })
	})
}

func (r *recorder) wasMuted(p *recorded, want bool, at time.Time, err error) {
	if r.part != p {
		return
	}
	p.muting = false
	if err != nil && want {
		r.fail(p, err) // rather nothing than what must not be in it
		return
	}
	if err != nil {
		r.c.log.Error().Err(err).Str("recording", p.meta.ID).Msg("a recording cannot be let go on; it is begun anew")
		r.finish(describe(err))
		r.settle()
		return
	}
	p.muted = want
	if want {
		p.meta.Pauses = append(p.meta.Pauses, recording.Pause{From: at})
	} else if n := len(p.meta.Pauses); n > 0 {
		p.meta.Pauses[n-1].To = time.Now()
	}
	r.c.e.recordings.note(p.shown())
	r.settle()
	r.c.changed()
}

// answerIfDone answers commands once what they want is so.
func (r *recorder) answerIfDone() {
	kind, quiet := r.wanted()
	p := r.part
	switch {
	case p == nil && kind != "" && !r.failed && !r.paused:
		return // it is about to begin
	case p != nil && (!p.begun() || p.muting || p.muted != (quiet || r.paused)):
		return
	}
	r.answer(nil)
}

func (r *recorder) answer(err error) {
	waiters := r.waiters
	r.waiters = nil
	for _, reply := range waiters {
		if err != nil {
			reply(CallView{}, err)
		} else {
			reply(r.c.view(), nil)
		}
	}
}

// RecordingView is how a call is being recorded.
type RecordingView struct {
	State   string   `json:"state" enum:"off,recording,paused,waiting,failed" doc:"off: not recorded; paused: by the agent; waiting: it goes on when the contact is on the line; failed: it should be recorded, problem says why it is not"`
	Allowed []string `json:"allowed" doc:"commands that are possible now: record-start, record-stop, record-pause, record-resume"`
	Problem string   `json:"problem,omitempty" doc:"why it is not recorded"`
}

func (r *recorder) view() *RecordingView {
	c := r.c
	if !c.cfg.Recording.Possible() || c.e.recordings == nil || !c.state.Live() {
		return nil
	}
	v := RecordingView{State: "off", Allowed: []string{}, Problem: r.problem}
	_, quiet := r.wanted()
	switch {
	case r.failed:
		v.State = "failed"
	case r.on && r.paused:
		v.State = "paused"
	case r.on && (quiet || r.part == nil):
		v.State = "waiting"
	case r.on:
		v.State = "recording"
	}
	for _, command := range []string{recordStart, recordStop, recordPause, recordResume} {
		if r.refuse(command) == nil {
			v.Allowed = append(v.Allowed, command)
		}
	}
	return &v
}

// over ends what is recorded of a call that is over.
func (r *recorder) over() {
	if r.part != nil {
		r.finish("")
	}
	r.answer(nil)
}

// recorderSnapshot is what the journal keeps.
type recorderSnapshot struct {
	On     bool            `json:"on,omitempty"`
	Drawn  bool            `json:"drawn,omitempty"`
	Paused bool            `json:"paused,omitempty"`
	Parts  int             `json:"parts,omitempty"`
	Part   *recording.Meta `json:"part,omitempty"` // one that Asterisk has begun
	Leg    string          `json:"leg,omitempty"`
	Muted  bool            `json:"muted,omitempty"`
}

func (r *recorder) snapshot() *recorderSnapshot {
	if !r.drawn {
		return nil
	}
	s := &recorderSnapshot{On: r.on, Drawn: r.drawn, Paused: r.paused, Parts: r.parts}
	if p := r.part; p != nil && p.noted {
		meta := p.shown()
		s.Part, s.Leg, s.Muted = &meta, p.leg, p.muted
	}
	return s
}

// restore makes the recorder what the snapshot says.
func (r *recorder) restore(s *recorderSnapshot) {
	if s == nil {
		return
	}
	r.on, r.drawn, r.paused, r.parts = s.On, s.Drawn, s.Paused, s.Parts
	if s.Part == nil || r.c.e.recordings == nil {
		return
	}
	r.part = &recorded{meta: *s.Part, leg: s.Leg, muted: s.Muted, noted: true}
	for range s.Part.Tracks {
		r.part.tracks = append(r.part.tracks, track{made: true, begun: true})
	}
	r.leg, r.legOf = s.Leg, r.c.owner.id
	r.c.e.recordings.hold(s.Part.ID)
}

// reconcile compares the part being recorded with what Asterisk has after a connect.
func (r *recorder) reconcile(present map[string]ari.Channel) {
	if r.part == nil {
		return
	}
	for i, t := range r.part.meta.Tracks {
		_, there := present[t.Name]
		r.part.tracks[i].over = !there
	}
	if r.part.tracks[0].over {
		r.finish("recording broke off while the connection to Asterisk was lost")
		r.leg, r.legOf = "", ""
		return
	}
	r.part.muting = false
}

// releaseUnlessTrack hangs up a channel that recorded for an earlier process.
func (c *callActor) releaseUnlessTrack(channel string) {
	if p := c.recorder.part; p != nil && slices.ContainsFunc(p.meta.Tracks, func(t recording.Track) bool { return t.Name == channel }) {
		return
	}
	c.node.releaseOrphan(channel, "nothing is recorded with it any more")
}
