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

// newReferStory is a conversation on a trunk that is configured to take REFER; answer is what the network says to one.
func newReferStory(t *testing.T, answer func(*phone.Call, string) int) *story {
	t.Helper()
	h := newHouse(t, map[string]phone.Behaviour{
		"0001": phone.Answer(), "0007": phone.Answer().After(300 * time.Millisecond).Saying(targetVoice),
		"0008": phone.Refuse(486), "0009": phone.Ring(),
	}, withTaro, func(c *dialer.Config) {
		k := c.Campaigns[spring]
		k.RingTimeout = 2 * time.Second
		c.Campaigns[spring] = k
		c.Queues = map[string]dialer.QueueConfig{"echo": {Context: "echo-queue", Extension: "s"}, "closed": {Context: "nowhere", Extension: "s"}}
	})
	h.refer = answer
	trunk := h.cfg.Trunks["carrier"]
	trunk.Refer = h.network.Addr().String()
	h.cfg.Trunks["carrier"] = trunk
	s := &story{house: h}
	s.agent, s.contact, s.id = h.talking()
	return s
}

func says(status int) func(*phone.Call, string) int {
	return func(*phone.Call, string) int { return status }
}

func (s *story) transferTo(number, state string) dialer.CallView {
	s.t.Helper()
	return s.do(func() (dialer.CallView, error) {
		return s.engine.TransferTo(s.ctx(), hanako, s.id, to(dialer.TargetNumber, number))
	}, state)
}

func TestANetworkThatTakesReferTakesTheContact(t *testing.T) {
	s := newReferStory(t, says(202))
	v := s.transferTo(outside, "wrap-up")
	if v.Result != "answered" || v.Problem != "" {
		t.Errorf("result %q, problem %q; want answered and none", v.Result, v.Problem)
	}
	_, err := s.contact.WaitEnd(s.ctx())
	must(t, err)
	want := []string{"sip:" + outside + "@" + s.network.Addr().String()}
	if got := s.contact.Referred(); !slices.Equal(got, want) {
		t.Errorf("referred to %v, want %v", got, want)
	}
	s.finish()
}

func TestARefusedReferIsBridgedInstead(t *testing.T) {
	s := newReferStory(t, says(603))
	s.transferTo(outside, "transferring")
	target, err := s.network.CallTo(s.ctx(), outside)
	must(t, err)
	v := s.agent.await(s.id, "wrap-up")
	if v.Problem != "" {
		t.Errorf("problem %q, want none: the contact was transferred all the same", v.Problem)
	}
	s.hears(phone.WhoHears{s.agent.leg: {}, s.contact: {target}, target: {s.contact}})
	must(t, target.Hangup(s.ctx()))
	_, err = s.contact.WaitEnd(s.ctx())
	must(t, err)
	s.finish()
}

func TestATransferThatNobodyTakesComesBack(t *testing.T) {
	s := newReferStory(t, says(603))
	for number, problem := range map[string]string{"+81355550008": "SIP 486", "+81355550009": "SIP 480"} {
		s.transferTo(number, "transferring")
		if problem == "SIP 480" { // it rings for two seconds
			s.hears(phone.WhoHears{s.contact: {phone.Music}})
		}
		if v := s.agent.await(s.id, "talking"); v.Problem != problem {
			t.Errorf("problem %q, want %q", v.Problem, problem)
		}
		s.hears(phone.WhoHears{s.agent.leg: {s.contact}, s.contact: {s.agent.leg}})
	}
	s.do(func() (dialer.CallView, error) { return s.engine.End(s.ctx(), hanako, s.id) }, "wrap-up")
	s.finish()
}

func TestACallCanBeEndedWhileTheNetworkConsidersARefer(t *testing.T) {
	asked, refuse := make(chan struct{}), make(chan struct{})
	s := newReferStory(t, func(*phone.Call, string) int {
		close(asked)
		select {
		case <-refuse:
		case <-t.Context().Done():
		}
		return 603
	})
	transferred := make(chan error, 1)
	go func() {
		_, err := s.engine.TransferTo(s.ctx(), hanako, s.id, to(dialer.TargetNumber, outside))
		transferred <- err
	}()
	s.agent.await(s.id, "referring")
	<-asked
	type answer struct {
		v   dialer.CallView
		err error
	}
	ended := make(chan answer, 1)
	go func() {
		v, err := s.engine.End(s.ctx(), hanako, s.id)
		ended <- answer{v, err}
	}()
	s.agent.await(s.id, "ending")
	close(refuse) // Asterisk hangs up a channel in Transfer() when its REFER is answered, not before
	got := <-ended
	must(t, got.err)
	if v := got.v; v.State != "wrap-up" || v.Result != "answered" || v.Problem != "" {
		t.Errorf("%s, result %q, problem %q; want wrap-up, answered and none", v.State, v.Result, v.Problem)
	}
	_, err := s.contact.WaitEnd(s.ctx())
	must(t, err)
	must(t, <-transferred)
	s.finish()
	for _, c := range s.network.Calls() {
		if c.Number() == outside {
			t.Error("the target was called although the agent had ended the call")
		}
	}
	if said := s.complaints.list(); len(said) > 0 {
		t.Errorf("logged as errors: %v", said)
	}
}

// The contact's call is over for its agent, but not for the contact: hasshin must not touch it any more.
func TestAContactInAQueueOutlivesTheEngine(t *testing.T) {
	s := newReferStory(t, says(202))
	v := s.do(func() (dialer.CallView, error) {
		return s.engine.TransferTo(s.ctx(), hanako, s.id, to(dialer.TargetQueue, "closed"))
	}, "talking")
	if want := "the dialplan has no extension s in context nowhere for queue closed"; v.Problem != want {
		t.Errorf("problem %q, want %q", v.Problem, want)
	}
	s.hears(phone.WhoHears{s.agent.leg: {s.contact}, s.contact: {s.agent.leg}})

	v = s.do(func() (dialer.CallView, error) {
		return s.engine.TransferTo(s.ctx(), hanako, s.id, to(dialer.TargetQueue, "echo"))
	}, "wrap-up")
	if v.Cause != "transferred to queue echo" || v.Result != "answered" {
		t.Errorf("result %q because %q, want answered because transferred to queue echo", v.Result, v.Cause)
	}
	s.hears(phone.WhoHears{s.agent.leg: {}, s.contact: {s.contact}})
	_, err := s.engine.Done(s.ctx(), hanako, s.id, dialer.DoneOptions{Disposition: "sale", Stop: true})
	must(t, err)
	s.stop()
	s.start()
	s.hears(phone.WhoHears{s.contact: {s.contact}})
	must(t, s.contact.Hangup(s.ctx()))
	asterisktest.Eventually(t, patience, func() bool {
		return !slices.ContainsFunc(s.ours(), func(id string) bool { return id == "hs.call."+s.id+".contact" })
	}, "the contact's channel is gone")
}
