//go:build integration

package dialer_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/dialer"
)

// action is one thing an agent does with a call.
type action struct {
	name string
	from func(*lane, *testing.T) // brings the call to where the action is possible
	do   func(*lane, *testing.T) (dialer.CallView, error)
	land func(*lane, *testing.T) // the one to be reached answers; nil when the action is over with its command
	with byte                    // K: the colleague is the target, T: an outside number, 0: there is none
}

// reach is an action that reaches for somebody.
func reach(name string, command func(*dialer.Engine, *lane, *testing.T, dialer.Target) (dialer.CallView, error), kind dialer.TargetKind) action {
	a := action{name: name, from: (*lane).talking, with: 'K', land: (*lane).accept}
	a.do = func(l *lane, t *testing.T) (dialer.CallView, error) {
		return command(l.h.engine, l, t, to(kind, l.colleague.id))
	}
	if kind == dialer.TargetNumber {
		a.with = 'T'
		a.do = func(l *lane, t *testing.T) (dialer.CallView, error) {
			v, err := command(l.h.engine, l, t, to(kind, l.ringing()))
			if err == nil {
				l.reached(t, l.ringing())
			}
			return v, err
		}
		a.land = func(l *lane, t *testing.T) { must(t, l.target.Answer(within(t))) }
	}
	return a
}

func consult(e *dialer.Engine, l *lane, t *testing.T, to dialer.Target) (dialer.CallView, error) {
	return e.StartConsultation(within(t), l.agent.id, l.id, to)
}

func invite(e *dialer.Engine, l *lane, t *testing.T, to dialer.Target) (dialer.CallView, error) {
	return e.StartConference(within(t), l.agent.id, l.id, to)
}

func transfer(e *dialer.Engine, l *lane, t *testing.T, to dialer.Target) (dialer.CallView, error) {
	return e.TransferTo(within(t), l.agent.id, l.id, to)
}

var (
	hold = action{name: "hold", from: (*lane).talking, do: func(l *lane, t *testing.T) (dialer.CallView, error) {
		return l.h.engine.Hold(within(t), l.agent.id, l.id)
	}}
	resume = action{name: "resume", from: (*lane).held, do: func(l *lane, t *testing.T) (dialer.CallView, error) {
		return l.h.engine.Resume(within(t), l.agent.id, l.id)
	}}
	consultColleague    = reach("consult a colleague", consult, dialer.TargetAgent)
	consultNumber       = reach("consult a number", consult, dialer.TargetNumber)
	conferenceColleague = reach("conference with a colleague", invite, dialer.TargetAgent)
	conferenceNumber    = reach("conference with a number", invite, dialer.TargetNumber)
	transferColleague   = reach("transfer to a colleague", transfer, dialer.TargetAgent)
	transferNumber      = reach("transfer to a number", transfer, dialer.TargetNumber)
	transferQueue       = action{name: "transfer to a queue", from: (*lane).talking, do: func(l *lane, t *testing.T) (dialer.CallView, error) {
		return transfer(l.h.engine, l, t, to(dialer.TargetQueue, "echo"))
	}}
	swap = action{name: "swap", from: (*lane).consultingNumber, with: 'T', do: func(l *lane, t *testing.T) (dialer.CallView, error) {
		return l.h.engine.Swap(within(t), l.agent.id, l.id)
	}}
	swapColleague = action{name: "swap with a colleague", from: (*lane).consultingColleague, with: 'K', do: swap.do}
	merge         = action{name: "merge", from: (*lane).consultingColleague, with: 'K', do: func(l *lane, t *testing.T) (dialer.CallView, error) {
		return l.h.engine.Merge(within(t), l.agent.id, l.id)
	}}
	mergeNumber     = action{name: "merge with a number", from: (*lane).consultingNumber, with: 'T', do: merge.do}
	completeToAgent = action{name: "complete to a colleague", from: (*lane).consultingColleague, with: 'K', do: func(l *lane, t *testing.T) (dialer.CallView, error) {
		return l.h.engine.CompleteTransfer(within(t), l.agent.id, l.id)
	}}
	completeToNumber = action{name: "complete to a number", from: (*lane).consultingNumber, with: 'T', do: completeToAgent.do}
	dtmf             = action{name: "dtmf", from: (*lane).talking, do: func(l *lane, t *testing.T) (dialer.CallView, error) {
		return l.h.engine.SendDTMF(within(t), l.agent.id, l.id, "", "42")
	}}
)

// hangUp is one row: who hangs up when, and how the call is afterwards.
type hangUp struct {
	action
	who       byte   // A: the agent's phone, C: the contact, T: the target
	when      moment // of the hang-up
	meanwhile string // while the phone of the agent, or of the colleague who has the call by then, is rung again
	ends      []end  // one of these: more than one where hang-up and command race
	problem   string // what the agent is told; * stands for the target's name
}

type moment string

const (
	before moment = "before"
	during moment = "during"
	after  moment = "after"
)

// end is how a call is left.
type end struct {
	state     string
	hears     string
	colleague string // the call's state for the colleague
}

func ends(all ...end) []end { return all }

// TestAnybodyMayHangUpAtAnyMoment is the table of hang-ups, each row on a call of its own.
func TestAnybodyMayHangUpAtAnyMoment(t *testing.T) {
	rows := make(chan hangUp, len(hangUps))
	for _, r := range hangUps {
		rows <- r
	}
	close(rows)
	var running sync.WaitGroup
	for _, l := range newLanes(t, 5) {
		running.Go(func() {
			for r := range rows {
				t.Run(fmt.Sprintf("%s/%s hangs up %s", r.name, map[byte]string{'A': "agent", 'C': "contact", 'T': "target"}[r.who], r.when), func(t *testing.T) {
					l.ready(t)
					l.play(t, r)
				})
			}
		})
	}
	running.Wait()
}

