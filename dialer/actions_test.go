//go:build integration

package dialer_test

import (
	"testing"
	"time"

	"github.com/hasshin/hasshin/dialer"
	"github.com/hasshin/hasshin/dialer/agent"
	"github.com/hasshin/hasshin/internal/phone"
)

const (
	taro    = "taro"
	outside = "+81355550007"
)

var (
	taroVoice   = phone.VoiceAt(3)
	targetVoice = phone.VoiceAt(4)
)

// withTaro adds a second agent.
func withTaro(c *dialer.Config) {
	a := agent.Defaults()
	a.PasswordHash = c.Agents[hanako].PasswordHash
	a.Campaigns = []string{spring}
	c.Agents[taro] = a
	c.Groups = map[string][]string{"sales": {taro}}
}

// story is a conversation between hanako and a contact, with taro and an outside number at hand.
type story struct {
	*house
	agent, colleague *human
	contact          *phone.Call
	id               string
}

func newStory(t *testing.T) *story {
	t.Helper()
	h := newHouse(t, map[string]phone.Behaviour{
		"0001": phone.Answer(), "0007": phone.Answer().After(time.Second).Saying(targetVoice), "0008": phone.Refuse(486),
	}, withTaro)
	h.journal = dialer.NewRedisJournal(h.rdb)
	s := &story{house: h}
	s.agent, s.contact, s.id = h.talking()
	s.colleague = h.arrive(taro)
	s.hears(phone.WhoHears{s.agent.leg: {s.contact}, s.contact: {s.agent.leg}, s.colleague.leg: {}})
	return s
}

func (s *story) hears(who phone.WhoHears) {
	s.t.Helper()
	phone.AssertHears(s.t, who)
}

func (s *story) do(command func() (dialer.CallView, error), state string) dialer.CallView {
	s.t.Helper()
	for _, old := s.notices.TryNext(); old; _, old = s.notices.TryNext() {
		// What was told before is not what the command brings about.
	}
	v, err := command()
	must(s.t, err)
	if v.State != state {
		s.t.Fatalf("the call is %s, want %s", v.State, state)
	}
	return v
}

// accepts lets the colleague take the offer.
func (s *story) accepts(offer string) {
	s.t.Helper()
	s.notice("the offer to "+taro, func(n dialer.Notice) (dialer.CallView, bool) {
		v, ok := n.Data.(dialer.CallView)
		return v, ok && n.Agent == taro && v.State == "offered" && v.Offer == offer
	})
	_, err := s.engine.Accept(s.ctx(), taro, s.id, "")
	must(s.t, err)
}

func (s *story) finish() {
	s.t.Helper()
	_, err := s.engine.Done(s.ctx(), hanako, s.id, dialer.DoneOptions{Disposition: "sale", Stop: true})
	must(s.t, err)
	s.nothingLeft(keptHold, keptBooth, keptAgent)
}

func to(kind dialer.TargetKind, id string) dialer.Target {
	if kind == dialer.TargetNumber {
		return dialer.Target{Kind: kind, Number: id}
	}
	return dialer.Target{Kind: kind, ID: id}
}

func TestHoldAndResume(t *testing.T) {
	s := newStory(t)
	s.do(func() (dialer.CallView, error) { return s.engine.Hold(s.ctx(), hanako, s.id) }, "held")
	s.hears(phone.WhoHears{s.agent.leg: {}, s.contact: {phone.Music}})
	s.do(func() (dialer.CallView, error) { return s.engine.Resume(s.ctx(), hanako, s.id) }, "talking")
	s.hears(phone.WhoHears{s.agent.leg: {s.contact}, s.contact: {s.agent.leg}})
	for range 3 { // the music is there each time, though nobody was listening to it meanwhile
		s.do(func() (dialer.CallView, error) { return s.engine.Hold(s.ctx(), hanako, s.id) }, "held")
		s.hears(phone.WhoHears{s.agent.leg: {}, s.contact: {phone.Music}})
		s.do(func() (dialer.CallView, error) { return s.engine.Resume(s.ctx(), hanako, s.id) }, "talking")
	}
	s.do(func() (dialer.CallView, error) { return s.engine.Hold(s.ctx(), hanako, s.id) }, "held")
	must(t, s.contact.Hangup(s.ctx()))
	if v := s.agent.await(s.id, "wrap-up"); v.Result != "answered" {
		t.Errorf("result %s, want answered", v.Result)
	}
	s.finish()
}

