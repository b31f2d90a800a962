package dialer

import (
	"context"
	"errors"
	"time"

	"github.com/hasshin/hasshin/ari"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/audit"
)

// Supervision: somebody hears an agent's calls, and may speak into them. An ear at the leg to the agent's phone (a snoop channel) comes into the
// supervisor's own booth. So the supervisor hears what the agent says and hears, wherever that leg is, and nobody is moved for it; what the
// supervisor says goes into the agent's ear alone (whisper), or also to all who hear the agent (barge). The ear is there only while the agent is
// in a call: what is said at the desk between calls is nobody's business.
//
// With the ear a third one who is silent comes into the agent's booth, so that Asterisk mixes there: see thirdOf.
//
// Everything here runs on the supervisor's goroutine.

// SuperviseMode is in which way a supervisor takes part in a call.
type SuperviseMode string

// The modes.
const (
	ModeListen  SuperviseMode = "listen"  // hears; is heard by nobody
	ModeWhisper SuperviseMode = "whisper" // is heard by the agent alone
	ModeBarge   SuperviseMode = "barge"   // is heard by everybody on the call
)

// whispers is where a mode speaks.
var whispers = map[SuperviseMode]ari.Direction{ModeListen: ari.None, ModeWhisper: ari.Out, ModeBarge: ari.Both}

// modePrivilege is what a mode needs.
var modePrivilege = map[SuperviseMode]agent.Privilege{ModeListen: agent.ListenIn, ModeWhisper: agent.WhisperIn, ModeBarge: agent.BargeIn}

// supervision is what a supervisor is listening to.
type supervision struct {
	a     *agentActor // the supervisor
	agent string      // whom; of a call, who has it
	call  string      // "" when an agent is followed from call to call
	mode  SuperviseMode
	since time.Time

	subject *subject // what is known of the agent; nil as long as nothing is
	ear     *ear     // in the supervisor's booth
	next    *ear     // being made; takes the place of ear
	problem string   // why there is none

	waiters []func(AgentView, error)
}

// subject is an agent as somebody who listens must know it.
type subject struct {
	agent, call, campaign, record string
	node                          *node
	leg                           string // channel, "" while the phone is not connected
	live                          bool   // in a call
}

// ear is a snoop channel at an agent's leg, with a third one in the agent's booth.
type ear struct {
	id, leg string
	mode    SuperviseMode
	entry   string // of the audit log
	joined  bool
	third   thirdPlace
}

// SupervisionView is what a supervisor is listening to.
type SupervisionView struct {
	Agent   string    `json:"agent" doc:"id of the agent who is supervised"`
	Call    string    `json:"call,omitempty" doc:"the call that is heard now, or that is supervised"`
	Follows string    `json:"follows" enum:"agent,call" doc:"agent: from call to call, until stopped; call: wherever it is transferred to, until it ends"`
	Mode    string    `json:"mode" enum:"listen,whisper,barge" doc:"listen: heard by nobody; whisper: heard by the agent alone; barge: heard by everybody"`
	State   string    `json:"state" enum:"waiting,connecting,connected" doc:"waiting: the agent is in no call that may be heard"`
	Since   time.Time `json:"since" doc:"when it began"`
	Problem string    `json:"problem,omitempty" doc:"why nothing is heard, if something is in the way"`
}

func (s *supervision) view() *SupervisionView {
	if s == nil {
		return nil
	}
	v := SupervisionView{Agent: s.agent, Call: s.call, Follows: "call", Mode: string(s.mode), State: "waiting", Since: s.since, Problem: s.problem}
	if s.call == "" {
		v.Follows = "agent"
		if s.subject != nil && s.subject.live {
			v.Call = s.subject.call
		}
	}
	switch {
	case s.ear != nil && s.ear.joined && s.next == nil:
		v.State = "connected"
	case s.ear != nil || s.next != nil:
		v.State = "connecting"
	}
	return &v
}