// ready brings a lane back to rest after a row that failed.
func (l *lane) ready(t *testing.T) {
	for _, who := range []*caller{l.agent, l.colleague} {
		who.patient.Store(false)
		for _, leg := range who.phone.Calls() { // one that a failed row left ringing
			if leg.AnsweredAt().IsZero() {
				must(t, leg.Answer(within(t)))
			}
			who.leg = leg.Named(who.id)
		}
	}
	asterisktest.Eventually(t, patience, func() bool { return l.letGo(t, l.agent) && l.letGo(t, l.colleague) }, "both agents are done with the last row")
	for _, who := range []*caller{l.agent, l.colleague} {
		asterisktest.Eventually(t, patience, func() bool { return l.view(t, who).State == "ready" }, who.id+" is ready")
	}
}

func (l *lane) play(t *testing.T, r hangUp) {
	r.from(l, t)
	was := l.state(t, l.agent).State
	var err error
	switch r.when {
	case before:
		l.hangsUp(t, r, was)
		if r.who == 'T' && r.land != nil && r.with == 'T' { // a number that is not to be reached
			_, err = l.unreachable(t, r)
		} else {
			_, err = r.do(l, t)
		}
		if r.who != 'T' || r.land == nil {
			l.refused(t, err)
		} else {
			must(t, err)
		}
	case during:
		if r.land != nil {
			_, err = r.do(l, t)
			must(t, err)
			if r.with == 'K' {
				l.await(t, l.colleague, "offered")
			}
			l.hangsUp(t, r, "")
			break
		}
		var racing sync.WaitGroup
		racing.Go(func() { _, err = r.do(l, t) })
		l.hangsUp(t, r, "")
		racing.Wait()
		if err != nil {
			l.refused(t, err)
		}
	case after:
		_, err = r.do(l, t)
		must(t, err)
		if r.land != nil {
			r.land(l, t)
			l.await(t, l.agent, "consulting", "conference", "wrap-up")
		}
		l.hangsUp(t, r, "")
	}
	l.leftWith(t, r)
	if l.state(t, l.agent).State == "wrap-up" && l.view(t, l.colleague).CallID == "" {
		must(t, l.contact.Hangup(within(t))) // who may be talking on to somebody else
	}
	l.finish(t)
}

// refused asserts that a command was refused because of the state the call is in.
func (l *lane) refused(t *testing.T, err error) {
	t.Helper()
	var refused *dialer.Error
	if !errors.As(err, &refused) || refused.Code != dialer.CodeWrongState && refused.Code != dialer.CodeUnknownParty {
		t.Errorf("the command was answered with %v, want a refusal because of the state", err)
	}
}

// hangsUp lets one of them hang up; with was it waits until the call has left that state.
func (l *lane) hangsUp(t *testing.T, r hangUp, was string) {
	t.Helper()
	switch {
	case r.who == 'A':
		l.agent.patient.Store(true)
		must(t, l.agent.leg.Hangup(within(t)))
	case r.who == 'C':
		must(t, l.contact.Hangup(within(t)))
	case r.with == 'K':
		l.colleague.patient.Store(true)
		must(t, l.colleague.leg.Hangup(within(t)))
		asterisktest.Eventually(t, patience, func() bool { return l.view(t, l.colleague).Phone.State != "connected" }, "the colleague's phone is gone")
	case l.target != nil:
		must(t, l.target.Hangup(within(t)))
	}
	if was != "" && (r.who != 'T' || r.land == nil) {
		asterisktest.Eventually(t, patience, func() bool { return l.state(t, l.agent).State != was }, "the hang-up is noticed")
	}
}

// unreachable does the action with a number that is busy.
func (l *lane) unreachable(t *testing.T, r hangUp) (dialer.CallView, error) {
	command := map[string]func(*dialer.Engine, *lane, *testing.T, dialer.Target) (dialer.CallView, error){
		consultNumber.name: consult, conferenceNumber.name: invite, transferNumber.name: transfer,
	}[r.name]
	return command(l.h.engine, l, t, to(dialer.TargetNumber, l.busy()))
}

// leftWith asserts how the call is after the hang-up.
func (l *lane) leftWith(t *testing.T, r hangUp) {
	t.Helper()
	if r.meanwhile != "" {
		l.hears(t, r.meanwhile)
	}
	if r.who == 'A' {
		l.pickUp(t, l.agent)
	}
	if r.who == 'T' && r.with == 'K' {
		l.pickUp(t, l.colleague)
	}
	var states []string
	for _, e := range r.ends {
		states = append(states, e.state)
	}
	v := l.await(t, l.agent, states...)
	for _, e := range r.ends {
		if e.state != v.State {
			continue
		}
		if e.colleague != "" {
			l.await(t, l.colleague, e.colleague)
		}
		l.hears(t, e.hears)
		if e.colleague == "" {
			asterisktest.Eventually(t, patience, func() bool { return l.view(t, l.colleague).CallID == "" }, "the colleague is free")
		}
	}
	v = l.state(t, l.agent)
	if !strings.Contains(" "+strings.Join(states, " ")+" ", " "+v.State+" ") {
		t.Errorf("the call went on to %s", v.State)
	}
	name := l.colleague.id
	if l.target != nil {
		name = l.target.Number()
	}
	want := strings.ReplaceAll(r.problem, "*", name)
	if r.when != during || r.land != nil {
		if v.Problem != want {
			t.Errorf("problem %q, want %q", v.Problem, want)
		}
	}
	if v.State == "wrap-up" && r.who == 'C' && v.Result != "answered" {
		t.Errorf("result %q, want answered", v.Result)
	}
}
