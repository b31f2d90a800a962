//go:build integration

package dialer_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/dialer/audit"
	"github.com/hasshin/hasshin/internal/phone"
)

// awaits waits until sumire's supervision is in a state; "" for none.
func (s *supervised) awaits(state string) dialer.AgentView {
	s.t.Helper()
	var v dialer.AgentView
	asterisktest.Eventually(s.t, patience, func() bool {
		var err error
		v, err = s.engine.Agent(s.ctx(), sumire)
		must(s.t, err)
		return v.Supervision == nil && state == "" || v.Supervision != nil && v.Supervision.State == state
	}, "sumire's supervision is "+state)
	return v
}

// audited asserts that nothing in the audit log is still going on, and answers the kinds of its entries in the order in which they began.
func (s *supervised) audited() []audit.Kind {
	s.t.Helper()
	var kinds []audit.Kind
	asterisktest.Eventually(s.t, patience, func() bool {
		entries, err := audit.NewRedis(s.rdb).List(s.ctx(), audit.Query{})
		must(s.t, err)
		kinds = nil
		for _, e := range slices.Backward(entries) {
			kinds = append(kinds, e.Kind)
		}
		return !slices.ContainsFunc(entries, func(e audit.Entry) bool { return e.To.IsZero() })
	}, "every entry of the audit log has an end")
	return kinds
}

// nothingHeard asserts that nobody listens any more.
func (s *supervised) nothingHeard() {
	s.t.Helper()
	asterisktest.Eventually(s.t, patience, func() bool {
		return !slices.ContainsFunc(s.ours(), func(id string) bool { return len(id) > 7 && id[:7] == "hs.ear." })
	}, "no ear is left")
}

// A supervisor takes the call over: while it is talked, on hold, in a consultation and in a conference.
func TestASupervisorTakesTheCallOver(t *testing.T) {
	consult := func(s *supervised) {
		s.do(func() (dialer.CallView, error) {
			return s.engine.StartConsultation(s.ctx(), hanako, s.id, to(dialer.TargetAgent, taro))
		}, "consult-ringing")
		s.accepts("consult")
		s.agent.await(s.id, "consulting")
	}
	rows := []struct {
		state, then string
		bring       func(s *supervised)
		all         bool // the colleague stays in it
	}{
		{"talking", "talking", func(*supervised) {}, false},
		{"held", "talking", func(s *supervised) {
			s.do(func() (dialer.CallView, error) { return s.engine.Hold(s.ctx(), hanako, s.id) }, "held")
		}, false},
		{"consulting", "talking", consult, false},
		{"conference", "conference", func(s *supervised) {
			consult(s)
			s.do(func() (dialer.CallView, error) { return s.engine.Merge(s.ctx(), hanako, s.id) }, "conference")
		}, true},
	}
	for _, r := range rows {
		t.Run(r.state, func(t *testing.T) {
			s := newSupervised(t)
			a, c, sup, k := s.agent.leg, s.contact, s.supervisor.leg, s.colleague.leg
			s.takes(dialer.ModeListen)
			r.bring(s)
			v, err := s.engine.TakeOver(s.ctx(), sumire)
			must(t, err)
			if v.State != r.then || v.Agent != sumire || v.Record.Name != "Contact 1" {
				t.Errorf("sumire has %s of %s, record %q; want %s, sumire, Contact 1", v.State, v.Agent, v.Record.Name, r.then)
			}
			if r.all {
				s.hears(phone.WhoHears{sup: {c, k}, c: {sup, k}, k: {sup, c}, a: {}})
			} else {
				s.hears(phone.WhoHears{sup: {c}, c: {sup}, k: {}, a: {}})
			}
			s.nothingHeard()
			if v, err := s.engine.Call(s.ctx(), hanako, s.id); err != nil || v.State != "wrap-up" || v.HandedTo != sumire || v.HandedToName == "" {
				t.Errorf("hanako has %+v, %v, want wrap-up", v, err)
			}
			_, err = s.engine.Done(s.ctx(), hanako, s.id, dialer.DoneOptions{Stop: true})
			must(t, err)
			_, err = s.engine.Done(s.ctx(), sumire, s.id, dialer.DoneOptions{Disposition: "sale", Stop: true})
			must(t, err)
			_, err = c.WaitEnd(s.ctx())
			must(t, err)
			s.nothingLeft(keptHold, keptBooth, keptAgent)
			if kinds := s.audited(); !slices.Equal(kinds, []audit.Kind{audit.Listen, audit.TakeOver}) {
				t.Errorf("the audit log has %v", kinds)
			}
		})
	}
}