// doSupervise begins to supervise an agent, or a call, or changes how.
func (a *agentActor) doSupervise(agentID, callID string, mode SuperviseMode, reply func(AgentView, error)) {
	s := a.supervision
	switch {
	case a.e.stopping():
		reply(AgentView{}, refuse(CodeShuttingDown, "the server is stopping"))
		return
	case a.state == agent.SignedOut:
		reply(AgentView{}, a.notSignedIn())
		return
	case a.phone.perCall():
		reply(AgentView{}, refuse(CodePhonePerCall, "to supervise needs a phone that is connected between calls"))
		return
	case a.phone.state != agent.PhoneConnected:
		reply(AgentView{}, refuse(CodePhoneNotConnected, "the phone is not connected; connect it before supervising"))
		return
	case s == nil && a.seeking: // what is found comes first
		a.asked = append(a.asked, func(*callActor) { a.doSupervise(agentID, callID, mode, reply) })
		return
	case s == nil && (a.call != nil || a.fetching || a.state.Busy()):
		reply(AgentView{}, a.wrongState("supervise", string(agent.Ready), string(agent.NotReady)))
		return
	}
	if s != nil && (s.call != callID || callID == "" && s.agent != agentID) {
		s.end("turned to somebody else")
		s = nil
	}
	if s == nil {
		s = &supervision{a: a, agent: agentID, call: callID, since: time.Now()}
		a.supervision = s
		if a.state != agent.Supervising {
			a.after = restored{a.state, a.reason}
		}
		s.watch()
	}
	s.mode, s.problem = mode, ""
	s.waiters = append(s.waiters, reply)
	if a.state != agent.Supervising {
		a.enter(agent.Supervising, "")
	}
	s.settle()
}

// doStopSupervising ends it. Nothing to end is no error.
func (a *agentActor) doStopSupervising(reply func(AgentView, error)) {
	a.stopSupervising("stopped")
	reply(a.view(), nil)
}

// stopSupervising ends it, and the supervisor is what they were before.
func (a *agentActor) stopSupervising(why string) {
	s := a.supervision
	if s == nil {
		return
	}
	s.end(why)
	a.supervision = nil
	if a.phone.missing() && a.after.state == agent.Ready {
		a.after = restored{agent.NotReady, reasonPhone}
	}
	a.enter(a.after.state, a.after.reason)
}

// end lets go of everything.
func (s *supervision) end(why string) {
	s.a.e.watchers.drop(s.a.id)
	s.deafen(why)
	s.answer(refuse(CodeWrongState, "supervising has ended: %s", why))
}

// deafen takes the ears away.
func (s *supervision) deafen(why string) {
	for _, e := range []*ear{s.ear, s.next} {
		if e != nil {
			s.release(e, why)
		}
	}
	s.ear, s.next = nil, nil
}

// release hangs an ear up and notes the end of what it heard.
func (s *supervision) release(e *ear, why string) {
	n := s.a.phone.node
	n.aside(func(context.Context) {
		if err := n.hangUpEar(e.id); err != nil {
			n.log.Error().Err(err).Str("channel", e.id).Msg("a supervisor's ear cannot be hung up")
		}
	})
	s.a.e.audited(e.entry, why)
}

func (s *supervision) answer(err error) {
	waiters := s.waiters
	s.waiters = nil
	for _, reply := range waiters {
		if err != nil {
			reply(AgentView{}, err)
		} else {
			reply(s.a.view(), nil)
		}
	}
}

// wanted is the leg to be heard now; "" for none, with the reason if it is one to be told.
func (s *supervision) wanted() (leg string, why *Error) {
	to := s.subject
	switch {
	case to == nil || !to.live || to.leg == "" || s.a.phone.state != agent.PhoneConnected || s.call != "" && to.call != s.call:
		return "", nil
	case to.node != s.a.phone.node:
		return "", refuse(CodeNodeUnavailable, "%s is on another Asterisk", s.agent)
	}
	if err := s.a.e.maySupervise(s.a.cfg, to.agent, to.campaign, modePrivilege[s.mode]); err != nil {
		return "", err
	}
	return to.leg, nil
}

// settle makes, changes or takes away the ear, as is wanted now.
func (s *supervision) settle() {
	if s.subject == nil {
		return // it is on its way
	}
	leg, why := s.wanted()
	newest := s.next
	if newest == nil {
		newest = s.ear
	}
	before := *s.view()
	s.problem = ""
	switch {
	case leg == "":
		s.deafen("the call is over")
		if why != nil {
			s.problem = why.Message
			s.answer(why)
		} else {
			s.answer(nil)
		}
	case newest == nil || newest.leg != leg || newest.mode != s.mode:
		if s.next != nil {
			s.release(s.next, "changed")
		}
		s.make(leg)
	case newest.joined:
		s.answer(nil)
	}
	s.seatThirds()
	if *s.view() != before {
		s.a.changed()
	}
}

