//go:build integration

package dialer_test

import (
	"slices"
	"testing"
	"time"

	"github.com/hasshin/hasshin/ari/asterisktest"
	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/internal/phone"
)

// In each state of a call the engine is stopped and another one started on the same Asterisk and Redis. The phones hear what they heard, all
// the while, and every command works again.
func TestACallOutlivesItsEngineInEveryState(t *testing.T) {
	type hearing func(s *story) phone.WhoHears
	talk := func(s *story) phone.WhoHears {
		return phone.WhoHears{s.agent.leg: {s.contact}, s.contact: {s.agent.leg}, s.colleague.leg: {}}
	}
	music := func(s *story) phone.WhoHears {
		return phone.WhoHears{s.agent.leg: {}, s.contact: {phone.Music}, s.colleague.leg: {}}
	}
	consulted := func(s *story) phone.WhoHears {
		return phone.WhoHears{s.agent.leg: {s.colleague.leg}, s.colleague.leg: {s.agent.leg}, s.contact: {phone.Music}}
	}
	consult := func(s *story) {
		s.do(func() (dialer.CallView, error) {
			return s.engine.StartConsultation(s.ctx(), hanako, s.id, to(dialer.TargetAgent, taro))
		}, "consult-ringing")
	}
	rows := []struct {
		state string
		bring func(s *story)
		hears hearing
	}{
		{"talking", func(*story) {}, talk},
		{"held", func(s *story) {
			s.do(func() (dialer.CallView, error) { return s.engine.Hold(s.ctx(), hanako, s.id) }, "held")
		}, music},
		{"consult-ringing", consult, music},
		{"consulting", func(s *story) { consult(s); s.accepts("consult") }, consulted},
		{"alternated", func(s *story) {
			consult(s)
			s.accepts("consult")
			s.do(func() (dialer.CallView, error) { return s.engine.Swap(s.ctx(), hanako, s.id) }, "alternated")
		}, func(s *story) phone.WhoHears {
			return phone.WhoHears{s.agent.leg: {s.contact}, s.contact: {s.agent.leg}, s.colleague.leg: {phone.Music}}
		}},
		{"conference", func(s *story) {
			consult(s)
			s.accepts("consult")
			s.do(func() (dialer.CallView, error) { return s.engine.Merge(s.ctx(), hanako, s.id) }, "conference")
		}, func(s *story) phone.WhoHears {
			return phone.WhoHears{
				s.agent.leg: {s.contact, s.colleague.leg}, s.contact: {s.agent.leg, s.colleague.leg}, s.colleague.leg: {s.agent.leg, s.contact},
			}
		}},
		{"transferring", func(s *story) {
			s.do(func() (dialer.CallView, error) {
				return s.engine.TransferTo(s.ctx(), hanako, s.id, to(dialer.TargetAgent, taro))
			}, "transferring")
		}, music},
		{"wrap-up", func(s *story) {
			s.do(func() (dialer.CallView, error) { return s.engine.End(s.ctx(), hanako, s.id) }, "wrap-up")
		}, func(s *story) phone.WhoHears { return phone.WhoHears{s.agent.leg: {}, s.colleague.leg: {}} }},
	}
	for _, r := range rows {
		t.Run(r.state, func(t *testing.T) {
			s := newStory(t)
			r.bring(s)
			s.hears(r.hears(s))
			s.stop()
			s.hears(r.hears(s)) // nobody steers, and nobody hears it
			begin := time.Now()
			s.start()
			v, err := s.engine.Call(s.ctx(), hanako, s.id)
			must(t, err)
			if v.State != r.state {
				t.Fatalf("taken up as %s, want %s", v.State, r.state)
			}
			t.Logf("%s: every command works again after %s", r.state, time.Since(begin).Round(time.Millisecond))
			s.hears(r.hears(s))
			switch r.state {
			case "consult-ringing":
				_, err = s.engine.Accept(s.ctx(), taro, s.id, "")
				must(t, err)
				s.hears(consulted(s))
			case "transferring":
				asked := time.Now()
				s.do(func() (dialer.CallView, error) { return s.engine.Retrieve(s.ctx(), hanako, s.id) }, "talking")
				s.ringsOut(s.agent, "retrieved", asked)
				s.hears(talk(s))
			case "alternated", "consulting":
				s.do(func() (dialer.CallView, error) { return s.engine.EndConsultation(s.ctx(), hanako, s.id) },
					map[string]string{"alternated": "talking", "consulting": "held"}[r.state])
			case "held":
				asked := time.Now()
				s.do(func() (dialer.CallView, error) { return s.engine.Resume(s.ctx(), hanako, s.id) }, "talking")
				s.ringsOut(s.agent, "retrieved", asked)
				s.hears(talk(s))
			}
			if v, err = s.engine.Call(s.ctx(), hanako, s.id); err != nil || slices.Contains(v.Allowed, "end") {
				s.do(func() (dialer.CallView, error) { return s.engine.End(s.ctx(), hanako, s.id) }, "wrap-up")
			}
			s.finish()
			for _, id := range []string{hanako, taro} {
				must(t, s.engine.SignOut(s.ctx(), id))
			}
			s.nothingLeft(keptHold)
			for _, key := range []string{"hs:{n:ast1}:calls", "hs:{n:ast1}:agents"} {
				asterisktest.Eventually(t, patience, func() bool { // it is written behind the commands
					n, err := s.rdb.HLen(s.ctx(), key).Result()
					must(t, err)
					return n == 0
				}, key+" keeps nothing")
			}
		})
	}
}