// Whoever hangs up first: nothing is left behind, and the others hear what they are to hear.
func TestSomebodyHangsUpWhileASupervisorListens(t *testing.T) {
	for _, mode := range []dialer.SuperviseMode{dialer.ModeListen, dialer.ModeWhisper, dialer.ModeBarge} {
		t.Run(string(mode), func(t *testing.T) {
			s := newSupervised(t)
			a, c, sup := s.agent.leg, s.contact, s.supervisor.leg
			s.takes(mode)

			// The supervisor's phone comes back, and what was heard is heard again.
			must(t, sup.Hangup(s.ctx()))
			s.hears(phone.WhoHears{a: {c}, c: {a}})
			s.supervisor.leg = nextLeg(t, s.supervisor)
			sup = s.supervisor.leg
			s.awaits("connected")
			heard := phone.WhoHears{sup: {a, c}, a: {c}, c: {a}}
			if mode != dialer.ModeListen {
				heard[a] = []phone.Source{c, sup}
			}
			if mode == dialer.ModeBarge {
				heard[c] = []phone.Source{a, sup}
			}
			s.hears(heard)

			// The agent's, too.
			must(t, a.Hangup(s.ctx()))
			s.hears(phone.WhoHears{sup: {}, c: {phone.Music}})
			s.agent.leg = nextLeg(t, s.agent)
			old := a
			a = s.agent.leg
			for ear, sources := range heard { // the same people on other legs
				delete(heard, ear)
				for i, from := range sources {
					if from == phone.Source(old) {
						sources[i] = a
					}
				}
				if ear == old {
					ear = a
				}
				heard[ear] = sources
			}
			s.awaits("connected")
			s.hears(heard)

			// The contact ends the call; sumire goes on with hanako's next one.
			must(t, c.Hangup(s.ctx()))
			s.agent.await(s.id, "wrap-up")
			s.awaits("waiting")
			s.hears(phone.WhoHears{sup: {}, a: {}})
			s.nothingHeard()
			_, err := s.engine.Done(s.ctx(), hanako, s.id, dialer.DoneOptions{Disposition: "sale", Stop: true})
			must(t, err)
			v, err := s.engine.SetNotReady(s.ctx(), sumire, "")
			must(t, err)
			if v.State != "supervising" {
				t.Errorf("sumire is %s, want supervising", v.State)
			}
			if v, err = s.engine.StopSupervising(s.ctx(), sumire); err != nil || v.State != "not-ready" || v.Supervision != nil {
				t.Errorf("stopped: %s, %+v, %v", v.State, v.Supervision, err)
			}
			s.nothingLeft(keptHold, keptBooth, keptAgent)
			s.audited()
		})
	}
}

// nextLeg picks up a phone that is rung again.
func nextLeg(t *testing.T, who *human) *phone.Call {
	t.Helper()
	leg, err := who.phone.NextCall(who.h.ctx())
	must(t, err)
	must(t, leg.WaitAnswered(who.h.ctx()))
	return leg
}

// One call is followed to whoever has it; an agent from call to call, through the death of the engine.
func TestASupervisorFollows(t *testing.T) {
	s := newSupervised(t)
	a, c, sup, k := s.agent.leg, s.contact, s.supervisor.leg, s.colleague.leg
	v, err := s.engine.SuperviseCall(s.ctx(), sumire, s.id, dialer.ModeListen)
	must(t, err)
	if v.Supervision.Follows != "call" || v.Supervision.Agent != hanako {
		t.Errorf("sumire supervises %+v", v.Supervision)
	}
	s.hears(phone.WhoHears{sup: {a, c}, a: {c}, c: {a}})
	s.do(func() (dialer.CallView, error) {
		return s.engine.TransferTo(s.ctx(), hanako, s.id, to(dialer.TargetAgent, taro))
	}, "transferring")
	s.accepts("transfer")
	s.hears(phone.WhoHears{sup: {k, c}, k: {c}, c: {k}, a: {}})

	// Another engine takes it up; nobody notices.
	s.stop()
	s.hears(phone.WhoHears{sup: {k, c}, k: {c}, c: {k}, a: {}})
	s.start()
	if v := s.awaits("connected"); v.Supervision.Agent != taro || v.State != "supervising" {
		t.Errorf("after the restart sumire is %s with %+v", v.State, v.Supervision)
	}
	s.hears(phone.WhoHears{sup: {k, c}, k: {c}, c: {k}, a: {}})
	v, err = s.engine.SuperviseCall(s.ctx(), sumire, s.id, dialer.ModeWhisper)
	must(t, err)
	s.hears(phone.WhoHears{sup: {k, c}, k: {c, sup}, c: {k}, a: {}})

	live, err := s.engine.LiveCalls(s.ctx(), sumire)
	must(t, err)
	if len(live) != 1 || live[0].ID != s.id || live[0].Agent != taro || !slices.Equal(live[0].Allowed, []string{"listen", "whisper", "barge", "take-over", "end"}) {
		t.Errorf("live calls: %+v", live)
	}
	ended, err := s.engine.EndSupervised(s.ctx(), sumire, s.id)
	must(t, err)
	if ended.State != "wrap-up" {
		t.Errorf("the ended call is %s", ended.State)
	}
	s.awaits("")
	_, err = c.WaitEnd(s.ctx())
	must(t, err)
	_, err = s.engine.Done(s.ctx(), hanako, s.id, dialer.DoneOptions{Stop: true})
	must(t, err)
	_, err = s.engine.Done(s.ctx(), taro, s.id, dialer.DoneOptions{Disposition: "sale", Stop: true})
	must(t, err)
	s.nothingLeft(keptHold, keptBooth, keptAgent)
	s.audited()
}