func TestConsultationWithAColleagueSwapMergeAndTransfer(t *testing.T) {
	s := newStory(t)
	s.do(func() (dialer.CallView, error) {
		return s.engine.StartConsultation(s.ctx(), hanako, s.id, to(dialer.TargetAgent, taro))
	}, "consult-ringing")
	s.hears(phone.WhoHears{s.agent.leg: {}, s.contact: {phone.Music}, s.colleague.leg: {}})
	s.accepts("consult")
	s.hears(phone.WhoHears{s.agent.leg: {s.colleague.leg}, s.colleague.leg: {s.agent.leg}, s.contact: {phone.Music}})

	s.do(func() (dialer.CallView, error) { return s.engine.Swap(s.ctx(), hanako, s.id) }, "alternated")
	s.hears(phone.WhoHears{s.agent.leg: {s.contact}, s.contact: {s.agent.leg}, s.colleague.leg: {phone.Music}})
	s.do(func() (dialer.CallView, error) { return s.engine.Swap(s.ctx(), hanako, s.id) }, "consulting")
	s.hears(phone.WhoHears{s.agent.leg: {s.colleague.leg}, s.colleague.leg: {s.agent.leg}, s.contact: {phone.Music}})

	s.do(func() (dialer.CallView, error) { return s.engine.CompleteTransfer(s.ctx(), hanako, s.id) }, "wrap-up")
	s.hears(phone.WhoHears{s.agent.leg: {}, s.colleague.leg: {s.contact}, s.contact: {s.colleague.leg}})
	v, err := s.engine.Call(s.ctx(), taro, s.id)
	must(t, err)
	if v.State != "talking" || v.Origin != "transfer" || v.Record.Name != "Contact 1" {
		t.Errorf("taro sees %s, origin %s, record %q; want talking, transfer, Contact 1", v.State, v.Origin, v.Record.Name)
	}
	_, err = s.engine.Done(s.ctx(), hanako, s.id, dialer.DoneOptions{Stop: true})
	must(t, err)
	_, err = s.engine.Done(s.ctx(), taro, s.id, dialer.DoneOptions{Disposition: "sale", Stop: true})
	must(t, err)
	s.nothingLeft(keptHold, keptBooth, keptAgent)
}

func TestConferenceOfConsultationAndDroppingOne(t *testing.T) {
	s := newStory(t)
	s.do(func() (dialer.CallView, error) {
		return s.engine.StartConsultation(s.ctx(), hanako, s.id, to(dialer.TargetGroup, "sales"))
	}, "consult-ringing")
	s.accepts("consult")
	s.do(func() (dialer.CallView, error) { return s.engine.Merge(s.ctx(), hanako, s.id) }, "conference")
	s.hears(phone.WhoHears{
		s.agent.leg: {s.contact, s.colleague.leg}, s.contact: {s.agent.leg, s.colleague.leg}, s.colleague.leg: {s.agent.leg, s.contact},
	})
	v := s.do(func() (dialer.CallView, error) {
		return s.engine.StartConference(s.ctx(), hanako, s.id, to(dialer.TargetNumber, outside))
	}, "inviting")
	target, err := s.network.CallTo(s.ctx(), outside)
	must(t, err)
	v = s.agent.await(s.id, "conference")
	if len(v.Parties) != 3 {
		t.Errorf("%d parties, want 3: %+v", len(v.Parties), v.Parties)
	}
	s.hears(phone.WhoHears{
		s.agent.leg: {s.contact, s.colleague.leg, target}, s.contact: {s.agent.leg, s.colleague.leg, target},
		s.colleague.leg: {s.agent.leg, s.contact, target}, target: {s.agent.leg, s.contact, s.colleague.leg},
	})
	s.do(func() (dialer.CallView, error) { return s.engine.Mute(s.ctx(), hanako, s.id, "contact", true) }, "conference")
	s.hears(phone.WhoHears{
		s.agent.leg: {s.colleague.leg, target}, s.contact: {s.agent.leg, s.colleague.leg, target},
		s.colleague.leg: {s.agent.leg, target}, target: {s.agent.leg, s.colleague.leg},
	})
	s.do(func() (dialer.CallView, error) { return s.engine.Mute(s.ctx(), hanako, s.id, "contact", false) }, "conference")
	s.do(func() (dialer.CallView, error) { return s.engine.Drop(s.ctx(), hanako, s.id, "t2") }, "conference")
	_, err = target.WaitEnd(s.ctx())
	must(t, err)
	_, err = s.engine.Leave(s.ctx(), taro, s.id)
	must(t, err)
	s.agent.await(s.id, "talking")
	s.hears(phone.WhoHears{s.agent.leg: {s.contact}, s.contact: {s.agent.leg}, s.colleague.leg: {}})
	s.do(func() (dialer.CallView, error) { return s.engine.End(s.ctx(), hanako, s.id) }, "wrap-up")
	s.finish()
}