// make begins an ear. Who listens is written down before anything can be heard.
func (s *supervision) make(leg string) {
	e := &ear{id: superviseChannel(s.a.id), leg: leg, mode: s.mode, entry: newID()}
	s.next = e
	n, to := s.a.phone.node, s.subject
	entry := audit.Entry{
		ID: e.entry, Kind: audit.Kind(s.mode), By: s.a.id, Agent: to.agent, Call: to.call, Campaign: to.campaign, Record: to.record, From: time.Now(),
	}
	n.aside(func(ctx context.Context) {
		err := s.a.e.auditLog.Begin(ctx, entry)
		if err != nil {
			err = &Error{Code: CodeStoreUnavailable, Message: "the audit log cannot be written now, and without it nobody listens", Err: err}
		} else {
			n.makeThird(ctx, e.id)
			err = n.snoop(ctx, leg, to.call, ari.Snoop{
				SnoopID: e.id, Spy: ari.Both, Whisper: whispers[e.mode], App: n.cfg.App, AppArgs: []string{"supervise", s.a.id},
			})
		}
		if err != nil {
			s.a.post(func() { s.failed(e, err) })
		}
	})
}

// earAgain is when an ear that could not be made, or was lost, is made again.
const earAgain = 500 * time.Millisecond

// failed takes an ear that could not be made, or not be put into the booth.
func (s *supervision) failed(e *ear, err error) {
	if s.next != e || s.a.supervision != s {
		return
	}
	s.a.log.Warn().Err(err).Str("agent_heard", s.agent).Msg("supervising is not possible now; it is tried again")
	s.next = nil
	s.release(e, "could not be heard")
	var refused *Error
	if !errors.As(err, &refused) {
		refused = &Error{Code: CodeRequestRefused, Message: "Asterisk cannot let the call be heard: " + describe(err), Err: err}
	}
	s.problem = refused.Message
	if s.ear != nil {
		s.mode = s.ear.mode // it goes on as it was
	} else {
		s.settleLater()
	}
	s.answer(refused)
	s.a.changed()
}

func (s *supervision) settleLater() {
	time.AfterFunc(earAgain, func() {
		s.a.post(func() {
			if s.a.supervision == s {
				s.settle()
			}
		})
	})
}

// onEar takes what Asterisk reports of a snoop channel of this supervisor's.
func (a *agentActor) onEar(l leg) {
	s, id := a.supervision, l.channel.ID
	if isThird(id) && s.has(id) {
		s.onThird(l)
		return
	}
	if s == nil || (s.ear == nil || s.ear.id != id) && (s.next == nil || s.next.id != id) {
		if l.kind == legCreated {
			l.node.releaseOrphan(id, "nobody listens with it any more")
		}
		return
	}
	switch {
	case l.kind == legCreated && s.next != nil && s.next.id == id:
		s.join()
	case l.kind == legEntered && l.bridge == boothBridge(a.id) && s.next != nil && s.next.id == id:
		s.joined()
	case l.kind == legGone && s.next != nil && s.next.id == id:
		s.failed(s.next, errors.New("the leg is gone"))
	case l.kind == legGone:
		s.release(s.ear, "the agent's phone left the call")
		s.ear = nil
		a.changed()
		s.settleLater() // if the leg is gone, that is told by then
	}
}

// join puts the new ear into the booth, in the place of the old one. They are never there together: the new one would speak what the old one
// hears.
func (s *supervision) join() {
	n, e, old, booth := s.a.phone.node, s.next, s.ear, boothBridge(s.a.id)
	n.aside(func(ctx context.Context) {
		if old != nil {
			err := n.ari.Bridges.RemoveChannel(ctx, booth, old.id)
			if err != nil && !errors.Is(err, ari.ErrNotFound) && !errors.Is(err, ari.ErrBadRequest) && !errors.Is(err, ari.ErrUnprocessable) {
				s.a.post(func() { s.failed(e, err) })
				return
			}
		}
		if err := n.ari.Bridges.AddChannel(ctx, booth, ari.AddChannel{Channels: []string{e.id}}); err != nil {
			s.a.post(func() { s.failed(e, err) })
		}
	})
}

func (s *supervision) joined() {
	if s.ear != nil {
		s.release(s.ear, "changed to "+string(s.next.mode))
	}
	s.ear, s.next = s.next, nil
	s.ear.joined = true
	s.a.log.Info().Str("agent_heard", s.agent).Str("mode", string(s.ear.mode)).Msg("supervising")
	s.a.changed()
	s.settle()
}

// phoneChanged follows the supervisor's own phone.
func (s *supervision) phoneChanged() {
	if s == nil {
		return
	}
	if s.a.phone.state == agent.PhoneDisconnected {
		s.a.post(func() {
			if s.a.supervision == s && s.a.phone.state == agent.PhoneDisconnected {
				s.a.stopSupervising("the supervisor's phone was hung up")
			}
		})
		return
	}
	s.settle()
}