func TestAnAgentIsFollowedFromCallToCall(t *testing.T) {
	h := newHouse(t, map[string]phone.Behaviour{"0001": phone.Answer(), "0002": phone.Answer().Saying(targetVoice)}, withTaro, withSumire)
	h.fill("090-1234-0001", "090-1234-0002")
	h.start()
	s := &supervised{story: &story{house: h}}
	s.agent, s.supervisor = h.arrive(hanako), h.arrive(sumire)
	v, err := s.engine.SuperviseAgent(s.ctx(), sumire, hanako, dialer.ModeListen)
	must(t, err)
	if v.Supervision.State != "waiting" {
		t.Errorf("hanako is in no call, and it is %s", v.Supervision.State)
	}
	s.hears(phone.WhoHears{s.supervisor.leg: {}}) // what is said at the desk is not heard
	for range 2 {
		s.id = s.agent.record().ID
		s.agent.accept(s.id)
		s.contact = h.contact()
		s.agent.await(s.id, "talking")
		s.awaits("connected")
		s.hears(phone.WhoHears{s.supervisor.leg: {s.agent.leg, s.contact}, s.agent.leg: {s.contact}, s.contact: {s.agent.leg}})
		_, err = s.engine.Done(s.ctx(), hanako, s.id, dialer.DoneOptions{Disposition: "sale", Stop: true})
		must(t, err)
		s.awaits("waiting")
		s.hears(phone.WhoHears{s.supervisor.leg: {}})
	}
	must(t, s.engine.SignOut(s.ctx(), sumire))
	s.nothingLeft(keptHold, "hs.booth."+hanako, "hs.agent."+hanako)
	if kinds := s.audited(); !slices.Equal(kinds, []audit.Kind{audit.Listen, audit.Listen}) {
		t.Errorf("the audit log has %v", kinds)
	}
}

// Who may supervise whom: by privilege, by campaign, by group.
func TestWhoMaySuperviseWhom(t *testing.T) {
	s := newSupervised(t, func(c *dialer.Config) {
		sup := c.Agents[sumire]
		sup.Supervises = []string{"sales"}
		c.Agents[sumire] = sup
		plain := c.Agents[taro]
		plain.Privileges = agent.Change{Add: []agent.Privilege{agent.ListenIn}}
		c.Agents[taro] = plain
	})
	refused := func(_ dialer.AgentView, err error) dialer.Code {
		var e *dialer.Error
		if !errors.As(err, &e) {
			t.Errorf("not refused: %v", err)
			return ""
		}
		return e.Code
	}
	for what, code := range map[string]dialer.Code{
		"an agent of no group of hers": refused(s.engine.SuperviseAgent(s.ctx(), sumire, hanako, dialer.ModeListen)),
		"a call of such an agent":      refused(s.engine.SuperviseCall(s.ctx(), sumire, s.id, dialer.ModeListen)),
		"whispering without privilege": refused(s.engine.SuperviseAgent(s.ctx(), taro, hanako, dialer.ModeWhisper)),
		"an agent without privileges":  refused(s.engine.SuperviseAgent(s.ctx(), hanako, taro, dialer.ModeListen)),
	} {
		if code != dialer.CodeForbidden {
			t.Errorf("%s: %s, want forbidden", what, code)
		}
	}
	if code := refused(s.engine.SuperviseAgent(s.ctx(), sumire, sumire, dialer.ModeListen)); code != dialer.CodeUnknownTarget {
		t.Errorf("herself: %s", code)
	}
	if live, err := s.engine.LiveCalls(s.ctx(), sumire); err != nil || len(live) != 0 {
		t.Errorf("sumire sees %+v, %v", live, err)
	}
	_, err := s.engine.SuperviseAgent(s.ctx(), sumire, taro, dialer.ModeListen) // of the group
	must(t, err)
	// What the privileges allow works: taro may listen, to anybody.
	must(t, func() error { _, err := s.engine.SuperviseAgent(s.ctx(), taro, hanako, dialer.ModeListen); return err }())
	s.hears(phone.WhoHears{s.colleague.leg: {s.agent.leg, s.contact}, s.supervisor.leg: {}})
	// Nobody listens while it cannot be written down.
	s.redis.SetError("LOADING Redis is loading the dataset in memory")
	_, err = s.engine.SuperviseAgent(s.ctx(), taro, hanako, dialer.ModeListen)
	must(t, err) // as before
	if v, _ := s.engine.Agent(s.ctx(), taro); v.Supervision == nil || v.Supervision.Mode != "listen" {
		t.Errorf("taro: %+v", v.Supervision)
	}
	s.redis.SetError("")
}