func TestConsultationWithANumber(t *testing.T) {
	s := newStory(t)
	s.do(func() (dialer.CallView, error) {
		return s.engine.StartConsultation(s.ctx(), hanako, s.id, to(dialer.TargetNumber, outside))
	}, "consult-ringing")
	s.hears(phone.WhoHears{s.agent.leg: {phone.Ringback}, s.contact: {phone.Music}})
	target, err := s.network.CallTo(s.ctx(), outside)
	must(t, err)
	s.agent.await(s.id, "consulting")
	s.hears(phone.WhoHears{s.agent.leg: {target}, target: {s.agent.leg}, s.contact: {phone.Music}})
	s.do(func() (dialer.CallView, error) { return s.engine.EndConsultation(s.ctx(), hanako, s.id) }, "held")
	_, err = target.WaitEnd(s.ctx())
	must(t, err)
	s.hears(phone.WhoHears{s.agent.leg: {}, s.contact: {phone.Music}})

	// A busy target: the agent is told why, the contact still waits.
	asked := time.Now()
	s.do(func() (dialer.CallView, error) {
		return s.engine.StartConsultation(s.ctx(), hanako, s.id, to(dialer.TargetNumber, "+81355550008"))
	}, "consult-ringing")
	if v := s.agent.await(s.id, "held"); v.Problem != "SIP 486" {
		t.Errorf("problem %q, want SIP 486", v.Problem)
	}
	s.ringsOut(s.agent, "error", asked)
	s.hears(phone.WhoHears{s.agent.leg: {}, s.contact: {phone.Music}})

	// Transfer: contact and target talk on without the agent, until one hangs up.
	s.do(func() (dialer.CallView, error) {
		return s.engine.StartConsultation(s.ctx(), hanako, s.id, to(dialer.TargetNumber, outside))
	}, "consult-ringing")
	s.agent.await(s.id, "consulting")
	target, err = s.network.CallTo(s.ctx(), outside)
	must(t, err)
	s.do(func() (dialer.CallView, error) { return s.engine.CompleteTransfer(s.ctx(), hanako, s.id) }, "wrap-up")
	s.hears(phone.WhoHears{s.agent.leg: {}, s.contact: {target}, target: {s.contact}})
	_, err = s.engine.Done(s.ctx(), hanako, s.id, dialer.DoneOptions{Disposition: "sale", Stop: true})
	must(t, err)
	s.hears(phone.WhoHears{s.agent.leg: {}, s.contact: {target}, target: {s.contact}})
	must(t, target.Hangup(s.ctx()))
	_, err = s.contact.WaitEnd(s.ctx())
	must(t, err)
	s.nothingLeft(keptHold, keptBooth, keptAgent)
}

func TestInstantTransferToAColleagueWhoRejectsAndThenAccepts(t *testing.T) {
	s := newStory(t)
	s.do(func() (dialer.CallView, error) {
		return s.engine.TransferTo(s.ctx(), hanako, s.id, to(dialer.TargetAgent, taro))
	}, "transferring")
	s.hears(phone.WhoHears{s.agent.leg: {}, s.contact: {phone.Music}, s.colleague.leg: {}})
	_, err := s.engine.Reject(s.ctx(), taro, s.id, "")
	must(t, err)
	if v := s.agent.await(s.id, "talking"); v.Problem != "taro rejected it" {
		t.Errorf("problem %q, want taro rejected it", v.Problem)
	}
	s.hears(phone.WhoHears{s.agent.leg: {s.contact}, s.contact: {s.agent.leg}, s.colleague.leg: {}})
	s.do(func() (dialer.CallView, error) {
		return s.engine.TransferTo(s.ctx(), hanako, s.id, to(dialer.TargetGroup, "sales"))
	}, "transferring")
	s.accepts("transfer")
	s.hears(phone.WhoHears{s.agent.leg: {}, s.contact: {s.colleague.leg}, s.colleague.leg: {s.contact}})
	s.do(func() (dialer.CallView, error) { return s.engine.End(s.ctx(), taro, s.id) }, "wrap-up")
	_, err = s.engine.Done(s.ctx(), taro, s.id, dialer.DoneOptions{Disposition: "sale", Stop: true})
	must(t, err)
	_, err = s.engine.Done(s.ctx(), hanako, s.id, dialer.DoneOptions{Stop: true})
	must(t, err)
	s.nothingLeft(keptHold, keptBooth, keptAgent)
}

func TestInstantTransferToANumberComesBackWhenItIsBusy(t *testing.T) {
	s := newStory(t)
	s.do(func() (dialer.CallView, error) {
		return s.engine.TransferTo(s.ctx(), hanako, s.id, to(dialer.TargetNumber, "+81355550008"))
	}, "transferring")
	s.agent.await(s.id, "talking")
	s.hears(phone.WhoHears{s.agent.leg: {s.contact}, s.contact: {s.agent.leg}})
	s.do(func() (dialer.CallView, error) {
		return s.engine.TransferTo(s.ctx(), hanako, s.id, to(dialer.TargetNumber, outside))
	}, "transferring")
	s.agent.await(s.id, "wrap-up")
	target, err := s.network.CallTo(s.ctx(), outside)
	must(t, err)
	s.hears(phone.WhoHears{s.agent.leg: {}, s.contact: {target}, target: {s.contact}})
	must(t, s.contact.Hangup(s.ctx()))
	_, err = target.WaitEnd(s.ctx())
	must(t, err)
	s.finish()
}

func TestDigitsAreSentReceivedAndNoted(t *testing.T) {
	s := newStory(t)
	v := s.do(func() (dialer.CallView, error) { return s.engine.SendDTMF(s.ctx(), hanako, s.id, "", "12#") }, "talking")
	if v.Digits["dtmf_sent"] != "12#" {
		t.Errorf("noted %v, want dtmf_sent 12#", v.Digits)
	}
	must(t, s.contact.WaitDigits(s.ctx(), "12#"))
	must(t, s.contact.SendDTMF(s.ctx(), "9"))
	s.notice("the digit", func(n dialer.Notice) (dialer.CallView, bool) {
		v, ok := n.Data.(dialer.CallView)
		return v, ok && v.Digits["dtmf_received"] == "9"
	})
	s.do(func() (dialer.CallView, error) { return s.engine.End(s.ctx(), hanako, s.id) }, "wrap-up")
	s.finish()
	record, err := s.store.Get(s.ctx(), spring, v.Record.ID)
	must(t, err)
	if record.Fields["dtmf_sent"] != "12#" || record.Fields["dtmf_received"] != "9" {
		t.Errorf("the record keeps %v, want both", record.Fields)
	}
}
